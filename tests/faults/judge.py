"""What became of the texts that were owed: the database held against the provider's own record."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from sqlalchemy import func, select

from invitations.database import Database
from invitations.models import Message, MessageState
from tests.faults.provider import Provider

NOT_YET = frozenset({MessageState.PENDING, MessageState.SENDING})


@dataclass(frozen=True)
class Verdict:
    """All texts owed, each in one of `sent`, `unknown`, `waiting`, `lost`; `twice` and `claimed_wrongly` are beside it."""

    owed: int
    sent: int  # `sent`, and the provider has it
    unknown: int  # shown as such, whether the provider has it or not
    waiting: int  # not yet tried, or to be tried again
    lost: int  # said to be sent, and the provider never had it; or ended without having been sent; or gone
    twice: int  # texts that the provider took once more than it should
    misattributed: int  # `sent`, with an id that the provider gave to another text
    doubted: int  # went through `unknown` and were asked about

    @property
    def violations(self) -> int:
        return self.lost + self.twice + self.misattributed

    @property
    def is_over(self) -> bool:
        """True when nothing is left to do: every text was sent once."""
        return self.violations == 0 and self.sent == self.owed


def judge(database: Database, provider: Provider, *, owed: int) -> Verdict:
    with database.reading() as session:
        rows = session.execute(select(Message.address, Message.state, Message.provider_id, Message.looks)).all()
    texts = provider.texts()
    taken, sids = Counter(one["to"] for one in texts), {(one["to"], one["sid"]) for one in texts}
    sent = sum(state is MessageState.SENT and taken[address] > 0 for address, state, _, _ in rows)
    unknown = sum(state is MessageState.UNKNOWN for _, state, _, _ in rows)
    waiting = sum(state in NOT_YET for _, state, _, _ in rows)
    return Verdict(
        owed=owed,
        sent=sent,
        unknown=unknown,
        waiting=waiting,
        lost=owed - sent - unknown - waiting,
        twice=sum(times - 1 for times in taken.values()),
        misattributed=sum(
            state is MessageState.SENT and taken[address] > 0 and (address, sid) not in sids
            for address, state, sid, _ in rows
        ),
        doubted=sum(looks > 0 for *_, looks in rows),
    )


def in_state(database: Database, *states: MessageState) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(Message).where(Message.state.in_(states))) or 0
