"""From where a request comes, as the journal keeps it: which door, and of agents and machines the network.

Of people the door alone: their network says where they live, and nobody needs it (docs/decisions/0035).
"""

from __future__ import annotations

from flask import request

from invitations.journal import Whence, network_of
from invitations.models import Origin

# Whoever comes by one of these is no person who was invited.
_DOORS = (("/agents", Origin.PAGE), ("/api/", Origin.API), ("/hooks/", Origin.HOOK))
_WITH_NETWORK = frozenset({Origin.PAGE, Origin.API})


def of_request(organisation_id: int | None = None) -> Whence:
    """`organisation_id`: at whose desk."""
    origin = next((one for path, one in _DOORS if request.path.startswith(path)), Origin.LINK)
    network = network_of(request.remote_addr) if origin in _WITH_NETWORK else None
    return Whence(origin, network, organisation_id)
