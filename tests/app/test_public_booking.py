"""The page of an invitation: who writes and why, where, when, confirm; and everything that may go wrong on the way."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime, time, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from invitations.models import Message, MessageKind, Participation, PlaceType
from tests.app.team import queries_of
from tests.app.town import Town, tokens_of, words_of
from tests.conftest import Clock

# NOW is Tuesday 24 November, 10:00 in Paris; a type is booked 24 h ahead at least: Wednesday's times from 10:30.
WEDNESDAY_10_30 = datetime(2026, 11, 25, 9, 30, tzinfo=UTC)
NO_TOKENS = [
    "",
    "x",
    "20261201T0900",
    "20261201T0900-1-1-1",
    "99991231T2359-1-1",
    "20261201T0900-1-99999999999999999999",
]


def test_the_page_says_who_writes_why_and_until_when(town: Town, phone: FlaskClient) -> None:
    answer = phone.get(town.invite(last_name="Bernard"))
    words = words_of(answer.text)
    assert answer.status_code == 200
    assert "Département de la Drôme" in words
    assert "Bonjour Inès B., Choisissez votre rendez-vous" in words
    assert (
        "Centre médico-social 1 (Département de la Drôme) vous propose un rendez-vous. "
        "Pour faire le point ensemble sur votre situation. Environ 45 minutes." in words
    )
    assert "À choisir avant le samedi 5 décembre." in words  # ten whole days, then midnight
    assert "Besoin d’aide ? 04 75 00 00 00, lundi–vendredi 9 h–17 h" in words
    assert 'href="tel:+33475000000"' in answer.text


def test_the_page_shows_a_first_name_and_an_initial_and_nothing_more(town: Town, phone: FlaskClient) -> None:
    page = phone.get(town.invite(last_name="Quintessence", email="q@secret.example", address="3 allée Cachée")).text
    for kept in ("Quintessence", "secret.example", "allée Cachée", "+3363998", "06 39 98"):
        assert kept not in html.unescape(page)


def test_places_come_nearest_first_with_distance_and_access(town: Town, phone: FlaskClient) -> None:
    with town.changing() as world:
        romans = world.make_place(
            name="Centre social",
            address="3 place Jules-Nadi",
            city="Romans-sur-Isère",
            commune_insee="26281",
            latitude=45.0456,
            longitude=5.0525,
            is_step_free=False,
        )
        world.make_opening(agent_id=world.make_agent().id, place_id=romans.id)
    words = words_of(phone.get(town.invite(commune_insee="26362")).text)
    assert "Valence · Maison des solidarités, votre ville 12 rue Latour-Maubourg · accès de plain-pied" in words
    assert "Romans-sur-Isère · Centre social, 17 km 3 place Jules-Nadi Plan : Centre social Quand ?" in words
    assert words.index("Valence") < words.index("Romans-sur-Isère")


def test_distances_count_from_the_persons_commune_even_without_a_place_there(town: Town, phone: FlaskClient) -> None:
    words = words_of(phone.get(town.invite(commune_insee="26108")).text)  # Crest
    assert "Valence · Maison des solidarités, 25 km" in words


def test_another_place_is_one_link_away(town: Town, phone: FlaskClient) -> None:
    with town.changing() as world:
        die = world.make_place(name="Espace social", city="Die", commune_insee="26113")
        world.make_opening(agent_id=world.make_agent().id, place_id=die.id, starts_at_time=time(10))
    path = town.invite(commune_insee="26362")
    address = f"?lieu={die.id}"
    assert f'href="{address}#lieux"' in phone.get(path).text
    page = phone.get(path + address).text
    assert re.search(rf'href="{re.escape(address)}#lieux" aria-current="true"', page)
    assert "Die · Espace social" in words_of(page)
    assert {token.split("-")[1] for token in tokens_of(page)} == {str(die.id)}


def test_the_first_days_are_open_and_others_one_link_away(town: Town, phone: FlaskClient) -> None:
    path = town.invite()
    page = phone.get(path).text
    assert page.count('class="day"') == 4
    assert "Mercredi 25 novembre 10 h 30 11 h 15 Jeudi 26 novembre 9 h 00" in words_of(page)
    more = re.search(r'href="([^"]+jours=\d+)#jour-[^"]+">Voir', page)
    assert more
    assert phone.get(html.unescape(more[1])).text.count('class="day"') == 11


def test_a_day_full_of_times_does_not_make_the_first_page_heavy(town: Town, phone: FlaskClient) -> None:
    with town.changing() as world:
        world.session.add(world.type)
        world.type.step = timedelta(minutes=5)
    page = phone.get(town.invite()).text
    assert 1 <= page.count('class="day"') < 4
    assert len(tokens_of(page)) <= 60


def test_one_asks_for_as_many_queries_with_twelve_places_as_with_one(
    town: Town, flask_app: Flask, phone: FlaskClient
) -> None:
    path = town.invite()
    phone.get(path)
    with town.changing() as world:
        world.make_beneficiary()  # what was found before may not be true any more
    with_one = queries_of(flask_app, lambda: phone.get(path))
    with town.changing() as world:
        for number in range(11):
            place = world.make_place(name=f"Lieu {number}")
            world.make_opening(agent_id=world.make_agent().id, place_id=place.id)
    assert queries_of(flask_app, lambda: phone.get(path)) == with_one
    assert "Lieu 10" in phone.get(path).text


def test_one_sees_everything_before_confirming(town: Town, phone: FlaskClient) -> None:
    with town.changing() as world:
        world.session.add(world.type)
        world.type.instructions_before = "Une pièce d’identité."
    page = phone.get(f"{town.invite()}/confirmer", query_string={"creneau": town.token(WEDNESDAY_10_30)}).text
    words = words_of(page)
    assert "Quand Mercredi 25 novembre à 10 h 30 Environ 45 minutes" in words
    assert "Où Maison des solidarités 12 rue Latour-Maubourg 26000 Valence" in words
    assert "À apporter Une pièce d’identité." in words
    assert "Vous pouvez venir avec la personne de votre choix." in words
    assert page.count('class="button') == 1
    assert town.appointments() == []


def test_nothing_to_bring_is_said_too(town: Town, phone: FlaskClient) -> None:
    page = phone.get(f"{town.invite()}/confirmer", query_string={"creneau": town.token(WEDNESDAY_10_30)}).text
    assert "À apporter Rien de particulier." in words_of(page)


def test_confirming_books_and_leads_to_the_appointment(town: Town, phone: FlaskClient) -> None:
    answer = phone.post(town.invite(), data={"creneau": town.token(WEDNESDAY_10_30)})
    assert answer.status_code == 303
    assert answer.location.startswith("/r/")
    assert [one.starts_at for one in town.appointments()] == [WEDNESDAY_10_30]
    assert "C’est noté" in words_of(phone.get(answer.location).text)


def test_a_double_tap_books_once_and_writes_once(town: Town, phone: FlaskClient) -> None:
    path, taken = town.invite(), {"creneau": town.token(WEDNESDAY_10_30)}
    first, second = phone.post(path, data=taken), phone.post(path, data=taken)
    assert (first.status_code, first.location) == (second.status_code, second.location)
    with town.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Participation)) == 1
        told = select(func.count()).select_from(Message).where(Message.kind == MessageKind.BOOKED)
        assert session.scalar(told) == 2  # a text and an email


@pytest.mark.parametrize("way", ["the link again", "the confirmation again", "another time"])
def test_a_second_tab_leads_to_the_appointment_that_exists(town: Town, phone: FlaskClient, way: str) -> None:
    path, token = town.invite(), town.token(WEDNESDAY_10_30)
    booked = phone.post(path, data={"creneau": token}).location
    answer = {
        "the link again": lambda: phone.get(path),
        "the confirmation again": lambda: phone.get(f"{path}/confirmer", query_string={"creneau": token}),
        "another time": lambda: phone.post(path, data={"creneau": town.token(WEDNESDAY_10_30 + timedelta(days=1))}),
    }[way]()
    assert (answer.status_code, answer.location) == (303, booked)
    assert [one.starts_at for one in town.appointments()] == [WEDNESDAY_10_30]


def test_the_second_person_to_choose_a_slot_is_told(town: Town, phone: FlaskClient) -> None:
    first, second, taken = town.invite(), town.invite(), {"creneau": town.token(WEDNESDAY_10_30)}
    phone.post(first, data=taken)
    answer = phone.post(second, data=taken)
    words = words_of(answer.text)
    assert answer.status_code == 409
    assert "Quelqu’un vient de choisir ce créneau" in words
    assert "Mercredi 25 novembre, 11 h 15 Jeudi 26 novembre, 9 h 00 Jeudi 26 novembre, 9 h 45 Continuer" in words
    nearest = tokens_of(answer.text)[0]
    assert phone.get(f"{second}/confirmer", query_string={"creneau": nearest}).status_code == 200
    assert len(town.appointments()) == 1


def test_a_slot_gone_before_confirming_is_told_too(town: Town, phone: FlaskClient) -> None:
    first, second, taken = town.invite(), town.invite(), {"creneau": town.token(WEDNESDAY_10_30)}
    phone.post(first, data=taken)
    answer = phone.get(f"{second}/confirmer", query_string=taken)
    assert answer.status_code == 409
    assert "Voici les plus proches" in words_of(answer.text)


def test_a_time_that_was_on_the_screen_may_be_confirmed_some_minutes_late(
    town: Town, phone: FlaskClient, clock: Clock
) -> None:
    path, taken = town.invite(), {"creneau": town.token(WEDNESDAY_10_30)}
    clock.pass_by(timedelta(minutes=35))  # 24 h before 10:30 was five minutes ago
    assert taken["creneau"] not in tokens_of(phone.get(path).text)
    assert phone.get(f"{path}/confirmer", query_string=taken).status_code == 200
    assert phone.post(path, data=taken).status_code == 303


def test_going_on_without_a_time_is_said_beside_the_times(town: Town, phone: FlaskClient) -> None:
    answer = phone.get(f"{town.invite()}/confirmer")
    assert answer.status_code == 422
    assert 'href="#when">Choisissez un horaire, puis continuez.' in answer.text
    assert 'role="alert" tabindex="-1" autofocus' in answer.text
    assert "<title>Erreur" in answer.text


@pytest.mark.parametrize("token", NO_TOKENS)
def test_a_time_that_is_none_is_no_accident(town: Town, phone: FlaskClient, token: str) -> None:
    path = town.invite()
    assert phone.get(f"{path}/confirmer", query_string={"creneau": token}).status_code == 422
    assert phone.post(path, data={"creneau": token}).status_code == 422
    assert town.appointments() == []


@pytest.mark.parametrize("query", ["lieu=999999999999999999", "lieu=x", "jours=-4", "jours=999999999999", "jours="])
def test_a_mended_address_still_opens_the_page(town: Town, phone: FlaskClient, query: str) -> None:
    answer = phone.get(f"{town.invite()}?{query}")
    assert answer.status_code == 200
    assert tokens_of(answer.text)


def test_a_time_nobody_offers_is_not_booked(town: Town, phone: FlaskClient) -> None:
    sunday = datetime(2026, 11, 29, 3, 0, tzinfo=UTC)
    assert phone.post(town.invite(), data={"creneau": town.token(sunday)}).status_code == 409
    assert town.appointments() == []


def test_a_proposed_time_is_kept_in_one_tap(town: Town, phone: FlaskClient) -> None:
    path = town.propose(3)
    held = town.appointments()[0]
    with town.changing() as world:
        world.session.add(world.type)
        world.type.instructions_before = "Une pièce d’identité."
    words = words_of(phone.get(path).text)
    assert "Un rendez-vous vous est proposé" in words
    assert "12 rue Latour-Maubourg, Valence · accès de plain-pied Voir le plan" in words
    assert "À apporter : Une pièce d’identité. Garder ce rendez-vous" in words
    assert "Garder ce rendez-vous Sans réponse d’ici au" in words
    assert "il ne vous est plus réservé. Ou choisissez un autre moment" in words
    first, again = phone.post(f"{path}/garder"), phone.post(f"{path}/garder")
    assert (first.status_code, first.location) == (again.status_code, again.location)
    assert [one.id for one in town.appointments()] == [held.id]


def test_a_proposed_time_is_changed_on_the_same_page(town: Town, phone: FlaskClient) -> None:
    path = town.propose(3)
    held = town.appointments()[0].starts_at
    other = next(token for token in tokens_of(phone.get(path).text) if token != town.token(held))
    assert phone.post(path, data={"creneau": other}).status_code == 303
    (kept,) = town.appointments()
    assert town.token(kept.starts_at) == other


def test_a_telephone_appointment_says_that_we_call(town: Town, phone: FlaskClient) -> None:
    with town.changing() as world:
        world.session.add(world.type)
        world.type.place_type = PlaceType.PHONE
    page = phone.get(f"{town.invite()}/confirmer", query_string={"creneau": town.token(WEDNESDAY_10_30)}).text
    assert "Où Par téléphone. Nous vous appelons, vous n’avez pas à vous déplacer." in words_of(page)
    assert "Latour-Maubourg" not in page


@pytest.mark.parametrize(
    ("place_type", "told"),
    [
        (PlaceType.PHONE, "Comment ? Par téléphone. Nous vous appelons, vous n’avez pas à vous déplacer. Quand ?"),
        (PlaceType.HOME, "Comment ? Chez vous. Nous venons à l’adresse que vous nous avez donnée. Quand ?"),
        (PlaceType.VIDEO, "Comment ? En visio. Nous vous envoyons l’adresse à ouvrir. Quand ?"),
    ],
)
def test_one_knows_what_will_happen_before_choosing(
    town: Town, phone: FlaskClient, place_type: PlaceType, told: str
) -> None:
    with town.changing() as world:
        world.session.add(world.type)
        world.type.place_type = place_type
    for path in (town.invite(), town.propose(3)):
        page = phone.get(path).text
        assert told in words_of(page)
        assert "Latour-Maubourg" not in page


def test_where_several_teams_call_one_chooses_the_team_not_an_address(town: Town, phone: FlaskClient) -> None:
    with town.changing() as world:
        world.session.add(world.type)
        world.type.place_type = PlaceType.PHONE
        die = world.make_place(name="Espace social", city="Die", address="1 rue des Jardins")
        world.make_opening(agent_id=world.make_agent().id, place_id=die.id)
    words = words_of(phone.get(town.invite()).text)
    assert "vous n’avez pas à vous déplacer. Die · Espace social" in words
    assert "rue des Jardins" not in words


def test_two_kinds_of_appointment_are_told_apart_on_each_time(town: Town, phone: FlaskClient) -> None:
    with town.changing() as world:
        call = world.make_type(
            name="Entretien téléphonique", place_type=PlaceType.PHONE, duration=timedelta(minutes=30)
        )
        world.make_opening(agent_id=world.make_agent().id, types=[call])
    words = words_of(phone.get(town.invite()).text)
    assert "Plan : Maison des solidarités Certains horaires sont par téléphone : nous vous appelons. Quand ?" in words
    assert "10 h 30 Sur place 10 h 30 Par téléphone" in words
    assert "Environ" not in words  # the lengths differ: the page before confirming says which


def test_of_many_places_the_nearest_are_in_sight_and_the_others_one_tap_away(town: Town, phone: FlaskClient) -> None:
    with town.changing() as world:
        places = [world.place]
        for number in range(2, 12):
            places.append(
                world.make_place(name=f"Lieu {number:02}", latitude=44.9334 + number / 10, commune_insee="26281")
            )
            world.make_opening(agent_id=world.make_agent().id, place_id=places[-1].id)
    path = town.invite(commune_insee="26362")
    in_sight, _, folded = phone.get(path).text.partition("<details>")
    assert in_sight.count('#lieux"') == 5
    assert "Voir 6 autres lieux" in words_of(folded)
    farthest = f"?lieu={places[-1].id}"
    in_sight, _, folded = phone.get(path + farthest).text.partition("<details>")
    assert f'href="{farthest}#lieux" aria-current="true"' in in_sight
    assert in_sight.count('#lieux"') == 6
    assert "Voir 5 autres lieux" in words_of(folded)
