"""The nightly purge: whoever nothing has happened to for as long as they are kept, slice by slice, and what is old besides."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from invitations import purging, purging_due, purging_old
from invitations.database import Database
from invitations.models import (
    AgentLink,
    AgentSession,
    Beneficiary,
    CallbackRequest,
    Channel,
    ChannelUse,
    ImportBatch,
    ImportRow,
    ImportState,
    InboundText,
    Invitation,
    JobRun,
    LinkPurpose,
    Membership,
    Message,
    MessageKind,
    MessageState,
    Mode,
    Organisation,
    Orientation,
    OrientationKind,
    PurgeRun,
    ReceiptEvent,
    Referent,
    SelectionAct,
    Tag,
    Tagging,
    Verdict,
    Waiting,
)
from tests.app.team import expect, owe
from tests.conftest import NOW, Clock
from tests.factories import World

LONG_AGO = NOW - timedelta(days=800)
LATELY = NOW - timedelta(days=100)


@pytest.fixture
def then(world: World) -> World:
    """The world 800 days ago: what it makes is that old."""
    world.now = LONG_AGO
    return world


def due(world: World, **changes: Any) -> list[int]:
    return purging_due.people(world.session, now=NOW, **changes)


def test_nobody_is_due_before_their_time_and_everybody_after(then: World) -> None:
    old = then.make_beneficiary()
    then.now = NOW - timedelta(days=700)
    then.make_beneficiary()
    assert due(then) == [old.id]
    assert due(then, most=0) == []


def of_follow_up(world: World, person: Beneficiary, at: datetime, table: Any, **values: Any) -> None:
    world.now = LONG_AGO
    ours = {"follow_up_id": world.make_follow_up(person).id, **values}
    world.add(table(**ours))


def import_row(world: World, person: Beneficiary, at: datetime) -> None:
    batch = world.add(
        ImportBatch(
            organisation_id=world.organisation.id, category_id=world.category.id, filename="l.csv", columns={},
            state=ImportState.SAVED, created_at=at, saved_at=at,
        )
    )  # fmt: skip
    world.add(ImportRow(batch_id=batch.id, position=2, cells={}, verdict=Verdict.UNCHANGED, beneficiary_id=person.id))


def text(world: World, person: Beneficiary, at: datetime) -> None:
    world.add(
        InboundText(
            sid="1", sender="+33639980001", number="+33937000000", body="Oui", received_at=at, read_at=at,
            organisation_id=world.organisation.id, beneficiary_id=person.id,
        )
    )  # fmt: skip


def callback(world: World, person: Beneficiary, at: datetime) -> None:
    ours = {"organisation_id": world.organisation.id, "beneficiary_id": person.id}
    of_follow_up(world, person, at, CallbackRequest, phone="+33639980001", created_at=at, **ours)


def followed(world: World, person: Beneficiary, at: datetime) -> None:
    world.make_follow_up(person).created_at = at


def archived(world: World, person: Beneficiary, at: datetime) -> None:
    world.session.scalars(select(Membership).where(Membership.beneficiary_id == person.id)).one().archived_at = at


def tagged(world: World, person: Beneficiary, at: datetime) -> None:
    tag = world.add(Tag(organisation_id=world.organisation.id, label="Atelier", created_at=LONG_AGO))
    world.add(Tagging(beneficiary_id=person.id, tag_id=tag.id, created_at=at))


SIGNS: dict[str, Callable[[World, Beneficiary, datetime], object]] = {
    "edited": lambda _, person, at: setattr(person, "updated_at", at),
    "archived": archived,
    "tagged": tagged,
    "accompanied": lambda world, person, at: world.add(
        Referent(beneficiary_id=person.id, agent_id=world.agent.id, created_at=at)
    ),
    "in a list that changed nothing": import_row,
    "written to": lambda world, person, at: setattr(owe(world, beneficiary=person), "created_at", at),
    "wrote": text,
    "asked to be called": callback,
    "followed": followed,
    "closed": lambda world, person, at: world.make_follow_up(person, closed_at=at),
    "met": lambda world, person, at: expect(world, at, beneficiary=person),
    "invited": lambda world, person, at: of_follow_up(
        world, person, at, Invitation, uid=f"{person.id}", organisation_id=world.organisation.id, mode=Mode.INVITATION, created_at=at
    ),
    "answered": lambda world, person, at: of_follow_up(
        world, person, at, Invitation, uid=f"{person.id}", organisation_id=world.organisation.id, mode=Mode.INVITATION,
        created_at=LONG_AGO, answered_at=at,
    ),
    "waits": lambda world, person, at: of_follow_up(
        world, person, at, Waiting, organisation_id=world.organisation.id, asked_at=at
    ),
    "oriented": lambda world, person, at: of_follow_up(
        world, person, at, Orientation, kind=OrientationKind.SOCIAL, by_organisation_id=world.organisation.id,
        decided_on=date(2026, 8, 1), created_at=at,
    ),
}  # fmt: skip


def test_whatever_happens_to_somebody_keeps_them(then: World) -> None:
    """Each of them has one sign of life; without it, all of them would be due."""
    alone, alive = then.make_beneficiary(), {sign: then.make_beneficiary() for sign in SIGNS}
    assert due(then) == [alone.id, *(person.id for person in alive.values())]
    for sign, person in alive.items():
        SIGNS[sign](then, person, LATELY)
    then.session.flush()
    assert [sign for sign, person in alive.items() if person.id in due(then)] == []
    assert due(then) == [alone.id]
    assert purging_due.years(then.session, [person.id for person in alive.values()]) == {2026: len(SIGNS)}
    assert purging_due.years(then.session, [alone.id]) == {2024: 1}


def test_the_organisation_that_keeps_longest_decides(then: World) -> None:
    longer = then.make_organisation(retention_months=36)
    alone, shared = then.make_beneficiary(), then.make_beneficiary()
    then.add(Membership(beneficiary_id=shared.id, organisation_id=longer.id, created_at=LONG_AGO))
    assert due(then) == [alone.id]
    then.organisation.retention_months = 36
    then.session.flush()
    assert due(then) == []
    assert due(then, keeping={then.organisation.id: 12}) == [alone.id], "as it would be"


def test_whoever_belongs_to_no_organisation_is_kept_for_24_months(then: World) -> None:
    person = then.make_beneficiary()
    then.session.query(Membership).delete()
    then.organisation.retention_months = 36
    then.session.flush()
    assert due(then) == [person.id]
    assert due(then, organisation_id=then.organisation.id) == []


def test_the_plan_says_how_many_and_of_what_year_and_no_name(then: World) -> None:
    elsewhere = then.make_organisation(name="Aide 26")
    for person in (then.make_beneficiary(), then.make_beneficiary()):
        then.add(Membership(beneficiary_id=person.id, organisation_id=elsewhere.id, created_at=LONG_AGO))
    then.now = LONG_AGO - timedelta(days=400)
    then.make_beneficiary(organisation=elsewhere)
    planned = purging.plan(then.session, now=NOW)
    assert [(one.name, one.people, one.years) for one in planned] == [
        ("Aide 26", 3, {2023: 1, 2024: 2}),
        (then.organisation.name, 2, {2024: 2}),
    ]
    (ours,) = purging.plan(then.session, now=NOW, organisation_id=then.organisation.id)
    assert (ours.organisation_id, ours.people) == (then.organisation.id, 2)


# The run


def crowd(database: Database, count: int) -> None:
    with database.writing() as session:
        world = World(session, LONG_AGO)
        for _ in range(count):
            world.make_beneficiary()
        world.now = LATELY
        world.make_beneficiary()


def people(database: Database) -> int:
    with database.reading() as session:
        return session.execute(select(func.count()).select_from(Beneficiary)).scalar_one()


def report(database: Database) -> PurgeRun:
    with database.reading() as session:
        run = session.scalars(select(PurgeRun)).one()
        session.expunge(run)
        return run


def test_a_night_takes_everybody_who_is_due_and_reports_it_once(database: Database, clock: Clock) -> None:
    crowd(database, 3)
    with database.reading() as session:
        assert purging.is_due(session, now=clock())
    assert purging.purge(database, clock=clock) == 3
    assert people(database) == 1
    run = report(database)
    assert (run.on, run.people, run.ended_at) == (NOW.date(), 3, NOW)
    assert (list(run.organisations.values()), run.rows["memberships"]) == ([3], 3)
    with database.reading() as session:
        assert not purging.is_due(session, now=clock())
        assert purging.is_due(session, now=clock.pass_by(timedelta(days=1)))
        assert not purging.is_due(session, now=clock().replace(hour=0, minute=59))


def killed_after(database: Database, people_ids: list[int]) -> None:
    with database.writing() as session:
        purging.forget(session, people_ids, now=NOW)
        raise KeyboardInterrupt


def test_what_is_cut_short_goes_on_and_loses_no_count(database: Database, clock: Clock) -> None:
    """Killed between two slices, or in the middle of one: that one is undone whole."""
    crowd(database, 3)
    with database.reading() as session:
        first, *others = purging_due.people(session, now=NOW)
    with database.writing() as session:
        purging.forget(session, [first], now=NOW)
    with pytest.raises(KeyboardInterrupt):
        killed_after(database, others)
    assert (people(database), report(database).people, report(database).ended_at) == (3, 1, None)
    assert purging.purge(database, clock=clock) == 2
    assert (people(database), report(database).people, report(database).ended_at) == (1, 3, NOW)


def test_told_to_stop_it_stops_between_two_slices_and_the_report_stays_open(database: Database, clock: Clock) -> None:
    crowd(database, 2)
    assert purging.purge(database, clock=clock, should_stop=lambda: True) == 0
    assert people(database) == 3
    with database.reading() as session:
        assert purging.is_due(session, now=NOW)


def test_somebody_who_acts_in_the_meantime_stays(database: Database) -> None:
    crowd(database, 1)
    with database.reading() as session:
        (found,) = purging_due.people(session, now=NOW)
    with database.writing() as session:
        session.get_one(Beneficiary, found).updated_at = NOW
    with database.writing() as session:
        assert purging.forget(session, [found], now=NOW) == 0


def test_two_schedulers_at_once_count_everybody_once(database: Database) -> None:
    crowd(database, 4)
    with ThreadPoolExecutor(2) as both:
        done = [task.result(timeout=60) for task in [both.submit(purging.purge, database, clock=Clock()) for _ in "ab"]]
    assert (sum(done), report(database).people, people(database)) == (4, 4, 1)


def test_one_organisation_alone_leaves_the_night_to_the_others(database: Database, clock: Clock) -> None:
    crowd(database, 1)
    with database.reading() as session:
        ours = session.scalars(select(Organisation.id)).one()
    assert purging.purge(database, clock=clock, organisation_id=ours + 1) == 0
    assert purging.purge(database, clock=clock, organisation_id=ours) == 1
    with database.reading() as session:
        assert purging.is_due(session, now=NOW)


# What is old besides


def test_what_nobody_needs_any_more_goes_and_what_is_needed_stays(world: World) -> None:
    old, young = NOW - timedelta(days=1200), NOW - timedelta(days=5)
    for at in (old, young):
        told = world.add(
            Message(
                once=str(uuid.uuid4()), organisation_id=world.organisation.id, agent_id=world.agent.id,
                kind=MessageKind.DIGEST, channel=Channel.EMAIL, address="a@b.example", body="Bonjour",
                due_at=at, created_at=at,
            )
        )  # fmt: skip
        sent = owe(world, state=MessageState.DELIVERED, sent_at=at)
        for message in (told, sent):
            world.add(ReceiptEvent(message_id=message.id, status="delivered", at=at))
        world.add(ChannelUse(department_id=world.department.id, channel=Channel.SMS, on=at.date(), used=3))
        world.add(JobRun(job="digest", slot=f"1:{at.date()}", started_at=at))
        world.add(JobRun(job="demo", slot=f"{at.date()}", started_at=at))
        world.add(
            SelectionAct(
                agent_id=world.agent.id, organisation_id=world.organisation.id, act="tag", details={}, created_at=at
            )
        )
        over = {"agent_id": world.agent.id, "created_at": at, "expires_at": at + timedelta(hours=12)}
        world.add(AgentSession(token_hash=str(at), **over))
        link = world.add(AgentLink(purpose=LinkPurpose.JOIN, **over))
        told.agent_link_id = link.id
    done = purging_old.drop(world.session, now=NOW)
    assert done == {
        "messages": 1, "receipt_events": 2, "channel_uses": 1, "job_runs": 1, "selection_acts": 1,
        "agent_sessions": 1, "agent_links": 1,
    }  # fmt: skip
    assert purging_old.drop(world.session, now=NOW) == {}
    left = select(func.count()).select_from(Message).where(Message.beneficiary_id.is_not(None))
    assert world.session.scalar(left) == 2, "the proof of what people were told stays with them"


def listed(world: World, state: ImportState, at: datetime, **changes: Any) -> ImportRow:
    batch = world.add(
        ImportBatch(
            organisation_id=world.organisation.id, category_id=world.category.id, filename="l.csv", columns={},
            state=state, created_at=at,
        )
    )  # fmt: skip
    values = {"position": 2, "cells": {"last_name": "Lefèvre"}, "verdict": Verdict.REFUSED, "reasons": {"row": "x"}}
    return world.add(ImportRow(batch_id=batch.id, **values | changes))


def test_rows_of_lists_that_became_nobody_are_emptied_after_three_months_and_lists_never_saved_go(world: World) -> None:
    old, young = NOW - timedelta(days=91), NOW - timedelta(days=89)
    emptied, kept = (listed(world, ImportState.SAVED, at) for at in (old, young))
    somebodys = listed(world, ImportState.SAVED, old, beneficiary_id=world.make_beneficiary().id)
    listed(world, ImportState.PREVIEW, old)
    waiting = listed(world, ImportState.PREVIEW, young)
    assert purging_old.drop(world.session, now=NOW) == {"import_rows": 2, "import_batches": 1}
    assert (emptied.cells, emptied.reasons, emptied.position, emptied.verdict) == ({}, {}, 2, Verdict.REFUSED)
    assert all(one.cells for one in (kept, somebodys, waiting))
