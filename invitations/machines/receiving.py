"""A person whom a machine hands in → somebody we know or somebody new: matched, read and doubted as a row of an import.

What an import leaves for a human is refused here: nobody looks at a preview. A blank never erases.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from invitations import journal, options, people_editing, places, referents, tags
from invitations.errors import CategoryNeeded, NameUnknown, PersonAmbiguous, PersonRefused
from invitations.identity import name_key
from invitations.machines.callers import Caller
from invitations.matching import Directory, people_with_any
from invitations.models import (
    Agent,
    Beneficiary,
    Category,
    CategorySettings,
    Organisation,
    Tag,
    Verdict,
)
from invitations.nir_keeping import is_kept_by, keeping_of
from invitations.sealing import Seals
from invitations.uploads import saving
from invitations.uploads.columns import nir_cell
from invitations.uploads.deciding import MEMBERSHIP, Decision, Purpose, Row, decide
from invitations.uploads.doubts import Doubt
from invitations.uploads.headers import Field
from invitations.uploads.nir import without_nir

# What can't be read is said to the machine, which can send it again; an import goes on without it.
UNREADABLE = frozenset(
    {
        Doubt.PHONE_INVALID,
        Doubt.EMAIL_INVALID,
        Doubt.DATE_UNREADABLE,
        Doubt.DATE_IMPOSSIBLE,
        Doubt.TITLE_UNKNOWN,
        Doubt.ROLE_UNKNOWN,
        Doubt.NUMBER_UNREADABLE,
        Doubt.NIR_UNREADABLE,
        Doubt.NIR_KEY,
        Doubt.TOO_LONG,
    }
)


@dataclass(frozen=True, slots=True)
class CategoryNamed:
    """A category as machines name it: by its code, or by its name."""

    code: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Incoming:
    """What a machine says of one person, and what it wants for them. Texts as they came, without a NIR but in `nir`.

    `nir`: as it came too, until `kept_by` has sealed it, or dropped it; it is never among what is kept.
    """

    cells: Mapping[Field, str]
    category: CategoryNamed
    place_id: int | None = None
    referents: tuple[str, ...] = ()  # emails
    tags: tuple[str, ...] = ()  # labels
    nir: str = field(default="", repr=False)

    @classmethod
    def of(cls, cells: Mapping[Field, str | None], **wanted: Any) -> Incoming:
        """A social security number that stands in any other field goes no further than this (docs/decisions/0034)."""
        kept = {where: without_nir(text.strip(), padded=True) for where, text in cells.items() if text and text.strip()}
        return cls(kept, **wanted)

    def kept_by(self, organisation: Organisation, seals: Seals | None) -> Incoming:
        """The same with its NIR sealed among its cells, where this organisation's are kept; else without it."""
        sealed = nir_cell(self.nir, keeping_of(organisation, seals))
        return replace(self, nir="", cells={**self.cells, Field.NIR: sealed} if sealed else self.cells)

    def as_json(self) -> dict[str, Any]:
        """Plain values, without the NIR."""
        category = {"code": self.category.code, "name": self.category.name}
        wanted = {"category": category, "place_id": self.place_id, "referents": self.referents, "tags": self.tags}
        return {"cells": {where.value: text for where, text in self.cells.items()}, **wanted}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Incoming:
        return cls(
            {Field(where): text for where, text in kept["cells"].items()},
            CategoryNamed(**kept["category"]),
            kept["place_id"],
            tuple(kept["referents"]),
            tuple(kept["tags"]),
        )


def receive(
    session: Session,
    organisation: Organisation,
    incoming: Incoming,
    *,
    by: Caller,
    seals: Seals | None = None,
    now: datetime,
) -> tuple[Beneficiary, Category]:
    """The person, in the organisation and followed in the category. Raises a subclass of MachineRefused.

    Without `seals`, no social security number that came in clear is kept. Whoever is archived there comes back. One at a time in a département, imports among them.
    """
    people_editing.take_turn(session, organisation.department_id)
    incoming = incoming.kept_by(organisation, seals)
    category = category_of(session, organisation.id, incoming.category)
    check_place(session, organisation.id, incoming.place_id)
    accompanying = [_referent(session, organisation.id, one) for one in incoming.referents]
    labelled = [_tag(session, organisation.id, one) for one in incoming.tags]
    purpose = Purpose(
        department_id=organisation.department_id,
        organisation_id=organisation.id,
        category_id=category.id,
        of_contact_file=False,
        of_flow=False,
        today=now.astimezone(organisation.department.zone).date(),
        keeps_nir=is_kept_by(organisation),
    )
    decision = decide(session, purpose, [Row(1, incoming.cells)])[0]
    check(decision)
    if decision.verdict is Verdict.CREATE and _bring_back(session, purpose, decision, by=by, now=now):
        decision = decide(session, purpose, [Row(1, incoming.cells)])[0]
        check(decision)
    people, _ = saving.write(session, purpose, [decision], now=now)
    person = session.get_one(Beneficiary, people[1], populate_existing=True)
    _note(session, decision, person, organisation.id, by, now)
    for tag in labelled:
        tags.put(session, tag, [person.id], agent_id=by.agent_id, now=now)
    for one in accompanying:
        referents.assign(session, person, one, organisation_id=organisation.id, agent_id=by.agent_id, now=now)
    return person, category


def _bring_back(session: Session, purpose: Purpose, decision: Decision, *, by: Caller, now: datetime) -> bool:
    """Take out of the archive who is meant, if somebody there is. Raises PersonAmbiguous when several could be.

    An import looks among active people alone, and somebody reads its preview; here nobody would see the double.
    """
    archived = people_with_any(session, purpose.department_id, [decision.person], archived_in=purpose.organisation_id)
    known = Directory()
    for one in archived.values():
        known.add(one.id, one)
    match = known.find(decision.person)
    if match.ids and match.id is None:
        raise PersonAmbiguous(why=Doubt.SEVERAL_PEOPLE)
    if match.id is None:
        return False
    person = session.get_one(Beneficiary, match.id)
    people_editing.join(session, person, organisation_id=purpose.organisation_id, agent_id=by.agent_id, now=now)
    return True


def check(decision: Decision) -> None:
    """Raises PersonRefused with all that is wrong, PersonAmbiguous for what only a human can tell."""
    problems = [(where, doubt) for where, doubt in decision.doubts.items() if doubt in UNREADABLE]
    if decision.verdict is Verdict.REFUSED and decision.why is not None and decision.why not in dict(problems).values():
        problems.append(("", decision.why))
    if problems:
        raise PersonRefused(problems=problems)
    if decision.verdict is Verdict.AMBIGUOUS:
        raise PersonAmbiguous(why=decision.why)


def category_of(session: Session, organisation_id: int, named: CategoryNamed) -> Category:
    """The category meant, among those open in the organisation; the only one when none is named.

    Raises NameUnknown, and CategoryNeeded when several, or none, could be meant.
    """
    return chosen(open_categories(session, organisation_id), named)


def open_categories(session: Session, organisation_id: int) -> list[Category]:
    handled = select(CategorySettings.category_id).where(
        CategorySettings.organisation_id == organisation_id, CategorySettings.closed_at.is_(None)
    )
    return list(session.scalars(select(Category).where(Category.id.in_(handled)).order_by(Category.id)))


def chosen(open_: Sequence[Category], named: CategoryNamed) -> Category:
    """The one that is named; raises as `category_of` does."""
    if not (named.code or named.name):
        if len(open_) != 1:
            raise CategoryNeeded
        return open_[0]
    for one in open_:
        if one.code == named.code or (not named.code and name_key(one.name) == name_key(named.name)):
            return one
    raise NameUnknown(what="category", name=named.code or named.name)


def check_place(session: Session, organisation_id: int, place_id: int | None) -> None:
    """Raises NameUnknown for a place that is closed, or not of this organisation."""
    known = {one.id for one in places.places_of(session, organisation_id) if one.closed_at is None}
    if place_id is not None and place_id not in known:
        raise NameUnknown(what="place", name=str(place_id))


def _referent(session: Session, organisation_id: int, email: str) -> int:
    agent_id = session.scalar(select(Agent.id).where(Agent.email == email.strip().lower()))
    if agent_id is None or agent_id not in {one.id for one in options.agents(session, organisation_id)}:
        raise NameUnknown(what="referent", name=email)
    return agent_id


def _tag(session: Session, organisation_id: int, label: str) -> Tag:
    found = tags.known(session, " ".join(label.split()), organisation_id)
    if found is None:
        raise NameUnknown(what="tag", name=label)
    return found


def _note(
    session: Session, decision: Decision, person: Beneficiary, organisation_id: int, by: Caller, now: datetime
) -> None:
    """What became of them, as for a person that an agent writes: which attributes, never what they were or are."""
    acts: dict[str, dict[str, Any]] = {}
    if decision.verdict is Verdict.CREATE:
        acts["beneficiary.added"] = {}
    if decision.values or decision.nir:
        acts["beneficiary.edited"] = {"fields": [*decision.values, *(["nir"] if decision.nir else [])]}
    if decision.verdict is Verdict.CREATE or MEMBERSHIP in decision.changes:
        acts["beneficiary.joined"] = {}
    for action, details in acts.items():
        journal.note(
            session, action, now=now, organisation_id=organisation_id, agent_id=by.agent_id, beneficiary_id=person.id,
            **details,
        )  # fmt: skip
