"""What the jobs do that work for machines, or read what machines publish."""

from __future__ import annotations

from typing import Any

import structlog
from sqlalchemy.orm import Session

from app.acts import ShouldStop, never
from app.api.v1.refusal_words import OURS, sentence
from app.api.v1.telling import describe
from app.errors import where_it_broke
from app.moving_house_words import WORDING
from app.runtime import Runtime
from invitations.errors import DatabaseAway, DatabaseBusy
from invitations.job_centre import telling
from invitations.machines import batches
from invitations.models import Resource
from invitations.moving_house import stepping
from invitations.useful_places import feeds
from invitations.webhooks import sending
from notifications.fetching import Guard

log = structlog.get_logger()


def invite_handed_in(runtime: Runtime, should_stop: ShouldStop = never) -> int:
    """Know and invite the people whom machines handed in together, each in a transaction of their own."""
    with runtime.database.reading() as session:
        due = batches.due(session)
    return sum(invite_row(runtime, one) for one in due if not should_stop())


def invite_row(runtime: Runtime, row_id: int) -> bool:
    """One of them. One that breaks us is told so: the others must not wait for it."""
    try:
        with runtime.database.writing() as session:
            return batches.go_on(session, row_id, say=sentence, codes=runtime.codes, now=runtime.clock())
    except (DatabaseBusy, DatabaseAway):
        raise
    except Exception as error:  # noqa: BLE001  (whatever is said of one person, the next is invited)
        log.error("api_row.broke", row=row_id, error=type(error).__name__, where=where_it_broke(error.__traceback__))
        with runtime.database.writing() as session:
            batches.give_up(session, row_id, OURS, now=runtime.clock())
        return False


def move_in(runtime: Runtime, should_stop: ShouldStop = never) -> int:
    """Look at the moves handed in by page, and take in those that were begun, part by part."""
    mover = stepping.Mover(runtime.database, WORDING, runtime.codes, runtime.clock)
    with runtime.database.reading() as session:
        due = stepping.due(session)
    done = 0
    for move_id in due:
        while not should_stop() and (lines := move_part(mover, move_id)) is not None:
            done += lines
    return done


def move_part(mover: stepping.Mover, move_id: int) -> int | None:
    """The next part of a move. One that breaks us is taken with care: what we break over is left out and told."""
    try:
        return stepping.step(mover, move_id)
    except (DatabaseBusy, DatabaseAway):
        raise
    except Exception as error:  # noqa: BLE001  (whatever a file holds, the rest of it comes in)
        log.error("move_in.broke", move=move_id, error=type(error).__name__, where=where_it_broke(error.__traceback__))
        return stepping.step(mover, move_id, is_careful=True)


def send_webhooks(runtime: Runtime, should_stop: ShouldStop = never) -> int:
    """Tell other software what happened, where an organisation wants it told."""
    return sending.send_due(
        sending.Sender(
            database=runtime.database,
            describe=described,
            guard=Guard(allowed=runtime.settings.private_hosts),
            seals=runtime.seals,
            clock=runtime.clock,
            should_stop=should_stop,
        )
    )


def described(session: Session, resource: Resource, resource_id: int, organisation_id: int) -> dict[str, Any] | None:
    """What is said of a resource. Where we break over one is logged here; `sending` then goes on with the next."""
    try:
        return describe(session, resource, resource_id, organisation_id)
    except Exception as error:
        where = where_it_broke(error.__traceback__)
        log.error("webhook.broke", resource=resource.value, id=resource_id, error=type(error).__name__, where=where)
        raise


def read_useful_places(runtime: Runtime, should_stop: ShouldStop = never) -> int:
    """Read the addresses of data·inclusion's files again, each every week."""
    return feeds.read_due(
        runtime.database,
        guard=Guard(allowed=runtime.settings.private_hosts),
        clock=runtime.clock,
        should_stop=should_stop,
    )


def tell_job_centre(runtime: Runtime, should_stop: ShouldStop = never) -> int:
    """Tell France Travail of the appointments of organisations that chose so, where this installation can."""
    if runtime.job_centre is None:
        return 0
    return telling.tell_due(
        telling.Teller(
            database=runtime.database,
            service=runtime.job_centre,
            seals=runtime.seals,
            clock=runtime.clock,
            should_stop=should_stop,
        )
    )
