"""Free times: those that an agent could book, those that one person may choose, a slice after the other."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import update

from invitations.models import AppointmentType, OpenTo, Referent, Sector, SectorCommune, SectorService
from tests.app.api.conftest import ON_SQLITE, Machine
from tests.app.api.test_rdvs import LIEU, MOTIF
from tests.app.team import queries_of
from tests.factories import World

SLOT = {"starts_at", "duration_in_min", "motif", "lieu", "agents", "title", "seats_left"}


def asked(machine: Machine, **query: Any) -> dict[str, Any]:
    named = {name.rstrip("_"): value for name, value in query.items()}
    answer = machine.get(f"{machine.organisation}/slots", query_string=named)
    assert answer.status_code == 200, answer.text
    assert set(answer.get_json()) == {"success", "slots", "next_cursor"}
    return dict(answer.get_json())


def starts(machine: Machine, **query: Any) -> list[str]:
    return [one["starts_at"] for one in asked(machine, **query)["slots"]]


def serve(world: World, place_id: int, *communes: str) -> None:
    """A sector of these communes, received at this place alone."""
    sector = Sector(department_id=world.department.id, name="Nord", created_at=world.now)
    sector.communes = [SectorCommune(commune_insee=one) for one in communes]
    sector.services = [SectorService(organisation_id=world.organisation.id, place_id=place_id)]
    world.add(sector)


def test_a_slot_says_when_where_what_for_and_who_receives(machine: Machine) -> None:
    with machine.town.changing() as world:
        other = world.make_agent()
        world.make_opening(agent_id=other.id)
    one = asked(machine, to="2026-11-25T00:00:00Z")["slots"][0]
    assert set(one) == SLOT
    assert (set(one["motif"]), set(one["lieu"])) == (MOTIF, LIEU)
    assert (one["starts_at"], one["duration_in_min"]) == ("2026-11-24T09:30:00Z", 45)
    assert [agent["id"] for agent in one["agents"]] == [machine.town.world.agent.id, other.id]
    assert (one["title"], one["seats_left"]) == (None, None)


def test_each_start_comes_once_in_order_to_the_end_of_the_list(machine: Machine) -> None:
    with machine.town.changing() as world:
        world.make_opening(agent_id=world.make_agent().id, starts_at_time=time(10), ends_at_time=time(17))
    first = asked(machine)
    assert len(first["slots"]) == 50
    found, cursor = first["slots"], first["next_cursor"]
    while cursor is not None:
        part = asked(machine, cursor=cursor)
        found, cursor = found + part["slots"], part["next_cursor"]
    times = [one["starts_at"] for one in found]
    assert times == sorted(set(times))
    assert len(times) > 100
    assert starts(machine, from_=times[60], to=times[63]) == times[60:63]


@ON_SQLITE
def test_a_session_tells_its_title_and_its_seats(machine: Machine) -> None:
    with machine.town.changing() as world:
        atelier = world.make_type(is_collective=True, name="Atelier", seats=12)
        met = world.make_session(world.now + timedelta(days=3), atelier, seats_taken=2)
    [one] = asked(machine, rdv_solidarites_motif_id=atelier.id)["slots"]
    assert (one["title"], one["seats_left"], one["duration_in_min"]) == ("Atelier budget", 10, 120)
    assert one["starts_at"] == met.starts_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert [agent["id"] for agent in one["agents"]] == [machine.town.world.agent.id]


@ON_SQLITE
def test_an_agent_books_what_is_near_or_reserved_to_agents_and_a_person_does_not(machine: Machine) -> None:
    person = machine.town.person()
    with machine.town.changing() as world:
        world.session.execute(update(AppointmentType).values(min_delay=timedelta(days=2)))
    assert starts(machine)[0] == "2026-11-24T09:30:00Z"
    assert starts(machine, user_id=person.id)[0] == "2026-11-26T09:30:00Z"
    with machine.town.changing() as world:
        world.session.execute(update(AppointmentType).values(open_to=OpenTo.AGENTS))
    assert starts(machine)
    assert starts(machine, user_id=person.id) == []


@ON_SQLITE
def test_a_person_is_received_where_their_sector_or_their_invitation_says_and_by_their_referent(
    machine: Machine,
) -> None:
    with machine.town.changing() as world:
        there = world.make_place(name="Antenne")
        world.make_opening(place_id=there.id, agent_id=world.make_agent().id)
        serve(world, there.id, "26057")
        person = world.make_beneficiary(commune_insee="26057")
    machine.town.invite(commune_insee="26362")
    places = {one["lieu"]["rdv_solidarites_lieu_id"] for one in asked(machine, user_id=person.id)["slots"]}
    assert places == {there.id}
    everywhere = {machine.town.world.place.id, there.id}
    assert {one["lieu"]["rdv_solidarites_lieu_id"] for one in asked(machine)["slots"]} == everywhere
    only = asked(machine, rdv_solidarites_lieu_id=there.id)["slots"]
    assert {one["lieu"]["rdv_solidarites_lieu_id"] for one in only} == {there.id}
    path = f"{machine.users}/{person.id}/invite"
    body = {"invitation": {"rdv_solidarites_lieu_id": machine.town.world.place.id}}
    assert machine.post(path, body).status_code == 200
    places = {one["lieu"]["rdv_solidarites_lieu_id"] for one in asked(machine, user_id=person.id)["slots"]}
    assert places == {machine.town.world.place.id}
    with machine.town.changing() as world:
        world.session.execute(update(AppointmentType).values(referents_only=True))
    assert starts(machine, user_id=person.id) == []
    with machine.town.changing() as world:
        world.add(Referent(beneficiary_id=person.id, agent_id=world.agent.id, created_at=world.now))
    assert starts(machine, user_id=person.id)


@ON_SQLITE
def test_what_is_not_there_or_can_t_be_read_is_refused(machine: Machine) -> None:
    with machine.town.changing() as world:
        other = world.make_category(code="rsa_accompagnement", name="RSA accompagnement")
        stranger = world.make_beneficiary(organisation=world.make_organisation())
        person = world.make_beneficiary()
    path = f"{machine.organisation}/slots"
    for said in (
        *({"motif_category": other.code}, {"rdv_solidarites_motif_id": 99}, {"rdv_solidarites_lieu_id": 99}),
        *({"from": "demain"}, {"to": "2026-12-01"}, {"cursor": "x"}, {"cursor": "1.2"}, {"user_id": "x"}),
    ):
        assert machine.get(path, query_string=said).status_code == 422, said
    assert machine.get(path, query_string={"user_id": stranger.id}).get_json() == {"not_found": "User"}
    with machine.town.changing() as world:
        world.make_settings(category_id=other.id)
    refused = machine.get(path, query_string={"user_id": person.id})
    assert "Indiquez motif_category" in refused.get_json()["errors"][0]["error_details"]
    assert starts(machine, user_id=person.id, motif_category=other.code) == []


@ON_SQLITE
def test_a_list_costs_the_same_number_of_queries_however_long(machine: Machine, flask_app: Flask) -> None:
    def cost() -> int:
        return queries_of(flask_app, lambda: asked(machine))

    def more() -> None:
        with machine.town.changing() as world:
            for _ in range(5):
                world.make_opening(agent_id=world.make_agent().id, place_id=world.make_place().id)

    more()
    cost()
    few = cost()
    more()
    assert cost() == few
