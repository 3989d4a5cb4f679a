"""The facts that a message's template may use, written as its channel wants them, and the templates' own rules.

Templates are edited by people (part 4): they are sandboxed, see a closed list of plain values, and an unknown name
is an error, never a blank.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict
from zoneinfo import ZoneInfo

from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from invitations.models import (
    Appointment,
    AppointmentType,
    Beneficiary,
    Category,
    Invitation,
    Mode,
    Organisation,
    Place,
)
from notifications import phone, wording

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

# Where the address goes in a stored body.
LINK = "{{link}}"
TEMPLATES = Path(__file__).resolve().parent.parent / "templates" / "messages"
_LINE_ENDS = re.compile(r"[\r\n\t\v\f]+")


@dataclass(frozen=True, slots=True)
class Words:
    """The closed list of what a template may say. Days, hours and numbers are written as the channel wants them.

    What does not apply is an empty string or False: `deadline` when the invitation never expires, `deadline_hour`
    when it ends at midnight, `day` without an appointment, `previous_day` when nothing moved, `kept_day` when no slot
    is kept for an answer, `title` unless it is a session. `may_change` says that the person moves or cancels alone, `may_choose_again` that the link
    offers other slots.
    """

    first_name: str
    department: str
    organisation: str
    purpose: str
    phone: str
    hours: str
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


@dataclass(frozen=True, slots=True)
class Style:
    """How a channel writes days, hours, numbers, and the last day of a deadline."""

    day: Callable[[datetime, ZoneInfo], str]
    hour: Callable[[datetime, ZoneInfo], str]
    last_day: Callable[[datetime, ZoneInfo], str]
    phone: Callable[[str], str]


LONG = Style(day=wording.day, hour=wording.hour, last_day=wording.day, phone=phone.national)
SHORT = Style(
    day=wording.short_day,
    hour=wording.short_hour,
    last_day=wording.shortest_day,
    phone=lambda number: phone.national(number).replace(" ", ""),
)


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
) -> Words:
    """The words of one message. `help_phone` is E.164 or empty."""
    zone = zone_of(organisation, invitation, appointment)
    return Words(
        first_name=beneficiary.first_name,
        department=organisation.department.full_name,
        organisation=organisation.name,
        purpose=category.purpose,
        phone=style.phone(help_phone),
        hours=organisation.hours,
        deadline=_deadline(invitation, zone, style),
        deadline_hour=_deadline_hour(invitation, zone, style),
        previous_day=style.day(previous_starts_at, zone) if previous_starts_at else "",
        previous_hour=style.hour(previous_starts_at, zone) if previous_starts_at else "",
        kept_day=style.day(kept_until, zone) if kept_until else "",
        kept_hour=style.hour(kept_until, zone) if kept_until else "",
        may_change=invitation is None or invitation.mode is not Mode.CONVOCATION,
        may_choose_again=invitation is not None and invitation.is_open(now),
        **_of_place(_place(invitation, appointment)),
        **(_of_appointment(appointment, beneficiary, zone, style) if appointment else {}),
    )


def fill(template: str, words: DataclassInstance, *, templates: Path = TEMPLATES) -> str:
    """The template's text with these words; nothing in a word can begin a line or stand for the link.

    Raises jinja2.TemplateNotFound, UndefinedError for a name that is not in the list, SecurityError for a reach beyond it.
    """
    values = {name: value if name == "link" else _plain(value) for name, value in asdict(words).items()}
    text = _environment(templates).get_template(template).render(values)
    lines = "\n".join(line.rstrip(" ") for line in text.strip().splitlines())
    return re.sub(r"\n{3,}", "\n\n", lines)


def _plain(value: Any) -> Any:
    """The same without what a word could do to a text, however deep it lies."""
    if isinstance(value, str):
        return _LINE_ENDS.sub(" ", value).replace("{{", "")
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    return {name: _plain(one) for name, one in value.items()} if isinstance(value, dict) else value


def zone_of(organisation: Organisation, invitation: Invitation | None, appointment: Appointment | None) -> ZoneInfo:
    """The zone whose days and hours are meant: the place's, else the département's."""
    place = _place(invitation, appointment)
    return place.zone if place else organisation.department.zone


def _place(invitation: Invitation | None, appointment: Appointment | None) -> Place | None:
    if appointment is not None:
        return appointment.place
    return invitation.place if invitation is not None else None


def _deadline(invitation: Invitation | None, zone: ZoneInfo, style: Style) -> str:
    if invitation is None or invitation.expires_at is None:
        return ""
    return style.last_day(invitation.expires_at, zone)


def _deadline_hour(invitation: Invitation | None, zone: ZoneInfo, style: Style) -> str:
    """Empty at midnight: "avant le 8 décembre" is then the exact truth, and otherwise would not be."""
    if invitation is None or invitation.expires_at is None or wording.is_midnight(invitation.expires_at, zone):
        return ""
    return style.hour(invitation.expires_at, zone)


def _of_place(place: Place | None) -> PlaceWords:
    if place is None:
        return {}
    return {
        "place": place.name,
        "address": place.address,
        "postcode": place.postcode,
        "city": place.city,
        "is_step_free": place.is_step_free,
    }


def _of_appointment(
    appointment: Appointment, beneficiary: Beneficiary, zone: ZoneInfo, style: Style
) -> AppointmentWords:
    type_ = appointment.type
    return {
        "day": style.day(appointment.starts_at, zone),
        "hour": style.hour(appointment.starts_at, zone),
        "duration": wording.length(appointment.ends_at - appointment.starts_at),
        "title": (appointment.title or type_.name) if type_.is_collective else "",
        "place_type": type_.place_type.value,
        "called_phone": style.phone(beneficiary.phone or ""),
        "agents": ", ".join(agent.display_name for agent in appointment.agents),
        "instructions": type_.instructions_before,
        "change_limit": _limit(type_),
    }


def _limit(type_: AppointmentType) -> str:
    """How long before the start the person may still change and cancel alone: what is true of both."""
    limit = max(type_.cancel_limit, type_.move_limit or type_.cancel_limit)
    return wording.length(limit) if limit else ""


@cache
def _environment(templates: Path) -> ImmutableSandboxedEnvironment:
    return ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(templates),
        undefined=StrictUndefined,
        autoescape=False,  # plain text; the HTML of an email is made and escaped by notifications.render
        trim_blocks=True,
        lstrip_blocks=True,
    )
