"""Every page that an address alone opens, asked as a signed-in administrator of the largest team, or as whoever holds the link."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from itertools import product
from statistics import quantiles
from time import perf_counter
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session
from werkzeug.routing import BuildError, Rule

from app import create_app
from app.settings import Settings
from invitations.codes import Codes, fingerprint
from invitations.database import Database
from invitations.models import (
    Absence,
    AgentRole,
    AgentSession,
    Appointment,
    AppointmentAgent,
    Beneficiary,
    Category,
    CategorySettings,
    Department,
    FollowUp,
    FollowUpStatus,
    Invitation,
    Membership,
    Opening,
    Organisation,
    Outcome,
    Participation,
    Place,
    Role,
)
from tests.bench.engines import url_of
from tests.bench.figures import Figure

LIMIT = 200.0  # ms, the median of a page
TOKEN = "a token of this measure"
# Not asked: what machines ask, what is a file of our own, what leaves this machine.
LEFT_OUT = ("/api/", "/static/", "/logo/", "/hooks/", "/calendriers/", "/messagerie", "/metrics", "/sante")
WAYS = {"way": ("i", "r", "proposer"), "which": ("toutes",)}
MORE = (
    "/agents/personnes?q=martin",
    "/agents/personnes?q=0639981",
    "/agents/personnes?q=zzzz",
    "/agents/personnes?page=20",
    "/agents/personnes?statut=invitation_expired",
    "/agents/resultats?perimetre=departement",
)


@dataclass(frozen=True, slots=True)
class Known:
    """Ids that addresses name, all of the largest team; codes of a link that is open and of an appointment to come."""

    organisation: int
    agent: int
    values: dict[str, Any]
    invited: str
    booked: str


def know(database: Database, secret: str, now: Any) -> Known:
    with database.reading() as session:
        return _know(session, Codes(secret), now)


def _know(session: Session, codes: Codes, now: Any) -> Known:
    sizes = (
        select(Membership.organisation_id).group_by(Membership.organisation_id).order_by(func.count().desc()).limit(1)
    )
    team = session.scalars(sizes).one()
    department = session.get_one(Organisation, team).department_id
    admin = select(AgentRole.agent_id).where(AgentRole.organisation_id == team, AgentRole.role == Role.ADMIN).limit(1)
    agent = session.scalars(admin.order_by(AgentRole.agent_id)).one()
    meeting = session.execute(
        select(Participation.id, Participation.appointment_id, Participation.beneficiary_id, Participation.follow_up_id)
        .join(Appointment)
        .where(Appointment.organisation_id == team, Appointment.starts_at > now + timedelta(days=2))
        .where(Participation.outcome == Outcome.UNKNOWN, Appointment.cancelled_at.is_(None))
        .order_by(Appointment.starts_at, Participation.id)
    ).first()
    invited = session.execute(
        select(Invitation.id, FollowUp.id, FollowUp.beneficiary_id)
        .join(FollowUp)
        .where(Invitation.organisation_id == team, FollowUp.status == FollowUpStatus.INVITATION_PENDING)
        .where(Invitation.ended_at.is_(None), Invitation.expires_at > now + timedelta(days=2))
        .order_by(Invitation.id)
    ).first()
    assert meeting is not None, "nobody has an appointment to come"
    assert invited is not None, "nobody is invited"
    first = partial(_first, session)
    values = {
        "beneficiary_id": invited[2],
        "other_id": first(select(Beneficiary.id).where(Beneficiary.id != invited[2]).order_by(Beneficiary.id)),
        "follow_up_id": invited[1],
        "appointment_id": meeting.appointment_id,
        "opening_id": first(select(Opening.id).where(Opening.organisation_id == team).order_by(Opening.id)),
        "absence_id": first(select(Absence.id).where(Absence.agent_id == agent).order_by(Absence.ends_at.desc())),
        "settings_id": first(select(CategorySettings.id).where(CategorySettings.organisation_id == team)),
        "agent_id": first(
            select(AppointmentAgent.agent_id).where(AppointmentAgent.appointment_id == meeting.appointment_id)
        ),
        "place_id": first(select(Place.id).where(Place.organisation_id == team).order_by(Place.id)),
        "type_id": first(select(Appointment.type_id).where(Appointment.id == meeting.appointment_id)),
        "category_id": first(select(Category.id).where(Category.department_id == department).order_by(Category.id)),
        "number": session.get_one(Department, department).number,
    }
    links = codes.derive("invitation", invited[0]), codes.derive("participation", meeting.id)
    return Known(team, agent, values, *links)


def _first(session: Session, query: Any) -> Any:
    return session.scalars(query.limit(1)).first()


def browser(database: Database, known: Known, secret: str, now: Any) -> FlaskClient:
    """One in which the administrator is signed in."""
    with database.writing() as session:
        ends = now + timedelta(hours=12)
        session.add(AgentSession(agent_id=known.agent, token_hash=fingerprint(TOKEN), created_at=now, expires_at=ends))
    made = create_app(Settings(database_url=url_of(database), secret_key=secret), clock=lambda: now).test_client()
    with made.session_transaction() as cookie:
        cookie["token"] = TOKEN
    return made


def addresses(flask: Flask, known: Known) -> Iterator[str]:
    """Of every page, with what it names filled in; a page that names what nobody has made is left out."""
    rules = [one for one in flask.url_map.iter_rules() if "GET" in (one.methods or ())]
    for rule in sorted(rules, key=lambda one: one.rule):
        if not rule.rule.startswith(LEFT_OUT):
            yield from filled(rule, known)
    yield from MORE


def filled(rule: Rule, known: Known) -> Iterator[str]:
    wanted = sorted(set(rule.arguments) & set(WAYS))
    for ways in product(*(WAYS[name] for name in wanted)):
        values = known.values | dict(zip(wanted, ways, strict=True))
        is_booked = rule.rule.startswith("/r/") or values.get("way") == "r"
        values["code"] = known.booked if is_booked else known.invited
        if set(rule.arguments) <= set(values):
            built = build(rule, values)
            if built is not None:
                yield built


def build(rule: Rule, values: dict[str, Any]) -> str | None:
    try:
        built = rule.build({name: values[name] for name in rule.arguments}, append_unknown=False)
    except (BuildError, ValueError):  # a way that this address does not know
        return None
    return None if built is None else str(built[1])


def measure(database: Database, subject: str, engine: str, *, secret: str, now: Any, runs: int) -> Iterator[Figure]:
    """A figure for each page that answers 200: its median, 95 % and number of statements. What answers otherwise is counted."""
    known = know(database, secret, now)
    client = browser(database, known, secret, now)
    own = client.application.extensions["rdv"].database.engine
    others = 0
    for address in addresses(client.application, known):
        if client.get(address).status_code != 200:
            others += 1
            continue
        said = statements(own, partial(client.get, address))
        took = sorted(timed(partial(client.get, address)) for _ in range(runs))
        told = address.replace(known.invited, "…").replace(known.booked, "…")
        notes = {"95 %": quantiles(took, n=20)[-1], "statements": float(said)}
        yield Figure(subject, told, engine, "ms", took, limit=LIMIT, notes=notes)
    own.dispose()
    yield Figure(subject, "pages that answer something else", engine, "pages", [float(others)])


def timed(act: Any) -> float:
    began = perf_counter()
    act()
    return (perf_counter() - began) * 1000


def statements(engine: Any, act: Any) -> int:
    """How many statements the act sends, BEGIN left out."""
    said: list[str] = []

    def remember(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        said.append(statement)

    event.listen(engine, "before_cursor_execute", remember)
    act()
    event.remove(engine, "before_cursor_execute", remember)
    return len(said)
