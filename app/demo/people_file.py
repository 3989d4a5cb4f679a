"""The list of 200 invented people of the Drôme that ships with the product, and the program that made it.

`python -m app.demo.people_file` writes `people.xlsx` again, the same each time. It is dirty the way real lists are:
lost zeros, couples who share a number, two duplicates, dates in six shapes, 300 formatted rows below. No one in it
exists: phones are ARCEP's fictional ones (notifications/phone.py), emails end in example.fr and example.org (RFC 2606).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random

from app.demo.invented import COMMUNES, LAST_NAMES, MEN, STREETS, TAGS, WOMEN

FILE = Path(__file__).with_name("people.xlsx")
PEOPLE = 200
EMPTY_ROWS = 300
SHEET = "BRSA à orienter"

HEADERS = (
    "N° CAF",
    "Civilité",
    "Nom bénéficiaire",
    "Prénom bénéficiaire ",
    "Date de\nNaissance",
    "Adresse",
    "CP Ville",
    "Code INSEE",
    "Rôle",
    "ID IODAS\t",
    "NIR",
    "ID pôle Emploi",
    "Adresses\nMails",
    "N°\nTéléphones",
    "Date ouverture\nde droits",
    "Structure",
    "Observations",
    "Tags",
)


@dataclass(slots=True)
class Someone:
    """One invented person, clean; the shapes of a dirty cell are given when the row is written."""

    is_woman: bool
    first_name: str
    last_name: str
    birth_on: date
    address: str
    commune: tuple[str, str, str]
    affiliation: str
    role: str
    internal_id: int
    email: str
    phone: str
    opened_on: date
    tags: str


Cells = list[object]


def people() -> list[Someone]:
    """The same 200 people each time; one in twelve lives with the one before."""
    random = Random(26)  # noqa: S311  (invented people, no secret)
    made: list[Someone] = []
    used: set[str] = set()
    while len(made) < PEOPLE:
        one = _someone(random, len(made), used)
        made.append(one)
        if len(made) % 12 == 0 and len(made) < PEOPLE:
            made.append(_spouse(random, len(made), one, used))
    return made


def _someone(random: Random, number: int, used: set[str]) -> Someone:
    is_woman = random.random() < 0.53
    first_name, last_name = _names(random, used, is_woman=is_woman)
    commune = random.choices(COMMUNES, weights=[share for *_, share in COMMUNES])[0]
    return Someone(
        is_woman=is_woman,
        first_name=first_name,
        last_name=last_name,
        birth_on=date(1964, 1, 1) + timedelta(days=random.randrange(39 * 365)),
        address=f"{random.randint(1, 120)} {random.choice(STREETS)}",
        commune=commune[:3],
        affiliation=f"{random.randint(200, 9_999_999):07d}",
        role="dem",
        internal_id=40_000 + 7 * number,
        email=_email(first_name, last_name, random) if random.random() < 0.72 else "",
        phone=_phone(random, number),
        opened_on=date(2026, 4, 1) + timedelta(days=random.randrange(200)),
        tags=random.choice(TAGS),
    )


def _spouse(random: Random, number: int, other: Someone, used: set[str]) -> Someone:
    """Same household: same affiliation number, internal id, phone and email; a first name of their own."""
    spouse = _someone(random, number, used)
    spouse.is_woman = not other.is_woman
    spouse.first_name, _ = _names(random, used, is_woman=spouse.is_woman)
    for shared in ("last_name", "address", "commune", "affiliation", "internal_id", "email", "phone", "opened_on"):
        setattr(spouse, shared, getattr(other, shared))
    spouse.role = "cjt"
    return spouse


def _names(random: Random, used: set[str], *, is_woman: bool) -> tuple[str, str]:
    while True:
        first_name, last_name = random.choice(WOMEN if is_woman else MEN), random.choice(LAST_NAMES)
        if f"{first_name} {last_name}" not in used:
            used.add(f"{first_name} {last_name}")
            return first_name, last_name


def _email(first_name: str, last_name: str, random: Random) -> str:
    letters = unicodedata.normalize("NFD", f"{first_name}.{last_name}".lower()).encode("ascii", "ignore").decode()
    return f"{letters.replace(' ', '').replace(chr(39), '')}@{random.choice(('example.fr', 'example.org'))}"


def _phone(random: Random, number: int) -> str:
    if random.random() < 0.06:
        return ""
    if random.random() < 0.05:
        return f"046571{number:04d}"
    return f"063998{number:04d}"


def rows() -> list[Cells]:
    """Every filled row below the header, dirty."""
    random = Random(38)  # noqa: S311  (the same)
    everyone = people()
    written = [_row(one, number, random) for number, one in enumerate(everyone)]
    # The same person twice, the second time with nothing new; then a person twice with two phones: a question.
    written.insert(90, list(written[41]))
    written.insert(150, _row(everyone[12], 12, random))
    written.extend(_troubles())
    return written


def _row(one: Someone, number: int, random: Random) -> Cells:
    return [
        _affiliation(one.affiliation, number),
        _title(one, number),
        one.last_name.upper() if number % 3 else one.last_name,
        one.first_name.upper() if number % 11 == 0 else f"{one.first_name} " if number % 9 == 0 else one.first_name,
        _day(one.birth_on, number),
        one.address.upper() if number % 4 == 0 else one.address,
        _town(one, number),
        one.commune[1],
        _role(one, number),
        one.internal_id,
        None,
        f"{2_600_000 + one.internal_id}K" if number % 3 == 0 and one.role == "dem" else None,
        _written_email(one, number),
        _written_phone(one, number, random),
        _day(one.opened_on, number + 3),
        "CMS",
        "à rappeler" if number % 17 == 0 else None,
        one.tags or None,
    ]


def _affiliation(number: str, row: int) -> object:
    """As Excel leaves it: zeros lost, zeros added, spaces."""
    shapes: tuple[object, ...] = (number, int(number), f"00{number}", f"{number[:3]} {number[3:]}", number)
    return shapes[row % len(shapes)]


def _title(one: Someone, row: int) -> str | None:
    if row % 14 == 0:
        return None
    return (("Mme", "Madame", "MME", "mme") if one.is_woman else ("M.", "Monsieur", "mr", "M"))[row % 4]


def _day(day: date, row: int) -> object:
    """A real date, its serial, French, ISO, with two digits, with dots."""
    shapes: tuple[object, ...] = (
        datetime(day.year, day.month, day.day),  # noqa: DTZ001  (a spreadsheet's date has no zone)
        (day - date(1899, 12, 30)).days,
        f"{day:%d/%m/%Y}",
        day.isoformat(),
        f"{day:%d/%m/%y}",
        f"{day:%d.%m.%Y}",
    )
    return shapes[(row * row + row // 2) % len(shapes)]


def _town(one: Someone, row: int) -> str:
    name, _, postcode = one.commune
    if row % 10 == 0:
        return f"{postcode} {name.upper()} CEDEX"
    return f"{postcode} {name.upper()} " if row % 2 else f"{postcode} {name}"


def _role(one: Someone, row: int) -> str:
    return (("dem", "DEM", "Demandeur") if one.role == "dem" else ("cjt", "CONJOINT(E)", "conjoint"))[row % 3]


def _written_email(one: Someone, row: int) -> str | None:
    if not one.email:
        return None
    if row == 57:
        return "hélène@example.fr"
    return one.email.upper() if row % 13 == 0 else one.email


def _written_phone(one: Someone, row: int, random: Random) -> object:
    """The zero lost, spaces, dots, +33, two numbers in a cell."""
    digits = one.phone
    if not digits:
        return None
    pairs = " ".join(digits[place : place + 2] for place in range(0, 10, 2))
    shapes: tuple[object, ...] = (
        int(digits), pairs, digits, f"+33{digits[1:]}", pairs.replace(" ", "."), f"046571{random.randint(5000, 9999)} / {digits}",
    )  # fmt: skip
    return shapes[row % len(shapes)]


def _troubles() -> Iterator[Cells]:
    """What an import must ask about or refuse, and say why."""
    blank: Cells = [None] * len(HEADERS)

    def row(**cells: object) -> Cells:
        named = dict(zip(HEADERS, blank, strict=True))
        places = {"last": HEADERS[2], "first": HEADERS[3], "phone": HEADERS[13], "email": HEADERS[12], "id": HEADERS[9]}
        named.update({places[name]: value for name, value in cells.items()})
        return list(named.values())

    yield row(last="DELORME", first="Sylvain")  # nothing to find him by
    yield row(last="MAURIN", phone=639989001)  # no first name
    yield row(last="Aubert", first="Lucie", id=49001, phone="06 39 98 90 02")
    yield row(last="Aubert", first="Lucie", id=49001, phone="06 39 98 90 03")  # which of the two numbers?
    yield row(last="Ponce", first="Denis", id=49002, phone="06 39 98", email="denis.ponce@example")  # both unreadable


def write(path: Path = FILE) -> None:
    """Write the workbook: header, people, formatted rows with nothing in them."""
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font, PatternFill

    workbook = Workbook()
    sheet = workbook.active
    assert sheet is not None  # noqa: S101  (a new workbook has a sheet)
    sheet.title = SHEET
    sheet.append(HEADERS)
    for cell in sheet[1]:
        cell.font, cell.alignment = Font(bold=True), Alignment(wrap_text=True, vertical="center")
    for cells in rows():
        sheet.append(cells)
    pale = PatternFill("solid", fgColor="F4F6F9")
    for number in range(sheet.max_row + 1, sheet.max_row + 1 + EMPTY_ROWS):
        for column in range(1, len(HEADERS) + 1):
            sheet.cell(number, column).fill = pale
    sheet.freeze_panes = "A2"
    workbook.properties.creator = "RDV au choix"
    workbook.properties.created = datetime(2026, 11, 1)  # noqa: DTZ001  (the same)
    workbook.save(path)


if __name__ == "__main__":
    write()
