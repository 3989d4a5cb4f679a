"""Where a département keeps social security numbers: whether, for whom, and how they lie there.

Sealed, and found again by a hash, each under a key of that département's own: its numbers can't be joined with those of
another. On the way there (a row of an import that waits, a person handed in by a machine) a number is a `cell`, which
holds the same and no more.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from invitations.models import Beneficiary, Department, Organisation, OrganisationKind
from invitations.nir import WITHOUT_KEY, Nir, NotRead, Wrong, masked, read
from invitations.sealing import SealBroken, Seals

# Whose work needs it (domain.md). With several shared organisations the least restrictive wins.
READERS = frozenset({OrganisationKind.DEPARTMENT_COUNCIL, OrganisationKind.FRANCE_TRAVAIL})
_REFUSED = "!"
SHOWN = 3  # digits: sex, year of birth


def may_see(kinds: Collection[OrganisationKind]) -> bool:
    """True when one of the organisations that the agent and the person share may know of the number."""
    return any(kind in READERS for kind in kinds)


def is_kept_by(organisation: Organisation) -> bool:
    """True when what this organisation says of numbers is kept: the département does, and the organisation may."""
    return organisation.department.nir_kept_since is not None and may_see([organisation.kind])


@dataclass(frozen=True, slots=True)
class Keeping:
    """How the numbers of a département lie there."""

    department_id: int
    seals: Seals

    def take(self, text: str) -> Nir:
        """Raises NotRead."""
        digits = read(text)
        return Nir(digits[:SHOWN], self.hashes(digits), self.seals.seal(digits, purpose=self.purpose))

    def hashes(self, digits: str) -> tuple[str, ...]:
        """What each key makes of it, the key in force first: a number sealed before a change of key is found too."""
        return self.seals.hashes(digits[:WITHOUT_KEY], purpose=self.purpose)

    def cell(self, text: str) -> str:
        """What may be kept of a text that should be a number, until it is known whose it is."""
        try:
            return cell_of(self.take(text))
        except NotRead as wrong:
            return _REFUSED + wrong.why.value

    def digits(self, sealed: str) -> str:
        """All 15. Raises SealBroken. For machines of the administration alone: pages show `shown`."""
        return self.seals.open(sealed, purpose=self.purpose)

    def is_current(self, sealed: str) -> bool:
        """True when it lies under the key in force."""
        return self.seals.is_current(sealed, purpose=self.purpose)

    @property
    def purpose(self) -> str:
        return purpose_of(self.department_id)


def purpose_of(department_id: int) -> str:
    return f"nir of {department_id}"


def keeping_of(organisation: Organisation, seals: Seals | None) -> Keeping | None:
    """None where what this organisation says of numbers is not kept."""
    return Keeping(organisation.department_id, seals) if seals is not None and is_kept_by(organisation) else None


def cell_of(one: Nir) -> str:
    return f"{one.first} {','.join(one.hashes)} {one.sealed}"


def is_number(cell: str) -> bool:
    """False for a cell that says why it is none."""
    return bool(cell) and not cell.startswith(_REFUSED)


def of_cell(cell: str) -> Nir:
    """Raises NotRead, for what never was one."""
    if cell.startswith(_REFUSED):
        raise NotRead(Wrong(cell.removeprefix(_REFUSED)))
    first, hashes, sealed = cell.split(" ")
    return Nir(first, tuple(hashes.split(",")), sealed)


def columns_of(one: Nir | None) -> dict[str, str | None]:
    """What a person's row says of it."""
    return {"nir_sealed": one.sealed if one else None, "nir_hash": one.hashes[0] if one else None}


def shown(person: Beneficiary, department: Department, seals: Seals) -> str:
    """1 85 •• •• ••• ••• ••, "" where none is kept; dots alone when no key opens it."""
    if department.nir_kept_since is None or person.nir_sealed is None:
        return ""
    try:
        return masked(seals.open(person.nir_sealed, purpose=purpose_of(department.id))[:SHOWN])
    except SealBroken:
        return masked("•••")
