"""`rdv move-in` and `rdv move-out`: a département comes with the files of the software it leaves, and leaves with the same.

Nothing personal is printed: counts, line numbers and reasons.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from pathlib import Path

from rich.console import Console
from rich.table import Table

from app.agents.moving_house_file import taken_out
from app.labels import label
from app.moving_house_words import MEETINGS, PEOPLE, WORDING, WORDS
from app.runtime import Runtime
from invitations.errors import DatabaseBusy, NotFound, UploadRefused
from invitations.moving_house import leaving, moving_in
from invitations.moving_house.columns import Column
from invitations.moving_house.setting import setting_of
from invitations.moving_house.tally import Tally

DONE, REFUSED = 0, 1
PEOPLE_FILE, MEETINGS_FILE = "personnes.csv", "rendez-vous.csv"


def add_in_arguments(parser: argparse.ArgumentParser) -> None:
    """What `rdv move-in` takes."""
    parser.add_argument("people", type=Path, help="the people: the field's export of 38 columns, or our own")
    parser.add_argument("appointments", type=Path, nargs="?", help="their appointments: that of 29 columns, or our own")
    parser.add_argument("--organisation", required=True, help="name or id of the organisation of whoever has no other")
    parser.add_argument("--category", help="code of the category that the invitations in the people's file were for")
    parser.add_argument("--agent", help="email of whoever holds the appointments to come that name nobody")
    parser.add_argument(
        "--without-reminders", action="store_true", help="suspend the reminders of whoever has an appointment to come"
    )
    parser.add_argument("--save", action="store_true", help="take them in; without it nothing stays")


def add_out_arguments(parser: argparse.ArgumentParser) -> None:
    """What `rdv move-out` takes."""
    parser.add_argument("folder", type=Path, help="where the two files are written")
    whose = parser.add_mutually_exclusive_group(required=True)
    whose.add_argument("--organisation", help="name or id of one organisation")
    whose.add_argument("--department", help="number of a département, all of its organisations")


def run_in(runtime: Runtime, arguments: argparse.Namespace, console: Console | None = None) -> int:
    """Take a département in, or say what would be. Returns the exit status."""
    out = console or Console()
    try:
        with runtime.database.reading() as session:
            setting = setting_of(
                session,
                WORDING,
                organisation=arguments.organisation,
                category=arguments.category,
                agent=arguments.agent,
                codes=runtime.codes,
                now=runtime.clock(),
            )
        setting.with_reminders = not arguments.without_reminders
        move = moving_in.Move(arguments.people, arguments.appointments)
        act = moving_in.take_in if arguments.save else moving_in.preview
        tell(act(runtime.database, move, setting), arguments.save, out)
    except OSError as error:
        out.print(f"{error.filename} can't be read: {error.strerror}.", markup=False)
        return REFUSED
    except UploadRefused as refusal:
        out.print(label(refusal.details["why"]), markup=False)
        return REFUSED
    except DatabaseBusy:
        out.print("Somebody else kept the database for too long: run it again.", markup=False)
        return REFUSED
    except NotFound:
        out.print("No such organisation, category or agent.", markup=False)
        return REFUSED
    return DONE


def tell(parts: Iterator[moving_in.Done], is_saved: bool, out: Console) -> None:
    """Each trouble as it comes; then how much there was."""
    total = Tally()
    for part in parts:
        total += part.tally
        name = "Personnes" if part.of_people else "Rendez-vous"
        for number, why in part.troubles:
            out.print(f"{name}, ligne {number} : {WORDS[why]}", markup=False)
    out.print(_table(total, is_saved))


def _table(total: Tally, is_saved: bool) -> Table:
    table = Table("", "Nombre", title="Repris" if is_saved else "Aperçu : rien n’est enregistré", title_justify="left")
    for name, count in (
        ("Personnes nouvelles", total.people),
        ("Personnes déjà là", total.people_known),
        ("Suivis", total.follow_ups),
        ("Invitations passées", total.invitations),
        ("Rendez-vous", total.appointments),
        ("Participations", total.participations),
        ("Participations déjà là", total.participations_known),
        ("Lignes laissées de côté", total.left_out),
    ):
        table.add_row(name, str(count))
    return table


def run_out(runtime: Runtime, arguments: argparse.Namespace, console: Console | None = None) -> int:
    """Write both files, readable by their owner alone. Returns the exit status."""
    out = console or Console()
    try:
        with runtime.database.reading() as session:
            setting, ours = leaving.setting_of(
                session,
                WORDING,
                organisation=arguments.organisation,
                department=arguments.department,
                codes=runtime.codes,
                now=runtime.clock(),
            )
            arguments.folder.mkdir(parents=True, exist_ok=True)
            people = write(arguments.folder / PEOPLE_FILE, PEOPLE, leaving.people(session, setting, ours))
            meetings = write(arguments.folder / MEETINGS_FILE, MEETINGS, leaving.meetings(session, setting, ours))
        with runtime.database.writing() as session:
            leaving.note(session, setting, ours, people=people, participations=meetings)
    except OSError as error:
        out.print(f"{error.filename} can't be written: {error.strerror}.", markup=False)
        return REFUSED
    except NotFound:
        out.print("No such organisation or département.", markup=False)
        return REFUSED
    out.print(
        f"Personnes : {people}. Participations à des rendez-vous : {meetings}. Dans {arguments.folder}", markup=False
    )
    return DONE


def write(path: Path, headers: Mapping[Column, str], rows: Iterator[dict[Column, str]]) -> int:
    """One of the two files, readable by its owner alone. Returns how many lines."""
    count = -1  # the headers'
    path.touch(mode=0o600)
    with path.open("wb") as file:
        for line in taken_out(headers, rows):
            file.write(line)
            count += 1
    return count
