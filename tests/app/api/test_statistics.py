"""Figures of an organisation, by the keys of docs/api.md: those of its page of results."""

from __future__ import annotations

from typing import Any

from flask import Flask

from invitations.models import Mode, Outcome
from tests.app.api.conftest import ON_SQLITE, Machine, machine_of
from tests.app.reading_results import count
from tests.app.team import queries_of
from tests.conftest import Clock
from tests.factories import World
from tests.stories import crowd

STATISTICS = {
    *(
        "motif_category",
        "since",
        "until",
        "horizon",
        "as_of",
        "everyone",
        "by_mode",
        "by_channel",
        "by_entry",
        "by_month",
    ),
}
COUNTS = {
    *(
        "addressed",
        "counted",
        "too_early",
        "seen_early",
        "reached",
        "answered",
        "booked",
        "autonomous",
        "seen",
        "unknown",
    ),
    *("crossed", "kept", "noshow", "excused", "revoked", "unnoted"),
}


def forty_of_whom_thirty_came(world: World) -> None:
    crowd(world, 40, Mode.INVITATION, *[Outcome.SEEN] * 30, *[Outcome.NOSHOW] * 5)


def told(machine: Machine, clock: Clock) -> None:
    with machine.town.changing() as world:
        forty_of_whom_thirty_came(world)
        count(world.session, clock())


def read(machine: Machine, **query: str) -> dict[str, Any]:
    answer = machine.get(f"{machine.organisation}/statistics", query_string=query)
    assert answer.status_code == 200, answer.text
    assert set(answer.get_json()) == {"success", "statistics"}
    found: dict[str, Any] = answer.get_json()["statistics"]
    assert set(found) == STATISTICS
    assert set(found["everyone"]) == COUNTS
    return found


def test_who_was_addressed_and_who_was_seen_is_counted_as_on_the_page(machine: Machine, clock: Clock) -> None:
    told(machine, clock)
    found = read(machine)
    everyone = found["everyone"]
    assert (everyone["addressed"], everyone["counted"], everyone["seen"], everyone["noshow"]) == (40, 40, 30, 5)
    assert (found["motif_category"]["short_name"], found["horizon"]) == ("rsa_orientation", 45)
    invited = {one["key"]: one["counts"] for one in found["by_mode"]}["invitation"]
    assert invited == everyone
    for name in ("by_channel", "by_entry", "by_month"):
        assert sum(one["counts"]["addressed"] for one in found[name]) == 40
        assert {"key", "counts"} == set(found[name][0])


def test_they_are_narrowed_by_what_the_address_says(machine: Machine, clock: Clock) -> None:
    told(machine, clock)
    [month] = [one["key"] for one in read(machine)["by_month"]]
    said = {"mode": "invitation", "since": month, "until": f"{month[:8]}28", "horizon": "60"}
    found = read(machine, motif_category="rsa_orientation", **said)
    assert (found["everyone"]["addressed"], found["since"], found["until"], found["horizon"]) == (40, month, month, 60)
    assert read(machine, mode="convocation")["everyone"]["addressed"] == 0
    assert read(machine, until="2020-01-01")["everyone"]["addressed"] == 0


def test_another_team_s_people_are_in_no_figure(machine: Machine, flask_app: Flask, clock: Clock) -> None:
    told(machine, clock)
    with machine.town.changing() as world:
        other = world.make_organisation()
    stranger = machine_of(flask_app, machine.town, organisation=other)
    answer = stranger.get(f"organisations/{other.id}/statistics")
    assert answer.status_code == 200
    found = answer.get_json()["statistics"]
    assert (found["everyone"]["addressed"], found["motif_category"]) == (0, None)


@ON_SQLITE
def test_what_means_nothing_is_refused(machine: Machine) -> None:
    for said in (
        {"motif_category": "nulle_part"},
        {"since": "2026-13-01"},
        {"since": "0001-01-01"},
        {"until": "hier"},
        {"mode": "courrier"},
        {"channel": "x"},
        {"entry": "x"},
        {"horizon": "31"},
        {"horizon": "x"},
    ):
        answer = machine.get(f"{machine.organisation}/statistics", query_string=said)
        assert answer.status_code == 422, said


@ON_SQLITE
def test_they_cost_the_same_number_of_queries_however_many_people(
    machine: Machine, flask_app: Flask, clock: Clock
) -> None:
    def cost() -> int:
        return queries_of(flask_app, lambda: read(machine))

    told(machine, clock)
    cost()
    few = cost()
    told(machine, clock)
    assert (cost(), read(machine)["everyone"]["addressed"]) == (few, 80)
