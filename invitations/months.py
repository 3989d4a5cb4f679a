"""Months counted back, for whatever is kept so many of them."""

from __future__ import annotations

from datetime import datetime


def months_before(moment: datetime, months: int) -> datetime:
    """The same day of an earlier month, the 28th at the latest: nothing is forgotten a day too early."""
    count = moment.year * 12 + moment.month - 1 - months
    return moment.replace(year=count // 12, month=count % 12 + 1, day=min(moment.day, 28))
