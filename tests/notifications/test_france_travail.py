"""France Travail's API, spoken to over real HTTP: what is asked, what its answers mean, and what is never asked twice."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from notifications.france_travail import MEETINGS, PERSON, Account, FranceTravail, NotTold, Problem
from notifications.france_travail_meeting import Body, Meeting, Motive, Standing, Way
from tests.conftest import NOW
from tests.doubles.france_travail import CUT, GARBLE, HANG, TOKENS, Agency, running_agency

NUMBER = "12345678901"
MEETING = Meeting(
    starts_at=datetime(2026, 12, 3, 10, 30, tzinfo=ZoneInfo("Europe/Paris")),
    length=timedelta(minutes=45),
    is_by_person=True,
    is_collective=False,
    standing=Standing.PLANNED,
    way=Way.IN_PERSON,
    motive=Motive.ORIENTATION,
    theme="Orientation RSA",
    information="Une pièce d’identité",
    place="Maison de la Drôme",
    address="12 rue des Lilas, 26000 Valence",
    body=Body.DEPARTMENT,
    organisation="MDS de Valence",
    organisation_email="mds@drome.example",
    organisation_phone="+33475000000",
    person_phone="+33639980001",
    agent_email="roche@drome.example",
    agent_last_name="Roche",
    agent_first_name="Anne",
)


@pytest.fixture
def agency() -> Iterator[Agency]:
    with running_agency() as running:
        running.people.add(NUMBER)
        yield running


@pytest.fixture
def service(agency: Agency) -> FranceTravail:
    return FranceTravail(agency.account, patience=timedelta(seconds=20))


def created(service: FranceTravail) -> str:
    return service.create(service.find(NUMBER, now=NOW), MEETING, now=NOW)


def problem_of(service: FranceTravail) -> Problem:
    with pytest.raises(NotTold) as told:
        created(service)
    return told.value.problem


def test_an_appointment_is_written_with_the_fields_of_the_contract_and_no_other(
    agency: Agency, service: FranceTravail
) -> None:
    made = created(service)
    assert agency.meetings[made] == (
        NUMBER,
        {
            "id": None,
            "adresse": "12 rue des Lilas, 26000 Valence",
            "date": "2026-12-03T10:30:00+01:00",
            "duree": 45,
            "information": "Une pièce d’identité",
            "initiateur": "USAGER",
            "libelleAdresse": "Maison de la Drôme",
            "modaliteContact": "PHYSIQUE",
            "motif": "ORI",
            "organisme": {
                "code": "CD",
                "emailContact": "mds@drome.example",
                "idStructure": None,
                "libelleStructure": "MDS de Valence",
                "telephoneContact": "+33475000000",
            },
            "statut": "PRIS",
            "telephoneContactUsager": "+33639980001",
            "theme": "Orientation RSA",
            "typeReception": "IND",
            "interlocuteur": {"email": "roche@drome.example", "nom": "Roche", "prenom": "Anne"},
        },
    )
    assert [path for _, path in agency.asked] == [TOKENS, PERSON, MEETINGS]
    assert agency.headers[-1]["pa-identifiant-agent"] == "BATCH"


def test_it_is_changed_and_taken_out_and_taking_out_twice_is_no_failure(agency: Agency, service: FranceTravail) -> None:
    made, person = created(service), service.find(NUMBER, now=NOW)
    service.change(person, made, replace(MEETING, standing=Standing.MISSED), now=NOW)
    assert agency.written == [(NUMBER, "ABSENT")]
    service.remove(person, made, now=NOW)
    service.remove(person, made, now=NOW)
    assert agency.written == []
    with pytest.raises(NotTold) as told:
        service.change(person, made, MEETING, now=NOW)
    assert told.value.problem is Problem.GONE


def test_a_token_serves_until_shortly_before_its_end(agency: Agency, service: FranceTravail) -> None:
    for minutes, tokens in ((0, 1), (24, 1), (25, 2)):
        service.find(NUMBER, now=NOW + timedelta(minutes=minutes))
        assert agency.given == tokens


def test_a_token_that_is_not_known_any_more_is_renewed_once(agency: Agency, service: FranceTravail) -> None:
    service.find(NUMBER, now=NOW)
    agency.tokens.clear()
    assert created(service) in agency.meetings
    assert agency.given == 2
    agency.script("POST", 401, times=2)
    assert problem_of(service) is Problem.REFUSED
    assert len(agency.meetings) == 1


@pytest.mark.parametrize(
    ("which", "answer", "problem"),
    [
        ("TOKEN", 400, Problem.REFUSED),
        ("TOKEN", 503, Problem.AWAY),
        ("PERSON", 404, Problem.UNKNOWN_PERSON),
        ("PERSON", 500, Problem.AWAY),
        ("PERSON", 403, Problem.REFUSED),
        ("PERSON", GARBLE, Problem.AWAY),
        ("PERSON", CUT, Problem.AWAY),
        ("PERSON", HANG, Problem.AWAY),
        ("POST", 400, Problem.MALFORMED),
        ("POST", 403, Problem.REFUSED),
        ("POST", 429, Problem.TOO_OFTEN),
        ("POST", 503, Problem.AWAY),
        ("POST", 302, Problem.AWAY),
        ("POST", 500, Problem.UNCERTAIN),
        ("POST", 504, Problem.UNCERTAIN),
        ("POST", CUT, Problem.UNCERTAIN),
        ("POST", HANG, Problem.UNCERTAIN),
        ("POST", GARBLE, Problem.UNCERTAIN),
    ],
)
def test_each_answer_has_its_kind(
    agency: Agency, service: FranceTravail, which: str, answer: int | str, problem: Problem
) -> None:
    agency.script(which, answer)
    if answer == HANG:  # elsewhere a busy machine is no slow answer
        service = FranceTravail(agency.account, patience=timedelta(seconds=0.3))
    assert problem_of(service) is problem


def test_a_pause_that_is_asked_for_is_told(agency: Agency, service: FranceTravail) -> None:
    for asked, pause in (("90", 90), ("999999", 86_400), ("Wed, 21 Oct 2026 07:28:00 GMT", None)):
        agency.script("POST", 429, Retry_After=asked)
        with pytest.raises(NotTold) as told:
            created(service)
        assert told.value.retry_after == (timedelta(seconds=pause) if pause else None)


def test_nobody_listening_is_no_doubt_for_nothing_can_have_been_read(agency: Agency) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        nowhere = f"http://127.0.0.1:{closed.getsockname()[1]}"
        service = FranceTravail(Account(nowhere, agency.account.token_url, *_names(agency.account)))
        service.check(now=NOW)
        with pytest.raises(NotTold) as told:
            service.create("jeton", MEETING, now=NOW)
    assert told.value.problem is Problem.AWAY


def test_what_goes_wrong_names_nobody(agency: Agency, service: FranceTravail) -> None:
    agency.people.clear()
    with pytest.raises(NotTold) as told:
        created(service)
    assert (str(told.value), NUMBER in repr(told.value)) == ("unknown_person 404", False)


def _names(account: Account) -> tuple[str, str]:
    return account.client_id, account.client_secret
