"""A département and an appointment, with the keys of api.md's tables."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Flask
from sqlalchemy import select, update

from invitations.models import Appointment, Outcome, Participation
from tests.app.api.conftest import ON_SQLITE, Machine, machine_of
from tests.app.api.test_users import USER

DEPARTMENT = {"id", "number", "capital", "region", "organisations"}
ORGANISATION = {
    *("id", "name", "email", "phone_number", "department_number", "rdv_solidarites_organisation_id"),
    "motif_categories",
}
LIEU = {"rdv_solidarites_lieu_id", "name", "address", "phone_number"}
MOTIF = {"rdv_solidarites_motif_id", "name", "collectif", "location_type", "follow_up", "motif_category"}
RDV = {
    *("id", "uuid", "address", "starts_at", "duration_in_min", "cancelled_at", "collectif", "created_by", "status"),
    *("users_count", "max_participants_count", "rdv_solidarites_rdv_id", "agents", "lieu", "motif", "users"),
    *("organisation", "participations"),
}
PARTICIPATION = {"id", "status", "created_by", "created_at", "starts_at", "user"}


def test_a_departement_tells_its_organisations_what_they_book_and_where(machine: Machine) -> None:
    answer = machine.get("departments/26")
    assert answer.status_code == 200
    assert set(answer.get_json()) == {"department"}
    found = answer.get_json()["department"]
    assert set(found) == DEPARTMENT
    assert (found["number"], found["capital"], found["region"]) == ("26", "Valence", "Auvergne-Rhône-Alpes")
    [organisation] = found["organisations"]
    assert set(organisation) == ORGANISATION | {"motifs", "lieux"}
    [motif], [lieu] = organisation["motifs"], organisation["lieux"]
    assert (set(motif), set(lieu)) == (MOTIF, LIEU)
    assert organisation["motif_categories"] == [motif["motif_category"]]
    assert lieu["address"] == "12 rue Latour-Maubourg, 26000 Valence"


def met(machine: Machine) -> Appointment:
    machine.town.convene()
    [found] = machine.town.rows(select(Appointment))
    return found


def test_an_appointment_tells_who_meets_whom_where_and_when(machine: Machine) -> None:
    one = met(machine)
    answer = machine.get(f"rdvs/{one.uid}")
    assert answer.status_code == 200, answer.text
    assert set(answer.get_json()) == {"rdv"}
    rdv = answer.get_json()["rdv"]
    assert set(rdv) == RDV
    assert (rdv["id"], rdv["uuid"], rdv["rdv_solidarites_rdv_id"]) == (one.id, one.uid, one.id)
    assert (rdv["status"], rdv["created_by"], rdv["collectif"]) == ("unknown", "agent", False)
    assert (rdv["duration_in_min"], rdv["users_count"], rdv["max_participants_count"]) == (45, 1, None)
    assert rdv["starts_at"] == one.starts_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert (set(rdv["lieu"]), set(rdv["motif"]), set(rdv["organisation"])) == (LIEU, MOTIF, ORGANISATION)
    [participation] = rdv["participations"]
    assert set(participation) == PARTICIPATION
    assert set(participation["user"]) == USER
    assert rdv["users"] == [participation["user"]]
    assert set(rdv["agents"][0]) == {"id", "email", "first_name", "last_name", "rdv_solidarites_agent_id"}


@ON_SQLITE
def test_its_status_is_what_became_of_it(machine: Machine) -> None:
    one = met(machine)
    for outcome in Outcome:
        with machine.town.changing() as world:
            world.session.execute(update(Participation).values(outcome=outcome))
        assert machine.get(f"rdvs/{one.uid}").get_json()["rdv"]["status"] == outcome.value


@ON_SQLITE
def test_a_session_counts_its_seats_and_its_people(machine: Machine) -> None:
    with machine.town.changing() as world:
        type_ = world.make_type(is_collective=True, name="Atelier", seats=12)
        one = world.make_session(world.now + timedelta(days=3), type_)
    rdv: dict[str, Any] = machine.get(f"rdvs/{one.uid}").get_json()["rdv"]
    assert (rdv["collectif"], rdv["users_count"], rdv["max_participants_count"]) == (True, 0, 12)
    assert rdv["status"] == "unknown"


def test_a_slot_that_is_only_held_is_no_appointment_and_another_team_s_is_not_there(
    machine: Machine, flask_app: Flask
) -> None:
    machine.town.propose()
    [held] = machine.town.rows(select(Appointment))
    assert machine.get(f"rdvs/{held.uid}").get_json() == {"not_found": "Rdv"}
    with machine.town.changing() as world:
        world.session.execute(update(Appointment).values(held_until=None))
        other = world.make_organisation()
    assert machine.get(f"rdvs/{held.uid}").status_code == 200
    stranger = machine_of(flask_app, machine.town, organisation=other)
    assert stranger.get(f"rdvs/{held.uid}").get_json() == {"not_found": "Rdv"}
