"""Social security numbers that strayed into a column we keep: recognised by their shape, and hidden for good.

None is wanted there (product.md, rule 10): it is replaced before the cell is kept, whatever the column. Where the
département keeps numbers, they come in their own column.
"""

from __future__ import annotations

import re

from invitations.nir import is_shaped

HIDDEN = "•••"

# Parted by any space but a new line: no-break ones come with what is copied from a page.
_RUN = re.compile(r"(?<![\w+])\d(?:(?:[.\-]|[^\S\r\n])?[\dABab])+(?!\w)")
_TOKEN = re.compile(r"(?<![\w+])[\dABab]{13,15}(?!\w)")


def without_nir(text: str, *, padded: bool = False) -> str:
    """The text, every number shaped like a NIR replaced by HIDDEN. `padded`: with zeros in front, it is one too."""
    if len(text) < 12 or sum(one.isdigit() for one in text) < 12:
        return text
    if padded and is_shaped(text.strip().lstrip("0")):
        return HIDDEN
    return _TOKEN.sub(_hidden, _RUN.sub(_hidden, text))


def _hidden(found: re.Match[str]) -> str:
    return HIDDEN if is_shaped(found[0]) else found[0]
