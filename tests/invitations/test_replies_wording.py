"""What an answer by text says: two segments at most with the longest real values, and what the person needs to act."""

from __future__ import annotations

from dataclasses import fields

import pytest

from invitations.models import MessageKind
from invitations.outbox.states import ANSWERING
from invitations.replies.wording import Numbered, ReplyWords, draft
from notifications import gsm7
from notifications.languages import LANGUAGES
from tests.invitations.writing import LONGEST, LONGEST_DEPARTMENTS

AUTOMATIC = sorted(ANSWERING - {MessageKind.REPLY_BY_AGENT})
TIMES = tuple(Numbered(number, "mercredi 23/12", "10h30") for number in (1, 2, 3))
PEOPLE = tuple(Numbered(number, name="Marie-Antoinette B.") for number in (1, 2, 3))


def longest(kind: MessageKind, department: str) -> ReplyWords:
    return ReplyWords(
        first_name=LONGEST["first_name"],
        department=department,
        organisation="Maison des solidarités de Saint-Rambert-d’Albon",
        phone="0475000000",
        menu=PEOPLE if kind is MessageKind.REPLY_WHO else TIMES,
        was_lost=True,
        may_change=True,
        day="mercredi 23/12",
        hour="10h30",
        place_type="public_office",
        address=LONGEST["address"],
        city=LONGEST["city"],
        called_phone="0639980201",
    )


@pytest.mark.parametrize("kind", AUTOMATIC)
@pytest.mark.parametrize("department", LONGEST_DEPARTMENTS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_an_answer_takes_two_segments_at_most(kind: MessageKind, department: str, language: str) -> None:
    said = draft(kind, longest(kind, department), LANGUAGES[language])
    assert said.segments <= 2
    assert "{{" not in said.body


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_menu_always_has_its_three_times_and_the_town(language: str) -> None:
    words = longest(MessageKind.REPLY_TIMES, LONGEST_DEPARTMENTS[1])
    said = draft(MessageKind.REPLY_TIMES, words, LANGUAGES[language]).body
    for number in ("1", "2", "3"):
        assert f"{number}: mercredi 23/12 10h30" in said.replace(" :", ":")
    assert "Saint-Rambert" in said


@pytest.mark.parametrize("kind", AUTOMATIC)
def test_an_answer_says_who_writes_and_neither_threatens_nor_shouts(kind: MessageKind) -> None:
    said = draft(kind, longest(kind, "Département de la Drôme"), LANGUAGES["fr"])
    assert gsm7.to_gsm7("Drôme") in said.body
    assert gsm7.is_gsm7(said.body)
    for word in ("RDV", "!", "veuillez", "cliquez", "sanction", "obligatoire", "(e)"):
        assert word.lower() not in said.body.lower()


def test_whoever_cannot_be_called_is_written_to() -> None:
    values = {one.name: getattr(longest(MessageKind.REPLY_CALL, "Drôme"), one.name) for one in fields(ReplyWords)}
    said = draft(MessageKind.REPLY_CALL, ReplyWords(**values | {"is_written_to": True}), LANGUAGES["fr"]).body
    assert "vous écrira" in said
    assert "appellera" not in said


@pytest.mark.parametrize("is_move", [True, False])
def test_a_menu_says_what_its_figures_do(is_move: bool) -> None:
    words = ReplyWords(
        "Inès", "Département de la Drôme", "CMS", "", menu=TIMES, is_move=is_move, city="Valence", address="1 rue A"
    )
    said = draft(MessageKind.REPLY_TIMES, words, LANGUAGES["fr"]).body
    assert ("pour changer de rendez-vous" in said) == is_move
    assert "A : autres horaires. R : rappelez-moi." in said


def test_an_agent_can_write_nothing_but_words() -> None:
    words = ReplyWords("Inès", "Drôme", "CMS", "", text="{{ link }}\n1 € [x]")
    assert draft(MessageKind.REPLY_BY_AGENT, words, LANGUAGES["fr"]).body == "link }} 1 € [x] CMS"
