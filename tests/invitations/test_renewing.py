"""After a change of key everything that can be lies under the key in force, and the former one can be forgotten."""

from __future__ import annotations

import argparse
import io
import uuid
from datetime import date
from typing import Any

import pytest
from rich.console import Console
from sqlalchemy import select

from app import doctor, make_runtime
from app import renewing as app_renewing
from app.settings import Settings
from invitations import external_calendars, kept_forms, letters_codes, nir_keeping, renewing, second_factor
from invitations.codes import Codes
from invitations.database import Base, Database
from invitations.errors import SealLost
from invitations.job_centre import wanting
from invitations.machines import answered
from invitations.models import (
    AgentLink,
    ApiBatch,
    ApiBatchRow,
    Beneficiary,
    CalendarFeed,
    Channel,
    CodeGenerator,
    ExternalCalendar,
    IdempotencyKey,
    ImportBatch,
    ImportRow,
    ImportState,
    Invitation,
    JobCentreNotice,
    KeptForm,
    Letter,
    LetterBatch,
    Link,
    LinkPurpose,
    Mode,
    Trial,
    Verdict,
    WebhookEndpoint,
)
from invitations.nir_keeping import Keeping, of_cell
from invitations.renewing import KINDS, Keys, Kind, Links
from invitations.sealing import SealBroken, Seals
from invitations.trials import allocating, opening
from invitations.uploads.headers import Field
from invitations.webhooks import endpoints
from tests.app.team import owe
from tests.conftest import NOW, SECRET
from tests.factories import World
from tests.invitations import trial_worlds
from tests.invitations.numbers import FORMER, give, held_by, number

BEFORE = Keys(Seals(FORMER), Codes(FORMER))
BOTH = Keys(Seals(SECRET, [FORMER]), Codes(SECRET, [FORMER]))
AFTER = Keys(Seals(SECRET), Codes(SECRET))
# Column → the purpose of what stands in it.
PURPOSES = {
    CodeGenerator.sealed_secret: second_factor.PURPOSE,
    ExternalCalendar.sealed_address: external_calendars.PURPOSE,
    WebhookEndpoint.secret_sealed: endpoints.PURPOSE,
    IdempotencyKey.answer: answered.PURPOSE,
    JobCentreNotice.number_sealed: wanting.PURPOSE,
    KeptForm.sealed: kept_forms.PURPOSE,
    Trial.seed_sealed: opening.PURPOSE,
}


@pytest.fixture
def before(database: Database) -> World:
    """One of each, sealed under the former key; three people with a number, and a list that waits with one."""
    with database.writing() as session:
        world = World(session, NOW)
        for n in range(3):
            give(world, world.make_beneficiary(phone=f"+3363998000{n}"), number(n + 1), BEFORE.seals)
        for one in sealed(world):
            world.add(one)
        letter(world)
        waiting(world)
        session.expunge_all()
    return world


def sealed(world: World) -> list[Any]:
    def under(purpose: str) -> str:
        return BEFORE.seals.seal(f"a secret for {purpose}", purpose=purpose)

    ours: dict[str, Any] = {"organisation_id": world.organisation.id}
    follow_up = world.make_follow_up(world.session.scalars(select(Beneficiary).order_by(Beneficiary.id)).first())
    invited = {"follow_up_id": follow_up.id, "mode": Mode.INVITATION, "uid": "invited", "created_at": NOW}
    invitation = world.add(Invitation(**invited, **ours))
    trial = trial_worlds.running(world)
    trial.seed_sealed = under(opening.PURPOSE)
    return [
        CodeGenerator(agent_id=world.agent.id, sealed_secret=under(second_factor.PURPOSE), created_at=NOW),
        ExternalCalendar(
            agent_id=world.agent.id, label="x", sealed_address=under(external_calendars.PURPOSE), next_try_at=NOW, created_at=NOW,
        ),
        WebhookEndpoint(
            address="https://x.example", secret_sealed=under(endpoints.PURPOSE), created_by_agent_id=world.agent.id, created_at=NOW, **ours
        ),
        IdempotencyKey(key_hash="k", request_hash="r", answer=under(answered.PURPOSE), created_at=NOW),
        KeptForm(agent_id=world.agent.id, path="/agents/x", sealed=under(kept_forms.PURPOSE), created_at=NOW),
        JobCentreNotice(participation_id=1, number_sealed=under(wanting.PURPOSE), **ours),
        Link(code_hash=BEFORE.codes.kept("a link"), invitation_id=invitation.id, created_at=NOW),
        CalendarFeed(code_hash=BEFORE.codes.kept("a feed"), agent_id=world.agent.id, created_at=NOW),
        AgentLink(code_hash=BEFORE.codes.kept("an agent's"), purpose=LinkPurpose.JOIN, agent_id=world.agent.id, created_at=NOW, expires_at=NOW),
    ]  # fmt: skip


def letter(world: World) -> None:
    message = owe(
        world,
        beneficiary=world.session.scalars(select(Beneficiary).order_by(Beneficiary.id)).first(),
        channel=Channel.LETTER,
    )
    batch = world.add(
        LetterBatch(
            organisation_id=world.organisation.id, agent_id=world.agent.id, posted_on=date(2026, 11, 24), created_at=NOW
        )
    )
    drawn = letters_codes.draw(world.session, message.id, BEFORE.codes)
    world.add(
        Letter(message_id=message.id, batch_id=batch.id, code_hash=drawn.code_hash, layout=1, facts={}, created_at=NOW)
    )


def waiting(world: World) -> None:
    cell = Keeping(world.department.id, BEFORE.seals).cell(number(9))
    batch = world.add(
        ImportBatch(
            organisation_id=world.organisation.id, category_id=world.category.id, filename="l.csv",
            columns={"NIR": "nir"}, state=ImportState.PREVIEW, created_at=NOW,
        )
    )  # fmt: skip
    world.add(ImportRow(batch_id=batch.id, position=2, cells={Field.NIR.value: cell}, verdict=Verdict.CREATE))
    handed = world.add(ApiBatch(uid=str(uuid.uuid4()), organisation_id=world.organisation.id, created_at=NOW))
    world.add(ApiBatchRow(batch_id=handed.id, position=0, asked={"cells": {Field.NIR.value: cell}}))


def renew_all(database: Database, most: int = 500) -> dict[str, tuple[int, int, int]]:
    tallies = {kind.name: renewing.renew(database, kind, BOTH, most=most) for kind in KINDS}
    return {name: (one.seen, one.renewed, one.lost) for name, one in tallies.items()}


def test_everything_is_made_anew_once_and_then_needs_the_present_key_alone(database: Database, before: World) -> None:
    with database.reading() as session:
        assert renewing.stale(session, BOTH) == [kind.name for kind in KINDS]
    first = renew_all(database, most=2)
    assert {(seen, renewed, lost) for seen, renewed, lost in first.values()} == {(1, 1, 0), (3, 3, 0)}
    assert {renewed for _, renewed, _ in renew_all(database).values()} == {0}
    with database.reading() as session:
        assert renewing.stale(session, AFTER) == []
        people = session.scalars(select(Beneficiary).order_by(Beneficiary.id)).all()
        assert [held_by(one) for one in people] == [number(n) for n in (1, 2, 3)]
        keeping = Keeping(before.department.id, AFTER.seals)
        assert [one.nir_hash for one in people] == [keeping.hashes(number(n))[0] for n in (1, 2, 3)]
        for column, purpose in PURPOSES.items():
            [text] = session.scalars(select(column).where(column.is_not(None)))
            assert AFTER.seals.open(text, purpose=purpose) == f"a secret for {purpose}"
        row, handed = session.scalars(select(ImportRow.cells)).one(), session.scalars(select(ApiBatchRow.asked)).one()
        for cells in (row, handed["cells"]):
            assert keeping.digits(of_cell(cells[Field.NIR]).sealed) == number(9)
            assert of_cell(cells[Field.NIR]).hashes[0] == keeping.hashes(number(9))[0]


def test_a_letters_code_is_still_found_without_the_key_that_it_was_derived_from(
    database: Database, before: World
) -> None:
    with database.reading() as session:
        printed = letters_codes.printed(session.scalars(select(Letter)).one(), BEFORE.codes)
    assert printed is not None
    renew_all(database)
    with database.reading() as session:
        assert letters_codes.letter_of(session, printed, AFTER.codes)


def test_what_no_key_opens_is_counted_and_left_as_it_is(database: Database, before: World) -> None:
    lost = [renewing.renew(database, kind, AFTER) for kind in KINDS if kind.name != "codes of letters"]
    assert all((one.lost, one.renewed) == (one.seen, 0) for one in lost)
    assert {renewed for _, renewed, _ in renew_all(database).values()} == {1, 3}


def test_every_column_that_holds_something_sealed_is_among_them() -> None:
    """A column is called sealed, or its table's docstring says so (`IdempotencyKey.answer`)."""
    sealed_here = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if "sealed" in column.name
    }
    kinds = [one for one in KINDS if isinstance(one, Kind)]
    renewed = {f"{one.class_.__tablename__}.{one.key}" for kind in kinds for one in kind.columns}
    assert sealed_here <= renewed, sealed_here - renewed


def test_every_column_that_keeps_a_code_is_among_them() -> None:
    """But recovery codes, which only people hold (`Codes.hide`)."""
    keeping = {one.name for one in Base.metadata.sorted_tables if "code_hash" in one.columns}
    renewed = {one.column.class_.__tablename__ for one in KINDS if isinstance(one, Links)}
    assert keeping - renewed == {"letters", "recovery_codes"}


def test_a_person_may_be_shown_while_their_key_is_gone(database: Database, before: World) -> None:
    with database.reading() as session:
        person = session.scalars(select(Beneficiary).order_by(Beneficiary.id).limit(1)).one()
        person.department.nir_kept_since = NOW
        assert nir_keeping.shown(person, person.department, BOTH.seals) == "1 85 •• •• ••• ••• ••"
        assert nir_keeping.shown(person, person.department, AFTER.seals) == "• •• •• •• ••• ••• ••"


def test_a_trial_whose_key_is_gone_says_so(world: World) -> None:
    trial = trial_worlds.running(world)
    trial.seed_sealed = BEFORE.seals.seal("00" * 32, purpose=opening.PURPOSE)
    world.session.flush()
    with pytest.raises(SealLost):
        allocating.assign(
            world.session, trial, [world.make_follow_up()],
            organisation_id=world.organisation.id, agent_id=world.agent.id, seals=AFTER.seals, now=NOW,
        )  # fmt: skip
    with pytest.raises(SealBroken):
        AFTER.seals.open(trial.seed_sealed, purpose=opening.PURPOSE)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_command_says_counts_and_fails_while_something_is_lost(database: Database, before: World) -> None:
    def run(settings: Settings) -> tuple[int, str]:
        said = Console(file=io.StringIO(), width=120)
        status = app_renewing.run(make_runtime(settings), argparse.Namespace(), said)
        return status, said.file.getvalue()  # type: ignore[attr-defined]

    url = database.engine.url.render_as_string(hide_password=False)
    alone = Settings(database_url=url, secret_key=SECRET)
    changed = Settings(database_url=url, secret_key=SECRET, previous_secret_keys=(FORMER,))
    assert run(alone)[0] == app_renewing.FAILED
    with pytest.raises(doctor.Trouble, match="social security numbers"):
        doctor.check_keys(make_runtime(changed))
    status, said = run(changed)
    assert (status, number(1)[:13] in said) == (app_renewing.DONE, False)
    assert "social security numbers │ 3 │ 3 │ 0" in " ".join(said.split())
    assert doctor.check_keys(make_runtime(changed)) == "all that is sealed is under the key in force"
    assert doctor.check_keys(make_runtime(alone)) == "one key, and none before it"
