"""`python -m tests.faults.holding FILE SECONDS`: holds a SQLite file as its only writer, for so long."""

from __future__ import annotations

import sqlite3
import sys
import time


def main() -> None:
    other = sqlite3.connect(sys.argv[1], timeout=20, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    time.sleep(float(sys.argv[2]))
    other.execute("ROLLBACK")


if __name__ == "__main__":
    main()
