"""One email a day at most to each agent: counts and links, in the morning of a working day, and only with news."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from app.jobs import TIMETABLE, run_job
from app.runtime import Runtime
from app.settings import Settings
from invitations import digest_words, digests, mailbox, sent
from invitations.digest_words import Section, Shortage
from invitations.messages import parted
from invitations.models import (
    Agent,
    AgentRole,
    CallbackRequest,
    Department,
    FollowUpStatus,
    Message,
    MessageKind,
    MessageState,
    Role,
    Waiting,
)
from notifications.senders import Reason, SendError, Senders
from tests.applications import Applications
from tests.post import Post

GOLDEN = Path(__file__).resolve().parent.parent / "golden" / "messages" / "digest.email.txt"
TUESDAY = datetime(2026, 11, 24, 7, 30, tzinfo=UTC)  # 8:30 in Paris
JOB = next(one for one in TIMETABLE if one.name == "digest")


@pytest.fixture
def runtime(applications: Applications, settings: Settings, post: Post) -> Iterator[Runtime]:
    post.clock.now = TUESDAY
    with applications.lend(settings, clock=post.clock, senders=Senders(sms=post.sms, email=post.email)) as lent:
        yield lent.extensions["rdv"]


def ask(post: Post, **changes: Any) -> None:
    """Somebody asks to be called."""
    with post.database.writing() as session:
        post.world.session = session
        follow_up = post.world.make_follow_up(status=FollowUpStatus.INVITATION_PENDING)
        values = {
            "organisation_id": post.world.organisation.id,
            "beneficiary_id": follow_up.beneficiary_id,
            "follow_up_id": follow_up.id,
            "phone": "+33639980099",
            "created_at": TUESDAY - timedelta(days=4),
        }
        post.world.add(CallbackRequest(**values | changes))


def told(post: Post) -> list[Message]:
    return [one for one in post.messages() if one.kind is MessageKind.DIGEST]


def test_it_reads_as_its_golden_file_says() -> None:
    section = Section(
        organisation="Centre médico-social de Valence",
        callbacks=3,
        called_since=TUESDAY - timedelta(days=4),
        missing=12,
        waiting=1,
        shortages=(Shortage("Orientation RSA", 38, 26),),
    )
    department = Department(full_name="Département de la Drôme", timezone="Europe/Paris")
    subject, body = parted(digest_words.write((section,), Agent(first_name="Claire"), department, now=TUESDAY))
    said = f"{subject}\n\n{body}".replace("{{link}}", "https://rdv.exemple.fr/agents")
    if os.environ.get("RDV_WRITE_GOLDEN") == "1":
        GOLDEN.write_text(said, encoding="utf-8")
    assert said == GOLDEN.read_text(encoding="utf-8")


def test_it_is_owed_once_and_leaves_by_email(runtime: Runtime, post: Post) -> None:
    ask(post)
    for _ in range(3):
        assert run_job(runtime, JOB)
    (message,) = told(post)
    assert (message.agent_id, message.beneficiary_id) == (post.world.agent.id, None)
    assert post.deliver() == 1
    (email,) = post.email.sent
    assert email.to == post.world.agent.email
    assert "1 personne à rappeler" in email.subject
    assert "https://rdv.drome.example/agents/rappels" in email.text
    assert "https://rdv.drome.example/agents/moi" in email.text
    assert "Bernard" not in email.text
    assert "Inès" not in email.text
    assert post.state(message) is MessageState.SENT


def test_without_news_nobody_is_written_to_all_day(runtime: Runtime, post: Post) -> None:
    run_job(runtime, JOB)
    post.clock.pass_by(timedelta(hours=2))
    ask(post)
    run_job(runtime, JOB)
    assert told(post) == []


def test_the_next_day_it_comes_again(runtime: Runtime, post: Post) -> None:
    ask(post)
    run_job(runtime, JOB)
    post.clock.pass_by(timedelta(days=1))
    run_job(runtime, JOB)
    assert len(told(post)) == 2


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
def test_nothing_leaves_outside_working_hours(runtime: Runtime, post: Post, moment: datetime) -> None:
    ask(post)
    post.clock.now = moment
    run_job(runtime, JOB)
    assert told(post) == []


def test_half_past_eight_is_that_of_the_departement(runtime: Runtime, post: Post) -> None:
    with post.database.writing() as session:
        session.get_one(Department, post.world.department.id).timezone = "Indian/Reunion"
    ask(post)
    post.clock.now = datetime(2026, 11, 24, 4, 30, tzinfo=UTC)
    run_job(runtime, JOB)
    assert len(told(post)) == 1


def test_two_schedulers_at_the_same_moment_owe_it_once(runtime: Runtime, post: Post) -> None:
    ask(post)
    with post.database.reading() as session:
        first = digests.read(session, post.world.department.id, now=TUESDAY)
        second = digests.read(session, post.world.department.id, now=TUESDAY)
    owed = []
    for news in (first, second):
        with post.database.writing() as session:
            owed.append(digests.owe(session, post.world.department.id, news, now=TUESDAY))
    assert owed == [1, 0]
    assert len(told(post)) == 1


def test_who_does_not_want_it_or_works_here_no_more_gets_none(runtime: Runtime, post: Post) -> None:
    ask(post)
    with post.database.writing() as session:
        post.world.session = session
        post.world.make_agent(wants_digest=False)
        post.world.make_agent(closed_at=TUESDAY)
    run_job(runtime, JOB)
    assert [one.agent_id for one in told(post)] == [post.world.agent.id]


def test_whoever_says_no_before_it_leaves_gets_none(runtime: Runtime, post: Post) -> None:
    ask(post)
    run_job(runtime, JOB)
    post.change(post.world.agent, wants_digest=False)
    post.deliver()
    assert [one.state for one in told(post)] == [MessageState.CANCELLED]
    assert post.email.sent == []


def test_an_agent_of_two_teams_reads_of_both_in_one_email(runtime: Runtime, post: Post) -> None:
    ask(post)
    with post.database.writing() as session:
        post.world.session = session
        other = post.world.make_organisation(name="Le relais")
        session.add(AgentRole(agent_id=post.world.agent.id, organisation_id=other.id, role=Role.BASIC))
    ask(post, organisation_id=other.id)
    run_job(runtime, JOB)
    (message,) = told(post)
    assert "2 personnes à rappeler" in message.subject
    assert "Le relais" in message.body


def test_another_team_s_news_are_none_of_mine(runtime: Runtime, post: Post) -> None:
    with post.database.writing() as session:
        post.world.session = session
        other = post.world.make_organisation()
    ask(post, organisation_id=other.id)
    run_job(runtime, JOB)
    assert told(post) == []


def test_those_who_wait_and_slots_that_run_out_are_news(runtime: Runtime, post: Post) -> None:
    with post.database.writing() as session:
        post.world.session = session
        waiting = post.world.make_follow_up(status=FollowUpStatus.INVITATION_PENDING)
        post.world.add(Waiting(organisation_id=post.world.organisation.id, follow_up_id=waiting.id, asked_at=TUESDAY))
        post.world.make_follow_up()
        session.delete(session.merge(post.world.opening))
    run_job(runtime, JOB)
    (message,) = told(post)
    assert "1 personne attend une place" in message.subject
    assert "RSA orientation :\t1 personne à inviter, aucun créneau libre" in message.body.replace(
        "\N{NO-BREAK SPACE}", " "
    )


def test_lists_of_peoples_messages_do_not_show_it(runtime: Runtime, post: Post) -> None:
    ask(post)
    run_job(runtime, JOB)
    with post.database.reading() as session:
        page = sent.read(session, post.world.organisation.id)
        assert (page.total, page.lines) == (0, [])
        (shown,) = mailbox.latest(session, codes=post.codes, public_url="http://127.0.0.1:8000")
        assert (shown.name, shown.to) == ("Claire Roche", post.world.agent.email)
        assert "http://127.0.0.1:8000/agents/rappels" in shown.text
        assert [reader.name for reader in mailbox.readers(session)] == ["Claire Roche"]


def test_a_dead_address_of_an_agent_closes_nobody_s(runtime: Runtime, post: Post) -> None:
    ask(post, created_at=TUESDAY)
    run_job(runtime, JOB)
    post.email.refusals = [SendError(Reason.WRONG_ADDRESS, "5.1.1")]
    post.deliver()
    (message,) = told(post)
    assert post.state(message) is MessageState.FAILED


def test_yesterday_s_digest_is_of_no_use(runtime: Runtime, post: Post) -> None:
    ask(post)
    run_job(runtime, JOB)
    post.clock.pass_by(timedelta(hours=9))
    post.deliver()
    assert [one.state for one in told(post)] == [MessageState.EXPIRED]


def test_a_message_is_to_one_reader_a_person_or_an_agent(runtime: Runtime, post: Post) -> None:
    ask(post)
    run_job(runtime, JOB)
    with pytest.raises(IntegrityError), post.database.writing() as session:
        session.execute(text("UPDATE messages SET agent_id = NULL"))
    with post.database.reading() as session:
        assert session.scalars(select(Message.agent_id)).all() == [post.world.agent.id]
