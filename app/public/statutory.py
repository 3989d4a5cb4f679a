"""The pages that the law asks for: accessibility, legal notice, personal data. They speak of one département.

The one that the address names (`?departement=26`), else the only one of the installation; with several, a list to
choose from. They are in French, whatever the language around them, and search engines may show them.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, render_template, request
from sqlalchemy.orm import Session

from app import rgaa
from app.access import public_page
from app.runtime import runtime
from invitations import department_settings

bp = Blueprint("statutory", __name__)


@bp.get("/accessibilite")
@public_page
def accessibility(session: Session) -> str:
    found = rgaa.audit()
    return page(
        session,
        "public/statutory/accessibility.html",
        site=runtime().settings.public_url,
        audit=found,
        counts=found.counts,
        declared=found.declared(rgaa.today()),
        rate=rgaa.rate(found.counts),
        failing=rgaa.of(found.criteria, rgaa.Finding.FAILING),
        finding=rgaa.Finding,
    )


@bp.get("/accessibilite/criteres")
@public_page
def criteria(session: Session) -> str:
    return page(session, "public/statutory/criteria.html", audit=rgaa.audit())


@bp.get("/mentions-legales")
@public_page
def notice(session: Session) -> str:
    return page(session, "public/statutory/notice.html", security_contact=runtime().settings.security_contact)


@bp.get("/donnees-personnelles")
@public_page
def privacy(session: Session) -> str:
    settings = runtime().settings
    return page(
        session,
        "public/statutory/privacy.html",
        sends_sms=settings.sends_sms,
        makes_calls=settings.makes_calls,
        sends_email=settings.sends_email,
    )


@bp.after_request
def may_be_found(response: Response) -> Response:
    """Nothing here is anybody's: search engines may show it. Refusals keep the rule of all other pages."""
    if response.status_code == 200:
        response.headers["X-Robots-Tag"] = "all"
    return response


def page(session: Session, template: str, **values: Any) -> str:
    """The page of the département it speaks of, or the list of those it could speak of. Raises NotFound."""
    every = department_settings.departments(session)
    department = department_settings.spoken_of(every, request.args.get("departement", ""))
    if department is None:
        return render_template("public/statutory/departments.html", department=None, departments=every)
    found = department_settings.practices_of(session, department)
    return render_template(template, department=department, practices=found, **values)
