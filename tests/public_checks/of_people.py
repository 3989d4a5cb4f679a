"""How the pages about oneself are reached, below `/i/<code>` and `/r/<code>` alike, and `/code`, which leads to both."""

from __future__ import annotations

from sqlalchemy import update

from app.public.code import ADDRESS, EVERYBODY
from invitations import tries
from invitations.codes import SHORT_ALPHABET, SHORT_LENGTH
from invitations.contacts import MOST_CORRECTIONS
from invitations.models import Tries
from tests.public_checks.stage import Answer, LastPage, Stage, without_address

WRONG = SHORT_ALPHABET[:SHORT_LENGTH]


# What I need


def needs(at: Stage) -> Answer:
    return at.look(f"{at.town.invite()}/besoins")


def needs_noted(at: Stage) -> Answer:
    return at.send(f"{at.booked()}/besoins", needs=["interpreter", "step_free"])


# Where to reach me


def contact(at: Stage) -> Answer:
    return at.look(f"{at.town.invite()}/coordonnees")


def contact_sent(**typed: str) -> LastPage:
    """What the page answers to what was typed into it."""

    def reach(at: Stage) -> Answer:
        return at.send(f"{at.booked()}/coordonnees", **typed)

    return reach


def contact_too_often(at: Stage) -> Answer:
    path = at.town.invite()
    for number in range(MOST_CORRECTIONS):
        at.send(f"{path}/coordonnees", phone=f"06399801{number:02d}")
    return at.send(f"{path}/coordonnees", phone="0639980199")


# Messages I don't want


def messages(at: Stage) -> Answer:
    return at.look(f"{at.town.invite()}/messages")


def messages_refused(at: Stage) -> Answer:
    path = at.booked()
    at.send(f"{path}/messages", refuser="sms")
    return at.send(f"{path}/messages", refuser="email")


def messages_without_address(at: Stage) -> Answer:
    path = at.town.invite()
    without_address(at, path, phone=None, email=None)
    return at.look(f"{path}/messages")


def messages_stopped(at: Stage) -> Answer:
    """Opened from an email, then posted as mail programs do (RFC 8058)."""
    path = f"{at.town.invite()}/messages/stop"
    at.look(path)
    return at.send(path, **{"List-Unsubscribe": "One-Click"})


# The code of a letter


def code_typed(code: str) -> LastPage:
    def reach(at: Stage) -> Answer:
        return at.send("/code", code=code)

    return reach


def code_too_often(at: Stage) -> Answer:
    for _ in range(ADDRESS.most):
        at.send("/code", code=WRONG)
    return at.send("/code", code=WRONG)


def code_guarded(at: Stage) -> Answer:
    """So many wrong codes come, from everywhere, that a name is asked for too."""
    with at.town.changing() as world:
        tries.count(world.session, [EVERYBODY], codes=at.runtime.codes, now=at.clock.now)
        world.session.execute(update(Tries).values(count=EVERYBODY.limit.most))
    return at.send("/code", code=WRONG, nom="Ber")
