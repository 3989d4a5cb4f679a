"""Telling France Travail of an appointment: its API for partners (rechercher-usager v2, rendez-vous-partenaire v1).

OAuth 2.0 client credentials (RFC 6749, section 4.4); the token is kept until it ends. The person is found by the number that France Travail
gave them; what it answers, a token of its own, goes with every act. There is no key that makes a repeated POST harmless and no way
to ask what is there: a POST whose answer never came is `UNCERTAIN`, and must not be repeated by a machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from threading import Lock
from typing import Any
from urllib.parse import quote

import requests
from urllib3.exceptions import NewConnectionError

from notifications.france_travail_meeting import Meeting

PERSON = "/partenaire/rechercher-usager/v2/usagers/par-numero-francetravail"
MEETINGS = "/partenaire/rendez-vous-partenaire/v1/rendez-vous"
SCOPE = "api_rechercher-usagerv2 rechercherusager api_rendez-vous-partenairev1 gererRDV"
PATIENCE = timedelta(seconds=10)  # for each answer
MARGIN = timedelta(seconds=30)  # a token this close to its end is not used any more
USUAL_LIFE = 600  # seconds, of a token that does not say
LONGEST_PAUSE = timedelta(days=1)  # whatever Retry-After asks for
# Who acts, as its documentation asks of programs that nobody sits in front of.
_PROGRAM = {"pa-identifiant-agent": "BATCH", "pa-nom-agent": "RDV au choix", "pa-prenom-agent": "RDV au choix"}
_NOT_KNOWN = "ID_NON_RECONNU"  # codeErreur of an appointment that is not there (any more)


class Problem(StrEnum):
    """Why it was not told, by kind."""

    UNKNOWN_PERSON = "unknown_person"
    GONE = "gone"  # the appointment is not there: taken out by somebody else, or two records of a person were joined
    REFUSED = "refused"  # our account
    MALFORMED = "malformed"  # what we say is not understood
    TOO_OFTEN = "too_often"
    AWAY = "away"
    UNCERTAIN = "uncertain"  # it may have written the appointment down, or not


# Of the service or of our account: another appointment would meet the same now.
OF_ALL = frozenset({Problem.REFUSED, Problem.TOO_OFTEN, Problem.AWAY})
PERMANENT = frozenset({Problem.UNKNOWN_PERSON, Problem.MALFORMED})


class NotTold(Exception):
    """It was not told, or nobody knows. `retry_after`: what it asked for, if it did. Its words name nobody."""

    def __init__(self, problem: Problem, *, status: int | None = None, retry_after: timedelta | None = None) -> None:
        super().__init__(f"{problem} {status or ''}".strip())
        self.problem = problem
        self.status = status
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Account:
    """Where it is, and what we are to it. `token_url` with its realm: `…/access_token?realm=%2Fagent`."""

    api_url: str
    token_url: str
    client_id: str
    client_secret: str


class FranceTravail:
    """One account, for all threads of a process. Every act raises NotTold."""

    def __init__(self, account: Account, *, patience: timedelta = PATIENCE) -> None:
        self._account = account
        self._patience = patience.total_seconds()
        self._lock = Lock()
        self._token: tuple[str, datetime] | None = None

    def check(self, *, now: datetime) -> None:
        """Ask for a new token, and nothing else."""
        self._forget_token()
        self._current_token(now)

    def find(self, number: str, *, now: datetime) -> str:
        """What to name the person by in the acts that follow, by their number at France Travail."""
        answer = self._call("POST", PERSON, now=now, said={"numeroFranceTravail": number})
        told = _object(answer)
        if answer.status_code == 404 or str(told.get("codeRetour", "")).startswith("R"):
            raise NotTold(Problem.UNKNOWN_PERSON, status=answer.status_code)
        _check(answer)
        if not told.get("jetonUsager"):  # no answer of theirs: a proxy's page
            raise NotTold(Problem.AWAY, status=answer.status_code)
        return str(told["jetonUsager"])

    def create(self, person: str, meeting: Meeting, *, now: datetime) -> str:
        """Write it down there; returns its id. `UNCERTAIN` when the answer does not say whether it was."""
        try:
            answer = self._call("POST", MEETINGS, now=now, person=person, said=meeting.fields(None), once=True)
            _check(answer)
        except NotTold as told:
            is_unclear = told.status is not None and told.status >= 500 and told.status != 503
            raise NotTold(Problem.UNCERTAIN, status=told.status) if is_unclear else told from None
        made = str(_object(answer).get("id") or "")
        if not 0 < len(made) <= 100:
            raise NotTold(Problem.UNCERTAIN, status=answer.status_code)
        return made

    def change(self, person: str, remote_id: str, meeting: Meeting, *, now: datetime) -> None:
        """Say it as it is now. `GONE` when it is not there."""
        _check(self._call("PUT", MEETINGS, now=now, person=person, said=meeting.fields(remote_id)))

    def remove(self, person: str, remote_id: str, *, now: datetime) -> None:
        """Take it out; one that is not there is out."""
        try:
            _check(self._call("DELETE", f"{MEETINGS}/{quote(remote_id, safe='')}", now=now, person=person))
        except NotTold as told:
            if told.problem is not Problem.GONE:
                raise

    def _call(
        self,
        method: str,
        path: str,
        *,
        now: datetime,
        person: str | None = None,
        said: dict[str, Any] | None = None,
        once: bool = False,
    ) -> requests.Response:
        """Its answer, whatever it is; asked a second time with a new token if it does not know ours any more."""
        answer = self._ask(method, path, self._current_token(now), person, said, once)
        if answer.status_code == 401:
            self._forget_token()
            answer = self._ask(method, path, self._current_token(now), person, said, once)
        return answer

    def _ask(
        self, method: str, path: str, token: str, person: str | None, said: dict[str, Any] | None, once: bool
    ) -> requests.Response:
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json", **_PROGRAM}
        if person is not None:
            headers["ft-jeton-usager"] = person
        try:
            return requests.request(
                method,
                f"{self._account.api_url}{path}",
                json=said,
                headers=headers,
                timeout=self._patience,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            raise NotTold(Problem.UNCERTAIN if once and not _never_left(error) else Problem.AWAY) from None

    def _current_token(self, now: datetime) -> str:
        with self._lock:
            if self._token is None or self._token[1] <= now:
                self._token = self._new_token(now)
            return self._token[0]

    def _forget_token(self) -> None:
        with self._lock:
            self._token = None

    def _new_token(self, now: datetime) -> tuple[str, datetime]:
        asked = {
            "grant_type": "client_credentials",
            "client_id": self._account.client_id,
            "client_secret": self._account.client_secret,
            "scope": SCOPE,
        }
        try:
            answer = requests.post(self._account.token_url, data=asked, timeout=self._patience, allow_redirects=False)
        except requests.RequestException:
            raise NotTold(Problem.AWAY) from None
        if answer.status_code in {400, 401, 403}:
            raise NotTold(Problem.REFUSED, status=answer.status_code)
        _check(answer)
        told = _object(answer)
        if not isinstance(told.get("access_token"), str):
            raise NotTold(Problem.AWAY, status=answer.status_code)
        life = told.get("expires_in")
        seconds = life if isinstance(life, int) and 0 < life < 86_400 else USUAL_LIFE
        return told["access_token"], now + max(timedelta(seconds=seconds) - MARGIN, timedelta())


_STATUSES = {
    401: Problem.REFUSED,
    403: Problem.REFUSED,
    404: Problem.GONE,
    408: Problem.AWAY,
    410: Problem.GONE,
    429: Problem.TOO_OFTEN,
}


def _check(answer: requests.Response) -> None:
    """Raises NotTold unless it says that it was done."""
    status = answer.status_code
    if 200 <= status <= 299:
        return
    if _object(answer).get("codeErreur") == _NOT_KNOWN:
        raise NotTold(Problem.GONE, status=status)
    usual = Problem.MALFORMED if 400 <= status <= 499 else Problem.AWAY
    raise NotTold(_STATUSES.get(status, usual), status=status, retry_after=_pause(answer))


def _pause(answer: requests.Response) -> timedelta | None:
    """Retry-After in seconds; a date, which clocks that differ would misread, counts for nothing."""
    asked = answer.headers.get("Retry-After", "").strip()
    return min(timedelta(seconds=int(asked)), LONGEST_PAUSE) if asked.isdecimal() and len(asked) < 9 else None


def _object(answer: requests.Response) -> dict[str, Any]:
    try:
        said = answer.json()
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _never_left(error: requests.RequestException) -> bool:
    """True when no connection was made: nothing can have been read there."""
    if isinstance(error, requests.ConnectTimeout):
        return True
    cause = error.args[0] if error.args else None
    return isinstance(getattr(cause, "reason", None), NewConnectionError)
