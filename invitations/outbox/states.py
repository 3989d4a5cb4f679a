"""The life of a message, and what each failure leads to: tables and arithmetic, no database.

States and error families: messages.md, "The pipeline" and "Twilio".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from invitations.models import MessageKind, MessageState
from notifications.senders import Reason

IN_FLIGHT = frozenset({MessageState.PENDING, MessageState.SENDING, MessageState.UNKNOWN})
_LIVE = IN_FLIGHT | {MessageState.SENT}
FINAL = frozenset(MessageState) - _LIVE

# What a message may have been before it becomes this. Final states are nowhere on the right: they don't go back.
BEFORE: Mapping[MessageState, frozenset[MessageState]] = {
    MessageState.SENDING: frozenset({MessageState.PENDING}),
    # Released, found to have never left, or refused by the network for a reason that passes.
    MessageState.PENDING: _LIVE - {MessageState.PENDING},
    MessageState.UNKNOWN: frozenset({MessageState.SENDING}),
    # From `pending` too: a receipt may come after we had given up waiting for it.
    MessageState.SENT: IN_FLIGHT,
    MessageState.DELIVERED: _LIVE,
    MessageState.UNDELIVERED: _LIVE,
    MessageState.FAILED: _LIVE,
    MessageState.EXPIRED: _LIVE,
    MessageState.CANCELLED: frozenset({MessageState.PENDING}),
}

INVITING = frozenset(
    {
        MessageKind.INVITATION,
        MessageKind.INVITATION_REMINDER,
        MessageKind.PROPOSITION,
        MessageKind.PROPOSITION_REMINDER,
    }
)
CANCELLING = frozenset({MessageKind.CANCELLED_BY_PERSON, MessageKind.CANCELLED_BY_SERVICE})
# What tells a person that the appointment exists. Without it, nobody needs to hear that it does not any more.
ANNOUNCING = frozenset(
    {MessageKind.CONVOCATION, MessageKind.BOOKED, MessageKind.MOVED, MessageKind.APPOINTMENT_REMINDER}
)
# What is printed when nothing else reaches a person. A reminder never is by itself: a letter lies on the table.
LETTERED = frozenset(
    {
        MessageKind.INVITATION,
        MessageKind.PROPOSITION,
        MessageKind.CONVOCATION,
        MessageKind.MOVED,
        MessageKind.CANCELLED_BY_SERVICE,
    }
)
# What is said by telephone to whom neither text nor email reaches. What somebody has just done was said in the call.
SPOKEN = INVITING | LETTERED | {MessageKind.APPOINTMENT_REMINDER}
# What answers somebody's text. It is about what they wrote: nothing that happens meanwhile overtakes it.
ANSWERING = frozenset(
    {
        MessageKind.REPLY_TIMES,
        MessageKind.REPLY_NO_TIMES,
        MessageKind.REPLY_WHO,
        MessageKind.REPLY_CALL,
        MessageKind.REPLY_APPOINTMENT,
        MessageKind.REPLY_TOO_LATE,
        MessageKind.REPLY_PASSED_ON,
        MessageKind.REPLY_STOPPED,
        MessageKind.REPLY_STARTED,
        MessageKind.REPLY_BY_AGENT,
    }
)
# Goes to the number or the address that its person has just replaced, and to no other.
TO_FORMER = frozenset({MessageKind.CONTACT_CHANGED})
# A lost reminder costs less than a double one: when nobody knows whether it left, it is given up.
REMINDING = frozenset(
    {MessageKind.INVITATION_REMINDER, MessageKind.PROPOSITION_REMINDER, MessageKind.APPOINTMENT_REMINDER}
)
NEVER_LEFT = frozenset({MessageState.PENDING, MessageState.CANCELLED, MessageState.EXPIRED})


@dataclass(frozen=True, slots=True)
class Policy:
    """What to do after a failure: try again after each of `waits`, then end as `end`.

    `repeats`: the last wait goes on for that many more times. `is_once`: one more try, whatever failures of other
    kinds came before. `costs_attempt`: false when the failure says nothing about this message. `closes_address`:
    "dead" or "refused", for this channel and this address.
    """

    end: MessageState
    waits: tuple[timedelta, ...] = ()
    repeats: int = 0
    is_once: bool = False
    costs_attempt: bool = True
    closes_address: str | None = None


def _minutes(*numbers: int) -> tuple[timedelta, ...]:
    return tuple(timedelta(minutes=number) for number in numbers)


POLICIES: Mapping[Reason, Policy] = {
    Reason.WRONG_ADDRESS: Policy(MessageState.FAILED, closes_address="dead"),
    Reason.REFUSED_BY_PERSON: Policy(MessageState.FAILED, closes_address="refused"),
    # Nothing is wrong with the message: it waits, visible, until somebody mends the account.
    Reason.OUR_ACCOUNT: Policy(MessageState.PENDING, waits=_minutes(5), costs_attempt=False),
    # The last wait goes on for three days: an outage is not the message's fault.
    Reason.WAIT: Policy(MessageState.FAILED, waits=_minutes(5, 15, 60, 240), repeats=18),
    Reason.LATER: Policy(MessageState.FAILED, waits=_minutes(240), is_once=True),
    Reason.FILTERED: Policy(MessageState.FAILED),
    Reason.EXPIRED: Policy(MessageState.EXPIRED),
    Reason.UNCERTAIN: Policy(MessageState.UNKNOWN),
    Reason.OTHER: Policy(MessageState.FAILED, waits=_minutes(5), is_once=True),
}


@dataclass(frozen=True, slots=True)
class Next:
    """The state after a failure; `after`, how long until the next attempt when there is one."""

    state: MessageState
    after: timedelta = timedelta()


def after_failure(
    reason: Reason, *, attempts: int, met_before: bool = False, retry_after: timedelta | None = None
) -> Next:
    """What becomes of a message whose attempt number `attempts` (from 1) failed.

    `met_before`: an earlier attempt failed for the same reason.
    """
    policy = POLICIES[reason]
    if not policy.waits or not _may_try_again(policy, attempts, met_before):
        return Next(policy.end)
    wait = policy.waits[min(attempts, len(policy.waits)) - 1]
    return Next(MessageState.PENDING, max(retry_after or wait, timedelta(seconds=1)))


def _may_try_again(policy: Policy, attempts: int, met_before: bool) -> bool:
    if policy.is_once:
        return not met_before
    return not policy.costs_attempt or attempts <= len(policy.waits) + policy.repeats


def is_lost(kind: MessageKind) -> bool:
    """True when a message that may or may not have left is given up rather than sent a second time."""
    return kind in REMINDING
