"""What people read has words: each enumeration that is shown, and French stays where it is read."""

from __future__ import annotations

import ast
import re
from enum import StrEnum

import pytest

from app.labels import LABELS
from invitations import models
from invitations.outbox.states import ANSWERING, LETTERED, SPOKEN
from tests.house.conftest import ROOT, sources

# Enumerations that no page shows, each with its reason.
NOT_SHOWN = {
    models.ApiRowState: "machines read it as it is",
    models.Author: "the story says who acted in sentences of its own",
    models.CallStage: "what is being said in a call; nobody reads it",
    models.DelayKind: "each is a table of its own on the page, with its sentence",
    models.FigureSpan: "how sums are kept, not what they say",
    models.LinkPurpose: "each is a page and an email of its own",
    models.Menu: "what a number means in a text; nobody reads it",
    models.NoticeState: "the page of France Travail counts each in a sentence",
    models.NoticeTrouble: "the page of France Travail says what to do about each",
    models.OfferAnswer: "the story says what became of a freed slot in sentences of its own",
    models.Part: "a public figure says of whom it speaks by its place in a table; its files have words of their own",
    models.UsefulKind: "the page of useful places says it in words of its own",
    models.UsefulTheme: "people read it translated, agents on a page that has words of its own",
    models.Span: "a public figure says its period itself: septembre 2026; its files have words of their own",
    models.WaitEnd: "the story says why somebody waits no more in sentences of its own",
    models.EventState: "the log of a webhook says how a try went in sentences of its own (webhooks_words.py)",
    models.Happening: "the same log says what happened in words of its own, for a he or a she",
    models.PauseReason: "the page of a webhook says it at the end of a sentence",
    models.Resource: "the pages of webhooks name each kind in words of their own",
    models.ImportState: "preview and saved are two pages",
    models.MoveInState: "preview, progress and report are pages of their own",
    models.OpenTo: "a setting of a type, not on a page yet",
    models.OrganisationKind: "decides what is hidden from partners; the organisation's name is shown",
}
ENUMS = [one for name in models.__all__ if isinstance(one := getattr(models, name), type) and issubclass(one, StrEnum)]


@pytest.mark.parametrize("kind", LABELS, ids=lambda one: one.__name__)
def test_an_enumeration_that_has_words_has_them_for_each_value(kind: type[StrEnum]) -> None:
    assert set(LABELS[kind]) == set(kind)


@pytest.mark.parametrize("kind", ENUMS, ids=lambda one: one.__name__)
def test_every_enumeration_has_words_or_a_reason_not_to(kind: type[StrEnum]) -> None:
    assert (kind in LABELS) != (kind in NOT_SHOWN)


# Letters that English doesn't use, and words that no English sentence of ours holds.
FRENCH = re.compile(
    r"[àâçèéêëîïôùûüœÀÂÇÈÉÊËÎÏÔÙÛÜŒ«»]|\b(vous|votre|rendez-vous|bonjour|avec|pour|dans|merci)\b", re.IGNORECASE
)

# Files whose literals are French because they read or normalise what French people write, each with its reason.
READS_FRENCH = {
    "invitations/password_rules.py": "knows the passwords that French people choose first",
    "invitations/uploads/": "recognises the columns and words of French files",
    "invitations/replies/understanding.py": "reads what people text, politeness included",
    "invitations/useful_places/schema.py": "knows the subjects of data·inclusion by their French names",
    "invitations/identity.py": "brings names to one spelling, letter by letter",
    "invitations/own_texts_threats.py": "finds threats in what French services write",
    "notifications/france_travail": "speaks an API whose names are French",
    "notifications/gsm7.py": "the alphabet of text messages, letter by letter",
    "notifications/languages.py": "each language's name, as its readers write it",
    "notifications/wording.py": "how French writes days and hours, for the templates of messages",
}
# Literals that people see although no template holds them, each with its reason.
SEEN = {"rendez-vous.ics": "the name of the calendar file in an email"}


@pytest.mark.parametrize(
    ("path", "tree"),
    [
        (path, tree)
        for path, tree in sources("invitations", "notifications")
        if not path.startswith(tuple(READS_FRENCH))
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_the_domain_speaks_no_french(path: str, tree: ast.Module) -> None:
    said = [
        f"line {node.lineno}: {node.value!r}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in docstrings(tree)
        and node.value not in SEEN and FRENCH.search(node.value)
    ]  # fmt: skip
    assert not said, f"French is written in templates, labels.py and translations: {said}"


def docstrings(tree: ast.Module) -> list[ast.Constant]:
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    return [
        node.body[0].value
        for node in ast.walk(tree)
        if isinstance(node, documented)
        and node.body
        and isinstance(node.body[0], ast.Expr)
        and isinstance(node.body[0].value, ast.Constant)
    ]


CARRIED = tuple(models.Channel)
TO_AGENTS = (
    models.MessageKind.DIGEST,
    models.MessageKind.COLLEAGUE_INVITED,
    models.MessageKind.OPENINGS_ASKED,
    models.MessageKind.PASSWORD_FORGOTTEN,
)
NEVER_SENT = (
    {(kind, models.Channel.SMS): "agents have an address, and no number of theirs is kept" for kind in TO_AGENTS}
    | {(kind, models.Channel.EMAIL): "it answers a text, where the text came from" for kind in ANSWERING}
    | {
        (kind, models.Channel.LETTER): "nobody prints it: it comes too late on paper, or the person has just done it"
        for kind in models.MessageKind
        if kind not in LETTERED
    }
    | {
        (kind, models.Channel.VOICE): "it is said in the call itself, or waits for nobody at a telephone"
        for kind in models.MessageKind
        if kind not in SPOKEN
    }
)


@pytest.mark.parametrize("channel", CARRIED)
@pytest.mark.parametrize("kind", models.MessageKind)
def test_every_message_kind_has_its_words_in_every_channel(kind: models.MessageKind, channel: models.Channel) -> None:
    if (kind, channel) in NEVER_SENT:
        return
    template = ROOT / "templates" / "messages" / f"{kind}.{channel}.txt"
    assert template.read_text().strip()


def test_no_words_are_kept_for_a_message_nobody_sends() -> None:
    kinds = {path.name.split(".")[0] for path in (ROOT / "templates" / "messages").glob("*.*.txt")}
    assert kinds == set(models.MessageKind)
