"""What people read. Every kind and channel has its golden file: write them anew with RDV_WRITE_GOLDEN=1, then read the diff."""

from __future__ import annotations

import os
import re
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest
from icalendar import Calendar
from jinja2 import UndefinedError
from sqlalchemy.orm import Session

from invitations import words
from invitations.codes import Codes
from invitations.messages import LINK, LINK_LENGTH, calendar_of, finish, without_scheme, write
from invitations.models import (
    Appointment,
    Author,
    Channel,
    Message,
    MessageKind,
    Mode,
    Participation,
    PlaceType,
)
from notifications import gsm7
from tests.factories import World
from tests.invitations.writing import (
    CHANNELS,
    EVERY,
    GOLDEN,
    KINDS,
    LONGEST,
    LONGEST_DEPARTMENTS,
    LONGEST_FIRST_NAMES,
    NOW,
    OF_NO_APPOINTMENT,
    PHONE,
    PROPOSED,
    PUBLIC_URL,
    THURSDAY,
    TO_CHOOSE,
    make_case,
)

NBSP = "\N{NO-BREAK SPACE}"


class Reader(HTMLParser):
    """The words of a page, as someone hears them; style and title left out."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.links: list[str] = []
        self.inside: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.inside.append(tag)
        if tag == "a":
            self.links.append(dict(attributes)["href"] or "")

    def handle_endtag(self, tag: str) -> None:
        while self.inside and self.inside.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not {"style", "title", "h1"} & set(self.inside):
            self.words += data.split()


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    return reader


def bare(text: str) -> str:
    """Letters and figures only: signs that a table or a button replaces don't count as words."""
    return re.sub(r"[^\w/.@]+", " ", text)


@pytest.mark.parametrize(("kind", "channel"), EVERY)
def test_every_message_reads_as_its_golden_file_says(kind: MessageKind, channel: Channel, codes: Codes) -> None:
    finished = finish(make_case(kind).message(kind, channel), codes=codes, public_url=PUBLIC_URL)
    said = f"{finished.subject}\n\n{finished.text}" if channel is Channel.EMAIL else f"{finished.text}\n"
    golden = GOLDEN / f"{kind}.{channel}.txt"
    if os.environ.get("RDV_WRITE_GOLDEN") == "1":
        golden.write_text(said, encoding="utf-8")
    assert said == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize(("kind", "channel"), EVERY)
def test_every_message_says_who_writes_and_a_phone_that_answers(kind: MessageKind, channel: Channel) -> None:
    said = make_case(kind).write(kind, channel).body
    assert ("Département de la Drôme" if channel is Channel.EMAIL else "Département de la Drome") in said
    assert ("04 75 00 00 00" if channel is Channel.EMAIL else "0475000000") in said


@pytest.mark.parametrize(("kind", "channel"), EVERY)
def test_no_message_threatens_shortens_or_shouts(kind: MessageKind, channel: Channel) -> None:
    draft = make_case(kind).write(kind, channel)
    said = f"{draft.subject} {draft.body}"
    assert not re.search(r"\bRDV\b|!|veuillez|cliquez|sanction|suspen|radi|obligatoire|\(e\)|·e", said, re.IGNORECASE)


@pytest.mark.parametrize("kind", sorted(TO_CHOOSE))
@pytest.mark.parametrize("department", LONGEST_DEPARTMENTS)
@pytest.mark.parametrize("first_name", LONGEST_FIRST_NAMES)
def test_an_invitation_by_text_fits_one_segment_with_the_longest_real_values(
    kind: MessageKind, department: str, first_name: str
) -> None:
    draft = make_case(kind, department=department, first_name=first_name).write(kind, Channel.SMS)
    assert draft.segments == 1
    assert gsm7.is_gsm7(draft.body)
    for said in (gsm7.to_gsm7(department), "avant le 8/12", "0475000000", LINK):
        assert said in draft.body


@pytest.mark.parametrize("kind", sorted(set(KINDS) - TO_CHOOSE))
@pytest.mark.parametrize("department", LONGEST_DEPARTMENTS)
def test_every_other_text_fits_two_segments_with_the_longest_real_values(kind: MessageKind, department: str) -> None:
    case = make_case(kind, department=department, **LONGEST)
    draft = case.write(kind, Channel.SMS)
    assert draft.segments == gsm7.segments(draft.body.replace(LINK, "x" * LINK_LENGTH))
    assert draft.segments <= 2
    assert ("jeudi 3/12" in draft.body) is (kind not in OF_NO_APPOINTMENT)


def test_a_link_is_never_longer_than_it_was_counted(codes: Codes) -> None:
    finished = finish(
        make_case().message(MessageKind.INVITATION, Channel.SMS),
        codes=codes,
        public_url="https://rendez-vous.seinesaintdenis.fr"[: len("https://") + 26],
    )
    link = re.search(r"\S+/i/\S+", finished.text)
    assert link is not None
    assert len(link[0]) == LINK_LENGTH


def test_the_deadline_is_the_real_one_to_the_hour_when_it_is_no_midnight() -> None:
    case = make_case(expires_at=datetime(2026, 12, 8, 8, 30, tzinfo=UTC))
    assert (
        "avant le mardi 8 décembre à 9\N{NO-BREAK SPACE}h\N{NO-BREAK SPACE}30."
        in case.write(MessageKind.INVITATION, Channel.EMAIL).body
    )
    assert "avant le 8/12 à 9h30" in case.write(MessageKind.INVITATION, Channel.SMS).body


@pytest.mark.parametrize("channel", CHANNELS)
def test_an_invitation_that_never_ends_speaks_of_no_deadline(channel: Channel) -> None:
    assert "avant" not in make_case(expires_at=None).write(MessageKind.INVITATION, channel).body


@pytest.mark.parametrize("channel", CHANNELS)
def test_an_invitation_to_one_place_offers_no_choice_of_place(channel: Channel) -> None:
    case = make_case(department="Département de l’Ain", first_name="Ana", expires_at=None)
    case.invitation.place = case.place
    said = case.write(MessageKind.INVITATION, channel).body
    assert "le lieu" not in said
    assert ("Maison des solidarités" in said) == (channel is Channel.EMAIL)


def test_hours_are_those_of_the_place() -> None:
    case = make_case(MessageKind.BOOKED, timezone="Indian/Reunion")
    assert "jeudi 3/12 à 13h30" in case.write(MessageKind.BOOKED, Channel.SMS).body
    case.place.timezone = "America/Guadeloupe"
    assert "jeudi 3/12 à 5h30" in case.write(MessageKind.BOOKED, Channel.SMS).body


@pytest.mark.parametrize(
    ("place_type", "said"),
    [
        (PlaceType.PHONE, "nous vous appelons au"),
        (PlaceType.HOME, "chez vous"),
        (PlaceType.VIDEO, "en visio"),
    ],
)
@pytest.mark.parametrize("channel", CHANNELS)
def test_an_appointment_without_a_place_says_how_it_will_happen(
    place_type: PlaceType, said: str, channel: Channel
) -> None:
    assert said in make_case(MessageKind.BOOKED, place_type=place_type).write(MessageKind.BOOKED, channel).body


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_convocation_is_changed_by_phone(channel: Channel) -> None:
    for kind in (MessageKind.CONVOCATION, MessageKind.APPOINTMENT_REMINDER, MessageKind.MOVED):
        said = make_case(kind, mode=Mode.CONVOCATION).write(kind, channel).body
        assert "appelez le" in said
        assert "annuler" not in said


@pytest.mark.parametrize("kind", [MessageKind.CANCELLED_BY_PERSON, MessageKind.CANCELLED_BY_SERVICE])
@pytest.mark.parametrize("channel", CHANNELS)
def test_a_cancellation_leads_to_other_slots_only_while_the_invitation_is_open(
    kind: MessageKind, channel: Channel, codes: Codes
) -> None:
    case = make_case(kind)
    assert LINK not in case.write(kind, channel).body
    case.invitation.ended_at = None
    message = case.message(kind, channel)
    assert LINK in message.body
    code = codes.derive("invitation", 3)
    assert f"/i/{code}" in finish(message, codes=codes, public_url=PUBLIC_URL).text


def test_texts_leave_out_https_and_nothing_else() -> None:
    assert without_scheme("https://rdv.exemple.fr/i/abc") == "rdv.exemple.fr/i/abc"
    assert without_scheme("https://rdv.exemple.fr:443/i/abc") == "rdv.exemple.fr/i/abc"
    assert without_scheme("https://rdv.exemple.fr:8443/i/abc") == "https://rdv.exemple.fr:8443/i/abc"
    assert without_scheme("http://127.0.0.1:8000/i/abc") == "http://127.0.0.1:8000/i/abc"


def test_a_stored_message_holds_no_code(codes: Codes) -> None:
    message = make_case(MessageKind.BOOKED).message(MessageKind.BOOKED, Channel.EMAIL)
    code = codes.derive("participation", 12)
    assert code not in message.body + message.subject
    assert f"{PUBLIC_URL}/r/{code}" in finish(message, codes=codes, public_url=PUBLIC_URL).text


@pytest.mark.parametrize("kind", KINDS)
def test_text_and_html_say_the_same(kind: MessageKind, codes: Codes) -> None:
    finished = finish(make_case(kind).message(kind, Channel.EMAIL), codes=codes, public_url=PUBLIC_URL)
    page = read(finished.html)
    assert bare(" ".join(page.words)).split() == bare(finished.text).split()
    if f"{PUBLIC_URL}/" in finished.text:
        assert any(link.startswith(PUBLIC_URL) for link in page.links)
    assert "tel:0475000000" in page.links


def test_a_name_can_neither_write_html_nor_a_line_nor_a_link(codes: Codes) -> None:
    case = make_case(first_name=f"<b>Ana</b>\nObjet : {{{{li{LINK}nk}}}} {LINK}\r\n.")
    finished = finish(case.message(MessageKind.INVITATION, Channel.EMAIL), codes=codes, public_url=PUBLIC_URL)
    assert "<b>Ana" not in finished.html
    assert finished.text.splitlines()[0] == f"Bonjour <b>Ana</b> Objet{NBSP}: lilink" + "}}nk}} link}} .,"


@pytest.mark.parametrize("kind", KINDS)
def test_appointments_come_with_a_calendar_and_invitations_without(kind: MessageKind, codes: Codes) -> None:
    calendar = finish(make_case(kind).message(kind, Channel.EMAIL), codes=codes, public_url=PUBLIC_URL).calendar
    if kind in TO_CHOOSE | PROPOSED | OF_NO_APPOINTMENT | {MessageKind.SLOT_FREED}:
        assert calendar is None
        return
    assert calendar is not None
    read_back = Calendar.from_ical(calendar.content)
    event = read_back.events[0]
    assert read_back["method"] == calendar.method == ("CANCEL" if "cancelled" in kind else "PUBLISH")
    assert event["uid"] == "5f0c8c1e-0000-4000-8000-000000000012"
    assert event["sequence"] == 2
    assert event.start == THURSDAY
    assert event["location"] == "Maison des solidarités, 12 rue Latour-Maubourg, 26000 Valence"
    assert "04 75 00 00 00" in event["description"]
    assert codes.derive("participation", 12) in event["url"]


def test_a_template_that_names_something_unknown_fails(tmp_path: Path) -> None:
    (tmp_path / "odd.txt").write_text("Bonjour {{ surname }}")
    (tmp_path / "sly.txt").write_text("{{ first_name.__class__.__mro__ }}")
    facts = words.Words("Inès", "Département", "CMS", "faire le point", PHONE, "")
    with pytest.raises(UndefinedError):
        words.fill("odd.txt", facts, templates=tmp_path)
    with pytest.raises(Exception, match="unsafe"):
        words.fill("sly.txt", facts, templates=tmp_path)


def test_every_word_offered_is_used_by_some_template() -> None:
    said = "".join(path.read_text() for path in words.TEMPLATES.glob("*.txt"))
    assert [field.name for field in fields(words.Words) if not re.search(rf"\b{field.name}\b", said)] == []


def test_a_message_kept_in_the_database_is_finished_from_its_row(session: Session, world: World, codes: Codes) -> None:
    follow_up = world.make_follow_up()
    appointment = world.add(
        Appointment(
            uid="a" * 36,
            organisation_id=world.organisation.id,
            type_id=world.type.id,
            place_id=world.place.id,
            starts_at=THURSDAY,
            ends_at=THURSDAY + timedelta(minutes=45),
            created_by=Author.BENEFICIARY,
            created_at=NOW,
        )
    )
    participation = world.add(
        Participation(
            uid="p" * 36,
            appointment_id=appointment.id,
            beneficiary_id=follow_up.beneficiary_id,
            follow_up_id=follow_up.id,
            created_by=Author.BENEFICIARY,
            created_at=NOW,
        )
    )
    draft = write(
        MessageKind.BOOKED,
        Channel.EMAIL,
        beneficiary=participation.beneficiary,
        organisation=world.organisation,
        category=world.category,
        appointment=appointment,
        help_phone=PHONE,
        now=NOW,
    )
    message = world.add(
        Message(
            once="booked",
            organisation_id=world.organisation.id,
            beneficiary_id=follow_up.beneficiary_id,
            participation_id=participation.id,
            kind=MessageKind.BOOKED,
            channel=Channel.EMAIL,
            address="ines@example.fr",
            subject=draft.subject,
            body=draft.body,
            due_at=NOW,
            created_at=NOW,
        )
    )
    session.expire_all()
    finished = finish(message, codes=codes, public_url=PUBLIC_URL)
    assert finished.calendar == calendar_of(participation, codes=codes, public_url=PUBLIC_URL, stamp=NOW)
    assert "jeudi 3 décembre à 10\N{NO-BREAK SPACE}h\N{NO-BREAK SPACE}30" in finished.text
