"""What the house tests read: the project's own files, and the application put together but never asked anything."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from app import create_app
from app.settings import Settings
from tests.conftest import SECRET

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(scope="session")
def put_together(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    folder = tmp_path_factory.mktemp("house")
    return create_app(Settings(database_url=f"sqlite:///{folder / 'never.db'}", secret_key=SECRET))


def sources(*packages: str) -> Iterator[tuple[str, ast.Module]]:
    """Each Python file of the packages: its path from the root, and what is written in it."""
    for package in packages:
        for path in sorted((ROOT / package).rglob("*.py")):
            yield str(path.relative_to(ROOT)), ast.parse(path.read_text())


def imports(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Each (module, name) that a file imports; the name is empty for a whole module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((one.name, "") for one in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from ((node.module, one.name) for one in node.names)
