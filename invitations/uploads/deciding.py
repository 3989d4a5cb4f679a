"""What becomes of each row: create, update, unchanged, a question for a human, refused. Nothing is written here.

Saving decides again from the same cells: what the preview said may have been overtaken by another import.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from invitations.identity import contradicts, plain, same_names
from invitations.matching import Directory, Known, Match, people_with_any
from invitations.models import Verdict
from invitations.nir import Nir
from invitations.uploads.choices import Act, Choice
from invitations.uploads.comparing import (
    FILLED_BY_CONTACTS,
    FILLED_BY_FLOW,
    changes_of,
    disagree,
    new_nir,
    shown,
    together,
)
from invitations.uploads.doubts import Doubt
from invitations.uploads.headers import Field
from invitations.uploads.nir import HIDDEN
from invitations.uploads.people import Person, read_person
from invitations.uploads.standing import Standing, standing_of


class Row(NamedTuple):
    """A row of the file: its number there, its cells, and what an agent decided about it."""

    position: int
    cells: Mapping[Field, str]
    choice: Choice | None = None


# Keys of `ImportRow.reasons` that are no field: why the row as a whole, which other rows, which known people.
ROW, ROWS, CANDIDATES = "row", "rows", "candidates"
# Keys of `ImportRow.changes` that are no attribute of the person.
MEMBERSHIP, FOLLOW_UP, TAGS = "membership", "follow_up", "tags"


@dataclass(frozen=True, slots=True)
class Purpose:
    """Where people come in, and for what. `today` is the département's day."""

    department_id: int
    organisation_id: int
    category_id: int
    of_contact_file: bool
    of_flow: bool
    today: date
    keeps_nir: bool = False

    @property
    def fills_only(self) -> frozenset[str]:
        """What this kind of file is not believed about where something is known."""
        return FILLED_BY_CONTACTS if self.of_contact_file else FILLED_BY_FLOW if self.of_flow else frozenset()


@dataclass(slots=True)
class Decision:
    """One row and what becomes of it. `values`, `nir`: what to write on the person found."""

    position: int
    cells: Mapping[Field, str]
    person: Person
    doubts: dict[str, Doubt]
    choice: Choice | None = None
    verdict: Verdict = Verdict.CREATE
    why: Doubt | None = None
    rows: list[int] = field(default_factory=list)
    candidates: tuple[int, ...] = ()
    known: Known | None = None
    values: dict[str, Any] = field(default_factory=dict)
    changes: dict[str, list[str | None]] = field(default_factory=dict)
    nir: Nir | None = None
    added_tags: tuple[str, ...] = ()

    @property
    def reasons(self) -> dict[str, Any]:
        """As `ImportRow.reasons` keeps them."""
        found: dict[str, Any] = {where: doubt.value for where, doubt in self.doubts.items()}
        if self.why is not None:
            found[ROW] = self.why.value
        if self.rows:
            found[ROWS] = self.rows
        if self.candidates:
            found[CANDIDATES] = list(self.candidates)
        return found

    def settle(self, verdict: Verdict, why: Doubt | None = None, *, candidates: Collection[int] = ()) -> None:
        self.verdict, self.why, self.candidates = (
            verdict,
            why,
            tuple(sorted(candidates)),
        )  # as on every page: oldest first


def decide(session: Session, purpose: Purpose, rows: Iterable[Row]) -> list[Decision]:
    """A decision for each row, in order. The number of queries does not depend on the number of rows."""
    decisions = [_read(row, purpose) for row in rows]
    readable = [one for one in decisions if one.verdict is Verdict.CREATE]
    known = people_with_any(session, purpose.department_id, [one.person for one in readable])
    groups = _group(readable, known, purpose)
    found = [target for target in groups if target in known]
    standing = standing_of(session, found, organisation_id=purpose.organisation_id, category_id=purpose.category_id)
    for target, group in groups.items():
        _settle(group, known.get(target), standing, purpose)
    return decisions


def _read(row: Row, purpose: Purpose) -> Decision:
    cells: Mapping[Field, str] = row.cells
    if not purpose.keeps_nir:
        cells = {where: text for where, text in row.cells.items() if where != Field.NIR}
    person, doubts = read_person(cells, purpose.today, of_contact_file=purpose.of_contact_file)
    decision = Decision(row.position, row.cells, person, doubts, row.choice)
    if row.choice is not None and row.choice.act is Act.OUT:
        decision.settle(Verdict.LEFT_OUT)
    elif Doubt.NAME_MISSING in doubts.values():
        decision.settle(Verdict.REFUSED, Doubt.NAME_MISSING)
    elif not person.has_identifier:
        decision.settle(Verdict.REFUSED, Doubt.NO_IDENTIFIER)
    return decision


def _group(readable: list[Decision], known: Mapping[int, Known], purpose: Purpose) -> dict[int, list[Decision]]:
    """Rows by the person they are about: the id of one we know, or a negative number of our own for a new one."""
    of_department, of_file = Directory(), Directory()
    for one in known.values():
        of_department.add(one.id, one)
    groups: dict[int, list[Decision]] = defaultdict(list)
    for decision in readable:
        target = _target(decision, of_department, of_file, known, purpose)
        if target is None:
            continue
        of_file.add(target, decision.person)
        groups[target].append(decision)
    return groups


def _target(
    decision: Decision, of_department: Directory, of_file: Directory, known: Mapping[int, Known], purpose: Purpose
) -> int | None:
    if decision.choice is not None:
        chosen = decision.choice.person_id
        if decision.choice.act is Act.OTHER:
            return -decision.position
        if chosen in known:  # else they are gone since, and the question stands again
            return chosen
    match = _narrowed(_find(of_department, decision.person, purpose), decision.person, known)
    if match.ids and match.id is None:
        _ask(decision, match, known)
        return None
    if match.id is not None:
        return match.id
    beside = _find(of_file, decision.person, purpose)
    if beside.ids and beside.id is None:
        decision.rows = [-one for one in beside.ids if one < 0]
        decision.settle(Verdict.AMBIGUOUS, Doubt.CONFLICTING_ROWS, candidates=[one for one in beside.ids if one > 0])
        return None
    return beside.id if beside.id is not None else -decision.position


def _find(directory: Directory, person: Person, purpose: Purpose) -> Match:
    """The CNAF contact file is joined on the NIR, then the household (import.md); any list, by the rules of domain.md."""
    by_nir = directory.by_nir(person)
    if by_nir.ids:
        return by_nir
    household = directory.of_household(person) if purpose.of_contact_file else ()
    if not household:
        return directory.find(person)
    if not person.first_name:  # about a spouse, whom the file does not name
        return Match(household)
    namesakes = directory.namesakes(person, household)
    return Match(namesakes) if namesakes else Match(household, is_contradicted=True)


def _narrowed(match: Match, person: Person, known: Mapping[int, Known]) -> Match:
    """Of several, the one of the same names whom nothing contradicts, when two things at least tell every other apart.

    So a namesake whom an agent has once told apart is found again, and not asked about with every import.
    """
    if len(match.ids) < 2:
        return match
    possible = [one for one in match.ids if not contradicts(person, known[one])]
    if len(possible) == 1 and same_names(person, known[possible[0]]):
        return Match((possible[0],))
    return match


def _ask(decision: Decision, match: Match, known: Mapping[int, Known]) -> None:
    """A question for a human: which of them, or: is this really the one?"""
    if len(match.ids) > 1:
        why = Doubt.SEVERAL_PEOPLE
    else:
        found, person = known[match.ids[0]], decision.person
        why = (
            Doubt.SOMEBODY_ELSE
            if same_names(found, person) or not decision.cells.get(Field.HOLDER_LAST_NAME)
            else Doubt.NAMES_DIFFER
        )
    decision.settle(Verdict.AMBIGUOUS, why, candidates=match.ids)


def _settle(group: list[Decision], known: Known | None, standing: Standing, purpose: Purpose) -> None:
    if disagree([one.person for one in group], of_contact_file=purpose.of_contact_file):
        _ask_which_row(group, known)
        return
    first, *others = group
    first.person = together([one.person for one in group])
    for other in others:
        other.known = known
        other.rows = [first.position]
        other.settle(Verdict.UNCHANGED, Doubt.SAME_AS_ROW)
    if known is not None:
        _compare(first, known, standing, purpose)
    elif not (first.person.first_name and first.person.last_name):
        first.settle(Verdict.REFUSED, Doubt.NOT_IN_LIST)


def _ask_which_row(group: list[Decision], known: Known | None) -> None:
    """Two rows complete the same person with different values: neither is taken."""
    for one in group:
        one.rows = [other.position for other in group if other is not one]
        one.settle(Verdict.AMBIGUOUS, Doubt.CONFLICTING_ROWS, candidates=[known.id] if known else [])


def _compare(decision: Decision, known: Known, standing: Standing, purpose: Purpose) -> None:
    decision.known = known
    values, doubts = changes_of(known, decision.person, fills_only=purpose.fills_only)
    decision.values = values
    decision.doubts |= doubts
    is_elsewhere = known.id not in standing.members
    for name, new in values.items():
        # What another organisation wrote of the person is not shown to one that does not have them yet.
        decision.changes[name] = [None if is_elsewhere else shown(getattr(known, name)), shown(new)]
    decision.nir = new_nir(known, decision.person, fills_only=purpose.of_contact_file)
    if decision.nir is not None:
        decision.changes[Field.NIR] = [HIDDEN if known.nir_hash and not is_elsewhere else None, decision.nir.masked]
    decision.changes |= _joined(decision, known.id, standing)
    verdict = Verdict.UPDATE if decision.changes else Verdict.UNCHANGED
    decision.settle(verdict, Doubt.KNOWN_ELSEWHERE if is_elsewhere else None)


def _joined(decision: Decision, person_id: int, standing: Standing) -> dict[str, list[str | None]]:
    """What the person gets here besides: membership, follow-up, tags."""
    joined: dict[str, list[str | None]] = {}
    if not standing.members.get(person_id):
        joined[MEMBERSHIP] = ["archived" if person_id in standing.members else None, "active"]
    if person_id not in standing.followed:
        joined[FOLLOW_UP] = [None, "opened"]
    has = standing.tags.get(person_id, frozenset())
    decision.added_tags = tuple(label for label in decision.person.tags if plain(label) not in has)
    if decision.added_tags:
        joined[TAGS] = [None, ", ".join(decision.added_tags)]
    return joined
