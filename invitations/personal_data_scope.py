"""The questions about one person whose data are handed out: of what every organisation keeps, or one alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from typing import Any

from sqlalchemy import ColumnElement, Executable, true
from sqlalchemy.orm import InstrumentedAttribute, Session

Found = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Scope:
    """`organisation_id`: of what only this organisation keeps; None: the whole."""

    session: Session
    person_id: int
    organisation_id: int | None

    def ours(self, organisation_id: InstrumentedAttribute[Any]) -> ColumnElement[bool]:
        return true() if self.organisation_id is None else organisation_id == self.organisation_id

    def all(self, query: Executable) -> list[Found]:
        return [{name: plain(value) for name, value in row._mapping.items()} for row in self.session.execute(query)]


def plain(value: Any) -> Any:
    """As JSON holds it."""
    if isinstance(value, Enum):
        return value.value
    return value.isoformat() if isinstance(value, datetime | date) else value
