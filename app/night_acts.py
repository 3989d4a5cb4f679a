"""What the jobs do so that nothing is kept for longer than it is needed, and what they count at night."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from app import erased_file
from app.acts import ShouldStop, in_parts, never
from app.runtime import Runtime
from invitations import erasures, kept_forms, nir_switch, purging, replies, retention, sealed_links, tries
from invitations.job_centre import reading as job_centre
from invitations.machines import answered, batches, callers
from invitations.moving_house import handing_in as moves
from invitations.statistics import slot_noting
from invitations.webhooks import log as webhook_log

# Traces written to the file in one tick.
ERASED_AT_ONCE = 1_000
# What is dropped once nobody may ask for it any more, each by its own age.
FORGOTTEN: tuple[Callable[..., int], ...] = (
    tries.forget,
    replies.forget,
    answered.forget,
    batches.forget,
    callers.forget,
    webhook_log.forget,
    job_centre.forget,
    erasures.forget,
    moves.forget,
    kept_forms.forget,
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


def write_erasures(runtime: Runtime, should_stop: ShouldStop = never) -> int:  # noqa: ARG001  (one short step)
    """Tell the file outside the database who was deleted since: what is written twice does no harm, what is not written might."""
    if not runtime.settings.erased_log:
        return 0
    with runtime.database.reading() as session:
        owed = erasures.unwritten(session, most=ERASED_AT_ONCE)
    if not owed:
        return 0
    erased_file.append(Path(runtime.settings.erased_log), list(owed.values()), now=runtime.clock())
    with runtime.database.writing() as session:
        return erasures.mark_written(session, list(owed), now=runtime.clock())


def erase_nirs(runtime: Runtime, should_stop: ShouldStop = never) -> int:
    """Erase the social security numbers of départements that keep none any more, a slice at a time."""
    done = 0
    with runtime.database.reading() as session:
        if not nir_switch.is_owed(session):
            return 0
    while not should_stop():
        with runtime.database.writing() as session:
            erased = nir_switch.erase_some(session)
        if not erased:
            break
        done += erased
    return done


def seal_links(runtime: Runtime, should_stop: ShouldStop = never) -> int:
    """Seal the links that a release before lay down as a plain hash, a slice at a time; both open all the while."""
    return sealed_links.seal(runtime.database, runtime.codes, should_stop)


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
