"""Passkeys: signing in with one, adding one under Ma sécurité, taking one away."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask import session as cookie
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import HiddenField, StringField
from wtforms.validators import InputRequired, Length

from app.access import Desk, checking_page
from app.agents import entering
from app.agents.french_form import FrenchForm, filled
from app.agents.my_second_factor import first_codes, prove, proved
from app.agents.proving_anew import fresh_page
from app.agents.user_agent_words import device
from app.runtime import runtime
from invitations import passkeys, second_factor
from invitations.errors import NotFound, PasskeyRefused
from invitations.passkeys import Site

bp = Blueprint("passkeys", __name__, url_prefix="/agents")

CHALLENGE = "challenge"
# How long a device may take to answer.
ANSWERED_WITHIN = timedelta(minutes=10)
REFUSED = "Cette clé d’accès n’a pas été reconnue. Utilisez votre mot de passe."
NOT_ADDED = "La clé d’accès n’a pas pu être ajoutée. Réessayez, ou choisissez les codes du téléphone."


class KeyForm(FrenchForm):
    label = StringField(
        "Nom de cette clé",
        [InputRequired("Donnez-lui un nom."), filled, Length(max=60, message="60 caractères au plus.")],
    )
    answer = HiddenField()


@bp.post("/connexion/cle")
@checking_page
def enter(_session: Session) -> Response:
    site, challenge = site_or_none(), taken_challenge()
    try:
        if site is None or challenge is None:
            raise PasskeyRefused
        with runtime().database.writing() as writing:
            agent = passkeys.prove(
                writing, request.form.get("answer", ""), challenge=challenge, site=site, now=runtime().clock()
            )
    except PasskeyRefused:
        flash(REFUSED, "care")
        return redirect(url_for("signing_in.form", suite=request.args.get("suite")), 303)
    return entering.enter(agent.id, agent.email, second_factor=True, after=request.args.get("suite"))


@bp.get("/moi/securite/cles")
@fresh_page
def form(session: Session, desk: Desk) -> str:
    return page(session, desk, KeyForm(data={"label": device(request.user_agent.string)}))


@bp.post("/moi/securite/cles")
@fresh_page
def add(session: Session, desk: Desk) -> Response | str | tuple[str, int]:
    form, site, challenge = KeyForm(), site_or_none(), taken_challenge()
    known = second_factor.read(session, desk.agent.id)
    if not form.validate():
        return page(session, desk, form), 422
    if site is None or challenge is None or len(known.passkeys) >= passkeys.MOST:
        flash(NOT_ADDED, "care")
        return redirect(url_for(".form"), 303)
    if known.any:
        proved(desk)
    try:
        passkeys.add(
            session,
            desk.agent,
            form.answer.data or "",
            label=(form.label.data or "").strip(),
            challenge=challenge,
            site=site,
            session_id=desk.sign_in.id,
            now=runtime().clock(),
        )
    except PasskeyRefused:
        flash(NOT_ADDED, "care")
        return redirect(url_for(".form"), 303)
    prove(session, desk)
    return tell_added(session, desk, is_first=not known.any)


def tell_added(session: Session, desk: Desk, *, is_first: bool) -> Response | str:
    """The first factor brings recovery codes, shown by this answer and never again."""
    if not is_first:
        flash("La clé d’accès est ajoutée.", "good")
        return redirect(url_for("my_security.show"), 303)
    drawn = second_factor.draw_recovery_codes(session, desk.agent.id, codes=runtime().codes, now=runtime().clock())
    return first_codes(session, desk, drawn)


@bp.post("/moi/securite/cles/<int:passkey_id>/retirer")
@fresh_page
def remove(session: Session, desk: Desk, passkey_id: int) -> Response:
    proved(desk)
    passkeys.remove(session, passkey_id, agent_id=desk.agent.id, now=runtime().clock())
    flash("La clé d’accès est retirée.", "good")
    return redirect(url_for("my_security.show"), 303)


def site_or_none() -> Site | None:
    return Site.of(runtime().settings.public_url)


@bp.app_template_global("passkey_options")
def ask() -> str:
    """What a browser needs to prove a passkey, for a page with the button; empty where there are none."""
    site = site_or_none()
    if site is None:
        return ""
    options, challenge = passkeys.options_to_sign_in(site)
    keep(challenge)
    return options


def keep(challenge: str) -> None:
    until = runtime().clock() + ANSWERED_WITHIN
    cookie[CHALLENGE] = {"challenge": challenge, "until": until.isoformat()}


def taken_challenge() -> str | None:
    """What the device was asked; once, and for ten minutes."""
    kept = cookie.pop(CHALLENGE, None)
    if not kept or datetime.fromisoformat(kept["until"]) <= runtime().clock():
        return None
    return str(kept["challenge"])


def page(session: Session, desk: Desk, form: KeyForm) -> str:
    site = site_or_none()
    if site is None:
        raise NotFound
    known = second_factor.read(session, desk.agent.id).passkeys
    options, challenge = passkeys.options_to_add(site, desk.agent, known)
    keep(challenge)
    return render_template("agents/me/passkey.html", form=form, options=options)
