"""What the jobs do that follow trials."""

from __future__ import annotations

from app.acts import ShouldStop, never
from app.runtime import Runtime
from invitations.trials import falling_back, looking


def look_at_trials(runtime: Runtime, should_stop: ShouldStop = never) -> int:
    """Take the looks that are due, a trial a transaction."""
    with runtime.database.reading() as session:
        due = looking.due(session, now=runtime.clock())
    done = 0
    for trial_id in due:
        if should_stop():
            break
        with runtime.database.writing() as session:
            done += looking.look(session, trial_id, now=runtime.clock())
    return done


def fall_back_trials(runtime: Runtime, _should_stop: ShouldStop = never) -> int:
    """Put on the list to call whom nobody has seen weeks after the draw."""
    with runtime.database.reading() as session:
        due = falling_back.due(session, now=runtime.clock())
    if not due:
        return 0
    with runtime.database.writing() as session:
        return falling_back.fall_back(session, due, now=runtime.clock())
