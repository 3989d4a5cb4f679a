"""Who may be addressed: the refusals of domain.md, in its order, and what they need to know."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from invitations import capacity, errors, help_line
from invitations.agenda.wall_time import midnight
from invitations.escalation_rules import SHORTEST_LIFE_FOR_A_LETTER
from invitations.models import (
    AppointmentType,
    Beneficiary,
    CategorySettings,
    Channel,
    FollowUp,
    Invitation,
    Membership,
    Message,
    MessageKind,
    MessageState,
    Organisation,
    Outcome,
    Participation,
)
from invitations.reach import ELECTRONIC, OTHERWISE, Unreachable, why_unreachable, without_doubles

# The same channel may address the same follow-up again after this long.
REST = timedelta(hours=24)
_ADDRESSING = (MessageKind.INVITATION, MessageKind.PROPOSITION, MessageKind.CONVOCATION)
_NEVER_ARRIVED = (MessageState.FAILED, MessageState.UNDELIVERED, MessageState.EXPIRED, MessageState.CANCELLED)


@dataclass(frozen=True, slots=True)
class Terms:
    """What inviting needs of an organisation and a category, read once for a whole batch."""

    organisation: Organisation
    settings: CategorySettings | None
    types: list[AppointmentType]
    expires_at: datetime | None  # of an invitation sent now; None: never

    @property
    def help_phone(self) -> str | None:
        return help_line.of_settings(self.organisation, self.settings).phone or None


@dataclass(frozen=True, slots=True)
class Facts:
    """What the checks need beyond the follow-ups themselves, read for all of them at once."""

    recent: dict[int, list[tuple[Channel, datetime]]]  # follow-up → addressed on which channel, when
    members: frozenset[int]  # people who belong to the organisation and are not archived


def read_terms(session: Session, organisation_id: int, category_id: int, *, now: datetime) -> Terms:
    """What the organisation has set for the category. Settings are None when it does not handle it."""
    organisation = session.get_one(Organisation, organisation_id)
    settings = settings_of(session, organisation_id, category_id)
    types = capacity.types_open_to_invited(session, organisation_id=organisation_id, category_id=category_id)
    expires_at = last_moment(organisation, settings, now=now)
    return Terms(organisation, settings, types, expires_at)


def settings_of(session: Session, organisation_id: int, category_id: int) -> CategorySettings | None:
    return session.scalar(
        select(CategorySettings).where(
            CategorySettings.organisation_id == organisation_id, CategorySettings.category_id == category_id
        )
    )


def last_moment(organisation: Organisation, settings: CategorySettings | None, *, now: datetime) -> datetime | None:
    """When an invitation sent now stops being valid: a midnight, so that "avant le 8 décembre" is the exact truth.

    Never less than the days that the settings promise. None: never.
    """
    if settings is None or settings.validity_days is None:
        return None
    zone = organisation.department.zone
    return midnight(now.astimezone(zone).date() + timedelta(days=settings.validity_days + 1), zone)


def load(session: Session, ids: Sequence[int]) -> list[FollowUp]:
    """The follow-ups in the order given, with all that the checks read, in a constant number of queries."""
    found = session.scalars(
        select(FollowUp)
        .where(FollowUp.id.in_(ids))
        .options(
            selectinload(FollowUp.beneficiary).selectinload(Beneficiary.referents),
            selectinload(FollowUp.participations).selectinload(Participation.appointment),
        )
        .execution_options(populate_existing=True)
    )
    by_id = {one.id: one for one in found}
    return [by_id[one] for one in ids if one in by_id]


def read_facts(session: Session, loaded: Sequence[FollowUp], organisation_id: int, *, now: datetime) -> Facts:
    """Two queries, however many follow-ups."""
    recent: dict[int, list[tuple[Channel, datetime]]] = defaultdict(list)
    for follow_up_id, channel, at in session.execute(
        select(Invitation.follow_up_id, Message.channel, Message.created_at)
        .join(Invitation, Invitation.id == Message.invitation_id)
        .where(
            Invitation.follow_up_id.in_([one.id for one in loaded]),
            Message.kind.in_(_ADDRESSING),
            Message.created_at > now - REST,
            Message.state.not_in(_NEVER_ARRIVED),
        )
        .order_by(Message.created_at)
    ):
        recent[follow_up_id].append((channel, at))
    members = session.scalars(
        select(Membership.beneficiary_id).where(
            Membership.beneficiary_id.in_([one.beneficiary_id for one in loaded]),
            Membership.organisation_id == organisation_id,
            Membership.archived_at.is_(None),
        )
    )
    return Facts(recent, frozenset(members))


def check_can_address(
    follow_up: FollowUp, terms: Terms, facts: Facts, *, channels: Sequence[Channel], now: datetime
) -> None:
    """The refusals of domain.md but the slots, one under another. Raises the first that holds."""
    if follow_up.closed_at is not None:
        raise errors.FollowUpClosed
    check_rest(follow_up, facts, channels)
    check_help_phone(terms)
    check_membership(follow_up, terms, facts)
    check_no_appointment_to_come(follow_up, now=now)
    check_letter(terms, channels, now=now)
    check_types(terms)
    check_referents(follow_up, terms)
    check_channels(follow_up.beneficiary, channels)


def check_rest(follow_up: FollowUp, facts: Facts, channels: Sequence[Channel]) -> None:
    for channel, at in facts.recent.get(follow_up.id, ()):
        if channel in channels:
            raise errors.JustInvited(channel=channel, at=at)


def check_help_phone(terms: Terms) -> None:
    if not terms.help_phone:
        raise errors.NoHelpPhone


def check_membership(follow_up: FollowUp, terms: Terms, facts: Facts) -> None:
    if follow_up.beneficiary.department_id != terms.organisation.department_id:
        raise errors.TwoDepartments
    if follow_up.beneficiary_id not in facts.members or not is_open(terms.settings):
        raise errors.Archived


def is_open(settings: CategorySettings | None) -> bool:
    """True while the organisation handles the category and has not closed it."""
    return settings is not None and settings.closed_at is None


def check_no_appointment_to_come(follow_up: FollowUp, *, now: datetime) -> None:
    for one in follow_up.participations:
        if one.outcome is Outcome.UNKNOWN and one.appointment.starts_at > now:
            raise errors.AppointmentToCome(starts_at=one.appointment.starts_at)


def check_letter(terms: Terms, channels: Sequence[Channel], *, now: datetime) -> None:
    if Channel.LETTER in channels:
        check_time_for_letter(terms.expires_at, now=now)


def check_time_for_letter(until: datetime | None, *, now: datetime) -> None:
    """Raises TooShortForLetter when what a letter tells is over (`until`) too soon after it is printed."""
    if until is not None and until - now <= SHORTEST_LIFE_FOR_A_LETTER:
        raise errors.TooShortForLetter


def channels_for(beneficiary: Beneficiary, terms: Terms, channels: Sequence[Channel] = ELECTRONIC) -> list[Channel]:
    """Of these channels, and of letters and calls when the category has some, those by which this person is told: these
    two to whom nothing else reaches. Empty when nothing does."""
    return without_doubles(beneficiary, [*channels, *otherwise_of(terms.settings)])


def channels_about(session: Session, participation: Participation) -> list[Channel]:
    """How the service tells somebody what it changed about an appointment: as `channels_for`, in
    one query at most."""
    person = participation.beneficiary
    if any(why_unreachable(person, channel) is None for channel in ELECTRONIC):
        return list(ELECTRONIC)
    settings = settings_of(session, participation.appointment.organisation_id, participation.follow_up.category_id)
    return [*ELECTRONIC, *otherwise_of(settings)]


def otherwise_of(settings: CategorySettings | None) -> list[Channel]:
    """Letters and calls, when the organisation has some for this category."""
    return [one for one in OTHERWISE if settings is not None and one in settings.channels]


def check_types(terms: Terms) -> None:
    if not terms.types:
        raise errors.NoOpenType


def check_referents(follow_up: FollowUp, terms: Terms) -> None:
    if referents_of(follow_up, terms) == ():
        raise errors.NoReferent


def check_channels(beneficiary: Beneficiary, channels: Sequence[Channel]) -> None:
    reasons: list[tuple[Channel, Unreachable | None]] = [
        (channel, why_unreachable(beneficiary, channel)) for channel in channels
    ]
    if all(why is not None for _, why in reasons):
        raise errors.NoAddress(reasons=reasons)


def referents_of(follow_up: FollowUp, terms: Terms) -> tuple[int, ...] | None:
    """The ids of the person's referents when only they may receive, None when anyone may."""
    if terms.settings is None or not (terms.settings.referents_only or are_all_for_referents(terms.types)):
        return None
    return tuple(sorted(agent.id for agent in follow_up.beneficiary.referents))


def are_all_for_referents(types: Sequence[AppointmentType]) -> bool:
    return bool(types) and all(one.referents_only for one in types)
