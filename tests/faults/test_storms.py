"""Web, scheduler and database are killed while people book: a few kills here, 1,000 by `python -m tests.bench faults --kills 1000`."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select, update

from app import create_app
from app.settings import Settings
from invitations.database import Database
from invitations.models import Beneficiary, Message, MessageState
from tests.bench.engines import url_of
from tests.faults import storm
from tests.faults.bookers import Bookers
from tests.faults.provider import running_provider
from tests.faults.storm_judge import Found, judge
from tests.faults.storm_town import wishes_of
from tests.racing.crowd import SECRET, Person
from tests.racing.stage import book

pytestmark = pytest.mark.journey


# The others, and longer: `python -m tests.bench faults`.
FAULTS = {"SQLite": ("disk full", "file held"), "PostgreSQL": ("database", "web", "scheduler")}


@pytest.mark.parametrize("engine", FAULTS)
def test_whoever_was_told_yes_has_their_appointment_and_one_text(engine: str, tmp_path: Path) -> None:
    result = storm.run(tmp_path, engine, seed=7, victims=FAULTS[engine], people=800, lasting=1, quick=True)
    assert result.found.violations == 0, result
    assert sorted(result.kills) == sorted(FAULTS[engine]), "people ran out before the last fault"
    assert result.found.bookings > 0


def test_the_judge_sees_who_was_told_wrongly_and_whose_text_is_missing(tmp_path: Path, database: Database) -> None:
    wishes = wishes_of(database, 4, seed=1)
    once, twice, told_no, nobody = (person.beneficiary_id for person, _ in wishes)
    reserve(database, wishes[:3])
    said = Bookers(iter(()), port=0, booked={once, twice, nobody}, otherwise={told_no: 404})
    with running_provider(tmp_path, quick=True) as provider:
        for one in (twice, twice, told_no):
            provider.take({"To": phone(database, one), "Body": "Bonjour", "From": "+33937000000"})
        with database.writing() as session:
            taken = update(Message).where(Message.beneficiary_id.in_([once, twice]))
            session.execute(taken.values(state=MessageState.SENT))
        found = judge(database, provider, said)
    assert found == Found(
        requests_lost=1,  # nobody's
        bookings_lost=1,  # told no, and booked
        bookings_doubled=0,
        messages_lost=2,  # said to be sent and never taken; taken and never said to be sent
        messages_doubled=1,
        bookings=3,
        unanswered=0,
        sent_away=0,
        doubted=0,
    )


def reserve(database: Database, wishes: list[tuple[Person, str]]) -> None:
    product = create_app(Settings(database_url=url_of(database), secret_key=SECRET))
    for person, token in wishes:
        asked = book(person, token)
        assert product.test_client().post(asked.path, data=asked.form).status_code == 303
    product.extensions["rdv"].database.engine.dispose()


def phone(database: Database, person: int) -> str:
    with database.reading() as session:
        return str(session.scalar(select(Beneficiary.phone).where(Beneficiary.id == person)))
