"""The `rdv` command. COMMANDS is the whole list: a new one is a line there, and a module of its own if it needs one."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NoReturn

from dotenv import dotenv_values

from app import (
    backing_up,
    creating_agents,
    creating_organisations,
    doctor,
    figures,
    importing,
    inviting,
    jobs,
    logs,
    make_runtime,
    moving_database,
    moving_house,
    purging,
    registering,
    renewing,
    restoring,
    simulating,
    starting,
)
from app.demo import start as demo
from app.runtime import Runtime
from app.settings import Settings, WrongSettings, is_free
from invitations import journal
from invitations.database import named_refusals
from invitations.errors import DatabaseAway, DatabaseBusy
from invitations.journal import Whence
from invitations.models import Origin

DONE, FAILED, MISUSED = 0, 1, 2
# A process runs one thread at a time; the others are there so that readers don't queue behind a writer who waits its turn.
# More of them take the processor from whoever is writing, while everybody waits for that.
WEB_THREADS = 4
# Seconds that requests have to end once we are told to stop: supervisors often kill after 30.
LAST_WORDS = 25

Env = Mapping[str, str]
Act = Callable[[Env, argparse.Namespace], int]


@dataclass(frozen=True, slots=True)
class Command:
    """`words`: what is typed after `rdv`. `act` gets the environment and returns the exit status."""

    words: str
    help: str
    act: Act
    add_arguments: Callable[[argparse.ArgumentParser], None] = lambda _: None


def with_runtime(act: Callable[[Runtime, argparse.Namespace], int]) -> Act:
    """A command that needs the settings, the database and the senders."""

    def acting(env: Env, arguments: argparse.Namespace) -> int:
        settings = Settings.from_env(env)
        if not starting.may_start(settings):
            return FAILED
        return said_in_a_line(lambda: act(make_runtime(settings), arguments))

    return acting


def with_settings(act: Callable[[Settings, argparse.Namespace], int]) -> Act:
    """A command that needs the settings alone: what it does to the database is its own affair."""

    def acting(env: Env, arguments: argparse.Namespace) -> int:
        settings = Settings.from_env(env)
        return said_in_a_line(lambda: act(settings, arguments))

    return acting


def said_in_a_line(act: Callable[[], int]) -> int:
    """The exit status; a database that does not answer is said in a sentence."""
    try:
        with named_refusals():
            return act()
    except DatabaseAway as away:
        sys.stderr.write(f"No database answers at that address, or it lets nobody in ({away.details['error']}).\n")
    except DatabaseBusy:
        sys.stderr.write("Somebody else is writing to the database: stop everything, or try again.\n")
    return FAILED


def serve(env: Env, _: argparse.Namespace) -> int:
    """The web server takes this process over, starts its own and stops them on SIGTERM. No access log: addresses hold codes."""
    settings = Settings.from_env(env)
    if not starting.may_start(settings):
        return FAILED
    if is_free(settings.host, settings.port):
        become_web_server(settings, env)
    sys.stderr.write(f"Port {settings.port} of {settings.host} is taken: set PORT to another.\n")
    return FAILED


def become_web_server(settings: Settings, env: Env) -> NoReturn:
    words = [
        *("--interface", "wsgi", "--host", settings.host, "--port", str(settings.port)),
        *("--workers", str(settings.web_processes), "--blocking-threads", str(WEB_THREADS)),
        *("--workers-kill-timeout", str(LAST_WORDS), "--log-level", "warning"),
        *("--no-ws", "--respawn-failed-workers", "wsgi:app"),
    ]
    os.execve(sys.executable, [sys.executable, "-m", "granian", *words], dict(env))  # noqa: S606  (our own interpreter)


def run_jobs(runtime: Runtime, _: argparse.Namespace) -> int:
    """The scheduler, until it is told to stop."""
    jobs.run(runtime)
    return DONE


def run_job_once(runtime: Runtime, arguments: argparse.Namespace) -> int:
    job = next(job for job in jobs.TIMETABLE if job.name == arguments.name)
    return DONE if jobs.run_job(runtime, job) else FAILED


def add_job_name(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", choices=[job.name for job in jobs.TIMETABLE], help="which job")


COMMANDS: tuple[Command, ...] = (
    Command(
        "agents create",
        "an account for a professional",
        with_runtime(creating_agents.run),
        creating_agents.add_arguments,
    ),
    Command(
        "agents super",
        "who may see the software as another agent, to help them",
        with_runtime(creating_agents.run_super),
        creating_agents.add_super_arguments,
    ),
    Command(
        "backup",
        "the whole database in one file, while everybody works",
        with_settings(backing_up.run),
        backing_up.add_arguments,
    ),
    Command("demo", "the demonstration: web and scheduler, with an invented département", demo.run, demo.add_arguments),
    Command("doctor", "what is set, what answers, what is wrong", lambda env, _: doctor.run(env)),
    Command(
        "figures recount",
        "the sums of the figures, counted from scratch",
        with_runtime(figures.recount),
        figures.add_arguments,
    ),
    Command("import", "a list of people", with_runtime(importing.run), importing.add_arguments),
    Command(
        "invite",
        "who would be invited, and with --send the invitations",
        with_runtime(inviting.run),
        inviting.add_arguments,
    ),
    Command("jobs once", "one job, now", with_runtime(run_job_once), add_job_name),
    Command("jobs run", "the scheduler", with_runtime(run_jobs)),
    Command(
        "keys renew", "after a change of key, what lies sealed is sealed under the new one", with_runtime(renewing.run)
    ),
    Command("migrate", "bring the database to this release", with_settings(starting.migrate), starting.add_new),
    Command(
        "move-database",
        "everything into a database of the other engine",
        with_settings(moving_database.run),
        moving_database.add_arguments,
    ),
    Command(
        "move-in",
        "people and appointments of the software that is left",
        with_runtime(moving_house.run_in),
        moving_house.add_in_arguments,
    ),
    Command(
        "move-out",
        "people and appointments in two files, to leave with",
        with_runtime(moving_house.run_out),
        moving_house.add_out_arguments,
    ),
    Command(
        "organisations create",
        "an organisation, and with the first one its département",
        with_runtime(creating_organisations.run),
        creating_organisations.add_arguments,
    ),
    Command("purge", "deletes who is due to be forgotten", with_runtime(purging.run), purging.add_arguments),
    Command(
        "register",
        "the register of processing, or the impact assessment, as this installation is set",
        with_runtime(registering.run),
        registering.add_arguments,
    ),
    Command("restore", "a backup in place of the database", with_settings(restoring.run), restoring.add_arguments),
    Command("serve", "the web processes", serve),
    Command(
        "trial simulate",
        "what a trial of this size would find, and how often it would mislead",
        simulating.run,
        simulating.add_arguments,
    ),
)


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="rdv", description="RDV au choix")
    first_words = parser.add_subparsers(metavar="COMMAND", required=True)
    groups: dict[str, argparse._SubParsersAction[argparse.ArgumentParser]] = {}
    for command in COMMANDS:
        group, _, last_word = command.words.rpartition(" ")
        if group and group not in groups:
            opened = first_words.add_parser(group, help=", ".join(help_of(group)))
            groups[group] = opened.add_subparsers(metavar="COMMAND", required=True)
        added = (groups[group] if group else first_words).add_parser(last_word, help=command.help)
        command.add_arguments(added)
        added.set_defaults(act=command.act)
    return parser


def help_of(group: str) -> list[str]:
    return [command.words.removeprefix(f"{group} ") for command in COMMANDS if command.words.startswith(f"{group} ")]


def main(words: Sequence[str] | None = None) -> int:
    """Run one command; its exit status."""
    arguments = make_parser().parse_args(words)
    logs.write_json()
    env = {**{name: value or "" for name, value in dotenv_values(".env").items()}, **os.environ}
    try:
        act: Act = arguments.act
        with journal.come_from(Whence(Origin.COMMAND)):
            return act(env, arguments)
    except WrongSettings as wrong:
        sys.stderr.write(f"{wrong}\n")
        return MISUSED


if __name__ == "__main__":
    sys.exit(main())
