"""Small files that machines ask for by a name of their own: who to tell of a weakness, what not to visit, the icon."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from pathlib import Path

from flask import Blueprint, Response
from sqlalchemy.orm import Session

from app.access import public_page
from app.runtime import runtime
from invitations.errors import NotFound

bp = Blueprint("well_known", __name__)

# Codes open somebody's appointment; the agents' side and the machines' are nobody else's business.
NOT_TO_VISIT = ("/i/", "/r/", "/code", "/agents", "/api", "/hooks", "/calendriers", "/messagerie", "/metrics", "/sante")
# RFC 9116 wants less than a year; computed, so that it is never over while the service runs.
GOOD_FOR = timedelta(days=180)
ICON = Path(__file__).resolve().parent.parent / "static" / "favicon.svg"
A_DAY = {"Cache-Control": "public, max-age=86400"}


@bp.get("/.well-known/security.txt")
@public_page
def security(_session: Session) -> Response:
    """RFC 9116. Raises NotFound while the operator has named nobody."""
    here = runtime()
    if not here.settings.security_contact:
        raise NotFound
    expires = (here.clock() + GOOD_FOR).replace(hour=0, minute=0, second=0, microsecond=0)
    return lines(
        *(f"Contact: {one}" for one in here.settings.security_contact),
        f"Expires: {expires:%Y-%m-%dT%H:%M:%SZ}",
        "Preferred-Languages: fr, en",
        f"Canonical: {here.settings.public_url}/.well-known/security.txt",
    )


@bp.get("/robots.txt")
@public_page
def robots(_session: Session) -> Response:
    return lines("User-agent: *", *(f"Disallow: {one}" for one in NOT_TO_VISIT))


@bp.get("/favicon.ico")
@public_page
def icon(_session: Session) -> Response:
    """For whoever asks without reading the page, which holds its own icon."""
    return Response(drawn(), mimetype="image/svg+xml", headers=A_DAY)


@cache
def drawn() -> bytes:
    return ICON.read_bytes()


def lines(*said: str) -> Response:
    return Response("\n".join(said) + "\n", mimetype="text/plain", headers=A_DAY)
