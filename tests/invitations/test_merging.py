"""Two records of one person become one: nothing is lost, the links of both go on opening."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from invitations import booking, inviting, journal, merging
from invitations.codes import Codes
from invitations.database import Base
from invitations.errors import BothExpected, NotFound, SameMeeting
from invitations.models import (
    AuditEvent,
    Beneficiary,
    CallbackRequest,
    Channel,
    FollowUp,
    FollowUpStatus,
    ImportBatch,
    ImportRow,
    ImportState,
    InboundText,
    Invitation,
    Membership,
    Menu,
    Need,
    Orientation,
    OrientationKind,
    Outcome,
    Participation,
    Referent,
    StatusChange,
    Tag,
    Tagging,
    TextMenu,
    Verdict,
    Waiting,
)
from tests.app.team import expect, owe
from tests.conftest import NOW, SECRET
from tests.factories import World

CODES = Codes(SECRET)
LATER = NOW + timedelta(minutes=5)


def merge(world: World, kept: Beneficiary, absorbed: Beneficiary, *taken: str) -> None:
    merging.merge(
        world.session,
        kept,
        absorbed,
        taken,
        organisation_id=world.organisation.id,
        agent_id=world.agent.id,
        now=LATER,
    )
    world.session.expire_all()


def invite(world: World, follow_up: FollowUp) -> Invitation:
    return inviting.invite(
        world.session,
        follow_up,
        organisation_id=world.organisation.id,
        channels=[Channel.SMS],
        agent_id=world.agent.id,
        codes=CODES,
        now=NOW,
    )


def two(world: World, **changes: Any) -> tuple[Beneficiary, Beneficiary]:
    kept = world.make_beneficiary(first_name="Inès", last_name="Bernard", phone="+33639980001", email=None)
    return kept, world.make_beneficiary(
        **{"first_name": "Ines", "last_name": "Bernard", "phone": "+33639980002", "email": "ines@example.fr", **changes}
    )


def test_what_is_blank_is_filled_in_and_what_was_chosen_is_taken(world: World) -> None:
    kept, absorbed = two(world, birth_on=date(1990, 5, 1), last_name="Durand", phone_dead_at=NOW)
    merge(world, kept, absorbed, "last_name")
    assert (kept.first_name, kept.last_name) == ("Inès", "Durand")
    assert (kept.phone, kept.phone_dead_at) == ("+33639980001", None)
    assert (kept.email, kept.birth_on) == ("ines@example.fr", date(1990, 5, 1))
    assert "durand" in kept.search_key
    assert kept.email_key == "ines@example.fr"


def test_a_dead_number_stays_dead_when_it_is_the_one_that_was_chosen(world: World) -> None:
    kept, absorbed = two(world, phone_dead_at=NOW)
    merge(world, kept, absorbed, "phone")
    assert (kept.phone, kept.phone_dead_at) == ("+33639980002", NOW)


def test_a_blank_never_takes_the_place_of_a_value_even_when_it_was_chosen(world: World) -> None:
    kept, absorbed = two(world, phone=None)
    merge(world, kept, absorbed, "phone", "address")
    assert kept.phone == "+33639980001"


def test_whoever_refused_texts_on_either_record_gets_none_and_needs_are_put_together(world: World) -> None:
    kept, absorbed = two(world, sms_refused_at=NOW, needs=[Need.STEP_FREE.value])
    kept.needs = [Need.INTERPRETER.value]
    merge(world, kept, absorbed)
    assert kept.sms_refused_at == NOW
    assert kept.needs == ["interpreter", "step_free"]


def test_the_absorbed_record_is_gone_and_the_journal_keeps_both_ids(world: World) -> None:
    kept, absorbed = two(world)
    gone = absorbed.id
    journal.note(world.session, "beneficiary.edited", now=NOW, agent_id=world.agent.id, beneficiary_id=gone)
    merge(world, kept, absorbed)
    assert world.session.get(Beneficiary, gone) is None
    lines = world.session.scalars(select(AuditEvent).order_by(AuditEvent.id)).all()
    assert [one.beneficiary_id for one in lines] == [kept.id, kept.id]
    assert lines[-1].action == "beneficiary.merged"
    assert lines[-1].details["absorbed"] == gone
    assert "ines@example.fr" not in str(lines[-1].details)


def test_the_links_of_both_go_on_opening_and_either_books(world: World) -> None:
    kept, absorbed = two(world)
    mine, theirs = (invite(world, world.make_follow_up(one)) for one in (kept, absorbed))
    merge(world, kept, absorbed)
    follow_up = world.session.scalars(select(FollowUp)).one()
    assert {one.follow_up_id for one in world.session.scalars(select(Invitation))} == {follow_up.id}
    assert follow_up.status is FollowUpStatus.INVITATION_PENDING
    code = CODES.derive("invitation", theirs.id)
    token = booking.open_invitation(world.session, code, codes=CODES, now=LATER).choices[3].token
    booking.book(world.session, code, token, codes=CODES, now=LATER)
    taken = world.session.scalars(select(Participation)).one()
    assert (taken.beneficiary_id, taken.follow_up_id) == (kept.id, follow_up.id)
    world.session.expire_all()
    assert world.session.get_one(Invitation, mine.id).ended_at is not None  # answered once, answered for good


def test_the_appointment_to_come_of_one_ends_the_invitation_of_the_other(world: World) -> None:
    kept, absorbed = two(world)
    open_one = invite(world, world.make_follow_up(absorbed))
    expect(world, NOW + timedelta(days=3), beneficiary=kept)
    merge(world, kept, absorbed)
    assert world.session.get_one(Invitation, open_one.id).ended_at == LATER
    assert world.session.scalars(select(FollowUp.status)).one() is FollowUpStatus.APPOINTMENT_PENDING


def test_refused_while_both_have_an_appointment_to_come_for_the_same_thing(world: World) -> None:
    kept, absorbed = two(world)
    for day, one in ((3, kept), (4, absorbed)):
        expect(world, NOW + timedelta(days=day), beneficiary=one)
    with pytest.raises(BothExpected) as refused:
        merge(world, kept, absorbed)
    assert refused.value.details["starts_at"] == NOW + timedelta(days=4)
    assert world.session.get(Beneficiary, absorbed.id) is not None


def test_refused_while_both_are_noted_in_one_past_session(world: World) -> None:
    kept, absorbed = two(world)
    held = world.make_session(NOW - timedelta(days=2), world.make_type(name="Atelier", is_collective=True))
    for number, one in enumerate((kept, absorbed)):
        world.add(
            Participation(
                uid=f"seat-{number}", appointment_id=held.id, beneficiary_id=one.id,
                follow_up_id=world.make_follow_up(one).id, outcome=Outcome.SEEN, created_by="agent", created_at=NOW,
            )
        )  # fmt: skip
    with pytest.raises(SameMeeting):
        merge(world, kept, absorbed)
    world.session.scalars(select(Participation)).first().outcome = Outcome.EXCUSED  # type: ignore[union-attr]
    world.session.flush()
    merge(world, kept, absorbed)
    assert {one.beneficiary_id for one in world.session.scalars(select(Participation))} == {kept.id}


@pytest.mark.parametrize("case", ["themselves", "another département"])
def test_nobody_is_merged_with_themselves_or_across_départements(world: World, case: str) -> None:
    kept, absorbed = two(world)
    if case == "themselves":
        absorbed = kept
    else:
        absorbed.department_id = world.make_department(number="38").id
    with pytest.raises(NotFound):
        merge(world, kept, absorbed)


def test_everything_that_was_the_absorbed_ones_is_the_kept_ones(world: World) -> None:
    kept, absorbed = two(world)
    everything_of(world, kept, absorbed)
    counted = counts(world.session)
    merge(world, kept, absorbed)
    after = counts(world.session)
    once = {"referents": 1, "taggings": 1, "memberships": 1, "follow_ups": 1, "beneficiaries": 1}  # both had these
    assert after == {name: count - once.get(name, 0) for name, count in counted.items()} | {
        "audit_events": counted["audit_events"] + 1,
        "status_changes": after["status_changes"],
        "figure_changes": after["figure_changes"],  # notes of what is to be counted again
    }
    assert after["status_changes"] >= counted["status_changes"]
    assert still_naming(world.session, Beneficiary, absorbed_id(world.session)) == []
    waits = world.session.scalars(select(Waiting).where(Waiting.ended_at.is_(None))).one()
    assert waits.asked_at == NOW - timedelta(days=2)
    assert world.session.scalars(select(TextMenu)).one().choices == [str(kept.id), "999"]
    assert (
        world.session.scalars(select(Membership).where(Membership.beneficiary_id == kept.id)).one().archived_at is None
    )
    noted = world.session.scalars(select(AuditEvent).where(AuditEvent.action == "contact.phone_corrected")).one()
    assert noted.details["follow_up_id"] == world.session.scalars(select(FollowUp.id)).one()


def everything_of(world: World, kept: Beneficiary, absorbed: Beneficiary) -> None:
    """One row at least in each table that may name somebody, or one of their follow-ups."""
    session = world.session
    tag = world.add(Tag(organisation_id=world.organisation.id, label="mobile", created_at=NOW))
    for days, one in ((1, kept), (2, absorbed)):
        world.add(Tagging(beneficiary_id=one.id, tag_id=tag.id, created_at=NOW))
        world.add(Referent(beneficiary_id=one.id, agent_id=world.agent.id, created_at=NOW))
        follow_up = world.make_follow_up(one)
        world.add(StatusChange(follow_up_id=follow_up.id, status=FollowUpStatus.NOT_INVITED, at=NOW))
        world.add(
            Waiting(
                organisation_id=world.organisation.id, follow_up_id=follow_up.id, asked_at=NOW - timedelta(days=days)
            )
        )
    session.scalars(select(Membership).where(Membership.beneficiary_id == kept.id)).one().archived_at = NOW
    invitation = invite(world, follow_up)
    text = world.add(
        InboundText(
            sid="SM1", sender="+33639980002", number="+33937000000", body="1", received_at=NOW,
            beneficiary_id=absorbed.id, follow_up_id=follow_up.id,
        )
    )  # fmt: skip
    asked = owe(world, beneficiary=absorbed, text_id=text.id)
    world.add(
        TextMenu(
            message_id=asked.id, number="+33639980002", kind=Menu.WHO, choices=[str(absorbed.id), "999"], created_at=NOW
        )
    )
    world.add(
        CallbackRequest(
            organisation_id=world.organisation.id, beneficiary_id=absorbed.id, follow_up_id=follow_up.id,
            invitation_id=invitation.id, phone="+33639980002", created_at=NOW,
        )
    )  # fmt: skip
    world.add(
        Orientation(
            follow_up_id=follow_up.id, kind=OrientationKind.SOCIAL, by_organisation_id=world.organisation.id,
            decided_on=NOW.date(), created_at=NOW,
        )
    )  # fmt: skip
    batch = world.add(
        ImportBatch(
            organisation_id=world.organisation.id, category_id=world.category.id, filename="l.csv", columns={},
            state=ImportState.SAVED, created_at=NOW,
        )
    )  # fmt: skip
    world.add(ImportRow(batch_id=batch.id, position=2, cells={}, verdict=Verdict.CREATE, beneficiary_id=absorbed.id))
    journal.note(session, "contact.phone_corrected", now=NOW, beneficiary_id=absorbed.id, follow_up_id=follow_up.id)


def counts(session: Session) -> dict[str, int]:
    return {
        table.name: session.scalar(select(func.count()).select_from(table)) or 0
        for table in Base.metadata.sorted_tables
    }


def absorbed_id(session: Session) -> int:
    merged = session.scalars(select(AuditEvent).where(AuditEvent.action == "beneficiary.merged")).one()
    return int(merged.details["absorbed"])


def still_naming(session: Session, named: type[Base], row_id: int) -> Collection[str]:
    return [
        str(column)
        for column in merging.columns_that_name(named.__table__)  # type: ignore[arg-type]  # declared classes have a Table
        if session.scalar(select(func.count()).select_from(column.table).where(column == row_id))
    ]


def test_undoing_an_import_leaves_a_merged_person_as_they_are(world: World) -> None:
    kept, absorbed = two(world)
    batch = world.add(
        ImportBatch(
            organisation_id=world.organisation.id, category_id=world.category.id, filename="l.csv", columns={},
            state=ImportState.SAVED, created_at=NOW,
        )
    )  # fmt: skip
    row = world.add(
        ImportRow(
            batch_id=batch.id, position=2, cells={}, verdict=Verdict.UPDATE, beneficiary_id=absorbed.id,
            changes={"membership": [None, "x"]}, before={"values": {"phone": None}, "came": {}, "marks": {}},
        )
    )  # fmt: skip
    merge(world, kept, absorbed)
    assert (row.beneficiary_id, row.changes, row.before) == (kept.id, {}, None)


def test_no_promise_of_a_table_is_broken_by_a_row_that_changes_hands() -> None:
    """A promise with a condition can't be kept by dropping the twin row: each is looked at by hand, and named here."""
    by_hand = {"uq_participations_one_seat", "uq_waitings_one_place_in_the_queue"}
    conditional = {
        index.name
        for named in (Beneficiary, FollowUp)
        for column in merging.columns_that_name(named.__table__)  # type: ignore[arg-type]  # declared classes have a Table
        for index in column.table.indexes
        if index.unique and column in list(index.columns) and list(merging.uniques_of(column)) == []
    }
    assert conditional == by_hand
