"""Tables that lead to no person by a reference and hold personal data all the same: agents', contacts', traces of people."""

from __future__ import annotations

from invitations.personal_columns.kinds import Care, Kept, Purpose, Reader, Told, agent, contact, person

WORK, SECURE, PROVE, MEET = Purpose.WORK, Purpose.SECURE, Purpose.PROVE, Purpose.MEET
MEASURE, EXCHANGE, RECOGNISE = Purpose.MEASURE, Purpose.EXCHANGE, Purpose.RECOGNISE
TEAM, COLLEAGUES, OWNER, ADMINS = Reader.TEAM, Reader.COLLEAGUES, Reader.OWNER, Reader.ADMINS
THEMSELF, MACHINES, NOBODY, PUBLIC = Reader.PERSON, Reader.MACHINES, Reader.NOBODY, Reader.PUBLIC
ACCOUNT, CHANGED = Kept.ACCOUNT, Kept.UNTIL_CHANGED

ACCOUNTS = (
    Told(
        "agents",
        (
            agent("email", SECURE | WORK, COLLEAGUES | MACHINES),
            agent("first_name last_name", WORK, COLLEAGUES | MACHINES),
            agent("display_name phone", WORK, COLLEAGUES | THEMSELF),
            agent("wants_digest closed_at left_at forgotten_at created_at is_super", WORK, ADMINS | OWNER),
            agent("password_hash", SECURE, NOBODY, Care.HASHED),
            agent("sign_on_subject", SECURE, NOBODY),
        ),
        kept=ACCOUNT,
    ),
    Told("agent_roles", (agent("agent_id role may_export is_dpo", SECURE, ADMINS),), kept=ACCOUNT),
    Told(
        "agent_sessions",
        (
            agent(
                "agent_id created_at expires_at ended_at user_agent second_factor_at proved_at support_id",
                SECURE,
                OWNER,
            ),
            agent("sign_on_sid", SECURE, NOBODY),
            agent("token_hash", SECURE, NOBODY, Care.HASHED),
        ),
        kept=Kept.YEAR,
    ),
    Told(
        "kept_forms",
        (agent("agent_id path created_at", WORK, OWNER), person("sealed", Purpose.FOLLOW, OWNER, Care.SEALED)),
        kept=Kept.DAY,
    ),
    Told(
        "api_sessions",
        (
            agent("agent_id client created_at expires_at ended_at", SECURE, OWNER),
            agent("token_hash", SECURE, NOBODY, Care.HASHED),
        ),
        kept=Kept.DAY,
    ),
    Told(
        "agent_links",
        (
            agent("agent_id invited_by_id role may_export purpose used_at", SECURE, ADMINS),
            agent("code_hash", SECURE, NOBODY, Care.HASHED),
        ),
        kept=Kept.YEAR,
    ),
    Told(
        "supports",
        (agent("supporter_id agent_id reason began_at until ended_at", PROVE, ADMINS | OWNER),),
        kept=ACCOUNT,
    ),
    Told(
        "code_generators",
        (
            agent("agent_id created_at confirmed_at last_step", SECURE, NOBODY),
            agent("sealed_secret", SECURE, NOBODY, Care.SEALED),
        ),
        kept=CHANGED,
    ),
    Told(
        "passkeys",
        (
            agent("agent_id label created_at last_used_at", SECURE, OWNER),
            agent("credential_id public_key sign_count", SECURE, NOBODY),
        ),
        kept=CHANGED,
    ),
    Told(
        "recovery_codes",
        (agent("agent_id used_at", SECURE, NOBODY), agent("code_hash", SECURE, NOBODY, Care.HASHED)),
        kept=CHANGED,
    ),
)
AGENTS_TIME = (
    Told("openings", (agent("agent_id starts_on starts_at_time ends_at_time rrule exdates last_on"),), kept=CHANGED),
    Told("absences", (agent("agent_id starts_at ends_at label"),), kept=CHANGED),
    Told(
        "regular_absences",
        (agent("agent_id starts_on starts_at_time ends_at_time rrule exdates last_on label"),),
        plain="timezone",
        kept=CHANGED,
    ),
    Told("busy_times", (agent("agent_id calendar_id starts_at ends_at", readers=COLLEAGUES),), kept=CHANGED),
    Told(
        "external_calendars",
        (
            agent("agent_id label fetched_at", readers=OWNER),
            agent("sealed_address", readers=OWNER, care=Care.SEALED),
        ),
        plain="etag last_modified failure",
        kept=CHANGED,
    ),
    Told(
        "calendar_feeds",
        (agent("agent_id created_at revoked_at", readers=OWNER), agent("code_hash", WORK, NOBODY, Care.HASHED)),
        kept=CHANGED,
    ),
    Told("appointment_agents", (agent("agent_id starts_at ends_at busy_until"),), plain="appointment_id", kept=Kept.GIVEN_BACK),
    Told(
        "appointments",
        (person("starts_at ends_at type_id place_id title created_by created_at moved_at cancelled_at uid", MEET, TEAM | THEMSELF),),
        plain="id organisation_id seats seats_taken series_uid version held_until",
        kept=Kept.GIVEN_BACK,
    ),
)  # fmt: skip
AGENTS_ACTS = (
    Told(
        "audit_events",
        (
            agent("agent_id action at", PROVE, TEAM | ADMINS),
            person("beneficiary_id details", PROVE, TEAM | ADMINS),
            agent("origin", PROVE, ADMINS),
            agent("network", PROVE, ADMINS, Care.CUT),
        ),
        plain="id organisation_id",
        sooner=tuple((name, Kept.YEAR) for name in ("agent_id", "action", "at", "origin", "network")),
    ),
    Told("saved_views", (agent("agent_id"), person("name query", Purpose.FOLLOW)), kept=Kept.MENTIONS),
    Told(
        "selection_acts",
        (agent("agent_id act"), person("details", Purpose.FOLLOW, COLLEAGUES)),
        kept=Kept.WEEK,
    ),
    Told("own_texts", (agent("agent_id", PROVE),), plain="language subject body", kept=CHANGED),
    Told("invitation_batches", (agent("agent_id taken_back_by_agent_id", PROVE),), kept=CHANGED),
    Told("letter_batches", (agent("agent_id", PROVE),), kept=CHANGED),
    Told("waves", (agent("agent_id", PROVE),), plain="channels", kept=CHANGED),
    Told(
        "import_batches",
        (agent("agent_id", PROVE), person("filename", PROVE)),
        plain="columns ignored_columns",
        kept=CHANGED,
    ),
    Told(
        "move_ins",
        (agent("agent_id holder_id", PROVE), person("people_file meetings_file", PROVE)),
        plain="organisation_ids dropped_columns counts",
        kept=CHANGED,
    ),
    Told("move_in_parts", (person("lines listed sessions", RECOGNISE, NOBODY),), kept=Kept.LISTS),
    Told("move_in_remarks", (person("cells", RECOGNISE, ADMINS),), plain="whys", kept=Kept.LISTS),
    Told("api_batches", (agent("agent_id", PROVE, MACHINES),), plain="uid", kept=Kept.MONTH),
    Told(
        "service_keys",
        (agent("created_by_agent_id", PROVE, ADMINS),),
        plain="name scopes prefix token_hash former_hash",
        kept=CHANGED,
    ),
    Told(
        "webhook_endpoints",
        (agent("created_by_agent_id", PROVE, ADMINS),),
        plain="address secret_sealed",
        kept=CHANGED,
    ),
    Told("useful_drafts", (agent("agent_id", WORK, OWNER),), plain="content left_out", kept=Kept.DAY),
    Told(
        "trials",
        (agent("created_by_agent_id started_by_agent_id ended_by_agent_id", PROVE, ADMINS),),
        plain="uid name arms protocol protocol_hash seed_sealed seed_hash end_note",
        kept=Kept.PROTOCOL,
    ),
)
CONTACTS = (
    Told(
        "organisations",
        (contact("phone phone_owner signature email address", COLLEAGUES | THEMSELF),),
        plain="name hours sms_sender useful_themes",
        kept=CHANGED,
    ),
    Told(
        "departments",
        (contact("publisher privacy_contact accessibility_contact phone", PUBLIC),),
        plain="number name full_name timezone holidays_subdivision accent logo_hash website postal_address host",
        kept=CHANGED,
    ),
    Told("category_settings", (contact("help_phone help_owner", THEMSELF | COLLEAGUES),), plain="channels modes help_hours", kept=CHANGED),
)  # fmt: skip
TRACES = (
    Told(
        "unit_facts",
        (
            person("follow_up_id organisation_id department_id category_id arm channel entry mobile", MEASURE, NOBODY),
            person("addressed_on rights_opened_on reached_on answered_on seen_on crossed_on left_on", MEASURE, NOBODY),
            person("meetings", MEASURE, NOBODY),
        ),
        kept=Kept.COUNTED,
    ),
    Told("figure_changes", (person("follow_up_id", MEASURE, NOBODY),), kept=Kept.COUNTED),
    Told(
        "job_centre_notices",
        (
            person("participation_id state told_at remote_id", EXCHANGE, ADMINS | Reader.JOB_CENTRE),
            person("number_sealed", EXCHANGE, NOBODY, Care.SEALED),
            person("told_hash", EXCHANGE, NOBODY, Care.HASHED),
        ),
        kept=Kept.MONTH,
    ),
    Told("webhook_events", (person("resource_id uid happened_at", EXCHANGE, MACHINES | ADMINS),), plain="last_trouble", kept=Kept.MONTH),
    Told(
        "idempotency_keys",
        (person("answer", EXCHANGE, NOBODY, Care.SEALED), person("key_hash request_hash", EXCHANGE, NOBODY, Care.HASHED)),
        kept=Kept.DAY,
    ),
    Told("tries", (person("who", SECURE, NOBODY, Care.HASHED),), plain="surface", kept=Kept.DAY),
    Told("erasures", (person("fingerprint erased_at written_at", PROVE, NOBODY, Care.HASHED),), kept=Kept.QUARTER),
)  # fmt: skip
OTHERS = (*ACCOUNTS, *AGENTS_TIME, *AGENTS_ACTS, *CONTACTS, *TRACES)
