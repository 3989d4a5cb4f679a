"""People forgotten: no word of theirs is left anywhere, other people's rows are untouched, agents have their time back."""

from __future__ import annotations

import logging
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Table, event, func, select

from invitations import forgetting, selecting_undone
from invitations.database import Database
from invitations.models import (
    Appointment,
    AppointmentAgent,
    Assignment,
    AuditEvent,
    Beneficiary,
    Figures,
    FreedSlot,
    InboundText,
    Invitation,
    Menu,
    Mode,
    OfferAnswer,
    Outcome,
    Participation,
    SavedView,
    SelectionAct,
    Tag,
    Tagging,
    TextMenu,
    Waiting,
)
from invitations.selecting import By
from invitations.statistics import counting
from tests.app.team import expect, owe
from tests.conftest import NOW
from tests.factories import World
from tests.invitations.planting import Planted, everything, tables_of_people
from tests.stories import Story

SOON, LATER = timedelta(days=3), timedelta(days=4)


def forget(world: World, *people: Beneficiary | int) -> dict[str, int]:
    ids = [one if isinstance(one, int) else one.id for one in people]
    return forgetting.forget(world.session, ids, now=world.now)


def row_of(world: World, table: Table, planted: Planted) -> dict[str, Any]:
    keys = [column == planted.rows[table.name][column.name] for column in table.primary_key.columns]
    return dict(world.session.execute(select(table).where(*keys)).mappings().one())


def seats(world: World, appointment_id: int) -> int:
    return world.session.execute(
        select(Appointment.seats_taken).where(Appointment.id == appointment_id)
    ).scalar_one()  # fmt: skip


def test_no_word_of_a_forgotten_person_is_left_in_any_table_and_every_row_of_others_is(world: World) -> None:
    gone, stays = Planted(world, 1), Planted(world, 2)
    before = list(everything(world.session))
    assert {name for name, _ in before} >= {one.name for one in tables_of_people()}
    assert [word for word in gone.said if not any(word in row for _, row in before)] == []
    forget(world, gone.person_id)
    left = list(everything(world.session))
    assert [name for name, row in left if any(word in row for word in gone.said)] == []
    for table in tables_of_people():
        assert stays.rows[table.name].items() <= row_of(world, table, stays).items(), table.name


def test_no_file_and_no_line_of_the_log_keeps_a_word_either(
    database: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        with database.writing() as session:
            gone = Planted(World(session, NOW), 1)
        with database.writing() as session:
            forgetting.forget(session, [gone.person_id], now=NOW)
        if database.is_sqlite:  # of pages that are free again nothing can be read; PostgreSQL's vacuum does it in time
            with database.engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    assert gone.said
    for path in (path for path in tmp_path.rglob("*") if path.is_file()):
        held = path.read_bytes()
        assert [word for word in gone.said if word.encode() in held] == [], path
    assert [word for word in gone.said if word in caplog.text] == []


def test_forgetting_again_or_nobody_does_nothing(world: World) -> None:
    person_id = world.make_beneficiary().id
    assert forget(world, person_id)["beneficiaries"] == 1
    assert forget(world, person_id) == {}
    assert forget(world) == {}


def test_three_take_as_many_statements_as_one(world: World) -> None:
    first, second, *others = [expect(world, NOW - timedelta(days=400 + count)).beneficiary_id for count in range(5)]
    forget(world, first)
    said: list[str] = []
    event.listen(world.session.get_bind(), "before_cursor_execute", lambda *words: said.append(words[2]))
    forget(world, second)
    alone, said[:] = len(said), []
    assert forget(world, *others)["participations"] == 3
    assert len(said) == alone


def test_figures_keep_the_person_as_somebody_who_is_gone(world: World) -> None:
    story = Story(world).addressed(Mode.INVITATION).met(Outcome.SEEN, day=10)
    counting.count_now(world.session, [story.follow_up.id])

    def sums() -> dict[bool, int]:
        query = select(Figures.is_gone, func.sum(Figures.seen)).group_by(Figures.is_gone).order_by(Figures.is_gone)
        return {is_gone: seen for is_gone, seen in world.session.execute(query) if seen}

    before = sums()
    assert list(before) == [False]
    forget(world, story.follow_up.beneficiary_id)
    assert sums() == {True: before[False]}


def test_what_lots_gave_stays_in_the_trial_with_what_counts_of_nobody(world: World) -> None:
    gone = Planted(world, 1)
    drawn = gone.rows["assignments"]
    forget(world, gone.person_id)
    left = world.session.scalars(select(Assignment)).one()
    assert (left.id, left.trial_id, left.arm, left.stratum) == tuple(
        drawn[name] for name in ("id", "trial_id", "arm", "stratum")
    )
    assert left.follow_up_id is None
    assert set(left.kept or {}) >= {"meetings", "crossed", "left"}


def test_the_journal_says_what_was_done_and_no_longer_to_whom(world: World) -> None:
    person = world.make_beneficiary()
    line = world.add(
        AuditEvent(
            at=NOW, action="follow_up.invited", agent_id=world.agent.id, beneficiary_id=person.id,
            details={"follow_up_id": 7},
        )
    )  # fmt: skip
    forget(world, person)
    world.session.refresh(line)
    assert (line.action, line.agent_id, line.at) == ("follow_up.invited", world.agent.id, NOW)
    assert (line.beneficiary_id, line.details) == (None, {})


# Agents' time


def test_the_time_of_an_appointment_to_come_is_free_again(world: World) -> None:
    expected = expect(world, NOW + SOON)
    forget(world, expected.beneficiary_id)
    for table in (AppointmentAgent, Appointment):
        assert world.session.scalar(select(func.count()).select_from(table)) == 0


def test_a_session_keeps_everybody_else_and_gives_the_seat_back_until_it_begins(world: World) -> None:
    workshop = world.make_type(is_collective=True)
    to_come = world.make_session(NOW + SOON, workshop, seats_taken=2)
    over = world.make_session(NOW - SOON, workshop, seats_taken=2)
    gone, stays = world.make_follow_up(), world.make_follow_up()
    for meeting in (to_come, over):
        for one in (gone, stays):
            world.add(
                Participation(
                    uid=f"{meeting.id} {one.id}", appointment_id=meeting.id, beneficiary_id=one.beneficiary_id,
                    follow_up_id=one.id, created_by="agent", created_at=NOW,
                )
            )  # fmt: skip
    forget(world, gone.beneficiary_id)
    assert (seats(world, to_come.id), seats(world, over.id)) == (1, 2)
    left = select(Participation.beneficiary_id).order_by(Participation.id)
    assert list(world.session.scalars(left)) == [stays.beneficiary_id] * 2


def test_a_slot_held_for_a_proposition_is_let_go(world: World) -> None:
    held = world.make_session(NOW + SOON, world.type, held_until=NOW + SOON, seats=1)
    follow_up = world.make_follow_up()
    world.add(
        Invitation(
            uid="1", follow_up_id=follow_up.id, organisation_id=world.organisation.id, mode=Mode.PROPOSITION,
            held_appointment_id=held.id, created_at=NOW,
        )
    )  # fmt: skip
    forget(world, follow_up.beneficiary_id)
    assert world.session.scalar(select(func.count()).select_from(Appointment)) == 0


def waiting_with_an_offer(world: World) -> tuple[Waiting, FreedSlot]:
    """Somebody who was invited, found nothing, and is offered what has become free four days from now."""
    ours = {"organisation_id": world.organisation.id, "follow_up_id": world.make_follow_up().id}
    invitation = world.add(Invitation(uid="asked", mode=Mode.INVITATION, created_at=NOW, **ours))
    held = world.make_session(NOW + LATER, world.type, held_until=NOW + LATER, seats=1)
    place = world.add(Waiting(invitation_id=invitation.id, asked_at=NOW, **ours))
    return place, world.add(
        FreedSlot(appointment_id=held.id, waiting_id=place.id, offered_at=NOW, until=NOW + timedelta(hours=2))
    )


def test_what_was_kept_for_somebody_who_waits_goes_to_the_next(world: World) -> None:
    place, offer = waiting_with_an_offer(world)
    held_id = offer.appointment_id
    forget(world, place.follow_up.beneficiary_id)
    slots = select(FreedSlot.waiting_id, FreedSlot.answer).order_by(FreedSlot.id)
    assert list(world.session.execute(slots)) == [(None, OfferAnswer.LAPSED), (None, None)]
    assert world.session.scalar(select(AppointmentAgent.is_live)) is True, "still set aside"
    assert world.session.get(Appointment, held_id) is not None


def test_an_appointment_that_others_were_offered_first_stays_for_their_story_and_takes_nobodys_time(
    world: World,
) -> None:
    expected = expect(world, NOW + SOON)
    taken_id = expected.appointment_id
    other, offer = waiting_with_an_offer(world)
    offer.appointment_id, offer.answered_at, offer.answer = taken_id, NOW, OfferAnswer.DECLINED
    world.session.flush()
    forget(world, expected.beneficiary_id)
    kept = world.session.get_one(Appointment, taken_id)
    assert kept.cancelled_at == NOW
    assert [one.is_live for one in kept.times] == [False]
    world.session.refresh(offer)
    assert offer.waiting_id == other.id


# Where somebody is named without being referred to


def test_a_text_that_asks_who_writes_no_longer_names_them(world: World) -> None:
    gone, asked = world.make_beneficiary(first_name="Zoé"), world.make_beneficiary()
    message = owe(world, beneficiary=asked, body="Qui êtes-vous ? 1 Zoé 2 Inès")
    menu = {"message_id": message.id, "number": "+33639980001", "created_at": NOW}
    world.add(TextMenu(kind=Menu.WHO, choices=[str(gone.id), str(asked.id)], **menu))
    forget(world, gone)
    world.session.refresh(message)
    assert (message.body, message.forgotten_at) == ("", NOW)
    assert world.session.scalar(select(func.count()).select_from(TextMenu)) == 0


def wrote(world: World, sender: str) -> InboundText:
    text = InboundText(
        sid=f"SM{next(world.numbers)}", sender=sender, number="+33937000000", body="Oui", received_at=NOW
    )
    return world.add(text)


def test_texts_from_their_number_that_were_nobodys_are_emptied_unless_it_is_anothers_too(world: World) -> None:
    alone, shares, other = (world.make_beneficiary(phone=f"+3363998000{last}") for last in (1, 2, 2))
    theirs, shared, strangers = (wrote(world, f"+3363998000{last}") for last in (1, 2, 3))
    forget(world, alone, shares)
    for text in (theirs, shared, strangers):
        world.session.refresh(text)
    assert (theirs.sender, theirs.body) == ("", "")
    assert {shared.sender, strangers.sender} == {other.phone, "+33639980003"}
    assert {shared.body, strangers.body} == {"Oui"}


def test_a_saved_search_for_them_goes_and_others_stay(world: World) -> None:
    person = world.make_beneficiary(
        first_name="Zoé", last_name="Lefèvre", email="zoe@example.fr", phone="+33639980001"
    )  # fmt: skip
    theirs = ("q=Lef%C3%A8vre+Zo%C3%A9", "q=06+39+98+00+01", "q=zoe%40example.fr")
    others = ("q=Zo%C3%A9", "q=Le", "statut=seen", "q=06+39+98+00+02")
    views = [("Lefevre", "q=&statut=seen"), *((query, query) for query in theirs + others)]
    mine = {"agent_id": world.agent.id, "organisation_id": world.organisation.id, "created_at": NOW}
    for name, query in views:
        world.add(SavedView(name=name, query=query, **mine))
    forget(world, person)
    assert tuple(world.session.scalars(select(SavedView.query).order_by(SavedView.id))) == others


def test_undoing_what_was_done_to_a_selection_leaves_them_out(world: World) -> None:
    gone, stays = world.make_beneficiary(), world.make_beneficiary()
    tag = world.add(Tag(organisation_id=world.organisation.id, label="Atelier", created_at=NOW))
    act = world.add(
        SelectionAct(
            agent_id=world.agent.id, organisation_id=world.organisation.id, act="untag",
            details={"people": [gone.id, stays.id], "tag": tag.id}, created_at=NOW,
        )
    )  # fmt: skip
    forget(world, gone)
    world.session.refresh(act)
    assert act.details == {"people": [stays.id], "tag": tag.id}
    by = By(organisation_id=world.organisation.id, agent_id=world.agent.id)
    assert selecting_undone.undo(world.session, act, by=by, now=NOW)
    assert list(world.session.scalars(select(Tagging.beneficiary_id))) == [stays.id]
