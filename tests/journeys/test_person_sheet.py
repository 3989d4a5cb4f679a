"""A person's page on paper: one A4 sheet for a usual person, with whom to call and what comes next."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Page

from app.clock import utc_now
from invitations import inviting
from invitations.codes import Codes
from invitations.database import Database
from invitations.models import Agent, Channel, FollowUp, Need, Outcome, Participation, Referent
from invitations.signing_in import hash_password
from tests.app.team import expect as expect_person
from tests.app.town import Town
from tests.browser import Installation, shoot

pytestmark = pytest.mark.journey

PASSWORD = "une phrase de passe pour l'essai"


@pytest.fixture
def town(live_server: Installation) -> Iterator[Town]:
    database = Database(live_server.database_url)
    made = Town(database, utc_now(), Codes(live_server.env["SECRET_KEY"]))
    with made.changing() as world:
        world.session.merge(world.agent).password_hash = hash_password(PASSWORD)
    yield made
    database.engine.dispose()


def usual(town: Town) -> Participation:
    """Invited, came, invited again for something else and expected next week; reached by text and email."""
    with town.changing() as world:
        person = world.make_beneficiary(
            first_name="Inès", last_name="Bernard", address="12 rue Latour-Maubourg", postcode="26000", city="Valence",
            affiliation_number="1234567", logistic_note="Troisième étage, sonner chez M. Petit",
            needs=[Need.INTERPRETER.value], language="ar",
        )  # fmt: skip
        seen = expect_person(world, world.now - timedelta(days=20), beneficiary=person, outcome=Outcome.SEEN)
        invited = world.session.get_one(FollowUp, seen.follow_up_id)
        inviting.invite(
            world.session, invited, organisation_id=world.organisation.id, channels=[Channel.SMS, Channel.EMAIL],
            agent_id=world.agent.id, codes=town.codes, now=world.now,
        )  # fmt: skip
        world.session.get_one(Agent, world.agent.id).phone = "+33475000012"
        world.add(Referent(beneficiary_id=person.id, agent_id=world.agent.id, created_at=world.now))
        world.make_beneficiary(first_name="Ines", last_name="Bernard", phone=person.phone)
        return seen


def test_the_page_of_a_usual_person_is_one_sheet_of_paper(live_server: Installation, town: Town, desk: Page) -> None:
    met = usual(town)
    desk.goto(f"{live_server.base_url}/agents/connexion")
    desk.get_by_label("Adresse").fill(town.world.agent.email)
    desk.get_by_label("Mot de passe").fill(PASSWORD)
    desk.get_by_role("button", name="Se connecter").click()
    desk.wait_for_url("**/agents/")
    desk.goto(f"{live_server.base_url}/agents/personnes/{met.beneficiary_id}")
    shoot(desk, "person")
    paper = desk.pdf(format="A4", margin={"top": "12mm", "right": "12mm", "bottom": "12mm", "left": "12mm"})
    assert len(re.findall(rb"/Type\s*/Page\b", paper)) == 1
    desk.emulate_media(media="print")
    assert desk.get_by_text("04 75 00 00 12").is_visible()
    assert not desk.get_by_role("button", name="Inviter").is_visible()
    shoot(desk, "person-paper")
