"""What machines send. What they say beside these keys is left aside: other software may say more than we need."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from flask import request
from msgspec import UNSET, Meta, Struct, UnsetType

from app.api.v1 import refusal_words as words
from app.api.v1.refusal_shapes import Problem
from app.api.v1.refusing import Malformed, PeopleWronglyShaped, WronglyShaped
from invitations.machines.batches import MOST
from invitations.machines.receiving import CategoryNamed, Incoming
from invitations.selecting import LONGEST_REASON
from invitations.uploads.headers import Field

Body = TypeVar("Body", bound=Struct)

Name = Annotated[str, Meta(min_length=1, max_length=80)]
Text = Annotated[str, Meta(max_length=80)]
Number = Annotated[str, Meta(max_length=40)]
Day = Annotated[str, Meta(max_length=30, description="DD/MM/YYYY", examples=["24/11/1985"])]
LargestId = Annotated[int, Meta(ge=1, le=2**31 - 1)]


class SignInBody(Struct):
    email: Annotated[str, Meta(max_length=254, examples=["claire.roche@drome.example"])]
    password: Annotated[str, Meta(max_length=1000, examples=["le mot de passe de cet agent"])]


class MotifCategoryIn(Struct):
    name: Text | None = None
    short_name: Annotated[str, Meta(max_length=40, examples=["rsa_orientation"])] | None = None


class InvitationIn(Struct):
    rdv_solidarites_lieu_id: LargestId | None = None
    motif_category: MotifCategoryIn | None = None


class ReferentIn(Struct):
    email: Annotated[str, Meta(max_length=254, examples=["claire.roche@drome.example"])]


class TagIn(Struct):
    value: Annotated[str, Meta(max_length=60, examples=["garde d'enfants"])]


class UserIn(Struct):
    first_name: Annotated[str, Meta(min_length=1, max_length=80, examples=["Inès"])]
    last_name: Annotated[str, Meta(min_length=1, max_length=80, examples=["Bernard"])]
    title: Literal["monsieur", "madame", ""] | None = None
    affiliation_number: Number | None = None
    role: Literal["demandeur", "conjoint", ""] | None = None
    email: Annotated[str, Meta(max_length=254, examples=["ines.bernard@exemple.fr"])] | None = None
    phone_number: Annotated[str, Meta(max_length=80, examples=["06 39 98 00 01"])] | None = None
    nir: Number | None = None
    france_travail_id: Number | None = None
    birth_date: Day | None = None
    rights_opening_date: Day | None = None
    birth_name: Text | None = None
    address: Annotated[str, Meta(max_length=200, examples=["12 rue des Alpes, 26000 Valence"])] | None = None
    department_internal_id: Number | None = None
    invitation: InvitationIn | None = None
    referents_to_add: Annotated[list[ReferentIn], Meta(max_length=20)] | None = None
    tags_to_add: Annotated[list[TagIn], Meta(max_length=50)] | None = None


Said = str | None | UnsetType


class UserPatch(Struct):
    """What is left out, and what is blank, stays as it is; null erases."""

    first_name: Text | UnsetType = UNSET
    last_name: Text | UnsetType = UNSET
    title: Literal["monsieur", "madame", ""] | UnsetType | None = UNSET
    affiliation_number: Number | UnsetType | None = UNSET
    role: Literal["demandeur", "conjoint", ""] | UnsetType | None = UNSET
    email: Annotated[str, Meta(max_length=254)] | UnsetType | None = UNSET
    phone_number: Text | UnsetType | None = UNSET
    nir: Number | UnsetType | None = UNSET  # null erases nothing: it is what is answered, whatever is held
    france_travail_id: Number | UnsetType | None = UNSET
    birth_date: Day | UnsetType | None = UNSET
    rights_opening_date: Day | UnsetType | None = UNSET
    birth_name: Text | UnsetType | None = UNSET
    address: Annotated[str, Meta(max_length=200)] | UnsetType | None = UNSET
    department_internal_id: Number | UnsetType | None = UNSET


class UserPatchBody(Struct):
    user: UserPatch


class ArchiveBody(Struct):
    reason: Annotated[str, Meta(max_length=LONGEST_REASON)] | None = None


class UserBody(Struct):
    user: UserIn


class UsersBody(Struct):
    users: Annotated[list[UserIn], Meta(min_length=1, max_length=MOST)]


class InviteBody(Struct):
    invitation: InvitationIn | None = None


class InvitationExtend(Struct):
    """The last day on which it can be answered; left out, it lives as long as one that is sent now."""

    last_day: Day | None = None


class ExtendBody(Struct):
    invitation: InvitationExtend


CELLS = {
    Field.FIRST_NAME: "first_name",
    Field.LAST_NAME: "last_name",
    Field.BIRTH_NAME: "birth_name",
    Field.TITLE: "title",
    Field.AFFILIATION_NUMBER: "affiliation_number",
    Field.ROLE: "role",
    Field.EMAIL: "email",
    Field.PHONE: "phone_number",
    Field.FRANCE_TRAVAIL_ID: "france_travail_id",
    Field.BIRTH_ON: "birth_date",
    Field.RIGHTS_OPENED_ON: "rights_opening_date",
    Field.ADDRESS: "address",
    Field.DEPARTMENT_INTERNAL_ID: "department_internal_id",
}


def asked(body: type[Body]) -> Body:
    """The body of this request. Raises Malformed when it is no JSON, WronglyShaped when it is another."""
    found = decoded()
    try:
        return msgspec.convert(found, body)
    except msgspec.ValidationError as wrong:
        raise WronglyShaped(str(wrong)) from wrong


def asked_people() -> list[UserIn]:
    """Those of a list. Raises PeopleWronglyShaped with each who is, WronglyShaped for what is no list of so many."""
    try:
        return asked(UsersBody).users
    except WronglyShaped as wrong:
        problems = problems_in(decoded())
        if not problems:
            raise
        raise PeopleWronglyShaped(problems) from wrong


def problems_in(found: Any) -> list[Problem]:
    """Of everybody in the list who is of another shape; none when it is the list itself that is wrong."""
    people = found.get("users") if isinstance(found, dict) else None
    if not isinstance(people, list) or len(people) > MOST:
        return []
    return [problem for at, one in enumerate(people) if (problem := problem_of(one, at)) is not None]


def problem_of(one: Any, at: int) -> Problem | None:
    try:
        msgspec.convert(one, UserIn)
    except msgspec.ValidationError as wrong:
        said = one if isinstance(one, dict) else {}
        first, last = (name if isinstance(name := said.get(key), str) else None for key in ("first_name", "last_name"))
        return Problem(words.wrong_shape(str(wrong)), first, last, at)
    return None


def decoded() -> Any:
    """Raises Malformed."""
    if not request.is_json:
        raise Malformed
    try:
        found = msgspec.json.decode(request.get_data(cache=True))
        if holds_nul(found):
            raise Malformed
    except (msgspec.DecodeError, UnicodeError, RecursionError) as broken:
        raise Malformed from broken
    return found


def holds_nul(found: Any) -> bool:
    """PostgreSQL stores no NUL, and nobody's name holds one."""
    if isinstance(found, str):
        return "\0" in found
    inside = found.values() if isinstance(found, dict) else found if isinstance(found, list) else ()
    return any(holds_nul(one) for one in inside)


def incoming_of(user: UserIn) -> Incoming:
    """The same as an import reads it."""
    wanted = user.invitation or InvitationIn()
    return Incoming.of(
        {where: getattr(user, name) for where, name in CELLS.items()},
        category=category_of(wanted),
        place_id=wanted.rdv_solidarites_lieu_id,
        referents=tuple(one.email for one in user.referents_to_add or ()),
        tags=tuple(one.value for one in user.tags_to_add or ()),
        nir=user.nir or "",
    )


def said_of(user: UserPatch) -> dict[Field, str | None]:
    """What is said of them, null included."""
    told: dict[Field, Said] = {where: getattr(user, name) for where, name in CELLS.items()}
    return {where: text for where, text in told.items() if text is not UNSET}


def nir_of(user: UserPatch) -> str:
    """The number said, "" when none is."""
    return user.nir if isinstance(user.nir, str) else ""


def day_of(text: str, where: str) -> date:
    """Raises WronglyShaped for what is no DD/MM/YYYY."""
    try:
        return datetime.strptime(text.strip(), "%d/%m/%Y").date()  # noqa: DTZ007  (a day has no zone)
    except ValueError as wrong:
        raise WronglyShaped(f"Expected DD/MM/YYYY - at `$.{where}`") from wrong


def category_of(wanted: InvitationIn) -> CategoryNamed:
    said = wanted.motif_category or MotifCategoryIn()
    return CategoryNamed((said.short_name or "").strip(), (said.name or "").strip())
