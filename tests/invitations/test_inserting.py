"""Rows inserted past the unit of work are held to the same rules."""

from __future__ import annotations

import pytest

from invitations.inserting import inserting_all
from invitations.models import ApiBatchRow, ApiRowState


def test_an_enumeration_is_not_written_where_nobody_looks_at_its_values() -> None:
    """Within one text of JSON, PostgreSQL would take any word."""
    row = {"batch_id": 1, "position": 0, "asked": {}}
    inserting_all(ApiBatchRow.__table__, [row], postgresql=True)
    with pytest.raises(TypeError, match="api_batch_rows: its enumerations"):
        inserting_all(ApiBatchRow.__table__, [row | {"state": ApiRowState.WAITING}], postgresql=True)
