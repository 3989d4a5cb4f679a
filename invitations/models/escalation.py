"""What follows an invitation that nobody answers: reminders, a letter, a call. A row is a step of one category."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from invitations.database import Base, by_value


class StepAct(StrEnum):
    """Write again, print a letter, or put the person on the list of people to call."""

    REMIND = "remind"
    LETTER = "letter"
    CALL = "call"


class EscalationStep(Base):
    """One step, `after_days` after the first message left. `channels`: by what a reminder is written, as far as the
    category uses them; empty for a letter and a call."""

    __tablename__ = "escalation_steps"
    __table_args__ = (UniqueConstraint("settings_id", "after_days"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    settings_id: Mapped[int] = mapped_column(ForeignKey("category_settings.id"))
    after_days: Mapped[int]
    act: Mapped[StepAct] = mapped_column(by_value(StepAct))
    channels: Mapped[list[str]] = mapped_column(default=list)


def usual_steps() -> list[EscalationStep]:
    """What a category does until its service decides otherwise (domain.md, "Reminders")."""
    reminders = [EscalationStep(after_days=days, act=StepAct.REMIND, channels=["sms", "email"]) for days in (3, 7)]
    return [*reminders, EscalationStep(after_days=9, act=StepAct.CALL, channels=[])]
