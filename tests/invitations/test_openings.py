"""Openings: what is saved, what is doubted, what is refused; ending; absences."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from invitations import absences, openings, openings_list
from invitations.agenda.recurrence import monthly
from invitations.agenda.search import find_slots
from invitations.errors import EndsBeforeItStarts, NotFound, NothingToCome
from invitations.models import Absence, AppointmentAgent, AuditEvent, Opening
from invitations.openings import DoubtKind, Wish
from tests.app.team import expect
from tests.factories import World

SATURDAY = date(2026, 11, 28)
MONDAY = date(2026, 11, 30)


@pytest.fixture
def wish(world: World) -> Wish:
    """Saturday morning, once: meets nothing that the world has."""
    return Wish(
        agent_id=world.agent.id,
        place_id=world.place.id,
        type_ids=(world.type.id,),
        starts_on=SATURDAY,
        starts_at_time=time(9),
        ends_at_time=time(12),
    )


def add(session: Session, world: World, wish: Wish, now: datetime) -> Opening:
    return openings.add(session, wish, organisation_id=world.organisation.id, agent_id=world.agent.id, now=now)


def doubts(session: Session, world: World, wish: Wish, now: datetime) -> list[openings.Doubt]:
    return openings.doubts(session, wish, organisation_id=world.organisation.id, now=now)


def slot_days(session: Session, world: World, now: datetime) -> set[date]:
    found = find_slots(session, types=[world.type], after=now, before=now + timedelta(days=28), now=now)
    return {slot.starts_at.astimezone(world.place.zone).date() for slot in found}


def test_an_opening_gives_slots_at_once(session: Session, world: World, wish: Wish, now: datetime) -> None:
    assert SATURDAY not in slot_days(session, world, now)
    add(session, world, wish, now)
    assert SATURDAY in slot_days(session, world, now)


def test_a_repeated_opening_happens_on_its_weekdays_until_its_last_day(
    session: Session, world: World, wish: Wish, now: datetime
) -> None:
    weekly = replace(wish, weekdays=(5,), interval=2, until=date(2026, 12, 20))
    opening = add(session, world, weekly, now)
    saturdays = {day for day in slot_days(session, world, now) if day.weekday() == 5}
    assert saturdays == {SATURDAY, date(2026, 12, 12)}
    assert opening.last_on == date(2026, 12, 20)


def test_an_opening_across_midnight_is_refused(session: Session, world: World, wish: Wish, now: datetime) -> None:
    with pytest.raises(EndsBeforeItStarts):
        add(session, world, replace(wish, starts_at_time=time(22), ends_at_time=time(2)), now)


@pytest.mark.parametrize(
    "changes",
    [{"starts_on": date(2026, 11, 23)}, {"weekdays": (5,), "until": date(2026, 11, 27)}],
    ids=["a day that is over", "ends before its first Saturday"],
)
def test_an_opening_without_a_day_to_come_is_refused(
    session: Session, world: World, wish: Wish, now: datetime, changes: dict[str, object]
) -> None:
    with pytest.raises(NothingToCome):
        add(session, world, replace(wish, **changes), now)  # type: ignore[arg-type]


def test_an_opening_shorter_than_a_type_is_doubted(session: Session, world: World, wish: Wish, now: datetime) -> None:
    (doubt,) = doubts(session, world, replace(wish, ends_at_time=time(9, 30)), now)
    assert (doubt.kind, doubt.type) == (DoubtKind.SHORTER_THAN_TYPE, world.type.name)


def test_an_opening_that_meets_another_of_the_agent_is_doubted_with_the_first_day(
    session: Session, world: World, wish: Wish, now: datetime
) -> None:
    (doubt,) = doubts(session, world, replace(wish, starts_on=SATURDAY, weekdays=(0, 5)), now)
    assert (doubt.kind, doubt.on, doubt.place) == (DoubtKind.OVERLAP, MONDAY, "Valence")


def test_openings_that_touch_or_take_turns_are_not_doubted(
    session: Session, world: World, wish: Wish, now: datetime
) -> None:
    afternoon = replace(wish, starts_on=MONDAY, starts_at_time=time(12), ends_at_time=time(17))
    assert doubts(session, world, afternoon, now) == []
    even = replace(wish, weekdays=(5,), interval=2)
    add(session, world, even, now)
    odd = replace(even, starts_on=SATURDAY + timedelta(days=7))
    assert doubts(session, world, odd, now) == []


def test_a_colleague_may_receive_at_the_same_time(session: Session, world: World, wish: Wish, now: datetime) -> None:
    colleague = world.make_agent(display_name="M. Faure")
    assert doubts(session, world, replace(wish, agent_id=colleague.id, starts_on=MONDAY), now) == []


def test_a_single_day_that_is_a_public_holiday_is_doubted(
    session: Session, world: World, wish: Wish, now: datetime
) -> None:
    christmas = replace(wish, starts_on=date(2026, 12, 25), starts_at_time=time(14), ends_at_time=time(17))
    assert [doubt.kind for doubt in doubts(session, world, christmas, now)] == [DoubtKind.HOLIDAY]


@pytest.mark.parametrize("what", ["agent_id", "place_id", "type_ids"])
def test_nothing_of_another_organisation_can_be_opened(
    session: Session, world: World, wish: Wish, now: datetime, what: str
) -> None:
    other = world.make_organisation()
    theirs = {
        "agent_id": world.make_agent(organisation=other).id,
        "place_id": world.make_place(organisation_id=other.id).id,
        "type_ids": (world.type.id, world.make_type(organisation_id=other.id).id),
    }
    with pytest.raises(NotFound):
        add(session, world, replace(wish, **{what: theirs[what]}), now)  # type: ignore[arg-type]


def test_an_ended_opening_keeps_the_days_before(session: Session, world: World, now: datetime) -> None:
    openings.end(session, world.opening, from_on=date(2026, 12, 2), agent_id=world.agent.id, now=now)
    assert max(slot_days(session, world, now)) == date(2026, 12, 1)
    openings.end(session, world.opening, from_on=date(2026, 12, 20), agent_id=world.agent.id, now=now)
    assert max(slot_days(session, world, now)) == date(2026, 12, 1)


def test_an_opening_every_month_can_be_ended_too(session: Session, world: World, now: datetime) -> None:
    world.opening.rrule = monthly(1, 1)
    openings.end(session, world.opening, from_on=date(2026, 12, 8), agent_id=world.agent.id, now=now)
    assert slot_days(session, world, now) == {date(2026, 12, 1)}
    assert world.opening.rrule == monthly(1, 1, until=date(2026, 12, 7))


def test_an_opening_ended_before_it_began_disappears(session: Session, world: World, wish: Wish, now: datetime) -> None:
    opening = add(session, world, wish, now)
    openings.end(session, opening, from_on=SATURDAY, agent_id=world.agent.id, now=now)
    session.flush()
    assert session.scalars(select(Opening)).all() == [world.opening]


def test_ending_an_opening_keeps_what_is_booked(session: Session, world: World, now: datetime) -> None:
    booked = expect(world, datetime(2026, 12, 3, 8, tzinfo=UTC))
    openings.end(session, world.opening, from_on=date(2026, 12, 2), agent_id=world.agent.id, now=now)
    assert session.get_one(AppointmentAgent, (booked.appointment_id, world.agent.id)).is_live


def test_an_absence_takes_slots_away_and_gives_them_back(session: Session, world: World, now: datetime) -> None:
    def absent(**changes: object) -> Absence:
        values = {
            "absent_id": world.agent.id,
            "starts_at": datetime(2026, 11, 29, 23, tzinfo=UTC),
            "ends_at": datetime(2026, 12, 1, 23, tzinfo=UTC),
            "label": "Formation",
            "organisation_id": world.organisation.id,
            "agent_id": world.agent.id,
            "now": now,
        }
        return absences.add(session, **values | changes)  # type: ignore[arg-type]

    assert MONDAY in slot_days(session, world, now)
    absence = absent()
    assert not slot_days(session, world, now) & {MONDAY, date(2026, 12, 1)}
    expect(world, datetime(2026, 11, 30, 9, tzinfo=UTC))
    assert absences.booked_during(session, absence) == 1
    absences.remove(session, absence, organisation_id=world.organisation.id, agent_id=world.agent.id, now=now)
    assert MONDAY in slot_days(session, world, now)
    with pytest.raises(EndsBeforeItStarts):
        absent(ends_at=datetime(2026, 11, 29, 23, tzinfo=UTC))
    with pytest.raises(NothingToCome):
        absent(starts_at=now - timedelta(days=2), ends_at=now)
    with pytest.raises(NotFound):
        absent(absent_id=world.make_agent(organisation=world.make_organisation()).id)


def test_the_slots_left_of_a_place_are_those_that_inviting_would_count(
    session: Session, world: World, now: datetime
) -> None:
    world.make_place(name="Antenne", city="Die", commune_insee="26113")
    left = openings_list.slots_left(session, world.organisation, now=now)
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
    left = openings_list.slots_left(session, world.organisation, now=now)
    assert [(line.category, line.slots) for line in left.lines] == [
        ("RSA accompagnement", 76),
        ("RSA orientation", 76),
    ]
    assert left.total == 76


def test_what_an_agent_does_to_openings_is_in_the_journal(
    session: Session, world: World, wish: Wish, now: datetime
) -> None:
    opening = add(session, world, wish, now)
    openings.end(session, opening, from_on=SATURDAY, agent_id=world.agent.id, now=now)
    session.flush()
    events = session.scalars(select(AuditEvent).order_by(AuditEvent.id)).all()
    assert [(event.action, event.agent_id) for event in events] == [
        ("opening.added", world.agent.id),
        ("opening.ended", world.agent.id),
    ]
