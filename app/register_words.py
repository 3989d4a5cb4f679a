"""The register of processing and the DPIA in French: what tables hold, what purposes, readers and durations are called."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Flag
from typing import Any

from app.column_words import called
from invitations import departing, erasures, purging_old, retention, selecting
from invitations.machines import answered, batches
from invitations.personal_columns import Care, Kept, Purpose, Reader, Row, Whose

NBSP = "\N{NO-BREAK SPACE}"
TABLES = {
    "beneficiaries": "Fiche de la personne",
    "memberships": "Structures qui suivent la personne",
    "referents": "Personnes référentes",
    "taggings": "Étiquettes posées",
    "follow_ups": "Suivis",
    "status_changes": "États successifs des suivis",
    "invitations": "Invitations",
    "links": "Liens personnels",
    "participations": "Participations aux rendez-vous",
    "orientations": "Orientations décidées",
    "waitings": "Attentes d’une place",
    "freed_slots": "Places libérées proposées",
    "wave_people": "Listes d’invitation au fil des places",
    "callback_requests": "Demandes de rappel",
    "assignments": "Tirages au sort d’une évaluation",
    "trial_opt_outs": "Personnes hors d’une évaluation",
    "messages": "Messages",
    "receipt_events": "Accusés des opérateurs",
    "voice_calls": "Appels automatiques",
    "letters": "Courriers imprimés",
    "inbound_texts": "SMS reçus",
    "text_menus": "Choix proposés par SMS",
    "import_rows": "Lignes des fichiers importés",
    "api_batch_rows": "Personnes transmises par un logiciel",
    "agents": "Comptes des agents",
    "agent_roles": "Droits des agents",
    "agent_sessions": "Sessions des agents",
    "kept_forms": "Formulaires arrivés après la session",
    "api_sessions": "Sessions des logiciels d’un agent",
    "agent_links": "Invitations de collègues, mots de passe oubliés",
    "supports": "Aides à distance",
    "code_generators": "Deuxième facteur\N{NO-BREAK SPACE}: codes du téléphone",
    "passkeys": "Deuxième facteur\N{NO-BREAK SPACE}: clés d’accès",
    "recovery_codes": "Deuxième facteur\N{NO-BREAK SPACE}: codes de secours",
    "openings": "Plages d’ouverture",
    "absences": "Absences",
    "regular_absences": "Absences régulières",
    "busy_times": "Temps pris dans un autre agenda",
    "external_calendars": "Agendas extérieurs lus",
    "calendar_feeds": "Agendas publiés pour un agent",
    "appointment_agents": "Temps pris par les rendez-vous",
    "appointments": "Rendez-vous",
    "audit_events": "Journal des actes",
    "saved_views": "Vues enregistrées",
    "selection_acts": "Actes sur une sélection, pour les défaire",
    "own_texts": "Textes du service",
    "invitation_batches": "Invitations groupées",
    "letter_batches": "Impressions de courriers",
    "waves": "Invitations au fil des places",
    "import_batches": "Fichiers importés",
    "move_ins": "Reprises d’un ancien logiciel",
    "move_in_parts": "Reprises, lignes en attente",
    "move_in_remarks": "Reprises, lignes laissées de côté",
    "api_batches": "Listes transmises par un logiciel",
    "service_keys": "Clés de logiciels",
    "webhook_endpoints": "Logiciels prévenus",
    "useful_drafts": "Listes de lieux utiles à vérifier",
    "trials": "Évaluations",
    "organisations": "Structures",
    "departments": "Département",
    "category_settings": "Réglages des catégories",
    "unit_facts": "Faits comptés",
    "figure_changes": "Suivis à recompter",
    "job_centre_notices": "Rendez-vous transmis à France Travail",
    "webhook_events": "Annonces aux logiciels",
    "idempotency_keys": "Réponses gardées aux logiciels",
    "tries": "Essais de codes et de mots de passe",
    "erasures": "Traces de suppressions",
}
WHOSE = {
    Whose.PERSON: "personne suivie",
    Whose.AGENT: "agent",
    Whose.CONTACT: "contact du service",
}
# Short in the tables of the annex, and what each means above them.
PURPOSES = {
    Purpose.RECOGNISE: "reconnaître",
    Purpose.REACH: "joindre",
    Purpose.MEET: "donner rendez-vous",
    Purpose.WELCOME: "accueillir",
    Purpose.FOLLOW: "suivre",
    Purpose.PROVE: "prouver",
    Purpose.MEASURE: "compter",
    Purpose.WORK: "organiser",
    Purpose.SECURE: "protéger",
    Purpose.EXCHANGE: "échanger",
}
PURPOSES_TOLD = {
    Purpose.RECOGNISE: "la personne, sans la confondre avec une autre",
    Purpose.REACH: "lui écrire, l’appeler",
    Purpose.MEET: "proposer et tenir des rendez-vous",
    Purpose.WELCOME: "la recevoir comme il faut",
    Purpose.FOLLOW: "savoir qui attend quoi, orienter",
    Purpose.PROVE: "montrer ce qui est parti, ce qui a été fait et par quel compte",
    Purpose.MEASURE: "compter et évaluer, sans nommer",
    Purpose.WORK: "les comptes et le temps des agents",
    Purpose.SECURE: "les accès, contre qui essaie des codes",
    Purpose.EXCHANGE: "avec les logiciels que le service a branchés",
}
READERS = {
    Reader.TEAM: "agents qui suivent",
    Reader.ADMINS: "administration",
    Reader.COLLEAGUES: "collègues",
    Reader.OWNER: "l’agent seul",
    Reader.PERSON: "la personne",
    Reader.PUBLIC: "tout le monde",
    Reader.MACHINES: "logiciels à clé",
    Reader.CARRIERS: "transporteurs",
    Reader.JOB_CENTRE: "France Travail",
    Reader.NOBODY: "le logiciel seul",
}
READERS_TOLD = {
    Reader.TEAM: "les agents des structures qui suivent la personne",
    Reader.ADMINS: "les administrateurs et administratrices de la structure",
    Reader.COLLEAGUES: "les agents de la même structure",
    Reader.OWNER: "celui ou celle dont c’est le compte",
    Reader.PERSON: "celle dont il s’agit, par son lien ou un message",
    Reader.PUBLIC: "une page publique",
    Reader.MACHINES: "ceux auxquels la structure a donné une clé ou une adresse",
    Reader.CARRIERS: "qui achemine le message\N{NO-BREAK SPACE}: téléphonie, courriel, poste",
    Reader.JOB_CENTRE: "quand une structure l’a choisi",
    Reader.NOBODY: "aucun écran, aucun export",
}
CARES = {
    Care.SEALED: "chiffré (AES-256-GCM)",
    Care.HASHED: "en empreinte",
    Care.NOT_FOR_PARTNERS: "caché aux SIAE et aux autres partenaires",
    Care.COUNCIL_AND_JOB_CENTRE: "vu du département et de France Travail seuls",
    Care.MASKED: "jamais montré en entier",
    Care.CUT: "tronqué",
}
KEPT = {
    Kept.WITH_PERSON: "comme la fiche",
    Kept.EMPTIED: "comme la fiche\N{NO-BREAK SPACE}; la ligne reste, vidée de la personne",
    Kept.UNNAMED: "reste, et ne mène plus à personne après la suppression de la fiche",
    Kept.WORDS: "durée de la structure après l’envoi, puis effacé ou remplacé par une empreinte",
    Kept.GIVEN_BACK: "comme la fiche\N{NO-BREAK SPACE}; un atelier reste pour les autres",
    Kept.MENTIONS: "tant que l’agent la garde\N{NO-BREAK SPACE}; supprimée avec la personne qu’elle nomme",
    Kept.COUNTED: "comme la fiche, puis fondu dans des sommes",
    Kept.LISTS: f"{purging_old.DAYS_OF_LISTS.days}\N{NO-BREAK SPACE}jours pour ce qui n’est devenu la fiche de personne, "
    "sinon comme la fiche",
    Kept.WEEK: f"{selecting.KEPT.days}\N{NO-BREAK SPACE}jours",
    Kept.DAY: f"{int(answered.KEPT_FOR.total_seconds() // 3600)}\N{NO-BREAK SPACE}heures",
    Kept.MONTH: f"{batches.KEPT_FOR.days}\N{NO-BREAK SPACE}jours",
    Kept.QUARTER: f"{erasures.KEPT.days}\N{NO-BREAK SPACE}jours",
    Kept.YEAR: f"{purging_old.MONTHS_OF_AGENTS_MAIL}\N{NO-BREAK SPACE}mois",
    Kept.ACCOUNT: f"avec le compte\N{NO-BREAK SPACE}: {departing.MONTHS}\N{NO-BREAK SPACE}mois après le départ, ce qui dit qui c’était s’efface, le numéro reste",
    Kept.UNTIL_CHANGED: "tant que le service le garde",
    Kept.PROTOCOL: "avec l’évaluation",
}
# Each word of the annex with what it means.
LEGEND = (
    [(PURPOSES[one], PURPOSES_TOLD[one]) for one in Purpose],
    [(READERS[one], READERS_TOLD[one]) for one in Reader],
)
LONGEST, SHORTEST = retention.LONGEST, retention.SHORTEST


def every(value: Flag, words: Mapping[Any, str]) -> str:
    """The words of each part of a flag."""
    return ", ".join(words[one] for one in type(value) if one in value and one in words)


def columns(row: Row) -> str:
    return ", ".join(dict.fromkeys(called(row.table, name) for name in row.columns))


def until(row: Row) -> str:
    if row.sooner is None or row.sooner is row.kept:
        return KEPT[row.kept]
    return f"{KEPT[row.sooner]}{NBSP}; au plus tard {KEPT[row.kept]}"
