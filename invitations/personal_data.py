"""All that is kept of one person, for them (GDPR, articles 15 and 20): plain values, no code, no link, no fingerprint.

The conseil départemental answers for the whole: its agents hand out what every organisation keeps. Another organisation hands
out what it keeps itself. `personal_data_way` and `personal_data_said` hold a question for each subject, and
tests/house/test_personal_data.py fails for a personal column that none of them asks for.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from invitations import exports, journal, personal_data_said, personal_data_way
from invitations.errors import NotAllowed
from invitations.models import Beneficiary, Organisation, OrganisationKind, Role
from invitations.permissions import may_see_internal_id
from invitations.personal_data_scope import Found, Scope, plain

# What makes a record found, and says nothing that stands not elsewhere in it; and what is told as NIR_KEPT alone.
HIDDEN = frozenset({"id", "department_id", "first_name_key", "email_key", "search_key", "nir_sealed", "nir_hash"})
# Whether a NIR is kept of them: it is shown whole to nobody, and the person knows theirs.
NIR_KEPT = "nir_kept"
SECTIONS = personal_data_way.SECTIONS | personal_data_said.SECTIONS


def check_may_hand_out(session: Session, agent_id: int, organisation: Organisation, role: Role) -> None:
    """An administrator, or whoever has the right to export there. Raises NotAllowed."""
    if role is Role.ADMIN:
        return
    exports.check_may_export(session, agent_id, [organisation.id])


def may_hand_out(session: Session, agent_id: int, organisation: Organisation, role: Role) -> bool:
    try:
        check_may_hand_out(session, agent_id, organisation, role)
    except NotAllowed:
        return False
    return True


def read(session: Session, person: Beneficiary, organisation: Organisation) -> Found:
    """Everything, by subject, each in order of time. The number of queries does not depend on how much there is."""
    whole = organisation.kind is OrganisationKind.DEPARTMENT_COUNCIL
    scope = Scope(session, person.id, None if whole else organisation.id)
    return {"person": _person(person, organisation)} | {name: ask(scope) for name, ask in SECTIONS.items()}


def note(
    session: Session, person: Beneficiary, kind: str, *, organisation_id: int, agent_id: int, now: datetime
) -> None:
    """Who handed out what, and when."""
    journal.note(
        session,
        "personal_data.handed_out",
        now=now,
        organisation_id=organisation_id,
        agent_id=agent_id,
        beneficiary_id=person.id,
        kind=kind,
    )


def _person(person: Beneficiary, organisation: Organisation) -> Found:
    hidden = set(HIDDEN)
    if not may_see_internal_id([organisation.kind]):
        hidden.add("department_internal_id")
    columns = [column.key for column in Beneficiary.__table__.columns if column.key not in hidden]
    return {name: plain(getattr(person, name)) for name in columns} | {NIR_KEPT: person.nir_hash is not None}
