"""Letters, a theme and legal facts of a département, what people need and corrected."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "letter_logos",
        sa.Column("logo_hash", sa.String(length=16), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("logo_hash", name=op.f("pk_letter_logos")),
    )
    op.create_table(
        "tries",
        sa.Column("surface", sa.String(length=20), nullable=False),
        sa.Column("who", sa.String(length=64), nullable=False),
        sa.Column("window_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("surface", "who", "window_at", name=op.f("pk_tries")),
    )
    with op.batch_alter_table("tries", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_tries_window_at"), ["window_at"], unique=False)

    op.create_table(
        "department_logos",
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name=op.f("fk_department_logos_department_id_departments")
        ),
        sa.PrimaryKeyConstraint("department_id", name=op.f("pk_department_logos")),
    )
    op.create_table(
        "letter_batches",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.Column("posted_on", sa.Date(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_letter_batches_agent_id_agents")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_letter_batches_organisation_id_organisations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter_batches")),
    )
    with op.batch_alter_table("letter_batches", schema=None) as batch_op:
        batch_op.create_index(
            "ix_letter_batches_organisation_created_at", ["organisation_id", "created_at"], unique=False
        )

    op.create_table(
        "letters",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("layout", sa.Integer(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("returned_on", sa.Date(), nullable=True),
        sa.Column("return_reason", sa.String(40), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["letter_batches.id"], name=op.f("fk_letters_batch_id_letter_batches")),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_letters_message_id_messages")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letters")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_letters_code_hash")),
        sa.UniqueConstraint("message_id", name=op.f("uq_letters_message_id")),
    )
    with op.batch_alter_table("letters", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_letters_batch_id"), ["batch_id"], unique=False)

    with op.batch_alter_table("beneficiaries", schema=None) as batch_op:
        batch_op.add_column(sa.Column("needs", sa.JSON(), server_default=sa.text("'[]'"), nullable=False))
        batch_op.add_column(sa.Column("phone_corrected_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("email_corrected_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("letter_dead_at", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("departments", schema=None) as batch_op:
        batch_op.add_column(sa.Column("logo_hash", sa.String(length=16), server_default=sa.text("''"), nullable=False))
        batch_op.add_column(sa.Column("logo_width", sa.Integer(), server_default=sa.text("'0'"), nullable=False))
        batch_op.add_column(sa.Column("logo_height", sa.Integer(), server_default=sa.text("'0'"), nullable=False))
        batch_op.add_column(sa.Column("website", sa.String(length=200), server_default=sa.text("''"), nullable=False))
        batch_op.add_column(
            sa.Column("postal_address", sa.String(length=300), server_default=sa.text("''"), nullable=False)
        )
        batch_op.add_column(sa.Column("phone", sa.String(length=20), server_default=sa.text("''"), nullable=False))
        batch_op.add_column(sa.Column("publisher", sa.String(length=160), server_default=sa.text("''"), nullable=False))
        batch_op.add_column(sa.Column("host", sa.String(length=300), server_default=sa.text("''"), nullable=False))
        batch_op.add_column(
            sa.Column("privacy_contact", sa.String(length=300), server_default=sa.text("''"), nullable=False)
        )
        batch_op.add_column(
            sa.Column("accessibility_contact", sa.String(length=300), server_default=sa.text("''"), nullable=False)
        )

    with op.batch_alter_table("organisations", schema=None) as batch_op:
        batch_op.add_column(sa.Column("address", sa.String(length=200), server_default=sa.text("''"), nullable=False))


def downgrade() -> None:
    raise NotImplementedError("migrations go forward only; go back with a backup (docs/operations.md)")
