"""What receiving somebody well takes, as agents read it; and, on a person's page, noted or taken back in one tap."""

from __future__ import annotations

from collections.abc import Sequence

from babel import Locale
from flask import Blueprint, abort, flash, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.access import Desk, agent_page
from app.agents.person import back
from app.runtime import runtime
from invitations import logistics
from invitations.models import Need
from invitations.permissions import beneficiary_seen_by
from notifications.languages import language

NBSP = "\N{NO-BREAK SPACE}"
WORDS = {
    Need.INTERPRETER: "Interprète",
    Need.STEP_FREE: "Accès de plain-pied",
    Need.SIGN_LANGUAGE: f"Langue des signes{NBSP}: écrire, ne pas appeler",
}

bp = Blueprint("needs_noted", __name__, url_prefix="/agents/personnes/<int:beneficiary_id>")


@bp.app_template_filter("need_words")
def need_words(need: str, spoken: str) -> str:
    """Interprète : arabe; of a person who reads French, the language is to be asked."""
    words, known = WORDS[Need(need)], language(spoken)
    if need != Need.INTERPRETER:
        return words
    return f"{words}, langue à demander" if known.is_french else f"{words}{NBSP}: {name_in_french(known.html)}"


def name_in_french(tag: str) -> str:
    """arabe, of the tag of a language (BCP 47)"""
    return str(Locale("fr").languages.get(tag.replace("-", "_"), tag))


@bp.app_template_filter("language_in_french")
def language_in_french(code: str) -> str:
    """arabe; easy French is a French of its own"""
    known = language(code)
    return known.name.lower() if known.is_french else name_in_french(known.html)


@bp.app_template_filter("needs_words")
def needs_words(needs: Sequence[str], spoken: str) -> list[str]:
    """Every need in words, in the order of Need."""
    return [need_words(one, spoken) for one in needs]


@bp.app_template_global("every_need")
def every_need() -> list[Need]:
    return list(Need)


@bp.post("/besoins")
@agent_page
def note(session: Session, desk: Desk, beneficiary_id: int) -> Response:
    """One need is noted (`ajouter`) or taken back (`retirer`). Repeated, changes nothing."""
    person = beneficiary_seen_by(session, beneficiary_id, desk.organisation_ids)
    added, removed = need_in("ajouter"), need_in("retirer")
    if not added and not removed:
        abort(422)
    logistics.write_needs(
        session,
        person,
        {*person.needs, *added} - {*removed},
        organisation_id=desk.organisation.id,
        agent_id=desk.agent.id,
        now=runtime().clock(),
    )
    flash("Besoin noté." if added else "Besoin retiré.", "good")
    return back(beneficiary_id)


def need_in(name: str) -> set[Need]:
    """The need that a field of the form names, if it does."""
    return {one for one in Need if one == request.form.get(name)}
