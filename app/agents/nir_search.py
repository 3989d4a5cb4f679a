"""The search box of the top bar where the département keeps social security numbers: one typed there finds the person.

It is sent, not asked for: a number stands in no address. Anything else goes on to the list, whose address says it.
"""

from __future__ import annotations

from flask import Blueprint, flash, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.access import Desk, checking_agent_page
from app.agents.nir_field import WRONG
from app.runtime import runtime
from invitations import nir_writing
from invitations.nir import NotRead, is_shaped, read
from invitations.nir_keeping import is_kept_by, keeping_of
from invitations.uploads.nir import without_nir

bp = Blueprint("nir_search", __name__, url_prefix="/agents/personnes/recherche")

UNKNOWN = "Aucune fiche n’a ce numéro de sécurité sociale."
NOT_HERE = "Les personnes ne se cherchent pas ici par leur numéro de sécurité sociale."
ALONE = "Un numéro de sécurité sociale se cherche seul, sans rien d’autre."
# The words of the list's address that the box carries.
CARRIED = ("q", "direct", "structures")


@bp.post("")
@checking_agent_page
def find(session: Session, desk: Desk) -> Response:
    typed = request.form.get("q", "")
    if not is_shaped(typed):
        if without_nir(typed) != typed:
            return back(ALONE if is_kept_by(desk.organisation) else NOT_HERE)
        said = {name: request.form[name] for name in CARRIED if request.form.get(name)}
        return redirect(url_for("people.listing", **said), 303)  # type: ignore[arg-type]  # url_for's own options are no words of ours
    try:
        found = looked_up(session, desk, read(typed))
    except NotRead as wrong:
        return back(WRONG[wrong.why])
    if found is None:
        return back(NOT_HERE)
    return redirect(url_for("people.show", beneficiary_id=found[0]), 303) if found else back(UNKNOWN)


def looked_up(session: Session, desk: Desk, digits: str) -> list[int] | None:
    """Who has it, of the organisations that may know it; None where none is kept. Of several the first, whose page says so."""
    keeping = keeping_of(desk.organisation, runtime().seals)
    if keeping is None:
        return None
    mine = [
        one.id for one in desk.organisations if is_kept_by(one) and one.department_id == desk.organisation.department_id
    ]
    return nir_writing.found_by(session, keeping.hashes(digits), organisation_ids=mine)


def back(sentence: str) -> Response:
    flash(sentence, "care")
    return redirect(url_for("people.listing"), 303)
