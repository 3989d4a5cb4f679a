"""What an operator can set, start or wait for stands in the documents."""

from __future__ import annotations

import ast
import re
import tomllib
from dataclasses import fields

import pytest

from app.commands import COMMANDS
from app.jobs import TIMETABLE
from app.settings import Settings
from tests.house.conftest import ROOT, sources

README = (ROOT / "README.md").read_text()
OPERATIONS = (ROOT / "docs" / "operations.md").read_text()


def names_read() -> set[str]:
    """Every name that settings.py reads from the environment."""
    text = (ROOT / "app" / "settings.py").read_text()
    return set(re.findall(r"""(?:env\.get|number|seconds|words)\(\s*["']([A-Z][A-Z0-9_]+)["']""", text))


def test_the_names_of_settings_are_found() -> None:
    """Each field has its name; were the pattern above to miss some, the next test would promise nothing."""
    assert len(names_read()) >= len(fields(Settings))


@pytest.mark.parametrize("name", sorted(names_read()))
def test_every_setting_is_in_the_readme(name: str) -> None:
    assert f"`{name}`" in README


def test_no_setting_is_documented_that_nobody_reads() -> None:
    table = README.split("## Settings")[1].split("\n## ")[0]
    documented = {
        name for row in re.findall(r"^\| (.*?) \|", table, re.MULTILINE) for name in re.findall(r"`([A-Z_]+)`", row)
    }
    assert documented == names_read()


def test_nothing_but_the_settings_reads_the_environment() -> None:
    """The edges may: the command line and the WSGI module hand the environment to `Settings.from_env`."""
    allowed = {"app/commands.py", "app/demo.py", "app/migrations/env.py"}
    readers = {
        path
        for path, tree in sources("app", "invitations", "notifications")
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr in {"environ", "getenv"}
        and isinstance(node.value, ast.Name)
        and node.value.id == "os"
    }
    assert readers <= allowed


def test_every_job_is_in_the_operators_page() -> None:
    missing = [job.name for job in TIMETABLE if f"`{job.name}`" not in OPERATIONS]
    assert not missing


def test_every_command_is_in_the_readme() -> None:
    assert not [command.words for command in COMMANDS if f"`rdv {command.words}" not in README]


def test_every_decision_is_numbered_and_says_its_three_things() -> None:
    records = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    assert [int(path.name[:4]) for path in records] == list(range(1, len(records) + 1))
    for path in records:
        for heading in ("## Context", "## Decision", "## Consequences"):
            assert heading in path.read_text(), f"{path.name} has no {heading}"


def test_every_link_between_documents_leads_somewhere() -> None:
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    dead = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in pages
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text())
        if "://" not in target and not (page.parent / target).exists()
    ]
    assert not dead


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_lock_files_name_versions_and_hashes_and_no_index(name: str) -> None:
    text = (ROOT / name).read_text()
    assert "://" not in text
    assert "index-url" not in text
    packages = [line for line in text.splitlines() if re.match(r"[a-z0-9]", line)]
    assert packages
    assert all("==" in line for line in packages)
    assert text.count("--hash=sha256:") >= len(packages)


def test_the_lock_holds_what_the_project_asks_for() -> None:
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    locked = set(re.findall(r"^([a-z0-9\-]+)==", (ROOT / "requirements.lock").read_text(), re.MULTILINE))
    assert {re.match(r"[a-z0-9\-]+", one)[0] for one in wanted} <= locked  # type: ignore[index]
