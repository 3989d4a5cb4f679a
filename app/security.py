"""Headers, content policy, cookies, form tokens, limits on what is received."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import cache
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import IO, Any

from flask import Flask, Request, Response, abort, current_app, g, request
from flask import session as cookie
from flask.sansio.app import App
from flask_wtf import CSRFProtect
from markupsafe import Markup
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import BadHost, RequestEntityTooLarge
from werkzeug.routing import IntegerConverter, ValidationError

from app.sealed_cookie import SealedCookie
from app.settings import Settings
from invitations.sealing import Seals

# Nothing comes from elsewhere; nothing stands inline but what `inline` has allowed by its hash.
CONTENT_POLICY = (
    "default-src 'none'; style-src 'self'{style}; img-src 'self' data:; script-src 'self'{script}; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'"
)
LARGEST_REQUEST = 12 * 1024 * 1024
# What is read while it arrives, and forgotten at once: 100,000 households of a CNAF flow are some 300 MB.
LARGEST_STREAM = 1024 * 1024 * 1024
# All the files of one request that are kept in memory: two lists of 10 MB, and some room.
MOST_HELD = 2 * LARGEST_REQUEST
STATIC_LIFE = timedelta(days=365)
LARGEST_ID = 2**31 - 1  # what a key of our tables may be

# Makes a stream of a file by its name, or None for a file to be kept in memory.
Receive = Callable[[str], IO[bytes] | None]

csrf = CSRFProtect()


class InMemoryRequest(Request):
    """Uploaded files stay in memory: a list of people never touches the disk before it is minimised."""

    def _get_file_stream(self, *_: Any, filename: str | None = None, **__: Any) -> IO[bytes]:
        return self._receiver(filename or "") or SmallFile()

    def _load_form_data(self) -> None:
        if self.endpoint in receivers() and cookie.get("token"):
            self.max_content_length = LARGEST_STREAM
        super()._load_form_data()
        refuse_nul(self.form)

    def _receiver(self, filename: str) -> IO[bytes] | None:
        """What reads this file while it arrives: for whoever is signed in, where a page said so."""
        receive = receivers().get(self.endpoint or "")
        return receive(filename) if receive and cookie.get("token") else None


class SmallFile(BytesIO):
    """A file that is kept whole in memory, and has to fit there with the others of its request: a thousand small ones are
    a large one."""

    def write(self, piece: Any) -> int:
        g.held = g.get("held", 0) + len(piece)
        if self.tell() + len(piece) > LARGEST_REQUEST or g.held > MOST_HELD:
            raise RequestEntityTooLarge
        return super().write(piece)


def receivers() -> dict[str, Receive]:
    """Endpoint → what makes a stream of a file by its name, or None: for files too large to be kept before they are read."""
    return current_app.extensions.setdefault("receivers", {})  # type: ignore[no-any-return]


def receive_streams(flask: App, endpoint: str, receive: Receive) -> None:
    """Files that this endpoint gets are read by `receive` while they arrive."""
    flask.extensions.setdefault("receivers", {})[endpoint] = receive


def refuse_nul(typed: MultiDict[str, str]) -> None:
    """PostgreSQL stores no NUL, and no keyboard writes one: whoever sends it is answered 400, not 500."""
    if any("\0" in value for _, value in typed.items(multi=True)):
        abort(400)


def refuse_nul_in_address() -> None:
    """In a path or after its question mark: `/statistiques/%00` names no département."""
    if isinstance(request.routing_exception, BadHost):
        return  # refused anyway, and where no host is no page can be made
    if "\0" in request.path:
        abort(404)
    refuse_nul(request.args)


def row_id(text: str) -> int:
    """A number that somebody wrote and a table is asked for. Raises ValueError for one that no table can hold."""
    if len(text) > len(str(LARGEST_ID)) or not 0 <= int(text) <= LARGEST_ID:
        raise ValueError(text[:20])
    return int(text)


def row_ids(texts: Iterable[str]) -> list[int]:
    """The numbers among them that a table can hold; what is none is nobody's."""
    return [int(text) for text in texts if text.isdecimal() and len(text) < 11 and int(text) <= LARGEST_ID]


class RowId(IntegerConverter):
    """A number in an address. One that no table can hold leads nowhere (404), before a database is asked."""

    def to_python(self, value: str) -> int:
        try:
            return row_id(value)
        except ValueError as error:
            raise ValidationError from error


def install(flask: Flask, settings: Settings) -> None:
    flask.request_class = InMemoryRequest
    flask.session_interface = SealedCookie(Seals(settings.secret_key, settings.previous_secret_keys))
    flask.url_map.converters["int"] = RowId
    flask.config.update(
        SECRET_KEY=settings.secret_key,
        SECRET_KEY_FALLBACKS=list(settings.previous_secret_keys),
        SESSION_COOKIE_NAME=cookie_name("rdv", settings.public_url),
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.public_url.startswith("https://"),
        MAX_CONTENT_LENGTH=LARGEST_REQUEST,
        MAX_FORM_MEMORY_SIZE=1024 * 1024,
        SEND_FILE_MAX_AGE_DEFAULT=STATIC_LIFE,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,  # it wants a Referer, which our own Referrer-Policy forbids; the token is what counts
    )
    flask.before_request(refuse_nul_in_address)
    csrf.init_app(flask)
    flask.after_request(add_headers)
    flask.jinja_env.globals.update(inline=inline, inline_file=inline_file)


def cookie_name(name: str, public_url: str) -> str:
    """`__Host-` where pages are encrypted: no other host of the domain, and nobody on the line, can set it (RFC 6265bis)."""
    return f"__Host-{name}" if public_url.startswith("https://") else name


def inline(element: str, text: str) -> Markup:
    """A `<style>` or `<script>` of ours inside the page: a request less on a slow network. Allowed by its hash (CSP 3)."""
    hashes = g.setdefault("inline", {})
    hashes.setdefault(element, set()).add(hash_of(text))
    return Markup(f"<{element}>{text}</{element}>")  # noqa: S704  # our own text, as written in the repository


def inline_file(element: str, filename: str) -> Markup:
    """The same with a small file of ours, among the static ones."""
    return inline(element, written_in(Path(current_app.static_folder or "") / filename))


@cache
def written_in(path: Path) -> str:
    return path.read_text()


@cache
def hash_of(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def content_policy() -> str:
    """The policy of this answer, with the hashes of what it holds inline."""
    hashes: dict[str, set[str]] = g.get("inline", {})
    allowed = {
        element: "".join(f" {one}" for one in sorted(hashes.get(element, ()))) for element in ("style", "script")
    }
    return CONTENT_POLICY.format(**allowed)


def add_headers(response: Response) -> Response:
    response.headers.setdefault("Content-Security-Policy", content_policy())
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "no-referrer")
    response.headers.setdefault("X-Robots-Tag", "noindex, nofollow")
    response.headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
    response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    if request.is_secure or current_app.config["SESSION_COOKIE_SECURE"]:  # behind a proxy only PUBLIC_URL knows
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
    if request.endpoint != "static":
        response.headers.setdefault("Cache-Control", "no-store")
    return response
