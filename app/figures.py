"""The figures are counted: a few seconds after each change, mended a part each night, and from scratch by `rdv figures recount`."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import TypeVar

import structlog
from rich.console import Console
from sqlalchemy.orm import Session

from app.acts import ROUNDS, ShouldStop, never, one_by_one
from app.runtime import Runtime
from invitations.statistics import counting, publishing, recounting

DONE, DIFFERENT = 0, 1

log = structlog.get_logger()

Item = TypeVar("Item")


def count(runtime: Runtime, should_stop: ShouldStop = never) -> int:
    """Count the follow-ups of which something has changed, some in a transaction."""
    done = 0
    for _ in range(ROUNDS):
        with runtime.database.reading() as session:
            is_due = counting.is_due(session, now=runtime.clock())
        if should_stop() or not is_due:
            break
        with runtime.database.writing() as session:
            counted = counting.count(session, now=runtime.clock())
        done += counted
        if not counted:  # nothing was waiting, or another scheduler has it
            break
    return done


def check(runtime: Runtime, should_stop: ShouldStop = never) -> int:
    """Once a night: put right what should never be wrong, a seventh of the organisations, and drop what nobody reads."""
    with runtime.database.writing() as session:
        is_ours = recounting.take_night(session, now=runtime.clock())
    if not is_ours:
        return 0
    tonight = runtime.clock().date()
    with runtime.database.reading() as session:
        teams, wholes = recounting.organisations(session, tonight=tonight), recounting.departments(session)
    wrong = each(runtime, teams, recounting.recount_organisation, should_stop)
    wrong += each(runtime, wholes, recounting.recount_department, should_stop)
    if wrong:
        log.warning("figures.were_wrong", sums=wrong)
    with runtime.database.writing() as session:
        return wrong + recounting.tidy(session, now=runtime.clock())


def publish(runtime: Runtime, should_stop: ShouldStop = never) -> int:
    """Publish the months that are over, where a département publishes its figures."""
    with runtime.database.reading() as session:
        due = publishing.due(session, now=runtime.clock())
    return one_by_one(runtime, due, publishing.publish, should_stop)


def each(
    runtime: Runtime,
    items: Iterable[Item],
    act: Callable[[Session, Item], int],
    should_stop: ShouldStop = never,
) -> int:
    """Do it for one after the other, each in a transaction of its own. Returns how much was wrong."""
    wrong = 0
    for one in items:
        if should_stop():
            break
        with runtime.database.writing() as session:
            wrong += act(session, one)
    return wrong


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `rdv figures recount` takes."""
    parser.add_argument("--check", action="store_true", help="change nothing; exit status 1 when something differs")


def recount(runtime: Runtime, arguments: argparse.Namespace, console: Console | None = None) -> int:
    """Count from scratch. With `--check`, say how much differs from what is kept, and change nothing."""
    out, mend = console or Console(), not arguments.check
    count(runtime)  # what is merely not counted yet is no difference
    with runtime.database.reading() as session:
        teams, wholes = recounting.organisations(session), recounting.departments(session)
    people = each(runtime, parts(runtime), partial(recounting.recount_people, mend=mend))
    wrong = each(runtime, teams, partial(recounting.recount_organisation, mend=mend))
    wrong += each(runtime, wholes, partial(recounting.recount_department, mend=mend))
    out.print(f"People whose facts differed: {people}. Sums that differed: {wrong}.")
    return DIFFERENT if arguments.check and (people or wrong) else DONE


def parts(runtime: Runtime) -> Iterator[list[int]]:
    """Every follow-up there is something to count of, some at a time."""
    after = 0
    while True:
        with runtime.database.reading() as session:
            found = recounting.follow_ups(session, after)
        if not found:
            return
        yield found
        after = found[-1]
