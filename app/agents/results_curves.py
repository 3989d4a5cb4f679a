"""How fast people are seen: the curves as a picture, as a table by day, as a file day by day."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from app.agents.charts import curves as drawing
from app.agents.results_file import percent
from app.agents.results_tables import EVERYONE
from app.labels import label
from invitations.models import Mode
from invitations.statistics import medians
from invitations.statistics.medians import Median
from invitations.statistics.reading import Dimension
from invitations.statistics.results import Results
from invitations.statistics.survival import Curve, Step, Times, cumulative_incidence, kaplan_meier

# A curve ends where fewer than that are followed.
FEWEST_FOLLOWED = 10
# The days of the table, in days after the first message.
DAYS = (15, 30, 45, 60, 90)
COLUMNS = ("Première sollicitation", "Jour", "Encore suivies", "Vues ce jour", "Parties du RSA ce jour", "Part vue (%)",
           "Intervalle bas", "Intervalle haut", "Part vue, départs comptés (%)")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """`shares`: what is drawn, on each of `DAYS`; None where too few people have been followed so long."""

    head: str
    mode: Mode | None
    people: int
    left: int
    shares: list[drawing.Step | None]
    median: Median


@dataclass(frozen=True, slots=True)
class Curves:
    picture: drawing.Picture | None
    rows: list[Row]
    everyone: Row | None


def make(results: Results) -> Curves:
    """The curves of the modes whose figures may be shown as rates; without any there is no picture."""
    shown = {mode: known(curve) for mode, curve in results.curves.items() if is_shown(results, mode)}
    rises = [drawing.Rise(mode, steps_of(curve), followed(curve), last_known(curve)) for mode, curve in shown.items()]
    everyone = row(None, known(kaplan_meier(together(list(results.times.values()))))) if is_judged(results) else None
    return Curves(
        picture=drawing.draw(rises, horizon=results.days) if rises else None,
        rows=[row(mode, curve) for mode, curve in shown.items()]
        + ([everyone] if everyone and shown and len(results.times) > 1 else []),
        everyone=everyone,
    )


def is_shown(results: Results, mode: Mode) -> bool:
    counts = next(part.counts for part in results.parts[Dimension.MODE] if part.key is mode)
    return counts is not None and counts.seen_figure.is_published and not counts.seen_figure.is_small


def is_judged(results: Results) -> bool:
    return results.everyone.seen_figure.is_published and not results.everyone.seen_figure.is_small


def row(mode: Mode | None, curve: Curve) -> Row:
    return Row(
        head=label(mode) if mode else EVERYONE,
        mode=mode,
        people=curve.people,
        left=sum(curve.times.left.values()),
        shares=[share_on(curve, day) for day in DAYS],
        median=medians.of_curve(curve),
    )


def last_known(curve: Curve) -> int:
    """The last day of which the curve may speak: afterwards too few people are followed, while others were lost sight of."""
    lost = min(curve.times.censored, default=drawing.LAST_DAY)
    days = range(drawing.LAST_DAY, -1, -1)
    return next(day for day in days if day <= lost or curve.at_risk(day) >= FEWEST_FOLLOWED)


def known(curve: Curve) -> Curve:
    """The curve without its end, which hangs on a few people."""
    last = last_known(curve)
    return replace(curve, steps=tuple(step for step in curve.steps if step.day <= last))


def share_on(curve: Curve, day: int) -> drawing.Step | None:
    if day > last_known(curve):
        return None
    step = curve.step_at(day)
    return drawn(step) if step else drawing.Step(day, 0.0, 0.0, 0.0)


def steps_of(curve: Curve) -> Sequence[drawing.Step]:
    return [drawn(step) for step in curve.steps]


def drawn(step: Step) -> drawing.Step:
    """Rising: the share seen, where the curve of the books falls with the share still waiting."""
    share = 1 - step.survival
    low = share if step.high is None else 1 - step.high
    return drawing.Step(step.day, share, low, share if step.low is None else 1 - step.low)


def followed(curve: Curve) -> list[int]:
    return [curve.at_risk(day) for day in drawing.DAYS]


def together(all_times: Sequence[Times]) -> Times:
    """Everyone, whatever the mode."""
    summed: dict[str, dict[int, int]] = {"seen": {}, "left": {}, "censored": {}}
    for times in all_times:
        for name, found in summed.items():
            for day, people in getattr(times, name).items():
                found[day] = found.get(day, 0) + people
    return Times(**summed)


def lines(results: Results) -> Iterator[tuple[str, ...]]:
    """The file: a line for each day on which somebody was seen or left. Modes of too few people are left out."""
    for mode, curve in results.curves.items():
        if is_shown(results, mode):
            for step, real in zip(curve.steps, cumulative_incidence(curve.times), strict=True):
                one = drawn(step)
                yield (label(mode), str(step.day), str(step.at_risk), str(step.seen), str(step.left),
                       percent(one.share), percent(one.low), percent(one.high), percent(real.seen))  # fmt: skip
