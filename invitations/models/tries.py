"""How often somebody has tried lately, for every limit that processes and machines share."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from invitations.database import Base


class Tries(Base):
    """Tries on one surface ("code") by one party, in one window of time. `who` is a keyed hash: no address is kept."""

    __tablename__ = "tries"

    surface: Mapped[str] = mapped_column(String(20), primary_key=True)
    who: Mapped[str] = mapped_column(String(64), primary_key=True)
    window_at: Mapped[datetime] = mapped_column(primary_key=True, index=True)
    count: Mapped[int] = mapped_column(default=0)
