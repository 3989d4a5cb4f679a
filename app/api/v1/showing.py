"""From rows to what machines get."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from app.api.v1 import shapes
from app.api.v1.shapes import Author, Status
from invitations.machines import reading
from invitations.machines.callers import Caller
from invitations.machines.reading import Page, Team
from invitations.models import (
    Agent,
    ApiBatch,
    ApiRowState,
    Appointment,
    AppointmentType,
    Beneficiary,
    Category,
    Channel,
    Department,
    Invitation,
    Message,
    MessageState,
    Organisation,
    Outcome,
    Participation,
    Place,
    Tag,
)
from invitations.models import Author as By
from invitations.permissions import may_see_internal_id
from notifications.senders import Reason

FORMATS = {Channel.SMS: "sms", Channel.EMAIL: "email", Channel.LETTER: "postal"}
AUTHORS: dict[By, Author] = {By.AGENT: "agent", By.BENEFICIARY: "user"}
# Of a message that did not arrive; any other reason is an error of somebody's.
BOUNCES = {
    Reason.WRONG_ADDRESS: "hard_bounce",
    Reason.REFUSED_BY_PERSON: "blocked",
    Reason.FILTERED: "blocked",
    Reason.LATER: "soft_bounce",
    Reason.EXPIRED: "soft_bounce",
}
FAILED = frozenset({MessageState.FAILED, MessageState.UNDELIVERED, MessageState.EXPIRED})


def user(one: Beneficiary, by: Caller) -> shapes.User:
    """All keys; what the caller's kind of organisation may not read is empty, and so is the NIR (decision 0008)."""
    kinds = by.kinds([member.organisation_id for member in one.memberships])
    return shapes.User(
        id=one.id,
        address=address(one.address, one.postcode, one.city) or None,
        affiliation_number=one.affiliation_number,
        birth_date=one.birth_on,
        birth_name=one.birth_name,
        created_at=one.created_at,
        email=one.email,
        first_name=one.first_name,
        last_name=one.last_name,
        phone_number=one.phone,
        department_internal_id=one.department_internal_id if may_see_internal_id(kinds) else None,
        rights_opening_date=one.rights_opened_on,
        title=one.title.value if one.title else None,
        role=one.role.value if one.role else None,
        nir=None,
        france_travail_id=one.france_travail_id,
        rdv_solidarites_user_id=one.id,
        referents=[agent(other) for other in one.referents if other.closed_at is None],
        tags=[tag(other) for other in one.tags if other.organisation_id in by.organisation_ids],
    )


def agent(one: Agent) -> shapes.Agent:
    return shapes.Agent(one.id, one.email, one.first_name or None, one.last_name or None, one.id)


def tag(one: Tag) -> shapes.Tag:
    return shapes.Tag(one.id, one.label)


def page(found: Page, by: Caller) -> shapes.UsersAnswer:
    pagination = shapes.Pagination(
        current_page=found.number,
        next_page=found.number + 1 if found.number < found.pages else None,
        prev_page=found.number - 1 if found.number > 1 else None,
        total_pages=found.pages,
        total_count=found.total,
    )
    return shapes.UsersAnswer(True, [user(one, by) for one in found.people], pagination)


def invitations(made: Invitation, messages: Iterable[Message], about: shapes.MotifCategory) -> list[shapes.Invitation]:
    """One for each channel that carries it."""
    return [
        shapes.Invitation(
            id=one.id,
            format=FORMATS[one.channel],  # type: ignore[arg-type]  # the values are those of the contract
            clicked=made.answered_at is not None,
            rdv_with_referents=made.with_referents,
            created_at=made.created_at,
            motif_category=about,
            delivery_status=delivery_status(one),  # type: ignore[arg-type]  # the same
            delivered_at=one.settled_at if one.state is MessageState.DELIVERED else None,
            expires_at=made.expires_at,
        )
        for one in messages
        if one.channel in FORMATS
    ]


def delivery_status(one: Message) -> str | None:
    """None while nobody knows."""
    if one.state is MessageState.DELIVERED:
        return "delivered"
    if one.state not in FAILED:
        return None
    if one.channel is Channel.EMAIL and one.error_reason == Reason.WRONG_ADDRESS:
        return "invalid_email"
    return BOUNCES.get(one.error_reason, "error")  # type: ignore[call-overload, no-any-return]  # a Reason's value, or none


def category(one: Category) -> shapes.MotifCategory:
    return shapes.MotifCategory(one.id, one.name, one.code)


def place(one: Place) -> shapes.Lieu:
    return shapes.Lieu(one.id, one.name, address(one.address, one.postcode, one.city), one.phone)


def motif(one: AppointmentType) -> shapes.Motif:
    """`follow_up`: only who accompanies the person receives."""
    return shapes.Motif(
        one.id, one.name, one.is_collective, one.place_type.value, one.referents_only, category(one.category)
    )


def organisation(one: Organisation, team: Team) -> shapes.Organisation:
    return shapes.Organisation(
        one.id,
        one.name,
        one.email,
        one.phone or "",
        one.department.number,
        one.id,
        [category(other) for other in team.categories],
    )


def department(one: Department, theirs: Sequence[Organisation], teams: dict[int, Team]) -> shapes.Department:
    where = reading.territory(one.number)
    return shapes.Department(
        one.id, one.number, where.capital, where.region, [_team(other, teams[other.id]) for other in theirs]
    )


def rdv(one: Appointment, team: Team, by: Caller) -> shapes.Rdv:
    people = [user(other.beneficiary, by) for other in one.participations]
    return shapes.Rdv(
        id=one.id,
        uuid=one.uid,
        address=address(one.place.address, one.place.postcode, one.place.city) if one.place else "",
        starts_at=one.starts_at,
        duration_in_min=round((one.ends_at - one.starts_at).total_seconds() / 60),
        cancelled_at=one.cancelled_at,
        collectif=one.type.is_collective,
        created_by=AUTHORS[one.created_by],
        status=status(one),
        users_count=len({other.id for other in people}),
        max_participants_count=one.seats if one.type.is_collective else None,
        rdv_solidarites_rdv_id=one.id,
        agents=[agent(other) for other in one.agents],
        lieu=place(one.place) if one.place else None,
        motif=motif(one.type),
        users=list({other.id: other for other in people}.values()),
        organisation=organisation(one.organisation, team),
        participations=[
            _participation(other, one, shown) for other, shown in zip(one.participations, people, strict=True)
        ],
    )


def status(one: Appointment) -> Status:
    """What all who take part have in common; of a session where they differ: seen, once somebody came, else unknown."""
    outcomes = {other.outcome for other in one.participations}
    if len(outcomes) == 1:
        return outcomes.pop().value
    if one.cancelled_at is not None:
        return "revoked"
    return "seen" if Outcome.SEEN in outcomes else "unknown"


def batch(one: ApiBatch) -> shapes.Batch:
    rows = [
        shapes.BatchRow(row.position, row.state.value, row.beneficiary_id, row.invitation_id, row.why or None)
        for row in one.rows
    ]
    is_over = not any(row.state is ApiRowState.WAITING for row in one.rows)
    return shapes.Batch(one.uid, one.created_at, is_over, len(rows), rows)


def address(street: str | None, postcode: str | None, city: str | None) -> str:
    """12 rue Latour-Maubourg, 26000 Valence"""
    town = " ".join(part for part in (postcode, city) if part)
    return ", ".join(part for part in (street, town) if part)


def _team(one: Organisation, team: Team) -> shapes.Team:
    return shapes.Team(
        id=one.id,
        name=one.name,
        email=one.email,
        phone_number=one.phone or "",
        department_number=one.department.number,
        rdv_solidarites_organisation_id=one.id,
        motif_categories=[category(other) for other in team.categories],
        motifs=[motif(other) for other in team.types],
        lieux=[place(other) for other in team.places],
    )


def _participation(one: Participation, met: Appointment, who: shapes.User) -> shapes.Participation:
    return shapes.Participation(one.id, one.outcome.value, AUTHORS[one.created_by], one.created_at, met.starts_at, who)
