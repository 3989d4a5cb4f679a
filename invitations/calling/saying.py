"""The words of a call, from where it stands: the same state says the same, however often it is asked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from invitations import offers
from invitations.filling import fill
from invitations.models import (
    AppointmentType,
    CallStage,
    Channel,
    FollowUp,
    Message,
    Participation,
    Place,
    PlaceType,
    VoiceCall,
)
from invitations.offers import Choice
from invitations.replies.wording import Numbered
from invitations.taking import appointment_to_come
from invitations.words import ALOUD, Pen, zone_of
from notifications.languages import FRENCH, Language
from notifications.voice import Said, Speech, audible

# Whoever picks up may not speak the person's language.
FOR_ANYBODY = frozenset({CallStage.WHO, CallStage.MACHINE, CallStage.NOT_THEM})
# After these nobody is listened to any more.
LAST = frozenset({CallStage.MACHINE, CallStage.NOT_THEM, CallStage.CALLED_BACK, CallStage.OVER, CallStage.SILENCE})
STRANGER = "stranger"


@dataclass(frozen=True, slots=True)
class CallWords:
    """The closed list of what the words of a call may say. What does not apply is empty or False.

    `department` is who calls: the name of an organisation may tell what it is for. `said`: what the message says, once
    the person is there to hear it. `menu`: the times that keys stand for.
    """

    department: str = ""
    name: str = ""
    phone: str = ""
    said: tuple[str, ...] = ()
    menu: tuple[Numbered, ...] = ()
    was_lost: bool = False
    day: str = ""
    hour: str = ""
    place_type: str = ""
    address: str = ""
    city: str = ""
    agents: str = ""
    instructions: str = ""
    called_phone: str = ""


def speech(session: Session, call: VoiceCall, message: Message, *, now: datetime) -> Speech:
    """What is said now, and whether a key is waited for."""
    spoken = audible(message.language)
    languages = [spoken, FRENCH] if call.stage in FOR_ANYBODY and not spoken.is_french else [spoken]
    said = tuple(sentences(call.stage, _words(session, call, message, one, now), one) for one in languages)
    return Speech(said, reference=str(message.id), step=None if call.stage in LAST else call.step)


def to_a_caller(session: Session, number: str) -> Speech:
    """Somebody calls us back: what an answering machine would have been told, else that nobody is here."""
    latest = select(Message).where(Message.channel == Channel.VOICE, Message.address == number, Message.address != "")
    message = session.scalars(latest.order_by(Message.id.desc()).limit(1)).first()
    if message is None:
        return Speech((sentences(STRANGER, CallWords(), FRENCH),))
    spoken = audible(message.language)
    return Speech(
        (sentences(CallStage.MACHINE, _who_calls(session, message, Pen(ALOUD, spoken, _zone(message))), spoken),)
    )


def sentences(stage: str, words: CallWords, spoken: Language) -> Said:
    lines = fill(f"call_{stage}.txt", words, spoken).splitlines()
    return Said(spoken.code, tuple(line.strip() for line in lines if line.strip()))


def follow_up_of(message: Message) -> FollowUp:
    subject = message.participation or message.invitation
    if subject is None:
        raise ValueError("a call is about an invitation or an appointment")
    return subject.follow_up


def _words(session: Session, call: VoiceCall, message: Message, spoken: Language, now: datetime) -> CallWords:
    pen = Pen(ALOUD, spoken, _zone(message))
    words = _who_calls(session, message, pen)
    if call.stage is CallStage.WHO and message.beneficiary is not None:
        return replace(words, name=message.beneficiary.full_name)
    if call.stage in {CallStage.TOLD, CallStage.PROPOSED}:
        return replace(words, said=tuple(message.body.splitlines()))
    if call.stage is CallStage.TIMES:
        return _with_times(session, words, call, message, pen)
    if call.stage is CallStage.BOOKED:
        booked = appointment_to_come(session, follow_up_of(message).id, now=now)
        return _with_appointment(words, booked, spoken) if booked is not None else words
    return words


def _who_calls(session: Session, message: Message, pen: Pen) -> CallWords:
    setting = offers.setting_of(session, follow_up_of(message), message.organisation)
    return CallWords(department=setting.department.full_name, phone=pen.phone(setting.help_phone))


def _with_times(session: Session, words: CallWords, call: VoiceCall, message: Message, pen: Pen) -> CallWords:
    """The first three come after the message; others are said alone."""
    choices = [Choice.parse(one) for one in call.choices]
    _, place_id, type_id = choices[0]
    place, type_ = session.get(Place, place_id), session.get(AppointmentType, type_id)
    pen = replace(pen, zone=place.zone) if place else pen
    menu = [
        Numbered(number, pen.day(starts_at), pen.hour(starts_at)) for number, (starts_at, *_) in enumerate(choices, 1)
    ]
    is_first = call.seen == call.choices and not call.was_lost
    return replace(
        words,
        said=tuple(message.body.splitlines()) if is_first else (),
        menu=tuple(menu),
        was_lost=call.was_lost,
        **_where(place, type_, message, pen),
    )


def _with_appointment(words: CallWords, booked: Participation, spoken: Language) -> CallWords:
    appointment = booked.appointment
    pen = Pen(ALOUD, spoken, zone_of(appointment.organisation, None, appointment))
    place, type_ = appointment.place, appointment.type
    return replace(
        words,
        day=pen.day(appointment.starts_at),
        hour=pen.hour(appointment.starts_at),
        place_type=type_.place_type.value,
        address=place.address if place else "",
        city=place.city if place else "",
        agents=", ".join(one.display_name for one in appointment.agents),
        instructions=pen.known(type_.instructions_before),
        called_phone=pen.phone(booked.beneficiary.phone or "") if type_.place_type is PlaceType.PHONE else "",
    )


def _where(place: Place | None, type_: AppointmentType | None, message: Message, pen: Pen) -> dict[str, str]:
    is_called = type_ is not None and type_.place_type is PlaceType.PHONE
    return {
        "address": place.address if place else "",
        "city": place.city if place else "",
        "place_type": type_.place_type.value if type_ else "",
        "called_phone": pen.phone(message.address) if is_called else "",
    }


def _zone(message: Message) -> ZoneInfo:
    return message.organisation.department.zone
