"""How often a web process looks for what nobody holds any more (Python's `gc`), which it does while somebody waits.

By itself it walks through all that the program is made of again and again: a sixth of a page's processor time. What is there
when the program has been loaded stays, and is left out; and nearly all that a page makes goes by itself when it is done, so that
ten pages may pass between two looks.
"""

from __future__ import annotations

import gc

# Objects made and not yet given back before one looks among the youngest; Python's own is 700.
YOUNGEST = 5_000


def collect_seldom() -> None:
    """From now on. What has been made until now is never looked at again: called once, when all is loaded."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNGEST, *gc.get_threshold()[1:])
