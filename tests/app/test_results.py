"""The comparison page, as an agent reads it: words first, the warning, the picture, the tables, the file."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from html import unescape
from io import StringIO
from xml.etree import ElementTree

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, update

from invitations import signing_in
from invitations.codes import fingerprint
from invitations.database import Database
from invitations.models import AgentSession, CategoryKind, Mode, Outcome, Participation
from tests.conftest import Clock
from tests.factories import World
from tests.stories import Story

PAGE = "/agents/resultats"
FILE = "/agents/resultats.csv"
SVG = "{http://www.w3.org/2000/svg}"
TOKEN = "a token of this test"

Told = Callable[[World], None]
Opened = Callable[[Told], FlaskClient]


@pytest.fixture
def opened(flask_app: Flask, database: Database, clock: Clock) -> Opened:
    """Writes a world of stories, then gives the browser of its agent, signed in."""

    def open_after(told: Told) -> FlaskClient:
        with database.writing() as session:
            world = World(session, clock())
            told(world)
            ends_at = clock() + signing_in.SESSION_LENGTH
            world.add(
                AgentSession(
                    agent_id=world.agent.id, token_hash=fingerprint(TOKEN), created_at=clock(), expires_at=ends_at
                )
            )
        client = flask_app.test_client()
        with client.session_transaction() as cookie:
            cookie["token"] = TOKEN
        return client

    return open_after


def words(client: FlaskClient, address: str = PAGE) -> str:
    """What the page says, without its markup."""
    answer = client.get(address)
    assert answer.status_code == 200
    main = answer.text.split("<main", 1)[1].split("</main>")[0]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", main)).replace("\xa0", " ").split()).replace(" ,", ",")


def rows(client: FlaskClient, address: str = FILE) -> list[dict[str, str]]:
    answer = client.get(address)
    assert answer.status_code == 200
    assert answer.data.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(StringIO(answer.data.decode("utf-8-sig")), delimiter=";"))


def forty_of_whom_thirty_came(world: World, mode: Mode = Mode.INVITATION) -> None:
    for number in range(40):
        story = Story(world).addressed(mode)
        if number < 30:
            story.met(Outcome.SEEN, day=10)
        elif number < 35:
            story.met(Outcome.NOSHOW, day=10)


def test_the_page_begins_with_a_sentence_and_its_interval(opened: Opened) -> None:
    said = words(opened(forty_of_whom_thirty_came))
    assert "75 personnes sollicitées sur 100 ont été vues dans les 45 jours" in said
    assert "Entre 60 et 86, compte tenu du hasard, d’après 40 personnes sollicitées" in said


def test_the_observed_figures_say_that_they_are_not_comparable_and_why(opened: Opened) -> None:
    said = words(opened(forty_of_whom_thirty_came))
    assert (
        "Observé, non comparable. Ces chiffres ne disent pas si l’invitation marche mieux : les personnes convoquées "
        "sont souvent celles qui n’ont pas répondu."
    ) in said
    assert "Invitées 11,2 % 55 48,8 55 × (100 % − 11,2 %)" in said
    assert "Convoquées 23,8 % 100 76,2 100 × (100 % − 23,8 %)" in said


def test_a_difference_has_its_interval_and_no_verdict(opened: Opened) -> None:
    def told(world: World) -> None:
        forty_of_whom_thirty_came(world)
        for number in range(40):
            Story(world).addressed(Mode.CONVOCATION).met(Outcome.SEEN if number < 20 else Outcome.NOSHOW, day=8)

    said = words(opened(told))
    assert (
        "Convocation moins invitation −25 −43 à −4 Plus que le hasard ; mais ce ne sont pas les mêmes personnes."
        in said
    )


def test_few_people_have_counts_and_an_interval_but_no_rate(opened: Opened) -> None:
    def told(world: World) -> None:
        for outcome in (Outcome.SEEN, Outcome.SEEN, Outcome.SEEN, Outcome.NOSHOW):
            Story(world).addressed(Mode.INVITATION).met(outcome, day=9)

    said = words(opened(told))
    assert "3 personnes vues dans les 45 jours, sur 4 sollicitées" in said
    assert "Trop peu de monde pour un taux : sur 100 personnes, cela pourrait être 30 comme 95." in said
    assert "personnes sollicitées sur 100 ont été vues" not in said


def test_while_every_window_runs_the_page_says_when_figures_come(opened: Opened) -> None:
    def told(world: World) -> None:
        Story(world).addressed(Mode.INVITATION, day=70).met(Outcome.SEEN, day=75)

    said = words(opened(told))
    assert "Données insuffisantes : il est trop tôt pour compter" in said
    assert "1 personne sollicitée, dont 1 déjà vue." in said
    # 10 November + 45 days + 7 days to note who came, and the day after
    assert "premiers chiffres le samedi 2 janvier 2027" in said


def test_too_many_unknown_outcomes_take_the_rate_and_the_picture_away(opened: Opened) -> None:
    def told(world: World) -> None:
        for number in range(40):
            Story(world).addressed(Mode.INVITATION).met(Outcome.UNKNOWN if number < 3 else Outcome.SEEN, day=9)

    client = opened(told)
    said = words(client)
    assert "Pas de taux : il manque 3 issues sur 40 personnes" in said
    assert "<svg" not in client.get(PAGE).text
    assert [row["Pour cent"] for row in rows(client) if row["Mesure"] == "Vues dans le délai"] == [""] * 4


def test_noting_the_missing_outcomes_brings_the_figure_back(opened: Opened, database: Database) -> None:
    def told(world: World) -> None:
        forty_of_whom_thirty_came(world)
        for _ in range(3):
            Story(world).addressed(Mode.INVITATION).met(Outcome.UNKNOWN, day=9)

    client = opened(told)
    assert "Pas de taux : il manque 3 issues sur 43 personnes" in words(client)
    with database.writing() as session:
        session.execute(
            update(Participation).where(Participation.outcome == Outcome.UNKNOWN).values(outcome=Outcome.SEEN)
        )
    assert "77 personnes sollicitées sur 100 ont été vues" in words(client)


def test_someone_convoked_after_no_answer_is_shown_among_the_invited(opened: Opened) -> None:
    def told(world: World) -> None:
        Story(world).addressed(Mode.INVITATION).addressed(Mode.CONVOCATION, day=20).met(Outcome.SEEN, day=30)

    found = {(row["Première sollicitation"], row["Mesure"]): row["Nombre"] for row in rows(opened(told))}
    assert found["Invitation", "Vues dans le délai"] == "1"
    assert found["Invitation", "Sollicitées autrement ensuite"] == "1"
    assert found["Convocation", "Personnes sollicitées"] == "0"


def test_accompaniment_is_watched_for_30_days_in_its_own_block(opened: Opened) -> None:
    def told(world: World) -> None:
        other = world.make_category(code="rsa_accompagnement", kind=CategoryKind.ACCOMPANIMENT, name="Accompagnement")
        world.make_settings(category_id=other.id)
        Story(world, world.make_follow_up(category_id=other.id)).addressed(Mode.INVITATION).met(Outcome.SEEN, day=31)

    client = opened(told)
    assert "0 personne vue dans les 30 jours, sur 1 sollicitée" in words(client)
    assert {row["Délai (jours)"] for row in rows(client, f"{FILE}?categorie=rsa_accompagnement")} == {"30"}


def test_the_picture_can_be_read_aloud(opened: Opened) -> None:
    page = opened(forty_of_whom_thirty_came).get(PAGE).text
    drawing = re.search(r"<svg.*?</svg>", page, re.DOTALL)
    assert drawing
    assert "style=" not in drawing.group()  # the content policy refuses inline style
    svg = ElementTree.fromstring(drawing.group().replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1))
    assert svg.get("role") == "img"
    title, description = svg.find(f"{SVG}title"), svg.find(f"{SVG}desc")
    assert title is not None
    assert description is not None
    assert svg.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"
    assert title.text == "Personnes vues dans les 45 jours, pour 100 sollicitées"
    assert "Invitation : 75, entre 60 et 86." in " ".join((description.text or "").split())
    assert "Convocation : personne encore." in " ".join((description.text or "").split())


def test_the_file_holds_the_figures_of_the_page(opened: Opened) -> None:
    found = {(row["Première sollicitation"], row["Mesure"]): row for row in rows(opened(forty_of_whom_thirty_came))}
    seen = found["Invitation", "Vues dans le délai"]
    assert [seen[key] for key in ("Nombre", "Sur", "Pour cent", "Intervalle bas", "Intervalle haut", "Remarque")] == [
        "30", "40", "75,00", "59,81", "85,81", "observé, non comparable",
    ]  # fmt: skip
    absences = found["Invitation", "Absences sans prévenir (rendez-vous)"]
    assert (absences["Nombre"], absences["Sur"], absences["Pour cent"]) == ("5", "35", "14,29")
    assert found["Proposition", "Vues dans le délai"]["Remarque"] == "pas de données"


def test_a_name_that_looks_like_a_formula_stays_text_in_the_file(opened: Opened) -> None:
    def told(world: World) -> None:
        world.category.name = "=1+1"
        forty_of_whom_thirty_came(world)

    assert {row["Catégorie"] for row in rows(opened(told))} == {"'=1+1"}


def test_the_filters_live_in_the_address(opened: Opened) -> None:
    def told(world: World) -> None:
        forty_of_whom_thirty_came(world)
        Story(world).addressed(Mode.INVITATION, day=35).met(Outcome.SEEN, day=40)

    client = opened(told)
    page = client.get(f"{PAGE}?depuis=2026-10&categorie=rsa_orientation").text
    assert '<option value="2026-10" selected>octobre 2026</option>' in page
    assert f"{FILE}?categorie=rsa_orientation&amp;depuis=2026-10" in page
    (asked,) = [
        row["Nombre"]
        for row in rows(client, f"{FILE}?depuis=2026-10")
        if (row["Première sollicitation"], row["Mesure"]) == ("Ensemble", "Personnes sollicitées")
    ]
    assert asked == "1"
    assert "Personne n’a été sollicité depuis novembre 2026" in words(client, f"{PAGE}?depuis=2026-11")


@pytest.mark.parametrize("wrong", ["depuis=hier", "depuis=2026-13", "categorie=inconnue"])
def test_a_filter_that_means_nothing_is_not_found(opened: Opened, wrong: str) -> None:
    client = opened(lambda _: None)
    assert client.get(f"{PAGE}?{wrong}").status_code == 404
    assert client.get(f"{FILE}?{wrong}").status_code == 404


def test_before_the_first_invitation_the_page_teaches(opened: Opened) -> None:
    said = words(opened(lambda _: None))
    assert "Pas encore de résultats" in said
    assert "Inviter des personnes" in said


def test_another_organisation_reads_none_of_it(opened: Opened) -> None:
    def told(world: World) -> None:
        forty_of_whom_thirty_came(world)
        world.agent = world.make_agent(organisation=world.make_organisation())

    client = opened(told)
    assert "Pas encore de résultats" in words(client)
    assert client.get(f"{PAGE}?categorie=rsa_orientation").status_code == 404
    assert rows(client) == []


def test_nobody_reads_it_without_signing_in(flask_app: Flask) -> None:
    for address in (PAGE, FILE):
        answer = flask_app.test_client().get(address)
        assert (answer.status_code, "/agents/connexion" in answer.location) == (302, True)


def test_opening_the_page_costs_eight_queries_at_most(opened: Opened, flask_app: Flask) -> None:
    client = opened(forty_of_whom_thirty_came)
    said: list[str] = []
    event.listen(
        flask_app.extensions["rdv"].database.engine, "before_cursor_execute", lambda *words: said.append(words[2])
    )
    words(client)
    assert 4 <= len(said) <= 8
