"""Closing days are days of the place: what is booked in them is counted by the place's own clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from sqlalchemy.orm import Session

from invitations import closures
from tests.app.team import expect
from tests.conftest import NOW
from tests.factories import World

THURSDAY = date(2026, 11, 26)


def test_a_day_is_the_places_day(session: Session) -> None:
    """23:30 UTC on Wednesday is Thursday in Réunion, and in Paris too; 21:30 UTC is Thursday in Réunion alone."""
    world = World(session, NOW)
    reunion = world.make_place(name="Saint-Denis", timezone="Indian/Reunion")
    expect(world, datetime(2026, 11, 25, 21, 30, tzinfo=UTC), place_id=reunion.id)
    expect(world, datetime(2026, 11, 25, 23, 30, tzinfo=UTC), place_id=reunion.id)
    expect(world, datetime(2026, 11, 25, 20, 30, tzinfo=UTC))
    close(session, world)
    (line,) = closures.closures_of(session, world.organisation, now=NOW)
    assert line.booked == ((THURSDAY, 2),)
    assert line.appointments == 2


def test_a_visit_without_a_place_falls_under_the_whole_organisations_closing_alone(session: Session) -> None:
    world = World(session, NOW)
    expect(world, NOW + timedelta(days=2), place_id=None)
    close(session, world)
    close(session, world, place_id=world.place.id)
    assert [line.appointments for line in closures.closures_of(session, world.organisation, now=NOW)] == [1, 0]


def test_what_is_over_is_left_out(session: Session) -> None:
    world = World(session, NOW)
    close(session, world)
    later = NOW + timedelta(days=5)
    assert closures.closures_of(session, world.organisation, now=later) == []


def close(session: Session, world: World, *, place_id: int | None = None) -> None:
    closures.add(
        session,
        organisation=world.organisation,
        place_id=place_id,
        first_on=THURSDAY,
        last_on=THURSDAY,
        label="",
        agent_id=world.agent.id,
        now=NOW,
    )
