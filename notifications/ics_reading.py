"""Somebody's calendar (iCalendar, RFC 5545) → when it takes time. Read by a child process that may fail alone."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

PATIENCE = timedelta(seconds=60)  # the child's own limit comes first on a machine that is not full
COMPUTING = timedelta(seconds=15)  # 5 MB of single events need 5 s at most

_READER = Path(__file__).with_name("ics_program.py")


class Unusable(StrEnum):
    """Why a file gives no copy."""

    NOT_A_CALENDAR = "not_a_calendar"
    TOO_HEAVY = "too_heavy"


class Unreadable(Exception):
    """`why` says it. Never holds a word of the file."""

    def __init__(self, why: Unusable) -> None:
        super().__init__(why.value)
        self.why = why


class Busy(NamedTuple):
    """Time taken, in UTC, and the UID of the event that takes it."""

    starts_at: datetime
    ends_at: datetime
    uid: str


@dataclass(frozen=True, slots=True)
class Reading:
    """`left_out`: events that could not be read, were made to hurt, or were too many."""

    busy: list[Busy]
    left_out: int


def read_busy(
    content: bytes, *, zone: ZoneInfo, after: datetime, before: datetime, computing: timedelta = COMPUTING
) -> Reading:
    """When the calendar takes time between the two moments, in order of start. All-day and floating times are `zone`'s.

    Time marked as free and cancelled events take none. Raises Unreadable, also for a file that is cut: what it no
    longer says would free time that is taken.
    """
    asked = {"zone": zone.key, "after": after.isoformat(), "before": before.isoformat()}
    try:
        answer = subprocess.run(
            [sys.executable, "-I", str(_READER), str(computing.seconds)],
            input=json.dumps(asked).encode() + b"\n" + content,
            env={},  # what reads a stranger's file knows no secret of ours
            capture_output=True,
            check=True,
            timeout=PATIENCE.seconds,
        )
        said = json.loads(answer.stdout)
    except (subprocess.SubprocessError, OSError, ValueError) as error:
        raise Unreadable(Unusable.TOO_HEAVY) from error
    if "trouble" in said:
        raise Unreadable(Unusable(said["trouble"]))
    return Reading(sorted(Busy(_moment(one), _moment(end), uid) for one, end, uid in said["busy"]), said["left_out"])


def merged(busy: Iterable[Busy]) -> list[tuple[datetime, datetime]]:
    """The same time in the fewest intervals, in order: what touches or overlaps is one. `busy` is in order of start."""
    intervals: list[tuple[datetime, datetime]] = []
    for starts_at, ends_at, _ in busy:
        if intervals and starts_at <= intervals[-1][1]:
            intervals[-1] = intervals[-1][0], max(intervals[-1][1], ends_at)
        else:
            intervals.append((starts_at, ends_at))
    return intervals


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
