"""How the pages of public figures are reached: a large département, one of which most is hidden, one that begins."""

from __future__ import annotations

from datetime import date

from invitations.models import CategoryKind, Mode
from tests.public_checks.of_the_rest import dress
from tests.public_checks.stage import Answer, Stage
from tests.published import add_people, let_publish, publish

MONTHS = [date(2025, 10, 1), date(2025, 11, 1), date(2025, 12, 1)] + [date(2026, month, 1) for month in range(1, 9)]


def listing(at: Stage) -> Answer:
    with at.town.changing() as world:
        let_publish(world)
    return at.look("/statistiques")


def large(at: Stage) -> Answer:
    """Two categories, two organisations, three modes, a month that nobody noted."""
    dress(at)
    with at.town.changing() as world:
        other = world.make_organisation(name="Mission locale de la vallée de la Drôme et du Diois")
        kind = world.make_category(code="rsa_accompagnement", kind=CategoryKind.ACCOMPANIMENT, name="Accompagnement")
        let_publish(world, world.organisation, other)
        for month in MONTHS:
            add_people(world, month, unknown=60 if month.month == 7 else 3)
            add_people(world, month, mode=Mode.PROPOSITION, organisation=other, addressed=50, seen=35)
            add_people(world, month, category=kind, addressed=28, seen=14)
        publish(world.session, world)
    return at.look("/statistiques/26?trimestre=2026-T1")


def small(at: Stage) -> Answer:
    """A few people a month: nearly all is hidden."""
    with at.town.changing() as world:
        let_publish(world)
        for month in MONTHS:
            add_people(world, month, addressed=25, seen=6)
        publish(world.session, world)
    return at.look("/statistiques/26")


def nothing_yet(at: Stage) -> Answer:
    with at.town.changing() as world:
        let_publish(world)
    return at.look("/statistiques/26")
