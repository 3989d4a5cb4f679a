"""`python -m tests.bench.country --for-trial URL`: fill an empty database that nobody needs."""

from __future__ import annotations

import argparse
import sys
from time import perf_counter

from app import migrations
from app.clock import utc_now
from invitations.database import Database
from tests.bench.country.generating import NotEmpty, Plan, generate
from tests.bench.territory import SECRET


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.country", description=__doc__)
    parser.add_argument(
        "--for-trial", metavar="URL", required=True, help="an empty database that holds nobody and never will"
    )
    parser.add_argument("--departments", type=int, default=1)
    parser.add_argument("--people", type=int, default=20_000)
    parser.add_argument("--months", type=float, default=12)
    parser.add_argument("--seed", type=int, default=26)
    parser.add_argument("--processes", type=int, default=1, help="that write at once; PostgreSQL only")
    parser.add_argument("--secret-key", default=SECRET, help="with which the links are derived")
    asked = parser.parse_args()
    migrations.upgrade(asked.for_trial)
    plan = Plan(asked.departments, asked.people, asked.months, asked.seed, utc_now(), asked.secret_key)
    began = perf_counter()
    try:
        written = generate(Database(asked.for_trial), plan, processes=asked.processes)
    except NotEmpty:
        sys.exit("This database holds a département already: nothing was written. Name an empty one.")
    took = perf_counter() - began
    sys.stdout.write(f"{written:,} rows in {took:.0f} s, {written / took:,.0f} a second.\n")


if __name__ == "__main__":
    main()
