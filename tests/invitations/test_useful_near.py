"""What helps to come, near an appointment: three at most, within three kilometres, of the kinds that were chosen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, timedelta
from typing import Any

import pytest

from invitations.models import Appointment, Organisation, PlaceType, UsefulTheme
from invitations.useful_places.near import Near, near
from tests.app.team import expect
from tests.conftest import NOW
from tests.data_inclusion import service, structure
from tests.factories import World
from tests.useful import know, show_useful

DIGITAL, TRANSPORT = UsefulTheme.DIGITAL, UsefulTheme.TRANSPORT
BUS = ["mobilite--mobilite-douce-partagee-collective"]
# The place of `World`, and about a kilometre of latitude.
LATITUDE, LONGITUDE, KILOMETRE = 44.9334, 4.8924, 1 / 111.2
TUESDAY = NOW + timedelta(days=7)


@pytest.fixture
def appointment(world: World) -> Appointment:
    return expect(world, TUESDAY).appointment


@pytest.fixture
def around(world: World, appointment: Appointment) -> Callable[..., list[Near]]:
    def look(*rows: dict[str, Any], themes: tuple[UsefulTheme, ...] = (DIGITAL, TRANSPORT)) -> list[Near]:
        show_useful(world, *rows, themes=themes)
        return near(world.session, appointment)

    return look


def at(kilometres: float, number: int = 1, **changes: Any) -> dict[str, Any]:
    return service(number, latitude=LATITUDE + kilometres * KILOMETRE, longitude=LONGITUDE) | changes


def test_nothing_is_shown_unless_the_organisation_chose_it(world: World, appointment: Appointment) -> None:
    know(world, at(0.1))
    assert world.session.get_one(Organisation, world.organisation.id).useful_themes is None
    assert near(world.session, appointment) == []


def test_only_the_chosen_kinds_are_shown(around: Callable[..., list[Near]]) -> None:
    rows = [at(0.1, 1), at(0.2, 2, thematiques=BUS), at(0.3, 3, thematiques=["sante--addictions"])]
    assert [one.themes for one in around(*rows, themes=(TRANSPORT,))] == [(TRANSPORT,)]
    assert len(around(*rows)) == 2


def test_three_kilometres_and_no_further(around: Callable[..., list[Near]]) -> None:
    found = around(at(2.99, 1), at(3.02, 2), at(40, 3))
    assert [round(one.distance_km, 2) for one in found] == [2.99]


def test_three_at_most_and_the_nearest_first(around: Callable[..., list[Near]]) -> None:
    found = around(at(0.4, 1), at(0.1, 2), at(0.3, 3), at(0.2, 4))
    assert [one.name for one in found] == ["Atelier numérique 2", "Atelier numérique 4", "Atelier numérique 3"]


def test_one_of_each_kind_comes_before_a_second_of_any(around: Callable[..., list[Near]]) -> None:
    found = around(at(0.1, 1), at(0.2, 2), at(0.3, 3), at(2, 4, thematiques=BUS))
    assert [one.themes for one in found] == [(DIGITAL,), (DIGITAL,), (TRANSPORT,)]


def test_what_two_sources_publish_is_shown_once(around: Callable[..., list[Near]]) -> None:
    found = around(
        at(0.1, 1, nom="Maison France services"), at(0.12, 2, nom="MAISON FRANCE SERVICES", source="soliguide")
    )
    assert [round(one.distance_km, 2) for one in found] == [0.1]


def test_a_service_says_what_its_structure_knows(world: World, around: Callable[..., list[Near]]) -> None:
    know(world, structure(1))
    (found,) = around(at(0.1, 1, horaires_accueil=None, accessibilite_lieu=None, telephone=None))
    assert (found.name, found.structure, found.phone) == ("Atelier numérique 1", "Centre social 1", "+33475000001")
    assert found.accessibility is not None
    assert found.hours is not None
    assert [(one.hour, other.minute) for one, other in found.hours] == [(8, 30)]


@pytest.mark.parametrize(
    ("hours", "open_"),
    [
        ("Tu 09:00-12:00,14:00-17:00", [(8, 11), (13, 16)]),  # in UTC
        ("Mo 09:00-12:00", []),
        ("24/7", [(23, 22)]),
        ("Dec 01 10:00-11:00", [(9, 10)]),
    ],
)
def test_the_hours_are_those_of_the_day_of_the_appointment(
    around: Callable[..., list[Near]], hours: str, open_: list[tuple[int, int]]
) -> None:
    (found,) = around(at(0.1, horaires_accueil=hours))
    assert found.hours is not None
    assert [(one.astimezone(UTC).hour, other.astimezone(UTC).hour) for one, other in found.hours] == open_


def test_hours_that_nobody_knows_are_not_told(around: Callable[..., list[Near]]) -> None:
    (found,) = around(at(0.1, horaires_accueil="le matin"))
    assert found.hours is None


def test_without_coordinates_the_middle_of_the_commune_stands_for_the_place(
    world: World, appointment: Appointment, around: Callable[..., list[Near]]
) -> None:
    assert appointment.place is not None
    appointment.place.latitude = None
    assert len(around(at(0.1))) == 1


def test_an_appointment_by_phone_has_nothing_near_it(
    appointment: Appointment, around: Callable[..., list[Near]]
) -> None:
    appointment.type.place_type = PlaceType.PHONE
    assert around(at(0.1)) == []


def test_another_department_keeps_its_own(world: World, around: Callable[..., list[Near]]) -> None:
    show_useful(world, at(0.1), themes=(DIGITAL,))
    other = world.make_department(number="07", name="Ardèche", full_name="Département de l’Ardèche")
    world.session.get_one(Organisation, world.organisation.id).department_id = other.id
    world.session.flush()
    world.session.expire_all()
    assert near(world.session, expect(world, TUESDAY + timedelta(days=1)).appointment) == []
