"""`rdv restore FILE [--replace]`: a backup takes the place of the database, and nothing that may have left since leaves again.

What is done, in order: docs/decisions/0036. What somebody has to do then is said at the end.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from app import acts, backing_up, erased_file, make_runtime, migrations, night_acts
from app.clock import utc_now
from app.errors import where_it_broke
from app.runtime import Runtime
from app.settings import Settings
from invitations import erasing, purging
from invitations.backups import afterwards, bringing_back, checking
from invitations.backups.afterwards import Held
from invitations.backups.bringing_back import Place
from invitations.backups.manifest import BackupTrouble, Manifest

Clock = Callable[[], datetime]

DONE, REFUSED = 0, 1
# What the jobs would owe as soon as they turn; owed here, so that what may have left already is asked about.
CATCHING_UP: tuple[Callable[[Runtime], int], ...] = (
    acts.fall_back,
    acts.remind_invitations,
    acts.remind_appointments,
)


@dataclass(frozen=True, slots=True)
class Done:
    """`again`: people deleted once more; None when nobody knows who was deleted since. `kept`: where the old database is.
    `is_ours`: its links were made with the keys that are set."""

    held: Held
    again: int | None
    kept: str
    is_ours: bool


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `rdv restore` takes."""
    parser.add_argument("file", type=Path, help="the backup; its manifest lies beside it")
    parser.add_argument(
        "--replace", action="store_true", help="the database is not empty: put what it holds aside, it is not deleted"
    )
    parser.add_argument(
        "--anyway", action="store_true", help="although texts that left can't be recognised, and may leave again"
    )


def run(settings: Settings, arguments: argparse.Namespace, *, clock: Clock = utc_now) -> int:
    """Returns the exit status."""
    try:
        told = check_settings(settings, arguments.file, is_told=arguments.anyway)
        restore(settings, arguments.file, told, may_replace=arguments.replace, clock=clock)
    except BackupTrouble as trouble:
        sys.stderr.write(f"{trouble}\n")
        return REFUSED
    return DONE


def check_settings(settings: Settings, backup: Path, *, is_told: bool) -> Manifest:
    """The provider knows a text by its number, its words, the link in them and its sender. Raises BackupTrouble."""
    told = checking.check(backup, pg_bin=settings.pg_bin)
    others = told.differs(backing_up.terms_of(settings))
    if others and settings.sends_sms and not is_told:
        raise BackupTrouble(
            f"When the backup was taken, {', '.join(others)} had another value: the provider would not know the texts that have "
            "left, and they would leave again. Set what was set then, restore, let the messages settle, and change it after "
            "that; or say --anyway."
        )
    return told


def restore(settings: Settings, backup: Path, told: Manifest, *, may_replace: bool, clock: Clock) -> None:
    """Raises BackupTrouble."""
    now = clock()
    place = bringing_back.place_of(settings.database_url, now=now)
    check(place, told, may_replace=may_replace, now=now)
    say(f"{backup.name} is whole: {told.total} rows of {told.taken_at.isoformat(timespec='seconds')}.")
    bringing_back.bring_in(place, backup, told, pg_bin=settings.pg_bin)
    try:
        done = put_in_place(settings, place, told, clock)
    except BackupTrouble:
        place.undo()
        raise
    except Exception as error:
        place.undo()
        where = where_it_broke(error.__traceback__)
        raise BackupTrouble(
            f"It could not be made ready ({type(error).__name__}, {where}): what was there is there again."
        ) from error
    tell(told, done)


def put_in_place(settings: Settings, place: Place, told: Manifest, clock: Clock) -> Done:
    """Ready first, then seen."""
    afterwards.begin(place.work_url, schema=told.schema, slot=place.stamp, now=clock())
    migrations.upgrade(place.work_url)
    runtime = make_runtime(replace(settings, database_url=place.work_url), clock=clock)
    try:
        held, again = make_ready(runtime, place.stamp, told)
        with runtime.database.reading() as session:
            is_ours = afterwards.is_of_these_keys(session, runtime.codes)
    finally:
        runtime.database.engine.dispose()
    return Done(held, again, place.finish(), is_ours)


def check(place: Place, told: Manifest, *, may_replace: bool, now: datetime) -> None:
    """Everything that can be known before anything is touched. Raises BackupTrouble."""
    bringing_back.check_engine(place, told)
    if not migrations.knows(told.schema):
        raise BackupTrouble(
            f"The backup is at migration {told.schema}, which this release does not know: install its own."
        )
    bringing_back.check_nobody_is_there(place.url, now=now)
    if not place.is_empty() and not may_replace:
        raise BackupTrouble("The database is not empty. With --replace what it holds is put aside, not deleted.")


def make_ready(runtime: Runtime, slot: str, told: Manifest) -> tuple[Held, int | None]:
    """All that has to happen before anything starts on it. Returns what is held, and how many people were deleted again."""
    database, clock = runtime.database, runtime.clock
    with database.writing() as session:
        afterwards.forget_who_was_there(session, now=clock())
        known = afterwards.last_message(session)
    again = erase_again(runtime)
    purging.purge(database, clock=clock)
    for owe in CATCHING_UP:
        owe(runtime)
    with database.writing() as session:
        held = afterwards.hold(session, known=known, now=clock())
        afterwards.end(session, held, slot=slot, taken_at=told.taken_at, now=clock())
    night_acts.write_erasures(runtime)
    return held, again


def erase_again(runtime: Runtime) -> int | None:
    """Whoever was deleted since the backup, as the file of ERASED_LOG says; None when there is none."""
    file = Path(runtime.settings.erased_log)
    if not runtime.settings.erased_log or not file.is_file():
        return None
    with runtime.database.writing() as session:
        return erasing.replay(session, erased_file.read(file), now=runtime.clock())


def say(words: str) -> None:
    sys.stdout.write(f"{words}\n")


def tell(told: Manifest, done: Done) -> None:
    """What was done, and what is left for somebody to do."""
    taken_at, held = told.taken_at.isoformat(timespec="seconds"), done.held
    say(f"Restored as it was on {taken_at}. What happened since is not in it.")
    say(f"  {held.asked} texts and calls that may have left: the provider is asked first, nobody gets one twice.")
    say(f"  {held.taken_back} reminders by email that may have left are given up.")
    say("  The purge was run; everybody signs in anew.")
    if done.again is not None:
        say(f"  {done.again} people deleted since were deleted again.")
    if done.kept:
        say(f"  What was there before is kept as {done.kept}: delete it once you are sure.")
    say("To do (docs/backups.md, After a restore):")
    for one in to_do(done, taken_at):
        say(f"  {one}")


def to_do(done: Done, taken_at: str) -> Iterator[str]:
    if not done.is_ours:
        yield "before anything starts, put the SECRET_KEY of then into PREVIOUS_SECRET_KEYS: its links are sealed under it;"
    yield "start `rdv serve` and `rdv jobs run`, then `rdv doctor`;"
    yield f"tell the teams that appointments taken, moved or cancelled since {taken_at} are not known here;"
    if done.again is None:
        yield "there is no file of ERASED_LOG: whoever was deleted since is back, and has to be deleted again by hand;"
    if done.held.letters:
        yield f"{done.held.letters} letters wait to be printed: ask whether they were, before printing;"
    if done.held.unsure:
        yield f"{done.held.unsure} appointments France Travail may know of: Réglages, France Travail;"
    yield "passwords, rights and keys are those of then: change again what was changed because it was known to somebody."
