"""A client of RDV au choix's API, version 1. One file, Python 3.11 or later, nothing to install: copy it.

    rdv = Client("https://rdv.example.fr", key="rdv_…")
    for person in rdv.people(1, updated_since=yesterday):
        print(person["id"], person["last_name"])
    rdv.create_and_invite(1, {"first_name": "Inès", "last_name": "Bernard", "phone_number": "06 39 98 00 01"})

Written from /api/openapi.json, and held to it by the application's tests. What is refused raises `Refused`, with the
sentences to show; calls that were too many, or met a busy service, are made again.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal, TypedDict, cast
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

TIMEOUT = 30  # seconds
TRIES = 4
LONGEST_WAIT = 60  # seconds
TRY_AGAIN = frozenset({429, 503})

FollowUpStatus = Literal[
    "closed", "not_invited", "invitation_pending", "invitation_expired", "appointment_pending", "seen", "noshow",
    "excused", "revoked", "outcome_needed",
]  # fmt: skip
Status = Literal["unknown", "seen", "excused", "revoked", "noshow"]


class MotifCategory(TypedDict):
    id: int
    name: str
    short_name: str


class Agent(TypedDict):
    id: int
    email: str
    first_name: str | None
    last_name: str | None
    rdv_solidarites_agent_id: int


class Tag(TypedDict):
    id: int
    value: str


class User(TypedDict):
    id: int
    address: str | None
    affiliation_number: str | None
    birth_date: str | None
    birth_name: str | None
    created_at: str
    email: str | None
    first_name: str
    last_name: str
    phone_number: str | None
    department_internal_id: str | None
    rights_opening_date: str | None
    title: Literal["monsieur", "madame"] | None
    role: Literal["demandeur", "conjoint"] | None
    nir: None
    france_travail_id: str | None
    rdv_solidarites_user_id: int
    referents: list[Agent]
    tags: list[Tag]


class Invitation(TypedDict):
    """What one channel carried."""

    id: int
    format: Literal["sms", "email", "postal"]
    clicked: bool
    rdv_with_referents: bool
    created_at: str
    motif_category: MotifCategory
    delivery_status: Literal["delivered", "soft_bounce", "hard_bounce", "blocked", "invalid_email", "error"] | None
    delivered_at: str | None
    expires_at: str | None


class ToldInvitation(TypedDict):
    """An act of addressing somebody; `invitations`: one for each channel."""

    id: int
    mode: Literal["invitation", "proposition", "convocation"]
    user_id: int
    follow_up_id: int
    created_at: str
    expires_at: str | None
    answered_at: str | None
    ended_at: str | None
    motif_category: MotifCategory
    invitations: list[Invitation]


class FollowUp(TypedDict):
    id: int
    user_id: int
    motif_category: MotifCategory
    status: FollowUpStatus
    status_since: str
    closed_at: str | None
    created_at: str


class Lieu(TypedDict):
    rdv_solidarites_lieu_id: int
    name: str
    address: str
    phone_number: str | None


class Motif(TypedDict):
    rdv_solidarites_motif_id: int
    name: str
    collectif: bool
    location_type: Literal["public_office", "phone", "home", "video"]
    follow_up: bool
    motif_category: MotifCategory


class Organisation(TypedDict):
    id: int
    name: str
    email: str | None
    phone_number: str
    department_number: str
    rdv_solidarites_organisation_id: int
    motif_categories: list[MotifCategory]


class Slot(TypedDict):
    """A start, once for a place and a motif. `title` and `seats_left`: of a session."""

    starts_at: str
    duration_in_min: int
    motif: Motif
    lieu: Lieu
    agents: list[Agent]
    title: str | None
    seats_left: int | None


class Participation(TypedDict):
    id: int
    status: Status
    created_by: Literal["agent", "user", "prescripteur"]
    created_at: str
    starts_at: str
    user: User


class Rdv(TypedDict):
    id: int
    uuid: str
    address: str
    starts_at: str
    duration_in_min: int
    cancelled_at: str | None
    collectif: bool
    created_by: Literal["agent", "user", "prescripteur"]
    status: Status
    users_count: int
    max_participants_count: int | None
    rdv_solidarites_rdv_id: int
    agents: list[Agent]
    lieu: Lieu | None
    motif: Motif
    users: list[User]
    organisation: Organisation
    participations: list[Participation]


class Invited(TypedDict):
    success: bool
    user: User
    invitations: list[Invitation]


class BatchRow(TypedDict):
    index: int
    status: Literal["waiting", "invited", "refused"]
    user_id: int | None
    invitation_id: int | None
    error_details: str | None


class Batch(TypedDict):
    id: str
    created_at: str
    finished: bool
    total: int
    users: list[BatchRow]


class Refused(Exception):
    """The service said no. `sentences`: why, in French, for whoever asked; `body`: all of the answer.

    409: the agenda says no. `concerns`: the same again with `confirm=True` goes on; `slots`: the nearest free times.
    """

    def __init__(self, status: int, body: Mapping[str, Any]) -> None:
        self.status = status
        self.body = body
        self.sentences = [
            one["error_details"] if isinstance(one, dict) else str(one)
            for one in body.get("errors", [f"{body.get('not_found', 'Nothing')} not found"])
        ]
        super().__init__(f"{status}: {' '.join(self.sentences)}")

    @property
    def concerns(self) -> list[str]:
        return list(self.body.get("concerns", ()))

    @property
    def slots(self) -> list[Slot]:
        return list(self.body.get("slots", ()))


@dataclass(frozen=True)
class Client:
    """`url`: of the installation, without a path. `key`: a service key, from Réglages, Clés."""

    url: str
    key: str

    # People

    def people(
        self, organisation_id: int, *, updated_since: datetime | None = None, search: str = ""
    ) -> Iterator[User]:
        """The active people of an organisation, oldest change first."""
        said = {"search_query": search} if search else {}
        return self._followed(f"organisations/{organisation_id}/users", "users", updated_since, cursor="", **said)

    def archived(self, organisation_id: int, *, updated_since: datetime) -> Iterator[int]:
        """The ids of those who were archived since."""
        return self._followed(f"organisations/{organisation_id}/users", "archived_user_ids", updated_since)

    def create(self, organisation_id: int, user: Mapping[str, Any]) -> User:
        """Add a person, or complete the one who is known."""
        return cast(User, self.call("POST", f"organisations/{organisation_id}/users", {"user": user})["user"])

    def correct(self, organisation_id: int, user_id: int, **said: Any) -> User:
        """Write what is said, None erases; all the rest stays as it is."""
        found = self.call("PATCH", f"organisations/{organisation_id}/users/{user_id}", {"user": said})
        return cast(User, found["user"])

    def archive(self, organisation_id: int, user_id: int, reason: str = "") -> User:
        path = f"organisations/{organisation_id}/users/{user_id}/archive"
        return cast(User, self.call("POST", path, {"reason": reason or None})["user"])

    def unarchive(self, organisation_id: int, user_id: int) -> User:
        return cast(User, self.call("POST", f"organisations/{organisation_id}/users/{user_id}/unarchive")["user"])

    # The same in a whole département

    def people_of_department(
        self, number: str, *, updated_since: datetime | None = None, search: str = ""
    ) -> Iterator[User]:
        """The active people of all organisations of the key, oldest change first."""
        said = {"search_query": search} if search else {}
        return self._followed(f"departments/{number}/users", "users", updated_since, **said)

    def create_in_department(self, number: str, user: Mapping[str, Any]) -> User:
        """As `create`, in the organisation that serves the commune of the address."""
        return cast(User, self.call("POST", f"departments/{number}/users", {"user": user})["user"])

    def create_and_invite_in_department(self, number: str, user: Mapping[str, Any]) -> Invited:
        return cast(Invited, self.call("POST", f"departments/{number}/users/create_and_invite", {"user": user}))

    # Inviting

    def create_and_invite(self, organisation_id: int, user: Mapping[str, Any]) -> Invited:
        found = self.call("POST", f"organisations/{organisation_id}/users/create_and_invite", {"user": user})
        return cast(Invited, found)

    def create_and_invite_many(self, organisation_id: int, users: Iterable[Mapping[str, Any]]) -> str:
        """25 at most, done in the background. Returns what `batch` is asked with."""
        path = f"organisations/{organisation_id}/users/create_and_invite_many"
        return str(self.call("POST", path, {"users": list(users)})["batch_id"])

    def batch(self, batch_id: str) -> Batch:
        """What became of each person of a list."""
        return cast(Batch, self.call("GET", f"batches/{batch_id}")["batch"])

    def batches(self, organisation_id: int, *, updated_since: datetime | None = None) -> Iterator[Batch]:
        return self._followed(f"organisations/{organisation_id}/batches", "batches", updated_since)

    def invite(
        self, organisation_id: int, user_id: int, *, category: str | None = None, place_id: int | None = None
    ) -> Invited:
        """`category`: its short name; not needed where the organisation follows one only."""
        wanted = {"rdv_solidarites_lieu_id": place_id, "motif_category": {"short_name": category}}
        path = f"organisations/{organisation_id}/users/{user_id}/invite"
        return cast(Invited, self.call("POST", path, {"invitation": wanted}))

    def invitations(self, organisation_id: int, *, updated_since: datetime | None = None) -> Iterator[ToldInvitation]:
        return self._followed(f"organisations/{organisation_id}/invitations", "invitations", updated_since)

    def end_invitation(self, organisation_id: int, invitation_id: int) -> ToldInvitation:
        path = f"organisations/{organisation_id}/invitations/{invitation_id}/end"
        return cast(ToldInvitation, self.call("POST", path)["invitation"])

    def extend_invitation(
        self, organisation_id: int, invitation_id: int, *, last_day: date | None = None
    ) -> ToldInvitation:
        """Until the end of that day; left out, for as long as an invitation that is sent now."""
        wanted = {"last_day": f"{last_day:%d/%m/%Y}" if last_day else None}
        path = f"organisations/{organisation_id}/invitations/{invitation_id}/extend"
        return cast(ToldInvitation, self.call("POST", path, {"invitation": wanted})["invitation"])

    # Appointments

    def slots(
        self,
        organisation_id: int,
        *,
        category: str | None = None,
        motif_id: int | None = None,
        place_id: int | None = None,
        user_id: int | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Iterator[Slot]:
        """What an agent could book; with `user_id`, what this person may choose themselves."""
        said = {
            "motif_category": category,
            "rdv_solidarites_motif_id": motif_id and str(motif_id),
            "rdv_solidarites_lieu_id": place_id and str(place_id),
            "user_id": user_id and str(user_id),
            "from": since and since.isoformat(),
            "to": until and until.isoformat(),
        }
        path = f"organisations/{organisation_id}/slots"
        return self._followed(path, "slots", None, **{name: str(one) for name, one in said.items() if one})

    def appointments(
        self,
        organisation_id: int,
        *,
        updated_since: datetime | None = None,
        status: Status | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Iterator[Rdv]:
        """Oldest change first. `since` and `until` are of their starts."""
        said = {"status": status, "from": since and since.isoformat(), "to": until and until.isoformat()}
        path = f"organisations/{organisation_id}/rdvs"
        return self._followed(path, "rdvs", updated_since, **{name: one for name, one in said.items() if one})

    def appointment(self, uid: str) -> Rdv:
        return cast(Rdv, self.call("GET", f"rdvs/{uid}")["rdv"])

    def book(
        self,
        organisation_id: int,
        user_id: int,
        motif_id: int,
        starts_at: datetime,
        *,
        place_id: int | None = None,
        agent_id: int | None = None,
        confirm: bool = False,
    ) -> Rdv:
        """Without an agent, a free time. Raises Refused: see its `concerns` and `slots`."""
        about = {"user_id": user_id, "rdv_solidarites_motif_id": motif_id}
        wanted = about | _when(starts_at, place_id, agent_id, confirm=confirm)
        return cast(Rdv, self.call("POST", f"organisations/{organisation_id}/rdvs", {"rdv": wanted})["rdv"])

    def move(
        self,
        uid: str,
        starts_at: datetime,
        *,
        place_id: int | None = None,
        agent_id: int | None = None,
        confirm: bool = False,
    ) -> Rdv:
        """With the same agent and at the same place unless others are said."""
        wanted = _when(starts_at, place_id, agent_id, confirm=confirm)
        return cast(Rdv, self.call("POST", f"rdvs/{uid}/move", {"rdv": wanted})["rdv"])

    def cancel(self, uid: str, *, by: Literal["service", "user"] = "service", user_id: int | None = None) -> Rdv:
        """`user_id`: for one person of a session; a session is cancelled whole without."""
        return cast(Rdv, self.call("POST", f"rdvs/{uid}/cancel", {"rdv": {"by": by, "user_id": user_id}})["rdv"])

    def note(self, uid: str, status: Status, *, user_id: int | None = None) -> Rdv:
        """What became of it. `user_id`: of which person of a session."""
        wanted = {"status": status, "user_id": user_id}
        return cast(Rdv, self.call("POST", f"rdvs/{uid}/outcome", {"rdv": wanted})["rdv"])

    # Follow-ups

    def follow_ups(
        self,
        organisation_id: int,
        *,
        updated_since: datetime | None = None,
        status: FollowUpStatus | None = None,
        category: str | None = None,
    ) -> Iterator[FollowUp]:
        said = {"status": status, "motif_category": category}
        path = f"organisations/{organisation_id}/follow_ups"
        return self._followed(path, "follow_ups", updated_since, **{name: one for name, one in said.items() if one})

    def close(self, organisation_id: int, follow_up_id: int) -> FollowUp:
        path = f"organisations/{organisation_id}/follow_ups/{follow_up_id}/close"
        return cast(FollowUp, self.call("POST", path)["follow_up"])

    def reopen(self, organisation_id: int, follow_up_id: int) -> FollowUp:
        path = f"organisations/{organisation_id}/follow_ups/{follow_up_id}/reopen"
        return cast(FollowUp, self.call("POST", path)["follow_up"])

    # The rest

    def department(self, number: str) -> dict[str, Any]:
        """Its organisations, with what they book and where they receive."""
        return cast(dict[str, Any], self.call("GET", f"departments/{number}")["department"])

    def statistics(self, organisation_id: int, **said: str) -> dict[str, Any]:
        """Counts of one category: `motif_category`, `since`, `until`, `mode`, `channel`, `entry`, `horizon`."""
        found = self.call("GET", f"organisations/{organisation_id}/statistics?{urlencode(said)}")
        return cast(dict[str, Any], found["statistics"])

    def call(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        """Any endpoint, by its path after /api/v1/. Made again, it is the same call: nothing is done twice. Raises Refused."""
        said = {"Authorization": f"Bearer {self.key}", "Accept": "application/json"}
        if method == "POST":
            said["Idempotency-Key"] = str(uuid.uuid4())
        data = None if body is None else json.dumps(body).encode()
        if data is not None:
            said["Content-Type"] = "application/json"
        request = Request(f"{self.url.rstrip('/')}/api/v1/{path}", data, said, method=method)  # noqa: S310
        for left in reversed(range(TRIES)):
            try:
                with urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310
                    return cast(dict[str, Any], json.load(answer))
            except HTTPError as error:
                if error.code not in TRY_AGAIN or not left:
                    raise Refused(error.code, _read(error)) from error
                time.sleep(min(int(error.headers.get("Retry-After", 5)), LONGEST_WAIT))
        raise AssertionError  # the last try returned or raised

    def _followed(self, path: str, name: str, since: datetime | None, **said: str) -> Iterator[Any]:
        """Every row, a slice after the other."""
        if since is not None:
            said["updated_since"] = since.isoformat()
        while True:
            found = self.call("GET", f"{path}?{urlencode(said)}")
            yield from found[name]
            if found["next_cursor"] is None:
                return
            said["cursor"] = found["next_cursor"]


def _when(starts_at: datetime, place_id: int | None, agent_id: int | None, *, confirm: bool) -> dict[str, Any]:
    return {
        "starts_at": starts_at.isoformat(),
        "rdv_solidarites_lieu_id": place_id,
        "rdv_solidarites_agent_id": agent_id,
        "confirm": confirm,
    }


def _read(error: HTTPError) -> dict[str, Any]:
    """What was answered; a server in between may answer with a page."""
    try:
        return cast(dict[str, Any], json.load(error))
    except ValueError:
        return {"errors": [error.reason]}
