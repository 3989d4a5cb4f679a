"""A person's social security number, written or erased by somebody who may; beside the other corrections, never among them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from invitations import journal
from invitations.database import hold_rows
from invitations.models import Beneficiary, Membership, Organisation, OrganisationKind
from invitations.nir import Nir
from invitations.nir_keeping import columns_of, is_kept_by, may_see


def may_write(person: Beneficiary, organisation: Organisation, kinds: Collection[OrganisationKind]) -> bool:
    """True where the département keeps numbers and one of these shared organisations may know of this one.

    What is written is kept under the present organisation's name, so that one has to be allowed to as well.
    """
    return person.department_id == organisation.department_id and is_kept_by(organisation) and may_see(kinds)


def write(
    session: Session, person: Beneficiary, one: Nir | None, *, organisation_id: int, agent_id: int | None, now: datetime
) -> bool:
    """Whether it changed. None erases; the same number again, under whichever key, changes nothing."""
    session.flush()
    hold_rows(session, select(Beneficiary.id).where(Beneficiary.id == person.id))
    session.refresh(person, ["nir_hash", "nir_sealed"])
    if (person.nir_hash in one.hashes) if one else person.nir_hash is None:
        return False
    for name, value in columns_of(one).items():
        setattr(person, name, value)
    person.updated_at = now
    session.flush()
    journal.note(
        session, "beneficiary.edited", now=now, organisation_id=organisation_id, agent_id=agent_id,
        beneficiary_id=person.id, fields=["nir"],
    )  # fmt: skip
    return True


def found_by(session: Session, hashes: Collection[str], *, organisation_ids: Collection[int]) -> list[int]:
    """Who of these organisations has this number, by id; several have it only by mistake."""
    query = (
        select(Beneficiary.id)
        .join(Membership, Membership.beneficiary_id == Beneficiary.id)
        .where(Beneficiary.nir_hash.in_(hashes), Membership.organisation_id.in_(organisation_ids))
        .distinct()
        .order_by(Beneficiary.id)
    )
    return list(session.scalars(query))
