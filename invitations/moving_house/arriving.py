"""What a line of the people's file says besides who they are: where they belong, their tags, their referents, their past."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from invitations.identity import name_key
from invitations.models import Beneficiary, EndReason, Membership, Mode, Need, Tag
from invitations.moving_house.columns import Column, Refused, Trouble
from invitations.moving_house.details import Details, moment, said, text
from invitations.moving_house.lines import Line
from invitations.moving_house.setting import Setting
from invitations.uploads.cells import parse_day, read_tags

# What a person's row keeps besides their attributes, as it was.
TEXTS = ("language", "logistic_note", "wrong_phone")
MARKS = (
    *("sms_refused_at", "email_refused_at", "phone_dead_at", "email_dead_at", "letter_dead_at"),
    *("phone_corrected_at", "email_corrected_at"),
)
PIVOT = 70  # of years in two digits
_MORNING, _NOON = time(8), time(12)


@dataclass(slots=True)
class Past:
    """All that is to be written about one person but who they are. Rows are those of tables, less the person's id."""

    created_at: datetime
    marks: dict[str, Any] = field(default_factory=dict)
    memberships: list[dict[str, Any]] = field(default_factory=list)
    tags: list[tuple[int, str]] = field(default_factory=list)
    referents: list[int] = field(default_factory=list)
    follow_ups: dict[int, dict[str, Any]] = field(default_factory=dict)
    invitations: list[tuple[int, dict[str, Any]]] = field(default_factory=list)  # category, row


def day_of(line: Line, column: Column) -> date | None:
    """Noted when it can't be read."""
    found = parse_day(line[column], pivot=PIVOT) if line[column] else None
    if line[column] and found is None:
        line.troubles.append(Trouble.CELL_LEFT_OUT)
    return found


def past_of(line: Line, told: Details, setting: Setting) -> Past:
    """Raises Refused."""
    try:
        past = Past(
            moment(told.get("created_at")) or _moment(line, Column.CREATED_ON, _MORNING, setting) or setting.now
        )
        past.marks = dict(_marks(told))
        past.memberships = _told_memberships(line, told, setting) or _memberships(line, past.created_at, setting)
        past.tags = _tags(line, told, setting)
        past.follow_ups = dict(_told_follow_ups(line, told, setting))
        past.invitations = list(_told_invitations(told, setting, past))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise Refused(Trouble.DETAILS_UNREADABLE) from error
    past.referents = agents_of(line, Column.REFERENTS, setting)
    if "person" not in told:
        _of_columns(line, past, setting)
    return past


def agents_of(line: Line, column: Column, setting: Setting) -> list[int]:
    """The colleagues whose addresses a cell holds."""
    emails = [one.strip().lower() for one in line[column].replace(";", ",").split(",") if one.strip()]
    if any(one not in setting.agents for one in emails):
        line.troubles.append(Trouble.AGENT_UNKNOWN)
    return sorted({setting.agents[one] for one in emails if one in setting.agents})


def _moment(line: Line, column: Column, hour: time, setting: Setting) -> datetime | None:
    day = day_of(line, column)
    return min(setting.at(day, hour), setting.now) if day else None


def _marks(told: Details) -> Iterator[tuple[str, Any]]:
    for name in TEXTS:
        if name in told:
            yield name, text(told[name], Beneficiary.__table__.c[name].type.length)  # type: ignore[attr-defined]
    for name in MARKS:
        if name in told:
            yield name, moment(told[name])
    if "needs" in told:
        yield "needs", [Need(one).value for one in told["needs"]]


def _told_memberships(line: Line, told: Details, setting: Setting) -> list[dict[str, Any]]:
    rows = []
    for name, created_at, archived_at, reason in told.get("memberships", []):
        if (organisation_id := setting.organisations.get(name_key(name))) is None:
            line.troubles.append(Trouble.ORGANISATION_UNKNOWN)
            continue
        rows.append(_membership(organisation_id, said(created_at), moment(archived_at), reason))
    return rows


def _memberships(line: Line, created_at: datetime, setting: Setting) -> list[dict[str, Any]]:
    """Those that the cell names, or the one that people come to; archived there, in the latter."""
    found, has_others = setting.organisations_named(line[Column.ORGANISATIONS])
    if has_others:
        line.troubles.append(Trouble.ORGANISATION_UNKNOWN)
    archived_at = _moment(line, Column.ARCHIVED_ON, _NOON, setting)
    rows = []
    for one in sorted({*found, *([setting.organisation_id] if archived_at or not found else ())}):
        is_archived = archived_at is not None and one == setting.organisation_id
        rows.append(
            _membership(one, created_at, archived_at if is_archived else None, line[Column.ARCHIVE_REASON][:200])
        )
    return rows


def _membership(
    organisation_id: int, created_at: datetime, archived_at: datetime | None, reason: str | None
) -> dict[str, Any]:
    return {
        "organisation_id": organisation_id,
        "created_at": created_at,
        "archived_at": archived_at,
        "archive_reason": text(reason, Membership.__table__.c.archive_reason.type.length)  # type: ignore[attr-defined]
        if reason and archived_at
        else None,
    }


def _tags(line: Line, told: Details, setting: Setting) -> list[tuple[int, str]]:
    if "person" not in told:
        return [(setting.organisation_id, one) for one in read_tags(line[Column.TAGS])]
    longest = Tag.__table__.c.label.type.length  # type: ignore[attr-defined]
    named = [(setting.organisations.get(name_key(name)), text(label, longest)) for name, label in told.get("tags", [])]
    return [(found, label) for found, label in named if found is not None]


def _told_follow_ups(line: Line, told: Details, setting: Setting) -> Iterator[tuple[int, dict[str, Any]]]:
    for code, uid, created_at, closed_at, suspended_at in told.get("follow_ups", []):
        if (category_id := setting.categories.get(code)) is None:
            line.troubles.append(Trouble.CATEGORY_UNKNOWN)
            continue
        yield category_id, follow_up_row(said(created_at), text(uid, 36), moment(closed_at), moment(suspended_at))


def _told_invitations(told: Details, setting: Setting, past: Past) -> Iterator[tuple[int, dict[str, Any]]]:
    for code, name, uid, mode, created_at, moments, reason in told.get("invitations", []):
        category_id, organisation_id = setting.categories.get(code), setting.organisations.get(name_key(name))
        if category_id not in past.follow_ups or category_id is None or organisation_id is None:
            continue  # told with the follow-up, or with the membership
        expires_at, answered_at, ended_at = (moment(one) for one in moments)
        yield (
            category_id,
            _ended(
                {
                    "uid": text(uid, 36),
                    "organisation_id": organisation_id,
                    "mode": Mode(mode),
                    "created_at": said(created_at),
                    "expires_at": expires_at,
                    "answered_at": answered_at,
                    "ended_at": ended_at,
                    "end_reason": EndReason(reason) if reason else None,
                },
                setting,
            ),
        )


def _of_columns(line: Line, past: Past, setting: Setting) -> None:
    """The follow-up that the file is about, and the invitations of which the columns give the day."""
    days = {
        Column.FIRST_INVITED_ON: Mode.INVITATION,
        Column.LAST_INVITED_ON: Mode.INVITATION,
        Column.LAST_CONVENED_ON: Mode.CONVOCATION,
    }
    found = {(mode, at) for column, mode in days.items() if (at := _moment(line, column, _MORNING, setting))}
    if setting.category_id is None:
        if found:
            line.troubles.append(Trouble.CATEGORY_MISSING)
        return
    since = min((past.created_at, *(at for _, at in found)))
    past.follow_ups[setting.category_id] = follow_up_row(since)
    life = setting.life(setting.organisation_id, setting.category_id)
    for mode, at in sorted(found, key=lambda one: one[1]):
        row = {
            "uid": "",  # the field's files give none
            "organisation_id": setting.organisation_id,
            "mode": mode,
            "created_at": at,
            "expires_at": None if life is None else at + life,
            "answered_at": None,
            "ended_at": None,
            "end_reason": None,
        }
        past.invitations.append((setting.category_id, _ended(row, setting)))


def follow_up_row(
    created_at: datetime, uid: str = "", closed_at: datetime | None = None, suspended_at: datetime | None = None
) -> dict[str, Any]:
    return {
        "uid": uid or str(uuid.uuid4()),
        "created_at": created_at,
        "closed_at": closed_at,
        "reminders_suspended_at": suspended_at,
    }


def _ended(row: dict[str, Any], setting: Setting) -> dict[str, Any]:
    """Its link leads to the software that was left: nobody can answer it here, and nothing follows it."""
    is_open = row["ended_at"] is None and (row["expires_at"] is None or row["expires_at"] > setting.now)
    if is_open and row["mode"] is not Mode.CONVOCATION:
        row |= {"ended_at": setting.now, "end_reason": EndReason.WITHDRAWN}
    return row
