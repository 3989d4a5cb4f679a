"""Signing in with an account of elsewhere, and signing out there too (OpenID Connect)."""

from __future__ import annotations

import hmac

import structlog
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask import session as cookie
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.access import machine_call, public_page
from app.agents import entering
from app.runtime import runtime
from app.security import csrf
from invitations import second_factor, single_sign_on
from invitations.errors import NoAccount, NotFound
from invitations.models import Agent
from notifications.single_sign_on import Identity, Provider, SignOnFailed

log = structlog.get_logger()

bp = Blueprint("single_sign_on", __name__, url_prefix="/agents/connexion/compte")
hook = Blueprint("single_sign_on_hook", __name__, url_prefix="/hooks/oidc")
csrf.exempt(hook)  # the token's signature says who calls

ASKED = "sign_on"
TOKEN = "sign_on_token"
# A longer one stays out of the cookie, of which browsers keep 4 kB: one signs out there by oneself.
LONGEST_TOKEN = 2000
FAILED = "Ce service de connexion ne répond pas comme prévu. Réessayez, ou utilisez votre mot de passe."
NO_ACCOUNT = "Aucun compte ouvert ici n’a cette adresse. La personne qui administre votre structure peut vous inviter."


@bp.get("")
@public_page
def leave_for_it(_session: Session) -> Response:
    """From the button of our own page alone: a link of elsewhere opens no session of whoever is signed in there already."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":  # older browsers don't say
        return redirect(url_for("signing_in.form", suite=request.args.get("suite")), 303)
    try:
        asked = provider().ask(again=entering.is_again())
    except SignOnFailed as failure:
        return give_up(failure)
    kept = {"state": asked.state, "nonce": asked.nonce, "verifier": asked.verifier}
    cookie[ASKED] = kept | {"after": request.args.get("suite"), "again": asked.again}
    return redirect(asked.address, 303)


@bp.get("/retour")
@public_page
def come_back(_session: Session) -> Response:
    """The one GET that opens a session: the browser comes from the provider, and its `state` says that we sent it."""
    asked = cookie.pop(ASKED, None)
    state, code = request.args.get("state", ""), request.args.get("code", "")
    if not asked or not code or not hmac.compare_digest(asked["state"].encode(), state.encode()):
        return give_up(SignOnFailed("no answer of ours"))
    now = runtime().clock()
    try:
        identity = provider().answer(
            code, nonce=asked["nonce"], verifier=asked["verifier"], now=now, again=bool(asked.get("again"))
        )
    except SignOnFailed as failure:
        return give_up(failure)
    return welcome(identity, asked["after"])


def welcome(identity: Identity, after: str | None) -> Response:
    """Into the account that is theirs; through our own second step where the provider has asked for a password alone."""
    try:
        with runtime().database.writing() as writing:
            agent = account_of(writing, identity)
            asks_more = not identity.is_strong and second_factor.is_asked(writing, agent.id)
    except NoAccount:
        flash(NO_ACCOUNT, "care")
        return redirect(url_for("signing_in.form"), 303)
    if asks_more:
        return entering.ask_second_step(agent.id, agent.email, after, identity.session)
    answer = entering.enter(
        agent.id,
        agent.email,
        second_factor=identity.is_strong,
        after=after,
        sign_on_sid=identity.session,
        is_fresh=identity.is_fresh,
    )
    if len(identity.token) <= LONGEST_TOKEN:
        cookie[TOKEN] = identity.token
    return answer


def account_of(session: Session, identity: Identity) -> Agent:
    """Raises NoAccount."""
    trusts = runtime().settings.oidc_trusts_emails == "yes"
    is_verified = identity.is_verified is True or (identity.is_verified is None and trusts)
    return single_sign_on.agent_for(
        session,
        issuer=runtime().settings.oidc_issuer,
        subject=identity.subject,
        email=identity.email if is_verified else "",
        now=runtime().clock(),
    )


@bp.get("/quitter")
@public_page
def left(_session: Session) -> Response | str:
    """Signed out here; the link signs out at the provider's. A form's answer may not lead elsewhere (`form-action`)."""
    token = cookie.pop(TOKEN, "")
    try:
        way_out = provider().way_out(token, f"{runtime().settings.public_url}{url_for('signing_in.form')}")
    except SignOnFailed:
        way_out = ""
    if not token or not way_out:
        return redirect(url_for("signing_in.form"), 303)
    return render_template("agents/signing_in/left.html", way_out=way_out)


@hook.post("/deconnexion")
@machine_call
def ended_elsewhere(session: Session) -> Response:
    """The provider tells us that somebody has signed out there (Back-Channel Logout)."""
    try:
        ended = provider().ended(request.form.get("logout_token", ""), now=runtime().clock())
    except SignOnFailed as failure:
        log.warning("sign_on.logout_refused", why=str(failure))
        return Response("", 400)
    single_sign_on.end(
        session,
        issuer=runtime().settings.oidc_issuer,
        subject=ended.subject,
        sid=ended.session,
        now=runtime().clock(),
    )
    return Response("", 200)


def provider() -> Provider:
    """Raises NotFound where none is set."""
    settings = runtime().settings
    if not settings.oidc_issuer:
        raise NotFound
    return Provider(
        settings.oidc_issuer,
        settings.oidc_client_id,
        settings.oidc_client_secret,
        f"{settings.public_url}{url_for('single_sign_on.come_back')}",
    )


def give_up(failure: SignOnFailed) -> Response:
    log.warning("sign_on.failed", why=str(failure))
    flash(FAILED, "care")
    return redirect(url_for("signing_in.form"), 303)


@bp.app_template_global("sign_on_label")
def label() -> str:
    """What the button says; empty where there is no single sign-on."""
    return runtime().settings.oidc_label if runtime().settings.oidc_issuer else ""
