"""Tables that lead to a person, column by column."""

from __future__ import annotations

from invitations.personal_columns.kinds import Care, Kept, Purpose, Reader, Told, agent, person

RECOGNISE, REACH, MEET, WELCOME = Purpose.RECOGNISE, Purpose.REACH, Purpose.MEET, Purpose.WELCOME
FOLLOW, PROVE, MEASURE, EXCHANGE = Purpose.FOLLOW, Purpose.PROVE, Purpose.MEASURE, Purpose.EXCHANGE
TEAM, THEMSELF, MACHINES, NOBODY = Reader.TEAM, Reader.PERSON, Reader.MACHINES, Reader.NOBODY
JOB_CENTRE, CARRIERS, ADMINS = Reader.JOB_CENTRE, Reader.CARRIERS, Reader.ADMINS
ALL = TEAM | MACHINES

WHO_THEY_ARE = (
    Told(
        "beneficiaries",
        (
            person("title first_name last_name", RECOGNISE | REACH, ALL | THEMSELF | CARRIERS),
            person("birth_name birth_on", RECOGNISE, ALL | JOB_CENTRE),
            person("affiliation_number role", RECOGNISE, ALL),
            person("department_internal_id", RECOGNISE, ALL, Care.NOT_FOR_PARTNERS),
            person("france_travail_id", RECOGNISE | EXCHANGE, ALL | JOB_CENTRE),
            person("email", REACH | RECOGNISE, ALL | THEMSELF | CARRIERS),
            person("phone", REACH | RECOGNISE, ALL | THEMSELF | CARRIERS | JOB_CENTRE),
            person("wrong_phone", REACH, TEAM),
            person("address postcode city", REACH | MEET, ALL | CARRIERS),
            person("commune_insee", MEET, TEAM),
            person("rights_opened_on", FOLLOW | MEASURE, ALL),
            person("language", REACH | WELCOME, TEAM | THEMSELF),
            person("logistic_note needs", WELCOME, TEAM),
            person("first_name_key email_key search_key", RECOGNISE, NOBODY),
            person("sms_refused_at email_refused_at phone_dead_at email_dead_at letter_dead_at", REACH, TEAM),
            person("phone_corrected_at email_corrected_at", REACH, TEAM),
            person("created_at updated_at", FOLLOW, TEAM),
            person("nir_sealed", RECOGNISE, TEAM, Care.SEALED | Care.MASKED | Care.COUNCIL_AND_JOB_CENTRE),
            person("nir_hash", RECOGNISE, NOBODY, Care.HASHED),
            person("uid", EXCHANGE, MACHINES),
        ),
        plain="id department_id",
    ),
    Told(
        "memberships",
        (person("beneficiary_id organisation_id archived_at archive_reason created_at", FOLLOW, ALL),),
        plain="id",
    ),
    Told(
        "referents",
        (person("beneficiary_id created_at", FOLLOW, ALL), agent("agent_id", FOLLOW, TEAM | THEMSELF | MACHINES)),
    ),
    Told("taggings", (person("beneficiary_id tag_id created_at", FOLLOW, ALL),)),
)
THEIR_WAY = (
    Told(
        "follow_ups",
        (
            person("beneficiary_id category_id status status_since closed_at created_at", FOLLOW | MEASURE, ALL),
            person("reminders_suspended_at call_tries call_tried_at calls_stopped_at", REACH),
            person("uid", EXCHANGE, MACHINES),
        ),
        plain="id",
    ),
    Told("status_changes", (person("follow_up_id status at", FOLLOW | MEASURE),), plain="id"),
    Told(
        "invitations",
        (
            person("follow_up_id organisation_id mode expires_at created_at", MEET | MEASURE, ALL | THEMSELF),
            person("place_id with_referents held_appointment_id", MEET),
            person("answered_at ended_at end_reason", FOLLOW | MEASURE, ALL),
            person("to_mobile", MEASURE, NOBODY),
            person("uid batch_id", EXCHANGE, MACHINES),
            agent("created_by_agent_id", PROVE, TEAM),
        ),
        plain="id",
    ),
    Told(
        "links",
        (
            person("code_hash", MEET, NOBODY, Care.HASHED),
            person("invitation_id participation_id created_at", MEET, NOBODY),
        ),
    ),
    Told(
        "participations",
        (
            person("appointment_id beneficiary_id follow_up_id", MEET | MEASURE, ALL | THEMSELF | JOB_CENTRE),
            person("invitation_id created_by created_at", MEET | MEASURE, ALL),
            person("outcome outcome_at", FOLLOW | MEASURE, ALL | JOB_CENTRE),
            person("uid versions_before", EXCHANGE, MACHINES),
        ),
        plain="id",
    ),
    Told(
        "orientations",
        (
            person("follow_up_id kind organisation_id by_organisation_id decided_on created_at", FOLLOW, TEAM),
            agent("by_agent_id", PROVE, TEAM),
        ),
        plain="id",
    ),
    Told(
        "waitings",
        (
            person("organisation_id follow_up_id invitation_id participation_id place_id", MEET, TEAM | THEMSELF),
            person("asked_at ended_at end_reason", MEET, TEAM | THEMSELF),
        ),
        plain="id",
    ),
    Told(
        "freed_slots",
        (person("waiting_id", MEET, TEAM),),
        plain="id appointment_id offered_at until answered_at answer",
    ),
    Told("wave_people", (person("wave_id follow_up_id invited_at left_at left_because", MEET),), plain="position"),
    Told(
        "callback_requests",
        (
            person("organisation_id beneficiary_id follow_up_id invitation_id", REACH),
            person("phone times preferred created_at", REACH),
            person("tries tried_at handled_at", REACH | FOLLOW),
            agent("handled_by_agent_id", PROVE, TEAM),
        ),
        plain="id",
    ),
    Told(
        "assignments",
        (person("follow_up_id organisation_id stratum arm assigned_at fell_back_at kept", MEASURE, ADMINS),),
        plain="id trial_id position",
    ),
    Told(
        "trial_opt_outs",
        (person("follow_up_id organisation_id why at", MEASURE, TEAM), agent("agent_id", PROVE, TEAM)),
        plain="id trial_id",
    ),
)
WHAT_WAS_SAID = (
    Told(
        "messages",
        (
            person("address", REACH | PROVE, TEAM | THEMSELF | CARRIERS, Care.HASHED),
            person("subject body", REACH | PROVE, TEAM | THEMSELF | CARRIERS, Care.HASHED),
            person("beneficiary_id invitation_id participation_id text_id", REACH),
            person("organisation_id kind channel language state created_at sent_at settled_at", REACH | PROVE),
            person("replaces_id fell_back_at told_at previous_starts_at due_at useless_at forgotten_at", REACH),
            person("provider_id error_code error_reason", REACH | PROVE),
            agent("agent_id agent_link_id", Purpose.WORK, Reader.OWNER),
        ),
        plain="id once version segments own_text_id leaves_at_once attempts looks claimed_at claimed_by",
        sooner=(("address", Kept.WORDS), ("subject", Kept.WORDS), ("body", Kept.WORDS)),
    ),
    Told(
        "receipt_events",
        (person("message_id provider_id status error_code at", PROVE, TEAM),),
        plain="id",
    ),
    Told(
        "voice_calls",
        (
            person("sid message_id outcome started_at ended_at concluded_at", REACH | PROVE, TEAM | CARRIERS),
            person("stage step silences choices seen was_lost is_heard", REACH, NOBODY),
        ),
        plain="id",
    ),
    Told(
        "letters",
        (
            person("message_id batch_id returned_on return_reason created_at", REACH | PROVE),
            person("facts", REACH | PROVE, TEAM | CARRIERS),
            person("code_hash", MEET, NOBODY, Care.HASHED),
        ),
        plain="id attempt layout",
        sooner=(("facts", Kept.WORDS),),
    ),
    Told(
        "inbound_texts",
        (
            person("sender body", REACH | PROVE, TEAM | CARRIERS),
            person("sid number received_at read_at waits_for handled_at", REACH),
            person("organisation_id beneficiary_id follow_up_id", REACH),
            agent("handled_by_agent_id", PROVE, TEAM),
        ),
        plain="id",
        sooner=(("sender", Kept.WORDS), ("body", Kept.WORDS)),
    ),
    Told(
        "text_menus",
        (person("message_id number choices seen asked_by_id closed_at created_at", REACH, NOBODY),),
        plain="id kind",
    ),
)
WHERE_THEY_CAME_FROM = (
    Told(
        "import_rows",
        (
            person("cells reasons changes choice before", RECOGNISE, TEAM),
            person("beneficiary_id cluster verdict", RECOGNISE, TEAM),
        ),
        plain="id batch_id position",
        sooner=tuple((name, Kept.LISTS) for name in ("cells", "reasons", "changes", "choice", "before")),
    ),
    Told(
        "api_batch_rows",
        (person("asked why beneficiary_id invitation_id state done_at", EXCHANGE, MACHINES),),
        plain="id batch_id position",
        sooner=tuple((name, Kept.MONTH) for name in ("asked", "why", "beneficiary_id", "invitation_id")),
    ),
)
PEOPLE = (*WHO_THEY_ARE, *THEIR_WAY, *WHAT_WAS_SAID, *WHERE_THEY_CAME_FROM)
