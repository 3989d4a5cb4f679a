"""The list of people, and inviting a selection of it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from invitations import identity
from invitations.database import Database
from invitations.models import (
    AgentRole,
    Beneficiary,
    CategoryKind,
    Channel,
    FollowUpStatus,
    Invitation,
    Membership,
    Message,
    MessageState,
    Opening,
    Referent,
    Role,
)
from tests.app.team import Team, expect, owe, queries_of
from tests.conftest import NOW, Clock

NBSP = "\N{NO-BREAK SPACE}"
LIST = "/agents/personnes"
INVITE = "/agents/personnes/inviter"


@pytest.fixture
def team(database: Database, clock: Clock) -> Team:
    return Team(database, clock())


@pytest.fixture
def client(team: Team, flask_app: Flask) -> FlaskClient:
    return team.browser(flask_app)


def person(team: Team, status: FollowUpStatus | None = FollowUpStatus.NOT_INVITED, **changes: Any) -> Beneficiary:
    """Somebody with a follow-up in this state, findable by name, email and phone."""
    since = changes.pop("since", NOW)
    with team.changing() as world:
        made = world.make_beneficiary(**changes)
        made.search_key = identity.search_key(
            first_name=made.first_name, last_name=made.last_name, email=made.email, phone=made.phone
        )
        if status is not None:
            world.make_follow_up(made, status=status, status_since=since)
        return made


def names(page: str) -> list[str]:
    return re.findall(r'<th scope="row"><a[^>]*><b>([^<]*)</b>', page)


def invite(client: FlaskClient, *people: Beneficiary, path: str = INVITE, **changes: Any) -> TestResponse:
    data: dict[str, Any] = {"personne": [one.id for one in people], "canal": ["sms", "email"]}
    return client.post(path, data=data | changes)


def invited(team: Team) -> int:
    with team.database.reading() as session:
        return session.query(Invitation).count()


# The list


def test_an_empty_list_says_what_will_be_here_and_how_to_begin(client: FlaskClient) -> None:
    page = client.get(LIST).text
    assert "Ici seront les personnes que votre structure accompagne" in page
    assert "Importer une liste" in page


def test_a_line_tells_the_state_the_last_message_the_next_appointment_and_who_accompanies(
    team: Team, client: FlaskClient
) -> None:
    with team.changing() as world:
        somebody = world.make_beneficiary(last_name="Arnaud")
        expect(world, NOW + timedelta(days=7), beneficiary=somebody)
        world.add(Referent(beneficiary_id=somebody.id, agent_id=world.agent.id, created_at=NOW))
        owe(world, beneficiary=somebody, state=MessageState.DELIVERED, sent_at=NOW - timedelta(days=2))
        owe(world, beneficiary=somebody, state=MessageState.UNDELIVERED, sent_at=NOW - timedelta(days=1))
        owe(world, beneficiary=somebody, state=MessageState.CANCELLED)
    page = client.get(LIST).text
    assert "À inviter" in page
    assert "Non remis" in page
    assert "SMS 23/11" in page
    assert f"01/12 10{NBSP}h{NBSP}00" in page
    assert "Mme Roche" in page


def test_accents_capitals_and_spaces_do_not_count_in_a_search(team: Team, client: FlaskClient) -> None:
    person(team, first_name="Zoé", last_name="Éluard", phone="+33639980042", email="zoe@example.fr")
    person(team, last_name="Martin")
    for text in ("eluard", "ÉLUARD zoe", "luar", "06 39 98 00 42", "+33 6 39 98 00 42", "zoe@example"):
        assert names(client.get(LIST, query_string={"q": text}).text) == ["Éluard"], text
    nobody = client.get(LIST, query_string={"q": "zzz"}).text
    assert "Personne ne correspond" in nobody


def test_signs_that_a_database_gives_a_meaning_to_are_letters_like_others(team: Team, client: FlaskClient) -> None:
    person(team, last_name="Martin")
    for text in ("%", "_", "\\", "'"):
        assert names(client.get(LIST, query_string={"q": text}).text) == []


def test_a_search_from_the_top_of_any_page_that_finds_one_person_opens_their_page(
    team: Team, client: FlaskClient
) -> None:
    only = person(team, last_name="Ostrowski")
    person(team, last_name="Martin")
    assert client.get(LIST, query_string={"q": "ostrow", "direct": "oui"}).location == f"{LIST}/{only.id}"
    assert client.get(LIST, query_string={"q": "ostrow"}).status_code == 200
    assert client.get(LIST, query_string={"q": "", "direct": "oui"}).status_code == 200


def test_the_list_is_narrowed_by_state_in_words(team: Team, client: FlaskClient) -> None:
    for status in FollowUpStatus:
        person(team, status, last_name=status.value)
    assert names(client.get(f"{LIST}?statut=a-inviter").text) == ["not_invited"]
    assert names(client.get(f"{LIST}?statut=a-traiter").text) == [
        "excused", "invitation_expired", "noshow", "outcome_needed", "revoked",
    ]  # fmt: skip
    assert names(client.get(f"{LIST}?statut=pas-eu-lieu").text) == ["excused", "noshow", "revoked"]
    assert len(names(client.get(f"{LIST}?statut=mot-inconnu").text)) == len(FollowUpStatus)


def test_the_list_is_narrowed_by_category(team: Team, client: FlaskClient) -> None:
    person(team, last_name="Orientation")
    with team.changing() as world:
        other = world.make_category(code="rsa_accompagnement", kind=CategoryKind.ACCOMPANIMENT, name="Accompagnement")
        world.make_settings(category_id=other.id)
        world.make_follow_up(world.make_beneficiary(last_name="Accompagnement"), category_id=other.id)
    assert names(client.get(f"{LIST}?categorie=rsa-accompagnement").text) == ["Accompagnement"]
    assert names(client.get(LIST).text) == ["Accompagnement", "Orientation"]


def test_the_list_is_sorted_by_name_or_by_how_long_the_state_lasts(team: Team, client: FlaskClient) -> None:
    person(team, last_name="benali", since=NOW - timedelta(days=1))
    person(team, last_name="Arnaud", since=NOW - timedelta(days=2))
    person(team, last_name="Costa", since=NOW - timedelta(days=30))
    person(team, None, last_name="Sans suivi")
    assert names(client.get(LIST).text) == ["Arnaud", "benali", "Costa", "Sans suivi"]
    assert names(client.get(f"{LIST}?tri=anciens").text) == ["Costa", "Arnaud", "benali", "Sans suivi"]
    assert names(client.get(f"{LIST}?tri=recents").text) == ["benali", "Arnaud", "Costa", "Sans suivi"]


def test_fifty_a_page_and_a_page_beyond_the_end_is_the_last(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        for number in range(53):
            world.make_follow_up(world.make_beneficiary(last_name=f"Nom{number:02d}"))
    first = client.get(LIST).text
    assert len(names(first)) == 50
    assert "Page 1 sur 2" in first
    assert 'href="/agents/personnes?page=2"' in first
    assert names(client.get(f"{LIST}?page=2").text) == ["Nom50", "Nom51", "Nom52"]
    assert names(client.get(f"{LIST}?page=99").text) == ["Nom50", "Nom51", "Nom52"]
    assert len(names(client.get(f"{LIST}?page=x").text)) == 50


def test_people_of_elsewhere_and_people_archived_are_not_on_the_list(team: Team, client: FlaskClient) -> None:
    person(team, last_name="Ici")
    with team.changing() as world:
        world.make_beneficiary(organisation=world.make_organisation(), last_name="Ailleurs")
    archived = person(team, last_name="Archives")
    with team.changing() as world:
        world.session.query(Membership).filter_by(beneficiary_id=archived.id).one().archived_at = NOW
    assert names(client.get(LIST).text) == ["Ici"]
    assert names(client.get(LIST, query_string={"q": "Ailleurs", "structures": "toutes"}).text) == []


def test_whoever_works_for_two_organisations_searches_both(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        other = world.make_organisation(name="Mission locale")
        world.add(AgentRole(agent_id=world.agent.id, organisation_id=other.id, role=Role.BASIC))
        made = world.make_beneficiary(organisation=other, last_name="Là-bas", search_key="ines la-bas")
    assert names(client.get(f"{LIST}?q=ines").text) == []
    everywhere = client.get(f"{LIST}?q=ines&structures=toutes").text
    assert names(everywhere) == ["Là-bas"]
    assert 'name="personne"' not in everywhere
    assert "Suivie par Mission locale" in client.get(f"{LIST}/{made.id}").text


def test_as_many_questions_to_the_database_for_fifty_as_for_one(
    team: Team, client: FlaskClient, flask_app: Flask
) -> None:
    person(team)
    one = queries_of(flask_app, lambda: client.get(LIST))
    with team.changing() as world:
        for day in range(1, 40):
            somebody = world.make_beneficiary()
            expect(world, NOW + timedelta(days=day), beneficiary=somebody)
            owe(world, beneficiary=somebody)
            world.add(Referent(beneficiary_id=somebody.id, agent_id=world.agent.id, created_at=NOW))
    assert queries_of(flask_app, lambda: client.get(LIST)) == one
    assert one <= 16


# Choosing


def test_the_address_ticks_the_first_ones_or_the_whole_page_without_a_script(team: Team, client: FlaskClient) -> None:
    for name in ("Arnaud", "Benali", "Costa"):
        person(team, last_name=name)
    assert client.get(f"{LIST}?choisir=2").text.count("checked data-tick") == 2
    assert client.get(f"{LIST}?choisir=page").text.count("checked data-tick") == 3
    assert client.get(LIST).text.count("checked data-tick") == 0


# Inviting a selection


def test_the_preview_says_who_gets_what_and_changes_nothing(team: Team, client: FlaskClient) -> None:
    ready = person(team, last_name="Joignable")
    mute = person(team, last_name="Injoignable", email=None, phone="+33475000001")
    half = person(team, last_name="Moitié", email=None)
    page = invite(client, ready, mute, half).text
    assert f"2{NBSP}invitations prêtes, 1{NBSP}personne non invitée" in page
    assert "ni SMS (pas un numéro de mobile), ni courriel (pas d’adresse)" in page
    assert f"Envoyer 2{NBSP}invitations" in page
    assert "pas d’adresse</span></td>" in page
    assert invited(team) == 0


def test_sending_invites_those_who_can_be_and_says_who_was_not_and_why(team: Team, client: FlaskClient) -> None:
    ready = person(team, last_name="Joignable")
    mute = person(team, first_name="Karim", last_name="Injoignable", email=None, phone=None)
    answer = invite(client, ready, mute, path=f"{INVITE}/envoyer", statut="a-inviter")
    assert answer.status_code == 303
    page = client.get(answer.location).text
    assert f"1{NBSP}invitation part mardi 24 novembre à 10 h 10" in page.replace("à\N{NO-BREAK SPACE}", "à ").replace(
        "10\N{NO-BREAK SPACE}h\N{NO-BREAK SPACE}10", "10 h 10"
    )
    assert f'href="{LIST}?statut=a-inviter"' in page
    assert (
        f"Pas d’invitation pour Karim Injoignable{NBSP}: ni SMS (pas de numéro), ni courriel (pas d’adresse)." in page
    )
    with team.database.reading() as session:
        assert {one.channel for one in session.query(Message)} == {Channel.SMS, Channel.EMAIL}
        assert {one.beneficiary_id for one in session.query(Message)} == {ready.id}


def test_sending_the_same_selection_twice_invites_nobody_twice(team: Team, client: FlaskClient) -> None:
    somebody = person(team)
    for _ in range(2):
        invite(client, somebody, path=f"{INVITE}/envoyer")
    assert invited(team) == 1
    assert "une autre est possible 24 heures plus tard" in client.get(LIST).text


def test_no_more_invitations_leave_than_there_are_slots(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        opening = world.session.get_one(Opening, world.opening.id)
        opening.rrule, opening.starts_on = None, (NOW + timedelta(days=2)).date()  # 9:00–12:00, 45 minutes: four
    people = [person(team, last_name=f"Nom{number}") for number in range(6)]
    answer = invite(client, *people, path=f"{INVITE}/envoyer")
    page = client.get(answer.location).text
    assert f"4{NBSP}invitations partent" in page
    assert "aucun créneau libre avant le samedi 5 décembre" in page
    assert invited(team) == 4


def test_the_whole_list_is_chosen_as_it_is_narrowed(team: Team, client: FlaskClient) -> None:
    for _ in range(3):
        person(team)
    person(team, FollowUpStatus.SEEN)
    page = invite(client, tout="oui", statut="a-inviter").text
    assert f"3{NBSP}invitations prêtes" in page


def test_a_text_alone_leaves_when_only_texts_are_asked_for(team: Team, client: FlaskClient) -> None:
    invite(client, person(team), path=f"{INVITE}/envoyer", canal=["sms"])
    with team.database.reading() as session:
        assert [one.channel for one in session.query(Message)] == [Channel.SMS]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"personne": []}, "Choisissez d’abord les personnes à inviter"),
        ({"canal": []}, "Choisissez au moins un moyen d’envoi"),
        ({"canal": ["pigeon"]}, "Choisissez au moins un moyen d’envoi"),
        ({"personne": ["x", "9" * 30, "-1"]}, "Choisissez d’abord les personnes à inviter"),
    ],
)
@pytest.mark.parametrize("path", [INVITE, f"{INVITE}/envoyer"])
def test_what_is_missing_is_said_and_nothing_leaves(
    team: Team, client: FlaskClient, changes: dict[str, Any], sentence: str, path: str
) -> None:
    answer = invite(client, person(team), path=path, **changes)
    assert answer.status_code == 303
    assert sentence in client.get(answer.location).text
    assert invited(team) == 0


def test_with_two_categories_one_must_be_chosen(team: Team, client: FlaskClient) -> None:
    somebody = person(team)
    with team.changing() as world:
        other = world.make_category(code="rsa_accompagnement", name="Accompagnement")
        world.make_settings(category_id=other.id)
    answer = invite(client, somebody)
    assert "Choisissez la catégorie pour laquelle inviter." in client.get(answer.location).text
    page = invite(client, somebody, pour="rsa-accompagnement").text
    assert "pas de suivi pour Accompagnement" in page


def test_nobody_of_elsewhere_is_invited_or_named_by_their_number(team: Team, client: FlaskClient) -> None:
    ours = person(team)
    with team.changing() as world:
        theirs = world.make_beneficiary(organisation=world.make_organisation(), last_name="Secret")
        world.make_follow_up(theirs)
    page = invite(client, ours, theirs).text
    assert "Secret" not in page
    assert f"1{NBSP}invitation prête" in page
    invite(client, theirs, path=f"{INVITE}/envoyer")
    assert invited(team) == 0
