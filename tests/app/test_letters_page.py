"""Courriers: one button prints what waits, a PDF as often as wanted, and letters that come back."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader

from invitations import inviting, letters_codes
from invitations.codes import Codes
from invitations.database import Database
from invitations.models import (
    Beneficiary,
    Channel,
    FollowUp,
    Letter,
    LetterBatch,
    Message,
    MessageKind,
    MessageState,
    Organisation,
    Role,
)
from tests.app.team import Team, queries_of
from tests.app.town import words_of
from tests.conftest import Clock
from tests.factories import World

TODAY = "2026-11-24"
BY_POST = {"phone": None, "email": None, "address": "12 rue des Alpes", "postcode": "26000", "city": "Valence"}


@pytest.fixture
def team(database: Database, clock: Clock) -> Team:
    made = Team(database, clock())
    with made.changing() as world:
        world.session.merge(world.settings).channels = ["sms", "email", "letter"]
    return made


@pytest.fixture
def client(team: Team, flask_app: Flask) -> FlaskClient:
    return team.browser(flask_app)


def invite_by_post(world: World, codes: Codes, **changes: object) -> FollowUp:
    follow_up = world.make_follow_up(world.make_beneficiary(**{**BY_POST, **changes}))
    inviting.invite(
        world.session,
        follow_up,
        organisation_id=world.organisation.id,
        channels=[Channel.LETTER],
        agent_id=world.agent.id,
        codes=codes,
        now=world.now,
    )
    return follow_up


def print_all(client: FlaskClient, **changes: str) -> str:
    """The address of the batch that was made."""
    answer = client.post("/agents/courriers", data={"depot": TODAY, **changes})
    assert answer.status_code == 303
    return str(answer.location)


def test_an_empty_queue_says_what_will_be_there(client: FlaskClient) -> None:
    page = words_of(client.get("/agents/courriers").text)
    assert "Aucun courrier à imprimer" in page
    assert "ni SMS ni courriel n’atteignent" in page


def test_the_queue_says_who_waits_since_when_and_until_when(team: Team, client: FlaskClient, codes: Codes) -> None:
    with team.changing() as world:
        invite_by_post(world, codes, last_name="Bernard")
    page = words_of(client.get("/agents/courriers").text)
    assert "1 courrier à imprimer" in page
    assert "Inès Bernard Invitation mardi 24 novembre mercredi 2 décembre" in page
    assert "Imprimer 1 courrier" in page
    assert "1 courrier à imprimer" in words_of(client.get("/agents/").text)


def test_one_button_prints_and_the_pdf_comes_as_often_as_wanted(team: Team, client: FlaskClient, codes: Codes) -> None:
    with team.changing() as world:
        for _ in range(3):
            invite_by_post(world, codes)
    where = print_all(client)
    assert "3 courriers imprimés" in words_of(client.get(where).text)
    first, second = (client.get(f"{where}.pdf") for _ in range(2))
    assert first.mimetype == "application/pdf"
    assert first.data == second.data
    pages = PdfReader(BytesIO(first.data)).pages
    assert [bool(page.extract_text().strip()) for page in pages[:5]] == [True, False, True, False, True]
    alone = PdfReader(BytesIO(client.get(f"{where}.pdf?recto=seul").data)).pages
    assert len(alone) == 3
    assert "Aucun courrier à imprimer" in words_of(client.get("/agents/courriers").text)


def test_printing_nothing_says_so(client: FlaskClient) -> None:
    answer = client.post("/agents/courriers", data={"depot": TODAY}, follow_redirects=True)
    assert "Aucun courrier n’attend plus" in words_of(answer.text)


@pytest.mark.parametrize("day", ["", "demain", "2026-13-01"])
def test_a_day_that_is_none_is_told_beside_the_field(team: Team, client: FlaskClient, codes: Codes, day: str) -> None:
    with team.changing() as world:
        invite_by_post(world, codes)
    answer = client.post("/agents/courriers", data={"depot": day})
    assert answer.status_code == 422
    assert "Écrivez la date du dépôt" in answer.text
    assert f'value="{day}"' in answer.text


def test_a_day_far_away_is_refused(team: Team, client: FlaskClient, codes: Codes) -> None:
    with team.changing() as world:
        invite_by_post(world, codes)
    answer = client.post("/agents/courriers", data={"depot": "2027-11-24"}, follow_redirects=True)
    assert "date de dépôt n’est pas possible" in words_of(answer.text)
    assert "1 courrier à imprimer" in words_of(answer.text)


def test_the_posting_day_is_corrected(team: Team, client: FlaskClient, codes: Codes) -> None:
    with team.changing() as world:
        invite_by_post(world, codes)
    where = print_all(client)
    answer = client.post(f"{where}/depot", data={"depot": "2026-11-25"}, follow_redirects=True)
    assert "Dépôt à la poste noté : mercredi 25 novembre 2026" in words_of(answer.text)
    with team.database.reading() as session:
        assert session.query(LetterBatch).one().posted_on.isoformat() == "2026-11-25"
        sent_at = session.query(Message).filter_by(channel=Channel.LETTER).one().sent_at
        assert sent_at is not None
        assert sent_at.date().isoformat() == "2026-11-25"


def test_a_get_prints_nothing(team: Team, client: FlaskClient, codes: Codes) -> None:
    with team.changing() as world:
        invite_by_post(world, codes)
    client.get("/agents/courriers")
    with team.database.reading() as session:
        assert session.query(Letter).count() == 0
        assert session.query(Message).filter_by(channel=Channel.LETTER).one().state is MessageState.PENDING


def test_a_letter_came_back(team: Team, client: FlaskClient, codes: Codes) -> None:
    with team.changing() as world:
        person = invite_by_post(world, codes, last_name="Bernard").beneficiary_id
    print_all(client)
    with team.database.reading() as session:
        letter = session.query(Letter).one()
        code = letters_codes.parted(letters_codes.printed(letter, codes) or "")
        session.expunge(letter)
    found = client.get("/agents/courriers/retours", query_string={"q": code.lower()})
    assert "Inès Bernard, invitation déposée le mardi 24 novembre 2026" in words_of(found.text)
    answer = client.post(f"/agents/courriers/{letter.id}/retour", data={"raison": "unknown"}, follow_redirects=True)
    assert "Inconnu à cette adresse : c’est noté." in words_of(answer.text)
    page = words_of(client.get(f"/agents/personnes/{person}").text)
    assert "Courrier revenu" in page
    assert "Non remis" in page
    client.post(f"/agents/courriers/{letter.id}/retour/annuler")
    assert "Courrier revenu" not in words_of(client.get(f"/agents/personnes/{person}").text)


def test_nothing_found_is_told(client: FlaskClient) -> None:
    page = words_of(client.get("/agents/courriers/retours?q=personne").text)
    assert "Aucun courrier ne va avec « personne »." in page


def test_the_persons_page_shows_the_letter_again(team: Team, client: FlaskClient, codes: Codes) -> None:
    with team.changing() as world:
        person = invite_by_post(world, codes).beneficiary_id
    assert "Il attend d’être imprimé" in words_of(client.get(f"/agents/personnes/{person}").text)
    print_all(client)
    with team.database.reading() as session:
        letter = session.query(Letter).one()
        session.expunge(letter)
    page = client.get(f"/agents/personnes/{person}").text
    assert f"/agents/courriers/messages/{letter.message_id}.pdf" in page
    again = client.get(f"/agents/courriers/messages/{letter.message_id}.pdf")
    assert "Choisissez votre rendez-vous" in PdfReader(BytesIO(again.data)).pages[0].extract_text()


def test_the_page_asks_as_often_for_many_letters_as_for_one(
    team: Team, client: FlaskClient, flask_app: Flask, codes: Codes
) -> None:
    with team.changing() as world:
        invite_by_post(world, codes)
    few = queries_of(flask_app, lambda: client.get("/agents/courriers"))
    with team.changing() as world:
        for _ in range(9):
            invite_by_post(world, codes)
    assert queries_of(flask_app, lambda: client.get("/agents/courriers")) == few
    where = print_all(client)
    many = queries_of(flask_app, lambda: client.get(f"{where}.pdf"))
    assert many <= 8


# Who gets one


def preview_of(client: FlaskClient, people: list[Beneficiary], *channels: str) -> str:
    form = {"personne": [one.id for one in people], "canal": list(channels)}
    return words_of(client.post("/agents/personnes/inviter", data=form).text)


def test_a_letter_goes_to_whom_nothing_else_reaches(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        reached = world.make_beneficiary(last_name="Joignable", address="1 rue", postcode="26000", city="Valence")
        by_post = world.make_beneficiary(**{**BY_POST, "last_name": "Papier"})
        for one in (reached, by_post):
            world.make_follow_up(one)
    page = preview_of(client, [reached, by_post], "sms", "email", "letter")
    assert "par SMS, courriel et courrier" in page
    assert "Joignable Inès 06 39 98" in page
    assert "inutile" in page
    assert "12 rue des Alpes, 26000 Valence" in page
    assert "1 courrier attendra dans Courriers d’être imprimé" in page
    form = {"personne": [reached.id, by_post.id], "canal": ["sms", "email", "letter"]}
    answer = client.post("/agents/personnes/inviter/envoyer", data=form, follow_redirects=True)
    assert "2 invitations partent mardi 24 novembre à 10 h 10" in words_of(answer.text)
    assert "1 courrier sera à imprimer dans Courriers à partir de 10 h 10." in words_of(answer.text)
    with team.database.reading() as session:
        said = session.query(Message.beneficiary_id, Message.channel).all()
    assert sorted((one.beneficiary_id, one.channel.value) for one in said) == sorted(
        [(reached.id, "sms"), (reached.id, "email"), (by_post.id, "letter")]
    )


def test_without_the_setting_no_letter_is_offered_or_taken(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        world.session.merge(world.settings).channels = ["sms", "email"]
        follow_up = world.make_follow_up(world.make_beneficiary(**BY_POST))
    assert 'value="letter"' not in client.get("/agents/personnes?choisir=page").text
    assert 'value="letter"' not in client.get(f"/agents/personnes/{follow_up.beneficiary_id}").text
    path = f"/agents/personnes/{follow_up.beneficiary_id}/suivis/{follow_up.id}/inviter"
    answer = client.post(path, data={"canal": "letter"})
    assert answer.status_code == 409
    assert "Choisissez au moins un moyen" in answer.text


def test_a_person_with_an_address_alone_is_invited_from_their_page(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        follow_up = world.make_follow_up(world.make_beneficiary(**BY_POST))
    page = client.get(f"/agents/personnes/{follow_up.beneficiary_id}").text
    assert 'value="letter" checked' in page
    path = f"/agents/personnes/{follow_up.beneficiary_id}/suivis/{follow_up.id}/inviter"
    answer = client.post(path, data={"canal": "letter"}, follow_redirects=True)
    assert "Le courrier attend d’être imprimé." in words_of(answer.text)


@pytest.mark.parametrize(("way", "kind"), [("fixer", MessageKind.CONVOCATION), ("proposer", MessageKind.PROPOSITION)])
def test_a_date_is_told_on_paper(team: Team, client: FlaskClient, way: str, kind: MessageKind) -> None:
    with team.changing() as world:
        follow_up = world.make_follow_up(world.make_beneficiary(**BY_POST))
    path = f"/agents/personnes/{follow_up.beneficiary_id}/suivis/{follow_up.id}/{way}"
    token = f"20261210T0800-{team.world.place.id}-{team.world.type.id}"
    answer = client.post(path, data={"creneau": token}, follow_redirects=True)
    assert "Le courrier attend d’être imprimé." in words_of(answer.text)
    with team.database.reading() as session:
        message = session.query(Message).one()
        assert (message.kind, message.channel, message.state) == (kind, Channel.LETTER, MessageState.PENDING)
    print_all(client)


@pytest.mark.parametrize("way", ["fixer", "proposer"])
def test_a_date_too_near_for_the_post_is_refused(team: Team, client: FlaskClient, way: str) -> None:
    with team.changing() as world:
        follow_up = world.make_follow_up(world.make_beneficiary(**BY_POST))
    path = f"/agents/personnes/{follow_up.beneficiary_id}/suivis/{follow_up.id}/{way}"
    token = f"20261127T0800-{team.world.place.id}-{team.world.type.id}"
    answer = client.post(path, data={"creneau": token})
    assert answer.status_code == 409
    assert "trop peu pour un courrier" in words_of(answer.text)
    with team.database.reading() as session:
        assert session.query(Message).count() == 0


def test_the_service_cancels_by_letter_what_it_fixed_by_letter(team: Team, client: FlaskClient, clock: Clock) -> None:
    with team.changing() as world:
        follow_up = world.make_follow_up(world.make_beneficiary(**BY_POST))
    base = f"/agents/personnes/{follow_up.beneficiary_id}"
    token = f"20261215T0800-{team.world.place.id}-{team.world.type.id}"
    client.post(f"{base}/suivis/{follow_up.id}/fixer", data={"creneau": token})
    print_all(client)
    clock.pass_by(timedelta(days=2))
    with team.database.reading() as session:
        participation = session.query(Message).one().participation_id
    client.post(f"{base}/rendez-vous/{participation}/annuler")
    assert "Annulation par le service" in words_of(client.get("/agents/courriers").text)
    text = PdfReader(BytesIO(client.get(f"{print_all(client, depot='2026-11-26')}.pdf").data)).pages[0].extract_text()
    assert "Nous devons annuler votre rendez-vous" in text


def test_a_convocation_cancelled_before_it_was_printed_needs_no_letter(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        follow_up = world.make_follow_up(world.make_beneficiary(**BY_POST))
    base = f"/agents/personnes/{follow_up.beneficiary_id}"
    token = f"20261215T0800-{team.world.place.id}-{team.world.type.id}"
    client.post(f"{base}/suivis/{follow_up.id}/fixer", data={"creneau": token})
    with team.database.reading() as session:
        participation = session.query(Message).one().participation_id
    client.post(f"{base}/rendez-vous/{participation}/annuler")
    assert "Aucun courrier à imprimer" in words_of(client.get("/agents/courriers").text)


def test_letters_that_wait_for_days_are_no_trouble_of_the_queue(
    team: Team, client: FlaskClient, codes: Codes, clock: Clock
) -> None:
    with team.changing() as world:
        invite_by_post(world, codes)
    clock.pass_by(timedelta(days=2))
    assert "ne partent plus" not in client.get("/agents/messages").text
    print_all(client, depot="2026-11-26")
    clock.pass_by(timedelta(days=5))
    assert "sans accusé" not in client.get("/agents/messages?canal=courrier").text


def test_the_address_of_the_sender_is_a_setting(team: Team, flask_app: Flask) -> None:
    with team.changing() as world:
        admin = world.make_agent(role=Role.ADMIN)
    client = team.browser(flask_app, admin)
    form = {"phone": "04 75 00 00 00", "hours": "", "address": " 13 avenue Maurice Faure \r\n\r\n26000 Valence"}
    assert client.post("/agents/reglages/structure", data=form).status_code == 303
    with team.database.reading() as session:
        assert (
            session.get_one(Organisation, team.world.organisation.id).address
            == "13 avenue Maurice Faure\n26000 Valence"
        )
    assert "13 avenue Maurice Faure, 26000 Valence" in words_of(client.get("/agents/reglages").text)
