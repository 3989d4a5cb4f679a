"""The preview of a batch of invitations says what leaves, what it costs, and what one person will read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.settings import Settings
from invitations.models import Beneficiary, FollowUp, Message, Organisation, OwnText, Role
from notifications.senders import Senders
from tests.app.town import Town, words_of
from tests.applications import Applications
from tests.conftest import Clock
from tests.fakes import RememberingEmail, RememberingSms

PREVIEW = "/agents/personnes/inviter"


@pytest.fixture
def priced(
    applications: Applications, settings: Settings, clock: Clock, sms: RememberingSms, email: RememberingEmail
) -> Iterator[Flask]:
    """The application of somebody who has said what texts cost."""
    set_up = replace(settings, sms_price_cents=Decimal("4.9"))
    with applications.lend(set_up, clock=clock, senders=Senders(sms=sms, email=email)) as lent:
        lent.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
        yield lent


def selection(town: Town, *people: dict[str, Any]) -> list[tuple[str, str]]:
    """What the list of people posts to invite these by text and email."""
    with town.changing() as world:
        made = [world.make_follow_up(world.make_beneficiary(**one)) for one in people]
    ticked = [("personne", str(one.beneficiary_id)) for one in made]
    return [*ticked, ("canal", "sms"), ("canal", "email")]


def preview(client: FlaskClient, posted: list[tuple[str, str]]) -> str:
    answer = client.post(PREVIEW, data=dict_of(posted))
    assert answer.status_code == 200
    return words_of(answer.text).replace("\N{NO-BREAK SPACE}", " ")


def dict_of(posted: list[tuple[str, str]]) -> dict[str, list[str]]:
    return {name: [value for key, value in posted if key == name] for name, _ in posted}


def test_it_says_who_gets_what_in_which_language_and_what_it_costs(town: Town, priced: Flask) -> None:
    posted = selection(town, {"first_name": "Ana"}, {"language": "ar"}, {"phone": None})
    page = preview(town.browser(priced), posted)
    assert "SMS 2 personnes (1 en français, 1 en arabe), 3 segments en tout" in page
    assert "Courriel 3 personnes (2 en français, 1 en arabe)" in page
    assert "Coût environ 0,15 €" in page
    assert "Chaque segment est facturé comme un SMS." in page


def test_without_a_price_it_names_none(town: Town, flask_app: Flask) -> None:
    page = preview(town.browser(flask_app), selection(town, {}))
    assert "1 segment en tout" in page
    assert "Coût" not in page
    assert "€" not in page


def test_it_shows_the_message_of_whom_one_chooses(town: Town, priced: Flask) -> None:
    posted = selection(town, {"first_name": "Ana"}, {"first_name": "Zoé"})
    client = town.browser(priced)
    first = preview(client, posted)
    assert "Ce que lira Ana" in first
    assert "Bonjour Ana" in first
    (zoe,) = town.rows(select(Beneficiary).where(Beneficiary.first_name == "Zoé"))
    page = preview(client, [*posted, ("lire", str(zoe.id))])
    assert "Ce que lira Zoé" in page
    assert "SMS, 1 segment, 4,9 centimes" in page
    assert "/i/AbCdEfGh234" in page


def test_who_is_not_of_the_selection_is_not_read(town: Town, priced: Flask) -> None:
    posted = selection(town, {"first_name": "Ana"})
    with town.changing() as world:
        elsewhere = world.make_organisation()
        other = world.make_beneficiary(first_name="Secret", organisation=elsewhere)
    assert "Secret" not in preview(town.browser(priced), [*posted, ("lire", str(other.id))])


def test_looking_writes_nothing(town: Town, priced: Flask) -> None:
    preview(town.browser(priced), selection(town, {}, {}))
    with town.changing() as world:
        assert world.session.scalar(select(func.count(Message.id))) == 0
        assert {one.status.value for one in world.session.scalars(select(FollowUp))} == {"not_invited"}


def test_nobody_to_invite_leaves_nothing_to_count(town: Town, priced: Flask) -> None:
    page = preview(town.browser(priced), selection(town, {"phone": None, "email": None}))
    assert "Ce qui part" not in page


@pytest.mark.parametrize("sender", ["+33937000001", "DROME"])
def test_an_own_text_is_counted_with_the_reply_that_it_offers(town: Town, priced: Flask, sender: str) -> None:
    with town.changing() as world:
        world.session.get_one(Organisation, world.organisation.id).sms_sender = sender
        admin = world.make_agent(role=Role.ADMIN)
    path = f"/agents/reglages/messages/{town.world.settings.id}/invitation/sms/fr"
    body = "{{ department }} : {{ link }} avant le {{ deadline }}. {{ phone }}"
    page = words_of(town.browser(priced, admin).post(f"{path}/apercu", data={"body": body}).text).replace(
        "\N{NO-BREAK SPACE}", " "
    )
    assert ("répondez SMS" in page) is (sender != "DROME")
    assert "4,9 centimes par personne" in page
    with town.changing() as world:
        assert world.session.scalar(select(func.count(OwnText.id))) == 0
