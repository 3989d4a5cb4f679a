"""The team's agenda: one picture, kept in its address; every act of it without JavaScript."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from invitations.database import Database
from invitations.models import (
    Absence,
    Agent,
    Appointment,
    AppointmentAgent,
    Closure,
    Message,
    MessageKind,
    Outcome,
    Participation,
    PlaceType,
)
from tests.app.team import Team, expect, queries_of
from tests.app.town import words_of
from tests.conftest import Clock

TODAY = datetime(2026, 11, 24, tzinfo=UTC)  # a Tuesday; it is 10:00 in Paris
EARLIER = TODAY.replace(hour=8)  # 9:00 in Paris
TOMORROW = TODAY + timedelta(days=1)
AT_NINE = TOMORROW.replace(hour=8)
AGENDA = "/agents/agenda"


@pytest.fixture
def team(database: Database, clock: Clock) -> Team:
    return Team(database, clock())


@pytest.fixture
def client(team: Team, flask_app: Flask) -> FlaskClient:
    return team.browser(flask_app)


def colleague_of(team: Team, **changes: object) -> Agent:
    with team.changing() as world:
        return world.make_agent(**{"last_name": "Faure", "display_name": "M. Faure"} | changes)


def to_come(team: Team, starts_at: datetime = AT_NINE, **person: object) -> Participation:
    with team.changing() as world:
        return expect(world, starts_at, beneficiary=world.make_beneficiary(**person))


def appointment_of(team: Team, participation: Participation) -> Appointment:
    with team.database.reading() as session:
        found = session.get_one(Appointment, participation.appointment_id)
        session.expunge_all()
        return found


def kinds_of_messages(team: Team) -> set[MessageKind]:
    with team.database.reading() as session:
        return {message.kind for message in session.query(Message)}


def move(client: FlaskClient, participation: Participation, query: str = "", **said: object) -> TestResponse:
    path = f"{AGENDA}/rendez-vous/{participation.appointment_id}/deplacer"
    return client.post(f"{path}?{query}", data={"on": "2026-11-26", "at": "10:30", "agent": 1, "place": 1} | said)


def add(client: FlaskClient, person_id: int, **said: object) -> TestResponse:
    values = {"type": 1, "on": "2026-11-26", "at": "10:30", "agent": 1, "place": 1}
    return client.post(f"{AGENDA}/nouveau?personne={person_id}", data=values | said)


# The picture


def test_the_week_shows_openings_absences_and_appointments_in_one_picture(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        expect(world, EARLIER, beneficiary=world.make_beneficiary(last_name="Arnaud"), outcome=Outcome.SEEN)
        expect(world, AT_NINE, beneficiary=world.make_beneficiary(last_name="Zola"))
        starts_at = TOMORROW.replace(hour=13)
        world.add(
            Absence(
                agent_id=world.agent.id,
                starts_at=starts_at,
                ends_at=starts_at + timedelta(hours=2),
                label="formation",
                created_at=world.now,
            )
        )
    page = client.get(AGENDA).text
    words = words_of(page)
    assert "Du 23 au 27 novembre, Mme Roche" in words
    assert words.count("Plage ouverte, 9 h 00 – 12 h 00, Valence") == 5
    assert "9 h 00 Inès Arnaud Venu" in words
    assert "14 h 00 – 16 h 00, Absence : formation" in words
    assert "look-seen" in page
    assert page.index("Arnaud") < page.index("Zola")


def test_the_hours_of_a_block_are_in_its_classes_and_nothing_is_styled_inline(team: Team, client: FlaskClient) -> None:
    to_come(team)
    page = client.get(AGENDA).text
    assert 'class="agenda-meeting h-9 m-0 uh-9 um-45"' in page
    assert "style=" not in page


def test_the_hours_shown_grow_with_what_happens_outside_the_offices(team: Team, client: FlaskClient) -> None:
    assert 'data-first="8" data-last="18"' in client.get(AGENDA).text
    to_come(team, TOMORROW.replace(hour=17, minute=30))
    assert 'data-first="8" data-last="20"' in client.get(AGENDA).text


def test_the_day_puts_the_team_side_by_side(team: Team, client: FlaskClient) -> None:
    colleague_of(team)
    words = words_of(client.get(f"{AGENDA}?vue=jour&agents=tous").text)
    assert "Mardi 24 novembre, toute l’équipe" in words
    page = client.get(f"{AGENDA}?vue=jour&agents=tous").text
    assert page.count("data-lane") == 2


def test_several_agents_are_named_in_the_address_or_ticked(team: Team, client: FlaskClient) -> None:
    others = [colleague_of(team, last_name=f"Faure{number}") for number in range(2)]
    me = team.world.agent.id
    for query in (f"agents={me},{others[0].id}", f"agents={me}&agents={others[0].id}"):
        page = client.get(f"{AGENDA}?vue=jour&{query}").text
        assert page.count("data-lane") == 2, query
        assert f"vue=liste&amp;date=2026-11-24&amp;agents={others[0].id},{me}" in page


def test_another_year_is_named(client: FlaskClient) -> None:
    for query, words in (
        ("date=2027-03-23", "Du 22 au 26 mars 2027, Mme Roche"),
        ("vue=jour&date=2025-12-31", "Mercredi 31 décembre 2025, Mme Roche"),
        ("date=2026-12-31", "Du 28 décembre au 1er janvier 2027, Mme Roche"),
        ("date=2026-12-24", "Du 21 au 25 décembre, Mme Roche"),
    ):
        assert words in client.get(f"{AGENDA}?{query}").text


def test_the_weekend_shows_only_when_something_happens_on_it(team: Team, client: FlaskClient) -> None:
    assert "samedi" not in client.get(AGENDA).text
    to_come(team, datetime(2026, 11, 28, 9, tzinfo=UTC))
    page = words_of(client.get(AGENDA).text)
    assert "Du 23 au 28 novembre" in page
    assert "dimanche" not in page


def test_closing_days_and_holidays_are_named(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        world.add(
            Closure(
                organisation_id=world.organisation.id,
                first_on=date(2026, 12, 24),
                last_on=date(2026, 12, 24),
                label="pont",
                created_at=world.now,
            )
        )
    for view in ("semaine", "liste"):
        words = words_of(client.get(f"{AGENDA}?date=2026-12-22&vue={view}").text)
        assert "Fermé : pont" in words
        assert "Férié : Noël" in words


def test_time_taken_elsewhere_tells_nothing_more(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        other = world.make_organisation(name="Ailleurs")
        kind = world.make_type(organisation_id=other.id, name="Confidentiel")
        expect(
            world,
            TOMORROW.replace(hour=13),
            organisation_id=other.id,
            type_id=kind.id,
            place_id=None,
            beneficiary=world.make_beneficiary(last_name="Secret"),
        )
    for view in ("semaine", "liste"):
        page = client.get(f"{AGENDA}?vue={view}").text
        assert "Rendez-vous ailleurs" in page
        assert "Secret" not in page
        assert "Confidentiel" not in page


def test_a_place_narrows_openings_and_tells_where_else_an_appointment_is(team: Team, client: FlaskClient) -> None:
    to_come(team)
    with team.changing() as world:
        romans = world.make_place(name="Centre social", city="Romans-sur-Isère")
    words = words_of(client.get(f"{AGENDA}?lieu={romans.id}").text)
    assert "Plage ouverte," not in words
    assert "Valence, Maison des solidarités" in words


def test_an_empty_week_says_what_to_do_first(team: Team, client: FlaskClient) -> None:
    assert "Ouvrir une plage" not in client.get(AGENDA).text
    page = client.get(f"{AGENDA}?agents={colleague_of(team).id}").text
    assert "Aucune plage ouverte, aucun rendez-vous cette semaine-là." in words_of(page)
    assert "/agents/creneaux/nouvelle?agent=" in page


def test_the_list_has_every_act_of_the_grid(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        met, coming = expect(world, EARLIER), expect(world, AT_NINE)
    page = client.get(f"{AGENDA}?vue=liste").text
    for path in (
        f"/agents/agenda/participations/{met.id}/issue?",
        f"/agents/agenda/rendez-vous/{coming.appointment_id}/deplacer?",
        f"/agents/agenda/participations/{coming.id}/annuler?",
        "/agents/agenda/nouveau?jour=2026-11-25&amp;heure=09:00&amp;agent=",
    ):
        assert path in page, path


def test_a_session_leads_to_its_own_page(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        workshop = world.make_type(is_collective=True, name="Atelier CV", seats=8)
        there = expect(world, TOMORROW.replace(hour=13), type_id=workshop.id, seats=8, seats_taken=1)
    words = words_of(client.get(AGENDA).text)
    assert "Atelier CV 1 place prise sur 8" in words
    panel = client.get(f"{AGENDA}/rendez-vous/{there.appointment_id}").text
    assert f"/agents/seances/{there.appointment_id}" in panel


def test_a_longer_team_and_week_cost_no_more_queries(team: Team, client: FlaskClient, flask_app: Flask) -> None:
    few = queries_of(flask_app, lambda: client.get(f"{AGENDA}?agents=tous"))
    with team.changing() as world:
        for number in range(6):
            agent = world.make_agent(last_name=f"Faure{number}")
            world.make_opening(agent_id=agent.id)
            expect(world, TOMORROW.replace(hour=8 + number), agent=agent)
    for view in ("semaine", "jour", "liste"):
        assert queries_of(flask_app, lambda view=view: client.get(f"{AGENDA}?agents=tous&vue={view}")) <= few, view


def test_no_figure_stands_beside_an_agent(team: Team, client: FlaskClient) -> None:
    """product.md, 2."""
    colleague_of(team)
    to_come(team)
    heads = re.findall(r"<h3[^>]*>([^<]*)</h3>", client.get(f"{AGENDA}?agents=tous").text)
    assert set(heads) == {"M. Faure", "Mme Roche"}


# Outcomes and cancelling


def test_an_outcome_is_said_from_the_panel_and_the_agenda_comes_back_where_it_was(
    team: Team, client: FlaskClient
) -> None:
    met = to_come(team, EARLIER)
    panel = client.get(f"{AGENDA}/rendez-vous/{met.appointment_id}?vue=jour&date=2026-11-24&agents=1").text
    assert "data-panel" in panel
    path = f"/agents/agenda/participations/{met.id}/issue?vue=jour&amp;date=2026-11-24&amp;agents=1"
    assert path in panel
    answer = client.post(path.replace("&amp;", "&"), data={"outcome": "seen"})
    assert answer.location == f"/agents/agenda?vue=jour&date=2026-11-24&agents=1#rv-{met.appointment_id}"
    with team.database.reading() as session:
        assert session.get_one(Participation, met.id).outcome is Outcome.SEEN


def test_the_service_cancels_from_the_agenda_and_the_person_is_told(team: Team, client: FlaskClient) -> None:
    coming = to_come(team)
    assert client.post(f"{AGENDA}/participations/{coming.id}/annuler").status_code == 303
    assert appointment_of(team, coming).cancelled_at is not None
    assert kinds_of_messages(team) == {MessageKind.CANCELLED_BY_SERVICE}
    assert "Rendez-vous annulé" in client.get(AGENDA).text


def test_what_was_cancelled_meanwhile_is_said_and_not_denied(team: Team, client: FlaskClient) -> None:
    coming = to_come(team)
    client.post(f"{AGENDA}/participations/{coming.id}/annuler")
    client.get(AGENDA)
    there = f"{AGENDA}/rendez-vous/{coming.appointment_id}?vue=jour&date=2026-11-25"
    for look in (
        lambda: client.get(there),
        lambda: client.get(there.replace("?", "/deplacer?")),
        lambda: move(client, coming),
    ):
        answer = look()
        assert answer.status_code == 303
        assert "Ce rendez-vous a été annulé entre-temps." in client.get(answer.location).text
    assert client.get(there).location == f"{AGENDA}?vue=jour&date=2026-11-25"


def test_whoever_excuses_a_person_reads_that_the_time_is_free(team: Team, client: FlaskClient) -> None:
    coming, met = to_come(team), to_come(team, EARLIER)
    said = "la personne s’est excusée. Le créneau est de nouveau libre."
    client.post(f"{AGENDA}/participations/{met.id}/issue", data={"outcome": "excused"})
    assert said not in client.get(AGENDA).text
    client.post(f"{AGENDA}/participations/{coming.id}/issue", data={"outcome": "excused"})
    assert said in client.get(AGENDA).text


# Moving


def test_a_drop_is_confirmed_with_the_old_and_the_new_time(team: Team, client: FlaskClient) -> None:
    coming = to_come(team)
    page = client.get(
        f"{AGENDA}/rendez-vous/{coming.appointment_id}/deplacer?vue=semaine&jour=2026-11-26&heure=10:30&agent=1"
    )
    words = words_of(page.text)
    assert "Maintenant mercredi 25 novembre à 9 h 00" in words
    assert "Ensuite jeudi 26 novembre à 10 h 30, Mme Roche" in words
    assert "La personne est prévenue par message" in words
    assert "quand même" not in words
    assert appointment_of(team, coming).starts_at == AT_NINE, "looking changes nothing"


def test_moving_keeps_the_length_and_tells_the_person(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        starts_at = AT_NINE
        coming = expect(world, starts_at, ends_at=starts_at + timedelta(minutes=30))
    answer = move(client, coming, "vue=semaine&date=2026-11-24&agents=1")
    assert answer.status_code == 303
    assert answer.location == f"/agents/agenda?vue=semaine&date=2026-11-26&agents=1#rv-{coming.appointment_id}"
    moved = appointment_of(team, coming)
    assert moved.starts_at == datetime(2026, 11, 26, 9, 30, tzinfo=UTC)
    assert moved.ends_at - moved.starts_at == timedelta(minutes=30)
    assert kinds_of_messages(team) == {MessageKind.MOVED}
    assert "rendez-vous déplacé au jeudi 26 novembre à 10 h 30" in words_of(client.get(answer.location).text)


def test_another_agent_may_take_it_over(team: Team, client: FlaskClient) -> None:
    other = colleague_of(team)
    coming = to_come(team)
    first = move(client, coming, agent=other.id)
    assert first.status_code == 409
    assert "en dehors des plages ouvertes" in first.text
    assert move(client, coming, agent=other.id, anyway="1").status_code == 303
    with team.database.reading() as session:
        times = session.query(AppointmentAgent).filter_by(appointment_id=coming.appointment_id).all()
        assert [one.agent_id for one in times] == [other.id]


def test_what_speaks_against_a_move_is_said_at_once_and_one_click_goes_on(team: Team, client: FlaskClient) -> None:
    coming = to_come(team)
    path = f"{AGENDA}/rendez-vous/{coming.appointment_id}/deplacer?jour=2026-11-26&heure=17:00&agent=1"
    page = client.get(path).text
    assert "en dehors des plages ouvertes" in page
    assert "Déplacer quand même" in page
    assert move(client, coming, at="17:00").status_code == 409
    assert move(client, coming, at="17:00", anyway="1").status_code == 303


def test_taken_time_is_refused_with_the_nearest_free_ones(team: Team, client: FlaskClient) -> None:
    coming = to_come(team)
    to_come(team, datetime(2026, 11, 26, 9, 30, tzinfo=UTC))
    answer = move(client, coming, anyway="1")
    assert answer.status_code == 409
    words = words_of(answer.text)
    assert "Un autre rendez-vous occupe déjà cette heure." in words
    assert "jeudi 26 novembre à 11 h 15, Mme Roche" in words
    assert "heure=11:15" in answer.text
    assert appointment_of(team, coming).starts_at == AT_NINE


def test_a_drop_on_taken_time_is_told_before_anything_is_asked(team: Team, client: FlaskClient) -> None:
    coming = to_come(team)
    to_come(team, datetime(2026, 11, 26, 9, 30, tzinfo=UTC))
    path = f"{AGENDA}/rendez-vous/{coming.appointment_id}/deplacer?jour=2026-11-26&heure=10:00&agent=1"
    assert "Un autre rendez-vous occupe déjà cette heure." in client.get(path).text
    assert "occupe déjà" not in client.get(path.replace("26&heure=10:00", "25&heure=09:15")).text, (
        "its own time is free"
    )


def test_an_hour_that_does_not_exist_is_said_beside_its_field(team: Team, client: FlaskClient) -> None:
    coming = to_come(team)
    answer = move(client, coming, on="2027-03-28", at="02:30", anyway="1")
    assert answer.status_code == 422
    assert "Cette heure n’existe pas ce jour-là" in answer.text
    assert 'value="02:30"' in answer.text


def test_a_move_that_says_nothing_is_asked_again(team: Team, client: FlaskClient) -> None:
    coming = to_come(team)
    answer = move(client, coming, on="", at="99:99")
    assert answer.status_code == 422
    assert "Indiquez le jour." in answer.text
    page = client.get(f"{AGENDA}/rendez-vous/{coming.appointment_id}/deplacer?jour=hier&heure=matin")
    assert page.status_code == 200
    assert 'value="2026-11-25"' in page.text


def test_a_past_appointment_moves_no_more(team: Team, client: FlaskClient) -> None:
    met = to_come(team, EARLIER)
    answer = move(client, met, anyway="1")
    assert answer.status_code == 409
    assert "ne se change plus" in answer.text
    assert "ne se change plus" in client.get(f"{AGENDA}/rendez-vous/{met.appointment_id}/deplacer").text
    assert "data-move" not in client.get(AGENDA).text


def test_two_who_move_the_same_appointment_hear_of_each_other(team: Team, client: FlaskClient) -> None:
    coming = to_come(team)
    page = client.get(f"{AGENDA}/rendez-vous/{coming.appointment_id}/deplacer").text
    seen = re.search(r'name="version" value="(\d+)"', page)
    assert seen is not None
    assert move(client, coming, at="10:30", version=seen[1]).status_code == 303
    assert move(client, coming, at="10:30", version=seen[1]).status_code == 303, "the same move, posted twice"
    late = move(client, coming, on="2026-11-27", at="15:00", version=seen[1], anyway="1")
    assert late.status_code == 409
    words = words_of(late.text)
    assert "Ce rendez-vous a été déplacé entre-temps" in words
    assert "Maintenant jeudi 26 novembre à 10 h 30" in words
    again = re.search(r'name="version" value="(\d+)"', late.text)
    assert again is not None
    assert move(client, coming, on="2026-11-27", at="15:00", version=again[1], anyway="1").status_code == 303


def test_a_move_into_the_past_promises_no_message(team: Team, client: FlaskClient) -> None:
    coming = to_come(team)
    page = client.get(f"{AGENDA}/rendez-vous/{coming.appointment_id}/deplacer?jour=2026-11-20&heure=10:30&agent=1").text
    assert "L’heure est passée" in page
    assert "prévenue par message" not in page
    moved = move(client, coming, on="2026-11-20", anyway="1")
    assert "aucun message ne part" in words_of(client.get(moved.location).text)


FAR = ("9999-12-31", "0001-01-01", "0226-12-01", "2027-02-31")


@pytest.mark.parametrize("day", FAR)
def test_a_day_that_no_calendar_computes_with_is_no_day(team: Team, client: FlaskClient, day: str) -> None:
    coming = to_come(team)
    asked = f"jour={day}&heure=00:00"
    for path in (
        f"rendez-vous/{coming.appointment_id}/deplacer?{asked}",
        f"nouveau?{asked}&personne={coming.beneficiary_id}",
    ):
        page = client.get(f"{AGENDA}/{path}")
        assert page.status_code == 200, path
        assert day not in page.text.partition("<form")[2].partition('id="on"')[2], path


# Adding


def test_a_booking_in_the_past_promises_no_message(team: Team, client: FlaskClient) -> None:
    person = team.person()
    asked = add(client, person.id, on="2026-11-20")
    assert asked.status_code == 409
    assert "aucun message ne part" in words_of(asked.text)
    made = add(client, person.id, on="2026-11-20", anyway="1")
    words = words_of(client.get(made.location).text)
    assert "aucun message ne part" in words
    assert "La confirmation part" not in words


def test_a_number_that_no_table_holds_finds_nobody(client: FlaskClient) -> None:
    assert client.get(f"{AGENDA}/nouveau?personne={10**30}").status_code == 200
    assert client.get(f"{AGENDA}/nouveau?personne=-1").status_code == 200
    assert add(client, 10**30).status_code == 404


def test_a_character_that_no_keyboard_writes_is_a_bad_request(team: Team, client: FlaskClient) -> None:
    assert client.get(f"{AGENDA}/nouveau?q=a&q=%00").status_code == 400
    assert client.get("/agents/personnes?q=%00").status_code == 400
    absence = {"agents": team.world.agent.id, "first_on": "2026-12-01", "label": "con\0gé"}
    answer = client.post("/agents/absences/nouvelle", data=absence)
    assert answer.status_code == 400
    assert "<h1>" in answer.text


def test_a_person_is_found_by_name_and_the_time_is_kept(team: Team, client: FlaskClient) -> None:
    ines = team.person(last_name="Arnaud", search_key="ines arnaud")
    team.person(last_name="Arnoux", search_key="ines arnoux")
    page = client.get(f"{AGENDA}/nouveau?jour=2026-11-26&heure=10:30&agent=1&q=arn").text
    assert "Jeudi 26 novembre à 10 h 30, Mme Roche." in words_of(page)
    assert f"personne={ines.id}&amp;" in page
    only = client.get(f"{AGENDA}/nouveau?jour=2026-11-26&heure=10:30&agent=1&q=arnaud")
    asked = parse_qs(urlsplit(only.location).query)
    assert (asked["personne"], asked["jour"], asked["heure"]) == ([str(ines.id)], ["2026-11-26"], ["10:30"])
    form = client.get(only.location).text
    for value in ('value="2026-11-26"', 'value="10:30"', "Réserver pour Inès Arnaud"):
        assert value in form


def test_nobody_found_is_said(team: Team, client: FlaskClient) -> None:
    assert "ne correspond à" in client.get(f"{AGENDA}/nouveau?q=personne").text


def test_booking_tells_the_person_and_shows_the_appointment(team: Team, client: FlaskClient) -> None:
    ines = team.person(last_name="Arnaud")
    answer = add(client, ines.id)
    assert answer.status_code == 303
    with team.database.reading() as session:
        booked = session.query(Participation).filter_by(beneficiary_id=ines.id).one()
        assert booked.appointment.starts_at == datetime(2026, 11, 26, 9, 30, tzinfo=UTC)
        assert answer.location == f"/agents/agenda?date=2026-11-26#rv-{booked.appointment_id}"
    assert kinds_of_messages(team) == {MessageKind.BOOKED}
    assert "Rendez-vous réservé pour Inès Arnaud, jeudi 26 novembre à 10 h 30" in words_of(
        client.get(answer.location).text
    )


def test_outside_openings_is_said_once_and_nothing_stays_behind(team: Team, client: FlaskClient) -> None:
    ines = team.person()
    refused = add(client, ines.id, at="18:30")
    assert refused.status_code == 409
    assert "en dehors des plages ouvertes" in refused.text
    assert "Réserver quand même" in refused.text
    assert 'value="18:30"' in refused.text
    with team.database.reading() as session:
        assert session.query(Participation).count() == 0
    assert add(client, ines.id, at="18:30", anyway="1").status_code == 303


def test_a_second_appointment_in_the_same_follow_up_is_refused(team: Team, client: FlaskClient) -> None:
    coming = to_come(team)
    answer = add(client, coming.beneficiary_id)
    assert answer.status_code == 409
    assert "déjà prévu" in answer.text
    assert f"/agents/personnes/{coming.beneficiary_id}" in answer.text


def test_overlap_offers_free_times_that_fill_the_form(team: Team, client: FlaskClient) -> None:
    to_come(team, datetime(2026, 11, 26, 9, 30, tzinfo=UTC))
    ines = team.person()
    answer = add(client, ines.id, anyway="1")
    assert answer.status_code == 409
    found = re.search(r'href="([^"]*heure=11:15[^"]*)"', answer.text)
    assert found
    again = client.get(found[1].replace("&amp;", "&")).text
    assert 'value="11:15"' in again
    assert f"personne={ines.id}" in found[1]


def test_a_place_is_needed_unless_nobody_travels(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        by_phone = world.make_type(place_type=PlaceType.PHONE, name="Point téléphonique")
    ines = team.person()
    answer = add(client, ines.id, place=0, anyway="1")
    assert answer.status_code == 422
    assert "Choisissez un lieu" in answer.text
    assert add(client, ines.id, place=0, type=by_phone.id, anyway="1").status_code == 303


def test_the_opening_of_the_time_says_the_place(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        romans = world.make_place(name="Centre social", city="Romans-sur-Isère")
        world.make_opening(
            place_id=romans.id,
            starts_at_time=time(14),
            ends_at_time=time(17),
        )
    ines = team.person()
    for hour, place in (("09:00", team.world.place.id), ("15:00", romans.id)):
        form = client.get(f"{AGENDA}/nouveau?personne={ines.id}&jour=2026-11-26&heure={hour}&agent=1").text
        assert f'<option selected value="{place}">' in form, hour


def test_openings_and_absences_are_one_link_away_with_the_time(team: Team, client: FlaskClient) -> None:
    page = client.get(f"{AGENDA}/nouveau?jour=2026-11-26&heure=10:30&agent=1").text
    for path in ("/agents/creneaux/nouvelle", "/agents/absences/nouvelle"):
        assert f"{path}?agent=1&amp;jour=2026-11-26&amp;de=10:30" in page


# Who may


def test_what_belongs_elsewhere_does_not_exist(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        other = world.make_organisation()
        stranger = world.make_agent(organisation=other)
        place = world.make_place(organisation_id=other.id)
        person = world.make_beneficiary(organisation=other)
        kind = world.make_type(organisation_id=other.id)
        theirs = expect(world, TOMORROW, agent=stranger, organisation_id=other.id, type_id=kind.id, place_id=place.id)
    mine = to_come(team)
    for path in (
        f"{AGENDA}?agents={stranger.id}",
        f"{AGENDA}?agents=abc",
        f"{AGENDA}?lieu={place.id}",
        f"{AGENDA}/rendez-vous/{theirs.appointment_id}",
        f"{AGENDA}/rendez-vous/{theirs.appointment_id}/deplacer",
        f"{AGENDA}/rendez-vous/{mine.appointment_id}/deplacer?jour=2026-11-26&heure=10:30&agent={stranger.id}",
        f"{AGENDA}/nouveau?personne={person.id}",
        f"{AGENDA}/nouveau?agent={stranger.id}",
    ):
        assert client.get(path).status_code == 404, path
    assert client.post(f"{AGENDA}/participations/{theirs.id}/issue", data={"outcome": "seen"}).status_code == 404
    assert client.post(f"{AGENDA}/participations/{theirs.id}/annuler").status_code == 404
    assert move(client, theirs).status_code == 404
    assert add(client, person.id).status_code == 404
    assert move(client, mine, agent=stranger.id, anyway="1").status_code == 422
    assert move(client, mine, place=place.id, anyway="1").status_code == 422
    assert add(client, mine.beneficiary_id, type=kind.id).status_code == 422
