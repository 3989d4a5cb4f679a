"""Into somebody's own calendar: a file as browsers take it, and links to the common ones on the web."""

from __future__ import annotations

from flask import Response
from flask_babel import gettext

from invitations.changing import Visit
from invitations.models import Appointment, PlaceType
from notifications import calendar_links
from notifications.senders import Attachment


def calendar_file(calendar: Attachment) -> Response:
    """Downloaded or handed to the phone's calendar, never shown as text."""
    return Response(
        calendar.content,
        content_type=f"text/calendar; charset=utf-8; method={calendar.method}",
        headers={"Content-Disposition": f'attachment; filename="{calendar.filename}"'},
    )


def links_to_calendars(visit: Visit, address: str) -> list[tuple[str, str]]:
    """Each service and its link. It is told when, at which address, and the page's own: not who, nor what for."""
    return calendar_links.links(
        calendar_links.Entry(
            title=gettext("Rendez-vous, %(department)s", department=visit.department.full_name),
            details=gettext("Votre rendez-vous\N{NO-BREAK SPACE}: %(address)s", address=address),
            location=street_of(visit.appointment),
            starts_at=visit.appointment.starts_at,
            ends_at=visit.appointment.ends_at,
        )
    )


def street_of(appointment: Appointment) -> str:
    """Where one goes, if anywhere, without the place's name: that may tell what it is for."""
    place = appointment.place
    if place is None or appointment.type.place_type is not PlaceType.PUBLIC_OFFICE:
        return ""
    return f"{place.address}, {place.postcode} {place.city}"
