"""What a text asks for: accents, case, punctuation and politeness change nothing; a sentence is for people."""

from __future__ import annotations

import pytest

from invitations.replies import understanding
from invitations.replies.understanding import Asked, Intent, normal, understand


@pytest.mark.parametrize(
    ("body", "intent"),
    [
        ("STOP", Intent.STOP),
        ("Arrêt.", Intent.STOP),
        ("STOP SMS", Intent.STOP),
        ("Désabonner", Intent.STOP),
        ("reprendre", Intent.START),
        ("sms", Intent.TIMES),
        ("A", Intent.OTHERS),
        ("À", Intent.OTHERS),
        ("Autres horaires svp", Intent.OTHERS),
        (" r. ", Intent.CALL),
        ("Rappelez-moi", Intent.CALL),
        ("Oui merci !", Intent.YES),
        ("d’accord", Intent.YES),
        ("Так", Intent.YES),
        ("نعم", Intent.YES),
        ("بلی", Intent.YES),
        ("sí", Intent.YES),
        ("Não", Intent.NO),
        ("hayır", Intent.NO),
        ("ДА", Intent.YES),
        ("Bonjour, annuler s’il vous plaît", Intent.CANCEL),
        ("Déplacer", Intent.MOVE),
        ("changer", Intent.MOVE),
        ("", Intent.UNKNOWN),
        ("👍", Intent.UNKNOWN),
        ("je ne veux pas annuler", Intent.UNKNOWN),
        ("stop me parler mal", Intent.UNKNOWN),
        ("oui " * 400, Intent.UNKNOWN),
    ],
)
def test_a_word_is_known_however_it_is_written(body: str, intent: Intent) -> None:
    assert understand(body) == Asked(intent)


@pytest.mark.parametrize(
    ("body", "number"),
    [("1", 1), (" 2. ", 2), ("Le 3", 3), ("je prends le 2 merci", 2), ("n°3", 3), ("٢", 2), ("1️⃣", 1), ("Choix 1", 1)],
)
def test_a_figure_is_a_choice(body: str, number: int) -> None:
    assert understand(body) == Asked(Intent.NUMBER, number)


@pytest.mark.parametrize("body", ["0", "12", "1 ou 2", "à 10h", "1 enfant", "le 3 decembre"])
def test_what_may_mean_something_else_is_no_choice(body: str) -> None:
    assert understand(body).intent is Intent.UNKNOWN


def test_the_words_are_written_as_texts_are_read() -> None:
    words = [word for known in understanding._SAID.values() for word in known]
    assert [word for word in words if normal(word) != word] == []
    assert len(words) == len(set(words))
