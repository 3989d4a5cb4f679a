"""What an organisation says of its columns: first of all, for itself alone, until it forgets it."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from invitations.errors import NotFound, UploadRefused
from invitations.uploads import mappings
from invitations.uploads.headers import Field
from invitations.uploads.reading import Why
from tests.factories import World
from tests.invitations.lists import csv, everyone, preview, rows_of

LIST = csv("Patronyme;Petit nom;Réf. dossier;Tél", "Roux;Ana;12;0639980001")


def learn(session: Session, world: World, **said: Field | None) -> int:
    named = {header.replace("_", " "): field for header, field in said.items()}
    return mappings.learn(session, named, organisation_id=world.organisation.id, agent_id=world.agent.id, now=world.now)


def test_a_file_of_unknown_columns_is_refused_with_their_names(session: Session, world: World) -> None:
    with pytest.raises(UploadRefused) as refused:
        preview(session, world, LIST)
    assert refused.value.details == {
        "why": Why.NO_HEADER,
        "headers": ["Patronyme", "Petit nom", "Réf. dossier", "Tél"],
    }


def test_people_are_never_shown_as_names_of_columns(session: Session, world: World) -> None:
    with pytest.raises(UploadRefused) as refused:
        preview(session, world, b"Roux;Ana;0639980001\nDiallo;Awa;awa@example.fr\n")
    assert refused.value.details["headers"] == []


def test_what_was_said_of_a_column_holds_for_the_next_file_however_it_is_written(
    session: Session, world: World
) -> None:
    learn(session, world, Patronyme=Field.LAST_NAME, Petit_nom=Field.FIRST_NAME)
    content = csv(" PATRONYME\t;petit-nom;Tél", "Roux;Ana;0639980001")
    (row,) = rows_of(session, preview(session, world, content))
    assert row.cells == {"last_name": "Roux", "first_name": "Ana", "phone": "0639980001"}


def test_what_is_said_goes_before_what_we_would_have_thought(session: Session, world: World) -> None:
    learn(session, world, Commune=None, ID_interne=Field.FRANCE_TRAVAIL_ID)
    content = csv("Nom;Prénom;Commune;ID interne", "Roux;Ana;Valence;12")
    batch = preview(session, world, content)
    assert rows_of(session, batch)[0].cells == {"last_name": "Roux", "first_name": "Ana", "france_travail_id": "12"}
    assert batch.ignored_columns == ["Commune"]


def test_another_organisation_hears_nothing_of_it(session: Session, world: World) -> None:
    learn(session, world, Patronyme=Field.LAST_NAME, Petit_nom=Field.FIRST_NAME)
    world.organisation = world.make_organisation()
    world.make_settings()
    with pytest.raises(UploadRefused):
        preview(session, world, LIST)


def test_what_we_would_have_thought_anyway_is_not_kept(session: Session, world: World) -> None:
    assert learn(session, world, Nom=Field.LAST_NAME, Revenus=None) == 0
    assert mappings.mappings_of(session, world.organisation.id) == []


def test_a_saying_changes_and_goes_when_it_agrees_with_us_again(session: Session, world: World) -> None:
    assert learn(session, world, Patronyme=Field.LAST_NAME) == 1
    assert learn(session, world, Patronyme=Field.LAST_NAME) == 0
    assert learn(session, world, PATRONYME=Field.BIRTH_NAME) == 1
    assert mappings.sayings_of(session, world.organisation.id) == {"patronyme": Field.BIRTH_NAME}
    assert learn(session, world, Patronyme=None) == 1
    assert mappings.sayings_of(session, world.organisation.id) == {}


def test_a_saying_is_forgotten_by_its_own_organisation_alone(session: Session, world: World) -> None:
    learn(session, world, Patronyme=Field.LAST_NAME)
    (kept,) = mappings.mappings_of(session, world.organisation.id)
    stranger = world.make_organisation()
    with pytest.raises(NotFound):
        mappings.forget(session, kept.id, organisation_id=stranger.id, agent_id=world.agent.id, now=world.now)
    mappings.forget(session, kept.id, organisation_id=world.organisation.id, agent_id=world.agent.id, now=world.now)
    assert mappings.mappings_of(session, world.organisation.id) == []
    assert everyone(session) == []
