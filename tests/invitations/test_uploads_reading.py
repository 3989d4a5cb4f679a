"""A file's bytes → rows of texts; a file that can't be a list is refused, and the process lives on."""

from __future__ import annotations

import io
import zipfile

import pytest

from invitations.errors import UploadRefused
from invitations.uploads import reading
from invitations.uploads.reading import Why, read
from tests.invitations.lists import FILES

HEADER = "Nom;Prénom;Téléphone"
ROW = "Lefèvre;Noémie;06 39 98 00 01"
ROWS = [(1, ["Nom", "Prénom", "Téléphone"]), (2, ["Lefèvre", "Noémie", "06 39 98 00 01"])]


def refusal(content: bytes, filename: str) -> Why:
    with pytest.raises(UploadRefused) as refused:
        read(content, filename)
    why: Why = refused.value.details["why"]
    return why


def archive(*parts: tuple[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in parts:
            made.writestr(name, content)
    return packed.getvalue()


def workbook(sheet: str) -> bytes:
    """The smallest .xlsx around this sheet."""
    types = "http://schemas.openxmlformats.org/package/2006"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"

    def relation(kind: str, target: str) -> bytes:
        return (
            f'<Relationships xmlns="{types}/relationships"><Relationship Id="rId1" Type="{office}/{kind}"'
            f' Target="{target}"/></Relationships>'
        ).encode()

    return archive(
        ("[Content_Types].xml", f'<Types xmlns="{types}/content-types"/>'.encode()),
        ("_rels/.rels", relation("officeDocument", "xl/workbook.xml")),
        ("xl/_rels/workbook.xml.rels", relation("worksheet", "worksheets/sheet1.xml")),
        (
            "xl/workbook.xml",
            f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets><sheet name="a" sheetId="1" r:id="rId1"/></sheets>'
            "</workbook>".encode(),
        ),
        ("xl/worksheets/sheet1.xml", f'<worksheet xmlns="{main}"><sheetData>{sheet}</sheetData></worksheet>'.encode()),
    )


@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_text_file_of_any_separator_and_encoding_is_read(separator: str, encoding: str, end: str) -> None:
    content = f"{HEADER}{end}{ROW}{end}".replace(";", separator).encode(encoding)
    assert read(content, "liste.csv")[0].rows == ROWS


def test_quotes_hold_separators_and_line_breaks() -> None:
    sheet = read(b'Nom;"Date de\nNaissance"\n"Roux; dit le Grand";01/02/1980', "LISTE.TXT")[0]
    assert sheet.rows == [(1, ["Nom", "Date de\nNaissance"]), (2, ["Roux; dit le Grand", "01/02/1980"])]


def test_the_first_line_that_excel_writes_for_itself_tells_the_separator() -> None:
    assert read(b"sep=,\nNom,Note\nRoux,a;b;c", "liste.csv")[0].rows[2] == (3, ["Roux", "a;b;c"])


def test_empty_rows_are_dropped_and_the_others_keep_their_number() -> None:
    assert read(b"Nom;Prenom\n\n;\nRoux;Ana\n ; \n", "liste.csv")[0].rows == [
        (1, ["Nom", "Prenom"]),
        (4, ["Roux", "Ana"]),
    ]


@pytest.mark.parametrize("kind", ["xlsx", "xls", "ods"])
def test_every_kind_of_workbook_reads_alike(kind: str) -> None:
    name = f"departement.{kind}"
    sheet = read((FILES / name).read_bytes(), name)[0]
    assert [number for number, _ in sheet.rows] == [1, 2]
    header, person = sheet.rows[0][1], sheet.rows[1][1]
    assert header[9].strip() == "ID IODAS"
    assert "Date de" in header[4]
    assert person[:5] == ["QK4711Z", "Monsieur", "Ferreira", "Luis", "1980-11-21"]
    assert (person[9], person[14]) == ("8383", "639980001")


def test_a_formula_is_the_text_it_shows() -> None:
    formula = '<row r="1"><c r="A1" t="str"><f>HYPERLINK("mailto:a@example.fr","a@example.fr")</f><v>a@example.fr</v></c></row>'
    assert read(workbook(formula), "liste.xlsx")[0].rows == [(1, ["a@example.fr"])]
    assert read(b'Nom\n"=HYPERLINK(""http://x"")"', "liste.csv")[0].rows[1] == (2, ['=HYPERLINK("http://x")'])


@pytest.mark.parametrize(
    ("content", "filename", "why"),
    [
        (b"", "liste.csv", Why.NO_FILE),
        (b"a" * (reading.LARGEST_FILE + 1), "liste.csv", Why.TOO_LARGE),
        (b"Nom;Prenom", "liste.pdf", Why.UNKNOWN_KIND),
        (b"Nom;Prenom", "liste", Why.UNKNOWN_KIND),
        (b"Nom;Prenom", "liste.xlsx", Why.NOT_WHAT_IT_SAYS),
        (b"<html><table>", "liste.xls", Why.NOT_WHAT_IT_SAYS),
        (b"%PDF-1.7\n", "liste.csv", Why.NOT_WHAT_IT_SAYS),
        (b"\x00\x01\x02", "liste.csv", Why.NOT_WHAT_IT_SAYS),
        (b"\x1f\x8b\x08Nom;Prenom", "liste.csv", Why.NOT_WHAT_IT_SAYS),
        (b"MZ;Nom;Prenom", "liste.txt", Why.NOT_WHAT_IT_SAYS),
        (archive(("word/document.xml", b"<w/>")), "liste.xlsx", Why.NOT_WHAT_IT_SAYS),
        (b"PK\x03\x04 and nothing more", "liste.xlsx", Why.UNREADABLE),
        (archive(("xl/workbook.xml", b"<nonsense")), "liste.xlsx", Why.UNREADABLE),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\xff" * 600, "liste.xls", Why.UNREADABLE),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
            "liste.xlsx",
            Why.ENCRYPTED,
        ),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_by_name(content: bytes, filename: str, why: Why) -> None:
    assert refusal(content, filename) is why


def test_a_workbook_renamed_as_text_is_refused() -> None:
    assert refusal((FILES / "departement.xlsx").read_bytes(), "departement.csv") is Why.NOT_WHAT_IT_SAYS
    assert refusal((FILES / "departement.ods").read_bytes(), "departement.xlsx") is Why.NOT_WHAT_IT_SAYS


def test_a_workbook_cut_short_is_refused() -> None:
    content = (FILES / "departement.xlsx").read_bytes()
    assert refusal(content[: len(content) // 2], "departement.xlsx") is Why.UNREADABLE


def test_an_archive_that_says_it_unpacks_to_too_much_is_refused() -> None:
    bomb = archive(("xl/workbook.xml", b"<x/>"), ("xl/worksheets/sheet1.xml", b" " * (reading.LARGEST_UNPACKED + 1)))
    assert len(bomb) < 1024 * 1024
    assert refusal(bomb, "liste.xlsx") is Why.SWOLLEN


def test_an_archive_that_lies_about_its_size_is_refused() -> None:
    size = reading.LARGEST_UNPACKED + 1
    bomb = archive(("xl/workbook.xml", b"<x/>"), ("xl/worksheets/sheet1.xml", b" " * size))
    lie = bomb.replace(size.to_bytes(4, "little"), (1000).to_bytes(4, "little"))
    assert refusal(lie, "liste.xlsx") is Why.SWOLLEN


def test_an_archive_of_thousands_of_parts_is_refused() -> None:
    parts = [(f"xl/part{number}.xml", b"") for number in range(reading.MOST_PARTS + 1)]
    assert refusal(archive(("xl/workbook.xml", b"<x/>"), *parts), "liste.xlsx") is Why.SWOLLEN


def test_two_cells_at_the_ends_of_the_sheet_do_not_bring_the_process_down() -> None:
    # The reader would allocate the rectangle between them: 16,384 × 1,048,576 cells, 512 GB.
    apart = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>2</v></c></row>'
    assert len(workbook(apart)) < 2500
    assert refusal(workbook(apart), "liste.xlsx") is Why.UNREADABLE


def test_a_list_of_too_many_rows_is_refused() -> None:
    assert refusal(b"Nom\n" + b"a\n" * (reading.MOST_ROWS + 1), "liste.csv") is Why.TOO_MANY_ROWS
