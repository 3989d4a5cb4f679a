"""Dates for a selection, one after the other: the first free one of each person's referent, else of the organisation.

What is shown first is what is done: the plan's times are handed back, and one that was taken meanwhile is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy.orm import Session

from invitations import convening, errors, sectors
from invitations.addressing import Terms, check_can_address, load, read_facts
from invitations.agenda.search import find_slots
from invitations.agenda.slots import Slot
from invitations.codes import Codes
from invitations.convening import check_mode, dated, dated_channels, terms_for_agents
from invitations.models import FollowUp, Invitation, Mode
from invitations.offers import Choice

# A date for each is looked for and held while the agent waits.
MOST = 200
REFUSED = (errors.InviteRefused, errors.SlotTaken, errors.AlreadyBooked)


@dataclass(frozen=True, slots=True)
class Planned:
    """A date for one person: `token` says it back."""

    follow_up: FollowUp
    slot: Slot

    @property
    def token(self) -> str:
        slot = self.slot
        return Choice(slot.starts_at, slot.place_id, slot.type_id, slot.ends_at).token


@dataclass(slots=True)
class Plan:
    """Who would get which date, in the order given, and who none and why."""

    dates: list[Planned] = field(default_factory=list)
    refused: list[tuple[FollowUp, errors.DomainError]] = field(default_factory=list)


@dataclass(slots=True)
class Convened:
    """Who was given a date, and who was not and why."""

    told: list[Invitation] = field(default_factory=list)
    refused: list[tuple[FollowUp, errors.DomainError]] = field(default_factory=list)


def plan(session: Session, selected: Sequence[FollowUp], mode: Mode, *, organisation_id: int, now: datetime) -> Plan:
    """Free dates for these people of one category, without taking any."""
    found = Plan()
    loaded = load(session, [one.id for one in selected])
    if not loaded:
        return found
    terms = terms_for_agents(session, organisation_id, loaded[0].category_id, now=now)
    facts = replace(read_facts(session, loaded, organisation_id, now=now), recent={})  # as one by one: no rest is asked
    served = sectors.serving_all(
        session, organisation_id, {one.beneficiary.commune_insee or "" for one in loaded} - {""}
    )
    pool = Pool(free_slots(session, terms, now=now), {one.id for one in terms.types if one.referents_only})
    for one in loaded:
        try:
            check_mode(terms, mode)
            channels = dated_channels(one, terms)
            check_can_address(one, dated(terms), facts, channels=channels, now=now)
            slot = pool.take(one, served.get(one.beneficiary.commune_insee or ""))
        except errors.InviteRefused as refusal:
            found.refused.append((one, refusal))
        else:
            found.dates.append(Planned(one, slot))
    return found


def convene_all(
    session: Session,
    selected: Sequence[FollowUp],
    tokens: Mapping[int, str],
    mode: Mode,
    *,
    organisation_id: int,
    agent_id: int,
    codes: Codes,
    now: datetime,
) -> Convened:
    """Propose or fix the dates that the plan showed: `tokens`, by person. One that is refused leaves the others."""
    act = convening.propose if mode is Mode.PROPOSITION else convening.convene
    made = Convened()
    for one in selected:
        token = tokens.get(one.beneficiary_id)
        if token is None:
            continue
        try:
            with session.begin_nested():
                made.told.append(
                    act(session, one, token, organisation_id=organisation_id, agent_id=agent_id, codes=codes, now=now)
                )
        except REFUSED as refusal:
            made.refused.append((one, refusal))
    return made


class Pool:
    """Free slots in order of time, of which each one given takes its agent's time away."""

    def __init__(self, slots: Iterable[Slot], referents_only: set[int]) -> None:
        self.slots = list(slots)
        self.referents_only = referents_only

    def take(self, follow_up: FollowUp, places: Iterable[int] | None) -> Slot:
        """The first slot of a referent, else of anybody, where the person is received. Raises NoFreeSlot."""
        referents = {one.id for one in follow_up.beneficiary.referents}
        there = None if places is None else set(places)
        fitting = [one for one in self.slots if there is None or one.place_id in there]
        chosen = next((one for one in fitting if one.agent_id in referents), None)
        if chosen is None:
            chosen = next((one for one in fitting if one.type_id not in self.referents_only), None)
        if chosen is None:
            raise errors.NoFreeSlot(before=None)
        self.slots = [
            one
            for one in self.slots
            if one.agent_id != chosen.agent_id or one.end <= chosen.start or one.start >= chosen.end
        ]
        return chosen


def free_slots(session: Session, terms: Terms, *, now: datetime) -> list[Slot]:
    """Every free slot of individual types, as the delays of each type have it: nobody hears of a date an hour before."""
    types = [one for one in terms.types if not one.is_collective]
    if not types:
        return []
    horizon = now + max(one.max_delay for one in types)
    return find_slots(session, types=types, after=now, before=horizon, now=now)
