"""`rdv agents create`: an account, with its role in one organisation; `rdv agents super`: who may help in others' place."""

from __future__ import annotations

import argparse
import getpass
import sys

from app.runtime import Runtime
from invitations import accounts, password_rules, supporting
from invitations.errors import EmailTaken, NotFound
from invitations.models import Role
from invitations.password_rules import LONGEST, SHORTEST, Weakness
from invitations.reach import can_be_written

DONE, REFUSED = 0, 1
WEAK = {
    Weakness.SHORT: f"The password must have {SHORTEST} characters or more.",
    Weakness.LONG: f"The password must have {LONGEST} characters or fewer.",
    Weakness.YOURS: "The password is their email or their name: it is guessed first.",
    Weakness.COMMON: "The password is among the first that are tried. A sentence of their own does better.",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `rdv agents create` takes. The password is asked for, or read from standard input."""
    parser.add_argument("--email", required=True)
    parser.add_argument("--first-name", required=True)
    parser.add_argument("--last-name", required=True)
    parser.add_argument("--display-name", help='what people read: "Mme Roche"; without it, first and last name')
    parser.add_argument("--organisation", required=True, help="name or id")
    parser.add_argument("--role", choices=[role.value for role in Role], default=Role.BASIC.value)
    parser.add_argument("--may-export", action="store_true", help="the right to export lists")
    parser.add_argument("--super", action="store_true", help="may see the software as another agent, to help them")


def run(runtime: Runtime, arguments: argparse.Namespace) -> int:
    """Make the account. Returns the exit status; says in a sentence what is wrong."""
    if not can_be_written(arguments.email.strip()):
        return refuse(f"No email can be sent to {arguments.email!r}.")
    password = ask_password()
    names = (arguments.first_name, arguments.last_name, arguments.display_name or "")
    weakness = password_rules.weakness(password, (arguments.email, *names))
    if weakness is not None:
        return refuse(WEAK[weakness])
    try:
        with runtime.database.writing() as session:
            agent = accounts.create_agent(
                session,
                email=arguments.email,
                first_name=arguments.first_name,
                last_name=arguments.last_name,
                display_name=arguments.display_name,
                organisation=arguments.organisation,
                role=Role(arguments.role),
                may_export=arguments.may_export,
                password=password,
                now=runtime.clock(),
            )
            if arguments.super:
                supporting.appoint(session, agent.email, is_super=True, now=runtime.clock())
    except NotFound:
        return refuse(
            f"No organisation {arguments.organisation!r}, or several of that name: `rdv organisations create` makes one."
        )
    except EmailTaken:
        return refuse("An account with this email exists already.")
    sys.stdout.write(f"Agent {agent.id} created.\n")
    return DONE


def add_super_arguments(parser: argparse.ArgumentParser) -> None:
    """What `rdv agents super` takes."""
    parser.add_argument("email")
    parser.add_argument("--off", action="store_true", help="an ordinary account again")


def run_super(runtime: Runtime, arguments: argparse.Namespace) -> int:
    """Make an account a super-administrator's, or an ordinary one again. Returns the exit status."""
    try:
        with runtime.database.writing() as session:
            agent = supporting.appoint(session, arguments.email, is_super=not arguments.off, now=runtime.clock())
    except NotFound:
        return refuse("No account has this email.")
    sys.stdout.write(f"Agent {agent.id} is {'an ordinary agent' if arguments.off else 'a super-administrator'} now.\n")
    return DONE


def ask_password() -> str:
    """Typed without being shown; from a pipe, its first line."""
    if sys.stdin.isatty():
        return getpass.getpass("Password: ")
    return sys.stdin.readline().rstrip("\n")


def refuse(sentence: str) -> int:
    sys.stderr.write(f"{sentence}\n")
    return REFUSED
