"""What administrators of the département read in their digest of the sending: services that are away, caps reached."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from app import make_runtime
from app.jobs import TIMETABLE, run_job
from app.runtime import Runtime
from app.settings import Settings
from invitations.models import (
    Agent,
    Channel,
    ChannelCap,
    ChannelUse,
    Message,
    MessageKind,
    OrganisationKind,
    ProviderState,
    Role,
)
from notifications.senders import Reason, Senders
from tests.post import Post

TUESDAY = datetime(2026, 11, 24, 7, 30, tzinfo=UTC)  # 8:30 in Paris
JOB = next(one for one in TIMETABLE if one.name == "digest")


@pytest.fixture
def runtime(settings: Settings, post: Post) -> Iterator[Runtime]:
    post.clock.now = TUESDAY
    made = make_runtime(settings, clock=post.clock, senders=Senders(sms=post.sms, email=post.email))
    yield made
    made.database.engine.dispose()


@pytest.fixture
def admin(post: Post) -> Agent:
    return add_agent(post, role=Role.ADMIN)


def add_agent(post: Post, **changes: Any) -> Agent:
    with post.database.writing() as session:
        post.world.session = session
        return post.world.make_agent(**changes)


def stop(post: Post, opened_at: datetime | None, channel: Channel = Channel.SMS) -> None:
    with post.database.writing() as session:
        session.merge(ProviderState(channel=channel, failures=8, opened_at=opened_at, error_reason=Reason.WAIT))


def reach_cap(post: Post, on: date, *, used: int = 500, department_id: int | None = None) -> None:
    of = {"department_id": department_id or post.world.department.id, "channel": Channel.SMS}
    with post.database.writing() as session:
        session.merge(ChannelCap(**of, per_day=500))
        session.merge(ChannelUse(**of, on=on, used=used))


def told(post: Post) -> dict[int, Message]:
    """By agent, the digest that was owed."""
    return {one.agent_id: one for one in post.messages() if one.kind is MessageKind.DIGEST and one.agent_id}


def plain(words: str) -> str:
    return words.replace("\N{NO-BREAK SPACE}", " ").replace("\t", " ")


def test_a_service_away_for_more_than_an_hour_is_told_to_administrators_alone(
    runtime: Runtime, post: Post, admin: Agent
) -> None:
    stop(post, TUESDAY - timedelta(hours=2))
    run_job(runtime, JOB)
    assert set(told(post)) == {admin.id}
    message = told(post)[admin.id]
    assert plain(message.subject) == "Ce matin : des messages ne partent plus"
    body = plain(message.body)
    assert "Les SMS ne partent plus : depuis mardi 24 novembre à 6 h 30" in body
    assert "/etat" in body
    assert "dans votre équipe" not in body, "nothing waits there"


@pytest.mark.parametrize("opened_at", [TUESDAY - timedelta(minutes=59), None])
def test_a_service_that_is_back_or_only_just_away_is_no_news(
    runtime: Runtime, post: Post, admin: Agent, opened_at: datetime | None
) -> None:
    stop(post, opened_at)
    run_job(runtime, JOB)
    assert told(post) == {}


def test_a_cap_reached_the_day_before_is_told_with_its_day(runtime: Runtime, post: Post, admin: Agent) -> None:
    reach_cap(post, date(2026, 11, 23))
    run_job(runtime, JOB)
    message = told(post)[admin.id]
    assert plain(message.subject) == "Ce matin : une limite d’envoi atteinte"
    assert "Limite atteinte : 500 SMS, lundi 23 novembre" in plain(message.body)


@pytest.mark.parametrize(
    ("on", "used"), [(date(2026, 11, 24), 500), (date(2026, 11, 22), 500), (date(2026, 11, 23), 499)]
)
def test_caps_of_other_days_and_caps_not_reached_are_no_news(
    runtime: Runtime, post: Post, admin: Agent, on: date, used: int
) -> None:
    reach_cap(post, on, used=used)
    run_job(runtime, JOB)
    assert told(post) == {}


def test_on_monday_fridays_cap_is_told(runtime: Runtime, post: Post, admin: Agent) -> None:
    reach_cap(post, date(2026, 11, 20))
    post.clock.now = TUESDAY - timedelta(days=1)
    run_job(runtime, JOB)
    assert "500 SMS, vendredi 20 novembre" in plain(told(post)[admin.id].body)
    post.clock.pass_by(timedelta(days=1))
    run_job(runtime, JOB)
    assert len([one for one in post.messages() if one.kind is MessageKind.DIGEST]) == 1


def test_another_departement_s_cap_is_none_of_ours(runtime: Runtime, post: Post, admin: Agent) -> None:
    with post.database.writing() as session:
        post.world.session = session
        isere = post.world.make_department(number="38", name="Isère", full_name="Département de l’Isère")
    reach_cap(post, date(2026, 11, 23), department_id=isere.id)
    run_job(runtime, JOB)
    assert told(post) == {}


def test_administrators_of_partners_do_not_run_the_sending(runtime: Runtime, post: Post) -> None:
    with post.database.writing() as session:
        post.world.session = session
        partner = post.world.make_organisation(kind=OrganisationKind.SIAE)
        post.world.make_agent(role=Role.ADMIN, organisation=partner)
    stop(post, TUESDAY - timedelta(hours=2))
    run_job(runtime, JOB)
    assert told(post) == {}


@pytest.mark.parametrize(
    "moment",
    [
        pytest.param(datetime(2026, 11, 24, 7, 29, tzinfo=UTC), id="before half past eight"),
        pytest.param(datetime(2026, 11, 24, 16, 0, tzinfo=UTC), id="after five"),
        pytest.param(datetime(2026, 11, 28, 9, 0, tzinfo=UTC), id="on a Saturday"),
        pytest.param(datetime(2026, 11, 29, 9, 0, tzinfo=UTC), id="on a Sunday"),
        pytest.param(datetime(2026, 11, 11, 9, 0, tzinfo=UTC), id="on a public holiday"),
    ],
)
def test_even_this_waits_for_working_hours(runtime: Runtime, post: Post, admin: Agent, moment: datetime) -> None:
    stop(post, moment - timedelta(hours=5))
    post.clock.now = moment
    run_job(runtime, JOB)
    assert told(post) == {}


def test_it_is_told_once_a_day_however_long_it_lasts(runtime: Runtime, post: Post, admin: Agent) -> None:
    stop(post, TUESDAY - timedelta(hours=2))
    for _ in range(4):
        run_job(runtime, JOB)
        post.clock.pass_by(timedelta(hours=1))
    assert len([one for one in post.messages() if one.kind is MessageKind.DIGEST]) == 1


def test_a_week_of_working_hours_holds_five_digests_and_none_outside(
    runtime: Runtime, post: Post, admin: Agent
) -> None:
    """Asked every hour from Monday to Sunday, with as much to tell."""
    monday = datetime(2026, 11, 23, 0, 30, tzinfo=UTC)
    stop(post, monday - timedelta(days=1))
    for hours in range(7 * 24):
        post.clock.now = monday + timedelta(hours=hours)
        run_job(runtime, JOB)
    owed = [one.created_at.strftime("%a %H:%M") for one in post.messages() if one.kind is MessageKind.DIGEST]
    assert owed == ["Mon 07:30", "Tue 07:30", "Wed 07:30", "Thu 07:30", "Fri 07:30"]
