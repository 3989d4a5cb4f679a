"""`rdv register [--aipd] [--html] [--department 26] [--default]`: the register of processing, or the DPIA, on the output."""

from __future__ import annotations

import argparse
import sys
from typing import TextIO

from app import register
from app.register import Document, Installed
from app.runtime import Runtime
from invitations import department_settings, processing
from invitations.errors import NotFound
from invitations.processing import Processing

DONE, REFUSED = 0, 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `rdv register` takes."""
    parser.add_argument("--aipd", action="store_true", help="the impact assessment instead (AIPD)")
    parser.add_argument("--html", action="store_true", help="as HTML, for a word processor or an intranet")
    parser.add_argument("--department", default="", help="its number, when there are several")
    parser.add_argument(
        "--default", action="store_true", help="of an installation where nothing is set: docs/registre.md"
    )


def run(runtime: Runtime, arguments: argparse.Namespace, out: TextIO | None = None) -> int:
    """Write it. Returns the exit status."""
    document = Document.ASSESSMENT if arguments.aipd else Document.REGISTER
    to = out or sys.stdout
    if arguments.default:
        return _write(to, register.markdown(document, Processing(), Installed(), on=None), arguments.html)
    with runtime.database.reading() as session:
        try:
            found = department_settings.spoken_of(department_settings.departments(session), arguments.department)
        except NotFound:
            found = None
        if found is None:
            sys.stderr.write("Which département? Say its number: --department 26.\n")
            return REFUSED
        here, zone = processing.of(session, found), found.zone
    on = runtime.clock().astimezone(zone).date()
    return _write(to, register.markdown(document, here, Installed.of(runtime.settings), on=on), arguments.html)


def _write(out: TextIO, text: str, as_html: bool) -> int:
    out.write(str(register.html(text)) if as_html else text)
    return DONE
