"""What the columns of a file are said to hold, in words."""

from __future__ import annotations

from collections.abc import Sequence

from app.agents.people_words import slug
from app.labels import label
from invitations.models import ImportBatch
from invitations.uploads.flow import is_flow
from invitations.uploads.headers import Field, field_of


def fields(*, with_nir: bool) -> list[tuple[str, str]]:
    """What a column may be said to hold: value and words, in the order of their words."""
    pairs = [(field.value, label(field)) for field in Field if with_nir or field is not Field.NIR]
    return sorted(pairs, key=lambda pair: slug(pair[1]))


def told(batch: ImportBatch) -> list[tuple[str, str]]:
    """Every column of a file, and what it was taken to hold ("": nothing of ours)."""
    return [
        *((header, str(field)) for header, field in batch.columns.items()),
        *((one, "") for one in batch.ignored_columns),
    ]


def guessed(headers: Sequence[str], *, with_nir: bool) -> list[tuple[str, str]]:
    """The columns of a file that was not recognised, and what they hold as far as we know."""
    held = {header: field_of(header) for header in headers}
    return [
        (header, "" if one is None or (one is Field.NIR and not with_nir) else one.value)
        for header, one in held.items()
    ]


def held(field: str | None) -> str:
    return label(Field(field)) if field else "rien à garder"


def is_of_flow(batch: ImportBatch) -> bool:
    """A flow has the columns that it has."""
    return is_flow(batch.columns)
