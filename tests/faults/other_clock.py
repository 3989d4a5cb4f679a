"""A process whose clock can be set from outside: `python -m tests.faults.other_clock FILE -m MODULE WORDS…`, or `… rdv WORDS…`.

FILE holds how many seconds its clock is off the machine's, and may change at any moment: the clock jumps, as it does when
an operator or NTP sets it. Monotonic time goes on, as it does then.
"""

from __future__ import annotations

import os
import runpy
import sys
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import time_machine

LOOK_EVERY = 0.05  # seconds


def set_clock(file: Path, *, hours: float) -> None:
    """The processes that live by this file see it within `LOOK_EVERY`; a half-written file is never seen."""
    fresh = file.with_suffix(".fresh")
    fresh.write_text(str(hours * 3600))
    fresh.replace(file)


@dataclass
class Followed:
    """A process's clock, and the file that it follows; `off`: how many seconds off it is now."""

    file: Path
    traveller: time_machine.Traveller
    off: float

    def follow(self) -> None:
        """In a thread of its own: a process that this one forks begins another."""
        threading.Thread(target=self.look_for_ever, daemon=True).start()

    def look_for_ever(self) -> None:
        while True:
            time.sleep(LOOK_EVERY)
            off = float(self.file.read_text())
            if off != self.off:
                self.traveller.shift(timedelta(seconds=off - self.off))
                self.off = off


def travel(file: Path) -> None:
    """From here on this process, and whatever it forks, lives by the file."""
    off = float(file.read_text())
    # The shift counts from now; nanoseconds of the machine's clock go on below it.
    traveller = time_machine.travel(datetime.now(UTC) + timedelta(seconds=off), tick=True).start()
    clock = Followed(file, traveller, off)
    clock.follow()
    os.register_at_fork(after_in_child=clock.follow)


def perform(what: str, *words: str) -> int:
    """`-m MODULE WORDS…` or `rdv WORDS…`, in this process; its status."""
    if what == "-m":
        sys.argv = list(words)
        runpy.run_module(words[0], run_name="__main__")
        return 0
    from app.commands import main as rdv

    sys.argv = [what, *words]
    return rdv()


def main() -> None:
    travel(Path(sys.argv[1]))
    sys.exit(perform(*sys.argv[2:]))


if __name__ == "__main__":
    main()
    os._exit(0)
