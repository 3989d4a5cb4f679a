"""Of whom the page of results may speak: a département's organisations and categories, and whether lots are being drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from invitations.errors import NotFound
from invitations.models import Category, CategoryKind, CategorySettings, Organisation, TrialOrganisation

_ORDER_OF_KINDS = list(CategoryKind)


@dataclass(frozen=True, slots=True)
class Standing:
    """What becomes of a category in some organisations: whether one handles it, and whether one draws lots in it now."""

    is_handled: bool
    is_drawn: bool


def organisations(session: Session, department_id: int) -> dict[int, str]:
    rows = session.execute(
        select(Organisation.id, Organisation.name)
        .where(Organisation.department_id == department_id)
        .order_by(func.lower(Organisation.name), Organisation.id)
    )
    return {row.id: row.name for row in rows}


def categories(session: Session, department_id: int, organisation_ids: Sequence[int]) -> dict[Category, Standing]:
    """Those of the département, orientation first. One query."""
    handled = select(CategorySettings.id).where(
        CategorySettings.category_id == Category.id, CategorySettings.organisation_id.in_(organisation_ids)
    )
    drawn = select(TrialOrganisation.trial_id).where(
        TrialOrganisation.category_id == Category.id,
        TrialOrganisation.organisation_id.in_(organisation_ids),
        TrialOrganisation.is_running,
    )
    rows = session.execute(
        select(Category, handled.exists(), drawn.exists())
        .where(Category.department_id == department_id)
        .order_by(Category.name, Category.id)
    )
    found = ((category, Standing(is_handled, is_drawn)) for category, is_handled, is_drawn in rows)
    return dict(sorted(found, key=lambda one: _ORDER_OF_KINDS.index(one[0].kind)))


def chosen(offered: Mapping[Category, Standing], code: str | None) -> Category | None:
    """The one asked for, or the first that is handled. Raises NotFound for a code that the département does not have."""
    if code is None:
        return next((one for one, standing in offered.items() if standing.is_handled), None)
    found = next((one for one in offered if one.code == code), None)
    if found is None:
        raise NotFound
    return found
