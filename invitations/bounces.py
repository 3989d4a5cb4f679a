"""What the mailbox of returned emails holds, read and applied: each message in a transaction of its own, then deleted.

Whoever dies in between reads the same again, which changes nothing; so do two schedulers at once.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import structlog

from invitations import outbox
from invitations.codes import Codes
from invitations.database import Database
from invitations.errors import DatabaseAway, DatabaseBusy
from invitations.outbox import returned
from notifications.bounce_mailbox import BounceMailbox, MailboxAway, OpenMailbox
from notifications.bounces import automatic_answer_to, read_bounce

log = structlog.get_logger()

# In one go; the rest is for the next. A whole list that bounces is read within minutes.
AT_MOST = 500


def read_mailbox(
    database: Database,
    mailbox: BounceMailbox,
    *,
    codes: Codes,
    clock: Callable[[], datetime],
    should_stop: Callable[[], bool] = lambda: False,
) -> int:
    """Apply what is new. Returns how many messages spoke of emails of ours; a mailbox that is away is read next time."""
    done = 0
    try:
        with mailbox.open() as opened:
            for uid in opened.new(AT_MOST):
                if should_stop():
                    break
                done += read_one(database, opened, uid, codes=codes, now=clock())
    except MailboxAway as away:
        log.warning("bounces.away", error=away.code)
    return done


def read_one(database: Database, opened: OpenMailbox, uid: int, *, codes: Codes, now: datetime) -> bool:
    """Apply one message, and only then delete it. False for one that is none of ours: it stays."""
    content = opened.read(uid)
    if not content:  # another scheduler was faster
        return False
    try:
        is_ours = apply(database, content, codes=codes, now=now)
    except (DatabaseBusy, DatabaseAway):
        raise
    except Exception as error:  # noqa: BLE001  (whatever one message holds, the next is read)
        log.error("bounce.broke", uid=uid, error=type(error).__name__)
        is_ours = False
    if is_ours:
        opened.delete([uid])
    else:
        opened.leave(uid)
    return is_ours


def apply(database: Database, content: bytes, *, codes: Codes, now: datetime) -> bool:
    """What one message, as it came, changes. False when it is no report, no complaint and no answering machine's about an
    email of ours."""
    bounce = read_bounce(content)
    if bounce is not None:
        with database.writing() as session:
            return outbox.apply_bounce(session, bounce, codes=codes, now=now)
    marks = automatic_answer_to(content)
    with database.reading() as session:
        return returned.is_ours(session, marks, codes=codes)
