"""The list's filters as French words in the address: `?statut=a-inviter&categorie=rsa-orientation&q=bernard&page=2`."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from flask import url_for

from app.access import Desk
from app.labels import label
from invitations.follow_up_status import ACTION_NEEDED
from invitations.models import Category, FollowUpStatus
from invitations.people import Sort, Wanted

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
        words: dict[str, str | int] = {
            name: value for name, value in (self.words | changes).items() if value is not None and value != ""
        }
        return url_for("people.listing", **words)  # type: ignore[arg-type]  # url_for's own options are no words of ours

    def page_href(self, page: int) -> str:
        return self.href(page=page if page > 1 else None)

    @property
    def is_narrowed(self) -> bool:
        return any(self.words.get(name) for name in ("statut", "categorie", "q"))


def category_word(category: Category) -> str:
    return category.code.replace("_", "-")


def read(
    arguments: Mapping[str, str], desk: Desk, categories: Callable[[tuple[int, ...]], Sequence[Category]]
) -> Asked:
    """The filters of an address, or of the form that carries them along with a selection."""
    everywhere = arguments.get("structures") == ALL_ORGANISATIONS
    organisation_ids = desk.organisation_ids if everywhere else (desk.organisation.id,)
    handled = categories(organisation_ids)
    category = next((one for one in handled if category_word(one) == arguments.get("categorie")), None)
    status = arguments.get("statut", "") if arguments.get("statut") in STATUSES else ""
    sort = arguments.get("tri", "") if arguments.get("tri") in SORTS else ""
    page = arguments.get("page", "")
    text = arguments.get("q", "").strip()[:100]
    wanted = Wanted(
        organisation_ids=organisation_ids,
        category_ids=tuple(one.id for one in ([category] if category else handled)),
        statuses=STATUSES[status][1] if status else frozenset(),
        in_one_category=category is not None,
        text=text,
        sort=SORTS.get(sort, Sort.NAME),
        page=int(page) if page.isdecimal() and len(page) < 7 else 1,
    )
    words = {
        "q": text,
        "categorie": category_word(category) if category else "",
        "statut": status,
        "tri": sort,
        "structures": ALL_ORGANISATIONS if everywhere else "",
    }
    return Asked(wanted, handled, category, words)
