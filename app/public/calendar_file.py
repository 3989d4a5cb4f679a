"""A calendar file as browsers take it: downloaded or handed to the phone's calendar, never shown as text."""

from __future__ import annotations

from flask import Response

from notifications.senders import Attachment


def calendar_file(calendar: Attachment) -> Response:
    return Response(
        calendar.content,
        content_type=f"text/calendar; charset=utf-8; method={calendar.method}",
        headers={"Content-Disposition": f'attachment; filename="{calendar.filename}"'},
    )
