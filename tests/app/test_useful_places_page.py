"""Réglages, lieux utiles: what people are shown, files with their preview, addresses, and a place made of one."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.datastructures import FileStorage

from app.agents.useful_places_receiving import receive, received
from app.agents.useful_places_words import REFUSED, hours_in_words
from app.jobs import TIMETABLE, run_job
from invitations.database import Database
from invitations.errors import UploadRefused
from invitations.models import (
    Agent,
    AuditEvent,
    Organisation,
    OrganisationKind,
    Place,
    Role,
    UsefulDraft,
    UsefulFeed,
    UsefulPlace,
    UsefulTheme,
)
from tests.app.team import Team, queries_of
from tests.app.town import Town, words_of
from tests.conftest import NOW, Clock
from tests.data_inclusion import as_csv, as_json, service, structure
from tests.useful import know, show_useful

HERE = "/agents/reglages/lieux-utiles"


@pytest.fixture
def team(database: Database, clock: Clock) -> Team:
    return Team(database, clock())


@pytest.fixture
def admin(team: Team) -> Agent:
    with team.changing() as world:
        return world.make_agent(role=Role.ADMIN)


@pytest.fixture
def client(team: Team, flask_app: Flask, admin: Agent) -> FlaskClient:
    return team.browser(flask_app, admin)


def send(client: FlaskClient, content: bytes, name: str = "structures.csv") -> Any:
    """The body by hand: the client's own way leaves a temporary file open for whatever is long."""
    head = f'--x\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode()
    return client.post(HERE, data=head + content + b"\r\n--x--\r\n", content_type="multipart/form-data; boundary=x")


def names(team: Team) -> list[str]:
    with team.database.reading() as session:
        return list(session.scalars(select(UsefulPlace.name).order_by(UsefulPlace.name, UsefulPlace.id)))


def noted(team: Team) -> list[tuple[str, Any]]:
    with team.database.reading() as session:
        events = session.scalars(select(AuditEvent).order_by(AuditEvent.id))
        return [(one.action, one.details) for one in events if one.action.startswith("useful")]


def test_a_file_is_looked_at_then_saved(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        know(world, structure(1), structure(2), structure(3))
    rows = [structure(1), structure(2, nom="Maison pour tous"), structure(4), structure(5, code_insee="75056")]
    answer = send(client, as_csv(*rows))
    assert answer.status_code == 303
    page = words_of(client.get(answer.location).text)
    assert "3 lieux dans ce fichier" in page
    assert "Nouveaux 1 Modifiés 1 Inchangés 1 Retirés, absents du fichier 1" in page
    assert "Laissés de côté 1 dans un autre département" in page
    assert "Maison pour tous" not in names(team)
    saved = client.post(answer.location, follow_redirects=True)
    assert "C’est enregistré : 1 nouveau, 1 modifié, 1 retiré." in words_of(saved.text)
    assert names(team) == ["Centre social 1", "Centre social 4", "Maison pour tous"]
    assert noted(team) == [("useful_places.saved", {"kind": "structure", "new": 1, "changed": 1, "gone": 1})]
    assert client.post(answer.location).status_code == 404


def test_a_file_may_be_left_as_it_is(team: Team, client: FlaskClient) -> None:
    answer = send(client, as_json(service(1)), "services.json")
    assert client.post(f"{answer.location}/abandonner").status_code == 303
    assert (names(team), noted(team)) == ([], [])
    with team.database.reading() as session:
        assert session.scalars(select(UsefulDraft)).all() == []


def test_a_second_file_takes_the_place_of_the_first_draft(team: Team, client: FlaskClient) -> None:
    first = send(client, as_json(structure(1))).location
    second = send(client, as_json(structure(2))).location
    assert (client.get(first).status_code, client.get(second).status_code) == (404, 200)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "celui-ci est vide, ou n’est pas arrivé."),
        (b"PK\x03\x04", "ni un CSV ni un JSON"),
        (b"a,b\n1,2\n", "n’a pas les colonnes de data·inclusion"),
        (as_json(structure())[:-5], "abîmé ou incomplet"),
        (as_json(structure(code_insee="75056")), "aucun lieu de votre département"),
    ],
)
def test_a_file_that_is_none_is_refused_beside_the_field(
    team: Team, client: FlaskClient, content: bytes, sentence: str
) -> None:
    with team.changing() as world:
        know(world, structure(1))
    answer = send(client, content)
    assert answer.status_code == 422
    assert words_of(answer.text).count(sentence) == 2
    assert names(team) == ["Centre social 1"]


def test_nothing_beyond_60_megabytes_is_kept_and_the_file_is_refused() -> None:
    arriving = receive("structures.csv")
    for _ in range(61):
        assert arriving.write(bytes(1024 * 1024)) == 1024 * 1024
    with closing(FileStorage(arriving, "structures.csv")) as file, pytest.raises(UploadRefused) as refused:
        received(file)
    assert "dépasse 60\u00a0Mo" in REFUSED[refused.value.details["why"]]


def test_a_file_larger_than_other_pages_take_is_read(team: Team, client: FlaskClient) -> None:
    far = as_csv(structure(2, code_insee="75056", description="x" * 100_000))
    content = as_csv(structure(1)) + far.split(b"\r\n", 1)[1] * 130
    assert len(content) > 12 * 1024 * 1024
    assert client.post(send(client, content).location).status_code == 303
    assert names(team) == ["Centre social 1"]


def test_more_than_half_gone_is_said_before_saving(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        know(world, structure(1), structure(2), structure(3))
    page = client.get(send(client, as_json(structure(1))).location).text
    assert "Plus de la moitié des structures connues disparaîtraient" in words_of(page)


def test_what_is_written_in_a_file_stays_text(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        know(world, structure(1, nom="<script>alert(1)</script>", adresse="<b>x"))
    page = client.get(HERE).text
    assert "&lt;script&gt;alert(1)" in page
    assert "<b>x" not in page


def test_people_are_shown_what_the_organisation_chose(
    team: Team, flask_app: Flask, client: FlaskClient, admin: Agent
) -> None:
    assert client.post(f"{HERE}/montrer", data={"themes": ["digital", "transport"]}).status_code == 303
    with team.database.reading() as session:
        assert session.get_one(Organisation, team.world.organisation.id).useful_themes == "transport digital"
    assert client.get(HERE).text.count("checked") == 2
    assert client.post(f"{HERE}/montrer", data={"themes": ["lottery"]}).status_code == 422
    client.post(f"{HERE}/montrer")
    with team.database.reading() as session:
        assert session.get_one(Organisation, team.world.organisation.id).useful_themes is None
    assert noted(team) == [("useful_places.shown", {"themes": 2}), ("useful_places.shown", {"themes": 0})]


def test_an_address_is_kept_shown_and_taken_away(team: Team, client: FlaskClient) -> None:
    address = "https://www.data.example/structures.csv"
    client.post(f"{HERE}/adresses", data={"structure": f" {address} ", "service": ""})
    page = client.get(HERE).text
    assert address in page
    assert "Structures : lecture dans l’heure." in words_of(page)
    client.post(f"{HERE}/adresses", data={"structure": "", "service": ""})
    with team.database.reading() as session:
        assert session.scalars(select(UsefulFeed)).all() == []


def test_an_address_inside_the_network_is_refused_and_neither_is_kept(team: Team, client: FlaskClient) -> None:
    sent = {"structure": "https://data.example/a.csv", "service": "https://10.0.0.1/b.csv"}
    answer = client.post(f"{HERE}/adresses", data=sent)
    assert answer.status_code == 422
    assert "Cette adresse n’existe que dans un réseau interne." in words_of(answer.text)
    assert "https://10.0.0.1/b.csv" in answer.text
    with team.database.reading() as session:
        assert session.scalars(select(UsefulFeed)).all() == []


def test_a_failure_is_told_with_the_copy_that_stays(team: Team, flask_app: Flask, client: FlaskClient) -> None:
    with team.changing() as world:
        made = {"department_id": world.department.id, "kind": "structure", "created_at": NOW, "fetched_at": NOW}
        world.add(UsefulFeed(address="https://x.example/", failure="gone", next_try_at=NOW + timedelta(days=1), **made))
    page = words_of(client.get(HERE).text)
    assert "cette adresse n’existe plus. La copie du mardi 24 novembre 2026 reste." in page
    assert "Prochain essai le mercredi 25 novembre." in page


def test_the_scheduler_reads_what_is_due(team: Team, flask_app: Flask) -> None:
    with team.changing() as world:
        made = {"department_id": world.department.id, "kind": "structure", "created_at": NOW}
        world.add(UsefulFeed(address="https://127.0.0.1/", next_try_at=NOW, **made))
    job = next(one for one in TIMETABLE if one.name == "read_useful_places")
    assert run_job(flask_app.extensions["rdv"], job)
    with team.database.reading() as session:
        assert session.scalars(select(UsefulFeed.failure)).one() == "not_public"


def test_a_place_is_made_of_one_in_one_click(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        know(world, structure(1))
        useful = world.session.scalars(select(UsefulPlace.id)).one()
    made = client.post(f"{HERE}/{useful}/lieu")
    with team.database.reading() as session:
        place = session.scalars(select(Place).where(Place.name == "Centre social 1")).one()
        session.expunge_all()
    assert made.location == f"/agents/reglages/lieux/{place.id}"
    assert (place.address, place.city, place.phone) == ("3 place Le Cardonnel", "Valence", "+33475000001")
    assert (place.opening_hours, place.is_step_free) == ("Mo-Fr 08:30-12:30; PH off", False)
    again = client.post(f"{HERE}/{useful}/lieu", follow_redirects=True)
    assert "Votre structure a déjà un lieu de ce nom dans cette commune." in words_of(again.text)


def test_the_list_is_narrowed_by_kind_of_help_and_words(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        know(world, structure(1), structure(2, commune="Romans", code_insee="26281", thematiques=["mobilite"]))
    assert "2 lieux utiles dans le département" in words_of(client.get(HERE).text)
    for query in ("aide=transport", "recherche=romans", "recherche=social+2", "aide=transport&recherche=SOCIAL"):
        page = words_of(client.get(f"{HERE}?{query}").text)
        assert "Centre social 2" in page
        assert "Centre social 1" not in page
    assert "Aucun lieu ne correspond." in words_of(client.get(f"{HERE}?recherche=%25").text)
    assert client.get(f"{HERE}?aide=rien&page=-4").status_code == 200


def test_others_than_the_departements_read_and_choose_but_bring_no_file(
    team: Team, flask_app: Flask, client: FlaskClient
) -> None:
    with team.changing() as world:
        world.session.get_one(Organisation, world.organisation.id).kind = OrganisationKind.SIAE
    page = client.get(HERE).text
    assert 'type="file"' not in page
    assert "ce sont ses administrateurs et administratrices qui les apportent" in words_of(page)
    assert send(client, as_json(structure(1))).status_code == 403
    assert client.post(f"{HERE}/montrer", data={"themes": "digital"}).status_code == 303


def test_the_page_asks_as_much_for_many_as_for_one(team: Team, flask_app: Flask, client: FlaskClient) -> None:
    with team.changing() as world:
        know(world, structure(1))
    few = queries_of(flask_app, lambda: client.get(HERE))
    with team.changing() as world:
        know(world, *(structure(number) for number in range(60)))
    assert queries_of(flask_app, lambda: client.get(f"{HERE}?page=2")) == few


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        ("Mo-Fr 08:30-12:30; PH off", ["lundi–vendredi 8:30-12:30", "fermé les jours fériés"]),
        (
            "Mo-We 09:00-12:00,14:00-17:00; SH,PH off",
            ["lundi–mercredi 9:00-12:00, 14:00-17:00", "fermé les jours fériés"],
        ),
        ("24/7", ["tous les jours, jour et nuit"]),
        ("Sa 10:00-12:00", ["samedi 10:00-12:00"]),
        ("Nov 24-26 10:00-12:00", ["ces sept jours\u00a0: mardi–jeudi 10:00-12:00"]),
        ("Jul-Aug Mo 10:00-12:00", ["ces sept jours\u00a0: fermé"]),
        ("", []),
        ("le matin", []),
    ],
)
def test_hours_are_told_in_plain_french(hours: str, words: list[str]) -> None:
    assert hours_in_words(hours, NOW.date()) == words


# What the person sees


def test_a_person_sees_what_is_useful_near_their_appointment(town: Town, phone: FlaskClient) -> None:
    booked = town.convene()
    with town.changing() as world:
        bus = service(1, nom="Citéa à la demande", thematiques=["mobilite"], horaires_accueil="Mo-Su 08:00-18:00")
        know(world, structure(1))
        show_useful(world, bus, themes=[UsefulTheme.TRANSPORT])
    page = phone.get(booked).text
    said = words_of(page)
    assert "Utile près de ce rendez-vous Transport 300 m Citéa à la demande Centre social 1" in said
    assert "3 place Le Cardonnel, Valence Ouvert ce jour-là : 8 h 00–18 h 00 04 75 00 00 01" in said
    assert 'href="https://acceslibre.beta.gouv.fr/app/26-valence/a/centre-social/erp/centre/"' in page
    assert "D’après data·inclusion." in said


def test_the_page_of_an_appointment_asks_no_more_when_nothing_is_chosen(
    town: Town, flask_app: Flask, phone: FlaskClient
) -> None:
    booked = town.convene()
    phone.get(booked)
    without = queries_of(flask_app, lambda: phone.get(booked))
    with town.changing() as world:
        show_useful(world, *(service(number) for number in range(1, 9)), themes=[])
    assert queries_of(flask_app, lambda: phone.get(booked)) == without
    with town.changing() as world:
        show_useful(world, themes=[UsefulTheme.DIGITAL])
    assert queries_of(flask_app, lambda: phone.get(booked)) == without + 1
