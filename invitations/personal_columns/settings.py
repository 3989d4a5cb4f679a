"""Tables in which nothing is anybody's, and why. Their texts, JSON and bytes are listed all the same: a new one has to be thought of."""

from __future__ import annotations

from invitations.personal_columns.kinds import Told

# Territory and settings: what a service says of itself.
OF_THE_SERVICE = (
    Told("department_logos", plain="content"),
    Told("letter_logos", plain="logo_hash content"),
    Told("places", plain="name address postcode city commune_insee phone opening_hours timezone"),
    Told("closures", plain="label"),
    Told("sectors", plain="name"),
    Told("sector_communes", plain="commune_insee"),
    Told("sector_services"),
    Told("categories", plain="code name purpose"),
    Told("appointment_types", plain="name instructions_before instructions_after"),
    Told("opening_types"),
    Told("escalation_steps", plain="channels"),
    Told("column_mappings", plain="header_key header field"),
    Told("channel_caps"),
    Told("tags", plain="label"),
    Told("useful_feeds", plain="address etag last_modified failure"),
    Told(
        "useful_places",
        plain="source reference structure_reference name address postcode city commune_insee phone opening_hours "
        "accessibility themes",
    ),
    Told("trial_organisations"),
)
# Sums, and what the machinery notes for itself.
OF_NOBODY = (
    Told("counted_months"),
    Told("figure_delays"),
    Told("figure_state"),
    Told("figures"),
    Told("published_figures", plain="subject"),
    Told("purge_runs", plain="organisations rows"),
    Told("retention_aheads", plain="people messages"),
    Told("slot_days"),
    Told("trial_looks", plain="counted"),
    Told("beats", plain="process"),
    Told("channel_uses"),
    Told("job_runs", plain="job slot"),
    Told("provider_states", plain="error_reason error_code"),
    Told("sender_paces", plain="sender"),
)
SETTINGS: dict[str, Told] = {told.table: told for told in (*OF_THE_SERVICE, *OF_NOBODY)}
