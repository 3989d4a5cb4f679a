"""What an agent decides about a row that is a question: this person, somebody else, or leave it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Act(StrEnum):
    SAME = "same"
    OTHER = "other"
    OUT = "out"


@dataclass(frozen=True, slots=True)
class Choice:
    """`person_id`: of Act.SAME, whom the row is about."""

    act: Act
    person_id: int | None = None

    def kept(self) -> dict[str, Any]:
        """As `ImportRow.choice` keeps it."""
        return {"act": self.act.value, "person": self.person_id}


def choice_of(kept: dict[str, Any] | None) -> Choice | None:
    return Choice(Act(kept["act"]), kept["person"]) if kept else None
