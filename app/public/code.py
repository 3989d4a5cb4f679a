"""`/code`: the eight characters of a letter, typed on any device, lead to the page of its invitation or appointment.

What a guess is worth. There are 32⁸ = 1.1·10¹² codes; with 100,000 letters that still lead somewhere, one wrong try in eleven
million would have hit one. Wrong tries are counted, in windows of 15 minutes that every process and machine shares:

- 10 for an address (IPv4, or a /64 of IPv6): 40 an hour, one hit in 31 years;
- 100 for its network (a /24, a /48: whoever owns many addresses there): one hit in 3 years;
- beyond 2,000 for everybody, 8,000 an hour and still only one hit in 57 days, the first three letters of the family name are
  asked for too. A guess is then worth a hundredth or less, however many machines guess, so that nobody need be refused: no
  crowd of machines locks out the people who hold a letter. What a hit opens is one page: a first name, an initial, a choice of times.

A right code is never counted; one that is badly written can't hit, and isn't either. The square code on the letter, the links of
messages and the telephone don't pass here.
"""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any

import structlog
from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.access import checking_page, public_page
from app.runtime import runtime
from invitations import letters_codes, tries
from invitations.codes import SHORT_LENGTH
from invitations.errors import LinkUnknown, TooManyTries
from invitations.letters_codes import Road
from invitations.tries import Limit, Party
from invitations.uploads.nir import without_nir

bp = Blueprint("code", __name__)
log = structlog.get_logger()

ADDRESS = Limit("code", 10)
NETWORK = Limit("code network", 100)
EVERYBODY = Party(Limit("code everybody", 2_000), "")
# As much of what was typed as is looked at, and shown again: a pasted address fits.
LONGEST = 200
PAGES = {"invitation": "booking.choose", "participation": "appointment.show"}


@bp.get("/code")
@public_page
def form(session: Session) -> str:
    return form_page(asks_name=is_guarded(session))


@bp.post("/code")
@checking_page
def follow(session: Session) -> Response | tuple[str, int]:
    typed, name = (request.form.get(field, "")[:LONGEST] for field in ("code", "nom"))
    pasted = letters_codes.link_in(typed)
    if pasted is not None:
        return onwards(pasted)
    code, asks_name = letters_codes.read(typed), is_guarded(session)
    problem = misspelt(code)
    if problem:
        return form_page(typed, name, [("code", problem)], asks_name=asks_name), 422
    tries.check(session, callers(), codes=runtime().codes, now=runtime().clock())
    try:
        road = letters_codes.follow(session, code, runtime().codes, name=name if asks_name else None)
    except LinkUnknown:
        count_wrong()
        return form_page(typed, name, [("code", unknown(asks_name))], asks_name=asks_name), 404
    return onwards(road)


@bp.errorhandler(TooManyTries)
def tell_to_wait(refusal: TooManyTries) -> tuple[str, int, dict[str, str]]:
    """What to do meanwhile: the telephone, or the square code, which nobody guesses."""
    wait = max(refusal.details["until"] - runtime().clock(), tries.SHORTEST_WAIT)
    minutes = -(-int(wait.total_seconds()) // 60)
    page = render_template("public/code/later.html", minutes=minutes)
    return page, 429, {"Retry-After": str(minutes * 60)}


def form_page(
    typed: str = "", name: str = "", problems: list[tuple[str, str]] | None = None, *, asks_name: bool
) -> str:
    return render_template(
        "public/code/form.html", typed=without_nir(typed), name=name, problems=problems or [], asks_name=asks_name
    )


def misspelt(code: str) -> str:
    """What keeps it from being a code, in a sentence; empty when nothing does."""
    if not code:
        return str(_("Écrivez le code de votre courrier."))
    if len(code) != SHORT_LENGTH:
        return str(_("Un code a 8 lettres et chiffres. Vous en avez écrit %(count)s.", count=len(code)))
    if not letters_codes.is_code(code):
        return str(_("Un code s’écrit en lettres latines et en chiffres, comme sur le courrier."))
    return ""


def unknown(asks_name: bool) -> str:
    if asks_name:
        return str(_("Ce code et ce nom ne vont avec aucun courrier. Vérifiez chaque lettre, une à une."))
    return str(_("Ce code ne va avec aucun courrier. Vérifiez chaque lettre, une à une."))


def onwards(road: Road) -> Response:
    return redirect(url_for(PAGES[road.kind], code=road.code), 303)


def is_guarded(session: Session) -> bool:
    """True while so many wrong codes come, from everywhere, that a code alone is not enough."""
    return tries.is_over(session, EVERYBODY, codes=runtime().codes, now=runtime().clock())


def callers() -> list[Party]:
    """Who asks: their address, and the network it lies in."""
    address, network = places_of(request.remote_addr)
    return [Party(ADDRESS, address), Party(NETWORK, network)]


def count_wrong() -> None:
    with runtime().database.writing() as session:
        tries.count(session, [*callers(), EVERYBODY], codes=runtime().codes, now=runtime().clock())
    log.info("code.wrong")


def places_of(remote: str | None) -> tuple[str, str]:
    """An address as it is limited (a person's IPv6 addresses share a /64), and the network around it."""
    try:
        address: Any = ip_address((remote or "").partition("%")[0])
    except ValueError:
        return "", ""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is None:
            return str(ip_network((address, 64), strict=False)), str(ip_network((address, 48), strict=False))
        address = address.ipv4_mapped
    return str(address), str(ip_network((address, 24), strict=False))
