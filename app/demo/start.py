"""`rdv demo`: prepare, load what is missing, start web and scheduler, say where to look."""

from __future__ import annotations

import argparse
import json
import logging
import secrets
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from time import monotonic, sleep

import structlog
from rich.console import Console
from rich.progress import track
from sqlalchemy.orm import Session

from app import make_runtime, migrations
from app.demo import life, territory, useful
from app.runtime import Runtime
from app.settings import Settings, is_free
from invitations import demonstration, uploads
from invitations.models import Invitation

ROOT = Path(__file__).resolve().parents[2]
PEOPLE = Path(__file__).with_name("people.xlsx")
# How long the département has lived on its first day, and how many missed days are lived again later.
PAST = timedelta(days=91)
CAUGHT_UP = timedelta(days=21)
DAY = timedelta(days=1)
WAIT_FOR_WEB = 120.0  # seconds: a busy machine takes its time; a server that ends is not waited for
LAST_WORDS = 27.0  # seconds, a little more than the web and the scheduler take for theirs


class NotADemonstration(Exception):
    """The database holds something else: the demonstration never touches it."""


def prepare(env: Mapping[str, str], folder: Path) -> dict[str, str]:
    """The environment of the demonstration: what is set stays, the rest points into `folder`."""
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    key = folder / "secret_key"
    if not key.exists():
        key.touch(mode=0o600)
        key.write_text(secrets.token_urlsafe(48))
    defaults = {
        "DATABASE_URL": f"sqlite:///{folder / 'rdv.db'}",
        "SECRET_KEY": key.read_text(),
        "PORT": "8000",
    }
    return {**env, **{name: value for name, value in defaults.items() if not env.get(name)}}


def load(runtime: Runtime, console: Console) -> None:
    """Bring the database to today: everything the first time, the missed days on later ones. Raises NotADemonstration."""
    now = runtime.clock()
    today = now.astimezone(life.PARIS).date()
    with runtime.database.writing() as session:
        if demonstration.is_empty(session):
            fill(session, today - PAST)
    with runtime.database.reading() as session:
        last = demonstration.last_day(session)
        if last is None:
            raise NotADemonstration
        organisation_id, agent_ids = demonstration.the_organisation(session)
        is_whole = demonstration.is_whole(session)
    first = max(last, today - CAUGHT_UP) if is_whole else last
    days = [first + number * DAY for number in range((today - first).days + 1)]
    for day in track(days, "La Drôme vit jusqu’à aujourd’hui", console=console, transient=True, disable=len(days) < 3):
        life.live(runtime, day, organisation_id, agent_ids, until=now)
    with runtime.database.writing() as session:
        demonstration.keep_whole(session, now=now)


def fill(session: Session, first_day: date) -> None:
    """The territory, and the people of the file that ships, through the product's own import."""
    now = datetime.combine(first_day, time(7), tzinfo=life.PARIS)
    made = territory.create(session, since=first_day, now=now)
    batch = uploads.plan(
        session,
        content=PEOPLE.read_bytes(),
        filename=PEOPLE.name,
        organisation_id=made.organisation.id,
        category_id=made.orientation.id,
        agent_id=made.agents[1].id,
        now=now,
    )
    uploads.save(session, batch, agent_id=made.agents[1].id, now=now)
    useful.fill(session, made.organisation, agent_id=made.agents[1].id, now=now)
    life.once(session, now)


def invitation_to_show(runtime: Runtime) -> Invitation:
    """An invitation that a visitor can answer; someone is invited when there is none."""
    now = runtime.clock()
    with runtime.database.writing() as session:
        found = demonstration.invitation_to_show(session, now=now)
        if found is not None:
            return found
        organisation_id, agent_ids = demonstration.the_organisation(session)
        return demonstration.invite_someone(
            session, organisation_id=organisation_id, agent_id=agent_ids[0], codes=runtime.codes, now=now
        )


def addresses(runtime: Runtime, invitation: Invitation) -> dict[str, str]:
    """What a visitor, or a script, needs to walk the demonstration."""
    base = runtime.settings.public_url
    return {
        "base_url": base,
        "agent_email": territory.AGENT_EMAIL,
        "agent_password": territory.PASSWORD,
        "admin_email": territory.ADMIN_EMAIL,
        "admin_password": territory.PASSWORD,
        "invitation_url": f"{base}/i/{runtime.codes.derive('invitation', invitation.id)}",
        "mailbox_url": f"{base}/messagerie",
    }


def tell(console: Console, where: Mapping[str, str], *, has_mailbox: bool) -> None:
    """The few lines a newcomer reads first."""
    console.print()
    console.print("  [bold]RDV au choix[/bold], démonstration : la Drôme, 200 personnes inventées")
    console.print()
    for name, value in (
        ("Une invitation, à ouvrir comme une personne", where["invitation_url"]),
        *([("Les messages partis (SMS et courriels)", where["mailbox_url"])] if has_mailbox else []),
        ("Le côté des agents", f"{where['base_url']}/agents/"),
        ("  agente", f"{where['agent_email']}   {where['agent_password']}"),
        ("  administrateur", f"{where['admin_email']}   {where['admin_password']}"),
    ):
        console.print(f"  {name:<46} {value}", soft_wrap=True, highlight=False)
    console.print()
    console.print("  Ctrl+C pour arrêter ; relancer garde les données.")
    console.print()


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--folder", type=Path, default=ROOT / "var", help="where its database and its log are kept")


def run(env: Mapping[str, str], arguments: argparse.Namespace) -> int:
    """Load, start, wait. Returns the exit code: 0 when it was asked to stop."""
    console, folder = Console(), arguments.folder
    try:
        env = prepare(env, folder)
    except OSError as error:
        console.print(f"{folder} ne peut pas être écrit : {error.strerror}.")
        return 1
    runtime = make_runtime(Settings.from_env(env))
    if not is_free(runtime.settings.host, runtime.settings.port):
        console.print(f"Le port {runtime.settings.port} est pris : PORT=8001 make run en choisit un autre.")
        return 1
    migrations.upgrade(runtime.settings.database_url)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    try:
        load(runtime, console)
    except NotADemonstration:
        console.print("Cette base contient autre chose qu’une démonstration : rien n’y a été écrit.")
        return 1
    where = addresses(runtime, invitation_to_show(runtime))
    runtime.database.engine.dispose()
    log = folder / "rdv.log"
    children = [start("serve", env=env, log=log), start("jobs", "run", env=env, log=log)]
    try:
        if not answers(where["base_url"] + "/sante", children[0]):
            console.print(f"Le serveur ne répond pas. Ce qu’il en dit est dans {log} :")
            console.print(log.read_text()[-500:], markup=False, highlight=False)
            return 1
        (folder / "demo.json").write_text(json.dumps(where, indent=2) + "\n")
        tell(console, where, has_mailbox=runtime.settings.has_mailbox)
        return watch(children, console)
    finally:
        stop(children)


def start(*words: str, env: Mapping[str, str], log: Path) -> subprocess.Popen[bytes]:
    """One of our own commands, as a process of its own; what it says goes to `log`."""
    with log.open("ab") as kept:
        return subprocess.Popen(
            [sys.executable, "-m", "app.commands", *words],
            env=dict(env),
            cwd=ROOT,
            stdout=kept,
            stderr=kept,
        )


def answers(url: str, server: subprocess.Popen[bytes]) -> bool:
    """True once the web process answers at all; False when it stopped, or stayed silent for too long."""
    deadline = monotonic() + WAIT_FOR_WEB
    while monotonic() < deadline and server.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=2).close()  # noqa: S310  (our own address on the loopback)
        except urllib.error.HTTPError:
            return True
        except OSError:
            sleep(0.1)
        else:
            return True
    return False


def watch(children: Sequence[subprocess.Popen[bytes]], console: Console) -> int:
    """Wait until one of them ends or someone asks to stop."""
    for asked in (signal.SIGTERM, signal.SIGINT):  # a shell's background job starts with SIGINT ignored
        signal.signal(asked, signal.default_int_handler)
    try:
        while all(child.poll() is None for child in children):
            sleep(0.5)
    except KeyboardInterrupt:
        return 0
    console.print("Le serveur ou le planificateur s’est arrêté, tout s’arrête : relancer reprend où l’on en était.")
    return 1


def stop(children: Sequence[subprocess.Popen[bytes]]) -> None:
    for child in children:
        child.terminate()
    for child in children:
        try:
            child.wait(timeout=LAST_WORDS)
        except subprocess.TimeoutExpired:
            child.kill()
