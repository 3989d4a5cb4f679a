"""Social security numbers that strayed into a column we keep: recognised by their shape, and hidden for good.

We never need one here (product.md, rule 10): it is replaced before the cell is kept, whatever the column.
"""

from __future__ import annotations

import re

HIDDEN = "•••"

# 13 digits, or 15 with the key; Corsica's 2A and 2B (INSEE, structure du NIR). Months run up to 99: unknown, abroad.
# The order number begins at 001: a file number padded with zeros to its right is none.
_SHAPE = re.compile(r"[1-478]\d{4}(?:\d{2}|2[AB])\d{3}(?!000)\d{3}(?:\d{2})?")
_RUN = re.compile(r"(?<![\w+])\d(?:[ .\-]?[\dABab])+(?!\w)")
_TOKEN = re.compile(r"(?<![\w+])[\dABab]{13,15}(?!\w)")


def without_nir(text: str, *, padded: bool = False) -> str:
    """The text, every number shaped like a NIR replaced by HIDDEN. `padded`: with zeros in front, it is one too."""
    if sum(one.isdigit() for one in text) < 12:
        return text
    if padded and _is_nir(text.strip().lstrip("0")):
        return HIDDEN
    return _TOKEN.sub(_hidden, _RUN.sub(_hidden, text))


def _is_nir(text: str) -> bool:
    """The key is not looked at: better hide one number too many."""
    return bool(_SHAPE.fullmatch(re.sub(r"[ .\-]", "", text).upper()))


def _hidden(found: re.Match[str]) -> str:
    return HIDDEN if _is_nir(found[0]) else found[0]
