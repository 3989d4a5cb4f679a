"""Each figure of a group in words: what it counts, of how many, its rate with its interval, or why there is none."""

from __future__ import annotations

from dataclasses import dataclass

from invitations.statistics.definitions import FEWEST_FOR_A_RATE, NoShow, Proportion, Seen
from invitations.statistics.reading import Counts

NO_DATA = "pas de données"
SMALL = "petit effectif"
UNKNOWN = "trop d’inconnues"
OBSERVED = "observé, non comparable"


@dataclass(frozen=True, slots=True)
class Measure:
    """`name` is also the anchor of its definition. `total` is None for a bare count, `rate` where `why` says why not."""

    name: str
    words: str
    count: int
    total: int | None = None
    rate: float | None = None
    low: float | None = None
    high: float | None = None
    why: str = ""


def measures(counts: Counts, days: int) -> dict[str, Measure]:
    """Every figure of a group, by name, in the order of the file."""
    absent = counts.no_show
    meetings = absent.proportion.total + absent.excused + absent.revoked + absent.unknown
    found = [
        Measure("sollicitees", "Personnes sollicitées", counts.addressed),
        Measure("trop-tot", "Trop tôt pour compter", counts.too_early),
        Measure("deja-vues", "Trop tôt pour compter, déjà vues", counts.seen_early),
        Measure("comptees", "Comptées", counts.counted),
        of_people("jointes", "Jointes", counts.proportion("reached")),
        of_people("repondu", "Ont répondu", counts.proportion("answered")),
        of_people("rendez-vous", "Avec un rendez-vous", counts.proportion("booked")),
        of_people("autonomie", "Rendez-vous choisi par la personne", counts.proportion("autonomous")),
        judged("vues", f"Vues dans les {days} jours", counts.seen_figure),
        plain("inconnues", "Issue inconnue", Proportion(counts.unknown, counts.counted)),
        of_people("autrement", "Sollicitées autrement ensuite", counts.proportion("crossed")),
        judged("absences", "Absences sans prévenir", absent),
        of_people("excuses", "Annulés par la personne", Proportion(absent.excused, meetings)),
        of_people("annules", "Annulés par le service", Proportion(absent.revoked, meetings)),
        plain("sans-issue", "Passés, issue à noter", Proportion(absent.unknown, meetings)),
    ]
    return {one.name: one for one in found}


def of_people(name: str, words: str, share: Proportion) -> Measure:
    """A share that needs no outcome: its interval always, its rate from 30 up."""
    if share.interval is None:
        return Measure(name, words, share.count, share.total, why=NO_DATA)
    is_small = share.total < FEWEST_FOR_A_RATE
    rate = None if is_small else share.rate
    low, high = share.interval
    return Measure(name, words, share.count, share.total, rate, low, high, SMALL if is_small else "")


def plain(name: str, words: str, share: Proportion) -> Measure:
    """A share of what is there, not of what might be: no interval, and no smallest number."""
    return Measure(name, words, share.count, share.total, share.rate, why="" if share.total else NO_DATA)


def judged(name: str, words: str, figure: Seen | NoShow) -> Measure:
    """A share of outcomes: neither rate nor interval while more than 5 % of them are unknown."""
    share = figure.proportion
    if share.total and figure.interval is None:
        return Measure(name, words, share.count, share.total, why=UNKNOWN)
    return of_people(name, words, share)
