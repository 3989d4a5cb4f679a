"""Figures, trials, public statistics, deletion; machines: keys, webhooks, useful places, France Travail."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "figure_changes",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("follow_up_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_figure_changes")),
    )
    op.create_table(
        "figure_delays",
        sa.Column("organisation_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("department_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("span", sa.String(40), nullable=False),
        sa.Column("addressed_on", sa.Date(), nullable=False),
        sa.Column("category_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("arm", sa.String(40), nullable=False),
        sa.Column("channel", sa.String(40), nullable=False),
        sa.Column("entry", sa.String(40), nullable=False),
        sa.Column("days", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("is_gone", sa.Boolean(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(
            "organisation_id",
            "department_id",
            "kind",
            "span",
            "addressed_on",
            "category_id",
            "arm",
            "channel",
            "entry",
            "days",
            "is_gone",
            name=op.f("pk_figure_delays"),
        ),
    )
    op.create_table(
        "figure_state",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("days_since", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_figure_state")),
    )
    op.create_table(
        "figures",
        sa.Column("organisation_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("department_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("horizon", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("span", sa.String(40), nullable=False),
        sa.Column("addressed_on", sa.Date(), nullable=False),
        sa.Column("category_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("arm", sa.String(40), nullable=False),
        sa.Column("channel", sa.String(40), nullable=False),
        sa.Column("entry", sa.String(40), nullable=False),
        sa.Column("mobile", sa.String(40), nullable=False),
        sa.Column("is_gone", sa.Boolean(), nullable=False),
        sa.Column("addressed", sa.Integer(), nullable=False),
        sa.Column("reached", sa.Integer(), nullable=False),
        sa.Column("answered", sa.Integer(), nullable=False),
        sa.Column("booked", sa.Integer(), nullable=False),
        sa.Column("autonomous", sa.Integer(), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("unknown", sa.Integer(), nullable=False),
        sa.Column("crossed", sa.Integer(), nullable=False),
        sa.Column("kept", sa.Integer(), nullable=False),
        sa.Column("noshow", sa.Integer(), nullable=False),
        sa.Column("excused", sa.Integer(), nullable=False),
        sa.Column("revoked", sa.Integer(), nullable=False),
        sa.Column("unnoted", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(
            "organisation_id",
            "department_id",
            "horizon",
            "span",
            "addressed_on",
            "category_id",
            "arm",
            "channel",
            "entry",
            "mobile",
            "is_gone",
            name=op.f("pk_figures"),
        ),
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("request_hash", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idempotency_keys")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_idempotency_keys_key_hash")),
    )
    with op.batch_alter_table("idempotency_keys", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_idempotency_keys_created_at"), ["created_at"], unique=False)

    op.create_table(
        "purge_runs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("purged_on", sa.Date(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("organisations", sa.JSON(), nullable=False),
        sa.Column("rows", sa.JSON(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purge_runs")),
        sa.UniqueConstraint("purged_on", name=op.f("uq_purge_runs_purged_on")),
    )
    op.create_table(
        "unit_facts",
        sa.Column("follow_up_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("category_id", sa.Integer(), nullable=False),
        sa.Column("arm", sa.String(40), nullable=False),
        sa.Column("channel", sa.String(40), nullable=False),
        sa.Column("entry", sa.String(40), nullable=False),
        sa.Column("mobile", sa.String(40), nullable=False),
        sa.Column("addressed_on", sa.Date(), nullable=False),
        sa.Column("rights_opened_on", sa.Date(), nullable=True),
        sa.Column("reached_on", sa.Date(), nullable=True),
        sa.Column("answered_on", sa.Date(), nullable=True),
        sa.Column("seen_on", sa.Date(), nullable=True),
        sa.Column("crossed_on", sa.Date(), nullable=True),
        sa.Column("left_on", sa.Date(), nullable=True),
        sa.Column("meetings", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("follow_up_id", name=op.f("pk_unit_facts")),
    )
    with op.batch_alter_table("unit_facts", schema=None) as batch_op:
        batch_op.create_index("ix_unit_facts_organisation", ["organisation_id", "follow_up_id"], unique=False)

    op.create_table(
        "api_sessions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.Column("client", sa.String(length=40), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_api_sessions_agent_id_agents")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_sessions")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_sessions_token_hash")),
    )
    with op.batch_alter_table("api_sessions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_api_sessions_agent_id"), ["agent_id"], unique=False)

    op.create_table(
        "useful_drafts",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("left_out", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_useful_drafts_agent_id_agents")),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name=op.f("fk_useful_drafts_department_id_departments")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_useful_drafts")),
    )
    with op.batch_alter_table("useful_drafts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_useful_drafts_agent_id"), ["agent_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_useful_drafts_department_id"), ["department_id"], unique=False)

    op.create_table(
        "useful_feeds",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("address", sa.String(length=2000), nullable=False),
        sa.Column("etag", sa.String(length=200), nullable=True),
        sa.Column("last_modified", sa.String(length=200), nullable=True),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failure", sa.String(length=40), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name=op.f("fk_useful_feeds_department_id_departments")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_useful_feeds")),
        sa.UniqueConstraint("department_id", "kind", name=op.f("uq_useful_feeds_department_id_kind")),
    )
    with op.batch_alter_table("useful_feeds", schema=None) as batch_op:
        batch_op.create_index("ix_useful_feeds_next_try_at", ["next_try_at"], unique=False)

    op.create_table(
        "useful_places",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("source", sa.String(length=60), nullable=False),
        sa.Column("reference", sa.String(length=120), nullable=False),
        sa.Column("structure_reference", sa.String(length=120), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("address", sa.String(length=200), nullable=False),
        sa.Column("postcode", sa.String(length=5), nullable=False),
        sa.Column("city", sa.String(length=80), nullable=False),
        sa.Column("commune_insee", sa.String(length=5), nullable=False),
        sa.Column("latitude", sa.Double(), nullable=True),
        sa.Column("longitude", sa.Double(), nullable=True),
        sa.Column("phone", sa.String(length=20), nullable=True),
        sa.Column("opening_hours", sa.String(length=400), nullable=False),
        sa.Column("accessibility", sa.String(length=300), nullable=True),
        sa.Column("themes", sa.String(length=80), nullable=False),
        sa.Column("updated_on", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name=op.f("fk_useful_places_department_id_departments")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_useful_places")),
        sa.UniqueConstraint(
            "department_id",
            "kind",
            "source",
            "reference",
            name=op.f("uq_useful_places_department_id_kind_source_reference"),
        ),
    )
    with op.batch_alter_table("useful_places", schema=None) as batch_op:
        batch_op.create_index("ix_useful_places_department_latitude", ["department_id", "latitude"], unique=False)

    op.create_table(
        "counted_months",
        sa.Column("category_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("mode", sa.String(40), nullable=False),
        sa.Column("month_on", sa.Date(), nullable=False),
        sa.Column("horizon_days", sa.Integer(), nullable=False),
        sa.Column("counted", sa.Integer(), nullable=False),
        sa.Column("reached", sa.Integer(), nullable=False),
        sa.Column("answered", sa.Integer(), nullable=False),
        sa.Column("booked", sa.Integer(), nullable=False),
        sa.Column("autonomous", sa.Integer(), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("unknown", sa.Integer(), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["category_id"], ["categories.id"], name=op.f("fk_counted_months_category_id_categories")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_counted_months_organisation_id_organisations")
        ),
        sa.PrimaryKeyConstraint("category_id", "organisation_id", "mode", "month_on", name=op.f("pk_counted_months")),
    )
    with op.batch_alter_table("counted_months", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_counted_months_organisation_id"), ["organisation_id"], unique=False)

    op.create_table(
        "job_centre_notices",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("participation_id", sa.Integer(), nullable=True),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(40), server_default=sa.text("'waiting'"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("is_taken_back", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("remote_id", sa.String(length=100), nullable=True),
        sa.Column("told_hash", sa.String(length=64), server_default=sa.text("''"), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("number_sealed", sa.Text(), nullable=True),
        sa.Column("trouble", sa.String(40), nullable=True),
        sa.Column("tries", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("busy_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("creating_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_job_centre_notices_organisation_id_organisations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_centre_notices")),
        sa.UniqueConstraint("participation_id", name=op.f("uq_job_centre_notices_participation_id")),
    )
    with op.batch_alter_table("job_centre_notices", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_job_centre_notices_organisation_id"), ["organisation_id"], unique=False)
        batch_op.create_index("ix_job_centre_notices_waiting", ["state", "next_try_at"], unique=False)

    op.create_table(
        "published_figures",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("category_id", sa.Integer(), nullable=False),
        sa.Column("span", sa.String(40), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("part", sa.String(40), nullable=False),
        sa.Column("subject", sa.String(length=20), nullable=False),
        sa.Column("horizon_days", sa.Integer(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=True),
        sa.Column("reaching", sa.Integer(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("corrected_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["category_id"], ["categories.id"], name=op.f("fk_published_figures_category_id_categories")
        ),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name=op.f("fk_published_figures_department_id_departments")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_published_figures")),
        sa.UniqueConstraint(
            "category_id",
            "span",
            "starts_on",
            "part",
            "subject",
            name=op.f("uq_published_figures_category_id_span_starts_on_part_subject"),
        ),
    )
    with op.batch_alter_table("published_figures", schema=None) as batch_op:
        batch_op.create_index("ix_published_figures_department", ["department_id"], unique=False)

    op.create_table(
        "service_keys",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("prefix", sa.String(length=12), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("former_hash", sa.String(length=64), nullable=True),
        sa.Column("former_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_by_agent_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rotated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["created_by_agent_id"], ["agents.id"], name=op.f("fk_service_keys_created_by_agent_id_agents")
        ),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name=op.f("fk_service_keys_department_id_departments")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_service_keys_organisation_id_organisations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_keys")),
        sa.UniqueConstraint("former_hash", name=op.f("uq_service_keys_former_hash")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_service_keys_token_hash")),
    )
    with op.batch_alter_table("service_keys", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_service_keys_department_id"), ["department_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_service_keys_organisation_id"), ["organisation_id"], unique=False)

    op.create_table(
        "slot_days",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("category_id", sa.Integer(), nullable=False),
        sa.Column("slots_on", sa.Date(), nullable=False),
        sa.Column("offered", sa.Integer(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["category_id"], ["categories.id"], name=op.f("fk_slot_days_category_id_categories")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_slot_days_organisation_id_organisations")
        ),
        sa.PrimaryKeyConstraint("organisation_id", "category_id", "slots_on", name=op.f("pk_slot_days")),
    )
    with op.batch_alter_table("slot_days", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_slot_days_category_id"), ["category_id"], unique=False)

    op.create_table(
        "trials",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=36), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("category_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("arms", sa.JSON(), nullable=False),
        sa.Column("horizon_days", sa.Integer(), nullable=False),
        sa.Column("expected_from", sa.Double(), nullable=False),
        sa.Column("expected_to", sa.Double(), nullable=False),
        sa.Column("alpha", sa.Double(), nullable=False),
        sa.Column("power", sa.Double(), nullable=False),
        sa.Column("looks", sa.Integer(), nullable=False),
        sa.Column("per_arm", sa.Integer(), nullable=False),
        sa.Column("fallback_days", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("protocol", sa.Text(), nullable=True),
        sa.Column("protocol_hash", sa.String(length=64), nullable=True),
        sa.Column("seed_sealed", sa.String(length=200), nullable=True),
        sa.Column("seed_hash", sa.String(length=64), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_agent_id", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("started_by_agent_id", sa.Integer(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by_agent_id", sa.Integer(), nullable=True),
        sa.Column("end_reason", sa.String(40), nullable=True),
        sa.Column("end_note", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(["category_id"], ["categories.id"], name=op.f("fk_trials_category_id_categories")),
        sa.ForeignKeyConstraint(
            ["created_by_agent_id"], ["agents.id"], name=op.f("fk_trials_created_by_agent_id_agents")
        ),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name=op.f("fk_trials_department_id_departments")
        ),
        sa.ForeignKeyConstraint(["ended_by_agent_id"], ["agents.id"], name=op.f("fk_trials_ended_by_agent_id_agents")),
        sa.ForeignKeyConstraint(
            ["started_by_agent_id"], ["agents.id"], name=op.f("fk_trials_started_by_agent_id_agents")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trials")),
        sa.UniqueConstraint("uid", name=op.f("uq_trials_uid")),
    )
    with op.batch_alter_table("trials", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_trials_department_id"), ["department_id"], unique=False)

    op.create_table(
        "webhook_endpoints",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(length=500), nullable=False),
        sa.Column("secret_sealed", sa.Text(), nullable=False),
        sa.Column("tells_rdv", sa.Boolean(), nullable=False),
        sa.Column("tells_invitation", sa.Boolean(), nullable=False),
        sa.Column("tells_user", sa.Boolean(), nullable=False),
        sa.Column("tells_follow_up", sa.Boolean(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("busy_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("pause_reason", sa.String(40), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_by_agent_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["created_by_agent_id"], ["agents.id"], name=op.f("fk_webhook_endpoints_created_by_agent_id_agents")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_webhook_endpoints_organisation_id_organisations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_endpoints")),
    )
    with op.batch_alter_table("webhook_endpoints", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_webhook_endpoints_organisation_id"), ["organisation_id"], unique=False)

    op.create_table(
        "api_batches",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=36), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("service_key_id", sa.Integer(), nullable=True),
        sa.Column("agent_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_api_batches_agent_id_agents")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_api_batches_organisation_id_organisations")
        ),
        sa.ForeignKeyConstraint(
            ["service_key_id"], ["service_keys.id"], name=op.f("fk_api_batches_service_key_id_service_keys")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_batches")),
        sa.UniqueConstraint("uid", name=op.f("uq_api_batches_uid")),
    )
    with op.batch_alter_table("api_batches", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_api_batches_created_at"), ["created_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_api_batches_organisation_id"), ["organisation_id"], unique=False)

    op.create_table(
        "assignments",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("trial_id", sa.Integer(), nullable=False),
        sa.Column("follow_up_id", sa.Integer(), nullable=True),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("stratum", sa.String(length=60), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("arm", sa.String(40), nullable=False),
        sa.Column("assigned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fell_back_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("kept", sa.JSON(none_as_null=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["follow_up_id"], ["follow_ups.id"], name=op.f("fk_assignments_follow_up_id_follow_ups")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_assignments_organisation_id_organisations")
        ),
        sa.ForeignKeyConstraint(["trial_id"], ["trials.id"], name=op.f("fk_assignments_trial_id_trials")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignments")),
        sa.UniqueConstraint("follow_up_id", name=op.f("uq_assignments_follow_up_id")),
        sa.UniqueConstraint("trial_id", "stratum", "position", name=op.f("uq_assignments_trial_id_stratum_position")),
    )
    op.create_table(
        "trial_looks",
        sa.Column("trial_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("versus", sa.String(40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fraction", sa.Double(), nullable=False),
        sa.Column("counted", sa.JSON(), nullable=False),
        sa.Column("statistic", sa.Double(), nullable=True),
        sa.Column("boundary", sa.Double(), nullable=False),
        sa.Column("difference", sa.Double(), nullable=True),
        sa.Column("low", sa.Double(), nullable=True),
        sa.Column("high", sa.Double(), nullable=True),
        sa.Column("crossed", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["trial_id"], ["trials.id"], name=op.f("fk_trial_looks_trial_id_trials")),
        sa.PrimaryKeyConstraint("trial_id", "number", "versus", name=op.f("pk_trial_looks")),
    )
    op.create_table(
        "trial_opt_outs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("trial_id", sa.Integer(), nullable=False),
        sa.Column("follow_up_id", sa.Integer(), nullable=True),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("why", sa.String(40), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_trial_opt_outs_agent_id_agents")),
        sa.ForeignKeyConstraint(
            ["follow_up_id"], ["follow_ups.id"], name=op.f("fk_trial_opt_outs_follow_up_id_follow_ups")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_trial_opt_outs_organisation_id_organisations")
        ),
        sa.ForeignKeyConstraint(["trial_id"], ["trials.id"], name=op.f("fk_trial_opt_outs_trial_id_trials")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trial_opt_outs")),
        sa.UniqueConstraint("trial_id", "follow_up_id", name=op.f("uq_trial_opt_outs_trial_id_follow_up_id")),
    )
    with op.batch_alter_table("trial_opt_outs", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_trial_opt_outs_follow_up_id"), ["follow_up_id"], unique=False)

    op.create_table(
        "trial_organisations",
        sa.Column("trial_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("category_id", sa.Integer(), nullable=False),
        sa.Column("is_running", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["category_id"], ["categories.id"], name=op.f("fk_trial_organisations_category_id_categories")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_trial_organisations_organisation_id_organisations")
        ),
        sa.ForeignKeyConstraint(["trial_id"], ["trials.id"], name=op.f("fk_trial_organisations_trial_id_trials")),
        sa.PrimaryKeyConstraint("trial_id", "organisation_id", name=op.f("pk_trial_organisations")),
    )
    with op.batch_alter_table("trial_organisations", schema=None) as batch_op:
        batch_op.create_index(
            "uq_trial_organisations_one_running",
            ["organisation_id", "category_id"],
            unique=True,
            postgresql_where=sa.text("is_running"),
            sqlite_where=sa.text("is_running"),
        )

    op.create_table(
        "webhook_events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("endpoint_id", sa.Integer(), nullable=False),
        sa.Column("resource", sa.String(40), nullable=False),
        sa.Column("resource_id", sa.Integer(), nullable=False),
        sa.Column("happening", sa.String(40), nullable=False),
        sa.Column("state", sa.String(40), server_default=sa.text("'pending'"), nullable=False),
        sa.Column("uid", sa.String(length=40), nullable=True),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_try_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_status", sa.Integer(), nullable=True),
        sa.Column("last_trouble", sa.String(length=40), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["endpoint_id"], ["webhook_endpoints.id"], name=op.f("fk_webhook_events_endpoint_id_webhook_endpoints")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_events")),
        sa.UniqueConstraint("uid", name=op.f("uq_webhook_events_uid")),
    )
    with op.batch_alter_table("webhook_events", schema=None) as batch_op:
        batch_op.create_index("ix_webhook_events_resource", ["endpoint_id", "resource", "resource_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_webhook_events_settled_at"), ["settled_at"], unique=False)
        batch_op.create_index("ix_webhook_events_waiting", ["endpoint_id", "state", "id"], unique=False)

    op.create_table(
        "api_batch_rows",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("asked", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("why", sa.String(length=400), nullable=False),
        sa.Column("beneficiary_id", sa.Integer(), nullable=True),
        sa.Column("invitation_id", sa.Integer(), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("position >= 0", name=op.f("ck_api_batch_rows_position_counts_from_zero")),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["api_batches.id"], name=op.f("fk_api_batch_rows_batch_id_api_batches"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["beneficiary_id"],
            ["beneficiaries.id"],
            name=op.f("fk_api_batch_rows_beneficiary_id_beneficiaries"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["invitation_id"],
            ["invitations.id"],
            name=op.f("fk_api_batch_rows_invitation_id_invitations"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_batch_rows")),
    )
    with op.batch_alter_table("api_batch_rows", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_api_batch_rows_batch_id"), ["batch_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_api_batch_rows_beneficiary_id"), ["beneficiary_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_api_batch_rows_invitation_id"), ["invitation_id"], unique=False)
        batch_op.create_index("ix_api_batch_rows_state", ["state", "id"], unique=False)

    with op.batch_alter_table("callback_requests", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_callback_requests_invitation_id"), ["invitation_id"], unique=False)

    with op.batch_alter_table("departments", schema=None) as batch_op:
        batch_op.add_column(sa.Column("publishes_since", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("import_rows", schema=None) as batch_op:
        batch_op.create_index(
            "ix_import_rows_beneficiary_id",
            ["beneficiary_id"],
            unique=False,
            postgresql_where=sa.text("beneficiary_id IS NOT NULL"),
            sqlite_where=sa.text("beneficiary_id IS NOT NULL"),
        )

    with op.batch_alter_table("invitations", schema=None) as batch_op:
        batch_op.add_column(sa.Column("to_mobile", sa.Boolean(), nullable=True))
        batch_op.create_index(
            "ix_invitations_held",
            ["held_appointment_id"],
            unique=False,
            postgresql_where=sa.text("held_appointment_id IS NOT NULL"),
            sqlite_where=sa.text("held_appointment_id IS NOT NULL"),
        )

    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.create_index(
            "ix_messages_replaces_id",
            ["replaces_id"],
            unique=False,
            postgresql_where=sa.text("replaces_id IS NOT NULL"),
            sqlite_where=sa.text("replaces_id IS NOT NULL"),
        )

    with op.batch_alter_table("organisations", schema=None) as batch_op:
        batch_op.add_column(sa.Column("useful_themes", sa.String(length=80), nullable=True))
        batch_op.add_column(sa.Column("publishes_since", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("job_centre_since", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("participations", schema=None) as batch_op:
        batch_op.create_index("ix_participations_appointment", ["appointment_id"], unique=False)

    with op.batch_alter_table("text_menus", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_text_menus_asked_by_id"), ["asked_by_id"], unique=False)
    for statement in triggers(op.get_bind().dialect.name):
        op.get_bind().exec_driver_sql(statement)
    op.execute(
        "INSERT INTO figure_changes (follow_up_id) SELECT id FROM follow_ups"
    )  # all are counted at the first round


def triggers(engine: str) -> list[str]:
    """The triggers as they were when this was released, a statement between two lines of dashes."""
    text = Path(__file__).with_name(f"0006_{engine}.sql").read_text(encoding="utf-8")
    return [one.strip() for one in text.split("\n----\n") if one.strip()]


def downgrade() -> None:
    raise NotImplementedError("migrations go forward only; go back with a backup (docs/operations.md)")
