"""Why people are met, as the administrators of a département say it; and which of its organisations go about it.

An organisation that handles a category reads its follow-ups: that is for the département to give. It may stop by itself.
Every save is noted in the journal, with the names of what changed.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from invitations.department_settings import Speaker
from invitations.errors import NameTaken, NotFound, PurposeThreatens
from invitations.identity import name_key, plain
from invitations.journal import note
from invitations.models import Category, CategoryKind, CategorySettings, Organisation
from invitations.organisation_settings import apply
from invitations.own_texts_threats import threats_in
from invitations.sector_settings import named

_CODE_LENGTH = 40


@dataclass(frozen=True, slots=True)
class Words:
    """`name` is for agents; `purpose` goes on from "un rendez-vous pour", and people read it."""

    name: str
    purpose: str


def listed(session: Session, department_id: int) -> list[Category]:
    """The categories of a département, by name."""
    found = select(Category).where(Category.department_id == department_id).order_by(Category.name, Category.id)
    return list(session.scalars(found))


def seen_by(session: Session, category_id: int, department_id: int) -> Category:
    """A category of the département. Raises NotFound."""
    category = session.get(Category, category_id)
    if category is None or category.department_id != department_id:
        raise NotFound
    return category


def add(session: Session, words: Words, kind: CategoryKind, *, by: Speaker, now: datetime) -> Category:
    """A new category, that no organisation handles yet. Raises NameTaken, PurposeThreatens."""
    check_name(session, words.name, by.department.id)
    check_purpose(words, kind)
    made = Category(
        department_id=by.department.id,
        code=_free_code(session, words.name, by.department.id),
        kind=kind,
        name=words.name,
        purpose=words.purpose,
        created_at=now,
    )
    with named(session):
        session.add(made)
    _note(session, "category.added", made.id, by, now)
    return made


def reword(session: Session, category: Category, words: Words, *, by: Speaker, now: datetime) -> None:
    """Keep its words, for the messages written from now on. Raises NameTaken, PurposeThreatens."""
    check_name(session, words.name, category.department_id, but=category.id)
    check_purpose(words, category.kind)
    changed = apply(category, words)
    if changed:
        _note(session, "category.changed", category.id, by, now, changed=changed)


def check_name(session: Session, name: str, department_id: int, *, but: int | None = None) -> None:
    """Two categories with one name could not be told apart where they are chosen."""
    if any(name_key(one.name) == name_key(name) and one.id != but for one in listed(session, department_id)):
        raise NameTaken


def check_purpose(words: Words, kind: CategoryKind) -> None:
    """No message of an orientation announces a sanction (messages.md): nor does what it is for."""
    threats = threats_in(words.purpose) if kind is CategoryKind.ORIENTATION else []
    if threats:
        raise PurposeThreatens(words=threats)


def organisations_of(session: Session, department_id: int) -> list[Organisation]:
    """The organisations of a département, by name."""
    query = select(Organisation).where(Organisation.department_id == department_id)
    return list(session.scalars(query.order_by(Organisation.name, Organisation.id)))


def handling(session: Session, category_ids: Collection[int]) -> dict[int, list[CategorySettings]]:
    """By category, how the organisations that handle it do, or did before they closed it. One query."""
    found: dict[int, list[CategorySettings]] = {one: [] for one in category_ids}
    query = select(CategorySettings).where(CategorySettings.category_id.in_(category_ids)).order_by(CategorySettings.id)
    for settings in session.scalars(query):
        found[settings.category_id].append(settings)
    return found


def give_to(
    session: Session, category: Category, organisation_ids: Collection[int], *, by: Speaker, now: datetime
) -> None:
    """These organisations of the département handle it, the others stop. Raises NotFound for one of elsewhere."""
    known = {one.id for one in organisations_of(session, category.department_id)}
    if not known.issuperset(organisation_ids):
        raise NotFound
    settled = {one.organisation_id: one for one in handling(session, [category.id])[category.id]}
    for organisation_id in sorted(known):
        _settle(
            session,
            category,
            organisation_id,
            settled.get(organisation_id),
            organisation_id in organisation_ids,
            by,
            now,
        )


def close(session: Session, settings: CategorySettings, *, agent_id: int, now: datetime) -> None:
    """Nothing new begins here; what has begun goes on. Doing it twice does nothing."""
    if settings.closed_at is None:
        settings.closed_at = now
        _note_of_settings(session, "category.closed", settings, agent_id, now)


def reopen(session: Session, settings: CategorySettings, *, agent_id: int, now: datetime) -> None:
    """It invites again, as it was set."""
    if settings.closed_at is not None:
        settings.closed_at = None
        _note_of_settings(session, "category.reopened", settings, agent_id, now)


def _settle(
    session: Session,
    category: Category,
    organisation_id: int,
    settings: CategorySettings | None,
    wanted: bool,
    by: Speaker,
    now: datetime,
) -> None:
    if settings is None and wanted:
        settings = CategorySettings(organisation_id=organisation_id, category_id=category.id, created_at=now)
        session.add(settings)
        session.flush()
        _note_of_settings(session, "category.opened", settings, by.agent_id, now)
    elif settings is not None and wanted:
        reopen(session, settings, agent_id=by.agent_id, now=now)
    elif settings is not None:
        close(session, settings, agent_id=by.agent_id, now=now)


def _free_code(session: Session, name: str, department_id: int) -> str:
    """rsa_orientation, of "RSA orientation"; numbered when there is one already. Files and programs name it so."""
    code = re.sub(r"[^a-z0-9]+", "_", plain(name)).strip("_")[: _CODE_LENGTH - 4] or "categorie"
    taken = {one.code for one in listed(session, department_id)}
    numbered = (f"{code}_{number}" for number in range(2, len(taken) + 3))
    return code if code not in taken else next(one for one in numbered if one not in taken)


def _note(session: Session, act: str, category_id: int, by: Speaker, now: datetime, **details: Any) -> None:
    note(
        session, act, now=now, organisation_id=by.organisation.id, agent_id=by.agent_id, category_id=category_id, **details
    )  # fmt: skip


def _note_of_settings(session: Session, act: str, settings: CategorySettings, agent_id: int, now: datetime) -> None:
    note(
        session, act, now=now, organisation_id=settings.organisation_id, agent_id=agent_id,
        category_id=settings.category_id,
    )  # fmt: skip
