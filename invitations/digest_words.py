"""What the daily digest says to an agent: counts of what waits for somebody, and links; nobody's name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time

from invitations.models import Agent, Channel, Department
from invitations.words import LINK, LONG, fill

TEMPLATE = "digest.email.txt"


@dataclass(frozen=True, slots=True)
class Shortage:
    """A category with more people to invite than slots left for them."""

    category: str
    to_invite: int
    slots_left: int


@dataclass(frozen=True, slots=True)
class Section:
    """What waits in one organisation. `called_since`: when the first of those who ask to be called did; None: nobody does.

    `missing`: past appointments without an outcome; `waiting`: people who wait for a freed slot; `texts`: what people
    wrote and somebody has to read.
    """

    organisation: str
    callbacks: int = 0
    called_since: datetime | None = None
    missing: int = 0
    waiting: int = 0
    shortages: tuple[Shortage, ...] = ()
    texts: int = 0

    @property
    def is_news(self) -> bool:
        return bool(self.callbacks or self.texts or self.missing or self.waiting or self.shortages)


@dataclass(frozen=True, slots=True)
class Stopped:
    """A channel on which nothing leaves, since when."""

    channel: Channel
    since: datetime


@dataclass(frozen=True, slots=True)
class Capped:
    """A channel's cap, reached on a day of the département's."""

    channel: Channel
    per_day: int
    on: date


@dataclass(frozen=True, slots=True)
class Sending:
    """What administrators read of the sending itself."""

    stops: tuple[Stopped, ...] = ()
    caps: tuple[Capped, ...] = ()

    @property
    def is_news(self) -> bool:
        return bool(self.stops or self.caps)


ALL_IS_WELL = Sending()


@dataclass(frozen=True, slots=True)
class DigestWords:
    """The closed list of what its template may say. `stops` and `caps` are said to administrators alone."""

    first_name: str
    day: str
    department: str
    sections: tuple[SectionWords, ...]
    stops: tuple[StoppedWords, ...] = ()
    caps: tuple[CappedWords, ...] = ()
    link: str = LINK


@dataclass(frozen=True, slots=True)
class SectionWords:
    organisation: str
    callbacks: int
    called_since: str
    missing: int
    waiting: int
    shortages: tuple[Shortage, ...]
    texts: int


@dataclass(frozen=True, slots=True)
class StoppedWords:
    channel: Channel
    day: str
    hour: str


@dataclass(frozen=True, slots=True)
class CappedWords:
    channel: Channel
    per_day: int
    day: str


def write(
    sections: tuple[Section, ...],
    agent: Agent,
    department: Department,
    *,
    sending: Sending = ALL_IS_WELL,
    now: datetime,
) -> str:
    """Subject on the first line, body below, LINK where the agents' side is."""
    zone = department.zone
    told = tuple(
        SectionWords(
            organisation=one.organisation,
            callbacks=one.callbacks,
            called_since=LONG.day(one.called_since, zone) if one.called_since else "",
            missing=one.missing,
            waiting=one.waiting,
            shortages=one.shortages,
            texts=one.texts,
        )
        for one in sections
    )
    stops = tuple(
        StoppedWords(one.channel, LONG.day(one.since, zone), LONG.hour(one.since, zone)) for one in sending.stops
    )
    caps = tuple(
        CappedWords(one.channel, one.per_day, LONG.day(datetime.combine(one.on, time(12), zone), zone))
        for one in sending.caps
    )
    return fill(TEMPLATE, DigestWords(agent.first_name, LONG.day(now, zone), department.full_name, told, stops, caps))
