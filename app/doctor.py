"""`rdv doctor`: what is set, what answers, and what is wrong, a line each. Sends nothing, changes nothing."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from datetime import timedelta

from app import make_runtime, starting
from app.doctor_disks import check_backups, check_disk, check_erased_log
from app.doctor_lines import check_lines
from app.doctor_machine import check_certificate, check_connections, check_sign_on, check_time
from app.doctor_trouble import Trouble
from app.runtime import Runtime
from app.settings import Settings, WrongSettings
from invitations import department_settings, monitoring, renewing, sealed_links
from invitations.renewing import Keys
from notifications.bounce_mailbox import MailboxAway
from notifications.france_travail import NotTold
from notifications.senders import Call, SendError, Sms

WELL, ILL = 0, 1
LOCAL = "not set: messages stay on the local mailbox page"
# Messages and claims are dated by several machines: a few seconds apart do no harm.
APART = timedelta(seconds=5)
# A number that nobody has (ARCEP): asking Twilio what was sent to it proves the account, and sends nothing.
NOBODY = Sms(reference="doctor", to="+33639980000", body="rdv doctor")


def check_database(runtime: Runtime) -> str:
    if hindrance := starting.hindrance(runtime.settings):
        raise Trouble(hindrance)
    with runtime.database.reading() as session:
        if not monitoring.answers(session):
            raise Trouble("DATABASE_URL leads to no database that answers.")
    return runtime.database.engine.dialect.name


def check_sms(runtime: Runtime) -> str:
    if not runtime.settings.sends_sms:
        return LOCAL
    try:
        runtime.senders.sms.find(NOBODY, since=runtime.clock())
    except SendError as error:
        raise Trouble(f"Twilio does not answer as it should (code {error.code or error.reason}).") from error
    return "Twilio answers and accepts the account"


def check_calls(runtime: Runtime) -> str:
    """The account is looked at under "sms"."""
    if not runtime.settings.makes_calls:
        return "not set: nobody is called by a machine"
    if runtime.senders.voice is None:
        raise Trouble("TWILIO_VOICE_FROM is set, and nothing calls.")
    try:
        runtime.senders.voice.find(Call(NOBODY.reference, NOBODY.to), since=runtime.clock())
    except SendError as error:
        raise Trouble(f"Twilio does not answer as it should (code {error.code or error.reason}).") from error
    return f"from {runtime.settings.twilio_voice_from}, Monday to Friday 9:00–12:30 and 14:00–18:00"


def check_email(runtime: Runtime) -> str:
    if not runtime.settings.sends_email:
        return LOCAL
    try:
        runtime.senders.email.check()
    except SendError as error:
        raise Trouble(f"the mail server does not answer as it should (code {error.code or error.reason}).") from error
    return "the mail server answers and lets us in"


def check_bounces(runtime: Runtime) -> str:
    if runtime.bounces is None:
        if runtime.settings.bounces_token:
            return "posted to /hooks/courriel/rebonds"
        return "BOUNCES_URL is not set: an address that does not exist is noticed only if our mail server says so"
    try:
        waiting = runtime.bounces.check()
    except MailboxAway as away:
        raise Trouble(f"the mailbox of BOUNCES_URL can't be read (code {away.code}).") from away
    return f"the mailbox answers and lets us in; {waiting} messages in it"


def check_job_centre(runtime: Runtime) -> str:
    """A token is asked for, and nobody is told of anything."""
    if runtime.job_centre is None:
        return "not set: France Travail is told of nothing"
    try:
        runtime.job_centre.check(now=runtime.clock())
    except NotTold as told:
        raise Trouble(f"France Travail does not answer as it should ({told.problem}).") from told
    return "France Travail answers and accepts the account"


def check_clock(runtime: Runtime) -> str:
    with runtime.database.reading() as session:
        theirs = monitoring.clock_of_database(session)
    if theirs is None:
        return "this machine's alone"
    apart = abs(runtime.clock() - theirs)
    if apart > APART:
        raise Trouble(f"this machine's clock and the database's are {apart.total_seconds():.0f} s apart.")
    return "agrees with the database's"


def check_scheduler(runtime: Runtime) -> str:
    with runtime.database.reading() as session:
        health = monitoring.check(session, now=runtime.clock())
    if health.last_beat_at is None or runtime.clock() - health.last_beat_at > monitoring.LONGEST_SILENCE:
        raise Trouble("no scheduler is alive: start `rdv jobs run`.")
    if health.stopped:
        raise Trouble(f"the provider is away, or refuses our account: {', '.join(health.stopped)}.")
    if health.stuck:
        raise Trouble(f"messages have waited for {health.queue_age // timedelta(minutes=1)} minutes.")
    return "alive"


def check_keys(runtime: Runtime) -> str:
    """Which keys links lie under is seen at once. The rest has nothing to be compared with while there is one key; what that
    can't open is found where it is needed."""
    with runtime.database.reading() as session:
        under = sealed_links.in_use(session)
    if unknown := under - {sealed_links.PLAIN, *runtime.codes.prefixes}:
        raise Trouble(f"links that people hold don't open: PREVIOUS_SECRET_KEYS lacks {len(unknown)} of their keys.")
    if not runtime.settings.previous_secret_keys:
        is_plain = sealed_links.PLAIN in under
        return (
            "links of an earlier release wait to be sealed by the scheduler"
            if is_plain
            else "one key, and none before it"
        )
    with runtime.database.reading() as session:
        stale = renewing.stale(session, Keys(runtime.seals, runtime.codes))
    if stale:
        raise Trouble(f"still under a previous key, or under none that is given: {', '.join(stale)}; `rdv keys renew`.")
    return "all that is sealed is under the key in force"


def check_statutory(runtime: Runtime) -> str:
    with runtime.database.reading() as session:
        every = department_settings.departments(session)
        silent = {one.number: department_settings.missing(one) for one in every}
    if not every:
        return "nobody to speak for yet: `rdv organisations create`"
    lacking = [f"{number} lacks {', '.join(names)}" for number, names in silent.items() if names]
    if not runtime.settings.security_contact:
        lacking.append("SECURITY_CONTACT is not set")
    if lacking and not runtime.settings.is_local:
        raise Trouble(f"the law wants more to be said: {'; '.join(lacking)}.")
    return f"on the real installation to be said: {'; '.join(lacking)}" if lacking else "complete"


CHECKS: tuple[tuple[str, Callable[[Runtime], str]], ...] = (
    ("sms", check_sms),
    ("calls", check_calls),
    ("email", check_email),
    ("bounces", check_bounces),
    ("job centre", check_job_centre),
    ("sign-on", check_sign_on),
    ("lines", check_lines),
    ("https", check_certificate),
    ("server", check_connections),
    ("clock", check_clock),
    ("time", check_time),
    ("disk", check_disk),
    ("backups", check_backups),
    ("erased log", check_erased_log),
    ("scheduler", check_scheduler),
    ("keys", check_keys),
    ("statutory", check_statutory),
)
# Those that ask the database: of one that does not answer, or is of another release, one line is enough.
ASKED_OF_DATABASE = ("server", "clock", "scheduler", "keys", "statutory")


def run(env: Mapping[str, str]) -> int:
    """Every check, a line each. Returns 0 when all is well."""
    try:
        runtime = make_runtime(Settings.from_env(env))
    except WrongSettings as wrong:
        for sentence in str(wrong).splitlines():
            tell("settings", sentence, is_well=False)
        return ILL
    tell("settings", "complete", is_well=True)
    is_there = examine(runtime, "database", check_database)
    found = [examine(runtime, name, check) for name, check in CHECKS if is_there or name not in ASKED_OF_DATABASE]
    if not is_there:
        tell("not asked", f"{', '.join(ASKED_OF_DATABASE)}: the database comes first.", is_well=False)
    return WELL if is_there and all(found) else ILL


def examine(runtime: Runtime, name: str, check: Callable[[Runtime], str]) -> bool:
    try:
        tell(name, check(runtime), is_well=True)
    except Trouble as trouble:
        tell(name, str(trouble), is_well=False)
        return False
    except Exception as error:  # noqa: BLE001  (a check that breaks is what the doctor is asked for; its words may hold a secret)
        tell(name, f"broke with {type(error).__name__}.", is_well=False)
        return False
    return True


def tell(name: str, words: str, *, is_well: bool) -> None:
    sys.stdout.write(f"{'ok' if is_well else '!!'}  {name:<10} {words}\n")
