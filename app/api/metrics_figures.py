"""Which figure has which name on `/metrics` (https://prometheus.io/docs/practices/naming). Gauges: all of them may fall."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from prometheus_client.metrics_core import GaugeMetricFamily, InfoMetricFamily, Metric

from invitations.models import Channel
from invitations.monitoring import Health, State
from invitations.monitoring_queue import Queue, Volume

Sample = tuple[Sequence[str], float]
CHANNEL = ("channel",)


def figures(state: State) -> Iterator[Metric]:
    """Everything; of a database that does not answer, only that."""
    yield gauge("rdv_database_up", "1 while the database answers", [((), float(state.health.has_database))])
    if state.health.has_database:
        yield InfoMetricFamily("rdv_database", "The engine", value={"engine": state.engine})
        yield from of_schedulers(state.health)
        yield from of_queues(state.health)
        yield from of_losses(state.health.leaving)
        yield from of_volumes(state.volumes)
        yield from of_providers(state.health)
        yield from of_people(state)


def gauge(name: str, words: str, samples: Iterable[Sample], labels: Sequence[str] = ()) -> Metric:
    family = GaugeMetricFamily(name, words, labels=labels)
    for values, number in samples:
        family.add_metric([str(value) for value in values], number)
    return family


def of_schedulers(health: Health) -> Iterator[Metric]:
    yield gauge("rdv_schedulers", "Scheduler processes that beat in the last minutes", [((), health.alive)])
    if health.last_beat_at is not None:
        at = health.last_beat_at.timestamp()
        yield gauge("rdv_scheduler_last_beat_timestamp_seconds", "When a scheduler last beat", [((), at)])


def of_queues(health: Health) -> Iterator[Metric]:
    leaving = health.leaving
    yield gauge("rdv_messages_due", "Messages that are due and not yet taken", waiting(leaving), CHANNEL)
    yield gauge(
        "rdv_messages_oldest_due_seconds",
        "How long the oldest of them has been due, 0 when none is",
        [((one.channel,), age(one, health)) for one in leaving],
        CHANNEL,
    )
    yield gauge(
        "rdv_messages_in_flight",
        "Messages being handed over to their provider",
        [((one.channel,), one.in_flight) for one in leaving],
        CHANNEL,
    )
    yield gauge(
        "rdv_messages_unknown",
        "Messages of which nobody knows whether they left",
        [((one.channel,), one.unknown) for one in leaving],
        CHANNEL,
    )


def waiting(queues: Sequence[Queue]) -> list[Sample]:
    return [((one.channel,), one.waiting) for one in queues]


def age(queue: Queue, health: Health) -> float:
    return (health.at - queue.oldest_due_at).total_seconds() if queue.oldest_due_at is not None else 0.0


def of_losses(queues: Sequence[Queue]) -> Iterator[Metric]:
    yield gauge(
        "rdv_messages_failed_last_day",
        "Messages that failed or came back in the last 24 hours",
        [((one.channel, reason), count) for one in queues for reason, count in sorted(one.failures.items())],
        ("channel", "reason"),
    )
    yield gauge(
        "rdv_messages_too_late_last_day",
        "Messages given up in the last 24 hours because they were of no use any more",
        [((one.channel,), one.too_late) for one in queues],
        CHANNEL,
    )


def of_volumes(volumes: Sequence[Volume]) -> Iterator[Metric]:
    yield gauge(
        "rdv_messages_sent_last_day",
        "Messages that left in the last 24 hours",
        [((one.channel,), one.sent) for one in volumes],
        CHANNEL,
    )
    of_texts = [((), float(one.segments)) for one in volumes if one.channel is Channel.SMS]
    yield gauge("rdv_segments_sent_last_day", "Segments of the texts that left in the last 24 hours", of_texts)
    silent = [((), float(one.silent)) for one in volumes if one.channel is Channel.SMS]
    yield gauge("rdv_texts_without_receipt", "Texts of the last 30 days without a receipt for 72 hours", silent)


def of_providers(health: Health) -> Iterator[Metric]:
    away, open_for, failures = [], [], []
    for one in health.providers:
        away.append(((one.channel,), float(one.is_open)))
        since = (health.at - one.opened_at).total_seconds() if one.opened_at is not None else 0.0
        open_for.append(((one.channel,), since))
        failures.append(((one.channel,), float(one.failures)))
    yield gauge("rdv_provider_open", "1 while nothing is handed over (open circuit)", away, CHANNEL)
    yield gauge("rdv_provider_open_seconds", "For how long, 0 while all is well", open_for, CHANNEL)
    yield gauge("rdv_provider_failures_in_a_row", "Calls that failed since the last success", failures, CHANNEL)
    capped = [((one.channel,), float(sum(cap.channel is one.channel for cap in health.caps))) for one in health.leaving]
    yield gauge("rdv_caps_reached", "Départements that have reached their cap of the day", capped, CHANNEL)


def of_people(state: State) -> Iterator[Metric]:
    """What waits for somebody rather than for a machine, and the clock that an operator has to set right."""
    letters = sum(one.waiting for one in state.health.queues if one.channel is Channel.LETTER)
    yield gauge("rdv_letters_to_print", "Letters that wait to be printed", [((), letters)])
    yield gauge("rdv_texts_unread", "Texts that came in and no scheduler has read", [((), state.inbox.unread)])
    yield gauge("rdv_texts_to_read", "Texts that came in and wait for somebody", [((), state.inbox.to_read)])
    if state.clock_apart is not None:
        ahead = state.clock_apart.total_seconds()
        yield gauge("rdv_clock_ahead_seconds", "This machine's clock, compared with the database's", [((), ahead)])
