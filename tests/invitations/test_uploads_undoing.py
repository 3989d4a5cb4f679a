"""An import undone: what nobody has touched since goes back; whoever was invited keeps it from being undone."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from invitations import uploads
from invitations.errors import ImportStays
from invitations.models import (
    AuditEvent,
    Beneficiary,
    FollowUp,
    FollowUpStatus,
    ImportBatch,
    ImportState,
    Invitation,
    Membership,
    Mode,
    Referent,
    StatusChange,
    Tag,
    Tagging,
)
from invitations.uploads.undoing import Undone, undo
from tests.factories import World
from tests.invitations.lists import bring, csv, everyone, preview

HEADER = "Nom;Prénom;ID IODAS;Tél;Mail;Tags"
ANA = "Roux;Ana;12;0639980001;ana@example.fr;Bus"
AWA = "Diallo;Awa;13;0639980002;;Bus"


def saved(session: Session, world: World, *lines: str) -> ImportBatch:
    batch = preview(session, world, csv(HEADER, *lines))
    uploads.save(session, batch, agent_id=world.agent.id, now=world.now)
    world.now += timedelta(hours=1)
    return batch


def undone(session: Session, world: World, batch: ImportBatch) -> Undone:
    return undo(session, batch, agent_id=world.agent.id, now=world.now)


def invite(world: World, follow_up: FollowUp) -> None:
    world.add(
        Invitation(
            uid=str(uuid.uuid4()),
            follow_up_id=follow_up.id,
            organisation_id=world.organisation.id,
            mode=Mode.INVITATION,
            created_at=world.now,
        )
    )


def count(session: Session, table: type) -> int:
    return session.scalar(select(func.count()).select_from(table)) or 0


def test_people_created_go_with_all_that_came_with_them(session: Session, world: World) -> None:
    batch = saved(session, world, ANA, ANA, AWA)
    assert undone(session, world, batch) == Undone(removed=2, restored=0, kept=0)
    for table in (Beneficiary, Membership, FollowUp, StatusChange, Tagging):
        assert count(session, table) == 0
    assert (batch.state, batch.undone_at) == (ImportState.UNDONE, world.now)
    assert undone(session, world, batch) == Undone()


def test_what_was_changed_becomes_what_it_was(session: Session, world: World) -> None:
    saved(session, world, ANA)
    (ana,) = everyone(session)
    ana.phone_dead_at = dead = world.now
    session.flush()
    batch = saved(session, world, "Roux-Sow;Ana;12;0639980007;;Garage")
    assert undone(session, world, batch) == Undone(restored=1)
    (ana,) = everyone(session)
    assert (ana.last_name, ana.phone, ana.phone_dead_at) == ("Roux", "+33639980001", dead)
    assert "0639980001" in ana.search_key
    assert "roux-sow" not in ana.search_key
    session.refresh(ana, ["tags"])
    assert [tag.label for tag in ana.tags] == ["Bus"]
    assert count(session, Tag) == 2
    assert count(session, FollowUp) == 1


def test_what_somebody_changed_since_stays(session: Session, world: World) -> None:
    saved(session, world, ANA)
    batch = saved(session, world, "Roux;Ana;12;0639980007;nouvelle@example.fr;Bus", AWA)
    ana, awa = everyone(session)
    ana.phone = "+33639980009"
    awa.logistic_note, awa.updated_at = "au rez-de-chaussée", world.now
    session.flush()
    assert undone(session, world, batch) == Undone(removed=0, restored=1, kept=2)
    ana, awa = everyone(session)
    assert (ana.phone, ana.email) == ("+33639980009", "ana@example.fr")
    assert awa.logistic_note


def test_somebody_new_of_whom_anything_was_written_since_stays(session: Session, world: World) -> None:
    batch = saved(session, world, ANA, AWA)
    ana, _ = everyone(session)
    world.add(Referent(beneficiary_id=ana.id, agent_id=world.agent.id, created_at=world.now))
    assert undone(session, world, batch) == Undone(removed=1, kept=1)
    assert [one.first_name for one in everyone(session)] == ["Ana"]


def test_somebody_whom_a_later_import_found_stays(session: Session, world: World) -> None:
    batch = saved(session, world, ANA)
    saved(session, world, ANA)
    assert undone(session, world, batch) == Undone(kept=1)


def test_an_import_that_invited_somebody_stays(session: Session, world: World) -> None:
    batch = saved(session, world, ANA, AWA)
    invite(world, session.scalars(select(FollowUp)).first())  # type: ignore[arg-type]  # there are two
    with pytest.raises(ImportStays) as refused:
        undone(session, world, batch)
    assert refused.value.details == {"invited": 1}
    assert count(session, Beneficiary) == 2
    assert batch.state is ImportState.SAVED


def test_people_invited_before_an_import_changed_them_do_not_keep_it(session: Session, world: World) -> None:
    saved(session, world, ANA)
    invite(world, session.scalars(select(FollowUp)).one())
    batch = saved(session, world, ANA.replace("0639980001", "0639980005"))
    assert undone(session, world, batch) == Undone(restored=1)


def test_a_preview_has_nothing_to_undo(session: Session, world: World) -> None:
    batch = preview(session, world, csv(HEADER, ANA))
    with pytest.raises(ImportStays) as refused:
        undone(session, world, batch)
    assert refused.value.details == {"invited": 0}


def test_who_was_archived_here_is_archived_again(session: Session, world: World) -> None:
    saved(session, world, ANA)
    here = session.scalars(select(Membership)).one()
    here.archived_at, here.archive_reason = archived = (world.now, "déménagement")
    elsewhere = world.make_organisation()
    world.add(Membership(beneficiary_id=here.beneficiary_id, organisation_id=elsewhere.id, created_at=world.now))
    batch = saved(session, world, ANA)
    undone(session, world, batch)
    session.refresh(here)
    assert (here.archived_at, here.archive_reason) == archived


def test_who_came_from_another_team_leaves_this_one_and_keeps_the_other(session: Session, world: World) -> None:
    saved(session, world, ANA)
    first = world.organisation
    world.organisation = world.make_organisation()
    world.make_settings()
    batch = saved(session, world, ANA)
    assert count(session, Membership) == 2
    undone(session, world, batch)
    assert session.scalars(select(Membership.organisation_id)).all() == [first.id]


def test_a_follow_up_that_went_on_stays(session: Session, world: World) -> None:
    saved(session, world, ANA)
    world.category = world.make_category(code="rsa_accompagnement")
    world.make_settings()
    batch = saved(session, world, ANA)
    opened = session.scalars(select(FollowUp).where(FollowUp.category_id == world.category.id)).one()
    opened.status = FollowUpStatus.CLOSED
    session.flush()
    undone(session, world, batch)
    assert count(session, FollowUp) == 2


def test_the_same_list_comes_in_again_after_it_was_undone(session: Session, world: World) -> None:
    undone(session, world, saved(session, world, ANA, AWA))
    assert bring(session, world, csv(HEADER, ANA, AWA)).created == 2


def test_the_journal_says_who_undid_it_with_counts_alone(session: Session, world: World) -> None:
    batch = saved(session, world, ANA, AWA)
    undone(session, world, batch)
    noted = session.scalars(select(AuditEvent).where(AuditEvent.action == "import.undone")).one()
    assert (noted.agent_id, noted.details) == (
        world.agent.id,
        {"batch": batch.id, "removed": 2, "restored": 0, "kept": 0},
    )
