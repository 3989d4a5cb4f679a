"""What the daily digest says to an agent: counts of what waits for somebody, and links; nobody's name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from invitations.models import Agent, Department
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
class DigestWords:
    """The closed list of what its template may say."""

    first_name: str
    day: str
    department: str
    sections: tuple[SectionWords, ...]
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


def write(sections: tuple[Section, ...], agent: Agent, department: Department, *, now: datetime) -> str:
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
    return fill(TEMPLATE, DigestWords(agent.first_name, LONG.day(now, zone), department.full_name, told))
