"""`rdv move-in` and `rdv move-out`: counts, lines and reasons, nobody's name."""

from __future__ import annotations

import argparse
import io
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from openpyxl import Workbook
from rich.console import Console
from sqlalchemy import select

from app import moving_house
from app.moving_house_words import WORDS
from app.runtime import Runtime
from invitations.database import Database
from invitations.models import AuditEvent, Beneficiary
from invitations.moving_house.columns import Trouble
from tests.conftest import NOW
from tests.invitations.test_moving_house import MET, ROSE, Town, field_move


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One engine is enough: what is printed; what is written is for tests/invitations/test_moving_house.py."""
    return sqlite_url


@pytest.fixture
def runtime(database: Database, flask_app: Flask) -> Runtime:
    with database.writing() as session:
        Town(session, NOW)
    found: Runtime = flask_app.extensions["rdv"]
    return found


def typed(runtime: Runtime, add_arguments: Any, act: Any, *words: str) -> tuple[int, str]:
    """The exit status, and what is printed."""
    parser, printed = argparse.ArgumentParser(), io.StringIO()
    add_arguments(parser)
    status = act(runtime, parser.parse_args(words), Console(file=printed, width=120))
    return status, printed.getvalue()


def move_in(runtime: Runtime, *words: str) -> tuple[int, str]:
    return typed(runtime, moving_house.add_in_arguments, moving_house.run_in, *words)


def move_out(runtime: Runtime, *words: str) -> tuple[int, str]:
    return typed(runtime, moving_house.add_out_arguments, moving_house.run_out, *words)


def counted(printed: str) -> dict[str, int]:
    rows = [line.strip("│").split("│") for line in printed.splitlines() if line.startswith("│")]
    return {name.strip(): int(count) for name, count in rows}


def test_a_preview_then_the_move_then_the_way_out(runtime: Runtime, database: Database, tmp_path: Path) -> None:
    move = field_move(tmp_path, [ROSE], [ROSE | MET])
    words = [str(move.people), str(move.meetings), "--organisation", "CMS, Valence", "--category", "rsa_orientation"]
    status, seen = move_in(runtime, *words)
    assert (status, "rien n’est enregistré" in seen) == (0, True)
    status, saved = move_in(runtime, *words, "--save")
    assert (
        counted(saved)
        == counted(seen)
        == {
            "Personnes nouvelles": 1,
            "Personnes déjà là": 0,
            "Suivis": 1,
            "Invitations passées": 3,
            "Rendez-vous": 1,
            "Participations": 1,
            "Participations déjà là": 0,
            "Lignes laissées de côté": 0,
        }
    )
    assert "Personnes, ligne 2 : reprise sans un agent qui n’a pas de compte ici" in saved
    assert "Rose" not in saved
    status, said = move_out(runtime, str(tmp_path / "out"), "--department", "26")
    assert (status, "Personnes : 1. Participations à des rendez-vous : 1." in said) == (0, True)
    for name in (moving_house.PEOPLE_FILE, moving_house.MEETINGS_FILE):
        assert stat.S_IMODE((tmp_path / "out" / name).stat().st_mode) == 0o600
    with database.reading() as session:
        acts = session.scalars(select(AuditEvent).order_by(AuditEvent.id)).all()
        assert [one.action for one in acts] == ["department.moved_in", *["department.moved_out"] * 2]
        assert acts[0].details["people"] == 1


@pytest.mark.parametrize(
    "words",
    [
        ["--organisation", "Une autre"],
        ["--organisation", "CMS, Valence", "--category", "siae"],
        ["--organisation", "CMS, Valence", "--agent", "partie@drome.example"],
    ],
)
def test_what_is_not_here_is_said_at_once(
    runtime: Runtime, database: Database, tmp_path: Path, words: list[str]
) -> None:
    move = field_move(tmp_path, [ROSE], [])
    assert move_in(runtime, str(move.people), *words, "--save") == (1, "No such organisation, category or agent.\n")
    with database.reading() as session:
        assert session.scalars(select(Beneficiary)).all() == []


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"Nom;Truc\r\nRose;1\r\n"])
def test_a_file_that_is_none_is_refused(runtime: Runtime, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(content)
    status, printed = move_in(runtime, str(path), "--organisation", "CMS, Valence", "--save")
    assert status == 1
    assert printed.strip()


def of_windows(folder: Path, rows: list[list[str]]) -> Path:
    path = folder / "people.csv"
    path.write_bytes("".join("\t".join(row) + "\r\n" for row in rows).encode("cp1252"))
    return path


def of_a_spreadsheet(folder: Path, rows: list[list[str]]) -> Path:
    book = Workbook()
    sheet = book.create_sheet(index=0)
    for row in rows:
        sheet.append(row)
    book.save(folder / "people.xlsx")
    return folder / "people.xlsx"


@pytest.mark.parametrize("write", [of_windows, of_a_spreadsheet])
def test_a_file_that_a_spreadsheet_made_is_read_with_what_stands_above_its_header(
    runtime: Runtime, tmp_path: Path, write: Callable[[Path, list[list[str]]], Path]
) -> None:
    rows = [["Export du 22/11"], [], ["Nom", "Prénom", "Téléphone"], ["Müller", "Zoé", "639980011"], ["", "", ""]]
    path = write(tmp_path, rows)
    status, printed = move_in(runtime, str(path), "--organisation", "CMS, Valence")
    assert (status, counted(printed)["Personnes nouvelles"]) == (0, 1)


def test_nobody_moves_out_of_nowhere(runtime: Runtime, tmp_path: Path) -> None:
    status, printed = move_out(runtime, str(tmp_path / "out"), "--department", "99")
    assert (status, printed) == (1, "No such organisation or département.\n")
    assert not (tmp_path / "out").exists()


def test_every_trouble_has_words() -> None:
    assert set(WORDS) == set(Trouble)
