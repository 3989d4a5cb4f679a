"""Two-way text: a reply books, moves, cancels, asks for a call or stops; the rest is somebody's to read."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from urllib.error import HTTPError

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.serving import make_server

from app import acts, create_app
from app.settings import Settings
from invitations.database import Database
from invitations.models import (
    AuditEvent,
    Author,
    Beneficiary,
    CallbackRequest,
    Closure,
    Department,
    InboundText,
    Message,
    MessageKind,
    MessageState,
    Organisation,
    Participation,
    Unanswered,
)
from invitations.outbox.states import ANSWERING
from invitations.replies.limits import MOST_IN_AN_HOUR
from notifications.inbound import INBOUND_PATH
from notifications.senders import Senders
from tests.app.town import Town
from tests.app.writer import NUMBER, PUBLIC_URL, TOKEN, Writer
from tests.applications import Applications
from tests.conftest import Clock
from tests.doubles.twilio import Twilio
from tests.fakes import RememberingEmail, RememberingSms

INES = "+33639980201"
KARIM = "+33639980202"


@pytest.fixture
def app(
    applications: Applications,
    settings: Settings,
    town: Town,
    clock: Clock,
    sms: RememberingSms,
    email: RememberingEmail,
) -> Iterator[Flask]:
    set_up = replace(
        settings,
        public_url=PUBLIC_URL,
        twilio_account_sid="AC0",
        twilio_auth_token=TOKEN,
        twilio_from=NUMBER,
        smtp_url="smtp://127.0.0.1",
        mail_from="rdv@drome.example",
    )
    with applications.lend(set_up, clock=clock, senders=Senders(sms=sms, email=email)) as lent:
        lent.config["TESTING"] = True
        yield lent


@pytest.fixture
def writer(town: Town, app: Flask, sms: RememberingSms, email: RememberingEmail, clock: Clock) -> Writer:
    return Writer(town, app, sms, email, clock)


def only(said: list[str]) -> str:
    (text,) = said
    return text


def times_in(text: str) -> list[str]:
    """The times of a menu, as they are written after "1 :"."""
    return re.findall(r"\d : (\w+ \d+/\d+ \d+h\d*)", text)


def bookings(writer: Writer) -> list[Participation]:
    return writer.town.rows(select(Participation).order_by(Participation.id))


def waiting(writer: Writer) -> list[Unanswered | None]:
    return [one.waits_for for one in writer.texts()]


# What Twilio hands us


@pytest.mark.parametrize("signature", ["", "forged", "Zm9yZ2Vk"])
def test_a_forged_or_missing_signature_is_refused_and_nothing_is_kept(writer: Writer, signature: str) -> None:
    assert writer.post(INES, "1", signature=signature).status_code == 403
    assert writer.texts() == []


def test_a_text_told_twice_is_kept_once_and_answered_once(writer: Writer) -> None:
    writer.town.invite(phone=INES)
    writer.deliver()
    for _ in range(3):
        answer = writer.post(INES, "SMS", sid="SM7")
        assert (answer.status_code, answer.text.endswith("<Response></Response>")) == (200, True)
        writer.work()
    assert len(writer.texts()) == 1
    assert [one.kind for one in writer.messages()].count(MessageKind.REPLY_TIMES) == 1


def test_a_call_without_its_id_or_its_sender_is_answered_and_not_kept(writer: Writer) -> None:
    assert writer.post("", "1").status_code == 200
    assert writer.texts() == []


def test_what_no_column_holds_is_cut(writer: Writer) -> None:
    assert writer.post(INES, "é" * 5000).status_code == 200
    assert writer.texts()[0].body == "é" * 1600


# The invitation


@pytest.mark.parametrize(
    ("sender", "is_offered"), [("+33937000000", True), ("38123", True), ("CD26", False), (None, False)]
)
def test_an_invitation_offers_a_reply_only_when_its_sender_can_receive_one(
    writer: Writer, sender: str | None, is_offered: bool
) -> None:
    with writer.town.changing() as world:
        world.session.get_one(Organisation, world.organisation.id).sms_sender = sender
    writer.town.invite(phone=INES)
    (invitation,) = [one for one in writer.messages() if one.channel == "sms"]
    assert invitation.body.endswith("Sans internet, répondez SMS.") == is_offered
    assert invitation.segments == 1


def test_the_installations_own_number_can_receive_too(writer: Writer) -> None:
    town = writer.town
    town.database = writer.app.extensions["rdv"].database
    with town.changing() as world:
        world.session.get_one(Department, world.department.id).full_name = "Collectivité territoriale de Martinique"
    town.invite(phone=INES, first_name="Marie-Antoinette")
    (invitation,) = [one for one in writer.messages() if one.channel == "sms"]
    assert invitation.body.endswith("Sans internet, répondez SMS.")
    assert invitation.segments == 1


# Booking


def test_a_person_without_internet_books_by_text_alone(writer: Writer) -> None:
    writer.town.invite(phone=INES, first_name="Inès")
    writer.deliver()
    menu = only(writer.says(INES, "sms"))
    times = times_in(menu)
    assert len(times) == 3
    assert "Inès, pour prendre rendez-vous, répondez par un chiffre." in menu
    assert "12 rue Latour-Maubourg, Valence" in menu
    said = only(writer.says(INES, "Le 2, merci"))
    day, hour = times[1].rsplit(" ", 1)
    assert f"rendez-vous {day} à {hour}" in said
    booked = bookings(writer)
    assert [one.created_by for one in booked] == [Author.BENEFICIARY]
    assert waiting(writer) == [None, None]


def test_others_are_others_until_all_were_shown(writer: Writer) -> None:
    writer.town.invite(phone=INES)
    first = times_in(only(writer.says(INES, "SMS")))
    second = times_in(only(writer.says(INES, "a")))
    third = times_in(only(writer.says(INES, "Autres")))
    assert len(set(first) | set(second) | set(third)) == 9
    only(writer.says(INES, "3"))
    (booked,) = bookings(writer)
    with writer.town.changing() as world:
        starts = world.session.get_one(Participation, booked.id).appointment.starts_at
    assert f"{starts.day}/{starts.month}" in third[2]


def test_a_lost_time_is_answered_with_the_next_three(writer: Writer) -> None:
    for phone in (INES, KARIM):
        writer.town.invite(phone=phone)
    ines, karim = (times_in(only(writer.says(phone, "SMS"))) for phone in (INES, KARIM))
    assert ines == karim
    only(writer.says(INES, "1"))
    said = only(writer.says(KARIM, "1"))
    assert said.startswith("Cet horaire vient d'etre pris.")
    assert len(times_in(said)) == 3
    assert ines[0] not in times_in(said)
    only(writer.says(KARIM, "1"))
    assert len({one.appointment_id for one in bookings(writer)}) == 2


def test_two_replies_for_the_last_time_give_it_to_one(writer: Writer) -> None:
    """Two schedulers at once; each person is told the truth."""
    for phone in (INES, KARIM):
        writer.town.invite(phone=phone)
    for phone in (INES, KARIM):
        writer.says(phone, "SMS")
    for phone in (INES, KARIM):
        writer.post(phone, "1")
    runtime = writer.app.extensions["rdv"]
    schedulers = [threading.Thread(target=acts.read_texts, args=[runtime]) for _ in range(2)]
    for one in schedulers:
        one.start()
    for one in schedulers:
        one.join(timeout=60)
    assert len(bookings(writer)) == 1
    kinds = [one.kind for one in writer.messages()]
    assert kinds.count(MessageKind.REPLY_TIMES) == 3
    assert all(one.read_at is not None for one in writer.texts())


def test_the_same_number_twice_books_once_and_says_what_is_booked(writer: Writer) -> None:
    writer.town.invite(phone=INES)
    writer.says(INES, "SMS")
    writer.says(INES, "1")
    said = only(writer.says(INES, "1"))
    assert "votre rendez-vous est noté" in said
    assert "Répondez CHANGER ou ANNULER si besoin." in said
    assert len(bookings(writer)) == 1


def test_another_number_after_booking_changes_nothing(writer: Writer) -> None:
    writer.town.invite(phone=INES)
    writer.says(INES, "SMS")
    writer.says(INES, "1")
    before = bookings(writer)[0].appointment_id
    assert "votre rendez-vous est noté" in only(writer.says(INES, "2"))
    assert [one.appointment_id for one in bookings(writer)] == [before]


def test_a_number_that_is_not_on_the_menu_is_read_by_somebody(writer: Writer) -> None:
    writer.town.invite(phone=INES)
    writer.says(INES, "SMS")
    assert "l'équipe lira votre message" in only(writer.says(INES, "7"))
    assert waiting(writer) == [None, Unanswered.NOT_UNDERSTOOD]


def test_the_answer_leaves_at_night_and_speaks_the_persons_language(writer: Writer, clock: Clock) -> None:
    clock.pass_by(timedelta(hours=14))
    writer.town.invite(phone=INES, language="en")
    said = only(writer.says(INES, "SMS"))
    assert "09:00" in said
    assert [one.language for one in writer.messages() if one.kind is MessageKind.REPLY_TIMES] == ["en"]


def test_an_expired_invitation_is_read_by_somebody(writer: Writer, clock: Clock) -> None:
    writer.town.invite(phone=INES)
    writer.says(INES, "SMS")
    clock.pass_by(timedelta(days=30))
    only(writer.says(INES, "1"))
    assert (waiting(writer)[-1], bookings(writer)) == (Unanswered.NOTHING_OPEN, [])


def test_without_any_time_left_the_team_is_told(writer: Writer) -> None:
    writer.town.invite(phone=INES)
    with writer.town.changing() as world:
        on = world.now.date()
        world.add(
            Closure(
                organisation_id=world.organisation.id,
                first_on=on,
                last_on=on + timedelta(days=90),
                created_at=world.now,
            )
        )
    assert "aucun horaire n'est libre" in only(writer.says(INES, "SMS"))
    assert waiting(writer) == [Unanswered.NO_TIMES]


# An appointment


def booked(writer: Writer, phone: str = INES) -> Participation:
    writer.town.invite(phone=phone)
    writer.says(phone, "SMS")
    writer.says(phone, "1")
    return bookings(writer)[-1]


def test_an_appointment_is_cancelled_by_text(writer: Writer) -> None:
    participation = booked(writer)
    assert "annulé" in only(writer.says(INES, "Annuler !"))
    assert bookings(writer)[0].id == participation.id
    assert bookings(writer)[0].outcome.value == "excused"
    assert writer.town.appointments() == []


def test_an_appointment_is_moved_by_text(writer: Writer) -> None:
    before = booked(writer)
    with writer.town.changing() as world:
        then = world.session.get_one(Participation, before.id).appointment.starts_at
    menu = only(writer.says(INES, "déplacer"))
    assert "pour changer de rendez-vous" in menu
    assert len(times_in(menu)) == 3
    only(writer.says(INES, "2"))
    (after,) = bookings(writer)
    with writer.town.changing() as world:
        assert world.session.get_one(Participation, after.id).appointment.starts_at != then
    assert after.appointment_id == before.appointment_id
    assert len(writer.town.appointments()) == 1


def test_yes_confirms_and_the_story_keeps_it(writer: Writer) -> None:
    participation = booked(writer)
    assert "votre rendez-vous est noté" in only(writer.says(INES, "OUI"))
    noted = writer.town.rows(select(AuditEvent).where(AuditEvent.action == "appointment.confirmed"))
    assert [one.details["participation_id"] for one in noted] == [participation.id]


def test_no_cancels_nothing(writer: Writer) -> None:
    booked(writer)
    assert "votre rendez-vous est noté" in only(writer.says(INES, "non"))
    assert len(writer.town.appointments()) == 1


def test_a_sentence_that_holds_the_word_cancels_nothing(writer: Writer) -> None:
    booked(writer)
    only(writer.says(INES, "je ne veux surtout pas annuler"))
    assert len(writer.town.appointments()) == 1
    assert waiting(writer)[-1] is Unanswered.NOT_UNDERSTOOD


@pytest.mark.parametrize("word", ["ANNULER", "CHANGER"])
def test_past_the_limit_nothing_changes_and_somebody_is_told(writer: Writer, clock: Clock, word: str) -> None:
    participation = booked(writer)
    with writer.town.changing() as world:
        clock.now = world.session.get_one(Participation, participation.id).appointment.starts_at - timedelta(minutes=5)
    said = only(writer.says(INES, word))
    assert "ne peut plus changer par SMS" in said
    assert "0475000000" in said
    assert waiting(writer)[-1] is Unanswered.TOO_LATE
    assert len(writer.town.appointments()) == 1


def test_a_convocation_is_not_cancelled_by_text(writer: Writer) -> None:
    writer.town.convene()
    phone = writer.town.rows(select(Beneficiary))[-1].phone or ""
    assert "ne peut plus changer par SMS" in only(writer.says(phone, "annuler"))
    assert len(writer.town.appointments()) == 1


def test_yes_keeps_what_is_proposed(writer: Writer) -> None:
    writer.town.propose()
    phone = writer.town.rows(select(Beneficiary))[-1].phone or ""
    assert "c'est noté" in only(writer.says(phone, "Oui."))
    assert len(bookings(writer)) == 1


def test_r_asks_for_a_call(writer: Writer) -> None:
    writer.town.invite(phone=INES)
    assert "l'équipe vous appellera au 0639980201" in only(writer.says(INES, "r"))
    assert [one.phone for one in writer.town.rows(select(CallbackRequest))] == [INES]


# Who wrote


def test_two_who_share_a_phone_are_asked_which(writer: Writer) -> None:
    for first_name, last_name in (("Inès", "Bernard"), ("Karim", "Bernard")):
        writer.town.invite(phone=INES, first_name=first_name, last_name=last_name)
    asked = only(writer.says(INES, "SMS"))
    assert "1 : Inès B." in asked
    assert "2 : Karim B." in asked
    assert "Bernard" not in asked
    menu = only(writer.says(INES, "2"))
    assert menu.startswith("Karim, pour prendre rendez-vous")
    only(writer.says(INES, "1"))
    (taken,) = bookings(writer)
    with writer.town.changing() as world:
        assert world.session.get_one(Participation, taken.id).beneficiary.first_name == "Karim"


def test_of_two_who_share_a_phone_the_only_one_concerned_is_meant(writer: Writer) -> None:
    writer.town.person(phone=INES, first_name="Karim")
    writer.town.invite(phone=INES, first_name="Inès")
    assert only(writer.says(INES, "SMS")).startswith("Inès, pour prendre")


def test_nobody_known_is_read_by_somebody_and_not_answered(writer: Writer) -> None:
    assert writer.says("+33639980999", "1") == []
    assert waiting(writer) == [Unanswered.STRANGER]


def test_a_number_belongs_to_the_organisations_that_write_from_it(writer: Writer) -> None:
    """Somebody of another département, with the same telephone, is none of ours."""
    other = "+33937000001"
    with writer.town.changing() as world:
        department = world.make_department(number="38", name="Isère", full_name="Département de l’Isère")
        elsewhere = world.make_organisation(department_id=department.id, sms_sender=other)
    writer.town.invite(phone=INES)
    assert writer.says(INES, "SMS", number=other) == []
    assert [(one.waits_for, one.organisation_id) for one in writer.texts()] == [(Unanswered.STRANGER, elsewhere.id)]
    assert times_in(only(writer.says(INES, "SMS")))


def test_the_answer_comes_from_the_number_written_to(writer: Writer) -> None:
    with writer.town.changing() as world:
        world.session.get_one(Organisation, world.organisation.id).sms_sender = "+33937000002"
    writer.town.invite(phone=INES)
    only(writer.says(INES, "SMS", number="+33937000002"))
    assert writer.sms.sent[-1].sender == "+33937000002"


# STOP


@pytest.mark.parametrize("word", ["STOP", "arrêt", "Stop SMS", "unsubscribe", "désabonner"])
def test_stop_ends_texts_for_the_number_and_says_so_once(writer: Writer, word: str) -> None:
    for first_name in ("Inès", "Karim"):
        writer.town.invite(phone=INES, first_name=first_name)
    said = only(writer.says(INES, word))
    assert "Vous ne recevrez plus nos SMS" in said
    assert writer.says(INES, word) == []
    assert all(one.sms_refused_at for one in writer.town.rows(select(Beneficiary).where(Beneficiary.phone == INES)))


def test_after_stop_an_invitation_goes_by_email_alone(writer: Writer) -> None:
    writer.town.person(phone=INES)
    writer.says(INES, "STOP")
    before = len(writer.sms.sent)
    with writer.town.changing() as world:
        for person in world.session.scalars(select(Beneficiary).where(Beneficiary.phone == INES)):
            assert person.sms_refused_at
    writer.town.invite(phone=INES, sms_refused_at=writer.clock())
    writer.deliver()
    assert len(writer.sms.sent) == before
    assert len(writer.email.sent) == 1


def test_stop_takes_back_the_text_that_has_not_left(writer: Writer) -> None:
    writer.town.invite(phone=INES)
    writer.post(INES, "STOP")
    writer.work()
    states = {one.kind: one.state for one in writer.messages() if one.channel == "sms"}
    assert states == {MessageKind.INVITATION: MessageState.FAILED, MessageKind.REPLY_STOPPED: MessageState.SENT}


def test_whoever_stops_and_has_no_email_is_somebodys_to_call(writer: Writer) -> None:
    writer.town.invite(phone=INES, email=None)
    only(writer.says(INES, "STOP"))
    assert waiting(writer) == [Unanswered.NO_OTHER_WAY]


def test_texts_start_again_when_the_person_says_so(writer: Writer) -> None:
    writer.town.invite(phone=INES)
    writer.says(INES, "STOP")
    assert "de nouveau nos SMS" in only(writer.says(INES, "Reprendre"))
    assert len(times_in(only(writer.says(INES, "SMS")))) == 3


# Machines


def test_the_same_answer_never_leaves_twice_in_a_row(writer: Writer) -> None:
    writer.town.invite(phone=INES)
    assert len(writer.says(INES, "Je suis absent.")) == 1
    assert writer.says(INES, "Je suis absent.") == []
    assert waiting(writer) == [Unanswered.NOT_UNDERSTOOD] * 2


def test_a_storm_is_answered_a_few_times_and_then_waits_for_somebody(writer: Writer) -> None:
    writer.town.invite(phone=INES)
    for turn in range(40):
        writer.post(INES, "A" if turn % 2 else "R")
    writer.work()
    answers = [one for one in writer.messages() if one.kind in ANSWERING]
    assert len(answers) <= MOST_IN_AN_HOUR
    assert waiting(writer)[MOST_IN_AN_HOUR:] == [Unanswered.TOO_MANY] * (40 - MOST_IN_AN_HOUR)


def test_two_machines_stop_talking_by_themselves(writer: Writer, clock: Clock) -> None:
    """Another service that echoes whatever it gets, without end."""
    writer.town.invite(phone=INES)
    said, rounds = ["SMS"], 0
    while said and rounds < 50:
        said = writer.says(INES, said[-1])
        clock.pass_by(timedelta(minutes=1))
        rounds += 1
    assert rounds < 5


@pytest.mark.parametrize("sender", ["38123", "DOCTOLIB", "FranceConnect"])
def test_a_short_code_or_a_name_is_never_answered(writer: Writer, sender: str) -> None:
    writer.town.person(phone=sender)
    assert writer.says(sender, "STOP") == []
    assert writer.says(sender, "Votre code est 1234") == []
    assert writer.messages() == []


def test_stop_is_heard_in_a_storm(writer: Writer) -> None:
    writer.town.invite(phone=INES)
    for _ in range(20):
        writer.post(INES, "A")
    writer.post(INES, "STOP")
    writer.work()
    with writer.town.changing() as world:
        assert world.session.scalar(select(func.count(Beneficiary.id)).where(Beneficiary.sms_refused_at.is_not(None)))


def test_two_schedulers_answer_each_text_once(writer: Writer, database: Database) -> None:
    phones = [f"+3363998{number:04d}" for number in range(300, 308)]
    for phone in phones:
        writer.town.invite(phone=phone)
        writer.post(phone, "SMS")
        writer.post(phone, "A")
    runtime = writer.app.extensions["rdv"]
    schedulers = [threading.Thread(target=acts.read_texts, args=[runtime]) for _ in range(2)]
    for one in schedulers:
        one.start()
    for one in schedulers:
        one.join(timeout=60)
    with database.reading() as session:
        answered = session.execute(
            select(Message.text_id, func.count()).where(Message.text_id.is_not(None)).group_by(Message.text_id)
        ).all()
        assert sorted(count for _, count in answered) == [1] * 16
        assert session.scalar(select(func.count(InboundText.id)).where(InboundText.read_at.is_(None))) == 0


def test_twilios_double_hands_a_text_over_by_http(settings: Settings, clock: Clock) -> None:
    """Signed for the address as it is called; by another account it is refused."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    app = create_app(replace(settings, public_url=url, twilio_auth_token=TOKEN), clock=clock)
    server = make_server("127.0.0.1", port, app)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        wanted = {"sender": INES, "number": NUMBER, "body": "Où est-ce ?"}
        assert Twilio(auth_token=TOKEN).text(f"{url}{INBOUND_PATH}", **wanted) == 200
        with pytest.raises(HTTPError, match="403"):
            Twilio(auth_token="another").text(f"{url}{INBOUND_PATH}", **wanted)
    finally:
        server.shutdown()
        server.server_close()
    runtime = app.extensions["rdv"]
    with runtime.database.reading() as session:
        assert session.scalars(select(InboundText.body)).all() == ["Où est-ce ?"]
    runtime.database.engine.dispose()
