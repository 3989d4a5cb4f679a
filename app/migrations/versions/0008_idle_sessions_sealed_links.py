"""Sessions that end unused, a second factor for all, accounts that end, forms that come too late; letters lose a plain hash.

A letter kept the SHA-256 of the link it printed, without a key. Nothing reads it any more (docs/decisions/0038).
Webhooks tell of a town or postcode changed alone, and of a batch that is done.
"""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

WITHOUT_HASH = {
    "postgresql": "UPDATE letters SET facts = (facts::jsonb - 'link_hash')::json WHERE facts::text LIKE '%\"link_hash\"%'",
    "sqlite": "UPDATE letters SET facts = json_remove(facts, '$.link_hash') WHERE facts LIKE '%\"link_hash\"%'",
}
TO_AN_AGENT = {f"{engine}_where": sa.text("agent_id IS NOT NULL") for engine in WITHOUT_HASH}


def upgrade() -> None:
    op.create_table(
        "kept_forms",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.Column("path", sa.String(length=500), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_kept_forms_agent_id_agents")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kept_forms")),
    )
    with op.batch_alter_table("kept_forms", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_kept_forms_agent_id"), ["agent_id"], unique=False)

    with op.batch_alter_table("agent_sessions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("proved_at", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("agents", schema=None) as batch_op:
        batch_op.add_column(sa.Column("left_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("forgotten_at", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("departments", schema=None) as batch_op:
        batch_op.add_column(sa.Column("second_factor_since", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("idle_minutes", sa.Integer(), nullable=True))

    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.create_index("ix_messages_to_agents", ["organisation_id"], **TO_AN_AGENT)

    engine = op.get_bind().dialect.name
    op.execute(WITHOUT_HASH[engine])
    for statement in told(engine):
        op.get_bind().exec_driver_sql(statement)


def told(engine: str) -> list[str]:
    """The triggers of webhooks that changed, as they are from here on: a statement between two lines of dashes."""
    text = Path(__file__).with_name(f"0008_{engine}.sql").read_text(encoding="utf-8")
    return [one.strip() for one in text.split("\n----\n") if one.strip()]


def downgrade() -> None:
    raise NotImplementedError("migrations go forward only; go back with a backup (docs/operations.md)")
