"""Appointments that France Travail is told of: for each, what it was told last and what is still to be said.

No row keeps what is said of a person: it is read when it is said. Rows are owed by triggers (models/job_centre_triggers.py).
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text, false, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from invitations.database import Base, by_value
from invitations.models.territory import Organisation


class NoticeState(StrEnum):
    """`unsure`: it was asked to write the appointment down and nobody knows whether it did: said again only by an agent."""

    WAITING = "waiting"
    TOLD = "told"
    NOTHING = "nothing"  # nothing is written there, and nothing has to be
    UNSURE = "unsure"
    GIVEN_UP = "given_up"


class NoticeTrouble(StrEnum):
    """Why it is not told, by kind; all but the first by the names of notifications.france_travail."""

    NO_NUMBER = "no_number"  # the person has no number of France Travail's: nothing leaves
    UNKNOWN_PERSON = "unknown_person"
    REFUSED = "refused"
    MALFORMED = "malformed"
    TOO_OFTEN = "too_often"
    AWAY = "away"
    UNCERTAIN = "uncertain"


class JobCentreNotice(Base):
    """What France Travail knows of one participation, or should.

    `participation_id` is null once the participation was deleted: what was written there is taken out. It refers to no row, for
    this one outlives it. `version` grows with every change, so that one that comes while something is being said is said too.
    `told_hash`: of what was said last. `number_sealed`: under which number, kept for as long as it may have to be taken out.
    `busy_until`: a scheduler is at it; `creating_at`: it has begun to ask for the appointment to be written down.
    """

    __tablename__ = "job_centre_notices"
    __table_args__ = (Index("ix_job_centre_notices_waiting", "state", "next_try_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    participation_id: Mapped[int | None] = mapped_column(unique=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    state: Mapped[NoticeState] = mapped_column(
        by_value(NoticeState), default=NoticeState.WAITING, server_default=text("'waiting'")
    )
    version: Mapped[int] = mapped_column(default=1, server_default=text("1"))
    is_taken_back: Mapped[bool] = mapped_column(default=False, server_default=false())
    remote_id: Mapped[str | None] = mapped_column(String(100))
    told_hash: Mapped[str] = mapped_column(String(64), default="", server_default=text("''"))
    told_at: Mapped[datetime | None]
    number_sealed: Mapped[str | None] = mapped_column(Text)
    trouble: Mapped[NoticeTrouble | None] = mapped_column(by_value(NoticeTrouble))
    tries: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    failing_since: Mapped[datetime | None]
    next_try_at: Mapped[datetime | None]
    busy_until: Mapped[datetime | None]
    creating_at: Mapped[datetime | None]

    organisation: Mapped[Organisation] = relationship()
