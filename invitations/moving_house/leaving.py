"""A département, or an organisation, leaves with two files."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from invitations import journal
from invitations.codes import Codes
from invitations.errors import NotFound
from invitations.models import CategorySettings, Department, Organisation
from invitations.moving_house import meetings_out, people_out
from invitations.moving_house.columns import Wording
from invitations.moving_house.people_out import Cells
from invitations.moving_house.setting import Setting
from invitations.permissions import may_see_internal_id


def setting_of(
    session: Session,
    wording: Wording,
    *,
    organisation: str | None,
    department: str | None,
    codes: Codes,
    now: datetime,
) -> tuple[Setting, list[int]]:
    """And the organisations that leave: one by its name or id, or all of a département by its number. Raises NotFound."""
    query = select(Organisation).join(Department)
    if organisation is not None:
        said = Organisation.name == organisation
        query = query.where(or_(said, Organisation.id == int(organisation)) if organisation.isdecimal() else said)
    else:
        query = query.where(Department.number == department)
    found = session.scalars(query.order_by(Organisation.id)).all()
    if not found or (organisation is not None and len(found) != 1):
        raise NotFound
    first = found[0]
    setting = Setting(first.department_id, first.id, first.department.zone, wording, codes, now)
    return setting, [one.id for one in found]


def setting_within(session: Session, wording: Wording, organisation_id: int, *, codes: Codes, now: datetime) -> Setting:
    """For a page: what this organisation may read of the people who belong to it."""
    organisation = session.get_one(Organisation, organisation_id)
    setting = Setting(organisation.department_id, organisation.id, organisation.department.zone, wording, codes, now)
    handled = select(CategorySettings.category_id).where(CategorySettings.organisation_id == organisation.id)
    setting.category_ids = list(session.scalars(handled.order_by(CategorySettings.category_id)))
    setting.shows_internal_id = may_see_internal_id([organisation.kind])
    return setting


def note_file(session: Session, organisation_id: int, *, of_people: bool, agent_id: int, now: datetime) -> None:
    """Who takes one of the two files out by page, before it leaves."""
    journal.note(
        session,
        "department.file_taken_out",
        now=now,
        organisation_id=organisation_id,
        agent_id=agent_id,
        of_people=of_people,
    )


def people(session: Session, setting: Setting, organisation_ids: Collection[int]) -> Iterator[Cells]:
    return people_out.rows(session, setting, organisation_ids)


def meetings(session: Session, setting: Setting, organisation_ids: Collection[int]) -> Iterator[Cells]:
    return meetings_out.rows(session, setting, organisation_ids)


def note(
    session: Session, setting: Setting, organisation_ids: Collection[int], *, people: int, participations: int
) -> None:
    """Who left with how much, for each organisation."""
    for organisation_id in sorted(organisation_ids):
        journal.note(
            session,
            "department.moved_out",
            now=setting.now,
            organisation_id=organisation_id,
            people=people,
            participations=participations,
        )
