"""One email a day at most to each agent who wants it: what waits for somebody, in the morning of a working day.

The scheduler asks which départements are due, reads what there is to say with nothing locked, and owes it in one
short transaction: whoever writes the day's row first does it, so two schedulers are harmless and a death loses nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from invitations import callbacks_list, day, digest_words, digests_sending, messages, today
from invitations.database import insert_missing
from invitations.digest_words import ALL_IS_WELL, Section, Sending, Shortage
from invitations.holidays import is_holiday
from invitations.models import (
    Agent,
    AgentRole,
    Channel,
    Department,
    JobRun,
    Message,
    MessageKind,
    MessageState,
    Organisation,
)
from invitations.replies import inbox

JOB = "digest"
# In the département's own time. Later than the last moment, it would be read the next morning, when another one comes.
FROM, UNTIL = time(8, 30), time(17)
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Digest:
    """One agent's email of the day, as plain values: what was read is thrown away before it is owed."""

    agent_id: int
    address: str
    organisation_id: int
    subject: str
    body: str


def departments_due(session: Session, *, now: datetime) -> list[int]:
    """Ids of the départements where it is the morning of a working day and nobody was written to yet."""
    every = session.scalars(select(Department).order_by(Department.id))
    morning = {slot_of(one, now): one.id for one in every if is_time(one, now)}
    done = set(session.scalars(select(JobRun.slot).where(JobRun.job == JOB, JobRun.slot.in_(morning))))
    return [department_id for slot, department_id in morning.items() if slot not in done]


def is_time(department: Department, now: datetime) -> bool:
    """True from 08:30 to 17:00 local, Monday to Friday, but on public holidays."""
    local = now.astimezone(department.zone)
    works = local.weekday() < _SATURDAY and not is_holiday(local.date(), department.holidays_subdivision)
    return works and FROM <= local.time() < UNTIL


def slot_of(department: Department, now: datetime) -> str:
    return f"{department.id}:{_day(department, now)}"


def read(session: Session, department_id: int, *, now: datetime) -> list[Digest]:
    """What there is to tell the agents of a département; those for whom nothing waits are left out.

    An agent belongs to the département of the first organisation they joined, and hears of all theirs.
    """
    teams = _teams(session, department_id)
    sections: dict[int, Section] = {}
    for organisation in {one.id: one for those in teams.values() for one in those}.values():
        sections[organisation.id] = section_of(session, organisation, now=now)
    department = session.get_one(Department, department_id)
    agents = session.scalars(select(Agent).where(Agent.id.in_(teams)).order_by(Agent.id))
    told = {agent: tuple(sections[one.id] for one in teams[agent.id] if sections[one.id].is_news) for agent in agents}
    sending = digests_sending.read(session, department, now=now)
    running = digests_sending.administrators(session, department_id)
    every = [(agent, news, sending if agent.id in running else ALL_IS_WELL) for agent, news in told.items()]
    return [
        _digest(agent, teams[agent.id][0], news, department, sending=theirs, now=now)
        for agent, news, theirs in every
        if news or theirs.is_news
    ]


def section_of(session: Session, organisation: Organisation, *, now: datetime) -> Section:
    """What waits for somebody of this organisation."""
    on = now.astimezone(organisation.department.zone).date()
    to_call, since = callbacks_list.count_to_call(session, organisation.id)
    queues = today.queues(session, organisation, now=now)
    return Section(
        organisation=organisation.name,
        callbacks=to_call,
        called_since=since,
        missing=sum(count for _, count in day.missing(session, organisation, on)),
        waiting=sum(one.waiting for one in queues),
        texts=inbox.count_to_read(session, organisation.id),
        shortages=tuple(
            Shortage(one.category.name, one.to_invite, one.slots_left)
            for one in queues
            if one.to_invite > one.slots_left
        ),
    )


def owe(session: Session, department_id: int, digests: Sequence[Digest], *, now: datetime) -> int:
    """Owe the day's digests of a département. Returns how many; none when another scheduler was faster."""
    department = session.get_one(Department, department_id)
    try:
        with session.begin_nested():
            session.add(JobRun(job=JOB, slot=slot_of(department, now), started_at=now, ended_at=now))
    except IntegrityError:
        return 0
    return len(insert_missing(session, Message, [_row(one, department, now) for one in digests], key="once"))


def _teams(session: Session, department_id: int) -> Mapping[int, list[Organisation]]:
    """By agent who wants the digest and whose home this département is: the organisations they work for."""
    rows = session.execute(
        select(AgentRole.agent_id, Organisation)
        .join(Organisation, Organisation.id == AgentRole.organisation_id)
        .join(Agent, Agent.id == AgentRole.agent_id)
        .where(Agent.wants_digest, Agent.closed_at.is_(None))
        .order_by(AgentRole.agent_id, Organisation.id)
    )
    teams: dict[int, list[Organisation]] = defaultdict(list)
    for agent_id, organisation in rows:
        teams[agent_id].append(organisation)
    return {agent_id: those for agent_id, those in teams.items() if those[0].department_id == department_id}


def _digest(
    agent: Agent,
    organisation: Organisation,
    news: tuple[Section, ...],
    department: Department,
    *,
    sending: Sending,
    now: datetime,
) -> Digest:
    subject, body = messages.parted(digest_words.write(news, agent, department, sending=sending, now=now))
    return Digest(agent.id, agent.email, organisation.id, subject, body)


def _row(digest: Digest, department: Department, now: datetime) -> dict[str, Any]:
    return {
        "once": f"{MessageKind.DIGEST}:a{digest.agent_id}:{_day(department, now)}",
        "organisation_id": digest.organisation_id,
        "agent_id": digest.agent_id,
        "kind": MessageKind.DIGEST,
        "channel": Channel.EMAIL,
        "address": digest.address,
        "subject": digest.subject,
        "body": digest.body,
        "state": MessageState.PENDING,
        "due_at": now,
        "useless_at": datetime.combine(_day(department, now), UNTIL, department.zone),
        "created_at": now,
    }


def _day(department: Department, now: datetime) -> date:
    return now.astimezone(department.zone).date()
