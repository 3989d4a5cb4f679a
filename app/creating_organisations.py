"""`rdv organisations create`: the first organisation of an installation, its département with it, and those that come later."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable

from app.runtime import Runtime
from invitations import founding
from invitations.errors import NameTaken, NotFound
from invitations.founding import NUMBER, Called
from invitations.models import OrganisationKind

DONE, REFUSED = 0, 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `rdv organisations create` takes."""
    parser.add_argument("--name", required=True, type=at_most(120), help='"Service insertion de la Drôme"')
    parser.add_argument("--department", required=True, type=number, metavar="NUMBER", help="26, 2A, 974")
    parser.add_argument("--department-name", type=at_most(80), help='of a département that is not there yet: "Drôme"')
    parser.add_argument(
        "--department-full-name", type=at_most(120), help='and as people read it: "Département de la Drôme"'
    )
    parser.add_argument(
        "--kind",
        choices=[one.value for one in OrganisationKind],
        default=OrganisationKind.DEPARTMENT_COUNCIL.value,
        help="conseil_departemental when left out: its administrators set what holds for the whole département",
    )


def number(words: str) -> str:
    if not NUMBER.fullmatch(words.upper()):
        raise argparse.ArgumentTypeError("must be the number of a département")
    return words.upper()


def at_most(longest: int) -> Callable[[str], str]:
    def text(words: str) -> str:
        if not 0 < len(words.strip()) <= longest:
            raise argparse.ArgumentTypeError(f"must have 1 to {longest} characters")
        return words.strip()

    return text


def run(runtime: Runtime, arguments: argparse.Namespace) -> int:
    """Make it. Returns the exit status; says in a sentence what is wrong."""
    try:
        with runtime.database.writing() as session:
            made = founding.create_organisation(
                session,
                arguments.department,
                arguments.name,
                kind=OrganisationKind(arguments.kind),
                called=called(arguments),
                now=runtime.clock(),
            )
            organisation_id = made.id
    except NotFound:
        return refuse(
            f"There is no département {arguments.department} yet: say what it is called, with --department-name and "
            "--department-full-name."
        )
    except NameTaken:
        return refuse(f"The département {arguments.department} has an organisation of that name.")
    sys.stdout.write(f"Organisation {organisation_id} created, in the département {arguments.department}.\n")
    return DONE


def called(arguments: argparse.Namespace) -> Called | None:
    if not (arguments.department_name and arguments.department_full_name):
        return None
    return Called(arguments.department_name, arguments.department_full_name)


def refuse(sentence: str) -> int:
    sys.stderr.write(f"{sentence}\n")
    return REFUSED
