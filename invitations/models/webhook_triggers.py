"""Triggers that owe an event to each endpoint which wants it: whatever writes, in whatever way, nothing is forgotten.

Where no endpoint listens, a trigger is one look at an empty table. Both engines get them when the tables are created; the
migration says the same.
"""

from __future__ import annotations

from dataclasses import dataclass

from invitations.models.triggers import Cause, attach, changed
from invitations.models.webhooks import Happening, Resource

_MEMBERSHIPS_OF = "FROM memberships WHERE memberships.beneficiary_id = "
# A person's organisation hears of the categories that it handles.
_FOLLOWED = (
    "FROM memberships JOIN category_settings ON category_settings.organisation_id = memberships.organisation_id"
    " WHERE memberships.beneficiary_id = {row}.beneficiary_id AND category_settings.category_id = {row}.category_id"
)


@dataclass(frozen=True, slots=True)
class Told:
    """One cause: when `act` befalls a row of the table, each resource that `of` selects has had this happen to it.

    `of`: SELECT of the resource's id and the organisation's id. `row`: NEW or OLD. `when`: a condition on OLD and NEW, {differs} is
    the engine's "is not the same". `heard_with`: whoever wants to hear of these hears of it, when not of `resource`.
    """

    act: str
    resource: Resource
    happening: Happening
    of: str
    row: str = "NEW"
    when: str = ""
    heard_with: Resource | None = None


def _changed(*columns: str) -> str:
    return f"({changed(*columns)})"


_CREATED, _UPDATED, _DESTROYED = Happening.CREATED, Happening.UPDATED, Happening.DESTROYED
_MEETING = ("starts_at", "ends_at", "place_id", "type_id", "seats", "title", "cancelled_at", "moved_at")
_PERSON = (
    *("first_name", "last_name", "birth_name", "birth_on", "title", "role", "email", "phone"),
    *("address", "postcode", "city"),
    *("affiliation_number", "department_internal_id", "france_travail_id", "rights_opened_on"),
)
_OF_MEETING = "SELECT {row}.id, {row}.organisation_id"
_MEETING_OF = "SELECT appointments.id, appointments.organisation_id FROM appointments WHERE appointments.id = {row}.appointment_id"
_OF_INVITATION = "SELECT {row}.id, {row}.organisation_id"
_INVITATION_OF = (
    "SELECT invitations.id, invitations.organisation_id FROM invitations WHERE invitations.id = {row}.invitation_id"
)
_OF_MEMBER = "SELECT {row}.beneficiary_id, {row}.organisation_id"
_MEMBER_OF = f"SELECT memberships.beneficiary_id, memberships.organisation_id {_MEMBERSHIPS_OF}{{row}}.beneficiary_id"
_OF_PERSON = f"SELECT memberships.beneficiary_id, memberships.organisation_id {_MEMBERSHIPS_OF}{{row}}.id"
_OF_FOLLOW_UP = f"SELECT {{row}}.id, memberships.organisation_id {_FOLLOWED}"
_RDV, _INVITATION, _USER, _FOLLOW_UP = Resource.RDV, Resource.INVITATION, Resource.USER, Resource.FOLLOW_UP
_OF_BATCH = "SELECT {row}.id, {row}.organisation_id"

# A slot that is only held for a proposition is no appointment yet.
TOLD: dict[str, tuple[Told, ...]] = {
    "appointments": (
        Told("INSERT", _RDV, _CREATED, _OF_MEETING, when="NEW.held_until IS NULL"),
        Told(
            "UPDATE OF held_until",
            _RDV,
            _CREATED,
            _OF_MEETING,
            when="OLD.held_until IS NOT NULL AND NEW.held_until IS NULL",
        ),
        Told(
            f"UPDATE OF {', '.join(_MEETING)}",
            _RDV,
            _UPDATED,
            _OF_MEETING,
            when=f"OLD.held_until IS NULL AND NEW.held_until IS NULL AND {_changed(*_MEETING)}",
        ),
        Told("DELETE", _RDV, _DESTROYED, _OF_MEETING, row="OLD", when="OLD.held_until IS NULL"),
    ),
    "participations": (
        Told("INSERT", _RDV, _UPDATED, _MEETING_OF),
        Told("UPDATE OF outcome", _RDV, _UPDATED, _MEETING_OF, when=_changed("outcome")),
        Told("DELETE", _RDV, _UPDATED, _MEETING_OF, row="OLD"),
    ),
    "invitations": (
        Told("INSERT", _INVITATION, _CREATED, _OF_INVITATION),
        Told(
            "UPDATE OF answered_at, ended_at, expires_at",
            _INVITATION,
            _UPDATED,
            _OF_INVITATION,
            when=_changed("answered_at", "ended_at", "expires_at"),
        ),
        Told("DELETE", _INVITATION, _DESTROYED, _OF_INVITATION, row="OLD"),
    ),
    "messages": (
        Told(
            "UPDATE OF settled_at",
            _INVITATION,
            _UPDATED,
            _INVITATION_OF,
            when="NEW.invitation_id IS NOT NULL AND " + _changed("settled_at", "state"),
        ),
    ),
    "memberships": (
        Told("INSERT", _USER, _CREATED, _OF_MEMBER),
        Told("UPDATE OF archived_at", _USER, _UPDATED, _OF_MEMBER, when=_changed("archived_at")),
        Told("DELETE", _USER, _DESTROYED, _OF_MEMBER, row="OLD"),
    ),
    "beneficiaries": (Told(f"UPDATE OF {', '.join(_PERSON)}", _USER, _UPDATED, _OF_PERSON, when=_changed(*_PERSON)),),
    "referents": (
        Told("INSERT", _USER, _UPDATED, _MEMBER_OF),
        Told("DELETE", _USER, _UPDATED, _MEMBER_OF, row="OLD"),
    ),
    "taggings": (
        Told("INSERT", _USER, _UPDATED, _MEMBER_OF),
        Told("DELETE", _USER, _UPDATED, _MEMBER_OF, row="OLD"),
    ),
    "follow_ups": (
        Told("INSERT", _FOLLOW_UP, _CREATED, _OF_FOLLOW_UP),
        Told("UPDATE OF status, closed_at", _FOLLOW_UP, _UPDATED, _OF_FOLLOW_UP, when=_changed("status", "closed_at")),
        Told("DELETE", _FOLLOW_UP, _DESTROYED, _OF_FOLLOW_UP, row="OLD"),
    ),
    # Once: when the last of its people is done. Forgotten after 30 days, it was told long ago.
    "api_batches": (
        Told(
            "UPDATE OF finished_at",
            Resource.BATCH,
            _UPDATED,
            _OF_BATCH,
            when="OLD.finished_at IS NULL AND NEW.finished_at IS NOT NULL",
            heard_with=_INVITATION,
        ),
    ),
}


def _owing(told: Told) -> str:
    """The statement that owes the event to every endpoint of the organisation that wants to hear of this resource."""
    return (
        "INSERT INTO webhook_events (endpoint_id, resource, resource_id, happening)"
        f" SELECT webhook_endpoints.id, '{told.resource.value}', told.resource_id, '{told.happening.value}'"
        f" FROM webhook_endpoints JOIN ({_named(told.of.format(row=told.row))}) AS told"
        " ON told.organisation_id = webhook_endpoints.organisation_id"
        " WHERE webhook_endpoints.removed_at IS NULL"
        f" AND webhook_endpoints.tells_{(told.heard_with or told.resource).value}"
    )


def _named(selected: str) -> str:
    """The SELECT with its two columns named."""
    what, _, rest = selected.removeprefix("SELECT ").partition(" FROM ")
    resource, organisation = what.split(", ")
    return f"SELECT {resource} AS resource_id, {organisation} AS organisation_id" + (f" FROM {rest}" if rest else "")


attach("told", {table: [Cause(one.act, _owing(one), one.when) for one in those] for table, those in TOLD.items()})
