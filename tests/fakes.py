"""Senders that remember what they were given."""

from __future__ import annotations

from datetime import datetime

from notifications.senders import Call, Email, SendError, Sms


class RememberingSms:
    """Takes every text, or refuses the next ones with the errors put into `refusals`."""

    def __init__(self) -> None:
        self.sent: list[Sms] = []
        self.refusals: list[SendError] = []

    def send(self, sms: Sms) -> str:
        if self.refusals:
            raise self.refusals.pop(0)
        self.sent.append(sms)
        return f"SM{len(self.sent):032d}"

    def find(self, sms: Sms, *, since: datetime) -> str | None:
        found = [place for place, one in enumerate(self.sent, 1) if (one.to, one.body) == (sms.to, sms.body)]
        return f"SM{found[-1]:032d}" if found else None


class RememberingVoice:
    """Rings every number, or refuses the next ones with the errors put into `refusals`."""

    def __init__(self) -> None:
        self.called: list[Call] = []
        self.refusals: list[SendError] = []

    def call(self, call: Call) -> str:
        if self.refusals:
            raise self.refusals.pop(0)
        self.called.append(call)
        return f"CA{len(self.called):032d}"

    def find(self, call: Call, *, since: datetime) -> str | None:
        found = [place for place, one in enumerate(self.called, 1) if one.to == call.to]
        return f"CA{found[-1]:032d}" if found else None


class RememberingEmail:
    def __init__(self) -> None:
        self.sent: list[Email] = []
        self.refusals: list[SendError] = []

    def send(self, email: Email) -> str:
        if self.refusals:
            raise self.refusals.pop(0)
        self.sent.append(email)
        return email.message_id

    def check(self) -> None:
        if self.refusals:
            raise self.refusals[0]
