"""Settings told in words, for the page that shows them all."""

from __future__ import annotations

from datetime import timedelta

from app.filters import length_of, phone, plural
from app.labels import label, within
from invitations.models import AppointmentType, CategorySettings, Channel, Mode, OpenTo, Organisation, StepAct
from invitations.settings_overview import Missing, Overview

DAY = timedelta(days=1)
# From here on, a delay is thought of in days.
LONG = 3 * DAY

# What keeps an invitation from leaving: the end of a sentence, and the page where it is set right.
MISSING = {
    Missing.PHONE: ("un téléphone qui répond", "settings.contact"),
    Missing.CATEGORY: ("une catégorie ouverte dans votre structure", "department_categories.listing"),
    Missing.PLACE: ("un lieu", "places.listing"),
    Missing.TYPE: ("un motif que les personnes invitées peuvent réserver", "appointment_types.listing"),
    Missing.OPENING: ("des plages d’ouverture", "openings.listing"),
}


def pages(found: Overview, organisation: Organisation) -> list[tuple[str, str, str]]:
    """Each page of settings: its endpoint, its name, and what it holds at this moment"""
    return [
        ("settings.contact", "Coordonnées", _contact(organisation)),
        ("colleagues.listing", "Collègues", _colleagues(found)),
        ("sign_in_settings.form", "Connexions", _sign_in(organisation)),
        ("keys.listing", "Clés", _some(found.keys, "logiciel a accès", "logiciels ont accès", "aucun autre logiciel")),
        (
            "webhooks.listing",
            "Logiciels",
            _some(found.told, "logiciel prévenu", "logiciels prévenus", "aucun n’est prévenu de rien"),
        ),
        (
            "department_categories.listing",
            "Catégories",
            _some(found.categories, "ouverte ici", "ouvertes ici", "aucune ouverte ici"),
        ),
        ("appointment_types.listing", "Motifs", _types(found)),
        ("own_texts.listing", "Textes", _own_texts(found)),
        ("tags.listing", "Étiquettes", _some(found.tags, "étiquette", "étiquettes", "aucune étiquette")),
        ("places.listing", "Lieux", _some(found.places, "lieu ouvert", "lieux ouverts", "aucun lieu")),
        ("useful_places.listing", "Lieux utiles", _useful(organisation)),
        (
            "closures.listing",
            "Fermetures",
            _some(found.closures, "prévue", "prévues", "aucune fermeture prévue"),
        ),
        (
            "sectors.listing",
            "Secteurs",
            _some(found.sectors, "secteur", "secteurs", "aucun\N{NO-BREAK SPACE}: chacun choisit parmi tous les lieux"),
        ),
        (
            "retention.form",
            "Conservation",
            f"messages et personnes, {organisation.retention_months}\N{NO-BREAK SPACE}mois",
        ),
        ("journal.listing", "Journal", "qui a fait quoi, pour qui et d’où, pendant un an"),
        ("register.show", "Registre", "les traitements, l’analyse d’impact, chaque donnée gardée"),
        ("department.form", "Département", organisation.department.full_name),
        ("publishing.show", "Publication", _publication(organisation)),
        ("nir.show", "Sécurité sociale", _nir(organisation)),
        ("job_centre.show", "France Travail", _job_centre(organisation)),
        ("daily_caps.form", "Limites", _some(found.caps, "limite par jour", "limites par jour", "sans limite")),
        ("trials.listing", "Évaluations", "comparer des façons de solliciter, par tirage au sort"),
        ("moving_house.listing", "Reprise", "arriver d’un autre logiciel, ou partir avec vos données"),
        ("state.show", "État", "si les messages partent, et sinon quoi faire"),
    ]


def _some(count: int, one: str, many: str, none: str) -> str:
    return plural(count, one, many) if count else none


def _useful(organisation: Organisation) -> str:
    shown = (organisation.useful_themes or "").split()
    return (
        f"{plural(len(shown), 'sorte montrée', 'sortes montrées')} aux personnes"
        if shown
        else "non montrés aux personnes"
    )


def _contact(organisation: Organisation) -> str:
    answers = phone(organisation.phone) or "aucun téléphone"
    return f"{answers}, signé «\N{NO-BREAK SPACE}{organisation.signature or organisation.name}\N{NO-BREAK SPACE}»"


def _publication(organisation: Organisation) -> str:
    is_in = organisation.publishes_since is not None
    if not is_in:
        return "vos chiffres ne sont pas publics"
    return "vos chiffres sont publics" if organisation.department.publishes_since else "acceptée, sans page publique"


def _sign_in(organisation: Organisation) -> str:
    department = organisation.department
    said = "deuxième étape pour toutes et tous" if department.second_factor_since else "par mot de passe ou clé"
    idle = timedelta(minutes=department.idle_minutes or 0)
    return f"{said}, session fermée après {length_of(idle)} sans activité" if idle else said


def _job_centre(organisation: Organisation) -> str:
    return "prévenu de vos rendez-vous" if organisation.job_centre_since else "prévenu de rien"


def _nir(organisation: Organisation) -> str:
    return "le numéro se garde" if organisation.department.nir_kept_since else "aucun numéro ne se garde"


def _colleagues(found: Overview) -> str:
    here = plural(found.colleagues, "personne", "personnes")
    waiting = plural(found.invited, "invitation attend", "invitations attendent")
    return f"{here}, {waiting}" if found.invited else here


def _types(found: Overview) -> str:
    if not found.types:
        return "aucun motif"
    said = plural(found.types, "motif", "motifs")
    return said if found.types == found.types_for_invited else f"{said}, {found.types_for_invited} pour les invitations"


def _own_texts(found: Overview) -> str:
    return _some(found.own_texts, "message à vos mots", "messages à vos mots", "les textes d’origine")


def channels(settings: CategorySettings) -> str:
    """SMS, courriel"""
    return ", ".join(label(Channel(one)) for one in settings.channels)


def modes(settings: CategorySettings) -> str:
    """Invitation, Proposition"""
    return ", ".join(label(Mode(one)) for one in settings.modes)


def validity(settings: CategorySettings) -> str:
    """10 jours, or no limit"""
    return plural(settings.validity_days, "jour", "jours") if settings.validity_days else "sans limite"


def steps(settings: CategorySettings) -> str:
    """rappel à 3 et 7 jours, appel à 9 jours; or that nothing follows"""
    days: dict[StepAct, list[str]] = {}
    for one in settings.steps:
        days.setdefault(one.act, []).append(str(one.after_days))
    said = [f"{within(act)} à {' et '.join(on)}\N{NO-BREAK SPACE}jours" for act, on in days.items()]
    return ", ".join(said) or "rien"


def delay(lasting: timedelta) -> str:
    """aucun, 45 minutes, 24 h, 60 jours"""
    if not lasting:
        return "aucun"
    if lasting >= LONG and not lasting % DAY:
        return plural(lasting // DAY, "jour", "jours")
    return length_of(lasting)


def limit(lasting: timedelta) -> str:
    """24 h avant, or until the last moment"""
    return f"{delay(lasting)} avant" if lasting else "au dernier moment"


def type_in_short(type_: AppointmentType) -> str:
    """RSA orientation, 12 places, agents seulement"""
    said = [type_.category.name]
    if type_.is_collective:
        said.append(plural(type_.seats, "place", "places"))
    if type_.open_to is OpenTo.AGENTS:
        said.append("agents seulement")
    if type_.referents_only:
        said.append("avec une personne référente")
    return ", ".join(said)
