"""What `deploy/` says is true of this release: settings that exist, commands that exist, figures that are measured."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.commands import COMMANDS
from app.security import LARGEST_REQUEST, LARGEST_STREAM
from invitations.useful_places.parsing import LARGEST_FILE
from notifications.languages import LANGUAGES, catalogue
from tests.house.conftest import ROOT
from tests.house.test_documentation import OPERATIONS, names_read

DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").iterdir())
MIB = 1024**2
# Of Python, the shell or the image, and of PostgreSQL's: not ours.
NOT_OURS = {"PATH", "PYTHONUNBUFFERED", "CHANGE", "POSTGRES_USER", "POSTGRES_DB", "POSTGRES_PASSWORD_FILE"}


def files() -> list[Path]:
    return sorted(one for one in DEPLOY.rglob("*") if one.is_file())


@pytest.mark.parametrize(
    "path", [*UNITS, DEPLOY / "compose.yaml", DEPLOY / "Containerfile"], ids=lambda path: path.name
)
def test_commands_that_are_started_exist(path: Path) -> None:
    lines = [one for one in path.read_text().splitlines() if re.search(r"^(ExecStart|CMD|    command)", one)]
    known = {command.words for command in COMMANDS}
    started = {
        " ".join(re.findall(r"rdv\"?,? \"?([a-z]+)(?:\"?,? \"?([a-z]+))?", one)[0]).strip()
        for one in lines
        if "rdv" in one
    }
    assert started <= known, "a command that this release does not have"
    if path.suffix == ".service":
        assert started


def test_settings_that_are_named_exist() -> None:
    example = set(re.findall(r"^([A-Z][A-Z_]+)=", (DEPLOY / "rdv.env.example").read_text(), re.MULTILINE))
    assert example
    assert example <= names_read()
    said = {
        name
        for one in files()
        if one.name != "rdv.json"
        for name in re.findall(r"\b([A-Z]{3,}(?:_[A-Z]+)+)\b", one.read_text())
    }
    assert said - NOT_OURS <= names_read() | {"AF_UNIX", "AF_INET"}


@pytest.mark.parametrize("path", [one for one in UNITS if one.suffix == ".service"], ids=lambda path: path.name)
def test_units_run_as_nobody_in_particular_and_see_little(path: Path) -> None:
    lines = set(path.read_text().splitlines())
    assert {
        "User=rdv",
        "NoNewPrivileges=yes",
        "ProtectSystem=strict",
        "ProtectHome=yes",
        "CapabilityBoundingSet=",
    } <= lines
    assert {"UMask=0077", "EnvironmentFile=/etc/rdv/rdv.env"} <= lines


def test_the_container_does_not_run_as_root_and_says_whether_it_is_well() -> None:
    words = (DEPLOY / "Containerfile").read_text()
    python = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"]
    last_stage = words.rpartition("\nFROM ")[2]
    assert "--uid 10001 " in last_stage
    assert "\nUSER 10001\n" in last_stage
    assert "HEALTHCHECK" in last_stage
    assert "/sante" in last_stage
    assert "--require-hashes" in words
    assert tuple(map(int, re.findall(r"python:3\.(\d+)", words))) >= (int(python.rpartition(".")[2]),)
    assert set(re.findall(r"^COPY (?:\S+ )*?(app|invitations|notifications|templates) ", words, re.MULTILINE)) == {
        *("app", "invitations", "notifications", "templates")
    }


def test_every_service_of_the_example_is_one_of_ours_or_the_database() -> None:
    read: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    ours = {name: one["command"] for name, one in read["services"].items() if name != "database"}
    known = {command.words for command in COMMANDS}
    assert all(any(one.removeprefix("rdv ").startswith(words) for words in known) for one in ours.values())
    assert set(ours) == {"migrate", "web", "jobs", "backup"}


@pytest.mark.parametrize("name", ["nginx.conf", "Caddyfile"])
def test_proxies_let_through_what_the_pages_take_and_log_no_address(name: str) -> None:
    words = (DEPLOY / "proxy" / name).read_text()
    sizes = sorted(int(one) * MIB for one in re.findall(r"(?:client_max_body_size|max_size) (\d+)M?m?", words))
    for needed, given in zip((LARGEST_REQUEST, LARGEST_FILE, LARGEST_STREAM), sizes, strict=True):
        assert needed <= given
    assert not re.search(
        r"\$(request|request_uri|uri|args|http_referer)\b", words.replace("https://$host$request_uri", "")
    )
    assert "TRUSTED_PROXIES=1" in words
    assert "X-Request-ID" in words


def test_an_upgrade_stops_whoever_serves_or_sends_before_it_migrates() -> None:
    """Compose would start the migration beside them: `up -d` replaces what runs afterwards."""
    upgrading = (ROOT / "docs" / "installing.md").read_text().partition("## Upgrading")[2]
    units, services = re.findall(r"```\n(.*?)```", upgrading, re.DOTALL)
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    for words, prefix, stop, migrate in (
        (units, "rdv-", "systemctl stop", "systemctl restart rdv-migrate"),
        (services, "", "podman-compose stop", "podman-compose run --rm migrate"),
    ):
        taken, stopped, migrated, asked_after = map(words.index, ("backup", stop, migrate, "rdv doctor"))
        assert taken < stopped < migrated < asked_after
        names = re.findall(rf"{stop} (.*)", words)[0].split()
        assert sorted(names) == sorted(f"{prefix}{one}" for one in ("web", "jobs"))
    assert {name for name in compose if compose[name].get("restart") != "no"} == {"database", "web", "jobs"}


def test_while_the_web_is_stopped_proxies_say_so_in_every_language() -> None:
    """The sentences of templates/errors/away.html; a style that its own rule lets in."""
    page = (DEPLOY / "proxy" / "away.html").read_text()
    sentences = re.findall(r'_\("(.+?)"\)', (ROOT / "templates" / "errors" / "away.html").read_text())
    assert len(sentences) == 4
    for one in LANGUAGES.values():
        assert f'lang="{one.html}"' in page
        assert one.is_french or all(catalogue(one.code).gettext(said) in page for said in sentences)
    assert all(said in page for said in sentences)
    style = re.findall(r"<style>(.*)</style>", page, re.DOTALL)[0]
    assert base64.b64encode(hashlib.sha256(style.encode()).digest()).decode() in page
    for name in ("nginx.conf", "Caddyfile"):
        words = (DEPLOY / "proxy" / name).read_text()
        assert "/away.html" in words
        assert "Retry-After 60" in words


@pytest.mark.parametrize("name", ["nginx.conf", "Caddyfile"])
def test_in_clear_people_are_led_on_and_machines_are_refused(name: str) -> None:
    """Every address that no person opens: the routes outside `/agents` and the public pages."""
    words = (DEPLOY / "proxy" / name).read_text()
    refused = re.search(r"\^/\(([a-z|]+)\)\(/\|\$\)", words)
    routes = (ROOT / "tests" / "house" / "urls.txt").read_text().splitlines()
    machines = {one.split()[0].split("/")[1] for one in routes if one.endswith("  machine")}
    assert refused
    assert machines <= set(refused[1].split("|"))


def asked(words: str) -> set[str]:
    return set(re.findall(r"\brdv_\w+", words)) - {"rdv_token"}


def test_alerts_and_the_dashboard_ask_for_what_is_measured() -> None:
    """By the table of docs/operations.md, which another test holds against /metrics."""
    rules = yaml.safe_load((DEPLOY / "prometheus" / "rdv.rules.yml").read_text())
    alerts = [rule for group in rules["groups"] for rule in group["rules"]]
    board = json.loads((DEPLOY / "grafana" / "rdv.json").read_text())
    panels = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    for expression in [*(rule["expr"] for rule in alerts), *panels]:
        for name in asked(expression):
            assert f"`{name}" in OPERATIONS, f"{name} is measured nowhere"
    documented = asked(OPERATIONS.split("| metric (all gauges)")[1].split("\n\n")[0])
    shown = {name for one in panels for name in asked(one)}
    assert documented - shown <= {"rdv_database_info"}, "measured, and not on the dashboard"
    for rule in alerts:
        assert rule["annotations"]["summary"], f"{rule['alert']}: what is it, and what is to be done?"
        assert rule["alert"] in OPERATIONS, f"{rule['alert']} is not in docs/operations.md"


def test_each_place_of_the_dashboard_is_taken_once() -> None:
    board = json.loads((DEPLOY / "grafana" / "rdv.json").read_text())
    cells = [
        (x, y)
        for panel in board["panels"]
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24
