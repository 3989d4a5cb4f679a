"""Who writes and whom to call: as the category says, else the organisation, in emails, on letters and on people's pages."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from invitations import help_line, inviting, letters_facts
from invitations.codes import Codes
from invitations.help_line import HelpLine
from invitations.models import CategorySettings, Channel, Message, Organisation
from tests.app.town import Town, words_of
from tests.factories import World

OURS = {"phone": "+33475000000", "hours": "le matin", "phone_owner": "Secrétariat de la MDS"}


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ({}, HelpLine("+33475000000", "le matin", "Secrétariat de la MDS")),
        ({"help_hours": "le soir"}, HelpLine("+33475000000", "le soir", "Secrétariat de la MDS")),
        ({"help_owner": "Mme Roche"}, HelpLine("+33475000000", "le matin", "Mme Roche")),
        # another number has another owner: nobody is named rather than the wrong one
        ({"help_phone": "+33475000001"}, HelpLine("+33475000001", "le matin", "")),
        (
            {"help_phone": "+33475000001", "help_hours": "le soir", "help_owner": "Mme Roche"},
            HelpLine("+33475000001", "le soir", "Mme Roche"),
        ),
    ],
)
def test_what_the_category_does_not_say_is_the_organisations(said: dict[str, str], line: HelpLine) -> None:
    assert help_line.of_settings(Organisation(**OURS), CategorySettings(**said)) == line


def test_without_settings_nor_number_there_is_nobody_to_call() -> None:
    assert help_line.of_settings(Organisation(phone=None, hours=""), None) == HelpLine("", "", "")


def email_of(world: World, codes: Codes, **person: object) -> Message:
    made = inviting.invite(
        world.session,
        world.make_follow_up(world.make_beneficiary(**person)),
        organisation_id=world.organisation.id,
        channels=[Channel.EMAIL],
        agent_id=world.agent.id,
        codes=codes,
        now=world.now,
    )
    return world.session.scalars(select(Message).where(Message.invitation_id == made.id)).one()


def test_an_email_says_who_answers_when_and_is_signed(world: World, codes: Codes) -> None:
    world.organisation.phone_owner = "secrétariat de la MDS"
    world.organisation.signature = "L’équipe insertion de Valence"
    world.settings.help_hours = "mardi 9 h–12 h"
    world.session.flush()
    body = email_of(world, codes).body
    assert "04 75 00 00 00 (secrétariat de la MDS, mardi 9 h–12 h)" in body
    assert body.rstrip().endswith("--\nL’équipe insertion de Valence\nDépartement de la Drôme")
    assert world.organisation.name not in body


def test_in_another_language_the_signature_stays_as_it_was_written(world: World, codes: Codes) -> None:
    world.organisation.signature = "L’équipe insertion de Valence"
    world.session.flush()
    assert email_of(world, codes, language="ar").body.count("L’équipe insertion de Valence") == 2


def test_without_a_signature_the_organisation_signs(world: World, codes: Codes) -> None:
    assert f"--\n{world.organisation.name}\n" in email_of(world, codes).body


def test_a_letter_says_at_its_top_who_writes_and_who_answers(world: World, codes: Codes) -> None:
    world.organisation.phone_owner = "Secrétariat de la MDS"
    world.organisation.signature = "L’équipe insertion de Valence"
    world.session.flush()
    assert letters_facts.sender_lines(email_of(world, codes)) == [
        "L’équipe insertion de Valence",
        "Secrétariat de la MDS",
        "04 75 00 00 00",
        "lundi–vendredi 9 h–17 h",
    ]


def test_a_page_says_it_beside_the_number(town: Town, phone: FlaskClient) -> None:
    link = town.invite()
    with town.changing() as world:
        settings = world.session.get_one(CategorySettings, world.settings.id)
        settings.help_phone, settings.help_hours, settings.help_owner = "+33475000001", "mardi 9 h–12 h", "Mme Roche"
    said = "Besoin d’aide ? 04 75 00 00 01, Mme Roche, mardi 9 h–12 h"
    for path in (link, f"{link}/rappel", f"{link}/besoins"):
        assert said in words_of(phone.get(path).text).replace("\N{NO-BREAK SPACE}", " ")


def test_a_page_that_knows_no_person_says_who_answers_for_each_team(town: Town, phone: FlaskClient) -> None:
    with town.changing() as world:
        world.session.get_one(Organisation, world.organisation.id).phone_owner = "Secrétariat de la MDS"
    page = words_of(phone.get("/i/unknown").text).replace("\N{NO-BREAK SPACE}", " ")
    assert "04 75 00 00 00 Secrétariat de la MDS lundi–vendredi 9 h–17 h" in page
