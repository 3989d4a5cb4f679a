"""Réglages, département: name, colour, logo and legal words; who may set them; what people see of it afterwards."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select
from werkzeug.test import TestResponse

from invitations.database import Database
from invitations.department_colour import palette
from invitations.models import Agent, AuditEvent, Department, DepartmentLogo, OrganisationKind, Role
from tests.app.team import Team, queries_of
from tests.app.town import Town, words_of
from tests.conftest import Clock

HERE = "/agents/reglages/departement"
TYPED = {
    "full_name": "Département de la Drôme",
    "accent": "#6A1B9A",
    "website": "https://www.drome.example",
    "phone": "04 75 79 26 26",
    "postal_address": "26 avenue du Président-Herriot\r\n26000 Valence",
    "publisher": "Mme Martin, présidente du conseil départemental",
    "host": "Hébergeur d’exemple\r\n1 rue du Serveur, 69000 Lyon",
    "privacy_contact": "dpo@drome.example",
    "accessibility_contact": "accessibilite@drome.example",
}


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


def picture(colour: str = "#6a1b9a", size: tuple[int, int] = (480, 160)) -> bytes:
    kept = BytesIO()
    Image.new("RGB", size, colour).save(kept, "PNG")
    return kept.getvalue()


def send(client: FlaskClient, content: bytes, name: str = "logo.png") -> TestResponse:
    """Written by hand: werkzeug's own writer leaves a temporary file open behind a large upload."""
    head = f'--x\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    return client.post(
        f"{HERE}/logo", data=head.encode() + content + b"\r\n--x--\r\n", content_type="multipart/form-data; boundary=x"
    )


def kept(team: Team) -> Department:
    with team.database.reading() as session:
        found = session.get_one(Department, team.world.department.id, with_for_update=None)
        for name in TYPED:
            getattr(found, name)
        session.expunge_all()
    return found


def noted(team: Team) -> list[Any]:
    with team.database.reading() as session:
        return [(one.action, one.details["changed"]) for one in session.scalars(select(AuditEvent))]


def test_what_the_departement_says_of_itself_is_kept(team: Team, client: FlaskClient) -> None:
    answer = client.post(HERE, data=TYPED)
    assert (answer.status_code, answer.location) == (303, HERE)
    found = kept(team)
    assert found.accent == "#6a1b9a"
    assert found.phone == "+33475792626"
    assert found.postal_address == "26 avenue du Président-Herriot\n26000 Valence"
    page = client.get(HERE).text
    for words in ("04 75 79 26 26", "dpo@drome.example", "#6a1b9a"):
        assert words in page
    assert "Il manque encore" not in page
    ((action, changed),) = noted(team)
    assert action == "department.changed"
    assert set(changed) == set(TYPED) - {"full_name"}


def test_saving_again_what_is_there_is_no_news(team: Team, client: FlaskClient) -> None:
    client.post(HERE, data=TYPED)
    client.post(HERE, data=TYPED)
    assert len(noted(team)) == 1


def test_what_the_legal_pages_lack_is_told(client: FlaskClient) -> None:
    page = words_of(client.get(HERE).text)
    assert "Il manque encore aux pages légales : l’adresse postale, la direction de la publication" in page


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"accent": "bleu"}, "six lettres ou chiffres"),
        ({"accent": ""}, "six lettres ou chiffres"),
        ({"accent": "#ffffff"}, "leur rapport de contraste est de 1,0, il en faut 4,5"),
        ({"accent": "#ff0"}, "leur rapport de contraste est de 1,0, il en faut 4,5"),
        ({"full_name": "  "}, "À remplir."),
        ({"full_name": "x" * 121}, "120 caractères au plus."),
        ({"website": "javascript:alert(1)"}, "Une adresse commence par https://."),
        ({"phone": "12"}, "Ce numéro ne se lit pas."),
        ({"host": "x" * 301}, "300 caractères au plus."),
    ],
)
def test_what_can_not_be_kept_is_told_beside_its_field(
    team: Team, client: FlaskClient, typed: dict[str, str], sentence: str
) -> None:
    answer = client.post(HERE, data=TYPED | typed)
    assert answer.status_code == 422
    assert sentence in answer.text.replace("\N{NO-BREAK SPACE}", " ")
    assert "Mme Martin, présidente" in answer.text
    assert kept(team).publisher == ""
    assert noted(team) == []


def test_a_colour_too_light_for_a_button_is_darkened_and_the_page_says_so(team: Team, client: FlaskClient) -> None:
    client.post(HERE, data=TYPED | {"accent": "#ffcc00"})
    assert kept(team).accent == "#ffcc00"
    page = client.get(HERE).text
    assert f"{palette('#ffcc00').button}, plus foncé que la couleur choisie" in page


def test_the_preview_wears_the_colour_within_the_content_policy(client: FlaskClient) -> None:
    answer = client.get(HERE)
    assert ".preview-dark{" in answer.text
    assert re.search(r"style-src 'self' 'sha256-[\w+/=]+'", answer.headers["Content-Security-Policy"])


def test_a_logo_is_shown_beside_the_name_and_kept_by_browsers(
    team: Team, client: FlaskClient, flask_app: Flask
) -> None:
    assert send(client, picture()).status_code == 303
    found = kept(team)
    assert (found.logo_width, found.logo_height) == (240, 80)
    address = f"/logo/26-{found.logo_hash}.png"
    for page in (client.get(HERE).text, flask_app.test_client().get("/mentions-legales").text):
        assert f'src="{address}" alt="" width="120" height="40"' in page
    answer = flask_app.test_client().get(address)
    assert answer.status_code == 200
    assert answer.mimetype == "image/png"
    assert answer.data.startswith(b"\x89PNG")
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "Set-Cookie" not in answer.headers


def test_another_logo_has_another_address_and_the_old_one_leads_nowhere(
    team: Team, client: FlaskClient, flask_app: Flask
) -> None:
    send(client, picture())
    first = kept(team).logo_hash
    send(client, picture("#0b5c6b"))
    assert flask_app.test_client().get(f"/logo/26-{first}.png").status_code == 404
    assert flask_app.test_client().get(f"/logo/26-{kept(team).logo_hash}.png").status_code == 200
    with team.database.reading() as session:
        assert len(session.scalars(select(DepartmentLogo.department_id)).all()) == 1
    assert noted(team) == [("department.changed", ["logo"])] * 2


def test_a_logo_is_taken_away_and_the_name_stays(team: Team, client: FlaskClient, flask_app: Flask) -> None:
    send(client, picture())
    address = f"/logo/26-{kept(team).logo_hash}.png"
    for _ in range(2):
        assert client.post(f"{HERE}/logo/retirer").status_code == 303
    assert kept(team).logo_hash == ""
    assert flask_app.test_client().get(address).status_code == 404
    page = flask_app.test_client().get("/mentions-legales").text
    assert "<img" not in page
    assert "Département de la Drôme" in page
    assert len(noted(team)) == 2


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "Choisissez un fichier"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "n’est pas une image"),
        (picture()[:-200], "abîmé ou incomplet"),
        (b"\x89PNG" + b"x" * (2 * 1024 * 1024), "dépasse 2"),
    ],
)
def test_a_file_that_is_no_logo_is_refused_beside_its_field(
    team: Team, client: FlaskClient, content: bytes, sentence: str
) -> None:
    answer = send(client, content)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert 'href="#file"' in answer.text
    assert kept(team).logo_hash == ""


def test_twelve_megabytes_are_refused_before_they_are_read(client: FlaskClient) -> None:
    assert send(client, b"x" * (12 * 1024 * 1024)).status_code == 413


def test_a_post_without_any_file_is_refused_kindly(client: FlaskClient) -> None:
    answer = client.post(f"{HERE}/logo")
    assert answer.status_code == 422
    assert "Choisissez un fichier" in answer.text


@pytest.mark.parametrize(
    "address", ["/logo/26-.png", "/logo/26-0000000000000000.png", "/logo/2600-0000000000000000.png"]
)
def test_an_address_that_is_no_logos_leads_nowhere(flask_app: Flask, team: Team, address: str) -> None:
    assert flask_app.test_client().get(address).status_code == 404


ACTS: list[tuple[str, dict[str, Any]]] = [
    (HERE, TYPED),
    (f"{HERE}/logo", {}),
    (f"{HERE}/logo/retirer", {}),
]


def test_administrators_of_partners_read_and_do_not_set(team: Team, flask_app: Flask, client: FlaskClient) -> None:
    client.post(HERE, data=TYPED)
    with team.changing() as world:
        partner = world.make_organisation(name="Chantier", kind=OrganisationKind.SIAE)
        reader = world.make_agent(organisation=partner, role=Role.ADMIN)
    theirs = team.browser(flask_app, reader)
    page = theirs.get(HERE).text
    assert "dpo@drome.example" in page
    assert "Enregistrer" not in page
    for path, data in ACTS:
        assert theirs.post(path, data=data | {"full_name": "Autre"}).status_code == 403, path
    assert kept(team).full_name == "Département de la Drôme"


def test_only_an_administrator_opens_it(team: Team, flask_app: Flask) -> None:
    basic = team.browser(flask_app)
    assert basic.get(HERE).status_code == 403
    for path, data in ACTS:
        assert basic.post(path, data=data).status_code == 403
        assert flask_app.test_client().post(path, data=data).status_code == 302


def test_the_administrators_of_another_departement_set_their_own(team: Team, flask_app: Flask) -> None:
    with team.changing() as world:
        isere = world.make_department(number="38", name="Isère", full_name="Département de l’Isère")
        organisation = world.make_organisation(department_id=isere.id)
        stranger = world.make_agent(organisation=organisation, role=Role.ADMIN)
    theirs = team.browser(flask_app, stranger)
    assert "<h1>Département de l’Isère</h1>" in theirs.get(HERE).text
    theirs.post(HERE, data=TYPED | {"full_name": "Département de l’Isère"})
    send(theirs, picture())
    found = kept(team)
    assert (found.publisher, found.logo_hash, found.accent) == ("", "", "#0b5c6b")


def test_what_was_typed_is_never_taken_for_html(client: FlaskClient, flask_app: Flask) -> None:
    client.post(HERE, data=TYPED | {"host": '<script>alert(1)</script> "x" <b>', "full_name": "<i>Drôme</i>"})
    for page in (client.get(HERE).text, flask_app.test_client().get("/mentions-legales").text):
        assert "<script>alert" not in page
        assert "<i>Drôme" not in page


def test_the_page_costs_the_same_whatever_it_holds(team: Team, flask_app: Flask, client: FlaskClient) -> None:
    few = queries_of(flask_app, lambda: client.get(HERE))
    client.post(HERE, data=TYPED)
    send(client, picture())
    with team.changing() as world:
        for number in ("38", "07"):
            other = world.make_department(number=number, name="Autre", full_name="Autre")
            world.make_organisation(department_id=other.id)
    assert queries_of(flask_app, lambda: client.get(HERE)) == few


def test_the_legal_words_and_the_picture_are_not_read_with_an_invitation(
    database: Database, clock: Clock, codes: Any, flask_app: Flask
) -> None:
    town = Town(database, clock(), codes)
    path = town.invite()
    with town.changing() as world:
        admin = world.make_agent(role=Role.ADMIN)
    client = town.browser(flask_app, admin)
    before = queries_of(flask_app, lambda: flask_app.test_client().get(path))
    client.post(HERE, data=TYPED)
    send(client, picture())
    page = flask_app.test_client().get(path)
    assert queries_of(flask_app, lambda: flask_app.test_client().get(path)) <= before
    assert page.status_code == 200
