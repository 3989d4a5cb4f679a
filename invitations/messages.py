"""What each message says, when it is owed (`write`) and when it leaves (`finish`).

The words are in `templates/messages`, a file a kind and channel, and speak the person's language; below it, an email
says the same in French; a letter is in French, with the person's language on its back. A stored body keeps `LINK`
where the address goes, so that a leaked table opens nobody's page. A text is brought into GSM-7 if its letters allow
it, and kept short: its template offers several phrasings, parted by `===`, fullest first; the first that fits the
kind's limit is taken.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from urllib.parse import urlsplit

from invitations.agent_paths import path_of
from invitations.codes import Codes
from invitations.department_colour import palette
from invitations.drafts import (
    LINK_LENGTH,
    MOST_SEGMENTS_ELSE,
    Draft,
    as_counted,
    first_that_fits,
    most_segments,
    short_enough,
)
from invitations.filling import phrasings
from invitations.models import (
    Appointment,
    Beneficiary,
    Category,
    Channel,
    Invitation,
    Message,
    MessageKind,
    Organisation,
    Participation,
    Place,
)
from invitations.own_texts_known import NONE, Key, OwnTexts, key_of
from invitations.reply_hint import hint, with_tail
from invitations.words import ALOUD, LINK, LONG, SHORT, Style, Words, fill, gather, zone_of
from notifications import calendars
from notifications.languages import FRENCH, Language, language
from notifications.letters import SECOND_SHEET
from notifications.render import html_of, in_both, subject_in_both
from notifications.senders import Attachment
from notifications.voice import audible

__all__ = [
    "LINK",
    "LINK_LENGTH",
    "Draft",
    "Finished",
    "address_of",
    "as_counted",
    "calendar_of",
    "finish",
    "first_that_fits",
    "most_segments",
    "parted",
    "short_enough",
    "write",
]

CALENDAR_METHODS: Mapping[MessageKind, str] = {
    MessageKind.BOOKED: "PUBLISH",
    MessageKind.MOVED: "PUBLISH",
    MessageKind.CONVOCATION: "PUBLISH",
    MessageKind.APPOINTMENT_REMINDER: "PUBLISH",
    MessageKind.CANCELLED_BY_PERSON: "CANCEL",
    MessageKind.CANCELLED_BY_SERVICE: "CANCEL",
}
CALENDAR_FILE = "rendez-vous.ics"
STYLES: Mapping[Channel, Style] = {Channel.SMS: SHORT, Channel.VOICE: ALOUD}


@dataclass(frozen=True, slots=True)
class Finished:
    """A message as it leaves; a text has neither subject, HTML nor calendar."""

    subject: str
    text: str
    html: str
    calendar: Attachment | None


def write(
    kind: MessageKind,
    channel: Channel,
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
    own_texts: OwnTexts = NONE,
    may_reply: bool = False,
    help_hours: str | None = None,
    help_owner: str | None = None,
) -> Draft:
    """The words of one message, in the language of the person. Raises jinja2.TemplateNotFound for a channel that has
    none for this kind.

    `invitation` is what brought the appointment, too: it says whether the person may change it alone. `kept_until`
    is how long a freed slot is kept for the answer. `own_texts`: what the service words itself; where that leaves a
    blank, or can't be filled any more, the words of the house are said. `may_reply`: what they text back is read. `help_hours`,
    `help_owner`: as `gather` takes them.
    """
    words_in = partial(
        gather,
        STYLES.get(channel, LONG),
        beneficiary=beneficiary,
        organisation=organisation,
        category=category,
        help_phone=help_phone,
        now=now,
        invitation=invitation,
        appointment=appointment,
        previous_starts_at=previous_starts_at,
        kept_until=kept_until,
        help_hours=help_hours,
        help_owner=help_owner,
    )
    if channel is Channel.VOICE:
        return aloud(kind, beneficiary, words_in)
    template, spoken = f"{kind}.{channel}.txt", language(beneficiary.language)
    key = key_of(kind, channel, invitation, spoken)
    if channel is Channel.SMS:
        words = words_in(language=spoken)
        tail, own = hint(kind, words, spoken) if may_reply else "", partial(own_short, own_texts, key, words, spoken)
        return own(tail) or short_enough(phrasings(template, words, spoken), kind, spoken, tail)
    subject, body, own_id = _long(own_texts, key, template, words_in(language=spoken), spoken)
    if spoken.is_french:
        return Draft(subject=subject, body=body, segments=0, own_text_id=own_id)
    in_french = replace(key, language=FRENCH.code)
    french_subject, french, french_id = _long(own_texts, in_french, template, words_in(language=FRENCH), FRENCH)
    own_id = own_id or french_id
    if channel is Channel.LETTER:
        return Draft(subject=french_subject, body=f"{french}{SECOND_SHEET}{subject}\n\n{body}", segments=0)
    return Draft(
        subject=subject_in_both(subject, french_subject), body=in_both(body, french), segments=0, own_text_id=own_id
    )


def aloud(kind: MessageKind, beneficiary: Beneficiary, words_in: Callable[..., Words]) -> Draft:
    """What a voice reads to the person once they have said that it is them: a sentence a line. What comes before, and
    the keys to press, are the call's own words (`invitations.calling`)."""
    spoken = audible(beneficiary.language)
    return Draft(subject="", body=fill(f"{kind}.{Channel.VOICE}.txt", words_in(language=spoken), spoken), segments=0)


def own_short(own_texts: OwnTexts, key: Key, words: Words, spoken: Language, tail: str = "") -> Draft | None:
    """A text in the service's own words; None when they say nothing, or nothing short enough, of this."""
    own = own_texts.get(key)
    ways = own.phrasings(words, spoken) if own else []
    if not own or not ways:
        return None
    draft = first_that_fits(with_tail(ways, tail), key.kind, spoken)
    return replace(draft, own_text_id=own.id) if draft.segments <= MOST_SEGMENTS_ELSE else None


def _long(own_texts: OwnTexts, key: Key, template: str, words: Words, spoken: Language) -> tuple[str, str, int | None]:
    """Subject and body in one language, and the id of the service's own words if it is them."""
    own = own_texts.get(key)
    said = own.letter(words, spoken) if own else None
    if own and said:
        return *said, own.id
    return *parted(fill(template, words, spoken)), None


def finish(message: Message, *, codes: Codes, public_url: str) -> Finished:
    """The message as it leaves: the address in its place, the HTML, the calendar.

    Reads the message's organisation and participation: its session must still be open, or these loaded.
    """
    url = address_of(message, codes=codes, public_url=public_url)
    if message.channel is not Channel.EMAIL:
        return Finished(subject="", text=message.body.replace(LINK, without_scheme(url)), html="", calendar=None)
    text = message.body.replace(LINK, url)
    return Finished(
        subject=message.subject,
        text=text,
        html=html_of(
            message.subject,
            text,
            accent=palette(message.organisation.department.accent).button,
            language=language(message.language),
        ),
        calendar=_calendar_beside(message, codes=codes, public_url=public_url),
    )


def address_of(message: Message, *, codes: Codes, public_url: str) -> str:
    """Where the message's link leads: the appointment if there is one, else the invitation.

    Once the appointment is cancelled it leads to the invitation: other slots are there. An agent's leads to their side.
    """
    if message.agent_id is not None:
        return f"{public_url}{path_of(message, codes)}"
    is_cancelled = CALENDAR_METHODS.get(message.kind) == "CANCEL"
    if message.participation_id is not None and not (is_cancelled and message.invitation_id is not None):
        return f"{public_url}/r/{codes.derive('participation', message.participation_id)}"
    if message.invitation_id is not None:
        return f"{public_url}/i/{codes.derive('invitation', message.invitation_id)}"
    return public_url


def without_scheme(url: str) -> str:
    """The address as short as a phone still understands it: `https://` is left out, anything else stays."""
    parts = urlsplit(url)
    if parts.scheme != "https" or parts.port not in {None, 443}:
        return url
    return f"{parts.hostname}{parts.path}"


def calendar_of(
    participation: Participation,
    *,
    codes: Codes,
    public_url: str,
    stamp: datetime,
    help_phone: str | None = None,
    help_hours: str | None = None,
    help_owner: str | None = None,
    method: str = "PUBLISH",
    spoken: Language | None = None,
    code: str | None = None,
) -> Attachment:
    """The person's own calendar file for an appointment. One UID for life; SEQUENCE is the appointment's version.

    `stamp` is the moment this state was written; `help_phone` (E.164) defaults to the organisation's, `spoken` to the
    person's language, `code` to the one that the message beside the file carries.
    """
    appointment, organisation = participation.appointment, participation.appointment.organisation
    spoken = spoken or language(participation.beneficiary.language)
    words = gather(
        LONG,
        beneficiary=participation.beneficiary,
        organisation=organisation,
        category=appointment.type.category,
        help_phone=help_phone or organisation.phone or "",
        help_hours=help_hours,
        help_owner=help_owner,
        now=stamp,
        invitation=participation.invitation,
        appointment=appointment,
        language=spoken,
    )
    link = f"{public_url}/r/{code or codes.derive('participation', participation.id)}"
    summary, description = parted(fill("calendar.txt", words, spoken))
    happening = calendars.Happening(
        uid=participation.uid,
        sequence=participation.version,
        starts_at=appointment.starts_at,
        ends_at=appointment.ends_at,
        zone=zone_of(organisation, None, appointment),
        stamp=stamp,
        summary=summary,
        description=description.replace(LINK, link).strip(),
        location=_location(appointment),
        url=link,
        organiser=organisation.name,
        organiser_email=organisation.email,
    )
    return Attachment(CALENDAR_FILE, calendars.event(happening, method=method), method)


def _calendar_beside(message: Message, *, codes: Codes, public_url: str) -> Attachment | None:
    method = CALENDAR_METHODS.get(message.kind)
    if method is None or message.participation is None:
        return None
    return calendar_of(
        message.participation,
        codes=codes,
        public_url=public_url,
        stamp=message.created_at,
        method=method,
        spoken=language(message.language),
    )


def parted(text: str) -> tuple[str, str]:
    """The subject on the first line, the body below."""
    subject, _, body = text.partition("\n")
    return subject.strip(), body.strip() + "\n"


def _location(appointment: Appointment) -> str:
    place: Place | None = appointment.place
    return f"{place.name}, {place.address}, {place.postcode} {place.city}" if place else ""
