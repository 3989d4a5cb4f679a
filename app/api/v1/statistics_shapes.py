"""What a machine is told of figures: numbers of people, as invitations/statistics/definitions.py counts them."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from msgspec import Meta, Struct

from app.api.v1.shapes import Moment, MotifCategory

Number = Annotated[int, Meta(ge=0, examples=[120])]


class Counts(Struct, frozen=True):
    """People first addressed. From `reached` on, of those counted, within the horizon; from `kept` on, their appointments."""

    addressed: Annotated[int, Meta(ge=0, description="everyone: counted + too_early")]
    counted: Annotated[int, Meta(ge=0, description="whose window is over")]
    too_early: Annotated[int, Meta(ge=0, description="whose window still runs")]
    seen_early: Annotated[int, Meta(ge=0, description="of those, seen already")]
    reached: Number
    answered: Number
    booked: Number
    autonomous: Annotated[int, Meta(ge=0, description="booked by the person themselves")]
    seen: Annotated[int, Meta(ge=0, description="the primary figure, of `counted`")]
    unknown: Annotated[int, Meta(ge=0, description="whose outcome nobody noted; not seen")]
    crossed: Annotated[int, Meta(ge=0, description="addressed in another mode later; counted with the first")]
    kept: Number
    noshow: Number
    excused: Number
    revoked: Number
    unnoted: Number


class Group(Struct, frozen=True):
    """`key`: a mode, a channel, an entry, or the first day of a month."""

    key: Annotated[str, Meta(examples=["2026-11-01"])]
    counts: Counts


class Statistics(Struct, frozen=True):
    motif_category: MotifCategory | None
    since: Annotated[date | None, Meta(examples=["2026-01-01"])]
    until: Annotated[date | None, Meta(examples=["2026-11-01"])]
    horizon: Annotated[int, Meta(examples=[45])]
    as_of: Moment | None
    everyone: Counts
    by_mode: list[Group]
    by_channel: list[Group]
    by_entry: list[Group]
    by_month: list[Group]


class StatisticsAnswer(Struct, frozen=True):
    success: bool
    statistics: Statistics
