"""Who is killed in a storm, by SIGKILL."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tests.faults.cluster import children, end
from tests.faults.forking import kill

if TYPE_CHECKING:
    from tests.faults.storm import Storm


def web(storm: Storm) -> None:
    """The whole service, or one process of it, which its parent replaces."""
    assert storm.web is not None
    workers = children(storm.web.pid)
    if workers and storm.chance.random() < 0.5:
        end(storm.chance.choice(workers))
    else:
        kill(storm.web)


def scheduler(storm: Storm) -> None:
    assert storm.scheduler is not None
    kill(storm.scheduler)


def database(storm: Storm) -> None:
    """The whole server, or one connection's process, after which the server restarts by itself."""
    assert storm.cluster is not None
    assert storm.cluster.server is not None
    connections = children(storm.cluster.server.pid)
    if connections and storm.chance.random() < 0.5:
        end(storm.chance.choice(connections))
    else:
        storm.cluster.kill()


def everything(storm: Storm) -> None:
    """As when the machine loses power, its disk's cache apart."""
    storm.close()
    if storm.cluster is not None:
        storm.cluster.kill()


KILLS: dict[str, Callable[[Storm], None]] = {
    "web": web,
    "scheduler": scheduler,
    "database": database,
    "all": everything,
}
