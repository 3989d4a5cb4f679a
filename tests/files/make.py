"""Writes the lists of this folder: `python -m tests.files.make`. Invented people; the same person in every kind of file.

`departement.xls` needs xlwt, which nothing else needs: `pip install xlwt` beforehand, or keep the one that is there.
"""

from __future__ import annotations

import zipfile
from datetime import date, datetime
from importlib import import_module
from pathlib import Path
from xml.sax.saxutils import escape

HERE = Path(__file__).parent

HEADERS = (
    "N° Allocataire", "Civilité", "Nom bénéficiaire", "Prénom bénéficiaire", "Date de\nNaissance", "Adresse", "CP Ville",
    "Complément adresse", "Rôle", "ID IODAS\t", "PA", "NIR", "ID pôle Emploi", "Adresses\nMails", "N°\nTéléphones",
    "Structure", "DECISION ORIENTATION", "Revenus", "Tags",
)  # fmt: skip
# The NIR is impossible (month 99): planted so that tests can look for it where it must not be.
NIR = 1809926362123
PERSON = (
    "QK4711Z", "Monsieur", "Ferreira", "Luis", date(1980, 11, 21), "12 RUE DES TANNEURS", "26000 VALENCE ", None, "dem",
    8383, None, NIR, None, "luis@example.org", 639980001, "CMS", None, 987654, "Garage",
)  # fmt: skip
EMPTY_ROWS = 200

CONTACT_HEADERS = (
    "MATRICULE;ROLE PERSONNE;TYPE PERSONNE;NUMERO DEMANDE RSA;DATE DEMANDE RSA;DATE DEBUT DROITS - DEVOIRS;"
    "NOM RESPONSABLE DOSSIER;PRENOM RESPONSABLE DOSSIER;NUMERO TELEPHONE DOSSIER;NUMERO TELEPHONE 2 DOSSIER;"
    "ADRESSE ELECTRONIQUE DOSSIER;TAGS"
)
CONTACT = "QK4711Z;DEMANDEUR;MONSIEUR;1013473008;21/11/2025;01/02/2026;FERREIRA;LUIS;465710001;639980002;l.ferreira@example.fr;Garage"
WITH_NIR = (
    "QK4711Z;DEMANDEUR;MONSIEUR;1809926362123;1013473008;21/11/2025;01/02/2026;FERREIRA;LUIS;639980003;;un@example.fr;A",
    "QK4711Z;DEMANDEUR;MONSIEUR;1809926362456;1013473008;21/11/2025;01/02/2026;FERREIRA;LUIS;639980004;;deux@example.fr;B",
)


def make_xlsx() -> None:
    from openpyxl import Workbook
    from openpyxl.styles import PatternFill

    workbook = Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet.title = "ENTRETIENS PHYSIQUES"
    sheet.append(HEADERS)
    sheet.append([datetime(1980, 11, 21) if isinstance(cell, date) else cell for cell in PERSON])  # noqa: DTZ001
    for row in range(3, 3 + EMPTY_ROWS):
        for column in range(1, len(HEADERS) + 1):
            sheet.cell(row, column).fill = PatternFill("solid", fgColor="FFFF00")
    workbook.save(HERE / "departement.xlsx")


def make_ods() -> None:
    cells = "".join(_ods_cell(cell) for cell in PERSON)
    header = "".join(_ods_cell(cell) for cell in HEADERS)
    content = (
        '<?xml version="1.0" encoding="UTF-8"?><office:document-content'
        ' xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
        ' xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
        ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" office:version="1.2"><office:body>'
        f'<office:spreadsheet><table:table table:name="Liste"><table:table-row>{header}</table:table-row>'
        f"<table:table-row>{cells}</table:table-row></table:table></office:spreadsheet></office:body>"
        "</office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = (
        '<?xml version="1.0" encoding="UTF-8"?><manifest:manifest'
        ' xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/>'
        '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>'
    )
    with zipfile.ZipFile(HERE / "departement.ods", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", kind, zipfile.ZIP_STORED)
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", manifest)


def _ods_cell(cell: object) -> str:
    if cell is None:
        return "<table:table-cell/>"
    if isinstance(cell, date):
        return f'<table:table-cell office:value-type="date" office:date-value="{cell}"><text:p>{cell}</text:p></table:table-cell>'
    if isinstance(cell, int):
        return f'<table:table-cell office:value-type="float" office:value="{cell}"><text:p>{cell}</text:p></table:table-cell>'
    return f'<table:table-cell office:value-type="string"><text:p>{escape(str(cell))}</text:p></table:table-cell>'


def make_xls() -> None:
    xlwt = import_module("xlwt")

    workbook = xlwt.Workbook()
    sheet = workbook.add_sheet("Liste")
    day = xlwt.easyxf(num_format_str="DD/MM/YYYY")
    for column, (header, cell) in enumerate(zip(HEADERS, PERSON, strict=True)):
        sheet.write(0, column, header)
        if cell is not None:
            sheet.write(1, column, cell, *([day] if isinstance(cell, date) else []))
    workbook.save(str(HERE / "departement.xls"))


def make_texts() -> None:
    (HERE / "cnaf_contacts.csv").write_text(f"{CONTACT_HEADERS}\r\n{CONTACT}\r\n", newline="")
    with_nir = CONTACT_HEADERS.replace("TYPE PERSONNE;", "TYPE PERSONNE;NIR;")
    (HERE / "cnaf_contacts_with_nir.csv").write_text("\n".join((with_nir, *WITH_NIR, "")))


if __name__ == "__main__":
    make_xlsx()
    make_ods()
    make_texts()
    try:
        make_xls()
    except ImportError:
        print("departement.xls left as it is: xlwt is not installed")
