"""docs/security.md and docs/asvs.md promise nothing that no test or file holds."""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path

import pytest

from tests.house.conftest import ROOT

SECURITY = (ROOT / "docs/security.md").read_text()
ASVS = (ROOT / "docs/asvs.md").read_text()
DOORS = (
    "Links of people", "The page for letters' codes", "Signing in", "Agents' pages", "The API", "Webhooks and France Travail",
    "Texts and calls", "Calendars", "Uploads", "The scheduler", "Database and backups", "The operator and what they run",
)  # fmt: skip
# OWASP ASVS 5.0.0, levels 1 and 2: in each section they come first, so the last number says them all.
LAST = {
    "1.1": 2, "1.2": 9, "1.3": 11, "1.4": 3, "1.5": 2, "2.1": 3, "2.2": 3, "2.3": 4, "2.4": 1, "3.2": 2, "3.3": 4, "3.4": 6,
    "3.5": 5, "3.7": 2, "4.1": 3, "4.2": 1, "4.3": 2, "4.4": 4, "5.1": 1, "5.2": 3, "5.3": 2, "5.4": 3, "6.1": 3, "6.2": 12,
    "6.3": 4, "6.4": 4, "6.5": 5, "6.6": 3, "6.8": 4, "7.1": 3, "7.2": 4, "7.3": 2, "7.4": 5, "7.5": 2, "7.6": 2, "8.1": 2,
    "8.2": 3, "8.3": 1, "8.4": 1, "9.1": 3, "9.2": 4, "10.1": 2, "10.2": 2, "10.3": 4, "10.4": 11, "10.5": 5, "10.6": 2,
    "10.7": 3, "11.1": 2, "11.2": 3, "11.3": 3, "11.4": 4, "11.5": 1, "11.6": 1, "12.1": 3, "12.2": 2, "12.3": 4, "13.1": 1,
    "13.2": 5, "13.3": 2, "13.4": 5, "14.1": 2, "14.2": 4, "14.3": 3, "15.1": 3, "15.2": 3, "15.3": 7, "16.1": 1, "16.2": 5,
    "16.3": 4, "16.4": 3, "16.5": 3, "17.1": 1, "17.2": 4, "17.3": 2,
}  # fmt: skip
NAMED = re.compile(r"`((?:tests|app|invitations|notifications|docs|deploy|templates)/[\w./-]+)(?:::(\w+))?`")
BROWSER = ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "localStorage", "sessionStorage", "indexedDB",
           "serviceWorker", "document.cookie", "postMessage", "eval(", "__proto__", "new Function")  # fmt: skip


def rows(text: str) -> list[list[str]]:
    """The cells of each line of a table, without headings and rules."""
    lines = [line for line in text.splitlines() if line.startswith("| ") and not line.startswith("| |")]
    return [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in lines]


def written_with(words: str) -> list[tuple[Path, ast.Module]]:
    """The files of ours in which these words stand."""
    files = [path for package in ("app", "invitations", "notifications") for path in (ROOT / package).rglob("*.py")]
    return [(path, ast.parse(path.read_text())) for path in files if words in path.read_text()]


def part(heading: str, below: str = "## ") -> str:
    return SECURITY.split(f"\n{below}{heading}\n", 1)[1].split("\n##", 1)[0]


@pytest.mark.parametrize("text", [SECURITY, ASVS], ids=["security", "asvs"])
def test_every_test_and_file_that_is_named_is_there(text: str) -> None:
    assert not [f"{path}::{name}" for path, name in NAMED.findall(text) if not is_there(path, name)]


def is_there(path: str, name: str) -> bool:
    file = ROOT / path
    return file.exists() and (not name or f"def {name}(" in file.read_text())


@pytest.mark.parametrize("door", DOORS)
def test_each_door_is_asked_all_six_questions_and_each_answer_names_its_test(door: str) -> None:
    asked = rows(part(door, "### "))
    assert {row[0] for row in asked} == set("STRIDE")
    assert not [row[1] for row in asked if len(row) != 4 or "`tests/" not in row[3]]


def test_there_is_no_other_door() -> None:
    doors = SECURITY.split("\n## Doors\n", 1)[1].split("\n## ", 1)[0]
    assert tuple(re.findall(r"^### (.+)$", doors, re.MULTILINE)) == DOORS


def test_the_limits_are_those_of_the_code() -> None:
    told = {row[0].strip("`"): (row[1], row[2]) for row in rows(part("Limits")) if row[0].startswith("`")}
    found = {name: said for _, tree in written_with("Limit(") for name, said in limits_in(tree)}
    assert {name: (number(most), window) for name, (most, window) in told.items()} == found


def limits_in(tree: ast.Module) -> list[tuple[str, tuple[int, str]]]:
    """Each `Limit(surface, most, window)` that is written down: the surface, how many, and in how long."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("Limit")]
    found = []
    for call in calls:
        said = {"surface": "", "most": "", "window": "timedelta(minutes=15)"}
        said |= {name: ast.unparse(one) for name, one in zip(said, call.args, strict=False)}
        said |= {one.arg: ast.unparse(one.value) for one in call.keywords if one.arg}
        if said["surface"].startswith("'"):
            found.append((said["surface"].strip("'"), (number(said["most"]), minutes(said["window"]))))
    return found


def number(text: str) -> int:
    """The first one in it; 600 for the setting, whose default it is."""
    figures = re.findall(r"\d+", text.replace("_", ""))
    return int(figures[0]) if figures else 600


def minutes(window: str) -> str:
    hours = re.search(r"hours=(\d+)", window)
    told = re.search(r"minutes=(\d+)", window)
    return f"{int(hours[1]) * 60} min" if hours else f"{told[1]} min" if told else "1 min"


def test_every_requirement_of_level_2_is_answered_once() -> None:
    answered = [row[0] for row in rows(ASVS) if re.fullmatch(r"\d+\.\d+\.\d+", row[0])]
    assert answered == [f"{section}.{number}" for section, last in LAST.items() for number in range(1, last + 1)]


def test_what_is_met_names_what_holds_it_and_the_rest_says_why() -> None:
    for number_, level, asks, answer, why in (row for row in rows(ASVS) if row[0][0].isdigit()):
        assert level in {"1", "2"}, number_
        assert asks, number_
        assert answer in {"met", "not met", "n/a"}, number_
        assert NAMED.search(why) or "](" in why or "`pyproject.toml`" in why or ".lock`" in why or answer != "met", (
            number_
        )
        assert len(why) > 3, number_


def test_the_count_at_the_top_is_that_of_the_table() -> None:
    counted = Counter(row[3] for row in rows(ASVS) if row[0][0].isdigit())
    told = (
        f"**{counted.total()} requirements: {counted['met']} met, {counted['n/a']} not applicable, "
        f"{counted['not met']} not met.**"
    )
    assert told in ASVS


def test_no_script_writes_html_or_keeps_anything_in_the_browser() -> None:
    scripts = list((ROOT / "app/static").glob("*.js"))
    assert scripts
    assert not [f"{path.name}: {word}" for path in scripts for word in BROWSER if word in path.read_text()]


def test_what_reads_the_files_of_strangers_is_started_without_our_secrets() -> None:
    """An interpreter of ours, isolated (`-I`), for a file that somebody sent."""
    started = [
        (path, {one.arg: ast.unparse(one.value) for one in node.keywords})
        for path, tree in written_with("subprocess.run(")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "subprocess.run" and "'-I'" in ast.unparse(node)
    ]
    assert len(started) >= 2
    assert not [path for path, said in started if said.get("env") != "{}" or "timeout" not in said]
