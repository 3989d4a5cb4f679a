"""`/calendriers/<secret>.ics`: what an agent's calendar program is told, when, and when it is told nothing."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import recurring_ical_events
import structlog
import vobject
from flask import Flask
from flask.testing import FlaskClient
from icalendar import Calendar
from sqlalchemy import func, select

from invitations import feeds
from invitations.codes import Codes
from invitations.database import Database
from invitations.models import (
    AppointmentAgent,
    AuditEvent,
    CalendarFeed,
    Outcome,
    Participation,
    PlaceType,
)
from tests.app.team import Team, expect, queries_of
from tests.conftest import NOW, Clock

SOON = NOW + timedelta(days=2)


@pytest.fixture
def team(database: Database, clock: Clock) -> Team:
    return Team(database, clock())


@pytest.fixture
def browser(flask_app: Flask) -> FlaskClient:
    """A calendar program: no cookie, no sign-in."""
    return flask_app.test_client()


@pytest.fixture
def path(team: Team, codes: Codes) -> str:
    """The address of the world's own agent."""
    with team.changing() as world:
        feed = feeds.make(
            world.session, agent_id=world.agent.id, organisation_id=world.organisation.id, codes=codes, now=NOW
        )
        return f"/calendriers/{codes.derive('feed', feed.id)}.ics"


def at(team: Team, starts_at: datetime = SOON, **changes: Any) -> Participation:
    with team.changing() as world:
        made = expect(world, starts_at, **changes)
        assert made.appointment
        assert made.beneficiary
        return made


def told(browser: FlaskClient, path: str) -> list[Any]:
    """The events, as vobject reads them."""
    answer = browser.get(path)
    assert answer.status_code == 200
    return list(getattr(vobject.readOne(answer.text), "vevent_list", []))


def test_an_appointment_is_told_without_the_person(browser: FlaskClient, team: Team, path: str) -> None:
    met = at(team)
    text = browser.get(path).text
    (event,) = told(browser, path)
    assert event.uid.value == met.appointment.uid
    assert event.sequence.value == "0"
    assert event.summary.value == "Entretien d'orientation – Maison des solidarités"
    assert event.location.value == "Maison des solidarités, 12 rue Latour-Maubourg, 26000 Valence"
    assert event.dtstart.value == SOON
    assert event.dtend.value == SOON + timedelta(minutes=45)
    assert event.status.value == "CONFIRMED"
    assert event.url.value == "http://127.0.0.1:8000/agents/journee?date=2026-11-26"
    assert "Inès" not in text
    assert met.beneficiary.last_name not in text
    assert "ATTENDEE" not in text
    assert str(met.beneficiary.phone) not in text


def test_names_are_told_where_the_organisation_wants_them(browser: FlaskClient, team: Team, path: str) -> None:
    met = at(team)
    with team.changing() as world:
        world.session.merge(world.organisation).names_in_calendars = True
    (event,) = told(browser, path)
    name = f"Inès {met.beneficiary.last_name}"
    assert event.summary.value == f"{name} – Entretien d'orientation – Maison des solidarités"


def test_each_organisation_decides_for_its_own_appointments(browser: FlaskClient, team: Team, path: str) -> None:
    at(team)
    with team.changing() as world:
        other = world.make_organisation(name="Mission locale", names_in_calendars=True)
        expect(world, SOON + timedelta(hours=2), organisation_id=other.id)
    first, second = told(browser, path)
    assert not first.summary.value.startswith("Inès")
    assert second.summary.value.startswith("Inès")


def test_the_calendar_has_a_name_and_says_how_often_to_look(browser: FlaskClient, path: str) -> None:
    answer = browser.get(path)
    read = vobject.readOne(answer.text)
    assert read.x_wr_calname.value == "Mes rendez-vous"
    assert read.refresh_interval.value == "PT30M"
    assert read.refresh_interval.params == {"VALUE": ["DURATION"]}
    assert read.x_published_ttl.value == "PT30M"
    assert answer.content_type == "text/calendar; charset=utf-8"
    assert "METHOD" not in answer.text


def test_an_empty_feed_is_still_a_calendar(browser: FlaskClient, path: str) -> None:
    assert told(browser, path) == []
    assert [one.name for one in Calendar.from_ical(browser.get(path).text).subcomponents] == ["VTIMEZONE"]


def test_a_held_proposition_is_tentative_until_it_is_kept(browser: FlaskClient, team: Team, path: str) -> None:
    with team.changing() as world:
        met = expect(world, SOON, held_until=NOW + timedelta(days=1))
        world.session.delete(met)
    (event,) = told(browser, path)
    assert event.status.value == "TENTATIVE"
    assert event.summary.value == "Proposition\N{NO-BREAK SPACE}: Entretien d'orientation – Maison des solidarités"
    assert "jusqu’au mercredi 25 novembre à 10\N{NO-BREAK SPACE}h\N{NO-BREAK SPACE}00" in event.description.value


def test_a_session_says_how_many_seats_are_taken(browser: FlaskClient, team: Team, path: str) -> None:
    with team.changing() as world:
        world.session.merge(world.organisation).names_in_calendars = True
        kind = world.make_type(name="Atelier", is_collective=True, seats=12)
        first = expect(world, SOON, type_id=kind.id, seats=12, seats_taken=2, title="Atelier CV")
        for outcome in (Outcome.UNKNOWN, Outcome.EXCUSED):
            person = world.make_beneficiary(first_name="Ali" if outcome is Outcome.UNKNOWN else "Parti")
            world.add(
                Participation(
                    uid=str(uuid.uuid4()),
                    appointment_id=first.appointment_id,
                    beneficiary_id=person.id,
                    follow_up_id=world.make_follow_up(person).id,
                    outcome=outcome,
                    created_by=first.created_by,
                    created_at=NOW,
                )
            )
    (event,) = told(browser, path)
    assert event.summary.value == "Atelier CV (2/12) – Maison des solidarités"
    assert "2\N{NO-BREAK SPACE}places prises sur 12" in event.description.value
    assert "Ali" in event.description.value
    assert "Parti" not in event.description.value


@pytest.mark.parametrize(
    ("kind", "words"),
    [(PlaceType.PHONE, "par téléphone"), (PlaceType.HOME, "à domicile"), (PlaceType.VIDEO, "en visioconférence")],
)
def test_an_appointment_elsewhere_says_how(
    browser: FlaskClient, team: Team, path: str, kind: PlaceType, words: str
) -> None:
    with team.changing() as world:
        expect(world, SOON, type_id=world.make_type(place_type=kind).id, place_id=None)
    (event,) = told(browser, path)
    assert event.summary.value == f"Entretien d'orientation – {words}"
    assert not hasattr(event, "location")


def test_the_last_thirty_days_and_everything_to_come(browser: FlaskClient, team: Team, path: str) -> None:
    days = (-31, -30, -1, 2, 300)
    for number in days:
        at(team, NOW + timedelta(days=number))
    assert [(one.dtstart.value - NOW).days for one in told(browser, path)] == [-30, -1, 2, 300]


def test_what_is_cancelled_is_gone_and_what_is_moved_keeps_its_identity(
    browser: FlaskClient, team: Team, path: str
) -> None:
    gone, moved = at(team), at(team, SOON + timedelta(hours=1))
    with team.changing() as world:
        for one in world.session.scalars(select(AppointmentAgent)):
            appointment = one.appointment
            if appointment.id == gone.appointment_id:
                appointment.cancelled_at, one.is_live = NOW, False
            else:
                appointment.starts_at = one.starts_at = SOON + timedelta(days=1)
                appointment.ends_at = one.ends_at = one.busy_until = SOON + timedelta(days=1, minutes=45)
                appointment.version, appointment.moved_at = 1, NOW + timedelta(minutes=5)
    (event,) = told(browser, path)
    assert event.uid.value == moved.appointment.uid
    assert event.sequence.value == "1"
    assert event.dtstart.value == SOON + timedelta(days=1)
    assert event.last_modified.value == event.dtstamp.value == NOW + timedelta(minutes=5)


def test_a_colleagues_appointments_are_not_told(browser: FlaskClient, team: Team, path: str) -> None:
    with team.changing() as world:
        expect(world, SOON, agent=world.make_agent())
    assert told(browser, path) == []


def test_hours_are_those_of_the_place(browser: FlaskClient, team: Team, path: str) -> None:
    with team.changing() as world:
        far = world.make_place(name="Antenne", timezone="Indian/Reunion")
        expect(world, SOON, place_id=far.id)
    read = Calendar.from_ical(browser.get(path).text)
    assert sorted(str(one["TZID"]) for one in read.walk("VTIMEZONE")) == ["Europe/Paris", "Indian/Reunion"]
    (event,) = read.walk("VEVENT")
    assert event["DTSTART"].params["TZID"] == "Indian/Reunion"
    assert event["DTSTART"].dt == SOON


def test_a_third_reader_finds_the_same(browser: FlaskClient, team: Team, path: str) -> None:
    at(team)
    read = recurring_ical_events.of(Calendar.from_ical(browser.get(path).text))
    assert len(read.at(SOON.date())) == 1
    assert read.at(SOON.date() + timedelta(days=1)) == []


# Asked again


def test_what_has_not_changed_is_not_sent_again(browser: FlaskClient, team: Team, path: str) -> None:
    at(team)
    first = browser.get(path)
    again = browser.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    dated = browser.get(path, headers={"If-Modified-Since": first.headers["Last-Modified"]})
    assert (dated.status_code, dated.data) == (304, b"")
    assert first.headers["Cache-Control"] == "private, no-cache"


def cancel(team: Team) -> None:
    with team.changing() as world:
        for one in world.session.scalars(select(AppointmentAgent)):
            one.appointment.cancelled_at, one.is_live = NOW + timedelta(minutes=1), False


def move(team: Team) -> None:
    with team.changing() as world:
        for one in world.session.scalars(select(AppointmentAgent)):
            one.appointment.version, one.appointment.moved_at = 1, NOW + timedelta(minutes=1)


def leave(team: Team) -> None:
    with team.changing() as world:
        for one in world.session.scalars(select(Participation)):
            one.outcome, one.outcome_at = Outcome.EXCUSED, NOW + timedelta(minutes=1)


@pytest.mark.parametrize("change", [at, cancel, move, leave])
def test_every_change_is_told_by_etag_and_by_date(
    browser: FlaskClient, team: Team, path: str, clock: Clock, change: Callable[[Team], Any]
) -> None:
    at(team, SOON + timedelta(hours=3))
    first = browser.get(path)
    team.world.now = team.now = clock.pass_by(timedelta(minutes=1)) + timedelta(days=7)
    change(team)
    assert browser.get(path, headers={"If-None-Match": first.headers["ETag"]}).status_code == 200
    assert browser.get(path, headers={"If-Modified-Since": first.headers["Last-Modified"]}).status_code == 200


def test_what_no_date_tells_is_told_by_the_etag_at_once_and_by_the_date_the_next_day(
    browser: FlaskClient, team: Team, path: str, clock: Clock
) -> None:
    """The organisation is renamed, or wants no names any more: nothing of the appointment itself has changed."""
    at(team)
    first = browser.get(path)
    with team.changing() as world:
        world.session.merge(world.organisation).names_in_calendars = True
    assert browser.get(path, headers={"If-None-Match": first.headers["ETag"]}).status_code == 200
    clock.pass_by(timedelta(days=1))
    assert browser.get(path, headers={"If-Modified-Since": first.headers["Last-Modified"]}).status_code == 200


def test_head_says_the_same_without_the_calendar(browser: FlaskClient, team: Team, path: str) -> None:
    at(team)
    head, full = browser.head(path), browser.get(path)
    assert (head.status_code, head.data) == (200, b"")
    assert head.headers["ETag"] == full.headers["ETag"]


def test_looking_changes_nothing(browser: FlaskClient, team: Team, path: str) -> None:
    at(team)

    def rows() -> list[Any]:
        with team.database.reading() as session:
            return [
                session.scalar(select(func.count()).select_from(table))
                for table in (CalendarFeed, AuditEvent, Participation, AppointmentAgent)
            ]

    before = rows()
    texts = {browser.get(path).text for _ in range(3)}
    assert len(texts) == 1
    assert rows() == before


@pytest.mark.parametrize("wants_names", [False, True])
def test_the_number_of_queries_does_not_grow(flask_app: Flask, team: Team, path: str, wants_names: bool) -> None:
    with team.changing() as world:
        world.session.merge(world.organisation).names_in_calendars = wants_names
    browser = flask_app.test_client()
    at(team)
    one = queries_of(flask_app, lambda: browser.get(path))
    for number in range(1, 20):
        at(team, SOON + timedelta(hours=number))
    assert queries_of(flask_app, lambda: browser.get(path)) == one


# Not told


@pytest.mark.parametrize("code", ["abc", "11111111111", "x" * 500, "é", "..%2f..", "%00", "a b"])
def test_an_unknown_address_is_404(browser: FlaskClient, team: Team, path: str, code: str) -> None:
    assert browser.get(f"/calendriers/{code}.ics").status_code == 404


def test_an_address_taken_back_is_404_and_the_new_one_is_another(
    browser: FlaskClient, team: Team, path: str, codes: Codes
) -> None:
    with team.changing() as world:
        new = feeds.replace(
            world.session, agent_id=world.agent.id, organisation_id=world.organisation.id, codes=codes, now=NOW
        )
    assert browser.get(path).status_code == 404
    other = f"/calendriers/{codes.derive('feed', new.id)}.ics"
    assert other != path
    assert browser.get(other).status_code == 200


def test_a_closed_account_tells_nothing(browser: FlaskClient, team: Team, path: str) -> None:
    with team.changing() as world:
        world.session.merge(world.agent).closed_at = NOW
    assert browser.get(path).status_code == 404


def test_the_codes_of_people_open_no_feed_and_a_feeds_code_opens_no_page(
    browser: FlaskClient, team: Team, path: str, codes: Codes
) -> None:
    met = at(team)
    code = path.removeprefix("/calendriers/").removesuffix(".ics")
    assert browser.get(f"/calendriers/{codes.derive('participation', met.id)}.ics").status_code == 404
    assert browser.get(f"/r/{code}").status_code == 404
    assert browser.get(f"/i/{code}").status_code == 404


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_nothing_but_looking_is_possible(browser: FlaskClient, path: str, method: str) -> None:
    assert getattr(browser, method)(path).status_code in {400, 405}


def test_the_address_is_kept_from_search_engines_and_referrers_and_from_the_database(
    browser: FlaskClient, team: Team, path: str
) -> None:
    answer = browser.get(path)
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "noindex" in answer.headers["X-Robots-Tag"]
    code = path.removeprefix("/calendriers/").removesuffix(".ics")
    with team.database.reading() as session:
        (row,) = session.scalars(select(CalendarFeed))
        assert code not in str(vars(row))
        assert all(code not in str(one.details) for one in session.scalars(select(AuditEvent)))


def test_the_address_is_never_logged(
    browser: FlaskClient, team: Team, path: str, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    code = path.removeprefix("/calendriers/").removesuffix(".ics")
    with structlog.testing.capture_logs() as logged:
        browser.get(path)
        browser.get(path + "x")
    said = "".join(capfd.readouterr()) + caplog.text + str(logged)
    assert code not in said
