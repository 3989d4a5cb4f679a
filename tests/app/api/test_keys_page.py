"""Réglages, clés: made and shown once, replaced, revoked; by administrators, each for their own."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from invitations.codes import fingerprint
from invitations.models import Agent, AuditEvent, KeyScope, OrganisationKind, Role, ServiceKey
from tests.app.api.conftest import ON_SQLITE, make_key
from tests.app.town import Town, words_of

HERE = "/agents/reglages/cles"
TOKEN = re.compile(r"<code>(rdv_[\w-]{43})</code>")


@pytest.fixture
def admin(town: Town) -> Agent:
    with town.changing() as world:
        return world.make_agent(role=Role.ADMIN, first_name="Alice", last_name="Durand")


@pytest.fixture
def browser(town: Town, flask_app: Flask, admin: Agent) -> FlaskClient:
    return town.browser(flask_app, admin)


def keys_of(town: Town) -> list[ServiceKey]:
    return town.rows(select(ServiceKey).order_by(ServiceKey.id))


def test_a_key_is_made_and_shown_once(browser: FlaskClient, town: Town, flask_app: Flask) -> None:
    assert "Aucun autre logiciel n’a accès" in words_of(browser.get(HERE).text)
    made = browser.post(HERE, data={"name": " Solis  Drôme ", "scopes": ["users:read", "invitations:write"]})
    assert made.status_code == 200
    assert made.headers["Cache-Control"] == "no-store"
    [token] = TOKEN.findall(made.text)
    [key] = keys_of(town)
    assert (key.name, key.scopes) == ("Solis Drôme", ["users:read", "invitations:write"])
    assert key.organisation_id == town.world.organisation.id
    assert key.token_hash == fingerprint(token)
    page = browser.get(HERE).text
    assert token not in page
    for words in ("Solis Drôme", key.prefix, "Lire les personnes", "Inviter", "jamais", "Alice Durand"):
        assert words in words_of(page)
    call = flask_app.test_client().get(
        f"/api/v1/organisations/{town.world.organisation.id}/users", headers={"Authorization": f"Bearer {token}"}
    )
    assert call.status_code == 200
    assert "vers 10 h 00" in words_of(browser.get(HERE).text)


@ON_SQLITE
def test_a_key_is_replaced_and_the_page_says_until_when_the_former_one_is_good(
    browser: FlaskClient, town: Town
) -> None:
    key, token = make_key(town)
    shown = browser.post(f"{HERE}/{key.id}/remplacer")
    [new] = TOKEN.findall(shown.text)
    assert new != token
    assert "L’ancienne clé vaut encore jusqu’au mercredi 25 novembre" in words_of(shown.text)
    assert "remplacée l’ancienne vaut jusqu’au mercredi 25 novembre" in words_of(browser.get(HERE).text)


@ON_SQLITE
def test_a_key_is_revoked_and_what_happened_to_it_is_noted(browser: FlaskClient, town: Town, admin: Agent) -> None:
    browser.post(HERE, data={"name": "Solis", "scopes": ["users:read"]})
    [key] = keys_of(town)
    browser.post(f"{HERE}/{key.id}/remplacer")
    answer = browser.post(f"{HERE}/{key.id}/revoquer", follow_redirects=True)
    assert "n’ouvre plus rien" in words_of(answer.text)
    assert "Aucun autre logiciel n’a accès" in words_of(answer.text)
    assert browser.post(f"{HERE}/{key.id}/revoquer").status_code == 404
    noted = town.rows(select(AuditEvent).where(AuditEvent.agent_id == admin.id).order_by(AuditEvent.id))
    assert [one.action for one in noted] == ["service_key.created", "service_key.rotated", "service_key.revoked"]
    assert all(one.details["key_id"] == key.id for one in noted)


@ON_SQLITE
def test_what_is_missing_is_said_beside_it_and_what_was_typed_is_still_there(browser: FlaskClient, town: Town) -> None:
    answer = browser.post(HERE, data={"name": "Solis"})
    assert answer.status_code == 422
    assert "Choisissez au moins un droit." in words_of(answer.text)
    assert 'value="Solis"' in answer.text
    assert browser.post(HERE, data={"name": " ", "scopes": ["users:read"]}).status_code == 422
    assert browser.post(HERE, data={"name": "Solis", "scopes": ["all"]}).status_code == 422
    assert not keys_of(town)


@ON_SQLITE
def test_a_key_of_the_departement_is_offered_to_its_own_organisations_alone(
    browser: FlaskClient, town: Town, flask_app: Flask
) -> None:
    assert "Pour toutes les structures du département" in browser.get(HERE).text
    browser.post(HERE, data={"name": "Solis", "scopes": ["users:read"], "of_department": "y"})
    assert [one.organisation_id for one in keys_of(town)] == [None]
    assert "tout le département" in words_of(browser.get(HERE).text)
    with town.changing() as world:
        siae = world.make_organisation(kind=OrganisationKind.SIAE)
        stranger = world.make_agent(organisation=siae, role=Role.ADMIN)
    theirs = town.browser(flask_app, stranger)
    page = theirs.get(HERE).text
    assert "Pour toutes les structures du département" not in page
    assert "Solis" not in words_of(page).split("Créer une clé")[0].replace("Solis, le vôtre", "")
    theirs.post(HERE, data={"name": "Autre", "scopes": ["users:read"], "of_department": "y"})
    assert keys_of(town)[-1].organisation_id == siae.id


@ON_SQLITE
def test_every_scope_has_its_words(browser: FlaskClient) -> None:
    page = browser.get(HERE).text
    assert all(f'value="{scope.value}"' in page for scope in KeyScope)
