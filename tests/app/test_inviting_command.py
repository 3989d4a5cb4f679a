"""`rdv invite`: who would be invited is said and nothing is written; with `--send` it is the page's own inviting."""

from __future__ import annotations

import argparse
import io
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pytest
from flask import Flask
from rich.console import Console
from sqlalchemy import func, select

from app import inviting
from app.runtime import Runtime
from invitations import journal, undoing
from invitations.database import Database
from invitations.journal import Whence
from invitations.models import AuditEvent, Invitation, InvitationBatch, Message, Origin
from tests.app.trial_stage import running
from tests.conftest import NOW
from tests.factories import World

HERE = ("--organisation", "Maison des solidarités", "--category", "rsa_orientation")
NOWHERE: dict[str, None] = {"phone": None, "email": None}


@dataclass
class Team:
    runtime: Runtime
    world: World
    people: list[int]

    def types(self, *words: str) -> tuple[int, str]:
        """The exit status, and what is printed."""
        parser, printed = argparse.ArgumentParser(), io.StringIO()
        inviting.add_arguments(parser)
        with journal.come_from(Whence(Origin.COMMAND)):
            status = inviting.run(self.runtime, parser.parse_args([*HERE, *words]), Console(file=printed, width=400))
        return status, printed.getvalue()

    def counted(self, table: type[Invitation | Message | InvitationBatch]) -> int:
        with self.runtime.database.reading() as session:
            return session.execute(select(func.count()).select_from(table)).scalar_one()


@pytest.fixture
def team(database: Database, flask_app: Flask) -> Team:
    """Three people whom nobody has invited, of whom one has no address; slots every working day."""
    with database.writing() as session:
        world = World(session, NOW)
        world.organisation.name = "Maison des solidarités"
        people = [world.make_beneficiary(**changes) for changes in ({}, NOWHERE, {})]
        for minutes, person in enumerate(people):
            world.make_follow_up(person, status_since=NOW - timedelta(minutes=minutes))
    return Team(flask_app.extensions["rdv"], world, [one.id for one in people])


def test_without_send_it_says_who_and_how_and_writes_nothing(team: Team) -> None:
    status, said = team.types("--waiting")
    assert status == inviting.DONE
    assert "À inviter\N{NO-BREAK SPACE}: 3" in said
    assert "│ peuvent l’être " in said
    assert "aucun des moyens choisis ne les joint" in said
    assert "Partiraient\N{NO-BREAK SPACE}: SMS 2, courriel 2" in said
    assert "Bernard" not in said, "counts, nobody's name"
    assert (team.counted(Invitation), team.counted(Message)) == (0, 0)


def test_with_send_they_are_invited_in_somebodys_name_and_it_can_be_taken_back(team: Team) -> None:
    status, said = team.types("--waiting", "--send", "--by", team.world.agent.email.upper())
    assert (status, "Invitées\N{NO-BREAK SPACE}: 2." in said) == (inviting.DONE, True)
    with team.runtime.database.writing() as session:
        batch = session.scalars(select(InvitationBatch)).one()
        noted = session.scalars(select(AuditEvent).where(AuditEvent.action == "batch.sent")).one()
        assert (noted.origin, noted.agent_id, noted.details["invited"]) == (Origin.COMMAND, team.world.agent.id, 2)
        assert batch.agent_id == team.world.agent.id
        leaves = set(session.scalars(select(Message.due_at)))
        assert leaves == {NOW + undoing.UNDO}, "nothing leaves for ten minutes"
        assert undoing.tell(session, [batch])[0].may_be_taken_back(NOW)
    status, said = team.types("--waiting", "--send", "--by", team.world.agent.email)
    assert status == inviting.REFUSED, "nobody is left whom one could invite"
    assert team.counted(Invitation) == 2


def test_nobody_is_invited_to_an_empty_agenda(team: Team) -> None:
    with team.runtime.database.writing() as session:
        session.merge(team.world.opening).starts_on = date(2030, 1, 7)
    status, said = team.types("--waiting", "--send", "--by", team.world.agent.email)
    assert status == inviting.REFUSED
    assert "aucun créneau libre" in said
    assert "Créneaux libres pour ces personnes\N{NO-BREAK SPACE}: 0." in said
    assert team.counted(Invitation) == 0


def test_people_are_said_by_their_numbers_typed_or_in_a_file(team: Team, tmp_path: Path) -> None:
    one, _, other = team.people
    assert "À inviter\N{NO-BREAK SPACE}: 2" in team.types("--person", str(one), "--person", "999999")[1]
    listed = tmp_path / "people.txt"
    listed.write_text(f"\ufeff{one}\r\n{other}\n{one}\n", "utf-8")  # as Windows writes it
    words = ("--list", str(listed), "--channel", "sms", "--send", "--by", team.world.agent.email)
    status, said = team.types(*words)
    assert (status, "Invitées\N{NO-BREAK SPACE}: 2." in said) == (inviting.DONE, True)
    assert "Partiraient\N{NO-BREAK SPACE}: SMS 2 (" in said
    assert team.counted(Message) == 2


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--waiting", "--send"), "Au nom de qui"),
        (("--waiting", "--send", "--by", "elsewhere@drome.example"), "Personne dans cette structure"),
        (("--waiting", "--category", "nothing"), "Aucune structure"),
        (("--list", "/nowhere"), "ne peut pas être lu"),
        (("--person", "999999"), "sans suivi dans cette catégorie"),
    ],
)
def test_what_is_missing_is_said_in_a_sentence(team: Team, words: tuple[str, ...], why: str) -> None:
    status, said = team.types(*words)
    assert (status, why in said) == (inviting.REFUSED, True), said
    assert team.counted(Invitation) == 0


def test_a_line_that_is_no_number_and_a_trial_that_draws_lots_are_refused(team: Team, tmp_path: Path) -> None:
    listed = tmp_path / "people.txt"
    listed.write_text(f"{team.people[0]}\nRoux Inès\n")
    status, said = team.types("--list", str(listed))
    assert (status, "l’entrée 2 n’en est pas un" in said, "Roux" in said) == (inviting.REFUSED, True, False)
    with team.runtime.database.writing() as session:
        team.world.session = session
        running(team.world)
    assert "tire au sort" in team.types("--waiting")[1]
