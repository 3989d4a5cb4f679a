"""The draw: permuted blocks of random size, in each stratum, from one seed. Plain functions: same seed, same lots.

In a stratum, block after block, each arm comes twice or three times in a block (4 or 6 people for two arms, 6 or 9 for
three), in an order that the seed decides. Whoever holds the seed can redo it with any tool that knows HMAC-SHA256
(RFC 2104), for every random quantity is the keyed hash of a line of text:

    size     first byte of HMAC(seed, "<stratum>|<block>|size"); even: twice, odd: three times
    order    the places 0, 1, 2 … of the block, sorted by HMAC(seed, "<stratum>|<block>|<place>"); place p holds arm p mod k

Blocks count from 0. Matts & Lachin, Properties of permuted-block randomization, Control Clin Trials 1988; 9: 327-344.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Sequence
from itertools import count, islice
from typing import TypeVar

Arm = TypeVar("Arm")

# How often each arm comes in a block, at least and at most.
FEWEST, MOST = 2, 3


def lots(seed: bytes, stratum: str, arms: Sequence[Arm], *, after: int, people: int) -> list[Arm]:
    """The arms of the next `people` of a stratum in which `after` were drawn already."""
    return list(islice(_all(seed, stratum, arms), after, after + people))


def block(seed: bytes, stratum: str, number: int, arms: Sequence[Arm]) -> list[Arm]:
    """One whole block."""
    times = FEWEST + _drawn(seed, stratum, number, "size")[0] % (MOST - FEWEST + 1)
    places = range(times * len(arms))
    return [arms[one % len(arms)] for one in sorted(places, key=lambda place: _drawn(seed, stratum, number, place))]


def _all(seed: bytes, stratum: str, arms: Sequence[Arm]) -> Iterator[Arm]:
    for number in count():
        yield from block(seed, stratum, number, arms)


def _drawn(seed: bytes, stratum: str, number: int, what: int | str) -> bytes:
    return hmac.new(seed, f"{stratum}|{number}|{what}".encode(), hashlib.sha256).digest()
