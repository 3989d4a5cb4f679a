"""`rdv import FILE --organisation … --category …`: the preview in the terminal, and the saving with `--save`.

Nothing personal is printed: counts, row numbers and reasons.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from rich.console import Console
from rich.table import Table
from sqlalchemy.orm import Session

from app.labels import label
from app.runtime import Runtime
from invitations import uploads
from invitations.errors import NotFound, UploadRefused
from invitations.models import ImportBatch, Verdict
from invitations.uploads import previews, progress
from invitations.uploads.flow import Flow
from invitations.uploads.reading import Kind, kind_named
from invitations.uploads.saving import counted

DONE, REFUSED = 0, 1
PIECE = 1 << 20  # bytes


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `rdv import` takes."""
    parser.add_argument(
        "file", type=Path, help="a spreadsheet (.xlsx, .xls, .ods), a text file (.csv, .txt) or the CNAF flow (.xml)"
    )
    parser.add_argument("--organisation", required=True, help="name or id of the organisation people come to")
    parser.add_argument("--category", required=True, help="code of the category they will be invited for")
    parser.add_argument("--save", action="store_true", help="save; without it nothing but the preview is kept")


def run(runtime: Runtime, arguments: argparse.Namespace, console: Console | None = None) -> int:
    """Preview, and save when asked. Returns the exit status."""
    out = console or Console()
    try:
        batch_id = take_in(runtime, read(arguments.file), arguments)
        with runtime.database.reading() as session:
            tell(session, session.get_one(ImportBatch, batch_id), out)
        if arguments.save:
            save(runtime, batch_id, out)
    except OSError as error:
        out.print(f"{arguments.file} can't be read: {error.strerror}.", markup=False)
        return REFUSED
    except UploadRefused as refusal:
        out.print(label(refusal.details["why"]), markup=False)
        return REFUSED
    except NotFound:
        out.print(
            f"No organisation {arguments.organisation!r} that handles the category {arguments.category!r}.",
            markup=False,
        )
        return REFUSED
    return DONE


def read(path: Path) -> bytes | Flow:
    """The file; a flow of hundreds of megabytes is read piece by piece. Raises OSError, UploadRefused."""
    if kind_named(path.name) is not Kind.XML:
        return path.read_bytes()
    flow = Flow()
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            flow.feed(piece)
    flow.close()
    return flow


def take_in(runtime: Runtime, content: bytes | Flow, arguments: argparse.Namespace) -> int:
    """Keep the preview, of a long list part by part. Returns the batch's id."""
    with runtime.database.reading() as session:
        seen = look(session, runtime, content, arguments)
    if not seen.is_long:
        with runtime.database.writing() as session:
            return uploads.keep(session, seen, now=runtime.clock()).id
    batch_id = progress.store(runtime.database, seen, now=runtime.clock())
    progress.go_on(runtime.database, batch_id, clock=runtime.clock, should_stop=never)
    return batch_id


def look(session: Session, runtime: Runtime, content: bytes | Flow, arguments: argparse.Namespace) -> uploads.Seen:
    organisation_id, category_id = previews.target_of(session, arguments.organisation, arguments.category)
    return uploads.look(
        session,
        content=content,
        filename=arguments.file.name,
        organisation_id=organisation_id,
        category_id=category_id,
        agent_id=None,
        seals=runtime.seals,
        now=runtime.clock(),
    )


def tell(session: Session, batch: ImportBatch, out: Console) -> None:
    """Counts by verdict, columns left aside, refused rows by number."""
    counts = previews.counts_of(session, [batch.id])[batch.id]
    table = Table("", "Lignes", title=f"Import {batch.id}", title_justify="left")
    for verdict in Verdict:
        table.add_row(label(verdict), str(counts[verdict]))
    out.print(table)
    if batch.ignored_columns:
        out.print(f"Colonnes laissées de côté : {', '.join(batch.ignored_columns)}", markup=False)
    for position, why in previews.refused(session, batch):
        out.print(f"Ligne {position} : {label(why)}", markup=False)


def save(runtime: Runtime, batch_id: int, out: Console) -> None:
    with runtime.database.writing() as session:
        uploads.save(session, session.get_one(ImportBatch, batch_id), agent_id=None, now=runtime.clock())
    progress.go_on(runtime.database, batch_id, clock=runtime.clock, should_stop=never)
    with runtime.database.reading() as session:
        saved = counted(session, batch_id)
    out.print(f"Enregistré. Personnes créées : {saved.created}, modifiées : {saved.updated}.", markup=False)


def never() -> bool:
    return False
