"""Agendas: closing days, sectors, regular absences, sessions, waiting, calendars in and out."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "calendar_feeds",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_calendar_feeds_agent_id_agents")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_feeds")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_calendar_feeds_code_hash")),
    )
    with op.batch_alter_table("calendar_feeds", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_calendar_feeds_agent_id"), ["agent_id"], unique=False)

    op.create_table(
        "external_calendars",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(length=80), nullable=False),
        sa.Column("sealed_address", sa.String(length=4000), nullable=False),
        sa.Column("etag", sa.String(length=200), nullable=True),
        sa.Column("last_modified", sa.String(length=80), nullable=True),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failure", sa.String(length=40), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("left_out", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_external_calendars_agent_id_agents")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_external_calendars")),
    )
    with op.batch_alter_table("external_calendars", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_external_calendars_agent_id"), ["agent_id"], unique=False)
        batch_op.create_index("ix_external_calendars_next_try_at", ["next_try_at"], unique=False)

    op.create_table(
        "regular_absences",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("starts_at_time", sa.Time(), nullable=False),
        sa.Column("ends_at_time", sa.Time(), nullable=False),
        sa.Column("rrule", sa.String(length=200), nullable=False),
        sa.Column("exdates", sa.JSON(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=True),
        sa.Column("timezone", sa.String(length=40), nullable=False),
        sa.Column("label", sa.String(length=80), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_regular_absences_agent_id_agents")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_regular_absences")),
    )
    with op.batch_alter_table("regular_absences", schema=None) as batch_op:
        batch_op.create_index("ix_regular_absences_agent_last_on", ["agent_id", "last_on"], unique=False)

    op.create_table(
        "sectors",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name=op.f("fk_sectors_department_id_departments")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sectors")),
        sa.UniqueConstraint("department_id", "name", name=op.f("uq_sectors_department_id_name")),
    )
    op.create_table(
        "busy_times",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("calendar_id", sa.Integer(), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_busy_times_agent_id_agents")),
        sa.ForeignKeyConstraint(
            ["calendar_id"],
            ["external_calendars.id"],
            name=op.f("fk_busy_times_calendar_id_external_calendars"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_busy_times")),
    )
    with op.batch_alter_table("busy_times", schema=None) as batch_op:
        batch_op.create_index("ix_busy_times_agent_ends_at", ["agent_id", "ends_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_busy_times_calendar_id"), ["calendar_id"], unique=False)

    op.create_table(
        "sector_communes",
        sa.Column("sector_id", sa.Integer(), nullable=False),
        sa.Column("commune_insee", sa.String(length=5), nullable=False),
        sa.ForeignKeyConstraint(
            ["sector_id"], ["sectors.id"], name=op.f("fk_sector_communes_sector_id_sectors"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("sector_id", "commune_insee", name=op.f("pk_sector_communes")),
    )
    with op.batch_alter_table("sector_communes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sector_communes_commune_insee"), ["commune_insee"], unique=False)

    op.create_table(
        "closures",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("place_id", sa.Integer(), nullable=True),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("label", sa.String(length=80), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_closures_organisation_id_organisations")
        ),
        sa.ForeignKeyConstraint(["place_id"], ["places.id"], name=op.f("fk_closures_place_id_places")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closures")),
    )
    with op.batch_alter_table("closures", schema=None) as batch_op:
        batch_op.create_index("ix_closures_organisation_last_on", ["organisation_id", "last_on"], unique=False)
        batch_op.create_index(batch_op.f("ix_closures_place_id"), ["place_id"], unique=False)

    op.create_table(
        "sector_services",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sector_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("place_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_sector_services_organisation_id_organisations")
        ),
        sa.ForeignKeyConstraint(["place_id"], ["places.id"], name=op.f("fk_sector_services_place_id_places")),
        sa.ForeignKeyConstraint(
            ["sector_id"], ["sectors.id"], name=op.f("fk_sector_services_sector_id_sectors"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sector_services")),
    )
    with op.batch_alter_table("sector_services", schema=None) as batch_op:
        batch_op.create_index("ix_sector_services_organisation", ["organisation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_sector_services_sector_id"), ["sector_id"], unique=False)

    op.create_table(
        "waitings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("follow_up_id", sa.Integer(), nullable=False),
        sa.Column("invitation_id", sa.Integer(), nullable=True),
        sa.Column("participation_id", sa.Integer(), nullable=True),
        sa.Column("place_id", sa.Integer(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.String(40), nullable=True),
        sa.ForeignKeyConstraint(["follow_up_id"], ["follow_ups.id"], name=op.f("fk_waitings_follow_up_id_follow_ups")),
        sa.ForeignKeyConstraint(
            ["invitation_id"], ["invitations.id"], name=op.f("fk_waitings_invitation_id_invitations")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_waitings_organisation_id_organisations")
        ),
        sa.ForeignKeyConstraint(
            ["participation_id"], ["participations.id"], name=op.f("fk_waitings_participation_id_participations")
        ),
        sa.ForeignKeyConstraint(["place_id"], ["places.id"], name=op.f("fk_waitings_place_id_places")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waitings")),
    )
    with op.batch_alter_table("waitings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_waitings_follow_up_id"), ["follow_up_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_waitings_invitation_id"), ["invitation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_waitings_participation_id"), ["participation_id"], unique=False)
        batch_op.create_index("ix_waitings_queue", ["organisation_id", "ended_at", "asked_at"], unique=False)
        batch_op.create_index(
            "uq_waitings_one_place_in_the_queue",
            ["follow_up_id", "organisation_id"],
            unique=True,
            postgresql_where=sa.text("ended_at IS NULL"),
            sqlite_where=sa.text("ended_at IS NULL"),
        )

    op.create_table(
        "freed_slots",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("appointment_id", sa.Integer(), nullable=False),
        sa.Column("waiting_id", sa.Integer(), nullable=True),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.String(40), nullable=True),
        sa.ForeignKeyConstraint(
            ["appointment_id"], ["appointments.id"], name=op.f("fk_freed_slots_appointment_id_appointments")
        ),
        sa.ForeignKeyConstraint(["waiting_id"], ["waitings.id"], name=op.f("fk_freed_slots_waiting_id_waitings")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_freed_slots")),
    )
    with op.batch_alter_table("freed_slots", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_freed_slots_appointment_id"), ["appointment_id"], unique=False)
        batch_op.create_index("ix_freed_slots_open", ["answered_at", "until"], unique=False)
        batch_op.create_index(batch_op.f("ix_freed_slots_waiting_id"), ["waiting_id"], unique=False)
        batch_op.create_index(
            "uq_freed_slots_one_offer_at_a_time",
            ["waiting_id"],
            unique=True,
            postgresql_where=sa.text("answered_at IS NULL AND waiting_id IS NOT NULL"),
            sqlite_where=sa.text("answered_at IS NULL AND waiting_id IS NOT NULL"),
        )

    with op.batch_alter_table("agents", schema=None) as batch_op:
        batch_op.add_column(sa.Column("wants_digest", sa.Boolean(), server_default=sa.true(), nullable=False))

    with op.batch_alter_table("appointment_types", schema=None) as batch_op:
        batch_op.add_column(sa.Column("move_limit", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("seats", sa.Integer(), server_default=sa.text("'1'"), nullable=False))

    op.execute(  # a column constraint, so that SQLite need not copy the table
        "ALTER TABLE appointments ADD COLUMN seats_taken INTEGER NOT NULL DEFAULT 0"
        " CONSTRAINT ck_appointments_seats_are_not_exceeded CHECK (seats_taken BETWEEN 0 AND seats)"
    )
    with op.batch_alter_table("appointments", schema=None) as batch_op:
        batch_op.add_column(sa.Column("series_uid", sa.String(length=36), nullable=True))
        batch_op.add_column(sa.Column("title", sa.String(length=120), server_default=sa.text("''"), nullable=False))
        batch_op.add_column(sa.Column("moved_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index(batch_op.f("ix_appointments_series_uid"), ["series_uid"], unique=False)

    with op.batch_alter_table("callback_requests", schema=None) as batch_op:
        batch_op.add_column(sa.Column("times", sa.JSON(), server_default=sa.text("'[]'"), nullable=False))
        batch_op.add_column(sa.Column("tries", sa.Integer(), server_default=sa.text("'0'"), nullable=False))
        batch_op.add_column(sa.Column("tried_at", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.add_column(sa.Column("agent_id", sa.Integer(), nullable=True))
        batch_op.alter_column("beneficiary_id", existing_type=sa.INTEGER(), nullable=True)
        batch_op.create_index(batch_op.f("ix_messages_agent_id"), ["agent_id"], unique=False)
        batch_op.create_foreign_key(batch_op.f("fk_messages_agent_id_agents"), "agents", ["agent_id"], ["id"])
        batch_op.create_check_constraint(
            batch_op.f("ck_messages_one_reader"), "(beneficiary_id IS NULL) <> (agent_id IS NULL)"
        )

    with op.batch_alter_table("organisations", schema=None) as batch_op:
        batch_op.add_column(sa.Column("names_in_calendars", sa.Boolean(), server_default=sa.false(), nullable=False))

    with op.batch_alter_table("participations", schema=None) as batch_op:
        batch_op.add_column(sa.Column("versions_before", sa.Integer(), server_default=sa.text("'0'"), nullable=False))
        batch_op.drop_constraint(batch_op.f("uq_participations_appointment_id_beneficiary_id"), type_="unique")
        batch_op.create_index(
            "uq_participations_one_seat",
            ["appointment_id", "beneficiary_id"],
            unique=True,
            postgresql_where=sa.text("outcome IN ('unknown', 'seen', 'noshow')"),
            sqlite_where=sa.text("outcome IN ('unknown', 'seen', 'noshow')"),
        )

    with op.batch_alter_table("places", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("opening_hours", sa.String(length=400), server_default=sa.text("''"), nullable=False)
        )


def downgrade() -> None:
    raise NotImplementedError("migrations go forward only; go back with a backup (docs/operations.md)")
