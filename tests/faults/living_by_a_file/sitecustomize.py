"""Every Python that has this folder in its path lives by the clock of `FAULTS_CLOCK` (other_clock.py): processes that a process starts too."""

from __future__ import annotations

import os
from pathlib import Path

from tests.faults.other_clock import travel

travel(Path(os.environ["FAULTS_CLOCK"]))
