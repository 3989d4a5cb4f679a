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
from datetime import datetime
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
    """The service said no. `sentences`: why, in French, for whoever asked; `body`: all of the answer."""

    def __init__(self, status: int, body: Mapping[str, Any]) -> None:
        self.status = status
        self.body = body
        self.sentences = [
            one["error_details"] if isinstance(one, dict) else str(one)
            for one in body.get("errors", [f"{body.get('not_found', 'Nothing')} not found"])
        ]
        super().__init__(f"{status}: {' '.join(self.sentences)}")


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

    def appointment(self, uid: str) -> dict[str, Any]:
        return cast(dict[str, Any], self.call("GET", f"rdvs/{uid}")["rdv"])

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


def _read(error: HTTPError) -> dict[str, Any]:
    """What was answered; a server in between may answer with a page."""
    try:
        return cast(dict[str, Any], json.load(error))
    except ValueError:
        return {"errors": [error.reason]}
