"""The audit of the public pages: the 106 criteria of RGAA 4.1.2, how each was found, and what may be declared from it.

Auditors write `rgaa.csv` (a line a criterion) and `rgaa.toml` (when, by whom, on which pages, with what); the page
/accessibilite says what stands there, and nothing else. docs/accessibility.md tells how an audit is done.
"""

from __future__ import annotations

import csv
import tomllib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from pathlib import Path

from flask import Flask

from app.languages import N_, said
from app.runtime import runtime

HERE = Path(__file__).resolve().parent
CRITERIA, CIRCUMSTANCES = HERE / "rgaa.csv", HERE / "rgaa.toml"
# A declaration is worth three years at most (arrêté du 20 septembre 2019, RGAA 4.1, "Durée de validité").
YEARS_VALID = 3


class Finding(StrEnum):
    """What was found of a criterion; the values are the words of the file and of the page."""

    CONFORMING = "conforme"
    FAILING = "non conforme"
    NOT_APPLICABLE = "non applicable"
    NOT_TESTED = "non testé"


class Conformity(StrEnum):
    """What the law lets a service declare (décret 2019-768, article 5; RGAA 4.1, "État de conformité")."""

    FULL = "totalement conforme"
    PARTIAL = "partiellement conforme"
    NONE = "non conforme"


# The law wants these words on every page (décret 2019-768, article 5).
MENTIONS = {
    Conformity.FULL: N_("Accessibilité\N{NO-BREAK SPACE}: totalement conforme"),
    Conformity.PARTIAL: N_("Accessibilité\N{NO-BREAK SPACE}: partiellement conforme"),
    Conformity.NONE: N_("Accessibilité\N{NO-BREAK SPACE}: non conforme"),
}


@dataclass(frozen=True, slots=True)
class Criterion:
    """A criterion under its number ("3.2"), and how it was looked at."""

    number: str
    theme: str
    title: str
    finding: Finding
    how: str


@dataclass(frozen=True, slots=True)
class Audit:
    """What was found, and the circumstances. `by` and the lists are French sentences for the page."""

    criteria: tuple[Criterion, ...]
    on: date
    by: str
    version: str
    pages: tuple[str, ...]
    technologies: tuple[str, ...]
    environments: tuple[str, ...]
    tools: tuple[str, ...]
    barriers: tuple[str, ...]

    @property
    def counts(self) -> Counter[Finding]:
        return Counter(one.finding for one in self.criteria)

    @property
    def themes(self) -> list[tuple[str, list[Criterion]]]:
        """Each theme with its criteria, in the order of the reference."""
        found: dict[str, list[Criterion]] = {}
        for one in self.criteria:
            found.setdefault(one.theme, []).append(one)
        return list(found.items())

    def declared(self, on: date) -> Conformity:
        """What may be declared on a day: nothing but "non conforme" without a whole audit that is still valid."""
        if self.counts[Finding.NOT_TESTED] or on >= self.on.replace(year=self.on.year + YEARS_VALID):
            return Conformity.NONE
        return conformity(self.counts)


def conformity(counts: Counter[Finding]) -> Conformity:
    """All of the criteria that apply, half of them at least, or fewer."""
    good, bad = counts[Finding.CONFORMING], counts[Finding.FAILING]
    if not bad:
        return Conformity.FULL
    return Conformity.PARTIAL if good >= bad else Conformity.NONE


def rate(counts: Counter[Finding]) -> float | None:
    """The share, 0 to 1, of criteria that are met among those that apply; None while some are untested."""
    applying = counts[Finding.CONFORMING] + counts[Finding.FAILING]
    return counts[Finding.CONFORMING] / applying if applying and not counts[Finding.NOT_TESTED] else None


@cache
def audit() -> Audit:
    """The audit in the repository. Raises ValueError for a word that is no finding."""
    with CRITERIA.open(encoding="utf-8", newline="") as file:
        criteria = tuple(
            Criterion(row["critère"], row["thème"], row["intitulé"], Finding(row["état"]), row["constat"])
            for row in csv.DictReader(file)
        )
    told = tomllib.loads(CIRCUMSTANCES.read_text(encoding="utf-8"))
    lists = {name: tuple(told[name]) for name in ("pages", "technologies", "environments", "tools", "barriers")}
    return Audit(criteria, told["on"], told["by"], told["version"], **lists)


def today() -> date:
    return runtime().clock().date()


def mention() -> str:
    """What every page says of accessibility, in its language."""
    return said(MENTIONS[audit().declared(today())])


def of(criteria: Sequence[Criterion], finding: Finding) -> list[Criterion]:
    return [one for one in criteria if one.finding is finding]


def install(flask: Flask) -> None:
    flask.jinja_env.globals["accessibility_words"] = mention
