"""`rdv keys renew`: after a change of key, everything that can be is sealed under the one in force. Counts, and nothing else.

It may be killed and begun anew, while everything runs.
"""

from __future__ import annotations

import argparse

from rich.console import Console
from rich.table import Table

from app.runtime import Runtime
from invitations import renewing
from invitations.renewing import Keys

DONE, FAILED = 0, 1
LEFT = (
    "PREVIOUS_SECRET_KEYS may go once nothing above is lost. Without it, agents sign in anew, recovery codes on paper are drawn"
    " anew, and the known devices of agents and the marks of bounced emails of before mean nothing. Links and codes in people's"
    " hands go on working: what is kept of them was just sealed anew."
)


def run(runtime: Runtime, _: argparse.Namespace, console: Console | None = None) -> int:
    """1 when something can't be opened with any of the keys given."""
    out = console or Console()
    keys, lost = Keys(runtime.seals, runtime.codes), 0
    table = Table("What", "Looked at", "Made anew", "Lost")
    for kind in renewing.KINDS:
        tally = renewing.renew(runtime.database, kind, keys)
        table.add_row(kind.name, str(tally.seen), str(tally.renewed), str(tally.lost))
        lost += tally.lost
    out.print(table)
    out.print(LEFT, markup=False)
    return FAILED if lost else DONE
