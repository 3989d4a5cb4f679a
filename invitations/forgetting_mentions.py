"""Where somebody is named without being referred to: another person's text that asks "who are you?", an agent's saved search,
the ids of a selection, texts from their number that were nobody's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, cast
from urllib.parse import parse_qs

from sqlalchemy import CursorResult, Row, delete, exists, select, update
from sqlalchemy.orm import Session, aliased

from invitations.identity import plain
from invitations.models import (
    Beneficiary,
    FollowUp,
    InboundText,
    Membership,
    Menu,
    Message,
    SavedView,
    SelectionAct,
    TextMenu,
)

# A letter or two of a search are nobody's name.
_A_NAME = 3
# The digits that stay the same however a number is written: 06 39 98 00 01, +33 6 39 98 00 01.
_OF_A_NUMBER = 9
_Person = Row[int, str, str | None, str | None, str | None]


def forget(session: Session, people: Sequence[int], *, now: datetime) -> Counter[str]:
    """Take these people out of what mentions them. Returns table → rows changed or deleted."""
    names = select(
        Beneficiary.id,
        Beneficiary.last_name,
        Beneficiary.birth_name,
        Beneficiary.phone,
        Beneficiary.email,
    ).where(Beneficiary.id.in_(people))
    known = session.execute(names.order_by(Beneficiary.id)).all()
    teams = list(
        session.scalars(
            select(Membership.organisation_id)
            .where(Membership.beneficiary_id.in_(people))
            .distinct()
            .order_by(Membership.organisation_id)
        )
    )
    return Counter(
        {
            "text_menus": _in_menus(session, set(people), now),
            "inbound_texts": _in_nobodys_texts(session, people),
            "saved_views": _in_views(session, known, teams),
            "selection_acts": _in_selections(session, people, teams),
        }
    )


def _in_menus(session: Session, people: Collection[int], now: datetime) -> int:
    """ "Who are you: 1 or 2?" lists everybody who shares a number: the question goes, and its words with it."""
    menus = session.execute(
        select(TextMenu.id, TextMenu.message_id, TextMenu.choices)
        .where(TextMenu.kind == Menu.WHO)
        .order_by(TextMenu.id)
    )
    those = {str(one) for one in people}
    found = [one for one in menus if those & set(one.choices)]
    asked = [one.message_id for one in found]
    emptied = update(Message).where(Message.id.in_(asked)).values(subject="", body="", forgotten_at=now)
    session.execute(emptied, execution_options={"synchronize_session": False})
    return _run(session, delete(TextMenu).where(TextMenu.id.in_([one.id for one in found])))


def _in_nobodys_texts(session: Session, people: Sequence[int]) -> int:
    """Texts from their number that we did not know to be theirs, unless somebody else has that number too."""
    owner, other = aliased(Beneficiary), aliased(Beneficiary)
    theirs = select(owner.phone).where(
        owner.id.in_(people),
        owner.phone.is_not(None),
        ~exists().where(
            other.phone == owner.phone, other.id.not_in(people), other.department_id == owner.department_id
        ),
    )
    nobodys = InboundText.beneficiary_id.is_(None), InboundText.sender.in_(theirs)
    return _run(session, update(InboundText).where(*nobodys).values(sender="", body=""))


def _in_views(session: Session, known: Sequence[_Person], teams: Sequence[int]) -> int:
    """A view that searches for one of them, or is called after them, goes: it would find nobody."""
    views = session.execute(
        select(SavedView.id, SavedView.name, SavedView.query)
        .where(SavedView.organisation_id.in_(teams), SavedView.query.contains("q="))
        .order_by(SavedView.id)
    )
    found = [view.id for view in views if any(_speaks_of(person, view.name, view.query) for person in known)]
    return _run(session, delete(SavedView).where(SavedView.id.in_(found)))


def _speaks_of(person: _Person, name: str, query: str) -> bool:
    """By family name, email or number: many share a first name."""
    said = plain(" ".join([name, *parse_qs(query).get("q", [])]))
    names = {word for one in (person.last_name, person.birth_name, person.email) for word in plain(one or "").split()}
    number = (person.phone or "")[-_OF_A_NUMBER:]
    digits = "".join(filter(str.isdigit, said))
    return bool({one for one in names if len(one) >= _A_NAME} & set(said.split())) or bool(number and number in digits)


def _in_selections(session: Session, people: Sequence[int], teams: Sequence[int]) -> int:
    """Undoing what was done to several people leaves out those who are gone."""
    followed = session.scalars(select(FollowUp.id).where(FollowUp.beneficiary_id.in_(people)).order_by(FollowUp.id))
    gone = {"people": set(people), "follow_ups": set(followed)}
    acts = session.scalars(
        select(SelectionAct).where(SelectionAct.organisation_id.in_(teams)).order_by(SelectionAct.id)
    )
    changed = 0
    for act in acts:
        left = {name: _without(held, gone.get(name, ())) for name, held in act.details.items()}
        if left != act.details:
            act.details, changed = left, changed + 1
    session.flush()
    return changed


def _without(held: Any, gone: Collection[int]) -> Any:
    return [one for one in held if one not in gone] if isinstance(held, list) else held


def _run(session: Session, statement: Any) -> int:
    found = session.execute(statement, execution_options={"synchronize_session": False})
    return cast(CursorResult[Any], found).rowcount
