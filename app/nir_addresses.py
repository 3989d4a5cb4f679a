"""A social security number in an address goes no further: the page is asked for without it, and says why.

Addresses stay in histories, bookmarks and the logs of proxies. The forms that lead here are searches; where numbers are kept,
the top bar sends what is typed instead (`app.agents.nir_search`).
"""

from __future__ import annotations

from urllib.parse import quote, urlencode

from flask import Flask, flash, jsonify, redirect, request
from werkzeug.wrappers import Response

from app.errors import API
from invitations.nir_keeping import is_kept_by
from invitations.uploads.nir import without_nir

SAID = (
    "Un numéro de sécurité sociale ne se cherche pas ici\N{NO-BREAK SPACE}: il resterait dans l’adresse de la page. "
    "Le nom, le téléphone ou le numéro d’allocataire conviennent."
)
TO_MACHINES = "Un numéro de sécurité sociale n’a pas sa place dans une adresse."


def without_numbers() -> Response | None:
    """The same address without what holds one, None when nothing does. Machines are told."""
    if request.method not in {"GET", "HEAD"} or not request.args:
        return None
    pairs = list(request.args.items(multi=True))
    kept = [(name, text) for name, text in pairs if without_nir(text) == text]
    if len(kept) == len(pairs):
        return None
    if request.path.startswith(API):
        answer: Response = jsonify(success=False, errors=[{"error_details": TO_MACHINES}])
        answer.status_code = 422
        return answer
    if request.path.startswith("/agents"):
        flash(SAID, "care")
    here = quote(request.path)  # a tab in it, taken out by whoever follows, would lead to another host
    return redirect(f"{here}?{urlencode(kept)}" if kept else here)


def install(flask: Flask) -> None:
    flask.before_request(without_numbers)
    flask.jinja_env.globals["keeps_nir"] = is_kept_by  # the layout's search box is another there
