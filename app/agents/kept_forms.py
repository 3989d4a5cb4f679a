"""What was sent when the session was over: shown to whoever signed in again, who sends it after all, or does not."""

from __future__ import annotations

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask import session as cookie
from flask_wtf.csrf import CSRFError
from sqlalchemy.orm import Session
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from app import errors, lasting
from app.access import Desk, agent_page
from app.runtime import runtime
from invitations import kept_forms
from invitations.errors import NotFound
from invitations.kept_forms import Sent

bp = Blueprint("kept_forms", __name__, url_prefix="/agents/ecrit")


@bp.get("/<int:form_id>")
@agent_page
def show(session: Session, desk: Desk, form_id: int) -> str:
    sent = read(session, desk, form_id)
    return render_template(
        "agents/kept_form.html",
        sent=sent,
        form_id=form_id,
        typed=lasting.typed(sent.fields),
        page=page_of(sent.path),
        organisation=next(one for one in desk.organisations if one.id == sent.organisation_id),
    )


@bp.post("/<int:form_id>")
@agent_page
def send(session: Session, desk: Desk, form_id: int) -> Response:
    """307: the browser sends the same once more, to the page for which it was, at the desk where it was written."""
    sent = read(session, desk, form_id)
    kept_forms.take(session, form_id, agent_id=desk.agent.id, now=runtime().clock())
    cookie["organisation"] = sent.organisation_id
    return redirect(sent.path, 307)


@bp.post("/<int:form_id>/oublier")
@agent_page
def drop(session: Session, desk: Desk, form_id: int) -> Response:
    kept_forms.take(session, form_id, agent_id=desk.agent.id, now=runtime().clock())
    flash("Rien n’a été envoyé. Ce que vous aviez écrit est effacé.", "good")
    return redirect(url_for("today.show"), 303)


def read(session: Session, desk: Desk, form_id: int) -> Sent:
    """Raises NotFound; also for what was written at a desk that is no longer theirs."""
    sent = kept_forms.read(session, form_id, agent_id=desk.agent.id, seals=runtime().seals, now=runtime().clock())
    if sent.organisation_id not in desk.organisation_ids:
        raise NotFound
    return sent


def page_of(path: str) -> str | None:
    """The address of the form, if that is a page one can open."""
    try:
        current_app.url_map.bind("").match(path.partition("?")[0], method="GET")
    except HTTPException:
        return None
    return path


@bp.app_errorhandler(CSRFError)
def of_a_former_session(error: CSRFError) -> Response | tuple[str | Response, int] | HTTPException:
    """A form that was opened before its agent signed in again in another tab: its token is of then, its words are theirs.

    Kept for a page of our own alone: browsers say from where a form comes. Nobody is signed out by it.
    """
    is_ours = request.headers.get("Sec-Fetch-Site") == "same-origin" and request.path.startswith("/agents/")
    desk = lasting.last_desk() if is_ours else None
    after = lasting.kept_for(desk) if desk is not None else None
    return redirect(after, 303) if after else errors.tell_http_error(error)
