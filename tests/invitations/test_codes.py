"""Codes of links: nobody can guess one, the key's holder can print one again, the database alone opens nothing."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from invitations.codes import ALPHABET, LENGTH, Codes, fingerprint
from tests.conftest import SECRET

ids = st.integers(1, 2**31)


def test_a_code_has_64_bits_at_least() -> None:
    assert LENGTH * math.log2(len(ALPHABET)) >= 64


def test_no_two_letters_look_alike() -> None:
    assert len(set(ALPHABET)) == len(ALPHABET)
    assert not set("0OIl") & set(ALPHABET)


@given(ids)
def test_a_code_is_made_of_its_alphabet_and_fits_an_address(subject: int) -> None:
    code = Codes(SECRET).derive("invitation", subject)
    assert len(code) == LENGTH
    assert set(code) <= set(ALPHABET)


@given(ids)
def test_a_reminder_prints_the_same_code_again(subject: int) -> None:
    assert Codes(SECRET).derive("invitation", subject) == Codes(SECRET).derive("invitation", subject)


def test_ten_thousand_codes_differ_and_use_the_whole_alphabet() -> None:
    codes = Codes(SECRET)
    made = [codes.derive("invitation", subject) for subject in range(1, 10_001)]
    assert len(set(made)) == 10_000
    for place in range(LENGTH):
        assert {code[place] for code in made} == set(ALPHABET)


@given(ids)
def test_an_invitation_and_an_appointment_of_the_same_number_have_different_codes(subject: int) -> None:
    codes = Codes(SECRET)
    assert codes.derive("invitation", subject) != codes.derive("participation", subject)


@given(ids)
def test_another_key_makes_other_codes(subject: int) -> None:
    other = "another secret key, of thirty-two characters or more"
    assert Codes(SECRET).derive("invitation", subject) != Codes(other).derive("invitation", subject)


def test_what_is_kept_of_a_code_is_its_sha256() -> None:
    assert fingerprint("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"  # FIPS 180-4, B.1
