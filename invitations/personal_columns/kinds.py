"""What is said of a personal column: whose it is, what for, who reads it, how it is guarded, how long it stays.

Words for people are `app/register_words.py`'s. A purpose or a reader that is not here does not exist: adding one is a decision.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Flag, StrEnum, auto


class Whose(StrEnum):
    PERSON = "person"
    AGENT = "agent"
    CONTACT = "contact"  # of a service: a number or a name to turn to, which may be somebody's


class Purpose(Flag):
    RECOGNISE = auto()  # who this is, and that they are not somebody else
    REACH = auto()  # write to them, call them
    MEET = auto()  # propose and hold appointments
    WELCOME = auto()  # receive them well
    FOLLOW = auto()  # see who waits for what, and orient
    PROVE = auto()  # what was sent, what was done, by whom
    MEASURE = auto()  # counts, and trials
    WORK = auto()  # agents' accounts and time
    SECURE = auto()  # sign in, slow down whoever tries codes
    EXCHANGE = auto()  # with other software that the service connected


class Reader(Flag):
    TEAM = auto()  # agents of the organisations that follow the person
    ADMINS = auto()  # administrators of the organisation
    COLLEAGUES = auto()  # agents of the same organisation
    OWNER = auto()  # the agent alone
    PERSON = auto()  # the person, by their link or in a message
    PUBLIC = auto()
    MACHINES = auto()  # software with a service key, or a webhook, of the organisation
    CARRIERS = auto()  # whoever carries the message: telephony, mail relay, post
    JOB_CENTRE = auto()  # France Travail, where an organisation chose so
    NOBODY = auto()  # the software itself


class Care(Flag):
    NONE = 0
    SEALED = auto()  # AES-256-GCM under a key derived from SECRET_KEY
    HASHED = auto()  # a keyed or sealed hash, SHA-256 of something long and random, or argon2id
    NOT_FOR_PARTNERS = auto()  # hidden from siae and autre
    COUNCIL_AND_JOB_CENTRE = auto()  # hidden from delegataire_rsa too
    MASKED = auto()  # never shown whole
    CUT = auto()  # kept in part only


class Kept(StrEnum):
    """Until when. The first three follow from the rules of `forgetting_rules`; numbers come from the modules that delete."""

    WITH_PERSON = "with_person"  # deleted when the person is
    EMPTIED = "emptied"  # the row stays, what it said of the person goes when they do
    UNNAMED = "unnamed"  # the row stays, and nothing in it leads to anybody
    WORDS = "words"  # the organisation's months after the message, and when the person is deleted at the latest
    GIVEN_BACK = "given_back"  # appointments made for the person alone go with them (`forgetting_times`)
    MENTIONS = "mentions"  # what names the person goes with them (`forgetting_mentions`)
    COUNTED = "counted"  # a line of facts, let go into sums when the person is deleted
    LISTS = "lists"
    WEEK = "week"
    DAY = "day"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    ACCOUNT = "account"  # with the account, which loses name and ways in a year after its agent left (`departing`)
    UNTIL_CHANGED = "until_changed"  # for as long as an agent leaves it there
    PROTOCOL = "protocol"  # with the trial


@dataclass(frozen=True, slots=True)
class Group:
    """Columns of one table of which the same is true. `names`: separated by spaces, as in the table."""

    names: str
    whose: Whose
    purposes: Purpose
    readers: Reader
    care: Care = Care.NONE

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(self.names.split())


@dataclass(frozen=True, slots=True)
class Told:
    """All that is said of one table. `plain`: columns that say nothing of anybody. `kept`: where no rule of forgetting says it;
    `sooner`: columns of which something is deleted before that."""

    table: str
    groups: tuple[Group, ...] = ()
    plain: str = ""
    kept: Kept | None = None
    sooner: tuple[tuple[str, Kept], ...] = ()

    @property
    def plain_columns(self) -> tuple[str, ...]:
        return tuple(self.plain.split())


def person(names: str, purposes: Purpose, readers: Reader = Reader.TEAM, care: Care = Care.NONE) -> Group:
    return Group(names, Whose.PERSON, purposes, readers, care)


def agent(
    names: str, purposes: Purpose = Purpose.WORK, readers: Reader = Reader.COLLEAGUES, care: Care = Care.NONE
) -> Group:
    return Group(names, Whose.AGENT, purposes, readers, care)


def contact(names: str, readers: Reader, purposes: Purpose = Purpose.REACH) -> Group:
    return Group(names, Whose.CONTACT, purposes, readers)
