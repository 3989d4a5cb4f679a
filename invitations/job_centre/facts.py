"""What France Travail reads of an appointment: no more than its API has a field for."""

from __future__ import annotations

from collections.abc import Mapping

from invitations.models import (
    Appointment,
    Author,
    CategoryKind,
    Department,
    Organisation,
    OrganisationKind,
    Outcome,
    Participation,
    Place,
    PlaceType,
)
from notifications.france_travail_meeting import Body, Meeting, Motive, Standing, Way

BODIES: Mapping[OrganisationKind, Body] = {
    OrganisationKind.DEPARTMENT_COUNCIL: Body.DEPARTMENT,
    OrganisationKind.RSA_DELEGATE: Body.DELEGATE,
    OrganisationKind.FRANCE_TRAVAIL: Body.FRANCE_TRAVAIL,
}
MOTIVES: Mapping[CategoryKind, Motive] = {
    CategoryKind.ORIENTATION: Motive.ORIENTATION,
    CategoryKind.ACCOMPANIMENT: Motive.ACCOMPANIMENT,
}
WAYS: Mapping[PlaceType, Way] = {PlaceType.PHONE: Way.PHONE, PlaceType.VIDEO: Way.VIDEO}
STANDINGS: Mapping[Outcome, Standing] = {
    Outcome.UNKNOWN: Standing.PLANNED,
    Outcome.SEEN: Standing.HELD,
    Outcome.NOSHOW: Standing.MISSED,
    Outcome.EXCUSED: Standing.CANCELLED,
    Outcome.REVOKED: Standing.CANCELLED,
}


def meeting_of(participation: Participation) -> Meeting | None:
    """The appointment as France Travail is to have it; None of an organisation whose kind may not tell any more."""
    appointment, organisation = participation.appointment, participation.appointment.organisation
    if organisation.kind not in BODIES:
        return None
    agent = next(iter(appointment.agents), None)
    return Meeting(
        starts_at=appointment.starts_at.astimezone(_zone_owner(appointment.place, organisation).zone),
        length=appointment.ends_at - appointment.starts_at,
        is_by_person=participation.created_by is Author.BENEFICIARY,
        is_collective=appointment.type.is_collective,
        standing=standing_of(participation),
        way=WAYS.get(appointment.type.place_type, Way.IN_PERSON),
        motive=MOTIVES.get(appointment.type.category.kind, Motive.OTHER),
        theme=appointment.type.category.name,
        information=appointment.type.instructions_before,
        **_where(appointment),
        body=BODIES[organisation.kind],
        organisation=organisation.name,
        organisation_email=organisation.email,
        organisation_phone=organisation.phone,
        person_phone=participation.beneficiary.phone,
        agent_email=agent.email if agent else None,
        agent_last_name=agent.last_name if agent else None,
        agent_first_name=agent.first_name if agent else None,
    )


def standing_of(participation: Participation) -> Standing:
    is_off = participation.appointment.cancelled_at is not None
    return Standing.CANCELLED if is_off else STANDINGS[participation.outcome]


def _where(appointment: Appointment) -> dict[str, str]:
    """The place where somebody is received; none by telephone, at home or on a screen."""
    place = appointment.place
    if place is None or appointment.type.place_type is not PlaceType.PUBLIC_OFFICE:
        return {"place": "", "address": ""}
    return {"place": place.name, "address": f"{place.address}, {place.postcode} {place.city}"}


def _zone_owner(place: Place | None, organisation: Organisation) -> Place | Department:
    return place or organisation.department
