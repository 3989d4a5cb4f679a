"""Réglages: the sectors of the département, their communes and who serves them. The département's administrators draw them."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from app.access import Desk, admin_page
from app.agents.french_form import FrenchForm, complain, filled
from app.agents.settings import saved
from app.filters import plural
from app.runtime import runtime
from app.security import row_id
from invitations import communes, places, sector_lists, sector_settings
from invitations.errors import NameTaken
from invitations.models import Sector
from invitations.sector_lists import Reading
from invitations.sector_settings import Drawer, Served

bp = Blueprint("sectors", __name__, url_prefix="/agents/reglages/secteurs")

TAKEN = "Un autre secteur porte déjà ce nom."
# A list longer than every commune of the biggest département is a slip.
LONGEST_LIST = 60_000


class NameForm(FrenchForm):
    name = StringField(
        "Nom du secteur",
        [InputRequired("Donnez un nom au secteur."), filled, Length(max=80, message="80 caractères au plus.")],
    )


class CommunesForm(FrenchForm):
    lines = TextAreaField(
        "Ajouter des communes",
        [InputRequired("Indiquez au moins une commune."), Length(max=LONGEST_LIST, message="Liste trop longue.")],
    )


@bp.get("")
@admin_page
def listing(session: Session, desk: Desk) -> str:
    return list_page(session, desk, NameForm())


@bp.post("")
@admin_page
def add(session: Session, desk: Desk) -> Response | tuple[str, int]:
    form, by = NameForm(), drawer(desk)
    if not form.validate():
        return list_page(session, desk, form), 422
    try:
        made = sector_settings.add(session, form.data["name"].strip(), by=by, now=runtime().clock())
    except NameTaken:
        complain(form.name, TAKEN)
        return list_page(session, desk, form), 422
    flash("Le secteur est ajouté. Indiquez ses communes, puis qui les reçoit.", "good")
    return back_to(made)


@bp.get("/<int:sector_id>")
@admin_page
def show(session: Session, desk: Desk, sector_id: int) -> str:
    return page(session, desk, seen(session, desk, sector_id))


@bp.post("/<int:sector_id>/nom")
@admin_page
def rename(session: Session, desk: Desk, sector_id: int) -> Response | tuple[str, int]:
    sector, by, form = seen(session, desk, sector_id), drawer(desk), NameForm()
    if not form.validate():
        return page(session, desk, sector, naming=form), 422
    try:
        sector_settings.rename(session, sector, form.data["name"].strip(), by=by, now=runtime().clock())
    except NameTaken:
        complain(form.name, TAKEN)
        return page(session, desk, sector, naming=form), 422
    return back_to(sector)


@bp.post("/<int:sector_id>/communes")
@admin_page
def add_communes(session: Session, desk: Desk, sector_id: int) -> Response | tuple[str, int]:
    sector, by, form = seen(session, desk, sector_id), drawer(desk), CommunesForm()
    if not form.validate():
        return page(session, desk, sector, adding=form), 422
    number = desk.organisation.department.number
    reading = sector_lists.read(form.data["lines"], number, chosen=request.form.getlist("commune"))
    if reading.left_open and not request.form.get("anyway"):
        complain(form.lines, f"{plural(len(reading.left_open), 'ligne reste', 'lignes restent')} à préciser.")
        return page(session, desk, sector, adding=form, reading=reading), 422
    codes = [one.code for one in reading.settled]
    added = sector_settings.add_communes(session, sector, codes, by=by, now=runtime().clock())
    flash(plural(added, "commune ajoutée.", "communes ajoutées.") if added else "Ces communes y étaient déjà.", "good")
    return back_to(sector)


@bp.post("/<int:sector_id>/communes/retirer")
@admin_page
def remove_communes(session: Session, desk: Desk, sector_id: int) -> Response:
    sector, by = seen(session, desk, sector_id), drawer(desk)
    codes = request.form.getlist("commune")
    gone = sector_settings.remove_communes(session, sector, codes, by=by, now=runtime().clock())
    flash(plural(gone, "commune retirée.", "communes retirées.") if gone else "Aucune commune n’était cochée.", "good")
    return back_to(sector)


@bp.post("/<int:sector_id>/structures")
@admin_page
def serve(session: Session, desk: Desk, sector_id: int) -> Response:
    sector, by = seen(session, desk, sector_id), drawer(desk)
    sector_settings.serve(session, sector, asked_services(session, desk), by=by, now=runtime().clock())
    flash("C’est noté.", "good")
    return back_to(sector)


@bp.post("/<int:sector_id>/supprimer")
@admin_page
def remove(session: Session, desk: Desk, sector_id: int) -> Response:
    sector, by = seen(session, desk, sector_id), drawer(desk)
    sector_settings.remove(session, sector, by=by, now=runtime().clock())
    return saved("Le secteur est supprimé. Ses communes ne sont plus limitées par lui.", "sectors.listing")


def drawer(desk: Desk) -> Drawer:
    """Raises NotAllowed for an organisation that is not the département's."""
    return Drawer(desk.agent.id, desk.organisation)


def seen(session: Session, desk: Desk, sector_id: int) -> Sector:
    return sector_settings.sector_seen_by(session, sector_id, desk.organisation.department_id)


def back_to(sector: Sector) -> Response:
    return redirect(url_for("sectors.show", sector_id=sector.id), 303)


def asked_services(session: Session, desk: Desk) -> list[Served]:
    """What is ticked: `structure` for an organisation with all its places, else `lieu` for each of them."""
    whole = set(request.form.getlist("structure", type=row_id))
    ticked = set(request.form.getlist("lieu", type=row_id))
    some: dict[int, list[int]] = {}
    for place in places.of_department(session, desk.organisation.department_id):
        if place.id in ticked and place.organisation_id not in whole:
            some.setdefault(place.organisation_id, []).append(place.id)
    return [*(Served(one) for one in sorted(whole)), *(Served(one, tuple(those)) for one, those in some.items())]


def list_page(session: Session, desk: Desk, form: NameForm) -> str:
    department = desk.organisation.department
    return render_template(
        "agents/settings/sectors.html",
        form=form,
        department=department,
        sectors=sector_settings.sectors_of(session, department.id),
        outside=sector_settings.in_no_sector(session, department),
        may_draw=sector_settings.may_draw(desk.organisation),
    )


def page(
    session: Session,
    desk: Desk,
    sector: Sector,
    *,
    naming: NameForm | None = None,
    adding: CommunesForm | None = None,
    reading: Reading | None = None,
) -> str:
    department = desk.organisation.department
    return render_template(
        "agents/settings/sector.html",
        sector=sector,
        communes=named_communes(sector),
        naming=naming or NameForm(name=sector.name),
        adding=adding or CommunesForm(formdata=None),
        reading=reading,
        organisations=sector_settings.organisations_of(session, department.id),
        places=places.of_department(session, department.id),
        served={(one.organisation_id, one.place_id) for one in sector.services},
        may_draw=sector_settings.may_draw(desk.organisation),
    )


def named_communes(sector: Sector) -> list[tuple[str, str]]:
    """Code and name of each commune of the sector, by name; a code that is gone from the list keeps its place."""
    found = [(one.commune_insee, communes.get(one.commune_insee)) for one in sector.communes]
    return sorted(
        ((code, one.name if one else code) for code, one in found), key=lambda pair: communes.sorting(pair[1])
    )
