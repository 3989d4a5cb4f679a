"""A list of communes as somebody typed or pasted it: one a line, by name, postcode or INSEE code.

A line is settled when it names communes of the département without a doubt: one name, one INSEE code, or a postcode,
which means all of its communes. What is not settled comes back with what it may mean; nothing is guessed, nothing lost.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum, auto

from invitations import communes
from invitations.communes import Commune

_BETWEEN = re.compile(r"[\n\r;,]+")
_NUMBER = re.compile(r"\d{5}")


class Numbers(Enum):
    """What the five-digit numbers of a list are."""

    CODES = auto()
    POSTCODES = auto()
    EITHER = auto()


@dataclass(frozen=True, slots=True)
class OpenLine:
    """A line that is not settled, and the communes it may mean: none when nobody knows."""

    text: str
    candidates: tuple[Commune, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """The communes that the settled lines name, in their order and once each; the lines left open."""

    settled: tuple[Commune, ...]
    left_open: tuple[OpenLine, ...]


def read(text: str, department: str, *, chosen: Collection[str] = ()) -> Reading:
    """Read a list. A line that may mean one of the `chosen` codes means that."""
    settled: dict[str, Commune] = {}
    left_open = []
    lines = lines_of(text)
    numbers = reading_of_numbers(lines)
    for line in lines:
        named = named_by(line, department, numbers)
        maybe = named or within(communes.near(line, department=department), department)
        picked = [one for one in maybe if one.code in chosen] or (named if named and is_plain(line, named) else [])
        if picked:
            settled.update((one.code, one) for one in picked)
        else:
            left_open.append(OpenLine(line, tuple(maybe)))
    return Reading(tuple(settled.values()), tuple(left_open))


def lines_of(text: str) -> list[str]:
    """The lines that say something, once each; a cell of a spreadsheet next to another is on the same line."""
    lines = (" ".join(line.split()) for line in _BETWEEN.split(text))
    return list(dict.fromkeys(line for line in lines if line))


def reading_of_numbers(lines: list[str]) -> Numbers:
    """Many numbers are both a postcode and the code of another commune: those of the list that are one tell the others."""
    numbers = [line for line in lines if _NUMBER.fullmatch(line)]
    codes = [communes.get(one) is not None for one in numbers]
    postcodes = [is_postcode(one) for one in numbers]
    if all(codes) and not all(postcodes):
        return Numbers.CODES
    return Numbers.POSTCODES if all(postcodes) and not all(codes) else Numbers.EITHER


def is_postcode(number: str) -> bool:
    return any(number in one.postcodes for one in communes.find(number))


def named_by(line: str, department: str, numbers: Numbers) -> list[Commune]:
    """The département's communes that a line names."""
    found = within(communes.find(line, department=department), department)
    if not _NUMBER.fullmatch(line) or numbers is Numbers.EITHER:
        return found
    if numbers is Numbers.CODES:
        return [one for one in found if one == communes.get(line)]
    return [one for one in found if line in one.postcodes]


def is_plain(line: str, named: list[Commune]) -> bool:
    """True when the line names these without a doubt: a single one, or all those of a postcode."""
    return len(named) == 1 or all(line in one.postcodes for one in named)


def within(found: list[Commune], department: str) -> list[Commune]:
    """Those in the département; Corsica is one, with two numbers in its codes."""
    numbers = {"2A", "2B"} if department == "20" else {department}
    return [one for one in found if one.department in numbers]
