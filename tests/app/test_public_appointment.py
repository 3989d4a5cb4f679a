"""The page of an appointment: it is noted, it goes into a calendar, it is moved, it is cancelled, it is past."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app import create_app
from app.settings import Settings
from invitations import changing
from invitations.codes import Codes
from invitations.database import Database
from invitations.models import Beneficiary, Invitation, Outcome, Participation, PlaceType
from notifications.mailbox import LocalEmail, LocalSms
from notifications.senders import Senders
from tests.app.town import Town, tokens_of, words_of
from tests.conftest import SECRET, Clock
from tests.factories import World
from tests.invitations.test_booking import Person

THURSDAY_9_00 = datetime(2026, 11, 26, 8, 0, tzinfo=UTC)
FRIDAY_9_45 = datetime(2026, 11, 27, 8, 45, tzinfo=UTC)


@pytest.fixture
def booked(town: Town, phone: FlaskClient) -> str:
    """The page of an appointment on Thursday at 9:00."""
    path = str(phone.post(town.invite(last_name="Bernard"), data={"creneau": town.token(THURSDAY_9_00)}).location)
    assert path.startswith("/r/")
    return path


def outcome(town: Town) -> Outcome:
    with town.database.reading() as session:
        return session.scalars(select(Participation.outcome)).one()


def test_it_says_that_it_is_noted_and_everything_one_needs(phone: FlaskClient, booked: str) -> None:
    page = phone.get(booked).text
    words = words_of(page)
    assert "C’est noté Inès B., nous vous attendons. Pour faire le point ensemble sur votre situation." in words
    assert "Jeudi 26 novembre à 9 h 00 Environ 45 minutes, avec Mme Roche" in words
    assert "Maison des solidarités 12 rue Latour-Maubourg 26000 Valence Accès de plain-pied Voir le plan" in words
    assert "À apporter Rien de particulier." in words
    assert "Vous pouvez changer ou annuler ici jusqu’au jeudi 26 novembre à 8 h 00." in words
    assert 'href="https://www.openstreetmap.org/?mlat=44.93340&amp;mlon=4.89240#map=17/44.93340/4.89240"' in page
    assert "Bernard" not in page


def test_it_goes_into_a_calendar(phone: FlaskClient, booked: str) -> None:
    answer = phone.get(f"{booked}/rendez-vous.ics")
    assert answer.status_code == 200
    assert answer.content_type == "text/calendar; charset=utf-8; method=PUBLISH"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="rendez-vous.ics"'
    lines = answer.text.replace("\r\n ", "").splitlines()
    assert "DTSTART;TZID=Europe/Paris:20261126T090000" in lines
    assert "METHOD:PUBLISH" in lines
    assert any(line.startswith("LOCATION:") and "Latour-Maubourg" in line for line in lines)


def test_it_goes_into_a_calendar_on_the_web_without_a_word_about_the_person(phone: FlaskClient, booked: str) -> None:
    page = phone.get(booked).text
    links = re.findall(r'rel="noreferrer" href="(https://(?:calendar|outlook)[^"]+)"', page)
    found = [urlsplit(html.unescape(one)) for one in links]
    assert [one.netloc for one in found] == [
        "calendar.google.com",
        "outlook.live.com",
        "outlook.office.com",
        "calendar.yahoo.com",
    ]
    google = dict(parse_qsl(found[0].query))
    assert google == {
        "action": "TEMPLATE",
        "dates": "20261126T080000Z/20261126T084500Z",
        "text": "Rendez-vous, Département de la Drôme",
        "details": f"Votre rendez-vous\N{NO-BREAK SPACE}: http://127.0.0.1:8000{booked}",
        "location": "12 rue Latour-Maubourg, 26000 Valence",
    }
    assert "Ces liens ouvrent un autre site." in words_of(page)
    assert not any(word in "".join(links) for word in ("Bernard", "RSA", "situation", "Roche"))


def test_a_calendar_sends_nobody_to_an_office_for_a_telephone_call(town: Town, phone: FlaskClient, booked: str) -> None:
    with town.changing() as world:
        world.session.add(world.type)
        world.type.place_type = PlaceType.PHONE
    page = phone.get(booked).text
    assert "Latour" not in page
    assert "Vous avez rendez-vous le jeudi 26 novembre à 9 h 00. Il reste" in words_of(
        phone.get(f"{booked}/changer").text
    )


def test_a_sheet_of_paper_says_where_to_change_it(phone: FlaskClient, booked: str) -> None:
    page = phone.get(f"{booked}?langue=en").text
    assert f'<span dir="ltr">http://127.0.0.1:8000{booked}</span>' in page


@pytest.mark.parametrize("act", ["", "/changer", "/annuler"])
def test_the_page_speaks_the_persons_language_whatever_happens(
    town: Town, phone: FlaskClient, booked: str, act: str
) -> None:
    with town.changing() as world:
        world.session.scalars(select(Beneficiary)).one().language = "ar"
    assert '<html lang="ar" dir="rtl"' in phone.get(booked + act).text
    assert "الخميس" in phone.get(booked + act).text
    assert '<html lang="en" dir="ltr"' in phone.get(f"{booked}{act}?langue=en").text


def test_refusals_and_what_follows_speak_it_too(town: Town, phone: FlaskClient, booked: str) -> None:
    with town.changing() as world:
        world.session.scalars(select(Beneficiary)).one().language = "ar"
    nothing_chosen = phone.post(f"{booked}/changer")
    assert (nothing_chosen.status_code, 'dir="rtl"' in nothing_chosen.text) == (422, True)
    taken = {"creneau": town.token(FRIDAY_9_45)}
    phone.post(town.invite(), data=taken)
    lost = phone.post(f"{booked}/changer", data=taken)
    assert (lost.status_code, '<html lang="ar"' in lost.text) == (409, True)
    phone.post(f"{booked}/annuler")
    cancelled = phone.get(booked).text
    assert '<html lang="ar"' in cancelled
    assert len(tokens_of(cancelled)) == 3
    over = phone.post(f"{booked}/changer", data=taken)
    assert (over.status_code, '<html lang="ar"' in over.text) == (409, True)


def test_a_cancelled_appointment_leaves_the_calendar(phone: FlaskClient, booked: str) -> None:
    before = phone.get(f"{booked}/rendez-vous.ics").text
    phone.post(f"{booked}/annuler")
    after = phone.get(f"{booked}/rendez-vous.ics").text
    assert "METHOD:CANCEL" in after
    assert [line for line in before.splitlines() if line.startswith("UID")] == [
        line for line in after.splitlines() if line.startswith("UID")
    ]


def test_it_is_moved_and_stays_the_same_link(town: Town, phone: FlaskClient, booked: str) -> None:
    page = phone.get(f"{booked}/changer").text
    assert "Vous avez rendez-vous le jeudi 26 novembre à 9 h 00, Valence." in words_of(page)
    assert town.token(FRIDAY_9_45) in tokens_of(page)
    assert town.token(THURSDAY_9_00) not in tokens_of(page)
    answer = phone.post(f"{booked}/changer", data={"creneau": town.token(FRIDAY_9_45)})
    assert (answer.status_code, answer.location) == (303, booked)
    assert "Vendredi 27 novembre à 9 h 45" in words_of(phone.get(booked).text)
    assert [one.starts_at for one in town.appointments()] == [FRIDAY_9_45]


def test_a_double_tap_moves_once(town: Town, phone: FlaskClient, booked: str) -> None:
    for _ in range(2):
        phone.post(f"{booked}/changer", data={"creneau": town.token(FRIDAY_9_45)})
    (appointment,) = town.appointments()
    assert appointment.version == 1


def test_a_time_lost_while_changing_leaves_the_appointment_as_it_was(
    town: Town, phone: FlaskClient, booked: str
) -> None:
    phone.post(town.invite(), data={"creneau": town.token(FRIDAY_9_45)})
    answer = phone.post(f"{booked}/changer", data={"creneau": town.token(FRIDAY_9_45)})
    words = words_of(answer.text)
    assert answer.status_code == 409
    assert "Quelqu’un vient de choisir ce créneau" in words
    assert "Vendredi 27 novembre, 9 h 00 Vendredi 27 novembre, 10 h 30 Vendredi 27 novembre, 11 h 15" in words
    assert "Vous avez rendez-vous le jeudi 26 novembre à 9 h 00, Valence. Il reste à vous" in words
    assert THURSDAY_9_00 in [one.starts_at for one in town.appointments()]


def test_changing_without_a_time_is_said_beside_the_times(phone: FlaskClient, booked: str) -> None:
    answer = phone.post(f"{booked}/changer")
    assert answer.status_code == 422
    assert "Choisissez un horaire, puis continuez." in answer.text


def test_cancelling_asks_once_more_then_frees_the_time(town: Town, phone: FlaskClient, booked: str) -> None:
    page = phone.get(f"{booked}/annuler").text
    assert "Annuler ce rendez-vous ? Jeudi 26 novembre à 9 h 00 Maison des solidarités, Valence" in words_of(page)
    assert outcome(town) is Outcome.UNKNOWN
    answer = phone.post(f"{booked}/annuler")
    assert (answer.status_code, answer.location) == (303, booked)
    words = words_of(phone.get(booked).text)
    assert (
        "Votre rendez-vous est annulé Inès B., le rendez-vous du jeudi 26 novembre à 9 h 00 n’aura pas lieu." in words
    )
    assert "Voir tous les horaires Demander un appel" in words
    assert outcome(town) is Outcome.EXCUSED
    assert phone.post(town.invite(), data={"creneau": town.token(THURSDAY_9_00)}).status_code == 303


def test_whoever_cancels_is_offered_other_times_at_once(town: Town, phone: FlaskClient) -> None:
    path = town.invite()
    first = phone.post(path, data={"creneau": town.token(THURSDAY_9_00)}).location
    phone.post(f"{first}/annuler")
    page = phone.get(first).text
    assert f'href="{path}">' in page
    assert "Choisissez un autre horaire" in words_of(page)
    assert [town.token(THURSDAY_9_00 + timedelta(minutes=45 * number)) for number in (1, 2, 3)] == tokens_of(page)
    chosen = phone.get(f"{path}/confirmer", query_string={"creneau": tokens_of(page)[0]})
    assert "Confirmez votre rendez-vous" in words_of(chosen.text)
    assert town.token(THURSDAY_9_00) in tokens_of(phone.get(path).text)
    second = phone.post(path, data={"creneau": town.token(FRIDAY_9_45)}).location
    assert second != first
    assert [one.starts_at for one in town.appointments()] == [FRIDAY_9_45]
    assert tokens_of(phone.get(first).text) == []
    assert "Voir tous les horaires" not in phone.get(first).text


def test_whoever_cancels_after_the_deadline_may_still_ask_for_a_call(
    town: Town, phone: FlaskClient, booked: str
) -> None:
    with town.changing() as world:
        invitation = world.session.scalars(select(Invitation)).one()
        invitation.expires_at = town.now
    phone.post(f"{booked}/annuler")
    words = words_of(phone.get(booked).text)
    assert "Pour en fixer un autre, appelez le 04 75 00 00 00, ou nous vous appelons." in words
    assert "Demander un appel" in words
    assert "Choisir un autre horaire" not in words


def test_cancelling_twice_changes_nothing_more(town: Town, phone: FlaskClient, booked: str) -> None:
    assert [phone.post(f"{booked}/annuler").status_code for _ in range(2)] == [303, 303]
    assert outcome(town) is Outcome.EXCUSED


def test_an_appointment_cancelled_in_another_tab_is_shown_as_it_is(town: Town, phone: FlaskClient, booked: str) -> None:
    phone.post(f"{booked}/annuler")
    answer = phone.post(f"{booked}/changer", data={"creneau": town.token(FRIDAY_9_45)})
    assert answer.status_code == 409
    assert "Ce rendez-vous ne peut plus être changé ici. Le voici tel qu’il est." in words_of(answer.text)
    assert "Votre rendez-vous est annulé" in words_of(answer.text)
    assert [phone.get(f"{booked}/{act}").location for act in ("changer", "annuler")] == [booked, booked]


@pytest.mark.parametrize("act", ["changer", "annuler"])
def test_past_the_limit_one_calls(town: Town, phone: FlaskClient, clock: Clock, booked: str, act: str) -> None:
    clock.now = THURSDAY_9_00 - timedelta(minutes=59)
    words = words_of(phone.get(booked).text)
    assert "Pour changer ou annuler, appelez le 04 75 00 00 00." in words
    assert f"{booked}/{act}" not in phone.get(booked).text
    answer = phone.post(f"{booked}/{act}", data={"creneau": town.token(FRIDAY_9_45)})
    assert answer.status_code == 409
    assert "04 75 00 00 00" in words_of(answer.text)
    assert outcome(town) is Outcome.UNKNOWN
    assert [one.starts_at for one in town.appointments()] == [THURSDAY_9_00]


@pytest.mark.parametrize("act", ["changer", "annuler"])
def test_a_fixed_appointment_is_changed_by_telephone(town: Town, phone: FlaskClient, act: str) -> None:
    path = town.convene(5)
    before = [one.starts_at for one in town.appointments()]
    words = words_of(phone.get(path).text)
    assert "Votre rendez-vous est fixé" in words
    assert "Pour changer ou annuler, appelez le 04 75 00 00 00." in words
    assert f"{path}/{act}" not in phone.get(path).text
    assert phone.post(f"{path}/{act}", data={"creneau": town.token(FRIDAY_9_45)}).status_code == 409
    assert [one.starts_at for one in town.appointments()] == before


def test_a_past_appointment_says_so_and_whom_to_call(phone: FlaskClient, clock: Clock, booked: str) -> None:
    clock.now = THURSDAY_9_00 + timedelta(days=1)
    words = words_of(phone.get(booked).text)
    assert "Ce rendez-vous est passé" in words
    assert "appelez le 04 75 00 00 00" in words
    assert "Annuler" not in words


def test_an_appointment_the_service_cancelled_is_regretted(town: Town, phone: FlaskClient, booked: str) -> None:
    with town.changing() as world:
        participation = world.session.scalars(select(Participation)).one()
        changing.revoke(world.session, participation, agent_id=world.agent.id, now=town.now)
    words = words_of(phone.get(booked).text)
    assert "Le service a annulé ce rendez-vous" in words
    assert "Nous en sommes désolés." in words
    assert "Demander un appel" in words


@pytest.mark.parametrize("rest", ["", "/rendez-vous.ics", "/changer", "/annuler"])
def test_the_code_of_an_invitation_opens_no_appointment(town: Town, phone: FlaskClient, rest: str) -> None:
    code = town.invite().removeprefix("/i/")
    assert phone.get(f"/r/{code}{rest}").status_code == 404


def test_after_a_change_of_key_an_old_link_still_leads_to_the_appointment(
    settings: Settings, database: Database, codes: Codes, clock: Clock
) -> None:
    with database.writing() as session:
        person = Person(World(session, clock()), codes)
        person.book(person.tokens()[0])
    renewed = replace(settings, secret_key="another key, thirty-two characters long", previous_secret_keys=(SECRET,))
    made = create_app(renewed, clock=clock, senders=Senders(sms=LocalSms(), email=LocalEmail()))
    visitor = made.test_client()
    moved_on = visitor.get(f"/i/{person.code}")
    assert moved_on.status_code == 303
    assert visitor.get(moved_on.location).status_code == 200
    made.extensions["rdv"].database.engine.dispose()
