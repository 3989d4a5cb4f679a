"""Réglages, logiciels prévenus: which software outside is told of what happens here, and how that went."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import SelectMultipleField, StringField
from wtforms.validators import InputRequired, Length
from wtforms.widgets import CheckboxInput, ListWidget

from app.access import Desk, admin_page
from app.agents import webhooks_words as words
from app.agents.french_form import FrenchForm, complain, offer
from app.refusals import refusal_sentence
from app.runtime import runtime
from app.security import row_id
from invitations.errors import WebhookRefused
from invitations.models import CHOSEN, Resource, WebhookEndpoint
from invitations.webhooks import endpoints, log
from invitations.webhooks.endpoints import By
from notifications.web_addresses import LONGEST

bp = Blueprint("webhooks", __name__, url_prefix="/agents/reglages/logiciels")


class ResourcesForm(FrenchForm):
    resources = SelectMultipleField(
        "Ce qui lui est dit",
        [InputRequired("Choisissez au moins une chose à dire.")],
        choices=offer((one.value, words.RESOURCES[one]) for one in CHOSEN),
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )

    @property
    def asked(self) -> list[Resource]:
        return [Resource(one) for one in self.resources.data or []]


class EndpointForm(ResourcesForm):
    address = StringField(
        "Adresse qui reçoit",
        [
            InputRequired("Collez l’adresse que donne l’éditeur du logiciel."),
            Length(max=min(LONGEST, 500), message="Cette adresse est trop longue."),
        ],
    )


bp.add_app_template_filter(words.host, "webhook_host")


@bp.get("")
@admin_page
def listing(session: Session, desk: Desk) -> str:
    return page(session, desk, EndpointForm(data={"resources": [one.value for one in CHOSEN]}))


@bp.post("")
@admin_page
def add(session: Session, desk: Desk) -> str | tuple[str, int]:
    """The answer shows the secret, so it is no redirect: nothing keeps it in between."""
    form = EndpointForm()
    if not form.validate():
        return page(session, desk, form), 422
    try:
        endpoint, secret = endpoints.add(
            session,
            address=form.address.data or "",
            resources=form.asked,
            seals=runtime().seals,
            allowed=runtime().settings.private_hosts,
            by=by(desk),
        )
    except WebhookRefused as refusal:
        why = refusal.details.get("why")
        complain(form.address, words.WRONG_ADDRESS[why] if why else refusal_sentence(refusal))
        return page(session, desk, form), 422
    return render_template("agents/webhooks/secret.html", endpoint=endpoint, secret=secret)


@bp.get("/<int:endpoint_id>")
@admin_page
def show(session: Session, desk: Desk, endpoint_id: int) -> str:
    endpoint = endpoints.find(session, endpoint_id, desk.organisation.id)
    chosen = [one.value for one in CHOSEN if endpoint.tells(one)]
    return log_page(session, desk, endpoint, ResourcesForm(data={"resources": chosen}))


@bp.post("/<int:endpoint_id>")
@admin_page
def change(session: Session, desk: Desk, endpoint_id: int) -> Response | tuple[str, int]:
    endpoint, form = endpoints.find(session, endpoint_id, desk.organisation.id), ResourcesForm()
    if not form.validate():
        return log_page(session, desk, endpoint, form), 422
    endpoints.choose(session, endpoint, form.asked, by=by(desk))
    return back("C’est enregistré. Cela vaut pour ce qui arrive dès maintenant.", endpoint)


@bp.post("/<int:endpoint_id>/secret")
@admin_page
def renew_secret(session: Session, desk: Desk, endpoint_id: int) -> str:
    endpoint = endpoints.find(session, endpoint_id, desk.organisation.id)
    secret = endpoints.renew_secret(session, endpoint, seals=runtime().seals, by=by(desk))
    return render_template("agents/webhooks/secret.html", endpoint=endpoint, secret=secret)


@bp.post("/<int:endpoint_id>/pause")
@admin_page
def pause(session: Session, desk: Desk, endpoint_id: int) -> Response:
    endpoint = endpoints.find(session, endpoint_id, desk.organisation.id)
    endpoints.pause(session, endpoint, by=by(desk))
    return back("C’est en pause. Ce qui arrive l’attend, dans l’ordre.", endpoint)


@bp.post("/<int:endpoint_id>/reprendre")
@admin_page
def resume(session: Session, desk: Desk, endpoint_id: int) -> Response:
    endpoint = endpoints.find(session, endpoint_id, desk.organisation.id)
    endpoints.resume(session, endpoint, by=by(desk))
    return back("C’est repris, à partir de ce qui l’attendait.", endpoint)


@bp.post("/<int:endpoint_id>/retirer")
@admin_page
def remove(session: Session, desk: Desk, endpoint_id: int) -> Response:
    endpoint = endpoints.find(session, endpoint_id, desk.organisation.id)
    endpoints.remove(session, endpoint, by=by(desk))
    return back(f"{words.host(endpoint)} n’est plus prévenu de rien.")


@bp.post("/<int:endpoint_id>/evenements/<int:event_id>/renvoyer")
@admin_page
def replay(session: Session, desk: Desk, endpoint_id: int, event_id: int) -> Response:
    endpoint = endpoints.find(session, endpoint_id, desk.organisation.id)
    log.replay(session, endpoint, event_id, by=by(desk))
    return back("C’est renvoyé dans la minute, tel que c’est aujourd’hui.", endpoint)


def by(desk: Desk) -> By:
    return By(desk.organisation, desk.agent, runtime().clock())


def page(session: Session, desk: Desk, form: EndpointForm) -> str:
    return render_template(
        "agents/webhooks/listing.html",
        form=form,
        endpoints=[(one, words.state(one, desk.organisation.department.zone)) for one in shown(session, desk)],
    )


def shown(session: Session, desk: Desk) -> list[endpoints.Shown]:
    return endpoints.of_organisation(session, desk.organisation.id)


def log_page(session: Session, desk: Desk, endpoint: WebhookEndpoint, form: ResourcesForm) -> str:
    zone = desk.organisation.department.zone
    found = log.read(session, endpoint, before=request.args.get("avant", type=row_id))
    (one,) = [one for one in shown(session, desk) if one.endpoint.id == endpoint.id]
    return render_template(
        "agents/webhooks/show.html",
        endpoint=endpoint,
        form=form,
        state=words.state(one, zone),
        lines=[words.line(event, zone) for event in found.events],
        before=found.before,
    )


def back(sentence: str, endpoint: WebhookEndpoint | None = None) -> Response:
    flash(sentence, "good")
    there: dict[str, Any] = {"endpoint_id": endpoint.id} if endpoint else {}
    return redirect(url_for("webhooks.show" if endpoint else "webhooks.listing", **there), 303)
