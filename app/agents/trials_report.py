"""An evaluation on paper: the answer first, then figures, people, looks, limits and the protocol, as CONSORT 2010 asks."""

from __future__ import annotations

from app.agents import trials_pictures, trials_protocol, trials_result_words, trials_words
from app.agents.trials_pictures import Pictures
from app.agents.trials_protocol import decimal, moment, parted
from app.agents.trials_result_words import between, bounds, extremes, gap, points, probability, rate, tested
from app.agents.trials_words import NBSP
from app.filters import listing, plural, short_day
from app.labels import label
from invitations.models import Trial
from invitations.trials.results import TrialResults
from notifications.reports import Facts, Heading, Part, Picture, Points, Report, Table, Text


def report(results: TrialResults, *, seed: str | None) -> Report:
    trial = results.trial
    pictures = trials_pictures.of_results(results)
    return Report(
        title=trials_result_words.headline(results),
        overline=f"{trial.department.full_name} · évaluation par tirage au sort · {trial.name}",
        author=trial.department.full_name,
        footer=f"{trial.name} · protocole {parted(trial.protocol_hash)[:17]}…",
        accent=trial.department.accent,
        parts=[trials_protocol.spaced(one) for one in parts(results, pictures, seed)],
    )


def parts(results: TrialResults, pictures: Pictures, seed: str | None) -> list[Part]:
    return [
        *answer(results, pictures),
        *figures(results),
        *time(results, pictures),
        *people(results, pictures),
        *looks(results),
        *limits(results),
        *protocol(results.trial),
        *proofs(results.trial, seed),
    ]


def answer(results: TrialResults, pictures: Pictures) -> list[Part]:
    said: list[Part] = [Text(trials_result_words.lead(results), kind="main")]
    said += [Text(one) for one in trials_result_words.warnings(results)]
    if pictures.intervals:
        svg = trials_pictures.drawn_intervals(results, pictures.intervals)
        words = trials_pictures.gap_title(results)
        said.append(
            Picture(svg, words, "Le trait est ce que le hasard seul rend possible ; au zéro, aucune différence.")
        )
    return said


def figures(results: TrialResults) -> list[Part]:
    days = results.trial.horizon_days
    return [
        Heading("Les chiffres"),
        Table(
            f"Personnes vues dans les {days} jours, dans la façon que le sort a donnée",
            ["Façon", "Comptées", "Vues", "Pour 100", "Intervalle", "Issue inconnue", "Au pire, au mieux"],
            [False, *[True] * 6],
            [
                [
                    label(one.mode),
                    str(one.seen.proportion.total),
                    str(one.seen.proportion.count),
                    rate(one),
                    between(one),
                    str(one.seen.unknown),
                    bounds(one),
                ]
                for one in results.arms
            ],
        ),
        Table(
            f"Écarts avec {trials_words.the(results.arms[0].mode)}, en personnes vues pour 100",
            ["Façon", "Par groupe", "Intervalle", "Brut", "Intervalle", "p", "Selon les issues inconnues"],
            [False, *[True] * 6],
            [
                [
                    label(one.mode),
                    "–" if one.difference is None else gap(one.difference),
                    points(one.low, one.high),
                    "–" if one.crude is None else gap(one.crude),
                    points(one.crude_low, one.crude_high),
                    probability(one.p),
                    extremes(results, one),
                ]
                for one in results.versus
            ],
        ),
        Text(
            "Intervalles et p sont ceux d’une seule analyse ; la réponse, en haut, suit les seuils des regards.",
            kind="small",
        ),
    ]


def time(results: TrialResults, pictures: Pictures) -> list[Part]:
    if pictures.curves is None:
        return []
    words = f"Kaplan et Meier. {tested(pictures.log_rank)}" if pictures.log_rank else "Kaplan et Meier."
    return [
        Heading("Le temps jusqu’au premier rendez-vous honoré"),
        Picture(trials_pictures.drawn_curves(pictures.curves), trials_pictures.CURVES, words, 88),
        Table(
            "Personnes pas encore vues, et part vue pour 100",
            ["Jours", *[name for one in results.arms for name in (label(one.mode), "vues")]],
            [True] * (1 + 2 * len(results.arms)),
            [
                [str(day), *[word for risk, share in cells for word in (str(risk), share)]]
                for day, cells in pictures.risk
            ],
        ),
    ]


def people(results: TrialResults, pictures: Pictures) -> list[Part]:
    return [
        Heading("Combien de personnes, du tirage au résultat"),
        Picture(trials_pictures.drawn_flow(pictures.flow), ". ".join(pictures.flow.words), "", 92),
        Text(
            f"Hors du tirage{NBSP}: {trials_pictures.out_of_it(results)}. Une personne sollicitée autrement ensuite reste comptée "
            "dans la façon que le sort lui a donnée.",
            kind="small",
        ),
    ]


def looks(results: TrialResults) -> list[Part]:
    if not results.looks:
        return [Heading("Regards"), Text("Aucun regard n’a eu lieu : le premier nombre prévu n’a pas été atteint.")]
    zone = results.trial.department.zone
    return [
        Heading("Regards"),
        Table(
            "Regards sur les données, avec des seuils d’O’Brien et Fleming",
            ["Regard", "Le", "Du nombre prévu", "|z|", "Seuil", "Écart, entre", ""],
            [False, False, True, True, True, True, False],
            [
                [
                    f"{one.number}, {label(one.versus).lower()}",
                    short_day(one.at, zone),
                    f"{one.fraction * 100:.0f}{NBSP}%",
                    "–" if one.statistic is None else decimal(abs(one.statistic)),
                    decimal(one.boundary),
                    points(one.low, one.high),
                    "franchi" if one.crossed else "non franchi",
                ]
                for one in results.looks
            ],
        ),
    ]


def limits(results: TrialResults) -> list[Part]:
    crossed, fell = sum(one.crossed for one in results.arms), sum(one.fell_back for one in results.arms)
    unknown = sum(one.seen.unknown for one in results.arms)
    said = [
        "Ces chiffres valent pour les structures qui ont participé, pendant ces mois, avec leurs créneaux et leur aide.",
        f"{plural(crossed, 'personne sollicitée', 'personnes sollicitées')} autrement ensuite et "
        f"{plural(fell, 'mise', 'mises')} sur la liste à appeler : l’écart est celui de la façon choisie au départ, pas d’une "
        "façon suivie jusqu’au bout.",
        f"{plural(unknown, 'personne sans issue notée, comptée', 'personnes sans issue notée, comptées')} comme non vues ; les "
        "bornes disent ce que cela pourrait changer."
        if unknown
        else "Toutes les issues sont notées.",
        "Ni les agents ni les personnes n’ignoraient la façon après le tirage ; seul le tirage lui-même était caché.",
    ]
    if results.is_too_early:
        said.append(
            f"{results.counted} comptées sur {results.trial.planned} prévues : un écart plus petit a pu échapper."
        )
    return [Heading("Limites"), Points(said)]


def protocol(trial: Trial) -> list[Part]:
    """What was frozen, in short: the whole is a document of its own."""
    said = trials_protocol.frozen(trial)
    hoped = said["hypothesis"]
    return [
        Heading("Protocole, tel qu’il a été figé"),
        Facts(
            [
                ("Catégorie", said["category_name"]),
                ("Structures", listing([one["name"] for one in said["organisations"]])),
                ("Façons comparées", trials_words.ways(trial.modes)),
                (
                    "Critère de jugement",
                    f"personnes vues dans les {said['horizon_days']} jours, sur toutes celles tirées au sort",
                ),
                (
                    "Hypothèse",
                    f"de {trials_protocol.of_hundred(hoped['from'])} à {trials_protocol.of_hundred(hoped['to'])} vues sur 100, "
                    f"puissance {trials_protocol.percent(said['power'])}, risque {trials_protocol.percent(said['alpha'])}",
                ),
                ("Nombre prévu", f"{said['per_arm']} par façon, {said['planned']} en tout"),
                ("Regards prévus", ", ".join(f"à {one['counted']}" for one in said["looks"])),
                ("Tirage", "par blocs permutés, dans chaque groupe : structure, nouvelle ou non, mobile ou non"),
                ("Analyse", "en intention de traiter, Mantel et Haenszel par groupe, variance de Sato"),
            ]
        ),
    ]


def proofs(trial: Trial, seed: str | None) -> list[Part]:
    zone = trial.department.zone
    rows = []
    if trial.started_at and trial.started_by_agent:
        rows.append(("Commencée", f"{moment(trial.started_at, zone)}, par {trial.started_by_agent.full_name}"))
    if trial.ended_at and trial.ended_by_agent and trial.end_reason:
        note = f" : {trial.end_note}" if trial.end_note else ""
        how = f"{trials_words.ENDED[trial.end_reason]}{note}"
        rows.append(("Terminée", f"{moment(trial.ended_at, zone)}, par {trial.ended_by_agent.full_name}, {how}"))
    rows += [("SHA-256 du protocole", parted(trial.protocol_hash)), ("SHA-256 de la graine", parted(trial.seed_hash))]
    if seed:
        rows.append(("Graine du tirage", parted(seed)))
    return [Heading("De quoi tout refaire"), Facts(rows)]
