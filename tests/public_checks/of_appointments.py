"""How each state below `/r/<code>` is reached: noted, changing, cancelling, and what has become of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from invitations import changing
from invitations.models import Participation, PlaceType, UsefulTheme
from tests.data_inclusion import service, structure
from tests.public_checks.stage import Answer, LastPage, Stage, urn, without_address
from tests.useful import know, show_useful


def noted(kind: PlaceType = PlaceType.PUBLIC_OFFICE, **changes: Any) -> LastPage:
    def reach(at: Stage) -> Answer:
        at.change_type(place_type=kind, **changes)
        return at.book(at.town.invite())

    return reach


def noted_session(at: Stage) -> Answer:
    return at.send(at.town.invite(), creneau=at.workshop())


def convoked(at: Stage) -> Answer:
    return at.look(at.town.convene(3))


def two_limits(at: Stage) -> Answer:
    """Moved until two days before, cancelled until one hour before."""
    at.change_type(move_limit=timedelta(days=2))
    return at.book(at.town.invite(), 5)


def useful_places(at: Stage) -> Answer:
    """A bus company with a page of Acceslibre, a crèche that is closed that day, a workshop whose hours nobody knows."""
    path = at.booked()
    rows = [
        service(
            1, nom="Citéa à la demande", thematiques=["mobilite"], horaires_accueil="Mo-Fr 08:00-12:00,14:00-18:00"
        ),
        service(2, nom="Crèche des Lilas", thematiques=["famille--garde-denfants"], horaires_accueil="Sa 09:00-12:00"),
        service(3, nom="Atelier numérique", horaires_accueil=None, telephone=None),
    ]
    with at.town.changing() as world:
        know(world, structure(1, nom="Valence Romans Mobilités"))
        show_useful(world, *rows, themes=tuple(UsefulTheme))
    return at.look(path)


def cancelled_only(at: Stage) -> Answer:
    """Too late to be moved, not to be cancelled."""
    at.change_type(move_limit=timedelta(days=30))
    return at.book(at.town.invite(), 5)


def too_late(at: Stage) -> Answer:
    path = at.booked()
    at.wait(hours=23, minutes=45)
    return at.look(path)


def too_late_all_the_same(at: Stage) -> Answer:
    """The page was left open since yesterday, and answered now."""
    return at.send(f"{urn(too_late(at))}/annuler")


def past(at: Stage) -> Answer:
    at.change_type(instructions_after="Nous vous écrivons sous deux semaines pour la suite.")
    path = at.booked()
    at.wait(days=20)
    return at.look(path)


# Changing


def change(at: Stage) -> Answer:
    at.more_places()
    return at.look(f"{at.booked()}/changer")


def moved(at: Stage) -> Answer:
    path = at.booked()
    return at.send(f"{path}/changer", creneau=at.look(f"{path}/changer").times[6])


def change_to_nothing(at: Stage) -> Answer:
    return at.send(f"{at.booked()}/changer")


def change_to_a_taken_one(at: Stage) -> Answer:
    at.more_places()
    path = at.booked()
    wanted = at.look(f"{path}/changer").times[4]
    at.send(at.town.invite(), creneau=wanted)
    return at.send(f"{path}/changer", creneau=wanted)


def change_where_nothing_is_free(at: Stage) -> Answer:
    path = at.town.invite()
    at.leave_free(9)
    return at.look(f"{urn(at.book(path))}/changer")


# Cancelling


def cancel(at: Stage) -> Answer:
    return at.look(f"{at.booked()}/annuler")


def cancel_a_seat(at: Stage) -> Answer:
    return at.look(f"{urn(noted_session(at))}/annuler")


def cancelled(at: Stage) -> Answer:
    return at.send(f"{at.booked()}/annuler")


def cancelled_for_good(at: Stage) -> Answer:
    """The invitation behind it is over: a call is the way on."""
    path = at.booked()
    at.send(f"{path}/annuler")
    at.wait(days=60)
    return at.look(path)


def revoked(at: Stage) -> Answer:
    path = at.booked()
    with at.town.changing() as world:
        there = world.session.scalars(select(Participation)).one()
        changing.revoke(world.session, there, agent_id=world.agent.id, now=at.clock.now)
    return at.look(path)


# Coming earlier


def wanting_earlier(at: Stage) -> Answer:
    return at.send(f"{at.booked(5)}/attente")


def earlier(at: Stage) -> Answer:
    """Nine o'clock is given back; the one who has eleven and would come earlier is asked."""
    theirs, mine = at.town.invite(), at.town.invite()
    at.leave_free(9, 11)
    early, late = urn(at.book(theirs)), urn(at.book(mine))
    at.send(f"{late}/attente")
    at.send(f"{early}/annuler")
    at.run("offer_freed")
    return at.look(late)


def earlier_taken(at: Stage) -> Answer:
    page = earlier(at)
    return at.send(f"{urn(page)}/place", offre=page.offer)


def earlier_over(at: Stage) -> Answer:
    page = earlier(at)
    at.send(f"{urn(page)}/place/non", offre=page.offer)
    return at.send(f"{urn(page)}/place", offre=page.offer)


def content_as_it_is(at: Stage) -> Answer:
    return at.send(f"{urn(wanting_earlier(at))}/attente/fin")


# Being called


def call_me(at: Stage) -> Answer:
    return at.look(f"{at.booked()}/rappel")


def no_number(at: Stage) -> Answer:
    path = at.town.invite()
    without_address(at, path, phone=None)
    return at.send(f"{urn(at.book(path))}/rappel")


def called(at: Stage) -> Answer:
    return at.send(f"{at.booked()}/rappel")
