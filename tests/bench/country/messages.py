"""The messages of one person's life, with the receipts of the texts: what has left by now, what waits, what never arrived."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from invitations.models import Channel, MessageKind
from tests.bench.country import words
from tests.bench.country.habits import DAY, FAILED, UNDELIVERED
from tests.bench.country.moments import Place, text_of
from tests.bench.country.people import Person
from tests.bench.country.sheets import Sheets

RECEIPT_WITHIN = 20  # minutes


@dataclass(frozen=True, slots=True)
class About:
    """What messages are about: an invitation, or an appointment of somebody."""

    organisation: int
    invitation: int | None
    participation: int | None
    useless_at: int | None
    version: int = 0

    @property
    def subject(self) -> str:
        return f"p{self.participation}" if self.participation is not None else f"i{self.invitation}"


@dataclass
class Pen:
    """Writes to people of one département."""

    sheets: Sheets
    drawn: Random
    wall: Place
    now: int

    def write(
        self,
        kind: MessageKind,
        person: Person,
        about: About,
        at: int,
        *,
        step: str = "",
        at_once: bool = False,
        lettered: bool = False,
    ) -> None:
        """A text and an email to whom they reach; to nobody else, unless it is printed for them."""
        due = at if at_once else self.wall.leaves(at)
        for channel, address in ((Channel.SMS, person.mobile), (Channel.EMAIL, person.email)):
            if address is not None:
                self.one(kind, channel, address, person, about, at, due, step, at_once)
        if lettered and person.mobile is None and person.email is None:
            self.one(kind, Channel.LETTER, "", person, about, at, due, step, at_once)

    def one(
        self,
        kind: MessageKind,
        channel: Channel,
        address: str,
        person: Person,
        about: About,
        at: int,
        due: int,
        step: str,
        at_once: bool,
    ) -> None:
        id_, said = self.sheets.new("messages"), words.of(kind, channel, person.language)
        sent = due + 1 if due < self.now else None
        state, settled, code, reason = self.fate(channel, sent)
        provider = f"SM{id_:032x}" if channel is Channel.SMS and sent is not None else None
        ended_badly = settled if state in {"undelivered", "failed"} else None
        once = ":".join(filter(None, (kind, about.subject, channel, str(about.version), step)))
        self.sheets.add(
            "messages", id_, once, about.organisation, person.id, about.invitation, about.participation, kind.value, channel.value,
            about.version, person.language, address, said.subject, said.to(person.first_name), said.segments, state, text_of(due),
            text_of(about.useless_at), int(at_once), int(sent is not None), 0, text_of(sent), text_of(settled), text_of(ended_badly),
            provider, code, reason, text_of(at),
        )  # fmt: skip
        if provider is not None and sent is not None:
            self.receipts(id_, provider, state, code, sent, settled)

    def fate(self, channel: Channel, sent: int | None) -> tuple[str, int | None, str | None, str | None]:
        """State, when it was settled, the provider's code, our reason."""
        if sent is None:
            return "pending", None, None, None
        if channel is not Channel.SMS:
            return "sent", None, None, None
        chance, heard = self.drawn.random(), sent + 1 + self.drawn.randrange(RECEIPT_WITHIN)
        if heard >= self.now:
            return "sent", None, None, None
        if chance < UNDELIVERED:
            return "undelivered", heard, "30003", "later"
        return (
            ("failed", heard, "30008", "other") if chance < UNDELIVERED + FAILED else ("delivered", heard, None, None)
        )

    def receipts(self, id_: int, provider: str, state: str, code: str | None, sent: int, settled: int | None) -> None:
        """What the provider said: on its way, then the end."""
        new, add = self.sheets.new, self.sheets.add
        add("receipt_events", new("receipt_events"), id_, provider, "sent", None, text_of(sent))
        if settled is not None:
            add("receipt_events", new("receipt_events"), id_, provider, state, code, text_of(settled))


def two_days_before(wall: Place, starts: int) -> int:
    return wall.leaves(starts - 2 * DAY)
