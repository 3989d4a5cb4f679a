"""One colour chosen, and what pages make of it: contrast by WCAG's formula, the hue kept, what can't work refused."""

from __future__ import annotations

from math import atan2, cos

import pytest
from hypothesis import given
from hypothesis import strategies as some

from invitations.department_colour import (
    BUTTON,
    DARK,
    LIGHT,
    TEXT,
    WHITE,
    Palette,
    check,
    contrast,
    lightness,
    palette,
    read,
    to_oklab,
)
from invitations.errors import ColourRefused
from notifications.render import html_of

COLOURS = some.integers(0, 0xFFFFFF).map("#{:06x}".format)


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        ("#000000", "#ffffff", 21.0),
        ("#ffffff", "#ffffff", 1.0),
        ("#767676", "#ffffff", 4.54),  # the lightest grey that passes AA on white
        ("#777777", "#ffffff", 4.48),  # the first that does not
        ("#595959", "#ffffff", 7.0),  # the lightest that passes AAA
        ("#ff0000", "#ffffff", 4.0),
        ("#0000ff", "#ffffff", 8.59),
        ("#00ff00", "#000000", 15.3),
        ("#ffff00", "#ffffff", 1.07),
    ],
)
def test_contrast_is_that_of_wcag(one: str, other: str, ratio: float) -> None:
    assert contrast(one, other) == contrast(other, one) == pytest.approx(ratio, abs=0.005)


@pytest.mark.parametrize(
    ("colour", "lab"),
    [
        ("#ffffff", (1.0, 0.0, 0.0)),
        ("#ff0000", (0.62796, 0.22486, 0.12585)),
        ("#00ff00", (0.86644, -0.23389, 0.17950)),
        ("#0000ff", (0.45201, -0.03246, -0.31153)),
    ],
)
def test_a_colour_in_oklab_is_that_of_css(colour: str, lab: tuple[float, float, float]) -> None:
    """Values of CSS Color 4's sample code."""
    assert to_oklab(colour) == pytest.approx(lab, abs=0.0005)


@given(COLOURS)
def test_whatever_was_chosen_can_be_read(colour: str) -> None:
    made = palette(colour)
    assert contrast(made.button, WHITE) >= BUTTON
    assert min(contrast(made.text, ground) for ground in (*LIGHT, made.pale)) >= TEXT
    assert min(contrast(made.dark, ground) for ground in (*DARK, made.dark_pale)) >= TEXT
    assert contrast(made.dark_ink, made.dark) >= TEXT
    assert contrast("#1d2433", made.pale) >= TEXT
    assert contrast("#e9edf4", made.dark_pale) >= TEXT


@given(COLOURS)
def test_a_darker_or_lighter_one_keeps_its_hue(colour: str) -> None:
    _, a, b = to_oklab(colour)
    if (a * a + b * b) ** 0.5 < 0.05:
        return  # a grey has no hue to keep
    made = palette(colour)
    for derived in (made.button, made.text, made.dark):
        _, here, there = to_oklab(derived)
        if (here * here + there * there) ** 0.5 > 0.02:
            assert cos(atan2(there, here) - atan2(b, a)) > 0.97, derived


def test_a_colour_that_works_is_used_as_it_is() -> None:
    assert palette("#0b5c6b").button == "#0b5c6b"
    assert palette("#6a1b9a").text == "#6a1b9a"


@pytest.mark.parametrize("colour", ["#ffffff", "#ffff00", "#fafafa", "#eeffee"])
def test_what_is_nearly_white_is_refused_with_its_ratio(colour: str) -> None:
    with pytest.raises(ColourRefused) as refused:
        check(colour)
    assert refused.value.details == {"ratio": contrast(colour, WHITE), "least": BUTTON}


@pytest.mark.parametrize("colour", ["#000000", "#ffcc00", "#95c11f", "#009fe3", "#e2001a", "#cccccc"])
def test_what_can_be_darkened_and_remain_itself_is_taken(colour: str) -> None:
    check(colour)
    assert lightness(palette(colour).button) <= lightness(colour)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("#0b5c6b", "#0b5c6b"),
        (" 0B5C6B ", "#0b5c6b"),
        ("#0BC", "#00bbcc"),
        ("", None),
        ("#0b5c6", None),
        ("red", None),
        ("#0b5c6b;}body{display:none", None),
        ("#0b5c6b\n", "#0b5c6b"),
        ("#" + "\N{ARABIC-INDIC DIGIT ZERO}" * 6, None),
    ],
)
def test_a_colour_is_written_in_six_digits_or_three(written: str, kept: str | None) -> None:
    assert read(written) == kept


def test_an_email_carries_the_same_button() -> None:
    made: Palette = palette("#ffcc00")
    assert f"background: {made.button}" in html_of("Objet", "Bonjour,", accent=made.button)
