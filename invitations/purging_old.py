"""What nobody needs any more, though nobody is forgotten with it: how long each is kept, and why, stands in docs/operations.md.

Tries (`tries.forget`) and the words of messages and texts (`retention`, `replies.forget`) go by the hour already.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, String, Update, delete, null, select, update
from sqlalchemy import cast as as_type
from sqlalchemy.orm import Session

from invitations import journal
from invitations.models import (
    AgentLink,
    AgentSession,
    AuditEvent,
    ChannelUse,
    ImportBatch,
    ImportRow,
    ImportState,
    JobRun,
    Message,
    ReceiptEvent,
    SelectionAct,
)
from invitations.months import months_before
from invitations.retention import LONGEST
from invitations.selecting import KEPT as UNDONE_WITHIN

# Of which sending has counted its day; of which a job knows that its day is done.
DAYS_OF_COUNTS = timedelta(days=90)
# A list that nobody has saved; what a saved one says of those who could not be read, or were left out.
DAYS_OF_LISTS = timedelta(days=90)
# Emails to agents: digests, ways in; the sessions that are over; and a month later the links, which no email leads to by then.
MONTHS_OF_AGENTS_MAIL = 12
# Rows of these jobs say that a day's work is done; others' say something for ever (`demonstration`).
DAILY = ("check_figures", "digest", "note_slots")


def drop(session: Session, *, now: datetime) -> Counter[str]:
    """Delete or empty all that is old. Returns table → rows."""
    old = select(Message.id).where(
        Message.agent_id.is_not(None), Message.created_at < months_before(now, MONTHS_OF_AGENTS_MAIL)
    )
    told_long_ago = select(Message.id).where(Message.sent_at < months_before(now, LONGEST))
    never_saved = select(ImportBatch.id).where(
        ImportBatch.state.in_([ImportState.READING, ImportState.JUDGING, ImportState.PREVIEW]),
        ImportBatch.created_at < now - DAYS_OF_LISTS,
    )
    steps: tuple[tuple[type[Any], Any], ...] = (
        (ReceiptEvent, delete(ReceiptEvent).where(ReceiptEvent.message_id.in_(old))),
        (Message, delete(Message).where(Message.id.in_(old))),
        (ReceiptEvent, delete(ReceiptEvent).where(ReceiptEvent.message_id.in_(told_long_ago))),
        (AgentSession, delete(AgentSession).where(AgentSession.expires_at < months_before(now, MONTHS_OF_AGENTS_MAIL))),
        (AgentLink, delete(AgentLink).where(AgentLink.expires_at < months_before(now, MONTHS_OF_AGENTS_MAIL + 1))),
        (SelectionAct, delete(SelectionAct).where(SelectionAct.created_at < now - UNDONE_WITHIN)),
        (ChannelUse, delete(ChannelUse).where(ChannelUse.on < (now - DAYS_OF_COUNTS).date())),
        (JobRun, delete(JobRun).where(JobRun.job.in_(DAILY), JobRun.started_at < now - DAYS_OF_COUNTS)),
        (ImportRow, delete(ImportRow).where(ImportRow.batch_id.in_(never_saved))),
        (ImportBatch, delete(ImportBatch).where(ImportBatch.id.in_(never_saved))),
        (ImportRow, _nobodys_cells(now)),
    )
    done: Counter[str] = Counter()
    for table, statement in steps:
        found = session.execute(statement, execution_options={"synchronize_session": False})
        done[table.__tablename__] += cast(CursorResult[Any], found).rowcount
    done[AuditEvent.__tablename__] += journal.purge(session, now=now)
    session.expire_all()
    return +done


def _nobodys_cells(now: datetime) -> Update:
    """Rows that became nobody: refused, doubtful, left out. They are counted still."""
    read = select(ImportBatch.id).where(ImportBatch.created_at < now - DAYS_OF_LISTS)
    said = as_type(ImportRow.cells, String) != "{}"
    nobodys = update(ImportRow).where(ImportRow.beneficiary_id.is_(None), ImportRow.batch_id.in_(read), said)
    return nobodys.values(cells={}, reasons={}, changes={}, choice=null(), before=null())
