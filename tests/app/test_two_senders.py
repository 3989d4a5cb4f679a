"""Two organisations of one département, a number and a name of eleven letters: each sends from its own, through Twilio's
double, and what comes back comes to the right one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from twilio.request_validator import RequestValidator

from app import acts
from app.runtime import Runtime
from app.settings import Settings
from invitations import inviting, outbox
from invitations.models import (
    Beneficiary,
    Channel,
    InboundText,
    Invitation,
    Membership,
    Message,
    MessageState,
    Organisation,
    Participation,
)
from notifications.inbound import INBOUND_PATH
from notifications.receipts import SIGNATURE
from notifications.senders import Senders, Sms
from notifications.sms import TwilioSms
from tests.app.town import Town
from tests.applications import Applications
from tests.conftest import Clock
from tests.doubles.twilio import Twilio, inbound_fields, running_twilio
from tests.fakes import RememberingEmail
from tests.post import TERMS

PUBLIC_URL = "https://rdv.drome.example"
TOKEN = "twilio's secret"
ACCOUNT = "AC" + "0" * 32
NUMBER, NAME, HOUSE = "+33937000001", "DROMESOCIAL", "+33937000000"
INES = "+33639980142"


@pytest.fixture
def twilio() -> Iterator[Twilio]:
    with running_twilio(auth_token=TOKEN) as double:
        yield double


@dataclass
class Two:
    """A person of both organisations, whose phone is Twilio's double."""

    town: Town
    app: Flask
    twilio: Twilio
    clock: Clock
    by_number: Organisation
    by_name: Organisation
    person: Beneficiary
    categories: dict[int, int]  # by organisation

    @property
    def runtime(self) -> Runtime:
        runtime: Runtime = self.app.extensions["rdv"]
        return runtime

    def invite(self, organisation: Organisation) -> Invitation:
        with self.town.changing() as world:
            person = world.session.get_one(Beneficiary, self.person.id)
            return inviting.invite(
                world.session,
                world.make_follow_up(person, category_id=self.categories[organisation.id]),
                organisation_id=organisation.id,
                channels=[Channel.SMS],
                agent_id=world.agent.id,
                codes=self.town.codes,
                now=self.town.now,
            )

    def deliver(self) -> list[dict[str, Any]]:
        """What Twilio takes now."""
        before = len(self.twilio.accepted)
        outbox.deliver(
            self.town.database,
            self.runtime.senders,
            codes=self.town.codes,
            terms=TERMS,
            clock=self.clock,
            process="here",
        )
        return sorted(self.twilio.accepted[before:], key=lambda one: str(one["from"]))  # threads: no order of their own

    def says(self, body: str, number: str) -> list[dict[str, Any]]:
        """The person texts this number of ours; what comes back."""
        fields = inbound_fields(f"SM{len(self.texts()):032d}", INES, number, body)
        signature = RequestValidator(TOKEN).compute_signature(f"{PUBLIC_URL}{INBOUND_PATH}", fields)
        answer = self.app.test_client().post(INBOUND_PATH, data=fields, headers={SIGNATURE: signature})
        assert answer.status_code == 200
        acts.read_texts(self.runtime)
        return self.deliver()

    def texts(self) -> list[InboundText]:
        return self.town.rows(select(InboundText).order_by(InboundText.id))


@pytest.fixture
def two(
    applications: Applications, settings: Settings, town: Town, clock: Clock, twilio: Twilio, email: RememberingEmail
) -> Iterator[Two]:
    set_up = replace(
        settings,
        public_url=PUBLIC_URL,
        twilio_account_sid=ACCOUNT,
        twilio_auth_token=TOKEN,
        twilio_from=HOUSE,
        twilio_api_url=twilio.url,
        smtp_url="smtp://127.0.0.1",
        mail_from="rdv@drome.example",
    )
    sms = TwilioSms(
        account_sid=ACCOUNT,
        auth_token=TOKEN,
        sender=HOUSE,
        api_url=twilio.url,
        callback_url=f"{PUBLIC_URL}/hooks/twilio/status",
    )
    with town.changing() as world:
        world.session.get_one(Organisation, world.organisation.id).sms_sender = NUMBER
        other = world.make_organisation(sms_sender=NAME)
        category = world.make_category(code="rsa_accompagnement", name="RSA accompagnement")
        world.make_settings(organisation_id=other.id, category_id=category.id)
        agent = world.make_agent(organisation=other)
        place = world.make_place(organisation_id=other.id)
        type_ = world.make_type(organisation_id=other.id, category_id=category.id)
        world.make_opening(organisation_id=other.id, agent_id=agent.id, place_id=place.id, types=[type_])
        person = world.make_beneficiary(phone=INES, email=None)
        world.add(Membership(beneficiary_id=person.id, organisation_id=other.id, created_at=world.now))
        categories = {world.organisation.id: world.category.id, other.id: category.id}
    with applications.lend(set_up, clock=clock, senders=Senders(sms=sms, email=email)) as lent:
        lent.config["TESTING"] = True
        yield Two(town, lent, twilio, clock, town.world.organisation, other, person, categories)
    sms.close()


def test_each_sends_from_its_own(two: Two) -> None:
    two.invite(two.by_number)
    two.invite(two.by_name)
    assert [one["from"] for one in two.deliver()] == [NUMBER, NAME]


def test_only_the_one_that_can_be_answered_offers_it(two: Two) -> None:
    """The installation's own number could receive a reply; that is no reason for a name to offer one."""
    two.invite(two.by_number)
    two.invite(two.by_name)
    by_number, by_name = two.deliver()
    assert "répondez SMS" in by_number["body"]
    assert "répond" not in by_name["body"]


def test_a_reply_comes_to_the_organisation_of_the_number(two: Two) -> None:
    invitation = two.invite(two.by_number)
    two.invite(two.by_name)
    two.deliver()
    (menu,) = two.says("SMS", NUMBER)
    assert menu["from"] == NUMBER
    (confirmed,) = two.says("1", NUMBER)
    assert confirmed["from"] == NUMBER
    (taken,) = two.town.rows(select(Participation))
    assert taken.invitation_id == invitation.id
    with two.town.changing() as world:
        assert world.session.get_one(Participation, taken.id).appointment.organisation_id == two.by_number.id


def test_what_only_a_name_has_sent_is_not_answered_by_another_number(two: Two) -> None:
    """Whoever has nothing open with the owner of the number finds nothing of the other organisation's there."""
    two.invite(two.by_name)
    two.deliver()
    for one in two.says("SMS", NUMBER):
        assert "1 :" not in one["body"]
    assert two.town.rows(select(Participation)) == []


def test_two_numbers_keep_their_replies_apart(two: Two) -> None:
    second = "+33937000002"
    with two.town.changing() as world:
        world.session.get_one(Organisation, two.by_name.id).sms_sender = second
    invitations = [two.invite(two.by_number), two.invite(two.by_name)]
    two.deliver()
    for number in (second, NUMBER):
        (menu,) = two.says("SMS", number)
        assert menu["from"] == number
    (confirmed,) = two.says("2", second)
    assert confirmed["from"] == second
    (taken,) = two.town.rows(select(Participation))
    assert taken.invitation_id == invitations[1].id


@pytest.mark.parametrize("status", ["delivered", "undelivered"])
def test_receipts_go_to_the_message_of_their_sender(two: Two, status: str) -> None:
    two.invite(two.by_number)
    two.invite(two.by_name)
    _, by_name = two.deliver()
    fields = {"MessageSid": by_name["sid"], "MessageStatus": status, "To": INES, "From": NAME, "AccountSid": ACCOUNT}
    signature = RequestValidator(TOKEN).compute_signature(by_name["status_callback"], fields)
    path = by_name["status_callback"].removeprefix(PUBLIC_URL)
    answer = two.app.test_client().post(path, data=fields, headers={SIGNATURE: signature})
    assert answer.status_code in {200, 204}
    states = {one.organisation_id: one.state for one in two.town.rows(select(Message))}
    assert states[two.by_number.id] is MessageState.SENT
    assert states[two.by_name.id] is not MessageState.SENT


def test_a_text_is_looked_for_among_those_of_its_own_sender(two: Two) -> None:
    since = datetime.now(UTC) - timedelta(seconds=1)
    same = Sms(reference="1", to=INES, body="Bonjour", sender=NUMBER)
    sms = two.runtime.senders.sms
    sms.send(same)
    by_name = replace(same, reference="2", sender=NAME)
    assert sms.find(by_name, since=since) is None
    taken = sms.send(by_name)
    assert sms.find(by_name, since=since) == taken
    assert sms.find(same, since=since) != taken
