"""People going out: what the field's columns can say, and beside it all that is needed to come back unchanged."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from invitations.models import Author, Beneficiary, Membership, Mode, Outcome
from invitations.moving_house import details, people_read
from invitations.moving_house.arriving import MARKS, TEXTS
from invitations.moving_house.columns import Column
from invitations.moving_house.lines import Line
from invitations.moving_house.setting import Setting
from invitations.moving_house.who import person_of
from invitations.uploads.comparing import ATTRIBUTES

PART = 1_000
Cells = dict[Column, str]


def rows(session: Session, setting: Setting, organisation_ids: Collection[int]) -> Iterator[Cells]:
    """Everybody who belongs to these organisations, archived or not; eight queries for each thousand."""
    last = 0
    while True:
        ours = select(Membership.beneficiary_id).where(Membership.organisation_id.in_(organisation_ids))
        query = select(Beneficiary).where(Beneficiary.id > last, Beneficiary.id.in_(ours)).order_by(Beneficiary.id)
        people = session.scalars(query.limit(PART)).all()
        if not people:
            return
        yield from _part(session, setting, organisation_ids, people)
        last = people[-1].id
        session.expunge_all()


def _part(
    session: Session, setting: Setting, organisation_ids: Collection[int], people: Sequence[Beneficiary]
) -> Iterator[Cells]:
    ids = [one.id for one in people]
    memberships = people_read.memberships(session, ids, organisation_ids)
    tags, referents = people_read.tags(session, ids, organisation_ids), people_read.referents(session, ids)
    follow_ups = people_read.follow_ups(session, ids, setting.category_ids)
    invitations = people_read.invitations(session, ids, organisation_ids)
    meetings = people_read.last_meetings(session, ids, organisation_ids)
    for one in people:
        cells = identity_of(one, setting)
        cells |= _belonging(memberships[one.id], tags[one.id], referents[one.id], setting)
        cells |= _addressed(invitations[one.id], setting)
        cells |= _met(meetings[one.id], setting)
        told = _told(one, cells, setting) | {
            "memberships": [
                [row.name, row.created_at, row.archived_at, row.archive_reason] for row in memberships[one.id]
            ],
            "tags": [[row.name, row.label] for row in tags[one.id]],
            "invitations": [_invitation(row) for row in invitations[one.id]],
        }
        told["follow_ups"] = [list(row[1:]) for row in follow_ups[one.id]]
        yield cells | {Column.DETAILS: details.written(told)}


def identity_of(one: Beneficiary, setting: Setting) -> Cells:
    """The fifteen columns that say who somebody is."""
    return {
        Column.TITLE: one.title.value if one.title else "",
        Column.LAST_NAME: one.last_name,
        Column.FIRST_NAME: one.first_name,
        Column.AFFILIATION_NUMBER: one.affiliation_number or "",
        Column.DEPARTMENT_INTERNAL_ID: (setting.shows_internal_id and one.department_internal_id) or "",
        Column.FRANCE_TRAVAIL_ID: one.france_travail_id or "",
        Column.EMAIL: one.email or "",
        Column.ADDRESS: one.address or "",
        Column.POSTCODE: one.postcode or "",
        Column.CITY: one.city or "",
        Column.PHONE: one.phone or "",
        Column.BIRTH_ON: f"{one.birth_on:%d/%m/%Y}" if one.birth_on else "",
        Column.CREATED_ON: day(one.created_at, setting),
        Column.RIGHTS_OPENED_ON: f"{one.rights_opened_on:%d/%m/%Y}" if one.rights_opened_on else "",
        Column.ROLE: one.role.value if one.role else "",
    }


def day(moment: datetime | None, setting: Setting) -> str:
    return f"{moment.astimezone(setting.zone):%d/%m/%Y}" if moment else ""


def hour(moment: datetime, setting: Setting) -> str:
    return f"{moment.astimezone(setting.zone):%Hh%M}"


def _told(one: Beneficiary, cells: Cells, setting: Setting) -> dict[str, Any]:
    """The person's identifier and marks, and what reading the columns again would change."""
    back, _ = person_of(Line(0, {column: text for column, text in cells.items() if text}), setting)
    shown = [one for one in ATTRIBUTES if setting.shows_internal_id or one != "department_internal_id"]
    exact = {
        name: getattr(one, name) for name in shown if (getattr(back, name) or None) != (getattr(one, name) or None)
    }
    marks = {name: getattr(one, name) for name in (*TEXTS, *MARKS, "needs")}
    return {"person": one.uid, "created_at": one.created_at, "exact": exact} | marks


def _belonging(memberships: list[Any], tags: list[Any], referents: list[str], setting: Setting) -> Cells:
    archived = [one for one in memberships if one.archived_at]
    return {
        Column.REFERENTS: ", ".join(referents),
        Column.ORGANISATIONS_COUNT: str(len(memberships)),
        Column.ORGANISATIONS: ", ".join(one.name for one in memberships),
        Column.TAGS: ", ".join(dict.fromkeys(one.label for one in tags)),
        Column.ARCHIVED_ON: day(archived[0].archived_at, setting) if archived else "",
        Column.ARCHIVE_REASON: (archived[0].archive_reason or "") if archived else "",
    }


def _addressed(invitations: list[Any], setting: Setting) -> Cells:
    invited = [one.created_at for one in invitations if one.mode is not Mode.CONVOCATION]
    convened = [one.created_at for one in invitations if one.mode is Mode.CONVOCATION]
    return {
        Column.FIRST_INVITED_ON: day(min(invited, default=None), setting),
        Column.LAST_INVITED_ON: day(max(invited, default=None), setting),
        Column.LAST_CONVENED_ON: day(max(convened, default=None), setting),
    }


def _met(meetings: list[Any], setting: Setting) -> Cells:
    if not meetings:
        return {}
    last, wording = meetings[-1], setting.wording
    return {
        Column.LAST_MEETING_ON: day(last.starts_at, setting),
        Column.LAST_MEETING_AT: hour(last.starts_at, setting),
        Column.LAST_MEETING_TYPE: last.name,
        Column.LAST_MEETING_NATURE: wording.together if last.is_collective else wording.alone,
        Column.LAST_MEETING_BY_PERSON: wording.yes if last.created_by is Author.BENEFICIARY else wording.no,
        Column.LAST_MEETING_MADE_ON: day(last.created_at, setting),
        Column.LAST_MEETING_OUTCOME: outcome_word(last.outcome, setting),
    }


def outcome_word(outcome: Outcome, setting: Setting) -> str:
    return next(word for word, one in setting.wording.outcomes.items() if one is outcome)


def _invitation(row: Any) -> list[Any]:
    moments = [row.expires_at, row.answered_at, row.ended_at]
    return [row.code, row.name, row.uid, row.mode, row.created_at, moments, row.end_reason]
