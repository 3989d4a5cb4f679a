"""The PDF of letters: accessible, its address behind the window, the same bytes for the same facts, fast enough."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import date
from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader

from notifications.letters import (
    _UNPRINTABLE,
    Letter,
    Sheet,
    address_lines,
    isolated,
    pdf_of,
    printable,
    read_blocks,
)

ON = date(2026, 11, 24)
MM = 72 / 25.4
TEXT = """Bonjour Inès,

Le Département de la Drôme vous propose un rendez-vous pour faire le point ensemble sur votre situation.

## Pour choisir

[code]
Avec un téléphone : visez ce carré avec l’appareil photo.
Sur un autre appareil, même prêté : ouvrez rdv.drome.example/code et tapez ce code.

Quand :\tmardi 8 décembre à 9 h 00
Où :\t12 rue Latour-Maubourg, 26000 Valence

--
Nous utilisons vos coordonnées pour organiser ce rendez-vous.
"""
ARABIC = """مرحبا Inès،

اتصلوا بالرقم 04 75 00 00 00.

[code]
بالهاتف: صوّبوا الكاميرا نحو هذا المربع.

--
بياناتكم لهذا الموعد فقط.
"""
# The same alphabets that people's names and our catalogues are written with.
OTHERS = {
    "uk": "Доброго дня! Ґудзик, їжак, єнот, і ще: щ ю я.",  # noqa: RUF001
    "ru": "Здравствуйте! Объявление, ёлка, эхо.",
    "tr": "Günaydın! İstanbul, ığdır, çağrı, şöför.",
    "ro": "Bună ziua! Știință, țară, împreună, vârstă.",
    "fa-AF": "سلام! پنجشنبه، چهار، ژاله، گفتگو، کودک، یک.",
}


def letter(**changes: Any) -> Letter:
    values = {
        "department": "Département de la Drôme",
        "sender": ["Centre médico-social de Valence", "13 avenue Maurice Faure", "26000 Valence", "04 75 00 00 00"],
        "logo": b"",
        "accent": "#0b5c6b",
        "to": ["Madame Inès Bernard", "12 rue des Alpes", "26000 VALENCE"],
        "day": "Mardi 24 novembre 2026",
        "sheets": [Sheet("fr", False, "Choisissez votre rendez-vous", TEXT)],
        "url": "https://rdv.drome.example/i/Abc12345678",
        "code": "K7MX-4QPD",
    }
    return Letter(**values | changes)


def read(made: bytes) -> PdfReader:
    return PdfReader(BytesIO(made))


def structure(node: Any) -> list[str]:
    """The kinds of a document's structure, depth first, with the words that stand for a picture."""
    node = node.get_object() if hasattr(node, "get_object") else node
    if isinstance(node, list):
        return [kind for one in node for kind in structure(one)]
    if not isinstance(node, dict):
        return []
    own = [f"{node['/S']}{' ' + node['/Alt'] if '/Alt' in node else ''}"] if "/S" in node else []
    return own + structure(node.get("/K", []))


def test_it_is_tagged_as_pdf_ua_asks() -> None:
    """Typst refuses to make a document that does not hold; here is that it was asked to."""
    root = read(pdf_of([letter()], title="Choisissez votre rendez-vous", on=ON)).trailer["/Root"]
    metadata = root["/Metadata"].get_object().get_data().decode()
    assert "pdfuaid:part" in metadata
    assert "pdfaid:part" in metadata
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"].startswith("fr")
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    kinds = structure(root["/StructTreeRoot"])
    assert "/H1" in kinds
    assert "/H2" in kinds
    assert "/Figure Avec un téléphone : visez ce carré avec l’appareil photo." in kinds


def test_every_font_is_in_the_file() -> None:
    pages = read(
        pdf_of([letter(sheets=[*letter().sheets, Sheet("ar", True, "موعدكم", ARABIC)])], title="x", on=ON)
    ).pages
    descriptors = [
        one.get_object()["/DescendantFonts"][0].get_object()["/FontDescriptor"].get_object()
        for page in pages
        for one in page["/Resources"]["/Font"].values()
    ]
    assert descriptors
    assert all({"/FontFile2", "/FontFile3"} & set(one) for one in descriptors)


def placed(page: Any) -> list[tuple[float, float, str]]:
    """What stands on a page, each with its distance from the left and the top in millimetres."""
    found: list[tuple[float, float, str]] = []

    def remember(text: str, cm: list[float], tm: list[float], *_: Any) -> None:
        if text.strip():
            x = (tm[4] * cm[0] + cm[4]) / MM
            y = 297 - (tm[5] * cm[3] + cm[5]) / MM
            found.append((x, y, text.strip()))

    page.extract_text(visitor_text=remember)
    return found


def test_the_address_and_nothing_else_stands_behind_the_window() -> None:
    lines = address_lines("Madame Inès Bernard", "Bâtiment C, appartement 14\n12 rue des Alpes", "26000", "Valence")
    stood = placed(read(pdf_of([letter(to=lines)], title="x", on=ON)).pages[0])
    behind = [text for x, y, text in stood if 90 <= x <= 209 and 43 <= y <= 102]
    # The date stands in the lowest millimetres that a C5 window can ever show, and says nothing of the person.
    assert [one for one in behind if one != "Mardi 24 novembre 2026"] == lines
    assert all(109 <= x <= 190 and 57 <= y <= 79 for x, y, text in stood if text in lines)
    beside = [x for x, y, text in stood if y < 102 and text not in lines and text != "Mardi 24 novembre 2026"]
    assert max(beside) < 88


def test_every_letter_is_twelve_points_or_more() -> None:
    sizes: set[float] = set()
    page = read(pdf_of([letter()], title="x", on=ON)).pages[0]
    page.extract_text(
        visitor_text=lambda text, cm, tm, _font, size: (
            sizes.add(round(abs(size * tm[0] * cm[0]), 1)) if text.strip() else None
        )
    )
    assert min(sizes) >= 12


def test_an_address_is_folded_and_its_last_line_is_in_capitals() -> None:
    long = "Résidence des Trois Rivières, bâtiment B, escalier 4, porte 12, 128 avenue du Général de Gaulle"
    lines = address_lines("Madame Marie-Christine Dupont de la Tour-Maubourg", long, "26000", "Bourg-lès-Valence")
    assert lines[-1] == "26000 BOURG-LÈS-VALENCE"
    assert len(lines) == 5
    assert all(len(line) <= 38 for line in lines)


def test_the_same_facts_give_the_same_bytes() -> None:
    assert pdf_of([letter()], title="x", on=ON) == pdf_of([letter()], title="x", on=ON)
    assert pdf_of([letter()], title="x", on=ON) != pdf_of([letter(code="AAAA-AAAA")], title="x", on=ON)


def test_a_letter_begins_on_a_front_page() -> None:
    """A printer that uses both sides never puts two people on one sheet."""
    two = Sheet("ar", True, "موعدكم", ARABIC)
    letters = [
        letter(code="AAAA-AAAA"),
        letter(code="BBBB-BBBB", sheets=[*letter().sheets, two]),
        letter(code="CCCC-CCCC"),
    ]
    pages = [page.extract_text() for page in read(pdf_of(letters, title="x", on=ON)).pages]
    fronts = [next((code for code in ("AAAA", "BBBB", "CCCC") if code in page), "") for page in pages]
    assert fronts[:5] == ["AAAA", "", "BBBB", "BBBB", "CCCC"]


def test_what_is_too_long_goes_on_on_the_back_and_the_next_letter_on_another_sheet() -> None:
    long = letter(code="AAAA-AAAA", sheets=[Sheet("fr", False, "x", "Une phrase de plus.\n\n" * 60 + TEXT)])
    pages = [one.extract_text() for one in read(pdf_of([long, letter(code="BBBB-BBBB")], title="x", on=ON)).pages]
    assert "Une phrase de plus." in pages[1]
    assert next(at for at, page in enumerate(pages) if "BBBB" in page) % 2 == 0


def test_one_side_alone_leaves_nothing_empty() -> None:
    assert len(read(pdf_of([letter()] * 3, title="x", on=ON, both_sides=False)).pages) == 3


@pytest.mark.parametrize("html", OTHERS)
def test_every_language_of_ours_can_be_printed(html: str) -> None:
    sheet = Sheet(html, html == "fa-AF", OTHERS[html], f"{OTHERS[html]}\n\n[code]\n{OTHERS[html]}")
    assert len(read(pdf_of([letter(sheets=[*letter().sheets, sheet])], title="x", on=ON, both_sides=False)).pages) == 2


def test_whatever_is_called_printable_has_a_glyph() -> None:
    """PDF/A has no place for a character without one: a whole batch would not print."""
    every = [chr(one) for one in range(0x20, 0x2800) if not _UNPRINTABLE.match(chr(one))]
    lines = "\n\n".join("".join(every[first : first + 60]) for first in range(0, len(every), 60))
    assert pdf_of([letter(sheets=[Sheet("fr", False, "x", lines)])], title="x", on=ON)


@pytest.mark.parametrize(
    ("written", "printed"),
    [("Zoë 😀 Łukasz", "Zoë  Łukasz"), ("Ⅻ rue ﬁn", "XII rue fin"), ("名前", ""), ("tab\x00ou\x07", "tabou")],
)
def test_what_no_font_holds_is_brought_to_plain_letters_or_left_out(written: str, printed: str) -> None:
    assert printable(written) == printed


def test_nothing_that_somebody_wrote_is_taken_for_typesetting() -> None:
    nasty = '#let x = 1 \\ "quoted" $ _under_ *star* <a> @ref #panic("x") [x] {y} // z'
    made = pdf_of([letter(to=[nasty], sheets=[Sheet("fr", False, nasty, nasty)])], title=nasty, on=ON)
    assert '#panic("x")' in " ".join(read(made).pages[0].extract_text().split())


def test_numbers_and_latin_words_keep_their_direction_in_arabic() -> None:
    assert isolated("اتصلوا 04 75 00 00 00.") == "اتصلوا \u206604 75 00 00 00\u2069."
    assert isolated("المكان 12 rue Latour-Maubourg, 26000 Valence") == (
        "المكان \u206612 rue Latour-Maubourg, 26000 Valence\u2069"
    )


def test_the_text_is_read_as_it_is_marked() -> None:
    blocks, small = read_blocks(TEXT)
    assert [one["kind"] for one in blocks] == ["text", "text", "heading", "frame", "facts"]
    assert blocks[-1]["facts"][1] == ["Où :", "12 rue Latour-Maubourg, 26000 Valence"]
    assert small == ["Nous utilisons vos coordonnées pour organiser ce rendez-vous."]


def test_a_logo_stands_with_its_words() -> None:
    from PIL import Image

    drawn = BytesIO()
    Image.new("RGBA", (240, 80), "#0b5c6b").save(drawn, "PNG")
    page = read(pdf_of([letter(logo=drawn.getvalue())], title="x", on=ON))
    assert "/Figure Département de la Drôme" in structure(page.trailer["/Root"]["/StructTreeRoot"])


def test_two_hundred_letters_take_seconds() -> None:
    """60 s are allowed; it takes about one, on a machine that does other things besides."""
    many = [replace(letter(), code=f"AAAA-{number:04d}", url=f"https://x.example/i/{number}") for number in range(200)]
    begun = time.monotonic()
    made = pdf_of(many, title="x", on=ON)
    assert time.monotonic() - begun < 60
    assert len(read(made).pages) >= 399
