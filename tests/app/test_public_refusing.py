"""No more texts, no more emails, by the link or by one click in a mail program; and again."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from invitations.models import AuditEvent, Beneficiary, Message, MessageState
from tests.app.test_public_needs import page_of
from tests.app.town import Town, words_of
from tests.fakes import RememberingEmail, RememberingSms
from tests.post import PUBLIC_URL

BOTH_WAYS = pytest.mark.parametrize("way", ["i", "r"])
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


def last(town: Town) -> Beneficiary:
    return town.rows(select(Beneficiary).order_by(Beneficiary.id.desc()))[0]


@BOTH_WAYS
@pytest.mark.parametrize(
    ("channel", "said"), [("sms", "Vous ne recevez plus de SMS."), ("email", "Vous ne recevez plus d’emails.")]
)
def test_a_channel_is_refused_and_taken_back(town: Town, phone: FlaskClient, way: str, channel: str, said: str) -> None:
    path = page_of(town, phone, way)
    assert f'href="{path}/messages"' in phone.get(path).text
    for _ in range(2):
        answer = phone.post(f"{path}/messages", data={"refuser": channel})
        assert answer.status_code == 303
    assert said in words_of(phone.get(answer.location).text)
    assert getattr(last(town), f"{channel}_refused_at") == town.now
    for _ in range(2):
        answer = phone.post(f"{path}/messages", data={"accepter": channel})
    assert said not in words_of(phone.get(answer.location).text)
    assert getattr(last(town), f"{channel}_refused_at") is None
    actions = [
        one.action
        for one in town.rows(select(AuditEvent).where(AuditEvent.action.startswith("contact.")).order_by(AuditEvent.id))
    ]
    assert actions == [f"contact.{channel}_refused", f"contact.{channel}_accepted"]


def test_what_it_means_is_said_plainly(town: Town, phone: FlaskClient) -> None:
    words = words_of(phone.get(f"{town.invite()}/messages").text)
    for sentence in (
        "Les confirmations, les rappels et les liens vers vos pages n’arrivent plus par ce moyen.",
        "Un rendez-vous déjà pris reste prévu.",
        "Le service peut encore vous appeler ou vous envoyer un courrier.",
        "Rien ne vous est retiré.",
    ):
        assert sentence in words


def test_without_an_address_the_page_says_so_and_leads_to_one(town: Town, phone: FlaskClient) -> None:
    path = town.invite(email=None)
    page = phone.get(f"{path}/messages").text
    assert "Nous n’avons pas d’adresse email pour vous écrire." in words_of(page)
    assert f'href="{path}/coordonnees"' in page


def test_refused_messages_don_t_leave_and_the_appointment_stays(
    town: Town, phone: FlaskClient, deliver: Callable[[], int], sms: RememberingSms, email: RememberingEmail
) -> None:
    path = page_of(town, phone, "r")
    for channel in ("sms", "email"):
        phone.post(f"{path}/messages", data={"refuser": channel})
    deliver()
    assert (sms.sent, email.sent) == ([], [])
    assert {one.state for one in town.rows(select(Message))} <= {MessageState.FAILED, MessageState.CANCELLED}
    assert len(town.appointments()) == 1
    assert "C’est noté" in words_of(phone.get(path).text)


def test_agents_see_that_it_is_refused(town: Town, phone: FlaskClient, flask_app: Flask) -> None:
    phone.post(f"{town.invite()}/messages", data={"refuser": "sms"})
    words = words_of(town.browser(flask_app).get(f"/agents/personnes/{last(town).id}").text)
    assert "SMS refusés" in words
    assert "Ne veut plus recevoir de SMS" in words


@pytest.mark.parametrize("data", [{}, {"refuser": "letter"}, {"refuser": "everything"}, {"accepter": "voice"}])
def test_nothing_else_can_be_refused(town: Town, phone: FlaskClient, data: dict[str, str]) -> None:
    assert phone.post(f"{town.invite()}/messages", data=data).status_code == 303
    assert (last(town).sms_refused_at, last(town).email_refused_at) == (None, None)


# RFC 8058


@BOTH_WAYS
def test_one_click_stops_emails_without_a_cookie_or_a_redirect(town: Town, phone: FlaskClient, way: str) -> None:
    path = page_of(town, phone, way)
    for _ in range(2):
        answer = phone.post(f"{path}/messages/stop", data=ONE_CLICK)
        assert answer.status_code == 200
        assert "Set-Cookie" not in answer.headers
    assert (last(town).email_refused_at, last(town).sms_refused_at) == (town.now, None)


def test_scanners_that_open_the_address_stop_nothing(town: Town, phone: FlaskClient) -> None:
    path = town.invite()
    page = phone.get(f"{path}/messages/stop")
    assert "Ne plus recevoir d’emails" in words_of(page.text)
    assert phone.post(f"{path}/messages/stop").status_code == 200
    assert last(town).email_refused_at is None


def test_one_click_with_an_unknown_code_is_unknown(phone: FlaskClient, town: Town) -> None:
    town.invite()
    assert phone.post("/i/abc/messages/stop", data=ONE_CLICK).status_code == 404
    assert last(town).email_refused_at is None


def test_every_email_to_a_person_carries_its_way_out(
    town: Town, phone: FlaskClient, deliver: Callable[[], int], sms: RememberingSms, email: RememberingEmail
) -> None:
    phone.post(town.invite(), data={"creneau": "20261126T0800-1-1"})
    deliver()
    assert email.sent
    for one in email.sent:
        assert one.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        (address,) = re.findall(rf"^<{PUBLIC_URL}(/[ir]/\w+/messages/stop)>$", one.headers["List-Unsubscribe"])
        assert phone.post(address, data=ONE_CLICK).status_code == 200
    assert last(town).email_refused_at == town.now
