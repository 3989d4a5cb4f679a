"""What webhooks say of a resource: the same as the API shows to the organisation that is told."""

from __future__ import annotations

from typing import Any

from msgspec import to_builtins
from sqlalchemy.orm import Session

from app.api.v1 import shapes, showing, showing_lists
from invitations.errors import NotFound
from invitations.machines import reading
from invitations.machines.callers import Caller
from invitations.models import Organisation, Resource
from invitations.webhooks import subjects


def describe(session: Session, resource: Resource, resource_id: int, organisation_id: int) -> dict[str, Any] | None:
    """The resource as it is now; None when it is there no more, or is no longer the organisation's."""
    organisation = session.get_one(Organisation, organisation_id)
    caller = Caller((organisation,), frozenset())
    try:
        said: dict[str, Any] = to_builtins(SAYING[resource](session, resource_id, caller))
    except NotFound:
        return None
    return said


def rdv(session: Session, resource_id: int, by: Caller) -> shapes.Rdv:
    (organisation,) = by.organisations
    found = reading.appointment(session, subjects.uid_of_appointment(session, resource_id), by=by)
    return showing.rdv(found, reading.teams(session, [organisation.id])[organisation.id], by)


def user(session: Session, resource_id: int, by: Caller) -> shapes.User:
    (organisation,) = by.organisations
    return showing.user(reading.person(session, resource_id, organisation.id), by)


def invitation(session: Session, resource_id: int, by: Caller) -> shapes.ToldInvitation:
    (organisation,) = by.organisations
    found = subjects.invitation(session, resource_id, organisation.id)
    return showing_lists.invitation(found.invitation, found.messages)


def follow_up(session: Session, resource_id: int, by: Caller) -> shapes.FollowUp:
    (organisation,) = by.organisations
    found = subjects.follow_up(session, resource_id, organisation.id)
    return showing_lists.follow_up(found)


def batch(session: Session, resource_id: int, by: Caller) -> shapes.Batch:
    (organisation,) = by.organisations
    return showing.batch(subjects.batch(session, resource_id, organisation.id))


SAYING = {
    Resource.RDV: rdv,
    Resource.USER: user,
    Resource.INVITATION: invitation,
    Resource.FOLLOW_UP: follow_up,
    Resource.BATCH: batch,
}
