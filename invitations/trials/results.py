"""What a trial has found so far, read for its page, its report and its looks. Everybody drawn counts in the arm drawn."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from invitations.models import Mode, Trial, TrialExit, TrialLook, TrialOptOut
from invitations.statistics import definitions
from invitations.statistics.definitions import NoShow, Seen
from invitations.statistics.intervals import Interval
from invitations.statistics.reading import as_of
from invitations.statistics.survival import Times
from invitations.statistics.units import Unit
from invitations.trials import analysis, protocol, units
from invitations.trials.analysis import Counts, Tally
from invitations.trials.units import Drawn


@dataclass(frozen=True, slots=True)
class ArmResult:
    """One arm, intention to treat. Counts are people. `assigned` = `objected` + `merged` + `seen.proportion.total` +
    `seen.too_early`: whoever objects, and a second record of one person, count in no figure."""

    mode: Mode
    assigned: int
    objected: int
    merged: int
    addressed: int  # of those in the figures, whom something was sent to; the others were taken back and wait
    seen: Seen  # counted, seen, unknown, too early, with intervals and bounds
    booked: int  # of those counted, with an appointment of the window
    crossed: int  # of those counted, addressed in another mode within the window
    fell_back: int  # of those in the figures, put on the list to call at `fallback_days`
    no_show: NoShow  # appointments of the window
    times: Times  # days from t0 to the first seen, or left the RSA, or censored


@dataclass(frozen=True, slots=True)
class Versus:
    """An arm against the first one. Differences are shares: 0.08 is 8 more of 100. Intervals and p are of one analysis alone."""

    mode: Mode
    difference: float | None  # Mantel-Haenszel by stratum
    low: float | None
    high: float | None
    crude: float | None
    crude_low: float | None
    crude_high: float | None
    p: float | None
    disagrees: bool  # stratified and crude differ in sign (Simpson)
    so_far: Interval | None = None  # of the stratified one, whenever one looks (`analysis.so_far`)


@dataclass(frozen=True, slots=True)
class NextLook:
    """The next planned look: due once `counted` people of all arms are counted."""

    number: int
    counted: int


@dataclass(frozen=True, slots=True)
class TrialResults:
    """`is_too_early`: the planned number is not counted yet: an interval may be shown, and "trop tôt pour conclure"."""

    trial: Trial
    arms: tuple[ArmResult, ...]  # in the trial's order
    versus: tuple[Versus, ...]  # one for each arm but the first
    left: dict[TrialExit, int]  # people taken out before the draw, and who object
    looks: tuple[TrialLook, ...]
    next_look: NextLook | None
    per_month: dict[date, int]  # people drawn, by first of month
    as_of: datetime | None  # until when events are in the figures; None: nothing was counted yet

    @property
    def assigned(self) -> int:
        return sum(one.assigned for one in self.arms)

    @property
    def counted(self) -> int:
        return sum(one.seen.proportion.total for one in self.arms)

    @property
    def is_too_early(self) -> bool:
        return self.counted < self.trial.planned

    @property
    def has_crossed(self) -> bool:
        """True when some look was beyond its boundary."""
        return any(one.crossed for one in self.looks)


def read(session: Session, trial: Trial, *, now: datetime) -> TrialResults:
    """Everything the pages of a trial show. A constant number of queries."""
    today = now.astimezone(trial.department.zone).date()
    people = units.read(session, trial)
    looks = looks_of(session, trial)
    return TrialResults(
        trial=trial,
        arms=tuple(_arm(trial, mode, [one for one in people if one.unit.arm is mode], today) for mode in trial.modes),
        versus=_versus(trial, tallies(trial, people, today=today)),
        left=_left(session, trial),
        looks=looks,
        next_look=_next_look(trial, looks),
        per_month=dict(sorted(Counter(one.unit.addressed_on.replace(day=1) for one in people).items())),
        as_of=as_of(session),
    )


def looks_of(session: Session, trial: Trial) -> tuple[TrialLook, ...]:
    query = select(TrialLook).where(TrialLook.trial_id == trial.id).order_by(TrialLook.number, TrialLook.versus)
    return tuple(session.scalars(query))


def tallies(trial: Trial, people: Iterable[Drawn], *, today: date) -> Counts:
    """Stratum → arm → people whose window is over, as the analysis takes them."""
    window = timedelta(days=trial.horizon_days)
    found: dict[str, dict[Mode, Tally]] = defaultdict(dict)
    for one in people:
        if one.is_in and definitions.is_counted(one.unit, window, today=today):
            mine = Tally(1, definitions.was_seen(one.unit, window), definitions.is_unknown(one.unit, window))
            found[one.stratum][one.unit.arm] = found[one.stratum].get(one.unit.arm, Tally()) + mine
    return found


def _arm(trial: Trial, mode: Mode, people: Sequence[Drawn], today: date) -> ArmResult:
    window = timedelta(days=trial.horizon_days)
    inside = [one for one in people if one.is_in]
    those = [one.unit for one in inside]
    return ArmResult(
        mode=mode,
        assigned=len(people),
        objected=sum(one.left == TrialExit.OBJECTED for one in people),
        merged=sum(one.left == units.MERGED for one in people),
        addressed=sum(one.is_addressed for one in inside),
        seen=definitions.seen(those, window, today=today),
        booked=definitions.booked(those, window, today=today).count,
        crossed=definitions.crossed(those, window, today=today).count,
        fell_back=sum(one.fell_back for one in inside),
        no_show=definitions.no_show(those, window, today=today),
        times=times_of(those, today=today),
    )


def times_of(those: Iterable[Unit], *, today: date) -> Times:
    """Days from the draw to the first seen, to leaving the RSA, or to today, followed for WATCHED_DAYS at most."""
    seen, left, censored = Counter[int](), Counter[int](), Counter[int]()
    for one in those:
        last = min((today - one.addressed_on).days, definitions.WATCHED_DAYS)
        days, where = min(_end(one.seen_on, one, seen), _end(one.left_on, one, left), key=lambda end: end[0])
        (where if days <= last else censored)[min(days, last)] += 1
    return Times(seen, left, censored)


def _end(day: date | None, unit: Unit, where: Counter[int]) -> tuple[int, Counter[int]]:
    """Days to what ends the wait, and where it is counted; farther than anybody is followed when it never came."""
    return (definitions.WATCHED_DAYS + 1 if day is None else (day - unit.addressed_on).days), where


def _versus(trial: Trial, counts: Counts) -> tuple[Versus, ...]:
    found = {one.arm: one for one in analysis.estimates(counts, trial.modes, alpha=trial.alpha)}
    return tuple(_against_the_first(trial, counts, mode, found.get(mode)) for mode in trial.modes[1:])


def _against_the_first(trial: Trial, counts: Counts, mode: Mode, found: analysis.Estimate | None) -> Versus:
    if found is None:
        return Versus(mode, None, None, None, None, None, None, None, disagrees=False)
    so_far = analysis.so_far(
        counts, mode, found.against, per_arm=trial.per_arm, alpha=trial.alpha, comparisons=len(trial.modes) - 1
    )
    adjusted, crude = found.adjusted, found.crude
    return Versus(
        mode,
        adjusted.value,
        adjusted.interval.low,
        adjusted.interval.high,
        crude.value,
        crude.interval.low,
        crude.interval.high,
        found.p,
        found.disagrees,
        so_far,
    )


def _left(session: Session, trial: Trial) -> dict[TrialExit, int]:
    query = select(TrialOptOut.why, func.count()).where(TrialOptOut.trial_id == trial.id).group_by(TrialOptOut.why)
    found = {row[0]: row[1] for row in session.execute(query)}
    return {why: found[why] for why in TrialExit if why in found}


def _next_look(trial: Trial, looks: Sequence[TrialLook]) -> NextLook | None:
    number = max((one.number for one in looks), default=0) + 1
    return NextLook(number, protocol.people_at(trial, number)) if number <= trial.looks else None
