"""What pages keep is never out of date: after any change the next page is that of an application started a moment ago."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import partial

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, event

from app import create_app, fragments
from app.settings import Settings
from invitations.memory import Memory
from invitations.models import (
    Absence,
    AppointmentType,
    CategorySettings,
    Closure,
    FreedSlot,
    Invitation,
    Link,
    Mode,
    Opening,
    Place,
    PlaceType,
    Referent,
    RegularAbsence,
    Sector,
    SectorCommune,
    SectorService,
    Waiting,
)
from invitations.models.agenda import opening_types
from tests.app.town import Town, tokens_of
from tests.conftest import NOW, Clock
from tests.factories import WORKDAYS, World

# NOW is Tuesday 24 November, 10:00 in Paris.
WEDNESDAY = date(2026, 11, 25)
WEDNESDAY_10_30 = datetime(2026, 11, 25, 9, 30, tzinfo=UTC)
ALL_DAY = {"starts_at_time": time(0), "ends_at_time": time(23, 59)}


class Pages:
    """The same address asked of the application as it is, and of one that keeps nothing."""

    def __init__(self, flask_app: Flask, forgetful: Flask) -> None:
        self.running, self.forgetful = flask_app.test_client(), forgetful.test_client()

    def get(self, path: str) -> str:
        """The page, after a look that whoever keeps nothing shows the same."""
        shown = self.running.get(path).text
        assert shown == self.forgetful.get(path).text
        return shown


@pytest.fixture
def pages(flask_app: Flask, settings: Settings, clock: Clock) -> Iterator[Pages]:
    forgetful = create_app(settings, clock=clock)
    database = forgetful.extensions["rdv"].database
    database.memory.size = 0
    forgetful.jinja_env.globals["kept"] = partial(fragments.kept, Memory(0))
    yield Pages(flask_app, forgetful)
    assert len(database.memory) == 0
    database.engine.dispose()


def set_type(world: World, **changes: object) -> None:
    type_ = world.session.get_one(AppointmentType, world.type.id)
    for name, value in changes.items():
        setattr(type_, name, value)


def set_place(world: World, **changes: object) -> None:
    place = world.session.get_one(Place, world.place.id)
    for name, value in changes.items():
        setattr(place, name, value)


def draw_sector(world: World) -> None:
    """People of Valence are received in Romans from now on."""
    romans = world.make_place(name="Centre social", city="Romans-sur-Isère", commune_insee="26281")
    world.make_opening(agent_id=world.make_agent().id, place_id=romans.id)
    sector = world.add(Sector(department_id=world.department.id, name="Ville", created_at=NOW))
    world.add(SectorCommune(sector_id=sector.id, commune_insee="26362"))
    world.add(SectorService(sector_id=sector.id, organisation_id=world.organisation.id, place_id=romans.id))


def leave(world: World) -> None:
    world.add(Absence(agent_id=world.agent.id, starts_at=NOW, ends_at=NOW + timedelta(days=4), created_at=NOW))


def leave_every_thursday(world: World) -> None:
    world.add(
        RegularAbsence(
            agent_id=world.agent.id, starts_on=WEDNESDAY, rrule="FREQ=WEEKLY;BYDAY=TH", timezone="Europe/Paris",
            created_at=NOW, **ALL_DAY,
        )
    )  # fmt: skip


def close_a_day(world: World) -> None:
    world.add(Closure(organisation_id=world.organisation.id, first_on=WEDNESDAY, last_on=WEDNESDAY, created_at=NOW))


def close_opening(world: World) -> None:
    world.session.execute(delete(opening_types).where(opening_types.c.opening_id == world.opening.id))
    world.session.execute(delete(Opening).where(Opening.id == world.opening.id))


def open_somewhere_else(world: World) -> None:
    die = world.make_place(name="Espace social", city="Die", commune_insee="26113")
    world.make_opening(agent_id=world.make_agent().id, place_id=die.id, starts_at_time=time(8))


def open_afternoons(world: World) -> None:
    world.make_opening(agent_id=world.agent.id, starts_at_time=time(14), ends_at_time=time(17), rrule=WORKDAYS)


def open_a_session(world: World) -> None:
    gathering = world.make_type(name="Atelier", is_collective=True, seats=3)
    world.make_session(WEDNESDAY_10_30, gathering, seats=3, title="Atelier budget")


def set_help_phone(world: World) -> None:
    settings = world.session.get_one(CategorySettings, world.settings.id)
    settings.help_phone = "+33475999999"


def rename_category(world: World) -> None:
    world.session.merge(world.category).purpose = "parler de vos projets"


# In an order in which each of them still changes something after those before.
CHANGES: dict[str, Callable[[World], None]] = {
    "another help phone": set_help_phone,
    "another purpose": rename_category,
    "another address": lambda world: set_place(world, address="1 rue Neuve"),
    "another time zone": lambda world: set_place(world, timezone="Europe/Athens"),
    "a session": open_a_session,
    "an opening more": open_afternoons,
    "another duration": lambda world: set_type(world, duration=timedelta(minutes=30)),
    "another step": lambda world: set_type(world, step=timedelta(minutes=60)),
    "a regular absence": leave_every_thursday,
    "a closing day": close_a_day,
    "another delay": lambda world: set_type(world, min_delay=timedelta(days=3)),
    "an absence": leave,
    "by telephone": lambda world: set_type(world, place_type=PlaceType.PHONE),
    "a place more": open_somewhere_else,
    "an opening less": close_opening,
    "a sector": draw_sector,
    "referents alone": lambda world: set_type(world, referents_only=True),
    "referents no more": lambda world: set_type(world, referents_only=False),
    "a type closed": lambda world: set_type(world, closed_at=NOW),
}


def test_the_next_page_shows_what_another_connection_has_changed(town: Town, pages: Pages) -> None:
    path = town.invite(commune_insee="26362")
    before = pages.get(path)
    for words, change in CHANGES.items():
        assert pages.get(path) == before
        with town.changing() as world:
            change(world)
        after = pages.get(path)
        assert after != before, f"{words} changes nothing on the page: the test proves nothing"
        before = after


def test_a_slot_is_gone_once_booked_and_there_again_once_cancelled(town: Town, pages: Pages) -> None:
    mine, theirs, token = town.invite(), town.invite(), town.token(WEDNESDAY_10_30)
    assert token in tokens_of(pages.get(mine))
    booked = pages.running.post(theirs, data={"creneau": token}).location
    assert token not in tokens_of(pages.get(mine))
    pages.running.post(f"{booked}/annuler")
    assert token in tokens_of(pages.get(mine))


def test_what_is_about_to_be_booked_is_still_shown_and_the_refused_booking_changes_nothing(
    town: Town, pages: Pages
) -> None:
    path, token = town.invite(), town.token(WEDNESDAY_10_30)

    def fail() -> None:
        with town.changing() as world:
            leave(world)
            assert token in tokens_of(pages.get(path))
            raise RuntimeError("rolled back")

    with pytest.raises(RuntimeError):
        fail()
    assert token in tokens_of(pages.get(path))


def test_time_alone_takes_slots_away(town: Town, pages: Pages, clock: Clock) -> None:
    """24 hours ahead at least: at 10:31 the slot of tomorrow 10:30 is gone, without anybody having written anything."""
    path, token = town.invite(), town.token(WEDNESDAY_10_30)
    for minutes, seconds in ((0, 0), (29, 59), (0, 1)):
        clock.pass_by(timedelta(minutes=minutes, seconds=seconds))
        assert token in tokens_of(pages.get(path))  # to 10:30:00, which is 24 hours before
    clock.pass_by(timedelta(seconds=1))
    assert token not in tokens_of(pages.get(path))


def look_around(pages: Pages, paths: list[str]) -> int:
    """Each page several times, in every order: always the same for the same person. Returns how many differ in what is free."""
    seen: dict[str, str] = {}
    for path in [*paths, *reversed(paths), *random.Random(4).sample(paths, len(paths))]:
        page = pages.get(path)
        assert seen.setdefault(path, page) == page
    return len({(page.count("#lieux"), *tokens_of(page)) for page in seen.values()})


def test_each_sees_what_is_open_to_them_whoever_asked_before(town: Town, pages: Pages) -> None:
    """Communes with and without a sector, a place that an agent chose."""
    with town.changing() as world:
        draw_sector(world)
        open_somewhere_else(world)
    paths = [town.invite(commune_insee=commune) for commune in (None, "26362", "26281", "26113", None)]
    with town.changing() as world:
        town.invitation_of(paths[4]).place_id = world.place.id
    assert look_around(pages, paths) == 4, "whoever lives nowhere and whoever lives in Romans see the same"


def test_each_sees_their_own_referents_whoever_asked_before(town: Town, pages: Pages) -> None:
    """One with a referent and one without; and the first again, invited to their referent alone."""
    with town.changing() as world:
        other = world.make_agent(display_name="M. Faure").id
        bilan = world.make_type(name="Bilan", duration=timedelta(minutes=60), referents_only=True)
        world.make_opening(agent_id=other, types=[bilan], starts_at_time=time(13), ends_at_time=time(18))
    paths = [town.invite(), town.invite()]
    with town.changing() as world:
        follow_up = town.invitation_of(paths[1]).follow_up
        world.add(Referent(beneficiary_id=follow_up.beneficiary_id, agent_id=other, created_at=NOW))
        again = world.add(
            Invitation(
                uid="again",
                follow_up_id=follow_up.id,
                organisation_id=world.organisation.id,
                mode=Mode.INVITATION,
                with_referents=True,
                created_at=NOW,
            )
        )
        code = town.codes.derive("invitation", again.id)
        world.add(Link(code_hash=town.codes.kept(code), invitation_id=again.id, created_at=NOW))
    assert look_around(pages, [*paths, f"/i/{code}"]) == 3


def test_in_each_language_as_if_nobody_had_asked_in_another(town: Town, pages: Pages) -> None:
    path = town.invite(commune_insee="26362")
    seen = [pages.get(f"{path}?langue={code}") for code in ("fr", "ar", "en", "fr", "ar")]
    assert seen[0] == seen[3]
    assert seen[1] == seen[4]
    assert len(set(seen)) == 3


def test_whoever_waits_is_told_so_at_the_next_page(town: Town, pages: Pages) -> None:
    path = town.invite()
    with town.changing() as world:
        close_opening(world)
    before = pages.get(path)
    pages.running.post(f"{path}/attente")
    assert pages.get(path) != before
    with town.changing() as world:
        world.session.execute(delete(FreedSlot))
        world.session.execute(delete(Waiting))
    assert pages.get(path) == before


def queries(flask_app: Flask, client: FlaskClient, path: str) -> list[str]:
    said: list[str] = []

    def remember(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if not statement.startswith("BEGIN"):
            said.append(statement)

    engine = flask_app.extensions["rdv"].database.engine
    event.listen(engine, "before_cursor_execute", remember)
    assert client.get(path).status_code == 200
    event.remove(engine, "before_cursor_execute", remember)
    return said


def test_a_page_asks_two_questions_when_nothing_was_written_and_eight_when_something_was(
    town: Town, flask_app: Flask, phone: FlaskClient
) -> None:
    """Who holds the link and what is the mark; besides, the types twice, sectors, the search and the places."""
    path, other, further = (town.invite(commune_insee=commune) for commune in ("26362", "26362", "26281"))
    assert len(queries(flask_app, phone, path)) == 8
    assert len(queries(flask_app, phone, path)) == 2
    assert len(queries(flask_app, phone, other)) == 2, "a neighbour's page costs no search"
    assert len(queries(flask_app, phone, further)) == 3, "a commune more costs the look at its sectors alone"
    with town.changing() as world:
        leave(world)
    assert len(queries(flask_app, phone, other)) == 8


def test_choosing_looks_at_one_time_and_an_appointment_is_read_at_once(
    town: Town, flask_app: Flask, phone: FlaskClient
) -> None:
    """Of a choice: who holds the link, types, sectors, the search at one minute and its place. Of an appointment: itself."""
    path, token = town.invite(commune_insee="26362"), town.token(WEDNESDAY_10_30)
    assert len(queries(flask_app, phone, f"{path}/confirmer?creneau={token}")) == 7
    booked = phone.post(path, data={"creneau": token}).location
    assert len(queries(flask_app, phone, booked)) == 1
    assert len(queries(flask_app, phone, f"{booked}/rendez-vous.ics")) == 1


def test_whoever_books_makes_the_driver_forget_nothing_that_it_has_prepared(town: Town, flask_app: Flask) -> None:
    """PostgreSQL would plan every question of that connection anew, 2 to 5 ms of its processor for each."""
    engine, said = flask_app.extensions["rdv"].database.engine, list[str]()
    path, token = town.invite(), town.token(WEDNESDAY_10_30)
    for ending in ("rollback", "commit"):
        event.listen(engine, ending, lambda _, ending=ending: said.append(ending))
    assert flask_app.test_client().post(path, data={"creneau": token}).status_code == 303
    assert said == (["commit"] * 2 if engine.dialect.name == "postgresql" else ["rollback", "commit"])
