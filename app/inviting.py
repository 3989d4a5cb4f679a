"""`rdv invite --organisation … --category …`: who would be invited and how, and with `--send` the invitations.

The same workflow as the page's: nothing leaves for ten minutes, and *Personnes* takes it back meanwhile. Nothing personal is
printed: counts and reasons.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from sqlalchemy.orm import Session

from app.filters import plural
from app.labels import within
from app.refusals import shared_reason
from app.runtime import Runtime
from invitations import batch_cost, inviting, to_invite, undoing
from invitations.batch_cost import Writer
from invitations.errors import DomainError, NotFound
from invitations.inviting import Preview
from invitations.models import Channel, FollowUp, Organisation
from invitations.people import LARGEST_SELECTION
from invitations.reach import ELECTRONIC
from invitations.trials import covering
from invitations.uploads import previews

DONE, REFUSED = 0, 1
# People in one transaction, which on SQLite nobody else may interrupt; each is a selection that can be taken back.
AT_ONCE = 200
NBSP = "\N{NO-BREAK SPACE}"


class NotInvited(Exception):
    """Why nobody can be invited as it was typed, in a sentence."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Whom, for what, how, and in whose name: None while it is only looked at."""

    organisation_id: int
    category_id: int
    people: list[int]
    channels: list[Channel]
    agent_id: int | None


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `rdv invite` takes."""
    parser.add_argument("--organisation", required=True, help="name or id of the organisation people come to")
    parser.add_argument("--category", required=True, help="code of the category they are invited for")
    whom = parser.add_mutually_exclusive_group(required=True)
    whom.add_argument("--person", type=int, action="append", metavar="ID", help="one person; may be said several times")
    whom.add_argument("--list", type=Path, metavar="FILE", help="a file with the id of one person a line")
    whom.add_argument("--waiting", action="store_true", help="those whom nobody has invited yet, the oldest first")
    parser.add_argument(
        "--channel",
        choices=[*(one.value for one in ELECTRONIC), Channel.LETTER.value],
        action="append",
        help="how; by text and email without it, whichever reaches each",
    )
    parser.add_argument("--by", metavar="EMAIL", help="in the name of which agent of the organisation, with --send")
    parser.add_argument("--send", action="store_true", help="invite them; without it nothing is written")


def run(runtime: Runtime, arguments: argparse.Namespace, console: Console | None = None) -> int:
    """Say who would be invited, or invite them. Returns the exit status: REFUSED when that is nobody."""
    out = console or Console()
    try:
        with runtime.database.reading() as session:
            asked = read(session, arguments)
            count = tell(session, runtime, asked, out)
        if arguments.send and count:
            count = send(runtime, asked, out)
    except NotInvited as why:
        out.print(str(why), markup=False)
        return REFUSED
    return DONE if count else REFUSED


def read(session: Session, arguments: argparse.Namespace) -> Asked:
    """Raises NotInvited."""
    try:
        organisation_id, category_id = previews.target_of(session, arguments.organisation, arguments.category)
    except NotFound as unknown:
        raise NotInvited(
            f"Aucune structure {arguments.organisation!r} qui traite la catégorie {arguments.category!r}."
        ) from unknown
    if covering.covering(session, organisation_id, category_id):
        raise NotInvited(
            f"Une évaluation tire au sort comment inviter dans cette catégorie{NBSP}: invitez depuis la page Personnes."
        )
    return Asked(
        organisation_id,
        category_id,
        whom(session, arguments, organisation_id, category_id),
        [Channel(one) for one in arguments.channel or ELECTRONIC],
        in_whose_name(session, arguments, organisation_id) if arguments.send else None,
    )


def whom(session: Session, arguments: argparse.Namespace, organisation_id: int, category_id: int) -> list[int]:
    if arguments.waiting:
        return to_invite.waiting(session, organisation_id, category_id)
    if arguments.person:
        return list(dict.fromkeys(arguments.person))
    try:
        words = arguments.list.read_text("utf-8-sig").split()  # Windows begins a file with a mark
    except (OSError, UnicodeDecodeError) as unread:
        raise NotInvited(f"{arguments.list} ne peut pas être lu.") from unread
    if wrong := [place for place, word in enumerate(words, start=1) if not word.isdecimal() or len(word) > 18]:
        raise NotInvited(
            f"{arguments.list}{NBSP}: un numéro de personne par ligne, et l’entrée {wrong[0]} n’en est pas un."
        )
    if len(words) > LARGEST_SELECTION:
        raise NotInvited(f"{arguments.list}{NBSP}: {LARGEST_SELECTION} personnes au plus à la fois.")
    return list(dict.fromkeys(int(word) for word in words))


def in_whose_name(session: Session, arguments: argparse.Namespace, organisation_id: int) -> int:
    if not arguments.by:
        raise NotInvited(f"Au nom de qui{NBSP}? Ajoutez --by et l’adresse d’une personne de la structure.")
    try:
        return to_invite.in_the_name_of(session, arguments.by, organisation_id)
    except NotFound as unknown:
        raise NotInvited("Personne dans cette structure n’a cette adresse.") from unknown


def tell(session: Session, runtime: Runtime, asked: Asked, out: Console) -> int:
    """What inviting them now would do; how many would be invited."""
    now = runtime.clock()
    found = to_invite.follow_ups(session, asked.people, asked.organisation_id, asked.category_id)
    seen = inviting.preview_selection(
        session, found, organisation_id=asked.organisation_id, channels=asked.channels, now=now
    )
    zone = session.get_one(Organisation, asked.organisation_id).department.zone
    table = Table("", "Personnes", title=f"À inviter{NBSP}: {len(asked.people)}", title_justify="left")
    table.add_row("peuvent l’être", str(len(seen.ready)))
    for reason, count in reasons(seen.refused, zone):
        table.add_row(reason, str(count))
    if unopened := len(asked.people) - len(found):
        table.add_row("sans suivi dans cette catégorie, ou d’une autre structure", str(unopened))
    out.print(table)
    out.print(f"Créneaux libres pour ces personnes{NBSP}: {seen.slots_left}.")
    if seen.ready:
        out.print(what_leaves(session, runtime, asked, seen))
    return len(seen.ready)


def what_leaves(session: Session, runtime: Runtime, asked: Asked, seen: Preview) -> str:
    writers = {one: Writer(session, terms, runtime.clock()) for one, terms in seen.terms.items()}
    estimate = batch_cost.estimate(seen.ready, asked.channels, writers)
    by_channel = ", ".join(f"{within(one)} {estimate.count(one)}" for one in asked.channels)
    segments = f" ({plural(estimate.segments, 'segment', 'segments')} de SMS)" if estimate.segments else ""
    return f"Partiraient{NBSP}: {by_channel}{segments}."


def send(runtime: Runtime, asked: Asked, out: Console) -> int:
    """Some at a time; how many were invited."""
    invited, refused, zone = 0, list[tuple[FollowUp, DomainError]](), ZoneInfo("Europe/Paris")
    with Progress(console=out, transient=True) as progress:
        for some in progress.track(list(parts(asked.people)), description="Invitations"):
            with runtime.database.writing() as session:
                sent = invite(session, runtime, asked, some)
                zone = session.get_one(Organisation, asked.organisation_id).department.zone
                invited += len(sent.invited)
                refused += sent.refused
    out.print(
        f"Invitées{NBSP}: {invited}. Rien ne part avant dix minutes{NBSP}: jusque-là, l’envoi s’annule depuis la page Personnes."
    )
    for reason, count in reasons(refused, zone):
        out.print(f"Pas d’invitation{NBSP}: {count}, {reason}.", markup=False)
    return invited


def invite(session: Session, runtime: Runtime, asked: Asked, some: list[int]) -> undoing.Sent:
    return undoing.send(
        session,
        to_invite.follow_ups(session, some, asked.organisation_id, asked.category_id),
        organisation_id=asked.organisation_id,
        category_id=asked.category_id,
        channels=asked.channels,
        agent_id=asked.agent_id or 0,
        may_wait=False,
        codes=runtime.codes,
        now=runtime.clock(),
    )


def parts(ids: Sequence[int]) -> Iterable[list[int]]:
    return (list(ids[place : place + AT_ONCE]) for place in range(0, len(ids), AT_ONCE))


def reasons(refused: Sequence[tuple[FollowUp, DomainError]], zone: ZoneInfo) -> list[tuple[str, int]]:
    """How many for each reason, the most frequent first; in words that hold for all of them."""
    counted = Counter(shared_reason(refusal, zone) for _, refusal in refused)
    return sorted(counted.items(), key=lambda one: (-one[1], one[0]))
