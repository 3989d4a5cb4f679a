"""The scheduler counts the figures, checks them by night, and `rdv figures recount` does both from scratch."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO

import pytest
from flask import Flask
from rich.console import Console
from sqlalchemy import delete, func, select, update
from structlog.testing import capture_logs

from app import figures
from app.runtime import Runtime
from app.settings import Settings
from invitations.models import FigureChange, FigureDelays, Figures, Mode, Outcome, UnitFacts
from invitations.statistics import counting, reading
from invitations.statistics.recounting import NIGHTS
from notifications.senders import Senders
from tests.applications import Applications
from tests.post import Post
from tests.stories import Story


@pytest.fixture
def app(applications: Applications, settings: Settings, post: Post) -> Iterator[Flask]:
    with applications.lend(settings, clock=post.clock, senders=Senders(sms=post.sms, email=post.email)) as lent:
        yield lent


@pytest.fixture
def runtime(app: Flask, post: Post) -> Runtime:
    """Three people addressed, two of whom came."""
    with post.database.writing() as session:
        post.world.session = session
        for day in (0, 20):
            Story(post.world).addressed(Mode.INVITATION, day=day).met(Outcome.SEEN, day=day + 4)
        Story(post.world).addressed(Mode.CONVOCATION)
    made: Runtime = app.extensions["rdv"]
    return made


def seen(runtime: Runtime) -> int:
    with runtime.database.reading() as session:
        query = select(func.sum(Figures.seen)).where(Figures.horizon == 45)
        return session.scalar(query) or 0


def recount(runtime: Runtime, *, check: bool) -> tuple[int, str]:
    said = StringIO()
    status = figures.recount(runtime, argparse.Namespace(check=check), Console(file=said, width=200))
    return status, said.getvalue().strip()


def test_the_job_counts_what_is_noted_and_then_rests(runtime: Runtime) -> None:
    assert figures.count(runtime) == 3
    assert seen(runtime) == 2 * 6  # by day, month and year, of the organisation and of the département
    with runtime.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(FigureChange)) == 0
        assert reading.as_of(session) == runtime.clock()
    assert figures.count(runtime) == 0


def test_a_job_that_is_told_to_stop_leaves_the_rest_for_the_next(runtime: Runtime) -> None:
    assert figures.count(runtime, lambda: True) == 0
    assert figures.count(runtime) == 3


def test_each_organisation_is_checked_in_a_week_and_what_is_wrong_is_mended_and_told(
    runtime: Runtime, post: Post
) -> None:
    figures.count(runtime)
    with runtime.database.writing() as session:
        session.execute(update(Figures).values(seen=0))
    with capture_logs() as logs:
        for _ in range(NIGHTS):
            figures.check(runtime)
            assert figures.check(runtime) == 0  # once a night
            post.clock.pass_by(timedelta(days=1))
    assert seen(runtime) == 2 * 6
    assert [one["event"] for one in logs] == ["figures.were_wrong"]
    assert set(logs[0]) == {"event", "log_level", "sums"}


def test_a_recount_says_what_differs_changes_nothing_when_asked_only_to_check_and_mends(runtime: Runtime) -> None:
    figures.count(runtime)
    assert recount(runtime, check=True) == (0, "People whose facts differed: 0. Sums that differed: 0.")
    with runtime.database.writing() as session:
        session.execute(delete(FigureDelays))
        session.execute(update(UnitFacts).values(crossed_on=UnitFacts.addressed_on))
    status, said = recount(runtime, check=True)
    assert (status, said.startswith("People whose facts differed: 3. Sums that differed: ")) == (1, True)
    assert recount(runtime, check=False)[0] == 0
    assert recount(runtime, check=True)[0] == 0


def test_a_recount_from_nothing_comes_to_the_same(runtime: Runtime) -> None:
    figures.count(runtime)
    before = held(runtime)
    with runtime.database.writing() as session:
        for table in (Figures, FigureDelays, UnitFacts):
            session.execute(delete(table))
    recount(runtime, check=False)
    assert held(runtime) == before


def held(runtime: Runtime) -> set[tuple[object, ...]]:
    with runtime.database.reading() as session:
        assert not counting.is_due(session, now=runtime.clock())
        table = Figures.__table__
        return {tuple(row) for row in session.execute(select(table).where(table.c.addressed > 0))}
