"""The same call gets the same answer: what was answered under an Idempotency-Key is kept for a day."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from invitations.database import insert_missing
from invitations.errors import KeyReused
from invitations.models import IdempotencyKey
from invitations.sealing import Seals

KEPT_FOR = timedelta(hours=24)
PURPOSE = "answers to machines"


@dataclass(frozen=True, slots=True)
class Call:
    """A call that says a key: who calls, the key, and all that was asked."""

    caller: str
    key: str
    asked: bytes

    @property
    def key_hash(self) -> str:
        return hashlib.sha256(f"{self.caller}\0{self.key}".encode()).hexdigest()

    def request_hashes(self, seals: Seals) -> tuple[str, ...]:
        """Hashed with the key: what was asked may hold a number that a plain hash would let be guessed."""
        return seals.hashes(hashlib.sha256(self.asked).hexdigest(), purpose=PURPOSE)


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: str


def before(session: Session, call: Call, *, seals: Seals, now: datetime) -> Answer | None:
    """What this call was answered; None when it is the first, which goes on alone until its transaction ends.

    Of two at once, the second waits for the first. Raises KeyReused when something else was asked.
    """
    mine = IdempotencyKey.key_hash == call.key_hash
    session.execute(delete(IdempotencyKey).where(mine, IdempotencyKey.created_at <= now - KEPT_FOR))
    hashes = call.request_hashes(seals)
    row = {"key_hash": call.key_hash, "request_hash": hashes[0], "status": 0, "created_at": now}
    if insert_missing(session, IdempotencyKey, [row], key="key_hash"):
        return None
    kept = session.scalars(select(IdempotencyKey).where(mine)).one()
    if kept.request_hash not in hashes or kept.answer is None:
        raise KeyReused
    return Answer(kept.status, seals.open(kept.answer, purpose=PURPOSE))


def keep(session: Session, call: Call, answer: Answer, *, seals: Seals) -> None:
    """For whoever asks again."""
    sealed = seals.seal(answer.body, purpose=PURPOSE)
    mine = update(IdempotencyKey).where(IdempotencyKey.key_hash == call.key_hash)
    session.execute(mine.values(status=answer.status, answer=sealed))


def forget(session: Session, *, now: datetime) -> int:
    """Drop what nobody may ask for any more. Returns how many."""
    old = delete(IdempotencyKey).where(IdempotencyKey.created_at <= now - KEPT_FOR).returning(IdempotencyKey.id)
    return len(session.scalars(old).all())
