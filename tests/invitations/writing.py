"""What the tests of messages write from: one person, one place, one hour, and the longest real values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any

from invitations.messages import write
from invitations.models import (
    Agent,
    Appointment,
    AppointmentType,
    Beneficiary,
    Category,
    CategoryKind,
    Channel,
    Department,
    Invitation,
    Message,
    MessageKind,
    Mode,
    Organisation,
    Participation,
    Place,
    PlaceType,
)
from invitations.outbox.states import ANSWERING

GOLDEN = Path(__file__).resolve().parent.parent / "golden" / "messages"
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
MIDNIGHT = datetime(2026, 12, 7, 23, 0, tzinfo=UTC)  # 8 December begins in Paris
THURSDAY = datetime(2026, 12, 3, 9, 30, tzinfo=UTC)  # 10:30 in Paris
TUESDAY = datetime(2026, 12, 1, 8, 0, tzinfo=UTC)
PHONE = "+33475000000"
PUBLIC_URL = "https://rdv.exemple.fr"
CHANNELS = (Channel.SMS, Channel.EMAIL)
# To people; the digest of agents and the answers to texts have their own words and their own tests.
TO_AGENTS = {
    MessageKind.DIGEST,
    MessageKind.COLLEAGUE_INVITED,
    MessageKind.OPENINGS_ASKED,
    MessageKind.PASSWORD_FORGOTTEN,
}
KINDS = sorted(set(MessageKind) - TO_AGENTS - ANSWERING)
EVERY = list(product(KINDS, CHANNELS))
TO_CHOOSE = {MessageKind.INVITATION, MessageKind.INVITATION_REMINDER}
LATER = datetime(2026, 12, 17, 8, 0, tzinfo=UTC)
KEPT_UNTIL = datetime(2026, 11, 24, 15, 20, tzinfo=UTC)  # 16:20 in Paris
PREVIOUS = {MessageKind.MOVED: TUESDAY, MessageKind.SLOT_FREED: LATER}
# Tells nothing of an appointment: a stranger may read it by now.
OF_NO_APPOINTMENT = {MessageKind.CONTACT_CHANGED}
PROPOSED = {MessageKind.PROPOSITION, MessageKind.PROPOSITION_REMINDER}

# The longest real values: names of territories, common compound first names; addresses further down.
LONGEST_DEPARTMENTS = (
    "Département des Alpes-de-Haute-Provence",
    "Département des Pyrénées-Atlantiques",
    "Département de la Seine-Saint-Denis",
    "Département du Territoire de Belfort",
    "Collectivité européenne d’Alsace",
    "Collectivité territoriale de Martinique",
)
LONGEST_FIRST_NAMES = ("Marie-Antoinette", "Jean-Christophe", "Abdoul-Rahmane", "Ana")
LONGEST = {
    "first_name": "Marie-Antoinette",
    "address": "118 bis avenue du Maréchal de Lattre de Tassigny, bâtiment C, 2e étage",
    "city": "Saint-Rambert-d’Albon",
    "agent": "Mme Vandenbroucke-Rousseau",
}


@dataclass
class Case:
    """One person, one place, one hour: what a message is written from."""

    department: Department
    organisation: Organisation
    place: Place
    category: Category
    type: AppointmentType
    beneficiary: Beneficiary
    invitation: Invitation
    appointment: Appointment

    def write(self, kind: MessageKind, channel: Channel, **changes: Any) -> Any:
        values: dict[str, Any] = {
            "beneficiary": self.beneficiary,
            "organisation": self.organisation,
            "category": self.category,
            "invitation": self.invitation,
            "appointment": None if kind in TO_CHOOSE else self.appointment,
            "previous_starts_at": PREVIOUS.get(kind),
            "kept_until": KEPT_UNTIL if kind is MessageKind.SLOT_FREED else None,
            "help_phone": PHONE,
            "now": NOW,
        }
        return write(kind, channel, **values | changes)

    def message(self, kind: MessageKind, channel: Channel, **changes: Any) -> Message:
        draft = self.write(kind, channel, **changes)
        participation = None
        if kind not in TO_CHOOSE | PROPOSED | OF_NO_APPOINTMENT:
            participation = Participation(
                id=12,
                uid="5f0c8c1e-0000-4000-8000-000000000012",
                appointment=self.appointment,
                beneficiary=self.beneficiary,
                invitation=self.invitation,
                versions_before=0,
            )
        return Message(
            kind=kind,
            channel=channel,
            language=self.beneficiary.language,
            subject=draft.subject,
            body=draft.body,
            organisation=self.organisation,
            beneficiary=self.beneficiary,
            invitation=self.invitation,
            invitation_id=self.invitation.id,
            participation=participation,
            participation_id=participation.id if participation else None,
            created_at=NOW,
        )


def make_case(kind: MessageKind = MessageKind.INVITATION, **changes: Any) -> Case:
    wanted = {
        "department": "Département de la Drôme",
        "first_name": "Inès",
        "timezone": "Europe/Paris",
        "mode": mode_of(kind),
        "expires_at": MIDNIGHT,
        "address": "12 rue Latour-Maubourg",
        "city": "Valence",
        "agent": "Mme Roche",
        "place_type": PlaceType.PUBLIC_OFFICE,
        "purpose": "faire le point ensemble sur votre situation",
        "language": "fr",
    } | changes
    department = Department(number="26", full_name=wanted["department"], timezone=wanted["timezone"], accent="#0b5c6b")
    organisation = Organisation(
        name="Centre médico-social de Valence",
        department=department,
        phone=PHONE,
        hours="lundi–vendredi 9 h–17 h",
        email="cms.valence@drome.example",
    )
    place = Place(
        name="Maison des solidarités",
        address=wanted["address"],
        postcode="26000",
        city=wanted["city"],
        is_step_free=True,
        organisation=organisation,
    )
    category = Category(code="rsa_orientation", kind=CategoryKind.ORIENTATION, purpose=wanted["purpose"])
    type_ = AppointmentType(
        category=category,
        duration=timedelta(minutes=45),
        cancel_limit=timedelta(hours=1),
        place_type=wanted["place_type"],
        instructions_before="Apportez une pièce d’identité si vous en avez une.",
    )
    beneficiary = Beneficiary(
        first_name=wanted["first_name"],
        last_name="Bernard",
        phone="+33639980012",
        department=department,
        language=wanted["language"],
    )
    is_over = kind not in TO_CHOOSE | PROPOSED
    invitation = Invitation(
        id=3, mode=wanted["mode"], expires_at=wanted["expires_at"], ended_at=NOW if is_over else None
    )
    appointment = Appointment(
        id=7,
        type=type_,
        place=place if wanted["place_type"] is PlaceType.PUBLIC_OFFICE else None,
        starts_at=THURSDAY,
        ends_at=THURSDAY + timedelta(minutes=45),
        organisation=organisation,
        version=2,
    )
    appointment.agents = [Agent(display_name=wanted["agent"])]
    return Case(department, organisation, place, category, type_, beneficiary, invitation, appointment)


def mode_of(kind: MessageKind) -> Mode:
    if kind in PROPOSED:
        return Mode.PROPOSITION
    return Mode.CONVOCATION if kind is MessageKind.CONVOCATION else Mode.INVITATION
