"""A disk on which each flush takes so long, for processes that run already: strace holds their fsync and fdatasync up.

It stops them at each of their calls, so that all they do is slower too, not only what waits for the disk.
"""

from __future__ import annotations

import shutil
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from tests.faults.small_disk import NotPossible


def flushes_slowed(pids: Sequence[int], *, milliseconds: int, seconds: float, record: Path) -> int:
    """For so many seconds; how many flushes were held up. Raises NotPossible, without strace or the right to use it."""
    if shutil.which("strace") is None:
        raise NotPossible("strace is not installed")
    calls = "fsync,fdatasync"
    who = [word for pid in pids for word in ("-p", str(pid))]
    slow = f"inject={calls}:delay_enter={milliseconds * 1000}"
    tracer = subprocess.Popen(
        ["strace", "-f", "-qq", "-o", str(record), "-e", f"trace={calls}", "-e", slow, *who],
        stderr=subprocess.PIPE,
        text=True,
    )
    time.sleep(seconds)
    if tracer.poll() is None:
        tracer.send_signal(signal.SIGTERM)  # it lets go of them
    _, said = tracer.communicate(timeout=30)
    if "Operation not permitted" in said:
        raise NotPossible(said.strip())
    return sum("sync(" in line for line in record.read_text().splitlines())
