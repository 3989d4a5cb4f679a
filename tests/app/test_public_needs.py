"""An interpreter, a step-free access, sign language: ticked by the person, read by whoever receives them."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from invitations.models import AuditEvent, Beneficiary, CallbackRequest
from tests.app.team import queries_of
from tests.app.town import Town, words_of

THURSDAY_9_00 = datetime(2026, 11, 26, 8, 0, tzinfo=UTC)
BOTH_WAYS = pytest.mark.parametrize("way", ["i", "r"])


def page_of(town: Town, phone: FlaskClient, way: str) -> str:
    """The path of an invitation, or of an appointment."""
    path = town.invite()
    if way == "i":
        return path
    return str(phone.post(path, data={"creneau": town.token(THURSDAY_9_00)}).location)


def needs_of(town: Town) -> list[str]:
    return town.rows(select(Beneficiary).order_by(Beneficiary.id.desc()))[0].needs


def ticked(page: str) -> list[str]:
    boxes = re.findall(r"<input[^>]*type=\"checkbox\"[^>]*>", page)
    return [re.findall(r'value="(\w+)"', one)[0] for one in boxes if "checked" in one]


@BOTH_WAYS
def test_what_is_ticked_is_kept_shown_and_said_to_be_noted(town: Town, phone: FlaskClient, way: str) -> None:
    path = page_of(town, phone, way)
    assert f'href="{path}/besoins"' in phone.get(path).text
    assert ticked(phone.get(f"{path}/besoins").text) == []
    answer = phone.post(f"{path}/besoins", data={"needs": ["step_free", "interpreter"]})
    assert answer.status_code == 303
    page = phone.get(answer.location).text
    assert "C’est noté. La personne qui vous reçoit le voit." in words_of(page)
    assert ticked(page) == ["interpreter", "step_free"]
    assert needs_of(town) == ["interpreter", "step_free"]


def test_unticking_takes_a_need_back(town: Town, phone: FlaskClient) -> None:
    path = town.invite(needs=["interpreter", "sign_language"])
    phone.post(f"{path}/besoins", data={"needs": ["sign_language"]})
    assert needs_of(town) == ["sign_language"]
    phone.post(f"{path}/besoins")
    assert needs_of(town) == []


def test_saying_it_twice_writes_it_once_and_the_journal_keeps_no_need(town: Town, phone: FlaskClient) -> None:
    path = town.invite()
    for _ in range(2):
        phone.post(f"{path}/besoins", data={"needs": ["sign_language", "sign_language", "a golden chair"]})
    (line,) = town.rows(select(AuditEvent).where(AuditEvent.action == "beneficiary.needs_written"))
    assert (line.agent_id, line.details["count"]) == (None, 1)
    assert "sign" not in str(line.details)


def test_the_language_of_the_page_is_the_interpreter_s(town: Town, phone: FlaskClient, flask_app: Flask) -> None:
    path = town.invite()
    assert "العربية" in phone.get(f"{path}/besoins?langue=ar").text
    phone.post(f"{path}/besoins?langue=ar", data={"needs": ["interpreter"]})
    person = town.rows(select(Beneficiary).order_by(Beneficiary.id.desc()))[0]
    assert person.language == "ar"
    assert "Interprète : arabe" in words_of(town.browser(flask_app).get(f"/agents/personnes/{person.id}").text)


@pytest.mark.parametrize("path", ["/i/abc/besoins", "/r/abc/besoins"])
def test_an_unknown_code_notes_nothing(town: Town, phone: FlaskClient, path: str) -> None:
    town.invite()
    assert phone.get(path).status_code == 404
    assert phone.post(path, data={"needs": ["interpreter"]}).status_code == 404
    assert needs_of(town) == []


@BOTH_WAYS
def test_a_code_of_the_other_way_opens_nothing(town: Town, phone: FlaskClient, way: str) -> None:
    code = page_of(town, phone, way).split("/")[2]
    other = "r" if way == "i" else "i"
    for page in ("besoins", "coordonnees", "messages", "messages/stop"):
        assert phone.get(f"/{other}/{code}/{page}").status_code == 404


def test_one_person_s_link_never_touches_another_person(town: Town, phone: FlaskClient) -> None:
    mine, theirs = town.invite(), town.invite()
    phone.post(f"{mine}/besoins", data={"needs": ["interpreter"]})
    assert needs_of(town) == []
    assert ticked(phone.get(f"{theirs}/besoins").text) == []


def test_the_page_asks_for_as_many_queries_whatever_the_person_has(
    town: Town, phone: FlaskClient, flask_app: Flask
) -> None:
    path = town.invite()
    before = queries_of(flask_app, lambda: phone.get(f"{path}/besoins"))
    phone.post(f"{path}/besoins", data={"needs": ["interpreter", "step_free", "sign_language"]})
    for _ in range(3):
        town.invite()
    assert queries_of(flask_app, lambda: phone.get(f"{path}/besoins")) == before


# With a request to be called


def asked(town: Town) -> CallbackRequest:
    (request,) = town.rows(select(CallbackRequest))
    return request


def test_needs_are_ticked_while_asking_for_a_call(town: Town, phone: FlaskClient) -> None:
    path = town.invite(needs=["step_free"])
    page = phone.get(f"{path}/rappel").text
    assert "Déjà noté : Un accès de plain-pied." in words_of(page).replace("\N{NO-BREAK SPACE}", " ")
    assert 'value="step_free"' not in page
    assert 'value="interpreter"' in page
    phone.post(f"{path}/rappel", data={"needs": ["interpreter"]})
    assert needs_of(town) == ["interpreter", "step_free"]


def test_a_box_left_empty_takes_nothing_back(town: Town, phone: FlaskClient) -> None:
    phone.post(f"{town.invite(needs=['interpreter'])}/rappel")
    assert needs_of(town) == ["interpreter"]


def test_whoever_signs_is_written_to_and_needs_no_phone(town: Town, phone: FlaskClient) -> None:
    answer = phone.post(f"{town.invite(phone=None)}/rappel", data={"needs": ["sign_language"]})
    assert answer.status_code == 303
    words = words_of(phone.get(answer.location).text)
    assert "C’est noté, nous vous écrivons" in words
    assert "Personne ne vous appelle." in words
    assert "vous appelons" not in words
    assert asked(town).phone == ""


def test_whoever_signs_reads_that_they_are_written_to(town: Town, phone: FlaskClient) -> None:
    path = town.invite(needs=["sign_language"])
    words = words_of(phone.get(f"{path}/rappel").text)
    assert "Une personne du service vous écrit, par SMS ou par email" in words
    assert "Demander qu’on m’écrive" in words
    assert "Quand vous appeler" not in words
    assert "vous appelle" not in words


def test_with_neither_phone_nor_email_a_mobile_is_asked_for(town: Town, phone: FlaskClient) -> None:
    path = town.invite()
    with town.changing() as world:
        for person in world.session.scalars(select(Beneficiary)):
            person.phone = person.email = None
    answer = phone.post(f"{path}/rappel", data={"needs": ["sign_language"]})
    assert answer.status_code == 422
    assert "Écrivez un numéro de mobile où vous envoyer un SMS" in words_of(answer.text)
    assert needs_of(town) == [], "what is refused leaves nothing behind"


# What agents read


def test_agents_read_needs_where_they_work(town: Town, phone: FlaskClient, flask_app: Flask) -> None:
    booked = page_of(town, phone, "r")
    phone.post(f"{booked}/besoins?langue=prs", data={"needs": ["interpreter", "step_free", "sign_language"]})
    phone.post(f"{booked}/rappel")
    (appointment,) = town.appointments()
    browser = town.browser(flask_app)
    for path in (
        "/agents/journee?date=2026-11-26",
        f"/agents/agenda/rendez-vous/{appointment.id}",
        f"/agents/personnes/{asked(town).beneficiary_id}",
        "/agents/rappels",
        "/agents/",
    ):
        words = words_of(browser.get(path).text)
        assert "Interprète : dari" in words, path
        assert "Accès de plain-pied" in words, path
        assert "Langue des signes : écrire, ne pas appeler" in words, path


def test_agents_write_to_whoever_signs(town: Town, phone: FlaskClient, flask_app: Flask) -> None:
    phone.post(f"{town.invite(phone=None, email='ines@example.fr')}/rappel", data={"needs": ["sign_language"]})
    for path in ("/agents/rappels", "/agents/"):
        page = town.browser(flask_app).get(path).text
        assert 'href="mailto:ines@example.fr"' in page
        assert 'href="tel:' not in page


def test_an_agent_notes_a_need_and_takes_it_back_in_one_tap(town: Town, flask_app: Flask) -> None:
    person = town.person()
    browser = town.browser(flask_app)
    for _ in range(2):
        assert (
            browser.post(f"/agents/personnes/{person.id}/besoins", data={"ajouter": "interpreter"}).status_code == 303
        )
    assert needs_of(town) == ["interpreter"]
    assert "Interprète, langue à demander" in words_of(browser.get(f"/agents/personnes/{person.id}").text)
    for _ in range(2):
        browser.post(f"/agents/personnes/{person.id}/besoins", data={"retirer": "interpreter"})
    assert needs_of(town) == []
    noted = town.rows(select(AuditEvent).where(AuditEvent.action == "beneficiary.needs_written"))
    assert [one.agent_id for one in noted] == [town.world.agent.id] * 2


@pytest.mark.parametrize("data", [{}, {"ajouter": "a golden chair"}])
def test_a_need_that_is_none_is_refused(town: Town, flask_app: Flask, data: dict[str, str]) -> None:
    answer = town.browser(flask_app).post(f"/agents/personnes/{town.person().id}/besoins", data=data)
    assert answer.status_code == 422
