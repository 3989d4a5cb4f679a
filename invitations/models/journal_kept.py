"""The journal is only added to, as rules of the database: a line says what it said, and goes when it is old.

Two things may change of it. Whoever it is about is forgotten: the line loses its subject and its details. Their record is
joined to another: the line follows, and names the follow-up that is left. A line goes once the journal has gone on for a
year after it, by its own dates: no clock has to be believed (docs/decisions/0035).
"""

from __future__ import annotations

from sqlalchemy import DDL, Table, event

from invitations.models.journal import AuditEvent

_TABLE: Table = AuditEvent.__table__  # type: ignore[assignment]  # declared classes have a Table
_MAY_CHANGE = frozenset({"beneficiary_id", "details"})
_LAST = "(SELECT last.at FROM audit_events AS last ORDER BY last.id DESC LIMIT 1)"


def _frozen(differ: str) -> str:
    names = [one.name for one in _TABLE.columns if one.name not in _MAY_CHANGE]
    return " OR ".join(f"NEW.{one} {differ} OLD.{one}" for one in names)


def _changed(differ: str, is_empty: str, says_the_same: str) -> str:
    forgotten = f"NEW.beneficiary_id IS NULL AND {is_empty}"
    followed = f"NEW.beneficiary_id IS NOT NULL AND {says_the_same}"
    return f"{_frozen(differ)} OR OLD.beneficiary_id IS NULL OR NOT (({forgotten}) OR ({followed}))"


def rules(*, postgresql: bool) -> list[tuple[str, str]]:
    """Act, and when it is refused."""
    if postgresql:
        same = "NEW.details::jsonb - 'follow_up_id' = OLD.details::jsonb - 'follow_up_id'"
        changed = _changed("IS DISTINCT FROM", "NEW.details::text = '{}'", same)
        return [("UPDATE", changed), ("DELETE", f"OLD.at > {_LAST} - interval '365 days'")]
    same = "json_remove(NEW.details, '$.follow_up_id') = json_remove(OLD.details, '$.follow_up_id')"
    changed = _changed("IS NOT", "NEW.details = '{}'", same)
    return [("UPDATE", changed), ("DELETE", f"julianday(OLD.at) > julianday({_LAST}) - 365")]


def _sqlite(act: str, when: str) -> tuple[str, ...]:
    name = f"audit_events_kept_{act.lower()}"
    return (f"CREATE TRIGGER {name} BEFORE {act} ON audit_events WHEN {when} BEGIN SELECT RAISE(ABORT, '{name}'); END",)


def _postgresql(act: str, when: str) -> tuple[str, ...]:
    name, row = f"audit_events_kept_{act.lower()}", "OLD" if act == "DELETE" else "NEW"
    return (
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF {when} THEN"
        f" RAISE EXCEPTION '{name}' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN {row}; END $$",
        f"CREATE TRIGGER {name} BEFORE {act} ON audit_events FOR EACH ROW EXECUTE FUNCTION {name}()",
    )


def _never_emptied() -> tuple[str, ...]:
    """PostgreSQL's TRUNCATE passes by the rows."""
    name = "audit_events_kept_truncate"
    return (
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" RAISE EXCEPTION '{name}' USING ERRCODE = 'integrity_constraint_violation'; END $$",
        f"CREATE TRIGGER {name} BEFORE TRUNCATE ON audit_events FOR EACH STATEMENT EXECUTE FUNCTION {name}()",
    )


SQLITE_JOURNAL = tuple(one for rule in rules(postgresql=False) for one in _sqlite(*rule))
POSTGRESQL_JOURNAL = (*(one for rule in rules(postgresql=True) for one in _postgresql(*rule)), *_never_emptied())

for _dialect, _statements in (("sqlite", SQLITE_JOURNAL), ("postgresql", POSTGRESQL_JOURNAL)):
    for _statement in _statements:
        event.listen(_TABLE, "after_create", DDL(_statement.replace("%", "%%")).execute_if(dialect=_dialect))
