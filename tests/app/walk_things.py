"""One of everything that an address can name, all of it of the world's own organisation.

A new kind of thing is a new key of `make_things`; `walk.txt` writes it in braces.
"""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Any

from invitations import agent_links, agent_paths, feeds, kept_forms
from invitations.codes import Codes
from invitations.models import (
    Absence,
    Agent,
    Author,
    CallbackRequest,
    Closure,
    ExternalCalendar,
    InboundText,
    KeptForm,
    LinkPurpose,
    Orientation,
    OrientationKind,
    Participation,
    Passkey,
    RegularAbsence,
    Role,
    SavedView,
    Sector,
    SelectionAct,
    Tag,
    Unanswered,
)
from invitations.sealing import Seals
from tests.app.team import expect
from tests.app.walk_roles import sign_in
from tests.app.walk_sent import (
    SECRET,
    of_imports,
    of_invitations,
    of_machines,
    of_moves,
    of_the_letter,
    of_useful_places,
)
from tests.app.walk_trials import of_trials
from tests.conftest import SECRET as KEY
from tests.factories import WORKDAYS, World

NUMBER = "+33639980077"


def make_things(world: World, codes: Codes) -> dict[str, object]:
    """What stands in braces in walk.txt, by name."""
    met = expect(world, world.now - timedelta(days=1), beneficiary=world.make_beneficiary(last_name=SECRET))
    ours: dict[str, Any] = {"organisation_id": world.organisation.id, "created_at": world.now}
    return (
        of_the_person(world, met, ours)
        | of_the_letter(world, met, ours, codes)
        | of_the_agenda(world)
        | of_the_team(world, codes)
        | of_imports(world, ours)
        | of_moves(world, ours)
        | of_machines(world)
        | of_useful_places(world)
        | of_invitations(world, codes)
        | of_the_list(world, met, ours)
        | of_trials(world)
    )


def of_the_person(world: World, met: Participation, ours: dict[str, Any]) -> dict[str, object]:
    about = {"organisation_id": ours["organisation_id"], "beneficiary_id": met.beneficiary_id}
    asked = CallbackRequest(follow_up_id=met.follow_up_id, phone=NUMBER, **ours | about)
    wrote = InboundText(
        sid="SM1",
        sender=NUMBER,
        number="+33937000000",
        body=SECRET,
        received_at=world.now,
        read_at=world.now,
        waits_for=Unanswered.NOT_UNDERSTOOD,
        **about,
    )
    return {
        "orientation": orientation_of(world, met.follow_up_id),
        "person": met.beneficiary_id,
        "follow_up": met.follow_up_id,
        "participation": met.id,
        "appointment": met.appointment_id,
        "callback": world.add(asked).id,
        "text": world.add(wrote).id,
    }


def of_the_agenda(world: World) -> dict[str, object]:
    workshop = world.make_type(name=SECRET, is_collective=True)
    gathering = world.make_session(world.now - timedelta(days=2), workshop, title=SECRET)
    to_come = world.make_session(world.now + timedelta(days=9), workshop, title=SECRET)
    guest = world.make_follow_up(world.make_beneficiary(last_name=SECRET))
    seat = Participation(
        uid="a seat",
        appointment_id=gathering.id,
        beneficiary_id=guest.beneficiary_id,
        follow_up_id=guest.id,
        created_by=Author.AGENT,
        created_at=world.now,
    )
    mine: dict[str, Any] = {"agent_id": world.agent.id, "label": SECRET, "created_at": world.now}
    away = Absence(starts_at=world.now + timedelta(days=20), ends_at=world.now + timedelta(days=21), **mine)
    regularly = RegularAbsence(
        starts_on=date(2026, 11, 2),
        starts_at_time=time(16),
        ends_at_time=time(17),
        rrule=WORKDAYS,
        timezone="Europe/Paris",
        **mine,
    )
    elsewhere = ExternalCalendar(sealed_address="1.x", next_try_at=world.now, **mine)
    return {
        "workshop": workshop.id,
        "past_session": gathering.id,
        "session": to_come.id,
        "seat": world.add(seat).id,
        "opening": world.opening.id,
        "absence": world.add(away).id,
        "regular": world.add(regularly).id,
        "calendar": world.add(elsewhere).id,
    }


def of_the_team(world: World, codes: Codes) -> dict[str, object]:
    sealed = Seals(KEY).seal(
        f'["", {world.organisation.id}, false, [["label", "{SECRET}"]]]', purpose=kept_forms.PURPOSE
    )
    sent_late = KeptForm(agent_id=world.agent.id, path="/agents/absences/nouvelle", sealed=sealed, created_at=world.now)
    newcomer = world.add(
        Agent(email="newcomer@drome.example", first_name="", last_name="", display_name="", created_at=world.now)
    )
    by: dict[str, Any] = {"codes": codes, "now": world.now}
    joining = agent_links.make(
        world.session,
        LinkPurpose.JOIN,
        newcomer,
        organisation_id=world.organisation.id,
        role=Role.BASIC,
        invited_by_id=world.agent.id,
        **by,
    )
    choosing = agent_links.make(world.session, LinkPurpose.PASSWORD, world.session.get_one(Agent, world.agent.id), **by)
    feed = feeds.make(world.session, agent_id=world.agent.id, organisation_id=world.organisation.id, **by)
    closed = Closure(
        organisation_id=world.organisation.id,
        first_on=date(2026, 12, 24),
        last_on=date(2026, 12, 26),
        label=SECRET,
        created_at=world.now,
    )
    sector = Sector(department_id=world.department.id, name="Nord", created_at=world.now)
    return {
        "organisation": world.organisation.id,
        "place": world.place.id,
        "type": world.type.id,
        "settings": world.settings.id,
        "category": world.category.id,
        "agent": world.make_agent(last_name=SECRET).id,
        "link": joining.id,
        "kept_form": world.add(sent_late).id,
        "join_code": codes.derive(agent_paths.CODE, joining.id),
        "password_code": codes.derive(agent_paths.CODE, choosing.id),
        "feed_code": codes.derive("feed", feed.id),
        "closure": world.add(closed).id,
        "sector": world.add(sector).id,
        "sign_in": sign_in(world, world.agent, "elsewhere on my own").id,
    }


def orientation_of(world: World, follow_up_id: int) -> int:
    decided = Orientation(
        follow_up_id=follow_up_id,
        kind=OrientationKind.SOCIAL,
        by_organisation_id=world.organisation.id,
        decided_on=world.now.date(),
        created_at=world.now,
    )
    return world.add(decided).id


def of_the_list(world: World, met: Participation, ours: dict[str, Any]) -> dict[str, object]:
    """What an agent keeps of the list of people, what was decided of one of them, and how the agent signs in."""
    mine: dict[str, Any] = {"agent_id": world.agent.id, **ours}
    tag = world.add(Tag(label=SECRET, **ours))
    act = SelectionAct(act="tag", details={"people": [met.beneficiary_id], "tag": tag.id}, **mine)
    key = Passkey(
        agent_id=world.agent.id, credential_id="c", public_key="k", label=SECRET, created_at=ours["created_at"]
    )
    return {
        "view": world.add(SavedView(name=SECRET, query="q=secret", **mine)).id,
        "act": world.add(act).id,
        "tag": tag.id,
        "passkey": world.add(key).id,
    }


def typed(things: dict[str, object]) -> dict[str, object]:
    """What every form is sent: a word for each control that some page has."""
    return {
        "personne": things["person"],
        "canal": "sms",
        "issue": "seen",
        "outcome": "seen",
        "note": "lu",
        "creneau": "20261202T0800-1-1",
        "organisation": things["organisation"],
        "categorie": things["category"],
        "depot": "2026-11-24",
        "raison": "unknown",
        "on": "2026-12-01",
        "format": "csv",
    }
