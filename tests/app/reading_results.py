"""What the tests of the results' page open and read: a world of stories, its agent's browser, the page and its files."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from datetime import datetime
from html import unescape
from io import StringIO
from xml.etree import ElementTree

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from invitations import signing_in
from invitations.codes import fingerprint
from invitations.database import Database
from invitations.models import AgentSession
from invitations.statistics import counting
from tests.conftest import Clock
from tests.factories import World

PAGE = "/agents/resultats"
FILE = "/agents/resultats.csv"
SVG = "{http://www.w3.org/2000/svg}"
TOKEN = "a token of this test"

Told = Callable[[World], None]
Opened = Callable[[Told], FlaskClient]


def count(session: Session, now: datetime) -> None:
    """What the scheduler does every few seconds."""
    while counting.count(session, now=now):
        pass


def opening(flask_app: Flask, database: Database, clock: Clock) -> Opened:
    """Writes a world of stories and counts it, then gives the browser of its agent, signed in."""

    def open_after(told: Told) -> FlaskClient:
        with database.writing() as session:
            world = World(session, clock())
            told(world)
            count(session, clock())
            ends_at = clock() + signing_in.SESSION_LENGTH
            world.add(
                AgentSession(
                    agent_id=world.agent.id, token_hash=fingerprint(TOKEN), created_at=clock(), expires_at=ends_at
                )
            )
        client = flask_app.test_client()
        with client.session_transaction() as cookie:
            cookie["token"] = TOKEN
        return client

    return open_after


def words(client: FlaskClient, address: str = PAGE) -> str:
    """What the page says, without its markup."""
    answer = client.get(address)
    assert answer.status_code == 200
    main = answer.text.split("<main", 1)[1].split("</main>")[0]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", main)).replace("\xa0", " ").split()).replace(" ,", ",")


def rows(client: FlaskClient, address: str = FILE) -> list[dict[str, str]]:
    answer = client.get(address)
    assert answer.status_code == 200
    assert answer.data.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(StringIO(answer.data.decode("utf-8-sig")), delimiter=";"))


def of_modes(
    client: FlaskClient, address: str = "/agents/resultats/facons.csv"
) -> dict[tuple[str, str], dict[str, str]]:
    return {(row["Ligne"], row["Mesure"]): row for row in rows(client, address)}


def drawings(client: FlaskClient, address: str = PAGE) -> dict[str, ElementTree.Element]:
    """The pictures of a page, by the identity of their title: what a browser parses, and no inline style in it."""
    found = {}
    for drawing in re.findall(r"<svg.*?</svg>", client.get(address).text, re.DOTALL):
        assert "style=" not in drawing  # the content policy refuses inline style
        svg = ElementTree.fromstring(drawing.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1))
        title, description = svg.find(f"{SVG}title"), svg.find(f"{SVG}desc")
        assert title is not None
        assert description is not None
        assert svg.get("role") == "img"
        assert svg.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"
        found[str(title.get("id")).removeprefix("titre-")] = svg
    return found


def told_by(svg: ElementTree.Element) -> str:
    """Title and description: what a screen reader says of a picture."""
    parts = (svg.find(f"{SVG}title"), svg.find(f"{SVG}desc"))
    return " ".join(" ".join((part.text or "").split()) for part in parts if part is not None)
