"""Of one person whose data are handed out: what was written to them and by them, where it came from, what was done."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select

from invitations.messages import LINK
from invitations.models import (
    ApiBatch,
    ApiBatchRow,
    AuditEvent,
    CallbackRequest,
    ImportBatch,
    ImportRow,
    InboundText,
    Letter,
    LetterBatch,
    Message,
    ReceiptEvent,
    VoiceCall,
)
from invitations.personal_data_scope import Found, Scope
from invitations.uploads.headers import Field

# What stands where a link was.
PERSONAL_LINK = "[lien personnel]"


def messages(scope: Scope) -> list[Found]:
    query = select(
        Message.created_at.label("written_at"),
        Message.channel,
        Message.kind,
        Message.language,
        Message.address.label("sent_to"),
        Message.subject,
        Message.body,
        Message.previous_starts_at,
        Message.state,
        Message.sent_at,
        Message.settled_at,
        Message.error_reason,
        Message.error_code,
        Message.provider_id,
        Message.told_at,
        Message.forgotten_at,
    ).where(Message.beneficiary_id == scope.person_id, scope.ours(Message.organisation_id))
    found = scope.all(query.order_by(Message.id))
    return [one | {"body": (one["body"] or "").replace(LINK, PERSONAL_LINK)} for one in found]


def receipts(scope: Scope) -> list[Found]:
    """What whoever carried the messages said of them."""
    query = select(ReceiptEvent.at, ReceiptEvent.status, ReceiptEvent.error_code, ReceiptEvent.provider_id).join(
        Message, Message.id == ReceiptEvent.message_id
    )
    mine = (Message.beneficiary_id == scope.person_id, scope.ours(Message.organisation_id))
    return scope.all(query.where(*mine).order_by(ReceiptEvent.id))


def letters(scope: Scope) -> list[Found]:
    query = (
        select(LetterBatch.posted_on, Letter.created_at, Letter.facts, Letter.returned_on, Letter.return_reason)
        .join(Message, Message.id == Letter.message_id)
        .join(LetterBatch, LetterBatch.id == Letter.batch_id)
    )
    mine = (Message.beneficiary_id == scope.person_id, scope.ours(Message.organisation_id))
    return [_on_paper(one) for one in scope.all(query.where(*mine).order_by(Letter.id))]


def _on_paper(letter: Found) -> Found:
    """Whom it went to and what it said; not the fingerprints by which it can be printed again."""
    facts = letter.pop("facts")
    sheets = [f"{one['subject']}\n{one['text']}".replace(LINK, PERSONAL_LINK) for one in facts.get("sheets", ())]
    return letter | {"to": facts.get("to"), "sheets": sheets}


def calls(scope: Scope) -> list[Found]:
    query = select(VoiceCall.started_at, VoiceCall.outcome, VoiceCall.ended_at, VoiceCall.sid).join(
        Message, Message.id == VoiceCall.message_id
    )
    mine = (Message.beneficiary_id == scope.person_id, scope.ours(Message.organisation_id))
    return scope.all(query.where(*mine).order_by(VoiceCall.id))


def texts(scope: Scope) -> list[Found]:
    names = ("received_at", "sender", "number", "body", "waits_for", "handled_at", "sid")
    query = select(*(getattr(InboundText, name) for name in names))
    mine = (InboundText.beneficiary_id == scope.person_id, scope.ours(InboundText.organisation_id))
    return scope.all(query.where(*mine).order_by(InboundText.id))


def callbacks(scope: Scope) -> list[Found]:
    names = ("created_at", "phone", "times", "preferred", "tries", "tried_at", "handled_at")
    query = select(*(getattr(CallbackRequest, name) for name in names))
    mine = (CallbackRequest.beneficiary_id == scope.person_id, scope.ours(CallbackRequest.organisation_id))
    return scope.all(query.where(*mine).order_by(CallbackRequest.id))


def imports(scope: Scope) -> list[Found]:
    query = select(
        ImportBatch.created_at.label("at"),
        ImportBatch.filename,
        ImportRow.position,
        ImportRow.verdict,
        ImportRow.cells,
        ImportRow.reasons,
        ImportRow.changes,
        ImportRow.choice,
        ImportRow.before,
    )
    mine = (ImportRow.beneficiary_id == scope.person_id, scope.ours(ImportBatch.organisation_id))
    found = scope.all(query.join(ImportBatch).where(*mine).order_by(ImportRow.id))
    return [one | {"cells": _without_nir(one["cells"])} for one in found]


def _without_nir(cells: Found) -> Found:
    """In a list that waits it lies sealed, with its hash: that it is kept is told with the person."""
    return {name: text for name, text in cells.items() if name != Field.NIR}


def handed_in(scope: Scope) -> list[Found]:
    """By software of the service, which asked to invite them."""
    query = select(
        ApiBatch.created_at.label("at"), ApiBatchRow.state.label("handed_state"), ApiBatchRow.asked, ApiBatchRow.why
    )
    mine = (ApiBatchRow.beneficiary_id == scope.person_id, scope.ours(ApiBatch.organisation_id))
    return scope.all(query.add_columns(ApiBatchRow.done_at).join(ApiBatch).where(*mine).order_by(ApiBatchRow.id))


def journal(scope: Scope) -> list[Found]:
    """What was done, when; not who did it: an agent's acts are theirs."""
    query = select(AuditEvent.at, AuditEvent.action, AuditEvent.details).where(
        AuditEvent.beneficiary_id == scope.person_id, scope.ours(AuditEvent.organisation_id)
    )
    told = scope.all(query.order_by(AuditEvent.id))
    return [one | {"details": _of_nobody_else(one["details"])} for one in told]


def _of_nobody_else(details: Found) -> Found:
    """Ids and counts, but of whom: not the agent's who helped, nor a key's."""
    return {name: value for name, value in details.items() if not name.endswith(("_id", "_ids"))}


SECTIONS: dict[str, Callable[[Scope], list[Found]]] = {
    "messages": messages,
    "receipts": receipts,
    "letters": letters,
    "calls": calls,
    "texts_received": texts,
    "callback_requests": callbacks,
    "imports": imports,
    "handed_in": handed_in,
    "journal": journal,
}
