"""What proves more than a password: codes that change every 30 seconds (RFC 6238), and recovery codes on paper.

The secret that a telephone shares with us lies sealed; recovery codes as keyed hashes. Each code is taken once.
"""

from __future__ import annotations

import os
import re
import secrets
from base64 import b32decode, b32encode
from dataclasses import dataclass
from datetime import datetime

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from sqlalchemy import ColumnElement, delete, exists, func, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from invitations import journal, signing_in, tries
from invitations.codes import SHORT_ALPHABET, SHORT_LENGTH, Codes
from invitations.models import Agent, CodeGenerator, Passkey, RecoveryCode
from invitations.sealing import SealBroken, Seals
from invitations.sign_in_tries import SECOND_STEP
from invitations.tries import Party

ISSUER = "RDV au choix"
STEP = 30  # seconds
DIGITS = 6
PURPOSE = "code generator"
RECOVERY_CODES = 10
_RECOVERY = "recovery"


@dataclass(frozen=True, slots=True)
class Factors:
    """What an agent has beside the password. `recovery_codes`: how many are left."""

    codes_since: datetime | None
    recovery_codes: int
    passkeys: tuple[Passkey, ...]

    @property
    def any(self) -> bool:
        return self.codes_since is not None or bool(self.passkeys)


def has_one(agent_id: InstrumentedAttribute[int]) -> ColumnElement[bool]:
    """Whether the agent of this column has a second factor, inside a query."""
    return or_(
        exists().where(CodeGenerator.agent_id == agent_id, CodeGenerator.confirmed_at.is_not(None)),
        exists().where(Passkey.agent_id == agent_id),
    )


def is_asked(session: Session, agent_id: int) -> bool:
    """True when a password alone does not open this account."""
    return bool(session.scalar(select(has_one(Agent.id)).where(Agent.id == agent_id)))


def read(session: Session, agent_id: int) -> Factors:
    """What the agent has. Three queries."""
    since = session.scalar(select(CodeGenerator.confirmed_at).where(CodeGenerator.agent_id == agent_id))
    left = session.scalar(select(func.count()).where(RecoveryCode.agent_id == agent_id, RecoveryCode.used_at.is_(None)))
    keys = session.scalars(select(Passkey).where(Passkey.agent_id == agent_id).order_by(Passkey.id))
    return Factors(since, left or 0, tuple(keys))


def begin(session: Session, agent_id: int, *, seals: Seals, now: datetime) -> None:
    """Draw a secret for the agent's telephone; it counts once a first code was typed. One in use stays as it is."""
    present = session.get(CodeGenerator, agent_id)
    if present is not None and present.confirmed_at is not None:
        return
    sealed = seals.seal(b32encode(os.urandom(20)).decode(), purpose=PURPOSE)
    session.merge(CodeGenerator(agent_id=agent_id, sealed_secret=sealed, created_at=now))


def begun(session: Session, agent_id: int, *, seals: Seals) -> str | None:
    """The secret that waits for a first code, in base32; None when none does."""
    present = session.get(CodeGenerator, agent_id)
    if present is None or present.confirmed_at is not None:
        return None
    return seals.open(present.sealed_secret, purpose=PURPOSE)


def address_of(secret: str, email: str) -> str:
    """What the square code says to the telephone's application."""
    return _totp(secret).get_provisioning_uri(email, ISSUER)


def confirm(
    session: Session, agent: Agent, typed: str, *, session_id: int, seals: Seals, codes: Codes, now: datetime
) -> list[str] | None:
    """The recovery codes, shown this once, when the first code is right: from now on a code is asked for; else None.

    Other sessions end: they have proved less.
    """
    waiting = session.get(CodeGenerator, agent.id)
    if waiting is None or waiting.confirmed_at is not None or not _take_code(session, agent.id, typed, seals, now):
        return None
    waiting.confirmed_at = now
    signing_in.end_sessions(session, agent.id, now=now, but=session_id)
    journal.note(session, "second_factor.added", now=now, agent_id=agent.id)
    return draw_recovery_codes(session, agent.id, codes=codes, now=now)


def draw_recovery_codes(session: Session, agent_id: int, *, codes: Codes, now: datetime) -> list[str]:
    """Ten new codes, to be shown once; those there were work no more."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.agent_id == agent_id))
    drawn = ["".join(secrets.choice(SHORT_ALPHABET) for _ in range(SHORT_LENGTH)) for _ in range(RECOVERY_CODES)]
    for one in drawn:
        hidden = codes.hide(_RECOVERY, f"{agent_id} {one}")
        session.add(RecoveryCode(agent_id=agent_id, code_hash=hidden, created_at=now))
    journal.note(session, "second_factor.recovery_codes_drawn", now=now, agent_id=agent_id)
    return [f"{one[:4]}-{one[4:]}" for one in drawn]


def take(session: Session, agent_id: int, typed: str, *, seals: Seals, codes: Codes, now: datetime) -> bool:
    """True when it is a code of this agent's that was not taken before; a wrong one is counted.

    Raises TooManyTries, with nothing counted.
    """
    party = Party(SECOND_STEP, str(agent_id))
    tries.check(session, [party], codes=codes, now=now)
    said = re.sub(r"[\s-]", "", typed)
    if said.isdecimal() and len(said) == DIGITS:
        is_right = _is_confirmed(session, agent_id) and _take_code(session, agent_id, said, seals, now)
    else:
        is_right = _take_recovery_code(session, agent_id, said.upper(), codes, now)
    if not is_right:
        tries.count(session, [party], codes=codes, now=now)
    return is_right


def remove_codes(session: Session, agent_id: int, *, now: datetime) -> None:
    """The telephone's codes are asked for no more; recovery codes stay while there is a passkey."""
    session.execute(delete(CodeGenerator).where(CodeGenerator.agent_id == agent_id))
    drop_recovery_codes_without_factor(session, agent_id)
    journal.note(session, "second_factor.removed", now=now, agent_id=agent_id)


def drop_recovery_codes_without_factor(session: Session, agent_id: int) -> None:
    """Recovery codes replace something: with nothing left to replace, they go too."""
    if not is_asked(session, agent_id):
        session.execute(delete(RecoveryCode).where(RecoveryCode.agent_id == agent_id))


def remove_all(session: Session, agent_id: int) -> None:
    """The password alone opens the account again, until something is set up anew."""
    for table in (CodeGenerator, RecoveryCode, Passkey):
        session.execute(delete(table).where(table.agent_id == agent_id))


def _is_confirmed(session: Session, agent_id: int) -> bool:
    found = select(CodeGenerator.agent_id).where(
        CodeGenerator.agent_id == agent_id, CodeGenerator.confirmed_at.is_not(None)
    )
    return session.scalar(found) is not None


def _take_code(session: Session, agent_id: int, typed: str, seals: Seals, now: datetime) -> bool:
    """The code of these 30 seconds, or of those before or after: telephones are not always on time."""
    generator = session.get_one(CodeGenerator, agent_id)
    step = _step_of(typed, generator, seals, now)
    if step is None:
        return False
    taken = session.scalar(
        update(CodeGenerator)
        .where(CodeGenerator.agent_id == agent_id, CodeGenerator.last_step < step)
        .values(last_step=step)
        .returning(CodeGenerator.agent_id)
    )
    if taken is not None:  # under the key in force: one day the previous one is forgotten
        generator.sealed_secret = seals.renewed(generator.sealed_secret, purpose=PURPOSE)
    return taken is not None


def _step_of(typed: str, generator: CodeGenerator, seals: Seals, now: datetime) -> int | None:
    try:
        totp = _totp(seals.open(generator.sealed_secret, purpose=PURPOSE))
    except SealBroken:
        return None
    said, present = re.sub(r"\s", "", typed).encode(), int(now.timestamp()) // STEP
    return next(
        (one for one in (present, present - 1, present + 1) if secrets.compare_digest(totp.generate(one * STEP), said)),
        None,
    )


def _take_recovery_code(session: Session, agent_id: int, typed: str, codes: Codes, now: datetime) -> bool:
    taken = session.scalar(
        update(RecoveryCode)
        .where(
            RecoveryCode.agent_id == agent_id,
            RecoveryCode.used_at.is_(None),
            RecoveryCode.code_hash.in_(codes.every_hidden(_RECOVERY, f"{agent_id} {typed}")),
        )
        .values(used_at=now)
        .returning(RecoveryCode.id)
    )
    if taken is not None:
        journal.note(session, "second_factor.recovery_code_used", now=now, agent_id=agent_id)
    return taken is not None


def _totp(secret: str) -> TOTP:
    return TOTP(b32decode(secret), DIGITS, SHA1(), STEP)  # noqa: S303  (RFC 6238's own, and what telephones know)
