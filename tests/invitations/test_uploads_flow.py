"""The CNAF flow: only the fields we need, of the people whom a list is about, while the file arrives."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import inspect, text
from sqlalchemy.orm import Session

from invitations.errors import UploadRefused
from invitations.models import RsaRole, Title, Verdict
from invitations.uploads.doubts import Doubt
from invitations.uploads.flow import Flow, read_flow
from invitations.uploads.headers import Field
from invitations.uploads.reading import Why
from tests.factories import World
from tests.files.flow import HEAD, INCOME, NIR, flow, household
from tests.invitations.lists import bring, csv, everyone, preview, rows_of

ROOT = Path(__file__).parent.parent.parent


def cells_of(content: bytes) -> list[dict[Field, str]]:
    return [cells for rows in read_flow(content).rows() for _, cells in rows]


def refusal(content: bytes) -> Why:
    with pytest.raises(UploadRefused) as refused:
        read_flow(content)
    why: Why = refused.value.details["why"]
    return why


def test_a_household_becomes_a_row_for_each_of_its_adults() -> None:
    assert cells_of(flow(household(7, couple=True)))[0] == {
        Field.AFFILIATION_NUMBER: "100000700000000",
        Field.ROLE: "DEM",
        Field.TITLE: "MR",
        Field.LAST_NAME: "DURAND-AAAAAH",
        Field.BIRTH_NAME: "DURAND-AAAAAH",
        Field.FIRST_NAME: "ÉLIEAAAAAH",
        Field.BIRTH_ON: "1987-08-12",
        Field.ADDRESS: "8 RUE DU LAC",
        Field.ADDRESS_MORE: "Bât B",
        Field.POSTCODE: "26000",
        Field.CITY: "VALENCE",
        Field.COMMUNE_INSEE: "26362",
        Field.RIGHTS_OPENED_ON: "2026-08-01",
    }
    assert [cells[Field.ROLE] for cells in cells_of(flow(household(7, couple=True)))] == ["DEM", "CJT"]


def test_people_of_a_flow_come_in_and_come_in_again_without_a_change(session: Session, world: World) -> None:
    content = flow(household(7, couple=True), household(8))
    assert bring(session, world, content, "flux.xml").created == 3
    elie, aicha, _ = everyone(session)
    assert (elie.title, elie.role, elie.affiliation_number) == (Title.SIR, RsaRole.APPLICANT, "1000007")
    assert (aicha.title, aicha.role, aicha.affiliation_number) == (Title.MADAM, RsaRole.SPOUSE, "1000007")
    assert (elie.address, elie.city, elie.commune_insee) == ("8 RUE DU LAC, Bât B", "Valence", "26362")
    assert bring(session, world, content, "flux.xml").unchanged == 3


def test_whose_right_is_closed_or_who_has_no_duties_is_left_aside_and_counted(session: Session, world: World) -> None:
    content = flow(
        household(1), household(2, state="5"), household(3, duties="0", couple=True), household(4, state="3")
    )
    batch = preview(session, world, content, "flux.xml")
    assert (batch.total, batch.left_aside) == (2, 3)
    assert [row.position for row in rows_of(session, batch)] == [1, 2]


def test_the_claims_day_does_not_replace_the_day_a_list_gave(session: Session, world: World) -> None:
    header = "N° CAF;Rôle;Nom;Prénom;Date d'ouverture de droits"
    bring(session, world, csv(header, "1000007;DEM;Durand-Aaaaah;Élieaaaaah;15/09/2026"))
    batch = preview(session, world, flow(household(7)), "flux.xml")
    (row,) = rows_of(session, batch)
    assert row.verdict is Verdict.UPDATE
    assert "rights_opened_on" not in row.changes


def test_an_msa_number_that_is_a_nir_is_hidden_and_the_row_refused(session: Session, world: World) -> None:
    content = flow(household(7)).replace(b"100000700000000", f"{NIR}123".encode())
    (row,) = rows_of(session, preview(session, world, content, "flux.xml"))
    assert (row.verdict, row.reasons["row"]) == (Verdict.REFUSED, Doubt.NO_IDENTIFIER.value)
    assert row.reasons["affiliation_number"] == Doubt.AFFILIATION_IS_NIR.value


def test_incomes_and_numbers_of_a_flow_are_in_no_table(session: Session, world: World) -> None:
    bring(session, world, flow(household(7, couple=True)), "flux.xml")
    session.flush()
    for table in inspect(session.connection()).get_table_names():
        for row in session.execute(text(f"SELECT * FROM {table}")):
            assert NIR not in str(row), table
            assert str(INCOME) not in str(row), table


def test_a_flow_in_pieces_of_one_byte_reads_the_same() -> None:
    content = flow(household(7))
    slow = Flow()
    for place in range(len(content)):
        slow.feed(content[place : place + 1])
    slow.close()
    assert list(slow.rows()) == list(read_flow(content).rows())


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"<?xml version='1.0'?><a><b/></a>", Why.NOT_THE_FLOW),
        (flow(), Why.NOT_THE_FLOW),
        (flow(household(2, state="5")), Why.NO_ROWS),
        (flow(household(7))[:-40], Why.UNREADABLE),
        (b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", Why.UNREADABLE),
        (b"<?xml version='1.0'?><!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>", Why.UNREADABLE),
        (HEAD.encode() + b"&b;", Why.UNREADABLE),
        (b"PK\x03\x04", Why.NOT_WHAT_IT_SAYS),
        (b"Nom;Prenom", Why.NOT_WHAT_IT_SAYS),
        (b"<a>" * 100, Why.UNREADABLE),
        (b"<a b='" + b"c" * 3_000_000, Why.UNREADABLE),
        (b"<?xml version='1.0' encoding='nothing-known'?><a/>", Why.UNREADABLE),
    ],
)
def test_what_is_no_flow_or_would_swell_is_refused(content: bytes, why: Why) -> None:
    assert refusal(content) is why


# VmHWM, not ru_maxrss: that begins with what the parent had when it started us.
MEASURE = """
import time
from tests.files.flow import pieces
from invitations.uploads.flow import Flow
flow, spent = Flow(), 0.0
for piece in pieces({count}):
    began = time.process_time()
    flow.feed(piece)
    spent += time.process_time() - began
flow.close()
lines = open("/proc/self/status").read().splitlines()
memory = next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
print(spent, memory // 1024, flow.count)
"""


def test_the_memory_of_a_flow_does_not_grow_with_its_households() -> None:
    """10,000 here; `make bench` reads the 100,000 of import.md."""
    measured = [measure(count) for count in (1_000, 10_000)]
    assert [people for _, _, people in measured] == [1_334, 13_334]
    assert measured[1][1] - measured[0][1] < 10  # MB, for 30 MB of file
    assert measured[1][1] < 100
    assert measured[1][0] < 6  # a tenth of the 60 s for 100,000


def measure(count: int) -> tuple[float, int, int]:
    """Seconds of work, the most memory in MB, people read; in a process of its own."""
    said = subprocess.run(
        [sys.executable, "-c", MEASURE.format(count=count)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    seconds, memory, people = said.stdout.split()
    return float(seconds), int(memory), int(people)
