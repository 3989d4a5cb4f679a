"""People who text us, through the real hook and the real job, and what they read back."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from typing import Any

from flask import Flask
from sqlalchemy import select
from twilio.request_validator import RequestValidator
from werkzeug.test import TestResponse

from app import acts
from invitations import outbox
from invitations.models import InboundText, Message
from notifications.inbound import INBOUND_PATH
from notifications.receipts import SIGNATURE
from notifications.senders import Senders
from tests.app.town import Town
from tests.doubles.twilio import inbound_fields
from tests.fakes import RememberingEmail, RememberingSms
from tests.post import TERMS

PUBLIC_URL = "https://rdv.drome.example"
TOKEN = "twilio's secret"
NUMBER = "+33937000000"


@dataclass
class Writer:
    """Somebody's telephone. `says` sends a text and answers with what came back of it."""

    town: Town
    app: Flask
    sms: RememberingSms
    email: RememberingEmail
    clock: Any
    sids: count[int] = field(default_factory=lambda: count(1))

    def post(
        self, phone: str, body: str, *, sid: str = "", number: str = NUMBER, signature: str | None = None
    ) -> TestResponse:
        """The call of Twilio alone."""
        fields = inbound_fields(sid or f"SM{next(self.sids):032d}", phone, number, body)
        right = RequestValidator(TOKEN).compute_signature(f"{PUBLIC_URL}{INBOUND_PATH}", fields)
        headers = {SIGNATURE: right if signature is None else signature}
        return self.app.test_client().post(INBOUND_PATH, data=fields, headers=headers)

    def says(self, phone: str, body: str, *, number: str = NUMBER) -> list[str]:
        """Send it, let the jobs run, and read what this number received."""
        self.deliver()  # what was owed before
        before = len(self.sms.sent)
        assert self.post(phone, body, number=number).status_code == 200
        self.work()
        return [one.body for one in self.sms.sent[before:] if one.to == phone]

    def work(self) -> None:
        acts.read_texts(self.app.extensions["rdv"])
        self.deliver()

    def deliver(self) -> None:
        senders = Senders(sms=self.sms, email=self.email)
        outbox.deliver(
            self.town.database, senders, codes=self.town.codes, terms=TERMS, clock=self.clock, process="here"
        )

    def texts(self) -> list[InboundText]:
        return self.town.rows(select(InboundText).order_by(InboundText.id))

    def messages(self) -> list[Message]:
        return self.town.rows(select(Message).order_by(Message.id))

    def phone_of(self, path: str) -> str:
        """The number of the person whose page this is."""
        with self.town.changing():
            return self.town.invitation_of(path).follow_up.beneficiary.phone or ""
