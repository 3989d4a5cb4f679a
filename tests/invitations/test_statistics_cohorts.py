"""Who is counted where, read from both databases: stories of people, as the product writes them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import event, select
from sqlalchemy.orm import Session

from invitations.models import CategoryKind, DelayKind, FollowUp, Mode, Outcome
from invitations.statistics import cohorts, counting, reading
from invitations.statistics.reading import NOBODY, Counts, Dimension, Filters, Scope
from invitations.statistics.units import Unit
from tests.factories import World
from tests.stories import Story

PARIS = ZoneInfo("Europe/Paris")


@contextmanager
def statements(session: Session) -> Iterator[list[str]]:
    said: list[str] = []

    def remember(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        said.append(statement)

    engine = session.get_bind()
    event.listen(engine, "before_cursor_execute", remember)
    yield said
    event.remove(engine, "before_cursor_execute", remember)


def units(world: World) -> list[Unit]:
    """Those of the world's organisation."""
    follow_ups = world.session.scalars(select(FollowUp.id).order_by(FollowUp.id)).all()
    found = cohorts.read_units(world.session, follow_ups).values()
    return [one for one in found if one.organisation_id == world.organisation.id]


def by_mode(world: World, now: datetime) -> dict[Mode, Counts]:
    """The counts of the world's organisation within 45 days, counted just now."""
    counting.count(world.session, now=now)
    today, scope = now.astimezone(PARIS).date(), Scope((world.organisation.id,))
    found = reading.counts_by(world.session, scope, Filters(), Dimension.MODE, today=today)
    return {mode: counts for (mode,), counts in found.items()}


def test_someone_convoked_after_no_answer_stays_among_the_invited(world: World, now: datetime) -> None:
    Story(world).addressed(Mode.INVITATION).addressed(Mode.CONVOCATION, day=20).met(Outcome.SEEN, day=30)
    found = by_mode(world, now)
    assert set(found) == {Mode.INVITATION}
    invited = found[Mode.INVITATION]
    assert (invited.seen, invited.counted, invited.crossed) == (1, 1, 1)


def test_a_second_invitation_is_no_crossover_and_no_second_person(world: World) -> None:
    Story(world).addressed(Mode.INVITATION).addressed(Mode.INVITATION, day=15)
    (unit,) = units(world)
    assert unit.crossed_on is None


def test_the_stories_that_hurt_are_told_apart(world: World, now: datetime) -> None:
    Story(world).addressed(Mode.INVITATION).met(Outcome.NOSHOW, day=10)
    Story(world).addressed(Mode.INVITATION).met(Outcome.EXCUSED, day=10).met(Outcome.SEEN, day=40)
    Story(world).addressed(Mode.INVITATION).met(Outcome.REVOKED, day=10).met(Outcome.SEEN, day=46)
    Story(world).addressed(Mode.INVITATION)
    Story(world).addressed(Mode.INVITATION, day=50).met(Outcome.SEEN, day=60)
    invited = by_mode(world, now)[Mode.INVITATION]
    assert invited.addressed == 5
    assert (invited.seen_figure.proportion.count, invited.seen_figure.proportion.total) == (1, 4)
    assert (invited.seen_figure.too_early, invited.seen_figure.seen_early) == (1, 1)
    assert (invited.no_show.proportion.count, invited.no_show.proportion.total) == (1, 2)
    assert (invited.no_show.excused, invited.no_show.revoked) == (1, 1)


def test_a_rate_waits_until_enough_outcomes_are_noted(world: World, now: datetime) -> None:
    for _ in range(3):
        Story(world).addressed(Mode.INVITATION).met(Outcome.SEEN, day=10)
    Story(world).addressed(Mode.CONVOCATION).met(Outcome.UNKNOWN, day=10)
    found = by_mode(world, now)
    assert [found[mode].seen_figure.rate for mode in (Mode.INVITATION, Mode.CONVOCATION)] == [1.0, None]
    assert sum(found.values(), NOBODY).seen_figure.rate is None


def test_an_appointment_before_the_first_invitation_is_not_its_effect(world: World) -> None:
    Story(world).met(Outcome.SEEN, day=-3).addressed(Mode.INVITATION)
    (unit,) = units(world)
    assert unit.meetings == ()


def test_a_person_belongs_to_the_organisation_that_addressed_them_first(world: World) -> None:
    other = world.make_organisation()
    Story(world).addressed(Mode.INVITATION, by=other).addressed(Mode.INVITATION, day=3).met(Outcome.SEEN, day=9)
    assert units(world) == []
    follow_ups = world.session.scalars(select(FollowUp.id)).all()
    (theirs,) = cohorts.read_units(world.session, follow_ups).values()
    assert theirs.organisation_id == other.id
    assert [one.outcome for one in theirs.meetings] == [Outcome.SEEN]


def test_an_organisation_sees_none_of_the_figures_of_another(world: World, now: datetime) -> None:
    Story(world).addressed(Mode.INVITATION)
    stranger = Scope((world.make_organisation().id,))
    counting.count(world.session, now=now)
    assert reading.counts_by(world.session, stranger, Filters(), today=now.date()) == {}
    assert reading.first_month(world.session, stranger) is None
    assert reading.times_to_seen(world.session, stranger, Filters(), today=now.date()) == {}


def test_days_are_those_of_the_departement(world: World) -> None:
    """23:30 in Paris on 1 September is already the 2nd in Réunion."""
    Story(world).addressed(Mode.INVITATION, day=13.5 / 24)
    (in_paris,) = units(world)
    world.department.timezone = "Indian/Reunion"
    world.session.flush()
    (in_reunion,) = units(world)
    assert (in_paris.addressed_on, in_reunion.addressed_on) == (date(2026, 9, 1), date(2026, 9, 2))


def test_the_filters_keep_one_category_and_what_began_since_a_month(world: World, now: datetime) -> None:
    accompaniment = world.make_category(
        code="rsa_accompagnement", kind=CategoryKind.ACCOMPANIMENT, name="RSA accompagnement"
    )
    Story(world).addressed(Mode.INVITATION)
    Story(world).addressed(Mode.INVITATION, day=29.7)  # 1 October at 02:48 in Paris
    Story(world, world.make_follow_up(category_id=accompaniment.id)).addressed(Mode.INVITATION, day=31)
    counting.count(world.session, now=now)
    here = Scope((world.organisation.id,))
    filters = Filters(category_id=world.category.id, since=date(2026, 10, 1))
    (found,) = reading.counts_by(world.session, here, filters, today=now.date()).values()
    assert found.addressed == 1
    assert reading.first_month(world.session, here) == date(2026, 9, 1)
    assert reading.first_days(world.session, here, Filters()) == {
        world.category.id: date(2026, 9, 1),
        accompaniment.id: date(2026, 10, 2),
    }


def test_figures_cost_one_query_whatever_the_number_of_people(world: World, now: datetime) -> None:
    costs = []
    for _ in range(2):
        for _ in range(10):
            Story(world).addressed(Mode.INVITATION).met(Outcome.SEEN, day=10)
        counting.count(world.session, now=now)
        with statements(world.session) as said:
            read_all(world, now)
        costs.append(len(said))
    assert costs == [5, 5]


def test_no_figure_is_read_by_agent(world: World, now: datetime) -> None:
    """product.md, rule 2: no count of anything grouped by agent. Nothing here even reads who the agent was."""
    Story(world).addressed(Mode.INVITATION).met(Outcome.SEEN, day=10)
    with statements(world.session) as said:
        counting.count(world.session, now=now)
        read_all(world, now)
    assert said
    assert [one for one in said if "agent" in one.lower()] == []


def read_all(world: World, now: datetime) -> None:
    """One query of counts, three of times, one of delays."""
    scope, today = Scope(department_id=world.department.id), now.date()
    reading.counts_by(world.session, scope, Filters(), *Dimension, today=today)
    reading.times_to_seen(world.session, scope, Filters(), today=today)
    reading.delays(world.session, scope, Filters(), DelayKind.RIGHT_TO_SEEN, today=today)
