"""`/logo/…`: a département's logo. Its address changes with its content, so browsers keep it for a year."""

from __future__ import annotations

from flask import Blueprint, Response
from sqlalchemy.orm import Session

from app.access import public_page
from app.security import STATIC_LIFE
from invitations import department_settings

bp = Blueprint("logo", __name__)

KEPT = f"public, max-age={STATIC_LIFE.total_seconds():.0f}, immutable"


@bp.get("/logo/<string(maxlength=3):number>-<string(length=16):wanted>.png")
@public_page
def show(session: Session, number: str, wanted: str) -> Response:
    content = department_settings.logo_of(session, number, wanted)
    return Response(content, mimetype="image/png", headers={"Cache-Control": KEPT})
