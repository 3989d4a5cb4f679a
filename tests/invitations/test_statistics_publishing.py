"""Publishing a département's figures: who agrees, which months come out and when, and what changes them afterwards."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from invitations.department_settings import Speaker
from invitations.errors import NotAllowed, NotFound
from invitations.models import (
    AuditEvent,
    CategoryKind,
    CountedMonth,
    FigureState,
    Mode,
    OrganisationKind,
    Outcome,
    Part,
    PublishedFigure,
    Span,
)
from invitations.statistics import agreeing, counting, public_page, publishing
from invitations.statistics.public_page import Line
from tests.factories import World
from tests.published import add_people, let_publish, people_of, publish
from tests.stories import crowd

# On 24 November 2026, what is counted on 1 November: everybody addressed before 10 September.
APRIL, MAY, JUNE, JULY, AUGUST, SEPTEMBER = (date(2026, month, 1) for month in range(4, 10))
IN_TIME = (APRIL, MAY, JUNE, JULY, AUGUST)


def lines(session: Session) -> list[Line]:
    return [line for subject in public_page.read(session, "26").subjects for line in subject.lines]


def line(session: Session, span: Span, on: date, part: Part = Part.EVERYONE, subject: str = "") -> Line:
    [found] = [
        one for one in lines(session) if (one.span, one.starts_on, one.part, one.subject) == (span, on, part, subject)
    ]
    return found


def speaker(world: World) -> Speaker:
    return Speaker(world.agent.id, world.organisation)


def test_nothing_comes_out_until_the_departement_and_an_organisation_say_so(session: Session, world: World) -> None:
    let_publish(world)
    for month in IN_TIME:
        add_people(world, month)
    world.organisation.publishes_since = None
    assert publish(session, world) == 0
    world.department.publishes_since, world.organisation.publishes_since = None, world.now
    assert publish(session, world) == 0
    assert session.scalars(select(PublishedFigure)).all() == []
    world.department.publishes_since = world.now
    assert publish(session, world) == len(IN_TIME)


def test_a_month_comes_out_on_the_first_of_the_month_after_everybodys_window_and_a_week(
    session: Session, world: World
) -> None:
    let_publish(world)
    for month in (*IN_TIME, SEPTEMBER):
        add_people(world, month)
    assert publish(session, world) == 5
    assert [one.starts_on for one in lines(session) if one.span is Span.MONTH] == list(IN_TIME)
    for day, months in ((date(2026, 11, 30), 0), (date(2026, 12, 1), 1)):
        world.now = datetime.combine(day, world.now.timetz())
        assert publish(session, world) == months
        assert publish(session, world) == 0
    assert line(session, Span.MONTH, SEPTEMBER).people == 200


def test_accompaniment_is_watched_for_thirty_days(session: Session, world: World) -> None:
    let_publish(world)
    other = world.make_category(code="rsa_accompagnement", kind=CategoryKind.ACCOMPANIMENT, name="Accompagnement")
    assert publishing.last_over(other, world.now.date()) == AUGUST
    assert publishing.last_over(other, date(2026, 12, 10)) == date(2026, 9, 1)
    assert publishing.last_over(world.category, date(2026, 12, 10)) == date(2026, 9, 1)
    assert publishing.last_over(other, date(2026, 3, 31)) == date(2025, 12, 1)
    assert publishing.last_over(world.category, date(2026, 3, 31)) == date(2025, 12, 1)
    add_people(world, AUGUST, category=other)
    publish(session, world)
    [subject] = public_page.read(session, "26").subjects
    assert (subject.category.code, subject.days) == ("rsa_accompagnement", 30)


def test_a_month_is_never_counted_again_by_itself(session: Session, world: World) -> None:
    let_publish(world)
    add_people(world, AUGUST)
    publish(session, world)
    people_of(session, AUGUST).seen = 150
    publish(session, world)
    assert line(session, Span.MONTH, AUGUST).reaching == 110


def test_a_quarter_is_told_with_its_modes_its_organisations_and_how_far_people_came(
    session: Session, world: World
) -> None:
    other = world.make_organisation(name="Mission locale")
    let_publish(world, world.organisation, other)
    for month in (APRIL, MAY, JUNE):
        add_people(world, month)
        add_people(world, month, mode=Mode.CONVOCATION, organisation=other, addressed=40, seen=20)
    publish(session, world)
    assert (line(session, Span.QUARTER, APRIL).people, line(session, Span.QUARTER, APRIL).reaching) == (720, 390)
    modes = [line(session, Span.QUARTER, APRIL, Part.MODE, mode) for mode in Mode]
    assert [one.people for one in modes] == [600, 0, 120]
    assert line(session, Span.QUARTER, APRIL, Part.ORGANISATION, str(other.id)).name == "Mission locale"
    assert line(session, Span.QUARTER, APRIL, Part.ORGANISATION, str(other.id)).reaching == 60
    steps = {one.subject: one.reaching for one in lines(session) if one.part is Part.STEP}
    assert set(steps) == {"reached", "answered", "booked", "autonomous"}


def test_whoever_has_not_agreed_is_in_no_total(session: Session, world: World) -> None:
    silent = world.make_organisation(name="Association")
    let_publish(world)
    add_people(world, AUGUST)
    add_people(world, AUGUST, organisation=silent)
    publish(session, world)
    assert line(session, Span.MONTH, AUGUST).people == 200
    assert {one.organisation_id for one in session.scalars(select(CountedMonth))} == {world.organisation.id}


def test_whoever_agrees_later_is_in_later_months_only(session: Session, world: World) -> None:
    later = world.make_organisation(name="Association")
    let_publish(world)
    for month in (AUGUST, SEPTEMBER):
        add_people(world, month)
        add_people(world, month, organisation=later, addressed=50, seen=25)
    publish(session, world)
    agreeing.agree(session, later, agrees=True, agent_id=world.agent.id, now=world.now)
    world.now += timedelta(days=7)
    publish(session, world)
    assert line(session, Span.MONTH, AUGUST).people == 200
    assert line(session, Span.MONTH, SEPTEMBER).people == 250
    agreeing.agree(session, later, agrees=False, agent_id=world.agent.id, now=world.now)
    publish(session, world)
    assert line(session, Span.MONTH, SEPTEMBER).people == 250


def test_a_correction_counts_the_month_again_with_those_who_were_in_it(session: Session, world: World) -> None:
    later = world.make_organisation(name="Association")
    let_publish(world)
    for month in (APRIL, MAY, JUNE):
        add_people(world, month)
    publish(session, world)
    people_of(session, MAY).seen = 130
    add_people(world, MAY, organisation=later)
    agreeing.agree(session, later, agrees=True, agent_id=world.agent.id, now=world.now)
    publishing.correct(session, MAY, by=speaker(world), now=world.now)
    corrected = line(session, Span.MONTH, MAY)
    assert (corrected.people, corrected.reaching, corrected.corrected_at) == (200, 130, world.now)
    assert line(session, Span.QUARTER, APRIL).reaching == 350
    untouched = line(session, Span.MONTH, APRIL)
    assert (untouched.reaching, untouched.corrected_at) == (110, None)


def test_a_correction_tells_nothing_that_was_hidden(session: Session, world: World) -> None:
    let_publish(world)
    for month, people in ((APRIL, 30), (MAY, 200), (JUNE, 200)):
        add_people(world, month, addressed=people, seen=people // 3)
    publish(session, world)
    before = {(one.span, one.starts_on, one.part, one.subject): one.is_hidden for one in lines(session)}
    assert before[Span.MONTH, APRIL, Part.EVERYONE, ""]
    april = people_of(session, APRIL)
    april.addressed, april.seen = 300, 150
    publishing.correct(session, APRIL, by=speaker(world), now=world.now)
    after = {(one.span, one.starts_on, one.part, one.subject): one.is_hidden for one in lines(session)}
    assert all(after[key] for key, is_hidden in before.items() if is_hidden)


def test_a_correction_hides_what_has_become_a_few_people_and_the_quarter_with_it(
    session: Session, world: World
) -> None:
    let_publish(world)
    for month in (APRIL, MAY, JUNE):
        add_people(world, month, addressed=60, seen=30)
    publish(session, world)
    assert not any(one.is_hidden for one in lines(session) if one.part is not Part.STEP)
    june = people_of(session, JUNE)
    june.seen = 5
    publishing.correct(session, JUNE, by=speaker(world), now=world.now)
    hidden = {(one.span, one.starts_on) for one in lines(session) if one.is_hidden}
    assert {(Span.MONTH, JUNE), (Span.QUARTER, APRIL)} <= hidden
    assert all(one.is_hidden for one in lines(session) if one.part in {Part.MODE, Part.ORGANISATION})


def test_a_correction_is_the_departements_and_of_a_month_that_is_out(session: Session, world: World) -> None:
    partner = world.make_organisation(kind=OrganisationKind.SIAE)
    let_publish(world)
    add_people(world, AUGUST)
    publish(session, world)
    with pytest.raises(NotAllowed):
        Speaker(world.agent.id, partner)
    with pytest.raises(NotFound):
        publishing.correct(session, SEPTEMBER, by=speaker(world), now=world.now)


def test_every_act_is_noted_with_who_did_it_and_once(session: Session, world: World) -> None:
    by = speaker(world)
    for wanted in (True, True, False, False):
        agreeing.publish(session, publishes=wanted, by=by, now=world.now)
        agreeing.agree(session, world.organisation, agrees=wanted, agent_id=world.agent.id, now=world.now)
    let_publish(world)
    add_people(world, AUGUST)
    publish(session, world)
    publishing.correct(session, AUGUST, by=by, now=world.now)
    noted = session.scalars(select(AuditEvent).order_by(AuditEvent.id)).all()
    assert [one.action for one in noted] == [
        *("statistics.agreed", "statistics.agreed", "statistics.withdrawn", "statistics.withdrawn"),
        "statistics.corrected",
    ]
    assert {one.agent_id for one in noted} == {world.agent.id}


def test_a_first_publication_goes_back_three_years_and_begins_with_somebody(session: Session, world: World) -> None:
    let_publish(world)
    for month in (date(2020, 1, 1), date(2024, 2, 1), AUGUST):
        add_people(world, month)
    assert publish(session, world) == len(publishing.months_out(session, world.department.id)) == 31
    assert publishing.months_out(session, world.department.id)[-1] == date(2024, 2, 1)
    assert line(session, Span.MONTH, date(2024, 3, 1)).people == 0


def test_a_departement_that_closes_its_page_has_none(session: Session, world: World) -> None:
    let_publish(world)
    agreeing.publish(session, publishes=False, by=speaker(world), now=world.now)
    with pytest.raises(NotFound):
        public_page.read(session, "26")


def test_what_happened_to_people_is_what_comes_out(session: Session, world: World) -> None:
    """From invitations and outcomes, by the counting of every few seconds, to the public page."""
    crowd(world, 26, Mode.INVITATION, *[Outcome.SEEN] * 14, *[Outcome.NOSHOW] * 3, day=-20, after=12)
    while counting.count(session, now=world.now):
        pass
    let_publish(world)
    publish(session, world)
    month = line(session, Span.MONTH, AUGUST)
    assert (month.people, month.reaching, month.rate) == (26, 14, None)


def test_before_the_first_count_nothing_comes_out(session: Session, world: World) -> None:
    let_publish(world)
    add_people(world, AUGUST)
    session.get_one(FigureState, 1).counted_at = None
    assert publishing.due(session, now=world.now) == []
