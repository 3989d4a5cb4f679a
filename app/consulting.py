"""Pages whose reading is noted. A page that is only looked at changes nothing, but for the one line that says so: written
after the page, in a transaction of its own, which never keeps anybody from reading."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import structlog
from flask import Response, after_this_request
from sqlalchemy.orm import Session

from app import whence
from app.access import Desk
from app.runtime import runtime
from invitations import consulting, journal
from invitations.errors import DatabaseAway, DatabaseBusy

log = structlog.get_logger()


def keep(session: Session, desk: Desk, beneficiary_id: int) -> None:
    """This agent reads this person's page: noted once it is answered, unless it has just been."""
    agent_id, organisation_id, now = desk.agent.id, desk.organisation.id, runtime().clock()
    supporter_id = desk.supporter.id if desk.supporter else None  # the session is over when it is written
    if not consulting.is_new(
        session, agent_id, beneficiary_id, organisation_id=organisation_id, supporter_id=supporter_id, now=now
    ):
        return
    read = partial(
        consulting.note, organisation_id=organisation_id, agent_id=agent_id, beneficiary_id=beneficiary_id, now=now
    )

    @after_this_request
    def write(response: Response) -> Response:
        if response.status_code == 200:
            with journal.come_from(whence.of_request(organisation_id)), journal.in_place_of(supporter_id):
                note(read)
        return response


def note(read: Callable[[Session], None]) -> None:
    try:
        with runtime().database.writing() as session:
            read(session)
    except (DatabaseBusy, DatabaseAway) as error:
        log.warning("journal.reading_not_noted", error=type(error).__name__)
