"""Every form that takes a file stands in docs/security.md, with its limit and the test that holds it."""

from __future__ import annotations

import ast
import re
from pathlib import PurePath

from tests.house.conftest import ROOT, sources

HEADING = "## Files that come in"


def test_every_form_that_takes_a_file_is_described_and_tested() -> None:
    rows = [line for line in part().splitlines() if line.startswith("| ") and "`tests/" in line]
    described = {name for line in rows for name in re.findall(r"`([a-z_]+)`", line.split("|")[1])}
    assert taking() == described, "docs/security.md, Files that come in: a row for each page that takes a file"
    named = {name for line in rows for name in re.findall(r"`(tests/[^`]+)`", line)}
    assert not {name for name in named if not (ROOT / name).is_file()}


def taking() -> set[str]:
    """Modules of pages with a control for files, and those whose requests may be large."""
    found = {PurePath(path).stem for path, tree in sources("app") if any(takes_files(node) for node in ast.walk(tree))}
    return {{"imports_columns": "import_columns"}.get(name, name) for name in found}


def takes_files(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call):
        return False
    called = ast.unparse(node.func)
    return called == "FileField" or called.endswith((".receive_streams", "request.files.get"))


def part() -> str:
    text = (ROOT / "docs/security.md").read_text()
    return text.split(HEADING, 1)[1].split("\n## ", 1)[0]
