"""`rdv organisations create` and `rdv agents create` on an empty database: then somebody signs in, and sets the rest on the pages."""

from __future__ import annotations

import argparse
import io

import pytest
from flask import Flask
from sqlalchemy import select

from app import creating_agents, creating_organisations, doctor
from app.runtime import Runtime
from invitations import founding
from invitations.database import Database
from invitations.holidays import public_holidays
from invitations.models import AuditEvent, Department, Organisation

PASSWORD = "a password long enough, never seen before"
# Where the rest is set; every page of agents that needs no id was opened so once, on both engines.
FIRST_PAGES = [
    "/agents/",
    *(f"/agents/reglages{one}" for one in ("", "/departement", "/categories", "/motifs/ajouter", "/lieux/ajouter")),
]
DROME = ("--department-name", "Drôme", "--department-full-name", "Département de la Drôme")


@pytest.fixture
def runtime(database: Database, flask_app: Flask) -> Runtime:
    assert database
    made: Runtime = flask_app.extensions["rdv"]
    return made


def typed(runtime: Runtime, *words: str) -> int:
    parser = argparse.ArgumentParser()
    creating_organisations.add_arguments(parser)
    return creating_organisations.run(runtime, parser.parse_args(words))


def test_the_first_one_brings_its_departement_the_next_ones_do_not(
    runtime: Runtime, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    here = ("--department", "26", "--name", "Service d’insertion de la Drôme")
    assert "`rdv organisations create`" in doctor.check_statutory(runtime)
    assert typed(runtime, *here) == creating_organisations.REFUSED
    assert "There is no département 26 yet" in capsys.readouterr().err
    assert typed(runtime, *here, *DROME) == creating_organisations.DONE
    assert typed(runtime, *here[:3], "SERVICE D'INSERTION DE LA  DROME") == creating_organisations.REFUSED
    assert "has an organisation of that name" in capsys.readouterr().err
    assert typed(runtime, *here[:3], "Mission locale", "--kind", "delegataire_rsa") == creating_organisations.DONE
    assert "26 lacks postal_address" in doctor.check_statutory(runtime)
    with database.reading() as session:
        made = session.scalars(select(Organisation).order_by(Organisation.id)).all()
        assert [(one.department.full_name, one.kind.value) for one in made] == [
            ("Département de la Drôme", "conseil_departemental"),
            ("Département de la Drôme", "delegataire_rsa"),
        ]
        noted = select(AuditEvent.organisation_id).where(AuditEvent.action == "organisation.created")
        assert sorted(session.scalars(noted.order_by(AuditEvent.id))) == [one.id for one in made]


def test_a_departement_has_its_own_clock_and_holidays(runtime: Runtime, database: Database) -> None:
    for number in ("2a", "67", "974"):
        assert typed(runtime, "--department", number, "--name", "Insertion", *DROME) == creating_organisations.DONE
    with database.reading() as session:
        found = session.scalars(select(Department).order_by(Department.number)).all()
        assert [(one.number, one.timezone, one.holidays_subdivision) for one in found] == [
            ("2A", "Europe/Paris", None),
            ("67", "Europe/Paris", "6AE"),
            ("974", "Indian/Reunion", "974"),
        ]
    assert len(public_holidays(2026, None)) == 11
    for number, subdivision in founding.HOLIDAYS.items():
        assert len(public_holidays(2026, subdivision)) > 11, f"{number}: the package knows it"


@pytest.mark.parametrize("wrong", [("--department", "20"), ("--department", "975"), ("--name", " ")])
def test_what_can_not_be_is_said_before_anything_is_made(
    wrong: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    parser = argparse.ArgumentParser()
    creating_organisations.add_arguments(parser)
    with pytest.raises(SystemExit):
        parser.parse_args(["--department", "26", "--name", "Insertion", *wrong])
    assert f"argument {wrong[0]}: must" in capsys.readouterr().err


def test_whoever_is_created_first_can_sign_in_and_set_the_rest(
    runtime: Runtime, flask_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert typed(runtime, "--department", "26", "--name", "Insertion", *DROME) == creating_organisations.DONE
    parser = argparse.ArgumentParser()
    creating_agents.add_arguments(parser)
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\n"))
    words = ["--email", "paul@drome.example", "--first-name", "Paul", "--last-name", "Morel", "--role", "admin"]
    assert creating_agents.run(runtime, parser.parse_args([*words, "--organisation", "Insertion", "--may-export"])) == 0
    client = flask_app.test_client()
    signed_in = client.post("/agents/connexion", data={"email": "paul@drome.example", "password": PASSWORD})
    assert signed_in.status_code == 303
    for page in FIRST_PAGES:
        assert client.get(page).status_code == 200, page
