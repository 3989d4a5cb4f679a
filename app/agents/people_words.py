"""The list's filters as French words in the address: `?statut=a-inviter&referent=moi&etiquette=Sans permis&page=2`."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from flask import url_for

from app.access import Desk
from app.labels import label
from app.security import row_id
from invitations.agenda.wall_time import midnight
from invitations.follow_up_status import ACTION_NEEDED
from invitations.models import Category, FollowUpStatus, Mode
from invitations.people_wanted import Between, Sort, Wanted

ORDER = (
    FollowUpStatus.NOT_INVITED,
    FollowUpStatus.INVITATION_PENDING,
    FollowUpStatus.INVITATION_EXPIRED,
    FollowUpStatus.APPOINTMENT_PENDING,
    FollowUpStatus.OUTCOME_NEEDED,
    FollowUpStatus.SEEN,
    FollowUpStatus.NOSHOW,
    FollowUpStatus.EXCUSED,
    FollowUpStatus.REVOKED,
    FollowUpStatus.CLOSED,
)
MISSED = frozenset({FollowUpStatus.NOSHOW, FollowUpStatus.EXCUSED, FollowUpStatus.REVOKED})
SORTS = {"nom": Sort.NAME, "anciens": Sort.OLDEST_STATUS, "recents": Sort.LATEST_STATUS}
ALL_ORGANISATIONS = "toutes"
YES, MINE, NOBODY = "oui", "moi", "aucun"
MODES = {one.value: one for one in Mode}
# Beyond this, the next page is entered beside the last person of this one, and not counted off from the beginning.
FAR = 20
# Words that narrow the list: the first are always shown, the others behind "Plus de filtres".
FIRST_WORDS = ("q", "categorie", "statut")
RARER_WORDS = (
    "referent", "etiquette", "mode", "invite_du", "invite_au", "etat_du", "etat_au", "injoignables", "archives",
)  # fmt: skip
# Views that everybody has, above the list: their address → their name.
VIEWS = {
    "": "Toutes",
    "statut=a-traiter": "À traiter",
    "referent=moi": "Que j’accompagne",
    "injoignables=oui": "Injoignables",
    "archives=oui": "Archivées",
}


def slug(words: str) -> str:
    """À inviter → a-inviter"""
    plain = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode().lower()
    return plain.replace("'", "-").replace(" ", "-")


# Word of the address → what the filter shows, and the states it keeps.
STATUSES: dict[str, tuple[str, frozenset[FollowUpStatus]]] = {
    "a-traiter": ("À traiter", ACTION_NEEDED),
    **{slug(label(one)): (label(one), frozenset({one})) for one in ORDER},
    "pas-eu-lieu": ("Rendez-vous qui n’a pas eu lieu", MISSED),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for, and the words it said it with; unknown words count as none."""

    wanted: Wanted
    categories: Sequence[Category]
    category: Category | None
    words: dict[str, str]

    def href(self, **changes: str | int | None) -> str:
        """The address of the same list with some words changed; None takes one out. The page starts again at 1."""
        return url_for("people.listing", **self.said(**changes))  # type: ignore[arg-type]  # url_for's own options are no words of ours

    def said(self, **changes: str | int | None) -> dict[str, str | int]:
        """The words that say something."""
        return {name: value for name, value in (self.words | changes).items() if value is not None and value != ""}

    def page_href(self, page: int) -> str:
        return self.href(page=page if page > 1 else None)

    def turned(self, first: int, last: int) -> Callable[[int], str]:
        """The addresses of the pages beside this one, whose first and last person these are."""

        def href(page: int) -> str:
            if page <= FAR or self.wanted.sort is not Sort.NAME:
                return self.page_href(page)
            return self.href(page=page, apres=last) if page > self.wanted.page else self.href(page=page, avant=first)

        return href

    @property
    def all_href(self) -> str:
        """The list without any filter."""
        return self.href(**dict.fromkeys((*FIRST_WORDS, *RARER_WORDS)))

    @property
    def query(self) -> str:
        """The words as a saved view keeps them."""
        return urlencode(self.said())

    @property
    def is_narrowed(self) -> bool:
        return any(self.words.get(name) for name in (*FIRST_WORDS, *RARER_WORDS))

    @property
    def is_everybodys(self) -> bool:
        """True for one of the views that need not be kept."""
        return self.query in VIEWS

    @property
    def rarer(self) -> int:
        """How many of the filters behind "Plus de filtres" are in use."""
        return sum(bool(self.words.get(name)) for name in RARER_WORDS)


def category_word(category: Category) -> str:
    return category.code.replace("_", "-")


def read(
    arguments: Mapping[str, str], desk: Desk, categories: Callable[[tuple[int, ...]], Sequence[Category]]
) -> Asked:
    """The filters of an address, or of the form that carries them along with a selection."""
    organisation_ids = organisations_asked(arguments, desk)
    handled = categories(organisation_ids)
    category = next((one for one in handled if category_word(one) == arguments.get("categorie")), None)
    words = words_of(arguments, desk)
    words["categorie"] = category_word(category) if category else ""
    zone = desk.organisation.department.zone
    wanted = Wanted(
        organisation_ids=organisation_ids,
        category_ids=tuple(one.id for one in ([category] if category else handled)),
        statuses=STATUSES[words["statut"]][1] if words["statut"] else frozenset(),
        in_one_category=category is not None,
        text=words["q"],
        referent_id=referent_asked(words["referent"], desk),
        without_referent=words["referent"] == NOBODY,
        tag=words["etiquette"],
        mode=MODES.get(words["mode"]),
        invited=between(words["invite_du"], words["invite_au"], zone),
        since=between(words["etat_du"], words["etat_au"], zone),
        unreached=bool(words["injoignables"]),
        archived=bool(words["archives"]),
        sort=SORTS.get(words["tri"], Sort.NAME),
        page=number(arguments.get("page", ""), 7) or 1,
        after=number(arguments.get("apres", ""), 10),
        before=number(arguments.get("avant", ""), 10),
    )
    return Asked(wanted, handled, category, words)


def words_of(arguments: Mapping[str, str], desk: Desk) -> dict[str, str]:
    """The words that are known, in the order of the page; what is no word of ours is left out."""

    def one_of(name: str, known: Collection[str]) -> str:
        return arguments[name] if arguments.get(name) in known else ""

    referent = arguments.get("referent", "")
    return {
        "q": arguments.get("q", "").strip()[:100],
        "categorie": "",
        "statut": one_of("statut", STATUSES),
        "referent": referent if referent in {MINE, NOBODY} or number(referent, 10) else "",
        "etiquette": arguments.get("etiquette", "").strip()[:60],
        "mode": one_of("mode", MODES),
        **{name: day_word(arguments.get(name, "")) for name in ("invite_du", "invite_au", "etat_du", "etat_au")},
        "injoignables": one_of("injoignables", {YES}),
        "archives": one_of("archives", {YES}),
        "tri": one_of("tri", SORTS),
        "structures": one_of("structures", {ALL_ORGANISATIONS, *map(str, elsewhere(desk))}),
    }


def elsewhere(desk: Desk) -> list[int]:
    """The other organisations that the agent works for."""
    return [one for one in desk.organisation_ids if one != desk.organisation.id]


def organisations_asked(arguments: Mapping[str, str], desk: Desk) -> tuple[int, ...]:
    asked = arguments.get("structures", "")
    if asked == ALL_ORGANISATIONS:
        return desk.organisation_ids
    return (int(asked),) if asked in map(str, elsewhere(desk)) else (desk.organisation.id,)


def referent_asked(word: str, desk: Desk) -> int | None:
    return desk.agent.id if word == MINE else number(word, 10)


def number(text: str, shorter_than: int) -> int | None:
    """A number that a table can hold, or None."""
    try:
        return row_id(text) if text.isdecimal() and len(text) <= shorter_than else None
    except ValueError:
        return None


def day_word(text: str) -> str:
    """The day as the address says it, 2026-12-01, or nothing when it is none."""
    try:
        return date.fromisoformat(text).isoformat() if len(text) == 10 else ""
    except ValueError:
        return ""


def between(first: str, last: str, zone: ZoneInfo) -> Between:
    """From the beginning of one day to the end of the other, in the département's time."""
    return Between(
        midnight(date.fromisoformat(first), zone) if first else None,
        midnight(date.fromisoformat(last) + timedelta(days=1), zone) if last else None,
    )
