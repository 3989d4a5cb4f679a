"""The PDF of reports: accessible, the same bytes for the same values, and no text of anybody is markup."""

from __future__ import annotations

from datetime import date
from io import BytesIO
from typing import Any

from pypdf import PdfReader

from notifications.reports import Facts, Heading, Picture, Points, Report, Table, Text, pdf_of, told
from tests.notifications.test_letters import structure

ON = date(2026, 11, 24)
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 20" font-family="Noto Sans">'
    '<text x="2" y="15" font-size="12">Écart +8</text></svg>'
)
NASTY = "#import $x$ *gras* <b> \\ 👍 Ⅻ @a = b"
REPORT = Report(
    title="80 personnes sur 100 vues par proposition",
    overline="Département de la Drôme",
    author="Département de la Drôme",
    footer="Relances d’automne",
    accent="#0b5c6b",
    parts=[
        Text("L’écart est compris entre +5 et +29.", kind="main"),
        Heading("Les chiffres"),
        Text(NASTY, lead="À savoir :"),
        Text("En petit.", kind="small"),
        Points(["un", NASTY]),
        Facts([("Catégorie", "RSA orientation"), (NASTY, "")]),
        Table("Personnes vues", ["Façon", "Vues"], [False, True], [["Invitation", "63"], [NASTY, "–"]]),
        Picture(SVG, "L’écart, en personnes vues", "Le point est l’écart observé."),
    ],
)


def test_it_is_tagged_as_pdf_ua_asks() -> None:
    root: Any = PdfReader(BytesIO(pdf_of(REPORT, on=ON))).trailer["/Root"]
    assert "pdfuaid:part" in root["/Metadata"].get_object().get_data().decode()
    assert root["/Lang"].startswith("fr")
    kinds = structure(root["/StructTreeRoot"])
    for kind in ("/H1", "/H2", "/Table", "/TH", "/L", "/Figure L’écart, en personnes vues"):
        assert kind in kinds


def test_what_anybody_wrote_is_printed_as_it_was_written() -> None:
    pages = PdfReader(BytesIO(pdf_of(REPORT, on=ON))).pages
    words = " ".join(pages[0].extract_text().split())
    assert words.count("#import $x$ *gras* <b> \\ XII @a = b") == 4
    assert "1 / 1" in words


def test_the_same_values_give_the_same_bytes() -> None:
    assert pdf_of(REPORT, on=ON) == pdf_of(REPORT, on=ON)


def test_every_part_is_told_with_its_kind() -> None:
    assert [one["part"] for one in told(REPORT)["parts"]] == [
        *("text", "heading", "text", "text", "points", "facts", "table", "picture")
    ]
