"""Lines that may be about one person, of both files, brought together: they are looked at and taken in with one another.

So a part is a small move of its own, in which everybody is met before their appointments; whoever stops between two loses nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field

from invitations.moving_house import details
from invitations.moving_house.columns import IDENTITY, Column, Refused
from invitations.moving_house.lines import Line
from invitations.moving_house.setting import Setting
from invitations.moving_house.who import person_of
from invitations.uploads.clusters import keys

Told = tuple[bool, Line]  # is it of people


@dataclass(slots=True)
class Together:
    """Which lines share a key with which: each is led by the first of those that it is joined to."""

    setting: Setting
    _first: dict[int, int] = field(default_factory=dict)  # hash of a key → line
    _leads: dict[int, int] = field(default_factory=dict)
    _known: dict[tuple[str, ...], list[int]] = field(default_factory=dict)  # hashes by identity: files repeat people

    def join(self, place: int, line: Line) -> None:
        found = {self.of(self._first.setdefault(one, place)) for one in self._keys(line)} | {place}
        lead = min(found)
        self._leads.update(dict.fromkeys(found - {lead}, lead))

    def of(self, place: int) -> int:
        lead = place
        while lead in self._leads:
            lead = self._leads[lead]
        if lead != place:
            self._leads[place] = lead  # the next one who asks is there at once
        return lead

    def _keys(self, line: Line) -> list[int]:
        said = tuple(line[column] for column in IDENTITY)
        if said not in self._known:
            person, _ = person_of(line, self.setting)
            self._known[said] = [hash(key) for key in keys(person)]
        uid: Hashable = ("uid", uid_of(line))
        return [*self._known[said], *([hash(uid)] if uid_of(line) else [])]


def uid_of(line: Line) -> str:
    """The identifier of ours that the line gives; none where our column can't be read, which is told later."""
    try:
        return str(details.read(line[Column.DETAILS]).get("person", ""))[:36]
    except Refused:
        return ""


def parts(
    people: Sequence[Line], meetings: Sequence[Line], setting: Setting, *, size: int
) -> Iterator[list[list[Told]]]:
    """Groups that belong together, in the order of their first lines, some `size` lines at a time."""
    told = [(True, line) for line in people] + [(False, line) for line in meetings]
    together = Together(setting)
    for place, (_, line) in enumerate(told):
        together.join(place, line)
    groups: dict[int, list[Told]] = defaultdict(list)
    for place, one in enumerate(told):
        groups[together.of(place)].append(one)
    part: list[list[Told]] = []
    for group in groups.values():
        part.append(group)
        if sum(map(len, part)) >= size:
            yield part
            part = []
    if part:
        yield part
