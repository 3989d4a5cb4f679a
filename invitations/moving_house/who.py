"""Who a line is about: somebody known here, by our own identifier or by the rules of matching; else somebody new."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from invitations.matching import Directory, chunks, people_with_any
from invitations.models import Beneficiary
from invitations.moving_house import details
from invitations.moving_house.columns import IDENTITY, Column, Refused, Trouble
from invitations.moving_house.details import Details
from invitations.moving_house.lines import Line
from invitations.moving_house.setting import Setting
from invitations.uploads.columns import clean
from invitations.uploads.doubts import Doubt
from invitations.uploads.people import Person, read_person

# What is known of a value all the same: the line goes on with it.
_TO_KNOW = frozenset({Doubt.SEVERAL_PHONES, Doubt.SEVERAL_EMAILS, Doubt.EMAIL_ACCENTS, Doubt.NAME_MISSING})
_EXACT = "exact"
# Below it: ids of people of other départements of this installation. No file has so many lines.
ELSEWHERE = -(10**12)


@dataclass(slots=True)
class Somebody:
    """A line, and the person it describes. `id`: of somebody known; negative: of the first new line about them."""

    line: Line
    person: Person
    details: Details
    id: int = 0

    @property
    def uid(self) -> str:
        return str(self.details.get("person", ""))[:36]


def read(line: Line, setting: Setting) -> Somebody:
    """Raises Refused."""
    told = details.read(line[Column.DETAILS])
    person, doubts = person_of(line, setting)
    if set(doubts.values()) - _TO_KNOW:
        line.troubles.append(Trouble.CELL_LEFT_OUT)
    person = _exactly(person, told)
    if not (person.first_name and person.last_name):
        raise Refused(Trouble.NO_NAME)
    found = Somebody(line, person, told)
    if not (person.has_identifier or found.uid):
        raise Refused(Trouble.NO_IDENTIFIER)
    return found


def person_of(line: Line, setting: Setting) -> tuple[Person, dict[str, Doubt]]:
    """As an import reads those columns."""
    cells = {field: text for column, field in IDENTITY.items() if (text := clean(field, line[column]))}
    return read_person(cells, setting.today, of_contact_file=False)


def _exactly(person: Person, told: Details) -> Person:
    """With what reading the columns would have changed or lost."""
    try:
        exact = {name: details.attribute(name, value) for name, value in dict(told.get(_EXACT, {})).items()}
        return replace(person, **exact)
    except (ValueError, TypeError, KeyError) as error:
        raise Refused(Trouble.DETAILS_UNREADABLE) from error


def find(session: Session, setting: Setting, those: Sequence[Somebody]) -> list[Somebody]:
    """Those of whom it is clear who they are, with their `id`. Troubles are noted on the lines of the others."""
    known = people_with_any(session, setting.department_id, [one.person for one in those], everybody=True)
    uids = _uids(session, setting, [one.uid for one in those if one.uid], list(known))
    by_uid = {uid: found for found, uid in uids.items()}
    directory = Directory()
    for person in known.values():
        directory.add(person.id, person)
    clear = []
    for one in those:
        try:
            one.id = by_uid.get(one.uid) or _matched(directory, one, uids, setting) or -one.line.number
            if one.id < ELSEWHERE:
                raise Refused(Trouble.ELSEWHERE)
        except Refused as refusal:
            one.line.troubles.append(refusal.why)
            continue
        if one.id < 0 and one.uid:
            by_uid[one.uid] = one.id
        elif one.id < 0:
            directory.add(one.id, one.person)
        clear.append(one)
    return clear


def _matched(directory: Directory, one: Somebody, uids: dict[int, str], setting: Setting) -> int | None:
    """Somebody known by another identifier of ours that stands in the same file is somebody else."""
    match = directory.find(one.person)
    ids = [found for found in match.ids if not (one.uid and uids.get(found) in setting.listed)]
    if len(ids) > 1:
        raise Refused(Trouble.SEVERAL_PEOPLE)
    if ids and match.is_contradicted:
        raise Refused(Trouble.SOMEBODY_ELSE)
    return ids[0] if ids else None


def _uids(session: Session, setting: Setting, uids: list[str], ids: list[int]) -> dict[int, str]:
    """Identifiers of ours by the id of the person."""
    query = select(Beneficiary.id, Beneficiary.uid, Beneficiary.department_id)
    found: dict[int, str] = {}
    for some in chunks(uids):
        for row in session.execute(query.where(Beneficiary.uid.in_(some))):
            found[row.id if row.department_id == setting.department_id else ELSEWHERE - row.id] = row.uid
    for others in chunks(ids):
        found |= {row.id: row.uid for row in session.execute(query.where(Beneficiary.id.in_(others)))}
    return found
