"""Évaluations, preparing: the number of people shown while one types, what is refused, the two acts, and who may not."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from invitations.database import Database
from invitations.models import Agent, AgentRole, AuditEvent, Invitation, Mode, Role, Trial, TrialEnd, TrialState
from invitations.statistics import counting
from tests.app.team import Team, queries_of
from tests.app.town import words_of
from tests.app.trial_stage import drafted, plan, running
from tests.conftest import Clock

HERE = "/agents/evaluations"
NEW = f"{HERE}/nouvelle"


REFUSED: tuple[tuple[dict[str, Any], str], ...] = (
    ({"name": "  "}, "À remplir."),
    ({"name": "x" * 121}, "120 caractères au plus."),
    ({"arms": []}, "Choisissez au moins une façon, autre que celle d’aujourd’hui."),
    ({"arms": ["invitation"]}, "Choisissez au moins une façon, autre que celle d’aujourd’hui."),
    ({"expected_to": "60"}, "Sans écart à trouver, il n’y a rien à évaluer."),
    ({"expected_from": "100"}, "Un nombre de 1 à 99."),
    ({"expected_from": "soixante"}, "Indiquez un nombre entier."),
    ({"horizon": "44"}, "Choisissez dans la liste."),
    ({"power": "50"}, "Choisissez dans la liste."),
    ({"looks": "0"}, "Choisissez dans la liste."),
    ({"category": "999"}, "Choisissez dans la liste."),
    ({"reference": "x"}, "Choisissez dans la liste."),
    ({"arms": ["rien de tel"]}, "Choisissez dans la liste."),
    ({"arms": ["convocation"]}, "Les réglages d’une des structures ne permettent pas toutes ces façons"),
)


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


def typed(team: Team, **changes: Any) -> dict[str, Any]:
    values = {
        "name": "Relances d’automne",
        "category": team.world.category.id,
        "reference": "invitation",
        "arms": ["proposition"],
        "horizon": "45",
        "expected_from": "60",
        "expected_to": "70",
        "power": "80",
        "looks": "1",
    }
    return values | changes


def kept(team: Team) -> list[Trial]:
    with team.database.reading() as session:
        found = list(session.scalars(select(Trial).order_by(Trial.id)))
        session.expunge_all()
    return found


def cost(page: str) -> str:
    """What stands beside the form."""
    found = re.search(r"<div class=\"trial-cost\".*?</div>\s*<div class=\"actions\">", page, re.DOTALL)
    assert found
    return words_of(found[0])


def addressed(team: Team, count: int, *, days_ago: int) -> None:
    """So many people invited for the first time, and counted."""
    with team.changing() as world:
        for _ in range(count):
            follow_up = world.make_follow_up()
            world.add(
                Invitation(
                    uid=follow_up.uid,
                    follow_up_id=follow_up.id,
                    organisation_id=world.organisation.id,
                    mode=Mode.INVITATION,
                    created_at=team.now - timedelta(days=days_ago),
                )
            )
        counting.count(world.session, now=team.now)


def test_a_draft_is_kept_and_nothing_is_drawn(team: Team, client: FlaskClient) -> None:
    answer = client.post(NEW, data=typed(team))
    (made,) = kept(team)
    assert (answer.status_code, answer.location) == (303, f"{HERE}/{made.id}")
    assert (made.modes, made.per_arm, made.state) == ((Mode.INVITATION, Mode.PROPOSITION), 356, TrialState.DRAFT)
    page = words_of(client.get(answer.location).text)
    assert "Rien n’a commencé : Relances d’automne" in page
    assert "356 personnes par façon, 712 en tout : assez pour voir, 80 fois sur 100, un écart de 60 à 70" in page


def test_the_number_per_arm_follows_the_form_and_nothing_is_kept(team: Team, client: FlaskClient) -> None:
    page = client.post(f"{NEW}/calcul", data=typed(team, name="", power="90"))
    assert page.status_code == 200
    assert cost(page.text).startswith("Ce qu’il faut 477 personnes par façon 954 en tout")
    assert "À remplir" not in page.text
    assert 'name="expected_to"' in page.text
    assert not kept(team)


def test_too_little_to_reckon_with_is_asked_for_kindly(team: Team, client: FlaskClient) -> None:
    lacking: tuple[dict[str, Any], ...] = (
        {"expected_to": ""},
        {"expected_to": "60"},
        {"expected_from": "soixante"},
        {"expected_from": "0"},
        {"arms": []},
        {"arms": ["invitation"]},
        {"arms": ["rien"]},
        {"power": "81"},
        {"looks": "9"},
        {"category": "x"},
        {"reference": "x", "arms": []},
    )
    for changes in lacking:
        page = client.post(f"{NEW}/calcul", data=typed(team, **changes))
        assert page.status_code == 200
        assert "Dites quelles façons comparer" in cost(page.text), changes


def test_how_long_it_takes_comes_from_the_people_addressed_here(team: Team, client: FlaskClient) -> None:
    assert "Durée inconnue" in cost(client.post(f"{NEW}/calcul", data=typed(team)).text)
    addressed(team, 8, days_ago=40)  # in October, the one whole month of theirs
    said = cost(client.post(f"{NEW}/calcul", data=typed(team, expected_from="40", expected_to="80")).text)
    assert "23 personnes par façon 46 en tout" in said
    assert "Environ 8 mois, au rythme des derniers mois : 8 personnes sollicitées" in said
    assert "plus de deux ans" not in said


def test_longer_than_two_years_is_a_warning_that_says_what_would_shorten_it(team: Team, client: FlaskClient) -> None:
    addressed(team, 5, days_ago=40)
    said = cost(client.post(f"{NEW}/calcul", data=typed(team, arms=["proposition", "convocation"], power="90")).text)
    assert "C’est plus de deux ans" in said
    for words in (
        "comparer deux façons au lieu de trois : 17 ans",
        "avec d’autres structures, qui sollicitent ensemble autant que vous",
        "chercher un écart plus grand, 75 personnes vues sur 100",
        "accepter 80 chances sur 100",
    ):
        assert words in said


def test_what_can_not_be_is_told_beside_its_field(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        world.session.merge(world.settings).modes = ["invitation", "proposition"]
    for changes, sentence in REFUSED:
        answer = client.post(NEW, data=typed(team, **changes))
        assert answer.status_code == 422, changes
        assert answer.text.count(sentence) >= 2, changes  # in the summary, and beside the field
    assert not kept(team)


def test_only_organisations_that_the_agent_administers_can_take_part(
    team: Team, client: FlaskClient, admin: Agent
) -> None:
    with team.changing() as world:
        mine, theirs = world.make_organisation(name="MDS de Romans"), world.make_organisation(name="MDS de Die")
        world.make_settings(organisation_id=mine.id)
        world.make_settings(organisation_id=theirs.id)
        world.add(AgentRole(agent_id=admin.id, organisation_id=mine.id, role=Role.ADMIN))
        world.add(AgentRole(agent_id=admin.id, organisation_id=theirs.id, role=Role.BASIC))
    page = client.get(NEW).text
    assert "MDS de Romans" in page
    assert f'value="{theirs.id}" id="organisations' not in page
    assert client.post(NEW, data=typed(team, organisations=[theirs.id])).status_code == 422
    made = client.post(NEW, data=typed(team, organisations=[mine.id])).location
    assert "CMS" in client.get(made).text or "MDS de Romans" in client.get(made).text
    with team.database.reading() as session:
        (trial,) = session.scalars(select(Trial))
        assert {one.organisation_id for one in trial.parts} == {team.world.organisation.id, mine.id}


def test_a_draft_is_changed_and_its_form_holds_what_was_asked(team: Team, client: FlaskClient) -> None:
    path = client.post(NEW, data=typed(team)).location
    form = client.get(f"{path}/modifier").text
    assert 'value="Relances d’automne"' in form
    assert "356" in cost(form)
    assert client.post(f"{path}/modifier/calcul", data=typed(team, expected_to="80")).status_code == 200
    answer = client.post(f"{path}/modifier", data=typed(team, name="Au printemps", expected_to="80"))
    assert answer.location == path
    (made,) = kept(team)
    assert (made.name, made.expected_to) == ("Au printemps", 0.8)
    assert client.post(f"{path}/modifier", data=typed(team, name="")).status_code == 422


def test_a_draft_is_removed_in_one_click(team: Team, client: FlaskClient) -> None:
    path = client.post(NEW, data=typed(team)).location
    assert client.post(f"{path}/supprimer").location == HERE
    assert not kept(team)
    assert "Le brouillon « Relances d’automne » est supprimé." in words_of(client.get(HERE).text)


def test_starting_is_a_named_act_after_a_summary(team: Team, client: FlaskClient, admin: Agent) -> None:
    path = client.post(NEW, data=typed(team, looks="3")).location
    page = words_of(client.get(f"{path}/commencer").text)
    assert "361 par façon, 722 en tout" in page
    assert "à 241 (seuil 3,71), à 482 (seuil 2,51), à 722 (seuil 1,99)" in page
    refused = client.post(f"{path}/commencer")
    assert refused.status_code == 422
    assert "Cochez pour dire que le protocole est relu." in refused.text
    assert client.post(f"{path}/commencer", data={"agreed": "y"}).location == path
    (made,) = kept(team)
    assert (made.state, made.started_by_agent_id) == (TrialState.RUNNING, admin.id)
    with team.database.reading() as session:
        actions = session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)).all()
    assert list(actions) == ["trial.drafted", "trial.started"]


def test_nothing_of_a_trial_that_runs_is_prepared_any_more(team: Team, client: FlaskClient) -> None:
    path = client.post(NEW, data=typed(team)).location
    client.post(f"{path}/commencer", data={"agreed": "y"})
    for page in ("modifier", "commencer"):
        assert client.get(f"{path}/{page}").location == path
    changed = client.post(f"{path}/modifier", data=typed(team, name="Autre"))
    assert changed.status_code == 422
    assert "plus rien n’en change" in changed.text
    assert client.post(f"{path}/commencer", data={"agreed": "y"}).status_code == 409
    assert client.post(f"{path}/supprimer").status_code == 422
    assert kept(team)[0].name == "Relances d’automne"


def test_two_do_not_run_for_the_same_category(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        running(world)
    path = client.post(NEW, data=typed(team)).location
    answer = client.post(f"{path}/commencer", data={"agreed": "y"})
    assert answer.status_code == 409
    assert "Une autre évaluation est en cours pour cette catégorie" in answer.text


def test_stopping_says_why_and_is_noted(team: Team, client: FlaskClient, admin: Agent) -> None:
    with team.changing() as world:
        trial = running(world)
    path = f"{HERE}/{trial.id}"
    assert "arrêter maintenant laissera l’évaluation sans conclusion" in words_of(client.get(f"{path}/arreter").text)
    assert client.post(f"{path}/arreter").status_code == 422
    for untrue in (TrialEnd.COMPLETED, TrialEnd.EARLY):  # nobody is counted, and no look was taken
        assert client.post(f"{path}/arreter", data={"reason": untrue, "note": "Fini."}).status_code == 422
    for why in (TrialEnd.HARM, TrialEnd.ABANDONED):
        silent = client.post(f"{path}/arreter", data={"reason": why, "note": " "})
        assert silent.status_code == 422
        assert "Dites pourquoi, en 500 caractères au plus." in silent.text
    assert client.post(f"{path}/arreter", data={"reason": "harm", "note": "Deux soins manqués."}).location == path
    (made,) = kept(team)
    assert (made.state, made.end_reason, made.ended_by_agent_id) == (TrialState.ENDED, TrialEnd.HARM, admin.id)
    assert client.get(f"{path}/arreter").location == path
    assert client.post(f"{path}/arreter", data={"reason": "completed"}).status_code == 422


def test_who_does_not_administer_prepares_starts_and_stops_nothing(team: Team, flask_app: Flask) -> None:
    with team.changing() as world:
        draft, other = drafted(world), running(world)
    basic = team.browser(flask_app)
    for path in (f"{NEW}", f"{HERE}/{draft.id}/modifier", f"{HERE}/{draft.id}/commencer", f"{HERE}/{other.id}/arreter"):
        assert basic.get(path).status_code == 403
        assert basic.post(path).status_code == 403
    assert basic.post(f"{HERE}/{draft.id}/supprimer").status_code == 403
    assert basic.get(f"{HERE}/{draft.id}").status_code == 404
    assert "Préparer une évaluation" not in basic.get(HERE).text


def test_the_form_costs_the_same_whatever_there_is(team: Team, flask_app: Flask, client: FlaskClient) -> None:
    few = queries_of(flask_app, lambda: client.post(f"{NEW}/calcul", data=typed(team)))
    addressed(team, 3, days_ago=40)
    addressed(team, 3, days_ago=75)
    with team.changing() as world:
        drafted(world)
        assert plan(world).per_arm
    # Once somebody was addressed, two more: those of the last months, and nothing a person.
    assert queries_of(flask_app, lambda: client.post(f"{NEW}/calcul", data=typed(team))) <= few + 1
