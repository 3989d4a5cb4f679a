"""The arithmetic of slots, case by case. Properties are in `test_slots_properties.py`."""

from __future__ import annotations

import doctest
import subprocess
import sys
from datetime import UTC, datetime, timedelta

from invitations.agenda import slots as slots_module
from invitations.agenda.slots import Kind, Window, free_slots, minute_of, moment_of

NINE = minute_of(datetime(2026, 12, 1, 8, 0, tzinfo=UTC))
TALK = Kind(type_id=1, duration=45, step=45)


def test_a_busy_time_of_no_length_cuts_nothing() -> None:
    slots = free_slots([Window(7, 3, TALK, NINE, NINE + 90)], {7: [(NINE + 50, NINE + 50)]})
    assert [one.start - NINE for one in slots] == [0, 45]


def test_contact_is_free() -> None:
    slots = free_slots([Window(7, 3, TALK, NINE, NINE + 180)], {7: [(NINE + 15, NINE + 60)]})
    assert [minute_of(one.starts_at) - NINE for one in slots] == [60, 105]


def test_overlapping_and_adjacent_openings_merge_before_cutting() -> None:
    halves = [Window(7, 3, TALK, NINE, NINE + 70), Window(7, 3, TALK, NINE + 70, NINE + 135)]
    doubled = [*halves, Window(7, 3, TALK, NINE + 30, NINE + 100)]
    whole = [Window(7, 3, TALK, NINE, NINE + 135)]
    assert free_slots(halves, {}) == free_slots(doubled, {}) == free_slots(whole, {})


def test_a_free_interval_is_cut_from_its_own_beginning_rounded_up_to_five_minutes() -> None:
    slots = free_slots([Window(7, 3, TALK, NINE, NINE + 180)], {7: [(NINE, NINE + 47)]})
    assert [minute_of(one.starts_at) - NINE for one in slots] == [50, 95]


def test_a_slot_fits_entirely_or_does_not_exist() -> None:
    assert free_slots([Window(7, 3, TALK, NINE, NINE + 44)], {}) == []
    assert len(free_slots([Window(7, 3, TALK, NINE, NINE + 45)], {})) == 1


def test_the_hour_that_happens_twice_is_offered_once() -> None:
    hourly = Kind(1, 60, 60)
    window = Window(7, 3, hourly, NINE, NINE + 300, repeated=(NINE + 120, NINE + 180))
    assert [minute_of(one.starts_at) - NINE for one in free_slots([window], {})] == [0, 60, 180, 240]


def test_a_minute_and_its_moment_are_the_same() -> None:
    moment = datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
    assert moment_of(minute_of(moment)) == moment
    assert minute_of(moment + timedelta(seconds=59)) == minute_of(moment)


def test_the_examples_in_the_documentation_are_true() -> None:
    results = doctest.testmod(slots_module)
    assert results.attempted > 10
    assert results.failed == 0


def test_the_arithmetic_needs_no_database_and_no_web() -> None:
    words = "import sys, invitations.agenda.slots; print({'sqlalchemy', 'flask', 'alembic'} & set(sys.modules))"
    said = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, timeout=60, check=True)
    assert said.stdout.strip() == "set()"
