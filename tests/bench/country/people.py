"""Who the people are: names by how often they are borne, ages, communes by their size, numbers out of Arcep's fictional ranges."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from pathlib import Path
from random import Random

import invitations
from invitations import communes, identity
from tests.bench.country.habits import DAY, HAS_EMAIL, HAS_LANDLINE, HAS_MOBILE, LANGUAGES
from tests.bench.country.moments import day_text, text_of

# Given names of women and of men, family names, syllables of those that no list holds. The most borne first; the n-th is borne
# 1/(n + 2) as often (Zipf-Mandelbrot), which is what INSEE's lists look like.
WOMEN, MEN, FAMILIES, SYLLABLES = (
    one.split() for one in Path(__file__).with_name("names.txt").read_text("utf-8").splitlines()
)
RARE = 0.45  # of the names, those that no list of the most borne holds
MOBILES, LANDLINES = "+336399", "+334657"  # 06 39 98 00 00 on; 04 65 71 00 00 on (Arcep, numbers for fiction)
AGES = ((18, 24, 0.04), (25, 29, 0.13), (30, 39, 0.28), (40, 49, 0.22), (50, 59, 0.21), (60, 69, 0.12))
STREETS = ["rue de la République", "rue des Lilas", "avenue Jean-Jaurès", "place de la Mairie", "chemin du Moulin"]
TOLD_TO = 2  # of three people, those of whom the internal id is known


@dataclass(frozen=True, slots=True)
class Person:
    """What the rest of a life depends on; the whole row is in the sheet."""

    id: int
    number: int
    first_name: str
    mobile: str | None
    phone: str | None
    email: str | None
    language: str
    entered: int


def zipf(many: int) -> list[float]:
    return list(accumulate(1 / (rank + 3) for rank in range(many)))


_WOMEN, _MEN, _FAMILIES = zipf(len(WOMEN)), zipf(len(MEN)), zipf(len(FAMILIES))
_LANGUAGES, _SHARES = tuple(LANGUAGES), list(accumulate(LANGUAGES.values()))


@cache
def homes(department: str) -> tuple[list[communes.Commune], list[float]]:
    """Communes with their weights. Nobody's populations are in the repository: Zipf's law, the prefecture first, the rest
    in an order drawn once."""
    listed = [one for one in communes.of_department(department) if one.postcodes]
    capital = capitals().get(department)
    Random(department).shuffle(listed)
    listed.sort(key=lambda one: one.name != capital)
    return listed, list(accumulate(1 / (rank + 1) for rank in range(len(listed))))


@cache
def capitals() -> dict[str, str]:
    file = Path(invitations.__file__).parent / "data" / "departments.csv"
    with file.open(encoding="utf-8") as lines:
        return {row["number"]: row["capital"] for row in csv.DictReader(lines)}


def family(drawn: Random) -> str:
    if drawn.random() < RARE:
        return "".join(drawn.choices(SYLLABLES, k=3)).capitalize()
    return drawn.choices(FAMILIES, cum_weights=_FAMILIES)[0]


def born(drawn: Random, now: int) -> int:
    """The day of birth, as a number of days since 1970."""
    youngest, oldest, _ = drawn.choices(AGES, [share for *_, share in AGES])[0]
    return now // DAY - int(drawn.uniform(youngest, oldest + 1) * 365.25)


def phone(drawn: Random) -> str | None:
    chance = drawn.random()
    if chance >= HAS_MOBILE + HAS_LANDLINE:
        return None
    stem, first = (MOBILES, 80_000) if chance < HAS_MOBILE else (LANDLINES, 10_000)
    return f"{stem}{first + drawn.randrange(10_000)}"


def columns() -> tuple[str, ...]:
    return (
        *("id", "uid", "department_id", "title", "first_name", "last_name", "birth_on", "email", "phone", "address"),
        *(
            "postcode",
            "city",
            "commune_insee",
            "affiliation_number",
            "role",
            "department_internal_id",
            "rights_opened_on",
        ),
        *(
            "language",
            "logistic_note",
            "needs",
            "first_name_key",
            "email_key",
            "search_key",
            "created_at",
            "updated_at",
        ),
    )


def invent(
    id_: int, number: int, department: tuple[int, str], drawn: Random, *, since: int, now: int
) -> tuple[tuple[object, ...], Person]:
    """The row of one more person, and who they are. `since`: the earliest moment at which they became known."""
    is_woman = drawn.random() < 0.53
    first_name = drawn.choices(WOMEN, cum_weights=_WOMEN)[0] if is_woman else drawn.choices(MEN, cum_weights=_MEN)[0]
    last_name, telephone, language = family(drawn), phone(drawn), drawn.choices(_LANGUAGES, cum_weights=_SHARES)[0]
    email = (
        f"{identity.squash(first_name)}.{identity.squash(last_name)}{id_}@example.org"
        if drawn.random() < HAS_EMAIL
        else None
    )
    listed, weights = homes(department[1])
    home = drawn.choices(listed, cum_weights=weights)[0]
    entered = since + int(drawn.random() * (now - since))
    known = {"affiliation_number": f"{id_:07d}", "department_internal_id": str(id_) if number % 3 < TOLD_TO else None}
    told = {"first_name": first_name, "last_name": last_name, "email": email, "phone": telephone, **known}
    row = (
        *(id_, f"b{id_:032x}", department[0], "madame" if is_woman else "monsieur", first_name, last_name),
        *(day_text(born(drawn, now)), email, telephone, f"{1 + drawn.randrange(90)} {drawn.choice(STREETS)}"),
        *(home.postcodes[0], home.name, home.code, known["affiliation_number"]),
        *("conjoint" if number % 5 == 0 else "demandeur", known["department_internal_id"]),
        *(day_text(entered // DAY - int(drawn.expovariate(1 / 40))), language, "", "[]"),
        *(identity.first_name_key(first_name), email, identity.search_key(**told), text_of(entered), text_of(entered)),
    )
    is_mobile = telephone is not None and telephone.startswith(MOBILES)
    return row, Person(id_, number, first_name, telephone if is_mobile else None, telephone, email, language, entered)
