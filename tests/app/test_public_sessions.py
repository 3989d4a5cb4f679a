"""Sessions on a telephone: beside the slots with their title, booked, moved and cancelled with the same pages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient

from invitations.models import Appointment, AppointmentType, PlaceType
from invitations.offers import Choice
from tests.app.town import Town, tokens_of, words_of
from tests.conftest import Clock

# Thursday 26 November, 14:00 in Paris.
AT = datetime(2026, 11, 26, 13, 0, tzinfo=UTC)
THURSDAY_9_00 = datetime(2026, 11, 26, 8, 0, tzinfo=UTC)


@pytest.fixture
def workshop(town: Town) -> AppointmentType:
    with town.changing() as world:
        return world.make_type(name="Atelier collectif", duration=timedelta(hours=2), is_collective=True)


@pytest.fixture
def gathering(town: Town, workshop: AppointmentType) -> Appointment:
    with town.changing() as world:
        return world.make_session(AT, workshop, seats=2)


def token(one: Appointment) -> str:
    return Choice(one.starts_at, one.place_id or 0, one.type_id, one.ends_at).token


def test_a_session_stands_among_the_hours_with_what_it_is(
    town: Town, phone: FlaskClient, gathering: Appointment
) -> None:
    page = phone.get(town.invite()).text
    words = words_of(page)
    assert "11 h 15 14 h 00 Atelier budget Séance à plusieurs, 2 h, il reste 2 places" in words
    assert "Environ 45 minutes." in words
    assert token(gathering) in tokens_of(page)


def test_many_seats_are_not_counted_out(town: Town, phone: FlaskClient, workshop: AppointmentType) -> None:
    with town.changing() as world:
        world.make_session(AT, workshop)
    words = words_of(phone.get(town.invite()).text)
    assert "Atelier budget Séance à plusieurs, 2 h" in words
    assert "il reste" not in words


def test_one_knows_that_others_come_before_confirming(town: Town, phone: FlaskClient, gathering: Appointment) -> None:
    path = town.invite()
    words = words_of(phone.get(f"{path}/confirmer", query_string={"creneau": token(gathering)}).text)
    assert "Quoi Atelier budget Une séance à plusieurs : d’autres personnes y participent." in words
    assert "C’est une place pour une personne." in words
    answer = phone.post(path, data={"creneau": token(gathering)})
    again = phone.post(path, data={"creneau": token(gathering)})
    assert (answer.status_code, again.location) == (303, answer.location)
    words = words_of(phone.get(answer.location).text)
    assert "C’est noté" in words
    assert "Quoi Atelier budget" in words
    (booked,) = town.appointments()
    assert booked.seats_taken == 1


def test_the_last_seat_lost_shows_the_nearest_with_one_sentence(
    town: Town, phone: FlaskClient, gathering: Appointment
) -> None:
    paths = [town.invite() for _ in range(3)]
    for path in paths[:2]:
        phone.post(path, data={"creneau": token(gathering)})
    answer = phone.post(paths[2], data={"creneau": token(gathering)})
    words = words_of(answer.text)
    assert answer.status_code == 409
    assert "Quelqu’un vient de choisir ce créneau Nous en sommes désolés. Voici les plus proches :" in words
    assert token(gathering) not in tokens_of(answer.text)
    assert len(tokens_of(answer.text)) > 3


def test_a_time_that_nobody_took_is_only_said_to_be_gone(town: Town, phone: FlaskClient, clock: Clock) -> None:
    path = town.invite()
    soon = {"creneau": town.token(datetime(2026, 11, 25, 8, 0, tzinfo=UTC))}
    answer = phone.post(path, data=soon)
    words = words_of(answer.text)
    assert answer.status_code == 409
    assert "Ce créneau n’est plus proposé Nous en sommes désolés. Voici les plus proches :" in words
    assert "Quelqu’un" not in words
    assert "Ce créneau n’est plus proposé" in phone.get(f"{path}/confirmer", query_string=soon).text


def test_one_moves_from_a_slot_to_a_session_and_leaves_it(
    town: Town, phone: FlaskClient, gathering: Appointment
) -> None:
    path = str(phone.post(town.invite(), data={"creneau": town.token(THURSDAY_9_00)}).location)
    page = phone.get(f"{path}/changer").text
    assert "Atelier budget" in words_of(page)
    answer = phone.post(f"{path}/changer", data={"creneau": token(gathering)})
    assert (answer.status_code, answer.location) == (303, path)
    assert "Quoi Atelier budget" in words_of(phone.get(path).text)
    assert [one.id for one in town.appointments()] == [gathering.id]
    assert "Votre place sera proposée à quelqu’un d’autre." in words_of(phone.get(f"{path}/annuler").text)
    phone.post(f"{path}/annuler")
    (left,) = town.appointments()
    assert left.seats_taken == 0
    assert "Votre rendez-vous est annulé" in words_of(phone.get(path).text)


def test_slots_by_telephone_are_told_from_a_session_that_one_goes_to(
    town: Town, phone: FlaskClient, gathering: Appointment
) -> None:
    with town.changing() as world:
        world.session.add(world.type)
        world.type.place_type = PlaceType.PHONE
    words = words_of(phone.get(town.invite()).text)
    assert "Certains horaires sont par téléphone : nous vous appelons." in words
    assert "9 h 45 Par téléphone" in words
    assert "14 h 00 Atelier budget Séance à plusieurs" in words


def test_each_limit_is_told(town: Town, phone: FlaskClient, clock: Clock) -> None:
    with town.changing() as world:
        world.session.add(world.type)
        world.type.move_limit = timedelta(hours=24)
    path = str(phone.post(town.invite(), data={"creneau": town.token(THURSDAY_9_00)}).location)
    words = words_of(phone.get(path).text)
    assert (
        "changer ici jusqu’au mercredi 25 novembre à 9 h 00, et annuler jusqu’au jeudi 26 novembre à 8 h 00." in words
    )
    clock.now = THURSDAY_9_00 - timedelta(hours=20)
    words = words_of(phone.get(path).text)
    assert "Vous pouvez annuler ici jusqu’au jeudi 26 novembre à 8 h 00. Pour changer, appelez" in words
    assert phone.get(f"{path}/changer").status_code == 303
    assert "Choisir un autre moment" not in phone.get(f"{path}/annuler").text
    phone.post(f"{path}/annuler")
    assert "Votre rendez-vous est annulé" in words_of(phone.get(path).text)


def test_sessions_carry_their_length_when_there_is_nothing_else(
    town: Town, phone: FlaskClient, gathering: Appointment
) -> None:
    with town.changing() as world:
        world.session.add(world.opening)
        world.session.delete(world.opening)
    words = words_of(phone.get(town.invite()).text)
    assert "Environ" not in words
    assert "14 h 00 Atelier budget Séance à plusieurs, 2 h" in words
