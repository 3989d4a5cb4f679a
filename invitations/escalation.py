"""What a category's service decides for those who don't answer, and leaving one person in peace."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from invitations import follow_ups, organisation_settings
from invitations.database import hold_rows
from invitations.escalation_rules import Step, check_steps
from invitations.models import CategorySettings, EscalationStep, FollowUp


def change_steps(
    session: Session, settings: CategorySettings, steps: Sequence[Step], *, agent_id: int, now: datetime
) -> None:
    """The steps of the category are these. For invitations on their way too: what is due before their last reminder
    is not made up for. Raises StepsRefused."""
    hold_rows(session, select(CategorySettings.id).where(CategorySettings.id == settings.id))  # one change at a time
    session.refresh(settings)
    check_steps(steps, channels=settings.channels, validity_days=settings.validity_days)
    wanted = sorted(steps, key=lambda one: one.after_days)
    if wanted == organisation_settings.steps_of(settings):
        return
    settings.steps = []
    session.flush()  # a new step may take the day of a former one
    settings.steps = [
        EscalationStep(after_days=one.after_days, act=one.act, channels=list(one.channels)) for one in wanted
    ]
    session.flush()
    organisation_settings.tell(
        session, "category", settings.category_id, ["steps"], settings.organisation_id, agent_id, now
    )


def suspend(session: Session, follow_up: FollowUp, *, agent_id: int, organisation_id: int, now: datetime) -> None:
    """No more reminders, letters or calls to this person by themselves, nor those that wait to leave. Repeated,
    changes nothing."""
    if follow_up.reminders_suspended_at is None:
        follow_up.reminders_suspended_at = now
        follow_ups.note(session, "reminders.suspended", follow_up, agent_id, organisation_id, now)


def resume(session: Session, follow_up: FollowUp, *, agent_id: int, organisation_id: int, now: datetime) -> None:
    """The next step that is due comes again. Repeated, changes nothing."""
    if follow_up.reminders_suspended_at is not None:
        follow_up.reminders_suspended_at = None
        follow_ups.note(session, "reminders.resumed", follow_up, agent_id, organisation_id, now)


def note_try(session: Session, follow_up: FollowUp, *, agent_id: int, organisation_id: int, now: datetime) -> None:
    """Nobody answered the call: again another day."""
    follow_up.call_tries = FollowUp.call_tries + 1
    follow_up.call_tried_at = now
    follow_ups.note(session, "call.unanswered", follow_up, agent_id, organisation_id, now)


def stop_calling(session: Session, follow_up: FollowUp, *, agent_id: int, organisation_id: int, now: datetime) -> None:
    """An agent decides to call no more. Repeated, changes nothing."""
    if follow_up.calls_stopped_at is None:
        follow_up.calls_stopped_at = now
        follow_ups.note(session, "call.stopped", follow_up, agent_id, organisation_id, now)


def call_again(session: Session, follow_up: FollowUp, *, agent_id: int, organisation_id: int, now: datetime) -> None:
    """Back on the list, from today: the undo of both. Repeated, changes nothing."""
    if follow_up.calls_stopped_at is not None or follow_up.call_tried_at is not None:
        follow_up.calls_stopped_at = follow_up.call_tried_at = None
        follow_ups.note(session, "call.again", follow_up, agent_id, organisation_id, now)
