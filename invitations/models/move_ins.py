"""A move handed in by page: its files' lines until it is done, and what of them could not be carried over.

Only columns that are carried over are kept. A line that came in leaves nothing here.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from invitations.database import Base, by_value


class MoveInState(StrEnum):
    """Where a move is: looked at by the scheduler, shown, taken in by the scheduler, over."""

    LOOKING = "looking"
    PREVIEW = "preview"
    MOVING = "moving"
    DONE = "done"


class MoveIn(Base):
    """`total` lines, `done` of them in the pass (looking, moving) that began at `started_at`, up to the part `reached`.

    `organisation_id`: of whoever's line names no other; `organisation_ids`: those it may write to. `holder_id`: who holds the
    appointments to come that name nobody. `counts`: how much is, or would be, taken in (`moving_house.tally.Tally`).
    """

    __tablename__ = "move_ins"
    __table_args__ = (Index("ix_move_ins_organisation", "organisation_id", "created_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    organisation_ids: Mapped[list[int]]
    agent_id: Mapped[int] = mapped_column(ForeignKey("agents.id"))
    category_id: Mapped[int | None] = mapped_column(ForeignKey("categories.id"))
    holder_id: Mapped[int | None] = mapped_column(ForeignKey("agents.id"))
    with_reminders: Mapped[bool]
    people_file: Mapped[str] = mapped_column(String(200))
    meetings_file: Mapped[str | None] = mapped_column(String(200))
    dropped_columns: Mapped[list[str]]
    state: Mapped[MoveInState] = mapped_column(by_value(MoveInState), default=MoveInState.LOOKING)
    total: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    reached: Mapped[int] = mapped_column(default=0)
    counts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    started_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class MoveInPart(Base):
    """Lines that are looked at and taken in together: [is it of people, number, cells]. `listed`: identifiers of ours there.

    `sessions`: those that looking at it would have made; many come to one, from different parts.
    """

    __tablename__ = "move_in_parts"
    __table_args__ = (UniqueConstraint("move_in_id", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    move_in_id: Mapped[int] = mapped_column(ForeignKey("move_ins.id"))
    position: Mapped[int]
    size: Mapped[int]
    lines: Mapped[list[Any]]
    listed: Mapped[list[str]]
    sessions: Mapped[list[str]] = mapped_column(default=list)


class MoveInRemark(Base):
    """A line that is left out, or comes in without something. `whys`: `moving_house.columns.Trouble`s, parted by spaces.

    `cells`: of a line left out, to be corrected and handed in again.
    """

    __tablename__ = "move_in_remarks"
    __table_args__ = (Index("ix_move_in_remarks_move_in", "move_in_id", "is_left_out", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    move_in_id: Mapped[int] = mapped_column(ForeignKey("move_ins.id"))
    of_people: Mapped[bool]
    number: Mapped[int]
    is_left_out: Mapped[bool]
    whys: Mapped[str] = mapped_column(String(400))
    cells: Mapped[dict[str, Any] | None]
