"""What an agent meets while a trial runs: a preview in plain words, one click to take a person out, and free hands."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from invitations.codes import Codes
from invitations.database import Database
from invitations.models import (
    Appointment,
    Assignment,
    FollowUp,
    Invitation,
    Mode,
    Trial,
    TrialEnd,
    TrialExit,
    TrialOptOut,
)
from invitations.trials import opening
from tests.app.team import queries_of
from tests.app.town import Town, words_of
from tests.conftest import Clock
from tests.invitations.trial_worlds import SEALS, admin_of, evenly

INVITE = "/agents/personnes/inviter"
DATES = "/agents/personnes/selection/dates"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Pages are the same on both engines; what they ask is tested on both in tests/invitations/test_trials*.py."""
    return sqlite_url


@pytest.fixture
def town(database: Database, clock: Clock, codes: Codes) -> Town:
    made = Town(database, clock(), codes)
    with made.changing() as world:
        evenly(world)
    return made


@pytest.fixture
def agent(town: Town, flask_app: Flask) -> FlaskClient:
    return town.browser(flask_app)


def people(town: Town, count: int, **changes: Any) -> list[FollowUp]:
    with town.changing() as world:
        return [
            world.make_follow_up(world.make_beneficiary(last_name=f"Nom{number}", **changes)) for number in range(count)
        ]


def form(those: list[FollowUp], **more: Any) -> dict[str, Any]:
    return {"personne": [one.beneficiary_id for one in those], "canal": ["sms", "email"], **more}


def path(follow_up: FollowUp, act: str) -> str:
    return f"/agents/personnes/{follow_up.beneficiary_id}/suivis/{follow_up.id}/{act}"


def modes(town: Town) -> list[tuple[int, Mode]]:
    found = town.rows(select(Invitation).order_by(Invitation.follow_up_id))
    return [(one.follow_up_id, one.mode) for one in found]


def arms(town: Town) -> list[tuple[int | None, Mode]]:
    return [(one.follow_up_id, one.arm) for one in town.rows(select(Assignment).order_by(Assignment.follow_up_id))]


def test_the_preview_of_a_selection_says_what_will_happen_and_draws_nothing(town: Town, agent: FlaskClient) -> None:
    those = people(town, 3)
    page = agent.post(INVITE, data=form(those), follow_redirects=True)
    words = words_of(page.text)
    assert page.status_code == 200
    assert "3 personnes à tirer au sort" in words
    assert "une invitation ou une date proposée" in words
    assert words.count("Sortir de l’évaluation") == 3
    assert "Tirer au sort et envoyer" in words
    assert (modes(town), arms(town)) == ([], [])


def test_sending_draws_and_addresses_everybody_at_once(town: Town, agent: FlaskClient) -> None:
    those = people(town, 4)
    page = agent.post(f"{INVITE}/tirage/envoyer", data=form(those), follow_redirects=True)
    words = words_of(page.text)
    assert "4 personnes tirées au sort : 2 invitations, 2 dates proposées." in words
    assert "2 dates sont prises, les messages partent. Une date s’annule depuis la page de la personne." in words
    assert modes(town) == arms(town)
    assert "2 invitations partent" in words  # and may be taken back for ten minutes


def test_the_usual_button_leads_to_the_draw_too(town: Town, agent: FlaskClient) -> None:
    those = people(town, 2)
    page = agent.post(f"{INVITE}/envoyer", data=form(those), follow_redirects=True)
    assert "2 personnes à tirer au sort" in words_of(page.text)
    assert modes(town) == []


def test_one_click_takes_somebody_out_of_the_selection(town: Town, agent: FlaskClient) -> None:
    those = people(town, 3)
    page = agent.post(f"{INVITE}/tirage/sortir", data=form(those, sortir=those[1].id), follow_redirects=True)
    words = words_of(page.text)
    assert "2 personnes à tirer au sort" in words
    assert "1 personne : une invitation, comme d’habitude" in words
    (out,) = town.rows(select(TrialOptOut))
    assert (out.follow_up_id, out.why, out.agent_id) == (those[1].id, TrialExit.AGENT, town.world.agent.id)
    agent.post(f"{INVITE}/tirage/envoyer", data=form(those))
    assert [one for one, _ in arms(town)] == [those[0].id, those[2].id]
    assert dict(modes(town))[those[1].id] is Mode.INVITATION


def test_dates_for_a_selection_offer_both_ways(town: Town, agent: FlaskClient) -> None:
    those = people(town, 2)
    chosen = form(those, facon="proposer")
    words = words_of(agent.post(DATES, data=chosen).text)
    assert "Aucune date trouvée" in words
    assert "pour 2 personnes le sort décide" in words
    drawn = agent.post(f"{INVITE}/tirage", data=form(those))
    assert "2 personnes à tirer au sort" in words_of(drawn.text)
    dates = agent.post(f"{INVITE}/tirage/sortir", data=chosen, follow_redirects=True)
    assert "2 dates trouvées" in words_of(dates.text)
    assert arms(town) == []


def test_a_form_of_before_the_trial_gives_no_date_and_says_why(town: Town, agent: FlaskClient) -> None:
    (one,) = people(town, 1)
    with town.changing():
        _, token = town.somebody(0)
    page = agent.post(
        f"{DATES}/poser",
        data={"personne": [one.beneficiary_id], "facon": "fixer", f"date_{one.beneficiary_id}": token},
        follow_redirects=True,
    )
    assert "une évaluation est en cours, le tirage au sort vient d’abord" in words_of(page.text)
    assert modes(town) == []


def test_a_persons_page_offers_the_draw_or_the_way_out(town: Town, agent: FlaskClient) -> None:
    (one,) = people(town, 1)
    words = words_of(agent.get(f"/agents/personnes/{one.beneficiary_id}").text)
    assert "Tirer au sort et envoyer" in words
    assert "Sortir de l’évaluation" in words
    assert "Réserver avec la personne" in words
    assert "Proposer une date" not in words
    page = agent.post(path(one, "tirage"), follow_redirects=True)
    assert page.status_code == 200
    assert "Le tirage au sort donne une" in words_of(page.text)
    assert "par tirage au sort du" in words_of(page.text)
    assert modes(town) == arms(town)


@pytest.mark.parametrize("act", ["inviter", "proposer", "fixer"])
def test_a_direct_act_is_refused_and_offers_both_ways_in_one_click(town: Town, agent: FlaskClient, act: str) -> None:
    (one,) = people(town, 1)
    with town.changing():
        _, token = town.somebody(0)
    page = agent.post(path(one, act), data={"canal": ["sms"], "creneau": token})
    assert page.status_code == 409
    words = words_of(page.text)
    assert "Une évaluation est en cours, le tirage au sort vient d’abord." in words
    assert "Tirer au sort et envoyer" in words
    assert "Sortir de l’évaluation" in words
    assert modes(town) == []
    assert town.appointments() == []
    agent.post(path(one, "hors-evaluation"))
    assert agent.post(path(one, act), data={"canal": ["sms"], "creneau": token}).status_code == 303
    assert len(modes(town)) == 1
    assert arms(town) == []


def test_booking_with_a_caller_needs_no_draw(town: Town, agent: FlaskClient) -> None:
    (one,) = people(town, 1)
    with town.changing():
        _, token = town.somebody(0)
    assert agent.post(path(one, "reserver"), data={"creneau": token}).status_code == 303
    assert len(town.appointments()) == 1


def test_a_person_who_does_not_want_it_is_noted_in_one_click(town: Town, agent: FlaskClient) -> None:
    (one,) = people(town, 1)
    assert agent.post(path(one, "ne-participe-pas")).status_code == 404  # nothing was drawn
    agent.post(path(one, "tirage"))
    page = agent.post(path(one, "ne-participe-pas"), follow_redirects=True)
    assert "ne veut pas y participer" in words_of(page.text)
    assert [(out.follow_up_id, out.why) for out in town.rows(select(TrialOptOut))] == [(one.id, TrialExit.OBJECTED)]
    assert len(modes(town)) == 1  # nothing else changes for them


def test_after_the_end_everything_is_as_before(town: Town, agent: FlaskClient) -> None:
    (one,) = people(town, 1)
    with town.changing() as world:
        trial = world.session.scalars(select(Trial)).one()
        opening.stop(world.session, trial, TrialEnd.COMPLETED, "", agent=admin_of(world), now=town.now)
    assert "1 invitation prête" in words_of(agent.post(INVITE, data=form([one])).text)
    late = agent.post(f"{INVITE}/tirage/envoyer", data=form([one]), follow_redirects=True)
    assert "L’évaluation est arrêtée : il n’y a plus de tirage au sort." in words_of(late.text)
    assert agent.post(path(one, "tirage")).status_code == 409
    assert modes(town) == []


def test_nothing_that_is_shown_or_logged_tells_what_lots_will_give(
    town: Town, agent: FlaskClient, capfd: pytest.CaptureFixture[str]
) -> None:
    those = people(town, 4)
    before = agent.post(f"{INVITE}/tirage", data=form(those)).text
    (trial,) = town.rows(select(Trial))
    seed = SEALS.open(trial.seed_sealed or "", purpose=opening.PURPOSE)
    sent = agent.post(f"{INVITE}/tirage/envoyer", data=form(those), follow_redirects=True).text
    pages = [agent.get(path).text for path in (
        "/agents/evaluations",
        f"/agents/evaluations/{trial.id}",
        f"/agents/evaluations/{trial.id}/protocole",
        f"/agents/evaluations/{trial.id}/protocole.json",
        f"/agents/personnes/{those[0].beneficiary_id}",
    )]  # fmt: skip
    for text in (before, sent, *pages, *capfd.readouterr()):
        assert seed not in text
        assert trial.seed_sealed not in text


def test_a_selection_asks_as_many_questions_for_two_people_as_for_ten(
    town: Town, agent: FlaskClient, flask_app: Flask
) -> None:
    few, many = people(town, 2), people(town, 10)

    def asked(those: list[FollowUp]) -> int:
        return queries_of(flask_app, lambda: agent.post(f"{INVITE}/tirage", data=form(those)))

    asked(few)
    assert asked(few) == asked(many)


def test_whom_nothing_reaches_is_left_aside_with_the_reason(town: Town, agent: FlaskClient) -> None:
    those = [*people(town, 1), *people(town, 1, phone=None, email=None)]
    words = words_of(agent.post(f"{INVITE}/tirage", data=form(those)).text)
    assert "1 personne à tirer au sort, 1 personne de côté" in words
    assert "Rien ne part pour l’instant" in words
    assert town.rows(select(Appointment)) == []
