"""What pages show of imports: the list, a batch, its rows a page at a time. A constant number of queries each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Row, func, or_, select
from sqlalchemy.orm import Session

from invitations.errors import NotFound
from invitations.models import (
    Agent,
    Category,
    CategorySettings,
    ImportBatch,
    ImportRow,
    ImportState,
    Organisation,
    Verdict,
)
from invitations.uploads.choices import Choice, choice_of
from invitations.uploads.columns import is_contact_file
from invitations.uploads.deciding import CANDIDATES, ROW, ROWS
from invitations.uploads.doubts import Doubt
from invitations.uploads.headers import Field
from invitations.uploads.people import LONGEST_NAME
from invitations.uploads.questions import NOBODY_SEEN, Beside, Candidate, candidates_seen, side_by_side

PAGE_SIZE = 50
MOST_BATCHES = 100
AT_WORK = frozenset({ImportState.READING, ImportState.JUDGING, ImportState.SAVING})

_NAMES = ((Field.FIRST_NAME, Field.LAST_NAME), (Field.HOLDER_FIRST_NAME, Field.HOLDER_LAST_NAME))


@dataclass(frozen=True, slots=True)
class BatchLine:
    """An import in the list. `agent` is None when it came from the command line."""

    id: int
    filename: str
    category: str
    agent: str | None
    state: ImportState
    created_at: datetime
    total: int
    counts: Mapping[Verdict, int]

    @property
    def is_at_work(self) -> bool:
        return self.state in AT_WORK


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the file and what becomes, or became, of it."""

    position: int
    verdict: Verdict
    name: str
    cells: Mapping[Field, str]
    changes: Mapping[str, Sequence[str | None]]
    doubts: Mapping[Field, Doubt]
    why: Doubt | None
    rows: Sequence[int]
    candidates: Sequence[Candidate]
    beside: Sequence[Beside]
    choice: Choice | None
    beneficiary_id: int | None

    @property
    def seen(self) -> Sequence[Candidate]:
        """The candidates whom the reader may compare and choose."""
        return [one for one in self.candidates if one.id is not None]


@dataclass(frozen=True, slots=True)
class Page:
    lines: Sequence[Line]
    number: int
    pages: int


def latest_category(session: Session, organisation_id: int) -> int | None:
    """The category of the organisation's last import; null when it has made none."""
    return session.scalar(
        select(ImportBatch.category_id)
        .where(ImportBatch.organisation_id == organisation_id)
        .order_by(ImportBatch.created_at.desc(), ImportBatch.id.desc())
        .limit(1)
    )


def batches(session: Session, organisation_ids: Collection[int]) -> list[BatchLine]:
    """The latest imports of these organisations, newest first."""
    query = (
        select(
            ImportBatch.id,
            ImportBatch.filename,
            Category.name.label("category"),
            Agent.first_name,
            Agent.last_name,
            ImportBatch.state,
            ImportBatch.created_at,
            ImportBatch.total,
        )
        .join(Category, Category.id == ImportBatch.category_id)
        .outerjoin(Agent, Agent.id == ImportBatch.agent_id)
        .where(ImportBatch.organisation_id.in_(organisation_ids))
        .order_by(ImportBatch.created_at.desc(), ImportBatch.id.desc())
        .limit(MOST_BATCHES)
    )
    found = session.execute(query).all()
    counts = counts_of(session, [row.id for row in found])
    return [
        BatchLine(
            id=row.id,
            filename=row.filename,
            category=row.category,
            agent=f"{row.first_name} {row.last_name}" if row.first_name else None,
            state=row.state,
            created_at=row.created_at,
            total=row.total,
            counts=counts[row.id],
        )
        for row in found
    ]


def batch_seen_by(session: Session, batch_id: int, organisation_ids: Collection[int]) -> ImportBatch:
    """The import, if it is one of these organisations'. Raises NotFound."""
    batch = session.scalar(
        select(ImportBatch).where(ImportBatch.id == batch_id, ImportBatch.organisation_id.in_(organisation_ids))
    )
    if batch is None:
        raise NotFound
    return batch


def counts_of(session: Session, batch_ids: Collection[int]) -> dict[int, dict[Verdict, int]]:
    """Rows by verdict, for each batch; a verdict nobody got is 0."""
    counts: dict[int, dict[Verdict, int]] = defaultdict(lambda: dict.fromkeys(Verdict, 0))
    query = (
        select(ImportRow.batch_id, ImportRow.verdict, func.count())
        .where(ImportRow.batch_id.in_(batch_ids))
        .group_by(ImportRow.batch_id, ImportRow.verdict)
    )
    for batch_id, verdict, count in session.execute(query):
        counts[batch_id][verdict] = count
    return counts


def page_of(
    session: Session,
    batch: ImportBatch,
    verdict: Verdict | None,
    number: int,
    organisation_ids: Collection[int],
    *,
    today: date,
) -> Page:
    """A page of rows, of one verdict or all; the nearest one that exists. Names of candidates only where visible."""
    matching = select(ImportRow).where(ImportRow.batch_id == batch.id)
    if verdict is not None:
        matching = matching.where(ImportRow.verdict == verdict)
    total = session.scalar(select(func.count()).select_from(matching.subquery())) or 0
    pages = max(1, -(-total // PAGE_SIZE))
    number = min(max(1, number), pages)
    wanted = matching.order_by(ImportRow.position).limit(PAGE_SIZE).offset((number - 1) * PAGE_SIZE)
    rows = session.execute(wanted.with_only_columns(*ImportRow.__table__.c)).all()
    people = candidates_seen(session, {one for row in rows for one in _people_of(row)}, organisation_ids)
    of_contact_file = is_contact_file(batch.columns.values())
    lines = [_line(row, people, of_contact_file=of_contact_file, today=today) for row in rows]
    return Page(lines, number, pages)


def refused(session: Session, batch: ImportBatch) -> list[tuple[int, Doubt]]:
    """The refused rows and why, by position: nothing personal, for the command line."""
    query = (
        select(ImportRow.position, ImportRow.reasons)
        .where(ImportRow.batch_id == batch.id, ImportRow.verdict == Verdict.REFUSED)
        .order_by(ImportRow.position)
    )
    return [(row.position, Doubt(row.reasons[ROW])) for row in session.execute(query)]


def target_of(session: Session, organisation: str, category_code: str) -> tuple[int, int]:
    """Ids of an organisation, said by name or id, and of a category that it handles. Raises NotFound, also for two of a name."""
    said = Organisation.name == organisation
    if organisation.isdecimal():
        said = or_(said, Organisation.id == int(organisation))
    query = (
        select(Organisation.id, Category.id)
        .join(CategorySettings, CategorySettings.organisation_id == Organisation.id)
        .join(Category, Category.id == CategorySettings.category_id)
        .where(said, Category.code == category_code, CategorySettings.closed_at.is_(None))
    )
    found = session.execute(query).all()
    if len(found) != 1:
        raise NotFound
    return found[0]


def _people_of(row: Row[tuple[object, ...]]) -> list[int]:
    return [*row.reasons.get(CANDIDATES, ()), *([row.beneficiary_id] if row.beneficiary_id else ())]


def _line(row: Row[tuple[object, ...]], people: Mapping[int, Candidate], *, of_contact_file: bool, today: date) -> Line:
    reasons = dict(row.reasons)
    why, rows, candidates = reasons.pop(ROW, None), reasons.pop(ROWS, []), reasons.pop(CANDIDATES, [])
    cells = {Field(name): text for name, text in row.cells.items() if name != Field.NIR}  # sealed, and never shown
    asked = [people.get(one, NOBODY_SEEN) for one in candidates]
    seen = [one for one in asked if one.id is not None]
    return Line(
        position=row.position,
        verdict=row.verdict,
        name=_name(cells),
        cells=cells,
        changes=row.changes,
        doubts={Field(name): Doubt(doubt) for name, doubt in reasons.items()},
        why=Doubt(why) if why else None,
        rows=rows,
        candidates=asked,
        beside=side_by_side(cells, seen, of_contact_file=of_contact_file, today=today) if seen else [],
        choice=choice_of(row.choice),
        beneficiary_id=row.beneficiary_id if row.beneficiary_id in people else None,
    )


def _name(cells: Mapping[Field, str]) -> str:
    """As the file writes it."""
    for first, last in _NAMES:
        if cells.get(first) or cells.get(last):
            return f"{cells.get(first, '')} {cells.get(last, '')}".strip()[: 2 * LONGEST_NAME]
    return ""
