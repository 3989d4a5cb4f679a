"""How each state below `/i/<code>` is reached: choosing, confirming, waiting, being called, and links that are over."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from invitations import follow_ups
from invitations.models import PlaceType
from tests.public_checks.stage import Answer, LastPage, Stage, urn, without_address

VALENCE = "26362"


def choosing(at: Stage) -> Answer:
    at.more_places()
    return at.look(at.town.invite(commune_insee=VALENCE))


def another_place(at: Stage) -> Answer:
    at.more_places()
    return at.look(f"{at.town.invite(commune_insee=VALENCE)}?lieu=2&jours=11")


def sessions(at: Stage) -> Answer:
    """One with many seats, one with two: beside the hours."""
    at.workshop(seats=2)
    at.workshop(hour=16, title="Réunion d’information : vos droits, vos démarches, et comment on vous accompagne")
    return at.look(at.town.invite())


def kinds(at: Stage) -> Answer:
    """At the office or by telephone, at the same hours."""
    with at.town.changing() as world:
        call = world.make_type(
            name="Entretien téléphonique", place_type=PlaceType.PHONE, duration=timedelta(minutes=30)
        )
        world.make_opening(agent_id=world.make_agent().id, types=[call])
    return at.look(at.town.invite())


def elsewhere(kind: PlaceType) -> LastPage:
    """Choosing where only one kind of appointment is given, which is not at an office."""

    def reach(at: Stage) -> Answer:
        at.change_type(place_type=kind)
        return at.look(at.town.invite())

    return reach


def confirming(kind: PlaceType = PlaceType.PUBLIC_OFFICE, **changes: Any) -> LastPage:
    def reach(at: Stage) -> Answer:
        at.change_type(place_type=kind, **changes)
        path = at.town.invite()
        return at.look(f"{path}/confirmer?creneau={at.look(path).times[2]}")

    return reach


def confirming_a_session(at: Stage) -> Answer:
    return at.look(f"{at.town.invite()}/confirmer?creneau={at.workshop()}")


def nothing_chosen(at: Stage) -> Answer:
    at.more_places()
    return at.look(f"{at.town.invite()}/confirmer")


def just_taken(at: Stage) -> Answer:
    at.more_places()
    mine, theirs = at.town.invite(), at.town.invite()
    wanted = at.look(mine).times[2]
    at.send(theirs, creneau=wanted)
    return at.send(mine, creneau=wanted)


def offered_no_more(at: Stage) -> Answer:
    """Nobody was faster: the hour is simply not given any more."""
    mine = at.town.invite()
    wanted = at.look(mine).times[0]
    at.wait(days=5)
    return at.send(mine, creneau=wanted)


def the_last_one_taken(at: Stage) -> Answer:
    mine, theirs = at.town.invite(), at.town.invite()
    at.leave_free(9)
    wanted = at.look(mine).times[0]
    at.send(theirs, creneau=wanted)
    return at.send(mine, creneau=wanted)


# Propositions


def proposed(at: Stage) -> Answer:
    return at.look(at.town.propose(3))


def proposed_alone(at: Stage) -> Answer:
    """The hour that is held is the only one."""
    at.leave_free(9)
    return at.look(at.town.propose())


def proposed_then_taken(at: Stage) -> Answer:
    """Another hour than the one held, which somebody else was faster to choose."""
    mine, theirs = at.town.propose(3), at.town.invite()
    wanted = at.look(mine).times[4]
    at.send(theirs, creneau=wanted)
    return at.send(mine, creneau=wanted)


def kept(at: Stage) -> Answer:
    return at.send(f"{at.town.propose(3)}/garder")


# Nothing is free


def nothing_free(at: Stage) -> Answer:
    path = at.town.invite()
    at.leave_free()
    return at.look(path)


def nothing_free_in_two_towns(at: Stage) -> Answer:
    path = at.town.invite()
    at.leave_free()
    with at.town.changing() as world:
        world.make_place(name="Mairie", city="Die", commune_insee="26113")
    return at.look(path)


def nothing_free_and_no_message_arrives(at: Stage) -> Answer:
    """Neither telephone nor address: nobody can be told, but anybody can be called at a number they give."""
    path = at.town.invite()
    at.leave_free()
    without_address(at, path, phone=None, email=None)
    return at.look(path)


def waiting(at: Stage) -> Answer:
    path = at.town.invite()
    at.leave_free()
    return at.send(f"{path}/attente")


def waiting_with_others_free(at: Stage) -> Answer:
    """They wait for one place; meanwhile there are times again."""
    path = urn(waiting(at))
    with at.town.changing() as world:
        world.make_opening()
    return at.look(path)


def freed(at: Stage) -> Answer:
    """The hour that somebody gives back is kept for the one who waits."""
    theirs, mine = at.town.invite(), at.town.invite()
    at.leave_free(9)
    booked = urn(at.book(theirs))
    at.send(f"{mine}/attente")
    at.send(f"{booked}/annuler")
    at.run("offer_freed")
    return at.look(mine)


def freed_and_taken(at: Stage) -> Answer:
    page = freed(at)
    return at.send(f"{urn(page)}/place", offre=page.offer)


def freed_and_declined(at: Stage) -> Answer:
    page = freed(at)
    return at.send(f"{urn(page)}/place/non", offre=page.offer)


def freed_and_over(at: Stage) -> Answer:
    """Declined, then accepted from a page left open: somebody else is being asked."""
    page = freed(at)
    at.send(f"{urn(page)}/place/non", offre=page.offer)
    return at.send(f"{urn(page)}/place", offre=page.offer)


def no_longer_waiting(at: Stage) -> Answer:
    return at.send(f"{urn(waiting(at))}/attente/fin")


# Being called


def call_me(at: Stage) -> Answer:
    return at.look(f"{at.town.invite()}/rappel")


def call_me_at_which_number(at: Stage) -> Answer:
    path = at.town.invite()
    without_address(at, path, phone=None)
    return at.look(f"{path}/rappel")


def no_such_number(at: Stage) -> Answer:
    return at.send(f"{at.town.invite()}/rappel", phone="12", preferred="x" * 200)


def no_number_at_all(at: Stage) -> Answer:
    path = at.town.invite()
    without_address(at, path, phone=None)
    return at.send(f"{path}/rappel")


def called(at: Stage) -> Answer:
    return at.send(f"{at.town.invite()}/rappel")


# Over


def expired(at: Stage) -> Answer:
    path = at.town.invite()
    at.wait(days=60)
    return at.look(path)


def expired_while_waiting(at: Stage) -> Answer:
    path = urn(waiting(at))
    at.wait(days=60)
    return at.look(path)


def answered(at: Stage) -> Answer:
    """Opened again once it is booked: it leads to the appointment."""
    path = at.town.invite()
    at.book(path)
    return at.look(path)


def closed(at: Stage) -> Answer:
    """The service has closed the follow-up."""
    path = at.town.invite()
    with at.town.changing() as world:
        follow_up = at.town.invitation_of(path).follow_up
        follow_ups.close(
            world.session,
            follow_up,
            agent_id=world.agent.id,
            organisation_id=world.organisation.id,
            now=at.clock.now,
        )
    return at.look(path)
