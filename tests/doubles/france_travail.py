"""France Travail's API for partners on the loopback: it gives tokens, finds people, keeps appointments, and misbehaves when told to.

Stateful, and over real HTTP: what it holds at the end is what the other administration would have in its files.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs

from notifications.france_travail import MEETINGS, PERSON, Account
from tests.doubles.web import Server

TOKENS = "/connexion/oauth2/access_token?realm=%2Fagent"
CLIENT, SECRET = "PAR_rdvauchoix", "a secret of the account"
HANG, CUT, GARBLE = "hang", "cut", "garble"  # after what was asked has been done
WRITTEN_ONLY = {
    *("id", "adresse", "date", "duree", "information", "initiateur", "libelleAdresse", "modaliteContact", "motif"),
    *("organisme", "statut", "telephoneContactUsager", "theme", "typeReception", "interlocuteur"),
}


@dataclass
class Agency:
    """`people`: numbers that are known. `meetings`: by id, the body and whose it is. `next`: what answers the next calls to a path."""

    port: int = 0
    people: set[str] = field(default_factory=set)
    meetings: dict[str, tuple[str, dict[str, Any]]] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)
    given: int = 0  # tokens, ever
    made: int = 0  # appointments, ever
    life: int = 1_499  # seconds, of a token
    next: list[tuple[str, int | str, dict[str, str]]] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)

    @property
    def account(self) -> Account:
        here = f"http://127.0.0.1:{self.port}"
        return Account(api_url=here, token_url=f"{here}{TOKENS}", client_id=CLIENT, client_secret=SECRET)

    def script(self, method: str, answer: int | str, times: int = 1, **headers: str) -> None:
        """The next `times` calls of appointments with this method, or of TOKEN or PERSON, are answered so."""
        self.next += [(method, answer, headers)] * times

    def scripted(self, name: str) -> tuple[int | str | None, dict[str, str]]:
        for one in self.next:
            if one[0] == name:
                self.next.remove(one)
                return one[1], one[2]
        return None, {}

    @property
    def written(self) -> list[tuple[str, str]]:
        """Whose appointment is there, and how it stands."""
        return [(whose, body["statut"]) for whose, body in self.meetings.values()]

    @property
    def acts(self) -> list[str]:
        """POST, PUT and DELETE of appointments, in order."""
        return [method for method, path in self.asked if path.startswith(MEETINGS)]


class Desk(BaseHTTPRequestHandler):
    agency: Agency
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.agency.asked.append((self.command, self.path))
        self.agency.headers.append(dict(self.headers))
        with suppress(OSError):
            self._token(body) if self.path == TOKENS else self._act(body)
        self.close_connection = True

    def do_PUT(self) -> None:
        self.do_POST()

    def do_DELETE(self) -> None:
        self.do_POST()

    def _token(self, body: bytes) -> None:
        form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        answer, headers = self.agency.scripted("TOKEN")
        if isinstance(answer, int):
            return self._say(answer, {"error": "invalid_client"}, headers)
        if (form.get("grant_type"), form.get("client_id"), form.get("client_secret")) != (
            "client_credentials",
            CLIENT,
            SECRET,
        ):
            return self._say(400, {"error": "invalid_client"})
        self.agency.given += 1
        token = f"token-{self.agency.given}"
        self.agency.tokens.add(token)
        return self._say(200, {"access_token": token, "token_type": "Bearer", "expires_in": self.agency.life})

    def _act(self, body: bytes) -> None:
        if self.headers.get("Authorization", "").removeprefix("Bearer ") not in self.agency.tokens:
            return self._say(401, {"error": "invalid_token"})
        said = json.loads(body) if body else {}
        name = "PERSON" if self.path == PERSON else self.command
        answer, headers = self.agency.scripted(name)
        if isinstance(answer, int):
            return self._say(answer, {"codeErreur": "AUTRE"}, headers)
        status, told = self._find(said) if name == "PERSON" else self._meeting(said)
        if answer == HANG:
            self.agency.closing.wait(3)
        elif answer == GARBLE:
            self._say(200, None)
        elif answer is None:
            self._say(status, told)
        return None  # CUT: not a word

    def _find(self, said: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        number = said["numeroFranceTravail"]
        if number not in self.agency.people:
            return 404, {"codeRetour": "R001", "message": "Aucun usager"}
        return 200, {"codeRetour": "S001", "jetonUsager": f"jeton-{number}"}

    def _meeting(self, said: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        whose = self.headers.get("ft-jeton-usager", "").removeprefix("jeton-")
        if whose not in self.agency.people:
            return 403, {"codeErreur": "JETON"}
        if self.command != "DELETE" and set(said) != WRITTEN_ONLY:
            return 400, {"codeErreur": "FORMAT"}
        if self.command == "POST":
            self.agency.made += 1
            made = f"rdv/{self.agency.made}"  # a name that has to be escaped in an address
            self.agency.meetings[made] = (whose, said)
            return 201, {"id": made}
        known = said.get("id") or self.path.removeprefix(f"{MEETINGS}/").replace("%2F", "/")
        if self.agency.meetings.get(known, ("",))[0] != whose:
            return 400, {"codeErreur": "ID_NON_RECONNU"}
        if self.command == "PUT":
            self.agency.meetings[known] = (whose, said)
        else:
            del self.agency.meetings[known]
        return 200, {}

    def _say(self, status: int, told: dict[str, Any] | None, headers: dict[str, str] | None = None) -> None:
        content = json.dumps(told).encode() if told is not None else b"<html>"
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def running_agency() -> Iterator[Agency]:
    agency = Agency()
    server = Server(("127.0.0.1", 0), type("AgencyDesk", (Desk,), {"agency": agency}))
    agency.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield agency
    finally:
        agency.closing.set()
        server.shutdown()
        server.server_close()
