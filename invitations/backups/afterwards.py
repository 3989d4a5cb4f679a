"""What a database needs that was brought back: it knows nothing of what happened since its backup was taken.

What may have left since is not sent again before the provider was asked; what was opened since may be closed; ids that were
given since are never given again. docs/decisions/0036.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, Update, delete, func, insert, inspect, or_, select, text, update
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from invitations import journal, numbering
from invitations.backups import counting
from invitations.codes import KIND, Codes
from invitations.database import make_engine
from invitations.models import (
    AgentLink,
    AgentSession,
    ApiSession,
    Beat,
    Channel,
    JobCentreNotice,
    JobRun,
    Link,
    LinkPurpose,
    Message,
    MessageKind,
    MessageState,
    NoticeState,
    NoticeTrouble,
    ProviderState,
)
from invitations.outbox.caps import CAPPED
from invitations.outbox.states import is_lost
from invitations.sealing import SealBroken

# The row that says a restore is not over: nothing starts on such a database.
JOB = "restore"
RESTORED = "restored"  # why a message is asked about, or was taken back
_ASKED = (Channel.SMS, Channel.VOICE)  # whose provider says what it was given


@dataclass(frozen=True, slots=True)
class Held:
    """`asked`: texts and calls that leave only once the provider says that it does not have them. `taken_back`: reminders by
    email that may have left. `letters` wait to be printed, and may have been. `unsure`: France Travail may know of them."""

    asked: int
    taken_back: int
    letters: int
    unsure: int


def begin(url: str, *, schema: str, slot: str, now: datetime) -> None:
    """The tables are there and whole: say so, and that nothing may start on them yet."""
    engine = make_engine(url)
    with engine.execution_options(sqlite_begin="IMMEDIATE").begin() as connection:
        connection.execute(delete(JobRun).where(JobRun.job == JOB, JobRun.ended_at.is_(None)))
        connection.execute(insert(JobRun).values(job=JOB, slot=slot, started_at=now, ended_at=None))
        connection.execute(text(f"DELETE FROM {counting.VERSION}"))
        connection.execute(text(f"INSERT INTO {counting.VERSION} VALUES (:schema)"), {"schema": schema})
        numbering.skip(connection)
    engine.dispose()


def is_unfinished(connection: Connection) -> bool:
    """True while somebody restores, or after a restore that was cut short."""
    unfinished = select(func.count()).select_from(JobRun).where(JobRun.job == JOB, JobRun.ended_at.is_(None))
    return inspect(connection).has_table(JobRun.__tablename__) and bool(connection.execute(unfinished).scalar())


def forget_who_was_there(session: Session, *, now: datetime) -> int:
    """End what was open at the backup: sessions, machines' sessions, links to a new password. Schedulers of then are dead, and
    what was known of providers is old. Returns how many sessions."""
    ended = sum(
        _count(session, update(table).where(table.ended_at.is_(None)).values(ended_at=now))
        for table in (AgentSession, ApiSession)
    )
    passwords = update(AgentLink).where(AgentLink.purpose == LinkPurpose.PASSWORD, AgentLink.ended_at.is_(None))
    session.execute(passwords.values(ended_at=now))
    session.execute(delete(Beat))
    session.execute(delete(ProviderState))
    return ended


def is_of_these_keys(session: Session, codes: Codes) -> bool:
    """False when the last invitation's link lies under a key that is not given, or, in a backup of a release before links
    were sealed, can't be made again: the backup was made under other keys."""
    last = session.scalar(select(func.max(Link.invitation_id)))
    if last is None:
        return True
    kept = session.scalars(select(Link.code_hash).where(Link.invitation_id == last).order_by(Link.code_hash)).all()
    made = {one for code in codes.every("invitation", last) for one in codes.every_kept(code)}
    return any(one in made or _opens(one, codes) for one in kept)


def _opens(kept: str, codes: Codes) -> bool:
    try:
        return kept.startswith(KIND) and bool(codes.renewed(kept))
    except SealBroken:
        return False


def last_message(session: Session) -> int:
    return session.scalar(select(func.max(Message.id))) or 0


def hold(session: Session, *, known: int, now: datetime) -> Held:
    """Nothing leaves twice. `known`: the last message of the backup; those after it were owed since by the jobs, at `now`, and
    may have been owed and sent after the backup was taken, too.

    Texts and calls that were due, or are owed only now, are asked about; so does `settle` conclude (outbox.settling).
    Emails of the backup go as the same email, which a mailbox shows once. A reminder by email that is owed only now would be
    another email: it is given up, as a reminder is that may have left.
    """
    pending = update(Message).where(Message.state == MessageState.PENDING)
    may_have_left = or_(Message.id > known, Message.due_at <= now, Message.error_reason == CAPPED)
    asked = pending.where(Message.channel.in_(_ASKED), may_have_left).values(
        state=MessageState.UNKNOWN, looks=0, due_at=now, error_reason=RESTORED
    )
    again = pending.where(Message.id > known, Message.channel == Channel.EMAIL, Message.kind.in_(_REMINDERS))
    given_up = again.values(state=MessageState.CANCELLED, settled_at=now, error_reason=RESTORED)
    letters = select(func.count()).where(Message.state == MessageState.PENDING, Message.channel == Channel.LETTER)
    return Held(
        asked=_count(session, asked),
        taken_back=_count(session, given_up),
        letters=session.scalar(letters) or 0,
        unsure=_count(session, _NOTICES),
    )


def end(session: Session, held: Held, *, slot: str, taken_at: datetime, now: datetime) -> None:
    """All is done: what starts now may work."""
    journal.note(
        session, "database.restored", now=now, taken_at=taken_at.isoformat(timespec="seconds"), asked=held.asked,
        taken_back=held.taken_back, letters=held.letters, unsure=held.unsure,
    )  # fmt: skip
    session.execute(update(JobRun).where(JobRun.job == JOB, JobRun.slot == slot).values(ended_at=now))


_REMINDERS = [one for one in MessageKind if is_lost(one)]
# Of which France Travail may have been told since: only somebody who looks there knows.
_NOTICES = (
    update(JobCentreNotice)
    .where(JobCentreNotice.state == NoticeState.WAITING, JobCentreNotice.remote_id.is_(None))
    .where(JobCentreNotice.participation_id.is_not(None), JobCentreNotice.trouble.is_(None))
    .values(state=NoticeState.UNSURE, trouble=NoticeTrouble.UNCERTAIN)
)


def _count(session: Session, statement: Update) -> int:
    done = session.execute(statement, execution_options={"synchronize_session": False})
    return cast(CursorResult[Any], done).rowcount
