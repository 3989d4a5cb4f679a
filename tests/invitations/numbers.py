"""Social security numbers for tests: nobody's, with a right key."""

from __future__ import annotations

from stdnum.fr import nir

from invitations.models import Beneficiary, Organisation, OrganisationKind
from invitations.nir_keeping import Keeping, columns_of
from invitations.sealing import Seals
from tests.conftest import SECRET
from tests.factories import World

SEALS = Seals(SECRET)
FORMER = "a former key of these tests, thirty-two characters or more"


def number(order: int = 1, *, first: str = "185") -> str:
    """All 15 digits; month 99 is nobody's."""
    digits = f"{first}9926362{order:03d}"
    return digits + nir.calc_check_digits(digits)


def keep_numbers(world: World) -> None:
    """The département keeps them from now on, and the organisation is its own."""
    organisation = world.session.get_one(Organisation, world.organisation.id)
    organisation.kind, organisation.department.nir_kept_since = OrganisationKind.DEPARTMENT_COUNCIL, world.now
    world.session.flush()


def give(world: World, person: Beneficiary, digits: str, seals: Seals = SEALS) -> Beneficiary:
    """The person has this number."""
    for name, value in columns_of(Keeping(person.department_id, seals).take(digits)).items():
        setattr(person, name, value)
    world.session.flush()
    return person


def held_by(person: Beneficiary, seals: Seals = SEALS) -> str:
    """The number that lies sealed with a person, "" when none does."""
    if person.nir_sealed is None:
        return ""
    return Keeping(person.department_id, seals).digits(person.nir_sealed)
