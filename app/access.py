"""Who may open a page, and the transaction it runs in. Worn as a decorator; a house test looks that every view wears one.

GET and HEAD get a reading session, thrown away at the end: a link scanner that fetches every address twice
changes nothing. Other methods get a writing one: returning commits, raising rolls back. A page whose POST checks
something slowly (`checking_…`) reads first and writes in a short session of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from flask import redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app import lasting, whence
from app.desk import Desk as Desk
from app.desk import open_desk
from app.runtime import runtime
from invitations import journal
from invitations.errors import NotAllowed, NotInSupport

P = ParamSpec("P")
R = TypeVar("R")
View = TypeVar("View", bound=Callable[..., Any])
Begin = Callable[[], AbstractContextManager[Session]]

# Who may open the view: "public", "agent", "admin" or "machine". Read by the house tests.
ACCESS = "access"
# Where a super-administrator begins and ends to see the software as another agent, and what they don't open then: what
# leaves the software with people's data (and the codes of letters), who has access, secret addresses.
SUPPORT = "support"
NOT_IN_SUPPORT = frozenset(
    {
        "colleagues",
        "keys",
        "exports",
        "letters",
        "personal_data",
        "erasing",
        "job_centre",
        "journal",
        "kept_forms",
        "moving_house",
        "my_calendar",
        "nir",
        "sign_in_settings",
        "trials_exporting",
        "webhooks",
    }
)


def reading() -> AbstractContextManager[Session]:
    return runtime().database.reading()


def transaction() -> AbstractContextManager[Session]:
    """The session of this request: reading for GET and HEAD, writing for the rest."""
    return reading() if request.method in {"GET", "HEAD"} else runtime().database.writing()


def public_page(view: Callable[Concatenate[Session, P], R]) -> Callable[P, R]:
    """Anyone may open it; what they see depends on the code in the address."""
    return worn(for_anyone(view, transaction), "public")


def checking_page(view: Callable[Concatenate[Session, P], R]) -> Callable[P, R]:
    """`public_page` whose POST reads too: what it checks is slow (a password), and no writer may wait for that.

    The view writes afterwards, in a short session of its own.
    """
    return worn(for_anyone(view, reading), "public")


def machine_call(view: Callable[Concatenate[Session, P], R]) -> Callable[P, R]:
    """A machine calls it and proves itself by a signature or a secret, which the view checks."""
    return worn(for_anyone(view, transaction), "machine")


def agent_page(view: Callable[Concatenate[Session, Desk, P], R]) -> Callable[P, R | Response]:
    """A signed-in agent may open it. Anyone else is sent to the sign-in page, and back afterwards."""
    return worn(for_agents(view, transaction), "agent")


def securing_page(view: Callable[Concatenate[Session, Desk, P], R]) -> Callable[P, R | Response]:
    """`agent_page` where one's own account is made safe: it opens before there is a second factor, too."""
    return worn(for_agents(view, transaction, is_securing=True), "agent")


def checking_securing_page(view: Callable[Concatenate[Session, Desk, P], R]) -> Callable[P, R | Response]:
    """`securing_page` whose POST reads too: see `checking_page`."""
    return worn(for_agents(view, reading, is_securing=True), "agent")


def checking_agent_page(view: Callable[Concatenate[Session, Desk, P], R]) -> Callable[P, R | Response]:
    """`agent_page` whose POST reads too: see `checking_page`."""
    return worn(for_agents(view, reading), "agent")


def for_anyone(view: Callable[Concatenate[Session, P], R], begin: Begin) -> Callable[P, R]:
    @wraps(view)
    def opened(*args: P.args, **kwargs: P.kwargs) -> R:
        with begin() as session, journal.come_from(whence.of_request()):
            return view(session, *args, **kwargs)

    return opened


def for_agents(
    view: Callable[Concatenate[Session, Desk, P], R], begin: Begin, *, is_securing: bool = False
) -> Callable[P, R | Response]:
    @wraps(view)
    def opened(*args: P.args, **kwargs: P.kwargs) -> R | Response:
        with begin() as session:
            desk = open_desk(session)
            if desk is not None:
                if (elsewhere := sent_elsewhere(desk, is_securing=is_securing)) is not None:
                    return elsewhere
                with noted_as(desk):
                    return view(session, desk, *args, **kwargs)
        return sign_in_first()

    return opened


def sign_in_first() -> Response:
    """The page to sign in, which leads back here; what was sent is kept, and is there again afterwards."""
    return redirect(url_for("signing_in.form", suite=lasting.way_back()))


@contextmanager
def noted_as(desk: Desk) -> Iterator[None]:
    """What is done inside is noted with where it came from, and with who does it in whose place."""
    supporter_id = desk.supporter.id if desk.supporter else None
    with journal.come_from(whence.of_request(desk.organisation.id)), journal.in_place_of(supporter_id):
        yield


def sent_elsewhere(desk: Desk, *, is_securing: bool) -> Response | None:
    """The page that has to be opened before this one, if there is one.

    Raises NotInSupport for what nobody does in another's place.
    """
    if desk.support_is_over and request.blueprint != SUPPORT:
        return redirect(url_for("support.form"))
    if desk.supporter is not None and (is_securing or request.blueprint in NOT_IN_SUPPORT):
        raise NotInSupport
    if not desk.owes_second_factor or is_securing:
        return None
    if desk.supporter is None:
        return redirect(url_for("my_security.show"))
    # What they owe is installed in their own account: back to it first.
    return None if request.blueprint == SUPPORT else redirect(url_for("support.form"))


def admin_page(view: Callable[Concatenate[Session, Desk, P], R]) -> Callable[P, R | Response]:
    """An administrator of the present organisation may open it; another agent is told who can."""
    return worn(agent_page(for_admins(view)), "admin")


def overseeing_page(view: Callable[Concatenate[Session, Desk, P], R]) -> Callable[P, R | Response]:
    """An administrator may open it, and whoever watches over personal data; another agent is told who can."""
    return worn(agent_page(for_admins(view, or_dpo=True)), "admin")


def checking_admin_page(view: Callable[Concatenate[Session, Desk, P], R]) -> Callable[P, R | Response]:
    """`admin_page` whose POST reads too: see `checking_page`."""
    return worn(checking_agent_page(for_admins(view)), "admin")


def checking_overseeing_page(view: Callable[Concatenate[Session, Desk, P], R]) -> Callable[P, R | Response]:
    """`overseeing_page` whose POST reads too: see `checking_page`."""
    return worn(checking_agent_page(for_admins(view, or_dpo=True)), "admin")


def for_admins(
    view: Callable[Concatenate[Session, Desk, P], R], *, or_dpo: bool = False
) -> Callable[Concatenate[Session, Desk, P], R]:
    @wraps(view)
    def checked(session: Session, desk: Desk, /, *args: P.args, **kwargs: P.kwargs) -> R:
        if not desk.is_admin and not (or_dpo and desk.is_dpo):
            raise NotAllowed
        return view(session, desk, *args, **kwargs)

    return checked


def worn(view: View, access: str) -> View:
    setattr(view, ACCESS, access)
    return view
