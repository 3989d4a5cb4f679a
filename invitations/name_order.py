"""The order of names, in which capitals and accents don't count: Éluard stands between Diop and Faure, on both engines."""

from __future__ import annotations

from typing import Any
from unicodedata import normalize

from sqlalchemy import String
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

# Every Latin letter with an accent, small and capital (PostgreSQL's `lower` leaves accented capitals in some locales), and
# the ligatures of French.
_LETTERS = {chr(code): normalize("NFD", chr(code))[0].lower() for code in range(0xC0, 0x180)}
_FOLDED = {letter: plain for letter, plain in _LETTERS.items() if plain.isascii()}
_FOLDED |= {chr(0x153): "o", chr(0x152): "o", chr(0xE6): "a", chr(0xC6): "a"}
ACCENTED, PLAIN = "".join(_FOLDED), "".join(_FOLDED.values())
SQLITE_NAME = "name_order"
_TABLE = str.maketrans(ACCENTED, PLAIN)


class Ordered(FunctionElement[str]):
    """A column of names as it is put in order: `Ordered(Beneficiary.last_name)`."""

    type = String()
    name = SQLITE_NAME
    inherit_cache = True


def in_python(name: str | None) -> str | None:
    """What SQLite calls, under SQLITE_NAME."""
    return None if name is None else name.lower().translate(_TABLE)


def in_postgresql(column: str) -> str:
    """What PostgreSQL computes, word for word in queries and in an index: only then does it look into the index."""
    return f"translate(lower({column}), '{ACCENTED}', '{PLAIN}')"


@compiles(Ordered)
def ordered(element: Ordered, compiler: Any, **options: Any) -> str:
    column = compiler.process(element.clauses, **options)
    return f"{SQLITE_NAME}({column})" if compiler.dialect.name == "sqlite" else in_postgresql(column)
