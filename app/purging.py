"""`rdv purge [--dry-run] [--organisation …]`: what the nightly purge would take, or takes now. Counts and years, nobody's name."""

from __future__ import annotations

import argparse

from rich.console import Console
from rich.table import Table

from app.runtime import Runtime
from invitations import departing, purging
from invitations.purging import Planned

DONE, REFUSED = 0, 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `rdv purge` takes."""
    parser.add_argument("--dry-run", action="store_true", help="say what would go, and delete nothing")
    parser.add_argument("--organisation", help="name or id of one organisation; all of them without it")


def run(runtime: Runtime, arguments: argparse.Namespace, console: Console | None = None) -> int:
    """Say it, or do it. Returns the exit status."""
    out = console or Console()
    with runtime.database.reading() as session:
        organisation_id = (
            purging.organisation_called(session, arguments.organisation) if arguments.organisation else None
        )
        if arguments.organisation and organisation_id is None:
            out.print(f"No organisation {arguments.organisation!r}.", markup=False)
            return REFUSED
        planned = purging.plan(session, now=runtime.clock(), organisation_id=organisation_id)
        left = departing.due(session, now=runtime.clock()) if organisation_id is None else []
    tell(planned, out)
    if left:
        out.print(
            f"Accounts of agents who left {departing.MONTHS} months ago or more, to lose name and email: {len(left)}."
        )
    if not arguments.dry_run:
        gone = purging.purge(runtime.database, clock=runtime.clock, organisation_id=organisation_id)
        out.print(f"Deleted: {gone}.")
    return DONE


def tell(planned: list[Planned], out: Console) -> None:
    """One line for each organisation that somebody would leave."""
    if not planned:
        out.print("Nobody is due.")
        return
    table = Table("Organisation", "Kept for", "People due", "Year of their last news")
    for one in planned:
        years = ", ".join(f"{year}: {count}" for year, count in one.years.items())
        table.add_row(f"{one.organisation_id} {one.name}", f"{one.months} months", str(one.people), years)
    out.print(table)
