"""Senders for a machine without Twilio or SMTP: they take everything; the messages are read on the local mailbox page."""

from __future__ import annotations

from datetime import datetime

from notifications.senders import Email, Sms


class LocalSms:
    """Takes every text. The row in the outbox is the message; nothing else is kept."""

    def send(self, sms: Sms) -> str:
        return f"local-{sms.reference}"

    def find(self, sms: Sms, *, since: datetime) -> str | None:  # noqa: ARG002  (the protocol's signature)
        return f"local-{sms.reference}"


class LocalEmail:
    """Takes every email."""

    def send(self, email: Email) -> str:
        return email.message_id

    def check(self) -> None:
        """There is no server to reach."""
