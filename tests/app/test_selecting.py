"""What is done to the people ticked on the list, for whom not and why, and taking it back."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from invitations.database import Database
from invitations.models import (
    Appointment,
    AuditEvent,
    Beneficiary,
    CategorySettings,
    Channel,
    EndReason,
    FollowUp,
    FollowUpStatus,
    Invitation,
    Membership,
    Message,
    MessageKind,
    MessageState,
    Mode,
    Opening,
    Participation,
    Referent,
    SelectionAct,
    Tag,
    Tagging,
)
from tests.app.team import Team, owe, queries_of
from tests.conftest import NOW, Clock

NBSP = "\N{NO-BREAK SPACE}"
LIST = "/agents/personnes"
ACTS = "/agents/personnes/selection"
DATES = f"{ACTS}/dates"


@pytest.fixture
def team(database: Database, clock: Clock) -> Team:
    return Team(database, clock())


@pytest.fixture
def client(team: Team, flask_app: Flask) -> FlaskClient:
    return team.browser(flask_app)


def invited(team: Team, last_name: str, *, days_ago: int = 3, told: bool = True, **changes: Any) -> Beneficiary:
    """Somebody whose invitation waits for an answer."""
    at = NOW - timedelta(days=days_ago)
    with team.changing() as world:
        made = world.make_beneficiary(last_name=last_name, **changes)
        follow_up = world.make_follow_up(made, status=FollowUpStatus.INVITATION_PENDING, status_since=at)
        invitation = world.add(
            Invitation(
                uid=str(uuid.uuid4()),
                follow_up_id=follow_up.id,
                organisation_id=world.organisation.id,
                mode=Mode.INVITATION,
                expires_at=NOW + timedelta(days=7),
                created_at=at,
            )
        )
        if told:
            owe(world, beneficiary=made, invitation_id=invitation.id, state=MessageState.DELIVERED, sent_at=at)
        return made


def do(client: FlaskClient, act: str, *people: Beneficiary, **changes: Any) -> str:
    """The page that comes after it."""
    answer = client.post(f"{ACTS}/{act}", data={"personne": [one.id for one in people], **changes})
    assert answer.status_code == 303
    return client.get(answer.location).text


def take_back(client: FlaskClient, page: str) -> str:
    address = re.search(r'action="(/agents/personnes/selection/\d+/annuler)"', page)
    assert address is not None
    return client.get(client.post(address[1]).location).text


def noted(team: Team, action: str) -> int:
    with team.database.reading() as session:
        return session.query(AuditEvent).filter_by(action=action).count()


def suspended(team: Team) -> list[str]:
    with team.database.reading() as session:
        found = session.query(FollowUp).filter(FollowUp.reminders_suspended_at.is_not(None))
        return sorted(one.beneficiary.last_name for one in found)


# Reminders


def test_reminders_are_suspended_taken_back_and_resumed(team: Team, client: FlaskClient) -> None:
    waits, idle = invited(team, "Attend"), team.person(last_name="Rien")
    page = do(client, "suspendre", waits, idle)
    assert f"1{NBSP}personne{NBSP}: relances suspendues." in page
    assert f"Sans changement pour Inès Rien{NBSP}: rien à suspendre." in page
    assert suspended(team) == ["Attend"]
    assert "C’est annulé, comme avant." in take_back(client, page)
    assert suspended(team) == []
    do(client, "suspendre", waits)
    assert "relances reprises" in do(client, "reprendre", waits)
    assert suspended(team) == []
    assert (noted(team, "reminders.suspended"), noted(team, "reminders.resumed")) == (2, 2)


def test_what_somebody_else_changed_since_is_not_taken_back(team: Team, client: FlaskClient) -> None:
    page = do(client, "suspendre", invited(team, "Attend"))
    with team.changing() as world:
        world.session.query(FollowUp).one().reminders_suspended_at = None
    take_back(client, page)
    assert suspended(team) == []
    assert noted(team, "reminders.resumed") == 0


def test_who_has_not_answered_is_reminded_now_and_once_a_day(team: Team, client: FlaskClient, clock: Clock) -> None:
    waits = invited(team, "Attend")
    page = do(client, "relancer", waits)
    assert f"1{NBSP}rappel part" in page
    with team.database.reading() as session:
        owed = session.query(Message).filter_by(kind=MessageKind.INVITATION_REMINDER)
        assert {one.channel for one in owed} == {Channel.SMS, Channel.EMAIL}
    assert "il y a moins de 24 heures" in do(client, "relancer", waits)
    clock.pass_by(timedelta(days=1, minutes=1))
    assert f"1{NBSP}rappel part" in do(client, "relancer", waits)
    assert noted(team, "reminder.asked") == 2


def test_each_who_is_not_reminded_is_told_with_why(team: Team, client: FlaskClient) -> None:
    new = invited(team, "Nouvelle", told=False)
    mute = invited(team, "Muette", email=None, phone="+33475000001")
    left = invited(team, "Tranquille")
    never = team.person(last_name="Jamais")
    with team.changing() as world:
        world.session.query(FollowUp).filter_by(beneficiary_id=left.id).one().reminders_suspended_at = NOW
    page = do(client, "relancer", new, mute, left, never)
    assert f"Pas de rappel pour Inès Nouvelle{NBSP}: un message leur a été écrit" in page
    assert f"Pas de rappel pour Inès Muette{NBSP}: ni SMS ni courriel ne les joint." in page
    assert f"Pas de rappel pour Inès Tranquille{NBSP}: leurs relances sont suspendues." in page
    assert f"Pas de rappel pour Inès Jamais{NBSP}: aucune invitation n’attend leur réponse." in page
    with team.database.reading() as session:
        assert session.query(Message).filter_by(kind=MessageKind.INVITATION_REMINDER).count() == 0


# Referent


def test_a_referent_is_assigned_beside_the_others_and_taken_back(team: Team, client: FlaskClient) -> None:
    first, second = team.person(last_name="Un"), team.person(last_name="Deux")
    with team.changing() as world:
        colleague = world.make_agent(last_name="Faure", display_name="M. Faure")
        world.add(Referent(beneficiary_id=first.id, agent_id=world.agent.id, created_at=NOW))
        world.add(Referent(beneficiary_id=second.id, agent_id=colleague.id, created_at=NOW))
    page = do(client, "referent", first, second, personne_referente=colleague.id)
    assert f"Sans changement pour Inès Deux{NBSP}: déjà cette personne référente." in page
    assert "M. Faure, Mme Roche" in page
    take_back(client, page)
    with team.database.reading() as session:
        found = {(one.beneficiary_id, one.agent_id) for one in session.query(Referent)}
    assert found == {(first.id, team.world.agent.id), (second.id, colleague.id)}


def test_nobody_from_elsewhere_becomes_referent(team: Team, client: FlaskClient) -> None:
    somebody = team.person()
    with team.changing() as world:
        stranger = world.make_agent(organisation=world.make_organisation())
    for wanted in (stranger.id, "", "x", "9" * 30):
        assert "Choisissez la personne référente." in do(client, "referent", somebody, personne_referente=wanted)
    with team.database.reading() as session:
        assert session.query(Referent).count() == 0


# Tags


def test_a_tag_is_made_put_taken_off_and_each_taken_back(team: Team, client: FlaskClient) -> None:
    one, two = team.person(last_name="Un"), team.person(last_name="Deux")
    page = do(client, "etiqueter", one, two, nouvelle_etiquette=" Sans permis ")
    assert f"2{NBSP}personnes{NBSP}: étiquette «{NBSP}Sans permis{NBSP}» ajoutée." in page
    assert page.count(">Sans permis</a>") == 2
    assert "déjà cette étiquette" in do(client, "etiqueter", one, etiquette_choisie="Sans permis")
    assert "déjà cette étiquette" in do(client, "etiqueter", one, nouvelle_etiquette="SANS PERMIS")
    gone = do(client, "retirer-etiquette", one, etiquette_choisie="Sans permis")
    assert gone.count(">Sans permis</a>") == 1
    assert take_back(client, gone).count(">Sans permis</a>") == 2
    assert take_back(client, page).count(">Sans permis</a>") == 0
    with team.database.reading() as session:
        assert [tag.label for tag in session.query(Tag)] == ["Sans permis"]


@pytest.mark.parametrize("label", ["", "   ", "n" * 61])
def test_a_tag_needs_words(team: Team, client: FlaskClient, label: str) -> None:
    assert "Choisissez une étiquette, ou écrivez-en une" in do(
        client, "etiqueter", team.person(), nouvelle_etiquette=label
    )
    assert "Choisissez une étiquette" in do(client, "retirer-etiquette", team.person(), etiquette_choisie="inconnue")


# Archiving


def test_archived_people_leave_the_list_and_their_invitations_end(team: Team, client: FlaskClient) -> None:
    gone = invited(team, "Partie")
    page = do(client, "archiver", gone, raison="A déménagé")
    assert f"1{NBSP}personne{NBSP}: sorties des listes." in page
    with team.database.reading() as session:
        assert session.query(Membership).one().archive_reason == "A déménagé"
        assert session.query(Invitation).one().end_reason is EndReason.ARCHIVED
    assert "Partie" in client.get(f"{LIST}?archives=oui").text
    take_back(client, page)
    assert "Partie" in client.get(LIST).text
    assert noted(team, "person.archived") == noted(team, "person.unarchived") == 1


def test_whom_another_organisation_goes_on_with_keeps_the_invitation(team: Team, client: FlaskClient) -> None:
    shared = invited(team, "Partagée")
    with team.changing() as world:
        other = world.make_organisation()
        world.add(CategorySettings(organisation_id=other.id, category_id=world.category.id, created_at=NOW))
        world.add(Membership(beneficiary_id=shared.id, organisation_id=other.id, created_at=NOW))
    do(client, "archiver", shared, raison="Suivie ailleurs")
    with team.database.reading() as session:
        assert session.query(Invitation).one().ended_at is None


def test_a_reason_is_asked_and_archived_people_come_back(team: Team, client: FlaskClient) -> None:
    somebody = team.person(last_name="Retour")
    assert "Dites en quelques mots pourquoi" in do(client, "archiver", somebody, raison="  ")
    do(client, "archiver", somebody, raison="Erreur")
    page = do(client, "desarchiver", somebody, archives="oui")
    assert "de retour dans les listes" in page
    assert "Retour" in client.get(LIST).text


# Choosing


@pytest.mark.parametrize(
    "act", ["relancer", "suspendre", "reprendre", "etiqueter", "retirer-etiquette", "archiver", "desarchiver", "dates"]
)
def test_nobody_chosen_is_said_and_nothing_is_done(team: Team, client: FlaskClient, act: str) -> None:
    team.person()
    page = do(client, act, raison="x", nouvelle_etiquette="x", etiquette_choisie="x")
    assert "Choisissez d’abord des personnes, en cochant leur ligne." in page
    with team.database.reading() as session:
        assert session.query(SelectionAct).count() == 0


def test_the_whole_list_is_meant_as_it_is_narrowed(team: Team, client: FlaskClient) -> None:
    for number in range(3):
        invited(team, f"Nom{number}")
    team.person(last_name="Autre")
    page = do(client, "etiqueter", tout="oui", statut="attend-une-reponse", nouvelle_etiquette="Vus")
    assert f"3{NBSP}personnes{NBSP}: étiquette «{NBSP}Vus{NBSP}» ajoutée." in page
    with team.database.reading() as session:
        assert session.query(Tagging).count() == 3


def test_nobody_of_elsewhere_is_touched_or_named(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        theirs = world.make_beneficiary(organisation=world.make_organisation(), last_name="Secret")
        world.make_follow_up(theirs, status=FollowUpStatus.INVITATION_PENDING)
        referent = world.agent.id
    said = {"raison": "x", "nouvelle_etiquette": "x", "etiquette_choisie": "x", "personne_referente": referent}
    for act in ("relancer", "suspendre", "referent", "etiqueter", "retirer-etiquette", "archiver", "dates"):
        assert (
            "Secret"
            not in client.post(f"{ACTS}/{act}", data={"personne": theirs.id, **said}, follow_redirects=True).text
        )
    with team.database.reading() as session:
        assert session.query(Tagging).count() == session.query(Referent).count() == 0
        assert session.query(Membership).filter(Membership.archived_at.is_not(None)).count() == 0
        assert session.query(Message).count() == 0


def test_only_ones_own_act_is_taken_back_and_once(team: Team, client: FlaskClient, flask_app: Flask) -> None:
    page = do(client, "etiqueter", team.person(), nouvelle_etiquette="Vus")
    with team.changing() as world:
        other = world.make_agent()
        act_id = world.session.query(SelectionAct).one().id
    colleague = team.browser(flask_app, other)
    assert colleague.post(f"{ACTS}/{act_id}/annuler").status_code == 404
    assert "Annuler ce qui vient d’être fait" not in colleague.get(f"{LIST}?fait={act_id}").text
    take_back(client, page)
    assert client.post(f"{ACTS}/{act_id}/annuler").status_code == 303
    assert noted(team, "tag.taken_off") == 1
    assert "Annuler ce qui vient d’être fait" not in client.get(f"{LIST}?fait={act_id}").text
    assert client.get(f"{LIST}?fait=x").status_code == client.get(f"{LIST}?fait=999999").status_code == 200


def test_acts_older_than_a_week_are_forgotten(team: Team, client: FlaskClient, clock: Clock) -> None:
    do(client, "etiqueter", team.person(), nouvelle_etiquette="Vus")
    clock.pass_by(timedelta(days=8))
    do(client, "etiqueter", team.person(), nouvelle_etiquette="Vus")
    with team.database.reading() as session:
        assert session.query(SelectionAct).count() == 1


def test_as_many_questions_to_the_database_for_thirty_as_for_two(
    team: Team, client: FlaskClient, flask_app: Flask
) -> None:
    people = [invited(team, f"Nom{number}") for number in range(32)]

    def asked(act: str, some: list[Beneficiary]) -> int:
        said = {"personne": [one.id for one in some], "nouvelle_etiquette": "Vus"}
        return queries_of(flask_app, lambda: client.post(f"{ACTS}/{act}", data=said))

    client.post(f"{ACTS}/etiqueter", data={"nouvelle_etiquette": "Vus", "personne": people[31].id})
    assert asked("etiqueter", people[:2]) == asked("etiqueter", people[2:31])
    few, many = asked("relancer", people[:2]), asked("relancer", people[2:])
    assert many <= few + 2


# Dates


def dated(client: FlaskClient, page: str, facon: str) -> Any:
    """Post what the preview shows."""
    tokens = dict(re.findall(r'name="(date_\d+)" value="([^"]*)"', page))
    ids = [name.removeprefix("date_") for name in tokens]
    return client.post(f"{DATES}/poser", data={"personne": ids, "facon": facon, **tokens})


def preview(client: FlaskClient, facon: str, *people: Beneficiary, **changes: Any) -> str:
    return client.post(DATES, data={"facon": facon, "personne": [one.id for one in people], **changes}).text


def to_date(team: Team, last_name: str, **changes: Any) -> Beneficiary:
    with team.changing() as world:
        made = world.make_beneficiary(last_name=last_name, **changes)
        world.make_follow_up(made)
        return made


def allow(team: Team, *modes: Mode) -> None:
    with team.changing() as world:
        world.session.query(CategorySettings).one().modes = list(modes)


def test_each_gets_the_first_free_date_after_the_one_before(team: Team, client: FlaskClient) -> None:
    allow(team, *Mode)
    people = [to_date(team, f"Nom{number}") for number in range(3)]
    page = preview(client, "proposer", *people)
    assert f"3{NBSP}dates trouvées" in page
    with team.database.reading() as session:
        assert session.query(Appointment).count() == 0
    answer = dated(client, page, "proposer")
    assert f"3{NBSP}propositions partent" in client.get(answer.location).text
    with team.database.reading() as session:
        held = session.query(Appointment).order_by(Appointment.starts_at).all()
        assert len({one.starts_at for one in held}) == 3
        assert all(one.held_until for one in held)
        assert {one.mode for one in session.query(Invitation)} == {Mode.PROPOSITION}


def test_a_date_is_fixed_for_each(team: Team, client: FlaskClient) -> None:
    allow(team, *Mode)
    answer = dated(client, preview(client, "fixer", to_date(team, "Un"), to_date(team, "Deux")), "fixer")
    assert f"2{NBSP}rendez-vous sont fixés, les messages partent" in client.get(answer.location).text
    with team.database.reading() as session:
        assert session.query(Participation).count() == 2


def test_the_referents_date_comes_first_even_when_it_is_later(team: Team, client: FlaskClient) -> None:
    allow(team, *Mode)
    somebody = to_date(team, "Suivie")
    with team.changing() as world:
        referent = world.make_agent(last_name="Faure")
        world.make_opening(agent_id=referent.id, starts_on=(NOW + timedelta(days=14)).date())
        world.add(Referent(beneficiary_id=somebody.id, agent_id=referent.id, created_at=NOW))
    page = preview(client, "fixer", somebody)
    dated(client, page, "fixer")
    with team.database.reading() as session:
        assert session.query(Appointment).one().starts_at >= NOW + timedelta(days=13)


def test_beyond_the_free_slots_the_others_are_named_with_why(team: Team, client: FlaskClient) -> None:
    allow(team, *Mode)
    with team.changing() as world:
        opening = world.session.get_one(Opening, world.opening.id)
        opening.rrule, opening.starts_on = None, (NOW + timedelta(days=2)).date()  # four slots
    people = [to_date(team, f"Nom{number}") for number in range(5)]
    page = preview(client, "proposer", *people)
    assert f"4{NBSP}dates trouvées, 1{NBSP}personne sans date" in page
    assert "aucun créneau libre" in page
    assert "Inès Nom4" in page


def test_a_date_taken_between_the_preview_and_the_act_is_refused_alone(team: Team, client: FlaskClient) -> None:
    allow(team, *Mode)
    first, second, faster = (to_date(team, name) for name in ("Un", "Deux", "Rapide"))
    page = preview(client, "fixer", first, second)
    dated(client, preview(client, "fixer", faster), "fixer")  # takes the first date
    after = client.get(dated(client, page, "fixer").location).text
    assert f"1{NBSP}rendez-vous est fixé, le message part" in after
    assert f"Pas de date pour Inès Un{NBSP}: ce créneau n’est plus libre" in after


def test_a_mode_that_the_settings_don_t_allow_is_refused_in_words(team: Team, client: FlaskClient) -> None:
    allow(team, Mode.INVITATION)
    page = preview(client, "fixer", to_date(team, "Un"))
    assert "Aucune date trouvée" in page
    assert "les réglages de la structure ne permettent pas la convocation" in page


def test_without_a_category_or_with_too_many_people_nothing_is_looked_for(team: Team, client: FlaskClient) -> None:
    somebody = to_date(team, "Un")
    with team.changing() as world:
        other = world.make_category(code="rsa_accompagnement", name="Accompagnement")
        world.make_settings(category_id=other.id)
    assert "Choisissez la catégorie pour laquelle donner une date." in do(client, "dates", somebody)
    answer = client.post(
        DATES, data={"personnes": ",".join(str(one) for one in range(1, 202)), "pour": "rsa-orientation"}
    )
    assert "200 personnes au plus à la fois" in client.get(answer.location).text
    assert "pas de suivi pour Accompagnement" in preview(client, "fixer", somebody, pour="rsa-accompagnement")


def test_a_date_that_is_none_gives_nobody_anything(team: Team, client: FlaskClient) -> None:
    allow(team, *Mode)
    somebody = to_date(team, "Un")
    said = {"personne": somebody.id, f"date_{somebody.id}": "demain", "facon": "fixer"}
    assert "Pas de date." in client.get(client.post(f"{DATES}/poser", data=said).location).text
