"""Réglages, textes des messages: what an administrator words, tries, is refused, takes back, and what nobody else sees."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app import night_acts
from app.agents import own_texts_words
from app.labels import LABELS
from app.runtime import Runtime
from invitations import own_texts
from invitations.models import (
    Agent,
    AuditEvent,
    CategoryKind,
    CategorySettings,
    Letter,
    LetterBatch,
    Message,
    MessageKind,
    MessageState,
    OwnText,
    ReceiptEvent,
    Role,
)
from invitations.own_texts_grammar import EVERY_NAME, Problem, Trouble
from tests.app.team import owe, queries_of
from tests.app.town import Town, words_of
from tests.conftest import NOW

GOOD = "{{ first_name }}, {{ department }}, pour {{ purpose }} avant le {{ deadline }} : {{ link }} {{ phone }}"
SHORTER = "{{ department }}. Avant le {{ deadline }} : {{ link }} {{ phone }}"
TEXT = f"{GOOD}\n===\n{SHORTER}"


@pytest.fixture
def admin(town: Town) -> Agent:
    with town.changing() as world:
        return world.make_agent(role=Role.ADMIN)


@pytest.fixture
def client(town: Town, flask_app: Flask, admin: Agent) -> FlaskClient:
    return town.browser(flask_app, admin)


@pytest.fixture
def path(town: Town) -> str:
    return f"/agents/reglages/messages/{town.world.settings.id}/invitation/sms/fr"


def problems(page: str) -> str:
    return words_of(page.partition('class="own-preview"')[2])


def test_the_list_tells_which_texts_are_the_service_s(town: Town, client: FlaskClient, path: str) -> None:
    page = client.get("/agents/reglages/messages").text
    assert page.count("Texte d’origine<span") == 2 * len(own_texts.MOMENTS)
    assert "Date fixée par le service" in page
    client.post(path, data={"body": TEXT})
    page = client.get("/agents/reglages/messages").text
    assert page.count("Votre texte<span") == 1
    assert page.count("Texte d’origine<span") == 2 * len(own_texts.MOMENTS) - 1


def test_a_text_is_kept_and_leaves_with_the_next_invitation(town: Town, client: FlaskClient, path: str) -> None:
    answer = client.post(path, data={"body": TEXT.replace("\n", "\r\n")})
    assert (answer.status_code, answer.location) == (303, "/agents/reglages/messages")
    town.invite(first_name="Zoé")
    bodies = [one.body for one in town.rows(select(Message)) if one.channel == "sms"]
    assert bodies[0].startswith("Zoé, Département de la Drome, pour faire le point")
    page = client.get(path).text
    assert "Votre texte est en place." in page
    assert "Mme Roche, en place" in page


def test_the_page_begins_with_the_words_of_the_house(client: FlaskClient, path: str) -> None:
    page = client.get(path)
    assert page.status_code == 200
    assert "Bonjour {{ first_name }}, le {{ department }} vous propose" in page.text
    assert "Le texte d’origine est en place." in page.text
    assert "ne peut pas encore être enregistré" not in page.text


@pytest.mark.parametrize("channel", ["sms", "courriel"])
@pytest.mark.parametrize("slug", [one.slug for one in own_texts_words.MOMENTS])
def test_every_moment_opens_and_its_original_may_be_kept(
    town: Town, client: FlaskClient, slug: str, channel: str
) -> None:
    page = client.get(f"/agents/reglages/messages/{town.world.settings.id}/{slug}/{channel}/fr")
    assert page.status_code == 200
    assert "ne peut pas encore être enregistré" not in page.text


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("{{ nom }}", "« nom » n’existe pas."),
        ("{% for a in range(9) %}a{% endfor %}", "sans boucle, calcul ni filtre"),
        ("{% if deadline %}", "Une balise est mal écrite, ligne 1."),
        (GOOD.replace("{{ link }}", ""), "Il manque le lien pour choisir ou changer : {{ link }}."),
        (GOOD.replace("{{ phone }}", ""), "Il manque le téléphone qui répond : {{ phone }}."),
        (GOOD.replace("{{ deadline }}", ""), "Il manque la date limite : {{ deadline }}."),
        (GOOD.replace("{{ department }}", ""), "Il manque qui écrit : {{ department }} ou {{ organisation }}."),
        (f"{GOOD} sous peine de sanction", "« sous peine, sanction »"),
        (f"{GOOD} avec tous les mots qu’il faut pour passer", "ce SMS prend 2 segments, 1 au plus"),
        (f"{GOOD} 😀", "Ces signes ne passent pas dans un SMS : 😀"),
        ("", "Écrivez le message."),
    ],
)
def test_what_is_refused_is_told_beside_the_field_and_stays_there(
    town: Town, client: FlaskClient, path: str, typed: str, sentence: str
) -> None:
    answer = client.post(path, data={"body": typed})
    assert answer.status_code == 422
    assert answer.text.count('id="body-erreur"') == 1
    said = words_of(answer.text).replace("\N{NO-BREAK SPACE}", " ")
    assert said.count(sentence.replace("\N{NO-BREAK SPACE}", " ")) >= 2  # in the summary and beside the field
    assert typed[:30] in answer.text
    assert town.rows(select(OwnText)) == []


def test_a_preview_changes_nothing_and_counts(town: Town, client: FlaskClient, path: str) -> None:
    page = client.post(f"{path}/apercu", data={"body": TEXT}).text
    said = problems(page)
    assert "Inès, Département de la Drome, pour faire le point" in said
    assert "Marie-Antoinette" in said
    assert "1\N{NO-BREAK SPACE}segment" in page
    assert "simple (GSM-7)" in page
    assert "Formulation 1 sur 2" in page
    assert "<b>ô</b>" not in page
    assert town.rows(select(OwnText)) == []
    assert town.rows(select(AuditEvent).where(AuditEvent.action.like("own%"))) == []


def test_a_preview_tells_what_a_text_message_writes_otherwise(client: FlaskClient, path: str) -> None:
    page = client.post(f"{path}/apercu", data={"body": f"{TEXT} ça"}).text
    assert "<b>ç</b>&nbsp;→&nbsp;<b>c</b>" in page


def test_a_preview_is_for_a_person_of_one_s_own(town: Town, client: FlaskClient, path: str) -> None:
    town.invite(first_name="Zoé", search_key="zoe unique", last_name="Unique")
    town.person(first_name="Ana", search_key="ana unique", last_name="Unique")
    both = client.post(f"{path}/apercu", data={"body": TEXT, "whom": "unique"}).text
    assert "Zoé Unique" in both
    assert "Avec un exemple" in both
    zoe = next(one for one in both.split('name="person" value="')[1:] if "Zoé" in one).split('"')[0]
    chosen = client.post(f"{path}/apercu", data={"body": TEXT, "whom": "unique", "person": zoe}).text
    assert "<h3>Pour Zoé</h3>" in chosen
    assert "Zoé, Département" in chosen
    ana = client.post(f"{path}/apercu", data={"body": TEXT, "whom": "ana"}).text
    assert "<h3>Pour Ana, le reste est un exemple</h3>" in ana


def test_nobody_of_another_team_can_be_tried(town: Town, client: FlaskClient, path: str) -> None:
    with town.changing() as world:
        there = world.make_organisation()
        stranger = world.make_beneficiary(organisation=there, first_name="Secrète", search_key="secrete")
    page = client.post(f"{path}/apercu", data={"body": TEXT, "whom": "secrete", "person": str(stranger.id)}).text
    assert "Secrète" not in page
    assert "Personne de votre structure ne porte ce nom." in page


def test_an_email_is_shown_as_it_arrives_and_as_plain_text(town: Town, client: FlaskClient) -> None:
    path = f"/agents/reglages/messages/{town.world.settings.id}/confirmation/courriel/fr"
    page = client.get(path).text
    assert '<span class="own-button">Voir, déplacer ou annuler ce rendez-vous</span>' in page
    assert "Sans mise en forme" in page
    body = "<script>alert(1)</script> {{ first_name }}"
    page = client.post(f"{path}/apercu", data={"subject": "<b>Objet", "body": body}).text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page
    assert "<b>Objet" not in page


def test_one_click_brings_the_original_back_and_versions_can_be_taken_up(
    town: Town, client: FlaskClient, path: str
) -> None:
    client.post(path, data={"body": TEXT})
    answer = client.post(f"{path}/origine")
    assert answer.status_code == 303
    page = client.get(path).text
    assert "retour au texte d’origine" in page
    assert "Le texte d’origine est en place." in page
    [first, _] = town.rows(select(OwnText).order_by(OwnText.id))
    again = client.get(f"{path}?version={first.id}").text
    assert "{{ first_name }}, {{ department }}, pour {{ purpose }}" in again


def test_what_a_release_broke_is_told_on_the_list(town: Town, client: FlaskClient) -> None:
    with town.changing() as world:
        world.add(
            OwnText(
                organisation_id=world.organisation.id, category_id=world.category.id, kind=MessageKind.INVITATION,
                channel="sms", body="{{ gone }}", agent_id=world.agent.id, created_at=world.now,
            )
        )  # fmt: skip
    page = words_of(client.get("/agents/reglages/messages").text)
    assert "ne part plus" in page
    assert "Le texte d’origine part à sa place." in page


def test_sanctions_are_allowed_by_a_named_act_and_never_in_orientation(town: Town, client: FlaskClient) -> None:
    with town.changing() as world:
        other = world.make_category(code="suivi", name="Suivi RSA", kind=CategoryKind.ACCOMPANIMENT)
        settings = world.make_settings(category_id=other.id)
    path = f"/agents/reglages/messages/{settings.id}"
    threat = {"body": f"{TEXT} sanction"}
    assert client.post(f"{path}/invitation/sms/fr", data=threat).status_code == 422
    assert client.post(f"{path}/sanctions", data={"autoriser": "oui"}).status_code == 303
    assert town.rows(select(CategorySettings).where(CategorySettings.id == settings.id))[0].may_warn
    assert client.post(f"{path}/invitation/sms/fr", data=threat).status_code == 303
    noted = town.rows(select(AuditEvent).where(AuditEvent.action == "category.warnings_allowed"))
    assert [one.agent_id is not None for one in noted] == [True]
    client.post(f"{path}/sanctions", data={"autoriser": "non"})
    assert "Votre texte<span" not in client.get("/agents/reglages/messages").text
    orientation = f"/agents/reglages/messages/{town.world.settings.id}/sanctions"
    assert client.post(orientation, data={"autoriser": "oui"}).status_code == 422
    assert "Cette règle ne se change pas." in client.get("/agents/reglages/messages").text


def test_others_texts_can_be_neither_read_nor_changed(town: Town, flask_app: Flask, path: str) -> None:
    with town.changing() as world:
        there = world.make_organisation()
        elsewhere = world.make_agent(organisation=there, role=Role.ADMIN)
    stranger, basic = town.browser(flask_app, elsewhere), town.browser(flask_app)
    sanctions = f"/agents/reglages/messages/{town.world.settings.id}/sanctions"
    for method, address in (
        ("GET", path), ("POST", path), ("POST", f"{path}/apercu"), ("POST", f"{path}/origine"), ("POST", sanctions),
    ):  # fmt: skip
        assert stranger.open(address, method=method, data={"body": TEXT}).status_code == 404
        assert basic.open(address, method=method, data={"body": TEXT}).status_code == 403
    assert town.rows(select(OwnText)) == []


@pytest.mark.parametrize("wrong", ["invitation/sms/xx", "nimporte/sms/fr", "invitation/courrier/fr"])
def test_an_address_that_names_no_message_leads_nowhere(town: Town, client: FlaskClient, wrong: str) -> None:
    assert client.get(f"/agents/reglages/messages/{town.world.settings.id}/{wrong}").status_code == 404


def test_as_many_queries_however_many_texts(town: Town, client: FlaskClient, flask_app: Flask, path: str) -> None:
    client.post(path, data={"body": TEXT})
    few = queries_of(flask_app, lambda: client.get("/agents/reglages/messages"))
    for language in ("en", "es", "pt"):
        body = "{{ department }} {{ deadline }} {{ link }} {{ phone }}"
        assert client.post(path.replace("/fr", f"/{language}"), data={"body": body}).status_code == 303
    assert queries_of(flask_app, lambda: client.get("/agents/reglages/messages")) == few


def test_every_name_has_its_meaning_and_every_trouble_its_sentence() -> None:
    assert set(own_texts_words.MEANINGS) == EVERY_NAME
    for trouble in Trouble:
        assert own_texts_words.sentence(Problem(trouble, "body", "12" if trouble != Trouble.MISSING else "link", 1))
    assert {(one.kind, one.mode) for one in own_texts_words.MOMENTS} == set(own_texts.MOMENTS)
    assert len({one.slug for one in own_texts_words.MOMENTS}) == len(own_texts_words.MOMENTS)
    assert set(own_texts.KINDS) <= set(LABELS[MessageKind])


# What was said to whom


def test_a_person_s_page_tells_each_message_with_its_words_times_and_receipts(
    town: Town, client: FlaskClient, path: str
) -> None:
    client.post(path, data={"body": TEXT})
    town.invite(first_name="Zoé")
    with town.changing() as world:
        message = world.session.scalars(select(Message).where(Message.channel == "sms")).one()
        message.sent_at, message.state = NOW, MessageState.DELIVERED
        for status, minutes in (("sent", 1), ("delivered", 2)):
            world.add(ReceiptEvent(message_id=message.id, status=status, at=NOW + timedelta(minutes=minutes)))
        person = message.beneficiary_id
    page = words_of(client.get(f"/agents/personnes/{person}").text).replace("\N{NO-BREAK SPACE}", " ")
    assert "dans les mots de la structure, version du mardi 24 novembre à 10 h 00" in page
    assert "avec le texte d’origine" in page  # the email
    assert "Parti le mardi 24 novembre à 10 h 00" in page
    assert "Remis à l’opérateur le mardi 24 novembre à 10 h 01" in page
    assert "Arrivé le mardi 24 novembre à 10 h 02" in page


def test_a_batch_of_forgotten_letters_opens_and_has_nothing_to_print(town: Town, client: FlaskClient) -> None:
    with town.changing() as world:
        message = owe(world, channel="letter", address="", state=MessageState.SENT, forgotten_at=NOW)
        batch = world.add(
            LetterBatch(
                organisation_id=world.organisation.id, agent_id=world.agent.id, posted_on=NOW.date(), created_at=NOW
            )
        )
        letter = world.add(
            Letter(message_id=message.id, batch_id=batch.id, code_hash="x" * 64, layout=1, facts={}, created_at=NOW)
        )
    assert client.get(f"/agents/courriers/lots/{batch.id}").status_code == 200
    for gone in (f"lots/{batch.id}.pdf", f"{letter.id}.pdf", f"messages/{message.id}.pdf"):
        assert client.get(f"/agents/courriers/{gone}").status_code == 404


def test_the_nightly_job_forgets_what_was_said_and_the_page_says_so(
    town: Town, client: FlaskClient, flask_app: Flask
) -> None:
    town.invite(first_name="Zoé")
    with town.changing() as world:
        for message in world.session.scalars(select(Message)):
            message.created_at, message.state = NOW - timedelta(days=800), MessageState.DELIVERED
            person = message.beneficiary_id
    runtime: Runtime = flask_app.extensions["rdv"]
    assert night_acts.forget(runtime) == 2
    assert night_acts.forget(runtime) == 0
    assert all("Zoé" not in one.body for one in town.rows(select(Message)))
    page = client.get(f"/agents/personnes/{person}").text
    assert "Texte et adresse effacés le" in page
    assert town.rows(select(Message))[0].body not in page
