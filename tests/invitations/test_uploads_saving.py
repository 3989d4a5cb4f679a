"""Saving a preview: people, memberships, follow-ups, tags; and the same file again, which changes nothing."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from time import process_time

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from invitations import uploads
from invitations.database import Database
from invitations.models import (
    AuditEvent,
    Beneficiary,
    FollowUp,
    FollowUpStatus,
    ImportBatch,
    ImportState,
    Membership,
    Message,
    StatusChange,
    Tag,
    Tagging,
    Title,
    Verdict,
)
from invitations.uploads import Saved
from tests.factories import World
from tests.invitations.lists import bring, bring_file, csv, everyone, preview, rows_of

HEADER = "Nom;Prénom;ID IODAS;Tél;Mail;Tags"
ANA = "ROUX;Ana;12;0639980001;ana@example.fr;Garage, Bus"
AWA = "Diallo;Awa;13;0639980002;;bus"


def count(session: Session, table: type) -> int:
    return session.scalar(select(func.count()).select_from(table)) or 0


def test_a_list_becomes_people_with_all_that_it_says(session: Session, world: World) -> None:
    assert bring_file(session, world, "departement.xlsx") == Saved(1, 0, 0, 0, 0)
    (luis,) = everyone(session)
    assert (luis.first_name, luis.last_name, luis.title) == ("Luis", "Ferreira", Title.SIR)
    assert (luis.phone, luis.email, luis.email_key) == ("+33639980001", "luis@example.org", "luis@example.org")
    assert (luis.address, luis.postcode, luis.city) == ("12 RUE DES TANNEURS", "26000", "Valence")
    assert (luis.affiliation_number, luis.department_internal_id) == ("QK4711Z", "8383")
    assert (luis.first_name_key, luis.language, luis.department_id) == ("luis", "fr", world.department.id)
    assert "0639980001" in luis.search_key
    assert [tag.label for tag in luis.tags] == ["Garage"]


def test_each_person_gets_a_membership_and_a_follow_up_to_be_invited_from(session: Session, world: World) -> None:
    bring(session, world, csv(HEADER, ANA, AWA))
    ids = [one.id for one in everyone(session)]
    members = session.scalars(select(Membership).order_by(Membership.beneficiary_id)).all()
    assert [(one.beneficiary_id, one.organisation_id) for one in members] == [
        (person_id, world.organisation.id) for person_id in ids
    ]
    follow_ups = session.scalars(select(FollowUp).order_by(FollowUp.beneficiary_id)).all()
    assert [one.beneficiary_id for one in follow_ups] == ids
    assert {(one.category_id, one.status, one.status_since) for one in follow_ups} == {
        (world.category.id, FollowUpStatus.NOT_INVITED, world.now)
    }
    assert {one.follow_up_id for one in session.scalars(select(StatusChange))} == {one.id for one in follow_ups}


def test_tags_are_shared_by_people_whatever_their_case(session: Session, world: World) -> None:
    bring(session, world, csv(HEADER, ANA, AWA))
    assert sorted(one.label for one in session.scalars(select(Tag))) == ["Bus", "Garage"]
    assert count(session, Tagging) == 3


def test_the_same_file_again_changes_nothing_and_sends_nothing(session: Session, world: World) -> None:
    lines = [ANA, AWA, "Sow;Karim;12;0639980001;ana@example.fr;", "Morel;;14;;;", "Rey;Luc;15;06;;"]
    bring(session, world, csv(HEADER, *lines))
    before = [(one.id, one.updated_at, one.search_key) for one in everyone(session)]
    world.now += timedelta(days=1)
    random.Random(3).shuffle(lines)
    assert bring(session, world, csv(HEADER, *lines)) == Saved(
        created=0, updated=0, unchanged=4, ambiguous=0, refused=1
    )
    assert [(one.id, one.updated_at, one.search_key) for one in everyone(session)] == before
    assert count(session, FollowUp) == 4
    assert count(session, Message) == 0


def test_a_person_with_no_identifier_but_a_household_is_found_again(session: Session, world: World) -> None:
    content = csv("Nom;Prénom;N° CAF;Rôle", "Roux;Ana;QK4711Z;dem", "Roux;Karim;QK4711Z;cjt")
    assert bring(session, world, content).created == 2
    assert bring(session, world, content) == Saved(0, 0, 2, 0, 0)


def test_saving_the_same_import_twice_does_nothing_more(session: Session, world: World) -> None:
    batch = preview(session, world, csv(HEADER, ANA))
    first = uploads.save(session, batch, agent_id=world.agent.id, now=world.now)
    second = uploads.save(session, batch, agent_id=world.agent.id, now=world.now + timedelta(hours=1))
    assert first == second == Saved(1, 0, 0, 0, 0)
    assert batch.saved_at == world.now
    assert count(session, Beneficiary) == 1


def test_a_preview_overtaken_by_another_import_makes_no_double(session: Session, world: World) -> None:
    late = preview(session, world, csv(HEADER, ANA))
    bring(session, world, csv(HEADER, ANA))
    assert uploads.save(session, late, agent_id=None, now=world.now) == Saved(0, 0, 1, 0, 0)
    assert count(session, Beneficiary) == 1
    (row,) = rows_of(session, late)
    assert (row.verdict, row.beneficiary_id) == (Verdict.UNCHANGED, everyone(session)[0].id)


def test_two_previews_of_one_file_saved_at_the_same_moment_make_one_of_each(database: Database, now: datetime) -> None:
    with database.writing() as session:
        world = World(session, now)
        content = csv(HEADER, *(f"Nom{n};Ana;{n};;;" for n in range(1, 51)))
        batches = [preview(session, world, content).id for _ in range(2)]

    def save(batch_id: int) -> Saved:
        with database.writing() as session:
            return uploads.save(session, session.get_one(ImportBatch, batch_id), agent_id=None, now=now)

    with ThreadPoolExecutor() as both:
        saved = list(both.map(save, batches))
    assert sorted(one.created for one in saved) == [0, 50]
    with database.reading() as session:
        assert count(session, Beneficiary) == 50


def test_what_changed_is_written_with_its_keys_and_a_new_number_is_not_dead(session: Session, world: World) -> None:
    bring(session, world, csv(HEADER, ANA))
    (ana,) = everyone(session)
    ana.phone_dead_at = ana.email_dead_at = world.now
    session.flush()
    saved = bring(session, world, csv(HEADER, "Roux-Sow;Ana;12;0639980007;;"))
    assert saved == Saved(0, 1, 0, 0, 0)
    (ana,) = everyone(session)
    assert (ana.last_name, ana.phone, ana.email) == ("Roux-Sow", "+33639980007", "ana@example.fr")
    assert "roux-sow" in ana.search_key
    assert "0639980007" in ana.search_key
    assert ana.phone_dead_at is None
    assert ana.email_dead_at == world.now


def test_questions_and_refusals_are_left_alone(session: Session, world: World) -> None:
    bring(session, world, csv(HEADER, ANA))
    content = csv(HEADER, "Roux;Ana;12;0639980008;;", "Roux;Ana;12;0639980009;;", "Roux;Ana;;;;")
    assert bring(session, world, content) == Saved(created=0, updated=0, unchanged=0, ambiguous=2, refused=1)
    assert [one.phone for one in everyone(session)] == ["+33639980001"]


def test_a_second_row_about_somebody_new_completes_the_first(session: Session, world: World) -> None:
    batch = preview(session, world, csv(HEADER, "Roux;Ana;12;;;", "Roux;Ana;12;0639980001;;Bus"))
    uploads.save(session, batch, agent_id=None, now=world.now)
    (ana,) = everyone(session)
    assert ana.phone == "+33639980001"
    assert [tag.label for tag in ana.tags] == ["Bus"]
    assert [row.beneficiary_id for row in rows_of(session, batch)] == [ana.id, ana.id]


def test_a_person_archived_here_and_active_elsewhere_comes_back(session: Session, world: World) -> None:
    bring(session, world, csv(HEADER, ANA))
    here = session.scalars(select(Membership)).one()
    here.archived_at, here.archive_reason = world.now, "déménagement"
    elsewhere = world.make_organisation()
    world.add(Membership(beneficiary_id=here.beneficiary_id, organisation_id=elsewhere.id, created_at=world.now))
    batch = preview(session, world, csv(HEADER, ANA))
    assert rows_of(session, batch)[0].changes == {"membership": ["archived", "active"]}
    uploads.save(session, batch, agent_id=None, now=world.now)
    session.refresh(here)
    assert here.archived_at is None
    assert here.archive_reason is None
    assert count(session, Membership) == 2


def test_another_category_opens_another_follow_up_for_the_same_person(session: Session, world: World) -> None:
    bring(session, world, csv(HEADER, ANA))
    world.category = world.make_category(code="rsa_accompagnement")
    world.make_settings()
    assert bring(session, world, csv(HEADER, ANA)) == Saved(0, 1, 0, 0, 0)
    assert count(session, FollowUp) == 2
    assert bring(session, world, csv(HEADER, ANA)) == Saved(0, 0, 1, 0, 0)


def test_an_import_is_written_in_the_journal_with_counts_alone(session: Session, world: World) -> None:
    batch = preview(session, world, csv(HEADER, ANA))
    uploads.save(session, batch, agent_id=world.agent.id, now=world.now)
    assert batch.state is ImportState.SAVED
    said = session.scalars(select(AuditEvent).where(AuditEvent.action == "import.saved")).one()
    assert (said.agent_id, said.organisation_id, said.at) == (world.agent.id, world.organisation.id, world.now)
    assert said.details == {
        "batch": batch.id,
        "created": 1,
        "updated": 0,
        "unchanged": 0,
        "ambiguous": 0,
        "refused": 0,
    }


def test_a_thousand_rows_are_read_and_saved_within_three_seconds(session: Session, world: World) -> None:
    lines = [f"Nom{n};Prénom{n % 50};{n};063998{n:04d};p{n}@example.fr;Garage" for n in range(1000)]
    started = process_time()  # our own work: the machine may be busy with something else
    assert bring(session, world, csv(HEADER, *lines)).created == 1000
    assert process_time() - started < 3
