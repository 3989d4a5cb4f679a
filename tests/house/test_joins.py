"""What is read along with a row does not make SQLite work a whole table out first."""

from __future__ import annotations

from sqlalchemy.orm import configure_mappers

from invitations.database import Base


def test_rows_read_along_are_joined_one_after_the_other() -> None:
    """`a LEFT JOIN (b JOIN c)` is worked out apart by SQLite, for every row of b and c: the page of one person read all the
    appointments there are (0.7 s of 20,000 people's). `innerjoin="unnested"` says `a LEFT JOIN b LEFT JOIN c` there."""
    configure_mappers()
    nested = [
        str(one)
        for mapper in Base.registry.mappers
        for one in mapper.relationships
        if one.lazy == "joined" and one.innerjoin is True
    ]
    assert nested == []
