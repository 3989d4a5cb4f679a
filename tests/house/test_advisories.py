"""The audit of dependencies: a known weakness fails it, silence does not and is said, an answer is kept for a day."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from tests import advisories
from tests.house.conftest import ROOT
from tests.postgres import free_port

WEAK = "flask"


class Osv(BaseHTTPRequestHandler):
    """Knows one weakness, of flask; answers as api.osv.dev does."""

    asked: int = 0

    def do_POST(self) -> None:
        Osv.asked += 1
        queries = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["queries"]
        results = [{"vulns": [{"id": "GHSA-test"}]} if one["package"]["name"] == WEAK else {} for one in queries]
        body = json.dumps({"results": results}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def osv() -> Iterator[str]:
    Osv.asked = 0
    with HTTPServer(("127.0.0.1", 0), Osv) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/v1/querybatch"
        server.shutdown()
        thread.join()


def test_every_locked_dependency_is_asked_about() -> None:
    packages = dict(advisories.pinned((ROOT / name).read_text() for name in advisories.LOCKS))
    assert {"flask", "sqlalchemy", "twilio", "pytest"} <= set(packages)
    assert len(packages) > 100
    assert all(version[0].isdigit() for version in packages.values())


def test_a_known_weakness_fails_and_is_asked_about_once_a_day(osv: str, tmp_path: Path) -> None:
    kept, packages = tmp_path / "kept.json", [("flask", "3.1.0"), ("jinja2", "3.1.6")]
    for moment in (1_000, 2_000, 1_000 + advisories.KEPT_FOR):
        found = advisories.known(packages, osv, kept, now=moment)
        assert found == {"flask 3.1.0": ["GHSA-test"]}
    assert Osv.asked == 2
    advisories.known([("jinja2", "3.1.6")], osv, kept, now=2_000)
    assert Osv.asked == 3, "other versions are another question"
    assert advisories.open_ones(found, {}) == ["flask 3.1.0: https://osv.dev/vulnerability/GHSA-test"]
    assert advisories.open_ones(found, {"GHSA-test": "we don't use it"}) == []


def test_a_database_that_does_not_answer_fails_nothing_and_is_said_loudly(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str], osv: str
) -> None:
    monkeypatch.setenv("RDV_ADVISORIES_KEPT", str(tmp_path / "kept.json"))
    monkeypatch.setenv("RDV_ADVISORIES_URL", f"http://127.0.0.1:{free_port()}/")
    assert advisories.main() == 0
    assert "NOT AUDITED" in capsys.readouterr().err
    monkeypatch.setenv("RDV_ADVISORIES_URL", osv)
    assert advisories.main() == 1
    assert "A known weakness: flask" in capsys.readouterr().err


def test_it_is_part_of_the_check() -> None:
    makefile = (ROOT / "Makefile").read_text()
    check = next(line for line in makefile.splitlines() if line.startswith("check:"))
    assert "advisories" in check
    assert "-m tests.advisories" in makefile
