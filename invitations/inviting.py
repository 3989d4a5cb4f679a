"""Inviting: the person gets a message and chooses place and slot. One at a time, or a selection."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from invitations import capacity, errors, sectors
from invitations.addressing import Terms, check_can_address, load, read_facts, read_terms, referents_of
from invitations.codes import Codes
from invitations.database import hold_rows
from invitations.inviting_written import Wanted, invite_all
from invitations.models import (
    Channel,
    FollowUp,
    Invitation,
    InvitationBatch,
    Organisation,
)
from invitations.reach import without_doubles
from invitations.rooms import Room, is_shared, left_in, left_in_all


@dataclass(slots=True)
class Batch:
    """Who was invited, and who was not and why."""

    invited: list[Invitation] = field(default_factory=list)
    refused: list[tuple[FollowUp, errors.InviteRefused]] = field(default_factory=list)


@dataclass(slots=True)
class Preview:
    """Who would be invited now. `slots_left` counts those that invitations in flight leave, before `before`."""

    ready: list[FollowUp]
    refused: list[tuple[FollowUp, errors.InviteRefused]]
    slots_left: int
    before: datetime | None
    terms: dict[int, Terms] = field(default_factory=dict)  # by category


def invite(
    session: Session,
    follow_up: FollowUp,
    *,
    organisation_id: int,
    channels: Sequence[Channel],
    agent_id: int | None,
    codes: Codes,
    now: datetime,
    place_id: int | None = None,
) -> Invitation:
    """Address one person, who chooses place and slot. Raises a subclass of InviteRefused."""
    terms = read_terms(session, organisation_id, follow_up.category_id, now=now)
    follow_up = check_one(session, follow_up, terms, channels=channels, now=now)
    places = sectors.serving(session, organisation_id, follow_up.beneficiary.commune_insee)
    places = places if place_id is None else frozenset({place_id})
    room = Room(follow_up.category_id, referents_of(follow_up, terms), places)
    check_room(left_in(session, room, terms, now=now), terms)
    wanted = Wanted(follow_up, terms, channels, place_id)
    return invite_all(session, [wanted], agent_id=agent_id, codes=codes, now=now)[0]


def invite_selection(
    session: Session,
    selected: Sequence[FollowUp],
    *,
    organisation_id: int,
    channels: Sequence[Channel],
    agent_id: int | None,
    codes: Codes,
    now: datetime,
    batch: InvitationBatch | None = None,
) -> Batch:
    """Invite those who can be, in the order given, as long as slots last; the others come back with their reason."""
    take_turn(session, organisation_id, [one.id for one in selected])
    preview = preview_selection(session, selected, organisation_id=organisation_id, channels=channels, now=now)
    wanted = [
        Wanted(one, preview.terms[one.category_id], used_for(one, channels), batch=batch) for one in preview.ready
    ]
    return Batch(invite_all(session, wanted, agent_id=agent_id, codes=codes, now=now), preview.refused)


def preview_selection(
    session: Session,
    selected: Sequence[FollowUp],
    *,
    organisation_id: int,
    channels: Sequence[Channel],
    now: datetime,
) -> Preview:
    """What inviting this selection would do, in the order given, as long as slots last."""
    loaded = load(session, [one.id for one in selected])
    facts = read_facts(session, loaded, organisation_id, now=now)
    preview = Preview(ready=[], refused=[], slots_left=0, before=None)
    rooms_of = read_rooms(session, loaded, organisation_id, preview, now=now)
    rooms = {room: left_in(session, room, preview.terms[room.category_id], now=now) for room in set(rooms_of.values())}
    preview.slots_left = left_in_all(session, rooms, preview.terms, now=now)
    shared = capacity.sharing(session, organisation_id) if len(preview.terms) > 1 else {}
    for follow_up in loaded:
        terms, room = preview.terms[follow_up.category_id], rooms_of[follow_up.id]
        try:
            check_can_address(follow_up, terms, facts, channels=used_for(follow_up, channels), now=now)
            check_room(rooms[room], terms)
        except errors.InviteRefused as refusal:
            preview.refused.append((follow_up, refusal))
        else:
            preview.ready.append(follow_up)
            for other in rooms:
                rooms[other] -= is_shared(other, room, shared)
    return preview


def used_for(follow_up: FollowUp, channels: Sequence[Channel]) -> Sequence[Channel]:
    """Of the channels asked for a selection, those that this person is written to by; all of them when none reaches."""
    return without_doubles(follow_up.beneficiary, channels) or channels


def read_rooms(
    session: Session, loaded: Sequence[FollowUp], organisation_id: int, preview: Preview, *, now: datetime
) -> dict[int, Room]:
    """The room of each follow-up of a selection; fills in the preview's terms."""
    communes = {one.beneficiary.commune_insee for one in loaded if one.beneficiary.commune_insee}
    served = sectors.serving_all(session, organisation_id, communes)
    rooms: dict[int, Room] = {}
    for follow_up in loaded:
        category_id = follow_up.category_id
        if category_id not in preview.terms:
            preview.terms[category_id] = read_terms(session, organisation_id, category_id, now=now)
        terms = preview.terms[category_id]
        preview.before = terms.expires_at
        places = served.get(follow_up.beneficiary.commune_insee or "")
        rooms[follow_up.id] = Room(category_id, referents_of(follow_up, terms), places)
    return rooms


def check_one(
    session: Session,
    follow_up: FollowUp,
    terms: Terms,
    *,
    channels: Sequence[Channel],
    now: datetime,
    rests: bool = True,
) -> FollowUp:
    """Hold one follow-up and check that its person may be addressed. Raises InviteRefused.

    `rests`: false for a date that an agent proposes or fixes, which replaces what was sent before.
    """
    take_turn(session, terms.organisation.id, [follow_up.id])
    held = load(session, [follow_up.id])[0]
    facts = read_facts(session, [held], terms.organisation.id, now=now)
    check_can_address(held, terms, facts if rests else replace(facts, recent={}), channels=channels, now=now)
    return held


def take_turn(session: Session, organisation_id: int, follow_up_ids: Sequence[int]) -> None:
    """One inviting at a time per organisation, for two batches at once would promise the same slots; and nobody
    books in these follow-ups meanwhile."""
    hold_rows(session, select(Organisation.id).where(Organisation.id == organisation_id))
    hold_rows(session, select(FollowUp.id).where(FollowUp.id.in_(follow_up_ids)).order_by(FollowUp.id))


def check_room(slots_left: int, terms: Terms) -> None:
    if slots_left < 1:
        raise errors.NoFreeSlot(before=terms.expires_at)
