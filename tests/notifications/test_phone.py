"""Phone numbers as people and spreadsheets write them."""

from __future__ import annotations

import pytest

from notifications.phone import FICTIONAL, is_mobile, national, parse, several


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("06 39 98 01 02", "+33639980102"),
        ("06.39.98.01.02", "+33639980102"),
        ("06-39-98-01-02", "+33639980102"),
        ("Tél. : 06 39 98 01 02.", "+33639980102"),
        ("06 39 98 01 02 (mère)", "+33639980102"),
        ("'0639980102", "+33639980102"),
        ("+33 (0)6 39 98 01 02", "+33639980102"),
        ("0033639980102", "+33639980102"),
        ("33639980102", "+33639980102"),
        ("698943255", "+33698943255"),
        ("698943255.0", "+33698943255"),
        ("475000000", "+33475000000"),
        ("\N{LEFT-TO-RIGHT MARK}06\N{NO-BREAK SPACE}39\N{NO-BREAK SPACE}98 01 02", "+33639980102"),
        ("0690 12 34 56", "+590690123456"),
        ("0694 12 34 56", "+594694123456"),
        ("0696 12 34 56", "+596696123456"),
        ("0692 12 34 56", "+262692123456"),
        ("692123456", "+262692123456"),
        ("0269 60 12 34", "+262269601234"),
        ("0262 20 12 34", "+262262201234"),
        ("+32 470 12 34 56", "+32470123456"),
    ],
)
def test_a_number_is_understood_however_it_is_written(written: str, number: str) -> None:
    assert parse(written) == number


@pytest.mark.parametrize(
    "written",
    [
        "",
        "   ",
        "néant",
        "0000000000",
        "06 39 98 01",
        "06 39 98 01 02 03",
        "6,98943255E+08",
        "6.98943255E8",
        "1 80 33 12 345 678 90",
        "12345678901234",
        "+",
        "06 39 98 01 02 poste 3",
    ],
)
def test_what_is_no_number_is_never_guessed(written: str) -> None:
    assert parse(written) is None


@pytest.mark.parametrize("prefix", FICTIONAL)
def test_numbers_for_fiction_are_accepted(prefix: str) -> None:
    written = "0" + prefix.removeprefix("+33") + "0012"
    assert parse(written) == prefix + "0012"
    assert is_mobile(prefix + "0012") == (prefix == "+3363998")


@pytest.mark.parametrize(
    ("number", "mobile"),
    [
        ("+33698943255", True),
        ("+262692123456", True),
        ("+33475000000", False),
        ("+590590271234", False),
        ("+33937123456", False),  # a box, or a platform
        ("nothing", False),
    ],
)
def test_texts_go_to_mobiles_only(number: str, mobile: bool) -> None:
    assert is_mobile(number) is mobile


@pytest.mark.parametrize(
    ("cell", "numbers"),
    [
        ("04 75 00 00 00 / 06 39 98 01 02", ["+33639980102", "+33475000000"]),
        ("0475000000;639980102", ["+33639980102", "+33475000000"]),
        ("0475000000 0639980102", ["+33639980102", "+33475000000"]),
        ("04 75 00 00 00 06 39 98 01 02", ["+33639980102", "+33475000000"]),
        ("0475000000-0639980102", ["+33639980102", "+33475000000"]),
        ("06 39 98 01 02 - 04 75 00 00 00", ["+33639980102", "+33475000000"]),
        ("06 39 98 01 02\n04 75 00 00 00", ["+33639980102", "+33475000000"]),
        ("06 39 98 01 02 ou 06.39.98.01.02", ["+33639980102"]),
        ("04 75 00 00 00 (père) 06 39 98 01 02", ["+33639980102", "+33475000000"]),
        ("06 39 98 01 02", ["+33639980102"]),
        ("aucun", []),
        ("", []),
    ],
)
def test_a_cell_with_several_numbers_gives_them_all_mobile_first(cell: str, numbers: list[str]) -> None:
    assert several(cell) == numbers


def test_numbers_are_shown_as_people_write_them() -> None:
    assert national("+33475000000") == "04 75 00 00 00"
    assert national("+262692123456") == "0692 12 34 56"
    assert national("+32470123456") == "+32 470 12 34 56"
    assert national("3949") == "3949"
    assert national("") == ""
