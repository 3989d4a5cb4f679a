"""What the page of results prints: its tables, its pictures, its filters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from app.agents import results_asked, results_curves, results_filters, results_tables
from app.agents.charts import flow, months
from app.agents.results_curves import Curves
from app.agents.results_filters import Choice
from app.agents.results_measures import Measure, measures, of_people
from app.agents.results_tables import Line, Table
from invitations.models import Category, DelayKind, Organisation
from invitations.statistics import medians, slot_use
from invitations.statistics.reading import Counts, Dimension
from invitations.statistics.results import DUE, Results
from invitations.statistics.slot_use import SlotUse

# From addressed to seen.
STEPS = ("comptees", "jointes", "repondu", "rendez-vous", "vues")


@dataclass(frozen=True, slots=True)
class Delay:
    """From the opening of the right: `median` in days, None while fewer than half; `in_time`: within the six weeks."""

    people: int
    of: int
    median: int | None
    in_time: Measure


@dataclass(frozen=True, slots=True)
class Flow:
    """`steps` and `bars` side by side."""

    steps: Sequence[Measure]
    picture: flow.Flow

    @property
    def bars(self) -> list[tuple[Measure, flow.Bar]]:
        return list(zip(self.steps, self.picture.bars, strict=False))


@dataclass(frozen=True, slots=True)
class Page:
    results: Results
    tables: dict[str, Table]
    curves: Curves
    flow: Flow
    months: months.Picture
    delays: dict[str, Delay]
    about: list[str]
    choices: list[Choice]

    @property
    def everyone(self) -> Line:
        return self.tables["facons"].lines[-1]

    @property
    def modes(self) -> list[Line]:
        return self.tables["facons"].lines[:-1]

    @property
    def drawn_modes(self) -> list[Line]:
        """Those with an interval to draw."""
        return [one for one in self.modes if one.figures and one.figures["vues"].low is not None]

    @property
    def comparable(self) -> list[Line]:
        """Those with every rate that stands beside the published ones."""
        needed = ("vues", "rendez-vous", "absences")
        return [one for one in self.modes if one.figures and all(one.figures[name].rate is not None for name in needed)]

    @property
    def groups(self) -> list[str]:
        """The tables that divide people further, where there is something to divide."""
        is_divided = {"categories": len(self.results.categories) > 1, "structures": self.results.asked.of_department}
        return [name for name in ("anciennete", "canaux", "categories", "structures") if is_divided.get(name, True)]

    @property
    def elsewhere(self) -> list[tuple[Category, int]]:
        """The other categories in which somebody was addressed, and how many."""
        people = {part.key: part.counts.addressed for part in self.results.parts[Dimension.CATEGORY] if part.counts}
        return [(one, people[one.id]) for one in self.results.categories if one.id in people]

    @property
    def slots(self) -> list[tuple[date, SlotUse]]:
        """By week, newest first."""
        return sorted(self.results.slots.items(), reverse=True)

    @property
    def slots_total(self) -> SlotUse:
        return sum(self.results.slots.values(), slot_use.NONE)

    @property
    def words(self) -> dict[str, str]:
        """The filters in force, as words of an address."""
        return results_asked.written(self.results.asked)


def make(results: Results, organisation: Organisation, today: date) -> Page:
    return Page(
        results=results,
        tables=results_tables.tables(results),
        curves=results_curves.make(results),
        flow=flow_of(results),
        months=months.draw([month_of(part.key, part.counts) for part in results.parts[Dimension.MONTH] if part.counts]),
        delays=delays(results),
        about=results_filters.about(results, organisation),
        choices=results_filters.choices(results, organisation, months_between(results, today)),
    )


def flow_of(results: Results) -> Flow:
    everyone = measures(results.everyone, results.days)
    steps = [everyone[name] for name in STEPS]
    return Flow(steps, flow.draw([one.count for one in steps]))


def month_of(first: date, counts: Counts) -> months.Month:
    figure = counts.seen_figure
    share = figure.proportion.rate if figure.is_published else None
    return months.Month(first, share, figure.interval, figure.is_small, is_over=not counts.too_early)


def delays(results: Results) -> dict[str, Delay]:
    """To the first message, then to the first appointment attended; of everybody whose opening of the right is known."""
    addressed = results.delays[DelayKind.RIGHT_TO_ADDRESSED]
    of = sum(addressed.values())
    return {
        name: delay(name, people, of)
        for name, people in (("adressees", addressed), ("vues", results.delays[DelayKind.RIGHT_TO_SEEN]))
    }


def delay(name: str, people: Mapping[int, int], of: int) -> Delay:
    in_time = of_people(name, "", medians.within(people, DUE.days, of=of))
    return Delay(sum(people.values()), of, medians.of_days(people, of=of), in_time)


def months_between(results: Results, today: date) -> list[date]:
    """The months one may ask for, newest first: from the first one with anybody to now."""
    if results.first_month is None:
        return []
    first, last = (day.year * 12 + day.month - 1 for day in (results.first_month, today))
    return [date(number // 12, number % 12 + 1, 1) for number in range(last, first - 1, -1)]
