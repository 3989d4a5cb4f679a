"""What was invited, written, printed and imported, for walk_things.py."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from invitations import convening, inviting, letters_facts
from invitations.codes import Codes
from invitations.models import (
    Channel,
    ColumnMapping,
    ImportBatch,
    ImportRow,
    InvitationBatch,
    Letter,
    LetterBatch,
    MessageKind,
    MessageState,
    Participation,
    Verdict,
    Wave,
    WavePerson,
)
from tests.app.team import owe
from tests.factories import World

SECRET = "Secrettan"


def of_the_letter(world: World, met: Participation, ours: dict[str, Any], codes: Codes) -> dict[str, object]:
    posted = owe(
        world,
        beneficiary=met.beneficiary,
        participation_id=met.id,
        channel=Channel.LETTER,
        address="",
        kind=MessageKind.CONVOCATION,
        state=MessageState.SENT,
        sent_at=world.now,
        subject=SECRET,
        body=SECRET,
    )
    lot = world.add(LetterBatch(agent_id=world.agent.id, posted_on=world.now.date(), **ours))
    letter = Letter(
        message_id=posted.id,
        batch_id=lot.id,
        code_hash="x" * 64,
        layout=1,
        facts=letters_facts.gather(posted, codes=codes, public_url="https://rdv.drome.example", on=lot.posted_on),
        created_at=world.now,
    )
    return {"letter": world.add(letter).id, "lot": lot.id, "message": posted.id}


def of_imports(world: World, ours: dict[str, Any]) -> dict[str, object]:
    imported = world.add(ImportBatch(category_id=world.category.id, filename=SECRET, columns={}, total=1, **ours))
    cells = {"last_name": SECRET, "first_name": "Ana", "phone": "0639980078"}
    world.add(ImportRow(batch_id=imported.id, position=2, cells=cells, verdict=Verdict.CREATE))
    mapping = world.add(ColumnMapping(header_key="secret", header=SECRET, **ours))
    return {"imported": imported.id, "mapping": mapping.id}


def of_invitations(world: World, codes: Codes) -> dict[str, object]:
    by: dict[str, Any] = {
        "organisation_id": world.organisation.id,
        "agent_id": world.agent.id,
        "codes": codes,
        "now": world.now,
    }
    follow_up = world.make_follow_up(world.make_beneficiary(last_name=SECRET))
    invited = inviting.invite(world.session, follow_up, channels=[Channel.SMS], **by)
    expected = world.make_follow_up(world.make_beneficiary(last_name=SECRET))
    times = convening.choices_for(world.session, expected, organisation_id=world.organisation.id, now=world.now).choices
    convened = convening.convene(world.session, expected, times[4].token, **by)
    booked = world.session.scalars(select(Participation).where(Participation.invitation_id == convened.id)).one()
    return {
        "code": codes.derive("invitation", invited.id),
        "booked_code": codes.derive("participation", booked.id),
        "expected": expected.beneficiary_id,
        "expected_follow_up": expected.id,
        "expected_appointment": booked.appointment_id,
        "expected_participation": booked.id,
        **of_batches(world),
    }


def of_batches(world: World) -> dict[str, object]:
    ours: dict[str, Any] = {
        "organisation_id": world.organisation.id,
        "category_id": world.category.id,
        "agent_id": world.agent.id,
        "created_at": world.now,
    }
    sent = world.add(InvitationBatch(leaves_at=world.now + timedelta(minutes=10), **ours))
    wave = world.add(Wave(channels=["sms"], starts_at=world.now, batch_id=sent.id, **ours))
    follow_up = world.make_follow_up(world.make_beneficiary(last_name=SECRET))
    world.add(WavePerson(wave_id=wave.id, follow_up_id=follow_up.id, position=1))
    return {"batch": sent.id, "wave": wave.id}
