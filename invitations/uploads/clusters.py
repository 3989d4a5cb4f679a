"""Rows that may be about one person, brought together: a long list is judged and saved in parts, and none parts them."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from invitations.identity import first_name_key, squash
from invitations.matching import HOUSEHOLD, NIR, RULES
from invitations.uploads.headers import Field
from invitations.uploads.people import Person, read_person


@dataclass(slots=True)
class Clusters:
    """Asked about the rows one after the other; each gets the position of the first row it shares an identifier with."""

    today: date
    of_contact_file: bool
    _first: dict[int, int] = field(default_factory=dict)  # hash of a key → position
    _leads: dict[int, int] = field(default_factory=dict)  # position → an earlier one it was joined to

    def join(self, position: int, cells: Mapping[Field, str]) -> int:
        """The cluster of this row, as far as the rows before tell: exact for a flow, whose rows have one key each."""
        person, _ = read_person(cells, self.today, of_contact_file=self.of_contact_file)
        places = {self.of(self._first.setdefault(hash(key), position)) for key in keys(person)} or {position}
        lead = min(places)
        self._leads.update(dict.fromkeys(places - {lead}, lead))
        return lead

    def of(self, position: int) -> int:
        """The cluster that a cluster now belongs to."""
        while position in self._leads:
            position = self._leads[position]
        return position


def clustered(
    rows: Iterable[tuple[int, Mapping[Field, str]]], clusters: Clusters
) -> list[tuple[int, Mapping[Field, str], int]]:
    """A whole list, each row with its cluster."""
    joined = [(position, cells, clusters.join(position, cells)) for position, cells in rows]
    return [(position, cells, clusters.of(cluster)) for position, cells, cluster in joined]


def keys(person: Person) -> Iterator[Hashable]:
    """What two rows about one person have in common, by the rules of `matching`: an identifier and a first name."""
    names = {first_name_key(person.first_name), squash(person.first_name)}
    for place, rule in enumerate(RULES):
        for key in rule.keys(person):
            if place in (NIR, HOUSEHOLD):
                yield place, key
            else:
                yield from ((place, key, name) for name in names)
