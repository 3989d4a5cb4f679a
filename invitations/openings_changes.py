"""Changing an opening: this time alone, from a day on, or altogether; taking a day out, putting it back, ending it.

As calendars do (RFC 5545, 3.8.5.1): one occurrence that changes is taken out of its opening, and becomes an opening of
that day. Appointments already booked stay, whatever becomes of the opening.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from invitations.agenda import recurrence
from invitations.errors import NotFound
from invitations.journal import note
from invitations.models import Opening
from invitations.openings import Wish, add, check, fill
from invitations.rhythm import happens_on, taken_out

_DAY = timedelta(days=1)


def change_once(
    session: Session, opening: Opening, on: date, wish: Wish, *, agent_id: int, now: datetime
) -> list[Opening]:
    """On `on` it is as the wish says, on all other days as before. Raises like `openings.add`; NotFound without that day."""
    take_out(session, opening, on, agent_id=agent_id, now=now)
    return add(session, wish, organisation_id=opening.organisation_id, agent_id=agent_id, now=now)


def change_from(session: Session, opening: Opening, wish: Wish, *, agent_id: int, now: datetime) -> list[Opening]:
    """From the wish's first day on it is as the wish says; before, as it was. Raises like `openings.add`."""
    from_on, wish = wish.rhythm.starts_on, going_on(opening, wish)
    added = add(session, wish, organisation_id=opening.organisation_id, agent_id=agent_id, now=now)
    end(session, opening, from_on=from_on, agent_id=agent_id, now=now)
    return added


def change_all(session: Session, opening: Opening, wish: Wish, *, agent_id: int, now: datetime) -> None:
    """It is as the wish says, for its one agent, on all its days. Raises like `openings.add`."""
    wish = going_on(opening, wish)
    checked = check(session, wish, organisation_id=opening.organisation_id, now=now)
    (receiver,) = checked.agents
    fill(opening, wish, receiver, checked)
    told(session, "opening.changed", opening, agent_id=agent_id, now=now)


def take_out(session: Session, opening: Opening, on: date, *, agent_id: int, now: datetime) -> None:
    """It does not happen on `on`; an opening of that day alone disappears. Raises NotFound when it would not anyway."""
    if not happens_on(opening.rrule, opening.starts_on, opening.exdates, on):
        raise NotFound
    told(session, "opening.day_removed", opening, agent_id=agent_id, now=now, on=on.isoformat())
    if opening.rrule is None:
        session.delete(opening)
    else:
        opening.exdates = sorted({*opening.exdates, on.isoformat()})


def put_back(session: Session, opening: Opening, on: date, *, agent_id: int, now: datetime) -> None:
    """It happens on `on` after all; nothing changes when it does already. Raises NotFound on a day that is none of its days."""
    if not happens_on(opening.rrule, opening.starts_on, (), on):
        raise NotFound
    told(session, "opening.day_restored", opening, agent_id=agent_id, now=now, on=on.isoformat())
    opening.exdates = [day for day in opening.exdates if day != on.isoformat()]


def end(session: Session, opening: Opening, *, from_on: date, agent_id: int, now: datetime) -> None:
    """No occurrence from `from_on` on. An opening that never was disappears."""
    told(session, "opening.ended", opening, agent_id=agent_id, now=now, from_on=from_on.isoformat())
    if from_on <= opening.starts_on:
        session.delete(opening)
        return
    last_on = from_on - _DAY
    if opening.last_on is None or last_on < opening.last_on:
        opening.last_on = last_on
        opening.rrule = recurrence.ending(opening.rrule, last_on) if opening.rrule else None


def going_on(opening: Opening, wish: Wish) -> Wish:
    """The wish, without the days that were taken out of the opening: a change does not bring them back unawares."""
    days = taken_out(opening.rrule, opening.starts_on, opening.exdates, first=wish.rhythm.starts_on)
    return replace(wish, exdates=tuple(day.isoformat() for day in days))


def told(session: Session, action: str, opening: Opening, *, agent_id: int, now: datetime, **details: Any) -> None:
    note(
        session,
        action,
        now=now,
        organisation_id=opening.organisation_id,
        agent_id=agent_id,
        opening_id=opening.id,
        **details,
    )
