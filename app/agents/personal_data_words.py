"""What is kept of a person, in the words that they read on paper."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from app.agents.needs import name_in_french
from app.column_words import NAMES
from app.filters import clock_time, phone, short_day
from app.labels import label
from invitations.models import (
    ApiRowState,
    Author,
    Beneficiary,
    CallOutcome,
    CallTime,
    Channel,
    EndReason,
    FollowUpStatus,
    MessageKind,
    MessageState,
    Mode,
    Need,
    OfferAnswer,
    Organisation,
    OrientationKind,
    Outcome,
    ReturnReason,
    RsaRole,
    Title,
    TrialExit,
    Unanswered,
    Verdict,
    WaitEnd,
    WaveExit,
)
from invitations.personal_data import NIR_KEPT
from invitations.uploads.headers import Field
from notifications.languages import language
from notifications.records import Record, Section

NBSP = "\N{NO-BREAK SPACE}"
HEADINGS = {
    "organisations": "Structures qui vous suivent",
    "referents": "Personnes qui vous accompagnent",
    "tags": "Étiquettes",
    "follow_ups": "Suivis",
    "statuses": "États successifs des suivis",
    "orientations": "Orientations",
    "invitations": "Invitations",
    "appointments": "Rendez-vous",
    "messages": "Messages qui vous ont été adressés",
    "letters": "Courriers sur papier",
    "calls": "Appels",
    "texts_received": "SMS que vous avez envoyés",
    "callback_requests": "Demandes d’être rappelé ou rappelée",
    "waiting": "Attentes d’une place",
    "offers": "Places libérées qui vous ont été proposées",
    "waves": "Listes d’invitation au fil des places",
    "trials": "Évaluations",
    "left_out_of_trials": "Évaluations dont vous ne faites pas partie",
    "told_to_job_centre": "Rendez-vous transmis à France Travail",
    "imports": "Lignes de fichiers d’où viennent ces données",
    "handed_in": "Demandes d’autres logiciels du service",
}
# What only machines read, or says in codes what the paper says in words: it is in the JSON, and the paper says so.
NOT_ON_PAPER = frozenset(
    {"uid", "sid", "provider_id", "remote_id", "error_code", "error_reason", "stratum", "choice", "before", "reasons"}
)
# Of which words a value is, by its name; `kind` is a message's or an orientation's.
WORDS: dict[str, tuple[type[StrEnum], ...]] = {
    "title": (Title,), "role": (RsaRole,), "status": (FollowUpStatus,), "mode": (Mode,),
    "end_reason": (EndReason, WaitEnd), "outcome": (Outcome, CallOutcome), "channel": (Channel,),
    "state": (MessageState,), "created_by": (Author,), "kind": (MessageKind, OrientationKind), "needs": (Need,),
    "times": (CallTime,), "answer": (OfferAnswer,), "why": (TrialExit,), "left_because": (WaveExit,),
    "return_reason": (ReturnReason,), "waits_for": (Unanswered,), "verdict": (Verdict,), "handed_state": (ApiRowState,),
}  # fmt: skip
# Of enumerations that no page shows, or shows in other words.
OWN: dict[type[StrEnum], dict[str, str]] = {
    Author: {Author.AGENT: "le service", Author.BENEFICIARY: "vous"},
    WaitEnd: {
        WaitEnd.SERVED: "Une place a été trouvée",
        WaitEnd.GAVE_UP: "Vous n’attendez plus",
        WaitEnd.OVERTAKEN: "Ce n’était plus utile",
    },
    OfferAnswer: {
        OfferAnswer.TAKEN: "Prise",
        OfferAnswer.DECLINED: "Refusée",
        OfferAnswer.LAPSED: "Sans réponse",
    },
    ApiRowState: {
        ApiRowState.WAITING: "En attente",
        ApiRowState.INVITED: "Invitation partie",
        ApiRowState.REFUSED: "Refusée",
    },
}
YES = "oui"
NIR_WORDS = "gardé chiffré, et montré en entier à personne"


def record(found: Mapping[str, Any], person: Beneficiary, organisation: Organisation, on: date) -> Record:
    """The whole as it is printed for the person."""
    return Record(
        title=f"Les données gardées sur {person.full_name}",
        author=organisation.name,
        lead=tuple(lead(organisation, on)),
        sections=[
            Section("Qui vous êtes, comment vous joindre", [facts(found["person"], organisation.department.zone)]),
            *(
                Section(heading, [facts(one, organisation.department.zone) for one in found[name]])
                for name, heading in HEADINGS.items()
                if found[name]
            ),
        ],
    )


def lead(organisation: Organisation, on: date) -> Iterator[str]:
    yield (
        f"Voici, au {short_day(on)}, tout ce que garde sur vous {organisation.name}, {organisation.department.full_name}, "
        "pour vous donner des rendez-vous. Vous pouvez en demander la correction ou l’effacement."
    )
    yield (
        "Le fichier à reprendre (JSON), que vous pouvez demander aussi, contient en plus le journal des actes avec leurs dates, "
        "les accusés des opérateurs et les numéros qui ne parlent qu’aux machines."
    )
    ways = [phone(organisation.phone) if organisation.phone else "", organisation.email or ""]
    known = [one for one in ways if one]
    if known:
        yield f"Pour une question{NBSP}: {' ou '.join(known)}."


def facts(one: Mapping[str, Any], zone: ZoneInfo) -> list[tuple[str, str]]:
    """What says something, as pairs of words."""
    told = ((NAMES[name], words(name, value, zone)) for name, value in one.items() if name not in NOT_ON_PAPER)
    return [(name, value) for name, value in told if value]


def words(name: str, value: Any, zone: ZoneInfo) -> str:
    if value in (None, "", 0, [], {}):
        return ""
    if value is True:
        return NIR_WORDS if name == NIR_KEPT else YES
    if isinstance(value, list):
        return ("\n\n" if name == "sheets" else ", ").join(words(name, one, zone) for one in value)
    if isinstance(value, Mapping):
        return "\n".join(f"{of_field(key)}{NBSP}: {as_changed(one)}" for key, one in value.items() if one)
    if name in WORDS:
        return of_a_kind(name, value)
    if name in {"phone", "sender", "wrong_phone", "number", "sent_to"}:
        return phone(value) if value.startswith("+") else str(value)
    return name_in_french(language(value).html) if name == "language" else of_time(name, value, zone)


def of_field(name: str) -> str:
    """A column of a file by the name that agents read, else the word of the house for it."""
    known = {one.value for one in Field}
    return label(Field(name)).capitalize() if name in known else NAMES.get(name, name)


def as_changed(value: Any) -> str:
    """From one value to another, as an import changed it; anything else as it stands."""
    if isinstance(value, list):
        return ", puis ".join(str(one) for one in value if one)
    return str(value)


def of_a_kind(name: str, value: str) -> str:
    member = next((kind(value) for kind in WORDS[name] if value in {one.value for one in kind}), None)
    if member is None:
        return value
    return OWN[type(member)][member] if type(member) in OWN else label(member)


def of_time(name: str, value: Any, zone: ZoneInfo) -> str:
    if name.endswith("_on"):
        return short_day(date.fromisoformat(value))
    if name in {"at", "since", "until"} or name.endswith(("_at", "_since")):
        at = datetime.fromisoformat(value).astimezone(zone)
        return f"{short_day(at, zone)} à {clock_time(at, zone)}"
    return str(value)
