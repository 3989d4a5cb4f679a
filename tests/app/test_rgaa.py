"""The audit file: every criterion of RGAA 4.1.2 once, and what it claims without a person is looked at here."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest

from app import rgaa
from app.rgaa import Audit, Conformity, Finding, conformity, rate
from tests.house.conftest import ROOT

# RGAA 4.1.2, thème by thème.
THEMES = {
    "Images": 9,
    "Cadres": 2,
    "Couleurs": 3,
    "Multimédia": 13,
    "Tableaux": 8,
    "Liens": 2,
    "Scripts": 5,
    "Éléments obligatoires": 10,
    "Structuration de l’information": 4,
    "Présentation de l’information": 14,
    "Formulaires": 13,
    "Navigation": 11,
    "Consultation": 12,
}
FOUND = {one.number: one.finding for one in rgaa.audit().criteria}


def test_every_criterion_is_there_once_and_in_order() -> None:
    wanted = [f"{theme}.{number}" for theme, most in enumerate(THEMES.values(), 1) for number in range(1, most + 1)]
    assert len(wanted) == 106
    assert [one.number for one in rgaa.audit().criteria] == wanted
    assert Counter(one.theme for one in rgaa.audit().criteria) == THEMES


def test_every_criterion_says_how_it_was_looked_at() -> None:
    for one in rgaa.audit().criteria:
        assert one.title, one.number
        assert one.how.endswith("."), one.number


def test_every_test_that_the_audit_names_exists() -> None:
    named = {path for one in rgaa.audit().criteria for path in re.findall(r"\btests/[\w/.]+\w", one.how)}
    assert named
    assert not {path for path in named if not (ROOT / path).exists()}


def counted(**found: int) -> Counter[Finding]:
    return Counter({Finding[name]: number for name, number in found.items()})


@pytest.mark.parametrize(
    ("found", "declared"),
    [
        (counted(CONFORMING=60, NOT_APPLICABLE=46), Conformity.FULL),
        (counted(CONFORMING=30, FAILING=30, NOT_APPLICABLE=46), Conformity.PARTIAL),
        (counted(CONFORMING=29, FAILING=31, NOT_APPLICABLE=46), Conformity.NONE),
        (counted(CONFORMING=59, FAILING=1, NOT_APPLICABLE=46), Conformity.PARTIAL),
    ],
)
def test_what_may_be_declared_follows_from_the_counts(found: Counter[Finding], declared: Conformity) -> None:
    assert conformity(found) is declared


def test_the_rate_counts_what_applies_and_waits_for_the_last_criterion() -> None:
    assert rate(counted(CONFORMING=30, FAILING=10, NOT_APPLICABLE=66)) == 0.75
    assert rate(counted(CONFORMING=105, NOT_TESTED=1)) is None
    assert rate(counted(NOT_APPLICABLE=106)) is None


def audited(**found: int) -> Audit:
    criteria = [
        rgaa.Criterion("1.1", "Images", "x", Finding[name], "y.")
        for name, number in found.items()
        for _ in range(number)
    ]
    return Audit(tuple(criteria), date(2026, 1, 31), "nous", "4.1.2", (), (), (), (), ())


def test_one_criterion_that_nobody_looked_at_and_nothing_may_be_declared() -> None:
    assert audited(CONFORMING=106).declared(date(2026, 2, 1)) is Conformity.FULL
    assert audited(CONFORMING=105, NOT_TESTED=1).declared(date(2026, 2, 1)) is Conformity.NONE


def test_an_audit_is_worth_three_years() -> None:
    last = date(2029, 1, 31) - timedelta(days=1)
    assert audited(CONFORMING=106).declared(last) is Conformity.FULL
    assert audited(CONFORMING=106).declared(last + timedelta(days=1)) is Conformity.NONE


# Proofs of what the file calls "non applicable" or "conforme" without anybody's eyes.

PAGES = [
    path
    for folder in ("public", "components", "layouts")
    for path in sorted((ROOT / "templates" / folder).rglob("*.html"))
    # The agents' own, and the mailbox, which exists on a demonstration alone.
    if path.name not in {"agents.html", "table.html", "pagination.html", "department_preview.html"}
    and not {"mailbox", "charts"} & set(path.parts)  # the demonstration's own; the agents' own
]
PAGES += sorted((ROOT / "templates" / "errors").glob("*.html"))
STYLE = (ROOT / "app" / "static" / "style.css").read_text()


def markup(path: Path) -> str:
    return re.sub(r"{#.*?#}", "", path.read_text(), flags=re.DOTALL)


def every(theme: str, *numbers: int) -> list[str]:
    return [f"{theme}.{number}" for number in numbers]


ABSENT = {
    "iframe|frame|object|embed": every("2", 1, 2),
    "video|audio|canvas|track": every("4", *range(1, 14)),
    "figure|figcaption|map|area": every("1", 6, 7, 8, 9),
    "blockquote|q": ["9.4"],
    "marquee|blink": every("13", 8),
}


@pytest.mark.parametrize(("tags", "numbers"), ABSENT.items())
def test_what_no_public_page_holds_does_not_apply(tags: str, numbers: list[str]) -> None:
    holding = [path.name for path in PAGES if re.search(rf"<({tags})\b", markup(path))]
    assert not holding, f"{tags}: these criteria apply now: {numbers}"
    assert {FOUND[number] for number in numbers} == {Finding.NOT_APPLICABLE}


def test_the_only_picture_is_a_decoration() -> None:
    """Criterion 1.2: an empty alternative, and neither a title nor another name."""
    pictures = [tag for path in PAGES for tag in re.findall(r"<img\b[^>]*>", markup(path))]
    assert len(pictures) == 1
    assert ' alt=""' in pictures[0]
    assert not re.search(r"\b(title|aria-\w+|role|longdesc)=", pictures[0])
    assert FOUND["1.2"] is Finding.CONFORMING
    assert {FOUND[number] for number in every("1", 1, 3, 6, 7, 8, 9)} == {Finding.NOT_APPLICABLE}


def test_what_is_drawn_is_a_decoration() -> None:
    """The bars of the public figures: their numbers stand beside them."""
    drawn = [tag for path in PAGES for tag in re.findall(r"<svg\b[^>]*>", markup(path))]
    assert drawn
    assert all('aria-hidden="true"' in tag for tag in drawn)


def test_every_table_has_a_caption_and_headers_with_their_scope() -> None:
    """Criteria 5.4, 5.6 and 5.7; none is complex, none is there for the layout."""
    tables = [one for path in PAGES for one in re.findall(r"<table\b.*?</table>", markup(path), re.DOTALL)]
    assert tables
    for one in tables:
        assert re.search(r"<table[^>]*>\s*<caption>", one)
        assert 'scope="row"' in one
        assert all("scope=" in tag for tag in re.findall(r"<th\b[^>]*>", one))
    assert {FOUND[number] for number in every("5", 4, 5, 6, 7)} == {Finding.CONFORMING}
    assert {FOUND[number] for number in every("5", 1, 2, 3, 8)} == {Finding.NOT_APPLICABLE}


def test_nothing_asks_to_prove_that_one_is_no_robot() -> None:
    assert not [path.name for path in PAGES if re.search(r"captcha", path.read_text(), re.IGNORECASE)]


def test_nothing_opens_another_window() -> None:
    """Criterion 13.2."""
    assert not [path.name for path in PAGES if re.search(r"\btarget=|window\.open|http-equiv", markup(path))]
    assert FOUND["13.2"] is Finding.CONFORMING


def test_nothing_is_downloaded_but_the_calendar() -> None:
    """Criteria 13.3 and 13.4."""
    documents = re.compile(r"\.(pdf|docx?|xlsx?|pptx?|od[tsp]|epub|rtf)\b|\sdownload\b", re.IGNORECASE)
    assert not [path.name for path in PAGES if documents.search(markup(path))]
    assert {FOUND[number] for number in every("13", 3, 4)} == {Finding.NOT_APPLICABLE}


def test_no_style_asks_for_an_orientation() -> None:
    """Criterion 13.9."""
    assert "orientation" not in STYLE
    assert FOUND["13.9"] is Finding.CONFORMING


def test_nothing_moves() -> None:
    """Criteria 13.7 and 13.8."""
    assert not re.search(r"@keyframes|animation|transition", STYLE)
    assert FOUND["13.7"] is Finding.CONFORMING


def test_nothing_appears_on_hover_or_focus_but_the_link_to_the_content() -> None:
    """Criteria 10.13, 10.14 and 12.11: what hides and shows is `.skip`; a check mark repeats what is checked."""
    shown = [
        rule
        for rule in re.findall(r"([^{}]+:(?:hover|focus)[^{}]*){([^}]*)}", STYLE)
        if re.search(r"\b(display|visibility|opacity|clip|inset|position|content)\b", rule[1])
    ]
    assert [rule[0].strip() for rule in shown] == [".skip:focus"]
    assert not [path.name for path in PAGES if re.search(r"<[a-z][^>]*\s(title|popover)=", markup(path))]


def test_no_key_is_a_shortcut() -> None:
    """Criterion 12.10."""
    assert not [path.name for path in PAGES if re.search(r"accesskey", markup(path))]


def test_there_is_nothing_to_search_with() -> None:
    """Criterion 12.5."""
    assert not [path.name for path in PAGES if re.search(r'type="search"|role="search"|<search', markup(path))]
