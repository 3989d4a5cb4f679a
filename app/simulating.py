"""`rdv trial simulate`: with invented effects, what a trial of this size would find, and how often it would mislead.

Reads no database and no settings: people are invented.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from math import sqrt
from statistics import NormalDist

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from invitations.statistics.sample_size import FEWEST_ARMS, MOST_ARMS
from invitations.statistics.simulation import Plan, Record, simulate

DONE, REFUSED = 0, 1
FEWEST_TRIALS, MOST_TRIALS = 100, 100_000
Z_95 = NormalDist().inv_cdf(0.975)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `rdv trial simulate` takes. Shares are between 0 and 1."""
    parser.add_argument("--per-arm", type=int, required=True, help="people counted in each arm")
    parser.add_argument("--from", dest="before", type=float, required=True, help="share seen in the first arm: 0.6")
    parser.add_argument(
        "--to",
        dest="after",
        type=float,
        nargs="+",
        required=True,
        help="share seen in the others: 0.7, or one for each",
    )
    parser.add_argument("--arms", type=int, default=FEWEST_ARMS, choices=range(FEWEST_ARMS, MOST_ARMS + 1))
    parser.add_argument(
        "--looks", type=int, default=3, choices=range(1, 6), help="looks at the data, the last included"
    )
    parser.add_argument("--alpha", type=float, default=0.05, help="error rate of the whole trial, two-sided")
    parser.add_argument("--trials", type=int, default=2000, help="how many trials to invent")
    parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same figures")


def run(
    _: Mapping[str, str], arguments: argparse.Namespace, console: Console | None = None, stderr: Console | None = None
) -> int:
    """Invent the trials twice, with the difference and without, and print both. Returns the exit status."""
    out = console or Console()
    try:
        plan = plan_of(arguments)
    except ValueError as wrong:
        out.print(f"This is no trial: {wrong}.", markup=False)
        return REFUSED
    with Progress(console=stderr or Console(stderr=True), transient=True) as progress:
        task = progress.add_task("Inventing trials", total=2 * arguments.trials)
        found, misled = (
            simulate(one, trials=arguments.trials, seed=arguments.seed, tick=lambda: progress.advance(task))
            for one in (plan, plan.without_difference)
        )
    out.print(table_of(plan, found, misled, seed=arguments.seed))
    for sentence in sentences(plan, found, misled):
        out.print(sentence, markup=False, highlight=False, soft_wrap=True)
    return DONE


def plan_of(arguments: argparse.Namespace) -> Plan:
    """The trial that was asked for. Raises ValueError with what is wrong."""
    others = arguments.after * (arguments.arms - 1) if len(arguments.after) == 1 else arguments.after
    if len(others) != arguments.arms - 1:
        raise ValueError(f"{arguments.arms} arms are compared with the first by one share, or {arguments.arms - 1}")
    if not FEWEST_TRIALS <= arguments.trials <= MOST_TRIALS:
        raise ValueError(f"between {FEWEST_TRIALS} and {MOST_TRIALS} trials can be invented")
    if not 0 < arguments.alpha < 1:
        raise ValueError("the error rate lies between 0 and 1")
    if not all(0 < share < 1 for share in (arguments.before, *others)):
        raise ValueError("shares lie between 0 and 1: 0.6 is 60 of 100")
    if arguments.per_arm < 10 * arguments.looks:
        raise ValueError("fewer than 10 people per arm between two looks tell nothing")
    return Plan(arguments.per_arm, (arguments.before, *others), arguments.looks, arguments.alpha)


def table_of(plan: Plan, found: Record, misled: Record, *, seed: int) -> Table:
    shares = " / ".join(f"{share:.0%}" for share in plan.shares)
    title = f"{found.trials} trials, {plan.per_arm} people per arm, {plan.looks} looks, α {plan.alpha:g}, seed {seed}"
    table = Table(title=title, title_justify="left")
    table.add_column("")
    table.add_column(f"seen: {shares}", justify="right")
    table.add_column(f"no difference: {plan.shares[0]:.0%}", justify="right")
    for words, one, other in zip(names_of(plan), figures(plan, found), figures(plan, misled), strict=True):
        table.add_row(words, one, other)
    return table


def names_of(plan: Plan) -> Iterator[str]:
    yield "finds a difference that is there"
    yield "announces one that is not"
    yield "would, testing at 5 % at each look"
    for look in range(1, plan.looks + 1):
        yield f"crosses first at look {look} ({plan.counted_at(look)} people)"
    yield "people when it ends, on average"
    yield "difference when it crosses"
    yield "interval right: Mantel–Haenszel"
    yield "interval right: crude, Newcombe"
    yield "interval right: when it ends"


def figures(plan: Plan, record: Record) -> Iterator[str]:
    yield percent(record.share(record.found))
    yield percent(record.share(record.misled))
    yield percent(record.share(record.naive))
    for look in range(1, plan.looks + 1):
        yield percent(record.share(record.stopped_at[look]))
    yield f"{record.people / record.trials:.0f}"
    yield points(sum(record.estimates) / len(record.estimates)) if record.estimates else "–"
    for covered in (record.covered, record.crude_covered, record.stopped_covered):
        yield percent(covered / record.intervals)


def sentences(plan: Plan, found: Record, misled: Record) -> Iterator[str]:
    yield (
        f"Of 100 such trials, {100 * found.share(found.found):.0f} would find the difference; if there were none,"
        f" {100 * misled.share(misled.misled):.0f} would announce one."
    )
    yield f"Simulated figures move by up to {100 * reach(found.trials):.1f} points from one seed to another (95 %)."
    if plan.looks > 1:
        yield "A trial that ends early prints, on average, more than the truth: its interval says how much that may be."


def reach(trials: int) -> float:
    """Half of the interval of a share of one half, the widest."""
    return Z_95 * sqrt(0.25 / trials)


def percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def points(difference: float) -> str:
    return f"{100 * difference:+.1f} of 100"
