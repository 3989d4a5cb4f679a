"""The words of an answer by text: what its template may say, and the draft of two segments at most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from invitations.filling import phrasings
from invitations.messages import Draft, short_enough
from invitations.models import Beneficiary, MessageKind, Organisation, Participation
from invitations.offers import Choice, Choices
from invitations.words import LINK, SHORT, Pen, zone_of
from notifications.languages import Language, language


@dataclass(frozen=True, slots=True)
class Numbered:
    """One line of a menu: a day with its hour, or a person."""

    number: int
    day: str = ""
    hour: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class ReplyWords:
    """The closed list of what the template of an answer may say. What does not apply is empty or False.

    `menu`: what "1", "2" and "3" stand for; `is_move`, `was_lost`: they move an appointment, they come instead of a
    time that somebody else has just taken. `text`: the agent's own words. `called_phone`: where the person is called;
    `is_written_to`: they can't be.
    """

    first_name: str
    department: str
    organisation: str
    phone: str
    link: str = LINK
    menu: tuple[Numbered, ...] = ()
    is_move: bool = False
    was_lost: bool = False
    may_change: bool = False
    is_written_to: bool = False
    day: str = ""
    hour: str = ""
    place_type: str = ""
    address: str = ""
    city: str = ""
    called_phone: str = ""
    text: str = ""


def draft(kind: MessageKind, words: ReplyWords, spoken: Language) -> Draft:
    """The text of an answer."""
    return short_enough(phrasings(f"{kind}.sms.txt", words, spoken), kind, spoken)


def words_for(person: Beneficiary, organisation: Organisation, help_phone: str) -> ReplyWords:
    pen = _pen(person, organisation.department.zone)
    return ReplyWords(
        first_name=person.first_name,
        department=organisation.department.full_name,
        organisation=organisation.name,
        phone=pen.phone(help_phone),
        called_phone=pen.phone(person.phone or ""),
        is_written_to=person.is_written_to,
    )


def with_times(words: ReplyWords, person: Beneficiary, found: Choices, chosen: Sequence[Choice]) -> ReplyWords:
    """The same with a menu of times, all at one place."""
    pen, place = _pen(person, found.zone), found.place
    menu = [
        Numbered(number, pen.day(one.starts_at), pen.hour(one.starts_at)) for number, one in enumerate(chosen, start=1)
    ]
    return replace(
        words,
        menu=tuple(menu),
        place_type=str(found.types[chosen[0].type_id].place_type),
        address=pen.left_to_right(place.address) if place else "",
        city=place.city if place else "",
    )


def with_people(words: ReplyWords, people: Sequence[Beneficiary]) -> ReplyWords:
    """The same with a menu of first names and initials."""
    menu = [Numbered(number, name=one.short_name) for number, one in enumerate(people, start=1)]
    return replace(words, menu=tuple(menu))


def with_appointment(words: ReplyWords, participation: Participation, *, may_change: bool) -> ReplyWords:
    """The same with the appointment's moment and place."""
    appointment = participation.appointment
    pen = _pen(participation.beneficiary, zone_of(appointment.organisation, None, appointment))
    place = appointment.place
    return replace(
        words,
        day=pen.day(appointment.starts_at),
        hour=pen.hour(appointment.starts_at),
        place_type=str(appointment.type.place_type),
        address=pen.left_to_right(place.address) if place else "",
        city=place.city if place else "",
        may_change=may_change,
    )


def _pen(person: Beneficiary, zone: ZoneInfo) -> Pen:
    return Pen(SHORT, language(person.language), zone)
