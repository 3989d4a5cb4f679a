"""What a password may not be, beyond its length and the names on the account."""

from __future__ import annotations

import pytest

from invitations.password_rules import Weakness, weakness


@pytest.mark.parametrize(
    "password",
    [
        "123qweasdzxc",  # the first of the list that is long enough
        "Unbelievable",
        "finalfantasy",
        "1qazxsw23edc",
        "ghbdtnghbdtn",
        "fyutkbyf2005",  # the 3,000th
        "T5T7ubxLTnBm",  # the 5,000th
    ],
)
def test_what_everybody_takes_is_refused(password: str) -> None:
    assert weakness(password, []) is Weakness.COMMON


@pytest.mark.parametrize("password", ["valence et romans", "unbelievable-17-tilleul", "correct cheval pile agrafe"])
def test_what_nobody_has_taken_before_is_let_pass(password: str) -> None:
    assert weakness(password, []) is None
