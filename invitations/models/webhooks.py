"""Who wants to be told what happens, and what they are owed: addresses outside, and the events that wait for them.

No event keeps a body: what is said of a person is read when it is said, and forgotten. So an event is a number and a name.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from invitations.database import Base, by_value
from invitations.models.agents import Agent
from invitations.models.territory import Organisation


class Resource(StrEnum):
    """What an endpoint may be told of, by the names that the field's software knows (api.md).

    What became of people handed in together, a batch, is told to whoever hears of invitations.
    """

    RDV = "rdv"
    INVITATION = "invitation"
    USER = "user"
    FOLLOW_UP = "follow_up"
    BATCH = "batch"


CHOSEN = (Resource.RDV, Resource.INVITATION, Resource.USER, Resource.FOLLOW_UP)  # those with a switch of their own


class Happening(StrEnum):
    """`meta.event` of a webhook."""

    CREATED = "created"
    UPDATED = "updated"
    DESTROYED = "destroyed"


class EventState(StrEnum):
    """`merged`: a later state of the same resource was told in its place. `given_up`: three days of tries."""

    PENDING = "pending"
    DELIVERED = "delivered"
    MERGED = "merged"
    GIVEN_UP = "given_up"


class PauseReason(StrEnum):
    AGENT = "agent"
    FAILING = "failing"


class WebhookEndpoint(Base):
    """An address of somebody's software, told of what happens in one organisation.

    `secret_sealed`: what signatures are made with. `failures` in a row, the first at `failing_since`; while there are many,
    one event is tried at `next_try_at` and the others wait. `busy_until`: a scheduler is at it.
    """

    __tablename__ = "webhook_endpoints"

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    address: Mapped[str] = mapped_column(String(500))
    secret_sealed: Mapped[str] = mapped_column(Text)
    tells_rdv: Mapped[bool] = mapped_column(default=True)
    tells_invitation: Mapped[bool] = mapped_column(default=True)
    tells_user: Mapped[bool] = mapped_column(default=True)
    tells_follow_up: Mapped[bool] = mapped_column(default=True)
    failures: Mapped[int] = mapped_column(default=0)
    failing_since: Mapped[datetime | None]
    next_try_at: Mapped[datetime | None]
    busy_until: Mapped[datetime | None]
    paused_at: Mapped[datetime | None]
    pause_reason: Mapped[PauseReason | None] = mapped_column(by_value(PauseReason))
    removed_at: Mapped[datetime | None]
    created_by_agent_id: Mapped[int] = mapped_column(ForeignKey("agents.id"))
    created_at: Mapped[datetime]

    organisation: Mapped[Organisation] = relationship()
    created_by: Mapped[Agent] = relationship()

    def tells(self, resource: Resource) -> bool:
        """True when it wants to hear of this kind of resource."""
        return bool(getattr(self, f"tells_{resource.value}"))


class WebhookEvent(Base):
    """Something happened to a resource: owed to one endpoint. Written by triggers (models/webhook_triggers.py).

    `uid` is the `webhook-id` of every try; it and `happened_at` are set when the event is first looked at.
    """

    __tablename__ = "webhook_events"
    __table_args__ = (
        Index("ix_webhook_events_waiting", "endpoint_id", "state", "id"),
        Index("ix_webhook_events_resource", "endpoint_id", "resource", "resource_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    endpoint_id: Mapped[int] = mapped_column(ForeignKey("webhook_endpoints.id"))
    resource: Mapped[Resource] = mapped_column(by_value(Resource))
    resource_id: Mapped[int]
    happening: Mapped[Happening] = mapped_column(by_value(Happening))
    state: Mapped[EventState] = mapped_column(
        by_value(EventState), default=EventState.PENDING, server_default=text("'pending'")
    )
    uid: Mapped[str | None] = mapped_column(String(40), unique=True)
    happened_at: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    next_try_at: Mapped[datetime | None]
    last_try_at: Mapped[datetime | None]
    last_status: Mapped[int | None]
    last_trouble: Mapped[str | None] = mapped_column(String(40))
    settled_at: Mapped[datetime | None] = mapped_column(index=True)

    endpoint: Mapped[WebhookEndpoint] = relationship()
