"""Waves: the rest of a selection is invited from the front as slots open, while messages may leave.

The scheduler asks which organisations are `due` and goes on with one at a time, each in a transaction of its own: any
number of schedulers may do so, and may die in between. Nobody is invited here who would be refused to an agent.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import Session

from invitations import errors, inviting, journal
from invitations.codes import Codes
from invitations.database import hold_rows
from invitations.inviting import Preview, used_for
from invitations.inviting_written import Wanted, invite_all
from invitations.models import (
    Channel,
    FollowUp,
    Invitation,
    InvitationBatch,
    Mode,
    Organisation,
    Wave,
    WaveExit,
    WavePerson,
)
from invitations.quiet_hours import next_allowed

# Of each wave: how many are looked at, and how many invited in one transaction; the next tick goes on.
LOOKED_AT = 500
AT_ONCE = 100
# What is wrong with the organisation, or missing in its agenda, passes: people keep their place meanwhile.
PASSING = (errors.NoFreeSlot, errors.NoHelpPhone, errors.NoOpenType)
EXITS: tuple[tuple[type[errors.InviteRefused], WaveExit], ...] = (
    (errors.JustInvited, WaveExit.INVITED_OTHERWISE),
    (errors.AppointmentToCome, WaveExit.APPOINTMENT_TO_COME),
    (errors.Archived, WaveExit.ARCHIVED),
    (errors.FollowUpClosed, WaveExit.CLOSED),
    (errors.NoAddress, WaveExit.NO_ADDRESS),
    (errors.NoReferent, WaveExit.NO_REFERENT),
)


@dataclass(frozen=True, slots=True)
class Turn:
    """What one wave would do now: whom it invites, and who leaves it and why."""

    wave: Wave
    preview: Preview
    leaving: dict[int, WaveExit]  # by follow-up

    @property
    def is_needed(self) -> bool:
        return bool(self.preview.ready or self.leaving)


def queue(
    session: Session, those: Sequence[FollowUp], *, batch: InvitationBatch, channels: Sequence[Channel], now: datetime
) -> int:
    """Have these people, held already, wait for a slot in this order; whoever waits in a wave keeps that place.

    Returns how many are new.
    """
    waits = select(WavePerson.follow_up_id).where(WavePerson.follow_up_id.in_([one.id for one in those]), _IS_WAITING)
    known = set(session.scalars(waits))
    new = [one for one in those if one.id not in known]
    if not new:
        return 0
    wave = Wave(
        organisation_id=batch.organisation_id,
        category_id=batch.category_id,
        batch_id=batch.id,
        agent_id=batch.agent_id,
        channels=list(channels),
        starts_at=batch.leaves_at,
        created_at=now,
    )
    wave.people = [WavePerson(follow_up_id=one.id, position=place) for place, one in enumerate(new)]
    session.add(wave)
    session.flush()
    return len(new)


_IS_WAITING = WavePerson.invited_at.is_(None) & WavePerson.left_at.is_(None)


def due(session: Session, *, now: datetime) -> list[int]:
    """Ids of the organisations that could invite somebody of their waves now, or whose waves somebody leaves."""
    every = session.scalars(
        select(Organisation).where(Organisation.id.in_(_open_waves(now).with_only_columns(Wave.organisation_id)))
    ).all()
    open_now = [one.id for one in sorted(every, key=lambda one: one.id) if _may_write(one, now)]
    return [
        one for one in open_now if any(_turn(session, wave, now=now).is_needed for wave in _waves(session, one, now))
    ]


def go_on(session: Session, organisation_id: int, *, codes: Codes, now: datetime) -> int:
    """Invite from the front of the organisation's waves. Returns how many people were invited or left."""
    hold_rows(session, select(Organisation.id).where(Organisation.id == organisation_id))
    if not _may_write(session.get_one(Organisation, organisation_id), now):
        return 0
    return sum(_advance(session, wave, codes=codes, now=now) for wave in _waves(session, organisation_id, now))


def stop(session: Session, wave: Wave, *, agent_id: int, now: datetime) -> int:
    """Nobody else of this wave is invited. Returns how many were waiting; 0 when it was over already."""
    inviting.take_turn(session, wave.organisation_id, [])
    session.refresh(wave)
    if wave.ended_at is not None:
        return 0
    count = _leave(session, wave.id, WaveExit.STOPPED, now=now)
    wave.ended_at = now
    journal.note(
        session,
        "wave.stopped",
        now=now,
        organisation_id=wave.organisation_id,
        agent_id=agent_id,
        wave_id=wave.id,
        people=count,
    )
    return count


def stop_of_batch(session: Session, batch_id: int, *, now: datetime) -> None:
    """The selection is taken back: its rest waits no more. The caller holds the organisation."""
    for wave in session.scalars(select(Wave).where(Wave.batch_id == batch_id, Wave.ended_at.is_(None))):
        _leave(session, wave.id, WaveExit.STOPPED, now=now)
        wave.ended_at = now


def waiting_of_batches(session: Session, batch_ids: Collection[int]) -> dict[int | None, int]:
    """By selection, how many of its people were left to wait, whatever became of them."""
    counted = (
        select(Wave.batch_id, func.count())
        .join(WavePerson, WavePerson.wave_id == Wave.id)
        .where(Wave.batch_id.in_(batch_ids))
        .group_by(Wave.batch_id)
    )
    return {row[0]: row[1] for row in session.execute(counted)}


def waiting_by_category(session: Session, organisation_id: int) -> dict[int, int]:
    """By category, how many people wait in waves of the organisation."""
    counted = (
        select(Wave.category_id, func.count())
        .join(WavePerson, WavePerson.wave_id == Wave.id)
        .where(Wave.organisation_id == organisation_id, Wave.ended_at.is_(None), _IS_WAITING)
        .group_by(Wave.category_id)
    )
    return {row[0]: row[1] for row in session.execute(counted)}


def _advance(session: Session, wave: Wave, *, codes: Codes, now: datetime) -> int:
    """One wave's turn: those who may be invited are, those who can't be any more leave."""
    inviting.take_turn(session, wave.organisation_id, _front(session, wave))
    turn = _turn(session, wave, now=now)
    ready = turn.preview.ready[:AT_ONCE]
    terms, channels = turn.preview.terms, [Channel(one) for one in wave.channels]
    wanted = [Wanted(one, terms[one.category_id], used_for(one, channels)) for one in ready]
    invite_all(session, wanted, agent_id=wave.agent_id, codes=codes, now=now)
    session.execute(
        update(WavePerson)
        .where(WavePerson.wave_id == wave.id, WavePerson.follow_up_id.in_([one.id for one in ready]))
        .values(invited_at=now)
    )
    for follow_up_id, why in turn.leaving.items():
        _leave(session, wave.id, why, follow_up_id=follow_up_id, now=now)
    if not _front(session, wave):
        wave.ended_at = now
    session.flush()
    return len(ready) + len(turn.leaving)


def _turn(session: Session, wave: Wave, *, now: datetime) -> Turn:
    front = _front(session, wave)
    invited = set(session.scalars(_invited_since(wave, front)))
    waiting = session.scalars(select(FollowUp).where(FollowUp.id.in_([one for one in front if one not in invited])))
    by_id = {one.id: one for one in waiting}
    preview = inviting.preview_selection(
        session,
        [by_id[one] for one in front if one in by_id],
        organisation_id=wave.organisation_id,
        channels=[Channel(one) for one in wave.channels],
        now=now,
    )
    leaving = dict.fromkeys(invited, WaveExit.INVITED_OTHERWISE)
    for follow_up, refusal in preview.refused:
        if not isinstance(refusal, PASSING):
            leaving[follow_up.id] = exit_for(refusal)
    return Turn(wave, preview, leaving)


def exit_for(refusal: errors.InviteRefused) -> WaveExit:
    return next((why for kind, why in EXITS if isinstance(refusal, kind)), WaveExit.NOT_ALLOWED)


def _front(session: Session, wave: Wave) -> list[int]:
    """Follow-ups that wait, the first on top."""
    waiting = select(WavePerson.follow_up_id).where(WavePerson.wave_id == wave.id, _IS_WAITING)
    return list(session.scalars(waiting.order_by(WavePerson.position).limit(LOOKED_AT)))


def _invited_since(wave: Wave, follow_up_ids: Sequence[int]) -> Select[int]:
    """Addressed by somebody, in any way, while they waited."""
    return (
        select(Invitation.follow_up_id)
        .where(Invitation.follow_up_id.in_(follow_up_ids), Invitation.created_at > wave.created_at)
        .where(Invitation.mode.in_(list(Mode)), Invitation.ended_at.is_(None))
        .distinct()
    )


def _waves(session: Session, organisation_id: int, now: datetime) -> Sequence[Wave]:
    """The waves that go on, the oldest first."""
    mine = _open_waves(now).where(Wave.organisation_id == organisation_id).order_by(Wave.id)
    return session.scalars(mine.execution_options(populate_existing=True)).all()


def _open_waves(now: datetime) -> Select[Wave]:
    return select(Wave).where(Wave.ended_at.is_(None), Wave.starts_at <= now)


def _may_write(organisation: Organisation, now: datetime) -> bool:
    """At night nobody is invited: the days to answer would begin before the message."""
    department = organisation.department
    return next_allowed(now, department.zone, department.holidays_subdivision) <= now


def _leave(session: Session, wave_id: int, why: WaveExit, *, follow_up_id: int | None = None, now: datetime) -> int:
    leaving = update(WavePerson).where(WavePerson.wave_id == wave_id, _IS_WAITING)
    if follow_up_id is not None:
        leaving = leaving.where(WavePerson.follow_up_id == follow_up_id)
    done = session.execute(
        leaving.values(left_at=now, left_because=why), execution_options={"synchronize_session": False}
    )
    return int(done.rowcount)  # type: ignore[attr-defined]
