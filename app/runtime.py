"""What one running application is made of, handed around as one value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from flask import current_app

from app.settings import Settings
from invitations.codes import Codes
from invitations.database import Database
from invitations.sealing import Seals
from notifications.bounce_mailbox import BounceMailbox
from notifications.france_travail import FranceTravail
from notifications.senders import Senders


@dataclass(frozen=True, slots=True)
class Runtime:
    settings: Settings
    database: Database
    clock: Callable[[], datetime]
    senders: Senders
    codes: Codes
    seals: Seals
    bounces: BounceMailbox | None = None  # where emails come back to, when it is set
    job_centre: FranceTravail | None = None  # when it is set


def runtime() -> Runtime:
    """The runtime of the application that answers the present request."""
    return cast(Runtime, current_app.extensions["rdv"])
