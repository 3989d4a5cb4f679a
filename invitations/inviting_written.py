"""What inviting writes: invitations, their links, what is owed, statuses, the journal; a statement a table, however many."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from invitations import follow_ups, journal, outbox, rows
from invitations.addressing import Terms, referents_of
from invitations.codes import Codes
from invitations.models import Channel, EndReason, FollowUp, Invitation, InvitationBatch, Link, MessageKind, Mode
from invitations.trials import covering
from notifications.phone import is_mobile


@dataclass(frozen=True, slots=True)
class Wanted:
    """One person to be invited, checked already. `place_id`: the only place they may choose; None: any. `batch`: the
    selection they are part of; nothing is sent before it leaves."""

    follow_up: FollowUp
    terms: Terms
    channels: Sequence[Channel]
    place_id: int | None = None
    batch: InvitationBatch | None = None


def invite_all(
    session: Session, wanted: Sequence[Wanted], *, agent_id: int | None, codes: Codes, now: datetime
) -> list[Invitation]:
    """Write their invitations, links, messages and statuses: a statement a table, however many they are."""
    replace_open(session, [one.follow_up for one in wanted], now=now)
    made = [
        row_of(
            one.follow_up,
            one.terms,
            Mode.INVITATION,
            agent_id=agent_id,
            now=now,
            expires_at=one.terms.expires_at,
            place_id=one.place_id,
            batch_id=one.batch.id if one.batch else None,
        )
        for one in wanted
    ]
    keep(session, made, wanted, codes=codes, now=now)
    pairs = zip(wanted, made, strict=True)
    outbox.owe_all(session, [owed(MessageKind.INVITATION, one, invitation) for one, invitation in pairs], now=now)
    follow_ups.refresh_all(session, [one.follow_up for one in wanted], now=now)
    return made


def replace_open(session: Session, those: Sequence[FollowUp], *, now: datetime) -> None:
    """End what is open in these follow-ups: a person has one way to answer. Nearly always nothing is."""
    ids = {one.id: one for one in those}
    is_open = select(Invitation.follow_up_id).where(Invitation.follow_up_id.in_(ids), Invitation.ended_at.is_(None))
    for follow_up_id in session.scalars(is_open.distinct().order_by(Invitation.follow_up_id)).all():
        follow_ups.end_invitations(session, ids[follow_up_id], EndReason.REPLACED, now=now)


def row_of(
    follow_up: FollowUp,
    terms: Terms,
    mode: Mode,
    *,
    agent_id: int | None,
    now: datetime,
    expires_at: datetime | None,
    place_id: int | None = None,
    batch_id: int | None = None,
) -> Invitation:
    return Invitation(
        uid=str(uuid.uuid4()),
        follow_up_id=follow_up.id,
        organisation_id=terms.organisation.id,
        mode=mode,
        place_id=place_id,
        batch_id=batch_id,
        with_referents=referents_of(follow_up, terms) is not None,
        created_by_agent_id=agent_id,
        expires_at=expires_at,
        to_mobile=is_mobile(follow_up.beneficiary.phone or ""),
        created_at=now,
    )


def keep(
    session: Session, made: Sequence[Invitation], wanted: Sequence[Wanted], *, codes: Codes, now: datetime
) -> None:
    """Write new invitations, their links, and who made them. Raises LotsAreDrawn for whom a trial draws lots first."""
    covering.check_drawn(session, [(one.follow_up, row.organisation_id) for one, row in zip(wanted, made, strict=True)])
    session.add_all(made)
    session.flush()
    links = [{"code_hash": codes.kept(codes.derive("invitation", one.id)), "invitation_id": one.id} for one in made]
    rows.run_all(session, _LINKED, [one | {"created_at": now} for one in links])
    noted = [
        journal.event(
            f"follow_up.{invitation.mode}",
            now=now,
            organisation_id=invitation.organisation_id,
            agent_id=invitation.created_by_agent_id,
            beneficiary_id=one.follow_up.beneficiary_id,
            invitation_id=invitation.id,
        )
        for one, invitation in zip(wanted, made, strict=True)
    ]
    journal.note_all(session, noted)


_LINKED = insert(Link).inline()


def new_invitation(
    session: Session,
    follow_up: FollowUp,
    terms: Terms,
    mode: Mode,
    *,
    agent_id: int | None,
    codes: Codes,
    now: datetime,
    expires_at: datetime | None,
    place_id: int | None = None,
) -> Invitation:
    """One row and its link, with nothing owed yet. What was open before in this follow-up is replaced."""
    follow_ups.end_invitations(session, follow_up, EndReason.REPLACED, now=now)
    made = row_of(follow_up, terms, mode, agent_id=agent_id, now=now, expires_at=expires_at, place_id=place_id)
    keep(session, [made], [Wanted(follow_up, terms, (), place_id)], codes=codes, now=now)
    return made


def owed(kind: MessageKind, wanted: Wanted, invitation: Invitation) -> outbox.Owed:
    """The messages that address the person."""
    return outbox.Owed(
        kind,
        wanted.channels,
        wanted.follow_up.beneficiary,
        wanted.terms.organisation,
        invitation=invitation,
        due_at=wanted.batch.leaves_at if wanted.batch else None,
        useless_at=invitation.expires_at,
    )


def tell(
    session: Session,
    invitation: Invitation,
    kind: MessageKind,
    channels: Sequence[Channel],
    terms: Terms,
    *,
    now: datetime,
) -> Invitation:
    """Owe the messages that address the person, and derive their status anew."""
    follow_up = invitation.follow_up
    outbox.owe_all(session, [owed(kind, Wanted(follow_up, terms, channels), invitation)], now=now)
    follow_ups.refresh(session, follow_up, now=now)
    return invitation
