"""What stands on a letter: gathered when it is printed and kept, so that it can be shown again two years later.

Kept without what opens a page: the eight characters and the link of the square code are derived again from the secret key.
The wording is the message's, as it was when it was owed; the sender's and the person's address are today's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from invitations import letters_codes
from invitations.codes import Codes
from invitations.database import insert_missing
from invitations.messages import LINK, without_scheme
from invitations.models import Beneficiary, Department, DepartmentLogo, Letter, LetterLogo, Message
from invitations.outbox.subjects import subject_of
from notifications import letters, phone, wording
from notifications.languages import FRENCH, language
from notifications.letters import SECOND_SHEET

PATHS = {"invitation": "i", "participation": "r"}
# For a letter whose secret key has been forgotten: it can still be read, nobody can follow it.
FORGOTTEN = "\N{MIDDLE DOT}" * 4 + "-" + "\N{MIDDLE DOT}" * 4


def gather(message: Message, *, public_url: str, on: date) -> dict[str, Any]:
    """The facts of a letter to be posted on a day, as plain values that JSON can hold."""
    organisation, person = message.organisation, message.beneficiary
    if person is None:
        raise ValueError("a letter is to a person")
    kind, subject_id = subject_of(message)
    department = organisation.department
    return {
        "department": department.full_name,
        "accent": department.accent,
        "logo": department.logo_hash,
        "sender": sender_lines(message),
        "to": letters.address_lines(
            name_of(person), person.address or "", postcode=person.postcode or "", city=person.city or ""
        ),
        "day": written_day(on),
        "sheets": list(sheets_of(message)),
        "public_url": public_url,
        "leads_to": [kind, subject_id],
    }


def written_day(on: date) -> str:
    """Mardi 24 novembre 2026"""
    words = wording.day_in_words(on, FRENCH)
    return f"{words[:1].upper()}{words[1:]} {on.year}"


def sender_lines(message: Message) -> list[str]:
    """Below the département's name: the team, its address, its number and when it answers."""
    organisation = message.organisation
    number = phone.national(organisation.phone) if organisation.phone else ""
    answers = (organisation.phone_owner or "", number, organisation.hours)
    lines = (organisation.signature or organisation.name, *organisation.address.splitlines(), *answers)
    return [line.strip() for line in lines if line.strip()]


def name_of(person: Beneficiary) -> str:
    title = person.title.value.capitalize() if person.title else ""
    return f"{title} {person.full_name}".strip()


def sheets_of(message: Message) -> Iterable[dict[str, str]]:
    """The French side, and the other one when the person reads another language."""
    french, _, other = message.body.partition(SECOND_SHEET)
    yield {"language": "fr", "subject": message.subject, "text": french.strip()}
    if other:
        subject, _, text = other.strip().partition("\n")
        yield {"language": message.language, "subject": subject.strip(), "text": text.strip()}


def keep_logos(session: Session, department_ids: Iterable[int]) -> None:
    """Keep the logos that are about to be printed: the next one will not be this one."""
    found = session.execute(
        select(Department.logo_hash, DepartmentLogo.content)
        .join(Department, Department.id == DepartmentLogo.department_id)
        .where(Department.id.in_(department_ids), Department.logo_hash != "")
    )
    rows = {row.logo_hash: {"logo_hash": row.logo_hash, "content": row.content} for row in found}
    insert_missing(session, LetterLogo, list(rows.values()), key="logo_hash")


def shown(session: Session, chosen: Sequence[Letter], *, codes: Codes) -> list[letters.Letter]:
    """The letters as they were printed, those that were forgotten left out. One query."""
    chosen = [one for one in chosen if one.facts]
    hashes = {one.facts["logo"] for one in chosen}
    logos = {
        one.logo_hash: one.content
        for one in session.scalars(select(LetterLogo).where(LetterLogo.logo_hash.in_(hashes)))
    }
    return [as_printed(one, logos.get(one.facts["logo"], b""), codes=codes) for one in chosen]


def as_printed(letter: Letter, logo: bytes, *, codes: Codes) -> letters.Letter:
    facts = letter.facts
    code = letters_codes.printed(letter, codes)
    site = without_scheme(facts["public_url"])
    return letters.Letter(
        department=facts["department"],
        sender=facts["sender"],
        logo=logo,
        accent=facts["accent"],
        to=facts["to"],
        day=facts["day"],
        sheets=[sheet_of(one, site) for one in facts["sheets"]],
        url=link_of(letter, codes),
        code=letters_codes.parted(code) if code else FORGOTTEN,
    )


def sheet_of(facts: dict[str, str], site: str) -> letters.Sheet:
    spoken = language(facts["language"])
    return letters.Sheet(spoken.html, spoken.is_rtl, facts["subject"], facts["text"].replace(LINK, site))


def link_of(letter: Letter, codes: Codes) -> str:
    """The link that was printed, made with the key of its eight characters; the newest one when that key is forgotten."""
    kind, subject_id = letter.facts["leads_to"]
    code = codes.every(kind, subject_id)[letters_codes.key_of(letter, codes) or 0]
    return f"{letter.facts['public_url']}/{PATHS[kind]}/{code}"
