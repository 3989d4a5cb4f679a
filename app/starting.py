"""Whether the web and the scheduler may start on a database: at this release, whole, and not being restored."""

from __future__ import annotations

from app import migrations
from app.settings import Settings

BEHIND = "The database is not at this release: run `rdv migrate`."
AHEAD = "The database is at a later release than this program: install that one, or restore a backup of this one."
UNFINISHED = "A restore of this database was not finished: run `rdv restore FILE --replace` again."


def hindrance(settings: Settings) -> str:
    """Why nothing may start, in a sentence; empty when it may, and when nobody can say: the database may be away for a while."""
    state = migrations.state(settings.database_url)
    return {"behind": BEHIND, "ahead": AHEAD, "unfinished": UNFINISHED}.get(state, "")
