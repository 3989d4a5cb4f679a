"""Invitations: listed with what became of them, and taken back, by the keys of api.md's tables."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from flask import Flask
from sqlalchemy import select, update

from invitations import convening, expiry
from invitations.models import AppointmentType, AuditEvent, FollowUp, Invitation, Message, Mode
from tests.app.api.conftest import ON_SQLITE, Machine
from tests.app.api.test_inviting import INVITATION, invite
from tests.app.team import queries_of
from tests.conftest import Clock
from tests.factories import World
from tests.fakes import RememberingSms

TOLD = {
    *("id", "mode", "user_id", "follow_up_id", "created_at", "expires_at", "answered_at", "ended_at"),
    *("motif_category", "invitations"),
}


def sent(world: World, follow_up: FollowUp, **changes: Any) -> Invitation:
    values = {"organisation_id": world.organisation.id, "mode": Mode.INVITATION, "created_at": world.now}
    return world.add(Invitation(uid=str(uuid4()), follow_up_id=follow_up.id, **values | changes))


def listed(machine: Machine, **query: str) -> list[dict[str, Any]]:
    answer = machine.get(f"{machine.organisation}/invitations", query_string=query)
    assert answer.status_code == 200, answer.text
    assert set(answer.get_json()) == {"success", "invitations", "next_cursor"}
    return list(answer.get_json()["invitations"])


def end(machine: Machine, invitation_id: int) -> dict[str, Any]:
    answer = machine.post(f"{machine.organisation}/invitations/{invitation_id}/end")
    assert answer.status_code == 200, answer.text
    assert set(answer.get_json()) == {"success", "invitation"}
    return dict(answer.get_json()["invitation"])


def test_an_invitation_says_whom_it_addresses_and_what_carried_it(machine: Machine) -> None:
    made = invite(machine)
    [one] = listed(machine)
    assert set(one) == TOLD
    assert (one["mode"], one["user_id"], one["answered_at"]) == ("invitation", made["user"]["id"], None)
    assert one["invitations"] == made["invitations"]
    assert set(one["invitations"][0]) == INVITATION


def test_it_is_taken_back_once_and_what_has_not_left_does_not(
    machine: Machine, deliver: Callable[[], int], sms: RememberingSms, clock: Clock
) -> None:
    invite(machine)
    [one] = listed(machine)
    ended_at = clock.now.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert end(machine, one["id"])["ended_at"] == ended_at
    clock.now += timedelta(hours=1)
    assert end(machine, one["id"])["ended_at"] == ended_at
    [kept], [follow_up] = machine.town.rows(select(Invitation)), machine.town.rows(select(FollowUp))
    assert (kept.end_reason, follow_up.status) == ("withdrawn", "invitation_expired")
    assert deliver() == 0
    assert not sms.sent
    noted = machine.town.rows(select(AuditEvent).where(AuditEvent.action == "invitation.withdrawn"))
    assert [event.details["service_key_id"] for event in noted] == [machine.key_id]


def test_a_proposition_lets_its_slot_go_and_a_convocation_stays(machine: Machine) -> None:
    machine.town.propose()
    [one] = listed(machine)
    end(machine, one["id"])
    assert machine.town.appointments() == []
    machine.town.convene()
    two = listed(machine)[-1]
    answer = machine.post(f"{machine.organisation}/invitations/{two['id']}/end")
    assert answer.status_code == 422
    assert "Annulez le rendez-vous" in answer.get_json()["errors"][0]["error_details"]
    assert listed(machine)[-1] == two


def test_another_team_s_is_not_there(machine: Machine) -> None:
    with machine.town.changing() as world:
        other = world.make_organisation()
        person = world.make_beneficiary(organisation=other)
        theirs = sent(world, world.make_follow_up(person), organisation_id=other.id)
    assert listed(machine) == []
    for one in (theirs.id, 2**31 - 1):
        answer = machine.post(f"{machine.organisation}/invitations/{one}/end")
        assert (answer.status_code, answer.get_json()) == (404, {"not_found": "Invitation"})


def test_they_are_followed_as_they_are_made_answered_and_ended(machine: Machine, clock: Clock) -> None:
    with machine.town.changing() as world:
        ids = [sent(world, world.make_follow_up()).id for _ in range(27)]
    first = machine.get(f"{machine.organisation}/invitations").get_json()
    rest = listed(machine, cursor=first["next_cursor"])
    assert [one["id"] for one in first["invitations"] + rest] == ids
    clock.now += timedelta(minutes=1)
    end(machine, ids[4])
    assert [one["id"] for one in listed(machine, cursor=first["next_cursor"])] == [*ids[25:], ids[4]]
    assert [one["id"] for one in listed(machine, updated_since=clock.now.isoformat())] == [ids[4]]


@ON_SQLITE
def test_a_list_costs_the_same_number_of_queries_however_long(machine: Machine, flask_app: Flask) -> None:
    def cost() -> int:
        return queries_of(flask_app, lambda: listed(machine))

    invite(machine)
    cost()
    few = cost()
    with machine.town.changing() as world:
        for _ in range(10):
            sent(world, world.make_follow_up())
    assert (cost(), len(machine.town.rows(select(Message)))) == (few, 2)


# More time


def extend(machine: Machine, invitation_id: int, last_day: str | None = None, status: int = 200) -> dict[str, Any]:
    path = f"{machine.organisation}/invitations/{invitation_id}/extend"
    answer = machine.post(path, {"invitation": {"last_day": last_day}})
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.get_json()
    return dict(found["invitation"]) if status == 200 else found


def test_an_invitation_lives_longer_or_again(machine: Machine, clock: Clock) -> None:
    invite(machine)
    [one] = listed(machine)
    assert extend(machine, one["id"]) == one  # as long as one that is sent now
    for _ in range(2):
        longer = extend(machine, one["id"], "11/12/2026")
        assert longer == one | {
            "expires_at": "2026-12-11T23:00:00Z",
            "invitations": [told | {"expires_at": "2026-12-11T23:00:00Z"} for told in one["invitations"]],
        }
    clock.now += timedelta(days=20)
    with machine.town.changing() as world:
        expiry.expire(world.session, now=clock.now)
    assert machine.town.rows(select(FollowUp.status)) == ["invitation_expired"]
    assert extend(machine, one["id"])["expires_at"] == "2026-12-24T23:00:00Z"
    assert machine.town.rows(select(FollowUp.status)) == ["invitation_pending"]
    noted = machine.town.rows(select(AuditEvent).where(AuditEvent.action == "invitation.extended"))
    assert [event.details["service_key_id"] for event in noted] == [machine.key_id] * 2
    assert len(machine.town.rows(select(Message))) == 2  # nothing leaves for it


@ON_SQLITE
def test_what_can_t_live_longer_is_refused_with_its_reason(machine: Machine, clock: Clock) -> None:
    def refused(invitation_id: int, last_day: str | None = None) -> str:
        return str(extend(machine, invitation_id, last_day, 422)["errors"][0]["error_details"])

    invite(machine)
    [one] = listed(machine)
    assert refused(one["id"], "30/11/2026").startswith("L’invitation est déjà valable")
    for late in ("11/12/2028", "31/12/9999"):
        assert refused(one["id"], late).startswith("Une invitation est valable un an")
    assert "invitation.last_day" in refused(one["id"], "2026-12-11")
    with machine.town.changing() as world:
        before = world.session.execute(select(AppointmentType.max_delay)).scalar_one()
        world.session.execute(update(AppointmentType).values(max_delay=timedelta(hours=1)))
    assert refused(one["id"], "11/12/2026").startswith("Aucun créneau libre avant")
    clock.now += timedelta(days=20)
    assert refused(one["id"], "20/12/2026").startswith("Aucun créneau libre avant")
    with machine.town.changing() as world:
        world.session.execute(update(AppointmentType).values(max_delay=before))
        world.now = machine.town.now = clock.now
        [follow_up] = world.session.scalars(select(FollowUp))
        newer = sent(world, follow_up, expires_at=clock.now + timedelta(days=3)).id
    assert refused(one["id"]).startswith("Une autre invitation est en cours")
    end(machine, newer)
    assert refused(newer).startswith("L’invitation a reçu une réponse ou a été retirée")
    machine.town.propose()
    assert refused(listed(machine)[-1]["id"]).startswith("Une proposition ou une convocation")
    with machine.town.changing() as world:
        convening.book_for(
            world.session, world.session.get_one(FollowUp, one["follow_up_id"]),
            machine.town.token(datetime(2026, 12, 15, 8, tzinfo=UTC)), **machine.town.by_agent(),
        )  # fmt: skip
    assert refused(one["id"]) == "Un rendez-vous est déjà prévu."


@ON_SQLITE
def test_another_team_s_lives_no_longer(machine: Machine) -> None:
    with machine.town.changing() as world:
        other = world.make_organisation()
        theirs = sent(world, world.make_follow_up(world.make_beneficiary(organisation=other)), organisation_id=other.id)
    assert extend(machine, theirs.id, status=404) == {"not_found": "Invitation"}
