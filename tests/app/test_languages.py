"""The language of a page: asked for in the address, carried on, kept once the person acts."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from invitations.models import Beneficiary, Message
from notifications.languages import LANGUAGES, Language
from tests.app.town import Town, tokens_of

EVERY = pytest.mark.parametrize("language", LANGUAGES.values(), ids=lambda one: one.code)


@EVERY
def test_a_page_says_its_language_and_direction(town: Town, phone: FlaskClient, language: Language) -> None:
    page = phone.get(f"{town.invite()}?langue={language.code}").text
    assert f'<html lang="{language.html}" dir="{language.direction}"' in page


def test_every_language_is_one_tap_away(town: Town, phone: FlaskClient) -> None:
    path = town.invite()
    page = phone.get(path).text
    for language in LANGUAGES.values():
        assert f'href="{path}?langue={language.code}"' in page
        assert language.name in page


def test_the_language_of_the_phone_stands_beside_french(town: Town, phone: FlaskClient) -> None:
    page = phone.get(town.invite(), headers={"Accept-Language": "tr-TR,tr;q=0.9"}).text
    assert re.findall(r'hreflang="([\w-]+)"', page)[:2] == ["fr", "tr"]


def test_a_chosen_language_goes_with_every_link_of_the_page(town: Town, phone: FlaskClient) -> None:
    page = phone.get(f"{town.invite()}?langue=ar").text
    leads = re.findall(r'(?:href|action)="(/[ir]/[^"]+)"', page)
    assert leads
    plain = [address for address in leads if "langue=" not in address]
    # The step to the confirmation is a GET form: its language is a hidden field.
    assert all(address.endswith("/confirmer") for address in plain)
    assert 'name="langue" value="ar"' in page


def test_opening_a_page_in_a_language_changes_nothing(town: Town, phone: FlaskClient) -> None:
    path = town.invite()
    phone.get(f"{path}?langue=ar")
    assert language_kept(town) == "fr"
    assert 'lang="fr" dir="ltr"' in phone.get(path).text


def test_acting_keeps_the_language_for_pages_and_messages(town: Town, phone: FlaskClient) -> None:
    path = town.invite()
    answer = phone.post(f"{path}?langue=uk", data={"creneau": tokens_of(phone.get(path).text)[0]})
    assert answer.status_code == 303
    assert "langue=uk" in answer.headers["Location"]
    assert language_kept(town) == "uk"
    owed = town.rows(select(Message).where(Message.participation_id.is_not(None)))
    assert {one.language for one in owed} == {"uk"}
    assert '<html lang="uk"' in phone.get(answer.headers["Location"].split("?")[0]).text


def test_a_language_that_is_none_is_french(town: Town, phone: FlaskClient) -> None:
    path = town.invite()
    assert '<html lang="fr"' in phone.get(f"{path}?langue=xx").text
    phone.post(f"{path}?langue=xx", data={"creneau": tokens_of(phone.get(path).text)[0]})
    assert language_kept(town) == "fr"


def test_agents_pages_stay_french(phone: FlaskClient) -> None:
    assert '<html lang="fr"' in phone.get("/agents/connexion?langue=ar").text


def language_kept(town: Town) -> str:
    return town.rows(select(Beneficiary).order_by(Beneficiary.id.desc()))[0].language
