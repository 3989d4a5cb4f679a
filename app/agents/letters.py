"""Courriers: letters that wait to be printed, the batches that were, and those that came back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from app.access import Desk, agent_page
from app.filters import day_and_year, plural
from app.labels import label
from app.refusals import refusal_sentence
from app.runtime import runtime
from invitations import letters, letters_facts, letters_printed, letters_returned
from invitations.errors import LetterRefused, NotFound
from invitations.letters_codes import parted, printed
from invitations.models import Letter, LetterBatch, ReturnReason
from notifications.letters import pdf_of

bp = Blueprint("letters", __name__, url_prefix="/agents/courriers")

WRONG_DAY = "Écrivez la date du dépôt, par exemple 2026-12-08."


@bp.get("")
@agent_page
def listing(session: Session, desk: Desk) -> str:
    return listing_page(session, desk)


@bp.post("")
@agent_page
def print_all(session: Session, desk: Desk) -> Answer | tuple[str, int]:
    posted_on = day_asked()
    if posted_on is None:
        return listing_page(session, desk, problem=WRONG_DAY), 422
    batch = letters.print_waiting(
        session,
        desk.organisation,
        posted_on=posted_on,
        agent_id=desk.agent.id,
        codes=runtime().codes,
        public_url=runtime().settings.public_url,
        now=runtime().clock(),
    )
    return redirect(url_for(".batch", batch_id=batch.id), 303)


@bp.errorhandler(LetterRefused)
def tell_why(refusal: LetterRefused) -> Answer:
    """Back to the queue as it is now, with why. The refused transaction is over."""
    flash(refusal_sentence(refusal), "care")
    return redirect(url_for("letters.listing"), 303)


@bp.get("/lots/<int:batch_id>")
@agent_page
def batch(session: Session, desk: Desk, batch_id: int) -> str:
    return batch_page(desk, letters_printed.batch_seen_by(session, batch_id, desk.organisation.id))


@bp.get("/lots/<int:batch_id>.pdf")
@agent_page
def batch_pdf(session: Session, desk: Desk, batch_id: int) -> Response:
    """The batch as it was printed, as often as wanted. `recto=seul`: no empty backs between the letters."""
    made = letters_printed.batch_seen_by(session, batch_id, desk.organisation.id)
    if not any(one.facts for one in made.letters):  # all of them forgotten in time (`invitations.retention`)
        raise NotFound
    both_sides = request.args.get("recto") != "seul" or needs_both_sides(made.letters)
    return pdf(session, made.letters, title_of(made), f"courriers-{made.id}.pdf", both_sides=both_sides)


@bp.post("/lots/<int:batch_id>/depot")
@agent_page
def repost(session: Session, desk: Desk, batch_id: int) -> Answer | tuple[str, int]:
    made = letters_printed.batch_seen_by(session, batch_id, desk.organisation.id)
    posted_on = day_asked()
    if posted_on is None:
        return batch_page(desk, made, problem=WRONG_DAY), 422
    letters_printed.repost(session, made, posted_on=posted_on, agent_id=desk.agent.id, now=runtime().clock())
    flash(f"Dépôt à la poste noté\N{NO-BREAK SPACE}: {day_and_year(posted_on)}.", "good")
    return redirect(url_for(".batch", batch_id=batch_id), 303)


@bp.get("/<int:letter_id>.pdf")
@agent_page
def letter_pdf(session: Session, desk: Desk, letter_id: int) -> Response:
    return one_again(session, letters_printed.letter_seen_by(session, letter_id, desk.organisation_ids))


@bp.get("/messages/<int:message_id>.pdf")
@agent_page
def of_message(session: Session, desk: Desk, message_id: int) -> Response:
    """The same from a person's page, which tells messages."""
    return one_again(session, letters_printed.letter_of(session, message_id, desk.organisation_ids))


@bp.get("/retours")
@agent_page
def returns(session: Session, desk: Desk) -> str:
    typed = request.args.get("q", "").strip()[:200]
    found = letters_returned.find(session, typed, desk.organisation.id, codes=runtime().codes) if typed else []
    return render_template("agents/letters/returns.html", typed=typed, found=found, reasons=list(ReturnReason))


@bp.post("/<int:letter_id>/retour")
@agent_page
def mark_returned(session: Session, desk: Desk, letter_id: int) -> Answer:
    letter = letters_printed.letter_seen_by(session, letter_id, [desk.organisation.id])
    reason = next((one for one in ReturnReason if one == request.form.get("raison")), ReturnReason.WRONG_ADDRESS)
    letters_returned.mark(session, letter, reason, agent_id=desk.agent.id, now=runtime().clock())
    flash(f"{label(reason)}\N{NO-BREAK SPACE}: c’est noté. Aucun courrier ne partira plus à cette adresse.", "good")
    return redirect(url_for(".returns"), 303)


@bp.post("/<int:letter_id>/retour/annuler")
@agent_page
def take_back(session: Session, desk: Desk, letter_id: int) -> Answer:
    letter = letters_printed.letter_seen_by(session, letter_id, [desk.organisation.id])
    letters_returned.take_back(session, letter, agent_id=desk.agent.id, now=runtime().clock())
    flash("Le courrier n’est plus noté comme revenu, et l’adresse sert de nouveau.", "good")
    return redirect(url_for(".returns", q=name_of(letter)), 303)


def listing_page(session: Session, desk: Desk, problem: str = "") -> str:
    now = runtime().clock()
    zone = desk.organisation.department.zone
    return render_template(
        "agents/letters/listing.html",
        waiting=letters.waiting(session, desk.organisation.id, now=now),
        batches=letters_printed.batches(session, desk.organisation.id),
        most=letters.MOST_AT_ONCE,
        organisation=desk.organisation,
        today=now.astimezone(zone).date(),
        problem=problem,
        now=now,
        zone=zone,
    )


def batch_page(desk: Desk, made: LetterBatch, problem: str = "") -> str:
    return render_template(
        "agents/letters/batch.html",
        batch=made,
        both_sides=needs_both_sides(made.letters),
        shown_code=shown_code,
        problem=problem,
        now=runtime().clock(),
        zone=desk.organisation.department.zone,
    )


def one_again(session: Session, letter: Letter) -> Response:
    """One letter as it was printed, however long ago."""
    subject = letter.facts["sheets"][0]["subject"]
    return pdf(session, [letter], subject, f"courrier-{letter.id}.pdf", both_sides=False)


def pdf(session: Session, chosen: Sequence[Letter], title: str, filename: str, *, both_sides: bool) -> Response:
    """The letters as a file. Letters printed together share one layout."""
    made = pdf_of(
        letters_facts.shown(session, chosen, codes=runtime().codes),
        title=title,
        on=chosen[0].batch.posted_on,
        layout=chosen[0].layout,
        both_sides=both_sides,
    )
    return Response(made, mimetype="application/pdf", headers={"Content-Disposition": f'inline; filename="{filename}"'})


def title_of(made: LetterBatch) -> str:
    return f"{plural(len(made.letters), 'courrier', 'courriers')} du {day_and_year(made.posted_on)}"


def needs_both_sides(chosen: Sequence[Letter]) -> bool:
    """True when somebody's letter has a back, in their language."""
    return any(len(one.facts.get("sheets", ())) > 1 for one in chosen)


def shown_code(letter: Letter) -> str:
    """K7MX-4QPD, or nothing once the key that made it has been forgotten."""
    code = printed(letter, runtime().codes)
    return parted(code) if code else ""


def name_of(letter: Letter) -> str:
    person = letter.message.beneficiary
    if person is None:
        raise NotFound
    return person.full_name


def day_asked() -> date | None:
    """The day of posting in the form, or None when it is none."""
    try:
        return date.fromisoformat(request.form.get("depot", ""))
    except ValueError:
        return None
