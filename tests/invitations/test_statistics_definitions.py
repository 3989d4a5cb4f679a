"""What the figures mean, on stories told by hand. Day 0 is 1 September 2026; the window is 45 days unless said."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from invitations.models import CategoryKind, Mode, Outcome
from invitations.statistics import definitions
from invitations.statistics.definitions import WINDOW, Meeting, Unit

T0 = date(2026, 9, 1)
LATER = date(2026, 11, 24)


def person(*meetings: tuple[int, Outcome], arm: Mode = Mode.INVITATION, crossed: int | None = None) -> Unit:
    """Somebody addressed on T0; each meeting is (days after T0, outcome)."""
    return Unit(
        follow_up_id=1,
        category_id=1,
        arm=arm,
        addressed_on=T0,
        crossed_on=None if crossed is None else T0 + timedelta(days=crossed),
        meetings=tuple(Meeting(T0 + timedelta(days=after), outcome) for after, outcome in meetings),
    )


def test_orientation_is_watched_for_45_days_and_accompaniment_for_30() -> None:
    assert definitions.window_for(CategoryKind.ORIENTATION) == timedelta(days=45)
    assert definitions.window_for(CategoryKind.ACCOMPANIMENT) == timedelta(days=30)


@pytest.mark.parametrize(("day", "is_in_time"), [(0, True), (45, True), (46, False)])
def test_the_45th_day_still_counts_and_the_46th_no_more(day: int, is_in_time: bool) -> None:
    assert definitions.was_seen(person((day, Outcome.SEEN)), WINDOW) is is_in_time


@pytest.mark.parametrize(("day", "counts"), [(45, False), (52, False), (53, True)])
def test_nobody_counts_before_the_window_and_the_week_for_noting_are_over(day: int, counts: bool) -> None:
    assert definitions.is_counted(person(), WINDOW, today=T0 + timedelta(days=day)) is counts


def test_someone_seen_early_waits_like_the_others_and_is_shown_beside() -> None:
    found = definitions.seen([person((3, Outcome.SEEN)), person()], WINDOW, today=T0 + timedelta(days=20))
    assert (found.proportion.total, found.too_early, found.seen_early) == (0, 2, 1)
    assert found.rate is None
    assert found.interval is None


def test_everyone_addressed_is_in_the_denominator() -> None:
    people = [person((5, Outcome.SEEN)), person((5, Outcome.NOSHOW)), person((5, Outcome.EXCUSED)), person()]
    found = definitions.seen(people, WINDOW, today=LATER)
    assert (found.proportion.count, found.proportion.total) == (1, 4)


def test_an_absence_then_a_visit_in_time_is_seen_and_a_visit_too_late_is_not() -> None:
    assert definitions.was_seen(person((5, Outcome.NOSHOW), (30, Outcome.SEEN)), WINDOW)
    assert not definitions.was_seen(person((5, Outcome.NOSHOW), (60, Outcome.SEEN)), WINDOW)


def test_an_unknown_outcome_is_not_seen_and_gives_the_best_bound() -> None:
    people = [person((5, Outcome.SEEN))] * 30 + [person((5, Outcome.UNKNOWN))] * 2 + [person()] * 8
    found = definitions.seen(people, WINDOW, today=LATER)
    assert found.unknown == 2
    assert (found.rate, found.worst, found.best) == (0.75, 0.75, 0.8)


def test_an_unknown_outcome_does_not_matter_to_someone_seen_in_time() -> None:
    assert not definitions.is_unknown(person((5, Outcome.UNKNOWN), (9, Outcome.SEEN)), WINDOW)
    assert definitions.is_unknown(person((5, Outcome.UNKNOWN), (60, Outcome.SEEN)), WINDOW)
    assert not definitions.is_unknown(person((60, Outcome.UNKNOWN)), WINDOW)


@pytest.mark.parametrize(("unknown", "is_published"), [(2, True), (3, False)])
def test_above_5_percent_unknown_there_is_no_rate(unknown: int, is_published: bool) -> None:
    people = [person((5, Outcome.SEEN))] * (40 - unknown) + [person((5, Outcome.UNKNOWN))] * unknown
    found = definitions.seen(people, WINDOW, today=LATER)
    assert found.is_published is is_published
    assert (found.rate is not None, found.interval is not None, found.best is not None) == (is_published,) * 3


def test_nobody_is_no_data_never_zero_percent() -> None:
    found = definitions.seen([], WINDOW, today=LATER)
    assert (found.proportion.rate, found.proportion.interval, found.rate, found.best) == (None, None, None, None)
    assert not found.is_published
    assert definitions.no_show([person()], WINDOW, today=LATER).proportion.rate is None


def test_no_show_leaves_excuses_cancellations_and_unknown_outcomes_beside() -> None:
    people = [
        person((5, Outcome.SEEN)),
        person((5, Outcome.NOSHOW), (20, Outcome.SEEN)),
        person((5, Outcome.EXCUSED)),
        person((5, Outcome.REVOKED), (6, Outcome.UNKNOWN)),
        person((200, Outcome.UNKNOWN)),
    ]
    found = definitions.no_show(people, WINDOW, today=LATER)
    assert (found.proportion.count, found.proportion.total) == (1, 3)
    assert (found.excused, found.revoked, found.unknown) == (1, 1, 1)


def test_a_crossover_counts_in_the_first_arm_and_only_inside_the_window() -> None:
    people = [person(crossed=20), person(crossed=60), person()]
    found = definitions.crossed(people, WINDOW, today=LATER)
    assert (found.count, found.total) == (1, 3)


def test_the_usual_rates_hide_who_never_booked() -> None:
    """evaluation.md: 55 % booking and 11.2 % no-show are 48.8 seen of 100; convoked with 23.8 % no-show, 76.2."""
    invited = [person((9, Outcome.SEEN))] * 488 + [person((9, Outcome.NOSHOW))] * 62 + [person()] * 450
    convoked = [person((9, Outcome.SEEN))] * 762 + [person((9, Outcome.NOSHOW))] * 238
    usual = [definitions.no_show(people, WINDOW, today=LATER).proportion.rate for people in (invited, convoked)]
    honest = [definitions.seen(people, WINDOW, today=LATER).rate for people in (invited, convoked)]
    assert usual == [pytest.approx(0.112, abs=0.001), 0.238]
    assert honest == [0.488, 0.762]


def test_booked_and_autonomy_are_counted_on_the_people_addressed() -> None:
    chosen = Unit(1, 1, Mode.INVITATION, T0, meetings=(Meeting(T0 + timedelta(days=4), Outcome.EXCUSED, True),))
    people = [chosen, person((4, Outcome.SEEN)), person((80, Outcome.SEEN)), person()]
    assert definitions.booked(people, WINDOW, today=LATER).rate == 0.5
    assert definitions.autonomy(people, WINDOW, today=LATER).rate == 0.25
