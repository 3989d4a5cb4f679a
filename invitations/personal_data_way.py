"""Of one person whose data are handed out: where they belong, and their way from an invitation to an appointment."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select

from invitations.models import (
    Agent,
    Appointment,
    AppointmentAgent,
    AppointmentType,
    Assignment,
    Category,
    FollowUp,
    FreedSlot,
    Invitation,
    JobCentreNotice,
    Membership,
    Organisation,
    Orientation,
    Participation,
    Place,
    Referent,
    StatusChange,
    Tag,
    Tagging,
    Trial,
    TrialOptOut,
    Waiting,
    WavePerson,
)
from invitations.personal_data_scope import Found, Scope


def organisations(scope: Scope) -> list[Found]:
    query = (
        select(
            Organisation.name,
            Membership.created_at.label("since"),
            Membership.archived_at,
            Membership.archive_reason,
        )
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .where(Membership.beneficiary_id == scope.person_id, scope.ours(Membership.organisation_id))
    )
    return scope.all(query.order_by(Membership.id))


def referents(scope: Scope) -> list[Found]:
    query = select(Agent.display_name.label("name"), Referent.created_at.label("since")).join(
        Agent, Agent.id == Referent.agent_id
    )
    return scope.all(query.where(Referent.beneficiary_id == scope.person_id).order_by(Referent.created_at, Agent.id))


def tags(scope: Scope) -> list[Found]:
    query = select(Tag.label, Tagging.created_at.label("since")).join(Tag, Tag.id == Tagging.tag_id)
    mine = (Tagging.beneficiary_id == scope.person_id, scope.ours(Tag.organisation_id))
    return scope.all(query.where(*mine).order_by(Tagging.created_at, Tag.id))


def follow_ups(scope: Scope) -> list[Found]:
    query = select(
        Category.name.label("category"),
        FollowUp.uid,
        FollowUp.status,
        FollowUp.status_since,
        FollowUp.created_at,
        FollowUp.closed_at,
        FollowUp.reminders_suspended_at,
        FollowUp.call_tries,
        FollowUp.call_tried_at,
        FollowUp.calls_stopped_at,
    ).join(Category, Category.id == FollowUp.category_id)
    return scope.all(query.where(FollowUp.beneficiary_id == scope.person_id).order_by(FollowUp.id))


def statuses(scope: Scope) -> list[Found]:
    query = select(Category.name.label("category"), StatusChange.status, StatusChange.at)
    joined = query.join(FollowUp, FollowUp.id == StatusChange.follow_up_id).join(
        Category, Category.id == FollowUp.category_id
    )
    mine = joined.where(FollowUp.beneficiary_id == scope.person_id)
    return scope.all(mine.order_by(StatusChange.at, StatusChange.id))


def orientations(scope: Scope) -> list[Found]:
    query = (
        select(
            Orientation.decided_on,
            Orientation.created_at,
            Orientation.kind,
            Organisation.name.label("organisation"),
        )
        .join(FollowUp, FollowUp.id == Orientation.follow_up_id)
        .outerjoin(Organisation, Organisation.id == Orientation.organisation_id)
        .where(FollowUp.beneficiary_id == scope.person_id, scope.ours(Orientation.by_organisation_id))
    )
    return scope.all(query.order_by(Orientation.id))


def invitations(scope: Scope) -> list[Found]:
    query = (
        select(
            Invitation.created_at.label("at"),
            Invitation.uid,
            Invitation.mode,
            Organisation.name.label("organisation"),
            Place.name.label("place"),
            Invitation.with_referents,
            Invitation.to_mobile,
            Invitation.expires_at,
            Invitation.answered_at,
            Invitation.ended_at,
            Invitation.end_reason,
        )
        .join(FollowUp, FollowUp.id == Invitation.follow_up_id)
        .join(Organisation, Organisation.id == Invitation.organisation_id)
        .outerjoin(Place, Place.id == Invitation.place_id)
        .where(FollowUp.beneficiary_id == scope.person_id, scope.ours(Invitation.organisation_id))
    )
    return scope.all(query.order_by(Invitation.created_at, Invitation.id))


def appointments(scope: Scope) -> list[Found]:
    """Each with everybody who receives: one line an agent, told together."""
    query = (
        select(
            Participation.id.label("participation"),
            Appointment.starts_at,
            Appointment.ends_at,
            AppointmentType.name.label("type"),
            Appointment.title.label("workshop"),
            Organisation.name.label("organisation"),
            Place.name.label("place"),
            Place.city,
            Agent.display_name.label("agents"),
            Participation.uid,
            Participation.outcome,
            Participation.outcome_at,
            Participation.created_by,
            Participation.created_at,
            Appointment.moved_at,
            Appointment.cancelled_at,
        )
        .join(Participation, Participation.appointment_id == Appointment.id)
        .join(AppointmentType, AppointmentType.id == Appointment.type_id)
        .join(Organisation, Organisation.id == Appointment.organisation_id)
        .outerjoin(Place, Place.id == Appointment.place_id)
        .outerjoin(AppointmentAgent, AppointmentAgent.appointment_id == Appointment.id)
        .outerjoin(Agent, Agent.id == AppointmentAgent.agent_id)
        .where(Participation.beneficiary_id == scope.person_id, scope.ours(Appointment.organisation_id))
    )
    told: dict[int, Found] = {}
    for one in scope.all(query.order_by(Appointment.starts_at, Participation.id, Agent.id)):
        who = one.pop("agents")
        kept = told.setdefault(one.pop("participation"), one | {"agents": []})
        kept["agents"] += [who] if who else []
    return list(told.values())


def waits(scope: Scope) -> list[Found]:
    query = (
        select(Waiting.asked_at, Place.name.label("place"), Waiting.ended_at, Waiting.end_reason)
        .join(FollowUp, FollowUp.id == Waiting.follow_up_id)
        .outerjoin(Place, Place.id == Waiting.place_id)
    )
    mine = (FollowUp.beneficiary_id == scope.person_id, scope.ours(Waiting.organisation_id))
    return scope.all(query.where(*mine).order_by(Waiting.id))


def offers(scope: Scope) -> list[Found]:
    """Times that somebody gave back, offered to this person."""
    query = (
        select(Appointment.starts_at, FreedSlot.offered_at, FreedSlot.until, FreedSlot.answered_at, FreedSlot.answer)
        .join(Waiting, Waiting.id == FreedSlot.waiting_id)
        .join(FollowUp, FollowUp.id == Waiting.follow_up_id)
        .join(Appointment, Appointment.id == FreedSlot.appointment_id)
    )
    mine = (FollowUp.beneficiary_id == scope.person_id, scope.ours(Waiting.organisation_id))
    return scope.all(query.where(*mine).order_by(FreedSlot.id))


def waves(scope: Scope) -> list[Found]:
    query = (
        select(Category.name.label("category"), WavePerson.invited_at, WavePerson.left_at, WavePerson.left_because)
        .join(FollowUp, FollowUp.id == WavePerson.follow_up_id)
        .join(Category, Category.id == FollowUp.category_id)
    )
    mine = query.where(FollowUp.beneficiary_id == scope.person_id)
    return scope.all(mine.order_by(WavePerson.wave_id, WavePerson.follow_up_id))


def trials(scope: Scope) -> list[Found]:
    """What lots gave, and the facts about the person by which the lots were drawn."""
    query = (
        select(
            Trial.name,
            Assignment.assigned_at.label("at"),
            Assignment.arm.label("mode"),
            Assignment.stratum,
            Assignment.fell_back_at,
        )
        .join(Trial, Trial.id == Assignment.trial_id)
        .join(FollowUp, FollowUp.id == Assignment.follow_up_id)
    )
    mine = (FollowUp.beneficiary_id == scope.person_id, scope.ours(Assignment.organisation_id))
    return scope.all(query.where(*mine).order_by(Assignment.id))


def left_out_of_trials(scope: Scope) -> list[Found]:
    query = (
        select(Trial.name, TrialOptOut.at, TrialOptOut.why)
        .join(Trial, Trial.id == TrialOptOut.trial_id)
        .join(FollowUp, FollowUp.id == TrialOptOut.follow_up_id)
    )
    mine = (FollowUp.beneficiary_id == scope.person_id, scope.ours(TrialOptOut.organisation_id))
    return scope.all(query.where(*mine).order_by(TrialOptOut.id))


def told_to_job_centre(scope: Scope) -> list[Found]:
    query = (
        select(Appointment.starts_at, JobCentreNotice.told_at, JobCentreNotice.remote_id)
        .join(Participation, Participation.id == JobCentreNotice.participation_id)
        .join(Appointment, Appointment.id == Participation.appointment_id)
        .where(Participation.beneficiary_id == scope.person_id, JobCentreNotice.told_at.is_not(None))
    )
    return scope.all(query.where(scope.ours(JobCentreNotice.organisation_id)).order_by(JobCentreNotice.id))


SECTIONS: dict[str, Callable[[Scope], list[Found]]] = {
    "organisations": organisations,
    "referents": referents,
    "tags": tags,
    "follow_ups": follow_ups,
    "statuses": statuses,
    "orientations": orientations,
    "invitations": invitations,
    "appointments": appointments,
    "waiting": waits,
    "offers": offers,
    "waves": waves,
    "trials": trials,
    "left_out_of_trials": left_out_of_trials,
    "told_to_job_centre": told_to_job_centre,
}
