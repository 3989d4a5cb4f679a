"""What docs/evaluation.md prints is what the software says: the sheet, the lines of Python, the draw, the boundaries."""

from __future__ import annotations

import csv
import math
import re
import subprocess
import sys
from pathlib import Path
from statistics import NormalDist

import pytest

from invitations.models import Mode
from invitations.statistics.boundaries import boundaries
from invitations.trials import analysis, blocks
from invitations.trials.analysis import Estimate, Tally
from invitations.trials.exporting import COLUMNS

ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "docs" / "evaluation.md").read_text()
COUNTS = {
    "1:new:yes": {Mode.PROPOSITION: Tally(208, 156), Mode.INVITATION: Tally(210, 139)},
    "1:stock:no": {Mode.PROPOSITION: Tally(148, 90), Mode.INVITATION: Tally(146, 74)},
}


def block(language: str, holding: str) -> str:
    found = re.findall(rf"```{language}\n(.*?)```", DOCUMENT, re.DOTALL)
    return next(one for one in found if holding in one)


def example() -> Estimate:
    found = analysis.estimate(COUNTS, Mode.PROPOSITION, Mode.INVITATION)
    assert found is not None
    return found


def sheet() -> dict[str, tuple[str, str]]:
    """Cell → formula, value as printed."""
    return {
        cell: (formula, value)
        for cell, formula, value in re.findall(r"^\| ([A-Z]\d+) \| `=(.+?)` \| (\S+) \|$", DOCUMENT, re.MULTILINE)
    }


def worked_out() -> dict[str, float]:
    """Every cell of the example, by the document's own formulas; those of row 2 copied to row 3 as a spreadsheet does."""
    rows = re.findall(r"^\| 1:\S+ \| (\d+) \| (\d+) \| (\d+) \| (\d+) \|$", DOCUMENT, re.MULTILINE)
    cells = {
        f"{name}{row}": float(value)
        for row, one in enumerate(rows, start=2)
        for name, value in zip("BCDE", one, strict=True)
    }
    for cell, (formula, _) in sheet().items():
        cells[cell] = calculated(formula, cells)
        if cell.endswith("2") and cell[0] in "FGHIJ":
            cells[f"{cell[0]}3"] = calculated(re.sub(r"([A-Z])2\b", r"\g<1>3", formula), cells)
    return cells


def calculated(formula: str, cells: dict[str, float]) -> float:
    words = re.sub(r"SUM\((\w)2:\w3\)", r"(\g<1>2+\g<1>3)", formula)
    words = words.replace("^", "**").replace("NORM.S.DIST", "below").replace(";TRUE", "")
    words = re.sub(r"\b([A-Z]\d+)\b", r"cells['\1']", words)
    names = {"cells": cells, "SQRT": math.sqrt, "ABS": abs, "below": NormalDist().cdf}
    return float(eval(words, {"__builtins__": {}}, names))


@pytest.mark.parametrize("cell", sheet())
def test_each_cell_of_the_sheet_gives_what_is_printed_beside_it(cell: str) -> None:
    printed = sheet()[cell][1]
    digits = len(printed.partition(".")[2])
    assert f"{worked_out()[cell]:.{digits}f}" == printed


def test_the_sheet_gives_what_the_software_says() -> None:
    cells, found = worked_out(), example()
    assert found.adjusted.standard_error is not None
    assert (cells["L1"], cells["L2"]) == pytest.approx((found.adjusted.value, found.adjusted.standard_error))
    assert (cells["L3"], cells["L4"]) == pytest.approx(tuple(found.adjusted.interval), abs=1e-6)
    assert (cells["L5"], cells["L6"]) == pytest.approx((found.z, found.p), abs=1e-6)
    assert (cells["L15"], cells["L16"]) == pytest.approx(tuple(found.crude.interval), abs=1e-6)
    looked = analysis.look(COUNTS, Mode.PROPOSITION, Mode.INVITATION, per_arm=356, earlier=[1 / 3, 2 / 3], is_last=True)
    assert looked is not None
    assert looked.crossed
    assert (cells["L7"], cells["L8"]) == pytest.approx(tuple(looked.interval), abs=1e-5)


def test_the_lines_of_python_print_what_the_document_says_and_the_software_too(tmp_path: Path) -> None:
    with (tmp_path / "trial.csv").open("w", encoding="utf-8-sig", newline="") as file:
        out = csv.DictWriter(file, COLUMNS, delimiter=";", lineterminator="\r\n")
        out.writeheader()
        for stratum, arms in COUNTS.items():
            for arm, one in arms.items():
                told = {"stratum": stratum, "arm": arm.value, "counted": "yes"}
                out.writerows({**told, "seen_in_time": "yes" if n < one.seen else "no"} for n in range(one.counted))
                out.writerow({**told, "counted": "no", "seen_in_time": "yes"})
    said = subprocess.run(
        [sys.executable, "-I", "-c", block("python", "csv.DictReader")],
        cwd=tmp_path,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    found = example()
    low, high = found.adjusted.interval
    assert said == f"{found.adjusted.value:.4f} ({low:.4f} to {high:.4f}), z {found.z:.3f}"
    assert f"it prints `{said}`" in DOCUMENT


def test_the_lines_that_draw_again_give_the_lots_of_the_trial() -> None:
    names: dict[str, object] = {}
    exec(block("python", "def lots"), names)
    seed, arms = bytes(range(32)), [Mode.INVITATION, Mode.PROPOSITION, Mode.CONVOCATION]
    drawn = names["lots"](seed.hex(), "12:new:yes", arms, 50)  # type: ignore[operator]
    assert drawn == blocks.lots(seed, "12:new:yes", arms, after=0, people=50)


def test_every_column_of_the_export_is_explained() -> None:
    table = DOCUMENT.split("| column | is |")[1].split("\n\n")[0]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    assert sorted(re.findall(r"`([a-z_]+)`", " ".join(rows))) == sorted(COLUMNS)


def test_the_columns_of_the_sheet_are_those_of_the_export() -> None:
    """B stratum, E arm, G counted, H seen_in_time: the letters that COUNTIFS names."""
    assert [COLUMNS["ABCDEFGH".index(letter)] for letter in "BEGH"] == ["stratum", "arm", "counted", "seen_in_time"]


@pytest.mark.parametrize("looks", [1, 2, 3, 4, 5])
def test_the_boundaries_are_those_of_the_software(looks: int) -> None:
    fractions = [number / looks for number in range(1, looks + 1)]
    two, three = (" · ".join(f"{one:.3f}" for one in boundaries(fractions, alpha)) for alpha in (0.05, 0.025))
    assert f"| {looks} | {two} | {three} |" in DOCUMENT
