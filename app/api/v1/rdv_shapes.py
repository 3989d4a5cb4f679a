"""Appointments and free times: what machines get of them. Each key always there."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from app.api.v1.list_shapes import Next
from app.api.v1.refusal_shapes import Problem
from app.api.v1.shapes import Agent, Lieu, Minutes, Moment, Motif, Rdv
from invitations.concerns import Concern


class Slot(Struct, frozen=True):
    """A start, once for a place and a motif. `agents`: who receives then. `title` and `seats_left`: of a session."""

    starts_at: Moment
    duration_in_min: Minutes
    motif: Motif
    lieu: Lieu
    agents: list[Agent]
    title: Annotated[str | None, Meta(examples=["Atelier budget"])]
    seats_left: Annotated[int, Meta(ge=1)] | None


class SlotsAnswer(Struct, frozen=True):
    success: bool
    slots: list[Slot]
    next_cursor: Annotated[str | None, Meta(examples=["29943300.3.7"])]


class RdvsAnswer(Struct, frozen=True):
    success: bool
    rdvs: list[Rdv]
    next_cursor: Next


class RdvDone(Struct, frozen=True):
    success: bool
    rdv: Rdv


class Conflict(Struct, frozen=True):
    """`concerns`: the same call with `confirm` true goes on all the same. `slots`: the nearest that are free."""

    success: Literal[False]
    errors: list[Problem]
    concerns: list[Concern]
    slots: list[Slot]
