"""Which calls one process may make now: what the shared state of the providers says, and what its own calls met since.

Threads ask before each call. Once a call has failed, no more are begun than may still fail before the provider counts
as away: one that hangs costs each process as many messages as that, whatever waits behind them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from threading import Condition

from invitations.models import Channel
from invitations.outbox.providers import SILENT, TROUBLE, News, Provider
from notifications.senders import Reason, SendError


class Gate:
    """Safe to share between threads. `patience`: failures in a row after which a provider is away."""

    def __init__(self, patience: int) -> None:
        self.patience = patience
        self._turn = Condition()
        self._failures: dict[Channel, int] = defaultdict(int)
        self._busy: dict[Channel, int] = defaultdict(int)
        self._shut: set[Channel] = set()
        self._trying: set[Channel] = set()
        self._troubled: set[Channel] = set()  # of which a success is news
        self._news: dict[Channel, News] = {}

    def learn(self, known: Sequence[Provider], *, claimed: Collection[Channel]) -> None:
        """Take in the shared state, read when messages of these channels were claimed: where a provider is away, to try it."""
        with self._turn:
            for one in known:
                if one.channel not in self._news:  # what our calls met last is not written yet
                    self._take_in(one, is_tried=one.channel in claimed)

    def enter(self, channel: Channel) -> bool:
        """Wait until a call may begin; False when none may any more."""
        with self._turn:
            self._turn.wait_for(lambda: channel in self._shut or self._has_room(channel))
            if channel in self._shut:
                return False
            self._busy[channel] += 1
            return True

    def leave(self, channel: Channel, *, claimed_at: datetime, error: SendError | None = None) -> None:
        """A call has ended: well, or with this error."""
        with self._turn:
            self._busy[channel] -= 1
            if channel not in self._shut:
                self._note(channel, claimed_at, error)
            self._turn.notify_all()

    def is_shut_since(self, channel: Channel) -> bool:
        """True when our own calls have shut it and nobody else can know yet."""
        return channel in self._shut and channel in self._news

    def news(self) -> list[News]:
        """What was learnt since the last time, to be written down."""
        with self._turn:
            told, self._news = list(self._news.values()), {}
            return told

    def _take_in(self, one: Provider, *, is_tried: bool) -> None:
        if one.is_open and is_tried:
            self._trying.add(one.channel)
        is_shut = one.is_open and one.channel not in self._trying
        (self._shut.add if is_shut else self._shut.discard)(one.channel)
        self._failures[one.channel] = self.patience - 1 if one.is_open else min(one.failures, self.patience - 1)
        (self._troubled.add if one.is_open or one.failures else self._troubled.discard)(one.channel)

    def _has_room(self, channel: Channel) -> bool:
        failures = self._failures[channel]
        return not failures or failures + self._busy[channel] < self.patience

    def _note(self, channel: Channel, claimed_at: datetime, error: SendError | None) -> None:
        if error is None or error.is_of_recipient or error.reason not in TROUBLE | SILENT:
            self._note_success(channel, claimed_at)
        elif error.reason in TROUBLE:
            self._note_failure(channel, error)

    def _note_success(self, channel: Channel, claimed_at: datetime) -> None:
        self._failures[channel] = 0
        self._trying.discard(channel)
        if channel in self._troubled or channel in self._news:
            self._news[channel] = News(channel, answered=claimed_at)

    def _note_failure(self, channel: Channel, error: SendError) -> None:
        before = self._news.get(channel, News(channel))
        self._failures[channel] += 1
        self._trying.discard(channel)
        self._news[channel] = News(channel, before.answered, before.failures + 1, error)
        if error.reason is Reason.OUR_ACCOUNT or self._failures[channel] >= self.patience:
            self._shut.add(channel)
