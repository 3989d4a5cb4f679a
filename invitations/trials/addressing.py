"""Addressing people while a trial runs: who awaits the draw is drawn and addressed at once, in whatever arm lots gave.

Only somebody who could be addressed in every arm, at this moment, is drawn: the draw changes nobody's chance of being
addressed. Who was drawn and has nothing (a batch was taken back) is addressed in the same arm; the others as ever.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from invitations import convening, convening_many, errors, inviting, undoing
from invitations.codes import Codes
from invitations.inviting import Preview
from invitations.models import Channel, FollowUp, Invitation, InvitationBatch, Mode, Trial, TrialExit
from invitations.sealing import Seals
from invitations.trials import allocating, covering, opting_out

Refused = list[tuple[FollowUp, errors.DomainError]]
# Somebody outside may take a date in the moment between looking and holding.
TRIES = 3


@dataclass(frozen=True, slots=True)
class Who:
    """Who acts, for which organisation, and what opens the seed and makes links."""

    organisation_id: int
    agent_id: int
    codes: Codes
    seals: Seals


@dataclass(slots=True)
class Sorted:
    """What addressing a selection would do. `invitable`: what inviting alone would, in its own words.

    `lots`: drawn when the agent confirms; `again`: drawn before, with nothing sent since, and their arm;
    `unequal`: they could be invited, not addressed in every arm, and why: invited without lots; `rest`: those of the
    invitable whom no lots concern (taken out, or addressed before).
    """

    trial: Trial
    invitable: Preview
    crossing: bool = False  # lots gave some of `rest` another arm: inviting them now is a crossover
    lots: list[FollowUp] = field(default_factory=list)
    again: dict[int, Mode] = field(default_factory=dict)
    unequal: Refused = field(default_factory=list)
    rest: list[FollowUp] = field(default_factory=list)
    refused: Refused = field(default_factory=list)


@dataclass(slots=True)
class Addressed:
    """What became of a selection: `batch`, of the invitations (they can be taken back for ten minutes, dates can't)."""

    drawn: dict[int, Mode]  # by follow-up, of those drawn now
    batch: InvitationBatch | None = None
    invited: list[Invitation] = field(default_factory=list)
    dated: list[Invitation] = field(default_factory=list)
    waiting: int = 0
    refused: Refused = field(default_factory=list)


def sort(
    session: Session,
    trial: Trial,
    selected: Sequence[FollowUp],
    *,
    organisation_id: int,
    channels: Sequence[Channel],
    now: datetime,
) -> Sorted:
    """Look, and write nothing. A constant number of queries."""
    seen = inviting.preview_selection(session, selected, organisation_id=organisation_id, channels=channels, now=now)
    ready = {one.id for one in seen.ready}
    before = covering.drawn(session, trial, [one.id for one in selected])
    empty = covering.unaddressed(session, list(before))
    waiting = covering.undrawn(session, trial, ready)
    undated = _undated(session, trial, [one for one in seen.ready if one.id in waiting], organisation_id, now)
    made = Sorted(trial, seen, again={one: before[one].arm for one in empty})
    for one in seen.ready:
        if one.id in undated:
            made.unequal.append((one, undated[one.id]))
        elif one.id in waiting:
            made.lots.append(one)
        elif one.id not in made.again:
            made.rest.append(one)
    made.crossing = any(before[one.id].arm is not Mode.INVITATION for one in made.rest if one.id in before)
    dated_again = {one for one, arm in made.again.items() if arm is not Mode.INVITATION}
    made.refused = [(one, refusal) for one, refusal in seen.refused if one.id not in dated_again]
    return made


def _undated(
    session: Session, trial: Trial, those: Sequence[FollowUp], organisation_id: int, now: datetime
) -> dict[int, errors.DomainError]:
    """Whom no date could be given in some arm, and why."""
    return {
        one.id: refusal
        for mode in trial.modes
        if mode is not Mode.INVITATION
        for one, refusal in convening_many.plan(session, those, mode, organisation_id=organisation_id, now=now).refused
    }


def address(
    session: Session,
    trial: Trial,
    selected: Sequence[FollowUp],
    *,
    channels: Sequence[Channel],
    by: Who,
    may_wait: bool,
    now: datetime,
) -> Addressed:
    """Draw, and address everybody of the selection, in one transaction; `may_wait`: as in `undoing.send`.

    Raises TrialOver when it was ended meanwhile: nothing is done then.
    """
    inviting.take_turn(session, by.organisation_id, [one.id for one in selected])
    sorted_ = sort(session, trial, selected, organisation_id=by.organisation_id, channels=channels, now=now)
    short = [one for one, refusal in sorted_.refused if may_wait and isinstance(refusal, errors.NoFreeSlot)]
    _leave_out(session, trial, [*(one for one, _ in sorted_.unequal), *short], by, now)
    drawn = allocating.assign(
        session,
        trial,
        sorted_.lots,
        organisation_id=by.organisation_id,
        agent_id=by.agent_id,
        seals=by.seals,
        now=now,
    )
    made = Addressed(drawn, refused=[one for one in sorted_.refused if one[0] not in short])
    arms = sorted_.again | drawn
    for mode in trial.modes:
        if mode is not Mode.INVITATION:
            _give_dates(session, [one for one in selected if arms.get(one.id) is mode], mode, made, by, now)
    ready = {one.id for one in (*sorted_.invitable.ready, *short)}
    invited = [one for one in selected if one.id in ready and arms.get(one.id, Mode.INVITATION) is Mode.INVITATION]
    if invited:
        _invite(session, trial, invited, made, channels=channels, by=by, may_wait=may_wait, now=now)
    return made


def address_one(
    session: Session, trial: Trial, follow_up: FollowUp, *, channels: Sequence[Channel], by: Who, now: datetime
) -> Invitation:
    """Draw for one person and address them at once. Raises InviteRefused when some arm could not be theirs.

    Who was drawn before, and has nothing since, is addressed in the same arm.
    """
    inviting.take_turn(session, by.organisation_id, [follow_up.id])
    sorted_ = sort(session, trial, [follow_up], organisation_id=by.organisation_id, channels=channels, now=now)
    for _, refusal in (*sorted_.refused, *sorted_.unequal):
        raise refusal
    drawn = allocating.assign(
        session,
        trial,
        sorted_.lots,
        organisation_id=by.organisation_id,
        agent_id=by.agent_id,
        seals=by.seals,
        now=now,
    )
    arm = (sorted_.again | drawn).get(follow_up.id, Mode.INVITATION)
    common = {"organisation_id": by.organisation_id, "agent_id": by.agent_id, "codes": by.codes, "now": now}
    if arm is Mode.INVITATION:
        return inviting.invite(session, follow_up, channels=channels, **common)  # type: ignore[arg-type]
    plan = convening_many.plan(session, [follow_up], arm, organisation_id=by.organisation_id, now=now)
    for _, why in plan.refused:
        raise why
    act = convening.propose if arm is Mode.PROPOSITION else convening.convene
    return act(session, follow_up, plan.dates[0].token, **common)  # type: ignore[arg-type]


def _leave_out(session: Session, trial: Trial, those: Sequence[FollowUp], by: Who, now: datetime) -> None:
    """Not every arm could be theirs: they are addressed without lots, and counted as such."""
    waiting = covering.undrawn(session, trial, [one.id for one in those])
    opting_out.take_out(
        session,
        trial,
        [one for one in those if one.id in waiting],
        organisation_id=by.organisation_id,
        agent_id=None,
        now=now,
        why=TrialExit.NOT_IN_EVERY_ARM,
    )


def _give_dates(
    session: Session, those: Sequence[FollowUp], mode: Mode, made: Addressed, by: Who, now: datetime
) -> None:
    """The first free date for each; one that is taken in the same moment gives way to the next."""
    for _ in range(TRIES):
        plan = convening_many.plan(session, those, mode, organisation_id=by.organisation_id, now=now)
        done = convening_many.convene_all(
            session,
            [one.follow_up for one in plan.dates],
            {one.follow_up.beneficiary_id: one.token for one in plan.dates},
            mode,
            organisation_id=by.organisation_id,
            agent_id=by.agent_id,
            codes=by.codes,
            now=now,
        )
        made.dated += done.told
        made.refused += plan.refused
        those = [one for one, refusal in done.refused if isinstance(refusal, errors.SlotTaken)]
        made.refused += [(one, why) for one, why in done.refused if one not in those]
        if not those:
            return
    made.refused += [(one, errors.SlotTaken()) for one in those]


def _invite(
    session: Session,
    trial: Trial,
    those: Sequence[FollowUp],
    made: Addressed,
    *,
    channels: Sequence[Channel],
    by: Who,
    may_wait: bool,
    now: datetime,
) -> None:
    sent = undoing.send(
        session,
        those,
        organisation_id=by.organisation_id,
        category_id=trial.category_id,
        channels=channels,
        agent_id=by.agent_id,
        may_wait=may_wait,
        codes=by.codes,
        now=now,
    )
    made.batch, made.invited, made.waiting = sent.batch, sent.invited, sent.waiting
    made.refused += sent.refused
