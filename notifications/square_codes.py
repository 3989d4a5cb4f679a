"""QR codes (ISO/IEC 18004) on a page of ours."""

from __future__ import annotations

from io import BytesIO

import segno


def drawing(text: str) -> str:
    """The code as SVG, as large as the room it is given; four modules of white belong around it."""
    drawn = BytesIO()
    segno.make(text, error="m", micro=False).save(drawn, kind="svg", border=0, xmldecl=False, omitsize=True)
    return drawn.getvalue().decode()
