"""A département moves in with the files of another software, finds itself again, and moves out; by command, and by page.

20,000 people, each invited twice, with three appointments. `… moving --engine postgresql --share 0.1` runs a tenth of it on one engine.
"""

from __future__ import annotations

import csv
import time
from collections import deque
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

from sqlalchemy import func, select

from app.moving_house import MEETINGS_FILE, PEOPLE_FILE, write
from app.moving_house_words import MEETINGS, PEOPLE, WORDING
from invitations.codes import Codes
from invitations.database import Database
from invitations.models import AgentRole, Message, MoveIn, MoveInState, Role
from invitations.moving_house import handing_in, leaving, moving_in
from invitations.moving_house.columns import Column
from invitations.moving_house.handing_in import By, Choices, File, Files
from invitations.moving_house.setting import setting_of
from invitations.moving_house.stepping import Mover, step
from tests.bench.engines import Servers
from tests.bench.figures import Figure
from tests.bench.territory import NOW, SECRET
from tests.factories import World

SUBJECT = "moving"
PEOPLE_COUNT = 20_000
BY_PAGE = 0.25  # of it: more than 10 MB are for the command
MEETINGS_EACH = 3
ORGANISATION = "MDS de Valence"
CODES = Codes(SECRET)
WEEK = timedelta(days=7)


def measure(servers: Servers) -> Iterator[Figure]:
    for engine in servers.engines:
        with servers.database(engine) as database:
            yield from _of_engine(database, engine, servers.folder, round(PEOPLE_COUNT * servers.share))
        with servers.database(engine) as database:
            yield from _by_page(database, engine, servers.folder, round(PEOPLE_COUNT * servers.share * BY_PAGE))


def _of_engine(database: Database, engine: str, folder: Path, people: int) -> Iterator[Figure]:
    move, about = _files(folder, people), f"{people:,} people, {people * MEETINGS_EACH:,} appointments"
    _furnish(database)
    yield from _timed(f"{about} in", engine, lambda: _take_in(database, move))
    yield from _timed("the same files again", engine, lambda: _take_in(database, move))
    yield from _timed("both files out", engine, lambda: _take_out(database, folder))
    with database.reading() as session:
        if session.scalar(select(func.count()).select_from(Message)):
            raise AssertionError("a move has sent something")


def _by_page(database: Database, engine: str, folder: Path, people: int) -> Iterator[Figure]:
    move, by = _files(folder, people), _furnish(database)
    about = f"{people:,} people by page"
    found: list[int] = []
    yield from _timed(f"{about}: both files read and kept", engine, lambda: found.append(_hand_in(database, move, by)))
    yield from _timed(f"{about}: looked at", engine, lambda: _go_on(database, found[0], MoveInState.PREVIEW))
    with database.writing() as session:
        handing_in.begin(session, handing_in.find(session, found[0], by.organisation.id), by=by)
    yield from _timed(f"{about}: taken in", engine, lambda: _go_on(database, found[0], MoveInState.DONE))


def _timed(what: str, engine: str, act: Callable[[], object]) -> Iterator[Figure]:
    """By the clock; and of our own processor, which leaves out what PostgreSQL does."""
    began, spent = time.perf_counter(), time.process_time()
    act()
    yield Figure(SUBJECT, what, engine, "s", [time.perf_counter() - began])
    yield Figure(SUBJECT, f"{what}, processor", engine, "s", [time.process_time() - spent])


def _furnish(database: Database) -> By:
    with database.writing() as session:
        world = World(session, NOW)
        world.organisation.name = ORGANISATION
        admin = world.make_agent(role=Role.ADMIN)
        session.get_one(AgentRole, (admin.id, world.organisation.id)).may_export = True
    return By(world.organisation, admin, NOW)


def _take_in(database: Database, move: moving_in.Move) -> None:
    with database.reading() as session:
        setting = setting_of(
            session, WORDING, organisation=ORGANISATION, category="rsa_orientation", codes=CODES, now=NOW
        )
    deque(moving_in.take_in(database, move, setting), maxlen=0)


def _take_out(database: Database, folder: Path) -> None:
    with database.reading() as session:
        setting, ours = leaving.setting_of(session, WORDING, organisation=None, department="26", codes=CODES, now=NOW)
        write(folder / f"out-{PEOPLE_FILE}", PEOPLE, leaving.people(session, setting, ours))
        write(folder / f"out-{MEETINGS_FILE}", MEETINGS, leaving.meetings(session, setting, ours))


def _hand_in(database: Database, move: moving_in.Move, by: By) -> int:
    assert move.meetings
    read = handing_in.read_people, handing_in.read_meetings
    both = [
        one(File(path.read_bytes(), path.name), WORDING)
        for one, path in zip(read, (move.people, move.meetings), strict=True)
    ]
    with database.writing() as session:
        files = Files(both[0], both[1], (PEOPLE_FILE, MEETINGS_FILE))
        rows = handing_in.group(session, files, WORDING, codes=CODES, by=by)
        return handing_in.keep(session, files, rows, Choices(), WORDING, codes=CODES, by=by).id


def _go_on(database: Database, move_id: int, until: MoveInState) -> None:
    while step(Mover(database, WORDING, CODES, lambda: NOW), move_id) is not None:
        pass
    with database.reading() as session:
        if session.get_one(MoveIn, move_id).state is not until:
            raise AssertionError("it stopped on the way")


def _files(folder: Path, people: int) -> moving_in.Move:
    """As the field's software writes them."""
    return moving_in.Move(
        _file(folder / PEOPLE_FILE, PEOPLE, map(_person, range(people))),
        _file(folder / MEETINGS_FILE, MEETINGS, (_met(one, n) for n in range(MEETINGS_EACH) for one in range(people))),
    )


def _file(path: Path, names: dict[Column, str], rows: Iterator[dict[Column, str]]) -> Path:
    wanted = {one: name for one, name in names.items() if one is not Column.DETAILS}
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(wanted.values())
        writer.writerows([row.get(one, "") for one in wanted] for row in rows)
    return path


def _person(number: int) -> dict[Column, str]:
    day = NOW - (number % 40 + 20) * timedelta(days=1)
    return {
        Column.LAST_NAME: f"Martin{number}",
        Column.FIRST_NAME: "Camille",
        Column.AFFILIATION_NUMBER: f"{1_000_000 + number}",
        Column.ROLE: "demandeur",
        Column.EMAIL: f"camille{number}@exemple.fr",
        Column.PHONE: f"06{10_000_000 + number}",
        Column.CREATED_ON: f"{day - WEEK:%d/%m/%Y}",
        Column.FIRST_INVITED_ON: f"{day:%d/%m/%Y}",
        Column.LAST_INVITED_ON: f"{day + WEEK:%d/%m/%Y}",
        Column.ORGANISATIONS: ORGANISATION,
        Column.TAGS: f"Permis B, Quartier {number % 30}",
    }


def _met(number: int, time_of: int) -> dict[Column, str]:
    at = NOW - (number % 500 + 10 + time_of) * timedelta(days=1)
    return _person(number) | {
        Column.ON: f"{at:%d/%m/%Y}",
        Column.AT: f"{9 + number % 8:02}h{number % 4 * 15:02}",
        Column.TYPE: "Entretien d'orientation",
        Column.BY_PERSON: "oui",
        Column.MADE_ON: f"{at - WEEK:%d/%m/%Y}",
        Column.OUTCOME: "Rendez-vous honoré",
        Column.ORGANISATION: ORGANISATION,
    }
