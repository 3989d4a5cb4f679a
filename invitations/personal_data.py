"""All that is kept of one person, for them (GDPR, articles 15 and 20): plain values, no code, no link, no fingerprint.

The conseil départemental answers for the whole: its agents hand out what every organisation keeps. Another organisation hands
out what it keeps itself.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import Enum
from typing import Any

from sqlalchemy import ColumnElement, Executable, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session

from invitations import exports, journal
from invitations.errors import NotAllowed
from invitations.messages import LINK
from invitations.models import (
    Agent,
    Appointment,
    AppointmentType,
    AuditEvent,
    Beneficiary,
    CallbackRequest,
    Category,
    FollowUp,
    ImportBatch,
    ImportRow,
    InboundText,
    Invitation,
    Membership,
    Message,
    Organisation,
    OrganisationKind,
    Orientation,
    Participation,
    Place,
    Referent,
    Role,
    StatusChange,
    Tag,
    Tagging,
    VoiceCall,
    Waiting,
)
from invitations.permissions import may_see_internal_id

Found = dict[str, Any]
_HIDDEN = frozenset({"id", "department_id", "first_name_key", "email_key", "search_key"})


def check_may_hand_out(session: Session, agent_id: int, organisation: Organisation, role: Role) -> None:
    """An administrator, or whoever has the right to export there. Raises NotAllowed."""
    if role is Role.ADMIN:
        return
    exports.check_may_export(session, agent_id, [organisation.id])


def may_hand_out(session: Session, agent_id: int, organisation: Organisation, role: Role) -> bool:
    try:
        check_may_hand_out(session, agent_id, organisation, role)
    except NotAllowed:
        return False
    return True


def read(session: Session, person: Beneficiary, organisation: Organisation) -> Found:
    """Everything, by subject, each in order of time. The number of queries does not depend on how much there is."""
    whole = organisation.kind is OrganisationKind.DEPARTMENT_COUNCIL
    of = _Reader(session, person.id, None if whole else organisation.id)
    return {
        "person": _person(person, organisation),
        "organisations": of.organisations(),
        "referents": of.referents(),
        "tags": of.tags(),
        "follow_ups": of.follow_ups(),
        "statuses": of.statuses(),
        "orientations": of.orientations(),
        "invitations": of.invitations(),
        "appointments": of.appointments(),
        "messages": of.messages(),
        "calls": of.calls(),
        "texts_received": of.texts(),
        "callback_requests": of.callbacks(),
        "waiting": of.waits(),
        "imports": of.imports(),
        "journal": of.journal(),
    }


def note(
    session: Session, person: Beneficiary, kind: str, *, organisation_id: int, agent_id: int, now: datetime
) -> None:
    """Who handed out what, and when."""
    journal.note(
        session,
        "personal_data.handed_out",
        now=now,
        organisation_id=organisation_id,
        agent_id=agent_id,
        beneficiary_id=person.id,
        kind=kind,
    )


class _Reader:
    """The questions about one person; `organisation_id`: of what only this organisation keeps."""

    def __init__(self, session: Session, person_id: int, organisation_id: int | None) -> None:
        self.session, self.person_id, self.organisation_id = session, person_id, organisation_id

    def organisations(self) -> list[Found]:
        query = (
            select(
                Organisation.name,
                Membership.created_at.label("since"),
                Membership.archived_at,
                Membership.archive_reason,
            )
            .join(Organisation, Organisation.id == Membership.organisation_id)
            .where(Membership.beneficiary_id == self.person_id, self._ours(Membership.organisation_id))
        )
        return self._all(query.order_by(Membership.id))

    def referents(self) -> list[Found]:
        query = select(Agent.display_name.label("name"), Referent.created_at.label("since")).join(
            Agent, Agent.id == Referent.agent_id
        )
        return self._all(query.where(Referent.beneficiary_id == self.person_id).order_by(Referent.created_at))

    def tags(self) -> list[Found]:
        query = select(Tag.label, Tagging.created_at.label("since")).join(Tag, Tag.id == Tagging.tag_id)
        mine = (Tagging.beneficiary_id == self.person_id, self._ours(Tag.organisation_id))
        return self._all(query.where(*mine).order_by(Tagging.created_at))

    def follow_ups(self) -> list[Found]:
        query = select(
            Category.name.label("category"),
            FollowUp.status,
            FollowUp.status_since,
            FollowUp.created_at,
            FollowUp.closed_at,
            FollowUp.reminders_suspended_at,
            FollowUp.call_tries,
        ).join(Category, Category.id == FollowUp.category_id)
        return self._all(query.where(FollowUp.beneficiary_id == self.person_id).order_by(FollowUp.id))

    def statuses(self) -> list[Found]:
        query = select(Category.name.label("category"), StatusChange.status, StatusChange.at)
        joined = query.join(FollowUp, FollowUp.id == StatusChange.follow_up_id).join(
            Category, Category.id == FollowUp.category_id
        )
        return self._all(joined.where(FollowUp.beneficiary_id == self.person_id).order_by(StatusChange.at))

    def orientations(self) -> list[Found]:
        query = (
            select(Orientation.decided_on, Orientation.kind, Organisation.name.label("organisation"))
            .join(FollowUp, FollowUp.id == Orientation.follow_up_id)
            .outerjoin(Organisation, Organisation.id == Orientation.organisation_id)
            .where(FollowUp.beneficiary_id == self.person_id, self._ours(Orientation.by_organisation_id))
        )
        return self._all(query.order_by(Orientation.id))

    def invitations(self) -> list[Found]:
        query = (
            select(
                Invitation.created_at.label("at"),
                Invitation.mode,
                Organisation.name.label("organisation"),
                Invitation.expires_at,
                Invitation.answered_at,
                Invitation.ended_at,
                Invitation.end_reason,
            )
            .join(FollowUp, FollowUp.id == Invitation.follow_up_id)
            .join(Organisation, Organisation.id == Invitation.organisation_id)
            .where(FollowUp.beneficiary_id == self.person_id, self._ours(Invitation.organisation_id))
        )
        return self._all(query.order_by(Invitation.created_at))

    def appointments(self) -> list[Found]:
        query = (
            select(
                Appointment.starts_at,
                Appointment.ends_at,
                AppointmentType.name.label("type"),
                Organisation.name.label("organisation"),
                Place.name.label("place"),
                Place.city,
                Participation.outcome,
                Participation.outcome_at,
                Participation.created_by,
                Participation.created_at,
            )
            .join(Participation, Participation.appointment_id == Appointment.id)
            .join(AppointmentType, AppointmentType.id == Appointment.type_id)
            .join(Organisation, Organisation.id == Appointment.organisation_id)
            .outerjoin(Place, Place.id == Appointment.place_id)
            .where(Participation.beneficiary_id == self.person_id, self._ours(Appointment.organisation_id))
        )
        return self._all(query.order_by(Appointment.starts_at))

    def messages(self) -> list[Found]:
        query = select(
            Message.created_at.label("written_at"),
            Message.channel,
            Message.kind,
            Message.language,
            Message.address,
            Message.subject,
            Message.body,
            Message.state,
            Message.sent_at,
            Message.forgotten_at,
        ).where(Message.beneficiary_id == self.person_id, self._ours(Message.organisation_id))
        found = self._all(query.order_by(Message.id))
        return [one | {"body": (one["body"] or "").replace(LINK, "[lien personnel]")} for one in found]

    def calls(self) -> list[Found]:
        query = select(VoiceCall.started_at, VoiceCall.outcome).join(Message, Message.id == VoiceCall.message_id)
        mine = (Message.beneficiary_id == self.person_id, self._ours(Message.organisation_id))
        return self._all(query.where(*mine).order_by(VoiceCall.id))

    def texts(self) -> list[Found]:
        query = select(InboundText.received_at, InboundText.sender, InboundText.body, InboundText.handled_at)
        mine = (InboundText.beneficiary_id == self.person_id, self._ours(InboundText.organisation_id))
        return self._all(query.where(*mine).order_by(InboundText.id))

    def callbacks(self) -> list[Found]:
        names = ("created_at", "phone", "times", "preferred", "tries", "handled_at")
        query = select(*(getattr(CallbackRequest, name) for name in names))
        mine = (CallbackRequest.beneficiary_id == self.person_id, self._ours(CallbackRequest.organisation_id))
        return self._all(query.where(*mine).order_by(CallbackRequest.id))

    def waits(self) -> list[Found]:
        query = select(Waiting.asked_at, Waiting.ended_at, Waiting.end_reason).join(
            FollowUp, FollowUp.id == Waiting.follow_up_id
        )
        mine = (FollowUp.beneficiary_id == self.person_id, self._ours(Waiting.organisation_id))
        return self._all(query.where(*mine).order_by(Waiting.id))

    def imports(self) -> list[Found]:
        query = select(ImportBatch.created_at.label("at"), ImportBatch.filename, ImportRow.position, ImportRow.cells)
        mine = (ImportRow.beneficiary_id == self.person_id, self._ours(ImportBatch.organisation_id))
        return self._all(query.join(ImportBatch).where(*mine).order_by(ImportRow.id))

    def journal(self) -> list[Found]:
        """What was done, when; not who did it: an agent's acts are theirs."""
        query = select(AuditEvent.at, AuditEvent.action).where(
            AuditEvent.beneficiary_id == self.person_id, self._ours(AuditEvent.organisation_id)
        )
        return self._all(query.order_by(AuditEvent.id))

    def _ours(self, organisation_id: InstrumentedAttribute[Any]) -> ColumnElement[bool]:
        return true() if self.organisation_id is None else organisation_id == self.organisation_id

    def _all(self, query: Executable) -> list[Found]:
        return [{name: _plain(value) for name, value in row._mapping.items()} for row in self.session.execute(query)]


def _person(person: Beneficiary, organisation: Organisation) -> Found:
    hidden = set(_HIDDEN)
    if not may_see_internal_id([organisation.kind]):
        hidden.add("department_internal_id")
    columns = [column.key for column in Beneficiary.__table__.columns if column.key not in hidden]
    return {name: _plain(getattr(person, name)) for name in columns}


def _plain(value: Any) -> Any:
    """As JSON holds it."""
    if isinstance(value, Enum):
        return value.value
    return value.isoformat() if isinstance(value, datetime | date) else value
