"""Every table has its rule for the day when somebody is forgotten: a new one fails here until it has one, or a reason."""

from __future__ import annotations

from sqlalchemy import JSON, Enum, String, Table

from invitations.database import Base
from invitations.forgetting_rules import RULES, tables_with_a_rule
from invitations.models import FollowUp, Invitation, Participation
from tests.invitations.planting import tables_of_people

# Tables that lead to no person, and why nothing of one is left in them.
NOBODYS = {
    "appointments": "a time of an agent's; those that were made for the person alone go (forgetting_times)",
    "appointment_agents": "the same time",
    "saved_views": "an agent's search; one for the person goes (forgetting_mentions)",
    "selection_acts": "ids of people; theirs go (forgetting_mentions), and the whole after 7 days (purging_old)",
    "unit_facts": "one line of facts a follow-up; goes when its person does (statistics.counting.let_go)",
    "figure_changes": "ids of follow-ups, for seconds (statistics.counting)",
    "figures": "sums",
    "figure_delays": "sums",
    "figure_state": "how far the sums are",
    "counted_months": "sums, of organisations that agreed",
    "published_figures": "sums of 11 people or more",
    "slot_days": "sums",
    "purge_runs": "how many were forgotten",
    "retention_aheads": "how many would be forgotten",
    "erasures": "SHA-256 of a deleted record's random number, for the day a backup is restored",
    "job_centre_notices": "ids, and a sealed number for as long as what was told under it may have to be taken out",
    "webhook_events": "ids, and no body; whoever is told asks for what there is then",
    "idempotency_keys": "a sealed answer, for a day",
    "move_ins": "two files' names and how much they hold",
    "move_in_parts": "a file's lines until they are taken in, for 7 days at most (moving_house.handing_in)",
    "move_in_remarks": "a file's lines that were left out, for 30 days at most (moving_house.handing_in)",
    "import_batches": "a file's name and the heads of its columns",
    "invitation_batches": "that an agent wrote to several people, and when",
    "letter_batches": "that an agent printed letters, and when",
    "waves": "that an agent let people be invited as slots open",
    "api_batches": "that a machine handed in a list, and when",
    "useful_places": "addresses that anybody may know",
    "useful_feeds": "where lists of such addresses are read",
    "useful_drafts": "such addresses, before they are published",
    "own_texts": "a service's words, with names of values where a person's would stand",
    "tags": "a service's words",
    "tries": "keyed hashes, for hours",
    "trials": "a protocol",
    "trial_organisations": "who takes part",
    "trial_looks": "sums",
    "departments": "territory", "department_logos": "territory", "letter_logos": "territory", "places": "territory",
    "organisations": "territory", "sectors": "territory", "sector_communes": "territory", "sector_services": "territory",
    "closures": "territory", "categories": "settings", "category_settings": "settings", "appointment_types": "settings",
    "escalation_steps": "settings", "column_mappings": "settings", "channel_caps": "settings",
    "openings": "agents", "opening_types": "agents", "absences": "agents", "regular_absences": "agents",
    "busy_times": "agents: times of their own calendars, without titles", "external_calendars": "agents",
    "calendar_feeds": "agents", "agents": "agents", "agent_roles": "agents", "agent_links": "agents",
    "agent_sessions": "agents", "api_sessions": "agents", "supports": "agents", "code_generators": "agents",
    "passkeys": "agents", "recovery_codes": "agents",
    "kept_forms": "what an agent sent too late, sealed, for a day",
    "service_keys": "machines", "webhook_endpoints": "machines",
    "beats": "the machinery", "job_runs": "the machinery", "channel_uses": "the machinery",
    "provider_states": "the machinery", "sender_paces": "the machinery",
}  # fmt: skip
# How a column is called that names a person's row without referring to it.
POINTERS = ("beneficiary_id", "follow_up_id", "invitation_id", "participation_id", "person_id")


def test_every_table_that_leads_to_a_person_has_its_rule_and_every_other_a_reason() -> None:
    people = {one.name for one in tables_of_people()}
    assert people == {one.name for one in tables_with_a_rule()}, "a rule is missing in invitations/forgetting_rules.py"
    assert set(Base.metadata.tables) - people == set(NOBODYS), "what of a person is in it? A rule, or a reason above"


def test_what_is_not_deleted_loses_every_column_that_names_a_person_or_speaks_of_one() -> None:
    kept = {rule.table.__table__ for rule in RULES if rule.becomes} - {
        rule.table.__table__ for rule in RULES if not rule.becomes
    }
    lost = {(rule.table.__tablename__, name) for rule in RULES for name in rule.becomes}
    assert [
        f"{table.name}.{name}" for table in kept for name in speaking(table) if (table.name, name) not in lost
    ] == []


# They stay, on purpose: the word for an act, the network an agent did it from, the place in a trial, the facts of a trial that count for nobody.
STAYS = {"audit_events.action", "audit_events.network", "assignments.stratum", "assignments.kept"}


def speaking(table: Table) -> list[str]:
    """Columns that refer to a person's row, and free text."""
    people = tables_of_people()
    free = [one for one in table.columns if isinstance(one.type, String | JSON) and not isinstance(one.type, Enum)]
    refer = [key.parent for key in table.foreign_keys if key.column.table in people]
    return [one.name for one in (*free, *refer) if f"{table.name}.{one.name}" not in STAYS]


def test_a_table_that_names_a_person_without_referring_to_them_says_how_it_forgets() -> None:
    """Only what `NOBODYS` explains may hold an id that no reference guards."""
    loose = {
        table.name
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if column.name in POINTERS and not column.foreign_keys
    }
    assert loose == {"unit_facts", "figure_changes", "job_centre_notices"}


def test_the_order_of_the_rules_is_that_of_the_references() -> None:
    """What refers to something goes before it."""
    deleted = [rule.table.__table__ for rule in RULES if not rule.becomes]
    for place, table in enumerate(deleted):
        later = {one for one in deleted[place + 1 :] if one is not table}
        assert not {key.parent.table for one in later for key in one.foreign_keys if key.column.table is table}, table
    assert {FollowUp.__table__, Invitation.__table__, Participation.__table__} <= set(deleted)
