"""Correcting a person for a caller, and adding somebody by hand: read as imports read, nothing typed is lost."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from invitations.database import Database
from invitations.models import (
    AuditEvent,
    Beneficiary,
    CallbackRequest,
    FollowUp,
    Membership,
    OrganisationKind,
    RsaRole,
    Title,
)
from tests.app.team import Team, queries_of
from tests.conftest import NOW, Clock

NEW = "/agents/personnes/nouvelle"


@pytest.fixture
def team(database: Database, clock: Clock) -> Team:
    return Team(database, clock())


@pytest.fixture
def client(team: Team, flask_app: Flask) -> FlaskClient:
    return team.browser(flask_app)


@pytest.fixture
def person(team: Team) -> Beneficiary:
    return team.person(
        first_name="Inès",
        last_name="Bernard",
        phone="+33639980042",
        email="ines@example.fr",
        phone_dead_at=NOW,
        wrong_phone="+33639980042",
        department_internal_id="D26-7",
    )


def typed(**changes: Any) -> dict[str, Any]:
    """The form as its page shows it for `person`, but for what is changed."""
    shown = {
        "title": "", "first_name": "Inès", "last_name": "Bernard", "birth_name": "", "birth_on": "", "phone": "06 39 98 00 42",
        "email": "ines@example.fr", "address": "", "postcode": "", "city": "", "affiliation_number": "", "role": "",
        "language": "fr", "department_internal_id": "D26-7", "france_travail_id": "", "rights_opened_on": "",
    }  # fmt: skip
    return shown | changes


def save(client: FlaskClient, person: Beneficiary, **changes: Any) -> Any:
    return client.post(f"/agents/personnes/{person.id}/modifier", data=typed(**changes))


def read(team: Team, person: Beneficiary) -> Beneficiary:
    with team.database.reading() as session:
        found = session.get_one(Beneficiary, person.id)
        session.expunge_all()
        return found


def acts(team: Team) -> list[AuditEvent]:
    """What was done; that a page was read is noted too."""
    with team.database.reading() as session:
        done = session.query(AuditEvent).filter(AuditEvent.action != "person.opened")
        found = done.order_by(AuditEvent.id).all()
        session.expunge_all()
        return found


# Correcting


def test_the_form_shows_what_is_known_and_saving_it_untouched_changes_nothing(
    team: Team, client: FlaskClient, person: Beneficiary
) -> None:
    page = client.get(f"/agents/personnes/{person.id}/modifier").text
    assert 'value="06 39 98 00 42"' in page
    before = read(team, person)
    assert save(client, person).status_code == 303
    after = read(team, person)
    assert (after.phone, after.phone_dead_at, after.updated_at) == (before.phone, NOW, before.updated_at)
    assert acts(team) == []


def test_everything_is_read_as_an_import_reads_it_and_the_search_finds_it(
    team: Team, client: FlaskClient, person: Beneficiary
) -> None:
    answer = save(
        client, person, title="madame", last_name="BERNARD-DUPONT", birth_on="24/11/85", phone="0639980077", role="conjoint",
        affiliation_number="123456A", rights_opened_on="2026-09-01", language="ar", email="Ines.B@Example.FR",
    )  # fmt: skip
    assert (answer.status_code, answer.location) == (303, f"/agents/personnes/{person.id}")
    found = read(team, person)
    assert (found.title, found.last_name, found.role) == (Title.MADAM, "Bernard-Dupont", RsaRole.SPOUSE)
    assert (found.birth_on, found.rights_opened_on) == (date(1985, 11, 24), date(2026, 9, 1))
    assert (found.phone, found.email, found.email_key) == ("+33639980077", "ines.b@example.fr", "ines.b@example.fr")
    assert (found.affiliation_number, found.language) == ("123456A", "ar")
    assert "bernard-dupont" in found.search_key
    assert "Lit</dt>" in client.get(f"/agents/personnes/{person.id}").text


def test_a_new_number_is_neither_dead_nor_somebody_elses_and_whoever_waits_for_a_call_is_called_there(
    team: Team, client: FlaskClient, person: Beneficiary
) -> None:
    with team.changing() as world:
        follow_up = world.make_follow_up(world.session.get_one(Beneficiary, person.id))
        world.add(
            CallbackRequest(
                organisation_id=world.organisation.id, beneficiary_id=person.id, follow_up_id=follow_up.id,
                phone="+33639980042", created_at=NOW,
            )
        )  # fmt: skip
    save(client, person, phone="06 39 98 00 77")
    found = read(team, person)
    assert (found.phone, found.phone_dead_at, found.wrong_phone) == ("+33639980077", None, None)
    with team.database.reading() as session:
        assert session.query(CallbackRequest).one().phone == "+33639980077"


def test_the_journal_says_which_fields_and_never_what_was_in_them(
    team: Team, client: FlaskClient, person: Beneficiary
) -> None:
    save(client, person, phone="06 39 98 00 77", first_name="Ines")
    (act,) = acts(team)
    assert (act.action, act.agent_id, act.beneficiary_id) == ("beneficiary.edited", team.world.agent.id, person.id)
    assert act.details == {"fields": ["first_name", "phone"]}


def test_a_blank_erases_because_the_agent_sees_what_they_empty(
    team: Team, client: FlaskClient, person: Beneficiary
) -> None:
    save(client, person, email="", department_internal_id="")
    found = read(team, person)
    assert (found.email, found.email_key, found.department_internal_id) == (None, None, None)


@pytest.mark.parametrize(
    ("field", "text", "sentence"),
    [
        ("phone", "12", "Ce numéro ne se lit pas."),
        ("email", "ines@", "Cette adresse n’est pas complète."),
        ("birth_on", "31/02/1985", "Indiquez une date"),
        ("first_name", "  ", "À remplir."),
        ("affiliation_number", "285127500112345", "Un numéro de sécurité sociale n’est pas enregistré ici."),
        ("address", "12 rue du Lac 2 85 12 75 001 123 45", "Un numéro de sécurité sociale n’est pas enregistré ici."),
        ("postcode", "260", "Cinq chiffres."),
        ("role", "cousin", "Choisissez dans la liste."),
    ],
)
def test_what_cannot_be_read_is_said_beside_its_field_and_everything_typed_is_still_there(
    team: Team, client: FlaskClient, person: Beneficiary, field: str, text: str, sentence: str
) -> None:
    answer = save(client, person, **{"birth_name": "Moulin", "city": "Valence", "postcode": "26000", field: text})
    assert answer.status_code == 422
    assert sentence in answer.text
    assert 'value="Moulin"' in answer.text
    assert read(team, person).birth_name is None


# Where they live


def test_the_commune_of_a_postcode_and_a_name_is_found(team: Team, client: FlaskClient, person: Beneficiary) -> None:
    save(client, person, address="12 rue du Lac", postcode="26000", city="valence")
    found = read(team, person)
    assert (found.postcode, found.city, found.commune_insee) == ("26000", "valence", "26362")


def test_a_postcode_of_several_communes_asks_which(team: Team, client: FlaskClient, person: Beneficiary) -> None:
    answer = save(client, person, postcode="26150")
    assert answer.status_code == 422
    assert "Plusieurs communes sont possibles" in answer.text
    assert "Die (26150)" in answer.text
    save(client, person, postcode="26150", commune="26113")
    found = read(team, person)
    assert (found.postcode, found.city, found.commune_insee) == ("26150", "Die", "26113")


def test_a_town_in_no_list_is_kept_as_typed_when_the_agent_says_so(
    team: Team, client: FlaskClient, person: Beneficiary
) -> None:
    assert save(client, person, city="Zzville").status_code == 422
    assert save(client, person, city="Zzville", commune="autre").status_code == 303
    found = read(team, person)
    assert (found.city, found.commune_insee) == ("Zzville", None)


# Rights


def test_whoever_may_not_see_the_internal_number_neither_sees_nor_erases_it(team: Team, flask_app: Flask) -> None:
    with team.changing() as world:
        partner = world.make_organisation(kind=OrganisationKind.SIAE)
        agent = world.make_agent(organisation=partner)
        somebody = world.make_beneficiary(
            organisation=partner, first_name="Inès", last_name="Bernard", department_internal_id="D26-7"
        )
    client = team.browser(flask_app, agent)
    assert "D26-7" not in client.get(f"/agents/personnes/{somebody.id}/modifier").text
    assert save(client, somebody, birth_name="Moulin", department_internal_id="D99").status_code == 303
    found = read(team, somebody)
    assert (found.birth_name, found.department_internal_id) == ("Moulin", "D26-7")


# Channels


@pytest.mark.parametrize(("channel", "mark"), [("sms", "sms_refused_at"), ("email", "email_refused_at")])
def test_a_channel_is_refused_and_allowed_again_for_a_caller(
    team: Team, client: FlaskClient, person: Beneficiary, channel: str, mark: str
) -> None:
    path = f"/agents/personnes/{person.id}/moyens"
    for _ in range(2):
        assert client.post(path, data={"refuser": channel}).status_code == 303
    assert getattr(read(team, person), mark) == NOW
    assert "Veut bien des" in client.get(f"/agents/personnes/{person.id}").text
    client.post(path, data={"accepter": channel})
    assert getattr(read(team, person), mark) is None
    assert [one.action for one in acts(team)] == [f"contact.{channel}_refused", f"contact.{channel}_accepted"]


def test_a_number_that_answers_again_serves_again(team: Team, client: FlaskClient, person: Beneficiary) -> None:
    assert "Utiliser de nouveau le numéro" in client.get(f"/agents/personnes/{person.id}").text
    for _ in range(2):
        client.post(f"/agents/personnes/{person.id}/moyens", data={"remettre": "sms"})
    found = read(team, person)
    assert (found.phone_dead_at, found.wrong_phone) == (None, None)
    assert [one.action for one in acts(team)] == ["contact.sms_vouched"]


def test_an_act_on_no_channel_is_refused(client: FlaskClient, person: Beneficiary) -> None:
    assert client.post(f"/agents/personnes/{person.id}/moyens", data={"refuser": "pigeon"}).status_code == 422


# Doubts


def test_the_page_says_who_else_has_this_number_and_this_first_name(
    team: Team, client: FlaskClient, person: Beneficiary
) -> None:
    with team.changing() as world:
        twin = world.make_beneficiary(first_name="Ines", last_name="Bernard", phone="+33639980042")
        world.make_beneficiary(first_name="Paul", phone="+33639980042")  # of the same household
        elsewhere = world.make_organisation()
        world.make_beneficiary(organisation=elsewhere, first_name="Inès", last_name="Secret", email="ines@example.fr",
                               email_key="ines@example.fr")  # fmt: skip
    with team.changing() as world:
        world.session.get_one(Beneficiary, person.id).email_key = "ines@example.fr"
    page = client.get(f"/agents/personnes/{person.id}").text
    assert "Ines Bernard a aussi ce numéro et ce prénom." in page
    assert f"/agents/personnes/{person.id}/fusionner/{twin.id}" in page
    assert "Paul" not in page
    assert "Une personne suivie par une autre structure a aussi cette adresse électronique et ce prénom." in page
    assert "Secret" not in page


def test_looking_for_doubles_costs_one_question_however_many_there_are(
    team: Team, client: FlaskClient, flask_app: Flask, person: Beneficiary
) -> None:
    def look() -> None:
        client.get(f"/agents/personnes/{person.id}")

    look()  # the first time, that it is read is noted
    alone = queries_of(flask_app, look)
    with team.changing() as world:
        for _ in range(5):
            world.make_beneficiary(first_name="Ines", last_name="Bernard", phone="+33639980042")
    assert queries_of(flask_app, look) == alone


# Somebody new


def somebody(team: Team, **changes: Any) -> dict[str, Any]:
    return {
        "first_name": "Lina", "last_name": "MARTIN", "phone": "06 39 98 00 99", "category": team.world.category.id,
        "title": "", "email": "", "birth_on": "", "affiliation_number": "", "role": "",
    } | changes  # fmt: skip


def count(team: Team) -> int:
    with team.database.reading() as session:
        return session.query(Beneficiary).count()


def test_a_name_and_a_number_lead_straight_to_booking(team: Team, client: FlaskClient) -> None:
    answer = client.post(NEW, data=somebody(team))
    with team.database.reading() as session:
        made, follow_up = session.query(Beneficiary).one(), session.query(FollowUp).one()
        assert (made.full_name, made.phone, made.first_name_key) == ("Lina Martin", "+33639980099", "lina")
        assert session.query(Membership).one().organisation_id == team.world.organisation.id
        assert answer.location == f"/agents/personnes/{made.id}/suivis/{follow_up.id}/reserver"
    assert "Lina Martin est dans la liste." in client.get(answer.location).text
    assert [one.action for one in acts(team)] == ["beneficiary.joined", "beneficiary.added"]


@pytest.mark.parametrize(
    ("searched", "field", "value"),
    [("06 39 98 00 99", "phone", "06 39 98 00 99"), ("Lina Martin", "last_name", "Martin"), ("AB12", "last_name", "")],
)
def test_what_was_searched_in_vain_is_already_typed(client: FlaskClient, searched: str, field: str, value: str) -> None:
    page = client.get(NEW, query_string={"q": searched}).text
    tag = next(one for one in page.split("<input") if f'name="{field}"' in one)
    assert f'value="{value}"' in tag


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"phone": ""}, "Un téléphone, une adresse électronique"),
        ({"phone": "12"}, "Ce numéro ne se lit pas."),
        ({"last_name": ""}, "Indiquez le nom."),
        ({"category": 999_999}, "Choisissez dans la liste."),
        ({"phone": "", "affiliation_number": "1234567"}, "Un téléphone, une adresse électronique"),
    ],
)
def test_what_is_missing_is_said_and_nobody_is_added(
    team: Team, client: FlaskClient, changes: dict[str, Any], sentence: str
) -> None:
    answer = client.post(NEW, data=somebody(team, **changes))
    assert answer.status_code == 422
    assert sentence in answer.text
    assert 'value="Lina"' in answer.text
    assert count(team) == 0


def test_whoever_looks_known_is_shown_first_and_added_only_when_the_agent_says_so(
    team: Team, client: FlaskClient
) -> None:
    with team.changing() as world:
        known = world.make_beneficiary(first_name="Lina", last_name="Martin", phone="+33639980099")
    answer = client.post(NEW, data=somebody(team))
    assert answer.status_code == 409
    assert "Lina Martin a aussi ce numéro et ce prénom." in answer.text
    assert f'href="/agents/personnes/{known.id}"' in answer.text
    assert count(team) == 1
    assert client.post(NEW, data=somebody(team, meme="autre")).status_code == 303
    assert count(team) == 2


def test_whoever_another_organisation_follows_joins_this_one_without_being_named_before(
    team: Team, client: FlaskClient
) -> None:
    with team.changing() as world:
        elsewhere = world.make_organisation()
        known = world.make_beneficiary(
            organisation=elsewhere, first_name="Lina", last_name="Secret", phone="+33639980099"
        )
        stranger = world.make_beneficiary(organisation=elsewhere, first_name="Zoé")
    answer = client.post(NEW, data=somebody(team))
    assert answer.status_code == 409
    assert "Une personne suivie par une autre structure a aussi ce numéro et ce prénom." in answer.text
    assert "Secret" not in answer.text
    assert (
        client.post(NEW, data=somebody(team, meme=stranger.id)).status_code == 409
    )  # nobody joins by a guessed number
    assert client.post(NEW, data=somebody(team, meme=known.id)).status_code == 303
    assert count(team) == 2
    assert client.get(f"/agents/personnes/{known.id}").status_code == 200
