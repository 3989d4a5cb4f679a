"""Sectors: who is served where, and how many may be invited there."""

from __future__ import annotations

from sqlalchemy.orm import Session

from invitations import inviting, sectors
from invitations.codes import Codes
from invitations.models import Channel, FollowUp, Place, Sector, SectorCommune, SectorService
from tests.factories import World

ROMANS, DIE, NOWHERE = "26281", "26113", "26999"


def make_sector(world: World, name: str, communes: list[str], places: list[Place | None]) -> Sector:
    sector = world.add(Sector(department_id=world.department.id, name=name, created_at=world.now))
    sector.communes = [SectorCommune(commune_insee=one) for one in communes]
    sector.services = [
        SectorService(organisation_id=world.organisation.id, place_id=one.id if one else None) for one in places
    ]
    world.session.flush()
    return sector


def serving(session: Session, world: World, commune: str | None) -> frozenset[int] | None:
    return sectors.serving(session, world.organisation.id, commune)


def invite(session: Session, world: World, codes: Codes, people: list[FollowUp]) -> inviting.Batch:
    return inviting.invite_selection(
        session,
        people,
        organisation_id=world.organisation.id,
        channels=[Channel.SMS],
        agent_id=world.agent.id,
        codes=codes,
        now=world.now,
    )


def test_a_commune_is_served_by_the_places_of_its_sectors(session: Session, world: World) -> None:
    romans = world.make_place(name="Espace Rochegude", city="Romans-sur-Isère", commune_insee=ROMANS)
    make_sector(world, "Nord", [ROMANS], [romans])
    make_sector(world, "Partout", [ROMANS, DIE], [None])
    assert serving(session, world, DIE) == {world.place.id, romans.id}
    assert serving(session, world, ROMANS) == {world.place.id, romans.id}


def test_nothing_restricts_a_commune_that_no_sector_gives_to_this_organisation(session: Session, world: World) -> None:
    other = world.make_organisation()
    sector = make_sector(world, "Nord", [ROMANS], [])
    sector.services = [SectorService(organisation_id=other.id, place_id=None)]
    session.flush()
    for commune in (None, "", NOWHERE, ROMANS):
        assert serving(session, world, commune) is None


def test_a_closed_place_serves_nobody(session: Session, world: World) -> None:
    romans = world.make_place(commune_insee=ROMANS, closed_at=world.now)
    make_sector(world, "Nord", [ROMANS], [romans])
    assert serving(session, world, ROMANS) is None


def test_nobody_is_invited_where_only_others_are_served(session: Session, world: World, codes: Codes) -> None:
    """Romans has no opening: its people have no slot, though Valence has."""
    romans = world.make_place(city="Romans-sur-Isère", commune_insee=ROMANS)
    make_sector(world, "Nord", [ROMANS], [romans])
    there = world.make_follow_up(world.make_beneficiary(commune_insee=ROMANS))
    elsewhere = world.make_follow_up(world.make_beneficiary(commune_insee=NOWHERE))
    batch = invite(session, world, codes, [there, elsewhere])
    assert [one.follow_up_id for one in batch.invited] == [elsewhere.id]
    assert [one.id for one, _ in batch.refused] == [there.id]


def test_people_of_one_sector_take_no_slot_from_those_of_another(session: Session, world: World, codes: Codes) -> None:
    """Two places with as many slots each: the people of one sector fill theirs, the others keep their own."""
    romans = world.make_place(city="Romans-sur-Isère", commune_insee=ROMANS)
    colleague = world.make_agent()
    world.make_opening(place_id=romans.id, agent_id=colleague.id)
    world.settings.validity_days = 2
    make_sector(world, "Nord", [ROMANS], [romans])
    make_sector(world, "Sud", [DIE], [world.place])
    north = [world.make_follow_up(world.make_beneficiary(commune_insee=ROMANS)) for _ in range(12)]
    south = [world.make_follow_up(world.make_beneficiary(commune_insee=DIE)) for _ in range(12)]
    first = invite(session, world, codes, north)
    assert 0 < len(first.invited) < 12
    second = invite(session, world, codes, south)
    assert len(second.invited) == len(first.invited)


def test_slots_of_overlapping_sectors_are_counted_once(session: Session, world: World) -> None:
    world.settings.validity_days = 2
    make_sector(world, "Nord", [ROMANS], [world.place])
    people = [
        world.make_follow_up(world.make_beneficiary(commune_insee=ROMANS)),
        world.make_follow_up(world.make_beneficiary(commune_insee=NOWHERE)),
    ]
    together = inviting.preview_selection(
        session, people, organisation_id=world.organisation.id, channels=[Channel.SMS], now=world.now
    )
    alone = inviting.preview_selection(
        session, people[1:], organisation_id=world.organisation.id, channels=[Channel.SMS], now=world.now
    )
    assert together.slots_left == alone.slots_left


def test_a_type_for_referents_alone_promises_nothing_to_whoever_has_none(session: Session, world: World) -> None:
    """Openings for both kinds: a person without a referent is invited only while the other kind has slots."""
    world.type.referents_only = True
    world.make_type(name="Accueil", min_delay=world.type.max_delay)  # open to all, and never bookable
    people = [world.make_follow_up()]
    preview = inviting.preview_selection(
        session, people, organisation_id=world.organisation.id, channels=[Channel.SMS], now=world.now
    )
    assert (preview.slots_left, preview.ready) == (0, [])
