"""What inviting a selection would send and cost, counted before anything leaves: nothing is written here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy.orm import Session

from invitations import help_line, inviting, messages, own_texts_known, reply_hint
from invitations.addressing import Terms
from invitations.messages import LINK, Draft
from invitations.models import Channel, FollowUp, Invitation, MessageKind, Mode

# A text takes half a millisecond to write: beyond so many, a regular sample says how long the others are.
MOST_WRITTEN = 600
# How long a call lasts that finds somebody and ends in a slot; nobody knows before.
A_CALL = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Prices:
    """In euro cents: a segment of text, a letter with its stamp, a minute of call. None: nobody has said."""

    sms: Decimal | None = None
    letter: Decimal | None = None
    call: Decimal | None = None


@dataclass(slots=True)
class Estimate:
    """How many people are written to by each channel and in each language (its code), and in how many segments in all;
    `is_sampled` when these were counted on a part of the texts."""

    languages: dict[Channel, Counter[str]] = field(default_factory=dict)
    segments: int = 0
    is_sampled: bool = False

    def count(self, channel: Channel) -> int:
        return sum(self.languages.get(channel, {}).values())

    @property
    def texts(self) -> int:
        return self.count(Channel.SMS)

    def cost(self, prices: Prices) -> Decimal | None:
        """Cents, of what has a price; None when nothing that leaves has one. An email costs nothing."""
        known = [amount * price for _, amount, price in self._priced(prices) if price is not None]
        return sum(known, Decimal()) if known else None

    def unpriced(self, prices: Prices) -> list[Channel]:
        """What leaves and costs something, nobody has said how much."""
        return [channel for channel, _, price in self._priced(prices) if price is None]

    def _priced(self, prices: Prices) -> list[tuple[Channel, Decimal, Decimal | None]]:
        minutes = Decimal(self.count(Channel.VOICE)) * (A_CALL // timedelta(minutes=1))
        amounts = (
            (Channel.SMS, Decimal(self.segments), prices.sms),
            (Channel.LETTER, Decimal(self.count(Channel.LETTER)), prices.letter),
            (Channel.VOICE, minutes, prices.call),
        )
        return [one for one in amounts if one[1]]


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes the invitation of a selection's category as it would be owed now, and keeps nothing of it."""

    session: Session
    terms: Terms
    now: datetime

    def write(self, follow_up: FollowUp, channel: Channel) -> Draft:
        settings, organisation = self.terms.settings, self.terms.organisation
        if settings is None:
            raise ValueError("a category that the organisation does not handle invites nobody")
        line = help_line.of_settings(organisation, settings)
        return messages.write(
            MessageKind.INVITATION,
            channel,
            beneficiary=follow_up.beneficiary,
            organisation=organisation,
            category=settings.category,
            help_phone=line.phone,
            help_hours=line.hours,
            help_owner=line.owner,
            now=self.now,
            invitation=Invitation(mode=Mode.INVITATION, expires_at=self.terms.expires_at),
            may_reply=reply_hint.is_read(self.session, organisation),
            own_texts=own_texts_known.of(self.session, organisation.id, settings.category_id),
        )

    def written(self, follow_up: FollowUp, channels: Sequence[Channel], *, link: str) -> dict[Channel, Draft]:
        """What this person would read, by channel, with `link` where theirs will be."""
        drafts = {one: self.write(follow_up, one) for one in inviting.used_for(follow_up, channels)}
        return {
            channel: replace(one, body=one.body.replace(LINK, link.removeprefix("https://" * (channel is Channel.SMS))))
            for channel, one in drafts.items()
        }


def estimate(
    ready: Sequence[FollowUp],
    channels: Sequence[Channel],
    writers: Mapping[int, Writer],
    *,
    most_written: int = MOST_WRITTEN,
) -> Estimate:
    """Count what leaves if these people are invited now. `writers`: by category."""
    found = Estimate(languages={channel: Counter() for channel in channels})
    by_text: list[FollowUp] = []
    for follow_up in ready:
        for channel in inviting.used_for(follow_up, channels):
            found.languages[channel][follow_up.beneficiary.language or "fr"] += 1
            if channel is Channel.SMS:
                by_text.append(follow_up)
    looked_at = _sample(by_text, most_written)
    segments = sum(writers[one.category_id].write(one, Channel.SMS).segments for one in looked_at)
    found.is_sampled = len(looked_at) < len(by_text)
    found.segments = round(segments * len(by_text) / len(looked_at)) if looked_at else 0
    return found


def _sample(follow_ups: Sequence[FollowUp], most: int) -> Sequence[FollowUp]:
    """All of them, or `most` at regular distances: by name or by age, any order mixes the languages."""
    if len(follow_ups) <= most:
        return follow_ups
    return [follow_ups[place * len(follow_ups) // most] for place in range(most)]
