"""A person's page: who they are, what happened, and what an agent does from it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from invitations import booking, convening, inviting
from invitations.codes import Codes
from invitations.database import Database
from invitations.models import (
    Appointment,
    AppointmentAgent,
    Beneficiary,
    CallbackRequest,
    CategorySettings,
    Channel,
    FollowUp,
    FollowUpStatus,
    FreedSlot,
    Invitation,
    Message,
    MessageKind,
    MessageState,
    Mode,
    OfferAnswer,
    Opening,
    OrganisationKind,
    Outcome,
    Participation,
    Referent,
    StatusChange,
    Tag,
    Tagging,
    WaitEnd,
    Waiting,
)
from tests.app.team import Team, expect, queries_of
from tests.app.town import words_of
from tests.conftest import NOW, SECRET, Clock

NBSP = "\N{NO-BREAK SPACE}"
CODES = Codes(SECRET)


@pytest.fixture
def team(database: Database, clock: Clock) -> Team:
    return Team(database, clock())


@pytest.fixture
def client(team: Team, flask_app: Flask) -> FlaskClient:
    return team.browser(flask_app)


@pytest.fixture
def follow_up(team: Team) -> FollowUp:
    with team.changing() as world:
        return world.make_follow_up(world.make_beneficiary(first_name="Inès", last_name="Bernard"))


def page_of(client: FlaskClient, follow_up: FollowUp) -> str:
    answer = client.get(f"/agents/personnes/{follow_up.beneficiary_id}")
    assert answer.status_code == 200
    return answer.text


def post(client: FlaskClient, follow_up: FollowUp, act: str, **data: Any) -> Any:
    return client.post(f"/agents/personnes/{follow_up.beneficiary_id}/suivis/{follow_up.id}/{act}", data=data)


def invite(team: Team, follow_up: FollowUp) -> Invitation:
    with team.changing() as world:
        return inviting.invite(
            world.session,
            world.session.get_one(FollowUp, follow_up.id),
            organisation_id=world.organisation.id,
            channels=[Channel.SMS, Channel.EMAIL],
            agent_id=world.agent.id,
            codes=CODES,
            now=NOW,
        )


def choices(team: Team, follow_up: FollowUp) -> list[str]:
    with team.changing() as world:
        offer = convening.choices_for(
            world.session,
            world.session.get_one(FollowUp, follow_up.id),
            organisation_id=world.organisation.id,
            now=NOW,
        )
        return [one.token for one in offer.choices]


def status_of(team: Team, follow_up: FollowUp) -> FollowUpStatus:
    with team.database.reading() as session:
        return session.get_one(FollowUp, follow_up.id).status


# What the page tells


def test_the_page_says_how_to_reach_the_person_and_what_does_not_work_any_more(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        somebody = world.make_beneficiary(
            phone="+33639980042",
            email="ines@example.fr",
            sms_refused_at=NOW,
            email_dead_at=NOW,
            logistic_note="interprète",
        )
    page = client.get(f"/agents/personnes/{somebody.id}").text
    assert "06 39 98 00 42" in page
    assert "SMS refusés" in page
    assert "N’arrive plus" in page
    assert "interprète</textarea>" in page


def test_the_page_says_who_accompanies_the_person_and_a_number_to_call(
    team: Team, client: FlaskClient, follow_up: FollowUp
) -> None:
    with team.changing() as world:
        referent = world.make_agent(display_name="M. Lefort")
        world.add(Referent(beneficiary_id=follow_up.beneficiary_id, agent_id=referent.id, created_at=NOW))
        tag = world.add(Tag(organisation_id=world.organisation.id, label="sans mobile", created_at=NOW))
        world.add(Tagging(beneficiary_id=follow_up.beneficiary_id, tag_id=tag.id, created_at=NOW))
    page = page_of(client, follow_up)
    assert "M. Lefort" in page
    assert "04 75 00 00 00" in page
    assert "sans mobile" in page


@pytest.mark.parametrize(
    ("kind", "shown"), [(OrganisationKind.DEPARTMENT_COUNCIL, True), (OrganisationKind.RSA_DELEGATE, True),
                        (OrganisationKind.SIAE, False), (OrganisationKind.OTHER, False)]
)  # fmt: skip
def test_the_internal_number_is_hidden_from_those_who_may_not_see_it(
    team: Team, flask_app: Flask, kind: OrganisationKind, shown: bool
) -> None:
    with team.changing() as world:
        organisation = world.make_organisation(kind=kind)
        agent = world.make_agent(organisation=organisation)
        somebody = world.make_beneficiary(organisation=organisation, department_internal_id="D26-0042")
    page = team.browser(flask_app, agent).get(f"/agents/personnes/{somebody.id}").text
    assert ("D26-0042" in page) is shown


def test_the_story_is_told_in_order_with_each_message_as_it_was_sent(
    team: Team, client: FlaskClient, follow_up: FollowUp, clock: Clock
) -> None:
    invitation = invite(team, follow_up)
    with team.changing() as world:
        world.session.add(
            StatusChange(follow_up_id=follow_up.id, status=FollowUpStatus.NOT_INVITED, at=NOW - timedelta(days=1))
        )
        for message in world.session.query(Message):
            message.state, message.sent_at, message.settled_at = MessageState.DELIVERED, NOW, NOW
        world.add(
            CallbackRequest(
                organisation_id=world.organisation.id, beneficiary_id=follow_up.beneficiary_id, follow_up_id=follow_up.id,
                phone="+33639980077", preferred="le matin", created_at=NOW + timedelta(minutes=5),
            )
        )  # fmt: skip
    token = choices(team, follow_up)[6]
    with team.changing() as world:
        code = CODES.derive("invitation", invitation.id)
        booking.book(world.session, code, token, codes=CODES, now=NOW + timedelta(minutes=10))
    clock.pass_by(timedelta(hours=1))
    page = page_of(client, follow_up)
    moments = [
        "Suivi ouvert",
        "<b>Invitation</b> par Mme Roche",
        "Demande à être rappelée",
        "Rendez-vous pris par la personne",
    ]
    assert [page.index(one) for one in moments] == sorted(page.index(one) for one in moments)
    assert "rendez-vous pris</span>" in page  # why the invitation ended
    assert "[lien personnel]" in page
    assert CODES.derive("invitation", invitation.id) not in page
    assert "Arrivé" in page
    assert "À venir" in page


def test_what_another_organisation_did_is_not_told(team: Team, client: FlaskClient, follow_up: FollowUp) -> None:
    with team.changing() as world:
        other = world.make_organisation()
        world.add(
            Invitation(
                uid="elsewhere",
                follow_up_id=follow_up.id,
                organisation_id=other.id,
                mode=Mode.CONVOCATION,
                created_at=NOW,
            )
        )
    assert "<b>Convocation</b>" not in page_of(client, follow_up)


def test_as_many_questions_to_the_database_for_a_long_story_as_for_a_short_one(
    team: Team, client: FlaskClient, follow_up: FollowUp, flask_app: Flask
) -> None:
    def look() -> None:
        page_of(client, follow_up)

    with team.changing() as world:
        add_meetings(world, follow_up, days=[1])
    look()  # the first time, that it is read is noted
    short = queries_of(flask_app, look)
    with team.changing() as world:
        add_meetings(world, follow_up, days=[2, 3, 4, 5, 6, 7])
    assert queries_of(flask_app, look) == short


def add_meetings(world: Any, follow_up: FollowUp, *, days: list[int]) -> None:
    for day in days:
        appointment = world.add(
            Appointment(
                uid=f"met-{day}", organisation_id=world.organisation.id, type_id=world.type.id, place_id=world.make_place().id,
                starts_at=NOW - timedelta(days=day), ends_at=NOW - timedelta(days=day) + timedelta(minutes=45),
                created_by="agent", created_at=NOW - timedelta(days=20),
            )
        )  # fmt: skip
        world.add(
            AppointmentAgent(
                appointment_id=appointment.id, agent_id=world.agent.id, starts_at=appointment.starts_at,
                ends_at=appointment.ends_at, busy_until=appointment.ends_at,
            )
        )  # fmt: skip
        world.add(
            Participation(
                uid=f"part-{day}", appointment_id=appointment.id, beneficiary_id=follow_up.beneficiary_id,
                follow_up_id=follow_up.id, created_by="agent", created_at=NOW - timedelta(days=20),
            )
        )  # fmt: skip


# Inviting, closing, opening


def test_inviting_from_the_page_sends_by_the_channels_ticked(
    team: Team, client: FlaskClient, follow_up: FollowUp
) -> None:
    answer = post(client, follow_up, "inviter", canal=["email"])
    assert (answer.status_code, answer.location) == (303, f"/agents/personnes/{follow_up.beneficiary_id}")
    page = page_of(client, follow_up)
    assert "L’invitation part." in page
    assert "à répondre avant le samedi 5 décembre" in page
    with team.database.reading() as session:
        assert [one.channel for one in session.query(Message)] == [Channel.EMAIL]


def test_a_refused_invitation_says_why_in_place_and_leaves_nothing_behind(
    team: Team, client: FlaskClient, follow_up: FollowUp
) -> None:
    with team.changing() as world:
        world.session.delete(world.session.get_one(Opening, world.opening.id))
    answer = post(client, follow_up, "inviter", canal=["sms"])
    assert answer.status_code == 409
    assert "Aucun créneau libre avant le samedi 5 décembre." in answer.text
    assert "<h1>Inès Bernard</h1>" in answer.text
    with team.database.reading() as session:
        assert session.query(Invitation).count() == 0


def test_inviting_on_no_channel_asks_for_one(client: FlaskClient, follow_up: FollowUp) -> None:
    answer = post(client, follow_up, "inviter")
    assert answer.status_code == 409
    assert "Choisissez au moins un moyen d’envoi." in answer.text


def test_whoever_no_channel_reaches_has_no_invite_button_and_is_told_why(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        follow_up = world.make_follow_up(world.make_beneficiary(phone=None, email=None))
    page = page_of(client, follow_up)
    assert "/inviter" not in page
    assert "Proposer une date" not in page
    assert "Réserver avec la personne" in page
    assert "Ni SMS (pas de numéro), ni courriel (pas d’adresse)" in page


def test_closing_ends_the_invitation_and_reopening_brings_the_actions_back(
    team: Team, client: FlaskClient, follow_up: FollowUp
) -> None:
    invite(team, follow_up)
    assert post(client, follow_up, "clore").status_code == 303
    assert status_of(team, follow_up) is FollowUpStatus.CLOSED
    closed = page_of(client, follow_up)
    assert "suivi clos" in closed
    assert "Proposer une date" not in closed
    assert post(client, follow_up, "rouvrir").status_code == 303
    assert status_of(team, follow_up) is FollowUpStatus.INVITATION_EXPIRED
    assert "Proposer une date" in page_of(client, follow_up)


def test_a_follow_up_is_opened_in_a_category_the_organisation_handles(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        somebody = world.make_beneficiary()
        foreign = world.make_category(code="siae", name="Ailleurs")
    path = f"/agents/personnes/{somebody.id}"
    assert f"Ouvrir un suivi{NBSP}: RSA orientation" in client.get(path).text
    assert client.post(f"{path}/suivis", data={"categorie": foreign.id}).status_code == 404
    assert client.post(f"{path}/suivis", data={"categorie": team.world.category.id}).location == path
    with team.database.reading() as session:
        assert [one.category_id for one in session.query(FollowUp)] == [team.world.category.id]


def test_the_note_is_kept_on_one_line_of_two_hundred_characters(
    team: Team, client: FlaskClient, follow_up: FollowUp
) -> None:
    client.post(
        f"/agents/personnes/{follow_up.beneficiary_id}/note", data={"note": " interprète\r\nen dari " + "x" * 300}
    )
    with team.database.reading() as session:
        note = session.get_one(Beneficiary, follow_up.beneficiary_id).logistic_note
    assert note.startswith("interprète en dari xxx")
    assert len(note) == 200


# Dates


@pytest.mark.parametrize(
    ("way", "mode", "kind"),
    [
        ("proposer", Mode.PROPOSITION, MessageKind.PROPOSITION),
        ("fixer", Mode.CONVOCATION, MessageKind.CONVOCATION),
        ("reserver", None, MessageKind.BOOKED),
    ],
)
def test_a_date_is_proposed_fixed_or_booked_in_one_post(
    team: Team, client: FlaskClient, follow_up: FollowUp, way: str, mode: Mode | None, kind: MessageKind
) -> None:
    form = client.get(f"/agents/personnes/{follow_up.beneficiary_id}/suivis/{follow_up.id}/{way}")
    assert "Mercredi 25 novembre" in form.text
    offered = re.findall(r'name="creneau" value="([^"]+)"', form.text)
    answer = post(client, follow_up, way, creneau=offered[4])
    assert (answer.status_code, answer.location) == (303, f"/agents/personnes/{follow_up.beneficiary_id}")
    with team.database.reading() as session:
        assert [one.mode for one in session.query(Invitation)] == ([mode] if mode else [])
        assert {one.kind for one in session.query(Message)} == {kind}
        assert session.query(Participation).count() == (0 if way == "proposer" else 1)


def test_a_slot_that_was_just_taken_is_said_in_place_and_nothing_is_written(
    team: Team, client: FlaskClient, follow_up: FollowUp
) -> None:
    token = choices(team, follow_up)[3]
    with team.changing() as world:
        faster = world.make_follow_up()
    post(client, faster, "reserver", creneau=token)
    answer = post(client, follow_up, "fixer", creneau=token)
    assert answer.status_code == 409
    assert "Ce créneau n’est plus libre, en choisir un autre." in answer.text
    assert f'value="{token}"' not in answer.text
    with team.database.reading() as session:
        assert session.query(Invitation).count() == 0
        assert session.query(Participation).count() == 1


def test_what_was_chosen_stays_chosen_when_the_act_is_refused_for_another_reason(
    team: Team, client: FlaskClient, follow_up: FollowUp
) -> None:
    with team.changing() as world:
        world.session.query(CategorySettings).one().modes = ["invitation"]
    token = choices(team, follow_up)[60]  # on a day that is not shown at first
    answer = post(client, follow_up, "fixer", creneau=token)
    assert answer.status_code == 409
    assert "Les réglages de la structure ne permettent pas la convocation." in answer.text
    assert re.search(rf'value="{token}" required checked', answer.text)


def test_a_date_must_be_chosen_and_be_one(client: FlaskClient, follow_up: FollowUp) -> None:
    for token in ("", "demain", "20261124T0900-1", "20269924T0900-1-1"):
        answer = post(client, follow_up, "reserver", creneau=token)
        assert answer.status_code == 422
        assert "Choisissez d’abord un horaire." in answer.text


def test_each_place_has_its_own_times(team: Team, client: FlaskClient, follow_up: FollowUp) -> None:
    with team.changing() as world:
        romans = world.make_place(city="Romans-sur-Isère")
        world.make_opening(place_id=romans.id, agent_id=world.make_agent().id)
    path = f"/agents/personnes/{follow_up.beneficiary_id}/suivis/{follow_up.id}/proposer"
    page = client.get(path, query_string={"lieu": romans.id}).text
    places = {token.split("-")[1] for token in re.findall(r'name="creneau" value="([^"]+)"', page)}
    assert places == {str(romans.id)}


def test_without_a_slot_the_page_says_where_to_open_some(team: Team, client: FlaskClient, follow_up: FollowUp) -> None:
    with team.changing() as world:
        world.session.delete(world.session.get_one(Opening, world.opening.id))
    page = client.get(f"/agents/personnes/{follow_up.beneficiary_id}/suivis/{follow_up.id}/proposer").text
    assert "Aucun créneau n’est libre" in page
    assert "Ouvrir des créneaux" in page


def test_more_days_are_shown_on_demand(client: FlaskClient, follow_up: FollowUp) -> None:
    path = f"/agents/personnes/{follow_up.beneficiary_id}/suivis/{follow_up.id}/proposer"
    first = client.get(path).text
    assert first.count('<fieldset class="day"') == 8
    assert client.get(path, query_string={"jours": 16}).text.count('<fieldset class="day"') == 16
    assert client.get(path, query_string={"jours": "x"}).text.count('<fieldset class="day"') == 8


# Appointments


def booked(team: Team, client: FlaskClient, follow_up: FollowUp) -> Participation:
    post(client, follow_up, "reserver", creneau=choices(team, follow_up)[5])
    with team.changing() as world:
        return world.session.query(Participation).one()


def test_the_service_cancels_and_the_person_is_told(team: Team, client: FlaskClient, follow_up: FollowUp) -> None:
    met = booked(team, client, follow_up)
    path = f"/agents/personnes/{follow_up.beneficiary_id}"
    assert client.post(f"{path}/rendez-vous/{met.id}/annuler").location == path
    assert status_of(team, follow_up) is FollowUpStatus.REVOKED
    with team.database.reading() as session:
        assert MessageKind.CANCELLED_BY_SERVICE in {one.kind for one in session.query(Message)}
    again = client.post(f"{path}/rendez-vous/{met.id}/annuler")
    assert again.status_code == 409
    assert "Ce rendez-vous ne se change plus." in again.text


def test_the_outcome_of_a_past_appointment_is_noted_and_corrected(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        met = expect(world, NOW - timedelta(days=1))
    path = f"/agents/personnes/{met.beneficiary_id}"
    for word, outcome in (("noshow", Outcome.NOSHOW), ("seen", Outcome.SEEN), ("", Outcome.UNKNOWN)):
        assert client.post(f"{path}/rendez-vous/{met.id}/issue", data={"issue": word}).location == path
        with team.database.reading() as session:
            assert session.get_one(Participation, met.id).outcome is outcome


def test_nobody_came_to_an_appointment_that_has_not_begun(team: Team, client: FlaskClient, follow_up: FollowUp) -> None:
    met = booked(team, client, follow_up)
    answer = client.post(
        f"/agents/personnes/{follow_up.beneficiary_id}/rendez-vous/{met.id}/issue", data={"issue": "seen"}
    )
    assert answer.status_code == 409
    assert status_of(team, follow_up) is FollowUpStatus.APPOINTMENT_PENDING


def test_a_callback_is_marked_done_from_the_page(team: Team, client: FlaskClient, follow_up: FollowUp) -> None:
    with team.changing() as world:
        asked = world.add(
            CallbackRequest(
                organisation_id=world.organisation.id, beneficiary_id=follow_up.beneficiary_id, follow_up_id=follow_up.id,
                phone="+33639980077", created_at=NOW,
            )
        )  # fmt: skip
    path = f"/agents/personnes/{follow_up.beneficiary_id}"
    assert client.post(f"{path}/rappels/{asked.id}/fait").location == path
    assert "Fait le 24/11" in page_of(client, follow_up)


def test_an_archived_person_can_be_read_and_not_acted_on(team: Team, client: FlaskClient, follow_up: FollowUp) -> None:
    with team.changing() as world:
        somebody = world.session.get_one(Beneficiary, follow_up.beneficiary_id)
        somebody.memberships[0].archived_at, somebody.memberships[0].archive_reason = NOW, "a déménagé"
    page = page_of(client, follow_up)
    assert "a déménagé" in page
    assert "Proposer une date" not in page
    assert "Clore le suivi" not in page
    assert post(client, follow_up, "inviter", canal=["sms"]).status_code == 409


def test_the_page_tells_since_when_somebody_waits_and_what_they_were_offered(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        met = expect(world, NOW + timedelta(days=9))
        place = world.add(
            Waiting(
                organisation_id=world.organisation.id,
                follow_up_id=met.follow_up_id,
                participation_id=met.id,
                asked_at=NOW - timedelta(days=1),
            )
        )
        for hours, answer in ((1, OfferAnswer.DECLINED), (2, None)):
            freed = expect(world, NOW + timedelta(days=3, hours=hours))
            world.add(
                FreedSlot(
                    appointment_id=freed.appointment_id,
                    waiting_id=place.id,
                    offered_at=NOW,
                    until=NOW + timedelta(hours=2),
                    answer=answer,
                    answered_at=NOW if answer else None,
                )
            )
    words = words_of(client.get(f"/agents/personnes/{met.beneficiary_id}").text)
    assert "Attend une place depuis le 23/11" in words
    assert "Voudrait venir plus tôt" in words
    assert "Vendredi 27 novembre à 11 h 00, Valence : refusée" in words
    assert "Vendredi 27 novembre à 12 h 00, Valence : gardée jusqu’au 24/11 à 12 h 00" in words


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        (WaitEnd.SERVED, "une place a été prise le 24/11"),
        (WaitEnd.GAVE_UP, "n’attend plus depuis le 24/11"),
        (WaitEnd.OVERTAKEN, "l’attente a pris fin le 24/11"),
    ],
)
def test_the_page_tells_how_the_wait_ended(team: Team, client: FlaskClient, reason: WaitEnd, said: str) -> None:
    with team.changing() as world:
        follow_up = world.make_follow_up()
        values = {"organisation_id": world.organisation.id, "follow_up_id": follow_up.id}
        world.add(Waiting(asked_at=NOW - timedelta(days=1), ended_at=NOW, end_reason=reason, **values))
    words = words_of(client.get(f"/agents/personnes/{follow_up.beneficiary_id}").text)
    assert said in words
    assert "Attend une place depuis" not in words
