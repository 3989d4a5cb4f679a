"""The search through the database, on both engines, against counting minute by minute (`counting.py`)."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert
from sqlalchemy.orm import Session

from invitations.agenda.search import find_slots, next_slot
from invitations.agenda.slots import Slot
from invitations.models import (
    Absence,
    Appointment,
    AppointmentAgent,
    Author,
    BusyTime,
    Closure,
    ExternalCalendar,
    Opening,
    RegularAbsence,
)
from invitations.models.agenda import opening_types
from tests.factories import World
from tests.invitations.counting import DAY, MINUTE, Found, Hours, Rhythm, Team, count_slots
from tests.invitations.small_teams import apart, bounds_around, moment, moments_around, spans, teams, with_one_more
from tests.invitations.test_slots_properties import as_text, removed_days

through_the_database = settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
GRACE = st.sampled_from([timedelta(), timedelta(minutes=10)])


class Tables:
    """Two agents, two places, two types in the tables, and a drawn team around them for the length of a block."""

    def __init__(self, world: World) -> None:
        self.world, self.session = world, world.session
        self.session.delete(world.opening)
        self.agents = {1: world.agent.id, 2: world.make_agent().id}
        self.places = {1: world.place, 2: world.make_place()}
        self.types = {1: world.type, 2: world.make_type()}
        calendar = ExternalCalendar(
            agent_id=self.agents[1], label="Agenda", sealed_address="-", next_try_at=world.now, created_at=world.now
        )
        self.calendar_id = world.add(calendar).id

    @contextmanager
    def holding(self, team: Team) -> Iterator[Session]:
        with self.session.begin_nested() as written:
            self.write_settings(team)
            for opening in team.openings:
                self.write_opening(opening)
            for absence, zone in team.regular_absences:
                self.write(RegularAbsence, **self.times(absence, always=True), timezone=zone.key)
            for place, day in team.closed:
                self.write(Closure, **self.ours, place_id=self.places[place].id, first_on=day, last_on=day)
            for number, (agent, start, end) in enumerate(team.absences):
                self.write_absence(agent, moment(start), moment(end), is_external=number % 2 == 1)
            for agent, start, busy_until in team.appointments:
                self.book(agent, start, busy_until)
            yield self.session
            written.rollback()

    @property
    def ours(self) -> dict[str, Any]:
        return {"organisation_id": self.world.organisation.id}

    def write(self, table: type[Any], **values: Any) -> int:
        """One row; the identity of what was written, and nothing that the session would remember."""
        made_at = {"created_at": self.world.now} if "created_at" in table.__table__.c else {}
        return int(self.session.execute(insert(table).values(values | made_at)).inserted_primary_key[0])

    def write_settings(self, team: Team) -> None:
        for place, zone in team.zones.items():
            self.places[place].timezone = zone.key
        for number, cut in team.kinds.items():
            type_ = self.types[number]
            type_.duration, type_.step = cut.duration * MINUTE, cut.step * MINUTE
            type_.min_delay, type_.max_delay, type_.max_per_agent_day = cut.min_delay, cut.max_delay, cut.per_day
        self.session.flush()

    def write_opening(self, opening: Hours) -> None:
        place_id = self.places[opening.place].id
        opening_id = self.write(Opening, **self.times(opening), **self.ours, place_id=place_id)
        values = {"opening_id": opening_id, "type_id": self.types[opening.kind].id}
        self.session.execute(insert(opening_types).values(values))

    def times(self, hours: Hours, *, always: bool = False) -> dict[str, Any]:
        """Agent, wall times and recurrence as they are stored; `always` with a rule."""
        rhythm = as_a_week(hours.rhythm) if always and not hours.rhythm.weekdays else hours.rhythm
        return {
            "agent_id": self.agents[hours.agent],
            "starts_on": rhythm.starts_on,
            "starts_at_time": hours.starts,
            "ends_at_time": hours.ends,
            "rrule": as_text(rhythm),
            "exdates": removed_days(rhythm),
            "last_on": rhythm.until if rhythm.weekdays else rhythm.starts_on,
        }

    def write_absence(self, agent: int, starts_at: datetime, ends_at: datetime, *, is_external: bool) -> None:
        """By turns one that was typed and one that the agent's own calendar tells."""
        values = {"agent_id": self.agents[agent], "starts_at": starts_at, "ends_at": ends_at}
        if is_external:
            self.write(BusyTime, **values, calendar_id=self.calendar_id)
        else:
            self.write(Absence, **values)

    def book(self, agent: int, start: int, busy_until: int) -> int:
        """An appointment with a pause after it where it is long enough; its id."""
        times = {"starts_at": moment(start), "ends_at": moment(max(start + 1, busy_until - 10))}
        values = {"uid": str(uuid.uuid4()), "type_id": self.types[1].id, "place_id": self.places[1].id}
        id_ = self.write(Appointment, **self.ours, **values, **times, created_by=Author.AGENT)
        busy = {"agent_id": self.agents[agent], "busy_until": moment(busy_until)}
        self.write(AppointmentAgent, appointment_id=id_, **busy, **times, is_live=True)
        return id_

    def find(
        self,
        *,
        after: datetime,
        before: datetime,
        now: datetime,
        grace: timedelta = timedelta(),
        without: int | None = None,
    ) -> list[Found]:
        """What the search finds, in the numbers of the drawn team."""
        types = list(self.types.values())
        found = find_slots(self.session, types=types, after=after, before=before, now=now, grace=grace, without=without)
        return [self.renamed(one) for one in found]

    def renamed(self, slot: Slot) -> Found:
        agent = next(number for number, id_ in self.agents.items() if id_ == slot.agent_id)
        place = next(number for number, one in self.places.items() if one.id == slot.place_id)
        kind = next(number for number, one in self.types.items() if one.id == slot.type_id)
        return slot.start, place, agent, kind, slot.end


def as_a_week(rhythm: Rhythm) -> Rhythm:
    """What happens once, as a rule that ends on the same day."""
    day = rhythm.starts_on
    return Rhythm(day, frozenset({day.weekday()}), until=day, removed=rhythm.removed)


@pytest.fixture
def tables(world: World) -> Tables:
    return Tables(world)


@through_the_database
@given(teams(), st.data(), GRACE)
def test_the_search_finds_what_counting_minute_by_minute_finds(
    tables: Tables, drawn: tuple[Any, Team], bounds: st.DataObject, grace: timedelta
) -> None:
    day, team = drawn
    now, after, before = bounds.draw(bounds_around(day))
    with tables.holding(team):
        found = tables.find(after=after, before=before, now=now, grace=grace)
    assert found == count_slots(team, after=after, before=before, now=now, grace=grace)


@through_the_database
@given(teams(), st.data())
def test_time_passing_only_removes_slots_and_never_moves_one(
    tables: Tables, drawn: tuple[Any, Team], bounds: st.DataObject
) -> None:
    day, team = drawn
    now, later, before = bounds.draw(bounds_around(day))
    reached = now + min(cut.max_delay for cut in team.kinds.values())
    with tables.holding(team):
        at_first = tables.find(after=now, before=min(before, reached), now=now)
        afterwards = tables.find(after=now, before=min(before, reached), now=max(now, later))
    assert set(afterwards) <= set(at_first)


@through_the_database
@given(teams(), st.data())
def test_an_appointment_takes_only_its_own_time_and_leaving_it_aside_gives_all_back(
    tables: Tables, drawn: tuple[Any, Team], more: st.DataObject
) -> None:
    day, team = drawn
    agent, start, busy_until = more.draw(spans(day, longest=90))
    if len(apart([*team.appointments, (agent, start, busy_until)])) == len(team.appointments):
        return
    bounds = {"after": moment(start) - 2 * DAY, "before": moment(start) + 2 * DAY, "now": moment(start) - 3 * DAY}
    with tables.holding(team):
        before = tables.find(**bounds)
        appointment_id = tables.book(agent, start, busy_until)
        after = tables.find(**bounds)
        assert tables.find(**bounds, without=appointment_id) == before
    assert [one for one in after if one[2] != agent] == [one for one in before if one[2] != agent]
    assert not [one for one in after if one[2] == agent and one[0] < busy_until and start < one[4]]
    assert after == count_slots(with_one_more(team, (agent, start, busy_until)), **bounds, grace=timedelta())


@through_the_database
@given(teams(), st.data())
def test_the_next_slot_is_the_first_of_all(tables: Tables, drawn: tuple[Any, Team], bounds: st.DataObject) -> None:
    day, team = drawn
    now = bounds.draw(moments_around(day))
    types = list(tables.types.values())
    with tables.holding(team) as session:
        everything = find_slots(session, types=types, after=now, before=now + 70 * DAY, now=now)
        assert next_slot(session, types=types, now=now) == (everything[0] if everything else None)
