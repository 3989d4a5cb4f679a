"""A line of the appointments' file → what is to be written of it."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

from invitations.identity import name_key, plain, squash
from invitations.models import Appointment, Author, Outcome
from invitations.moving_house.arriving import PIVOT, agents_of, day_of
from invitations.moving_house.columns import Column, Refused, Trouble
from invitations.moving_house.details import Details, moment, text
from invitations.moving_house.lines import Line
from invitations.moving_house.setting import Setting, Type
from invitations.moving_house.who import Somebody
from invitations.uploads.cells import parse_day

_HOUR = re.compile(r"(\d{1,2})\s*[h:]\s*(\d{1,2})?")
_PART_OF_A_DAY = re.compile(r"0[.,]\d+")  # what a spreadsheet makes of an hour
_LEFT = frozenset({Outcome.EXCUSED, Outcome.REVOKED})
_FUTURE = _LEFT | {Outcome.UNKNOWN}
_LONGEST = timedelta(hours=12)
_NOON = time(12)
_MOST_SEATS = 10_000


@dataclass(slots=True)
class Meeting:
    """`row`, `taking_part`: of the tables. `uid`: the participation's own, where the file gives one."""

    who: Somebody
    type: Type
    row: dict[str, Any]
    taking_part: dict[str, Any]
    agents: list[int]
    uid: str = ""
    invitation: str = ""
    has_own_uid: bool = False
    takes_time: bool = True
    is_future: bool = False
    appointment_id: int = 0

    @property
    def moment(self) -> tuple[int, int, datetime]:
        return self.who.id, self.type.id, self.row["starts_at"]

    @property
    def same(self) -> Any:
        """Equal for lines of one appointment."""
        if self.type.is_collective and not self.has_own_uid:
            return self.type.id, self.row["starts_at"]
        return self.row["uid"]

    @property
    def session(self) -> str:
        """The same, as text."""
        kind, start = self.type.id, self.row["starts_at"]
        return str(self.same) if self.has_own_uid else f"{kind} {start.astimezone(UTC).isoformat()}"

    @property
    def made_at(self) -> datetime:
        made: datetime = self.taking_part["created_at"]
        return made

    def is_in(self, known: set[Any]) -> bool:
        return self.uid in known if self.uid else self.moment in known

    def is_to_come(self, now: datetime) -> bool:
        is_expected = self.taking_part["outcome"] is Outcome.UNKNOWN and self.row["cancelled_at"] is None
        return bool(is_expected and self.row["starts_at"] > now)

    def times(self) -> Iterator[dict[str, Any]]:
        """The agents' time that it takes."""
        for agent_id in self.agents:
            yield {
                "appointment_id": self.appointment_id,
                "agent_id": agent_id,
                "starts_at": self.row["starts_at"],
                "ends_at": self.row["ends_at"],
                "busy_until": self.row["ends_at"] + self.type.pause_after,
                "is_live": self.takes_time,
            }


def meeting_of(somebody: Somebody, setting: Setting) -> Meeting:
    """Raises Refused."""
    line, told = somebody.line, somebody.details
    type_ = _type_of(line, told, setting)
    outcome = _outcome_of(line, setting)
    if outcome is None:
        raise Refused(Trouble.OUTCOME_UNKNOWN)
    starts_at = _start_of(line, told, setting)
    if starts_at > setting.now and outcome not in _FUTURE:
        raise Refused(Trouble.OUTCOME_TOO_EARLY)
    try:
        meeting = _meeting(somebody, type_, starts_at, outcome, setting)
    except (ValueError, TypeError, KeyError, OverflowError) as error:
        raise Refused(Trouble.DETAILS_UNREADABLE) from error
    if starts_at > setting.now and meeting.takes_time and not meeting.agents:
        if setting.agent_id is None:
            raise Refused(Trouble.NO_AGENT)
        meeting.agents = [setting.agent_id]
    return meeting


def _outcome_of(line: Line, setting: Setting) -> Outcome | None:
    said = squash(line[Column.OUTCOME])
    return next((one for word, one in setting.wording.outcomes.items() if squash(word) == said), None)


def _type_of(line: Line, told: Details, setting: Setting) -> Type:
    found, _ = setting.organisations_named(line[Column.ORGANISATION])
    if len(found) != 1:
        raise Refused(Trouble.ORGANISATION_UNKNOWN)
    types = setting.types.get((found[0], name_key(line[Column.TYPE])), [])
    wanted = setting.categories.get(str(told.get("category", "")))
    for one in types:
        if wanted is None or one.category_id == wanted:
            return one
    raise Refused(Trouble.TYPE_UNKNOWN)


def _start_of(line: Line, told: Details, setting: Setting) -> datetime:
    """To the second where our own file says so; else the day and the hour of the département."""
    day, hour = parse_day(line[Column.ON], pivot=PIVOT), hour_of(line[Column.AT].strip().lower())
    if day is None or hour is None:
        raise Refused(Trouble.DATE_UNREADABLE)
    shown = setting.at(day, hour)
    try:
        exact = moment(told.get("starts_at"))
    except (ValueError, TypeError) as error:
        raise Refused(Trouble.DETAILS_UNREADABLE) from error
    return exact or shown.astimezone(UTC)


def hour_of(text: str) -> time | None:
    """14h00, 9 h, 14:00:00, 0.583333."""
    if _PART_OF_A_DAY.fullmatch(text):
        hours, minutes = divmod(round(float(text.replace(",", ".")) * 24 * 60), 60)
    elif found := _HOUR.match(text):
        hours, minutes = int(found[1]), int(found[2] or 0)
    else:
        return None
    return time(hours, minutes) if hours < 24 and minutes < 60 else None


def _meeting(somebody: Somebody, type_: Type, starts_at: datetime, outcome: Outcome, setting: Setting) -> Meeting:
    line, told = somebody.line, somebody.details
    made_at = moment(told.get("made_at")) or _made_at(line, starts_at, setting)
    by = Author.BENEFICIARY if plain(line[Column.BY_PERSON]) == setting.wording.yes else Author.AGENT
    cancelled_at = moment(told.get("cancelled_at"))
    settled = min(starts_at, setting.now)
    if cancelled_at is None and outcome in _LEFT and not type_.is_collective and "appointment" not in told:
        cancelled_at = settled
    row = {
        "uid": text(told["appointment"], 36) if "appointment" in told else str(uuid.uuid4()),
        "organisation_id": type_.organisation_id,
        "type_id": type_.id,
        "place_id": _place_of(line, type_, setting),
        "starts_at": starts_at,
        "ends_at": starts_at + _length(line, type_),
        "seats": min(max(int(told.get("seats", type_.seats)), 1), _MOST_SEATS) if type_.is_collective else 1,
        "series_uid": text(told["series"], 36) if "series" in told else None,
        "title": text(told.get("title", ""), Appointment.__table__.c.title.type.length),  # type: ignore[attr-defined]
        "cancelled_at": cancelled_at,
        "created_by": Author(told["created_by"]) if "created_by" in told else by,
        "created_at": moment(told.get("created_at")) or made_at,
        "changed_at": setting.now,
    }
    taking_part = {
        "uid": text(told["participation"], 36) if "participation" in told else str(uuid.uuid4()),
        "outcome": outcome,
        "outcome_at": (moment(told.get("outcome_at")) or settled) if outcome is not Outcome.UNKNOWN else None,
        "created_by": by,
        "created_at": made_at,
    }
    agents = agents_of(line, Column.AGENTS, setting)
    uid = taking_part["uid"] if "participation" in told else ""
    return Meeting(
        somebody,
        type_,
        row,
        taking_part,
        agents,
        uid=str(uid),
        invitation=text(told.get("invitation", ""), 36),
        has_own_uid="appointment" in told,
        takes_time=cancelled_at is None,
        is_future=starts_at > setting.now,
    )


def _made_at(line: Line, starts_at: datetime, setting: Setting) -> datetime:
    """The day's noon, before it began and not after now; the start when the file does not say."""
    day = day_of(line, Column.MADE_ON)
    return min(setting.at(day, _NOON) if day else starts_at, starts_at, setting.now)


def _length(line: Line, type_: Type) -> timedelta:
    said = line[Column.MINUTES]
    length = timedelta(minutes=int(said)) if said.isdecimal() and len(said) < 4 else type_.duration
    return length if timedelta() < length <= _LONGEST else type_.duration


def _place_of(line: Line, type_: Type, setting: Setting) -> int | None:
    """The place named; else the organisation's only one."""
    if line[Column.PLACE]:
        found = setting.places.get((type_.organisation_id, name_key(line[Column.PLACE])))
        if found is None:
            line.troubles.append(Trouble.PLACE_UNKNOWN)
        return found
    theirs = [place for (owner, _), place in setting.places.items() if owner == type_.organisation_id]
    return theirs[0] if len(theirs) == 1 and Column.PLACE not in line.cells and not line[Column.DETAILS] else None
