"""Messages owed and sent: one row is one text, on one channel, to one address. The outbox is this table."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from invitations.database import Base, by_value
from invitations.models.agents import Agent
from invitations.models.appointments import Participation
from invitations.models.beneficiaries import Beneficiary
from invitations.models.follow_ups import Invitation
from invitations.models.territory import Organisation

if TYPE_CHECKING:
    from invitations.models.calls import VoiceCall
    from invitations.models.own_texts import OwnText


class Channel(StrEnum):
    SMS = "sms"
    EMAIL = "email"
    LETTER = "letter"
    VOICE = "voice"


class MessageKind(StrEnum):
    """What a message is for; each has its words in every channel that carries it."""

    INVITATION = "invitation"
    INVITATION_REMINDER = "invitation_reminder"
    PROPOSITION = "proposition"
    PROPOSITION_REMINDER = "proposition_reminder"
    CONVOCATION = "convocation"
    BOOKED = "booked"
    MOVED = "moved"
    CANCELLED_BY_PERSON = "cancelled_by_person"
    CANCELLED_BY_SERVICE = "cancelled_by_service"
    APPOINTMENT_REMINDER = "appointment_reminder"
    SLOT_FREED = "slot_freed"
    CONTACT_CHANGED = "contact_changed"  # to the number or the address that a person has just replaced
    DIGEST = "digest"  # to an agent, by email alone
    COLLEAGUE_INVITED = "colleague_invited"  # to whoever is asked to join an organisation, by email alone
    OPENINGS_ASKED = "openings_asked"  # a colleague asks an agent to open slots, by email alone
    PASSWORD_FORGOTTEN = "password_forgotten"  # to an agent, by email alone
    # Answers to a text that somebody sent us, by text alone.
    REPLY_TIMES = "reply_times"
    REPLY_NO_TIMES = "reply_no_times"
    REPLY_WHO = "reply_who"
    REPLY_CALL = "reply_call"
    REPLY_APPOINTMENT = "reply_appointment"
    REPLY_TOO_LATE = "reply_too_late"
    REPLY_PASSED_ON = "reply_passed_on"
    REPLY_STOPPED = "reply_stopped"
    REPLY_STARTED = "reply_started"
    REPLY_BY_AGENT = "reply_by_agent"


class MessageState(StrEnum):
    """messages.md. The last six are final; `unknown` is settled by a receipt or by asking the provider."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    UNKNOWN = "unknown"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    FAILED = "failed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


# What small indexes over a large table hold; `monitoring_queue` asks in the very same words. They name no state, which
# SQLite would look up in a larger index.
HAS_A_REASON = text("error_reason IS NOT NULL")
REPLACES_ONE = text("replaces_id IS NOT NULL")
IS_TO_AN_AGENT = text("agent_id IS NOT NULL")
IS_TEXT_WITHOUT_RECEIPT = text("settled_at IS NULL AND channel = 'sms'")
# A message that ended badly, and of which nobody has decided yet what takes its place. Said in these very words by the
# index and by whoever asks: only then does an engine know that the index answers. (NOT IN: by the states themselves an
# engine would read every failure there ever was, through the index of the queue.)
ENDED_BADLY = text(
    "fell_back_at IS NULL AND state NOT IN ('pending', 'sending', 'sent', 'unknown', 'delivered', 'cancelled')"
)


class Message(Base):
    """One text on one channel to one address, of a beneficiary or of an agent.

    `once` is unique and says what the message is for ("booked:participation:12:sms:0"): two schedulers can't owe
    it twice. `body` keeps a placeholder where the link stands; the link is put in when it leaves. `version` is the
    appointment's at the time of writing: another one means the message is overtaken. `replaces_id` is the message that
    did not arrive by another channel; `fell_back_at` says of that one when it was decided what takes its place.
    """

    __tablename__ = "messages"
    __table_args__ = (
        CheckConstraint("(beneficiary_id IS NULL) <> (agent_id IS NULL)", name="one_reader"),
        Index("ix_messages_state_due_at", "state", "due_at"),
        Index("ix_messages_to_claim", "leaves_at_once", "state", "due_at"),  # answers pass before what can wait
        Index("ix_messages_provider_id", "provider_id"),
        Index("ix_messages_organisation_created_at", "organisation_id", "created_at"),
        Index("ix_messages_to_agents", "organisation_id", postgresql_where=IS_TO_AN_AGENT, sqlite_where=IS_TO_AN_AGENT),
        Index("ix_messages_to_fall_back", "settled_at", postgresql_where=ENDED_BADLY, sqlite_where=ENDED_BADLY),
        Index("ix_messages_sent_at", "sent_at"),
        Index("ix_messages_replaces_id", "replaces_id", postgresql_where=REPLACES_ONE, sqlite_where=REPLACES_ONE),
        Index("ix_messages_reason", "settled_at", postgresql_where=HAS_A_REASON, sqlite_where=HAS_A_REASON),
        Index(
            "ix_messages_without_receipt",
            "sent_at",
            postgresql_where=IS_TEXT_WITHOUT_RECEIPT,
            sqlite_where=IS_TEXT_WITHOUT_RECEIPT,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    once: Mapped[str] = mapped_column(String(120), unique=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    beneficiary_id: Mapped[int | None] = mapped_column(ForeignKey("beneficiaries.id"), index=True)
    agent_id: Mapped[int | None] = mapped_column(ForeignKey("agents.id"), index=True)
    invitation_id: Mapped[int | None] = mapped_column(ForeignKey("invitations.id"), index=True)
    participation_id: Mapped[int | None] = mapped_column(ForeignKey("participations.id"), index=True)
    agent_link_id: Mapped[int | None] = mapped_column(ForeignKey("agent_links.id"))  # where an email to an agent leads
    text_id: Mapped[int | None] = mapped_column(ForeignKey("inbound_texts.id"), index=True)  # the text it answers
    kind: Mapped[MessageKind] = mapped_column(by_value(MessageKind))
    channel: Mapped[Channel] = mapped_column(by_value(Channel))
    version: Mapped[int] = mapped_column(default=0)
    language: Mapped[str] = mapped_column(String(8), default="fr")
    address: Mapped[str] = mapped_column(String(254))
    subject: Mapped[str] = mapped_column(String(200), default="")
    body: Mapped[str] = mapped_column(Text)
    segments: Mapped[int] = mapped_column(default=0)
    own_text_id: Mapped[int | None] = mapped_column(ForeignKey("own_texts.id"))  # null: the words of the house
    previous_starts_at: Mapped[datetime | None]  # what a move tells of the time before
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("messages.id"))
    fell_back_at: Mapped[datetime | None]
    told_at: Mapped[datetime | None]  # when somebody told by voice what did not arrive
    forgotten_at: Mapped[datetime | None]  # from then on `body` and `address` are keyed hashes

    state: Mapped[MessageState] = mapped_column(by_value(MessageState), default=MessageState.PENDING)
    due_at: Mapped[datetime]  # when to send it; of an `unknown`, when to look for it next
    useless_at: Mapped[datetime | None]
    leaves_at_once: Mapped[bool] = mapped_column(default=False)  # the answer to someone who just acted: no quiet hours
    attempts: Mapped[int] = mapped_column(default=0)
    looks: Mapped[int] = mapped_column(default=0)  # times the provider was asked about an `unknown`
    claimed_at: Mapped[datetime | None]
    claimed_by: Mapped[str | None] = mapped_column(String(80))
    sent_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    provider_id: Mapped[str | None] = mapped_column(String(120))
    error_code: Mapped[str | None] = mapped_column(String(40))
    error_reason: Mapped[str | None] = mapped_column(String(40))
    created_at: Mapped[datetime]

    organisation: Mapped[Organisation] = relationship()
    beneficiary: Mapped[Beneficiary | None] = relationship()
    agent: Mapped[Agent | None] = relationship()
    invitation: Mapped[Invitation | None] = relationship()
    participation: Mapped[Participation | None] = relationship()
    own_text: Mapped[OwnText | None] = relationship()
    replaces: Mapped[Message | None] = relationship(remote_side="Message.id")
    receipts: Mapped[list[ReceiptEvent]] = relationship(order_by="ReceiptEvent.id", viewonly=True)
    calls: Mapped[list[VoiceCall]] = relationship(order_by="VoiceCall.id", viewonly=True)


class ReceiptEvent(Base):
    """What a provider said of a message, as it came: late, twice, in any order."""

    __tablename__ = "receipt_events"

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id"), index=True)
    provider_id: Mapped[str | None] = mapped_column(String(120))  # of which attempt it speaks
    status: Mapped[str] = mapped_column(String(40))
    error_code: Mapped[str | None] = mapped_column(String(40))
    at: Mapped[datetime]
