"""Every template is used, every template that is named exists, and none breaks the rules of the house."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask

from tests.house.conftest import ROOT

FOLDER = ROOT / "templates"
TEMPLATES = sorted(str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*") if path.is_file())
# Messages have an environment of their own, and golden files; no content policy covers an email.
PAGES = [name for name in TEMPLATES if name.endswith(".html") and not name.startswith("messages/")]
# A name as it is written in Python or in another template: "public/booking/choose.html".
NAMED = re.compile(r"""["']([a-z0-9_\-{}./]+\.(?:html|txt|ics|j2|typ))["']""")


def written() -> str:
    files = [
        path
        for folder in ("app", "invitations", "notifications", "templates")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in {".py", ".html", ".txt", ".j2"} and path.is_file()
    ]
    text = "\n".join(path.read_text() for path in files)
    return re.sub(r"""["']\s*~\s*[\w.]+\s*~\s*["']""", "{part}", text)  # Jinja's "a/" ~ kind ~ ".html"


def test_every_template_is_used() -> None:
    """By its whole name, or by an f-string whose fixed parts fit it ("messages/{kind}/{channel}.txt")."""
    patterns = [re.compile(re.sub(r"\\\{.*?\\\}", ".+", re.escape(name)) + "$") for name in NAMED.findall(written())]
    # Messages are named from within their folder.
    names = {name: name.removeprefix("messages/") for name in TEMPLATES}
    unused = [name for name in names if not any(one.match(name) or one.match(names[name]) for one in patterns)]
    assert not unused


def test_every_template_that_is_named_exists() -> None:
    """`url_for("static", filename=…)` and names put together from parts are not templates' names."""
    named = {name for name in NAMED.findall(written()) if "/" in name and "{" not in name}
    folders = {name.split("/")[0] for name in TEMPLATES}
    assert not {name for name in named if name.split("/")[0] in folders} - set(TEMPLATES)


@pytest.mark.parametrize("name", PAGES)
def test_every_page_can_be_read(put_together: Flask, name: str) -> None:
    assert put_together.jinja_env.get_template(name)


@pytest.mark.parametrize("path", sorted((FOLDER / "components").glob("*.html")), ids=lambda path: path.name)
def test_a_component_is_one_macro_and_knows_no_request(path: Path) -> None:
    text = path.read_text()
    assert re.findall(r"{%-?\s*macro\s+(\w+)", text) == [path.stem]
    assert not re.search(r"\b(request|session|current_app|g)\.", text)


@pytest.mark.parametrize("name", PAGES)
def test_nothing_runs_or_is_styled_inline(name: str) -> None:
    """The content policy refuses it."""
    text = (FOLDER / name).read_text()
    assert not re.search(r"<[a-z][^>]*\s(style|on[a-z]+)=", text)
    assert not re.search(r"<script(?![^>]*\ssrc=)", text)
    assert "<style" not in text


@pytest.mark.parametrize("name", PAGES)
def test_what_people_wrote_is_always_escaped(name: str) -> None:
    """`|safe` only after a literal of the template's own, such as "<br>"."""
    text = re.sub(r"""(["'])[^"']*\1\s*\|\s*safe""", "", (FOLDER / name).read_text())
    assert not re.search(r"\|\s*safe|autoescape", text)


FORMS = re.compile(r"<form\b[^>]*>.*?</form>", re.DOTALL | re.IGNORECASE)


@pytest.mark.parametrize("name", [name for name in TEMPLATES if name.startswith("agents/")])
def test_every_form_of_the_agents_carries_a_token(name: str) -> None:
    bare = [
        form[:80]
        for form in FORMS.findall((FOLDER / name).read_text())
        if re.search(r'method="post"', form[: form.index(">")], re.IGNORECASE)
        and not re.search(r"csrf_token|hidden_tag", form)
    ]
    assert not bare
