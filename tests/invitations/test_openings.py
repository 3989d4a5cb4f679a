"""Openings: what is saved for whom, what is refused; the slots that are left of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from invitations import openings, openings_left, openings_list
from invitations.agenda.recurrence import monthly, weekly
from invitations.agenda.search import find_slots
from invitations.errors import EndsBeforeItStarts, NotFound, NothingToCome
from invitations.models import AuditEvent, Opening
from invitations.openings import Wish
from invitations.openings_list import Filters
from invitations.rhythm import Rhythm
from tests.factories import World

SATURDAY = date(2026, 11, 28)


@pytest.fixture
def wish(world: World) -> Wish:
    """Saturday morning, once: meets nothing that the world has."""
    return Wish(
        agent_ids=(world.agent.id,),
        place_id=world.place.id,
        type_ids=(world.type.id,),
        rhythm=Rhythm(SATURDAY),
        starts_at_time=time(9),
        ends_at_time=time(12),
    )


def add(session: Session, world: World, wish: Wish, now: datetime) -> list[Opening]:
    return openings.add(session, wish, organisation_id=world.organisation.id, agent_id=world.agent.id, now=now)


def slot_days(session: Session, world: World, now: datetime) -> set[date]:
    found = find_slots(session, types=[world.type], after=now, before=now + timedelta(days=40), now=now)
    return {slot.starts_at.astimezone(world.place.zone).date() for slot in found}


def test_an_opening_gives_slots_at_once(session: Session, world: World, wish: Wish, now: datetime) -> None:
    assert SATURDAY not in slot_days(session, world, now)
    add(session, world, wish, now)
    assert SATURDAY in slot_days(session, world, now)


def test_a_repeated_opening_happens_on_its_weekdays_until_its_last_day(
    session: Session, world: World, wish: Wish, now: datetime
) -> None:
    rhythm = Rhythm(SATURDAY, weekdays=(5,), interval=2, until=date(2026, 12, 20))
    (opening,) = add(session, world, replace(wish, rhythm=rhythm), now)
    saturdays = {day for day in slot_days(session, world, now) if day.weekday() == 5}
    assert saturdays == {SATURDAY, date(2026, 12, 12)}
    assert (opening.rrule, opening.last_on) == (weekly([5], interval=2, until=date(2026, 12, 20)), date(2026, 12, 20))


def test_an_opening_happens_on_the_last_saturday_of_every_month(
    session: Session, world: World, wish: Wish, now: datetime
) -> None:
    (opening,) = add(session, world, replace(wish, rhythm=Rhythm(SATURDAY, weekdays=(5,), nth=-1)), now)
    assert opening.rrule == monthly(-1, 5)
    assert {day for day in slot_days(session, world, now) if day.weekday() == 5} == {SATURDAY, date(2026, 12, 26)}


def test_one_wish_opens_as_much_for_each_of_several_agents(
    session: Session, world: World, wish: Wish, now: datetime
) -> None:
    colleague = world.make_agent(display_name="M. Faure")
    added = add(session, world, replace(wish, agent_ids=(colleague.id, world.agent.id)), now)
    assert [one.agent_id for one in added] == [colleague.id, world.agent.id]
    assert {(one.starts_on, one.starts_at_time, one.place_id) for one in added} == {(SATURDAY, time(9), world.place.id)}
    assert all(one.types == [world.type] for one in added)


def test_one_agent_of_elsewhere_and_nothing_is_opened_for_anybody(
    session: Session, world: World, wish: Wish, now: datetime
) -> None:
    stranger = world.make_agent(organisation=world.make_organisation())
    with pytest.raises(NotFound):
        add(session, world, replace(wish, agent_ids=(world.agent.id, stranger.id)), now)
    assert session.scalars(select(Opening)).all() == [world.opening]


def test_an_opening_across_midnight_is_refused(session: Session, world: World, wish: Wish, now: datetime) -> None:
    with pytest.raises(EndsBeforeItStarts):
        add(session, world, replace(wish, starts_at_time=time(22), ends_at_time=time(2)), now)


@pytest.mark.parametrize(
    "rhythm",
    [Rhythm(date(2026, 11, 23)), Rhythm(SATURDAY, weekdays=(5,), until=date(2026, 11, 27))],
    ids=["a day that is over", "ends before its first Saturday"],
)
def test_an_opening_without_a_day_to_come_is_refused(
    session: Session, world: World, wish: Wish, now: datetime, rhythm: Rhythm
) -> None:
    with pytest.raises(NothingToCome):
        add(session, world, replace(wish, rhythm=rhythm), now)


@pytest.mark.parametrize("what", ["agent_ids", "place_id", "type_ids"])
def test_nothing_of_another_organisation_can_be_opened(
    session: Session, world: World, wish: Wish, now: datetime, what: str
) -> None:
    other = world.make_organisation()
    theirs = {
        "agent_ids": (world.make_agent(organisation=other).id,),
        "place_id": world.make_place(organisation_id=other.id).id,
        "type_ids": (world.type.id, world.make_type(organisation_id=other.id).id),
    }
    with pytest.raises(NotFound):
        add(session, world, replace(wish, **{what: theirs[what]}), now)  # type: ignore[arg-type]


def test_whoever_changes_an_opening_of_elsewhere_finds_none(session: Session, world: World) -> None:
    other = world.make_organisation()
    for look in (openings.opening_seen_by, openings.held):
        assert look(session, world.opening.id, world.organisation.id) is world.opening
        for opening_id, organisation_id in ((world.opening.id, other.id), (999_999, world.organisation.id)):
            with pytest.raises(NotFound):
                look(session, opening_id, organisation_id)


def test_every_opening_added_is_in_the_journal(session: Session, world: World, wish: Wish, now: datetime) -> None:
    colleague = world.make_agent()
    added = add(session, world, replace(wish, agent_ids=(world.agent.id, colleague.id)), now)
    session.flush()
    events = session.scalars(select(AuditEvent).order_by(AuditEvent.id)).all()
    assert [(event.action, event.agent_id, event.details["opening_id"]) for event in events] == [
        ("opening.added", world.agent.id, one.id) for one in added
    ]


def test_openings_are_listed_by_agent_and_what_is_over_apart(session: Session, world: World, now: datetime) -> None:
    today = now.date()
    anne = world.make_agent(last_name="Abel", display_name="Mme Abel")
    die = world.make_place(city="Die", closed_at=now)
    monthly_one = world.make_opening(agent_id=anne.id, rrule=monthly(1, 1), exdates=["2026-12-01", "2026-12-02"])
    world.make_opening(agent_id=anne.id, place_id=die.id, starts_at_time=time(14), ends_at_time=time(16))
    over = world.make_opening(rrule=None, starts_on=date(2026, 11, 23), last_on=date(2026, 11, 23))
    world.make_opening(organisation_id=world.make_organisation().id)

    first, second = openings_list.openings_of(session, world.organisation.id, today=today)
    assert [(one.agent, len(one.lines)) for one in (first, second)] == [("Mme Abel", 2), ("Mme Roche", 1)]
    assert [(line.city, line.is_place_closed) for line in first.lines] == [("Die", True), ("Valence", False)]
    # A day taken out that was none of its days is no exception.
    assert (first.lines[1].id, first.lines[1].taken_out) == (monthly_one.id, (date(2026, 12, 1),))
    assert [line.id for line in openings_list.openings_over(session, world.organisation.id, today=today)] == [over.id]

    def listed(filters: Filters) -> list[int]:
        found = openings_list.openings_of(session, world.organisation.id, today=today, filters=filters)
        return [line.id for one in found for line in one.lines]

    assert listed(Filters(agent_id=world.agent.id)) == [world.opening.id]
    assert listed(Filters(agent_id=anne.id, place_id=world.place.id)) == [monthly_one.id]


def test_the_slots_left_of_a_place_are_those_that_inviting_would_count(
    session: Session, world: World, now: datetime
) -> None:
    world.make_place(name="Antenne", city="Die", commune_insee="26113")
    left = openings_left.slots_left(session, world.organisation, now=now)
    die, valence = left.lines
    assert (die.city, die.category, die.slots, die.next_at) == ("Die", None, 0, None)
    # Nineteen working mornings, four times 45 minutes each, after the 24 hours of notice.
    assert (valence.category, valence.slots) == ("RSA orientation", 19 * 4)
    assert valence.next_at == datetime(2026, 11, 25, 9, 30, tzinfo=UTC)


def test_a_slot_that_serves_two_categories_is_counted_once_in_all(
    session: Session, world: World, now: datetime
) -> None:
    other = world.make_category(code="rsa_accompagnement", name="RSA accompagnement")
    world.opening.types.append(world.make_type(category_id=other.id))
    session.flush()
    left = openings_left.slots_left(session, world.organisation, now=now)
    assert [(line.category, line.slots) for line in left.lines] == [
        ("RSA accompagnement", 76),
        ("RSA orientation", 76),
    ]
    assert left.total == 76
