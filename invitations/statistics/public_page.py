"""What the public page, its file and its JSON read: published figures and nothing else. Five queries, whatever there is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer_group

from invitations.errors import NotFound
from invitations.models import Category, CategoryKind, Department, Mode, Organisation, Part, PublishedFigure, Span
from invitations.models.territory import LEGAL
from invitations.statistics import agreeing
from invitations.statistics.definitions import FEWEST_FOR_A_RATE, Proportion
from invitations.statistics.intervals import Interval
from invitations.statistics.public_tables import Step

QUARTERS = 8
_KINDS = list(CategoryKind)


@dataclass(frozen=True, slots=True)
class Line:
    """`reaching` of `people`. `name`: the organisation's, where the line is of one; `subject`: a mode, a step, an id, or ""."""

    part: Part
    span: Span
    starts_on: date
    subject: str
    name: str
    people: int | None
    reaching: int | None
    published_at: datetime
    corrected_at: datetime | None

    @property
    def is_hidden(self) -> bool:
        return self.people is None

    @property
    def has_rate(self) -> bool:
        """True where there are enough people for "of 100", and few enough unknown outcomes."""
        return self.reaching is not None and (self.people or 0) >= FEWEST_FOR_A_RATE

    @property
    def proportion(self) -> Proportion:
        return Proportion(self.reaching or 0, self.people or 0) if self.has_rate else Proportion(0, 0)

    @property
    def rate(self) -> float | None:
        return self.proportion.rate

    @property
    def interval(self) -> Interval | None:
        return self.proportion.interval

    @property
    def mode(self) -> Mode:
        return Mode(self.subject)

    @property
    def step(self) -> Step:
        return Step(self.subject)


@dataclass(frozen=True, slots=True)
class Subject:
    """One category, oldest first; `days`: within how many a first appointment counts."""

    category: Category
    days: int
    lines: tuple[Line, ...]

    @property
    def months(self) -> list[Line]:
        return self.of(Span.MONTH)

    @property
    def quarters(self) -> list[Line]:
        return self.of(Span.QUARTER)

    @property
    def longer(self) -> list[Line]:
        """Two years of quarters, then the years, newest first."""
        return self.quarters[: -QUARTERS - 1 : -1] + self.of(Span.YEAR)[::-1]

    @property
    def corrected(self) -> list[Line]:
        """The periods that were counted again since they came out."""
        return [one for one in self.lines if one.part is Part.EVERYONE and one.corrected_at is not None]

    def of(self, span: Span, part: Part = Part.EVERYONE, starts_on: date | None = None) -> list[Line]:
        wanted = [one for one in self.lines if one.span is span and one.part is part]
        return [one for one in wanted if starts_on is None or one.starts_on == starts_on]

    def quarter(self, asked: date | None) -> Line | None:
        """The quarter asked for, else the last one; None while there is none, or not that one."""
        found = [one for one in self.quarters if asked is None or one.starts_on == asked]
        return found[-1] if found else None

    @property
    def newest(self) -> Line | None:
        """What is said first: the last quarter that has a rate, else the last month."""
        rated = [one for one in (*self.months, *self.quarters) if one.has_rate]
        return rated[-1] if rated else None


@dataclass(frozen=True, slots=True)
class Published:
    """All that a département has published. `changed_at`: when something of it last changed, None before the first."""

    department: Department
    organisations: tuple[str, ...]  # that agree now
    subjects: tuple[Subject, ...]

    @property
    def changed_at(self) -> datetime | None:
        lines = [line for subject in self.subjects for line in subject.lines]
        return max((line.corrected_at or line.published_at for line in lines), default=None)


def read(session: Session, number: str) -> Published:
    """What the département with this number has published. Raises NotFound for one that does not publish."""
    department = session.scalar(
        select(Department)
        .where(Department.number == number, Department.publishes_since.is_not(None))
        .options(undefer_group(LEGAL))
    )
    if department is None:
        raise NotFound
    return Published(
        department=department,
        organisations=tuple(one.name for one in agreeing.agreeing(session, department.id)),
        subjects=tuple(_subjects(session, department.id)),
    )


def _subjects(session: Session, department_id: int) -> Iterable[Subject]:
    names = _names(session, department_id)
    rows = session.scalars(
        select(PublishedFigure)
        .where(PublishedFigure.department_id == department_id)
        .order_by(PublishedFigure.starts_on, PublishedFigure.id)
    ).all()
    categories = session.scalars(select(Category).where(Category.id.in_({row.category_id for row in rows})))
    for category in sorted(categories, key=lambda one: (_KINDS.index(one.kind), one.name, one.id)):
        theirs = [row for row in rows if row.category_id == category.id]
        yield Subject(category, theirs[-1].horizon_days, tuple(_line(row, names) for row in theirs))


def _names(session: Session, department_id: int) -> Mapping[str, str]:
    theirs = select(Organisation.id, Organisation.name).where(Organisation.department_id == department_id)
    return {str(number): name for number, name in session.execute(theirs)}


def _line(row: PublishedFigure, names: Mapping[str, str]) -> Line:
    return Line(
        part=row.part,
        span=row.span,
        starts_on=row.starts_on,
        subject=row.subject,
        name=names[row.subject] if row.part is Part.ORGANISATION else "",
        people=row.people,
        reaching=row.reaching,
        published_at=row.published_at,
        corrected_at=row.corrected_at,
    )
