"""Réglages, catégories: the département words them and gives them; a structure stops, and starts again."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from invitations.database import Database
from invitations.models import (
    Agent,
    AuditEvent,
    Category,
    CategoryKind,
    CategorySettings,
    FollowUp,
    Organisation,
    OrganisationKind,
    Role,
)
from tests.app.team import Team, queries_of
from tests.app.town import words_of
from tests.conftest import Clock

HERE = "/agents/reglages/categories"
WORDS = {"name": "Ateliers emploi", "purpose": "préparer ensemble votre retour à l’emploi"}


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


def categories(team: Team) -> dict[str, tuple[str, CategoryKind, str]]:
    with team.database.reading() as session:
        return {one.code: (one.name, one.kind, one.purpose) for one in session.scalars(select(Category))}


def acts(team: Team) -> list[str]:
    with team.database.reading() as session:
        return [one.action for one in session.scalars(select(AuditEvent).order_by(AuditEvent.id))]


def is_closed(team: Team) -> bool:
    with team.database.reading() as session:
        return session.get_one(CategorySettings, team.world.settings.id).closed_at is not None


def status(team: Team, follow_up: FollowUp) -> str:
    with team.database.reading() as session:
        return session.get_one(FollowUp, follow_up.id).status.value


def make_other_s(team: Team) -> None:
    with team.changing() as world:
        world.session.get_one(Organisation, world.organisation.id).kind = OrganisationKind.SIAE


def test_a_category_is_added_in_the_words_of_the_departement(team: Team, client: FlaskClient) -> None:
    said = WORDS | {"purpose": " préparer ensemble  votre retour à l’emploi. ", "kind": "accompagnement"}
    answer = client.post(HERE, data=said)
    assert answer.status_code == 303
    assert categories(team)["ateliers_emploi"] == (WORDS["name"], CategoryKind.ACCOMPANIMENT, WORDS["purpose"])
    assert acts(team) == ["category.added"]
    page = words_of(client.get(answer.location).text)
    assert f"… vous propose un rendez-vous pour {WORDS['purpose']}." in page
    assert "non suivie" in words_of(client.get(HERE).text)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"name": " "}, "À remplir."),
        ({"name": "rsa  ORIENTATION"}, "Une autre catégorie du département porte déjà ce nom."),
        ({"name": "x" * 81}, "80 caractères au plus."),
        ({"purpose": ""}, "Dites aux personnes pour quoi elles viennent."),
        ({"purpose": "Pour faire le point"}, "commencez par ce qui suit"),
        ({"purpose": "éviter une sanction", "kind": "orientation"}, "À retirer\N{NO-BREAK SPACE}: sanction."),
        ({"kind": ""}, "Choisissez un genre."),
        ({"kind": "rsa"}, "Choisissez dans la liste."),
    ],
)
def test_what_a_category_can_not_say_is_told_beside_its_field(
    team: Team, client: FlaskClient, typed: dict[str, str], sentence: str
) -> None:
    answer = client.post(HERE, data=WORDS | {"kind": "autre"} | typed)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert list(categories(team)) == ["rsa_orientation"]


def test_it_is_reworded_and_keeps_its_code(team: Team, client: FlaskClient) -> None:
    address = f"{HERE}/departement/{team.world.category.id}"
    assert "faire le point ensemble" in client.get(address).text
    assert client.post(address, data=WORDS).status_code == 303
    assert client.post(address, data=WORDS).status_code == 303
    assert categories(team) == {
        "rsa_orientation": (WORDS["name"], CategoryKind.ORIENTATION, WORDS["purpose"]),
    }
    assert acts(team) == ["category.changed"]
    refused = client.post(address, data=WORDS | {"purpose": "éviter une radiation"})
    assert (refused.status_code, "À retirer" in refused.text) == (422, True)


def test_two_names_that_would_have_one_code_have_two(team: Team, client: FlaskClient) -> None:
    for name in ("Ateliers emploi", "Ateliers, emploi"):
        client.post(HERE, data=WORDS | {"name": name, "kind": "autre"})
    assert set(categories(team)) == {"rsa_orientation", "ateliers_emploi", "ateliers_emploi_2"}
    alike = [WORDS | {"name": name, "kind": "autre"} for name in ("Garde d’enfants", "GARDE D'ENFANTS")]
    assert [client.post(HERE, data=one).status_code for one in alike] == [303, 422], "a program names one of them"


def test_the_departement_gives_it_to_structures_and_takes_it_back(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        other = world.make_organisation(name="Chantier d’insertion")
        far = world.make_organisation(department_id=world.make_department(number="07", name="Ardèche").id)
    address = f"{HERE}/departement/{team.world.category.id}"
    assert "Chantier d’insertion" in client.get(address).text
    both = {"structure": [team.world.organisation.id, other.id]}
    assert client.post(f"{address}/structures", data=both).status_code == 303
    assert client.post(f"{address}/structures", data={"structure": [other.id]}).status_code == 303
    assert is_closed(team)
    assert client.post(f"{address}/structures", data=both).status_code == 303
    assert not is_closed(team)
    assert acts(team) == ["category.opened", "category.closed", "category.reopened"]
    assert client.post(f"{address}/structures", data={"structure": [far.id]}).status_code == 404


def test_closed_nothing_new_begins_and_what_has_begun_stays(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        known, newcomer = world.make_beneficiary(), world.make_beneficiary()
        begun = world.make_follow_up(known)
    offered = [client.get(form).text for form in ("/agents/imports", "/agents/reglages/motifs/ajouter")]
    assert all("RSA orientation</option>" in page for page in offered)
    booking = f"/agents/agenda/nouveau?personne={known.id}"
    assert "Entretien d&#39;orientation" in client.get(booking).text
    assert client.post(f"{HERE}/{team.world.settings.id}/fermer").status_code == 303
    assert "fermée ici" in client.get(HERE).text
    assert "ouverte dans votre structure" in client.get("/agents/reglages").text
    for form in ("/agents/imports", "/agents/reglages/motifs/ajouter"):
        assert "RSA orientation</option>" not in client.get(form).text
    assert "Entretien d&#39;orientation" not in client.get(booking).text
    opening = client.post(f"/agents/personnes/{newcomer.id}/suivis", data={"categorie": team.world.category.id})
    assert opening.status_code == 404
    page = client.get(f"/agents/personnes/{known.id}")
    assert "RSA orientation" in page.text
    inviting = f"/agents/personnes/{known.id}/suivis/{begun.id}/inviter"
    client.post(inviting, data={"canal": "sms"})
    assert status(team, begun) == "not_invited"
    assert client.post(f"{HERE}/{team.world.settings.id}/rouvrir").status_code == 303
    assert not is_closed(team)
    client.post(inviting, data={"canal": "sms"})
    assert status(team, begun) == "invitation_pending"


def test_administrators_of_other_structures_read_and_only_close_their_own(team: Team, client: FlaskClient) -> None:
    make_other_s(team)
    page = client.get(HERE).text
    assert "ce sont ses administrateurs et administratrices" in page
    assert 'name="purpose"' not in page
    address = f"{HERE}/departement/{team.world.category.id}"
    assert client.post(HERE, data=WORDS | {"kind": "autre"}).status_code == 403
    assert (client.get(address).status_code, client.post(address, data=WORDS).status_code) == (403, 403)
    assert client.post(f"{address}/structures").status_code == 403
    assert client.post(f"{HERE}/{team.world.settings.id}/fermer").status_code == 303
    assert is_closed(team)


def test_what_is_of_elsewhere_does_not_exist(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        far = world.make_department(number="07", name="Ardèche")
        theirs = world.make_category(department_id=far.id)
        other = world.make_settings(organisation_id=world.make_organisation().id)
    assert client.get(f"{HERE}/departement/{theirs.id}").status_code == 404
    for act in ("fermer", "rouvrir"):
        assert client.post(f"{HERE}/{other.id}/{act}").status_code == 404


def test_the_list_costs_the_same_whatever_there_is(team: Team, flask_app: Flask, client: FlaskClient) -> None:
    client.get(HERE)
    before = queries_of(flask_app, lambda: client.get(HERE))
    with team.changing() as world:
        for number in range(5):
            made = world.make_category(code=f"c{number}", name=f"Catégorie {number}")
            world.make_settings(category_id=made.id)
    assert queries_of(flask_app, lambda: client.get(HERE)) == before
