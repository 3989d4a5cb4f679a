"""Two records of one person, side by side: an agent chooses line by line, then they are one."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.access import Desk, agent_page
from app.agents import person_words
from app.agents.person import said
from app.runtime import runtime
from invitations import duplicates, merging, people
from invitations.duplicates import MOST
from invitations.errors import MergeRefused, NotFound
from invitations.models import Beneficiary
from invitations.nir_keeping import may_see
from invitations.people import Line
from invitations.people_wanted import Wanted
from invitations.permissions import beneficiary_seen_by, may_see_internal_id

# Two numbers whose first digits are the same look the same where only those are shown.
OTHER_NUMBER = " (ce n’est pas le même)"

bp = Blueprint("merging", __name__, url_prefix="/agents/personnes/<int:beneficiary_id>/fusionner")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the comparison. `asks`: both say something, and not the same; `taken`: the other one's is chosen."""

    choice: str
    words: str
    mine: str
    theirs: str
    asks: bool
    taken: bool


@bp.get("")
@agent_page
def looking(session: Session, desk: Desk, beneficiary_id: int) -> str:
    """Whom to compare with: those who look the same, or somebody searched for."""
    person = beneficiary_seen_by(session, beneficiary_id, [desk.organisation.id])
    text = request.args.get("q", "").strip()
    alike = duplicates.find(
        session, person.department_id, person, organisation_ids=[desk.organisation.id], but=person.id
    )
    return render_template(
        "agents/person/merge_looking.html",
        person=person,
        alike=[one for one in alike if one.is_here],
        text=text,
        found=named(session, desk, text, but=person.id),
        shared=person_words.shared,
    )


@bp.get("/<int:other_id>")
@agent_page
def compare(session: Session, desk: Desk, beneficiary_id: int, other_id: int) -> str:
    kept, absorbed = both(session, desk, beneficiary_id, other_id)
    return page(desk, kept, absorbed)


@bp.post("/<int:other_id>")
@agent_page
def merge(session: Session, desk: Desk, beneficiary_id: int, other_id: int) -> Response | tuple[str, int]:
    kept, absorbed = both(session, desk, beneficiary_id, other_id)
    try:
        with session.begin_nested():
            merging.merge(
                session,
                kept,
                absorbed,
                chosen(),
                organisation_id=desk.organisation.id,
                agent_id=desk.agent.id,
                now=runtime().clock(),
            )
    except MergeRefused as refusal:
        return page(desk, kept, absorbed, said(refusal, desk)), 409
    flash("Les deux fiches n’en font plus qu’une. Les liens déjà envoyés restent valables.", "good")
    return redirect(url_for("people.show", beneficiary_id=beneficiary_id), 303)


def named(session: Session, desk: Desk, text: str, *, but: int) -> list[Line]:
    """The people of the organisation whom a search finds, the first of them."""
    if not text:
        return []
    wanted = Wanted(organisation_ids=(desk.organisation.id,), category_ids=(), text=text)
    return [one for one in people.listing(session, wanted, now=runtime().clock()).lines if one.id != but][:MOST]


def both(session: Session, desk: Desk, kept_id: int, absorbed_id: int) -> tuple[Beneficiary, Beneficiary]:
    """Both of the present organisation. Raises NotFound, for somebody and themselves too."""
    if kept_id == absorbed_id:
        raise NotFound
    here = [desk.organisation.id]
    return beneficiary_seen_by(session, kept_id, here), beneficiary_seen_by(session, absorbed_id, here)


def chosen() -> list[str]:
    """The lines of which the other record's side was ticked."""
    return [one for one in merging.CHOICES if request.form.get(one) == "autre"]


def page(desk: Desk, kept: Beneficiary, absorbed: Beneficiary, problem: str = "") -> str:
    shared = [one for one in kept.memberships if one.organisation_id in desk.organisation_ids]
    kinds = [one.organisation.kind for one in shared]
    seen = {"department_internal_id": may_see_internal_id(kinds), "nir": may_see(kinds)}
    hidden = {choice for choice, is_seen in seen.items() if not is_seen}
    return render_template(
        "agents/person/merge.html",
        kept=kept,
        absorbed=absorbed,
        rows=[row(kept, absorbed, one) for one in merging.CHOICES if one not in hidden and says(kept, absorbed, one)],
        problem=problem,
        zone=desk.organisation.department.zone,
    )


def says(kept: Beneficiary, absorbed: Beneficiary, choice: str) -> bool:
    return merging.is_filled(kept, choice) or merging.is_filled(absorbed, choice)


def row(kept: Beneficiary, absorbed: Beneficiary, choice: str) -> Row:
    return Row(
        choice,
        person_words.CHOICES[choice]
        + (OTHER_NUMBER if choice == "nir" and merging.differs(kept, absorbed, choice) else ""),
        person_words.written(kept, choice),
        person_words.written(absorbed, choice),
        merging.differs(kept, absorbed, choice),
        request.form.get(choice) == "autre",
    )
