"""By which channel a person can be reached."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from invitations.models import Beneficiary, Channel
from invitations.reach import Unreachable, why_unreachable

SINCE = datetime(2026, 11, 1, tzinfo=UTC)


def person(**changes: object) -> Beneficiary:
    values = {
        "phone": "+33639980001",
        "email": "ines@example.fr",
        "address": "1 rue A",
        "postcode": "26000",
        "city": "V",
    }
    return Beneficiary(**values | changes)


@pytest.mark.parametrize("channel", list(Channel))
def test_a_person_with_everything_is_reached_by_every_channel(channel: Channel) -> None:
    assert why_unreachable(person(), channel) is None


@pytest.mark.parametrize(
    ("channel", "changes", "why"),
    [
        (Channel.SMS, {"phone": None}, Unreachable.NO_PHONE),
        (Channel.SMS, {"phone": "+33475000000"}, Unreachable.NOT_MOBILE),
        (Channel.SMS, {"phone": "0639980001"}, Unreachable.INVALID),
        (Channel.SMS, {"sms_refused_at": SINCE}, Unreachable.REFUSED),
        (Channel.SMS, {"phone_dead_at": SINCE}, Unreachable.DEAD),
        (Channel.VOICE, {"phone": None}, Unreachable.NO_PHONE),
        (Channel.VOICE, {"phone": "+33475000000"}, None),
        (Channel.VOICE, {"sms_refused_at": SINCE}, Unreachable.REFUSED),
        (Channel.VOICE, {"phone_dead_at": SINCE}, Unreachable.DEAD),
        (Channel.VOICE, {"wrong_phone": "+33639980001"}, Unreachable.NOT_THEIRS),
        (Channel.VOICE, {"wrong_phone": "+33475000000"}, None),
        (Channel.VOICE, {"needs": ["sign_language"]}, Unreachable.WRITTEN_TO),
        (Channel.VOICE, {"needs": ["interpreter"]}, None),
        (Channel.SMS, {"wrong_phone": "+33639980001"}, None),
        (Channel.EMAIL, {"email": None}, Unreachable.NO_EMAIL),
        (Channel.EMAIL, {"email": "inès@example.fr"}, Unreachable.INVALID),
        (Channel.EMAIL, {"email": "ines at example.fr"}, Unreachable.INVALID),
        (Channel.EMAIL, {"email": "ines@example"}, Unreachable.INVALID),
        (Channel.EMAIL, {"email_refused_at": SINCE}, Unreachable.REFUSED),
        (Channel.EMAIL, {"email_dead_at": SINCE}, Unreachable.DEAD),
        (Channel.LETTER, {"postcode": None}, Unreachable.NO_ADDRESS),
        (Channel.LETTER, {"sms_refused_at": SINCE, "phone": None}, None),
    ],
)
def test_each_channel_says_why_it_does_not_reach(
    channel: Channel, changes: dict[str, object], why: Unreachable | None
) -> None:
    assert why_unreachable(person(**changes), channel) is why
