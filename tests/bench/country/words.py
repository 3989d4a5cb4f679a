"""What messages say: the golden files of the product's own tests, with the name and the link in their places."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from re import sub

from invitations.models import Channel, MessageKind
from invitations.words import LINK
from notifications import gsm7
from tests.bench.figures import ROOT

_GOLDEN = ROOT / "tests" / "golden" / "messages"
_NAME = "Inès"
_LINK = r"(https://)?rdv\.exemple\.fr/[ir]/\w+"


@dataclass(frozen=True, slots=True)
class Words:
    subject: str
    body: str
    segments: int

    def to(self, first_name: str) -> str:
        return self.body.replace(_NAME, first_name, 1)


@cache
def of(kind: MessageKind, channel: Channel, language: str) -> Words:
    """In the person's language where there is a golden file in it, else in French. Dates and places are those of the file."""
    if channel is Channel.LETTER:
        return Words("", f"{kind} {LINK}", 0)
    named = _GOLDEN / f"{kind}.{channel}.{language}.txt"
    said = (named if named.exists() else _GOLDEN / f"{kind}.{channel}.txt").read_text(encoding="utf-8")
    said = sub(_LINK, LINK, said).rstrip("\n")
    if channel is Channel.SMS:
        return Words("", said, gsm7.segments(said))
    subject, _, body = said.partition("\n\n")
    return Words(subject, body, 0)
