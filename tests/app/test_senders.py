"""Which sender each set of settings gives."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app import make_senders
from app.settings import Settings
from notifications.email import SmtpEmail
from notifications.mailbox import LocalEmail, LocalSms
from notifications.senders import Sms
from notifications.sms import TwilioSms
from tests.conftest import SECRET
from tests.doubles.twilio import running_twilio

LOCAL = Settings(database_url="sqlite:///x.db", secret_key=SECRET)
ACCOUNT = "AC" + "0" * 32


def test_a_machine_without_settings_keeps_its_messages() -> None:
    senders = make_senders(LOCAL)
    assert isinstance(senders.sms, LocalSms)
    assert isinstance(senders.email, LocalEmail)


def test_smtp_is_used_where_it_is_set() -> None:
    senders = make_senders(replace(LOCAL, smtp_url="smtps://mail.example", mail_from="rdv@drome.example"))
    assert isinstance(senders.email, SmtpEmail)
    assert isinstance(senders.sms, LocalSms)


@pytest.mark.parametrize(
    ("public_url", "callback"),
    [
        ("https://rdv.exemple.fr", "https://rdv.exemple.fr/hooks/twilio/status?message=17"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000/hooks/twilio/status?message=17"),
    ],
)
def test_twilio_is_used_where_it_is_set_and_calls_us_back(public_url: str, callback: str) -> None:
    with running_twilio(auth_token="token") as twilio:
        settings = replace(
            LOCAL,
            public_url=public_url,
            twilio_account_sid=ACCOUNT,
            twilio_auth_token="token",
            twilio_from="DROME",
            twilio_api_url=twilio.url,
        )
        sms = make_senders(settings).sms
        assert isinstance(sms, TwilioSms)
        sms.send(Sms("17", "+33639980012", "Bonjour"))
        sms.close()
        assert [(one["from"], one["status_callback"]) for one in twilio.accepted] == [("DROME", callback)]
