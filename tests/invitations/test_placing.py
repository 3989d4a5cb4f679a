"""An agent puts an appointment where they judge right: what speaks against it is said, only overlap is refused."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from invitations import convening, outcomes, placing
from invitations.codes import Codes
from invitations.concerns import Concern
from invitations.errors import AlreadyBooked, Doubtful, NotChangeable, NotFound, SlotTaken
from invitations.models import (
    Absence,
    AppointmentAgent,
    BusyTime,
    Closure,
    ExternalCalendar,
    FollowUpStatus,
    Message,
    MessageKind,
    MessageState,
    Outcome,
    Participation,
    RegularAbsence,
)
from invitations.placing import Spot
from tests.factories import World

PARIS = ZoneInfo("Europe/Paris")
THURSDAY = date(2026, 12, 3)


def at(hour: int, minute: int = 0, *, on: date = THURSDAY) -> datetime:
    return datetime.combine(on, time(hour, minute), PARIS)


def spot(world: World, starts_at: datetime, **changes: object) -> Spot:
    values = {
        "agent_id": world.agent.id,
        "type_id": world.type.id,
        "place_id": world.place.id,
        "starts_at": starts_at,
    }
    return Spot(**values | changes)  # type: ignore[arg-type]


def concerns(session: Session, world: World, starts_at: datetime) -> list[Concern]:
    return placing.concerns(session, spot(world, starts_at), organisation_id=world.organisation.id, now=world.now)


def put(
    session: Session, world: World, codes: Codes, starts_at: datetime, *, anyway: bool = False, **changes: object
) -> Participation:
    return placing.place(
        session,
        world.make_follow_up(),
        spot(world, starts_at, **changes),
        organisation_id=world.organisation.id,
        agent_id=world.agent.id,
        codes=codes,
        now=world.now,
        anyway=anyway,
    )


def shift(session: Session, world: World, taken: Participation, to: Spot, *, anyway: bool = False) -> None:
    placing.shift(
        session,
        taken.appointment,
        to,
        organisation_id=world.organisation.id,
        agent_id=world.agent.id,
        now=world.now,
        anyway=anyway,
    )


def test_nothing_speaks_against_a_free_slot(session: Session, world: World) -> None:
    assert concerns(session, world, at(9)) == []


def test_an_hour_that_no_slot_has_is_fine_inside_an_opening(session: Session, world: World) -> None:
    assert concerns(session, world, at(9, 20)) == []


def test_outside_the_openings_is_said(session: Session, world: World) -> None:
    assert concerns(session, world, at(14)) == [Concern.OUTSIDE_OPENINGS]
    assert concerns(session, world, at(11, 30)) == [Concern.OUTSIDE_OPENINGS], "it would end after the opening"


def test_past_and_too_soon_are_said(session: Session, world: World) -> None:
    world.type.min_delay = timedelta(days=2)
    today = world.now.astimezone(PARIS).date()
    assert Concern.PAST in concerns(session, world, at(0, on=today))
    assert Concern.TOO_SOON in concerns(session, world, world.now + timedelta(hours=5))


def test_a_holiday_is_said_once(session: Session, world: World) -> None:
    assert concerns(session, world, at(9, on=date(2026, 12, 25))) == [Concern.HOLIDAY]


@pytest.mark.parametrize("everywhere", [True, False])
def test_a_closing_day_is_said(session: Session, world: World, everywhere: bool) -> None:
    world.add(
        Closure(
            organisation_id=world.organisation.id,
            place_id=None if everywhere else world.place.id,
            first_on=THURSDAY,
            last_on=THURSDAY,
            created_at=world.now,
        )
    )
    assert concerns(session, world, at(9)) == [Concern.CLOSED]
    assert concerns(session, world, at(9, on=date(2026, 12, 4))) == []


def test_three_kinds_of_absence_are_said(session: Session, world: World) -> None:
    world.add(Absence(agent_id=world.agent.id, starts_at=at(9), ends_at=at(10), created_at=world.now))
    regular = {"starts_on": date(2026, 11, 5), "starts_at_time": time(10), "ends_at_time": time(11)}
    world.add(
        RegularAbsence(
            agent_id=world.agent.id,
            rrule="FREQ=WEEKLY;BYDAY=TH",
            exdates=[],
            timezone="Europe/Paris",
            created_at=world.now,
            **regular,
        )
    )
    calendar = world.add(
        ExternalCalendar(
            agent_id=world.agent.id, label="Outlook", sealed_address="", next_try_at=world.now, created_at=world.now
        )
    )
    world.add(BusyTime(calendar_id=calendar.id, agent_id=world.agent.id, starts_at=at(11), ends_at=at(11, 15)))
    for hour in (9, 10, 11):
        assert concerns(session, world, at(hour)) == [Concern.ABSENT]


def test_a_pause_and_a_full_day_are_said(session: Session, world: World, codes: Codes) -> None:
    world.type.pause_after, world.type.max_per_agent_day = timedelta(minutes=15), 1
    put(session, world, codes, at(9))
    assert concerns(session, world, at(9, 45)) == [Concern.TOO_CLOSE, Concern.FULL_DAY]
    assert concerns(session, world, at(10)) == [Concern.FULL_DAY]


def test_one_click_goes_on_whatever_was_said(session: Session, world: World, codes: Codes) -> None:
    with pytest.raises(Doubtful) as refused:
        put(session, world, codes, at(14))
    assert refused.value.details["concerns"] == [Concern.OUTSIDE_OPENINGS]
    assert session.scalar(select(func.count()).select_from(Participation)) == 0
    taken = put(session, world, codes, at(14), anyway=True)
    assert taken.appointment.starts_at == at(14)
    assert taken.follow_up.status is FollowUpStatus.APPOINTMENT_PENDING
    assert session.scalar(select(Message.kind).where(Message.participation_id == taken.id).limit(1)) is (
        MessageKind.BOOKED
    )


def test_an_agents_time_is_never_taken_twice(session: Session, world: World, codes: Codes) -> None:
    put(session, world, codes, at(9))
    with pytest.raises(SlotTaken):
        put(session, world, codes, at(9, 30), anyway=True)
    put(session, world, codes, at(9, 45), anyway=True)  # contact is free


def test_a_pause_may_be_overruled(session: Session, world: World, codes: Codes) -> None:
    world.type.pause_after = timedelta(minutes=15)
    put(session, world, codes, at(9))
    assert put(session, world, codes, at(9, 45), anyway=True).appointment.starts_at == at(9, 45)


def test_someone_with_an_appointment_to_come_gets_no_second_one(session: Session, world: World, codes: Codes) -> None:
    taken = put(session, world, codes, at(9))
    with pytest.raises(AlreadyBooked):
        placing.place(
            session,
            taken.follow_up,
            spot(world, at(10)),
            organisation_id=world.organisation.id,
            agent_id=world.agent.id,
            codes=codes,
            now=world.now,
            anyway=True,
        )


def test_nothing_of_another_organisation_can_be_used(session: Session, world: World, codes: Codes) -> None:
    other = world.make_organisation()
    stranger = world.make_agent(organisation=other)
    elsewhere = world.make_place(organisation_id=other.id)
    foreign = world.make_type(organisation_id=other.id)
    for change in ({"agent_id": stranger.id}, {"place_id": elsewhere.id}, {"type_id": foreign.id}, {"place_id": None}):
        with pytest.raises(NotFound):
            put(session, world, codes, at(9), **change)


def test_shifting_keeps_the_identity_and_tells_once(session: Session, world: World, codes: Codes) -> None:
    taken = put(session, world, codes, at(9))
    uid = taken.appointment.uid
    session.execute(update(Message).values(state=MessageState.SENT))
    shift(session, world, taken, spot(world, at(9, 20)))
    assert (taken.appointment.uid, taken.appointment.starts_at) == (uid, at(9, 20))
    assert taken.appointment.ends_at == at(10, 5)
    assert [one.starts_at for one in session.scalars(select(AppointmentAgent))] == [at(9, 20)]
    moved = session.scalars(select(Message).where(Message.kind == MessageKind.MOVED)).all()
    assert {one.channel for one in moved} == {"sms", "email"}
    shift(session, world, taken, spot(world, at(9, 20)))
    assert session.scalar(select(func.count()).select_from(Message).where(Message.kind == MessageKind.MOVED)) == 2


def test_shifting_to_a_colleague_frees_the_first_agent(session: Session, world: World, codes: Codes) -> None:
    colleague = world.make_agent()
    taken = put(session, world, codes, at(9))
    shift(session, world, taken, spot(world, at(9), agent_id=colleague.id), anyway=True)
    assert [one.agent_id for one in session.scalars(select(AppointmentAgent))] == [colleague.id]
    put(session, world, codes, at(9))


def test_a_shift_onto_taken_time_changes_nothing(session: Session, world: World, codes: Codes) -> None:
    put(session, world, codes, at(9))
    other = put(session, world, codes, at(11))
    with pytest.raises(SlotTaken):
        shift(session, world, other, spot(world, at(9, 30)), anyway=True)
    session.expire_all()
    assert (other.appointment.starts_at, other.appointment.version) == (at(11), 0)
    assert sorted(session.scalars(select(AppointmentAgent.starts_at))) == [at(9), at(11)]


def test_neither_the_past_nor_a_proposition_is_shifted(session: Session, world: World, codes: Codes) -> None:
    past = put(session, world, codes, world.now - timedelta(days=1), anyway=True)
    with pytest.raises(NotChangeable):
        shift(session, world, past, spot(world, at(9)), anyway=True)
    outcomes.record(session, past, Outcome.SEEN, agent_id=world.agent.id, now=world.now)
    offer = convening.choices_for(session, world.make_follow_up(), organisation_id=world.organisation.id, now=world.now)
    invitation = convening.propose(
        session,
        world.make_follow_up(),
        offer.choices[0].token,
        organisation_id=world.organisation.id,
        agent_id=world.agent.id,
        codes=codes,
        now=world.now,
    )
    assert invitation.held_appointment is not None
    with pytest.raises(NotChangeable):
        placing.shift(
            session,
            invitation.held_appointment,
            spot(world, at(11)),
            organisation_id=world.organisation.id,
            agent_id=world.agent.id,
            now=world.now,
            anyway=True,
        )
