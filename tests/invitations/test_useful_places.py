"""data·inclusion: what is kept of a row, which files are refused, what a new file changes."""

from __future__ import annotations

import io
import json
import tracemalloc
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from sqlalchemy import select
from sqlalchemy.orm import Session

from invitations.errors import UploadRefused
from invitations.models import UsefulKind, UsefulPlace
from invitations.useful_places.keeping import Changes, compare, keep
from invitations.useful_places.parsing import Why, rows
from invitations.useful_places.reading import Reading, packed, read, unpacked
from invitations.useful_places.schema import FIELDS, Flaw, Kept, read_row
from tests.conftest import NOW
from tests.data_inclusion import as_csv, as_json, service, structure
from tests.factories import World

DROME = "26"


def kept(row: dict[str, Any]) -> Kept:
    found = read_row(row, DROME)
    assert isinstance(found, Kept)
    return found


def read_bytes(content: bytes, number: str = DROME) -> Reading:
    return read(io.BytesIO(content), number)


def refusal(content: bytes) -> str:
    with pytest.raises(UploadRefused) as refused:
        read_bytes(content)
    return str(refused.value.details["why"])


# A row


def test_a_structure_of_schema_1_is_kept_with_what_helps_to_find_it() -> None:
    found = kept(structure())
    assert (found.source, found.reference, found.name) == ("dora", "dora--1", "Centre social 1")
    assert (found.address, found.postcode, found.city, found.commune_insee) == (
        "3 place Le Cardonnel",
        "26000",
        "Valence",
        "26362",
    )
    assert (found.latitude, found.longitude, found.phone) == (44.9352, 4.8954, "+33475000001")
    assert found.opening_hours == "Mo-Fr 08:30-12:30; PH off"
    assert found.accessibility is not None
    assert found.updated_on == date(2026, 10, 1)


def test_the_older_names_are_read_too() -> None:
    row = structure(horaires_ouverture="Mo 09:00-12:00", thematiques=["mobilite", "famille--garde-denfants"])
    row["accessibilite"] = row.pop("accessibilite_lieu")
    del row["horaires_accueil"]
    found = kept(row)
    assert found.opening_hours == "Mo 09:00-12:00"
    assert found.accessibility is not None
    assert found.themes == " transport childcare "


@pytest.mark.parametrize(
    ("said", "themes"),
    [
        (["numerique--maitriser-les-fondamentaux-du-numerique"], " digital "),
        ('["mobilite--preparer-un-permis", "sante--addictions"]', " transport "),
        ("{lecture-ecriture-calcul--maitriser-le-francais,mobilite}", " transport french "),
        ("['apprendre-francais--suivre-formation']", " french "),
        (["handicap--mobilite-des-personnes-en-situation-de-handicap"], " transport "),
        (["sante--addictions", 3, None], ""),
        (["immobilite", "numeriques"], ""),
        ({"mobilite": 1}, ""),
        (None, ""),
    ],
)
def test_themes_are_found_however_the_list_was_written(said: Any, themes: str) -> None:
    assert kept(service(thematiques=said)).themes == themes


@pytest.mark.parametrize(
    ("changes", "flaw"),
    [
        ({"id": None}, Flaw.NO_ID),
        ({"id": {"$oid": "1"}}, Flaw.NO_ID),
        ({"nom": "  "}, Flaw.NO_NAME),
        ({"nom": ["Centre"]}, Flaw.NO_NAME),
        ({"code_insee": "69123"}, Flaw.ELSEWHERE),
        ({"code_insee": "26999", "code_postal": "", "commune": ""}, Flaw.NO_COMMUNE),
        ({"code_insee": None, "code_postal": "69001", "commune": "Lyon"}, Flaw.ELSEWHERE),
        ({"code_insee": True, "code_postal": [], "commune": 3}, Flaw.NO_COMMUNE),
    ],
)
def test_what_is_wrong_with_a_row_has_a_name(changes: dict[str, Any], flaw: Flaw) -> None:
    assert read_row(structure(**changes), DROME) is flaw


def test_a_commune_is_found_by_its_postcode_and_name() -> None:
    assert kept(structure(code_insee="", commune="ROMANS SUR ISERE", code_postal="26100")).commune_insee == "26281"


def test_texts_are_one_line_without_what_is_not_seen() -> None:
    found = kept(structure(nom='=HYPERLINK("x")\n Maison\u202e des\x00 droits', adresse="  @1\t rue  Haute "))
    assert found.name == 'HYPERLINK("x") Maison des droits'
    assert found.address == "1 rue Haute"
    assert len(kept(structure(nom="A" * 500_000)).name) == 120


@pytest.mark.parametrize(
    "changes",
    [
        {"latitude": 4.8954, "longitude": 44.9352},
        {"latitude": "nord"},
        {"latitude": 1e400},
        {"latitude": float("nan")},
        {"latitude": True},
        {"longitude": None},
        {"latitude": 144.9},
        {"longitude": [4.89]},
    ],
)
def test_a_position_that_can_not_be_is_left_out(changes: dict[str, Any]) -> None:
    found = kept(structure(**changes))
    assert (found.latitude, found.longitude) == (None, None)


@pytest.mark.parametrize(
    "link",
    [
        "http://acceslibre.beta.gouv.fr/a/",
        "https://acceslibre.beta.gouv.fr.evil.example/",
        "https://evil.example/acceslibre.beta.gouv.fr",
        "https://acceslibre.beta.gouv.fr@evil.example/",
        "https://evilacceslibre.beta.gouv.fr/",
        "javascript:alert(1)",
        "https://[acceslibre",
        "https://acceslibre.beta.gouv.fr/" + "a" * 400,
        7,
    ],
)
def test_only_a_page_of_acceslibre_is_linked(link: Any) -> None:
    assert kept(structure(accessibilite_lieu=link)).accessibility is None


@pytest.mark.parametrize("said", ["du lundi au vendredi", "Mo 25:99", 9, ["Mo"], "Mo-Fr 08:00-12:00; " * 60])
def test_hours_that_nobody_can_read_are_unknown(said: Any) -> None:
    assert kept(structure(horaires_accueil=said)).opening_hours == ""


_ANYTHING = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats() | some.text(max_size=40),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=40)
@given(some.dictionaries(some.sampled_from(sorted(FIELDS)), _ANYTHING))
def test_whatever_a_row_holds_it_is_kept_or_refused(changes: dict[str, Any]) -> None:
    found = read_row(structure() | changes, DROME)
    assert isinstance(found, Flaw) or len(found.name) <= 120


# A file


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_csv_is_read_in_any_encoding(encoding: str, separator: str) -> None:
    content = as_csv(structure(1, nom="Épicerie d’été"), structure(2), separator=separator, encoding=encoding)
    found = read_bytes(content)
    assert [one.name for one in found.kept] == ["Épicerie d’été", "Centre social 2"]
    assert found.kind is UsefulKind.STRUCTURE


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_json_is_read_in_any_encoding(encoding: str) -> None:
    content = json.dumps([service(1, nom="Vélo d’été")], ensure_ascii=False).encode(encoding)
    found = read_bytes(content)
    assert [(one.name, one.themes) for one in found.kept] == [("Vélo d’été", " digital ")]
    assert found.kind is UsefulKind.SERVICE


def test_what_the_api_answers_is_read_and_nothing_beside_it() -> None:
    said = {"total": 2, "items": [service(1), service(2)], "pages": [service(3)], "page": 1}
    assert [one.reference for one in read_bytes(json.dumps(said).encode()).kept] == [
        "dora--service-1",
        "dora--service-2",
    ]


def test_both_forms_say_the_same() -> None:
    rows_ = [service(1), service(2, telephone=None, latitude=None)]
    assert read_bytes(as_csv(*rows_)).kept == read_bytes(as_json(*rows_)).kept


def test_rows_left_out_are_counted_by_what_is_wrong() -> None:
    found = read_bytes(
        as_json(structure(1), structure(1), structure(2, code_insee="75056"), structure(3, nom=""), None, 7, [1], "x")
    )
    assert len(found.kept) == 1
    assert found.left_out == {Flaw.TWICE: 1, Flaw.ELSEWHERE: 1, Flaw.NO_NAME: 1, Flaw.SHAPE: 4}


def test_a_line_of_another_length_is_left_out() -> None:
    content = as_csv(structure(1), structure(2)) + b"dora,x,y\r\n"
    assert read_bytes(content).left_out == {Flaw.SHAPE: 1}


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", Why.NO_FILE),
        (b" \n ", Why.NO_FILE),
        (b"PK\x03\x04rest", Why.UNKNOWN_KIND),
        (b"\x1f\x8b\x08rest", Why.UNKNOWN_KIND),
        (b"PAR1rest", Why.UNKNOWN_KIND),
        (b"name,place\nx,y\n", Why.NOT_THE_SCHEMA),
        (b'{"type": "FeatureCollection"}', Why.NOT_THE_SCHEMA),
        (b"[]", Why.NO_ROWS),
        (b'[{"id": "1"', Why.UNREADABLE),
        (as_json(structure())[:-9], Why.UNREADABLE),
        (as_json(structure()) + b"]", Why.UNREADABLE),
        (b"[" * 5000, Why.UNREADABLE),
        (b'[{"id": 1' + b"9" * 5000 + b"}]", Why.UNREADABLE),
        (as_csv(structure()) + b'"never closed', Why.UNREADABLE),
        (as_csv(structure(nom="A" * 200_000)), Why.UNREADABLE),
        (as_csv(structure()) + b"\x81\x8d\n", Why.UNREADABLE),
        (as_json(structure(code_insee="75056")), Why.NO_ROWS),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), Why.UNREADABLE),
    ],
)
def test_a_file_that_is_not_one_is_refused_with_a_reason(content: bytes, why: Why) -> None:
    assert refusal(content) == why


@pytest.mark.parametrize("write", [as_json, as_csv])
def test_a_long_file_takes_no_more_memory_than_a_short_one(write: Callable[..., bytes], tmp_path: Path) -> None:
    peaks = []
    for times in (800, 2_000):  # half a megabyte is what is read ahead
        path = tmp_path / f"{times}"
        path.write_bytes(write(*[structure(code_insee="75056")] * times))
        with path.open("rb") as file:
            tracemalloc.start()
            assert sum(1 for _ in rows(file)) == times
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
    assert peaks[1] < peaks[0] + 50_000


def test_a_draft_is_unpacked_as_it_was_packed() -> None:
    found = read_bytes(as_json(structure(1), structure(2, date_maj=None, telephone="?"))).kept
    assert unpacked(packed(found)) == found


# What a file changes


def held(session: Session) -> list[tuple[str, str]]:
    rows_ = session.execute(select(UsefulPlace.reference, UsefulPlace.name).order_by(UsefulPlace.reference))
    return [(one.reference, one.name) for one in rows_]


def keep_rows(world: World, *rows_: dict[str, Any]) -> Changes:
    found = read_bytes(as_json(*rows_))
    return keep(world.session, found.kept, department_id=world.department.id, kind=found.kind, now=NOW)


def test_a_second_file_writes_only_what_differs(world: World) -> None:
    keep_rows(world, structure(1), structure(2), structure(3))
    world.session.flush()
    ids = dict(world.session.execute(select(UsefulPlace.reference, UsefulPlace.id).order_by(UsefulPlace.id)).all())
    changes = keep_rows(world, structure(1), structure(2, nom="Maison pour tous"), structure(4))
    assert [one.reference for one in changes.new] == ["dora--4"]
    assert [(before.name, after.name) for before, after in changes.changed.values()] == [
        ("Centre social 2", "Maison pour tous")
    ]
    assert [one.reference for one in changes.gone.values()] == ["dora--3"]
    assert changes.same == 1
    assert held(world.session) == [
        ("dora--1", "Centre social 1"),
        ("dora--2", "Maison pour tous"),
        ("dora--4", "Centre social 4"),
    ]
    again = dict(world.session.execute(select(UsefulPlace.reference, UsefulPlace.id).order_by(UsefulPlace.id)).all())
    assert (again["dora--1"], again["dora--2"]) == (ids["dora--1"], ids["dora--2"])


def test_the_same_file_twice_changes_nothing(world: World) -> None:
    keep_rows(world, structure(1), structure(2))
    again = keep_rows(world, structure(2), structure(1))
    assert (again.new, again.changed, again.gone, again.same) == ([], {}, {}, 2)


def test_services_and_structures_and_departments_leave_each_other_alone(world: World) -> None:
    keep_rows(world, structure(1))
    keep_rows(world, service(1))
    assert len(held(world.session)) == 2
    other = world.make_department(number="07", name="Ardèche", full_name="Département de l’Ardèche")
    found = read_bytes(as_json(structure(1, code_insee="07186")), "07")
    keep(world.session, found.kept, department_id=other.id, kind=found.kind, now=NOW)
    assert len(held(world.session)) == 3
    assert compare(world.session, [], department_id=other.id, kind=UsefulKind.STRUCTURE).present == 1


def test_no_name_of_anybody_is_kept(world: World) -> None:
    keep_rows(world, service(1))
    row = world.session.scalars(select(UsefulPlace)).one()
    assert "Secrettan" not in str({name: getattr(row, name) for name in Kept._fields})
