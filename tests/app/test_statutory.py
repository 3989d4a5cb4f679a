"""The pages that the law asks for, and the small files that machines ask for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import create_app, rgaa
from app.doctor import Trouble, check_statutory
from app.rgaa import Finding
from app.settings import Settings, WrongSettings
from invitations.database import Database
from invitations.models import Department, WebhookEndpoint
from notifications.senders import Senders
from tests.app.team import Team, queries_of
from tests.app.town import Town, words_of
from tests.conftest import NOW, SECRET, Clock
from tests.fakes import RememberingEmail, RememberingSms

PAGES = ["/accessibilite", "/accessibilite/criteres", "/mentions-legales", "/donnees-personnelles"]
LEGAL = {
    "website": "https://www.drome.example",
    "postal_address": "26 avenue du Président-Herriot\n26000 Valence",
    "phone": "+33475792626",
    "publisher": "Mme Martin",
    "host": "Hébergeur d’exemple, Lyon",
    "privacy_contact": "dpo@drome.example",
    "accessibility_contact": "acces@drome.example",
}


@pytest.fixture
def team(database: Database, clock: Clock) -> Team:
    return Team(database, clock())


def say(team: Team, **changes: str) -> None:
    with team.changing() as world:
        department = world.session.merge(world.department)
        for name, words in (LEGAL | changes).items():
            setattr(department, name, words)


def add_isere(team: Team) -> None:
    with team.changing() as world:
        world.make_department(number="38", name="Isère", full_name="Département de l’Isère")


@pytest.mark.parametrize("path", PAGES)
def test_a_page_has_one_heading_a_title_and_no_cookie(team: Team, phone: FlaskClient, path: str) -> None:
    answer = phone.get(path)
    assert answer.status_code == 200
    assert len(re.findall(r"<h1\b", answer.text)) == 1
    title, heading = re.search(r"<title>(.+?) · Département de la Drôme</title>", answer.text), words_of(answer.text)
    assert title is not None
    assert title[1] in heading
    assert "Set-Cookie" not in answer.headers
    assert "<script" not in answer.text


@pytest.mark.parametrize("path", PAGES)
def test_search_engines_may_show_it(team: Team, phone: FlaskClient, path: str) -> None:
    assert phone.get(path).headers["X-Robots-Tag"] == "all"
    assert phone.get("/i/unknowncode").headers["X-Robots-Tag"] == "noindex, nofollow"
    assert phone.get(f"{path}?departement=99").headers["X-Robots-Tag"] == "noindex, nofollow"


@pytest.mark.parametrize("path", PAGES)
def test_with_one_departement_the_page_speaks_of_it_and_with_several_of_the_one_named(
    team: Team, phone: FlaskClient, path: str
) -> None:
    assert "Département de la Drôme" in phone.get(path).text
    add_isere(team)
    choice = phone.get(path).text
    assert "De quel département s’agit-il" in choice
    for number, name in (("26", "Département de la Drôme"), ("38", "Département de l’Isère")):
        assert f'href="{path}?departement={number}">{name}</a>' in choice
        page = phone.get(f"{path}?departement={number}")
        assert f"<span>{name}</span>" in page.text
        assert f"/mentions-legales?departement={number}" in page.text


@pytest.mark.parametrize("number", ["99", "2", "26 ", "x" * 5000, "26%00"])
def test_a_departement_that_nobody_knows_leads_nowhere(team: Team, phone: FlaskClient, number: str) -> None:
    assert phone.get(f"/mentions-legales?departement={number}").status_code in {400, 404}


def test_before_the_first_departement_nothing_is_claimed(phone: FlaskClient) -> None:
    for path in PAGES:
        assert "Aucun département n’utilise encore" in phone.get(path).text


@pytest.mark.parametrize("path", PAGES)
def test_a_page_in_french_says_so_to_who_reads_another_language(team: Team, phone: FlaskClient, path: str) -> None:
    arabic = phone.get(f"{path}?langue=ar").text
    assert '<html lang="ar" dir="rtl"' in arabic
    assert '<div class="statute" lang="fr" dir="ltr">' in arabic
    assert 'class="note"' in arabic
    assert 'class="note"' not in phone.get(path).text
    footer = arabic.partition("<footer>")[2]
    assert 'href="/mentions-legales?departement=26&amp;langue=ar"' in footer


def test_every_public_page_leads_to_them_and_says_how_accessible_it_is(
    database: Database, clock: Clock, codes: object, phone: FlaskClient
) -> None:
    town = Town(database, clock(), codes)  # type: ignore[arg-type]
    for path in (town.invite(), "/", "/nowhere", "/i/unknowncode"):
        page = phone.get(path).text
        footer = words_of(page.partition("<footer>")[2])
        assert "Accessibilité : non conforme" in footer, path
        assert "Mentions légales" in footer
        assert "Données personnelles" in footer
        assert page.count("<footer>") == 1
    assert 'href="/accessibilite?departement=26"' in phone.get(town.invite()).text


def test_the_declaration_says_what_the_audit_found(team: Team, phone: FlaskClient) -> None:
    say(team)
    page, counts = words_of(phone.get("/accessibilite").text), rgaa.audit().counts
    assert sum(counts.values()) == 106
    for finding in Finding:
        assert re.search(rf"\b{finding} : {counts[finding]} critères?\b", page), finding
    assert f"Ce service est {rgaa.audit().declared(NOW.date())} avec le référentiel" in page


@pytest.mark.parametrize(
    "words",
    [
        "article 47 de la loi n° 2005-102",
        "État de conformité",
        "Résultats des examens",
        "Contenus non accessibles",
        "Dérogation pour charge disproportionnée",
        "Cette déclaration a été établie le",
        "Technologies",
        "Environnement de test",
        "Outils",
        "Pages vérifiées",
        "Retour d’information et contact",
        "acces@drome.example",
        "Voies de recours",
        "Libre réponse 71120",
        "75342 Paris CEDEX 07",
        "09 69 39 00 00",
    ],
)
def test_the_declaration_holds_what_the_decree_of_20_september_2019_asks_for(
    team: Team, phone: FlaskClient, words: str
) -> None:
    say(team)
    assert words in words_of(phone.get("/accessibilite").text)


def test_every_criterion_is_told_as_it_stands_in_the_file(team: Team, phone: FlaskClient) -> None:
    page = words_of(phone.get("/accessibilite/criteres").text)
    for one in rgaa.audit().criteria:
        told = f"{one.number} {one.title} : {one.finding}. {one.how}".replace("\N{NO-BREAK SPACE}", " ")
        assert told in page


def test_the_legal_notice_says_who_publishes_who_hosts_and_what_it_is_made_of(team: Team, phone: FlaskClient) -> None:
    say(team)
    page = phone.get("/mentions-legales").text
    for words in ("Mme Martin", "Hébergeur d’exemple, Lyon", "04 75 79 26 26", "GeoNames", "MIT", "OpenStreetMap"):
        assert words in page
    assert "26 avenue du Président-Herriot<br>" in page
    assert '<a href="https://www.drome.example" rel="noopener">' in page


def test_what_the_departement_has_not_said_is_told_plainly(team: Team, phone: FlaskClient) -> None:
    for path, times in (("/mentions-legales", 3), ("/donnees-personnelles", 3), ("/accessibilite", 1)):
        assert phone.get(path).text.count("ne l’a pas encore indiqué") == times, path


def test_personal_data_tells_how_long_it_is_kept_and_whom_to_ask(team: Team, phone: FlaskClient) -> None:
    say(team)
    page = words_of(phone.get("/donnees-personnelles").text)
    assert "à 24 mois après" in page
    for words in ("dpo@drome.example", "article 6.1.e", "L. 262-27", "L. 5411-5-1", "75334 Paris CEDEX 07"):
        assert words in page
    with team.changing() as world:
        world.make_organisation(retention_months=36).name = "Mission locale de Die"
    page = words_of(phone.get("/donnees-personnelles").text).replace("\N{NO-BREAK SPACE}", " ")
    assert "à 24 ou 36 mois après" in page
    assert "Mission locale de Die : 36 mois" in page


def test_personal_data_says_whether_the_nir_is_kept(team: Team, phone: FlaskClient) -> None:
    assert "ni votre numéro de sécurité sociale" in words_of(phone.get("/donnees-personnelles").text)
    with team.changing() as world:
        world.session.get_one(Department, world.department.id).nir_kept_since = NOW
    page = words_of(phone.get("/donnees-personnelles").text)
    assert "Votre numéro de sécurité sociale est gardé chiffré" in page
    assert "ni votre numéro de sécurité sociale" not in page


def test_personal_data_names_software_that_reads_it(team: Team, phone: FlaskClient) -> None:
    words = "D’autres logiciels de ces structures"
    assert words not in phone.get("/donnees-personnelles").text
    with team.changing() as world:
        world.add(
            WebhookEndpoint(
                organisation_id=world.organisation.id, address="https://zimbra.example/", secret_sealed="x",
                created_by_agent_id=world.agent.id, created_at=NOW,
            )
        )  # fmt: skip
    assert words in phone.get("/donnees-personnelles").text


def test_who_carries_text_messages_is_named_where_somebody_does(
    team: Team, phone: FlaskClient, settings: Settings
) -> None:
    assert "Twilio" not in phone.get("/donnees-personnelles").text
    sending = replace(settings, twilio_account_sid="AC0", twilio_auth_token="x", twilio_from="+33937000000")
    with_sms = create_app(sending, senders=Senders(sms=RememberingSms(), email=RememberingEmail()))
    assert "Twilio" in with_sms.test_client().get("/donnees-personnelles").text
    with_sms.extensions["rdv"].database.engine.dispose()


@pytest.mark.parametrize("path", PAGES)
def test_a_page_asks_the_same_of_the_database_whatever_there_is(
    team: Team, flask_app: Flask, phone: FlaskClient, path: str
) -> None:
    alone = queries_of(flask_app, lambda: phone.get(f"{path}?departement=26"))
    say(team)
    for _ in range(3):
        with team.changing() as world:
            world.make_organisation()
    add_isere(team)
    assert queries_of(flask_app, lambda: phone.get(f"{path}?departement=26")) == alone <= 3


# Small files


@pytest.fixture
def named(settings: Settings, clock: Clock) -> Iterator[FlaskClient]:
    """An installation that says whom to tell of a weakness."""
    told = replace(settings, security_contact=("mailto:securite@drome.example", "https://drome.example/failles"))
    made = create_app(told, clock=clock, senders=Senders(sms=RememberingSms(), email=RememberingEmail()))
    yield made.test_client()
    made.extensions["rdv"].database.engine.dispose()


def test_security_txt_follows_rfc_9116(named: FlaskClient) -> None:
    answer = named.get("/.well-known/security.txt")
    assert answer.mimetype == "text/plain"
    said = [line.partition(": ")[::2] for line in answer.text.splitlines()]
    assert [value for name, value in said if name == "Contact"] == [
        "mailto:securite@drome.example",
        "https://drome.example/failles",
    ]
    told = dict(said)
    expires = datetime.fromisoformat(told["Expires"])
    assert NOW < expires < NOW + timedelta(days=365)
    assert told["Preferred-Languages"] == "fr, en"
    assert told["Canonical"] == "http://127.0.0.1:8000/.well-known/security.txt"
    assert set(told) == {"Contact", "Expires", "Preferred-Languages", "Canonical"}


def test_it_is_good_for_months_whenever_it_is_read(named: FlaskClient, clock: Clock) -> None:
    clock.pass_by(timedelta(days=2000))
    expires = re.search(r"Expires: (\S+)", named.get("/.well-known/security.txt").text)
    assert expires is not None
    assert clock() < datetime.fromisoformat(expires[1]) < clock() + timedelta(days=365)


def test_nobody_is_named_where_nobody_is_set(team: Team, phone: FlaskClient, named: FlaskClient) -> None:
    assert phone.get("/.well-known/security.txt").status_code == 404
    assert "security.txt" not in phone.get("/mentions-legales").text
    assert 'href="/.well-known/security.txt"' in named.get("/mentions-legales").text


@pytest.mark.parametrize("contact", ["securite@drome.example", "http://drome.example", "tel"])
def test_a_contact_that_is_no_address_stops_the_start(contact: str) -> None:
    with pytest.raises(WrongSettings, match="SECURITY_CONTACT must start with"):
        Settings.from_env({"DATABASE_URL": "sqlite:///x", "SECRET_KEY": SECRET, "SECURITY_CONTACT": contact})


def test_robots_are_kept_from_codes_and_agents_and_not_from_the_legal_pages(phone: FlaskClient) -> None:
    answer = phone.get("/robots.txt")
    assert answer.mimetype == "text/plain"
    kept_out = re.findall(r"^Disallow: (\S+)$", answer.text, re.MULTILINE)
    assert {"/i/", "/r/", "/code", "/agents"} <= set(kept_out)
    for path in (*PAGES, "/"):
        assert not path.startswith(tuple(kept_out)), path


def test_the_icon_is_answered_without_the_database(flask_app: Flask, phone: FlaskClient) -> None:
    for path in ("/favicon.ico", "/robots.txt"):
        assert queries_of(flask_app, lambda path=path: phone.get(path)) == 0  # type: ignore[misc]
    answer = phone.get("/favicon.ico")
    assert answer.status_code == 200
    assert "max-age" in answer.headers["Cache-Control"]


def test_the_doctor_says_what_is_not_said_yet(team: Team, flask_app: Flask) -> None:
    here = flask_app.extensions["rdv"]
    assert "26 lacks postal_address, publisher, host, privacy_contact, accessibility_contact" in check_statutory(here)
    public = replace(here.settings, public_url="https://rdv.drome.example")
    with pytest.raises(Trouble, match=r"26 lacks postal_address.*; SECURITY_CONTACT is not set"):
        check_statutory(replace(here, settings=public))
    say(team)
    told = replace(public, security_contact=("mailto:securite@drome.example",))
    assert check_statutory(replace(here, settings=told)) == "complete"
