"""Every table, a file a subject. Importing this package registers them all."""

from invitations.models.agenda import Absence, Opening, RegularAbsence
from invitations.models.agents import Agent, AgentRole, AgentSession, Role
from invitations.models.appointments import (
    Appointment,
    AppointmentAgent,
    Author,
    Outcome,
    Participation,
)
from invitations.models.beneficiaries import (
    Beneficiary,
    Membership,
    Need,
    Referent,
    RsaRole,
    Tag,
    Tagging,
    Title,
)
from invitations.models.calendars import BusyTime, CalendarFeed, ExternalCalendar
from invitations.models.callbacks import CallbackRequest, CallTime
from invitations.models.categories import (
    AppointmentType,
    Category,
    CategoryKind,
    CategorySettings,
    OpenTo,
    PlaceType,
)
from invitations.models.escalation import EscalationStep, StepAct
from invitations.models.follow_ups import (
    EndReason,
    FollowUp,
    FollowUpStatus,
    Invitation,
    Link,
    Mode,
    StatusChange,
)
from invitations.models.imports import ImportBatch, ImportRow, ImportState, Verdict
from invitations.models.inbound import InboundText, Menu, TextMenu, Unanswered
from invitations.models.journal import AuditEvent, Beat, JobRun
from invitations.models.letters import Letter, LetterBatch, LetterLogo, ReturnReason
from invitations.models.messages import Channel, Message, MessageKind, MessageState, ReceiptEvent
from invitations.models.own_texts import OwnText
from invitations.models.territory import (
    Closure,
    Department,
    DepartmentLogo,
    Organisation,
    OrganisationKind,
    Place,
    Sector,
    SectorCommune,
    SectorService,
)
from invitations.models.tries import Tries
from invitations.models.waiting import FreedSlot, OfferAnswer, WaitEnd, Waiting

__all__ = [
    "Absence",
    "Agent",
    "AgentRole",
    "AgentSession",
    "Appointment",
    "AppointmentAgent",
    "AppointmentType",
    "AuditEvent",
    "Author",
    "Beat",
    "Beneficiary",
    "BusyTime",
    "CalendarFeed",
    "CallTime",
    "CallbackRequest",
    "Category",
    "CategoryKind",
    "CategorySettings",
    "Channel",
    "Closure",
    "Department",
    "DepartmentLogo",
    "EndReason",
    "EscalationStep",
    "ExternalCalendar",
    "FollowUp",
    "FollowUpStatus",
    "FreedSlot",
    "ImportBatch",
    "ImportRow",
    "ImportState",
    "InboundText",
    "Invitation",
    "JobRun",
    "Letter",
    "LetterBatch",
    "LetterLogo",
    "Link",
    "Membership",
    "Menu",
    "Message",
    "MessageKind",
    "MessageState",
    "Mode",
    "Need",
    "OfferAnswer",
    "OpenTo",
    "Opening",
    "Organisation",
    "OrganisationKind",
    "Outcome",
    "OwnText",
    "Participation",
    "Place",
    "PlaceType",
    "ReceiptEvent",
    "Referent",
    "RegularAbsence",
    "ReturnReason",
    "Role",
    "RsaRole",
    "Sector",
    "SectorCommune",
    "SectorService",
    "StatusChange",
    "StepAct",
    "Tag",
    "Tagging",
    "TextMenu",
    "Title",
    "Tries",
    "Unanswered",
    "Verdict",
    "WaitEnd",
    "Waiting",
]
