"""Follow-ups, and lists handed in: listed, closed, opened again, by the keys of api.md's tables."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import select, update

from invitations.models import AuditEvent, FollowUp, FollowUpStatus, Invitation, Membership
from tests.app.api.conftest import CATEGORY, INES, ON_SQLITE, Machine
from tests.app.api.test_inviting import invite
from tests.conftest import Clock

FOLLOW_UP = {"id", "user_id", "motif_category", "status", "status_since", "closed_at", "created_at"}


def listed(machine: Machine, **query: str) -> list[dict[str, Any]]:
    answer = machine.get(f"{machine.organisation}/follow_ups", query_string=query)
    assert answer.status_code == 200, answer.text
    assert set(answer.get_json()) == {"success", "follow_ups", "next_cursor"}
    return list(answer.get_json()["follow_ups"])


def turn(machine: Machine, follow_up_id: int, act: str) -> dict[str, Any]:
    answer = machine.post(f"{machine.organisation}/follow_ups/{follow_up_id}/{act}")
    assert answer.status_code == 200, answer.text
    assert set(answer.get_json()) == {"success", "follow_up"}
    return dict(answer.get_json()["follow_up"])


def test_a_follow_up_says_whose_it_is_and_where_it_stands(machine: Machine) -> None:
    made = invite(machine)["user"]
    [one] = listed(machine)
    assert set(one) == FOLLOW_UP
    assert (one["user_id"], one["status"], one["closed_at"]) == (made["id"], "invitation_pending", None)
    assert one["motif_category"]["short_name"] == "rsa_orientation"


def test_it_is_closed_with_its_invitations_and_opened_again_without_them(machine: Machine, clock: Clock) -> None:
    invite(machine)
    [one] = listed(machine)
    clock.now += timedelta(hours=1)
    for _ in range(2):
        closed = turn(machine, one["id"], "close")
        assert (closed["status"], closed["closed_at"]) == ("closed", clock.now.strftime("%Y-%m-%dT%H:%M:%SZ"))
    [invitation] = machine.town.rows(select(Invitation))
    assert invitation.end_reason == "closed"
    for _ in range(2):
        again = turn(machine, one["id"], "reopen")
        assert (again["status"], again["closed_at"]) == ("invitation_expired", None)
    noted = machine.town.rows(select(AuditEvent).where(AuditEvent.action.like("follow_up.%")).order_by(AuditEvent.id))
    assert [(event.action, event.details["service_key_id"]) for event in noted][-2:] == [
        ("follow_up.closed", machine.key_id),
        ("follow_up.reopened", machine.key_id),
    ]
    assert not [event for event in noted if event.agent_id is not None]


def test_they_are_followed_by_status_category_and_moment(machine: Machine, clock: Clock) -> None:
    with machine.town.changing() as world:
        other = world.make_category(code="rsa_accompagnement", name="RSA accompagnement")
        world.make_settings(category_id=other.id)
        unhandled = world.make_category(code="siae", name="SIAE")
        ids = [world.make_follow_up(world.make_beneficiary()).id for _ in range(27)]
        mine = world.make_follow_up(world.make_beneficiary(), category_id=other.id).id
        world.make_follow_up(world.make_beneficiary(), category_id=unhandled.id)
        world.make_follow_up(world.make_beneficiary(organisation=world.make_organisation()))
        gone = world.make_beneficiary()
        world.make_follow_up(gone)
        archived = update(Membership).where(Membership.beneficiary_id == gone.id).values(archived_at=world.now)
        world.session.execute(archived)
    first = machine.get(f"{machine.organisation}/follow_ups").get_json()
    rest = listed(machine, cursor=first["next_cursor"])
    assert [one["id"] for one in first["follow_ups"] + rest] == [*ids, mine]
    assert [one["id"] for one in listed(machine, motif_category="rsa_accompagnement")] == [mine]
    assert listed(machine, motif_category="siae") == []
    since = clock.now + timedelta(minutes=1)
    with machine.town.changing() as world:
        seen = update(FollowUp).where(FollowUp.id == ids[3])
        world.session.execute(seen.values(status=FollowUpStatus.SEEN, status_since=since))
    assert [one["id"] for one in listed(machine, status="seen")] == [ids[3]]
    assert [one["id"] for one in listed(machine, updated_since=since.isoformat())] == [ids[3]]


@ON_SQLITE
def test_what_is_no_status_is_refused(machine: Machine) -> None:
    for said in ({"status": "x"}, {"motif_category": "x" * 41}, {"cursor": "x"}):
        answer = machine.get(f"{machine.organisation}/follow_ups", query_string=said)
        assert answer.status_code == 422, said


def test_a_follow_up_that_the_team_does_not_handle_is_not_there(machine: Machine) -> None:
    with machine.town.changing() as world:
        unhandled = world.make_category(code="siae", name="SIAE")
        ids = [
            world.make_follow_up(world.make_beneficiary(), category_id=unhandled.id).id,
            world.make_follow_up(world.make_beneficiary(organisation=world.make_organisation())).id,
            2**31 - 1,
        ]
    for one in ids:
        for act in ("close", "reopen"):
            answer = machine.post(f"{machine.organisation}/follow_ups/{one}/{act}")
            assert (answer.status_code, answer.get_json()) == (404, {"not_found": "FollowUp"})


def test_lists_handed_in_are_listed(machine: Machine) -> None:
    sent = [INES | {"invitation": CATEGORY}]
    ids = [
        machine.post(f"{machine.users}/create_and_invite_many", {"users": sent}).get_json()["batch_id"]
        for _ in range(27)
    ]
    first = machine.get(f"{machine.organisation}/batches").get_json()
    assert set(first) == {"success", "batches", "next_cursor"}
    rest = machine.get(f"{machine.organisation}/batches", query_string={"cursor": first["next_cursor"]}).get_json()
    assert [one["id"] for one in first["batches"] + rest["batches"]] == ids
    assert first["batches"][0] == machine.get(f"batches/{ids[0]}").get_json()["batch"]
    assert rest["next_cursor"] is None
