"""What happens to one person: addressed, answering or not, meeting somebody or not, addressed again. Written as it would have been."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import NamedTuple

from invitations.codes import Codes
from invitations.follow_up_status import Addressed, Met, derive
from invitations.models import EndReason, FollowUpStatus, MessageKind, Mode, Outcome
from tests.bench.country import habits
from tests.bench.country.habits import DAY, LENGTH
from tests.bench.country.messages import About, Pen, two_days_before
from tests.bench.country.moments import moment_of, text_of
from tests.bench.country.people import Person
from tests.bench.country.sheets import Sheets
from tests.bench.country.teams import Team, Territory

ORIENTATION, ACCOMPANIMENT = 0, 1
FIRST = {Mode.INVITATION: MessageKind.INVITATION, Mode.PROPOSITION: MessageKind.PROPOSITION}
REMINDER = {Mode.INVITATION: MessageKind.INVITATION_REMINDER, Mode.PROPOSITION: MessageKind.PROPOSITION_REMINDER}
AFTER = {
    Outcome.SEEN: FollowUpStatus.SEEN,
    Outcome.NOSHOW: FollowUpStatus.NOSHOW,
    Outcome.EXCUSED: FollowUpStatus.EXCUSED,
    Outcome.REVOKED: FollowUpStatus.REVOKED,
}


class Next(NamedTuple):
    """When somebody is addressed again, and how."""

    at: int
    mode: Mode


@dataclass
class Story:
    """One follow-up on its way: what its status is derived from, and the moments at which it changed."""

    id: int
    person: Person
    team: Team
    category: int
    opened: int
    addressed: list[Addressed] = field(default_factory=list)
    met: list[Met] = field(default_factory=list)
    changes: list[tuple[int, FollowUpStatus]] = field(default_factory=list)
    seen_by: tuple[int, int] | None = None  # agent, when


@dataclass
class Lives:
    """Lives the people of one département, until `now`."""

    territory: Territory
    sheets: Sheets
    drawn: Random
    codes: Codes
    pen: Pen
    now: int

    def live(self, person: Person) -> None:
        team = self.drawn.choices(self.territory.teams, self.territory.weights)[0]
        made = text_of(person.entered)
        self.sheets.add("memberships", self.sheets.new("memberships"), person.id, team.id, made)
        if self.drawn.random() < habits.TAGGED:
            self.sheets.add("taggings", person.id, team.tag, made)
        seen = self.follow(person, team, ORIENTATION, person.entered)
        if seen is not None and self.drawn.random() < habits.ACCOMPANIED:
            agent, at = seen
            self.sheets.add("referents", person.id, agent, text_of(at))
            self.follow(person, team, ACCOMPANIMENT, at)

    def follow(self, person: Person, team: Team, category: int, opened: int) -> tuple[int, int] | None:
        """One follow-up from its opening on. Returns who saw the person first, and when."""
        story = Story(self.sheets.new("follow_ups"), person, team, category, opened)
        story.changes.append((opened, FollowUpStatus.NOT_INVITED))
        mode = self.drawn.choices(list(habits.MODES), list(habits.MODES.values()))[0]
        coming: Next | None = Next(opened + habits.lognormal(self.drawn, habits.ADDRESSED_AFTER), mode)
        for _ in range(habits.MOST_TURNS):
            if coming is None:
                break
            at = self.pen.wall.office(coming.at, 9 * 60 + self.drawn.randrange(7 * 60))
            if at >= self.now:
                break
            coming = self.convene(story, at) if coming.mode is Mode.CONVOCATION else self.invite(story, coming.mode, at)
        self.end(story)
        return story.seen_by

    def invite(self, story: Story, mode: Mode, at: int) -> Next | None:
        """Somebody chooses: within the validity or not at all. Returns how they are addressed next, if they are."""
        id_, expires = self.sheets.new("invitations"), at + habits.VALIDITY
        delay = habits.lognormal(self.drawn, habits.ANSWER_DELAY)
        answer = at + 10 + delay % (habits.VALIDITY - 20)
        chance = self.drawn.random()
        books = chance < habits.ANSWERED[mode] and answer < self.now
        asks = not books and chance > 1 - habits.CALLED_BACK and answer < self.now
        about = About(story.team.id, id_, None, expires)
        self.pen.write(FIRST[mode], story.person, about, at, lettered=True)
        self.remind(story, mode, about, at, min(self.now, expires, answer if books or asks else expires))
        story.changes.append((at, FollowUpStatus.INVITATION_PENDING))
        slot = story.team.take(answer, self.lead()) if books else None
        if asks or (books and slot is None):
            self.ask_to_be_called(story, id_, answer)
        answered = answer if books or asks else None
        self.addressed(story, id_, mode, at, expires, answered, EndReason.BOOKED if slot else None)
        if slot is not None:
            return self.meet(story, id_, mode, answer, slot, "beneficiary")
        if expires < self.now:
            story.changes.append((expires, FollowUpStatus.INVITATION_EXPIRED))
        return self.again(expires, habits.ADDRESSED_AGAIN, self.drawn.choice(list(habits.MODES)))

    def remind(self, story: Story, mode: Mode, about: About, at: int, until: int) -> None:
        for after in habits.REMINDED_AFTER:
            if at + after < until:
                days = after // DAY
                told = About(about.organisation, about.invitation, None, about.useless_at, version=days)
                self.pen.write(REMINDER[mode], story.person, told, at + after)

    def convene(self, story: Story, at: int) -> Next | None:
        id_, slot = self.sheets.new("invitations"), story.team.take(at, 6 + self.lead())
        if slot is None:
            return self.again(at, habits.ADDRESSED_AGAIN, Mode.INVITATION)
        self.addressed(story, id_, Mode.CONVOCATION, at, slot[1], None, EndReason.BOOKED)
        return self.meet(story, id_, Mode.CONVOCATION, at, slot, "agent")

    def addressed(
        self, story: Story, id_: int, mode: Mode, at: int, expires: int, answered: int | None, end: EndReason | None
    ) -> None:
        ended = (answered or at) if end is not None else None
        self.sheets.add(
            "invitations", id_, f"i{id_:032x}", story.id, story.team.id, mode.value, 0, self.drawn.choice(story.team.agents),
            text_of(expires), text_of(answered), text_of(ended), end.value if end else None, int(story.person.mobile is not None),
            text_of(at),
        )  # fmt: skip
        self.link("invitation", id_, at)
        self.note(at, f"follow_up.{mode}", story, invitation_id=id_)
        story.addressed.append(Addressed(moment_of(at), moment_of(expires), ended is not None, answered is not None))

    def meet(
        self, story: Story, invitation: int, mode: Mode, at: int, slot: tuple[int, int], author: str
    ) -> Next | None:
        """An appointment from its booking to its outcome; moved or cancelled on the way by some."""
        id_, (agent, starts) = self.sheets.new("participations"), slot
        kind = MessageKind.CONVOCATION if mode is Mode.CONVOCATION else MessageKind.BOOKED
        about = About(story.team.id, invitation, id_, starts)
        self.pen.write(kind, story.person, about, at, at_once=author == "beneficiary", lettered=author == "agent")
        story.changes.append((at, FollowUpStatus.APPOINTMENT_PENDING))
        self.link("participation", id_, at)
        moved_at, version = None, 0
        if self.drawn.random() < habits.MOVED and (later := self.moved(story, at, starts)) is not None:
            moved_at, agent, starts = later
            version, about = 1, About(story.team.id, invitation, id_, starts, version=1)
            self.pen.write(MessageKind.MOVED, story.person, about, moved_at, at_once=True)
        cancelled = self.cancelled(moved_at or at, starts)
        outcome, noted = self.outcome(mode, starts, cancelled)
        if outcome is Outcome.EXCUSED:
            self.pen.write(MessageKind.CANCELLED_BY_PERSON, story.person, about, noted or at, at_once=True)
        elif (reminded := two_days_before(self.pen.wall, starts)) < self.now and reminded > at:
            self.pen.write(MessageKind.APPOINTMENT_REMINDER, story.person, about, reminded, step="j2")
        self.appointment(story, id_, agent, starts, version, moved_at, cancelled, author, at)
        self.sheets.add(
            "participations", id_, f"p{id_:032x}", id_, story.person.id, story.id, invitation, outcome.value, text_of(noted), 0, author,
            text_of(at),
        )  # fmt: skip
        story.met.append(Met(moment_of(at), moment_of(starts), outcome))
        return self.afterwards(story, id_, agent, outcome, noted, starts)

    def moved(self, story: Story, at: int, starts: int) -> tuple[int, int, int] | None:
        """When it was moved, whose slot it takes now, and its start."""
        when = at + self.drawn.randrange(max(1, starts - at - DAY))
        slot = story.team.take(when, 3) if when < self.now else None
        return None if slot is None else (when, *slot)

    def cancelled(self, since: int, starts: int) -> int | None:
        when = since + self.drawn.randrange(max(1, starts - since - 60))
        return when if self.drawn.random() < habits.CANCELLED and when < self.now else None

    def outcome(self, mode: Mode, starts: int, cancelled: int | None) -> tuple[Outcome, int | None]:
        """What became of it, and when that was noted."""
        noted = starts + LENGTH + self.drawn.randrange(6 * 60)
        if cancelled is not None:
            return Outcome.EXCUSED, cancelled
        outcome = habits.outcome(self.drawn, mode) if noted < self.now else Outcome.UNKNOWN
        return outcome, noted if outcome is not Outcome.UNKNOWN else None

    def appointment(
        self,
        story: Story,
        id_: int,
        agent: int,
        starts: int,
        version: int,
        moved: int | None,
        cancelled: int | None,
        author: str,
        at: int,
    ) -> None:
        ends, type_ = text_of(starts + LENGTH), story.team.types[story.category]
        self.sheets.add(
            "appointments", id_, f"a{id_:032x}", story.team.id, type_, story.team.place_of(agent), text_of(starts), ends, 1, 0, "",
            version + (cancelled is not None), text_of(moved), text_of(cancelled), author, text_of(at),
        )  # fmt: skip
        self.sheets.add("appointment_agents", id_, agent, text_of(starts), ends, ends, int(cancelled is None))

    def afterwards(
        self, story: Story, id_: int, agent: int, outcome: Outcome, noted: int | None, starts: int
    ) -> Next | None:
        if noted is None:
            if starts + LENGTH < self.now:
                story.changes.append((starts + LENGTH, FollowUpStatus.OUTCOME_NEEDED))
            return None
        story.changes.append((noted, AFTER[outcome]))
        if outcome is not Outcome.EXCUSED:
            self.note(noted, "outcome.recorded", story, participation_id=id_, before="unknown", after=outcome.value)
        if outcome is Outcome.SEEN:
            story.seen_by = story.seen_by or (agent, noted)
            return None
        if outcome is Outcome.NOSHOW:
            return self.again(noted, habits.CONVENED_AGAIN, Mode.CONVOCATION)
        return self.again(noted, habits.RETURNED, Mode.INVITATION)

    def again(self, since: int, share: float, mode: Mode) -> Next | None:
        after = habits.lognormal(self.drawn, habits.AGAIN_AFTER)
        return Next(since + after, mode) if self.drawn.random() < share else None

    def ask_to_be_called(self, story: Story, invitation: int, at: int) -> None:
        handled = at + 2 * DAY if at + 2 * DAY < self.now else None
        self.sheets.add(
            "callback_requests", self.sheets.new("callback_requests"), story.team.id, story.person.id, story.id, invitation,
            story.person.phone or "+33465710000", "[]", "plutôt le matin", 0, text_of(handled),
            story.team.agents[0] if handled else None, text_of(at),
        )  # fmt: skip

    def link(self, kind: str, id_: int, at: int) -> None:
        leads = (id_, None) if kind == "invitation" else (None, id_)
        self.sheets.add("links", self.codes.kept(self.codes.derive(kind, id_)), *leads, text_of(at))

    def note(self, at: int, action: str, story: Story, **details: int | str) -> None:
        said = "{" + ", ".join(f'"{name}": {value!r}'.replace("'", '"') for name, value in details.items()) + "}"
        agent = self.drawn.choice(story.team.agents)
        whom = (story.team.id, agent, story.person.id, said)
        self.sheets.add("audit_events", self.sheets.new("audit_events"), text_of(at), action, *whom)

    def lead(self) -> int:
        """So many days later than the first that is possible: most take one of the first."""
        return int(self.drawn.expovariate(1 / 4))

    def end(self, story: Story) -> None:
        """The follow-up's own row, once everything about it is known."""
        over = story.seen_by[1] + 20 * DAY if story.seen_by and self.drawn.random() < habits.CLOSED else None
        closed = over if over is not None and over < self.now else None
        if closed is not None:
            story.changes.append((closed, FollowUpStatus.CLOSED))
        status = derive(story.addressed, story.met, is_closed=closed is not None, now=moment_of(self.now))
        since = max((at for at, one in story.changes if one is status), default=story.opened)
        for at, one in sorted(story.changes):
            self.sheets.add("status_changes", self.sheets.new("status_changes"), story.id, one.value, text_of(at))
        category = self.territory.categories[story.category]
        self.sheets.add(
            "follow_ups", story.id, f"f{story.id:032x}", story.person.id, category, status.value, text_of(since), text_of(closed), 0,
            text_of(story.opened),
        )  # fmt: skip
