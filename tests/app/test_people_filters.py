"""Every way to narrow the list of people, alone and together; views kept by name; archived people; far pages."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from invitations import identity, people_pages
from invitations.database import Database
from invitations.models import (
    AgentRole,
    AuditEvent,
    Beneficiary,
    FollowUpStatus,
    Invitation,
    Membership,
    MessageState,
    Mode,
    Referent,
    Role,
    SavedView,
    Tag,
    Tagging,
)
from tests.app.team import Team, owe, queries_of
from tests.conftest import NOW, Clock

NBSP = "\N{NO-BREAK SPACE}"
LIST = "/agents/personnes"
VIEWS = "/agents/personnes/vues"


@pytest.fixture
def team(database: Database, clock: Clock) -> Team:
    return Team(database, clock())


@pytest.fixture
def client(team: Team, flask_app: Flask) -> FlaskClient:
    return team.browser(flask_app)


def person(team: Team, last_name: str, status: FollowUpStatus | None = None, **changes: Any) -> Beneficiary:
    """Somebody who can be found by all that a search looks into."""
    with team.changing() as world:
        made = world.make_beneficiary(last_name=last_name, **changes)
        made.search_key = identity.search_key(
            first_name=made.first_name,
            last_name=made.last_name,
            email=made.email,
            phone=made.phone,
            affiliation_number=made.affiliation_number,
            department_internal_id=made.department_internal_id,
        )
        if status is not None:
            world.make_follow_up(made, status=status)
        return made


def invited(team: Team, last_name: str, days_ago: int = 0, mode: Mode = Mode.INVITATION, **changes: Any) -> Invitation:
    made = person(team, last_name, **changes)
    at = NOW - timedelta(days=days_ago)
    with team.changing() as world:
        follow_up = world.make_follow_up(made, status=FollowUpStatus.INVITATION_PENDING, status_since=at)
        return world.add(
            Invitation(
                uid=str(uuid.uuid4()),
                follow_up_id=follow_up.id,
                organisation_id=world.organisation.id,
                mode=mode,
                created_at=at,
            )
        )


def tagged(team: Team, somebody: Beneficiary, label: str) -> None:
    with team.changing() as world:
        tag = world.session.query(Tag).filter_by(label=label).one_or_none()
        tag = tag or world.add(Tag(organisation_id=world.organisation.id, label=label, created_at=NOW))
        world.add(Tagging(beneficiary_id=somebody.id, tag_id=tag.id, created_at=NOW))


def names(client: FlaskClient, **words: str) -> list[str]:
    return re.findall(r'<th scope="row"><a[^>]*><b>([^<]*)</b>', client.get(LIST, query_string=words).text)


# Searching


@pytest.mark.parametrize(
    "text",
    [
        "éluard", "LUAR", "zoe@example", "06 39 98 00 42", "06.39.98.00.42", "0639", "+33 6 39 98", "+33639980042",
        "1234567", "345", "A-77", "zoé éluard",
    ],
)  # fmt: skip
def test_a_search_finds_any_part_of_what_identifies_somebody(team: Team, client: FlaskClient, text: str) -> None:
    person(
        team,
        "Éluard",
        first_name="Zoé",
        email="zoe@example.fr",
        phone="+33639980042",
        affiliation_number="1234567",
        department_internal_id="A-77",
    )
    person(team, "Martin", email="m@nowhere.fr", phone="+33475000009")
    assert names(client, q=text) == ["Éluard"]


# Narrowing


def test_by_who_accompanies(team: Team, client: FlaskClient) -> None:
    mine, theirs = person(team, "Mien"), person(team, "Sien")
    person(team, "Personne")
    with team.changing() as world:
        other = world.make_agent(display_name="M. Faure")
        world.add(Referent(beneficiary_id=mine.id, agent_id=world.agent.id, created_at=NOW))
        world.add(Referent(beneficiary_id=theirs.id, agent_id=other.id, created_at=NOW))
    assert names(client, referent="moi") == ["Mien"]
    assert names(client, referent=str(other.id)) == ["Sien"]
    assert names(client, referent="aucun") == ["Personne"]
    assert len(names(client, referent="mot-inconnu")) == 3


def test_by_tag_and_by_the_tags_of_ones_own_organisation_alone(team: Team, client: FlaskClient) -> None:
    tagged(team, person(team, "Avec"), "Sans permis")
    person(team, "Sans")
    there = person(team, "Ailleurs")
    with team.changing() as world:
        elsewhere = world.make_organisation()
        tag = world.add(Tag(organisation_id=elsewhere.id, label="À eux", created_at=NOW))
        world.add(Tagging(beneficiary_id=there.id, tag_id=tag.id, created_at=NOW))
    assert names(client, etiquette="Sans permis") == ["Avec"]
    assert names(client, etiquette="À eux") == []
    assert "À eux" not in client.get(LIST).text


def test_by_mode_and_by_the_days_of_the_invitation(team: Team, client: FlaskClient) -> None:
    invited(team, "Invitée", days_ago=3)
    invited(team, "Proposée", days_ago=1, mode=Mode.PROPOSITION)
    person(team, "Jamais", FollowUpStatus.NOT_INVITED)
    assert names(client, mode="proposition") == ["Proposée"]
    assert names(client, mode="invitation") == ["Invitée"]
    assert names(client, invite_du="2026-11-21", invite_au="2026-11-21") == ["Invitée"]
    assert names(client, invite_du="2026-11-22") == ["Proposée"]
    assert names(client, invite_au="2026-11-20") == []
    assert len(names(client, invite_du="pas un jour")) == 3


def test_a_day_ends_at_midnight_where_the_departement_is(team: Team, client: FlaskClient) -> None:
    made = invited(team, "Tard")
    with team.changing() as world:  # 23:30 in Paris on the 21st
        world.session.get_one(Invitation, made.id).created_at = NOW.replace(day=21, hour=22, minute=30)
    assert names(client, invite_au="2026-11-21") == ["Tard"]
    assert names(client, invite_du="2026-11-22") == []


def test_by_how_long_the_state_lasts(team: Team, client: FlaskClient) -> None:
    invited(team, "Longtemps", days_ago=30)
    invited(team, "Hier", days_ago=1)
    assert names(client, etat_au="2026-11-01") == ["Longtemps"]
    assert names(client, etat_du="2026-11-20", statut="attend-une-reponse") == ["Hier"]


def test_by_who_could_not_be_reached(team: Team, client: FlaskClient) -> None:
    person(team, "Joignable", FollowUpStatus.NOT_INVITED)
    person(team, "Muette", FollowUpStatus.NOT_INVITED, email=None, phone=None)
    person(team, "Refuse", FollowUpStatus.NOT_INVITED, email=None, sms_refused_at=NOW)
    for name, state in (("Arrivé", MessageState.DELIVERED), ("Perdu", MessageState.UNDELIVERED)):
        made = invited(team, name)
        with team.changing() as world:
            addressed = world.session.get_one(Invitation, made.id).follow_up.beneficiary
            owe(world, beneficiary=addressed, invitation_id=made.id, state=state, sent_at=NOW)
    assert names(client, injoignables="oui") == ["Muette", "Perdu", "Refuse"]


def test_filters_are_combined(team: Team, client: FlaskClient) -> None:
    for name, status in (
        ("Un", FollowUpStatus.NOSHOW),
        ("Deux", FollowUpStatus.SEEN),
        ("Trois", FollowUpStatus.NOSHOW),
    ):
        somebody = person(team, name, status)
        if name != "Trois":
            tagged(team, somebody, "Sans permis")
    assert names(client, etiquette="Sans permis", statut="absence", q="ines") == ["Un"]
    assert names(client, etiquette="Sans permis", statut="absence", referent="moi") == []


def test_archived_people_have_their_own_list_with_the_reason(team: Team, client: FlaskClient) -> None:
    gone = person(team, "Partie")
    person(team, "Ici")
    with team.changing() as world:
        membership = world.session.query(Membership).filter_by(beneficiary_id=gone.id).one()
        membership.archived_at, membership.archive_reason = NOW, "A déménagé"
    page = client.get(LIST, query_string={"archives": "oui"}).text
    assert names(client, archives="oui") == ["Partie"]
    assert "A déménagé" in page
    assert f"1{NBSP}personne archivée" in page
    assert "Remettre dans les listes" in page
    assert "Préparer les invitations</span>" not in page
    assert names(client) == ["Ici"]


def test_one_of_ones_other_organisations_is_looked_at_without_acting_there(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        other = world.make_organisation(name="Mission locale")
        stranger = world.make_organisation(name="Inconnue")
        world.add(AgentRole(agent_id=world.agent.id, organisation_id=other.id, role=Role.BASIC))
        world.make_beneficiary(organisation=other, last_name="Là-bas")
        world.make_beneficiary(organisation=stranger, last_name="Secret")
    person(team, "Ici")
    assert names(client, structures=str(other.id)) == ["Là-bas"]
    assert 'name="personne"' not in client.get(LIST, query_string={"structures": str(other.id)}).text
    assert names(client, structures=str(stranger.id)) == ["Ici"]
    assert names(client, structures="toutes") == ["Ici", "Là-bas"]


def test_what_is_open_says_how_many_filters_are_hidden_in_it(team: Team, client: FlaskClient) -> None:
    person(team, "Ici")
    assert '<details class="more-filters" >' in client.get(LIST).text
    page = client.get(LIST, query_string={"referent": "moi", "mode": "invitation"}).text
    assert '<details class="more-filters" open>' in page
    assert "(2)" in page
    assert "Voir toutes les personnes" in page


def test_words_that_no_table_can_hold_narrow_nothing(team: Team, client: FlaskClient) -> None:
    person(team, "Ici")
    for words in (
        {"referent": "9" * 30},
        {"page": "9" * 30},
        {"apres": "9" * 30, "page": "2"},
        {"etat_du": "2026-13-45"},
    ):
        assert names(client, **words) == ["Ici"], words


# Order


def test_neither_capitals_nor_accents_count_in_the_order_of_names(team: Team, client: FlaskClient) -> None:
    for name in ("Faure", "Éluard", "diop", "Œuvrard", "Pages", "Ñunez", "éclair"):
        person(team, name)
    assert names(client) == ["diop", "éclair", "Éluard", "Faure", "Ñunez", "Œuvrard", "Pages"]


# Pages


def test_a_far_page_begins_where_the_one_before_ended(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        made = [world.make_beneficiary(last_name=f"Nom{number:04d}") for number in range(1_150)]
    first = client.get(LIST, query_string={"page": "21"}).text
    following = re.search(r'rel="next" href="([^"]*)"', first)
    assert following is not None
    assert f"apres={made[1_049].id}" in following[1]
    with team.changing() as world:  # somebody new, far in front, moves nobody on the next page
        world.make_beneficiary(last_name="Aaron")
    page = client.get(following[1].replace("&amp;", "&")).text
    assert re.findall(r"<b>(Nom\d+)</b>", page) == [f"Nom{number:04d}" for number in range(1_050, 1_100)]
    back = re.search(r'rel="prev" href="([^"]*)"', page)
    assert back is not None
    assert re.findall(r"<b>(Nom\d+)</b>", client.get(back[1].replace("&amp;", "&")).text)[-1] == "Nom1049"


def test_a_page_beside_somebody_who_is_gone_is_counted_off(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        for number in range(60):
            world.make_beneficiary(last_name=f"Nom{number:02d}")
    assert names(client, page="2", apres="999999") == [f"Nom{number}" for number in range(50, 60)]


def test_of_more_than_a_thousand_the_first_are_found_in_every_order(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        for number in range(people_pages.FEW + 2):
            made = world.make_beneficiary(last_name=f"Nom{number:04d}", search_key=f"nom{number:04d}")
            since = NOW - timedelta(minutes=number)
            world.make_follow_up(made, status=FollowUpStatus.SEEN, status_since=since)
    first = [f"Nom{number:04d}" for number in range(50)]
    last = [f"Nom{number:04d}" for number in reversed(range(people_pages.FEW + 2 - 50, people_pages.FEW + 2))]
    assert names(client, statut="rendez-vous-honore") == names(client, q="nom") == names(client, tri="recents") == first
    assert names(client, q="nom", tri="anciens") == names(client, tri="anciens") == last
    assert names(client, statut="rendez-vous-honore", tri="anciens") == last
    assert names(client, categorie="rsa-orientation", tri="anciens", etat_au="2026-11-24", referent="aucun") == last
    assert f"1002{NBSP}personnes" in client.get(LIST, query_string={"q": "nom"}).text


def test_as_many_questions_for_forty_narrowed_as_for_one(team: Team, client: FlaskClient, flask_app: Flask) -> None:
    words = {"statut": "a-traiter", "referent": "moi", "etiquette": "Sans permis", "injoignables": "oui", "q": "ines"}

    def somebody(number: int) -> None:
        made = person(team, f"Nom{number}", FollowUpStatus.NOSHOW, email=None, phone=None)
        tagged(team, made, "Sans permis")
        with team.changing() as world:
            world.add(Referent(beneficiary_id=made.id, agent_id=world.agent.id, created_at=NOW))

    somebody(0)
    one = queries_of(flask_app, lambda: client.get(LIST, query_string=words))
    for number in range(1, 40):
        somebody(number)
    assert len(names(client, **words)) == 40
    assert queries_of(flask_app, lambda: client.get(LIST, query_string=words)) == one


# Views


def keep(client: FlaskClient, name: str, **words: str) -> str:
    return client.get(client.post(VIEWS, data={"nom": name, **words}).location).text


def test_a_view_is_kept_by_name_and_opened_by_its_link(team: Team, client: FlaskClient) -> None:
    tagged(team, person(team, "Avec"), "Sans permis")
    page = keep(client, "  Mes  permis ", etiquette="Sans permis", statut="")
    assert "La vue «\N{NO-BREAK SPACE}Mes permis\N{NO-BREAK SPACE}» est gardée" in page
    assert f'href="{LIST}?etiquette=Sans+permis" aria-current="page">Mes permis' in page
    with team.changing() as world:
        assert world.session.query(SavedView).one().query == "etiquette=Sans+permis"
        assert world.session.query(AuditEvent).filter_by(action="view.kept").count() == 1


def test_the_same_name_again_replaces_the_view(team: Team, client: FlaskClient) -> None:
    person(team, "Ici")
    keep(client, "Mienne", statut="absence")
    keep(client, "Mienne", referent="moi")
    with team.changing() as world:
        assert [one.query for one in world.session.query(SavedView)] == ["referent=moi"]


def test_views_are_renamed_and_removed(team: Team, client: FlaskClient) -> None:
    person(team, "Ici")
    keep(client, "Une", statut="absence")
    keep(client, "Deux", referent="moi")
    with team.changing() as world:
        one, two = (view.id for view in world.session.query(SavedView).order_by(SavedView.id))
    assert (
        "ce nom est déjà pris" in client.get(client.post(f"{VIEWS}/{one}", data={"nom": "Deux"}).location).text.lower()
    )
    assert "Trois" in client.get(client.post(f"{VIEWS}/{one}", data={"nom": "Trois"}).location).text
    page = client.get(client.post(f"{VIEWS}/{two}/retirer").location).text
    assert "est retirée. Les personnes restent." in page
    with team.changing() as world:
        assert [view.name for view in world.session.query(SavedView)] == ["Trois"]


def test_twelve_views_at_most_and_a_name_and_a_filter_are_needed(team: Team, client: FlaskClient) -> None:
    person(team, "Ici")
    for number in range(12):
        keep(client, f"Vue {number}", q=f"nom{number}")
    assert "Douze vues au plus" in keep(client, "De trop", q="x")
    assert "Donnez un nom à cette vue" in keep(client, "  ", q="x")
    assert "Donnez un nom à cette vue" in keep(client, "n" * 61, q="x")
    with team.changing() as world:
        assert world.session.query(SavedView).count() == 12


def test_nobody_sees_or_changes_anothers_view(team: Team, client: FlaskClient, flask_app: Flask) -> None:
    person(team, "Ici")
    keep(client, "La mienne", statut="absence")
    with team.changing() as world:
        other = world.make_agent()
        view_id = world.session.query(SavedView).one().id
    colleague = team.browser(flask_app, other)
    assert "La mienne" not in colleague.get(LIST).text
    assert colleague.post(f"{VIEWS}/{view_id}", data={"nom": "À moi"}).status_code == 404
    assert colleague.post(f"{VIEWS}/{view_id}/retirer").status_code == 404
