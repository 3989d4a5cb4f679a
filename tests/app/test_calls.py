"""Calls by voice, whole: somebody with a landline is invited, the telephone rings, keys are pressed, a time is booked.

Twilio is the double; our pages are asked as it would ask them, signed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from sqlalchemy import func, select

from app import acts
from app.runtime import Runtime
from app.settings import Settings
from invitations import booking, convening, inviting, outbox
from invitations.codes import Codes
from invitations.database import Database
from invitations.models import (
    Appointment,
    Beneficiary,
    CallbackRequest,
    CallOutcome,
    Channel,
    FollowUp,
    Invitation,
    Message,
    MessageKind,
    MessageState,
    Organisation,
    Outcome,
    Participation,
    VoiceCall,
)
from tests.app.town import Town
from tests.applications import Applications
from tests.conftest import Clock
from tests.doubles.twilio import Twilio, running_twilio
from tests.doubles.twilio_calls import Fields, Heard, Telephones

PUBLIC_URL = "https://rdv.drome.example"
TOKEN = "twilio's secret"
ACCOUNT = "AC" + "0" * 32
OURS = "+33937000000"
LANDLINE = "+33199001234"
NINE = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)  # in Paris
AT_TWO = datetime(2026, 11, 24, 13, 0, tzinfo=UTC)
TOMORROW_AT_NINE = NINE + timedelta(days=1)


@pytest.fixture(scope="module")
def running() -> Iterator[Twilio]:
    with running_twilio(auth_token=TOKEN) as twilio:
        yield twilio


@pytest.fixture
def twilio(running: Twilio) -> Twilio:
    running.calls.clear()
    running.accepted.clear()
    running.forget_script()
    return running


@pytest.fixture
def app(applications: Applications, settings: Settings, clock: Clock, twilio: Twilio) -> Iterator[Flask]:
    """The whole application, with the senders that it makes itself. Form tokens are on: Twilio has none."""
    set_up = replace(
        settings,
        public_url=PUBLIC_URL,
        twilio_account_sid=ACCOUNT,
        twilio_auth_token=TOKEN,
        twilio_from=OURS,
        twilio_voice_from=OURS,
        twilio_api_url=twilio.url,
        smtp_url="smtp://127.0.0.1",
        mail_from="rdv@drome.example",
    )
    with applications.lend(set_up, clock=clock) as lent:
        lent.config["TESTING"] = True
        yield lent
        runtime: Runtime = lent.extensions["rdv"]
        runtime.senders.voice.close()  # type: ignore[union-attr]  # TwilioVoice's


@dataclass
class Office:
    """A team that calls, the scheduler's jobs, and the telephones at the other end."""

    runtime: Runtime
    town: Town
    twilio: Twilio
    clock: Clock
    phones: Telephones

    def invite(self, **person: Any) -> Invitation:
        """Somebody with a landline and no email, unless it is said otherwise; as part of a selection."""
        who = {"phone": LANDLINE, "email": None, "email_key": None, "last_name": "Bernard"}
        with self.town.changing() as world:
            follow_up = world.make_follow_up(world.make_beneficiary(**who | person))
            batch = inviting.invite_selection(
                world.session,
                [follow_up],
                organisation_id=world.organisation.id,
                channels=[Channel.SMS, Channel.EMAIL, Channel.VOICE],
                agent_id=world.agent.id,
                codes=self.town.codes,
                now=self.clock(),
            )
            return batch.invited[0]

    def ring(self) -> dict[str, Any]:
        """Deliver what is due; the call that was asked for."""
        before = len(self.twilio.calls)
        acts.deliver(self.runtime)
        assert len(self.twilio.calls) == before + 1
        return self.twilio.calls[-1]

    def deliver(self) -> int:
        before = len(self.twilio.calls)
        acts.deliver(self.runtime)
        return len(self.twilio.calls) - before

    def pick_up(self, *keys: str, answered_by: str = "human") -> list[Heard]:
        return self.phones.pick_up(self.ring(), *keys, answered_by=answered_by)

    def message(self, channel: Channel = Channel.VOICE) -> Message:
        (found,) = self.town.rows(select(Message).where(Message.channel == channel))
        return found

    def calls(self) -> list[VoiceCall]:
        return self.town.rows(select(VoiceCall).order_by(VoiceCall.id))

    def person(self) -> Beneficiary:
        (found,) = self.town.rows(select(Beneficiary).where(Beneficiary.phone == LANDLINE))
        return found

    def callbacks(self) -> list[CallbackRequest]:
        return self.town.rows(select(CallbackRequest))


@pytest.fixture
def office(app: Flask, database: Database, clock: Clock, codes: Codes, twilio: Twilio) -> Office:
    client = app.test_client()

    def post(url: str, fields: Fields, headers: Mapping[str, str]) -> tuple[int, str]:
        parts = urlsplit(url)
        assert f"{parts.scheme}://{parts.netloc}" == PUBLIC_URL
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        answer = client.post(path, data=fields, headers=dict(headers))
        return answer.status_code, answer.text

    clock.now = NINE - timedelta(hours=1)
    town = Town(database, clock(), codes)
    with town.changing() as world:
        world.session.merge(world.settings).channels = ["sms", "email", "voice"]
    return Office(app.extensions["rdv"], town, twilio, clock, Telephones(auth_token=TOKEN, post=post))


def test_somebody_with_a_landline_is_called_at_nine_and_books(office: Office) -> None:
    office.invite()
    assert office.deliver() == 0  # it is eight
    office.clock.now = NINE
    who, times, booked = office.pick_up("1", "2")
    assert who.words == (
        "Bonjour, ici le Département de la Drôme. Ceci est un appel automatique."
        " Si vous êtes Inès Bernard, appuyez sur 1. Si vous n’êtes pas cette personne, appuyez sur 2."
    )
    assert times.words == (
        "Le Département de la Drôme vous propose un rendez-vous pour faire le point ensemble sur votre situation."
        " Vous choisissez le lieu, le jour et l’heure avant le samedi 5 décembre."
        " 12 rue Latour-Maubourg, Valence."
        " Pour mercredi 25 novembre à 9 heures, appuyez sur 1."
        " Pour jeudi 26 novembre à 9 heures, appuyez sur 2."
        " Pour vendredi 27 novembre à 9 heures, appuyez sur 3."
        " Pour d’autres horaires, appuyez sur 4. Pour que quelqu’un vous rappelle, appuyez sur 9."
        " Pour réentendre ce message, appuyez sur étoile."
    )
    assert booked.words.startswith(
        "C’est noté : rendez-vous jeudi 26 novembre à 9 heures, 12 rue Latour-Maubourg, Valence, avec Mme Roche."
    )
    (appointment,) = office.town.appointments()
    assert appointment.starts_at == datetime(2026, 11, 26, 8, 0, tzinfo=UTC)
    assert office.message().state is MessageState.DELIVERED
    assert [(one.outcome, one.is_heard) for one in office.calls()] == [(CallOutcome.HEARD, True)]
    office.clock.pass_by(timedelta(hours=6))
    assert office.deliver() == 0  # the confirmation was said in the call


def test_a_person_whom_a_text_reaches_is_not_called(office: Office) -> None:
    office.invite(phone="+33639980001")
    office.clock.now = NINE
    assert office.deliver() == 0
    assert [one.channel for one in office.town.rows(select(Message))] == [Channel.SMS]


def test_nothing_is_said_of_the_subject_before_the_person_said_that_it_is_them(office: Office) -> None:
    office.invite()
    office.clock.now = NINE
    who, again, bye = office.pick_up("", "")
    for heard in (who, again, bye):
        assert "rendez-vous" not in heard.words
        assert "situation" not in heard.words
    assert again.words == who.words
    assert bye.words == "Vous pouvez nous appeler au 04, 75, 00, 00, 00. Au revoir."
    assert [one.outcome for one in office.calls()] == [CallOutcome.HUNG_UP]


def test_an_answering_machine_hears_neither_name_nor_subject(office: Office) -> None:
    office.invite()
    office.clock.now = NINE
    (heard,) = office.pick_up(answered_by="machine_end_beep")
    assert heard.words == (
        "Bonjour, ici le Département de la Drôme. Nous avons cherché à vous joindre."
        " Merci de nous rappeler au 04, 75, 00, 00, 00. Je répète : 04, 75, 00, 00, 00. Au revoir."
    )
    message = office.message()
    assert (message.state, message.due_at, message.error_reason) == (MessageState.PENDING, AT_TWO, "machine")
    assert [one.outcome for one in office.calls()] == [CallOutcome.MACHINE]


def test_three_calls_in_three_half_days_then_somebody_of_the_team_calls(office: Office) -> None:
    office.invite()
    for moment, status in ((NINE, "busy"), (AT_TWO, "no-answer"), (TOMORROW_AT_NINE, "failed")):
        office.clock.now = moment - timedelta(minutes=1)
        assert office.deliver() == 0
        office.clock.now = moment
        office.phones.end(office.ring(), status)
    assert (office.message().state, office.message().error_reason) == (MessageState.FAILED, "failed")
    assert [one.outcome for one in office.calls()] == [CallOutcome.BUSY, CallOutcome.NO_ANSWER, CallOutcome.FAILED]
    office.clock.pass_by(timedelta(hours=6))
    assert office.deliver() == 0


def test_whoever_is_somebody_else_is_never_called_again(office: Office) -> None:
    office.invite()
    office.clock.now = NINE
    _, sorry = office.pick_up("2")
    assert sorry.words == "Merci de nous l’avoir dit. Nous n’appellerons plus ce numéro. Au revoir."
    assert office.person().wrong_phone == LANDLINE
    assert (office.message().state, office.message().error_reason) == (MessageState.FAILED, "not_them")
    assert [one.outcome for one in office.calls()] == [CallOutcome.NOT_THEM]


def test_other_times_come_when_asked_for_and_the_star_says_it_again(office: Office) -> None:
    office.invite()
    office.clock.now = NINE
    _, first, again, others, booked = office.pick_up("1", "*", "4", "1")
    assert again.words == first.words
    assert "appuyez sur 1" in others.words
    assert "mercredi 25 novembre à 9 heures," not in others.words
    assert "vous propose" not in others.words
    assert "C’est noté" in booked.words
    assert len(office.town.appointments()) == 1


def test_nine_asks_to_be_called_by_somebody(office: Office) -> None:
    office.invite()
    office.clock.now = NINE
    *_, noted = office.pick_up("1", "9")
    assert noted.words == "C’est noté : l’équipe vous appellera. Au revoir."
    assert [(one.phone, one.tries) for one in office.callbacks()] == [(LANDLINE, 0)]


def test_a_time_that_somebody_else_took_is_answered_with_the_next(office: Office) -> None:
    office.invite()
    office.clock.now = NINE
    call = office.ring()
    heard = office.phones.ask(call["url"], {"CallSid": call["sid"], "AnsweredBy": "human", "To": LANDLINE})
    heard = office.phones.press(call, heard, "1")
    other = office.town.invite()
    with office.town.changing() as world:
        token = office.town.token(datetime(2026, 11, 25, 8, 0, tzinfo=UTC))
        booking.book(world.session, other.rsplit("/", 1)[-1], token, codes=office.town.codes, now=NINE)
    lost = office.phones.press(call, heard, "1")
    assert lost.words.startswith("Cet horaire vient d’être pris. 12 rue Latour-Maubourg, Valence. Pour ")
    assert "C’est noté" in office.phones.press(call, lost, "1").words


def test_everything_told_again_changes_nothing(office: Office) -> None:
    office.invite()
    office.clock.now = NINE
    office.pick_up("1", "1")
    before = snapshot(office)
    office.phones.tell_again()
    assert snapshot(office) == before
    assert len(office.town.appointments()) == 1


def test_a_key_told_again_in_the_middle_is_heeded_once(office: Office) -> None:
    office.invite()
    office.clock.now = NINE
    call = office.ring()
    who = office.phones.ask(call["url"], {"CallSid": call["sid"], "AnsweredBy": "human"})
    times = office.phones.press(call, who, "1")
    booked = office.phones.press(call, times, "1")
    assert office.phones.press(call, times, "1").words == booked.words
    assert office.phones.press(call, times, "2").words == booked.words  # the same question, answered already
    assert len(office.town.appointments()) == 1


def test_what_twilio_did_not_sign_is_refused_and_changes_nothing(office: Office, app: Flask) -> None:
    office.invite()
    office.clock.now = NINE
    call = office.ring()
    before = snapshot(office)
    for path, signature in product(("voice", "voice/keys", "voice/status"), ("", "forged")):
        answer = app.test_client().post(
            f"/hooks/twilio/{path}?message={office.message().id}&step=0",
            data={"CallSid": call["sid"], "CallStatus": "completed", "Digits": "2"},
            headers={"X-Twilio-Signature": signature} if signature else {},
        )
        assert answer.status_code == 403
    assert snapshot(office) == before


def test_an_invitation_that_is_over_meanwhile_offers_nothing(office: Office) -> None:
    office.invite()
    office.clock.now = NINE
    call = office.ring()
    with office.town.changing() as world:
        world.session.scalars(select(Invitation)).one().ended_at = NINE
    _, over = office.phones.pick_up(call, "1")
    assert over.words == "Ce message n’est plus à jour. Vous pouvez nous appeler au 04, 75, 00, 00, 00. Au revoir."


def test_who_calls_back_hears_whom_to_call(office: Office) -> None:
    office.invite()
    office.clock.now = NINE
    office.pick_up(answered_by="machine_start")
    inbound = {"CallSid": "CA1", "From": LANDLINE, "To": OURS, "CallStatus": "ringing"}
    heard = office.phones.ask(f"{PUBLIC_URL}/hooks/twilio/voice", inbound)
    assert "04, 75, 00, 00, 00" in heard.words
    assert "Bernard" not in heard.words
    stranger = office.phones.ask(f"{PUBLIC_URL}/hooks/twilio/voice", inbound | {"From": "+33199000000"})
    assert stranger.words.startswith("Bonjour. Ce numéro appelle automatiquement")


def test_an_end_told_before_the_ringing_was_written_down_is_drawn_on_later(office: Office) -> None:
    office.invite()
    office.clock.now = NINE
    call = office.ring()
    with office.town.changing() as world:
        world.session.scalars(select(Message)).one().state = MessageState.SENDING
    office.phones.end(call, "busy")
    assert office.message().state is MessageState.SENDING
    with office.town.changing() as world:
        world.session.scalars(select(Message)).one().state = MessageState.SENT
    assert acts.finish_calls(office.runtime) == 1
    assert (office.message().state, office.message().due_at) == (MessageState.PENDING, AT_TWO)
    assert acts.finish_calls(office.runtime) == 0


def test_a_call_of_which_nobody_tells_anything_is_tried_again(office: Office) -> None:
    office.invite()
    office.clock.now = NINE
    office.ring()
    office.clock.pass_by(timedelta(minutes=59))
    assert acts.finish_calls(office.runtime) == 0
    office.clock.pass_by(timedelta(minutes=1))
    assert acts.finish_calls(office.runtime) == 1
    assert (office.message().state, office.message().due_at) == (MessageState.PENDING, AT_TWO)
    office.clock.now = AT_TWO
    office.ring()
    assert acts.finish_calls(office.runtime) == 0  # it rings for the second time


def test_a_call_that_may_have_been_made_is_looked_for(office: Office) -> None:
    office.invite()
    office.clock.now = NINE
    office.twilio.script({"do": "cut_after"})
    acts.deliver(office.runtime)
    assert office.message().state is MessageState.UNKNOWN
    with office.town.changing() as world:  # the double's own clock dates its calls
        world.session.scalars(select(Message)).one().claimed_at = datetime.now(UTC)
    assert acts.settle(office.runtime) == 1
    assert (office.message().state, office.message().provider_id) == (MessageState.SENT, office.twilio.calls[0]["sid"])


def test_somebody_who_reads_arabic_hears_it_and_french_first_time(office: Office) -> None:
    office.invite(language="ar")
    office.clock.now = NINE
    who, times = office.pick_up("1")
    assert who.languages == ("ar-XA", "fr-FR")
    assert times.languages == ("ar-XA",)


def test_a_cancellation_is_said_too(office: Office) -> None:
    office.invite()
    office.clock.now = NINE
    office.pick_up("1", "1")
    office.clock.now = NINE + timedelta(minutes=10)
    told = owe(office, MessageKind.CANCELLED_BY_SERVICE)
    *_, said, bye, _ = office.pick_up("1", "", "")
    assert said.words.startswith("Nous devons annuler votre rendez-vous du mercredi 25 novembre à 9 heures.")
    assert "Pour que quelqu’un vous rappelle, appuyez sur 9." in said.words
    assert bye.words == said.words
    (message,) = office.town.rows(select(Message).where(Message.id == told))
    assert message.state is MessageState.DELIVERED


def test_what_no_machine_can_call_about_in_time_is_left_to_the_team(office: Office) -> None:
    """Told at seven in the evening of an appointment at nine the next morning."""
    office.invite()
    office.clock.now = NINE
    office.pick_up("1", "1")
    office.clock.now = NINE + timedelta(hours=10)
    owe(office, MessageKind.CANCELLED_BY_SERVICE)
    assert office.deliver() == 0
    told = select(Message).where(Message.kind == MessageKind.CANCELLED_BY_SERVICE)
    assert [(one.state, one.error_reason) for one in office.town.rows(told)] == [(MessageState.FAILED, "no_time")]


def owe(office: Office, kind: MessageKind) -> int:
    """Of the appointment that was booked, called off."""
    with office.town.changing() as world:
        participation = world.session.scalars(select(Participation)).one()
        participation.outcome = Outcome.REVOKED
        (once,) = outbox.owe(
            world.session,
            kind,
            channels=[Channel.VOICE],
            beneficiary=participation.beneficiary,
            organisation=world.session.get_one(Organisation, world.organisation.id),
            participation=participation,
            now=office.clock(),
        )
        return world.session.scalars(select(Message.id).where(Message.once == once)).one()


def snapshot(office: Office) -> list[Any]:
    """What calls may change."""
    with office.town.database.reading() as session:
        counts = [
            session.scalar(select(func.count()).select_from(one))
            for one in (Appointment, Participation, CallbackRequest, VoiceCall, Message)
        ]
        states = session.execute(select(Message.id, Message.state, Message.due_at).order_by(Message.id)).all()
        calls = session.execute(select(VoiceCall.stage, VoiceCall.step, VoiceCall.outcome, VoiceCall.ended_at)).all()
        statuses = session.execute(select(FollowUp.status)).all()
        return [counts, states, calls, statuses]


def test_a_proposition_is_kept_by_a_key(office: Office) -> None:
    dated(office, convening.propose, choice=8)
    office.clock.now = NINE
    *_, proposed, kept = office.pick_up("1", "1")
    assert "vous propose un rendez-vous jeudi 26 novembre à 9 heures" in proposed.words
    assert "Pour garder ce rendez-vous, appuyez sur 1." in proposed.words
    assert kept.words.startswith("C’est noté : rendez-vous jeudi 26 novembre à 9 heures")
    assert [one.held_until for one in office.town.appointments()] == [None]


def test_another_time_than_the_proposed_one_is_a_key_away(office: Office) -> None:
    dated(office, convening.propose, choice=8)
    office.clock.now = NINE
    *_, others, booked = office.pick_up("1", "4", "2")
    assert "appuyez sur 3" in others.words
    assert "C’est noté" in booked.words


def test_a_convocation_is_told_and_a_letter_goes_beside_it(office: Office) -> None:
    with office.town.changing() as world:
        world.session.merge(world.settings).channels = ["sms", "email", "letter", "voice"]
    dated(office, convening.convene, choice=40, address="1 rue A", postcode="26000", city="Valence")
    channels = {one.channel for one in office.town.rows(select(Message))}
    assert channels == {Channel.LETTER, Channel.VOICE}
    office.clock.now = NINE
    *_, told = office.pick_up("1")
    assert told.words.startswith("Le Département de la Drôme vous donne rendez-vous ")
    assert "Sinon, vous pouvez raccrocher." in told.words


def test_whom_a_reminder_can_t_be_written_to_is_called(office: Office) -> None:
    office.invite()
    office.clock.now = NINE
    office.phones.end(office.ring(), "busy")
    office.clock.now = AT_TWO
    call = office.ring()
    office.phones.pick_up(call, "1")
    office.clock.now = NINE + timedelta(days=3, hours=1)
    assert acts.remind_invitations(office.runtime) == 1
    *_, reminded = office.pick_up("1")
    assert "vous a proposé un rendez-vous" in reminded.words


def test_who_never_picked_up_is_not_reminded_by_a_machine(office: Office) -> None:
    office.invite()
    for moment in (NINE, AT_TWO, TOMORROW_AT_NINE):
        office.clock.now = moment
        office.phones.end(office.ring(), "no-answer")
    office.clock.now = NINE + timedelta(days=3, hours=1)
    assert acts.remind_invitations(office.runtime) == 0


def test_an_appointment_is_reminded_by_a_call(office: Office) -> None:
    office.invite()
    office.clock.now = NINE
    office.pick_up("1", "3")  # on Friday at nine
    office.clock.now = NINE + timedelta(days=2, hours=1)
    assert acts.remind_appointments(office.runtime) == 1
    *_, reminded = office.pick_up("1")
    assert reminded.words.startswith("Rappel : rendez-vous vendredi 27 novembre à 9 heures")


def test_calls_that_were_turned_off_leave_it_to_the_team(office: Office) -> None:
    office.invite()
    office.clock.now = NINE
    runtime = replace(office.runtime, senders=replace(office.runtime.senders, voice=None))
    acts.deliver(runtime)
    office.clock.pass_by(timedelta(minutes=5))
    acts.deliver(runtime)
    assert (office.message().state, office.message().error_code) == (MessageState.FAILED, "no_calls")


def dated(office: Office, act: Any, *, choice: int = 0, **person: Any) -> None:
    """Propose or fix the nth free time for somebody with a landline alone."""
    with office.town.changing() as world:
        person = {"phone": LANDLINE, "email": None, "email_key": None, "last_name": "Bernard"} | person
        follow_up = world.make_follow_up(world.make_beneficiary(**person))
        here = world.organisation.id
        found = convening.choices_for(world.session, follow_up, organisation_id=here, now=office.clock())
        token = found.choices[choice].token
        act(world.session, follow_up, token, **office.town.by_agent() | {"now": office.clock()})


def test_the_same_key_from_two_networks_at_once_books_once(office: Office) -> None:
    office.invite()
    office.clock.now = NINE
    call = office.ring()
    times = office.phones.press(call, office.phones.ask(call["url"], {"CallSid": call["sid"]}), "1")
    with ThreadPoolExecutor(2) as pool:
        heard = list(pool.map(lambda key: office.phones.press(call, times, key), ("1", "2")))
    assert len({one.words for one in heard}) == 1
    assert "C’est noté" in heard[0].words
    assert len(office.town.appointments()) == 1
