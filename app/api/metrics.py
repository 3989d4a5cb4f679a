"""`/metrics`: the figures of `/sante` and more, for Prometheus. Read from the database when they are asked for.

So they are right with any number of processes, and none of them keeps a folder for the others. Counts only, by channel
and reason: never of a département, an organisation or a person. docs/operations.md says what each figure means.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from ipaddress import IPv6Address, ip_address

import structlog
from flask import Blueprint, Request, Response, abort, request
from prometheus_client import ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from sqlalchemy.orm import Session

from app.access import machine_call
from app.api import metrics_figures
from app.runtime import runtime
from app.settings import Settings
from invitations import monitoring
from invitations.monitoring import State

log = structlog.get_logger()
bp = Blueprint("metrics", __name__)

# What proxies add: whoever comes through one is not on this machine, whatever their connection says.
FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Real-IP", "Via")


class Figures(Collector):
    """One state of things as metrics; `of_process`: the memory and time of the process that answers too."""

    def __init__(self, state: State, *, of_process: bool) -> None:
        self.state = state
        self.of_process = of_process

    def collect(self) -> Iterable[Metric]:
        yield from metrics_figures.figures(self.state)
        if self.of_process:
            yield from ProcessCollector(registry=None).collect()


@bp.get("/metrics")
@machine_call
def show(session: Session) -> Response:
    """Prometheus' text format. 403 for whoever neither says the token nor, when none is set, is on this machine."""
    settings = runtime().settings
    if not may_read(request, settings):
        log.warning("metrics.refused", has_token=bool(settings.metrics_token))
        abort(403)
    state = monitoring.read(session, now=runtime().clock())
    # Of several processes another one answers each time: their figures would jump.
    shown = Figures(state, of_process=settings.web_processes == 1)
    return Response(generate_latest(shown), content_type=CONTENT_TYPE_PLAIN_0_0_4)


def may_read(asked: Request, settings: Settings) -> bool:
    if settings.metrics_token:
        said = asked.headers.get("Authorization", "").encode()
        return hmac.compare_digest(said, f"Bearer {settings.metrics_token}".encode())
    return is_on_this_machine(asked, settings)


def is_on_this_machine(asked: Request, settings: Settings) -> bool:
    """True for a caller on the loopback that no proxy speaks for.

    A proxy on this machine is on the loopback too. Only where our own say for whom they speak (TRUSTED_PROXIES), or
    where nobody else can reach us, does its silence prove anything.
    """
    if not (settings.is_local or settings.trusted_proxies) or any(name in asked.headers for name in FORWARDED):
        return False
    return is_loopback(real_peer(asked))


def real_peer(asked: Request) -> str:
    """Who holds the other end of the connection, whatever a proxy says of its own callers."""
    before = asked.environ.get("werkzeug.proxy_fix.orig", {})
    return str(before.get("REMOTE_ADDR") or asked.environ.get("REMOTE_ADDR") or "")


def is_loopback(address: str) -> bool:
    try:
        found = ip_address(address)
    except ValueError:
        return False
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return (mapped or found).is_loopback
