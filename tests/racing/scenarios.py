"""What is raced for. Each scenario plays its rounds and says what everybody was told."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from invitations.database import Database
from tests.browser import Installation
from tests.factories import World
from tests.racing import stage as stages
from tests.racing.clients import Answer, Crowd, Request
from tests.racing.crowd import Person
from tests.racing.judge import Finding, judge
from tests.racing.stage import SEATS, SignedIn, Stage, set_up, sign_in

CLIENTS = 8


@dataclass
class Tally:
    """What the clients were told, over all rounds. `errors`: any answer that is neither done nor an apology."""

    attempts: int = 0
    done: int = 0
    told: int = 0
    errors: int = 0
    seconds: float = 0.0
    wrong: int = 0  # rounds whose winners are not as many as there was to give

    def add(self, answers: list[Answer]) -> int:
        """Count a round's answers; returns how many were done."""
        done = sum(one.status == 303 for one in answers)
        told = sum(one.is_apology for one in answers)
        self.attempts += len(answers)
        self.done += done
        self.told += told
        self.errors += len(answers) - done - told
        return done


@dataclass(frozen=True)
class Result:
    """A scenario's tally, and what the database held afterwards."""

    name: str
    tally: Tally
    finding: Finding

    @property
    def violations(self) -> int:
        return self.finding.total + self.tally.wrong


@dataclass
class Race:
    """Everything a round needs."""

    stage: Stage
    crowd: Crowd
    agents: list[SignedIn]
    tally: Tally = field(default_factory=Tally)
    chance: Random = field(default_factory=lambda: Random(3))

    def run(self, requests: list[Request]) -> list[Answer]:
        """All at once, sent in an order drawn anew; the answers in the order of the requests."""
        order = self.chance.sample(range(len(requests)), len(requests))
        began = time.perf_counter()
        answers = self.crowd.race([requests[place] for place in order])
        self.tally.seconds += time.perf_counter() - began
        return [answers[order.index(place)] for place in range(len(requests))]

    def expect(self, done: int, wanted: int) -> None:
        if done != wanted:
            self.tally.wrong += 1

    def booked(self, token: str) -> tuple[Person, str]:
        """Somebody who has this time already, and the code of their appointment. Nobody else is after it yet."""
        person = self.stage.people.pop()
        (answer,) = self.crowd.race([stages.book(person, token)])
        if answer.status != 303:
            raise RuntimeError(f"a time that was free was not given: {answer.status}")
        return person, answer.location.rpartition("/")[2]


def last_slot(race: Race) -> None:
    """Eight people, one time."""
    asked = race.stage.bookings(CLIENTS, next(race.stage.tokens))
    answers = race.run([request for _, request in asked])
    race.expect(race.tally.add(answers), 1)
    race.stage.count_out(asked, answers)


def last_seat(race: Race) -> None:
    """Eight people, one session with three seats."""
    asked = race.stage.bookings(CLIENTS, race.stage.sessions.pop())
    answers = race.run([request for _, request in asked])
    race.expect(race.tally.add(answers), SEATS)
    race.stage.count_out(asked, answers)


def move_against_book(race: Race) -> None:
    """Somebody moves to a time that three others want; four want the time that this frees, if it does."""
    mine, wanted = next(race.stage.tokens), next(race.stage.tokens)
    _, code = race.booked(mine)
    move = Request(f"/r/{code}/changer", {"creneau": wanted})
    asked = race.stage.bookings(CLIENTS - 1, mine, wanted)
    moved, *answers = race.run([move, *(request for _, request in asked)])
    race.tally.add([moved, *answers])
    got_wanted = [one.status for (_, request), one in zip(asked, answers, strict=True) if wanted in request.body]
    race.expect(got_wanted.count(303) + (moved.status == 303), 1)
    race.stage.count_out(asked, answers)


def cancel_against_book(race: Race) -> None:
    """Somebody cancels while seven want their time."""
    token = next(race.stage.tokens)
    _, code = race.booked(token)
    asked = race.stage.bookings(CLIENTS - 1, token)
    cancelled, *answers = race.run([Request(f"/r/{code}/annuler", {}), *(request for _, request in asked)])
    race.expect(race.tally.add([cancelled]), 1)
    if race.tally.add(answers) > 1:
        race.tally.wrong += 1
    race.stage.count_out(asked, answers)


def hold_against_book(race: Race) -> None:
    """Two agents propose a time to two people while six others want it."""
    token = next(race.stage.tokens)
    proposed = [race.stage.uninvited[place] for place in range(len(race.agents))]
    holds = [agent.proposes(person, token) for agent, person in zip(race.agents, proposed, strict=True)]
    asked = race.stage.bookings(CLIENTS - len(holds), token)
    answers = race.run([*holds, *(request for _, request in asked)])
    race.expect(race.tally.add(answers), 1)
    held = {person for person, answer in zip(proposed, answers, strict=False) if answer.status == 303}
    race.stage.uninvited = [one for one in race.stage.uninvited if one not in held]
    race.stage.count_out(asked, answers[len(holds) :])


def same_person(race: Race) -> None:
    """One person taps eight times, on two times: one appointment, and everybody lands on its page."""
    tokens = next(race.stage.tokens), next(race.stage.tokens)
    person = race.stage.people.pop()
    answers = race.run([stages.book(person, tokens[place % 2]) for place in range(CLIENTS)])
    race.expect(race.tally.add(answers), CLIENTS)
    race.expect(len({one.location for one in answers}), 1)


SCENARIOS: dict[str, Callable[[Race], None]] = {
    "last slot": last_slot,
    "last seat": last_seat,
    "move against book": move_against_book,
    "cancel against book": cancel_against_book,
    "hold against book": hold_against_book,
    "one person, eight taps": same_person,
}


def play(
    name: str, rounds: int, *, database: Database, world: World, installation: Installation, crowd: Crowd
) -> Result:
    """A scenario on a stage of its own, judged by the database."""
    needs_agents = name == "hold against book"
    stage = set_up(
        database,
        world,
        starts=2 * rounds,
        people=CLIENTS * 4 + rounds * (SEATS + 1),
        uninvited=rounds + 2 if needs_agents else 0,
        sessions=rounds if name == "last seat" else 0,
    )
    agents = [sign_in(installation.base_url, stage.agent.email) for _ in range(2)] if needs_agents else []
    race = Race(stage, crowd, agents)
    for _ in range(rounds):
        SCENARIOS[name](race)
    return Result(name, race.tally, judge(database, stage.organisation.id))
