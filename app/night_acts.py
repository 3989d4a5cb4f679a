"""What the jobs do so that nothing is kept for longer than it is needed, and what they count at night."""

from __future__ import annotations

from collections.abc import Callable

from app.acts import ShouldStop, in_parts, never
from app.runtime import Runtime
from invitations import purging, replies, retention, tries
from invitations.job_centre import reading as job_centre
from invitations.machines import answered, batches, callers
from invitations.statistics import slot_noting
from invitations.webhooks import log as webhook_log

# What is dropped once nobody may ask for it any more, each by its own age.
FORGOTTEN: tuple[Callable[..., int], ...] = (
    tries.forget,
    replies.forget,
    answered.forget,
    batches.forget,
    callers.forget,
    webhook_log.forget,
    job_centre.forget,
)


def forget(runtime: Runtime, should_stop: ShouldStop = never) -> int:
    """Drop who tried a code too long ago to count, and what was said or texted longer ago than the team keeps it."""
    with runtime.database.writing() as session:
        done = sum(one(session, now=runtime.clock()) for one in FORGOTTEN)
    with runtime.database.reading() as session:
        due = retention.due(session, now=runtime.clock())
    return done + in_parts(
        runtime,
        due,
        lambda session, part: retention.forget_texts(session, part, codes=runtime.codes, now=runtime.clock()),
        should_stop,
    )


def note_slots(runtime: Runtime, should_stop: ShouldStop = never) -> int:
    """Write down what was offered and used of the days that are over."""
    with runtime.database.reading() as session:
        due = slot_noting.due(session, now=runtime.clock())
    done = 0
    for department_id, on in due:
        if should_stop():
            break
        with runtime.database.writing() as session:
            done += slot_noting.note(session, department_id, on, now=runtime.clock())
    return done


def purge(runtime: Runtime, should_stop: ShouldStop = never) -> int:
    """Forget who is due and drop what nobody needs any more, once a night."""
    with runtime.database.reading() as session:
        is_due = purging.is_due(session, now=runtime.clock())
    return purging.purge(runtime.database, clock=runtime.clock, should_stop=should_stop) if is_due else 0
