"""The facts that a message's template may use, written as its channel and its reader's language want them.

What the service wrote (names of places, instructions) stays as it was written, but for what the catalogue knows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TypedDict
from zoneinfo import ZoneInfo

from invitations.filling import LINK, NBSP, TEMPLATES, fill
from invitations.help_line import line_of
from invitations.models import (
    Appointment,
    AppointmentType,
    Beneficiary,
    Category,
    Invitation,
    Mode,
    Organisation,
    Place,
    PlaceType,
)
from notifications import phone, wording
from notifications.languages import FRENCH, Language, catalogue

__all__ = ["ALOUD", "LINK", "LONG", "SHORT", "TEMPLATES", "Pen", "Style", "Words", "fill", "gather", "zone_of"]

LEFT_TO_RIGHT = "\N{LEFT-TO-RIGHT MARK}"


@dataclass(frozen=True, slots=True)
class Words:
    """The closed list of what a template may say. Days, hours and numbers are written as the channel wants them.

    What does not apply is an empty string or False: `deadline` when the invitation never expires, `deadline_hour`
    when it ends at midnight, `day` without an appointment, `previous_day` when nothing moved, `kept_day` when no slot
    is kept for an answer, `title` unless it is a session. `may_change` says that the person moves or cancels alone, `may_choose_again` that the link
    offers other slots, `tells_job_centre` that France Travail is told of the appointment.
    """

    first_name: str
    department: str
    organisation: str
    purpose: str
    phone: str
    hours: str
    phone_owner: str = ""
    signed: str = ""
    link: str = LINK
    deadline: str = ""
    deadline_hour: str = ""
    day: str = ""
    hour: str = ""
    previous_day: str = ""
    previous_hour: str = ""
    kept_day: str = ""
    kept_hour: str = ""
    duration: str = ""
    title: str = ""
    place_type: str = ""
    place: str = ""
    address: str = ""
    postcode: str = ""
    city: str = ""
    is_step_free: bool = False
    called_phone: str = ""
    agents: str = ""
    instructions: str = ""
    may_change: bool = True
    change_limit: str = ""
    may_choose_again: bool = False
    tells_job_centre: bool = False


class Written(Protocol):
    """A moment in words: its day, or its hour."""

    def __call__(self, moment: datetime, zone: ZoneInfo, language: Language = ..., /) -> str: ...


@dataclass(frozen=True, slots=True)
class Style:
    """How a channel writes days, hours, numbers, and the last day of a deadline."""

    day: Written
    hour: Written
    last_day: Written
    phone: Callable[[str], str]


LONG = Style(day=wording.day, hour=wording.hour, last_day=wording.day, phone=phone.national)
SHORT = Style(
    day=wording.short_day,
    hour=wording.short_hour,
    last_day=wording.shortest_day,
    phone=lambda number: phone.national(number).replace(" ", ""),
)
# Read by a voice: figures of a number in pairs, with a breath between them.
ALOUD = Style(
    day=wording.day,
    hour=wording.spoken_hour,
    last_day=wording.day,
    phone=lambda number: ", ".join(phone.national(number).split()),
)


@dataclass(frozen=True, slots=True)
class Pen:
    """What writes for one reader: a channel's style, their language, and the zone whose days are meant."""

    style: Style
    language: Language
    zone: ZoneInfo

    def day(self, moment: datetime | None) -> str:
        return self.style.day(moment, self.zone, self.language) if moment else ""

    def hour(self, moment: datetime | None) -> str:
        return self.style.hour(moment, self.zone, self.language) if moment else ""

    def last_day(self, moment: datetime | None) -> str:
        return self.style.last_day(moment, self.zone, self.language) if moment else ""

    def last_hour(self, moment: datetime | None) -> str:
        """Empty at midnight: "avant le 8 décembre" is then the exact truth, and otherwise would not be."""
        return self.hour(moment) if moment and not wording.is_midnight(moment, self.zone) else ""

    def length(self, span: timedelta) -> str:
        return wording.length(span, self.language) if span else ""

    def known(self, written: str) -> str:
        """What a service wrote: in the reader's language where the catalogue knows it, as it was written elsewhere."""
        return catalogue(self.language.code).gettext(written) if written else ""

    def phone(self, number: str) -> str:
        """Between right-to-left words, plain spaces would turn the figures of a number round; no-break ones don't."""
        said = self.style.phone(number)
        return said.replace(" ", NBSP) if self.language.is_rtl else said

    def left_to_right(self, address: str) -> str:
        """The same between right-to-left words: a figure in front would else be shown at the other end."""
        return f"{LEFT_TO_RIGHT}{address}" if self.language.is_rtl and address[:1].isdigit() else address


class PlaceWords(TypedDict, total=False):
    place: str
    address: str
    postcode: str
    city: str
    is_step_free: bool


class AppointmentWords(TypedDict, total=False):
    day: str
    hour: str
    duration: str
    title: str
    place_type: str
    called_phone: str
    agents: str
    instructions: str
    change_limit: str


def gather(
    style: Style,
    *,
    beneficiary: Beneficiary,
    organisation: Organisation,
    category: Category,
    help_phone: str,
    now: datetime,
    invitation: Invitation | None = None,
    appointment: Appointment | None = None,
    previous_starts_at: datetime | None = None,
    kept_until: datetime | None = None,
    language: Language = FRENCH,
    help_hours: str | None = None,
    help_owner: str | None = None,
) -> Words:
    """The words of one message. `help_phone` is E.164 or empty; when and who answers it, None: as the organisation says."""
    line = line_of(organisation, None if help_phone == organisation.phone else help_phone, help_hours, help_owner)
    pen = Pen(style, language, zone_of(organisation, invitation, appointment))
    ends_at = invitation.expires_at if invitation else None
    return Words(
        first_name=beneficiary.first_name,
        department=organisation.department.full_name,
        organisation=organisation.name,
        purpose=pen.known(category.purpose),
        phone=pen.phone(help_phone),
        hours=line.hours,
        phone_owner=line.owner,
        signed=organisation.signature or organisation.name,
        deadline=pen.last_day(ends_at),
        deadline_hour=pen.last_hour(ends_at),
        previous_day=pen.day(previous_starts_at),
        previous_hour=pen.hour(previous_starts_at),
        kept_day=pen.last_day(kept_until),
        kept_hour=pen.hour(kept_until),
        may_change=invitation is None or invitation.mode is not Mode.CONVOCATION,
        may_choose_again=invitation is not None and invitation.is_open(now),
        tells_job_centre=organisation.job_centre_since is not None and bool(beneficiary.france_travail_id),
        **_of_place(_place(invitation, appointment), pen),
        **(_of_appointment(appointment, beneficiary, pen) if appointment else {}),
    )


def zone_of(organisation: Organisation, invitation: Invitation | None, appointment: Appointment | None) -> ZoneInfo:
    """The zone whose days and hours are meant: the place's, else the département's."""
    place = _place(invitation, appointment)
    return place.zone if place else organisation.department.zone


def _place(invitation: Invitation | None, appointment: Appointment | None) -> Place | None:
    if appointment is not None:
        return appointment.place
    return invitation.place if invitation is not None else None


def _of_place(place: Place | None, pen: Pen) -> PlaceWords:
    if place is None:
        return {}
    return {
        "place": place.name,
        "address": pen.left_to_right(place.address),
        "postcode": place.postcode,
        "city": place.city,
        "is_step_free": place.is_step_free,
    }


def _of_appointment(appointment: Appointment, beneficiary: Beneficiary, pen: Pen) -> AppointmentWords:
    type_ = appointment.type
    return {
        "day": pen.day(appointment.starts_at),
        "hour": pen.hour(appointment.starts_at),
        "duration": pen.length(appointment.ends_at - appointment.starts_at),
        "title": (appointment.title or type_.name) if type_.is_collective else "",
        "place_type": type_.place_type.value,
        "called_phone": pen.phone(beneficiary.phone or "") if type_.place_type is PlaceType.PHONE else "",
        "agents": ", ".join(agent.display_name for agent in appointment.agents),
        "instructions": pen.known(type_.instructions_before),
        "change_limit": pen.length(_limit(type_)),
    }


def _limit(type_: AppointmentType) -> timedelta:
    """How long before the start the person may still change and cancel alone: what is true of both."""
    return max(type_.cancel_limit, type_.move_limit or type_.cancel_limit)
