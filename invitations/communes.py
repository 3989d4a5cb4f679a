"""The communes of France: their names, postcodes and positions, from a file of the repository (data/README.md).

Read at the first question, kept as lines of text and parsed one by one: 35,000 objects would take ten times the room.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

_FILE = Path(__file__).parent / "data" / "communes.csv"
_CODE = re.compile(r"\b(?:\d{5}|2[ab]\d{3})\b")
_NUMBER = re.compile(r"\((\d{2,3}|2[ab])\)")
_CEDEX = re.compile(r"\bcedex\b( \d+)?")
_ARTICLE_LAST = re.compile(r"^(.*)\((l['’]|le|la|les)\s*\)\s*$")
_SAINT = re.compile(r"\bsaint(?=e?\b)")
_DISTRICT = re.compile(r"\b(\d+)(?:er|eme|e)\b(?: arrondissement)?")
_FORMER_CODE = re.compile(r"(?<=\|)\d[\dab]\d{3} ")
_LETTERS = {0x153: "oe", 0x2019: "'"}  # the ligature, and the apostrophe of word processors
_APART = str.maketrans("-'/,.()", "       ")
# The communes that have districts with codes of their own, which people's addresses carry.
_DISTRICTS = {"75056": ("75101", "75120"), "13055": ("13201", "13216"), "69123": ("69381", "69389")}
# A few letters are the beginning of a hundred communes: a list that nobody reads.
NEAREST = 12


@dataclass(frozen=True, slots=True)
class Commune:
    """A commune, or a district of Paris, Lyon or Marseille. The position is where its town lies, in degrees.

    `is_estimated`: the middle of its neighbours instead, off by 5 km as a rule.
    """

    code: str
    name: str
    postcodes: tuple[str, ...]
    latitude: float | None
    longitude: float | None
    is_estimated: bool

    @property
    def department(self) -> str:
        """The number of its département: 26, 2A, 974."""
        return self.code[:3] if self.code.startswith(("97", "98")) else self.code[:2]


@lru_cache(maxsize=4096)
def get(code: str) -> Commune | None:
    """The commune of an INSEE code; for a former commune's, the one it has become part of."""
    row = _row(code)
    if row is None and code in _former():
        row = _row(_former()[code])
    return None if row is None else _parsed(_lines()[row])


def position(code: str) -> tuple[float, float] | None:
    """Latitude and longitude of a commune in degrees, or None when nobody knows."""
    found = get(code)
    if found is None or found.latitude is None or found.longitude is None:
        return None
    return found.latitude, found.longitude


def of_department(number: str) -> list[Commune]:
    """The communes of a département by name, their districts left out. "20" is the whole of Corsica."""
    numbers = ("2A", "2B") if number == "20" else (number,)
    rows = (_parsed(line) for one in numbers for line in _lines_from(one))
    return sorted((one for one in rows if not is_district(one.code)), key=lambda one: sorting(one.name))


def _lines_from(number: str) -> list[str]:
    """The lines of a département: their codes begin with its number."""
    return _lines()[bisect_left(_lines(), number) : bisect_left(_lines(), f"{number}Z")]


def sorting(name: str) -> str:
    """What puts names in order: accents and hyphens left out."""
    return _bare(name)


def is_district(code: str) -> bool:
    return any(first <= code <= last for first, last in _DISTRICTS.values())


def with_districts(code: str) -> list[str]:
    """The code of a commune and of its districts."""
    if code not in _DISTRICTS:
        return [code]
    first, last = _DISTRICTS[code]
    return [code, *(str(one) for one in range(int(first), int(last) + 1))]


def find(text: str, *, department: str | None = None) -> list[Commune]:
    """The communes that a text names: a name, a postcode, an INSEE code, or a name with one of these or its département.

    Case, accents, hyphens, "St" and "CEDEX" don't count; a former commune's name or code leads to today's. Of several,
    those of the département come alone when there are some. Empty when the text names none: `near` may help.
    """
    name, codes, number = _read(text)
    sets = [_of_code(code) for code in codes] + ([_holding(f"|{name}|")] if name else [])
    rows = set.intersection(*sets) if sets else set()
    return _narrowed(_narrowed(_communes(rows), number), department)


def near(text: str, *, department: str | None = None) -> list[Commune]:
    """The communes whose name begins with these words, else holds them; a few, for whoever asks "did you mean"."""
    name, _, number = _read(text)
    if len(name) < 2 or name.isdecimal():
        return []
    rows = _holding(f"|{name} ") or _holding(f"|{name}") or _holding(f" {name}")
    return _narrowed(_narrowed(_communes(rows), number), department)[:NEAREST]


def _narrowed(found: list[Commune], department: str | None) -> list[Commune]:
    """Those of the département, when there are some."""
    return [one for one in found if one.department == department] or found


def _read(text: str) -> tuple[str, list[str], str | None]:
    """The key of the name in a text, the five-character codes beside it, the département's number in brackets."""
    words = _CEDEX.sub(" ", text.strip().casefold())
    number = _NUMBER.search(words)
    words = _NUMBER.sub(" ", words)
    codes = [one.upper() for one in _CODE.findall(words)]
    words = _ARTICLE_LAST.sub(r"\2 \1", _CODE.sub(" ", words).strip())
    return " ".join(_plain(words).replace("|", " ").split()), codes, number[1].upper() if number else None


def _plain(words: str) -> str:
    """Lower case, no accent, no hyphen, "Saint" shortened, "Paris 1er Arrondissement" as "paris 1"."""
    return _DISTRICT.sub(r"\1", _SAINT.sub("st", _bare(words)))


def _bare(words: str) -> str:
    letters = unicodedata.normalize("NFD", words.casefold().translate(_LETTERS))
    return letters.encode("ascii", "ignore").decode().translate(_APART)


def _of_code(code: str) -> set[int]:
    """The rows of a postcode and of an INSEE code, today's or a former one."""
    rows = _holding(f"|{code}|")
    row = _row(code)
    row = _row(_former()[code]) if row is None and code in _former() else row
    return rows if row is None else rows | {row}


def _holding(words: str) -> set[int]:
    """The rows whose words hold these."""
    text = _words()
    found = set()
    at = text.find(words)
    while at >= 0:
        found.add(text.count("\n", 0, at))
        at = text.find(words, at + 1)
    return found


def _communes(rows: set[int]) -> list[Commune]:
    return [_parsed(_lines()[row]) for row in sorted(rows)]


def _parsed(line: str) -> Commune:
    code, name, postcodes, latitude, longitude, how, _ = line.split(";")
    return Commune(
        code=code,
        name=name,
        postcodes=tuple(postcodes.split()),
        latitude=float(latitude) if latitude else None,
        longitude=float(longitude) if longitude else None,
        is_estimated=how == "e",
    )


def _row(code: str) -> int | None:
    """The row of an INSEE code; rows are in the order of codes."""
    row = bisect_left(_lines(), f"{code};")
    return row if row < len(_lines()) and _lines()[row].startswith(f"{code};") else None


@cache
def _lines() -> list[str]:
    return _FILE.read_text(encoding="utf-8").splitlines()


@cache
def _words() -> str:
    """Each row's name, postcodes and former names between bars, in plain letters: one text, searched as a whole."""
    rows = (line.split(";") for line in _lines())
    text = "\n".join(f"|{row[1]}|{row[2].replace(' ', '|')}|{row[6]}|" for row in rows)
    return _FORMER_CODE.sub("", _plain(text))


@cache
def _former() -> dict[str, str]:
    """Today's code of each former commune."""
    return {old[:5]: line[:5] for line in _lines() for old in line.rsplit(";", 1)[1].split("|") if old}
