"""What a message would say, shown before anybody receives it: to a real person, and with the longest values."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from invitations import help_line, people
from invitations.messages import LINK, as_counted, first_that_fits
from invitations.models import (
    Appointment,
    AppointmentType,
    Beneficiary,
    Channel,
    FollowUp,
    Invitation,
    Participation,
)
from invitations.own_texts import Desk
from invitations.own_texts_examples import SOME_PHONE, Tried
from invitations.own_texts_grammar import Broken, fill_own, phrasings_of, written_values
from invitations.own_texts_known import Key, Own
from invitations.own_texts_rules import CHOOSING, Wish
from invitations.permissions import beneficiary_seen_by
from invitations.reply_hint import hint, with_tail
from invitations.words import LONG, SHORT, Words, gather
from notifications import gsm7
from notifications.languages import LANGUAGES, Language

MOST_FOUND = 8


@dataclass(frozen=True, slots=True)
class Shown:
    """A message as its reader has it. `phrasing` counts from 1, of `phrasings`; 0 for an email.

    `characters` are what is billed: the longest link is counted in.
    """

    subject: str
    text: str
    language: Language
    phrasing: int = 0
    phrasings: int = 0
    characters: int = 0
    segments: int = 0
    is_gsm7: bool = True


def show(wish: Wish, key: Key, words: Words, *, link: str, may_reply: bool = False) -> Shown | None:
    """The message with these words; None when it can't be filled, or would leave a blank. `may_reply`: what people text
    back is read, and an invitation says so where there is room."""
    if key.channel is Channel.SMS:
        return _text(wish, key, words, link, may_reply)
    language = LANGUAGES[key.language]
    said = Own(0, key.kind, key.channel, wish.subject, wish.body).letter(words, language)
    return Shown(said[0], said[1].replace(LINK, link), language) if said else None


def _text(wish: Wish, key: Key, words: Words, link: str, may_reply: bool) -> Shown | None:
    language = LANGUAGES[key.language]
    values, parts, filled = written_values(words, key.channel, language), phrasings_of(wish.body), []
    for number, one in enumerate(parts, 1):
        try:
            filled.append((number, fill_own(one, key.kind, values, language)))
        except Broken:
            continue
    if not filled:
        return None
    tail = hint(key.kind, words, language) if may_reply else ""
    ways = list(zip([number for number, _ in filled] * 2, with_tail([said for _, said in filled], tail), strict=False))
    draft = first_that_fits([said for _, said in ways], key.kind, language)
    number = next(number for number, said in ways if first_that_fits([said], key.kind, language) == draft)
    counted = as_counted(draft.body)
    return Shown(
        "", draft.body.replace(LINK, link), language, number, len(parts), len(counted), draft.segments,
        gsm7.is_gsm7(counted),
    )  # fmt: skip


def found_people(session: Session, organisation_id: int, text: str) -> dict[int, str]:
    """People of the organisation whom these words find, by name; nobody for no word."""
    if not text.strip():
        return {}
    ids = people.ids(session, people.Wanted((organisation_id,), (), text=text))[:MOST_FOUND]
    names = people.names_of(session, ids, [organisation_id])
    return {one: names[one] for one in ids if one in names}


def words_for(
    session: Session, desk: Desk, key: Key, beneficiary_id: int, tried: Tried, *, now: datetime
) -> tuple[Words, bool]:
    """What the message would say to this person, and whether it is all theirs: an example stands in for what they don't
    have yet. Raises NotFound for a person of elsewhere."""
    person = beneficiary_seen_by(session, beneficiary_id, [desk.organisation.id])
    invitation = _invitation(session, desk, person)
    appointment = None if key.kind in CHOOSING else _appointment(session, desk, person)
    if (invitation if key.kind in CHOOSING else appointment) is None:
        return replace(tried.plain, first_name=person.first_name), False
    line = help_line.of_settings(desk.organisation, desk.settings)
    said = gather(
        SHORT if key.channel is Channel.SMS else LONG,
        beneficiary=person,
        organisation=desk.organisation,
        category=desk.settings.category,
        help_phone=line.phone or SOME_PHONE,
        help_hours=line.hours,
        help_owner=line.owner,
        now=now,
        invitation=invitation,
        appointment=appointment,
        previous_starts_at=appointment.starts_at - timedelta(days=1) if appointment else None,
        kept_until=now + timedelta(hours=2),
        language=LANGUAGES[key.language],
    )
    return said, True


def _invitation(session: Session, desk: Desk, person: Beneficiary) -> Invitation | None:
    return session.scalars(
        select(Invitation)
        .join(FollowUp, Invitation.follow_up_id == FollowUp.id)
        .where(
            FollowUp.beneficiary_id == person.id,
            FollowUp.category_id == desk.settings.category_id,
            Invitation.organisation_id == desk.organisation.id,
        )
        .options(joinedload(Invitation.place))
        .order_by(Invitation.id.desc())
        .limit(1)
    ).first()


def _appointment(session: Session, desk: Desk, person: Beneficiary) -> Appointment | None:
    return session.scalars(
        select(Appointment)
        .join(Participation, Participation.appointment_id == Appointment.id)
        .join(AppointmentType, Appointment.type_id == AppointmentType.id)
        .where(
            Participation.beneficiary_id == person.id,
            Appointment.organisation_id == desk.organisation.id,
            AppointmentType.category_id == desk.settings.category_id,
        )
        .options(joinedload(Appointment.place), joinedload(Appointment.type))
        .order_by(Appointment.starts_at.desc(), Appointment.id.desc())
        .limit(1)
    ).first()
