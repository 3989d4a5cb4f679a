"""Social security numbers, the journal that is only added to, moving in by page, traces of deletions."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "erasures",
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("fingerprint", name=op.f("pk_erasures")),
    )
    with op.batch_alter_table("erasures", schema=None) as batch_op:
        batch_op.create_index("ix_erasures_erased_at", ["erased_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_erasures_written_at"), ["written_at"], unique=False)

    op.create_table(
        "move_ins",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("organisation_ids", sa.JSON(), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.Column("category_id", sa.Integer(), nullable=True),
        sa.Column("holder_id", sa.Integer(), nullable=True),
        sa.Column("with_reminders", sa.Boolean(), nullable=False),
        sa.Column("people_file", sa.String(length=200), nullable=False),
        sa.Column("meetings_file", sa.String(length=200), nullable=True),
        sa.Column("dropped_columns", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("reached", sa.Integer(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_move_ins_agent_id_agents")),
        sa.ForeignKeyConstraint(["category_id"], ["categories.id"], name=op.f("fk_move_ins_category_id_categories")),
        sa.ForeignKeyConstraint(["holder_id"], ["agents.id"], name=op.f("fk_move_ins_holder_id_agents")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_move_ins_organisation_id_organisations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_move_ins")),
    )
    with op.batch_alter_table("move_ins", schema=None) as batch_op:
        batch_op.create_index("ix_move_ins_organisation", ["organisation_id", "created_at"], unique=False)

    op.create_table(
        "retention_aheads",
        sa.Column("organisation_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("people", sa.JSON(), nullable=False),
        sa.Column("messages", sa.JSON(), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_retention_aheads_organisation_id_organisations")
        ),
        sa.PrimaryKeyConstraint("organisation_id", name=op.f("pk_retention_aheads")),
    )
    op.create_table(
        "move_in_parts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("move_in_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("lines", sa.JSON(), nullable=False),
        sa.Column("listed", sa.JSON(), nullable=False),
        sa.Column("sessions", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["move_in_id"], ["move_ins.id"], name=op.f("fk_move_in_parts_move_in_id_move_ins")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_move_in_parts")),
        sa.UniqueConstraint("move_in_id", "position", name=op.f("uq_move_in_parts_move_in_id_position")),
    )
    op.create_table(
        "move_in_remarks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("move_in_id", sa.Integer(), nullable=False),
        sa.Column("of_people", sa.Boolean(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("is_left_out", sa.Boolean(), nullable=False),
        sa.Column("whys", sa.String(length=400), nullable=False),
        sa.Column("cells", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(["move_in_id"], ["move_ins.id"], name=op.f("fk_move_in_remarks_move_in_id_move_ins")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_move_in_remarks")),
    )
    with op.batch_alter_table("move_in_remarks", schema=None) as batch_op:
        batch_op.create_index("ix_move_in_remarks_move_in", ["move_in_id", "is_left_out", "id"], unique=False)

    with op.batch_alter_table("agent_roles", schema=None) as batch_op:
        batch_op.add_column(sa.Column("is_dpo", sa.Boolean(), server_default=sa.false(), nullable=False))

    with op.batch_alter_table("appointments", schema=None) as batch_op:
        batch_op.add_column(sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index(
            "ix_appointments_organisation_changed_at", ["organisation_id", "changed_at", "id"], unique=False
        )

    with op.batch_alter_table("audit_events", schema=None) as batch_op:
        batch_op.add_column(sa.Column("origin", sa.String(40), nullable=True))
        batch_op.add_column(sa.Column("network", sa.String(length=43), nullable=True))

    with op.batch_alter_table("beneficiaries", schema=None) as batch_op:
        batch_op.add_column(sa.Column("nir_sealed", sa.String(length=160), nullable=True))
        batch_op.add_column(sa.Column("nir_hash", sa.String(length=64), nullable=True))
        batch_op.create_index("ix_beneficiaries_department_nir", ["department_id", "nir_hash"], unique=False)

    with op.batch_alter_table("departments", schema=None) as batch_op:
        batch_op.add_column(sa.Column("nir_kept_since", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE appointments SET changed_at = COALESCE(cancelled_at, moved_at, created_at)")
    for statement in released(op.get_bind().dialect.name):
        op.get_bind().exec_driver_sql(statement)


def released(engine: str) -> list[str]:
    """The sums of years, made of those of months, and the triggers as they were then: a statement between two lines of dashes."""
    text = Path(__file__).with_name(f"0007_{engine}.sql").read_text(encoding="utf-8")
    return [one.strip() for one in text.split("\n----\n") if one.strip()]


def downgrade() -> None:
    raise NotImplementedError("migrations go forward only; go back with a backup (docs/operations.md)")
