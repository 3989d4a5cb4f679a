"""Calls by voice: what was said in each, how far it went, and how it ended. A message may take several calls."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from invitations.database import Base, by_value


class CallStage(StrEnum):
    """What is being said. The words of each are in `templates/messages/call_<stage>.txt`."""

    WHO = "who"  # who calls, and whether the right person listens
    MACHINE = "machine"  # something that names neither person nor subject
    NOT_THEM = "not_them"
    TIMES = "times"
    PROPOSED = "proposed"
    TOLD = "told"  # the message; there is nothing to choose
    NO_TIMES = "no_times"
    BOOKED = "booked"
    CALLED_BACK = "called_back"
    OVER = "over"  # overtaken since the message was owed
    SILENCE = "silence"


class CallOutcome(StrEnum):
    """How a call ended; words in app/message_labels.py."""

    HEARD = "heard"
    NOT_THEM = "not_them"
    MACHINE = "machine"
    HUNG_UP = "hung_up"  # somebody picked up and did not say who they are
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    FAILED = "failed"


class VoiceCall(Base):
    """One call of one message. `sid` is the provider's id: what it tells twice happens once.

    `step` counts the keys that were heeded: a key that comes with an older step is a repetition. `choices` and `seen`
    are tokens of times, as in `TextMenu`. `was_lost`: the times come instead of one that somebody else has just taken.
    `is_heard`: the person said that it is them, and the message was told. `concluded_at`: its end was drawn on for the
    message.
    """

    __tablename__ = "voice_calls"
    __table_args__ = (Index("ix_voice_calls_unconcluded", "concluded_at", "started_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    sid: Mapped[str] = mapped_column(String(64), unique=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id"), index=True)
    stage: Mapped[CallStage] = mapped_column(by_value(CallStage), default=CallStage.WHO)
    step: Mapped[int] = mapped_column(default=0)
    silences: Mapped[int] = mapped_column(default=0)
    choices: Mapped[list[str]] = mapped_column(default=list)
    seen: Mapped[list[str]] = mapped_column(default=list)
    was_lost: Mapped[bool] = mapped_column(default=False)
    is_heard: Mapped[bool] = mapped_column(default=False)
    outcome: Mapped[CallOutcome | None] = mapped_column(by_value(CallOutcome))
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    concluded_at: Mapped[datetime | None]
