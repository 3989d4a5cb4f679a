"""Whoever works elsewhere finds nothing: every route about people, with strangers and with nobody signed in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest
from flask import Flask

from invitations.database import Database
from invitations.models import (
    Agent,
    AgentRole,
    CallbackRequest,
    Channel,
    ExternalCalendar,
    FollowUp,
    FollowUpStatus,
    InboundText,
    Invitation,
    Letter,
    LetterBatch,
    MessageKind,
    MessageState,
    Participation,
    Role,
    Unanswered,
)
from tests.app.team import Team, expect, owe
from tests.conftest import NOW, Clock

# Route and method → what a stranger gets. A page of one's own that names nobody else's opens: 200, or back to it: 303.
ROUTES: dict[tuple[str, str], int] = {
    ("GET", "/agents/"): 200,
    ("GET", "/agents/rappels"): 200,
    ("POST", "/agents/rappels/{callback}/fait"): 404,
    ("POST", "/agents/rappels/{callback}/a-refaire"): 404,
    ("POST", "/agents/rappels/{callback}/sans-reponse"): 404,
    ("GET", "/agents/courriers"): 200,
    ("POST", "/agents/courriers"): 303,
    ("GET", "/agents/courriers/{letter}.pdf"): 404,
    ("GET", "/agents/courriers/messages/{message}.pdf"): 404,
    ("GET", "/agents/courriers/lots/{batch}"): 404,
    ("GET", "/agents/courriers/lots/{batch}.pdf"): 404,
    ("POST", "/agents/courriers/lots/{batch}/depot"): 404,
    ("GET", "/agents/courriers/retours?q=secret"): 200,
    ("POST", "/agents/courriers/{letter}/retour"): 404,
    ("POST", "/agents/courriers/{letter}/retour/annuler"): 404,
    ("GET", "/agents/moi"): 200,
    ("POST", "/agents/moi"): 303,
    ("GET", "/agents/personnes"): 200,
    ("POST", "/agents/personnes/inviter"): 303,
    ("POST", "/agents/personnes/inviter/envoyer"): 303,
    ("GET", "/agents/personnes/{person}"): 404,
    ("POST", "/agents/personnes/{person}/note"): 404,
    ("POST", "/agents/personnes/{person}/besoins"): 404,
    ("POST", "/agents/personnes/{person}/suivis"): 404,
    ("POST", "/agents/personnes/{person}/suivis/{follow_up}/inviter"): 404,
    ("POST", "/agents/personnes/{person}/suivis/{follow_up}/clore"): 404,
    ("POST", "/agents/personnes/{person}/suivis/{follow_up}/rouvrir"): 404,
    ("GET", "/agents/personnes/{person}/suivis/{follow_up}/proposer"): 404,
    ("POST", "/agents/personnes/{person}/suivis/{follow_up}/proposer"): 404,
    ("GET", "/agents/personnes/{person}/suivis/{follow_up}/fixer"): 404,
    ("POST", "/agents/personnes/{person}/suivis/{follow_up}/fixer"): 404,
    ("GET", "/agents/personnes/{person}/suivis/{follow_up}/reserver"): 404,
    ("POST", "/agents/personnes/{person}/suivis/{follow_up}/reserver"): 404,
    ("GET", "/agents/personnes/{person}/suivis/{follow_up}/deplacer"): 404,
    ("POST", "/agents/personnes/{person}/suivis/{follow_up}/deplacer"): 404,
    ("POST", "/agents/personnes/{person}/rendez-vous/{participation}/issue"): 404,
    ("POST", "/agents/personnes/{person}/rendez-vous/{participation}/annuler"): 404,
    ("POST", "/agents/personnes/{person}/rappels/{callback}/fait"): 404,
    ("GET", "/agents/a-appeler"): 200,
    ("POST", "/agents/a-appeler/{follow_up}/sans-reponse"): 404,
    ("POST", "/agents/a-appeler/{follow_up}/ne-plus-appeler"): 404,
    ("POST", "/agents/a-appeler/{follow_up}/de-nouveau"): 404,
    ("POST", "/agents/a-appeler/{follow_up}/suspendre"): 404,
    ("POST", "/agents/a-appeler/{follow_up}/reprendre"): 404,
    ("POST", "/agents/structure"): 404,
    ("GET", "/agents/seances"): 200,
    ("GET", "/agents/seances/nouvelle"): 200,
    ("POST", "/agents/seances/nouvelle"): 422,
    ("GET", "/agents/seances/{session}"): 404,
    ("POST", "/agents/seances/{session}/personnes"): 404,
    ("POST", "/agents/seances/{session}/personnes/{participation}"): 404,
    ("POST", "/agents/seances/{session}/personnes/{participation}/annuler"): 404,
    ("POST", "/agents/seances/{session}/tous-venus"): 404,
    ("GET", "/agents/seances/{session}/modifier"): 404,
    ("POST", "/agents/seances/{session}/modifier"): 404,
    ("POST", "/agents/seances/{session}/annuler"): 404,
    ("GET", "/agents/agenda"): 200,
    ("GET", "/agents/agenda/rendez-vous/{appointment}"): 404,
    ("GET", "/agents/agenda/rendez-vous/{appointment}/deplacer"): 404,
    ("POST", "/agents/agenda/rendez-vous/{appointment}/deplacer"): 404,
    ("POST", "/agents/agenda/participations/{participation}/issue"): 404,
    ("POST", "/agents/agenda/participations/{participation}/annuler"): 404,
    ("GET", "/agents/agenda/nouveau"): 200,
    ("GET", "/agents/agenda/nouveau?personne={person}"): 404,
    ("POST", "/agents/agenda/nouveau?personne={person}"): 404,
    ("GET", "/agents/reponses"): 200,
    ("POST", "/agents/reponses/{text}/repondre"): 404,
    ("POST", "/agents/reponses/{text}/traite"): 404,
    ("POST", "/agents/reponses/{text}/a-relire"): 404,
    ("GET", "/agents/mes-calendriers"): 200,
    ("POST", "/agents/mes-calendriers/adresse"): 303,
    ("POST", "/agents/mes-calendriers/adresse/remplacer"): 303,
    ("POST", "/agents/mes-calendriers/adresse/retirer"): 303,
    ("POST", "/agents/mes-calendriers/agendas"): 422,
    ("POST", "/agents/mes-calendriers/agendas/{calendar}/relire"): 404,
    ("POST", "/agents/mes-calendriers/agendas/{calendar}/retirer"): 404,
}
MINE = (
    "letters.",
    "today.",
    "callbacks.",
    "replies.",
    "to_call.",
    "me.",
    "my_calendar.",
    "people.",
    "person.",
    "inviting.",
    "dating.",
    "agenda",
    "session.",
    "sessions.",
)


@dataclass(frozen=True, slots=True)
class Secret:
    """Somebody of the world's own organisation, with one of everything that an address can name."""

    person: int
    follow_up: int
    participation: int
    callback: int
    organisation: int
    appointment: int
    session: int
    calendar: int
    letter: Letter
    text: int

    def fill(self, route: str) -> str:
        return route.format(
            person=self.person,
            follow_up=self.follow_up,
            participation=self.participation,
            callback=self.callback,
            appointment=self.appointment,
            session=self.session,
            calendar=self.calendar,
            text=self.text,
            letter=self.letter.id,
            batch=self.letter.batch_id,
            message=self.letter.message_id,
        )


@pytest.fixture
def team(database: Database, clock: Clock) -> Team:
    return Team(database, clock())


@pytest.fixture
def secret(team: Team) -> Secret:
    with team.changing() as world:
        met = expect(world, NOW - timedelta(days=1), beneficiary=world.make_beneficiary(last_name="Secret"))
        asked = world.add(
            CallbackRequest(
                organisation_id=world.organisation.id,
                beneficiary_id=met.beneficiary_id,
                follow_up_id=met.follow_up_id,
                phone="+33639980077",
                created_at=NOW,
            )
        )
        workshop = world.make_type(name="Secret", is_collective=True)
        gathering = world.make_session(NOW + timedelta(days=9), workshop, title="Secret")
        elsewhere = world.add(
            ExternalCalendar(
                agent_id=world.agent.id, label="Secret", sealed_address="1.x", next_try_at=NOW, created_at=NOW
            )
        )
        posted = owe(
            world, beneficiary=met.beneficiary, participation_id=met.id, channel=Channel.LETTER, address="",
            kind=MessageKind.CONVOCATION, state=MessageState.SENT, sent_at=NOW,
        )  # fmt: skip
        wrote = world.add(
            InboundText(
                sid="SM1",
                sender="+33639980077",
                number="+33937000000",
                body="Secret",
                received_at=NOW,
                read_at=NOW,
                organisation_id=world.organisation.id,
                beneficiary_id=met.beneficiary_id,
                waits_for=Unanswered.NOT_UNDERSTOOD,
            )
        )
        batch = world.add(
            LetterBatch(
                organisation_id=world.organisation.id, agent_id=world.agent.id, posted_on=NOW.date(), created_at=NOW
            )
        )
        letter = world.add(
            Letter(
                message_id=posted.id,
                batch_id=batch.id,
                code_hash="x" * 64,
                layout=1,
                facts={"to": ["Secret"], "sheets": [{"language": "fr", "subject": "Secret", "text": "Secret"}]},
                created_at=NOW,
            )
        )
        return Secret(
            met.beneficiary_id,
            met.follow_up_id,
            met.id,
            asked.id,
            world.organisation.id,
            met.appointment_id,
            gathering.id,
            elsewhere.id,
            letter,
            wrote.id,
        )


@pytest.fixture(params=["other organisation", "other département"])
def stranger(request: pytest.FixtureRequest, team: Team) -> Agent:
    """An agent with a working desk of their own, elsewhere."""
    with team.changing() as world:
        department = world.department
        if request.param == "other département":
            department = world.make_department(number="38", name="Isère", full_name="Département de l’Isère")
        organisation = world.make_organisation(department_id=department.id)
        world.make_settings(organisation_id=organisation.id)
        return world.make_agent(organisation=organisation, role=Role.ADMIN)


def data_of(secret: Secret) -> dict[str, object]:
    return {
        "personne": secret.person,
        "canal": "sms",
        "issue": "seen",
        "note": "lu",
        "creneau": "20261202T0800-1-1",
        "organisation": secret.organisation,
        "categorie": 1,
        "depot": "2026-11-24",
        "raison": "unknown",
    }


def test_a_stranger_finds_nothing_and_changes_nothing(
    team: Team, flask_app: Flask, secret: Secret, stranger: Agent
) -> None:
    browser = team.browser(flask_app, stranger)
    found = {}
    for method, route in ROUTES:
        answer = browser.open(secret.fill(route), method=method, data=data_of(secret) if method == "POST" else None)
        found[method, route] = answer.status_code
        assert "Secret" not in answer.text, route
        if answer.status_code == 303:
            assert "Secret" not in browser.get(answer.location).text, route
    assert found == ROUTES
    with team.database.reading() as session:
        assert session.get_one(CallbackRequest, secret.callback).handled_at is None
        assert session.get_one(Participation, secret.participation).outcome.value == "unknown"
        assert session.get_one(FollowUp, secret.follow_up).status is FollowUpStatus.NOT_INVITED
        assert session.query(Invitation).count() == 0
        assert session.get_one(Letter, secret.letter.id).returned_on is None


def test_whoever_is_not_signed_in_is_sent_to_sign_in(team: Team, flask_app: Flask, secret: Secret) -> None:
    browser = flask_app.test_client()
    for method, route in ROUTES:
        answer = browser.open(secret.fill(route), method=method, data=data_of(secret))
        assert answer.status_code == 302, route
        assert answer.location.startswith("/agents/connexion"), route


def test_a_person_of_another_of_my_organisations_is_read_and_acted_on_only_from_there(
    team: Team, flask_app: Flask, secret: Secret
) -> None:
    with team.changing() as world:
        here = world.make_organisation(name="Ici")
        world.make_settings(organisation_id=here.id)
        both = world.make_agent(organisation=here)
        world.add(AgentRole(agent_id=both.id, organisation_id=world.organisation.id, role=Role.BASIC))
    browser = team.browser(flask_app, both)
    browser.post("/agents/structure", data={"organisation": here.id})
    page = browser.get(f"/agents/personnes/{secret.person}")
    assert page.status_code == 200
    assert "Travailler pour cette structure" in page.text
    path = f"/agents/personnes/{secret.person}/suivis/{secret.follow_up}/clore"
    assert browser.post(path).status_code == 404
    browser.post("/agents/structure", data={"organisation": secret.organisation})
    assert browser.post(path).status_code == 303


def test_an_address_that_mixes_two_people_leads_nowhere(team: Team, flask_app: Flask, secret: Secret) -> None:
    with team.changing() as world:
        somebody = world.make_follow_up()
    browser = team.browser(flask_app)
    for path in (
        f"/agents/personnes/{somebody.beneficiary_id}/suivis/{secret.follow_up}/clore",
        f"/agents/personnes/{somebody.beneficiary_id}/rendez-vous/{secret.participation}/annuler",
    ):
        assert browser.post(path).status_code == 404


def test_every_route_about_people_is_walked(flask_app: Flask) -> None:
    """A new route without a row here fails."""
    walked = {(method, shape(route)) for method, route in ROUTES}
    missing = {
        (method, rule.rule)
        for rule in flask_app.url_map.iter_rules()
        if rule.endpoint.startswith(MINE)
        for method in (rule.methods or set()) & {"GET", "POST"}
        if (method, shape(rule.rule)) not in walked
    }
    assert not missing, f"add these to ROUTES: {missing}"


def shape(route: str) -> str:
    """The address with a star for each part that changes."""
    parts = route.split("?")[0].split("/")
    words = {"proposer", "fixer", "reserver", "deplacer"}
    return "/".join("*" if part.startswith(("<", "{")) or part in words else part for part in parts)
