"""Waiting for a freed slot, on a telephone: ask in one tap, answer in one, stop in one."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.jobs import TIMETABLE, run_job
from app.runtime import Runtime
from invitations.models import Appointment, Author, FreedSlot, Participation, WaitEnd, Waiting
from tests.app.town import Town, tokens_of, words_of
from tests.conftest import Clock

THURSDAY = date(2026, 12, 3)
NINE = datetime(2026, 12, 3, 8, 0, tzinfo=UTC)
JOB = next(one for one in TIMETABLE if one.name == "offer_freed")


@pytest.fixture
def runtime(phone: FlaskClient) -> Runtime:
    return phone.application.extensions["rdv"]


@pytest.fixture
def invited(town: Town) -> list[str]:
    """The pages of three people; after them, one slot is left, on Thursday at nine."""
    pages = [town.invite() for _ in range(3)]
    leave(town, (9, 0))
    return pages


def leave(town: Town, *hours: tuple[int, int]) -> None:
    with town.changing() as world:
        world.session.delete(world.session.merge(world.opening))
    with town.changing() as world:
        for hour, minute in hours:
            ends = (datetime.combine(THURSDAY, time(hour, minute)) + timedelta(minutes=45)).time()
            world.make_opening(rrule=None, starts_on=THURSDAY, starts_at_time=time(hour, minute), ends_at_time=ends)


def book(phone: FlaskClient, page: str, choice: int = 0) -> str:
    """Book the nth time of a page. Returns the path of the appointment."""
    return phone.post(page, data={"creneau": tokens_of(phone.get(page).text)[choice]}).location


def offer_in(page: str) -> str:
    found = re.search(r'name="offre" value="(\d+)"', page)
    assert found is not None
    return found[1]


def waits(town: Town) -> list[Waiting]:
    return town.rows(select(Waiting).order_by(Waiting.id))


def test_whoever_finds_nothing_asks_in_one_tap_and_the_page_says_so(
    town: Town, phone: FlaskClient, invited: list[str]
) -> None:
    book(phone, invited[0])
    page = phone.get(invited[1]).text
    assert "Prévenez-moi dès qu’une place se libère" in page
    assert "Demander un appel" in page
    answer = phone.post(f"{invited[1]}/attente")
    assert (answer.status_code, answer.location) == (303, invited[1])
    words = words_of(phone.get(invited[1]).text)
    assert "Vous attendez qu’une place se libère" in words
    assert "C’est noté depuis le mardi 24 novembre" in words
    assert "Prévenez-moi" not in words
    phone.post(f"{invited[1]}/attente")
    assert len(waits(town)) == 1


def test_the_way_out_is_one_tap_too(town: Town, phone: FlaskClient, invited: list[str]) -> None:
    book(phone, invited[0])
    phone.post(f"{invited[1]}/attente")
    for _ in range(2):
        assert phone.post(f"{invited[1]}/attente/fin").location == invited[1]
    assert [one.end_reason for one in waits(town)] == [WaitEnd.GAVE_UP]
    assert "Prévenez-moi dès qu’une place se libère" in phone.get(invited[1]).text


def test_where_several_places_receive_one_of_them_may_be_chosen(
    town: Town, phone: FlaskClient, invited: list[str]
) -> None:
    with town.changing() as world:
        die = world.make_place(name="Mairie", city="Die", commune_insee="26113")
        elsewhere = world.make_place(organisation_id=world.make_organisation().id, city="Gap")
    book(phone, invited[0])
    page = phone.get(invited[1]).text
    assert "Die, Mairie" in page
    assert "Gap" not in page
    assert phone.post(f"{invited[1]}/attente", data={"lieu": elsewhere.id}).status_code == 404
    assert waits(town) == []
    phone.post(f"{invited[1]}/attente", data={"lieu": die.id})
    assert [one.place_id for one in waits(town)] == [die.id]


def test_whoever_no_message_reaches_is_asked_to_be_called_instead(town: Town, phone: FlaskClient) -> None:
    first, second = town.invite(), town.invite()
    leave(town, (9, 0))
    book(phone, first)
    with town.changing():
        person = town.invitation_of(second).follow_up.beneficiary
        person.phone = person.email = None
    page = phone.get(second).text
    assert "Prévenez-moi" not in page
    assert "Demander un appel" in page


def test_an_offer_stands_on_top_with_two_answers_and_taking_it_books(
    town: Town, phone: FlaskClient, invited: list[str], runtime: Runtime
) -> None:
    booked = book(phone, invited[0])
    phone.post(f"{invited[1]}/attente")
    phone.post(f"{booked}/annuler")
    assert run_job(runtime, JOB)
    page = phone.get(invited[1]).text
    words = words_of(page)
    assert "Jeudi 3 décembre à 9 h 00" in words
    assert "gardée pour vous jusqu’à 12 h 00, mardi 24 novembre" in words
    assert "Non merci" in words
    answer = phone.post(f"{invited[1]}/place", data={"offre": offer_in(page)})
    assert answer.status_code == 303
    assert answer.location.startswith("/r/")
    assert "C’est noté" in words_of(phone.get(answer.location).text)
    again = phone.post(f"{invited[1]}/place", data={"offre": offer_in(page)})
    assert again.location == answer.location
    assert [one.starts_at for one in town.appointments()] == [NINE]


def test_no_thank_you_gives_it_to_the_next_and_keeps_the_turn(
    town: Town, phone: FlaskClient, invited: list[str], runtime: Runtime
) -> None:
    booked = book(phone, invited[0])
    for page in invited[1:]:
        phone.post(f"{page}/attente")
    phone.post(f"{booked}/annuler")
    run_job(runtime, JOB)
    page = phone.get(invited[1]).text
    answer = phone.post(f"{invited[1]}/place/non", data={"offre": offer_in(page)})
    assert (answer.status_code, answer.location) == (303, invited[1])
    assert "Vous attendez qu’une place se libère" in words_of(phone.get(invited[1]).text)
    run_job(runtime, JOB)
    assert "Jeudi 3 décembre" in words_of(phone.get(invited[2]).text)
    late = phone.post(f"{invited[1]}/place", data={"offre": offer_in(page)})
    assert late.status_code == 409
    assert "Cette place n’est plus gardée pour vous" in words_of(late.text)
    assert "Vous gardez votre tour" in words_of(late.text)


@pytest.mark.parametrize("offer", ["", "x", "0", "99999", "-1"])
def test_an_answer_to_no_offer_changes_nothing(
    town: Town, phone: FlaskClient, invited: list[str], runtime: Runtime, offer: str
) -> None:
    booked = book(phone, invited[0])
    phone.post(f"{invited[1]}/attente")
    phone.post(f"{booked}/annuler")
    run_job(runtime, JOB)
    assert phone.post(f"{invited[1]}/place", data={"offre": offer}).status_code == 409
    assert phone.post(f"{invited[1]}/place/non", data={"offre": offer}).status_code == 303
    assert [one.answer for one in town.rows(select(FreedSlot))] == [None]


def test_an_offer_is_answered_by_its_own_person_alone(
    town: Town, phone: FlaskClient, invited: list[str], runtime: Runtime
) -> None:
    booked = book(phone, invited[0])
    for page in invited[1:]:
        phone.post(f"{page}/attente")
    phone.post(f"{booked}/annuler")
    run_job(runtime, JOB)
    offer = offer_in(phone.get(invited[1]).text)
    assert phone.post(f"{invited[2]}/place", data={"offre": offer}).status_code == 409
    phone.post(f"{invited[2]}/place/non", data={"offre": offer})
    assert [one.answer for one in town.rows(select(FreedSlot))] == [None]


def test_an_expired_link_says_that_they_still_wait_and_lets_them_stop(
    town: Town, phone: FlaskClient, invited: list[str], clock: Clock
) -> None:
    book(phone, invited[0])
    phone.post(f"{invited[1]}/attente")
    clock.pass_by(timedelta(days=30))
    answer = phone.get(invited[1])
    assert answer.status_code == 410
    assert "Vous attendez qu’une place se libère" in words_of(answer.text)
    phone.post(f"{invited[1]}/attente/fin")
    assert [one.end_reason for one in waits(town)] == [WaitEnd.GAVE_UP]
    assert "Vous attendez" not in phone.get(invited[1]).text


def test_an_expired_invitation_asks_for_nothing(
    town: Town, phone: FlaskClient, invited: list[str], clock: Clock
) -> None:
    book(phone, invited[0])
    clock.pass_by(timedelta(days=30))
    assert phone.post(f"{invited[1]}/attente").status_code == 410
    assert waits(town) == []


# Earlier


@pytest.fixture
def appointments(town: Town, phone: FlaskClient) -> tuple[str, str]:
    """Two appointments on Thursday, at nine and at eleven."""
    first, second = town.invite(), town.invite()
    leave(town, (9, 0), (11, 0))
    early = book(phone, first)
    return early, book(phone, second)


def test_i_would_come_earlier_is_one_tap_and_the_present_date_stays(
    town: Town, phone: FlaskClient, appointments: tuple[str, str]
) -> None:
    _, late = appointments
    assert "Je voudrais venir plus tôt" in phone.get(late).text
    assert phone.post(f"{late}/attente").location == late
    phone.post(f"{late}/attente")
    words = words_of(phone.get(late).text)
    assert "Vous aimeriez venir plus tôt" in words
    assert "Jeudi 3 décembre à 11 h 00" in words
    assert "Je voudrais venir plus tôt" not in words
    assert len(waits(town)) == 1
    phone.post(f"{late}/attente/fin")
    assert "Je voudrais venir plus tôt" in phone.get(late).text


def test_an_earlier_place_moves_the_appointment_and_says_what_it_replaces(
    town: Town, phone: FlaskClient, appointments: tuple[str, str], runtime: Runtime
) -> None:
    early, late = appointments
    phone.post(f"{late}/attente")
    phone.post(f"{early}/annuler")
    run_job(runtime, JOB)
    page = phone.get(late).text
    assert "elle remplace votre rendez-vous du jeudi 3 décembre à 11 h 00" in words_of(page)
    for _ in range(2):
        assert phone.post(f"{late}/place", data={"offre": offer_in(page)}).location == late
    assert "Jeudi 3 décembre à 9 h 00" in words_of(phone.get(late).text)
    assert [one.starts_at for one in town.appointments()] == [NINE]
    assert len(town.rows(select(Participation).join(Appointment).where(Appointment.cancelled_at.is_(None)))) == 1


def test_no_thank_you_keeps_the_present_date(
    town: Town, phone: FlaskClient, appointments: tuple[str, str], runtime: Runtime
) -> None:
    early, late = appointments
    phone.post(f"{late}/attente")
    phone.post(f"{early}/annuler")
    run_job(runtime, JOB)
    offer = offer_in(phone.get(late).text)
    assert phone.post(f"{late}/place/non", data={"offre": offer}).location == late
    assert "Jeudi 3 décembre à 11 h 00" in words_of(phone.get(late).text)
    assert phone.post(f"{late}/place", data={"offre": offer}).status_code == 409


def test_a_date_fixed_by_the_service_is_not_exchanged(town: Town, phone: FlaskClient) -> None:
    mine = town.convene()
    assert "Je voudrais venir plus tôt" not in phone.get(mine).text
    assert phone.post(f"{mine}/attente").location == mine
    assert waits(town) == []


def test_looking_changes_nothing(town: Town, phone: FlaskClient, invited: list[str]) -> None:
    booked = book(phone, invited[0])
    for path in (f"{invited[1]}/attente", f"{invited[1]}/place", f"{booked}/attente", f"{booked}/place/non"):
        assert phone.get(path).status_code == 405
    assert waits(town) == []


@pytest.mark.parametrize("path", ["attente", "attente/fin", "place", "place/non"])
@pytest.mark.parametrize("kind", ["i", "r"])
def test_an_unknown_code_is_no_accident(phone: FlaskClient, town: Town, kind: str, path: str) -> None:
    assert phone.post(f"/{kind}/abc/{path}").status_code == 404


def test_a_booked_page_asks_for_nothing_more(town: Town, phone: FlaskClient, invited: list[str]) -> None:
    booked = book(phone, invited[0])
    assert phone.post(f"{invited[0]}/attente").location == booked
    assert waits(town) == []
    assert [one.created_by for one in town.appointments()] == [Author.BENEFICIARY]
