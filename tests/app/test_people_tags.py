"""Tags kept in order by administrators, and put on a person in one tap."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from invitations.database import Database
from invitations.models import AuditEvent, Beneficiary, Membership, Role, Tag, Tagging
from tests.app.team import Team, queries_of
from tests.conftest import NOW, Clock

NBSP = "\N{NO-BREAK SPACE}"
TAGS = "/agents/reglages/etiquettes"


@pytest.fixture
def team(database: Database, clock: Clock) -> Team:
    return Team(database, clock())


@pytest.fixture
def admin(team: Team, flask_app: Flask) -> FlaskClient:
    with team.changing() as world:
        agent = world.make_agent(role=Role.ADMIN)
    return team.browser(flask_app, agent)


def tag(team: Team, label: str, *people: Beneficiary) -> int:
    with team.changing() as world:
        made = world.add(Tag(organisation_id=world.organisation.id, label=label, created_at=NOW))
        for one in people:
            world.add(Tagging(beneficiary_id=one.id, tag_id=made.id, created_at=NOW))
        return made.id


def standing(team: Team) -> dict[str, int]:
    with team.database.reading() as session:
        return {one.label: session.query(Tagging).filter_by(tag_id=one.id).count() for one in session.query(Tag)}


def after(client: FlaskClient, path: str, **data: str | int) -> str:
    answer = client.post(path, data=data)
    assert answer.status_code == 303
    return client.get(answer.location).text


def noted(team: Team, action: str) -> int:
    with team.database.reading() as session:
        return session.query(AuditEvent).filter_by(action=action).count()


def test_an_empty_page_says_where_tags_come_from(admin: FlaskClient) -> None:
    page = admin.get(TAGS).text
    assert "Aucune étiquette pour l’instant" in page
    assert "Les étiquettes arrivent avec un import" in page


def test_the_page_counts_people_archived_ones_left_out(team: Team, admin: FlaskClient) -> None:
    here, gone = team.person(), team.person()
    tag(team, "Sans permis", here, gone)
    with team.changing() as world:
        world.session.query(Membership).filter_by(beneficiary_id=gone.id).one().archived_at = NOW
    page = admin.get(TAGS).text
    assert f"1{NBSP}étiquette" in page
    assert f">1{NBSP}personne</a>" in page


def test_a_tag_is_renamed_and_two_names_never_become_one(team: Team, admin: FlaskClient) -> None:
    one = tag(team, "Permi")
    tag(team, "Garde")
    assert "L’étiquette s’appelle maintenant «" in after(admin, f"{TAGS}/{one}", nom=" Sans  permis ")
    for wrong, sentence in (
        ("GARDE", "fusionnez-les"),
        ("", "60 caractères au plus"),
        ("n" * 61, "60 caractères au plus"),
    ):
        answer = admin.post(f"{TAGS}/{one}", data={"nom": wrong})
        assert answer.status_code == 422
        assert sentence in answer.text
        assert f'value="{wrong}"' in answer.text or not wrong
    assert set(standing(team)) == {"Sans permis", "Garde"}
    after(admin, f"{TAGS}/{one}", nom="SANS PERMIS")
    assert set(standing(team)) == {"SANS PERMIS", "Garde"}
    assert noted(team, "tag.renamed") == 2


def test_two_tags_become_one_for_whoever_had_either(team: Team, admin: FlaskClient) -> None:
    a, b, both = team.person(), team.person(), team.person()
    first, second = tag(team, "Permi", a, both), tag(team, "Sans permis", b, both)
    assert "ne font plus qu’une" in after(admin, f"{TAGS}/{first}/fusionner", dans=second)
    assert standing(team) == {"Sans permis": 3}
    assert admin.post(f"{TAGS}/{second}/fusionner", data={"dans": second}).status_code == 422
    assert admin.post(f"{TAGS}/{second}/fusionner", data={"dans": "x"}).status_code == 422
    assert noted(team, "tag.merged") == 1


def test_a_removed_tag_leaves_its_people(team: Team, admin: FlaskClient) -> None:
    one = tag(team, "Passé", team.person())
    assert "Les personnes qui la portaient restent." in after(admin, f"{TAGS}/{one}/retirer")
    assert standing(team) == {}
    with team.database.reading() as session:
        assert session.query(Beneficiary).count() == 1


def test_whoever_is_no_administrator_changes_no_tag(team: Team, flask_app: Flask) -> None:
    one, client = tag(team, "Sans permis"), team.browser(flask_app)
    assert client.get(TAGS).status_code == 403
    for path in ("", "/fusionner", "/retirer"):
        assert client.post(f"{TAGS}/{one}{path}", data={"nom": "x", "dans": 1}).status_code == 403
    assert set(standing(team)) == {"Sans permis"}


def test_the_tags_of_another_organisation_don_t_exist(team: Team, admin: FlaskClient) -> None:
    mine = tag(team, "Sans permis")
    with team.changing() as world:
        theirs = world.add(Tag(organisation_id=world.make_organisation().id, label="À eux", created_at=NOW)).id
    assert "À eux" not in admin.get(TAGS).text
    for path in ("", "/fusionner", "/retirer"):
        assert admin.post(f"{TAGS}/{theirs}{path}", data={"nom": "x", "dans": mine}).status_code == 404
    assert admin.post(f"{TAGS}/{mine}/fusionner", data={"dans": theirs}).status_code == 404
    assert set(standing(team)) == {"Sans permis", "À eux"}


def test_as_many_questions_for_twenty_tags_as_for_one(team: Team, admin: FlaskClient, flask_app: Flask) -> None:
    tag(team, "Une", team.person())
    one = queries_of(flask_app, lambda: admin.get(TAGS))
    for number in range(20):
        tag(team, f"Étiquette {number}", team.person())
    assert queries_of(flask_app, lambda: admin.get(TAGS)) == one


# On a person's page


def test_a_tag_is_put_on_a_person_and_taken_off_in_one_tap(team: Team, flask_app: Flask) -> None:
    somebody, client = team.person(), team.browser(flask_app)
    path = f"/agents/personnes/{somebody.id}/etiquettes"
    page = after(client, path, ajouter="Sans permis")
    assert 'aria-label="Retirer Sans permis"' in page
    after(client, path, ajouter="sans PERMIS")
    assert standing(team) == {"Sans permis": 1}
    with team.database.reading() as session:
        tag_id = session.query(Tag).one().id
    assert "Aucune étiquette" in after(client, path, retirer=tag_id)
    assert standing(team) == {"Sans permis": 0}
    assert "60 caractères au plus" in after(client, path, ajouter="  ")
    assert (noted(team, "tag.put"), noted(team, "tag.taken_off")) == (1, 1)


def test_the_words_of_another_organisation_are_not_on_the_page(team: Team, flask_app: Flask) -> None:
    somebody, client = team.person(), team.browser(flask_app)
    with team.changing() as world:
        other = world.make_organisation()
        world.add(Membership(beneficiary_id=somebody.id, organisation_id=other.id, created_at=NOW))
        made = world.add(Tag(organisation_id=other.id, label="À eux", created_at=NOW))
        world.add(Tagging(beneficiary_id=somebody.id, tag_id=made.id, created_at=NOW))
        stranger = world.make_beneficiary(organisation=other)
    assert "À eux" not in client.get(f"/agents/personnes/{somebody.id}").text
    assert client.post(f"/agents/personnes/{somebody.id}/etiquettes", data={"retirer": made.id}).status_code == 404
    assert client.post(f"/agents/personnes/{stranger.id}/etiquettes", data={"ajouter": "x"}).status_code == 404
    assert standing(team) == {"À eux": 1}
