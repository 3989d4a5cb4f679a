"""What becomes of each table's rows when the people they speak of are forgotten: RULES, in the order of the references.

A row goes, or loses what says whom it speaks of. tests/house/test_forgetting.py walks every table of the models: a new one
that leads to a person fails until it has its rule here, any other until it stands in NOBODYS.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Delete, Select, Table, Update, bindparam, delete, null, or_, select, update

from invitations.database import Base
from invitations.models import (
    ApiBatchRow,
    Assignment,
    AuditEvent,
    Beneficiary,
    CallbackRequest,
    FollowUp,
    FreedSlot,
    ImportRow,
    InboundText,
    Invitation,
    Letter,
    Link,
    Membership,
    Message,
    Orientation,
    Participation,
    ReceiptEvent,
    Referent,
    StatusChange,
    Tagging,
    TextMenu,
    TrialOptOut,
    VoiceCall,
    Waiting,
    WavePerson,
)

# Those who are forgotten, given when a statement is run.
PEOPLE = "people"


def _those() -> Any:
    return bindparam(PEOPLE, expanding=True)


FOLLOWED = select(FollowUp.id).where(FollowUp.beneficiary_id.in_(_those()))
INVITED = select(Invitation.id).where(Invitation.follow_up_id.in_(FOLLOWED))
MET = select(Participation.id).where(Participation.beneficiary_id.in_(_those()))
TOLD = select(Message.id).where(Message.beneficiary_id.in_(_those()))
WROTE = select(InboundText.id).where(
    or_(InboundText.beneficiary_id.in_(_those()), InboundText.follow_up_id.in_(FOLLOWED))
)
WAITED = select(Waiting.id).where(Waiting.follow_up_id.in_(FOLLOWED))


@dataclass(frozen=True)
class Rule:
    """The rows of `table` where `whose`. `becomes`: what they say from then on; without it they go."""

    table: type[Base]
    whose: ColumnElement[bool]
    becomes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def statement(self) -> Delete | Update:
        if self.becomes:
            return update(self.table).where(self.whose).values(**self.becomes)
        return delete(self.table).where(self.whose)


def _of(column: Any, those: Select[Any] | None = None) -> ColumnElement[bool]:
    return column.in_(_those() if those is None else those)  # type: ignore[no-any-return]


# Of what was said and written. The proof that a letter left is no proof of anything once its reader is forgotten, and the
# provider's id of a text leads back to a number: messages go whole.
SAID = (
    Rule(ReceiptEvent, _of(ReceiptEvent.message_id, TOLD)),
    Rule(VoiceCall, _of(VoiceCall.message_id, TOLD)),
    Rule(Letter, _of(Letter.message_id, TOLD)),
    Rule(TextMenu, _of(TextMenu.message_id, TOLD)),
    Rule(TextMenu, _of(TextMenu.asked_by_id, WROTE), {"asked_by_id": None}),
    Rule(Message, _of(Message.text_id, WROTE), {"text_id": None}),
    Rule(
        ApiBatchRow,
        or_(_of(ApiBatchRow.beneficiary_id), _of(ApiBatchRow.invitation_id, INVITED)),
        {"beneficiary_id": None, "invitation_id": None, "asked": {}, "why": ""},
    ),
    Rule(Link, or_(_of(Link.invitation_id, INVITED), _of(Link.participation_id, MET))),
    Rule(Message, _of(Message.beneficiary_id)),
    Rule(CallbackRequest, _of(CallbackRequest.beneficiary_id)),
    Rule(InboundText, or_(_of(InboundText.beneficiary_id), _of(InboundText.follow_up_id, FOLLOWED))),
)
# Of the way through a category. An offer that somebody else had as well stays theirs; this one's is nobody's. What lots gave
# stays in the trial, with the facts that count and nobody they are of.
WALKED = (
    Rule(Assignment, _of(Assignment.follow_up_id, FOLLOWED), {"follow_up_id": None}),
    Rule(TrialOptOut, _of(TrialOptOut.follow_up_id, FOLLOWED), {"follow_up_id": None}),
    Rule(FreedSlot, _of(FreedSlot.waiting_id, WAITED), {"waiting_id": None}),
    Rule(Waiting, _of(Waiting.follow_up_id, FOLLOWED)),
    Rule(WavePerson, _of(WavePerson.follow_up_id, FOLLOWED)),
    Rule(Orientation, _of(Orientation.follow_up_id, FOLLOWED)),
    Rule(StatusChange, _of(StatusChange.follow_up_id, FOLLOWED)),
    Rule(Participation, _of(Participation.beneficiary_id)),
    Rule(Invitation, _of(Invitation.follow_up_id, FOLLOWED)),
)
# Of the person. What an agent did stays done, on a day, by them; to whom, and to which of their rows, is no longer said. A
# file still has as many rows as it had.
WAS = (
    Rule(Tagging, _of(Tagging.beneficiary_id)),
    Rule(Referent, _of(Referent.beneficiary_id)),
    Rule(Membership, _of(Membership.beneficiary_id)),
    Rule(
        ImportRow,
        _of(ImportRow.beneficiary_id),
        {"beneficiary_id": None, "cells": {}, "reasons": {}, "changes": {}, "choice": null(), "before": null()},
    ),
    Rule(AuditEvent, _of(AuditEvent.beneficiary_id), {"beneficiary_id": None, "details": {}}),
    Rule(FollowUp, _of(FollowUp.beneficiary_id)),
    Rule(Beneficiary, _of(Beneficiary.id)),
)
RULES: tuple[Rule, ...] = (*SAID, *WALKED, *WAS)


def tables_with_a_rule() -> set[Table]:
    return {rule.table.__table__ for rule in RULES}  # type: ignore[misc]  # declared classes have a Table
