"""An invitation read in another language, or heard: from the link to what is noted, and when something goes wrong."""

from __future__ import annotations

import re
from base64 import b64encode
from datetime import UTC, datetime
from hashlib import sha256

from flask.testing import FlaskClient
from sqlalchemy import select

from invitations.models import Message, MessageKind
from tests.app.town import Town, tokens_of, words_of
from tests.browser import ROOT

WEDNESDAY_10_30 = datetime(2026, 11, 25, 9, 30, tzinfo=UTC)


def test_a_whole_journey_in_arabic(town: Town, phone: FlaskClient) -> None:
    """From the link to the page that says it is noted: the language is asked for once."""
    path = town.invite()
    page = phone.get(f"{path}?langue=ar").text
    assert '<html lang="ar" dir="rtl"' in page
    assert "الأربعاء 25 نوفمبر" in page  # Wednesday 25 November
    assert '<bdi lang="fr">Valence · Maison des solidarités</bdi>' in page
    assert 'dir="ltr" href="tel:+33475000000"' in page
    going_on = {"creneau": tokens_of(page)[0], "langue": "ar"}  # what the form sends
    assert 'name="langue" value="ar"' in page
    page = phone.get(f"{path}/confirmer", query_string=going_on).text
    assert '<html lang="ar"' in page
    assert f'action="{path}?langue=ar"' in page
    answer = phone.post(f"{path}?langue=ar", data={"creneau": going_on["creneau"]})
    again = phone.post(f"{path}?langue=ar", data={"creneau": going_on["creneau"]})
    assert (answer.status_code, again.location) == (303, answer.location)
    noted = answer.location.split("?")[0]
    for address in (answer.location, noted, path):
        assert '<html lang="ar" dir="rtl"' in phone.get(address, follow_redirects=True).text
    assert {one.language for one in town.rows(select(Message).where(Message.kind == MessageKind.BOOKED))} == {"ar"}


def test_what_goes_wrong_is_said_in_the_persons_language(town: Town, phone: FlaskClient) -> None:
    path, taken = town.invite(language="ar"), {"creneau": town.token(WEDNESDAY_10_30)}
    phone.post(town.invite(), data=taken)
    for answer, status in (
        (phone.get(f"{path}/confirmer"), 422),
        (phone.get(f"{path}/confirmer", query_string=taken), 409),
        (phone.post(path, data=taken), 409),
        (phone.post(path), 422),
    ):
        assert (answer.status_code, '<html lang="ar" dir="rtl"' in answer.text) == (status, True)
    with town.changing():
        town.invitation_of(path).expires_at = town.now
    for answer in (phone.get(path), phone.post(path, data=taken)):
        assert (answer.status_code, '<html lang="ar" dir="rtl"' in answer.text) == (410, True)


def test_the_essentials_can_be_heard_without_a_request_more(town: Town, phone: FlaskClient) -> None:
    answer = phone.get(town.invite())
    script = (ROOT / "app" / "static" / "listen.js").read_text()
    digest = b64encode(sha256(script.encode()).digest()).decode()
    assert f"<script>{script}</script>" in answer.text
    assert f"script-src 'self' 'sha256-{digest}';" in answer.headers["Content-Security-Policy"]
    assert len(script.encode()) <= 1024
    assert re.search(r'data-listen="Arrêter la lecture" hidden>Écouter cette page</button>', answer.text)
    read = words_of(" ".join(re.findall(r"<(?:p|h1) data-read>.*?</(?:p|h1)>", answer.text, re.DOTALL)))
    assert "Choisissez votre rendez-vous" in read
    assert "Pour faire le point ensemble sur votre situation." in read
    assert "À choisir avant le samedi 5 décembre." in read
