"""What an administrator sets for their organisation: how to reach it, how each category goes about inviting.

Every save is noted in the journal with the names of what changed, never with the values.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from invitations.errors import NotFound
from invitations.escalation_rules import Step, check_steps
from invitations.journal import note
from invitations.models import Category, CategorySettings, Channel, Organisation, StepAct
from invitations.reach import OTHERWISE


@dataclass(frozen=True, slots=True)
class Contact:
    """How people and colleagues reach the organisation. Phone in E.164; `sms_sender` null: the installation's.

    `names_in_calendars`: whether agents' calendar feeds name the people met. `address`: the sender's, on letters.
    `phone_owner`: who answers; `signature` null: emails and letters are signed with the organisation's name.
    """

    phone: str | None
    hours: str
    email: str | None
    sms_sender: str | None
    names_in_calendars: bool = False
    address: str = ""
    phone_owner: str | None = None
    signature: str | None = None


@dataclass(frozen=True, slots=True)
class Inviting:
    """How a category invites. `validity_days` null: never expires; `help_…` null: as the organisation says.

    `referents_only`: people choose among the slots of those who accompany them.
    """

    channels: list[str]
    modes: list[str]
    validity_days: int | None
    help_phone: str | None
    help_hours: str | None = None
    help_owner: str | None = None
    referents_only: bool = False


def change_contact(
    session: Session, organisation: Organisation, contact: Contact, *, agent_id: int, now: datetime
) -> None:
    """Keep how the organisation is reached, for every message written from now on."""
    changed = apply(organisation, contact)
    tell(session, "organisation", organisation.id, changed, organisation.id, agent_id, now)


def change_category(
    session: Session, settings: CategorySettings, inviting: Inviting, *, agent_id: int, now: datetime
) -> None:
    """Keep how the category invites. Invitations already sent keep the last day they were given.

    Raises StepsRefused when what follows an invitation no longer fits.
    """
    check_steps(steps_of(settings), channels=inviting.channels, validity_days=inviting.validity_days)
    changed = apply(settings, inviting)
    tell(session, "category", settings.category_id, changed, settings.organisation_id, agent_id, now)


def steps_of(settings: CategorySettings) -> list[Step]:
    """What follows an unanswered invitation, as plain values, in order."""
    return [Step(one.after_days, StepAct(one.act), tuple(one.channels)) for one in settings.steps]


def apply(row: Any, values: Any) -> list[str]:
    """Write the values onto the row; return the names of those that differ."""
    changed = [name for name, value in asdict(values).items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, asdict(values)[name])
    return changed


def tell(
    session: Session,
    subject: str,
    subject_id: int,
    changed: list[str],
    organisation_id: int,
    agent_id: int,
    now: datetime,
) -> None:
    if changed:
        note(
            session,
            "settings.changed",
            now=now,
            organisation_id=organisation_id,
            agent_id=agent_id,
            subject=subject,
            subject_id=subject_id,
            changed=changed,
        )


def categories_of(session: Session, organisation_id: int) -> list[CategorySettings]:
    """How the organisation handles each of its categories, by name."""
    return list(
        session.scalars(
            select(CategorySettings)
            .join(CategorySettings.category)
            .where(CategorySettings.organisation_id == organisation_id)
            .order_by(Category.name, CategorySettings.id)
            .options(selectinload(CategorySettings.steps))
        )
    )


def telling_otherwise(session: Session, organisation_id: int) -> dict[int, list[Channel]]:
    """By category, letters and calls, as the organisation has some for those whom nothing else reaches."""
    found = session.execute(
        select(CategorySettings.category_id, CategorySettings.channels).where(
            CategorySettings.organisation_id == organisation_id
        )
    )
    return {category_id: [one for one in OTHERWISE if one in channels] for category_id, channels in found}


def category_seen_by(session: Session, settings_id: int, organisation_id: int) -> CategorySettings:
    """The organisation's own settings of a category. Raises NotFound."""
    settings = session.get(CategorySettings, settings_id)
    if settings is None or settings.organisation_id != organisation_id:
        raise NotFound
    return settings
