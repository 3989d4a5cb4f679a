"""Texts that people send, steps of an escalation instead of two reminders, words of a service's own."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "own_texts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("category_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("channel", sa.String(40), nullable=False),
        sa.Column("mode", sa.String(40), nullable=True),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_own_texts_agent_id_agents")),
        sa.ForeignKeyConstraint(["category_id"], ["categories.id"], name=op.f("fk_own_texts_category_id_categories")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_own_texts_organisation_id_organisations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_own_texts")),
    )
    with op.batch_alter_table("own_texts", schema=None) as batch_op:
        batch_op.create_index("ix_own_texts_organisation_category", ["organisation_id", "category_id"], unique=False)

    op.create_table(
        "escalation_steps",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("settings_id", sa.Integer(), nullable=False),
        sa.Column("after_days", sa.Integer(), nullable=False),
        sa.Column("act", sa.String(40), nullable=False),
        sa.Column("channels", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["settings_id"], ["category_settings.id"], name=op.f("fk_escalation_steps_settings_id_category_settings")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_escalation_steps")),
        sa.UniqueConstraint("settings_id", "after_days", name=op.f("uq_escalation_steps_settings_id_after_days")),
    )
    op.create_table(
        "inbound_texts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sid", sa.String(length=64), nullable=False),
        sa.Column("sender", sa.String(length=20), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("beneficiary_id", sa.Integer(), nullable=True),
        sa.Column("follow_up_id", sa.Integer(), nullable=True),
        sa.Column("waits_for", sa.String(40), nullable=True),
        sa.Column("handled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("handled_by_agent_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["beneficiary_id"], ["beneficiaries.id"], name=op.f("fk_inbound_texts_beneficiary_id_beneficiaries")
        ),
        sa.ForeignKeyConstraint(
            ["follow_up_id"], ["follow_ups.id"], name=op.f("fk_inbound_texts_follow_up_id_follow_ups")
        ),
        sa.ForeignKeyConstraint(
            ["handled_by_agent_id"], ["agents.id"], name=op.f("fk_inbound_texts_handled_by_agent_id_agents")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_inbound_texts_organisation_id_organisations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbound_texts")),
        sa.UniqueConstraint("sid", name=op.f("uq_inbound_texts_sid")),
    )
    with op.batch_alter_table("inbound_texts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_inbound_texts_beneficiary_id"), ["beneficiary_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_inbound_texts_follow_up_id"), ["follow_up_id"], unique=False)
        batch_op.create_index("ix_inbound_texts_sender", ["sender", "id"], unique=False)
        batch_op.create_index("ix_inbound_texts_todo", ["organisation_id", "handled_at", "waits_for"], unique=False)
        batch_op.create_index("ix_inbound_texts_unread", ["read_at", "id"], unique=False)

    op.create_table(
        "text_menus",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("choices", sa.JSON(), nullable=False),
        sa.Column("seen", sa.JSON(), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["asked_by_id"], ["inbound_texts.id"], name=op.f("fk_text_menus_asked_by_id_inbound_texts")
        ),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_text_menus_message_id_messages")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_text_menus")),
        sa.UniqueConstraint("message_id", name=op.f("uq_text_menus_message_id")),
    )
    with op.batch_alter_table("text_menus", schema=None) as batch_op:
        batch_op.create_index("ix_text_menus_number", ["number", "id"], unique=False)

    with op.batch_alter_table("category_settings", schema=None) as batch_op:
        batch_op.add_column(sa.Column("may_warn", sa.Boolean(), server_default=sa.false(), nullable=False))
    turn_reminders_into_steps()
    op.execute("ALTER TABLE category_settings DROP COLUMN reminder_days")

    with op.batch_alter_table("follow_ups", schema=None) as batch_op:
        batch_op.add_column(sa.Column("call_tries", sa.Integer(), server_default=sa.text("'0'"), nullable=False))
        batch_op.add_column(sa.Column("call_tried_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("calls_stopped_at", sa.DateTime(timezone=True), nullable=True))

    for column, table in (("text_id", "inbound_texts"), ("own_text_id", "own_texts")):
        op.execute(  # a column constraint, so that SQLite need not copy the table
            f"ALTER TABLE messages ADD COLUMN {column} INTEGER CONSTRAINT fk_messages_{column}_{table} REFERENCES {table} (id)"
        )
    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.add_column(sa.Column("forgotten_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index(batch_op.f("ix_messages_text_id"), ["text_id"], unique=False)


def turn_reminders_into_steps() -> None:
    """Each day of a reminder becomes a step; two days after the last one the person stands on the list of people to call."""
    settings = sa.table(
        "category_settings", sa.column("id"), sa.column("channels", sa.JSON), sa.column("reminder_days", sa.JSON),
        sa.column("validity_days"),
    )  # fmt: skip
    steps = sa.table(
        "escalation_steps",
        sa.column("settings_id"),
        sa.column("after_days"),
        sa.column("act"),
        sa.column("channels", sa.JSON),
    )
    connection = op.get_bind()
    rows = [step for one in connection.execute(sa.select(settings)).mappings().all() for step in steps_of(dict(one))]
    if rows:
        connection.execute(steps.insert(), rows)


def steps_of(settings: dict[str, Any]) -> list[dict[str, Any]]:
    """What the page would accept: no day beyond the validity, no reminder without a channel that leaves by itself."""
    channels = [one for one in listed(settings["channels"]) if one in ("sms", "email")]
    longest = settings["validity_days"] or 365
    days = (
        sorted({int(day) for day in listed(settings["reminder_days"]) if 0 < int(day) <= longest}) if channels else []
    )
    made = [{"settings_id": settings["id"], "after_days": day, "act": "remind", "channels": channels} for day in days]
    if days and (call := min(days[-1] + 2, longest)) not in days:
        made.append({"settings_id": settings["id"], "after_days": call, "act": "call", "channels": []})
    return made


def listed(value: Any) -> list[Any]:
    """A JSON list, however the driver hands it over."""
    return json.loads(value) if isinstance(value, str) else list(value or [])


def downgrade() -> None:
    raise NotImplementedError("migrations go forward only; go back with a backup (docs/operations.md)")
