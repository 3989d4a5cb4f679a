"""What a sender promises, and how it says that it could not keep it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol


class Reason(StrEnum):
    """Why a message did not leave, in our words; providers' codes are turned into these by each channel."""

    WRONG_ADDRESS = "wrong_address"  # never again on this channel to this address
    REFUSED_BY_PERSON = "refused_by_person"  # they said STOP to the provider
    OUR_ACCOUNT = "our_account"  # configuration or account: the queue stops, an operator is told
    WAIT = "wait"  # nothing left; safe to try again soon
    LATER = "later"  # unreachable now; once more in some hours
    FILTERED = "filtered"  # the content was judged unwanted
    EXPIRED = "expired"  # too late to be of use
    UNCERTAIN = "uncertain"  # the provider may or may not have it
    OTHER = "other"


class SendError(Exception):
    """The provider did not take the message. `code` is the provider's own; `retry_after` what it asked for, if it did.

    `is_of_recipient`: it answered, and this recipient alone must wait (a greylist, RFC 6647).
    """

    def __init__(
        self, reason: Reason, code: str = "", *, retry_after: timedelta | None = None, is_of_recipient: bool = False
    ) -> None:
        super().__init__(f"{reason} {code}".strip())
        self.reason = reason
        self.code = code
        self.retry_after = retry_after
        self.is_of_recipient = is_of_recipient

    @property
    def permanent(self) -> bool:
        return self.reason in {Reason.WRONG_ADDRESS, Reason.REFUSED_BY_PERSON, Reason.FILTERED, Reason.EXPIRED}


@dataclass(frozen=True, slots=True)
class Sms:
    """A text ready to leave. `reference` is our message id; `lives_for` how long the provider may keep trying."""

    reference: str
    to: str  # E.164
    body: str
    sender: str | None = None  # null: the installation's
    lives_for: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Attachment:
    """A calendar file: `method` is the iTIP method, equal in MIME and inside (RFC 5546)."""

    filename: str
    content: bytes
    method: str


@dataclass(frozen=True, slots=True)
class Email:
    """An email ready to leave. `message_id` is derived from the message row, so that a retry is the same email.

    `mark` names it in what servers send back; nobody else can make it up.
    """

    reference: str
    message_id: str
    to: str
    subject: str
    text: str
    html: str
    sender_name: str
    calendar: Attachment | None = None
    headers: dict[str, str] = field(default_factory=dict)
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    """A telephone to ring. `reference` is our message id: what is said is asked for by it when somebody picks up."""

    reference: str
    to: str  # E.164


class SmsSender(Protocol):
    """Sends texts. Raises SendError; returns the provider's id."""

    def send(self, sms: Sms) -> str: ...

    def find(self, sms: Sms, *, since: datetime) -> str | None:
        """The provider's id of a text like this one accepted after `since`, or None. Raises SendError(WAIT) when it can't say."""
        ...


class EmailSender(Protocol):
    """Sends emails. Raises SendError; returns the Message-ID."""

    def send(self, email: Email) -> str: ...

    def check(self) -> None:
        """Reach the server and sign in, without sending. Raises SendError."""
        ...


class CallSender(Protocol):
    """Rings telephones. Raises SendError; returns the provider's id, before anybody has picked up."""

    def call(self, call: Call) -> str: ...

    def find(self, call: Call, *, since: datetime) -> str | None:
        """The provider's id of a call to this number begun after `since`, or None. Raises SendError(WAIT) when it can't say."""
        ...


@dataclass(frozen=True, slots=True)
class Senders:
    """`voice` null: nobody is called."""

    sms: SmsSender
    email: EmailSender
    voice: CallSender | None = None
