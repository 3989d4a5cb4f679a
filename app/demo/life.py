"""A day in the demonstration's life: invitations leave, people answer, come or don't. Only the product's own acts.

Every day is drawn from its own seed, so that the same day is lived the same way wherever it is started.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app import acts
from app.runtime import Runtime
from invitations import (
    booking,
    callbacks,
    changing,
    convening,
    follow_ups,
    inviting,
    journal,
    letters,
    logistics,
    outcomes,
    queueing,
    speaking,
)
from invitations.demonstration import (
    appointments_of_the_day,
    callbacks_waiting,
    follow_ups_in,
    give_referent,
    open_invitations,
    received,
    seen_in_orientation,
    unnoted,
)
from invitations.errors import DomainError
from invitations.holidays import is_holiday
from invitations.journal import Whence
from invitations.models import (
    CategoryKind,
    Channel,
    FollowUp,
    FollowUpStatus,
    Invitation,
    JobRun,
    Mode,
    Need,
    Organisation,
    Origin,
    Outcome,
)
from invitations.offers import Choice
from notifications.mailbox import LocalEmail, LocalSms
from notifications.senders import Senders

PARIS = ZoneInfo("Europe/Paris")
NETWORK = "192.0.2.0/24"  # nobody's (RFC 5737): where the invented agents work
# A letter for those whom neither a text nor an email reaches; printed twice a week.
CHANNELS = (Channel.SMS, Channel.EMAIL, Channel.LETTER)
PRINTED_ON = (0, 3)
INVITED_A_DAY = {CategoryKind.ORIENTATION: 3, CategoryKind.ACCOMPANIMENT: 2}
AGAIN_AFTER = timedelta(days=6)
CALLED_AFTER = timedelta(days=3)
# How often, on one day, someone who may answer does; people with a proposition answer sooner.
ANSWERS = {Mode.INVITATION: 0.11, Mode.PROPOSITION: 0.16}
# Invented, and not a result of anything.
COME = {Mode.INVITATION: 0.85, Mode.PROPOSITION: 0.82, Mode.CONVOCATION: 0.7}
# Of twelve people some read another language, which they choose on their page, and one needs an interpreter.
READ_BY = {1: "ar", 4: "en", 6: "prs", 8: "tr", 10: "facile", 11: "uk"}
INTERPRETED = 6
NOTED_AFTER, NOTED_WITHIN = timedelta(hours=7, minutes=30), timedelta(days=4)
FORGOTTEN = 0.01
SATURDAY = 5
EVENING = time(17, 30)

Act = Callable[[Session, Random, datetime], None]


def live(runtime: Runtime, day: date, organisation_id: int, agent_ids: Sequence[int], *, until: datetime) -> None:
    """Live one day, up to the moment `until`; what was lived already is left alone. On Saturdays only messages leave."""
    if day.weekday() > SATURDAY or is_holiday(day, None):
        return
    agents = Whence(Origin.PAGE, NETWORK, organisation_id)
    acts: dict[time, tuple[Whence, Act]] = {
        time(8, 30): (
            agents,
            lambda session, random, now: address(session, runtime, organisation_id, agent_ids, random, now),
        ),
        time(12, 15): (Whence(Origin.LINK), lambda session, random, now: answer(session, runtime, random, now)),
        EVENING: (agents, lambda session, random, now: note_outcomes(session, agent_ids, random, now)),
    }
    for hour, (whence, act) in acts.items():
        now = datetime.combine(day, hour, tzinfo=PARIS).astimezone(UTC)
        if now > until:
            return
        if day.weekday() < SATURDAY:
            with runtime.database.writing() as session, journal.come_from(whence):
                if once(session, now):
                    act(session, Random(now.isoformat()), now)  # noqa: S311  (an invented life, not a secret)
        if hour < EVENING:
            turn(runtime, now)


def once(session: Session, now: datetime) -> bool:
    """True the first time this moment is lived."""
    if session.get(JobRun, ("demo", now.isoformat())) is not None:
        return False
    session.add(JobRun(job="demo", slot=now.isoformat(), started_at=now, ended_at=now))
    return True


def turn(runtime: Runtime, now: datetime) -> None:
    """The scheduler's work at that moment, into the local mailbox: nothing of the past is ever sent to a provider."""
    then = replace(runtime, senders=Senders(sms=LocalSms(), email=LocalEmail()), clock=lambda: now)
    with journal.come_from(Whence(Origin.JOB)):
        for job in (acts.expire, acts.offer_freed, acts.remind_invitations, acts.remind_appointments, acts.deliver):
            job(then)


def address(
    session: Session, runtime: Runtime, organisation_id: int, agent_ids: Sequence[int], random: Random, now: datetime
) -> None:
    """A few people are invited; some get a proposition, those who did not come a convocation."""
    agent_id = random.choice(agent_ids)
    for request in callbacks_waiting(session, before=now - CALLED_AFTER):
        callbacks.mark_called(session, request.id, organisation_id=organisation_id, agent_id=agent_id, now=now)
    for kind, wanted in INVITED_A_DAY.items():
        waiting = follow_ups_in(session, kind, FollowUpStatus.NOT_INVITED, before=now)
        random.shuffle(waiting)
        again = [
            one
            for status in (FollowUpStatus.INVITATION_EXPIRED, FollowUpStatus.NOSHOW, FollowUpStatus.EXCUSED)
            for one in follow_ups_in(session, kind, status, before=now - AGAIN_AFTER)[:2]
        ]
        for follow_up in [*waiting[:wanted], *again]:
            with refused_is_fine(session):
                address_one(session, runtime, follow_up, mode_for(follow_up), organisation_id, agent_id, random, now)
    if now.weekday() in PRINTED_ON:
        with refused_is_fine(session):
            print_letters(session, runtime, organisation_id, agent_id, now)


def print_letters(session: Session, runtime: Runtime, organisation_id: int, agent_id: int, now: datetime) -> None:
    letters.print_waiting(
        session,
        session.get_one(Organisation, organisation_id),
        posted_on=now.astimezone(PARIS).date(),
        agent_id=agent_id,
        codes=runtime.codes,
        public_url=runtime.settings.public_url,
        now=now,
    )


def mode_for(follow_up: FollowUp) -> Mode:
    """Of ten people seven are invited, two get a proposition, one a convocation, as does whoever did not come."""
    if follow_up.status is FollowUpStatus.NOSHOW or follow_up.id % 10 == 0:
        return Mode.CONVOCATION
    return Mode.PROPOSITION if follow_up.id % 5 == 1 else Mode.INVITATION


def address_one(
    session: Session,
    runtime: Runtime,
    follow_up: FollowUp,
    mode: Mode,
    organisation_id: int,
    agent_id: int,
    random: Random,
    now: datetime,
) -> None:
    if mode is Mode.INVITATION:
        inviting.invite(
            session,
            follow_up,
            organisation_id=organisation_id,
            channels=CHANNELS,
            agent_id=agent_id,
            codes=runtime.codes,
            now=now,
        )
        return
    offered = convening.choices_for(session, follow_up, organisation_id=organisation_id, now=now).choices
    fitting = [one for one in offered if timedelta(days=4) <= one.starts_at - now <= timedelta(days=16)]
    if not fitting:
        return
    act = convening.propose if mode is Mode.PROPOSITION else convening.convene
    act(
        session,
        follow_up,
        random.choice(fitting).token,
        organisation_id=organisation_id,
        agent_id=agent_id,
        codes=runtime.codes,
        now=now,
    )


def answer(session: Session, runtime: Runtime, random: Random, now: datetime) -> None:
    """People open their link: most book, some keep what is proposed, a few ask to be called or change their mind."""
    received(session, random, now=now)
    for invitation in open_invitations(session, now=now):
        if random.random() < ANSWERS.get(invitation.mode, 0.0):
            with refused_is_fine(session):
                answer_one(session, runtime, invitation, random, now)
    for participation in appointments_of_the_day(session, now + timedelta(days=2), PARIS):
        if random.random() < 0.05 and changing.may_cancel(participation, now=now):
            with refused_is_fine(session):
                code = runtime.codes.derive("participation", participation.id)
                changing.cancel(session, code, codes=runtime.codes, now=now)
    for participation in appointments_of_the_day(session, now + timedelta(days=9), PARIS):
        if random.random() < 0.15:
            with refused_is_fine(session):
                code = runtime.codes.derive("participation", participation.id)
                queueing.ask_earlier(session, code, codes=runtime.codes, now=now)


def answer_one(session: Session, runtime: Runtime, invitation: Invitation, random: Random, now: datetime) -> None:
    code = runtime.codes.derive("invitation", invitation.id)
    speak(session, runtime, invitation, code, now)
    chance = random.random()
    if chance < 0.04:
        callbacks.ask_callback(session, code, phone="", preferred="plutôt le matin", codes=runtime.codes, now=now)
    elif invitation.mode is Mode.PROPOSITION and chance < 0.75:
        booking.keep(session, code, codes=runtime.codes, now=now)
    else:
        offer = booking.open_invitation(session, code, codes=runtime.codes, now=now)
        if offer.choices:
            booking.book(session, code, wish(offer.choices, random).token, codes=runtime.codes, now=now)
        else:
            queueing.ask(session, code, codes=runtime.codes, now=now)


def speak(session: Session, runtime: Runtime, invitation: Invitation, code: str, now: datetime) -> None:
    """Some choose their language as they open the page; one of them says that an interpreter is needed."""
    spoken = invitation.follow_up.beneficiary_id % 12
    if spoken in READ_BY:
        speaking.remember(session, code, READ_BY[spoken], codes=runtime.codes)
    if spoken == INTERPRETED:
        person = invitation.follow_up.beneficiary
        logistics.write_needs(session, person, [Need.INTERPRETER], organisation_id=invitation.organisation_id, now=now)


def wish(choices: Sequence[Choice], random: Random) -> Choice:
    """One of the first times; where a workshop is offered, every third person joins it."""
    sessions = [one for one in choices if one.is_session]
    return random.choice(sessions if sessions and random.random() < 0.3 else choices[:40])


def note_outcomes(session: Session, agent_ids: Sequence[int], random: Random, now: datetime) -> None:
    """Outcomes up to this morning: the rest of the day waits for the next, a few for ever. Those seen go on."""
    for participation in unnoted(session, since=now - NOTED_WITHIN, before=now - NOTED_AFTER):
        if random.random() < FORGOTTEN:
            continue
        mode = participation.invitation.mode if participation.invitation else Mode.CONVOCATION
        outcome = Outcome.SEEN if random.random() < COME[mode] else Outcome.NOSHOW
        outcomes.record(session, participation, outcome, agent_id=random.choice(agent_ids), now=now)
    for beneficiary, category_id in seen_in_orientation(session, before=now - timedelta(days=2), limit=2):
        follow_ups.open_follow_up(session, beneficiary, category_id, now=now)
        give_referent(session, beneficiary, random.choice(agent_ids), now=now)


@contextmanager
def refused_is_fine(session: Session) -> Iterator[None]:
    """Whatever is refused simply did not happen: nothing of it is kept, life goes on."""
    try:
        with session.begin_nested():
            yield
    except DomainError:
        session.expire_all()
