"""Which language a page speaks.

`?langue=` in its address says so, and every address that the page leads to carries it on: no cookie, no script.
Without it a page speaks the language kept for the person whose link it is. Agents' pages are in French.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from babel.support import NullTranslations
from flask import Blueprint, Flask, current_app, g, has_request_context, request
from flask_babel import Babel, Domain
from werkzeug.exceptions import HTTPException

from app.runtime import runtime
from invitations import speaking
from invitations.models import Beneficiary
from notifications.languages import FRENCH, LANGUAGES, Language, catalogue, language

ASKED = "langue"


class Catalogues(Domain):  # type: ignore[misc]  # Flask-Babel ships no types
    """The catalogues that messages use too, in the language of the request."""

    def get_translations(self) -> NullTranslations:
        return catalogue(current().code)


def current() -> Language:
    """The language of the page being answered; French when there is none."""
    spoken: Language = g.get("language", FRENCH) if has_request_context() else FRENCH
    return spoken


def said(sentence: str, **values: Any) -> str:
    """The sentence in the language of the page, its `%(name)s` filled in."""
    words: str = catalogue(current().code).gettext(sentence)
    return words % values if values else words


def said_plural(one: str, many: str, count: int) -> str:
    """The sentence for so many, in the language of the page."""
    return catalogue(current().code).ngettext(one, many, count)


def N_(sentence: str) -> str:  # noqa: N802  # gettext's own name for it
    """Marks a sentence that is translated where it is shown (`said`)."""
    return sentence


def asked() -> Language | None:
    """The language that the address names, if it does."""
    return LANGUAGES.get(request.args.get(ASKED, ""))


def speak_to(person: Beneficiary) -> None:
    """From here on the page speaks the person's language, unless the address asks for another."""
    if asked() is None:
        g.language = language(person.language)


def read_asked() -> None:
    """Before a page: take the language that its address names."""
    chosen = None if request.path.startswith("/agents") else asked()
    if chosen is not None:
        g.language = chosen


def keep_asked() -> None:
    """Before somebody acts: the language they read is kept, in a short transaction of its own, for the messages to come."""
    code, chosen = (request.view_args or {}).get("code"), asked()
    if request.method == "POST" and code and chosen is not None:
        with runtime().database.writing() as session:
            speaking.remember(session, code, chosen.code, codes=runtime().codes)


def carry(_endpoint: str, values: dict[str, Any]) -> None:
    """An address made for a page in a chosen language leads to a page in that language."""
    if has_request_context() and not request.path.startswith("/agents") and (chosen := asked()) is not None:
        values.setdefault(ASKED, chosen.code)


def attach(blueprint: Blueprint) -> None:
    """The pages of this blueprint speak every language."""
    blueprint.url_defaults(carry)
    blueprint.before_request(keep_asked)


def offered() -> list[tuple[Language, str]]:
    """Every language, each with the address of this page in it: the page's own, French, the browser's, the others."""
    preferred = request.accept_languages.best_match([one.html for one in LANGUAGES.values()])
    order = sorted(
        LANGUAGES.values(),
        key=lambda one: (one != current(), one is not FRENCH, one.html != preferred or one.is_french),
    )
    path = request.path if request.method in {"GET", "HEAD"} or opens(request.path) else parent(request.path)
    rest = [(name, value) for name, value in request.args.items(multi=True) if name != ASKED]
    return [(one, f"{path}?{urlencode([*rest, (ASKED, one.code)])}") for one in order]


def opens(path: str) -> bool:
    """True when the path can be opened, not only posted to."""
    try:
        current_app.url_map.bind("").match(path, method="GET")
    except HTTPException:
        return False
    return True


def parent(path: str) -> str:
    """The page that a form stands on: `/i/<code>` for `/i/<code>/garder`."""
    return "/".join(path.split("/")[:3])


def install(flask: Flask) -> None:
    babel = Babel(flask, locale_selector=lambda: current().locale)
    babel.domain_instance = Catalogues()
    # Flask-Babel's own take five times as long, and a page has eighty sentences. Jinja's stubs don't know the method.
    flask.jinja_env.install_gettext_callables(said, said_plural, newstyle=True)  # type: ignore[attr-defined]
    flask.jinja_env.policies["ext.i18n.trimmed"] = True
    flask.before_request(read_asked)
    flask.jinja_env.globals.update(spoken=current, languages_offered=offered, asked_language=asked)
