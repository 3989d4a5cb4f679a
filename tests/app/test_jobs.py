"""The scheduler's timetable, its jobs, and what it does when they break; the health page that watches it."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from threading import Event

import pytest
import structlog
from flask import Flask

from app import acts, jobs, night_acts
from app.clock import utc_now
from app.jobs import TIMETABLE, Job, ShouldStop, run_job
from app.runtime import Runtime
from app.settings import Settings
from invitations.database import Database
from invitations.errors import DatabaseBusy
from invitations.models import Beneficiary, Channel, FollowUp, FollowUpStatus, MessageKind, MessageState
from notifications.senders import Reason, SendError, Senders
from tests.applications import Applications
from tests.post import Post


@pytest.fixture
def app(applications: Applications, settings: Settings, post: Post) -> Iterator[Flask]:
    with applications.lend(settings, clock=post.clock, senders=Senders(sms=post.sms, email=post.email)) as lent:
        yield lent


@pytest.fixture
def runtime(app: Flask) -> Runtime:
    return app.extensions["rdv"]


def job(name: str) -> Job:
    return next(one for one in TIMETABLE if one.name == name)


def test_the_timetable_is_sorted_and_each_name_stands_once() -> None:
    names = [one.name for one in TIMETABLE]
    assert names == sorted(set(names))


@pytest.mark.parametrize("name", [one.name for one in TIMETABLE])
def test_every_job_runs_with_nothing_to_do(runtime: Runtime, name: str) -> None:
    assert run_job(runtime, job(name)) is True


def test_the_delivery_job_sends_what_is_due(runtime: Runtime, post: Post) -> None:
    message = post.invited()
    run_job(runtime, job("deliver"))
    assert post.state(message) is MessageState.SENT


def test_the_reminder_jobs_owe_what_is_due_once(runtime: Runtime, post: Post) -> None:
    post.invited()
    post.deliver()
    post.clock.pass_by(timedelta(days=3))
    for _ in range(2):
        run_job(runtime, job("remind_invitations"))
    reminders = [one for one in post.messages() if one.kind is MessageKind.INVITATION_REMINDER]
    assert {one.channel for one in reminders} == {Channel.SMS, Channel.EMAIL}
    assert len(reminders) == 2


def test_the_expiry_job_re_derives_what_time_has_overtaken(runtime: Runtime, post: Post) -> None:
    invitation = post.invitation()
    with post.database.writing() as session:
        session.get_one(FollowUp, invitation.follow_up_id).status = FollowUpStatus.INVITATION_PENDING
    post.clock.pass_by(timedelta(days=11))
    run_job(runtime, job("expire"))
    with post.database.reading() as session:
        assert session.get_one(FollowUp, invitation.follow_up_id).status is FollowUpStatus.INVITATION_EXPIRED


def test_a_job_that_breaks_is_logged_by_type_and_place_only(
    runtime: Runtime, capsys: pytest.CaptureFixture[str]
) -> None:
    def break_down(_runtime: Runtime, _should_stop: ShouldStop) -> int:
        raise ValueError("Inès Bernard +33639980001")

    structlog.configure(processors=[structlog.processors.JSONRenderer()], logger_factory=structlog.PrintLoggerFactory())
    try:
        assert run_job(runtime, Job("broken", timedelta(seconds=1), break_down)) is False
    finally:
        structlog.reset_defaults()
    said = json.loads(capsys.readouterr().out)
    assert (said["job"], said["error"]) == ("broken", "ValueError")
    assert "test_jobs.py" in said["where"]
    assert "Inès" not in str(said)


def test_a_busy_database_is_left_to_the_next_tick(runtime: Runtime) -> None:
    def find_it_busy(_runtime: Runtime, _should_stop: ShouldStop) -> int:
        raise DatabaseBusy

    assert run_job(runtime, Job("busy", timedelta(seconds=1), find_it_busy)) is True


def test_the_scheduler_lives_on_when_a_job_breaks(runtime: Runtime) -> None:
    turns, three = iter(range(100)), Event()

    def break_down(_runtime: Runtime, _should_stop: ShouldStop) -> int:
        if next(turns) >= 2:
            three.set()
        raise RuntimeError

    broken = Job("broken", timedelta(seconds=0.05), break_down)
    scheduler = jobs.make_scheduler(replace(runtime, clock=utc_now), jobs.never, timetable=[broken])
    scheduler.start()
    assert three.wait(60)
    scheduler.shutdown(wait=True)
    assert logging.getLogger("apscheduler").level == logging.ERROR


def test_a_clock_set_back_delays_no_job(runtime: Runtime) -> None:
    right = utc_now()
    ahead = replace(runtime, clock=lambda: right + timedelta(hours=3))
    scheduler = jobs.make_scheduler(ahead, jobs.never)
    scheduler.start(paused=True)
    jobs.catch_up(scheduler, replace(runtime, clock=lambda: right))
    assert {one.next_run_time for one in scheduler.get_jobs()} == {right}
    jobs.catch_up(scheduler, replace(runtime, clock=lambda: right - timedelta(seconds=3)))
    assert {one.next_run_time for one in scheduler.get_jobs()} == {right}, "what is due soon is left alone"
    scheduler.shutdown()


def test_looks_for_unknown_messages_are_taken_as_often_as_set(settings: Settings) -> None:
    quick = replace(settings, settle_every=timedelta(seconds=2))
    assert jobs.interval(job("settle"), quick) == timedelta(seconds=2)
    assert jobs.interval(job("settle"), settings) == timedelta(minutes=1)
    assert jobs.interval(job("deliver"), quick) == timedelta(seconds=5)


def test_message_ids_are_made_in_the_domain_that_mails_come_from(settings: Settings) -> None:
    named = replace(settings, mail_from="La Drôme <rdv@drome.example>")
    assert acts.terms_of(named).mail_domain == "drome.example"
    assert acts.terms_of(settings).mail_domain == "localhost"


def test_health_is_well_while_a_scheduler_beats(app: Flask, runtime: Runtime, post: Post) -> None:
    run_job(runtime, job("beat"))
    answer = app.test_client().get("/sante")
    assert (answer.status_code, answer.json["status"]) == (200, "ok")  # type: ignore[index]
    post.clock.pass_by(timedelta(minutes=4))
    assert app.test_client().get("/sante").status_code == 503


def test_health_says_how_long_the_queue_has_waited(app: Flask, runtime: Runtime, post: Post) -> None:
    post.invited()
    post.clock.pass_by(timedelta(minutes=16))
    run_job(runtime, job("beat"))
    answer = app.test_client().get("/sante")
    assert answer.status_code == 503
    assert answer.json["queue_age_seconds"] == 16 * 60  # type: ignore[index]


def test_health_says_which_channel_the_provider_refuses(app: Flask, runtime: Runtime, post: Post) -> None:
    post.invited()
    post.sms.refusals = [SendError(Reason.OUR_ACCOUNT, "20003")]
    post.deliver()
    run_job(runtime, job("beat"))
    answer = app.test_client().get("/sante")
    assert answer.status_code == 503
    assert answer.json["stopped_channels"] == ["sms"]  # type: ignore[index]


def test_health_is_told_even_without_a_database(app: Flask, runtime: Runtime, post: Post) -> None:
    away = Database("postgresql+psycopg://nobody@127.0.0.1:1/nowhere")
    app.extensions["rdv"] = replace(runtime, database=away)
    answer = app.test_client().get("/sante")
    assert (answer.status_code, answer.json["database"]) == (503, False)  # type: ignore[index]
    away.engine.dispose()


def test_the_purge_forgets_once_a_night_whoever_nothing_happens_to(runtime: Runtime, post: Post) -> None:
    person_id = post.invited().beneficiary_id
    post.clock.pass_by(timedelta(days=900))
    assert night_acts.purge(runtime) == 1
    assert night_acts.purge(runtime) == 0
    with post.database.reading() as session:
        assert session.get(Beneficiary, person_id) is None


def test_the_night_writes_down_what_was_offered_the_day_before(runtime: Runtime, post: Post) -> None:
    assert night_acts.note_slots(runtime) == 9, "the working days of two weeks but the 11th of November"
    assert night_acts.note_slots(runtime) == 0
    post.clock.pass_by(timedelta(days=1))
    assert night_acts.note_slots(runtime) == 1
