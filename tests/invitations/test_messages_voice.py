"""What a voice reads: golden files like the others, written anew with RDV_WRITE_GOLDEN=1; and what no call may say."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime

import pytest

from invitations.calling.saying import CallWords, sentences
from invitations.models import CallStage, Channel, MessageKind, PlaceType
from invitations.outbox.states import SPOKEN
from invitations.replies.wording import Numbered
from invitations.words import LINK
from notifications.languages import FRENCH, LANGUAGES, language
from notifications.wording import spoken_hour
from tests.invitations.writing import GOLDEN, make_case

KINDS = sorted(SPOKEN)
# Everything that any part of a call may say.
WORDS = CallWords(
    department="Département de la Drôme",
    name="Inès Bernard",
    phone="04, 75, 00, 00, 00",
    said=("Le Département de la Drôme vous propose un rendez-vous.",),
    menu=(Numbered(1, "mardi 1er décembre", "9 heures"), Numbered(2, "jeudi 3 décembre", "14 heures 30")),
    day="mardi 1er décembre",
    hour="9 heures",
    place_type=PlaceType.PUBLIC_OFFICE.value,
    address="12 rue Latour-Maubourg",
    city="Valence",
    agents="Mme Roche",
)


@pytest.mark.parametrize("kind", KINDS)
def test_every_message_is_read_as_its_golden_file_says(kind: MessageKind) -> None:
    said = make_case(kind).write(kind, Channel.VOICE).body
    golden = GOLDEN / f"{kind}.voice.txt"
    if os.environ.get("RDV_WRITE_GOLDEN") == "1":
        golden.write_text(f"{said}\n", encoding="utf-8")
    assert f"{said}\n" == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_read_has_no_link_and_nothing_that_a_voice_stumbles_over(kind: MessageKind) -> None:
    said = make_case(kind).write(kind, Channel.VOICE).body
    assert LINK not in said
    assert not re.search(r"https?:|\d h \d|\d/\d|RDV|!|\(e\)|veuillez|\bRSA\b", said, re.IGNORECASE)
    assert all(line.endswith((".", ". ")) for line in said.splitlines())


@pytest.mark.parametrize("stage", CallStage)
@pytest.mark.parametrize("code", sorted(set(LANGUAGES) - {"prs"}))
def test_every_part_of_a_call_has_its_words_in_every_language(stage: CallStage, code: str) -> None:
    said = sentences(stage, WORDS, language(code)).sentences
    assert said
    assert not any(re.search(r"[{}%]|\bRDV\b|!", one) for one in said)


@pytest.mark.parametrize("stage", [CallStage.WHO, CallStage.MACHINE, CallStage.NOT_THEM, CallStage.SILENCE])
def test_before_the_person_is_known_nothing_is_said_of_the_subject(stage: CallStage) -> None:
    said = " ".join(sentences(stage, WORDS, FRENCH).sentences)
    assert "rendez-vous" not in said
    assert "Roche" not in said
    assert ("Bernard" in said) == (stage is CallStage.WHO)


def test_who_can_t_be_spoken_to_in_their_language_is_spoken_to_in_french() -> None:
    kind = MessageKind.INVITATION
    assert make_case(kind, language="prs").write(kind, Channel.VOICE) == make_case(kind).write(kind, Channel.VOICE)


@pytest.mark.parametrize(
    ("moment", "code", "read"),
    [
        (datetime(2026, 12, 1, 8, 30, tzinfo=UTC), "fr", "9 heures 30"),
        (datetime(2026, 12, 1, 8, 0, tzinfo=UTC), "facile", "9 heures"),
        (datetime(2026, 12, 1, 0, 5, tzinfo=UTC), "fr", "1 heure 5"),
        (datetime(2026, 12, 1, 8, 30, tzinfo=UTC), "en", "09:30"),
    ],
)
def test_an_hour_is_read_in_words(moment: datetime, code: str, read: str) -> None:
    zone = make_case().department.zone
    assert spoken_hour(moment, zone, language(code)) == read
