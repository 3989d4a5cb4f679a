"""What letters say. Each kind has its golden file: write them anew with RDV_WRITE_GOLDEN=1, then read the diff."""

from __future__ import annotations

import os
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader

from invitations import messages
from invitations.codes import Codes
from invitations.messages import LINK
from invitations.models import Appointment, Channel, Invitation, MessageKind, Mode
from invitations.outbox.states import LETTERED
from notifications.languages import LANGUAGES
from notifications.letters import SECOND_SHEET, Letter, Sheet, pdf_of
from tests.app.team import expect
from tests.factories import World

GOLDEN = Path(__file__).resolve().parent.parent / "golden" / "letters"
KINDS = sorted(LETTERED)
# Long, as real ones are at most. What is longer still goes on on the back (tests/notifications/test_letters.py).
LONGEST = {
    "instructions_before": ("Votre carte d’identité, votre dernier avis d’imposition, " * 5)[:280],
    "purpose": "faire le point ensemble sur votre situation, vos projets et les aides auxquelles vous avez droit",
    "place": "Maison départementale des solidarités et de la famille de Bourg-lès-Valence",
    "address": "128 avenue du Général de Gaulle prolongée, bâtiment B, deuxième étage",
    "hours": "lundi, mardi, jeudi et vendredi 8 h 30–12 h et 13 h 30–17 h",
}


def write(world: World, kind: MessageKind, *, language: str = "fr") -> messages.Draft:
    """The letter of this kind to somebody who is met in two weeks."""
    person = world.make_beneficiary(language=language)
    met = expect(world, world.now + timedelta(days=14), beneficiary=person, agent=world.make_agent())
    mode = Mode.CONVOCATION if kind is MessageKind.CONVOCATION else Mode.INVITATION
    invitation = Invitation(mode=mode, expires_at=world.now + timedelta(days=11, hours=14), ended_at=None)
    return messages.write(
        kind,
        Channel.LETTER,
        beneficiary=person,
        organisation=world.organisation,
        category=world.category,
        help_phone="+33475000000",
        now=world.now,
        invitation=invitation,
        appointment=None if kind is MessageKind.INVITATION else world.session.get_one(Appointment, met.appointment_id),
        previous_starts_at=world.now + timedelta(days=9) if kind is MessageKind.MOVED else None,
    )


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Words are the same on both engines."""
    return sqlite_url


@pytest.mark.parametrize("kind", KINDS)
def test_a_letter_reads_as_its_golden_file_says(world: World, kind: MessageKind) -> None:
    draft = write(world, kind)
    said = f"{draft.subject}\n\n{draft.body}"
    golden = GOLDEN / f"{kind}.txt"
    if os.environ.get("RDV_WRITE_GOLDEN") == "1":
        golden.write_text(said, encoding="utf-8")
    assert said == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", KINDS)
def test_a_letter_says_what_it_must(world: World, kind: MessageKind) -> None:
    draft = write(world, kind)
    for needed in ("04 75 00 00 00", "lundi–vendredi", f"{LINK}/code", "[code]", "Département de la Drôme"):
        if needed != "Département de la Drôme" or kind not in (MessageKind.MOVED, MessageKind.CANCELLED_BY_SERVICE):
            assert needed in draft.body, needed
    assert f"{LINK}/donnees-personnelles" in draft.body.partition("\n--\n")[2]
    assert not any(word in draft.body.lower() for word in ("sanction", "radi", "suspen", "obligatoire"))


@pytest.mark.parametrize("language", [code for code, one in LANGUAGES.items() if not one.is_french])
@pytest.mark.parametrize("kind", KINDS)
def test_the_back_says_the_same_in_the_persons_language(world: World, kind: MessageKind, language: str) -> None:
    front, _, back = write(world, kind, language=language).body.partition(SECOND_SHEET)
    assert front.strip() == write(world, kind).body.strip()
    for marks in ("[code]", "\n## ", "\t", "\n--\n", f"{LINK}/code", LINK):
        assert back.count(marks) == front.count(marks), marks
    assert back.strip().splitlines()[0]


@pytest.mark.parametrize("kind", KINDS)
def test_it_fits_one_page_with_the_longest_values(world: World, kind: MessageKind, codes: Codes) -> None:
    world.type.instructions_before = LONGEST["instructions_before"]
    world.category.purpose = LONGEST["purpose"]
    world.place.name, world.place.address = LONGEST["place"], LONGEST["address"]
    world.organisation.hours = LONGEST["hours"]
    draft = write(world, kind)
    letter = Letter(
        "Département de la Drôme", ["Centre", LONGEST["hours"]], b"", "#0b5c6b", ["Madame Inès Bernard"], "Mardi 24 novembre 2026",
        [Sheet("fr", False, draft.subject, draft.body.replace(LINK, "rendez-vous.departement-drome.example"))],
        "https://rendez-vous.departement-drome.example/i/Abc12345678", "K7MX-4QPD",
    )  # fmt: skip
    made = pdf_of([letter], title="x", on=world.now.date(), both_sides=False)
    assert len(PdfReader(BytesIO(made)).pages) == 1
