"""The page of results, as an agent reads it: words first, the warning, the figures, what few people don't allow."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import update

from invitations.database import Database
from invitations.models import CategoryKind, FigureState, Mode, OrganisationKind, Outcome, Participation, Role, SlotDay
from tests.app.reading_results import FILE, PAGE, Opened, count, of_modes, opening, words
from tests.app.team import queries_of
from tests.conftest import Clock
from tests.factories import World
from tests.invitations.trial_worlds import running
from tests.stories import T0, Story, crowd

SEEN, NOSHOW, UNKNOWN = Outcome.SEEN, Outcome.NOSHOW, Outcome.UNKNOWN
DEPARTMENT = f"{PAGE}?perimetre=departement"


@pytest.fixture
def opened(flask_app: Flask, database: Database, clock: Clock) -> Opened:
    return opening(flask_app, database, clock)


def forty_of_whom_thirty_came(world: World, mode: Mode = Mode.INVITATION) -> None:
    crowd(world, 40, mode, *[SEEN] * 30, *[NOSHOW] * 5)


def twenty_convoked_of_forty_came(world: World) -> None:
    crowd(world, 40, Mode.CONVOCATION, *[SEEN] * 20, *[NOSHOW] * 20, after=8)


def administered(world: World, *, by: OrganisationKind = OrganisationKind.DEPARTMENT_COUNCIL) -> None:
    """By an administrator of an organisation of this kind, alone there until more is told."""
    world.organisation = world.make_organisation(kind=by, name="Pôle insertion")
    world.agent = world.make_agent(role=Role.ADMIN)
    world.make_settings(organisation_id=world.organisation.id)


def test_the_page_begins_with_a_sentence_and_its_interval(opened: Opened) -> None:
    said = words(opened(forty_of_whom_thirty_came))
    assert "75 personnes sollicitées sur 100 ont été vues dans les 45 jours" in said
    assert "Entre 60 et 86, compte tenu du hasard, d’après 40 personnes sollicitées" in said


def test_the_observed_figures_say_that_they_are_not_comparable_and_why(opened: Opened) -> None:
    said = words(opened(forty_of_whom_thirty_came))
    assert (
        "Observé, non comparable. Ces chiffres ne disent pas si l’invitation marche mieux : les personnes convoquées "
        "sont souvent celles qui n’ont pas répondu."
    ) in said
    assert "Invitées, 35 départements 11,2 % 55 48,8 55 × (100 % − 11,2 %)" in said
    assert "Convoquées, 35 départements 23,8 % 100 76,2 100 × (100 % − 23,8 %)" in said


def test_ones_own_figures_stand_beside_the_published_ones(opened: Opened) -> None:
    """14 % of absences, 88 of 100 with an appointment, 75 seen: what the rate of absences hides, with one's own numbers."""
    said = words(opened(forty_of_whom_thirty_came))
    assert "Invitation, votre structure 14 % 88 75 compté, dans les 45 jours : 30 sur 40" in said
    assert "Convocation, votre structure" not in said


def test_every_rate_has_its_denominator_and_its_interval(opened: Opened) -> None:
    """Counted, reached, answered, with an appointment, by themselves, seen, unknown: 35 booked of 40, all by themselves."""
    said = words(opened(forty_of_whom_thirty_came))
    booked = "88 35 sur 40 74 à 95"
    assert f"Invitation 40 40 {booked} {booked} {booked} {booked} 75 30 sur 40 60 à 86 0 0 sur 40" in said
    assert "Convocation personne encore" in said


def test_a_difference_has_its_interval_and_no_verdict(opened: Opened) -> None:
    def told(world: World) -> None:
        forty_of_whom_thirty_came(world)
        twenty_convoked_of_forty_came(world)

    said = words(opened(told))
    assert (
        "Convocation moins invitation −25 −43 à −4 −25 −45 à −5 Plus que le hasard ; mais ce ne sont pas les mêmes "
        "personnes."
    ) in said
    assert "Paradoxe de Simpson" not in said


def test_while_lots_are_drawn_no_difference_is_told_outside_of_the_planned_looks(opened: Opened) -> None:
    def told(world: World) -> None:
        forty_of_whom_thirty_came(world)
        twenty_convoked_of_forty_came(world)
        running(world)

    said = words(opened(told))
    assert "Une évaluation par tirage au sort est en cours" in said
    assert "Convocation moins invitation" not in said


def test_differences_that_contradict_each_other_are_called_so(opened: Opened) -> None:
    """Among people with a mobile and among those without, invitation sees more; the convoked had the easier ones."""

    def told(world: World) -> None:
        crowd(world, 40, Mode.CONVOCATION, *[SEEN] * 32, to_mobile=True)
        crowd(world, 10, Mode.INVITATION, *[SEEN] * 9, to_mobile=True)
        crowd(world, 10, Mode.CONVOCATION, *[SEEN] * 2, to_mobile=False)
        crowd(world, 40, Mode.INVITATION, *[SEEN] * 12, to_mobile=False)

    said = words(opened(told))
    assert "Les deux écarts se contredisent : ne retenir ni l’un ni l’autre." in said
    assert (
        "Toutes personnes confondues, l’écart entre convocation et invitation est de +26 pour 100 ; entre personnes "
        "semblables, il est de −10."
    ) in said


def test_few_people_have_counts_and_an_interval_but_no_rate(opened: Opened) -> None:
    said = words(opened(lambda world: crowd(world, 4, Mode.INVITATION, SEEN, SEEN, SEEN, NOSHOW, after=9)))
    assert "3 personnes vues dans les 45 jours, sur 4 sollicitées" in said
    assert "Trop peu de monde pour un taux : sur 100 personnes, cela pourrait être 30 comme 95." in said
    assert "petit effectif 3 sur 4 30 à 95" in said
    assert "personnes sollicitées sur 100 ont été vues" not in said


def test_while_every_window_runs_the_page_says_when_figures_come(opened: Opened) -> None:
    def told(world: World) -> None:
        Story(world).addressed(Mode.INVITATION, day=70).met(SEEN, day=75)

    said = words(opened(told))
    assert "Données insuffisantes : il est trop tôt pour compter" in said
    assert "1 personne sollicitée, dont 1 déjà vue." in said
    # 10 November + 45 days + 7 days to note who came, and the day after
    assert "premiers chiffres le samedi 2 janvier 2027" in said


def test_too_many_unknown_outcomes_take_the_rate_and_the_pictures_away(opened: Opened) -> None:
    client = opened(lambda world: crowd(world, 40, Mode.INVITATION, *[UNKNOWN] * 3, *[SEEN] * 37, after=9))
    assert "Pas de taux : il manque 3 issues sur 40 personnes" in words(client)
    page = client.get(PAGE).text
    assert "titre-vues" not in page
    assert "titre-courbes" not in page
    seen = of_modes(client)["Invitation", "Vues dans les 45 jours"]
    assert (seen["Nombre"], seen["Pour cent"], seen["Remarque"]) == ("37", "", "trop d’inconnues")


def test_noting_the_missing_outcomes_brings_the_figure_back(opened: Opened, database: Database, clock: Clock) -> None:
    client = opened(lambda world: crowd(world, 43, Mode.INVITATION, *[SEEN] * 30, *[NOSHOW] * 5, *[UNKNOWN] * 3))
    assert "Pas de taux : il manque 3 issues sur 43 personnes" in words(client)
    with database.writing() as session:
        session.execute(update(Participation).where(Participation.outcome == UNKNOWN).values(outcome=SEEN))
        count(session, clock())
    assert "77 personnes sollicitées sur 100 ont été vues" in words(client)


def test_someone_convoked_after_no_answer_is_shown_among_the_invited(opened: Opened) -> None:
    def told(world: World) -> None:
        Story(world).addressed(Mode.INVITATION).addressed(Mode.CONVOCATION, day=20).met(SEEN, day=30)

    found = of_modes(opened(told))
    assert found["Invitation", "Vues dans les 45 jours"]["Nombre"] == "1"
    assert found["Invitation", "Sollicitées autrement ensuite"]["Nombre"] == "1"
    assert found["Convocation", "Personnes sollicitées"]["Nombre"] == "0"


def test_accompaniment_is_watched_for_30_days_unless_another_delay_is_asked_for(opened: Opened) -> None:
    def told(world: World) -> None:
        other = world.make_category(code="rsa_accompagnement", kind=CategoryKind.ACCOMPANIMENT, name="Accompagnement")
        world.make_settings(category_id=other.id)
        crowd(world, 1, Mode.INVITATION, SEEN, after=31, category_id=other.id)

    client = opened(told)
    address = f"{PAGE}?categorie=rsa_accompagnement"
    assert "0 personne vue dans les 30 jours, sur 1 sollicitée" in words(client, address)
    assert "1 personne vue dans les 42 jours, sur 1 sollicitée" in words(client, f"{address}&delai=42")
    assert "D’autres catégories ont des chiffres : Accompagnement, 1 personne sollicitée" in words(client)


def test_half_of_the_people_is_a_number_of_days_with_its_limits(opened: Opened) -> None:
    def told(world: World) -> None:
        crowd(world, 25, Mode.INVITATION, *[SEEN] * 25, after=9)
        crowd(world, 15, Mode.INVITATION, *[SEEN] * 5, after=20)

    said = words(opened(told))
    assert "d’après ce qui s’est passé jusqu’au mardi 24 novembre à" in said
    assert "La moitié des personnes sollicitées ont été vues en 9 jours, toutes façons confondues." in said
    assert "Invitation 40 62 48 à 77 75 61 à 87" in said  # followed, after 15 days, after 30 days
    assert "75 61 à 87 trop peu 9 9 à 20 0" in said  # after 77 days nobody is followed; half, and its limits


def test_delays_from_the_opening_of_the_right_are_of_those_whose_opening_is_known(opened: Opened) -> None:
    def told(world: World) -> None:
        for day in (10, 60):
            person = world.make_beneficiary(
                rights_opened_on=(T0.date().replace(day=1)).fromordinal(T0.toordinal() - day)
            )
            Story(world, world.make_follow_up(person)).addressed(Mode.INVITATION).met(SEEN, day=20)
        crowd(world, 5, Mode.INVITATION, SEEN)

    said = words(opened(told))
    assert "Jusqu’à la première sollicitation 2 sur 2 10 petit effectif 1 sur 2" in said
    assert "Jusqu’au premier rendez-vous honoré 2 sur 2 30 petit effectif 1 sur 2" in said


def test_slots_are_those_of_the_nights_before(opened: Opened) -> None:
    def told(world: World) -> None:
        forty_of_whom_thirty_came(world)
        on = T0.date().fromordinal(T0.toordinal() + 7)
        world.add(
            SlotDay(organisation_id=world.organisation.id, category_id=world.category.id, on=on, offered=8, used=6)
        )

    assert "8 créneaux proposés en 1 semaine, 6 utilisés : 75 sur 100." in words(opened(told))


def test_before_the_first_invitation_the_page_teaches(opened: Opened) -> None:
    said = words(opened(lambda _: None))
    assert "Pas encore de résultats" in said
    assert "Inviter des personnes" in said


def test_while_the_first_count_runs_the_page_says_so(opened: Opened, database: Database) -> None:
    client = opened(lambda _: None)
    with database.writing() as session:
        session.execute(update(FigureState).values(counted_at=None))
    assert "Les chiffres se comptent pour la première fois" in words(client)


def test_another_organisation_reads_none_of_it(opened: Opened) -> None:
    def told(world: World) -> None:
        forty_of_whom_thirty_came(world)
        world.agent = world.make_agent(organisation=world.make_organisation())

    client = opened(told)
    assert "Pas encore de résultats" in words(client)
    assert client.get(f"{PAGE}?categorie=rsa_orientation").status_code == 404
    assert of_modes(client)["Ensemble", "Personnes sollicitées"]["Nombre"] == "0"


def test_the_council_s_administrators_read_the_whole_departement(opened: Opened) -> None:
    def told(world: World) -> None:
        forty_of_whom_thirty_came(world)
        first = world.organisation
        administered(world)
        crowd(world, 60, Mode.INVITATION, *[SEEN] * 15)
        crowd(world, 60, Mode.CONVOCATION, *[SEEN] * 30, by=first)

    said = words(opened(told), DEPARTMENT)
    assert "47 personnes sollicitées sur 100 ont été vues dans les 45 jours" in said  # 75 of 160
    assert "Pôle insertion 60 60" in said
    assert "RSA orientation · Département de la Drôme" in said


def test_groups_of_a_few_people_elsewhere_are_not_shown(opened: Opened) -> None:
    """Proposition: 5 people of another team; convocation goes with it, since the total would tell. One's own are shown."""

    def told(world: World) -> None:
        crowd(world, 60, Mode.INVITATION, *[SEEN] * 40)
        crowd(world, 5, Mode.PROPOSITION, *[SEEN] * 5)
        crowd(world, 40, Mode.CONVOCATION, *[SEEN] * 20)
        administered(world)
        crowd(world, 8, Mode.PROPOSITION, *[SEEN] * 2)

    client = opened(told)
    said = words(client, DEPARTMENT)
    assert "Proposition masqué Convocation masqué" in said
    assert "Invitation 60 60" in said
    assert "Proposition 8 8" in words(client)


def test_a_departement_of_a_few_people_elsewhere_shows_nothing_of_them(opened: Opened) -> None:
    def told(world: World) -> None:
        crowd(world, 12, Mode.INVITATION, *[SEEN] * 9)
        administered(world)
        crowd(world, 40, Mode.INVITATION, *[SEEN] * 30)

    client = opened(told)
    said = words(client, DEPARTMENT)
    assert "Trop peu de monde pour être montré" in said
    assert "sollicitées sur 100" not in said
    assert client.get(f"{FILE}?perimetre=departement").data.count(b"\r\n") == 1
    assert client.get("/agents/resultats/courbes.csv?perimetre=departement").data.count(b"\r\n") == 1


def test_a_partner_s_administrators_read_their_own_organisation_alone(opened: Opened) -> None:
    client = opened(lambda world: administered(world, by=OrganisationKind.SIAE))
    assert client.get(PAGE).status_code == 200
    assert client.get(DEPARTMENT).status_code == 403


def test_nobody_reads_it_without_signing_in(flask_app: Flask) -> None:
    for address in (PAGE, FILE, "/agents/resultats/facons.csv"):
        answer = flask_app.test_client().get(address)
        assert (answer.status_code, "/agents/connexion" in answer.location) == (302, True)


def test_opening_the_page_costs_the_same_queries_whatever_there_is(opened: Opened, flask_app: Flask) -> None:
    def told(world: World) -> None:
        administered(world)
        for mode in Mode:
            for month in range(3):
                crowd(world, 20, mode, *[SEEN] * 12, day=-30 * month)

    client = opened(told)
    assert queries_of(flask_app, lambda: words(client)) <= 16
    assert queries_of(flask_app, lambda: words(client, f"{PAGE}?depuis=2026-09&facon=invitation")) <= 16
    assert queries_of(flask_app, lambda: words(client, DEPARTMENT)) <= 18
