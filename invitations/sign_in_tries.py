"""How often somebody may be wrong when signing in, so that nobody guesses and nobody is shut out by others.

Three limits on wrong passwords. Of one account from one network address: few. Of one account from everywhere together:
more, over an hour. From one address for all accounts together: many, for a whole town hall may stand behind it. A device
on which this account has signed in before carries a mark: it has a limit of its own and none of the others', so that
whoever tries from elsewhere shuts out nobody who works as every day.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_network

from sqlalchemy.orm import Session

from invitations import tries
from invitations.codes import Codes
from invitations.tries import Limit, Party

# Wrong passwords for one account from one address, or from one known device.
HERE = Limit("sign_in", 10)
EVERYWHERE = Limit("sign_in_account", 60, timedelta(hours=1))
FROM_ADDRESS = Limit("sign_in_address", 200)
# Wrong codes of the second step: whoever comes that far knows the password.
SECOND_STEP = Limit("second_step", 10)
# Emails with a link to choose a new password: to one account, and asked for from one address.
LINKS = Limit("password_link", 3, timedelta(hours=1))
LINKS_FROM_ADDRESS = Limit("password_links", 30)

_PURPOSE = "device"


@dataclass(frozen=True, slots=True)
class Origin:
    """From where somebody tries: the network address, and the mark that a device carries."""

    address: str
    mark: str = ""

    @property
    def line(self) -> str:
        """The address, or the /64 that it lies in: whoever has one address of IPv6 has all of those."""
        if ":" not in self.address:
            return self.address
        try:
            return str(ip_network((self.address.partition("%")[0], 64), strict=False))
        except ValueError:
            return self.address


def parties(email: str, origin: Origin, codes: Codes) -> list[Party]:
    """Whose tries this one counts among."""
    account = email.strip().lower()
    if knows(origin.mark, account, codes):
        return [Party(HERE, f"{account} {origin.mark}")]
    return [
        Party(HERE, f"{account} {origin.line}"),
        Party(EVERYWHERE, account),
        Party(FROM_ADDRESS, origin.line),
    ]


def check(session: Session, email: str, origin: Origin, *, codes: Codes, now: datetime) -> None:
    """Raises TooManyTries when there have been too many wrong passwords."""
    tries.check(session, parties(email, origin, codes), codes=codes, now=now)


def make_mark(email: str, codes: Codes) -> str:
    """What a device carries on which this account has signed in."""
    name = secrets.token_urlsafe(12)
    return f"{name}.{codes.hide(_PURPOSE, f'{name} {email.strip().lower()}')}"


def knows(mark: str, email: str, codes: Codes) -> bool:
    """True when the device's mark was made for this account, under any of the keys."""
    name, _, proof = mark.partition(".")
    hidden = codes.every_hidden(_PURPOSE, f"{name} {email.strip().lower()}")
    return any(secrets.compare_digest(one.encode(), proof.encode()) for one in hidden)
