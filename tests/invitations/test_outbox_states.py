"""The life of a message, as tables."""

from __future__ import annotations

from datetime import timedelta

import pytest

from invitations.models import MessageState
from invitations.outbox.states import BEFORE, FINAL, POLICIES, after_failure
from notifications.senders import Reason


def test_final_states_do_not_go_back() -> None:
    assert {
        MessageState.DELIVERED,
        MessageState.UNDELIVERED,
        MessageState.FAILED,
        MessageState.EXPIRED,
        MessageState.CANCELLED,
    } == FINAL
    assert not any(before & FINAL for before in BEFORE.values())


def test_every_state_but_the_first_can_be_reached() -> None:
    assert set(BEFORE) == set(MessageState)
    assert all(BEFORE.values())


def test_every_reason_has_its_policy() -> None:
    assert set(POLICIES) == set(Reason)


@pytest.mark.parametrize(
    ("reason", "attempts", "state", "minutes"),
    [
        (Reason.WAIT, 1, MessageState.PENDING, 5),
        (Reason.WAIT, 2, MessageState.PENDING, 15),
        (Reason.WAIT, 3, MessageState.PENDING, 60),
        (Reason.WAIT, 4, MessageState.PENDING, 240),
        (Reason.WAIT, 22, MessageState.PENDING, 240),
        (Reason.WAIT, 23, MessageState.FAILED, 0),
        (Reason.LATER, 1, MessageState.PENDING, 240),
        (Reason.OTHER, 1, MessageState.PENDING, 5),
        (Reason.OUR_ACCOUNT, 1, MessageState.PENDING, 5),
        (Reason.OUR_ACCOUNT, 100, MessageState.PENDING, 5),
        (Reason.WRONG_ADDRESS, 1, MessageState.FAILED, 0),
        (Reason.REFUSED_BY_PERSON, 1, MessageState.FAILED, 0),
        (Reason.FILTERED, 1, MessageState.FAILED, 0),
        (Reason.EXPIRED, 1, MessageState.EXPIRED, 0),
        (Reason.UNCERTAIN, 1, MessageState.UNKNOWN, 0),
    ],
)
def test_each_failure_leads_somewhere(reason: Reason, attempts: int, state: MessageState, minutes: int) -> None:
    following = after_failure(reason, attempts=attempts)
    assert (following.state, following.after) == (state, timedelta(minutes=minutes))


def test_what_the_provider_asked_for_comes_before_our_own_wait() -> None:
    following = after_failure(Reason.WAIT, attempts=1, retry_after=timedelta(seconds=30))
    assert following.after == timedelta(seconds=30)


@pytest.mark.parametrize("reason", [Reason.LATER, Reason.OTHER])
def test_once_more_means_once_whatever_came_between(reason: Reason) -> None:
    assert after_failure(reason, attempts=7).state is MessageState.PENDING
    assert after_failure(reason, attempts=2, met_before=True).state is MessageState.FAILED
