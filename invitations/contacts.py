"""What a person says themselves about reaching them: another number or address, no more texts, no more emails."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from invitations import contact_changed, identity, journal
from invitations.database import hold_rows
from invitations.errors import TooManyAttempts
from invitations.holders import Holder
from invitations.models import AuditEvent, Beneficiary, CallbackRequest, Channel
from invitations.reach import ELECTRONIC

PHONE_CORRECTED = "contact.phone_corrected"
EMAIL_CORRECTED = "contact.email_corrected"
REFUSED = {Channel.SMS: "contact.sms_refused", Channel.EMAIL: "contact.email_refused"}
ACCEPTED = {Channel.SMS: "contact.sms_accepted", Channel.EMAIL: "contact.email_accepted"}
SINCE = {Channel.SMS: "sms_refused_at", Channel.EMAIL: "email_refused_at"}

# Whoever holds a link may correct a typing mistake, and not send our messages around the country.
MOST_CORRECTIONS = 5
A_WHILE = timedelta(days=1)


def correct(session: Session, holder: Holder, *, phone: str = "", email: str = "", now: datetime) -> None:
    """The person's number (E.164) or address is this one from now on; what is empty stays as it was.

    A new one is not dead or refused because the former was; what has not left yet goes there (outbox/claiming.py), and
    the former hears of the change.
    The same one again is no longer dead: somebody vouches for it. Raises TooManyAttempts.
    """
    person = holder.beneficiary
    hold_rows(session, select(Beneficiary.id).where(Beneficiary.id == person.id))
    session.refresh(person)
    former, reached = person.phone, contact_changed.working(person)
    changed = [PHONE_CORRECTED] if phone and _correct_phone(person, phone, now) else []
    changed += [EMAIL_CORRECTED] if email and _correct_email(person, email, now) else []
    if not changed:
        return
    if _corrections(session, person, now=now) + len(changed) > MOST_CORRECTIONS:
        raise TooManyAttempts
    person.updated_at = now
    write_keys(person)
    call_there(session, person, former)
    for action in changed:
        _note(session, action, holder, now=now)
    contact_changed.tell_former(session, holder, reached, now=now)


def refuse(session: Session, holder: Holder, channel: Channel, *, now: datetime) -> None:
    """No more messages by this channel. Repeated, changes nothing."""
    if channel in ELECTRONIC and getattr(holder.beneficiary, SINCE[channel]) is None:
        setattr(holder.beneficiary, SINCE[channel], now)
        _note(session, REFUSED[channel], holder, now=now)


def accept(session: Session, holder: Holder, channel: Channel, *, now: datetime) -> None:
    """Messages by this channel again, from the next one on. Repeated, changes nothing."""
    if channel in ELECTRONIC and getattr(holder.beneficiary, SINCE[channel]) is not None:
        setattr(holder.beneficiary, SINCE[channel], None)
        _note(session, ACCEPTED[channel], holder, now=now)


def write_keys(person: Beneficiary) -> None:
    """What matching and search read, after a change."""
    person.email_key = identity.email_key(person.email)
    person.search_key = identity.search_key(
        first_name=person.first_name,
        last_name=person.last_name,
        birth_name=person.birth_name,
        email=person.email,
        phone=person.phone,
        affiliation_number=person.affiliation_number,
        department_internal_id=person.department_internal_id,
        france_travail_id=person.france_travail_id,
    )


def _correct_phone(person: Beneficiary, phone: str, now: datetime) -> bool:
    person.phone_dead_at = person.wrong_phone = None
    if person.phone == phone:
        return False
    person.phone, person.sms_refused_at, person.phone_corrected_at = phone, None, now
    return True


def _correct_email(person: Beneficiary, email: str, now: datetime) -> bool:
    person.email_dead_at = None
    if person.email == email:
        return False
    person.email, person.email_refused_at, person.email_corrected_at = email, None, now
    return True


def call_there(session: Session, person: Beneficiary, former: str | None) -> None:
    """Who waits for a call at the former number is called at the new one."""
    waiting = update(CallbackRequest).where(
        CallbackRequest.beneficiary_id == person.id,
        CallbackRequest.handled_at.is_(None),
        CallbackRequest.phone == (former or ""),
    )
    session.execute(waiting.values(phone=person.phone or ""))


def _corrections(session: Session, person: Beneficiary, *, now: datetime) -> int:
    """How often somebody corrected this person's number or address lately."""
    lately = select(func.count(AuditEvent.id)).where(
        AuditEvent.beneficiary_id == person.id,
        AuditEvent.action.in_([PHONE_CORRECTED, EMAIL_CORRECTED]),
        AuditEvent.at > now - A_WHILE,
    )
    return session.scalar(lately) or 0


def _note(session: Session, action: str, holder: Holder, *, now: datetime) -> None:
    """Neither the number nor the address: the journal holds none."""
    session.flush()
    journal.note(
        session,
        action,
        now=now,
        organisation_id=holder.organisation.id,
        beneficiary_id=holder.beneficiary.id,
        follow_up_id=holder.follow_up.id,
    )
