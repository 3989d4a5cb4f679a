"""Codes of links: nobody can guess one, the key's holder can print one again, the database alone opens nothing."""

from __future__ import annotations

import math
from base64 import urlsafe_b64decode

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given
from hypothesis import strategies as st

from invitations.codes import ALPHABET, LENGTH, Codes, fingerprint
from invitations.sealing import SealBroken
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


def test_what_is_kept_of_a_code_never_changes_its_form() -> None:
    """Releases to come must find what this one keeps; releases before kept the SHA-256 (FIPS 180-4, B.1)."""
    one, other = Codes("a" * 32), Codes("b" * 32)
    assert one.kept("abc") == "v1.6d947950.lfFKmo34Jcv3urij2aqvmnSnj4QMmW-36CLyWG4CX4I"
    plain = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert Codes("a" * 32, ["b" * 32]).every_kept("abc") == [one.kept("abc"), other.kept("abc"), plain]
    assert fingerprint("abc") == plain


def test_what_is_sealed_is_the_hash_and_the_standard_opens_it() -> None:
    """RFC 5297 by hand, from the secret alone: nothing hidden in our code would open it."""
    name, text = Codes(SECRET).kept("abc").removeprefix("v1.").split(".")
    key = HKDF(algorithm=SHA256(), length=64, salt=None, info=b"rdv links kept").derive(SECRET.encode())
    assert AESSIV(key).decrypt(urlsafe_b64decode(text + "="), None).hex() == fingerprint("abc")[:32]
    assert HKDF(algorithm=SHA256(), length=4, salt=None, info=b"rdv links name").derive(SECRET.encode()).hex() == name


@given(st.text(ALPHABET, min_size=LENGTH, max_size=LENGTH))
def test_what_is_kept_fits_its_column_and_is_found_again(code: str) -> None:
    assert len(Codes(SECRET).kept(code)) == 55
    assert Codes(SECRET).kept(code) == Codes(SECRET).kept(code)


@pytest.mark.parametrize(
    "kept", ["", "x" * 64, "v1.", "v1.00000000.x", "v1.{name}.", "v1.{name}.AAAA", "v1.{name}." + "A" * 43]
)
def test_what_was_tampered_with_is_told_and_never_opened(kept: str) -> None:
    codes = Codes(SECRET)
    with pytest.raises(SealBroken):
        codes.renewed(kept.replace("v1.{name}", codes.prefixes[0]))


@given(st.lists(st.sampled_from(["print", "change", "renew", "forget"]), max_size=14))
def test_every_code_ever_printed_opens_whatever_became_of_the_keys(history: list[str]) -> None:
    """As long as everything was renewed before a key was forgotten. Codes of before `v1` are among them."""
    keys, number = ["key 0 of thirty-two characters, or more"], 1
    printed, table = {"of before"}, {fingerprint("of before")}
    for act in history:
        codes = Codes(keys[0], keys[1:])
        if act == "print":
            printed.add(codes.derive("invitation", number))
            table.add(codes.kept(codes.derive("invitation", number)))
        elif act == "change":
            keys = [f"key {number} of thirty-two characters, or more", *keys]
        else:
            table = {codes.renewed(one) for one in table}
            keys = keys[:1] if act == "forget" else keys
        number += 1
    codes = Codes(keys[0], keys[1:])
    assert all(table & set(codes.every_kept(code)) for code in printed)
    assert len(table) == len(printed)
