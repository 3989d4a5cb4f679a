"""Settings told in words, for the page that shows them all."""

from __future__ import annotations

from datetime import timedelta

from app.filters import length_of, plural
from app.labels import label, within
from invitations.models import AppointmentType, CategorySettings, Channel, Mode, OpenTo, StepAct

DAY = timedelta(days=1)
# From here on, a delay is thought of in days.
LONG = 3 * DAY


def channels(settings: CategorySettings) -> str:
    """SMS, courriel"""
    return ", ".join(label(Channel(one)) for one in settings.channels)


def modes(settings: CategorySettings) -> str:
    """Invitation, Proposition"""
    return ", ".join(label(Mode(one)) for one in settings.modes)


def validity(settings: CategorySettings) -> str:
    """10 jours, or no limit"""
    return plural(settings.validity_days, "jour", "jours") if settings.validity_days else "sans limite"


def steps(settings: CategorySettings) -> str:
    """rappel à 3 et 7 jours, appel à 9 jours; or that nothing follows"""
    days: dict[StepAct, list[str]] = {}
    for one in settings.steps:
        days.setdefault(one.act, []).append(str(one.after_days))
    said = [f"{within(act)} à {' et '.join(on)}\N{NO-BREAK SPACE}jours" for act, on in days.items()]
    return ", ".join(said) or "rien"


def delay(lasting: timedelta) -> str:
    """aucun, 45 minutes, 24 h, 60 jours"""
    if not lasting:
        return "aucun"
    if lasting >= LONG and not lasting % DAY:
        return plural(lasting // DAY, "jour", "jours")
    return length_of(lasting)


def limit(lasting: timedelta) -> str:
    """24 h avant, or until the last moment"""
    return f"{delay(lasting)} avant" if lasting else "au dernier moment"


def type_in_short(type_: AppointmentType) -> str:
    """RSA orientation, 12 places, agents seulement"""
    said = [type_.category.name]
    if type_.is_collective:
        said.append(plural(type_.seats, "place", "places"))
    if type_.open_to is OpenTo.AGENTS:
        said.append("agents seulement")
    if type_.referents_only:
        said.append("avec une personne référente")
    return ", ".join(said)
