"""Réglages, journal: who did what to whom, read by administrators and by whoever watches over personal data."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from invitations import journal, journal_reading
from invitations.database import Database
from invitations.journal import Whence
from invitations.models import (
    Agent,
    AgentRole,
    AuditEvent,
    Beneficiary,
    Membership,
    Organisation,
    OrganisationKind,
    Origin,
    Role,
    ServiceKey,
)
from tests.app.team import Team, queries_of
from tests.app.test_public_appointment import THURSDAY_9_00
from tests.app.town import Town
from tests.conftest import Clock
from tests.factories import World

HERE = "/agents/reglages/journal"


@dataclass
class Desk:
    team: Team
    admin: Agent
    browser: FlaskClient

    def noted(self, action: str, *, whence: Whence | None = None, **about: Any) -> None:
        given = {"now": self.team.now, "organisation_id": self.team.world.organisation.id, **about}
        with self.team.changing() as world, journal.come_from(whence or Whence(Origin.PAGE, "203.0.113.0/24")):
            journal.note(world.session, action, **given)

    def read(self, address: str = "") -> str:
        return self.browser.get(f"{HERE}{address}").text.replace("\N{NO-BREAK SPACE}", " ")

    def lines(self) -> list[AuditEvent]:
        with self.team.database.reading() as session:
            found = list(session.scalars(select(AuditEvent).order_by(AuditEvent.id)))
            session.expunge_all()
            return found


@pytest.fixture
def team(database: Database, clock: Clock) -> Team:
    return Team(database, clock())


@pytest.fixture
def desk(team: Team, flask_app: Flask) -> Desk:
    with team.changing() as world:
        here = world.session.get_one(Organisation, world.organisation.id)
        here.kind, here.name = OrganisationKind.RSA_DELEGATE, "Maison des solidarités"
        admin = world.make_agent(last_name="Admin", role=Role.ADMIN)
        admin.roles[0].may_export = True
    return Desk(team, admin, team.browser(flask_app, admin))


def neighbours(world: World, kind: OrganisationKind = OrganisationKind.OTHER) -> Organisation:
    return world.make_organisation(name="Les voisins", kind=kind)


def test_a_line_says_who_did_what_to_whom_when_and_from_where(desk: Desk) -> None:
    with desk.team.changing() as world:
        person = world.make_beneficiary(first_name="Lina", last_name="Haddad").id
        key = world.add(
            ServiceKey(
                name="Solis", prefix="rdv_x", token_hash="h", scopes=[], created_at=world.now,
                department_id=world.department.id, organisation_id=world.organisation.id, created_by_agent_id=world.agent.id,
            )
        ).id  # fmt: skip
    desk.noted("follow_up.closed", agent_id=desk.admin.id, beneficiary_id=person)
    desk.noted("contact.sms_refused", whence=Whence(Origin.LINK), beneficiary_id=person)
    desk.noted("beneficiary.added", whence=Whence(Origin.API), service_key_id=key)
    desk.noted("colleague.changed", agent_id=desk.admin.id, colleague_id=desk.team.world.agent.id, role="admin")
    desk.noted("batch.sent", agent_id=desk.admin.id, supporter_id=desk.team.world.agent.id, people=12)
    page = desk.read()
    for words in (
        *("Suivi clos", "Lina Haddad", desk.admin.full_name, "203.0.113.0/24", "24/11/2026 à 10 h 00"),
        *("SMS refusés", "la personne", "page des personnes", "clé « Solis »", "autre logiciel"),
        *(f"{desk.team.world.agent.full_name}, administration", "12 personnes"),
        f"{desk.team.world.agent.full_name}, à la place de {desk.admin.full_name}",
    ):
        assert words in page, words


def test_it_is_narrowed_by_act_by_day_by_agent_by_person_and_by_door(desk: Desk) -> None:
    with desk.team.changing() as world:
        person = world.make_beneficiary().id
    desk.noted("follow_up.closed", agent_id=desk.admin.id, beneficiary_id=person)
    desk.noted("appointment.booked", whence=Whence(Origin.LINK), beneficiary_id=person)
    desk.noted("slot.let_go", whence=Whence(Origin.JOB))
    desk.noted("place.closed", now=desk.team.now - timedelta(days=40), agent_id=desk.team.world.agent.id)
    found = {
        address: [words for words in ("Suivi clos<", "Rendez-vous pris<", "mis à disposition<", "Lieu fermé<")
                  if f'<th scope="row">{words}' in desk.read(address)]
        for address in (
            "", "?du=2026-09-01", "?du=2026-09-01&au=2026-11-01", "?acte=rendez-vous", "?acte=slot.let_go",
            f"?personne={person}", f"?du=2026-09-01&agent={desk.team.world.agent.id}", "?origine=personnes",
            "?origine=automatique",
        )
    }  # fmt: skip
    closed, booked, let_go, place = "Suivi clos<", "Rendez-vous pris<", "mis à disposition<", "Lieu fermé<"
    del let_go
    assert list(found.values()) == [
        [closed, booked], [closed, booked, place], [place], [booked], [], [closed, booked], [place], [booked], [],
    ]  # fmt: skip
    assert "Créneau libéré remis à disposition" in desk.read("?origine=automatique")
    assert "Aucun acte ne répond à ces filtres" in desk.read("?acte=trial.started")


def test_whoever_is_picked_stands_in_the_filter_and_nobody_is_picked_out_of_a_departement(desk: Desk) -> None:
    with desk.team.changing() as world:
        there = neighbours(world)
        other, elsewhere = world.make_agent(organisation=there, last_name="Ailleurs").id, there.id
    assert f'<option value="{other}" selected>agent n° {other}</option>' in desk.read(f"?agent={other}")
    with desk.team.changing() as world:
        here = world.session.get_one(Organisation, world.organisation.id)
        here.kind = OrganisationKind.DEPARTMENT_COUNCIL
    desk.noted("tag.put", agent_id=desk.admin.id)
    page = desk.read(f"?structure={elsewhere}&agent={desk.admin.id}")
    assert "Étiquette posée</th>" not in page
    assert "Étiquette posée</th>" in desk.read(f"?agent={other}"), "of all the département the choice is dropped"


def test_older_lines_follow_and_come_back(desk: Desk) -> None:
    with desk.team.changing() as world:
        at = [world.now - timedelta(minutes=minute // 10) for minute in range(120)]  # ten of each minute
        own = {"organisation_id": world.organisation.id, "agent_id": desk.admin.id}
        journal.note_all(world.session, [journal.event("tag.put", now=one, **own) for one in at])
    seen, address = [], ""
    while address is not None:
        page = desk.read(address)
        seen.append(page.count("Étiquette posée</th>"))
        _, is_more, rest = page.partition('rel="next" href="')
        address = rest.split('"')[0].removeprefix(HERE).replace("&amp;", "&") if is_more else None
    assert seen == [50, 50, 20]
    assert "Les plus récents" in page
    assert "120" not in page, "nothing is counted"


def test_a_filter_that_means_nothing_leads_nowhere(desk: Desk) -> None:
    for address in ("?acte=rien", "?origine=lune", "?structure=999", "?agent=x", "?personne=x", "?avant=x"):
        assert desk.browser.get(f"{HERE}{address}").status_code == 404, address


def test_a_day_that_cannot_be_read_is_said_beside_its_field(desk: Desk) -> None:
    answer = desk.browser.get(f"{HERE}?du=hier&acte=acces")
    assert answer.status_code == 422
    assert answer.text.count("Indiquez une date, par exemple 24/11/2026.") == 2
    assert 'value="hier"' in answer.text
    assert '<option value="acces" selected>' in answer.text


def test_the_council_reads_the_whole_departement_and_others_their_own(desk: Desk) -> None:
    with desk.team.changing() as world:
        other = neighbours(world)
        person = world.make_beneficiary(organisation=other, last_name="Ailleurs").id
    desk.noted("place.added", organisation_id=other.id, beneficiary_id=person)
    desk.noted("tag.put")
    assert "Lieu ajouté</th>" not in desk.read()
    assert desk.browser.get(f"{HERE}?structure={other.id}").status_code == 404
    with desk.team.changing() as world:
        world.session.get_one(Organisation, world.organisation.id).kind = OrganisationKind.DEPARTMENT_COUNCIL
    everybody, theirs = desk.read(), desk.read(f"?structure={other.id}")
    ours = desk.read(f"?structure={desk.team.world.organisation.id}")
    assert "Lieu ajouté</th>" in everybody
    assert "Étiquette posée</th>" in everybody
    assert "Étiquette posée</th>" not in theirs
    assert f"personne n° {person}" in theirs
    assert "Ailleurs" not in theirs, "whoever is not of one's organisations is a number"
    assert 'name="agent"' in ours
    assert 'name="agent"' not in everybody, "an agent is chosen within one organisation"


def test_whoever_watches_over_personal_data_reads_it_and_changes_no_setting(desk: Desk, flask_app: Flask) -> None:
    watching = desk.team.world.agent
    own = desk.team.browser(flask_app, watching)
    assert own.get(HERE).status_code == 403
    given = {"role": "basic", "is_dpo": "y"}
    assert desk.browser.post(f"/agents/reglages/collegues/{watching.id}", data=given).status_code == 303
    answer = own.get(HERE)
    assert answer.status_code == 200
    assert f'href="{HERE}" aria-current="page">Journal' in answer.text
    assert own.get("/agents/reglages").status_code == 403
    assert own.post(f"{HERE}/exporter").status_code == 403, "taking a list out is a right of its own"
    with desk.team.changing() as world:
        assert world.session.get_one(AgentRole, (watching.id, world.organisation.id)).is_dpo


def test_the_file_holds_what_the_page_shows_and_is_noted_itself(desk: Desk) -> None:
    with desk.team.changing() as world:
        person = world.make_beneficiary(last_name="Haddad").id
    desk.noted("follow_up.closed", agent_id=desk.admin.id, beneficiary_id=person, follow_up_id=3)
    desk.noted("tag.put", agent_id=desk.admin.id)
    answer = desk.browser.post(f"{HERE}/exporter", data={"acte": "personnes", "personne": person})
    header, line = csv.reader(io.StringIO(answer.data.decode("utf-8-sig")), delimiter=";")
    assert dict(zip(header, line, strict=True)) == {
        "Quand": "2026-11-24 10:00:00+01:00",
        "Structure": "Maison des solidarités",
        "Acte": "Suivi clos",
        "Acte, pour un logiciel": "follow_up.closed",
        "Qui": desk.admin.full_name,
        "Clé": "",
        "À la place de": "",
        "Personne n°": str(person),
        "Par où": "page des agents",
        "Réseau": "203.0.113.0/24",
        "Détails": '{"follow_up_id": 3}',
    }
    assert "Haddad" not in answer.data.decode()
    assert (desk.lines()[-1].action, desk.lines()[-1].details) == ("journal.exported", {"lines": 1})


def test_a_file_may_speak_of_more_people_than_a_database_takes_in_one_statement(session: Session, world: World) -> None:
    person = world.make_beneficiary(first_name="Inès", last_name="Roux").id
    everybody = {person, *range(person, person + 33_000)}
    assert journal_reading._people(session, everybody, [world.organisation.id]) == {person: "Inès Roux"}


def test_opening_a_persons_page_is_noted_once_an_hour(desk: Desk, clock: Clock) -> None:
    with desk.team.changing() as world:
        one, other = world.make_beneficiary().id, world.make_beneficiary().id
    for person in (one, one, other):
        assert desk.browser.get(f"/agents/personnes/{person}").status_code == 200
    assert desk.browser.get("/agents/personnes/999").status_code == 404
    clock.pass_by(timedelta(minutes=61))
    desk.browser.get(f"/agents/personnes/{one}")
    lines = [(line.action, line.beneficiary_id, line.agent_id, line.origin) for line in desk.lines()]
    assert lines == [("person.opened", person, desk.admin.id, Origin.PAGE) for person in (one, other, one)]
    assert desk.lines()[0].network == "127.0.0.0/24"


def test_what_people_do_by_their_link_is_noted_with_its_door_and_never_their_network(
    town: Town, phone: FlaskClient
) -> None:
    booked = phone.post(town.invite(), data={"creneau": town.token(THURSDAY_9_00)}).location
    phone.post(f"{booked}/annuler")
    with town.database.reading() as session:
        lines = session.scalars(select(AuditEvent).where(AuditEvent.agent_id.is_(None)).order_by(AuditEvent.id))
        noted = [(one.action, one.beneficiary_id, one.origin, one.network) for one in lines]
        person = session.scalars(select(Beneficiary.id)).one()
    assert noted == [(act, person, Origin.LINK, None) for act in ("appointment.booked", "outcome.recorded")]


def test_opening_it_at_two_desks_is_in_the_journal_of_each(desk: Desk) -> None:
    with desk.team.changing() as world:
        person, other = world.make_beneficiary().id, world.make_organisation()
        world.add(Membership(beneficiary_id=person, organisation_id=other.id, created_at=world.now))
        world.add(AgentRole(agent_id=desk.admin.id, organisation_id=other.id, role=Role.BASIC))
        here = world.organisation.id
    for organisation_id in (here, other.id, here):
        with desk.browser.session_transaction() as cookie:
            cookie["organisation"] = organisation_id
        assert desk.browser.get(f"/agents/personnes/{person}").status_code == 200
    assert [line.organisation_id for line in desk.lines()] == [here, other.id]


def test_who_reads_a_page_in_an_agents_place_is_noted_even_if_the_agent_has_just_read_it(
    desk: Desk, flask_app: Flask
) -> None:
    with desk.team.changing() as world:
        person, helper = world.make_beneficiary().id, world.make_agent(is_super=True, email="sam@drome.example")
    desk.browser.get(f"/agents/personnes/{person}")
    helping = desk.team.browser(flask_app, helper)
    helping.post("/agents/assistance", data={"email": desk.admin.email, "reason": "Ne trouve plus rien"})
    for _ in range(2):
        assert helping.get(f"/agents/personnes/{person}").status_code == 200
    desk.browser.get(f"/agents/personnes/{person}")
    opened = [line.details for line in desk.lines() if line.action == "person.opened"]
    assert opened == [{}, {"supporter_id": helper.id}]


def test_the_number_of_queries_does_not_grow_with_the_journal(desk: Desk, flask_app: Flask) -> None:
    with desk.team.changing() as world:
        first, *people = [world.make_beneficiary().id for _ in range(20)]
    desk.noted("follow_up.closed", agent_id=desk.admin.id, beneficiary_id=first)
    few = queries_of(flask_app, desk.read)
    for person in people:
        desk.noted("follow_up.closed", agent_id=desk.admin.id, beneficiary_id=person)
    assert queries_of(flask_app, desk.read) == few
