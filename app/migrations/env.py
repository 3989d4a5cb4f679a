"""What alembic runs, for `upgrade()` (which hands its connection in) and for `alembic` typed by a developer."""

from __future__ import annotations

import os
from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Enum
from sqlalchemy.engine import Connection

import invitations.models  # noqa: F401  (registers every table)
from invitations.database import Base, Minutes, UtcDateTime, make_engine
from invitations.models.beneficiaries import BY_NAME


def plain_type(kind: str, column_type: Any, _: AutogenContext) -> str | Literal[False]:
    """Migrations name plain types: they must run long after the models have changed. An enum is a text of 40."""
    if kind != "type":
        return False
    if isinstance(column_type, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if isinstance(column_type, Minutes):
        return "sa.Integer()"
    if isinstance(column_type, Enum):
        return f"sa.String({column_type.length})"
    return False


def is_compared(_item: Any, name: str | None, _kind: str, *_: Any) -> bool:
    """An index of expressions is made by hand, where there is one: see the models."""
    return name != BY_NAME


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_item=plain_type,
        include_object=is_compared,
        render_as_batch=True,  # SQLite alters a table by copying it; the copy loses triggers: make them again
        transactional_ddl=True,  # on SQLite too, since our transactions there are real (invitations/database.py)
    )
    with context.begin_transaction():
        context.run_migrations()


handed = context.config.attributes.get("connection")
if handed is not None:
    run(handed)
else:
    with make_engine(os.environ["DATABASE_URL"]).begin() as opened:
        run(opened)
