"""Réglages, état: whether the messages of the whole installation leave, in sentences; what to do and whom to call if not.

Counts of everybody's, names of nobody. What failed of one's own organisation leads to its list.
"""

from __future__ import annotations

from flask import Blueprint, render_template
from sqlalchemy.orm import Session

from app.access import Desk, admin_page
from app.agents import state_words
from app.agents.messages import CHANNELS, OF_EMAILS, REASONS
from app.labels import LABELS
from app.runtime import runtime
from invitations import monitoring, monitoring_queue
from invitations.models import Channel
from invitations.monitoring import State
from invitations.monitoring_queue import Queue, Volume
from notifications.senders import Reason

bp = Blueprint("state", __name__, url_prefix="/agents/etat")

# The filter that lists them, by channel, on the page of messages.
FILTERS = {channel: word for word, channel in CHANNELS.items()}


@bp.get("")
@admin_page
def show(session: Session, desk: Desk) -> str:
    now, zone = runtime().clock(), desk.organisation.department.zone
    state = monitoring.read(session, now=now)
    return render_template(
        "agents/state/show.html",
        state=state,
        lines=lines(state),
        points=state_words.points(state, desk.organisation.department_id, zone),
        mine=monitoring_queue.failures_of(session, desk.organisation.id, now=now),
        filters=FILTERS,
        why=why,
        words=state_words,
        zone=zone,
        now=now,
    )


def lines(state: State) -> list[tuple[Queue, Volume]]:
    """Each channel that leaves by itself, what waits beside what left. Calls, when there are any: few use them."""
    sent = {one.channel: one for one in state.volumes}
    every = [(one, sent.get(one.channel, Volume(one.channel))) for one in state.health.leaving]
    return [(one, volume) for one, volume in every if one.channel is not Channel.VOICE or is_used(one, volume)]


def is_used(queue: Queue, volume: Volume) -> bool:
    return bool(queue.waiting or queue.in_flight or queue.unknown or queue.failed or queue.too_late or volume.sent)


def why(channel: Channel, reason: str) -> str:
    """The reason in French, as the page of messages says it."""
    words = REASONS.get(reason, LABELS[Reason][Reason.OTHER])
    return OF_EMAILS.get(reason, words) if channel is Channel.EMAIL else words
