"""/api/openapi.json, made of the endpoints themselves, and /api: the same to read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
from flask import Blueprint, Response, current_app, render_template
from sqlalchemy.orm import Session

from app.access import public_page
from app.api.v1.describing import document
from app.runtime import runtime

bp = Blueprint("description", __name__)


@bp.get("/api/openapi.json")
@public_page
def as_json(_session: Session) -> Response:
    return Response(msgspec.json.encode(described()), content_type="application/json")


@bp.get("/api")
@public_page
def show(_session: Session) -> str:
    return render_template("api/show.html", api=described(), fields=fields)


def described() -> dict[str, Any]:
    return document(current_app, public_url=runtime().settings.public_url)


def fields(shape: dict[str, Any]) -> Iterator[tuple[str, str, bool]]:
    """Each key of an object: its name, what it holds, and whether it is always there."""
    needed = shape.get("required", ())
    for name, held in shape.get("properties", {}).items():
        yield name, kind(held), name in needed


def kind(held: dict[str, Any]) -> str:
    """string ≤ 80, User[], sms | email | null: what a key holds, as programs are written."""
    if "$ref" in held:
        return str(held["$ref"]).split("/")[-1]
    if "anyOf" in held:
        return " | ".join(kind(one) for one in held["anyOf"])
    if "enum" in held:
        return " | ".join(str(one) for one in held["enum"])
    if held.get("type") == "array":
        return f"{kind(held['items'])}[]"
    limit = f" ≤ {held['maxLength']}" if "maxLength" in held else ""
    return f"{held.get('format') or held.get('type', '')}{limit}"
