"""Incomes and social security numbers planted in every kind of file: afterwards they are in no file, no table and no log."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import inspect, text

from app.acts import import_lists
from invitations.database import Database
from tests.app.team import Team
from tests.app.test_imports import HEADER, upload
from tests.conftest import Clock
from tests.files.flow import INCOME, flow, household
from tests.files.flow import NIR as NIR_OF_FLOW
from tests.files.make import NIR
from tests.invitations.lists import FILES, csv

PLANTED = (str(INCOME), NIR_OF_FLOW, str(NIR), f"{NIR:.5E}")
STRAYED = f"chez {NIR}"


def files() -> dict[str, bytes]:
    """Each kind, a long list among them, which the scheduler works on; and one that is refused half way."""
    long = [f"Nom{n};Ana;{n};;{STRAYED};{INCOME}" for n in range(1, 1_002)]
    return {
        "departement.xlsx": (FILES / "departement.xlsx").read_bytes(),
        "departement.xls": (FILES / "departement.xls").read_bytes(),
        "departement.ods": (FILES / "departement.ods").read_bytes(),
        "contacts.csv": (FILES / "cnaf_contacts_with_nir.csv").read_bytes(),
        "longue.csv": csv(HEADER, *long),
        "flux.xml": flow(household(7, couple=True), household(8, state="5")),
        "abîmé.xml": flow(household(9))[:-30],
        "sans en-têtes.csv": csv(f"{NIR};{INCOME}", f"{NIR};{INCOME}"),
    }


def test_nothing_that_we_do_not_need_is_kept_anywhere(
    database: Database,
    clock: Clock,
    flask_app: Flask,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))  # whoever asks for a temporary file fails
    team = Team(database, clock())
    browser = team.browser(flask_app)
    for filename, content in files().items():
        answer = upload(browser, team, content, filename)
        import_lists(flask_app.extensions["rdv"])
        shown = answer.text
        if answer.status_code == 303:
            shown += browser.get(answer.location).text
            browser.post(f"{answer.location}/enregistrer")
            import_lists(flask_app.extensions["rdv"])
            shown += browser.get(answer.location).text
        assert not found_in(shown), filename
    with database.reading() as session:
        for table in inspect(session.connection()).get_table_names():
            for row in session.execute(text(f"SELECT * FROM {table}")):
                assert not found_in(str(row)), table
    for path in tmp_path.rglob("*"):
        assert not path.is_file() or not found_in(path.read_bytes().decode("latin-1")), path
    assert not found_in(caplog.text + "".join(capsys.readouterr()))


def found_in(said: str) -> list[str]:
    return [one for one in PLANTED if one in said]
