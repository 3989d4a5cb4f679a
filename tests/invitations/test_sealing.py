"""What is sealed can be read with the secret key, and by nobody else."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from invitations.sealing import SealBroken, Seals

KEY, OTHER = "k" * 32, "o" * 32
ADDRESS = "https://agenda.example/private-1f/été.ics"


@pytest.mark.parametrize("text", ["", "a", ADDRESS, "x" * 4000, "\0\n", "🗓"])
def test_what_was_sealed_opens(text: str) -> None:
    seals = Seals(KEY)
    assert seals.open(seals.seal(text, purpose="a"), purpose="a") == text


def test_the_text_stands_nowhere_in_it_and_no_two_are_alike() -> None:
    first, second = (Seals(KEY).seal(ADDRESS, purpose="a") for _ in range(2))
    assert first != second
    assert first.isascii()
    assert b"agenda" not in urlsafe_b64decode(first[2:])


def test_another_key_opens_nothing() -> None:
    with pytest.raises(SealBroken):
        Seals(OTHER).open(Seals(KEY).seal(ADDRESS, purpose="a"), purpose="a")


def test_another_purpose_opens_nothing() -> None:
    with pytest.raises(SealBroken):
        Seals(KEY).open(Seals(KEY).seal(ADDRESS, purpose="a"), purpose="b")


def test_after_a_change_of_key_what_was_sealed_before_still_opens() -> None:
    sealed = Seals(KEY).seal(ADDRESS, purpose="a")
    changed = Seals(OTHER, [KEY])
    assert changed.open(sealed, purpose="a") == ADDRESS
    with pytest.raises(SealBroken):
        Seals(KEY).open(changed.seal(ADDRESS, purpose="a"), purpose="a")


def test_what_an_old_key_sealed_is_sealed_anew_and_what_the_present_key_sealed_is_left_alone() -> None:
    old, changed = Seals(KEY).seal(ADDRESS, purpose="a"), Seals(OTHER, [KEY])
    new = changed.renewed(old, purpose="a")
    assert Seals(OTHER).open(new, purpose="a") == ADDRESS
    assert changed.renewed(new, purpose="a") == new
    with pytest.raises(SealBroken):
        Seals(OTHER).renewed(old, purpose="a")


def test_one_bit_changed_anywhere_breaks_it() -> None:
    sealed = urlsafe_b64decode(Seals(KEY).seal("abc", purpose="a")[2:])
    for place in range(len(sealed)):
        damaged = sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :]
        with pytest.raises(SealBroken):
            Seals(KEY).open("1." + urlsafe_b64encode(damaged).decode(), purpose="a")


@pytest.mark.parametrize("sealed", ["", "1.", "1.abc", "2.AAAA", "abc", "1." + "A" * 16, "1.é", "1.%%%%"])
def test_what_is_no_seal_is_refused_as_broken(sealed: str) -> None:
    with pytest.raises(SealBroken):
        Seals(KEY).open(sealed, purpose="a")


def test_the_way_of_sealing_is_the_one_that_is_written_down() -> None:
    """Done again here step by step: HKDF-SHA256 of the key, then AES-256-GCM, 12 bytes of nonce first."""
    sealed = urlsafe_b64decode(Seals(KEY).seal(ADDRESS, purpose="a")[2:])
    key = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"rdv sealed\0a").derive(KEY.encode())
    assert AESGCM(key).decrypt(sealed[:12], sealed[12:], b"a").decode() == ADDRESS


def test_a_broken_seal_says_nothing_of_what_was_in_it() -> None:
    with pytest.raises(SealBroken) as broken:
        Seals(OTHER).open(Seals(KEY).seal(ADDRESS, purpose="a"), purpose="a")
    assert str(broken.value) == ""
