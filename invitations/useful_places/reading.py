"""A whole file → the rows of one département, and how many were left out for what."""

from __future__ import annotations

import json
import zlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import IO

from invitations.errors import UploadRefused
from invitations.models import UsefulKind
from invitations.useful_places.parsing import Why, rows
from invitations.useful_places.schema import Flaw, Kept, kind_of, read_row

MOST_KEPT = 20_000  # rows of one département and kind: the largest publishes some 6,000


@dataclass(frozen=True, slots=True)
class Reading:
    """`kept` in the order of the file. `left_out`: how many rows for each flaw."""

    kind: UsefulKind
    kept: list[Kept]
    left_out: Mapping[str, int] = field(default_factory=dict)


def read(file: IO[bytes], number: str) -> Reading:
    """Read the file for the département of this number. Raises UploadRefused."""
    kept: dict[tuple[str, str], Kept] = {}
    left_out: Counter[str] = Counter()
    kinds: Counter[UsefulKind] = Counter()
    for row in rows(file):
        kinds[kind_of(row or {})] += row is not None
        one = read_row(row, number)
        if isinstance(one, Flaw):
            left_out[one] += 1
        elif (one.source, one.reference) in kept:
            left_out[Flaw.TWICE] += 1
        elif len(kept) == MOST_KEPT:
            raise UploadRefused(why=Why.TOO_MANY)
        else:
            kept[one.source, one.reference] = one
    if not kept:
        raise UploadRefused(why=Why.NO_ROWS)
    return Reading(kinds.most_common(1)[0][0], list(kept.values()), dict(left_out))


def packed(kept: list[Kept]) -> bytes:
    """For a draft: JSON, compressed."""
    said = [[*one[:-1], one.updated_on.isoformat() if one.updated_on else None] for one in kept]
    return zlib.compress(json.dumps(said, ensure_ascii=False).encode(), 3)


def unpacked(content: bytes) -> list[Kept]:
    said = json.loads(zlib.decompress(content))
    return [Kept._make([*one[:-1], date.fromisoformat(one[-1]) if one[-1] else None]) for one in said]
