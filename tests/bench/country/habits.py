"""What is assumed of people and of services: shares, delays, how much they write to each other. Invented, and no result of anything.

Sources where there are some: the share who book and who then don't come are the field's own published figures (evaluation.md).
"""

from __future__ import annotations

from random import Random

from invitations.models import Mode, Outcome

DAY = 24 * 60  # minutes, as everywhere in this package

# Ways to be reached, of all people.
HAS_MOBILE, HAS_LANDLINE, HAS_EMAIL = 0.88, 0.05, 0.45
LANGUAGES = {"fr": 0.9, "ar": 0.03, "en": 0.02, "facile": 0.015, "prs": 0.01, "tr": 0.01, "uk": 0.01, "es": 0.005}

MODES = {Mode.INVITATION: 0.7, Mode.PROPOSITION: 0.2, Mode.CONVOCATION: 0.1}
# Of those addressed, how many end with an appointment by their own act; of those, how many don't come.
ANSWERED = {Mode.INVITATION: 0.55, Mode.PROPOSITION: 0.65}
NOSHOW = {Mode.INVITATION: 0.11, Mode.PROPOSITION: 0.13, Mode.CONVOCATION: 0.24}
CALLED_BACK = 0.03
MOVED, CANCELLED, REVOKED, UNNOTED = 0.09, 0.05, 0.02, 0.015
ANSWER_DELAY = (1.2, 1.3)  # days at the median, and the spread of its logarithm
ADDRESSED_AFTER, AGAIN_AFTER = (9.0, 0.7), (14.0, 0.6)
ADDRESSED_AGAIN, CONVENED_AGAIN, RETURNED = 0.5, 0.6, 0.6
ACCOMPANIED, CLOSED, TAGGED = 0.45, 0.08, 0.1
MOST_TURNS = 4
VALIDITY = 10 * DAY
REMINDED_AFTER = (3 * DAY, 7 * DAY)
LENGTH = 45
# What becomes of a text: the network loses a few.
UNDELIVERED, FAILED = 0.025, 0.015

# Of agents: one for so many appointments a week, two half-days each, five weeks away a year.
APPOINTMENTS_EACH, SLOTS_USED_A_WEEK = 1.9, 4.6
WEEKS_AWAY = 0.1


def lognormal(drawn: Random, shape: tuple[float, float]) -> int:
    """Minutes, of a delay whose median is `shape[0]` days."""
    median, spread = shape
    return int(median * DAY * drawn.lognormvariate(0.0, spread))


def outcome(drawn: Random, mode: Mode) -> Outcome:
    """What became of an appointment that was neither moved nor cancelled."""
    chance = drawn.random()
    if chance < UNNOTED:
        return Outcome.UNKNOWN
    if chance < UNNOTED + REVOKED:
        return Outcome.REVOKED
    return Outcome.NOSHOW if drawn.random() < NOSHOW[mode] else Outcome.SEEN
