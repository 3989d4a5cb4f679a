"""The filters of the journal, as words of its address, and back."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from app.agents.journal_acts import ACTS, SUBJECTS
from app.security import row_id
from invitations.errors import NotFound
from invitations.journal_reading import Asked
from invitations.models import Origin
from invitations.options import Option

ALL = "toutes"
# By which door, as an agent would say it.
DOORS: dict[str, tuple[str, tuple[Origin, ...]]] = {
    "agents": ("Pages des agents", (Origin.PAGE,)),
    "personnes": ("Pages et téléphone des personnes", (Origin.LINK, Origin.HOOK)),
    "logiciels": ("Autres logiciels", (Origin.API,)),
    "automatique": ("Le logiciel, tout seul", (Origin.JOB,)),
    "commande": ("Ligne de commande", (Origin.COMMAND,)),
}
# What is shown when nothing is asked: enough to find what is looked for, little enough to be found at once.
SHOWN = timedelta(days=30)
YEARS = range(2000, 2101)
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Filters:
    """`words`: what the address says, empty where nothing is asked. `wrong`: fields whose day can't be read."""

    asked: Asked
    words: Mapping[str, str]
    wrong: tuple[str, ...]

    def href(self, **changed: int | None) -> dict[str, Any]:
        """The words of an address that asks for the same, but for these; None takes one away."""
        return {name: word for name, word in {**self.words, **changed}.items() if word}


def read(address: Mapping[str, str], organisations: Collection[Option], now: datetime, zone: ZoneInfo) -> Filters:
    """What the address asks for. Raises NotFound for a word that means nothing, or an organisation not to be read."""
    names = ("acte", "du", "au", "agent", "personne", "origine", "structure", "avant")
    words = {name: address.get(name, "").strip() for name in names}
    ids = [one.id for one in organisations]
    here, person, agent = chosen(words["structure"], ids), number(words["personne"]), number(words["agent"])
    if len(here) > 1:  # nobody is picked out of several, nor stays picked when one goes back to all
        words["agent"], agent = "", None
    if not words["du"] and person is None:
        words["du"] = (now.astimezone(zone) - SHOWN).date().isoformat()
    days = {name: day(words[name]) for name in ("du", "au")}
    until = days["au"] + DAY if days["au"] else None
    asked = Asked(
        organisation_ids=tuple(here),
        since=midnight(days["du"], zone),
        until=midnight(until, zone),
        actions=acts(words["acte"]),
        origins=doors(words["origine"]),
        agent_id=agent,
        beneficiary_id=person,
        before=number(words["avant"]),
    )
    wrong = tuple(name for name, found in days.items() if words[name] and found is None)
    return Filters(asked, words, wrong)


def newest(filters: Filters) -> Asked:
    """The same, from its beginning."""
    return replace(filters.asked, before=None)


def acts(word: str | None) -> frozenset[str] | None:
    if not word:
        return None
    found = next((frozenset(one.acts) for one in SUBJECTS if one.word == word), None)
    if found is None and word not in ACTS:
        raise NotFound
    return found or frozenset({word})


def doors(word: str | None) -> tuple[Origin, ...]:
    if not word:
        return ()
    if word not in DOORS:
        raise NotFound
    return DOORS[word][1]


def chosen(word: str | None, ids: list[int]) -> list[int]:
    """All that may be read, unless one is named."""
    if not word or word == ALL:
        return ids
    wanted = number(word)
    if wanted not in ids:
        raise NotFound
    return [wanted]


def number(word: str | None) -> int | None:
    if not word:
        return None
    try:
        return row_id(word)
    except ValueError as wrong:
        raise NotFound from wrong


def day(word: str | None) -> date | None:
    """None for what is no day of our times, too: the page says so beside the field."""
    try:
        found = date.fromisoformat(word or "")
    except ValueError:
        return None
    return found if found.year in YEARS else None


def midnight(on: date | None, zone: ZoneInfo) -> datetime | None:
    return datetime.combine(on, time(), tzinfo=zone) if on else None
