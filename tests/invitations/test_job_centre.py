"""France Travail is told of appointments, by real calls to a double that keeps them, where an organisation has chosen so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import select, update

from invitations import erasing, outcomes
from invitations.database import Database
from invitations.errors import NotAllowed, NotFound
from invitations.job_centre import choosing, reading, telling
from invitations.job_centre.choosing import By
from invitations.job_centre.settling import GIVE_UP
from invitations.models import (
    Appointment,
    AuditEvent,
    Beneficiary,
    JobCentreNotice,
    NoticeState,
    NoticeTrouble,
    Organisation,
    OrganisationKind,
    Outcome,
    Participation,
)
from invitations.sealing import Seals
from notifications.france_travail import FranceTravail
from tests.app.team import Team, expect
from tests.conftest import SECRET, Clock
from tests.doubles.france_travail import CUT, Agency, running_agency

ONE, OTHER = "12345678901", "98765432109"
SOON = timedelta(days=5)
PATIENCE = timedelta(seconds=20)


@pytest.fixture
def agency() -> Iterator[Agency]:
    with running_agency() as running:
        running.people |= {ONE, OTHER}
        yield running


@dataclass
class Office:
    """An organisation that tells, and the scheduler that does it."""

    team: Team
    agency: Agency
    clock: Clock

    def by(self) -> By:
        return By(self.team.world.organisation, self.team.world.agent, self.clock())

    def choose(self, *, tells: bool) -> None:
        with self.team.changing() as world:
            world.organisation = world.session.get_one(Organisation, world.organisation.id)
            choosing.choose(world.session, tells=tells, by=self.by())

    def expected(self, number: str | None = ONE, **changes: Any) -> int:
        """A participation made now by whoever has this number."""
        with self.team.changing() as world:
            person = changes.pop("beneficiary", None) or world.make_beneficiary(france_travail_id=number)
            return expect(world, self.clock() + SOON, beneficiary=person, agent=world.make_agent(), **changes).id

    def tell(self, **changes: Any) -> int:
        values: dict[str, Any] = {
            "database": self.team.database,
            "service": FranceTravail(self.agency.account, patience=PATIENCE),
            "seals": Seals(SECRET),
            "clock": self.clock,
            "should_stop": lambda: False,
        }
        return telling.tell_due(telling.Teller(**values | changes))

    def tell_in(self, length: timedelta) -> int:
        self.clock.pass_by(length)
        return self.tell()

    def change(self, table: type[Any], row_id: int, **values: Any) -> None:
        with self.team.changing() as world:
            world.session.execute(update(table).where(table.id == row_id).values(**values))

    def appointment_of(self, participation_id: int) -> int:
        with self.team.database.reading() as session:
            return session.get_one(Participation, participation_id).appointment_id

    def person_of(self, participation_id: int) -> int:
        with self.team.database.reading() as session:
            return session.get_one(Participation, participation_id).beneficiary_id

    def note(self, participation_id: int, outcome: Outcome) -> None:
        with self.team.changing() as world:
            found = world.session.get_one(Participation, participation_id)
            outcomes.record(world.session, found, outcome, agent_id=world.agent.id, now=self.clock())

    def notices(self) -> list[JobCentreNotice]:
        with self.team.database.reading() as session:
            found = list(session.scalars(select(JobCentreNotice).order_by(JobCentreNotice.id)))
            session.expunge_all()
            return found

    def notice(self) -> JobCentreNotice:
        (found,) = self.notices()
        return found

    def overview(self) -> reading.Overview:
        with self.team.database.reading() as session:
            found = reading.read(session, self.team.world.organisation.id)
            session.expunge_all()
            return found

    def erase(self, participation_id: int) -> None:
        """As forgetting does: the participation goes, then the person."""
        with self.team.changing() as world:
            found = world.session.get_one(Participation, participation_id)
            world.session.delete(found)


@pytest.fixture
def office(database: Database, agency: Agency, clock: Clock) -> Office:
    made = Office(Team(database, clock()), agency, clock)
    made.choose(tells=True)
    return made


def test_nobody_is_told_of_before_an_organisation_chooses(database: Database, agency: Agency, clock: Clock) -> None:
    office = Office(Team(database, clock()), agency, clock)
    before = office.expected()
    assert (office.tell(), agency.asked, office.notices()) == (0, [], [])
    clock.pass_by(timedelta(minutes=1))
    office.choose(tells=True)
    office.change(Participation, before, outcome=Outcome.SEEN)
    assert (office.tell(), agency.asked) == (0, []), "it was made before anybody could read that it is told"


def test_what_happens_to_an_appointment_is_written_there_in_its_turn(office: Office, agency: Agency) -> None:
    booked = office.expected()
    assert office.tell() == 1
    ((made, (whose, said)),) = agency.meetings.items()
    assert (whose, said["statut"], said["organisme"]["code"]) == (ONE, "PRIS", "CD")
    moved = office.clock() + 2 * SOON
    office.change(Appointment, office.appointment_of(booked), starts_at=moved, ends_at=moved + timedelta(minutes=30))
    assert office.tell() == 1
    said = agency.meetings[made][1]
    assert (datetime.fromisoformat(said["date"]), said["duree"], said["id"]) == (moved, 30, made)
    office.clock.now = moved + timedelta(hours=1)
    for outcome, standing in ((Outcome.SEEN, "EFFECTUE"), (Outcome.NOSHOW, "ABSENT"), (Outcome.SEEN, "EFFECTUE")):
        office.note(booked, outcome)
        office.tell()
        assert agency.written == [(ONE, standing)]
    assert agency.acts == ["POST", "PUT", "PUT", "PUT", "PUT"]
    assert (office.notice().state, office.tell()) == (NoticeState.TOLD, 0)


@pytest.mark.parametrize("outcome", [Outcome.EXCUSED, Outcome.REVOKED])
def test_what_is_cancelled_is_written_as_cancelled(office: Office, agency: Agency, outcome: Outcome) -> None:
    booked = office.expected()
    office.tell()
    office.change(Participation, booked, outcome=outcome)
    office.tell()
    assert agency.written == [(ONE, "ANNULE")]


def test_a_session_that_is_called_off_is_cancelled_for_everybody(office: Office, agency: Agency) -> None:
    booked = office.expected()
    office.tell()
    office.change(Appointment, office.appointment_of(booked), cancelled_at=office.clock())
    office.tell()
    assert agency.written == [(ONE, "ANNULE")]


def test_only_the_latest_state_is_said_and_nothing_of_what_was_cancelled_before(office: Office, agency: Agency) -> None:
    booked = office.expected()
    office.change(Participation, booked, outcome=Outcome.EXCUSED)
    assert (office.tell(), agency.acts, office.notice().state) == (0, [], NoticeState.NOTHING)


def test_a_change_that_says_nothing_new_is_not_said(office: Office, agency: Agency) -> None:
    booked = office.expected()
    office.tell()
    office.change(Appointment, office.appointment_of(booked), moved_at=office.clock())
    assert (office.tell(), agency.acts, office.notice().state) == (0, ["POST"], NoticeState.TOLD)


def test_of_somebody_without_a_number_nothing_leaves_until_there_is_one(office: Office, agency: Agency) -> None:
    booked = office.expected(number=None)
    assert (office.tell(), agency.asked) == (0, [])
    (kind,) = office.overview().kinds
    assert (kind.trouble, kind.count, len(kind.cases)) == (NoticeTrouble.NO_NUMBER, 1, 1)
    office.change(Beneficiary, office.person_of(booked), france_travail_id=ONE)
    office.tell()
    assert (agency.written, office.overview().kinds) == ([(ONE, "PRIS")], [])


def test_a_number_that_was_wrong_is_put_right_in_both_files(office: Office, agency: Agency) -> None:
    booked = office.expected(number=OTHER)
    office.tell()
    office.change(Beneficiary, office.person_of(booked), france_travail_id=ONE)
    office.tell()
    assert (agency.written, agency.acts) == ([(ONE, "PRIS")], ["POST", "DELETE", "POST"])


def test_whoever_is_deleted_here_is_taken_out_there_and_nothing_is_kept(office: Office, agency: Agency) -> None:
    booked = office.expected()
    office.tell()
    kept = office.notice()
    assert ONE not in (kept.number_sealed or "")
    office.erase(booked)
    again = office.expected(number=OTHER)  # SQLite gives the id again: it is somebody else's
    office.tell()
    assert (agency.written, [one.participation_id for one in office.notices()]) == ([(OTHER, "PRIS")], [again])


def test_deleting_a_person_takes_their_appointment_out(office: Office, agency: Agency) -> None:
    booked = office.expected()
    office.tell()
    office.clock.pass_by(timedelta(days=6))
    office.note(booked, Outcome.SEEN)
    with office.team.changing() as world:
        person = world.session.get_one(Beneficiary, world.session.get_one(Participation, booked).beneficiary_id)
        erasing.erase(
            world.session, person, organisation=world.organisation, agent_id=world.agent.id, now=office.clock()
        )
    office.tell()
    assert (agency.written, office.notices()) == ([], [])


def test_switched_off_nothing_more_leaves(office: Office, agency: Agency) -> None:
    booked = office.expected()
    office.tell()
    office.choose(tells=False)
    office.expected(number=OTHER)
    office.change(Participation, booked, outcome=Outcome.NOSHOW)
    assert (office.tell(), agency.written) == (0, [(ONE, "PRIS")])
    office.clock.pass_by(timedelta(minutes=1))
    office.choose(tells=True)
    office.tell()
    assert agency.written == [(ONE, "ABSENT")], "and the other one was made while nobody was told"


def test_switched_off_between_finding_the_person_and_writing_nothing_is_written(office: Office, agency: Agency) -> None:
    office.expected()

    class Slow(FranceTravail):
        def find(self, number: str, *, now: datetime) -> str:
            found = super().find(number, now=now)
            office.choose(tells=False)
            return found

    office.tell(service=Slow(agency.account))
    assert (agency.acts, office.notice().state) == ([], NoticeState.WAITING)


def test_what_was_told_is_taken_back_in_one_act_but_for_what_is_past(office: Office, agency: Agency) -> None:
    office.expected()
    with office.team.changing() as world:
        person = world.make_beneficiary(france_travail_id=OTHER)
        past = expect(world, office.clock() - SOON, beneficiary=person, agent=world.make_agent(), outcome=Outcome.SEEN)
    office.tell()
    assert len(agency.meetings) == 2
    with office.team.changing() as world, pytest.raises(NotAllowed):
        choosing.take_back(world.session, by=office.by())
    office.choose(tells=False)
    with office.team.changing() as world:
        world.organisation = world.session.get_one(Organisation, world.organisation.id)
        assert choosing.to_come(world.session, world.organisation.id, now=office.clock()) == 1
        assert choosing.take_back(world.session, by=office.by()) == 1
    office.tell()
    assert agency.written == [(OTHER, "EFFECTUE")]
    office.choose(tells=True)
    office.change(Participation, past.id, outcome=Outcome.NOSHOW)
    office.tell()
    assert agency.written == [(OTHER, "ABSENT")], "what was taken back stays out"


@pytest.mark.parametrize("misbehaviour", [CUT, 500])
def test_what_may_have_been_written_is_never_written_twice_by_itself(
    office: Office, agency: Agency, misbehaviour: int | str
) -> None:
    office.expected()
    agency.script("POST", misbehaviour)
    office.tell()
    assert office.notice().state is NoticeState.UNSURE
    assert (office.tell_in(GIVE_UP), agency.acts) == (0, ["POST"])
    (kind,) = office.overview().kinds
    assert kind.trouble is NoticeTrouble.UNCERTAIN


class Killed(BaseException):
    """A process that ends between the answer and its note."""


def test_a_process_that_dies_after_the_answer_writes_nothing_twice(office: Office, agency: Agency) -> None:
    booked = office.expected()

    class Dying(FranceTravail):
        def create(self, person: str, meeting: Any, *, now: datetime) -> str:
            super().create(person, meeting, now=now)
            raise Killed

    with pytest.raises(Killed):
        office.tell(service=Dying(agency.account))
    assert office.tell() == 0, "another scheduler leaves it alone while it may live"
    office.change(Participation, booked, outcome=Outcome.SEEN)
    assert office.tell_in(telling.LEASE) == 0
    assert (office.notice().state, agency.written) == (NoticeState.UNSURE, [(ONE, "PRIS")])


def test_a_process_that_dies_before_it_asks_is_only_waited_for(office: Office, agency: Agency) -> None:
    office.expected()

    class Dying(FranceTravail):
        def find(self, number: str, *, now: datetime) -> str:
            raise Killed

    with pytest.raises(Killed):
        office.tell(service=Dying(agency.account))
    assert (office.tell(), office.tell_in(telling.LEASE), agency.written) == (0, 1, [(ONE, "PRIS")])


def test_an_agent_who_has_looked_says_it_again_or_leaves_it(office: Office, agency: Agency) -> None:
    for number in (ONE, OTHER):
        office.expected(number)
    agency.script("POST", 500, times=2)
    office.tell()
    first, second = office.notices()
    with office.team.changing() as world:
        reading.say_again(world.session, first.id, by=office.by())
        reading.leave(world.session, second.id, by=office.by())
        with pytest.raises(NotFound):
            reading.leave(world.session, first.id, by=office.by())
    office.tell()
    assert (agency.written, len(office.notices())) == ([(ONE, "PRIS")], 1)


def test_changing_and_taking_out_are_repeated_for_they_can_be(office: Office, agency: Agency) -> None:
    booked = office.expected()
    office.tell()
    office.change(Participation, booked, outcome=Outcome.NOSHOW)
    agency.script("PUT", CUT)
    office.tell()
    assert (office.notice().trouble, agency.written) == (NoticeTrouble.AWAY, [(ONE, "ABSENT")])
    office.tell_in(timedelta(minutes=1))
    office.erase(booked)
    agency.script("DELETE", CUT)
    office.tell()
    office.tell_in(timedelta(minutes=1))
    assert (agency.written, office.notices()) == ([], [])


def test_one_that_was_taken_out_there_is_written_anew(office: Office, agency: Agency) -> None:
    booked = office.expected()
    office.tell()
    agency.meetings.clear()
    office.change(Participation, booked, outcome=Outcome.SEEN)
    office.tell()
    office.tell()
    assert agency.written == [(ONE, "EFFECTUE")]


def test_a_service_that_is_away_is_asked_once_a_turn_and_given_up_after_three_days(
    office: Office, agency: Agency
) -> None:
    for number in (ONE, OTHER):
        office.expected(number)
    agency.script("PERSON", 503, times=1_000)
    assert office.tell() == 1
    began = office.clock()
    for _ in range(14):
        office.tell_in(timedelta(hours=6))
    assert {one.state for one in office.notices()} == {NoticeState.GIVEN_UP}
    assert len([one for one in agency.asked if "usagers" in one[1]]) <= 15
    assert office.clock() - began > GIVE_UP
    agency.next.clear()
    with office.team.changing() as world:
        assert reading.try_again(world.session, NoticeTrouble.AWAY, by=office.by()) == 2
    office.tell()
    assert sorted(agency.written) == [(ONE, "PRIS"), (OTHER, "PRIS")]


def test_a_pause_that_is_asked_for_is_kept(office: Office, agency: Agency) -> None:
    office.expected()
    agency.script("POST", 429, Retry_After="600")
    office.tell()
    assert (office.tell_in(timedelta(seconds=599)), agency.written) == (0, [])
    assert (office.tell_in(timedelta(seconds=1)), agency.written) == (1, [(ONE, "PRIS")])


@pytest.mark.parametrize(
    ("which", "status", "trouble"),
    [("PERSON", 404, NoticeTrouble.UNKNOWN_PERSON), ("POST", 400, NoticeTrouble.MALFORMED)],
)
def test_what_trying_again_would_not_mend_waits_for_a_change(
    office: Office, agency: Agency, which: str, status: int, trouble: NoticeTrouble
) -> None:
    booked = office.expected()
    other = office.expected(OTHER)
    agency.script(which, status)
    office.tell()
    first, second = office.notices()
    assert (first.state, first.trouble, second.state) == (NoticeState.GIVEN_UP, trouble, NoticeState.TOLD)
    assert office.tell_in(timedelta(days=1)) == 0
    office.change(Beneficiary, office.person_of(booked), phone="+33639980099")
    office.tell()
    assert sorted(agency.written) == [(ONE, "PRIS"), (OTHER, "PRIS")]
    assert other != booked


def test_a_change_while_it_is_being_said_is_said_after(office: Office, agency: Agency) -> None:
    booked = office.expected()

    class Slow(FranceTravail):
        def create(self, person: str, meeting: Any, *, now: datetime) -> str:
            made = super().create(person, meeting, now=now)
            office.change(Participation, booked, outcome=Outcome.EXCUSED)
            return made

    office.tell(service=Slow(agency.account))
    assert (agency.acts, agency.written) == (["POST", "PUT"], [(ONE, "ANNULE")])


def test_two_schedulers_write_each_appointment_once(office: Office, agency: Agency) -> None:
    for _ in range(6):
        office.expected()
    threads = [Thread(target=office.tell) for _ in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)
    assert (len(agency.meetings), agency.made) == (6, 6)


def test_an_appointment_made_while_the_choice_was_being_made_is_told(office: Office, agency: Agency) -> None:
    booked = office.expected()
    office.change(Participation, booked, created_at=office.clock())
    with office.team.changing() as world:
        world.session.delete(world.session.scalars(select(JobCentreNotice)).one())
    office.tell()
    assert agency.written == [(ONE, "PRIS")]


def test_only_kinds_of_organisations_that_may_can_choose_and_each_choice_is_noted(
    database: Database, agency: Agency, clock: Clock
) -> None:
    office = Office(Team(database, clock()), agency, clock)
    office.change(Organisation, office.team.world.organisation.id, kind=OrganisationKind.SIAE)
    with pytest.raises(NotAllowed):
        office.choose(tells=True)
    office.change(Organisation, office.team.world.organisation.id, kind=OrganisationKind.RSA_DELEGATE)
    for tells in (True, True, False):
        office.choose(tells=tells)
    with database.reading() as session:
        noted = session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)).all()
    assert [one for one in noted if one.startswith("job_centre")] == ["job_centre.chosen", "job_centre.ended"]


def test_what_could_not_be_taken_out_for_somebody_deleted_is_let_go_after_a_month(
    office: Office, agency: Agency
) -> None:
    booked = office.expected()
    office.tell()
    office.erase(booked)
    agency.script("DELETE", 400)
    office.tell()
    assert office.notice().state is NoticeState.GIVEN_UP
    (kind,) = office.overview().kinds
    assert [one.participation for one in kind.cases] == [None]
    for days, left in ((29, 1), (2, 0)):
        office.clock.pass_by(timedelta(days=days))
        with office.team.changing() as world:
            reading.forget(world.session, now=office.clock())
        assert len(office.notices()) == left
