"""What the steps after an unanswered invitation may be: plain values and arithmetic, no database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from invitations.errors import StepsRefused
from invitations.models import Channel, StepAct

# What a letter needs to be printed, posted, read and answered.
SHORTEST_LIFE_FOR_A_LETTER = timedelta(days=5)
MOST_STEPS = 12


class StepProblem(StrEnum):
    """Why steps can't be; the words are the page's."""

    TOO_MANY = "too_many"
    SAME_DAY = "same_day"
    BEYOND_VALIDITY = "beyond_validity"
    NO_CHANNEL = "no_channel"
    NO_LETTERS = "no_letters"
    LETTER_TOO_LATE = "letter_too_late"
    TWO_LETTERS = "two_letters"
    CALL_NOT_LAST = "call_not_last"


@dataclass(frozen=True, slots=True)
class Step:
    """`after_days` after the first message left. `channels` are a reminder's."""

    after_days: int
    act: StepAct
    channels: tuple[str, ...] = ()


def check_steps(steps: Sequence[Step], *, channels: Collection[str], validity_days: int | None) -> None:
    """Raises StepsRefused for the first problem. `channels`: those that the category uses; `validity_days` None: for ever."""
    for problem, after_days in _problems(steps, channels, validity_days):
        raise StepsRefused(problem=problem, after_days=after_days, validity_days=validity_days)


def _problems(
    steps: Sequence[Step], channels: Collection[str], validity_days: int | None
) -> Iterator[tuple[StepProblem, int]]:
    for step in steps:
        if step.act is StepAct.REMIND and not set(step.channels) & set(channels):
            yield StepProblem.NO_CHANNEL, step.after_days
        if validity_days is not None and step.after_days > validity_days:
            yield StepProblem.BEYOND_VALIDITY, step.after_days
        if step.act is StepAct.LETTER:
            yield from _letter_problems(step, channels, validity_days)
    yield from _order_problems(sorted(steps, key=lambda one: one.after_days))


def _letter_problems(
    step: Step, channels: Collection[str], validity_days: int | None
) -> Iterator[tuple[StepProblem, int]]:
    if Channel.LETTER not in channels:
        yield StepProblem.NO_LETTERS, step.after_days
    if validity_days is not None and timedelta(days=validity_days - step.after_days) < SHORTEST_LIFE_FOR_A_LETTER:
        yield StepProblem.LETTER_TOO_LATE, step.after_days


def _order_problems(steps: Sequence[Step]) -> Iterator[tuple[StepProblem, int]]:
    days = Counter(one.after_days for one in steps)
    yield from ((StepProblem.SAME_DAY, day) for day, count in days.items() if count > 1)
    letters = [one.after_days for one in steps if one.act is StepAct.LETTER]
    yield from ((StepProblem.TWO_LETTERS, day) for day in letters[1:])
    yield from ((StepProblem.CALL_NOT_LAST, one.after_days) for one in steps[:-1] if one.act is StepAct.CALL)
    if len(steps) > MOST_STEPS:
        yield StepProblem.TOO_MANY, steps[-1].after_days
