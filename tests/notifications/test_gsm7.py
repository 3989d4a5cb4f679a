"""Texts in the GSM-7 alphabet, and what they are billed as. `smsutil` reads the same standard and must agree."""

from __future__ import annotations

import pytest
import smsutil
from hypothesis import given, settings
from hypothesis import strategies as st

from notifications.gsm7 import BASIC, EXTENDED, is_gsm7, segments, to_gsm7

IN_THE_TABLE = st.sampled_from(sorted(BASIC | EXTENDED))


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("Inès à Die, où l’été commence", "Inès à Die, où l'été commence"),
        ("Ça, ça va", "Ça, ca va"),
        ("château, forêt, Drôme, août, Noël, maïs", "chateau, foret, Drome, aout, Noel, mais"),
        ("cœur, Œuvre", "coeur, OEuvre"),
        ("« bonjour »… – 20 °C", '" bonjour "... - 20 oC'),
        ("À Évreux, Ève", "A Évreux, Eve"),
        ("10\N{NO-BREAK SPACE}h\N{NARROW NO-BREAK SPACE}30", "10 h 30"),
        ("İpek Łukasz Đorđe Müller Ñandú", "Ipek Lukasz Dorde Müller Ñandu"),
        ("e\N{COMBINING ACUTE ACCENT}te\N{COMBINING ACUTE ACCENT}", "été"),
        ("{[€]}", "{[€]}"),
        ("Мария 你好 😀", "????? ?? ?"),
        ("zero\N{ZERO WIDTH SPACE}width", "zerowidth"),
        ("", ""),
    ],
)
def test_a_text_is_brought_into_the_alphabet_without_losing_its_words(written: str, sent: str) -> None:
    assert to_gsm7(written) == sent
    assert is_gsm7(to_gsm7(written))


@settings(deadline=None)  # the machine may be busy
@given(st.text())
def test_whatever_is_written_ends_in_the_alphabet_and_stays_there(written: str) -> None:
    sent = to_gsm7(written)
    assert is_gsm7(sent)
    assert to_gsm7(sent) == sent


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("a" * 152 + "€" + "a" * 152, 3),  # the escape does not fit the first segment's last place
        ("ô" * 70, 1),
        ("ô" * 71, 2),
        ("ô" * 134, 2),
        ("ô" * 135, 3),
        ("😀" * 35, 1),
        ("😀" * 36, 2),
        ("ç" + "a" * 69, 1),
    ],
)
def test_segments_are_counted_to_the_character(text: str, count: int) -> None:
    assert segments(text) == count


def by_smsutil(text: str) -> int:
    return len(smsutil.split(text).parts)


@settings(deadline=None)  # the machine may be busy
@given(st.text(IN_THE_TABLE, min_size=1, max_size=700))
def test_another_library_counts_the_same_segments_in_gsm7(text: str) -> None:
    assert segments(text) == by_smsutil(text)


@settings(deadline=None)  # the machine may be busy
@given(st.text(st.characters(max_codepoint=0xFFFF, exclude_categories=["Cs"]), min_size=1, max_size=400))
def test_another_library_counts_the_same_segments_outside_gsm7(text: str) -> None:
    assert segments(text + "ô") == by_smsutil(text + "ô")


@settings(deadline=None)  # the machine may be busy
@given(st.characters(exclude_categories=["Cs"]))
def test_another_library_agrees_on_what_is_in_the_alphabet(character: str) -> None:
    escape = "\x1b"  # the way to the extension table, no character of its own
    assert is_gsm7(character) == (smsutil.is_valid_gsm(character) and character != escape)
