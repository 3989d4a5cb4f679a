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
from invitations.uploads import previews

DONE, REFUSED = 0, 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `rdv import` takes."""
    parser.add_argument("file", type=Path, help="a spreadsheet (.xlsx, .xls, .ods) or a text file (.csv, .txt)")
    parser.add_argument("--organisation", required=True, help="name or id of the organisation people come to")
    parser.add_argument("--category", required=True, help="code of the category they will be invited for")
    parser.add_argument("--save", action="store_true", help="save; without it nothing but the preview is kept")


def run(runtime: Runtime, arguments: argparse.Namespace, console: Console | None = None) -> int:
    """Preview, and save when asked. Returns the exit status."""
    out = console or Console()
    try:
        content = arguments.file.read_bytes()
    except OSError as error:
        out.print(f"{arguments.file} can't be read: {error.strerror}.", markup=False)
        return REFUSED
    try:
        with runtime.database.reading() as session:
            seen = look(session, runtime, content, arguments)
        with runtime.database.writing() as session:
            batch = uploads.keep(session, seen, now=runtime.clock())
            tell(session, batch, out)
            if arguments.save:
                save(session, runtime, batch, out)
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


def look(session: Session, runtime: Runtime, content: bytes, arguments: argparse.Namespace) -> uploads.Seen:
    organisation_id, category_id = previews.target_of(session, arguments.organisation, arguments.category)
    return uploads.look(
        session,
        content=content,
        filename=arguments.file.name,
        organisation_id=organisation_id,
        category_id=category_id,
        agent_id=None,
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


def save(session: Session, runtime: Runtime, batch: ImportBatch, out: Console) -> None:
    saved = uploads.save(session, batch, agent_id=None, now=runtime.clock())
    out.print(f"Enregistré. Personnes créées : {saved.created}, modifiées : {saved.updated}.", markup=False)
