"""A département moves in with the field's own files, and out with the same: everything is there again, nobody hears of it."""

from __future__ import annotations

import csv
import random
import shutil
import uuid
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import jobs
from app.moving_house import MEETINGS_FILE, PEOPLE_FILE, write
from app.moving_house_words import MEETINGS, PEOPLE, WORDING
from invitations import follow_ups
from invitations.codes import Codes
from invitations.database import Database
from invitations.models import (
    Appointment,
    AppointmentAgent,
    Author,
    Beneficiary,
    EndReason,
    FollowUp,
    FollowUpStatus,
    Invitation,
    JobCentreNotice,
    Link,
    Membership,
    Message,
    MessageKind,
    Mode,
    Organisation,
    Outcome,
    Participation,
    Referent,
    RsaRole,
    Tag,
    Tagging,
    Title,
    WebhookEndpoint,
    WebhookEvent,
)
from invitations.moving_house import leaving, moving_in
from invitations.moving_house.columns import Column, Trouble
from invitations.moving_house.meetings import hour_of
from invitations.moving_house.setting import setting_of
from invitations.moving_house.tally import Tally
from tests.conftest import NOW, SECRET, Clock
from tests.factories import World

DAY = timedelta(days=1)
PEOPLE_THERE = 24


@pytest.fixture
def elsewhere(request: pytest.FixtureRequest, database_url: str, tmp_path: Path) -> Iterator[Database]:
    """Another installation, on the same engine."""
    if database_url.startswith("sqlite"):
        template = request.getfixturevalue("sqlite_template")
        made = Database(f"sqlite:///{shutil.copy(template, tmp_path / 'elsewhere.db')}")
        yield made
        made.engine.dispose()
        return
    empty = request.getfixturevalue("empty_databases")
    name = empty.take()
    made = Database(f"{empty.server}/{name}")
    yield made
    made.engine.dispose()
    empty.give_back(name)


class Town(World):
    """The same in every installation: two teams, a second category, a workshop, two agents."""

    def __init__(self, session: Session, now: datetime = NOW) -> None:
        super().__init__(session, now)
        self.organisation.name = "CMS, Valence"
        self.second = self.make_organisation(name="Mission locale")
        self.support = self.make_category(code="rsa_accompagnement", name="RSA accompagnement")
        self.make_settings(organisation_id=self.second.id, category_id=self.support.id)
        self.desk = self.make_place(organisation_id=self.second.id, name="Guichet")
        self.colleague = self.make_agent(organisation=self.second, email="yann@drome.example")
        self.talk = self.make_type(
            organisation_id=self.second.id, category_id=self.support.id, name="Premier entretien"
        )
        self.workshop = self.make_type(name="Atelier budget", is_collective=True, seats=12)
        self.session.flush()


def make_lived_in(database: Database, seed: int) -> None:
    """Some people with all that may have happened to them."""
    with database.writing() as session:
        town, dice = Town(session), random.Random(seed)
        tags = [
            town.add(Tag(organisation_id=one.id, label=label, created_at=NOW))
            for one in (town.organisation, town.second)
            for label in ("Permis B", "Garde d'enfant")
        ]
        meetings = Meetings(town, dice)
        for number in range(PEOPLE_THERE):
            person = somebody(town, dice, number)
            for tag in dice.sample(tags, dice.randint(0, 2)):
                town.add(Tagging(beneficiary_id=person.id, tag_id=tag.id, created_at=NOW))
            if dice.random() < 0.3:
                town.add(Referent(beneficiary_id=person.id, agent_id=town.colleague.id, created_at=NOW))
            for category in dice.sample([town.category, town.support], dice.randint(0, 2)):
                follow_up = town.make_follow_up(
                    person,
                    category_id=category.id,
                    closed_at=NOW - DAY if dice.random() < 0.1 else None,
                    reminders_suspended_at=NOW - DAY if dice.random() < 0.1 else None,
                )
                follow_up.created_at = NOW - 90 * DAY
                invited(town, dice, follow_up)
                meetings.make(follow_up)
        those = session.scalars(select(FollowUp).order_by(FollowUp.id)).all()
        follow_ups.refresh_all(session, those, now=NOW)


def somebody(town: Town, dice: random.Random, number: int) -> Beneficiary:
    """Names and addresses that columns might change: capitals, signs of formulas, namesakes, couples."""
    first = dice.choice(["Inès", "JEAN-MARC", "=1+1", "Anne", "leïla", "D'Arc"])
    last = dice.choice(["Bernard", "DE LA TOUR", "N'Guyen", "+Roche", "Martin"]) + str(number // 2)
    person = town.make_beneficiary(
        first_name=first,
        last_name=last,
        title=dice.choice([None, *Title]),
        birth_name=dice.choice([None, "Petit"]),
        birth_on=dice.choice([None, date(1930, 2, 28), date(1988, 12, 1)]),
        phone=dice.choice([None, "+33639980001", "+33475000001", "+590690001234"]),
        address=dice.choice([None, "12 rue du Lac, bâtiment B", 'Lieu-dit ; l\'Orme "haut"']),
        postcode=dice.choice([None, "26000"]),
        city=dice.choice([None, "Valence"]),
        commune_insee=dice.choice([None, "26362"]),
        affiliation_number=dice.choice([None, f"{1_000_000 + number // 2}"]),
        role=dice.choice([None, *RsaRole]),
        department_internal_id=dice.choice([None, f"AB{number}"]),
        rights_opened_on=dice.choice([None, date(2026, 9, 1)]),
        language=dice.choice(["fr", "ar"]),
        logistic_note=dice.choice(["", "Vient à vélo"]),
        needs=dice.choice([[], ["step_free"]]),
        sms_refused_at=dice.choice([None, NOW - DAY]),
        email_corrected_at=dice.choice([None, NOW - 2 * DAY]),
    )
    person.created_at = NOW - 100 * DAY
    if dice.random() < 0.4:
        values = {"archived_at": NOW - DAY, "archive_reason": "A déménagé"} if dice.random() < 0.5 else {}
        town.add(
            Membership(beneficiary_id=person.id, organisation_id=town.second.id, created_at=NOW - 50 * DAY, **values)
        )
    return person


def invited(town: Town, dice: random.Random, follow_up: FollowUp) -> None:
    for _ in range(dice.randint(0, 3)):
        at = NOW - dice.randint(1, 80) * DAY + timedelta(seconds=dice.randint(0, 80_000))
        reason = dice.choice([None, None, EndReason.BOOKED, EndReason.REPLACED])
        town.add(
            Invitation(
                uid=str(uuid.uuid4()),
                follow_up_id=follow_up.id,
                organisation_id=town.organisation.id,
                mode=dice.choice([Mode.INVITATION, Mode.PROPOSITION, Mode.CONVOCATION]),
                created_at=at,
                expires_at=dice.choice([None, at + 10 * DAY]),
                ended_at=at + timedelta(hours=3) if reason else None,
                end_reason=reason,
                answered_at=at + timedelta(hours=3) if reason is EndReason.BOOKED else None,
            )
        )


class Meetings:
    """Appointments that never meet in one agent's time; a workshop that many come to."""

    def __init__(self, town: Town, dice: random.Random) -> None:
        self.town, self.dice = town, dice
        self.hours = iter(dice.sample(range(-1_500, 400), 800))
        self.workshops = [
            town.make_session(NOW + days * DAY + timedelta(minutes=15), town.workshop, agents=[], seats=60)
            for days in (-30, 12)
        ]

    def make(self, follow_up: FollowUp) -> None:
        town, dice = self.town, self.dice
        is_orientation = follow_up.category_id == town.category.id
        type_ = town.type if is_orientation else town.talk
        agent, place = (town.agent, town.place) if is_orientation else (town.colleague, town.desk)
        for _ in range(dice.randint(0, 3)):
            starts_at = NOW + next(self.hours) * timedelta(hours=1)
            past = starts_at <= NOW
            outcome = dice.choice(list(Outcome) if past else [Outcome.UNKNOWN, Outcome.EXCUSED, Outcome.REVOKED])
            gone = outcome in {Outcome.EXCUSED, Outcome.REVOKED}
            made = town.add(
                Appointment(
                    uid=str(uuid.uuid4()),
                    organisation_id=type_.organisation_id,
                    type_id=type_.id,
                    place_id=place.id,
                    starts_at=starts_at,
                    ends_at=starts_at + timedelta(minutes=50),
                    cancelled_at=min(starts_at, NOW) - timedelta(hours=2) if gone else None,
                    created_by=dice.choice(list(Author)),
                    created_at=NOW - 70 * DAY,
                )
            )
            self._hold(made, agent.id, is_live=not gone)
            self._come(made, follow_up, outcome)
        if is_orientation and dice.random() < 0.4:
            workshop = dice.choice(self.workshops)
            self._come(workshop, follow_up, Outcome.SEEN if workshop.starts_at < NOW else Outcome.UNKNOWN)
            workshop.seats_taken += 1

    def _hold(self, made: Appointment, agent_id: int, *, is_live: bool) -> None:
        times = {"starts_at": made.starts_at, "ends_at": made.ends_at, "busy_until": made.ends_at}
        self.town.add(AppointmentAgent(appointment_id=made.id, agent_id=agent_id, is_live=is_live, **times))

    def _come(self, made: Appointment, follow_up: FollowUp, outcome: Outcome) -> None:
        self.town.add(
            Participation(
                uid=str(uuid.uuid4()),
                appointment_id=made.id,
                beneficiary_id=follow_up.beneficiary_id,
                follow_up_id=follow_up.id,
                outcome=outcome,
                outcome_at=None if outcome is Outcome.UNKNOWN else NOW - timedelta(minutes=7),
                created_by=self.dice.choice(list(Author)),
                created_at=NOW - self.dice.randint(60, 70) * DAY,
            )
        )


PERSON = [
    one.key for one in Beneficiary.__mapper__.column_attrs if one.key not in {"id", "department_id", "updated_at"}
]


def seen_in(session: Session) -> dict[str, Any]:
    """Everything that must be the same, by names and identifiers."""
    found: dict[str, Any] = {}
    for one in session.scalars(select(Beneficiary).order_by(Beneficiary.uid)):
        found[one.uid] = {
            **{
                name: getattr(one, name) for name in PERSON if name not in {"search_key", "first_name_key", "email_key"}
            },
            "belongs": sorted(
                (row.organisation.name, str(row.created_at), str(row.archived_at), row.archive_reason or "")
                for row in one.memberships
            ),
            "tags": sorted((tag.organisation_id, tag.label) for tag in one.tags),
            "referents": sorted(agent.email for agent in one.referents),
        }
    for follow_up in session.scalars(select(FollowUp).order_by(FollowUp.uid)):
        found[follow_up.uid] = follow_up_seen(follow_up)
    for meeting in session.scalars(select(Appointment).order_by(Appointment.uid)):
        if meeting.participations:
            found[meeting.uid] = meeting_seen(meeting)
    return found


def follow_up_seen(one: FollowUp) -> Any:
    """Its links led to the installation that was left: what waited for an answer there waits no more."""
    status = one.status
    if status is FollowUpStatus.INVITATION_PENDING:
        status = FollowUpStatus.INVITATION_EXPIRED
    history = sorted(
        (str(row.created_at), row.mode, str(row.expires_at), str(row.answered_at)) for row in one.invitations
    )
    return (
        one.beneficiary.uid,
        one.category.code,
        status,
        one.created_at,
        one.closed_at,
        one.reminders_suspended_at,
        history,
    )


def meeting_seen(one: Appointment) -> Any:
    names = ("starts_at", "ends_at", "seats", "seats_taken", "title", "cancelled_at", "created_by", "created_at")
    people = sorted(
        (row.uid, row.beneficiary.uid, row.outcome, str(row.outcome_at), row.created_by, str(row.created_at))
        for row in one.participations
    )
    return (
        *(getattr(one, name) for name in names),
        one.organisation.name,
        one.type.name,
        one.place.name if one.place else None,
        sorted((row.agent.email, row.is_live, str(row.starts_at), str(row.busy_until)) for row in one.times),
        people,
    )


def move_out(database: Database, folder: Path) -> moving_in.Move:
    folder.mkdir(exist_ok=True)
    with database.reading() as session:
        setting, ours = leaving.setting_of(
            session, WORDING, organisation=None, department="26", codes=Codes(SECRET), now=NOW
        )
        write(folder / PEOPLE_FILE, PEOPLE, leaving.people(session, setting, ours))
        write(folder / MEETINGS_FILE, MEETINGS, leaving.meetings(session, setting, ours))
    return moving_in.Move(folder / PEOPLE_FILE, folder / MEETINGS_FILE)


def move_in(
    database: Database, move: moving_in.Move, *, is_saved: bool = True, **changes: Any
) -> tuple[Tally, list[tuple[bool, int, Trouble]]]:
    options = {"category": None, "agent": None} | changes
    with_reminders = options.pop("with_reminders", True)
    with database.reading() as session:
        setting = setting_of(session, WORDING, organisation="CMS, Valence", codes=Codes(SECRET), now=NOW, **options)
    setting.with_reminders = with_reminders
    act = moving_in.take_in if is_saved else moving_in.preview
    total, troubles = Tally(), []
    for done in act(database, move, setting):
        total += done.tally
        troubles += [(done.of_people, number, why) for number, why in done.troubles]
    return total, troubles


def count(database: Database, table: Any) -> int:
    with database.reading() as session:
        return session.execute(select(func.count()).select_from(table)).scalar_one()


@pytest.mark.parametrize("seed", [1])
def test_what_goes_out_of_one_installation_is_the_same_in_another(
    database: Database, elsewhere: Database, tmp_path: Path, seed: int
) -> None:
    make_lived_in(database, seed)
    with elsewhere.writing() as session:
        Town(session)
    moved = move_out(database, tmp_path / "files")
    total, troubles = move_in(elsewhere, moved)
    assert troubles == []
    assert (total.people, total.left_out) == (PEOPLE_THERE, 0)
    with database.reading() as before, elsewhere.reading() as after:
        assert seen_in(after) == seen_in(before)
    assert count(elsewhere, Message) == 0


def test_the_same_files_again_add_nothing(database: Database, elsewhere: Database, tmp_path: Path) -> None:
    make_lived_in(database, 3)
    with elsewhere.writing() as session:
        Town(session)
    moved = move_out(database, tmp_path / "files")
    first, _ = move_in(elsewhere, moved)
    again, troubles = move_in(elsewhere, moved)
    assert troubles == []
    assert (again.people, again.follow_ups, again.invitations, again.appointments, again.participations) == (0,) * 5
    assert (again.people_known, again.participations_known) == (first.people, first.participations)


# The field's own files: its columns alone.
FIELD_PEOPLE = [name for column, name in PEOPLE.items() if column is not Column.DETAILS]
FIELD_MEETINGS = [name for column, name in MEETINGS.items()][:29]
OURS = {Column.MINUTES, Column.PLACE, Column.AGENTS}

ROSE = {
    Column.TITLE: "madame",
    Column.LAST_NAME: "Rose",
    Column.FIRST_NAME: "Lina",
    Column.AFFILIATION_NUMBER: "0123456",
    Column.ROLE: "demandeur",
    Column.EMAIL: "lina.rose@example.fr",
    Column.PHONE: "+33639980077",
    Column.BIRTH_ON: "12/03/1990",
    Column.CREATED_ON: "02/03/2026",
    Column.RIGHTS_OPENED_ON: "01/02/2026",
    Column.FIRST_INVITED_ON: "05/03/2026",
    Column.LAST_INVITED_ON: "20/11/2026",
    Column.LAST_CONVENED_ON: "10/04/2026",
    Column.REFERENTS: "yann@drome.example, partie@drome.example",
    Column.ORGANISATIONS_COUNT: "2",
    Column.ORGANISATIONS: "Mission locale, CMS, Valence",
    Column.TAGS: "Permis B, Sans domicile",
}
MET = {
    Column.ON: "10/03/2026",
    Column.AT: " 9h30",
    Column.TYPE: "Entretien d’orientation",
    Column.NATURE: "individuel",
    Column.BY_PERSON: "oui",
    Column.MADE_ON: "06/03/2026",
    Column.OUTCOME: "Rendez-vous honoré",
    Column.ORGANISATION: "CMS, Valence",
}


# Somebody of whom the file tells nothing that could be missing here.
QUIET = ROSE | dict.fromkeys(
    (Column.REFERENTS, Column.FIRST_INVITED_ON, Column.LAST_INVITED_ON, Column.LAST_CONVENED_ON), ""
)


def field_file(path: Path, names: dict[Column, str], *rows: dict[Column, str], ours: bool = False) -> Path:
    """As the field's software writes it, with the mark of UTF-8; `ours`: columns added by hand."""
    wanted = {one: name for one, name in names.items() if one is not Column.DETAILS and (ours or one not in OURS)}
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(wanted.values())
        writer.writerows([row.get(one, "") for one in wanted] for row in rows)
    return path


def field_move(folder: Path, people: list[dict[Column, str]], meetings: list[dict[Column, str]], **more: Any) -> Any:
    return moving_in.Move(
        field_file(folder / "people.csv", PEOPLE, *people),
        field_file(folder / "meetings.csv", MEETINGS, *meetings, **more),
    )


@pytest.fixture
def town(database: Database) -> Town:
    with database.writing() as session:
        return Town(session)


def test_the_columns_are_as_many_as_the_field_s() -> None:
    assert (len(FIELD_PEOPLE), len(FIELD_MEETINGS)) == (38, 29)


def test_an_hour_is_read_as_files_and_spreadsheets_write_it() -> None:
    for text in ("9h30", "9 h 30", "09:30", "09:30:00", "0.3958333333", "0,395833"):
        assert hour_of(text) == time(9, 30), text
    assert (hour_of("14h"), hour_of("matin"), hour_of("25h"), hour_of("9h75")) == (time(14), None, None, None)


def test_a_person_comes_with_their_past_and_nothing_is_open_any_more(
    database: Database, town: Town, tmp_path: Path
) -> None:
    move = field_move(tmp_path, [ROSE], [ROSE | MET])
    total, troubles = move_in(database, move, category="rsa_orientation")
    assert troubles == [(True, 2, Trouble.AGENT_UNKNOWN)]
    assert (total.people, total.follow_ups, total.invitations, total.appointments) == (1, 1, 3, 1)
    with database.reading() as session:
        person = session.scalars(select(Beneficiary)).one()
        assert (person.full_name, person.phone, person.role) == ("Lina Rose", "+33639980077", RsaRole.APPLICANT)
        assert {one.organisation.name for one in person.memberships} == {"CMS, Valence", "Mission locale"}
        assert [one.label for one in person.tags] == ["Permis B", "Sans domicile"]
        assert [one.email for one in person.referents] == ["yann@drome.example"]
        follow_up = session.scalars(select(FollowUp)).one()
        assert follow_up.status is FollowUpStatus.INVITATION_EXPIRED  # invited again since they were seen
        assert [one.mode for one in follow_up.invitations] == [Mode.INVITATION, Mode.CONVOCATION, Mode.INVITATION]
        assert not any(one.is_open(NOW) for one in follow_up.invitations)
        (came,) = follow_up.participations
        assert (came.outcome, came.created_by) == (Outcome.SEEN, Author.BENEFICIARY)
        assert came.appointment.starts_at == datetime.fromisoformat("2026-03-10T08:30:00+00:00")
        assert came.appointment.ends_at - came.appointment.starts_at == timedelta(minutes=45)


def test_the_field_s_files_again_add_nothing(database: Database, town: Town, tmp_path: Path) -> None:
    later = {Column.ON: "18/12/2026", Column.OUTCOME: "Non déterminé"}
    move = field_move(tmp_path, [ROSE], [ROSE | MET, ROSE | MET | later])
    options = {"category": "rsa_orientation", "agent": town.agent.email}
    first, _ = move_in(database, move, **options)
    again, _ = move_in(database, move, **options)
    assert (first.people, first.participations, first.left_out) == (1, 2, 0)
    assert (again.people_known, again.participations_known) == (1, 2)
    assert (again.people, again.invitations, again.appointments, again.participations) == (0, 0, 0, 0)


def test_somebody_archived_stays_archived_and_is_found_again(database: Database, town: Town, tmp_path: Path) -> None:
    archived = ROSE | {Column.ARCHIVED_ON: "01/06/2026", Column.ARCHIVE_REASON: "A déménagé", Column.ORGANISATIONS: ""}
    for expected in (1, 0):
        total, _ = move_in(database, field_move(tmp_path, [archived], []))
        assert total.people == expected
    with database.reading() as session:
        (belonging,) = session.scalars(select(Membership)).all()
        assert (belonging.archived_at is not None, belonging.archive_reason) == (True, "A déménagé")


def test_what_is_here_already_is_not_touched(database: Database, town: Town, tmp_path: Path) -> None:
    with database.writing() as session:
        town.session = session
        known = town.make_beneficiary(first_name="Lina", last_name="Rose", phone="+33639980077", birth_on=None)
    total, _ = move_in(database, field_move(tmp_path, [ROSE | {Column.EMAIL: "autre@example.fr"}], []))
    assert (total.people, total.people_known) == (0, 1)
    with database.reading() as session:
        found = session.get_one(Beneficiary, known.id)
        assert (found.email, found.birth_on) == (known.email, None)
        assert len(found.memberships) == 2


UNFIT = [
    ({Column.LAST_NAME: "Inconnue", Column.PHONE: "", Column.EMAIL: ""}, Trouble.PERSON_UNKNOWN),
    ({Column.LAST_NAME: ""}, Trouble.NO_NAME),
    ({Column.TYPE: "Bilan"}, Trouble.TYPE_UNKNOWN),
    ({Column.ORGANISATION: "Une autre"}, Trouble.ORGANISATION_UNKNOWN),
    ({Column.ON: "bientôt"}, Trouble.DATE_UNREADABLE),
    ({Column.AT: "25h00"}, Trouble.DATE_UNREADABLE),
    ({Column.OUTCOME: "Perdu"}, Trouble.OUTCOME_UNKNOWN),
    ({Column.ON: "18/12/2026"}, Trouble.OUTCOME_TOO_EARLY),
    ({Column.ON: "18/12/2026", Column.OUTCOME: "Non déterminé"}, Trouble.NO_AGENT),
]


def test_a_line_that_does_not_fit_says_why_and_the_others_come_in(
    database: Database, town: Town, tmp_path: Path
) -> None:
    meetings = [*(QUIET | MET | changes for changes, _ in UNFIT), QUIET | MET]
    total, troubles = move_in(database, field_move(tmp_path, [QUIET], meetings))
    expected = {number: why for number, (_, why) in enumerate(UNFIT, 2)}
    assert {number: why for _, number, why in troubles} == expected
    assert len(troubles) == len(UNFIT)
    assert (total.participations, total.left_out) == (1, len(UNFIT))


def test_the_same_agent_is_never_taken_twice(database: Database, town: Town, tmp_path: Path) -> None:
    paul = QUIET | {Column.FIRST_NAME: "Paul", Column.ROLE: "conjoint"}
    to_come = MET | {Column.ON: "18/12/2026", Column.OUTCOME: "Non déterminé"} | {Column.AGENTS: town.agent.email}
    past = MET | {Column.AGENTS: town.agent.email, Column.MINUTES: "30"}
    meetings = [one | when for when in (to_come, past) for one in (QUIET, paul)]
    total, troubles = move_in(database, field_move(tmp_path, [QUIET, paul], meetings, ours=True))
    assert troubles == [(False, 3, Trouble.AGENT_TAKEN)]
    assert total.participations == 3
    with database.reading() as session:
        live = session.scalars(select(AppointmentAgent.is_live).order_by(AppointmentAgent.starts_at)).all()
        assert sorted(live) == [False, True, True]


def test_people_of_one_workshop_share_it(database: Database, town: Town, tmp_path: Path) -> None:
    paul = QUIET | {Column.FIRST_NAME: "Paul", Column.ROLE: "conjoint"}
    workshop = MET | {Column.TYPE: "Atelier budget", Column.NATURE: "collectif"}
    total, troubles = move_in(database, field_move(tmp_path, [QUIET, paul], [QUIET | workshop, paul | workshop]))
    assert (total.appointments, total.participations, troubles) == (1, 2, [])
    with database.reading() as session:
        assert session.scalars(select(Appointment)).one().seats_taken == 2


def test_a_preview_says_the_same_and_leaves_nothing(database: Database, town: Town, tmp_path: Path) -> None:
    move = field_move(tmp_path, [ROSE], [ROSE | MET])
    seen, told = move_in(database, move, is_saved=False, category="rsa_orientation")
    assert [count(database, one) for one in (Beneficiary, FollowUp, Appointment, Tag)] == [0] * 4
    assert (seen, told) == move_in(database, move, category="rsa_orientation")


def test_a_move_that_breaks_off_is_begun_anew(
    database: Database, town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moving_in, "PART", 1)
    paul = ROSE | {Column.FIRST_NAME: "Paul", Column.ROLE: "conjoint"}
    move = field_move(tmp_path, [ROSE, paul], [ROSE | MET, paul | MET])
    with database.reading() as session:
        setting = setting_of(session, WORDING, organisation="CMS, Valence", codes=Codes(SECRET), now=NOW)
    next(moving_in.take_in(database, move, setting))  # and nobody goes on
    assert count(database, Beneficiary) == 1
    total, _ = move_in(database, move)
    assert (total.people, total.people_known, total.participations) == (1, 1, 2)


def test_reminders_of_what_is_to_come_are_suspended_when_asked(database: Database, town: Town, tmp_path: Path) -> None:
    later = {Column.ON: "18/12/2026", Column.OUTCOME: "Non déterminé"}
    move = field_move(tmp_path, [ROSE], [ROSE | MET | later])
    move_in(database, move, agent=town.agent.email, with_reminders=False)
    with database.reading() as session:
        assert session.scalars(select(FollowUp.reminders_suspended_at)).one() == NOW
        assert session.scalars(select(Link)).one().participation_id is not None


def test_no_other_software_is_told(database: Database, town: Town, tmp_path: Path) -> None:
    with database.writing() as session:
        town.session = session
        session.get_one(Organisation, town.organisation.id).job_centre_since = NOW
        town.add(
            WebhookEndpoint(
                organisation_id=town.organisation.id,
                address="https://logiciel.example/",
                secret_sealed="",
                created_by_agent_id=town.agent.id,
                created_at=NOW,
            )
        )
        town.make_beneficiary()  # of whom they are told
    move_in(database, field_move(tmp_path, [ROSE], [ROSE | MET]), category="rsa_orientation")
    assert (count(database, WebhookEvent), count(database, JobCentreNotice)) == (1, 0)


# The jobs that write to people by themselves.
ADDRESSING = {
    *("expire", "fall_back", "fall_back_trials", "invite_waves", "offer_freed"),
    *("remind_appointments", "remind_invitations"),
}


def test_nobody_hears_of_it_but_of_what_is_to_come(
    database: Database, town: Town, tmp_path: Path, flask_app: Flask, clock: Clock
) -> None:
    """All that nine days bring; of two people, one has an appointment to come: a reminder of it, and no more."""
    paul = QUIET | {Column.FIRST_NAME: "Paul", Column.PHONE: "+33639980078", Column.EMAIL: ""}
    later = {Column.ON: "02/12/2026", Column.OUTCOME: "Non déterminé"}
    excused = {Column.ON: "01/12/2026", Column.OUTCOME: "Annulé (excusé)"}
    move = field_move(
        tmp_path,
        [ROSE, paul],
        [ROSE | MET, ROSE | MET | excused, ROSE | MET | {Column.OUTCOME: "Non déterminé"}, paul | MET | later],
    )
    move_in(database, move, category="rsa_orientation", agent=town.agent.email)
    assert count(database, Message) == 0
    for _ in range(9):
        for job in jobs.TIMETABLE:
            if job.name in ADDRESSING:
                assert jobs.run_job(flask_app.extensions["rdv"], job)
        clock.pass_by(DAY)
    with database.reading() as session:
        told = session.scalars(select(Message).where(Message.beneficiary_id.is_not(None))).all()
        assert {one.kind for one in told} == {MessageKind.APPOINTMENT_REMINDER}
        assert {one.beneficiary.first_name for one in told if one.beneficiary} == {"Paul"}


def test_no_cell_runs_as_a_formula(database: Database, town: Town, tmp_path: Path) -> None:
    with database.writing() as session:
        town.session = session
        town.make_beneficiary(last_name='=HYPERLINK("x")', first_name="@SUM(1)")
    move = move_out(database, tmp_path)
    with move.people.open(encoding="utf-8-sig", newline="") as file:
        (_, cells) = csv.reader(file, delimiter=";")
    assert {'\'=HYPERLINK("x")', "'@SUM(1)"} <= set(cells)
    assert not any(cell[:1] in set("=+-@") for cell in cells)


TAMPERED = [
    "{",
    "[]",
    '{"person":"x","memberships":[["CMS, Valence"]]}',
    '{"person":"x","exact":{"id":"7"}}',
    '{"person":"x","exact":{"title":"roi"}}',
    '{"person":"x","follow_ups":[["rsa_orientation","u","demain",null,null]]}',
    '{"person":"x","created_at":"0001-01-01T00:00:00+14:00"}',
    '{"person":"x","exact":{"email":"a@example.org\\nBcc: b@example.org"}}',
]


def test_a_column_of_ours_that_was_tampered_with_is_refused(database: Database, town: Town, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    write(path, PEOPLE, iter([QUIET | {Column.DETAILS: text} for text in TAMPERED]))
    total, troubles = move_in(database, moving_in.Move(path))
    assert (total.people, total.left_out) == (0, len(TAMPERED))
    assert troubles == [(True, number, Trouble.DETAILS_UNREADABLE) for number in range(2, 2 + len(TAMPERED))]


def test_identifiers_of_another_departement_are_not_taken(database: Database, town: Town, tmp_path: Path) -> None:
    with database.writing() as session:
        town.session = session
        other = town.make_department(number="07", name="Ardèche", full_name="Département de l'Ardèche")
        theirs = town.make_beneficiary(department_id=other.id)
    path = tmp_path / "people.csv"
    details = f'{{"person":"{theirs.uid}"}}'
    write(path, PEOPLE, iter([QUIET | {Column.DETAILS: details}]))
    total, troubles = move_in(database, moving_in.Move(path))
    assert (total.people, troubles) == (0, [(True, 2, Trouble.ELSEWHERE)])
