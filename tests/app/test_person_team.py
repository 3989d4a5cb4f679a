"""Who accompanies a person, what was decided after the appointment, two records that become one, all that is kept."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from invitations import inviting
from invitations.codes import Codes
from invitations.database import Database
from invitations.models import (
    Agent,
    AuditEvent,
    Beneficiary,
    Channel,
    FollowUp,
    OrganisationKind,
    Orientation,
    OrientationKind,
    Participation,
    Referent,
    Role,
)
from tests.app.team import Team, expect, owe
from tests.conftest import NOW, SECRET, Clock

CODES = Codes(SECRET)


@pytest.fixture
def team(database: Database, clock: Clock) -> Team:
    return Team(database, clock())


@pytest.fixture
def client(team: Team, flask_app: Flask) -> FlaskClient:
    return team.browser(flask_app)


@pytest.fixture
def met(team: Team) -> Participation:
    """Somebody who came yesterday."""
    with team.changing() as world:
        person = world.make_beneficiary(first_name="Inès", last_name="Bernard")
        return expect(world, NOW - timedelta(days=1), beneficiary=person)


def path(met: Participation, rest: str = "") -> str:
    return f"/agents/personnes/{met.beneficiary_id}{rest}"


def orientation_path(met: Participation) -> str:
    return path(met, f"/suivis/{met.follow_up_id}/orientation")


def actions(team: Team) -> list[str]:
    """What was done; that a page was read is noted too."""
    with team.database.reading() as session:
        done = session.query(AuditEvent).filter(AuditEvent.action != "person.opened")
        return [one.action for one in done.order_by(AuditEvent.id)]


# Who accompanies


def test_i_accompany_the_person_in_one_click_and_my_number_is_there_to_call(
    team: Team, client: FlaskClient, met: Participation
) -> None:
    assert "Je l’accompagne" in client.get(path(met)).text
    assert client.post("/agents/moi/telephone", data={"telephone": "04 75 00 00 12"}).status_code == 303
    for _ in range(2):
        client.post(path(met, "/referents"), data={"ajouter": team.world.agent.id})
    page = client.get(path(met)).text
    assert "<b>Mme Roche</b>" in page
    assert "04 75 00 00 12" in page
    assert "Je l’accompagne" not in page
    assert actions(team) == ["agent.phone_written", "referent.assigned"]
    client.post(path(met, "/referents"), data={"retirer": team.world.agent.id})
    assert "Pas encore de personne référente" in client.get(path(met)).text


def test_a_colleague_is_chosen_by_name_and_an_agent_of_elsewhere_can_neither_come_nor_go(
    team: Team, client: FlaskClient, met: Participation
) -> None:
    with team.changing() as world:
        colleague = world.make_agent(display_name="M. Lefort")
        stranger = world.make_agent(display_name="M. Secret", organisation=world.make_organisation())
        world.add(Referent(beneficiary_id=met.beneficiary_id, agent_id=stranger.id, created_at=NOW))
    page = client.get(path(met)).text
    assert f'name="ajouter" value="{colleague.id}"' in page
    assert f'value="{stranger.id}"' not in page
    client.post(path(met, "/referents"), data={"ajouter": colleague.id})
    assert "<b>M. Lefort</b>" in client.get(path(met)).text
    assert client.post(path(met, "/referents"), data={"ajouter": stranger.id}).status_code == 404
    assert client.post(path(met, "/referents"), data={"retirer": stranger.id}).status_code == 404


def test_whoever_left_is_no_longer_a_number_to_call(team: Team, client: FlaskClient, met: Participation) -> None:
    with team.changing() as world:
        gone = world.make_agent(display_name="M. Parti", closed_at=NOW)
        world.add(Referent(beneficiary_id=met.beneficiary_id, agent_id=gone.id, created_at=NOW))
    assert "M. Parti" not in client.get(path(met)).text


def test_a_number_that_cannot_be_read_is_said_with_what_was_typed(team: Team, client: FlaskClient) -> None:
    client.post("/agents/moi/telephone", data={"telephone": "12"})
    page = client.get("/agents/moi").text
    assert "Ce numéro ne se lit pas." in page
    assert "« 12 »" in page.replace("\N{NO-BREAK SPACE}", " ")
    with team.database.reading() as session:
        assert session.get_one(Agent, team.world.agent.id).phone is None


# Orientation


def test_the_orientation_is_offered_after_an_appointment_and_only_then(
    team: Team, client: FlaskClient, met: Participation
) -> None:
    with team.changing() as world:
        waiting = world.make_follow_up()
    assert "Orientation décidée" in client.get(path(met)).text
    assert "Orientation décidée" not in client.get(f"/agents/personnes/{waiting.beneficiary_id}").text


def test_one_click_says_the_kind_one_more_the_team_and_one_takes_it_back(
    team: Team, client: FlaskClient, met: Participation
) -> None:
    with team.changing() as world:
        partner = world.make_organisation(name="Mission locale de Die")
    client.post(orientation_path(met), data={"type": "professional"})
    client.post(orientation_path(met), data={"structure": partner.id})
    page = client.get(path(met)).text
    assert "Orientation professionnelle" in page
    assert "décidée le mardi 24 novembre" in page
    assert "Mission locale de Die" in page
    with team.database.reading() as session:
        decided = session.query(Orientation).one().id
    client.post(f"{orientation_path(met)}/{decided}/retirer")
    with team.database.reading() as session:
        assert session.query(Orientation).count() == 0
    assert actions(team) == ["orientation.decided", "orientation.organisation_chosen", "orientation.withdrawn"]


def test_another_kind_the_same_day_corrects_and_later_is_another_decision(
    team: Team, client: FlaskClient, clock: Clock, met: Participation
) -> None:
    for kind in ("social", "social", "professional"):
        client.post(orientation_path(met), data={"type": kind})
    clock.pass_by(timedelta(days=40))
    client.post(orientation_path(met), data={"type": "socio_professional"})
    with team.database.reading() as session:
        kinds = [one.kind for one in session.query(Orientation).order_by(Orientation.id)]
    assert kinds == [OrientationKind.PROFESSIONAL, OrientationKind.SOCIO_PROFESSIONAL]


@pytest.mark.parametrize(("data", "status"), [({}, 422), ({"type": "x"}, 422), ({"structure": 1}, 404)])
def test_neither_a_kind_nor_a_team_nor_a_team_without_a_kind_is_a_decision(
    team: Team, client: FlaskClient, met: Participation, data: dict[str, object], status: int
) -> None:
    assert client.post(orientation_path(met), data=data).status_code == status
    with team.database.reading() as session:
        assert session.query(Orientation).count() == 0


def test_an_orientation_is_taken_back_from_its_own_follow_up_only(
    team: Team, client: FlaskClient, met: Participation
) -> None:
    with team.changing() as world:
        other = world.make_follow_up()
    client.post(orientation_path(met), data={"type": "social"})
    with team.database.reading() as session:
        decided = session.query(Orientation).one().id
    elsewhere = f"/agents/personnes/{other.beneficiary_id}/suivis/{other.id}/orientation/{decided}/retirer"
    assert client.post(elsewhere).status_code == 404


# Two records


def test_two_records_are_compared_line_by_line_and_become_one(
    team: Team, client: FlaskClient, met: Participation
) -> None:
    with team.changing() as world:
        kept = world.session.get_one(Beneficiary, met.beneficiary_id)
        twin = world.make_beneficiary(first_name="Ines", last_name="Bernard", phone=kept.phone, birth_on=NOW.date())
    looking = client.get(path(met, "/fusionner")).text
    assert f'href="/agents/personnes/{met.beneficiary_id}/fusionner/{twin.id}"' in looking
    page = client.get(path(met, f"/fusionner/{twin.id}")).text
    assert 'name="first_name" value="autre"' in page
    assert 'name="birth_on"' not in page  # only one of them says it
    assert "24/11/2026" in page
    answer = client.post(path(met, f"/fusionner/{twin.id}"), data={"first_name": "autre"})
    assert (answer.status_code, answer.location) == (303, path(met))
    assert "<h1>Ines Bernard</h1>" in client.get(path(met)).text
    assert client.get(f"/agents/personnes/{twin.id}").status_code == 404


def test_a_refused_merge_says_what_to_do_first_keeps_the_choices_and_changes_nothing(
    team: Team, client: FlaskClient
) -> None:
    with team.changing() as world:
        one, other = (expect(world, NOW + timedelta(days=day)) for day in (3, 4))
    answer = client.post(path(one, f"/fusionner/{other.beneficiary_id}"), data={"last_name": "autre"})
    assert answer.status_code == 409
    assert "Les deux fiches ont un rendez-vous à venir pour le même motif" in answer.text
    assert 'name="last_name" value="autre" checked' in answer.text
    with team.database.reading() as session:
        assert session.query(Beneficiary).count() == 2


def test_the_other_record_is_found_by_a_search_and_nobody_of_elsewhere_is(
    team: Team, client: FlaskClient, met: Participation
) -> None:
    with team.changing() as world:
        here = world.make_beneficiary(first_name="Zoé", search_key="zoe martin")
        there = world.make_beneficiary(organisation=world.make_organisation(), search_key="zoe secret")
    page = client.get(path(met, "/fusionner?q=zoe")).text
    assert f"/fusionner/{here.id}" in page
    assert f"/fusionner/{there.id}" not in page
    for other in (there.id, met.beneficiary_id):
        assert client.get(path(met, f"/fusionner/{other}")).status_code == 404
        assert client.post(path(met, f"/fusionner/{other}")).status_code == 404


# All that is kept


def everything(team: Team, met: Participation) -> None:
    with team.changing() as world:
        follow_up = world.session.get_one(FollowUp, met.follow_up_id)
        inviting.invite(
            world.session, follow_up, organisation_id=world.organisation.id, channels=[Channel.SMS],
            agent_id=world.agent.id, codes=CODES, now=NOW,
        )  # fmt: skip
        elsewhere = world.make_organisation()
        owe(world, beneficiary=follow_up.beneficiary, organisation_id=elsewhere.id, body="Venu d’ailleurs")


@pytest.fixture
def admin(team: Team, flask_app: Flask) -> FlaskClient:
    with team.changing() as world:
        agent = world.make_agent(role=Role.ADMIN)
    return team.browser(flask_app, agent)


def test_all_that_is_kept_is_handed_out_as_json_without_a_code_or_a_fingerprint(
    team: Team, admin: FlaskClient, met: Participation
) -> None:
    everything(team, met)
    answer = admin.post(path(met, "/exporter"), data={"format": "json"})
    assert answer.headers["Content-Disposition"] == (
        f"attachment; filename=donnees-{met.beneficiary_id}-2026-11-24.json"
    )
    found = json.loads(answer.data)
    assert found["person"]["first_name"] == "Inès"
    assert [one["outcome"] for one in found["appointments"]] == ["unknown"]
    assert {one["body"] for one in found["messages"]} > {"Venu d’ailleurs"}
    assert "[lien personnel]" in answer.text
    assert CODES.derive("invitation", 1) not in answer.text
    assert "hash" not in answer.text
    assert "search_key" not in answer.text
    assert actions(team)[-1] == "personal_data.handed_out"


def test_the_same_on_paper_is_one_pdf(team: Team, admin: FlaskClient, met: Participation) -> None:
    everything(team, met)
    answer = admin.post(path(met, "/exporter"), data={"format": "pdf"})
    assert (answer.status_code, answer.mimetype, answer.data[:5]) == (200, "application/pdf", b"%PDF-")


def test_another_organisation_hands_out_what_it_keeps_itself(team: Team, flask_app: Flask) -> None:
    with team.changing() as world:
        partner = world.make_organisation(kind=OrganisationKind.SIAE)
        agent = world.make_agent(organisation=partner, role=Role.ADMIN)
        somebody = world.make_beneficiary(organisation=partner, department_internal_id="D26-7")
        owe(world, beneficiary=somebody, body="Venu d’ailleurs")
        owe(world, beneficiary=somebody, organisation_id=partner.id, body="Venu d’ici")
    answer = team.browser(flask_app, agent).post(f"/agents/personnes/{somebody.id}/exporter", data={"format": "json"})
    assert [one["body"] for one in json.loads(answer.data)["messages"]] == ["Venu d’ici"]
    assert "D26-7" not in answer.text


def test_only_administrators_and_those_who_may_export_hand_it_out(
    team: Team, client: FlaskClient, met: Participation
) -> None:
    assert client.post(path(met, "/exporter"), data={"format": "json"}).status_code == 403
    assert "Remettre ses données" not in client.get(path(met)).text


# Cancelling


def test_cancelling_says_what_really_leaves(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        reached = expect(world, NOW + timedelta(days=3))
        person = world.make_beneficiary(phone=None, email=None)
        alone = expect(world, NOW + timedelta(days=4), beneficiary=person)
    for one, sentence in ((reached, "Le message part."), (alone, "il reste à prévenir la personne.")):
        client.post(path(one, f"/rendez-vous/{one.id}/annuler"))
        assert sentence in client.get(path(one)).text
