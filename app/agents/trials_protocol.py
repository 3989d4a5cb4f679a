"""The protocol in French, from what is frozen: the same parts on the page and on paper."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from app.agents import trials_words
from app.agents.trials_words import NBSP
from app.filters import clock_time, day_and_year, listing
from invitations.models import Mode, Trial
from invitations.trials import protocol
from notifications.reports import Facts, Heading, Part, Picture, Points, Report, Table, Text

Frozen = Mapping[str, Any]


def frozen(trial: Trial) -> Frozen:
    """What the protocol says; of a draft, what it would say."""
    return trial.frozen or protocol.content(trial, seed_hash=None, started_at=None)


def report(trial: Trial) -> Report:
    return Report(
        title=f"Protocole{NBSP}: {trial.name}",
        overline=f"{trial.department.full_name} · évaluation par tirage au sort",
        author=trial.department.full_name,
        footer=f"{trial.name} · {parted(trial.protocol_hash)[:17] + '…' if trial.protocol_hash else 'brouillon, rien n’est figé'}",
        accent=trial.department.accent,
        parts=parts(trial, trial.department.zone),
    )


def parts(trial: Trial, zone: ZoneInfo) -> list[Part]:
    said = frozen(trial)
    made = [
        *question(said),
        *drawing(said),
        *care(said),
        *counting(said),
        *people(said),
        *analysis(said),
        *ending(),
        *fingerprint(trial, zone),
    ]
    return [spaced(one) for one in made]


def spaced(part: Part) -> Part:
    """The part with no-break spaces where French wants them."""
    if isinstance(part, Picture):
        return replace(part, words=trials_words.spaced(part.words), caption=trials_words.spaced(part.caption))
    return type(part)(**{one.name: _spaced(getattr(part, one.name)) for one in fields(part)})


def _spaced(value: Any) -> Any:
    if isinstance(value, str):
        return trials_words.spaced(value)
    return value if isinstance(value, int) else [_spaced(one) for one in value]


def question(said: Frozen) -> list[Part]:
    first, *others = (Mode(one) for one in said["arms"])
    more = " ou ".join(trials_words.by(one) for one in others)
    return [
        Text(
            f"Voit-on plus de personnes dans les {said['horizon_days']} jours quand on les sollicite {more} que "
            f"{trials_words.by(first)} ?",
            kind="main",
        ),
        Heading("Qui"),
        Facts(
            [
                ("Catégorie", said["category_name"]),
                ("Structures", listing([one["name"] for one in said["organisations"]])),
                ("Façons comparées", trials_words.ways([Mode(one) for one in said["arms"]])),
            ]
        ),
        Text(
            "Entre au tirage toute personne que l’on sollicite pour la première fois dans ce suivi, si elle peut l’être de "
            "chacune des façons comparées : quelque chose la joint, et une date existe pour elle. Un agent peut sortir une "
            "personne avant le tirage, d’un clic et sans donner de raison. Une personne peut dire qu’elle ne veut pas : elle "
            "ne compte alors dans aucun chiffre."
        ),
    ]


def drawing(said: Frozen) -> list[Part]:
    least, most = (times * len(said["arms"]) for times in said["allocation"]["times_each_arm_in_a_block"])
    return [
        Heading("Le tirage"),
        Text(
            "Le sort décide au moment où l’agent confirme, avant tout message, et personne ne peut le savoir d’avance. Il est "
            "tiré à part dans chaque groupe de personnes semblables : même structure, droits ouverts depuis 90 jours au plus "
            f"ou non, un mobile ou non. Les blocs, de {least} ou {most} personnes, sont permutés au hasard : les façons "
            "restent équilibrées dans chaque groupe. Une graine secrète, dont l’empreinte est inscrite ici, permet de tout "
            "refaire ; elle est révélée à la fin."
        ),
    ]


def care(said: Frozen) -> list[Part]:
    return [
        Heading("Ce que chaque personne reçoit"),
        Points(
            [
                "Les mêmes créneaux, la même aide au téléphone, les mêmes rappels, quelle que soit la façon.",
                "Personne n’attend plus longtemps à cause de l’évaluation, et personne n’est menacé.",
                f"Au {said['fallback_days']}e jour, qui n’a vu personne et n’a rien de prévu est à appeler par l’équipe.",
                "Après le tirage, les agents font comme ils le jugent utile. Une personne sollicitée autrement ensuite reste "
                "comptée dans la façon que le sort lui a donnée.",
            ]
        ),
    ]


def counting(said: Frozen) -> list[Part]:
    days, noting = said["horizon_days"], said["noting_days"]
    return [
        Heading("Ce que l’on compte"),
        Text(
            f"au moins un rendez-vous où la personne est venue, au plus tard le {days}e jour après le tirage, sur toutes les "
            "personnes tirées au sort, y compris celles que rien n’a atteint.",
            lead="Le critère de jugement :",
        ),
        Text(
            f"Chaque personne compte {days} jours après son tirage, plus {noting} jours pour noter l’issue. Une issue que "
            "personne n’a notée vaut « non vue », avec le meilleur et le pire des cas à côté ; au-delà de "
            f"{percent(said['most_unknown'])} d’issues inconnues, aucune conclusion n’est écrite. Les absences et les délais "
            "sont décrits, ils ne décident pas."
        ),
    ]


def people(said: Frozen) -> list[Part]:
    hoped = said["hypothesis"]
    looks = [[str(one["number"]), str(one["counted"]), decimal(one["boundary"])] for one in said["looks"]]
    return [
        Heading("Combien de personnes"),
        Text(
            f"{said['per_arm']} personnes par façon, {said['planned']} en tout : assez pour voir, "
            f"{of_hundred(said['power'])} fois sur 100, un écart de {of_hundred(hoped['from'])} à "
            f"{of_hundred(hoped['to'])} personnes vues sur 100, avec un risque de {percent(said['alpha'])} de conclure à tort."
        ),
        Table(
            "Regards prévus sur les données",
            ["Regard", "Personnes comptées", "Seuil de |z| (O’Brien et Fleming)"],
            [True, True, True],
            looks,
        ),
        Text(
            "Avant le nombre prévu, il est trop tôt pour conclure, sauf si un regard franchit son seuil. Les seuils sont "
            "recalculés au nombre réellement compté (Lan et DeMets).",
            kind="small",
        ),
    ]


def analysis(said: Frozen) -> list[Part]:
    first, *others = (Mode(one) for one in said["arms"])
    more = (
        f"Chaque façon est comparée à {trials_words.the(first)}, avec un seuil deux fois plus exigeant (Bonferroni). "
        if len(others) > 1
        else ""
    )
    return [
        Heading("L’analyse"),
        Text(
            "En intention de traiter : chacun dans la façon que le sort lui a donnée. L’écart est celui de Mantel et Haenszel "
            "par groupe (variance de Sato), avec son intervalle à 95 % ; l’écart brut (Newcombe, méthode 10) est à côté. "
            f"{more}Les courbes du temps jusqu’au premier rendez-vous sont de Kaplan et Meier, comparées par le test du "
            "log-rank ; sortir du RSA est un événement concurrent. Formules et sources : docs/evaluation.md."
        ),
    ]


def ending() -> list[Part]:
    return [
        Heading("Comment elle s’arrête"),
        Text(
            "Une personne qui administre l’arrête, par un acte à son nom, avec sa raison : au nombre prévu, avant s’il y a un "
            "seuil franchi, si une façon fait du tort, ou pour l’abandonner. Les personnes déjà tirées sont suivies jusqu’au "
            "bout de leur délai."
        ),
    ]


def fingerprint(trial: Trial, zone: ZoneInfo) -> list[Part]:
    if trial.protocol_hash is None or trial.started_at is None:
        return [Heading("Empreinte"), Text("Elle sera calculée au début de l’évaluation, et plus rien n’en changera.")]
    by = trial.started_by_agent.full_name if trial.started_by_agent else ""
    return [
        Heading("Empreinte"),
        Facts(
            [
                ("Commencée", f"{moment(trial.started_at, zone)}, par {by}"),
                ("SHA-256 du protocole", parted(trial.protocol_hash)),
                ("SHA-256 de la graine", parted(trial.seed_hash)),
            ]
        ),
        Text(
            "Le texte figé se télécharge, et « sha256sum » en redonne l’empreinte : une lettre changée en donnerait une autre.",
            kind="small",
        ),
    ]


def moment(at: datetime, zone: ZoneInfo) -> str:
    """mardi 24 novembre 2026 à 9 h 00"""
    return f"{day_and_year(at, zone)} à{NBSP}{clock_time(at, zone)}"


def parted(hexadecimal: str | None) -> str:
    """In groups of eight, as people compare them."""
    text = hexadecimal or ""
    return " ".join(text[at : at + 8] for at in range(0, len(text), 8))


def percent(share: float) -> str:
    """5 %"""
    return f"{share * 100:g}{NBSP}%".replace(".", ",")


def of_hundred(share: float) -> str:
    return f"{share * 100:.0f}"


def decimal(number: float) -> str:
    """3,71"""
    return f"{number:.2f}".replace(".", ",")
