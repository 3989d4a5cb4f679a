"""Small teams drawn by hypothesis, around the days on which a search could go wrong."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from tests.invitations.counting import DAY, MINUTE, Cut, Hours, Rhythm, Team

PARIS = ZoneInfo("Europe/Paris")
ZONES = {
    name: ZoneInfo(name)
    for name in (
        "Europe/Paris",
        "Indian/Reunion",
        "Indian/Mayotte",
        "America/Guadeloupe",
        "America/Martinique",
        "America/Cayenne",
        "America/Miquelon",  # changes its clock on American dates
    )
}
# Days at the heart of a small world, and where they are special.
DAYS = {
    date(2026, 10, 25): "Europe/Paris",  # 3:00 becomes 2:00
    date(2027, 3, 28): "Europe/Paris",  # 2:00 becomes 3:00; the morrow is a holiday
    date(2027, 11, 7): "America/Miquelon",  # 2:00 becomes 1:00
    date(2027, 3, 14): "America/Miquelon",  # 2:00 becomes 3:00
    date(2028, 2, 29): "Indian/Reunion",
    date(2026, 11, 30): "America/Cayenne",  # a fifth Monday
    date(2026, 12, 26): "Europe/Paris",  # the eve is a holiday
    date(2027, 6, 15): "America/Martinique",
}
# Public holidays of metropolitan France near these days (code du travail L3133-1).
HOLIDAYS = frozenset(
    {date(2026, 11, 1), date(2026, 11, 11), date(2026, 12, 25), date(2027, 1, 1), date(2027, 3, 29), date(2027, 11, 1)}
    | {date(2027, 11, 11)}
)

CUTS = st.builds(
    Cut,
    duration=st.sampled_from([5, 20, 30, 45, 60, 25]),
    step=st.sampled_from([5, 15, 30, 45, 50, 60, 7]),
    min_delay=st.sampled_from([timedelta(), timedelta(hours=1), timedelta(hours=24), timedelta(minutes=95)]),
    max_delay=st.sampled_from([timedelta(days=60), timedelta(days=60), timedelta(days=2, minutes=17)]),
    per_day=st.none() | st.integers(1, 2),
)
# Working hours mostly, and the small hours in which the clock changes.
WALLS = st.builds(time, st.sampled_from([0, 1, 2, 3, 4, 8, 9, 10, 11, 12, 14, 17, 23]), st.integers(0, 59))
WINDOWS = st.one_of(
    st.sampled_from([(time(9), time(12)), (time(1), time(5)), (time(2), time(3)), (time(8, 30), time(17, 10))]),
    st.tuples(WALLS, WALLS).map(lambda one: (min(one), max(one))),
    st.tuples(WALLS, WALLS),  # the end before the start: nothing happens
)


def rhythms(day: date) -> st.SearchStrategy[Rhythm]:
    """Something that happens on a day, or near it, or not: it may have begun long ago, be over, or skip the day."""
    weekday = frozenset({day.weekday()})
    removed = st.frozensets(st.integers(-1, 1).map(lambda n: day + n * DAY), max_size=1)
    until = st.none() | st.integers(-2, 40).map(lambda n: day + n * DAY)
    starts_on = st.integers(-40, 1).map(lambda n: day + n * DAY)
    weekdays = st.frozensets(st.integers(0, 6), min_size=3) | st.just(weekday)
    weekly = st.builds(Rhythm, starts_on, weekdays, st.integers(1, 3), until=until, removed=removed)
    monthly = st.builds(
        Rhythm, starts_on, st.just(weekday), nth=st.sampled_from([-1, 5, (day.day - 1) // 7 + 1]), until=until
    )
    return st.one_of(st.just(Rhythm(day)), st.just(Rhythm(day - 28 * DAY, weekday, 2)), weekly, monthly)


@st.composite
def hours(draw: st.DrawFn, day: date, *, places: int = 0, kinds: int = 0) -> Hours:
    starts, ends = draw(WINDOWS)
    return Hours(
        agent=draw(st.integers(1, 2)),
        rhythm=draw(rhythms(day)),
        starts=starts,
        ends=ends,
        place=draw(st.integers(1, places)) if places else 0,
        kind=draw(st.integers(1, kinds)) if kinds else 0,
    )


def minute_around(day: date) -> st.SearchStrategy[int]:
    """A quarter of the day itself, or any minute from the eve to the morrow."""
    midnight = int(datetime.combine(day, time(), UTC).timestamp()) // 60
    return st.integers(0, 95).map(lambda n: midnight + 15 * n) | st.integers(-1440, 2880).map(lambda n: midnight + n)


def moments_around(day: date) -> st.SearchStrategy[datetime]:
    """To the second: bounds are exact."""
    seconds = st.sampled_from([timedelta(), timedelta(), timedelta(seconds=1), timedelta(seconds=59, microseconds=1)])
    return st.builds(lambda n, more: moment(n) + more, minute_around(day), seconds)


@st.composite
def bounds_around(draw: st.DrawFn, day: date) -> tuple[datetime, datetime, datetime]:
    """Now, and a range: the whole of three days, or a part of them to the second."""
    eve = datetime.combine(day - DAY, time(), UTC)
    now = draw(st.just(eve - 2 * DAY) | moments_around(day - DAY))
    after = draw(st.sampled_from([eve, now]) | moments_around(day))
    return now, after, draw(st.just(eve + 3 * DAY) | moments_around(day).filter(lambda one: one > after))


def spans(day: date, *, longest: int) -> st.SearchStrategy[tuple[int, int, int]]:
    """An agent and the time that something takes of them."""
    return st.builds(
        lambda agent, start, length: (agent, start, start + length),
        st.integers(1, 2),
        minute_around(day),
        st.integers(1, longest),
    )


def zones(day: date) -> st.SearchStrategy[ZoneInfo]:
    return st.sampled_from([DAYS[day], DAYS[day], *sorted(ZONES)]).map(ZONES.__getitem__)


@st.composite
def teams(draw: st.DrawFn) -> tuple[date, Team]:
    """Two agents, two places, two types; and the day around which it happens."""
    day = draw(st.sampled_from(sorted(DAYS)))
    return day, Team(
        kinds={1: draw(CUTS), 2: draw(CUTS)},
        zones={1: draw(zones(day)), 2: draw(zones(day))},
        openings=draw(st.lists(hours(day, places=2, kinds=2), min_size=2, max_size=6)),
        appointments=apart(draw(st.lists(spans(day, longest=90), max_size=4))),
        absences=draw(st.lists(spans(day, longest=400), max_size=2)),
        regular_absences=draw(st.lists(st.tuples(hours(day), zones(day)), max_size=1)),
        closed=draw(st.sets(st.tuples(st.integers(1, 2), st.just(day)), max_size=1)),
        holidays=HOLIDAYS,
    )


def apart(appointments: list[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    """Those that an agent can have together: no database holds two that overlap."""
    kept: list[tuple[int, int, int]] = []
    for agent, start, end in appointments:
        if not any(agent == other and start < until and begin < end for other, begin, until in kept):
            kept.append((agent, start, end))
    return kept


def with_one_more(team: Team, appointment: tuple[int, int, int]) -> Team:
    return replace(team, appointments=[*team.appointments, appointment])


def moment(minute: int) -> datetime:
    return datetime.fromtimestamp(0, UTC) + minute * MINUTE
