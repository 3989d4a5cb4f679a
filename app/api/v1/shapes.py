"""What machines get: each key always there. The names are the field's own; `rdv_solidarites_*_id` hold our ids."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

Moment = Annotated[datetime, Meta(tz=True)]
Id = Annotated[int, Meta(ge=1, examples=[42])]
Uid = Annotated[str, Meta(examples=["0b7f4f0e-52a0-4a9e-9d36-6c9fd1f3c1a2"])]
Minutes = Annotated[int, Meta(examples=[45])]
Why = Annotated[str, Meta(examples=["Aucun créneau libre avant la fin de l’invitation."])]


class MotifCategory(Struct, frozen=True):
    id: Id
    name: Annotated[str, Meta(examples=["RSA orientation"])]
    short_name: Annotated[str, Meta(examples=["rsa_orientation"])]


class Agent(Struct, frozen=True):
    id: Id
    email: Annotated[str, Meta(examples=["claire.roche@drome.example"])]
    first_name: Annotated[str | None, Meta(examples=["Claire"])]
    last_name: Annotated[str | None, Meta(examples=["Roche"])]
    rdv_solidarites_agent_id: Id


class Tag(Struct, frozen=True):
    id: Id
    value: Annotated[str, Meta(examples=["garde d'enfants"])]


class User(Struct, frozen=True):
    id: Id
    address: Annotated[str | None, Meta(examples=["12 rue des Alpes, 26000 Valence"])]
    affiliation_number: Annotated[str | None, Meta(examples=["1234567"])]
    birth_date: date | None
    birth_name: Annotated[str | None, Meta(examples=["Petit"])]
    created_at: Moment
    email: Annotated[str | None, Meta(examples=["ines.bernard@exemple.fr"])]
    first_name: Annotated[str, Meta(examples=["Inès"])]
    last_name: Annotated[str, Meta(examples=["Bernard"])]
    phone_number: Annotated[str | None, Meta(examples=["+33639980001"])]
    department_internal_id: Annotated[str | None, Meta(examples=["26-77"])]
    rights_opening_date: Annotated[date | None, Meta(examples=["2026-11-01"])]
    title: Literal["monsieur", "madame"] | None
    role: Annotated[Literal["demandeur", "conjoint"] | None, Meta(examples=["demandeur"])]
    nir: None
    france_travail_id: Annotated[str | None, Meta(examples=["7654321A"])]
    rdv_solidarites_user_id: Id
    referents: list[Agent]
    tags: list[Tag]


class Invitation(Struct, frozen=True):
    """One for each channel."""

    id: Id
    format: Annotated[Literal["sms", "email", "postal"], Meta(examples=["sms"])]
    clicked: bool
    rdv_with_referents: bool
    created_at: Moment
    motif_category: MotifCategory
    delivery_status: Annotated[
        Literal["delivered", "soft_bounce", "hard_bounce", "blocked", "invalid_email", "error"] | None,
        Meta(examples=["delivered"]),
    ]
    delivered_at: Moment | None
    expires_at: Moment | None


class Lieu(Struct, frozen=True):
    rdv_solidarites_lieu_id: Id
    name: Annotated[str, Meta(examples=["Maison des solidarités"])]
    address: Annotated[str, Meta(examples=["12 rue Latour-Maubourg, 26000 Valence"])]
    phone_number: Annotated[str | None, Meta(examples=["+33475000000"])]


class Motif(Struct, frozen=True):
    rdv_solidarites_motif_id: Id
    name: Annotated[str, Meta(examples=["Entretien d'orientation"])]
    collectif: bool
    location_type: Literal["public_office", "phone", "home", "video"]
    follow_up: bool
    motif_category: MotifCategory


class Organisation(Struct, frozen=True):
    id: Id
    name: Annotated[str, Meta(examples=["Centre médico-social de Valence"])]
    email: Annotated[str | None, Meta(examples=["cms.valence@drome.example"])]
    phone_number: Annotated[str, Meta(examples=["+33475000000"])]  # "" when there is none
    department_number: Annotated[str, Meta(examples=["26"])]
    rdv_solidarites_organisation_id: Id
    motif_categories: list[MotifCategory]


class Team(Struct, frozen=True):
    """An organisation, with what it books and where it receives."""

    id: Id
    name: Annotated[str, Meta(examples=["Centre médico-social de Valence"])]
    email: Annotated[str | None, Meta(examples=["cms.valence@drome.example"])]
    phone_number: Annotated[str, Meta(examples=["+33475000000"])]
    department_number: Annotated[str, Meta(examples=["26"])]
    rdv_solidarites_organisation_id: Id
    motif_categories: list[MotifCategory]
    motifs: list[Motif]
    lieux: list[Lieu]


class Department(Struct, frozen=True):
    id: Id
    number: Annotated[str, Meta(examples=["26"])]
    capital: Annotated[str, Meta(examples=["Valence"])]
    region: Annotated[str, Meta(examples=["Auvergne-Rhône-Alpes"])]
    organisations: list[Team]


Status = Literal["unknown", "seen", "excused", "revoked", "noshow"]
Author = Literal["agent", "user", "prescripteur"]


class Participation(Struct, frozen=True):
    id: Id
    status: Status
    created_by: Author
    created_at: Moment
    starts_at: Moment
    user: User


class Rdv(Struct, frozen=True):
    id: Id
    uuid: Uid
    address: Annotated[str, Meta(examples=["12 rue Latour-Maubourg, 26000 Valence"])]
    starts_at: Moment
    duration_in_min: Minutes
    cancelled_at: Moment | None
    collectif: bool
    created_by: Author
    status: Status
    users_count: int
    max_participants_count: int | None
    rdv_solidarites_rdv_id: Id
    agents: list[Agent]
    lieu: Lieu | None
    motif: Motif
    users: list[User]
    organisation: Organisation
    participations: list[Participation]


class FollowUp(Struct, frozen=True):
    id: Id
    user_id: Id
    motif_category: MotifCategory
    status: Annotated[str, Meta(examples=["invitation_pending"])]
    status_since: Moment
    closed_at: Moment | None
    created_at: Moment


class ToldInvitation(Struct, frozen=True):
    """An act of addressing somebody; `invitations`: one for each channel."""

    id: Id
    mode: Literal["invitation", "proposition", "convocation"]
    user_id: Id
    follow_up_id: Id
    created_at: Moment
    expires_at: Moment | None
    answered_at: Moment | None
    ended_at: Moment | None
    motif_category: MotifCategory
    invitations: list[Invitation]


class Pagination(Struct, frozen=True):
    current_page: int
    next_page: int | None
    prev_page: int | None
    total_pages: int
    total_count: int


# The answers themselves


class SignedIn(Struct, frozen=True):
    success: bool


class DepartmentAnswer(Struct, frozen=True):
    department: Department


class RdvAnswer(Struct, frozen=True):
    rdv: Rdv


class UsersAnswer(Struct, frozen=True):
    """`pagination` with `page`, or with nothing; with `cursor` or `updated_since` `next_cursor` instead, and the ids of
    people who were archived."""

    success: bool
    users: list[User]
    pagination: Pagination | UnsetType = UNSET  # of a page
    archived_user_ids: list[int] | UnsetType = UNSET  # of a list that is followed
    next_cursor: Annotated[str | UnsetType | None, Meta(examples=["1763971200000000.42"])] = UNSET


class UserAnswer(Struct, frozen=True):
    success: bool
    user: User


class InvitedAnswer(Struct, frozen=True):
    success: bool
    user: User
    invitations: list[Invitation]


class BatchAccepted(Struct, frozen=True):
    """`batch_id`: what `GET /api/v1/batches/{id}` is asked with."""

    success: bool
    batch_id: Uid


class BatchRow(Struct, frozen=True):
    """`index`: the place in the list, from 0. Refused, a person may be known all the same: `user_id` then."""

    index: int
    status: Literal["waiting", "invited", "refused"]
    user_id: int | None
    invitation_id: int | None
    error_details: Why | None


class Batch(Struct, frozen=True):
    id: Uid
    created_at: Moment
    finished: bool
    total: int
    users: list[BatchRow]


class BatchAnswer(Struct, frozen=True):
    batch: Batch
