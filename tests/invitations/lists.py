"""Lists for tests: text in, decisions and people out."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from invitations import uploads
from invitations.models import Beneficiary, ImportBatch, ImportRow
from tests.factories import World

FILES = Path(__file__).parent.parent / "files"


def csv(header: str, *lines: str) -> bytes:
    return "\n".join((header, *lines)).encode()


def preview(session: Session, world: World, content: bytes, filename: str = "liste.csv") -> ImportBatch:
    return uploads.plan(
        session,
        content=content,
        filename=filename,
        organisation_id=world.organisation.id,
        category_id=world.category.id,
        agent_id=world.agent.id,
        now=world.now,
    )


def bring(session: Session, world: World, content: bytes, filename: str = "liste.csv") -> uploads.Saved:
    batch = preview(session, world, content, filename)
    return uploads.save(session, batch, agent_id=world.agent.id, now=world.now)


def bring_file(session: Session, world: World, name: str) -> uploads.Saved:
    return bring(session, world, (FILES / name).read_bytes(), name)


def rows_of(session: Session, batch: ImportBatch) -> list[ImportRow]:
    query = select(ImportRow).where(ImportRow.batch_id == batch.id).order_by(ImportRow.position)
    return list(session.scalars(query.execution_options(populate_existing=True)))


def everyone(session: Session) -> list[Beneficiary]:
    query = select(Beneficiary).order_by(Beneficiary.id)
    return list(session.scalars(query.execution_options(populate_existing=True)))
