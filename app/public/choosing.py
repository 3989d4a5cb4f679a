"""How free times are laid out: first days open, more on demand, words where several kinds stand side by side."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any

from flask import request
from flask_babel import lazy_gettext

from app.labels import label
from invitations import offers
from invitations.errors import SlotGone, SlotTaken
from invitations.free_places import TypeShown
from invitations.models import PlaceType
from invitations.offers import Choice, Choices, Days

# What the first page shows: enough to choose from, light enough for a slow network.
FIRST_DAYS = 4
FIRST_TIMES = 60
MORE_DAYS = 7

NO_TIME = ("when", lazy_gettext("Choisissez un horaire, puis continuez."))


def laid_out(offered: Choices, lost: SlotTaken | None = None) -> dict[str, Any]:
    """What the templates that list times need, beside the offer itself. `lost`: the time that can't be had.

    `taken`: somebody chose it just now; else it is simply not offered any more.
    """
    days, choices = offered.days(), offered.choices
    count = days_asked(days)
    return {
        "shown": days[:count],
        "more": count + MORE_DAYS if count < len(days) else None,
        "ways": ways_of(choices, offered.types),
        "kinds": kinds_of(choices, offered.types),
        "duration": common_duration(choices),
        "nearest": nearest_at(choices) if lost else [],
        "taken": lost is not None and not isinstance(lost, SlotGone),
        "towns": {one.place.id: one.place.city for one in offered.places},
    }


def nearest_at(choices: Sequence[Choice]) -> list[Choice]:
    """The few times closest to the one asked for; the first ones when none was (a proposition that is over)."""
    token = token_asked()
    return offers.nearest_to(Choice.parse(token)[0] if token else choices[0].starts_at, choices) if choices else []


def token_asked() -> str | None:
    """The choice that the address or the form carries; None when there is none or it can't be read."""
    token = request.values.get("creneau", "")
    try:
        Choice.parse(token)
    except ValueError:
        return None
    return token


def place_asked() -> int | None:
    """The place of the choice asked for, else the place of `?lieu=`."""
    token = token_asked()
    return Choice.parse(token)[1] if token else request.args.get("lieu", type=int)


def days_asked(days: Days) -> int:
    """How many days to open: `?jours=` of the address, else the first ones."""
    asked = request.args.get("jours", type=int)
    return max(1, asked) if asked else first_days(days)


def first_days(days: Days) -> int:
    """The first days, fewer when they are full of times; one at least."""
    times = 0
    for count, (_, choices) in enumerate(days[:FIRST_DAYS]):
        times += len(choices)
        if count and times > FIRST_TIMES:
            return count
    return FIRST_DAYS


def kinds_of(choices: Collection[Choice], types: Mapping[int, TypeShown]) -> dict[int, str]:
    """Words for each type among the slots: how one meets, or the type's name when that does not tell them apart.

    Sessions have a title of their own; theirs stand here where one meets otherwise than in the slots: two kinds, then.
    """
    present = [types[type_id] for type_id in sorted({one.type_id for one in choices if not one.is_session})]
    words = {one.id: label(one.place_type) for one in present}
    if len(set(words.values())) < len(words):
        return {one.id: one.name for one in present}
    sessions = {one.type_id for one in choices if one.is_session} - words.keys()
    others = {one: label(types[one].place_type) for one in sorted(sessions)}
    return words | {one: way for one, way in others.items() if way not in words.values()}


def ways_of(choices: Collection[Choice], types: Mapping[int, TypeShown]) -> list[PlaceType]:
    """How one may meet at the place looked at, each once; where people go first."""
    present = {types[one.type_id].place_type for one in choices}
    return [one for one in PlaceType if one in present]


def common_duration(choices: Sequence[Choice]) -> timedelta | None:
    """The length that every slot has, None when they differ or there are none; sessions tell their own."""
    lengths = {one.ends_at - one.starts_at for one in choices if not one.is_session}
    return lengths.pop() if len(lengths) == 1 else None
