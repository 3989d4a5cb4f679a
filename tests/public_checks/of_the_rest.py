"""How the pages without a code are reached, and those that say that something went wrong."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta
from io import BytesIO

from PIL import Image

from invitations import department_logo, department_settings
from invitations.database import Database
from invitations.department_settings import Identity
from tests.public_checks.stage import Answer, LastPage, Stage

TOO_MUCH = 13 * 1024 * 1024
A_MOMENT = timedelta(milliseconds=20)
IDENTITY = Identity(
    full_name="Département de la Drôme",
    accent="#8a1c5c",
    website="https://www.drome.example",
    postal_address="26 avenue du Président-Herriot, 26026 Valence Cedex 9",
    phone="+33475000000",
    publisher="La présidente du conseil départemental",
    host="Département de la Drôme, direction du numérique, Valence",
    privacy_contact="dpo@drome.example",
    accessibility_contact="accessibilite@drome.example",
)


def address(path: str, method: str = "GET") -> LastPage:
    """A page that is simply asked for."""

    def reach(at: Stage) -> Answer:
        return at.ask(method, path)

    return reach


def mailbox(at: Stage) -> Answer:
    """What three people have received: invitations, a confirmation with its calendar, a cancellation."""
    for choice in (0, 3):
        at.booked(choice, last_name="Ouédraogo")
    at.send(f"{at.booked(5)}/annuler")
    at.run("deliver")
    return at.look("/messagerie")


def too_much(at: Stage) -> Answer:
    return at.ask("POST", at.town.invite(), data=bytes(TOO_MUCH), content_type="application/x-www-form-urlencoded")


def busy(at: Stage) -> Answer:
    """Somebody else writes, and does not come to an end."""
    path = at.town.invite()
    wanted = at.look(path).times[0]
    url = str(at.database.engine.url)
    impatient = Database(url, patience=A_MOMENT)
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with at.instead(database=impatient):
            answer = at.send(path, creneau=wanted)
    impatient.engine.dispose()
    return answer


def away(at: Stage) -> Answer:
    """The database is not there."""
    path = at.town.invite()
    gone = Database("sqlite:////nowhere/rdv.db", patience=A_MOMENT)
    with at.instead(database=gone):
        answer = at.look(path)
    gone.engine.dispose()
    return answer


def broken(at: Stage) -> Answer:
    """A failure of our own that nobody foresaw: a clock that does not know where it hangs."""
    path = at.town.invite()
    at.flask.logger.disabled = True
    with at.instead(clock=lambda: at.clock.now.replace(tzinfo=None)):
        return at.look(path)


# What a département says of itself


def themed(at: Stage) -> Answer:
    """Its own name, colour and logo."""
    dress(at)
    at.more_places()
    return at.look(at.town.invite(commune_insee="26362"))


def statutory(path: str) -> LastPage:
    """A page that the law asks for, of a département that has said all it must."""

    def reach(at: Stage) -> Answer:
        dress(at)
        return at.look(path)

    return reach


def which_department(at: Stage) -> Answer:
    with at.town.changing() as world:
        world.make_department(number="07", name="Ardèche", full_name="Département de l’Ardèche")
    return at.look("/mentions-legales")


def dress(at: Stage) -> None:
    with at.town.changing() as world:
        by = department_settings.speaker(world.session, agent_id=world.agent.id, organisation_id=world.organisation.id)
        department_settings.change(world.session, IDENTITY, by=by, now=at.clock.now)
        department_settings.keep_logo(world.session, department_logo.read(picture()), by=by, now=at.clock.now)


def picture() -> bytes:
    kept = BytesIO()
    Image.new("RGB", (480, 160), IDENTITY.accent).save(kept, "PNG")
    return kept.getvalue()
