"""The `rdv` command. COMMANDS is the whole list: a new one is a line there, and a module of its own if it needs one."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NoReturn

import structlog
from dotenv import dotenv_values

from app import (
    creating_agents,
    doctor,
    figures,
    importing,
    jobs,
    make_runtime,
    migrations,
    moving_house,
    purging,
    simulating,
)
from app.demo import start as demo
from app.runtime import Runtime
from app.settings import Settings, WrongSettings, is_free

DONE, FAILED, MISUSED = 0, 1, 2
# A process runs one thread at a time; the others are there so that readers don't queue behind a writer who waits its turn.
# More of them take the processor from whoever is writing, while everybody waits for that.
WEB_THREADS = 4

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
        return act(make_runtime(Settings.from_env(env)), arguments)

    return acting


def serve(env: Env, _: argparse.Namespace) -> int:
    """The web server takes this process over, starts its own and stops them on SIGTERM. No access log: addresses hold codes."""
    settings = Settings.from_env(env)
    if is_free(settings.host, settings.port):
        become_web_server(settings, env)
    sys.stderr.write(f"Port {settings.port} of {settings.host} is taken: set PORT to another.\n")
    return FAILED


def become_web_server(settings: Settings, env: Env) -> NoReturn:
    words = [
        *("--interface", "wsgi", "--host", settings.host, "--port", str(settings.port)),
        *("--workers", str(settings.web_processes), "--blocking-threads", str(WEB_THREADS)),
        *("--log-level", "warning", "--no-ws", "--respawn-failed-workers", "wsgi:app"),
    ]
    os.execve(sys.executable, [sys.executable, "-m", "granian", *words], dict(env))  # noqa: S606  (our own interpreter)


def migrate(env: Env, _: argparse.Namespace) -> int:
    """Bring the database to this release."""
    migrations.upgrade(Settings.from_env(env).database_url)
    return DONE


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
    Command("demo", "the demonstration: web and scheduler, with an invented département", demo.run, demo.add_arguments),
    Command("doctor", "what is set, what answers, what is wrong", lambda env, _: doctor.run(env)),
    Command(
        "figures recount",
        "the sums of the figures, counted from scratch",
        with_runtime(figures.recount),
        figures.add_arguments,
    ),
    Command("import", "a list of people", with_runtime(importing.run), importing.add_arguments),
    Command("jobs once", "one job, now", with_runtime(run_job_once), add_job_name),
    Command("jobs run", "the scheduler", with_runtime(run_jobs)),
    Command("migrate", "bring the database to this release", migrate),
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
        "purge", "who is due to be forgotten, and their deletion", with_runtime(purging.run), purging.add_arguments
    ),
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


def log_as_json() -> None:
    """One line of JSON an event, on stderr, with ids and counts only."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)


def main(words: Sequence[str] | None = None) -> int:
    """Run one command; its exit status."""
    arguments = make_parser().parse_args(words)
    log_as_json()
    env = {**{name: value or "" for name, value in dotenv_values(".env").items()}, **os.environ}
    try:
        act: Act = arguments.act
        return act(env, arguments)
    except WrongSettings as wrong:
        sys.stderr.write(f"{wrong}\n")
        return MISUSED


if __name__ == "__main__":
    sys.exit(main())
