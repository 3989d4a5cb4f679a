"""data·inclusion's addresses: read every week from a real server that behaves and misbehaves; the last copy stays."""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select

from invitations.database import Database
from invitations.department_settings import Speaker
from invitations.models import AuditEvent, UsefulFeed, UsefulKind, UsefulPlace
from invitations.useful_places import drafts, feeds
from invitations.useful_places.feeds import EVERY, FIRST_RETRY, LEASE, OTHER_KIND, SHRUNK
from invitations.useful_places.parsing import Why
from invitations.useful_places.reading import read
from notifications.fetching import Guard
from notifications.web_addresses import FetchFailed, Trouble
from tests.app.team import Team
from tests.conftest import NOW, Clock
from tests.data_inclusion import as_csv, as_json, service, structure
from tests.doubles.web import Handler, Site, running_site

FILE = "/structures.csv"


@pytest.fixture
def site() -> Iterator[Site]:
    with running_site() as running:
        yield running


class Weekly:
    """A scheduler's part, and what the tables then hold."""

    def __init__(self, database: Database, site: Site, clock: Clock) -> None:
        self.team, self.site, self.clock = Team(database, clock()), site, clock

    def point(self, path: str = FILE, kind: UsefulKind = UsefulKind.STRUCTURE) -> None:
        with self.team.changing() as world:
            by = Speaker(world.agent.id, world.organisation)
            address = feeds.checked(self.site.url(path) if path else "", allowed=self.site.spots)
            feeds.point(world.session, kind, address, by=by, now=self.clock())

    def read(self, after: timedelta = timedelta(0)) -> int:
        self.clock.pass_by(after)
        guard = Guard(allowed=self.site.spots)
        return feeds.read_due(self.team.database, guard=guard, clock=self.clock, should_stop=lambda: False)

    def serve(self, *numbers: int, **headers: str) -> None:
        self.site.serve(FILE, as_csv(*[structure(number) for number in numbers]), **headers)

    @property
    def held(self) -> int:
        with self.team.database.reading() as session:
            return len(session.scalars(select(UsefulPlace.id).order_by(UsefulPlace.id)).all())

    @property
    def feed(self) -> UsefulFeed:
        with self.team.database.reading() as session:
            found = session.scalars(select(UsefulFeed)).one()
            session.expunge_all()
        return found


@pytest.fixture
def weekly(database: Database, site: Site, clock: Clock) -> Weekly:
    return Weekly(database, site, clock)


def test_an_address_is_read_at_once_then_every_week(weekly: Weekly) -> None:
    weekly.serve(1, 2)
    weekly.point()
    assert (weekly.read(), weekly.held, weekly.read()) == (1, 2, 0)
    weekly.serve(1, 2, 3)
    assert weekly.read(EVERY - timedelta(seconds=1)) == 0
    assert (weekly.read(timedelta(seconds=1)), weekly.held) == (1, 3)
    assert (weekly.feed.fetched_at, weekly.feed.next_try_at) == (NOW + EVERY, NOW + 2 * EVERY)


def test_what_has_not_changed_is_not_sent_again(weekly: Weekly) -> None:
    weekly.serve(1, 2, ETag='"one"')
    weekly.point()
    weekly.read()
    weekly.site.serve(FILE, b"", 304)
    assert (weekly.read(EVERY), weekly.held) == (1, 2)
    assert weekly.site.asked[-1].headers["If-None-Match"] == '"one"'
    assert weekly.feed.failure is None


def test_a_packed_answer_and_a_redirect_are_followed(weekly: Weekly) -> None:
    weekly.site.send_to("/latest", FILE)
    weekly.site.serve(FILE, gzip.compress(as_json(structure(1))), Content_Encoding="gzip")
    weekly.point("/latest")
    assert (weekly.read(), weekly.held) == (1, 1)


@pytest.mark.parametrize(
    ("content", "status", "failure"),
    [
        (b"", 500, Trouble.REFUSED),
        (b"", 404, Trouble.GONE),
        (b"", 200, Why.NO_FILE),
        (b"<html>Maintenance</html>", 200, Why.NOT_THE_SCHEMA),
        (as_json(structure(9))[:-20], 200, Why.UNREADABLE),
        (as_json(service(1)), 200, OTHER_KIND),
        (as_json(structure(9, code_insee="75056")), 200, Why.NO_ROWS),
    ],
)
def test_whatever_goes_wrong_the_last_copy_stays(weekly: Weekly, content: bytes, status: int, failure: str) -> None:
    weekly.serve(1, 2, ETag='"one"')
    weekly.point()
    weekly.read()
    weekly.site.serve(FILE, content, status)
    assert (weekly.read(EVERY), weekly.held) == (1, 2)
    assert (weekly.feed.failure, weekly.feed.failures, weekly.feed.fetched_at) == (failure, 1, NOW)
    assert weekly.feed.next_try_at == weekly.clock() + FIRST_RETRY
    weekly.serve(1, 2, 3)
    assert (weekly.read(FIRST_RETRY), weekly.held, weekly.feed.failure) == (1, 3, None)


def test_failures_are_tried_again_less_and_less_often(weekly: Weekly) -> None:
    weekly.point()
    waits = []
    for _ in range(8):
        weekly.read(weekly.feed.next_try_at - weekly.clock())
        waits.append(weekly.feed.next_try_at - weekly.clock())
    assert waits[:3] == [FIRST_RETRY, 2 * FIRST_RETRY, 4 * FIRST_RETRY]
    assert waits[-1] == EVERY


def test_a_file_with_less_than_half_changes_nothing_until_somebody_saves_it(weekly: Weekly) -> None:
    weekly.serve(*range(30))
    weekly.point()
    weekly.read()
    weekly.serve(1, 2, 3)
    weekly.read(EVERY)
    assert (weekly.held, weekly.feed.failure) == (30, SHRUNK)
    with weekly.team.changing() as world:
        by = Speaker(world.agent.id, world.organisation)
        found = read(io.BytesIO(as_json(structure(1), structure(2), structure(3))), world.department.number)
        drafts.save(world.session, drafts.put_aside(world.session, found, by=by, now=NOW), by=by, now=NOW)
    assert weekly.held == 3
    assert weekly.feed.etag is None  # the file at the address is read whole again


def test_an_answer_that_is_too_large_is_given_up(weekly: Weekly) -> None:
    def announce(handler: Handler) -> None:
        handler.say(200, b"id,nom\n", Content_Length=str(2**30))

    weekly.site.answers[FILE] = announce
    weekly.point()
    weekly.read()
    assert (weekly.feed.failure, weekly.held) == (Trouble.TOO_LARGE, 0)


def test_two_schedulers_don_t_read_the_same_address(weekly: Weekly) -> None:
    weekly.point()
    with weekly.team.database.writing() as session:
        first = feeds.claim(session, now=NOW)
        assert first is not None
        assert first.until == NOW + LEASE
    with weekly.team.database.writing() as session:
        assert feeds.claim(session, now=NOW) is None


def test_an_address_that_was_removed_meanwhile_is_not_written(weekly: Weekly) -> None:
    weekly.serve(1)
    weekly.point()
    with weekly.team.database.writing() as session:
        claimed = feeds.claim(session, now=NOW)
    assert claimed is not None
    outcome = feeds.look(claimed, guard=Guard(allowed=weekly.site.spots))
    weekly.point("")
    with weekly.team.database.writing() as session:
        feeds.take(session, claimed, outcome, now=NOW)
    assert weekly.held == 0


def test_what_was_read_stays_when_the_address_goes(weekly: Weekly) -> None:
    weekly.serve(1)
    weekly.point()
    weekly.read()
    weekly.point("")
    assert (weekly.held, weekly.read(EVERY)) == (1, 0)
    with weekly.team.database.reading() as session:
        said = session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)).all()
    assert said == ["useful_places.pointed", "useful_places.unpointed"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("http://data.example/a.csv", Trouble.NOT_HTTPS),
        ("https://127.0.0.1/a.csv", Trouble.NOT_PUBLIC),
        ("https://169.254.169.254/latest", Trouble.NOT_PUBLIC),
        ("https://me:secret@data.example/", Trouble.HAS_PASSWORD),
        ("structures.csv", Trouble.NOT_AN_ADDRESS),
    ],
)
def test_an_address_that_is_never_opened_is_refused(text: str, why: Trouble) -> None:
    with pytest.raises(FetchFailed) as refused:
        feeds.checked(text, allowed=frozenset())
    assert refused.value.why is why
