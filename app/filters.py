"""How dates, times, numbers and plurals are written in templates, in the language of the page. Days are those of the zone handed in."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote_plus, urlsplit
from zoneinfo import ZoneInfo

from babel.lists import format_list
from babel.numbers import format_currency, format_decimal
from babel.units import format_unit
from flask import Flask, request
from jinja2 import StrictUndefined
from markupsafe import Markup, escape

from app.languages import current, said
from invitations.models import Place
from notifications import wording
from notifications.languages import FRENCH
from notifications.phone import national

PARIS = ZoneInfo("Europe/Paris")


def day(moment: datetime | date, zone: ZoneInfo = PARIS) -> str:
    """mardi 1er décembre"""
    return wording.day(moment, zone, current())


def day_and_year(moment: datetime | date, zone: ZoneInfo = PARIS) -> str:
    """mardi 1er décembre 2026, where every page is in French: agents' pages, and those that the law asks for"""
    on = moment.astimezone(zone).date() if isinstance(moment, datetime) else moment
    return f"{wording.day(on, zone, FRENCH)} {on.year}"


def short_day(moment: datetime | date, zone: ZoneInfo = PARIS) -> str:
    """01/12/2026"""
    on = moment.astimezone(zone).date() if isinstance(moment, datetime) else moment
    return on.strftime("%d/%m/%Y")


def near_day(moment: datetime | date, now: datetime, zone: ZoneInfo = PARIS) -> str:
    """01/12 within half a year of now, 01/12/2025 further away: short where a list is dense"""
    on = moment.astimezone(zone).date() if isinstance(moment, datetime) else moment
    is_near = abs(on - now.astimezone(zone).date()) < timedelta(days=183)
    return on.strftime("%d/%m") if is_near else on.strftime("%d/%m/%Y")


def clock_time(moment: datetime, zone: ZoneInfo = PARIS) -> str:
    """9 h 00, with no-break spaces"""
    return wording.hour(moment, zone, current())


def moment(at: datetime, zone: ZoneInfo = PARIS) -> str:
    """mardi 1er décembre à 9 h 00"""
    return said("%(day)s à\N{NO-BREAK SPACE}%(hour)s", day=day(at, zone), hour=clock_time(at, zone))


def capital(words: str) -> str:
    """Mardi 1er décembre: a capital at the beginning, and the rest as it was"""
    return words[:1].upper() + words[1:]


def listing(words: Iterable[str]) -> str:
    """Mme Roche, M. Faure et Mme Diop; a name stays on one line"""
    return format_list([one.replace(" ", "\N{NO-BREAK SPACE}") for one in words], locale=current().locale)


def in_french(words: str) -> Markup:
    """Words that we don't translate (a place, what the service wrote): said to be French where the page is not"""
    return escape(words) if current().is_french or not words else Markup('<bdi lang="fr">{}</bdi>').format(words)


def as_written(words: str) -> Markup:
    """What a service wrote (why one meets, what to bring): said in the page's language where the catalogue knows it"""
    known = said(words) if words else words
    return escape(known) if known != words else in_french(words)


def phone(number: str | None) -> str:
    """04 75 00 00 00, from E.164, as messages write it; as it came when it can't be read"""
    return national(number) if number else ""


def thousands(number: int) -> str:
    """1 200, as tables and figures have it"""
    return f"{number:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def plural(count: int, one: str, many: str) -> str:
    """1 personne, 2 personnes, 12 406 personnes; French counts zero as one, and parts thousands from five figures on"""
    figures = thousands(count) if count >= 10_000 else str(count)
    return f"{figures}\N{NO-BREAK SPACE}{one if count < 2 else many}"


def distance(kilometres: float) -> str:
    """800 m, 1,2 km, 17 km: as precise as it is useful on the way"""
    if kilometres < 0.95:
        return in_unit(round(max(round(kilometres, 1), 0.1) * 1000), "length-meter")
    return in_unit(round(kilometres, 1 if kilometres < 9.95 else None), "length-kilometer")


_NO_BREAK = {ord(" "): "\N{NO-BREAK SPACE}", 0x202F: "\N{NO-BREAK SPACE}"}


def euros(price: Decimal) -> str:
    """12,40 €, of 1240 cents; agents read it"""
    return format_currency(price / 100, "EUR", locale="fr").translate(_NO_BREAK)


def cents(price: Decimal) -> str:
    """4,9 centimes; French counts less than two as one"""
    figure = format_decimal(price, locale="fr")
    return f"{figure}\N{NO-BREAK SPACE}{'centime' if price < 2 else 'centimes'}"


def in_unit(number: float, unit: str) -> str:
    """1,2 km"""
    return format_unit(number, unit, "short", locale=current().locale).translate(_NO_BREAK)


def length_of(lasting: timedelta) -> str:
    """45 minutes, 1 h, 1 h 30"""
    if not current().is_french:
        return wording.length(lasting, current())
    hours, minutes = divmod(lasting // timedelta(minutes=1), 60)
    if not hours:
        return plural(minutes, "minute", "minutes")
    return f"{hours} h {minutes:02d}".replace(" ", "\N{NO-BREAK SPACE}") if minutes else f"{hours}\N{NO-BREAK SPACE}h"


def deadline(moment: datetime, zone: ZoneInfo = PARIS) -> str:
    """mardi 8 décembre, after "avant le": exact for a midnight, where an invitation ends; else the hour is said too"""
    local = moment.astimezone(zone)
    is_midnight = local.hour == local.minute == 0
    if is_midnight:
        return day(moment, zone)
    return said("%(day)s à\N{NO-BREAK SPACE}%(hour)s", day=day(moment, zone), hour=clock_time(moment, zone))


def map_address(place: Place) -> str:
    """A link to a map of the place: by its coordinates, else by its address. Nothing is fetched from there."""
    if place.latitude is None or place.longitude is None:
        words = quote_plus(f"{place.address}, {place.postcode} {place.city}")
        return f"https://www.openstreetmap.org/search?query={words}"
    where = f"{place.latitude:.5f}", f"{place.longitude:.5f}"
    return "https://www.openstreetmap.org/?mlat={0}&mlon={1}#map=17/{0}/{1}".format(*where)


def whole(words: str) -> Markup:
    """The words with "rendez-vous" kept on one line: a heading or a button must not break inside it"""
    return escape(words).replace("rendez-vous", Markup('<span class="whole">rendez-vous</span>'))


def from_here(address: str) -> str:
    """?lieu=3: the address of this very page without its path; another page's as it is"""
    return address.removeprefix(request.path) if urlsplit(address).path == request.path else address


def static_address(folder: Path) -> Callable[[str], str]:
    """`static("style.css")` → /static/style.css?v=<hash>: kept for a year by browsers, fetched again once it changes."""

    @cache
    def static(filename: str) -> str:
        return f"/static/{filename}?v={sha256((folder / filename).read_bytes()).hexdigest()[:10]}"

    return static


def install(flask: Flask) -> None:
    flask.jinja_env.globals["static"] = static_address(Path(flask.static_folder or ""))
    flask.jinja_env.undefined = StrictUndefined
    flask.jinja_env.trim_blocks = True
    flask.jinja_env.lstrip_blocks = True
    flask.jinja_env.filters.update(
        day=day,
        day_and_year=day_and_year,
        short_day=short_day,
        near_day=near_day,
        as_written=as_written,
        capital=capital,
        cents=cents,
        clock_time=clock_time,
        deadline=deadline,
        distance=distance,
        euros=euros,
        from_here=from_here,
        in_french=in_french,
        length_of=length_of,
        listing=listing,
        map_address=map_address,
        moment=moment,
        phone=phone,
        plural=plural,
        thousands=thousands,
        whole=whole,
    )
