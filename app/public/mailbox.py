"""`/messagerie`: messages as a phone would show them, where there is no Twilio or SMTP yet. Loopback only, no sign-in."""

from __future__ import annotations

from flask import Blueprint, Response, render_template, request
from sqlalchemy.orm import Session

from app.access import public_page
from app.public.calendar_file import calendar_file
from app.runtime import Runtime, runtime
from invitations import mailbox
from invitations.errors import NotFound
from notifications.render import read_parts, turned

bp = Blueprint("mailbox", __name__)
bp.add_app_template_filter(read_parts, "parts")
bp.add_app_template_filter(turned, "turned")


@bp.get("/messagerie")
@public_page
def listing(session: Session) -> str:
    here = local_runtime()
    to = request.args.get("vers") or None
    return render_template(
        "public/mailbox/listing.html",
        to=to,
        readers=mailbox.readers(session),
        received=mailbox.latest(session, codes=here.codes, public_url=here.settings.public_url, to=to),
    )


@bp.get("/messagerie/<int:message_id>/rendez-vous.ics")
@public_page
def attachment(session: Session, message_id: int) -> Response:
    here = local_runtime()
    made = mailbox.attachment(session, message_id, codes=here.codes, public_url=here.settings.public_url)
    return calendar_file(made)


def local_runtime() -> Runtime:
    """This page exists only while some messages can be read nowhere else. Raises NotFound elsewhere."""
    if not runtime().settings.has_mailbox:
        raise NotFound
    return runtime()
