"""The scheduler is killed while it sends, by SIGKILL, again and again. Nothing is lost, nothing is sent twice.

Real processes: `rdv jobs run` from an installation of its own, and Twilio's stand-in that records what it took.
"""

from __future__ import annotations

import subprocess
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select

from app.clock import utc_now
from invitations.database import Database
from invitations.messages import LINK
from invitations.models import (
    Beneficiary,
    Channel,
    FollowUp,
    FollowUpStatus,
    Invitation,
    Message,
    MessageKind,
    MessageState,
    Mode,
)
from tests.browser import Installation
from tests.doubles.twilio import Twilio, running_twilio
from tests.factories import World

PEOPLE = 200
LATENCY_MS = 20
# Killed each time that many more texts have been taken; 8 threads have several in flight at each moment.
KILLED_AT = (1, 40, 130)
# Far longer than a call takes, so that a machine out of breath does not look dead; far shorter than a test's patience.
LEASE_SECONDS, SETTLE_SECONDS = 3, 2

pytestmark = pytest.mark.journey


@pytest.fixture
def twilio() -> Iterator[Twilio]:
    with running_twilio() as double:
        double.script(latency_ms=LATENCY_MS)
        yield double


@pytest.fixture
def sending(database: Database, database_url: str, tmp_path: Path, twilio: Twilio) -> Iterator[Installation]:
    """An installation with 200 texts owed, that sends through the double."""
    owe_texts(database)
    made = Installation(
        tmp_path,
        database_url,
        more={
            "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
            "TWILIO_AUTH_TOKEN": "a token",
            "TWILIO_FROM": "+33937000000",
            "TWILIO_API_URL": twilio.url,
            "DELIVERY_LEASE_SECONDS": str(LEASE_SECONDS),
            "SETTLE_EVERY_SECONDS": str(SETTLE_SECONDS),
        },
    )
    yield made
    made.close()


def owe_texts(database: Database) -> None:
    """One open invitation a person, its text due now, at whatever hour this test is run."""
    now = utc_now()
    with database.writing() as session:
        world = World(session, now)
        for number in range(1, PEOPLE + 1):
            row = {"id": number, "created_at": now}
            person = {
                "uid": str(uuid.uuid4()),
                "department_id": world.department.id,
                "first_name": "Inès",
                "last_name": f"Bernard{number}",
                "phone": f"+3363998{number:04d}",
                "first_name_key": "ines",
                "search_key": "ines",
                "updated_at": now,
            }
            session.execute(insert(Beneficiary).values(row | person))
            follow_up = {"uid": str(uuid.uuid4()), "beneficiary_id": number, "category_id": world.category.id}
            status = {"status": FollowUpStatus.INVITATION_PENDING, "status_since": now}
            session.execute(insert(FollowUp).values(row | follow_up | status))
            invitation = {"uid": str(uuid.uuid4()), "follow_up_id": number, "mode": Mode.INVITATION}
            session.execute(insert(Invitation).values(row | invitation | {"organisation_id": world.organisation.id}))
            message = {
                "once": f"invitation:i{number}:sms:0",
                "organisation_id": world.organisation.id,
                "beneficiary_id": number,
                "invitation_id": number,
                "kind": MessageKind.INVITATION,
                "channel": Channel.SMS,
                "address": f"+3363998{number:04d}",
                "body": f"Choisissez votre rendez-vous : {LINK}",
                "due_at": now,
                "leaves_at_once": True,
            }
            session.execute(insert(Message).values(row | message))


def test_each_of_200_texts_leaves_once_however_often_the_scheduler_is_killed(
    sending: Installation, database: Database, twilio: Twilio
) -> None:
    for taken in KILLED_AT:
        scheduler = sending.start("jobs", "run")
        wait_until(lambda taken=taken: len(twilio.accepted) >= taken, scheduler)
        sending.kill(scheduler)
    assert len(twilio.accepted) < PEOPLE, "killed too late to mean anything"
    left_behind = in_state(database, MessageState.SENDING) + in_state(database, MessageState.UNKNOWN)
    assert left_behind > 0, "killed between two batches: nothing was at stake"

    scheduler = sending.start("jobs", "run")
    wait_until(lambda: in_state(database, MessageState.SENT) == PEOPLE, scheduler)
    counted = Counter(one["to"] for one in twilio.accepted)
    assert len(counted) == PEOPLE, "lost"
    assert set(counted.values()) == {1}, "sent twice"
    assert {one["sid"] for one in twilio.accepted} == provider_ids(database)


def test_two_schedulers_at_once_one_of_them_killed(sending: Installation, database: Database, twilio: Twilio) -> None:
    victim, survivor = sending.start("jobs", "run"), sending.start("jobs", "run")
    wait_until(lambda: len(twilio.accepted) >= 20, victim, survivor)
    sending.kill(victim)
    wait_until(lambda: in_state(database, MessageState.SENT) == PEOPLE, survivor)
    assert Counter(one["to"] for one in twilio.accepted).most_common(1)[0][1] == 1
    assert len(twilio.accepted) == PEOPLE


def test_a_scheduler_told_to_stop_finishes_what_it_has_in_hand(
    sending: Installation, database: Database, twilio: Twilio
) -> None:
    scheduler = sending.start("jobs", "run")
    wait_until(lambda: len(twilio.accepted) >= 10, scheduler)
    scheduler.terminate()
    assert scheduler.wait(15) == 0
    assert 10 <= len(twilio.accepted) < PEOPLE
    assert in_state(database, MessageState.SENT) == len(twilio.accepted)
    assert in_state(database, MessageState.PENDING) == PEOPLE - len(twilio.accepted)


def wait_until(holds: Callable[[], bool], *processes: subprocess.Popen[bytes], within: float = 90) -> None:
    """Raises when it takes too long, or when every process has stopped by itself."""
    deadline = time.monotonic() + within
    while not holds():
        assert any(one.poll() is None for one in processes), "the scheduler stopped by itself"
        assert time.monotonic() < deadline, "it takes too long"
        time.sleep(0.02)


def in_state(database: Database, state: MessageState) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(Message).where(Message.state == state)) or 0


def provider_ids(database: Database) -> set[str | None]:
    with database.reading() as session:
        return set(session.scalars(select(Message.provider_id)))
