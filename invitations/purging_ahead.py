"""How much each length of keeping would take of an organisation, counted at night: nobody waits 2 s for a page of settings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from invitations import purging_due, retention
from invitations.database import Database, insert_missing
from invitations.models import Beneficiary, Membership, Organisation, RetentionAhead
from invitations.months import months_before

# Shown beside the present length, so that whoever chooses knows what another one does.
COMPARED = (6, 12, 24, 36)
# People looked at in one question.
AT_ONCE = 500


def of(session: Session, organisation: Organisation) -> RetentionAhead | None:
    """As it was counted last; None before the first night."""
    return session.get(RetentionAhead, organisation.id)


def look(database: Database, *, clock: Callable[[], datetime], should_stop: Callable[[], bool] = lambda: False) -> int:
    """Count for every organisation, and note it. Nobody who writes waits meanwhile. Returns how many organisations."""
    with database.reading() as session:
        teams = list(session.scalars(select(Organisation).order_by(Organisation.id)))
        session.expunge_all()
    done = 0
    for team in teams:
        if should_stop():
            break
        with database.reading() as session:
            found = count(session, team, now=clock())
        with database.writing() as session:
            _note(session, team.id, found)
        done += 1
    return done


def count(session: Session, organisation: Organisation, *, now: datetime) -> dict[str, Any]:
    """What a row of RetentionAhead says."""
    lengths = {*COMPARED, organisation.retention_months}
    messages = retention.forgettable(session, organisation, lengths, now=now)
    return {
        "people": count_people(session, organisation.id, lengths, now=now),
        "messages": {str(months): many for months, many in messages.items()},
        "counted_at": now,
    }


def count_people(session: Session, organisation_id: int, lengths: Collection[int], *, now: datetime) -> dict[str, int]:
    """Length in months, as JSON holds it → people who would be due. Each person's rows are read once, whatever the lengths."""
    told = Counter({str(months): 0 for months in lengths})
    quiet = _quiet(session, organisation_id, months_before(now, min(lengths)))
    for first in range(0, len(quiet), AT_ONCE):
        some = quiet[first : first + AT_ONCE]
        last, elsewhere = purging_due.last_signs(session, some), _longest_elsewhere(session, some, organisation_id)
        for person in some:
            told.update(
                str(one) for one in lengths if last[person] < months_before(now, max(one, elsewhere.get(person, 0)))
            )
    return dict(told)


def _quiet(session: Session, organisation_id: int, since: datetime) -> Sequence[int]:
    """Of its people, those whose record nobody has touched since: nobody else can be due."""
    query = (
        select(Beneficiary.id)
        .join(Membership, Membership.beneficiary_id == Beneficiary.id)
        .where(Membership.organisation_id == organisation_id, Beneficiary.updated_at < since)
    )
    return session.scalars(query.order_by(Beneficiary.id)).all()


def _longest_elsewhere(session: Session, people: Sequence[int], organisation_id: int) -> dict[int, int]:
    """For how many months other organisations keep them."""
    query = (
        select(Membership.beneficiary_id, func.max(Organisation.retention_months).label("months"))
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .where(Membership.beneficiary_id.in_(people), Membership.organisation_id != organisation_id)
        .group_by(Membership.beneficiary_id)
        .order_by(Membership.beneficiary_id)
    )
    return {one.beneficiary_id: one.months for one in session.execute(query)}


def _note(session: Session, organisation_id: int, found: Mapping[str, Any]) -> None:
    if insert_missing(session, RetentionAhead, [{"organisation_id": organisation_id, **found}], key="organisation_id"):
        return
    session.execute(
        update(RetentionAhead).where(RetentionAhead.organisation_id == organisation_id).values(**found),
        execution_options={"synchronize_session": False},
    )
