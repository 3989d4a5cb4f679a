"""Who holds the link of an appointment, and what stands around it: all that its page says of them, in one reading."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import and_, exists, select
from sqlalchemy.orm import Session, contains_eager, lazyload

from invitations import sealed_links
from invitations.codes import Codes
from invitations.errors import LinkUnknown
from invitations.help_line import COLUMNS, line_of
from invitations.models import (
    Agent,
    Appointment,
    AppointmentAgent,
    AppointmentType,
    Beneficiary,
    CategorySettings,
    FollowUp,
    Link,
    Organisation,
    Participation,
    Place,
    Waiting,
)
from invitations.offers import Setting, setting_with
from invitations.trials import standing


@dataclass(frozen=True, slots=True)
class Visited:
    """`is_waiting`: they would come earlier, or have nothing; `is_in_trial`: as `standing.is_in_trial` has it."""

    participation: Participation
    setting: Setting
    is_waiting: bool
    is_in_trial: bool


def read(session: Session, code: str, *, codes: Codes) -> Visited:
    """What the code leads to. Raises LinkUnknown."""
    row = session.execute(_OF_CODE, {"kept": codes.every_kept(code)}).unique().first()
    if row is None:
        raise LinkUnknown
    participation, *own, is_waiting, is_in_trial = row
    organisation, follow_up = participation.appointment.organisation, participation.follow_up
    setting = setting_with(line_of(organisation, *own), follow_up, organisation)
    return Visited(participation, setting, is_waiting, is_in_trial)


_IS_WAITING = (
    exists()
    .where(
        Waiting.follow_up_id == Participation.follow_up_id,
        Waiting.organisation_id == Appointment.organisation_id,
        Waiting.ended_at.is_(None),
    )
    .correlate(Participation, Appointment)
)
# A row for each agent of the appointment.
_OF_CODE = (
    select(Participation, *COLUMNS, _IS_WAITING, standing.is_in_trial(Participation.follow_up_id))
    .join(Link, Link.participation_id == Participation.id)
    .join(Participation.appointment)
    .join(Appointment.type)
    .join(Appointment.organisation)
    .join(Organisation.department)
    .join(Participation.follow_up)
    .join(FollowUp.beneficiary)
    .join(FollowUp.category)
    .outerjoin(Appointment.place)
    .outerjoin(Participation.invitation)
    .outerjoin(AppointmentAgent, AppointmentAgent.appointment_id == Appointment.id)
    .outerjoin(Agent, Agent.id == AppointmentAgent.agent_id)
    .outerjoin(
        CategorySettings,
        and_(
            CategorySettings.organisation_id == Appointment.organisation_id,
            CategorySettings.category_id == FollowUp.category_id,
        ),
    )
    .where(Link.code_hash.in_(sealed_links.KEPT))
    .order_by(Agent.id)
    .options(
        contains_eager(Participation.invitation),
        contains_eager(Participation.appointment).options(
            # the category of its type is the follow-up's, the organisation of its place its own, as good as always
            contains_eager(Appointment.type).options(lazyload(AppointmentType.category)),
            contains_eager(Appointment.organisation).contains_eager(Organisation.department),
            contains_eager(Appointment.place).options(lazyload(Place.organisation)),
            contains_eager(Appointment.agents),
        ),
        contains_eager(Participation.follow_up).options(
            contains_eager(FollowUp.category),
            contains_eager(FollowUp.beneficiary).options(lazyload(Beneficiary.department)),
        ),
    )
)
