"""Software outside is told what happens, by real POSTs to a real server that behaves and misbehaves."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import multiprocessing
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from multiprocessing import connection
from threading import Event
from typing import Any

import pytest
from sqlalchemy import delete, event, func, insert, select, update
from sqlalchemy.orm import Session

from app.api.v1.telling import describe
from invitations import outcomes
from invitations.database import Database, locked
from invitations.errors import NotFound, TooManyWebhooks, WebhookKnown, WebhookRefused
from invitations.machines import batches
from invitations.models import (
    ApiBatch,
    ApiBatchRow,
    Appointment,
    AuditEvent,
    Beneficiary,
    EventState,
    FollowUp,
    FollowUpStatus,
    Happening,
    Invitation,
    Membership,
    Mode,
    Outcome,
    Participation,
    PauseReason,
    Resource,
    WebhookEndpoint,
    WebhookEvent,
)
from invitations.sealing import Seals
from invitations.webhooks import endpoints, log, sending
from invitations.webhooks.endpoints import By
from invitations.webhooks.recording import DOWN, GIVE_UP, OURS, TRIES_OF_OURS, WAITS
from invitations.webhooks.sending import EVENTS_A_TURN, LEASE, SEALED, Sender
from notifications.fetching import Guard, Resolve
from notifications.web_addresses import Trouble
from tests.app.team import Team, expect
from tests.conftest import NOW, SECRET, Clock
from tests.doubles.web import Handler, Site, running_site

HERE = "/recevoir"


@pytest.fixture
def team(database: Database, clock: Clock) -> Team:
    return Team(database, clock())


@pytest.fixture
def site() -> Iterator[Site]:
    with running_site() as running:
        running.serve(HERE, b"ok")
        yield running


@dataclass
class Office:
    """An organisation that has its software told, and the scheduler that tells."""

    team: Team
    site: Site
    clock: Clock
    guard: Guard | None = None
    secret: str = ""
    ids: list[int] = field(default_factory=list)

    def by(self) -> By:
        return By(self.team.world.organisation, self.team.world.agent, self.clock())

    def listen(self, path: str = HERE, resources: tuple[Resource, ...] = tuple(Resource)) -> int:
        with self.team.changing() as world:
            made, self.secret = endpoints.add(
                world.session,
                address=self.site.url(path),
                resources=resources,
                seals=Seals(SECRET),
                allowed=self.site.spots,
                by=self.by(),
            )
            self.ids.append(made.id)
            return made.id

    def tell(self, database: Database | None = None, **changes: Any) -> int:
        values: dict[str, Any] = {
            "database": database or self.team.database,
            "describe": describe,
            "guard": self.guard or Guard(allowed=self.site.spots),
            "seals": Seals(SECRET),
            "clock": self.clock,
            "should_stop": lambda: False,
        }
        return sending.send_due(Sender(**values | changes))

    def tell_in(self, length: timedelta) -> int:
        self.clock.pass_by(length)
        return self.tell()

    def heard(self) -> list[tuple[str, str, int]]:
        """Model, event and id of what arrived, in order."""
        bodies = [json.loads(one.body) for one in self.site.asked]
        return [(one["meta"]["model"], one["meta"]["event"], one["data"]["id"]) for one in bodies]

    def said(self) -> dict[str, Any]:
        """The data of what arrived last."""
        found: dict[str, Any] = json.loads(self.site.asked[-1].body)["data"]
        return found

    def events(self) -> list[WebhookEvent]:
        with self.team.database.reading() as session:
            found = list(session.scalars(select(WebhookEvent).order_by(WebhookEvent.id)))
            session.expunge_all()
            return found

    def states(self) -> list[EventState]:
        return [one.state for one in self.events()]

    def endpoint(self) -> WebhookEndpoint:
        with self.team.database.reading() as session:
            found = session.get_one(WebhookEndpoint, self.ids[-1])
            session.expunge_all()
            return found

    def owe(self, *people: int) -> None:
        """Events of people that need not exist: their destruction is told by number."""
        with self.team.changing() as world:
            rows = [
                {
                    "endpoint_id": self.ids[-1],
                    "resource": Resource.USER,
                    "resource_id": one,
                    "happening": Happening.DESTROYED,
                }
                for one in people
            ]
            world.session.execute(insert(WebhookEvent), rows)


@pytest.fixture
def office(team: Team, site: Site, clock: Clock) -> Office:
    return Office(team, site, clock)


def test_a_new_person_is_told_with_what_the_api_shows(office: Office, team: Team) -> None:
    office.listen()
    person = team.person(first_name="Inès", last_name="Bernard", phone="+33639980001")
    assert office.tell() == 1
    assert office.heard() == [("User", "created", person.id)]
    said = office.said()
    assert (said["first_name"], said["phone_number"], said["nir"]) == ("Inès", "+33639980001", None)
    assert office.tell() == 0


def test_both_signatures_are_those_that_a_receiver_computes(office: Office, team: Team) -> None:
    office.listen()
    team.person()
    office.tell()
    (asked,) = office.site.asked
    headers = {name.lower(): value for name, value in asked.headers.items()}
    plain = hmac.new(office.secret.encode(), asked.body, hashlib.sha256).hexdigest()
    assert headers["x-rdvi-signature"] == plain
    key = base64.b64decode(office.secret.removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + asked.body
    made = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{made}"
    assert int(headers["webhook-timestamp"]) == int(NOW.timestamp())
    assert headers["content-type"] == "application/json"


def test_the_life_of_an_appointment_is_told_in_its_order(office: Office, team: Team) -> None:
    office.listen(resources=(Resource.RDV,))
    with team.changing() as world:
        one = expect(world, NOW + timedelta(days=2))
    office.tell()
    with team.changing() as world:
        row = world.session.get_one(Participation, one.id)
        row.appointment.cancelled_at = team.now
    office.tell()
    assert office.heard() == [
        ("Rdv", "created", one.appointment_id),
        ("Rdv", "updated", one.appointment_id),
    ]
    assert office.said()["cancelled_at"] is not None


def test_an_outcome_is_told(office: Office, team: Team, clock: Clock) -> None:
    with team.changing() as world:
        one = expect(world, NOW - timedelta(days=1))
    office.listen(resources=(Resource.RDV, Resource.FOLLOW_UP))
    with team.changing() as world:
        outcomes.record(
            world.session,
            world.session.get_one(Participation, one.id),
            Outcome.NOSHOW,
            agent_id=world.agent.id,
            now=clock(),
        )
    office.tell()
    assert office.heard() == [("Rdv", "updated", one.appointment_id), ("FollowUp", "updated", one.follow_up_id)]
    told = [json.loads(one.body)["data"] for one in office.site.asked]
    assert (told[0]["participations"][0]["status"], told[1]["status"]) == ("noshow", FollowUpStatus.NOSHOW)


def test_a_slot_that_is_only_held_is_no_appointment_yet(office: Office, team: Team) -> None:
    office.listen(resources=(Resource.RDV,))
    with team.changing() as world:
        one = expect(world, NOW + timedelta(days=2), held_until=NOW + timedelta(days=1))
        world.session.execute(delete(Participation).where(Participation.id == one.id))
    office.tell()
    assert office.heard() == []
    with team.changing() as world:
        world.session.execute(update(Appointment).values(held_until=None))
    office.tell()
    assert office.heard() == [("Rdv", "created", one.appointment_id)]


def test_an_invitation_is_told_when_it_leaves_and_when_it_is_answered(office: Office, team: Team) -> None:
    office.listen(resources=(Resource.INVITATION,))
    with team.changing() as world:
        follow_up = world.make_follow_up()
        made = world.add(
            Invitation(
                uid="i",
                follow_up_id=follow_up.id,
                organisation_id=world.organisation.id,
                mode=Mode.INVITATION,
                created_at=NOW,
            )
        )
    office.tell()
    with team.changing() as world:
        world.session.get_one(Invitation, made.id).answered_at = NOW
    office.tell()
    assert office.heard() == [("Invitation", "created", made.id), ("Invitation", "updated", made.id)]
    assert (office.said()["mode"], office.said()["user_id"]) == ("invitation", follow_up.beneficiary_id)


def test_people_handed_in_together_are_told_once_all_are_done(office: Office, team: Team) -> None:
    office.listen(resources=(Resource.INVITATION,))
    with team.changing() as world:
        people = [ApiBatchRow(position=0), ApiBatchRow(position=1)]
        world.add(ApiBatch(uid="b", organisation_id=world.organisation.id, created_at=NOW, rows=people))
    assert office.tell() == 0
    for at in (0, 1):
        with team.changing() as world:
            row = world.session.scalars(select(ApiBatchRow.id).where(ApiBatchRow.position == at)).one()
            batches.give_up(world.session, row, "Non.", now=NOW)
        assert office.tell() == at
    body = json.loads(office.site.asked[-1].body)
    assert (body["meta"]["model"], body["meta"]["event"]) == ("Batch", "updated")
    assert (body["data"]["finished"], [one["status"] for one in body["data"]["users"]]) == (
        True,
        ["refused", "refused"],
    )


def test_changes_that_wait_together_are_said_once_and_as_they_are_now(office: Office, team: Team) -> None:
    office.listen()
    person = team.person(first_name="Ines")
    for name in ("Inés", "Inès"):
        with team.changing() as world:
            world.session.execute(update(Beneficiary).where(Beneficiary.id == person.id).values(first_name=name))
    office.tell()
    assert office.heard() == [("User", "created", person.id)]
    assert office.said()["first_name"] == "Inès"
    assert office.states() == [EventState.DELIVERED, EventState.MERGED, EventState.MERGED]
    with team.changing() as world:  # a town is of the address that is said
        world.session.execute(update(Beneficiary).where(Beneficiary.id == person.id).values(city="Romans-sur-Isère"))
    office.tell()
    assert office.said()["address"].endswith("Romans-sur-Isère")


def test_who_leaves_is_told_by_number_alone(office: Office, team: Team) -> None:
    person = team.person()
    office.listen()
    with team.changing() as world:
        world.session.execute(delete(Membership).where(Membership.beneficiary_id == person.id))
    office.tell()
    assert office.heard() == [("User", "destroyed", person.id)]
    assert office.said() == {"id": person.id}


def test_another_organisation_hears_nothing_of_our_people(office: Office, team: Team) -> None:
    office.listen()
    with team.changing() as world:
        other = world.make_organisation()
        person = world.make_beneficiary(organisation=other)
        world.add(
            FollowUp(uid="f", beneficiary_id=person.id, category_id=world.category.id, status_since=NOW, created_at=NOW)
        )
    assert (office.tell(), office.events()) == (0, [])


def test_only_what_was_asked_for_is_told(office: Office, team: Team) -> None:
    office.listen(resources=(Resource.RDV,))
    team.person()
    assert office.events() == []


def test_where_nobody_listens_nothing_is_written(office: Office, team: Team) -> None:
    team.person()
    assert office.events() == []


def test_a_failure_is_tried_again_later_and_later_under_the_same_id(office: Office, team: Team) -> None:
    office.listen()
    office.site.serve(HERE, b"", status=503)
    team.person()
    office.tell()
    for wait in WAITS[:3]:
        assert office.tell_in(wait - timedelta(seconds=1)) == 0
        assert office.tell_in(timedelta(seconds=1)) == 1
    (one,) = office.events()
    assert (one.tries, one.last_status, one.last_trouble) == (4, 503, Trouble.REFUSED)
    office.site.serve(HERE, b"")
    office.tell_in(WAITS[3])
    (one,) = office.events()
    assert (one.state, one.tries) == (EventState.DELIVERED, 5)
    assert len({asked.headers["webhook-id"] for asked in office.site.asked}) == 1
    assert office.endpoint().failing_since is None


def test_the_order_of_a_resource_is_kept_through_a_failure_and_the_others_go_on(office: Office, team: Team) -> None:
    office.listen()
    first, second = team.person(), team.person()
    refuse_once: list[int] = []

    def answer(handler: Handler) -> None:
        about = json.loads(office.site.asked[-1].body)["data"]["id"]
        is_first_time = about == first.id and not refuse_once
        if is_first_time:
            refuse_once.append(about)
        handler.say(500 if is_first_time else 200, b"")

    office.site.answers[HERE] = answer
    office.tell()
    with team.changing() as world:
        world.session.execute(delete(Membership).where(Membership.beneficiary_id == first.id))
    assert office.tell() == 0  # its beginning waits, so its end waits too
    office.tell_in(WAITS[0])
    assert office.heard() == [
        ("User", "created", first.id),
        ("User", "created", second.id),
        ("User", "destroyed", first.id),
    ]
    assert office.states() == [EventState.MERGED, EventState.DELIVERED, EventState.DELIVERED]


def test_after_three_days_without_an_answer_it_is_paused_and_says_so(office: Office, team: Team) -> None:
    office.listen()
    office.site.serve(HERE, b"", status=500)
    team.person()
    while office.endpoint().paused_at is None:
        office.tell()
        office.clock.pass_by(timedelta(hours=6))
    assert GIVE_UP <= office.clock() - NOW <= GIVE_UP + timedelta(hours=18)
    with team.database.reading() as session:
        assert [one.id for one in endpoints.paused(session, team.world.organisation.id)] == office.ids
    assert office.endpoint().pause_reason is PauseReason.FAILING
    office.site.serve(HERE, b"")
    assert office.tell() == 0
    with team.changing() as world:
        endpoint = endpoints.find(world.session, office.ids[0], world.organisation.id)
        endpoints.resume(world.session, endpoint, by=office.by())
    assert office.tell_in(WAITS[-1]) == 1
    assert office.states() == [EventState.DELIVERED]


def test_one_event_that_is_never_taken_is_given_up_and_the_others_arrive(office: Office, team: Team) -> None:
    office.listen()
    poison = team.person()
    office.site.answers[HERE] = lambda handler: handler.say(
        500 if json.loads(office.site.asked[-1].body)["data"]["id"] == poison.id else 200, b""
    )
    for number in range(1, 11):
        office.tell()
        office.owe(1000 + number)
        office.clock.pass_by(timedelta(hours=9))
    office.tell()
    states = office.states()
    assert (states[0], set(states[1:])) == (EventState.GIVEN_UP, {EventState.DELIVERED})
    assert office.endpoint().paused_at is None


def test_an_endpoint_that_is_down_is_asked_one_thing_at_a_time(office: Office) -> None:
    office.listen()
    office.site.serve(HERE, b"", status=502)
    office.owe(*range(1, 200))
    office.tell()
    assert len(office.site.asked) == DOWN
    for _ in range(5):
        office.tell_in(WAITS[0] - timedelta(seconds=1))
    assert len(office.site.asked) <= DOWN + 4


def test_a_turn_ends_so_that_one_endpoint_keeps_no_other_waiting(office: Office) -> None:
    office.listen()
    office.owe(*range(1, EVENTS_A_TURN * 2))
    office.site.serve("/autre", b"")
    office.listen("/autre")
    office.owe(1)
    assert office.tell() == EVENTS_A_TURN * 2
    assert "/autre" in [one.path for one in office.site.asked][: EVENTS_A_TURN + 1]


@pytest.mark.parametrize(
    ("status", "location"), [(301, "http://127.0.0.1:1/"), (302, "http://169.254.169.254/latest/"), (307, "/ailleurs")]
)
def test_a_redirect_is_not_followed(office: Office, team: Team, status: int, location: str) -> None:
    office.listen()
    office.site.send_to(HERE, location, status)
    team.person()
    office.tell()
    (one,) = office.events()
    assert (one.last_status, one.last_trouble) == (status, Trouble.TOO_MANY_REDIRECTS)
    assert [asked.path for asked in office.site.asked] == [HERE]


def test_garbage_with_200_is_taken_for_an_answer(office: Office, team: Team) -> None:
    office.listen()
    office.site.serve(HERE, b"\x00\xff<html>" * 1000)
    team.person()
    office.tell()
    assert office.states() == [EventState.DELIVERED]


def test_who_answers_drop_by_drop_is_cut(office: Office, team: Team) -> None:
    office.listen()
    office.site.answers[HERE] = lambda handler: handler.drip(b"H")
    team.person()
    office.tell(patience=timedelta(seconds=0.3))
    assert [one.last_trouble for one in office.events()] == [Trouble.TOO_SLOW]


def test_nobody_there_is_a_failure_like_another(office: Office, team: Team, site: Site) -> None:
    office.listen()
    with team.changing() as world:
        world.session.execute(update(WebhookEndpoint).values(address="http://127.0.0.1:9/"))
    team.person()
    office.tell()
    assert [one.last_trouble for one in office.events()] == [Trouble.NOT_HTTPS]
    office.guard = Guard(allowed=frozenset({"127.0.0.1:9"}))
    office.tell_in(WAITS[0])
    assert [one.last_trouble for one in office.events()] == [Trouble.UNREACHABLE]


def resolving_to(number: str) -> Resolve:
    return lambda _host, _port: [number]


def test_a_name_that_turns_private_since_gets_nothing(office: Office, team: Team) -> None:
    office.listen()
    with team.changing() as world:
        world.session.execute(update(WebhookEndpoint).values(address="https://logiciel.example/"))
    team.person()
    for number in ("127.0.0.1", "10.0.0.8", "169.254.169.254", "::1"):
        office.guard = Guard(resolve=resolving_to(number))
        office.tell_in(WAITS[-1])
        assert office.events()[0].last_trouble == Trouble.NOT_PUBLIC
    assert office.site.asked == []


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("http://logiciel.example/x", Trouble.NOT_HTTPS),
        ("https://127.0.0.1/x", Trouble.NOT_PUBLIC),
        ("https://192.168.0.1/x", Trouble.NOT_PUBLIC),
        ("https://moi:secret@logiciel.example/", Trouble.HAS_PASSWORD),
        ("ftp://logiciel.example/", Trouble.NOT_AN_ADDRESS),
        ("bonjour", Trouble.NOT_AN_ADDRESS),
    ],
)
def test_an_address_of_nowhere_is_refused_when_it_is_typed(
    office: Office, team: Team, address: str, why: Trouble
) -> None:
    with pytest.raises(WebhookRefused) as refusal, team.changing() as world:
        endpoints.add(
            world.session,
            address=address,
            resources=[Resource.RDV],
            seals=Seals(SECRET),
            allowed=frozenset(),
            by=office.by(),
        )
    assert refusal.value.details["why"] is why


def test_the_same_address_twice_and_too_many_are_refused(office: Office) -> None:
    office.listen()
    with pytest.raises(WebhookKnown):
        office.listen()
    for number in range(endpoints.MOST - 1):
        office.listen(f"/{number}")
    with pytest.raises(TooManyWebhooks):
        office.listen("/encore")


def test_a_secret_that_no_key_opens_is_said_and_nothing_leaves(office: Office, team: Team) -> None:
    office.listen()
    team.person()
    office.tell(seals=Seals("another key, of thirty-two characters or more"))
    assert ([one.last_trouble for one in office.events()], office.site.asked) == ([SEALED], [])


def test_a_new_secret_is_in_force_at_once_and_is_in_no_table(office: Office, team: Team) -> None:
    office.listen()
    former = office.secret
    with team.changing() as world:
        endpoint = endpoints.find(world.session, office.ids[0], world.organisation.id)
        office.secret = endpoints.renew_secret(world.session, endpoint, seals=Seals(SECRET), by=office.by())
    team.person()
    office.tell()
    (asked,) = office.site.asked
    assert asked.headers["X-RDVI-SIGNATURE"] == hmac.new(office.secret.encode(), asked.body, "sha256").hexdigest()
    assert former != office.secret
    assert office.secret not in office.endpoint().secret_sealed


def test_what_is_paused_waits_and_what_is_removed_is_dropped(office: Office, team: Team) -> None:
    office.listen()
    with team.changing() as world:
        endpoint = endpoints.find(world.session, office.ids[0], world.organisation.id)
        endpoints.pause(world.session, endpoint, by=office.by())
    team.person()
    assert (office.tell(), office.states()) == (0, [EventState.PENDING])
    with team.changing() as world:
        endpoint = endpoints.find(world.session, office.ids[0], world.organisation.id)
        endpoints.remove(world.session, endpoint, by=office.by())
    team.person()
    assert (office.tell(), office.events()) == (0, [])
    with team.changing() as world, pytest.raises(NotFound):
        endpoints.find(world.session, office.ids[0], world.organisation.id)
    with team.database.reading() as session:
        noted = session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)).all()
    assert noted == ["webhook.added", "webhook.paused", "webhook.removed"]


def test_what_was_told_is_said_again_as_it_is_now(office: Office, team: Team) -> None:
    office.listen()
    person = team.person(first_name="Ines")
    office.tell()
    with team.changing() as world:
        world.session.execute(update(Beneficiary).where(Beneficiary.id == person.id).values(first_name="Inès"))
    office.tell()
    with team.changing() as world:
        endpoint = endpoints.find(world.session, office.ids[0], world.organisation.id)
        log.replay(world.session, endpoint, office.events()[0].id, by=office.by())
    office.tell()
    assert office.heard() == [("User", one, person.id) for one in ("created", "updated", "created")]
    assert office.said()["first_name"] == "Inès"


def test_the_log_is_read_a_page_at_a_time_and_kept_thirty_days(office: Office, team: Team, clock: Clock) -> None:
    office.listen()
    office.owe(*range(1, log.PAGE + 11))
    office.tell()
    with team.database.reading() as session:
        endpoint = office.endpoint()
        first = log.read(session, endpoint)
        rest = log.read(session, endpoint, before=first.before)
        assert [one.resource_id for one in (*first.events, *rest.events)] == list(range(log.PAGE + 10, 0, -1))
    assert rest.before is None
    clock.pass_by(log.KEPT + timedelta(seconds=1))
    office.owe(999)
    with team.changing() as world:
        assert log.forget(world.session, now=clock()) == log.PAGE + 10
    assert office.states() == [EventState.PENDING]


def test_two_schedulers_tell_each_thing_once(office: Office, database: Database) -> None:
    office.listen()
    office.owe(*range(1, 30))
    other = Database(database.engine.url.render_as_string(hide_password=False))
    told: list[int] = []

    def meanwhile(handler: Handler) -> None:
        if len(office.site.asked) == 3:
            told.append(office.tell(other))
        handler.say(200, b"")

    office.site.answers[HERE] = meanwhile
    office.tell()
    other.engine.dispose()
    assert told == [0]
    assert [one[2] for one in office.heard()] == list(range(1, 30))


def test_a_scheduler_that_dies_leaves_its_endpoint_to_another(office: Office, team: Team) -> None:
    """Killed after the answer and before it was noted: said again, under the same id."""
    office.listen()
    office.owe(1)

    class Killed(BaseException):
        """As SIGKILL: nothing is put in order."""

    def until_it_answered() -> datetime:
        if office.site.asked:
            raise Killed
        return office.clock()

    with pytest.raises(Killed):
        office.tell(clock=until_it_answered)
    assert office.tell() == 0
    office.tell_in(LEASE + timedelta(seconds=1))
    assert len(office.site.asked) == 2
    assert len({one.headers["webhook-id"] for one in office.site.asked}) == 1
    assert office.states() == [EventState.DELIVERED]


def test_killed_between_the_answer_and_our_note_it_says_it_again_under_the_same_id(
    office: Office, team: Team, database: Database
) -> None:
    """A process of its own, and SIGKILL: what it held of the database is let go by the engine itself."""
    office.listen()
    office.owe(1, 2)
    url = database.engine.url.render_as_string(hide_password=False)
    sender, begun = multiprocessing.get_context("fork").Process(target=lambda: office.tell(Database(url))), Event()

    def answer_then_kill(handler: Handler) -> None:
        with database.writing() as session:  # nobody notes anything while this lasts
            session.execute(locked(select(WebhookEndpoint)))
            handler.say(200, b"")
            handler.wfile.flush()
            time.sleep(0.1)
            assert begun.wait(30)
            assert sender.pid
            os.kill(sender.pid, signal.SIGKILL)
            connection.wait([sender.sentinel], 30)  # its end, which is for the test's own thread to be told

    office.site.answers[HERE] = answer_then_kill
    sender.start()
    begun.set()
    sender.join(60)
    assert sender.exitcode == -signal.SIGKILL
    assert office.states() == [EventState.PENDING] * 2
    office.site.serve(HERE, b"ok")
    assert office.tell() == 0
    assert office.tell_in(LEASE + timedelta(seconds=1)) == 2
    ids = [one.headers["webhook-id"] for one in office.site.asked]
    assert [one[2] for one in office.heard()] == [1, 1, 2]
    assert (ids[0] == ids[1], ids[1] == ids[2]) == (True, False)
    assert office.states() == [EventState.DELIVERED] * 2


def test_an_event_that_we_cannot_describe_is_left_out_and_the_others_are_told(office: Office, team: Team) -> None:
    office.listen(resources=(Resource.USER,))
    people = [team.person(last_name=name) for name in ("Bernard", "Morel")]

    def breaking(session: Session, resource: Resource, resource_id: int, organisation_id: int) -> Any:
        if resource_id == people[0].id:
            raise RuntimeError("ours")
        return describe(session, resource, resource_id, organisation_id)

    for tries, wait in enumerate((timedelta(), *WAITS[: TRIES_OF_OURS - 1]), 1):
        assert office.endpoint().failures == 0
        office.clock.pass_by(wait)
        office.tell(describe=breaking)
        first = office.events()[0]
        assert (first.tries, first.last_trouble) == (tries, OURS)
    assert office.heard() == [("User", "created", people[1].id)]
    assert office.states() == [EventState.GIVEN_UP, EventState.DELIVERED]
    with team.changing() as world:
        world.session.get_one(Beneficiary, people[0].id).email = "neuf@exemple.fr"
    assert office.tell() == 1
    assert office.heard()[-1] == ("User", "updated", people[0].id)
    with team.changing() as world:
        log.replay(
            world.session, world.session.get_one(WebhookEndpoint, office.ids[-1]), office.events()[0].id, by=office.by()
        )
    assert office.tell() == 1
    assert office.heard()[-1] == ("User", "created", people[0].id)


def test_what_follows_an_event_that_we_cannot_describe_waits_for_it(office: Office, team: Team) -> None:
    """A later event of the same resource is not told before it: order is kept, until it is left out."""
    office.listen(resources=(Resource.USER,))
    person = team.person()

    def breaking(*_: Any) -> Any:
        raise RuntimeError("ours")

    office.tell(describe=breaking)
    with team.changing() as world:
        world.session.execute(delete(Membership).where(Membership.beneficiary_id == person.id))
    assert office.tell() == 0
    for wait in WAITS[: TRIES_OF_OURS - 1]:
        office.clock.pass_by(wait)
        office.tell(describe=breaking)
    assert office.heard() == [("User", "destroyed", person.id)]
    assert office.states() == [EventState.GIVEN_UP, EventState.DELIVERED]


def test_telling_costs_the_same_number_of_queries_for_each(office: Office, database: Database) -> None:
    office.listen()
    office.owe(1)
    counts: list[int] = []
    said: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *args: said.append(args[2]))
    for owed in ([], [2, 3, 4, 5, 6, 7, 8, 9]):
        office.owe(*owed) if owed else None
        said.clear()
        done = office.tell()
        counts.append(len(said) // max(done, 1))
    assert counts[1] <= counts[0]
    with database.reading() as session:
        assert session.scalar(select(func.count(WebhookEvent.id))) == 9
