"""100,000 people in one département, all of one organisation: the list, narrowed, searched, the next page, each as the page asks for it."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator
from datetime import timedelta
from statistics import quantiles
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from invitations import identity, people
from invitations.database import Base, Database
from invitations.models import (
    Beneficiary,
    Channel,
    FollowUp,
    FollowUpStatus,
    Invitation,
    Membership,
    Message,
    MessageKind,
    MessageState,
    Mode,
    Referent,
    Tag,
    Tagging,
)
from invitations.people_wanted import Sort, Wanted
from tests.bench import territory
from tests.bench.engines import Servers, analyse, statements
from tests.bench.figures import Figure, milliseconds_of
from tests.factories import World

SUBJECT = "people"
PEOPLE = 100_000
AT_ONCE = 10_000
RUNS = 40
LIMIT = 100.0  # ms, 95 % of the answers (issue 6)
NOW = territory.NOW
FIRST_NAMES = ("Inès", "Zoé", "Karim", "Chloé", "Jean-Noël", "Fatou", "Luis", "Hélène", "Yann", "Maud")
SYLLABLES = ("ber", "nar", "do", "lec", "ma", "ri", "val", "ton", "que", "sau", "ni", "gou")
STATUSES = (
    *[FollowUpStatus.NOT_INVITED] * 4,
    *[FollowUpStatus.INVITATION_PENDING] * 3,
    *[FollowUpStatus.SEEN] * 2,
    FollowUpStatus.NOSHOW,
)


def measure(servers: Servers) -> Iterator[Figure]:
    with servers.database("PostgreSQL") as database:
        world = build(database)
        for what, wanted in questions(world).items():
            yield asked(database, what, wanted)


def questions(world: World) -> dict[str, Wanted]:
    """What an agent asks of the list, by its name in the table of figures."""
    here: dict[str, Any] = {"organisation_ids": (world.organisation.id,), "category_ids": (world.category.id,)}
    return {
        "the list": Wanted(**here),
        "the next page": Wanted(**here, page=2),
        "the next of page 1,000": Wanted(**here, page=1_001, after=PEOPLE // 2),
        "narrowed by state": Wanted(**here, statuses=frozenset({FollowUpStatus.INVITATION_PENDING})),
        "narrowed by tag": Wanted(**here, tag="Sans permis"),
        "narrowed by referent": Wanted(**here, referent_id=world.agent.id),
        "narrowed by mode": Wanted(**here, mode=Mode.INVITATION),
        "who could not be reached": Wanted(**here, unreached=True),
        "longest in their state": Wanted(**here, sort=Sort.OLDEST_STATUS),
        "longest waiting for an answer": Wanted(
            **here, statuses=frozenset({FollowUpStatus.INVITATION_PENDING}), sort=Sort.OLDEST_STATUS
        ),
        "searched, a name": Wanted(**here, text="Bernardo Zoe"),
        "searched, two letters": Wanted(**here, text="be"),
        "searched, a telephone": Wanted(**here, text="06 39 98 12 3"),
        "searched, nobody": Wanted(**here, text="zzzz"),
    }


def asked(database: Database, what: str, wanted: Wanted) -> Figure:
    """One question, put as a page does: a session of its own, thrown away."""

    def read() -> None:
        with database.reading() as session:
            people.listing(session, wanted, now=NOW)

    runs = milliseconds_of(read, runs=RUNS)
    slowest = quantiles(runs, n=20)[-1]
    notes = {"median": sorted(runs)[RUNS // 2], "queries": float(queries(database, wanted))}
    return Figure(SUBJECT, f"{what}, 95 % within", "PostgreSQL", "ms", [slowest], limit=LIMIT, notes=notes)


def queries(database: Database, wanted: Wanted) -> int:
    with database.reading() as session, statements(session) as said:
        people.listing(session, wanted, now=NOW)
    return len(said)


def build(database: Database, count: int = PEOPLE) -> World:
    """So many people with a follow-up each, six in ten invited by a text, a referent, and a tag for one in ten."""
    drawn = random.Random(26)
    with database.writing() as session:
        world = World(session, NOW)
        tag = world.add(Tag(organisation_id=world.organisation.id, label="Sans permis", created_at=NOW))
    for first in range(0, count, AT_ONCE):
        with database.writing() as session:
            write(session, world, tag, range(first, min(first + AT_ONCE, count)), drawn)
    analyse(database)
    return world


def write(session: Session, world: World, tag: Tag, numbers: range, drawn: random.Random) -> None:
    ids = made(session, Beneficiary, [person(world, number, drawn) for number in numbers])
    session.execute(
        insert(Membership),
        [{"beneficiary_id": one, "organisation_id": world.organisation.id, "created_at": NOW} for one in ids],
    )
    states = [drawn.choice(STATUSES) for _ in ids]
    follow_ups = made(
        session,
        FollowUp,
        [follow_up(world, one, state, drawn) for one, state in zip(ids, states, strict=True)],
    )
    invited = [
        (follow_up_id, person_id)
        for follow_up_id, person_id, state in zip(follow_ups, ids, states, strict=True)
        if state is not FollowUpStatus.NOT_INVITED
    ]
    invitations = made(session, Invitation, [invitation(world, one) for one, _ in invited])
    session.execute(
        insert(Message),
        [message(world, whom, one) for one, (_, whom) in zip(invitations, invited, strict=True)],
    )
    session.execute(
        insert(Referent), [{"beneficiary_id": one, "agent_id": world.agent.id, "created_at": NOW} for one in ids[::3]]
    )
    session.execute(
        insert(Tagging), [{"beneficiary_id": one, "tag_id": tag.id, "created_at": NOW} for one in ids[::10]]
    )


def made(session: Session, table: type[Base], rows: list[dict[str, Any]]) -> list[int]:
    """Their ids, in the order of the rows."""
    identifier: Any = table.__table__.c.id
    return list(session.scalars(insert(table).returning(identifier, sort_by_parameter_order=True), rows))


def person(world: World, number: int, drawn: random.Random) -> dict[str, Any]:
    first_name = FIRST_NAMES[number % len(FIRST_NAMES)]
    last_name = "".join(drawn.choice(SYLLABLES) for _ in range(3)).capitalize()
    told = {
        "first_name": first_name,
        "last_name": last_name,
        "email": f"personne{number}@example.fr",
        "phone": f"+336{3998_0000 + number:08d}",
        "affiliation_number": f"{1_000_000 + number}",
    }
    return {
        **told,
        "uid": str(uuid.UUID(int=drawn.getrandbits(128))),
        "department_id": world.department.id,
        "language": "fr",
        "logistic_note": "",
        "needs": [],
        "first_name_key": identity.first_name_key(first_name),
        "email_key": told["email"],
        "search_key": identity.search_key(**told),
        "created_at": NOW,
        "updated_at": NOW,
    }


def follow_up(world: World, person_id: int, state: FollowUpStatus, drawn: random.Random) -> dict[str, Any]:
    return {
        "uid": str(uuid.UUID(int=drawn.getrandbits(128))),
        "beneficiary_id": person_id,
        "category_id": world.category.id,
        "status": state,
        "status_since": NOW - timedelta(minutes=drawn.randrange(200_000)),
        "call_tries": 0,
        "created_at": NOW,
    }


def invitation(world: World, follow_up_id: int) -> dict[str, Any]:
    return {
        "uid": str(uuid.uuid4()),
        "follow_up_id": follow_up_id,
        "organisation_id": world.organisation.id,
        "mode": Mode.INVITATION,
        "with_referents": False,
        "expires_at": NOW + timedelta(days=10),
        "created_at": NOW - timedelta(days=1),
    }


def message(world: World, person_id: int, invitation_id: int) -> dict[str, Any]:
    return {
        "once": str(uuid.uuid4()),
        "organisation_id": world.organisation.id,
        "beneficiary_id": person_id,
        "invitation_id": invitation_id,
        "kind": MessageKind.INVITATION,
        "channel": Channel.SMS,
        "address": "+33639980000",
        "body": "Bonjour",
        "state": MessageState.DELIVERED,
        "due_at": NOW - timedelta(days=1),
        "sent_at": NOW - timedelta(days=1),
        "created_at": NOW - timedelta(days=1),
    }
