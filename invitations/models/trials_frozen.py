"""What nobody changes of a trial, as rules of the database: what is compared once it runs, what lots gave, what a look found."""

from __future__ import annotations

from sqlalchemy import DDL, JSON, Table, event

from invitations.models.trials import Assignment, Trial, TrialLook, TrialOrganisation

# Every other column is frozen. `seed_sealed` may be sealed anew under the key in force: `seed_hash` vouches for it.
_MAY_CHANGE = {
    Trial.__tablename__: {"state", "seed_sealed", "ended_at", "ended_by_agent_id", "end_reason", "end_note"},
    TrialOrganisation.__tablename__: {"is_running"},
    Assignment.__tablename__: {"follow_up_id", "fell_back_at", "kept"},
    TrialLook.__tablename__: set[str](),
}
_TABLES: list[Table] = [one.__table__ for one in (Trial, TrialOrganisation, Assignment, TrialLook)]  # type: ignore[misc]
_NOT_DRAFT = "EXISTS (SELECT 1 FROM trials WHERE trials.id = {row}.trial_id AND trials.state <> 'draft')"
_BACK = "NEW.state = 'draft' OR (OLD.state = 'ended' AND NEW.state <> 'ended')"


def _differs(table: Table, *, postgresql: bool) -> str:
    """That a frozen column is given another value. PostgreSQL compares no JSON, but its text."""
    frozen = [one for one in table.columns if one.name not in _MAY_CHANGE[table.name]]
    names = [f"{one.name}::text" if postgresql and isinstance(one.type, JSON) else one.name for one in frozen]
    differ = "IS DISTINCT FROM" if postgresql else "IS NOT"
    return " OR ".join(f"NEW.{one} {differ} OLD.{one}" for one in names)


def rules(*, postgresql: bool) -> list[tuple[str, str, str]]:
    """Table, act, and when the act is refused."""
    trials, parts, drawn, looks = (_differs(one, postgresql=postgresql) for one in _TABLES)
    of_new, of_old, always = _NOT_DRAFT.format(row="NEW"), _NOT_DRAFT.format(row="OLD"), "1 = 1"
    return [
        ("trials", "UPDATE", f"OLD.state <> 'draft' AND ({_BACK} OR {trials})"),
        ("trials", "DELETE", "OLD.state <> 'draft'"),
        ("trial_organisations", "INSERT", of_new),
        ("trial_organisations", "UPDATE", f"{of_old} AND ({parts})"),
        ("trial_organisations", "DELETE", of_old),
        ("assignments", "UPDATE", drawn),
        ("assignments", "DELETE", always),
        ("trial_looks", "UPDATE", looks),
        ("trial_looks", "DELETE", always),
    ]


def _sqlite(table: str, act: str, when: str) -> tuple[str, ...]:
    name = f"{table}_frozen_{act.lower()}"
    return (f"CREATE TRIGGER {name} BEFORE {act} ON {table} WHEN {when} BEGIN SELECT RAISE(ABORT, '{name}'); END",)


def _postgresql(table: str, act: str, when: str) -> tuple[str, ...]:
    """The function asks: a trigger's own WHEN reads no other table."""
    name, row = f"{table}_frozen_{act.lower()}", "OLD" if act == "DELETE" else "NEW"
    return (
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF {when} THEN"
        f" RAISE EXCEPTION '{name}' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN {row}; END $$",
        f"CREATE TRIGGER {name} BEFORE {act} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()",
    )


SQLITE_FROZEN = tuple((rule[0], one) for rule in rules(postgresql=False) for one in _sqlite(*rule))
POSTGRESQL_FROZEN = tuple((rule[0], one) for rule in rules(postgresql=True) for one in _postgresql(*rule))

for _dialect, _statements in (("sqlite", SQLITE_FROZEN), ("postgresql", POSTGRESQL_FROZEN)):
    for _name, _statement in _statements:
        _table = next(one for one in _TABLES if one.name == _name)
        event.listen(_table, "after_create", DDL(_statement).execute_if(dialect=_dialect))
