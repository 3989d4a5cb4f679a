"""What a secretary types in settings: lengths of time and hours, in the ways people write them."""

from __future__ import annotations

from datetime import time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict
from wtforms import Form

from app.agents import weekly_hours
from app.agents.length_field import LengthField
from app.agents.place_form import coordinates

MORNING, AFTERNOON = (time(9), time(12)), (time(14), time(17, 30))


class OneLength(Form):
    length = LengthField("Durée", [])


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("", ()),
        ("fermé", ()),
        ("9:00-12:00, 14:00-17:30", (MORNING, AFTERNOON)),
        ("9h-12h et 14h-17h30", (MORNING, AFTERNOON)),
        ("09h00 – 12h00 / 14h00 – 17h30", (MORNING, AFTERNOON)),
        ("de 9 h à 12 h puis de 14 h à 17 h 30", (MORNING, AFTERNOON)),
        ("9-12", (MORNING,)),
        ("9.00-12.00;14.00-17.30", (MORNING, AFTERNOON)),
    ],
)
def test_hours_are_read_as_people_write_them(text: str, hours: weekly_hours.Hours) -> None:
    assert weekly_hours.read(text) == hours


@pytest.mark.parametrize(
    "text", ["matin", "9", "9-", "12-9", "9-12, 11-14", "25:00-26:00", "9:75-12:00", "9-12,", "9--12"]
)
def test_hours_that_nobody_could_keep_are_refused(text: str) -> None:
    with pytest.raises(ValueError):
        weekly_hours.read(text)


def test_hours_are_read_again_as_they_are_shown() -> None:
    assert weekly_hours.read(weekly_hours.shown((MORNING, AFTERNOON))) == (MORNING, AFTERNOON)


@given(st.integers(0, 60 * 24 * 365))
def test_a_length_comes_back_as_it_was_shown_to_the_minute(minutes: int) -> None:
    shown = OneLength(data={"length": timedelta(minutes=minutes)}).length
    sent = OneLength(MultiDict([("length", shown.number), ("length", shown.unit)]))
    assert sent.validate()
    assert sent.length.data == timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("minutes", "number", "unit"),
    [(45, "45", "minutes"), (90, "90", "minutes"), (120, "2", "heures"), (2880, "2", "jours")],
)
def test_a_length_is_shown_in_the_biggest_unit_that_holds_it(minutes: int, number: str, unit: str) -> None:
    shown = OneLength(data={"length": timedelta(minutes=minutes)}).length
    assert (shown.number, shown.unit) == (number, unit)
    assert f"<option selected>{unit}</option>" in str(shown())


def test_what_was_typed_is_shown_back_harmlessly() -> None:
    sent = OneLength(MultiDict([("length", '"><b>'), ("length", "heures")]))
    assert not sent.validate()
    assert "<b>" not in str(sent.length())
    assert "&#34;&gt;&lt;b&gt;" in str(sent.length())


@pytest.mark.parametrize(
    ("text", "spot"),
    [
        ("44.9334, 4.8924", (44.9334, 4.8924)),
        ("44,9334 ; 4,8924", (44.9334, 4.8924)),
        ("-20.8789 55.4481", (-20.8789, 55.4481)),
        ("Valence", None),
        ("44.9334", None),
        ("44.9, 4.8, 3.2", None),
        ("95.0, 4.8", None),
        ("", None),
    ],
)
def test_coordinates_are_read_as_maps_write_them(text: str, spot: tuple[float, float] | None) -> None:
    assert coordinates(text) == spot
