"""What was invited, written, printed and imported, for walk_things.py."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from typing import Any

from sqlalchemy import select

from invitations import convening, inviting, letters_facts
from invitations.codes import Codes
from invitations.department_settings import Speaker
from invitations.machines import batches, keys
from invitations.machines.callers import Caller
from invitations.models import (
    Channel,
    ColumnMapping,
    Happening,
    ImportBatch,
    ImportRow,
    InvitationBatch,
    JobCentreNotice,
    KeyScope,
    Letter,
    LetterBatch,
    MessageKind,
    MessageState,
    MoveIn,
    MoveInRemark,
    MoveInState,
    NoticeState,
    NoticeTrouble,
    Participation,
    Resource,
    UsefulPlace,
    Verdict,
    Wave,
    WavePerson,
    WebhookEndpoint,
    WebhookEvent,
)
from invitations.useful_places import drafts
from invitations.useful_places.reading import read
from tests.app.team import owe
from tests.data_inclusion import as_json, service, structure
from tests.factories import World
from tests.useful import know

SECRET = "Secrettan"


def of_moves(world: World, ours: dict[str, Any]) -> dict[str, object]:
    """A move that is looked at, with a line left out, and one that goes on."""
    values = {"organisation_ids": [], "agent_id": world.agent.id, "with_reminders": True, "started_at": world.now}
    values |= {"people_file": "personnes.csv", "meetings_file": "rendez-vous.csv", "dropped_columns": ["Revenus"]}
    values |= {"total": 42, "counts": {"people": 30, "appointments": 8, "left_out": 2}}
    move = world.add(MoveIn(state=MoveInState.PREVIEW, **values, **ours))
    for of_people, why in ((True, "no_name"), (False, "type_unknown")):
        cells = {"last_name": SECRET}
        world.add(
            MoveInRemark(move_in_id=move.id, of_people=of_people, number=7, is_left_out=True, whys=why, cells=cells)
        )
    going_on = world.add(MoveIn(state=MoveInState.MOVING, done=12, **values, **ours))
    return {"move": move.id, "move_at_work": going_on.id}


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
        facts=letters_facts.gather(posted, public_url="https://rdv.drome.example", on=lot.posted_on),
        created_at=world.now,
    )
    return {"letter": world.add(letter).id, "lot": lot.id, "message": posted.id}


def of_imports(world: World, ours: dict[str, Any]) -> dict[str, object]:
    imported = world.add(ImportBatch(category_id=world.category.id, filename=SECRET, columns={}, total=1, **ours))
    cells = {"last_name": SECRET, "first_name": "Ana", "phone": "0639980078"}
    world.add(ImportRow(batch_id=imported.id, position=2, cells=cells, verdict=Verdict.CREATE))
    mapping = world.add(ColumnMapping(header_key="secret", header=SECRET, **ours))
    return {"imported": imported.id, "mapping": mapping.id}


def of_machines(world: World) -> dict[str, object]:
    by = keys.By(world.agent, world.organisation)
    key, _ = keys.create(world.session, SECRET, list(KeyScope), of_department=False, by=by, now=world.now)
    caller = Caller((world.organisation,), frozenset(KeyScope), key_id=key.id)
    batch = batches.hand_in(world.session, world.organisation, [], by=caller, now=world.now)
    told = world.add(
        WebhookEndpoint(
            organisation_id=world.organisation.id,
            address="https://logiciel.example/recevoir",
            secret_sealed="sealed",
            created_by_agent_id=world.agent.id,
            created_at=world.now,
        )
    )
    happened = world.add(
        WebhookEvent(endpoint_id=told.id, resource=Resource.RDV, resource_id=1, happening=Happening.CREATED)
    )
    world.add(JobCentreNotice(organisation_id=world.organisation.id, state=NoticeState.TOLD, remote_id="1"))
    unsure = world.add(
        JobCentreNotice(
            organisation_id=world.organisation.id, state=NoticeState.UNSURE, trouble=NoticeTrouble.UNCERTAIN
        )
    )
    return {"job_centre_notice": unsure.id} | {
        "service_key": key.id,
        "api_batch": batch.uid,
        "webhook": told.id,
        "webhook_event": happened.id,
    }


def of_useful_places(world: World) -> dict[str, object]:
    """A structure and a service that are kept, and a file of others that waits for its second click."""
    by = Speaker(world.agent.id, world.organisation)
    know(world, structure(1))
    know(world, service(2))
    found = read(BytesIO(as_json(structure(3), structure(4, code_insee="75056"))), world.department.number)
    draft = drafts.put_aside(world.session, found, by=by, now=world.now)
    useful = world.session.scalars(select(UsefulPlace.id).order_by(UsefulPlace.id).limit(1)).one()
    return {"useful": useful, "useful_draft": draft.id}


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
        "invitation": invited.id,
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
