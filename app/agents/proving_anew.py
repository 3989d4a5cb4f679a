"""What opens an account is changed, and its sessions are ended, by whoever has just proved who they are: after a quarter of an
hour they do so again."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from flask import flash, redirect, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.access import Desk, securing_page
from app.runtime import runtime
from invitations import sign_in_rules

P = ParamSpec("P")
R = TypeVar("R")

WHY = "Pour changer ce qui protège votre compte, connectez-vous de nouveau\N{NO-BREAK SPACE}: votre connexion date de plus d’un quart d’heure."


def fresh_page(view: Callable[Concatenate[Session, Desk, P], R]) -> Callable[P, R | Response]:
    """`securing_page` for whoever signed in lately; others sign in once more, and come back."""

    @wraps(view)
    def checked(session: Session, desk: Desk, /, *args: P.args, **kwargs: P.kwargs) -> R | Response:
        if sign_in_rules.is_fresh(desk.sign_in, now=runtime().clock()):
            return view(session, desk, *args, **kwargs)
        flash(WHY, "care")
        return redirect(url_for("signing_in.form", suite=url_for("my_security.show"), de_nouveau="oui"), 303)

    return securing_page(checked)
