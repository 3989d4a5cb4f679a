"""What agents see of a message that another channel took over, and the call that tells what none could."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask
from sqlalchemy import select

from app import acts
from app.jobs import TIMETABLE, run_job
from app.runtime import Runtime
from invitations.models import AuditEvent, Channel, FollowUpStatus, Message, MessageKind, MessageState, Participation
from notifications.senders import Reason
from tests.app.team import expect, owe, queries_of
from tests.app.town import Town, words_of

FAILED = {"state": MessageState.FAILED, "error_reason": Reason.WRONG_ADDRESS, "error_code": "21211"}


def failed_invitation(town: Town) -> Message:
    """An invitation by text alone that did not arrive."""
    path = town.invite()
    with town.changing() as world:
        invitation = town.invitation_of(path)
        for one in world.session.scalars(select(Message).where(Message.invitation_id == invitation.id)):
            if one.channel is Channel.EMAIL:
                world.session.delete(one)
                continue
            one.state, one.error_reason, one.settled_at = MessageState.FAILED, Reason.WRONG_ADDRESS, world.now
    return town.rows(select(Message).order_by(Message.id.desc()))[0]


def run(flask_app: Flask) -> Runtime:
    runtime: Runtime = flask_app.extensions["rdv"]
    (job,) = [one for one in TIMETABLE if one.act is acts.fall_back]
    assert job.every == timedelta(minutes=1)
    assert run_job(runtime, job)
    return runtime


def test_the_story_and_the_list_say_why_it_was_said_again(town: Town, flask_app: Flask) -> None:
    message = failed_invitation(town)
    run(flask_app)
    client = town.browser(flask_app)
    for page in (f"/agents/personnes/{message.beneficiary_id}", "/agents/messages"):
        said = words_of(client.get(page).text)
        assert said.count("parce que le SMS n’est pas arrivé") == 1, page


def test_the_job_says_it_once(town: Town, flask_app: Flask) -> None:
    message = failed_invitation(town)
    for _ in range(2):
        run(flask_app)
    (other,) = town.rows(select(Message).where(Message.replaces_id == message.id))
    assert (other.channel, other.kind) == (Channel.EMAIL, MessageKind.INVITATION)


def test_nothing_failed_is_nothing_done(flask_app: Flask, town: Town) -> None:
    town.invite()
    assert acts.fall_back(run(flask_app)) == 0


def test_the_list_asks_the_same_whatever_was_said_again(town: Town, flask_app: Flask) -> None:
    client = town.browser(flask_app)
    failed_invitation(town)
    client.get("/agents/messages")
    before = queries_of(flask_app, lambda: client.get("/agents/messages"))
    for _ in range(3):
        failed_invitation(town)
    run(flask_app)
    assert queries_of(flask_app, lambda: client.get("/agents/messages")) == before


def untold(town: Town, *, hour: int = 0) -> Participation:
    """Somebody whose appointment was moved, and whom no message told."""
    with town.changing() as world:
        participation = expect(world, world.now + timedelta(days=3, hours=hour))
        participation.follow_up.status = FollowUpStatus.APPOINTMENT_PENDING
        owe(
            world,
            beneficiary=participation.beneficiary,
            kind=MessageKind.MOVED,
            participation_id=participation.id,
            settled_at=world.now,
            **FAILED,
        )
    return participation


def test_whoever_does_not_know_of_a_move_is_on_the_list_until_it_is_said(town: Town, flask_app: Flask) -> None:
    participation = untold(town)
    client = town.browser(flask_app)
    page = words_of(client.get("/agents/a-appeler").text).replace("\N{NO-BREAK SPACE}", " ")
    assert "1 personne à appeler" in page
    assert "rendez-vous déplacé au vendredi 27 novembre" in page
    assert "SMS 24/11, échec : numéro ou adresse qui n’existe pas" in page
    assert "Réserver ensemble" not in page  # they have an appointment
    assert "1 personne à appeler" in words_of(client.get("/agents/").text).replace("\N{NO-BREAK SPACE}", " ")
    answer = client.post(f"/agents/a-appeler/{participation.follow_up_id}/dit", follow_redirects=True)
    said = words_of(answer.text).replace("\N{NO-BREAK SPACE}", " ")
    assert "C’est noté : la personne sait ce qui a changé." in said
    assert "Personne n’est à appeler" in said
    (noted,) = town.rows(select(AuditEvent).where(AuditEvent.action == "call.told"))
    assert (noted.agent_id, noted.details) == (town.world.agent.id, {"follow_up_id": participation.follow_up_id})


def test_a_call_list_asks_the_same_however_many_do_not_know(town: Town, flask_app: Flask) -> None:
    client = town.browser(flask_app)
    untold(town)
    client.get("/agents/a-appeler")
    before = queries_of(flask_app, lambda: client.get("/agents/a-appeler"))
    for hour in (1, 2, 3):
        untold(town, hour=hour)
    assert queries_of(flask_app, lambda: client.get("/agents/a-appeler")) == before
