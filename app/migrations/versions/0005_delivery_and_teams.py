"""Delivery: providers, caps, calls. Lists: mappings, waves, views. Agents: second factors, links."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# Word for word what queries say, else PostgreSQL does not look into it (invitations/name_order.py).
ORDER_OF_NAMES = (
    "CREATE INDEX ix_beneficiaries_by_name ON beneficiaries (translate(lower(last_name), 'ÀÁÂÃÄÅÇÈÉÊËÌÍÎÏ"
    "ÑÒÓÔÕÖÙÚÛÜÝàáâãäåçèéêëìíîïñòóôõöùúûüýÿĀāĂăĄąĆćĈĉĊċČčĎďĒēĔĕĖėĘęĚěĜĝĞğĠġĢģĤĥĨĩĪīĬĭĮįİĴĵĶķĹĺĻļĽľŃńŅņŇňŌ"
    "ōŎŏŐőŔŕŖŗŘřŚśŜŝŞşŠšŢţŤťŨũŪūŬŭŮůŰűŲųŴŵŶŷŸŹźŻżŽžœŒæÆ', 'aaaaaaceeeeiiiinooooouuuuyaaaaaaceeeeiiiinoooo"
    "ouuuuyyaaaaaaccccccccddeeeeeeeeeegggggggghhiiiiiiiiijjkkllllllnnnnnnoooooorrrrrrssssssssttttuuuuuuuu"
    "uuuuwwyyyzzzzzzooaa'), translate(lower(first_name), 'ÀÁÂÃÄÅÇÈÉÊËÌÍÎÏÑÒÓÔÕÖÙÚÛÜÝàáâãäåçèéêëìíîïñòóôõö"
    "ùúûüýÿĀāĂăĄąĆćĈĉĊċČčĎďĒēĔĕĖėĘęĚěĜĝĞğĠġĢģĤĥĨĩĪīĬĭĮįİĴĵĶķĹĺĻļĽľŃńŅņŇňŌōŎŏŐőŔŕŖŗŘřŚśŜŝŞşŠšŢţŤťŨũŪūŬŭŮůŰ"
    "űŲųŴŵŶŷŸŹźŻżŽžœŒæÆ', 'aaaaaaceeeeiiiinooooouuuuyaaaaaaceeeeiiiinooooouuuuyyaaaaaaccccccccddeeeeeeeee"
    "egggggggghhiiiiiiiiijjkkllllllnnnnnnoooooorrrrrrssssssssttttuuuuuuuuuuuuwwyyyzzzzzzooaa'), id)"
)


def upgrade() -> None:
    op.create_table(
        "provider_states",
        sa.Column("channel", sa.String(40), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error_reason", sa.String(length=40), nullable=True),
        sa.Column("error_code", sa.String(length=40), nullable=True),
        sa.PrimaryKeyConstraint("channel", name=op.f("pk_provider_states")),
    )
    op.create_table(
        "sender_paces",
        sa.Column("sender", sa.String(length=40), nullable=False),
        sa.Column("segments", sa.Double(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("sender", name=op.f("pk_sender_paces")),
    )
    op.create_table(
        "channel_caps",
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(40), nullable=False),
        sa.Column("per_day", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name=op.f("fk_channel_caps_department_id_departments")
        ),
        sa.PrimaryKeyConstraint("department_id", "channel", name=op.f("pk_channel_caps")),
    )
    op.create_table(
        "channel_uses",
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(40), nullable=False),
        sa.Column("used_on", sa.Date(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name=op.f("fk_channel_uses_department_id_departments")
        ),
        sa.PrimaryKeyConstraint("department_id", "channel", "used_on", name=op.f("pk_channel_uses")),
    )
    op.create_table(
        "code_generators",
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.Column("sealed_secret", sa.String(length=400), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_step", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_code_generators_agent_id_agents")),
        sa.PrimaryKeyConstraint("agent_id", name=op.f("pk_code_generators")),
    )
    op.create_table(
        "passkeys",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.Column("credential_id", sa.String(length=1400), nullable=False),
        sa.Column("public_key", sa.Text(), nullable=False),
        sa.Column("sign_count", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(length=60), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_passkeys_agent_id_agents")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkeys")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_passkeys_credential_id")),
    )
    with op.batch_alter_table("passkeys", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_passkeys_agent_id"), ["agent_id"], unique=False)

    op.create_table(
        "recovery_codes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_recovery_codes_agent_id_agents")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_codes")),
        sa.UniqueConstraint("agent_id", "code_hash", name=op.f("uq_recovery_codes_agent_id_code_hash")),
    )
    op.create_table(
        "supports",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("supporter_id", sa.Integer(), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_supports_agent_id_agents")),
        sa.ForeignKeyConstraint(["supporter_id"], ["agents.id"], name=op.f("fk_supports_supporter_id_agents")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supports")),
    )
    with op.batch_alter_table("supports", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_supports_agent_id"), ["agent_id"], unique=False)

    op.create_table(
        "agent_links",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(40), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("role", sa.String(40), nullable=True),
        sa.Column("may_export", sa.Boolean(), nullable=False),
        sa.Column("invited_by_id", sa.Integer(), nullable=True),
        sa.Column("code_hash", sa.String(length=64), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_agent_links_agent_id_agents")),
        sa.ForeignKeyConstraint(["invited_by_id"], ["agents.id"], name=op.f("fk_agent_links_invited_by_id_agents")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_agent_links_organisation_id_organisations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agent_links")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_agent_links_code_hash")),
    )
    with op.batch_alter_table("agent_links", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_agent_links_agent_id"), ["agent_id"], unique=False)
        batch_op.create_index("ix_agent_links_organisation_ended_at", ["organisation_id", "ended_at"], unique=False)

    op.create_table(
        "column_mappings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("header_key", sa.String(length=80), nullable=False),
        sa.Column("header", sa.String(length=80), nullable=False),
        sa.Column("field", sa.String(length=40), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_column_mappings_organisation_id_organisations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_column_mappings")),
        sa.UniqueConstraint(
            "organisation_id", "header_key", name=op.f("uq_column_mappings_organisation_id_header_key")
        ),
    )
    op.create_table(
        "invitation_batches",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("category_id", sa.Integer(), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.Column("leaves_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_back_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("taken_back_by_agent_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_invitation_batches_agent_id_agents")),
        sa.ForeignKeyConstraint(
            ["category_id"], ["categories.id"], name=op.f("fk_invitation_batches_category_id_categories")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_invitation_batches_organisation_id_organisations")
        ),
        sa.ForeignKeyConstraint(
            ["taken_back_by_agent_id"], ["agents.id"], name=op.f("fk_invitation_batches_taken_back_by_agent_id_agents")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation_batches")),
    )
    with op.batch_alter_table("invitation_batches", schema=None) as batch_op:
        batch_op.create_index(
            "ix_invitation_batches_organisation_leaves_at", ["organisation_id", "leaves_at"], unique=False
        )

    op.create_table(
        "saved_views",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("query", sa.String(length=1000), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_saved_views_agent_id_agents")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_saved_views_organisation_id_organisations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_views")),
        sa.UniqueConstraint(
            "agent_id", "organisation_id", "name", name=op.f("uq_saved_views_agent_id_organisation_id_name")
        ),
    )
    with op.batch_alter_table("saved_views", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_saved_views_organisation_id"), ["organisation_id"], unique=False)

    op.create_table(
        "selection_acts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("act", sa.String(length=40), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_selection_acts_agent_id_agents")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_selection_acts_organisation_id_organisations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_selection_acts")),
    )
    with op.batch_alter_table("selection_acts", schema=None) as batch_op:
        batch_op.create_index("ix_selection_acts_agent_at", ["agent_id", "created_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_selection_acts_organisation_id"), ["organisation_id"], unique=False)

    op.create_table(
        "orientations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("follow_up_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("by_organisation_id", sa.Integer(), nullable=False),
        sa.Column("by_agent_id", sa.Integer(), nullable=True),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["by_agent_id"], ["agents.id"], name=op.f("fk_orientations_by_agent_id_agents")),
        sa.ForeignKeyConstraint(
            ["by_organisation_id"], ["organisations.id"], name=op.f("fk_orientations_by_organisation_id_organisations")
        ),
        sa.ForeignKeyConstraint(
            ["follow_up_id"], ["follow_ups.id"], name=op.f("fk_orientations_follow_up_id_follow_ups")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_orientations_organisation_id_organisations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orientations")),
    )
    with op.batch_alter_table("orientations", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_orientations_follow_up_id"), ["follow_up_id"], unique=False)

    op.create_table(
        "waves",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("category_id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=True),
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.Column("channels", sa.JSON(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_waves_agent_id_agents")),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["invitation_batches.id"], name=op.f("fk_waves_batch_id_invitation_batches")
        ),
        sa.ForeignKeyConstraint(["category_id"], ["categories.id"], name=op.f("fk_waves_category_id_categories")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_waves_organisation_id_organisations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waves")),
    )
    with op.batch_alter_table("waves", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_waves_batch_id"), ["batch_id"], unique=False)
        batch_op.create_index("ix_waves_organisation_ended_at", ["organisation_id", "ended_at"], unique=False)

    op.create_table(
        "wave_people",
        sa.Column("wave_id", sa.Integer(), nullable=False),
        sa.Column("follow_up_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("invited_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("left_because", sa.String(40), nullable=True),
        sa.ForeignKeyConstraint(
            ["follow_up_id"], ["follow_ups.id"], name=op.f("fk_wave_people_follow_up_id_follow_ups")
        ),
        sa.ForeignKeyConstraint(["wave_id"], ["waves.id"], name=op.f("fk_wave_people_wave_id_waves")),
        sa.PrimaryKeyConstraint("wave_id", "follow_up_id", name=op.f("pk_wave_people")),
    )
    with op.batch_alter_table("wave_people", schema=None) as batch_op:
        batch_op.create_index(
            "uq_wave_people_one_place",
            ["follow_up_id"],
            unique=True,
            postgresql_where=sa.text("invited_at IS NULL AND left_at IS NULL"),
            sqlite_where=sa.text("invited_at IS NULL AND left_at IS NULL"),
        )

    op.create_table(
        "voice_calls",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sid", sa.String(length=64), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("stage", sa.String(40), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("silences", sa.Integer(), nullable=False),
        sa.Column("choices", sa.JSON(), nullable=False),
        sa.Column("seen", sa.JSON(), nullable=False),
        sa.Column("was_lost", sa.Boolean(), nullable=False),
        sa.Column("is_heard", sa.Boolean(), nullable=False),
        sa.Column("outcome", sa.String(40), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("concluded_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_voice_calls_message_id_messages")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_voice_calls")),
        sa.UniqueConstraint("sid", name=op.f("uq_voice_calls_sid")),
    )
    with op.batch_alter_table("voice_calls", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_voice_calls_message_id"), ["message_id"], unique=False)
        batch_op.create_index("ix_voice_calls_unconcluded", ["concluded_at", "started_at"], unique=False)

    op.execute(
        "ALTER TABLE agent_sessions ADD COLUMN support_id INTEGER CONSTRAINT fk_agent_sessions_support_id_supports REFERENCES supports (id)"
    )
    with op.batch_alter_table("agent_sessions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("user_agent", sa.String(length=300), nullable=True))
        batch_op.add_column(sa.Column("second_factor_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("sign_on_sid", sa.String(length=255), nullable=True))
        batch_op.create_index(batch_op.f("ix_agent_sessions_sign_on_sid"), ["sign_on_sid"], unique=False)

    with op.batch_alter_table("agents", schema=None) as batch_op:
        batch_op.add_column(sa.Column("phone", sa.String(length=20), nullable=True))
        batch_op.add_column(sa.Column("is_super", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column("sign_on_subject", sa.String(length=500), nullable=True))
        batch_op.create_unique_constraint(batch_op.f("uq_agents_sign_on_subject"), ["sign_on_subject"])

    with op.batch_alter_table("beneficiaries", schema=None) as batch_op:
        batch_op.add_column(sa.Column("wrong_phone", sa.String(length=20), nullable=True))
        batch_op.create_index("ix_beneficiaries_department_birth", ["department_id", "birth_on"], unique=False)
        batch_op.create_index(
            "ix_beneficiaries_department_france_travail", ["department_id", "france_travail_id"], unique=False
        )

    with op.batch_alter_table("category_settings", schema=None) as batch_op:
        batch_op.add_column(sa.Column("help_hours", sa.String(length=120), nullable=True))
        batch_op.add_column(sa.Column("help_owner", sa.String(length=80), nullable=True))
        batch_op.add_column(sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("follow_ups", schema=None) as batch_op:
        batch_op.create_index("ix_follow_ups_category_since", ["category_id", "status_since"], unique=False)

    with op.batch_alter_table("import_batches", schema=None) as batch_op:
        batch_op.add_column(sa.Column("total", sa.Integer(), server_default=sa.text("'0'"), nullable=False))
        batch_op.add_column(sa.Column("done", sa.Integer(), server_default=sa.text("'0'"), nullable=False))
        batch_op.add_column(sa.Column("reached", sa.Integer(), server_default=sa.text("'0'"), nullable=False))
        batch_op.add_column(sa.Column("left_aside", sa.Integer(), server_default=sa.text("'0'"), nullable=False))
        batch_op.add_column(sa.Column("started_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("import_rows", schema=None) as batch_op:
        batch_op.add_column(sa.Column("cluster", sa.Integer(), server_default=sa.text("'0'"), nullable=False))
        batch_op.add_column(sa.Column("choice", sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column("before", sa.JSON(), nullable=True))
        batch_op.create_index("ix_import_rows_cluster", ["batch_id", "cluster"], unique=False)

    with op.batch_alter_table("inbound_texts", schema=None) as batch_op:
        batch_op.create_index(
            "ix_inbound_texts_waiting",
            ["received_at"],
            unique=False,
            postgresql_where=sa.text("handled_at IS NULL AND waits_for IS NOT NULL"),
            sqlite_where=sa.text("handled_at IS NULL AND waits_for IS NOT NULL"),
        )

    op.execute(
        "ALTER TABLE invitations ADD COLUMN batch_id INTEGER CONSTRAINT fk_invitations_batch_id_invitation_batches REFERENCES invitation_batches (id)"
    )
    with op.batch_alter_table("invitations", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_invitations_batch_id"), ["batch_id"], unique=False)

    with op.batch_alter_table("memberships", schema=None) as batch_op:
        batch_op.create_index(
            "ix_memberships_organisation_archived", ["organisation_id", "archived_at", "beneficiary_id"], unique=False
        )

    op.execute(
        "ALTER TABLE messages ADD COLUMN replaces_id INTEGER CONSTRAINT fk_messages_replaces_id_messages REFERENCES messages (id)"
    )
    op.execute(
        "ALTER TABLE messages ADD COLUMN agent_link_id INTEGER CONSTRAINT fk_messages_agent_link_id_agent_links REFERENCES agent_links (id)"
    )
    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.add_column(sa.Column("previous_starts_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("fell_back_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("told_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index(
            "ix_messages_reason",
            ["settled_at"],
            unique=False,
            postgresql_where=sa.text("error_reason IS NOT NULL"),
            sqlite_where=sa.text("error_reason IS NOT NULL"),
        )
        batch_op.create_index("ix_messages_sent_at", ["sent_at"], unique=False)
        batch_op.create_index(
            "ix_messages_to_fall_back",
            ["settled_at"],
            unique=False,
            postgresql_where=sa.text(
                "fell_back_at IS NULL AND state NOT IN ('pending', 'sending', 'sent', 'unknown', 'delivered', 'cancelled')"
            ),
            sqlite_where=sa.text(
                "fell_back_at IS NULL AND state NOT IN ('pending', 'sending', 'sent', 'unknown', 'delivered', 'cancelled')"
            ),
        )
        batch_op.create_index(
            "ix_messages_without_receipt",
            ["sent_at"],
            unique=False,
            postgresql_where=sa.text("settled_at IS NULL AND channel = 'sms'"),
            sqlite_where=sa.text("settled_at IS NULL AND channel = 'sms'"),
        )

    with op.batch_alter_table("organisations", schema=None) as batch_op:
        batch_op.add_column(sa.Column("phone_owner", sa.String(length=80), nullable=True))
        batch_op.add_column(sa.Column("signature", sa.String(length=120), nullable=True))
    if op.get_bind().dialect.name == "postgresql":
        op.execute(ORDER_OF_NAMES)


def downgrade() -> None:
    raise NotImplementedError("migrations go forward only; go back with a backup (docs/operations.md)")
