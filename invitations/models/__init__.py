"""Every table, a file a subject. Importing this package registers them all."""

from invitations.models.agenda import Absence, Opening, RegularAbsence
from invitations.models.agent_links import AgentLink, LinkPurpose
from invitations.models.agents import Agent, AgentRole, AgentSession, Role, Support
from invitations.models.appointments import (
    Appointment,
    AppointmentAgent,
    Author,
    Outcome,
    Participation,
)
from invitations.models.batches import InvitationBatch, Wave, WaveExit, WavePerson
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
from invitations.models.calls import CallOutcome, CallStage, VoiceCall
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
from invitations.models.imports import ColumnMapping, ImportBatch, ImportRow, ImportState, Verdict
from invitations.models.inbound import InboundText, Menu, TextMenu, Unanswered
from invitations.models.journal import AuditEvent, Beat, JobRun
from invitations.models.letters import Letter, LetterBatch, LetterLogo, ReturnReason
from invitations.models.messages import Channel, Message, MessageKind, MessageState, ReceiptEvent
from invitations.models.orientations import Orientation, OrientationKind
from invitations.models.own_texts import OwnText
from invitations.models.second_factors import CodeGenerator, Passkey, RecoveryCode
from invitations.models.selections import SavedView, SelectionAct
from invitations.models.sending import ChannelCap, ChannelUse, ProviderState, SenderPace
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
    "AgentLink",
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
    "CallOutcome",
    "CallStage",
    "CallTime",
    "CallbackRequest",
    "Category",
    "CategoryKind",
    "CategorySettings",
    "Channel",
    "ChannelCap",
    "ChannelUse",
    "Closure",
    "CodeGenerator",
    "ColumnMapping",
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
    "InvitationBatch",
    "JobRun",
    "Letter",
    "LetterBatch",
    "LetterLogo",
    "Link",
    "LinkPurpose",
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
    "Orientation",
    "OrientationKind",
    "Outcome",
    "OwnText",
    "Participation",
    "Passkey",
    "Place",
    "PlaceType",
    "ProviderState",
    "ReceiptEvent",
    "RecoveryCode",
    "Referent",
    "RegularAbsence",
    "ReturnReason",
    "Role",
    "RsaRole",
    "SavedView",
    "Sector",
    "SectorCommune",
    "SectorService",
    "SelectionAct",
    "SenderPace",
    "StatusChange",
    "StepAct",
    "Support",
    "Tag",
    "Tagging",
    "TextMenu",
    "Title",
    "Tries",
    "Unanswered",
    "Verdict",
    "VoiceCall",
    "WaitEnd",
    "Waiting",
    "Wave",
    "WaveExit",
    "WavePerson",
]
