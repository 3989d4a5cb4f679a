"""Why steps can't be so, in sentences."""

from __future__ import annotations

from collections.abc import Callable

from app.filters import plural
from invitations.errors import StepsRefused
from invitations.escalation_rules import MOST_STEPS, SHORTEST_LIFE_FOR_A_LETTER, StepProblem

NBSP = "\N{NO-BREAK SPACE}"
_DAYS = SHORTEST_LIFE_FOR_A_LETTER.days

# `day`: the step's; `valid`: how long invitations are, in words.
SENTENCES: dict[StepProblem, Callable[[int, str], str]] = {
    StepProblem.TOO_MANY: lambda _day, _valid: f"{MOST_STEPS} étapes au plus.",
    StepProblem.SAME_DAY: lambda day, _valid: f"Deux étapes tombent le jour {day}{NBSP}: une seule par jour.",
    StepProblem.BEYOND_VALIDITY: lambda day, valid: (
        f"Au jour {day}, l’invitation n’est plus valable{NBSP}: elle l’est {valid}."
    ),
    StepProblem.NO_CHANNEL: lambda day, _valid: f"Par quel moyen rappeler au jour {day}{NBSP}?",
    StepProblem.NO_LETTERS: lambda _day, _valid: (
        "Cette catégorie n’envoie pas de courrier. Le cocher d’abord dans les moyens de la catégorie."
    ),
    StepProblem.LETTER_TOO_LATE: lambda day, valid: (
        f"Un courrier du jour {day} arriverait trop tard{NBSP}: il lui faut {_DAYS}{NBSP}jours, et l’invitation est valable {valid}."
    ),
    StepProblem.TWO_LETTERS: lambda _day, _valid: "Un seul courrier par invitation.",
    StepProblem.CALL_NOT_LAST: lambda _day, _valid: "L’appel vient en dernier, après tout ce qui s’écrit.",
}
_ABOUT_DAYS = frozenset({StepProblem.BEYOND_VALIDITY, StepProblem.LETTER_TOO_LATE})


def why_not(refusal: StepsRefused) -> str:
    """The sentence to put beside a step."""
    valid = refusal.details["validity_days"]
    return SENTENCES[refusal.details["problem"]](refusal.details["after_days"], plural(valid or 0, "jour", "jours"))


def no_longer_fits(refusal: StepsRefused) -> str:
    """The same beside a setting of the category that would break its steps."""
    return f"{why_not(refusal)} Changer d’abord ce qui suit sans réponse."


def is_about_days(refusal: StepsRefused) -> bool:
    """True when the validity is what does not fit, false when it is the channels."""
    return refusal.details["problem"] in _ABOUT_DAYS
