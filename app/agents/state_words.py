"""How the sending of messages is told: what does not work, why, what will happen by itself, what to do and whom to call."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from app.filters import clock_time, day, plural
from invitations.models import Channel
from invitations.monitoring import LONGEST_SILENCE, Beating, Health, State
from invitations.monitoring_queue import Queue, Volume
from invitations.outbox.caps import Reached
from invitations.outbox.providers import Provider
from invitations.trouble import Stop
from notifications.senders import Reason

NBSP = "\N{NO-BREAK SPACE}"
# One and many of what goes by each channel.
NAMES: dict[Channel, tuple[str, str]] = {
    Channel.SMS: ("SMS", "SMS"),
    Channel.EMAIL: ("courriel", "courriels"),
    Channel.LETTER: ("courrier", "courriers"),
    Channel.VOICE: ("appel", "appels"),
}
WHY = {
    Reason.OUR_ACCOUNT: "le service d’envoi refuse notre compte",
    Reason.WAIT: "le service d’envoi ne prend plus rien",
    Reason.UNCERTAIN: "le service d’envoi ne répond plus",
}
WHOM = "Prévenez la personne qui administre l’installation"
# Fewer failures than this say nothing; one message in ten is too many.
MANY, SHARE = 10, 10
# The clock's own steps: below, a sign of life is "just now".
A_MOMENT = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Point:
    """Something that does not work: what, and what to do about it. `is_urgent`: messages stand still meanwhile."""

    what: str
    act: str
    is_urgent: bool = True


def points(state: State, department_id: int, zone: ZoneInfo) -> list[Point]:
    """Everything that does not work, the worst first."""
    health = state.health
    return [
        *_of_schedulers(health, zone),
        *(Point(stopped(one, zone), stopped_act(one, health.at, zone)) for one in health.providers if one.is_open),
        *(_of_queue(one, health.at, zone) for one in health.stuck),
        *(Point(capped(one), CAP_ACT, is_urgent=False) for one in health.caps if one.department_id == department_id),
        *_of_losses(health, state.volumes),
        *_of_clocks(state),
    ]


def heading(found: list[Point]) -> str:
    if not found:
        return "Tout va bien"
    return "Un point à régler" if len(found) == 1 else f"{len(found)}{NBSP}points à régler"


def many(channel: Channel) -> str:
    """SMS, courriels"""
    return NAMES[channel][1]


def how_many(count: int, channel: Channel) -> str:
    """3 courriels"""
    return plural(count, *NAMES[channel])


def moment(at: datetime, now: datetime, zone: ZoneInfo) -> str:
    """9 h 12 of the same day; else mardi 24 novembre à 9 h 12"""
    if at.astimezone(zone).date() == now.astimezone(zone).date():
        return clock_time(at, zone)
    return f"{day(at, zone)} à{NBSP}{clock_time(at, zone)}"


def ago(at: datetime, now: datetime) -> str:
    """à l’instant, il y a 12 minutes, il y a 3 heures"""
    past = now - at
    if past < A_MOMENT:
        return "à l’instant"
    minutes = past // timedelta(minutes=1)
    lasting = plural(minutes, "minute", "minutes") if minutes < 60 else plural(minutes // 60, "heure", "heures")
    return f"il y a {lasting}"


def is_silent(one: Beating, now: datetime) -> bool:
    """True for a process that has stopped: its name stays for a day."""
    return now - one.at > LONGEST_SILENCE


def stopped(one: Provider, zone: ZoneInfo) -> str:
    """Les SMS ne partent plus depuis mardi 24 novembre à 9 h 12 : le service d’envoi refuse notre compte (code 20003)."""
    since = f" depuis {day(one.opened_at, zone)} à{NBSP}{clock_time(one.opened_at, zone)}" if one.opened_at else ""
    why = WHY.get(one.reason, WHY[Reason.UNCERTAIN]) if one.reason else WHY[Reason.UNCERTAIN]
    code = f" (code {one.code})" if one.code else ""
    return f"Les {many(one.channel)} ne partent plus{since}{NBSP}: {why}{code}."


def stopped_act(one: Provider, now: datetime, zone: ZoneInfo) -> str:
    """What happens by itself, then what to do."""
    again = next_try(one, now, zone)
    if one.reason is Reason.OUR_ACCOUNT:
        return f"{again} {WHOM}{NBSP}: le compte est à régler auprès de ce service."
    return f"{again} Si cela dure plus d’une heure, prévenez la personne qui administre l’installation."


def next_try(one: Provider, now: datetime, zone: ZoneInfo) -> str:
    if one.next_try_at is None or one.next_try_at <= now:
        return "Un essai se fait en ce moment."
    return f"Prochain essai à{NBSP}{clock_time(one.next_try_at, zone)}."


def waiting(stop: Stop) -> str:
    """3 SMS attendent et partiront d’eux-mêmes. For the team whose they are"""
    if not stop.waiting:
        return "Rien n’attend encore dans votre structure."
    verb = "attend et partira de lui-même" if stop.waiting == 1 else "attendent et partiront d’eux-mêmes"
    return f"{how_many(stop.waiting, stop.provider.channel)} de votre structure {verb}{NBSP}: rien n’est perdu."


def capped(one: Reached) -> str:
    return (
        f"La limite du jour est atteinte{NBSP}: {how_many(one.per_day, one.channel)}. "
        "Les suivants partiront au prochain jour d’envoi."
    )


CAP_ACT = "Les administrateurs et administratrices du département peuvent la relever dans les réglages."


def _of_schedulers(health: Health, zone: ZoneInfo) -> Iterator[Point]:
    if health.alive:
        return
    act = f"{WHOM}{NBSP}: il se relance par la commande rdv jobs run. Rien n’est perdu, ce qui attend partira ensuite."
    if health.last_beat_at is None:
        yield Point("Le programme qui envoie les messages n’a pas encore démarré.", act)
    else:
        since = moment(health.last_beat_at, health.at, zone)
        yield Point(f"Le programme qui envoie les messages ne donne plus signe de vie depuis {since}.", act)


def _of_queue(one: Queue, now: datetime, zone: ZoneInfo) -> Point:
    since = moment(one.oldest_due_at or now, now, zone)
    verb = "attend" if one.waiting == 1 else "attendent"
    return Point(
        f"Les {many(one.channel)} n’avancent plus{NBSP}: {how_many(one.waiting, one.channel)} {verb}, depuis {since}.",
        f"{WHOM}{NBSP}: le journal de rdv jobs run en dit la cause.",
    )


def _of_losses(health: Health, volumes: tuple[Volume, ...]) -> Iterator[Point]:
    sent = {one.channel: one.sent for one in volumes}
    for one in health.leaving:
        of = max(sent.get(one.channel, 0), one.failed)
        if one.failed >= MANY and one.failed * SHARE > of:
            yield Point(
                f"En 24{NBSP}heures, {one.failed}{NBSP}{many(one.channel)} sur {of} ne sont pas arrivés.",
                "Les raisons sont plus bas. Beaucoup de numéros ou d’adresses faux viennent souvent d’une même liste "
                "importée\N{NO-BREAK SPACE}; pour toute autre raison, prévenez la personne qui administre l’installation.",
                is_urgent=False,
            )


def _of_clocks(state: State) -> Iterator[Point]:
    if state.has_two_times and state.clock_apart is not None:
        seconds = plural(round(abs(state.clock_apart.total_seconds())), "seconde", "secondes")
        yield Point(
            f"L’horloge de cette machine et celle de la base de données ont {seconds} d’écart.",
            f"{WHOM}{NBSP}: les heures d’envoi en dépendent, une synchronisation (NTP) est à remettre en marche.",
            is_urgent=False,
        )
