"""The protocol: all that a trial will do, written down before the first lot, as canonical JSON with its SHA-256.

Anybody can hash the text again (`sha256sum`): one changed letter, another hash.
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any

from invitations.models import Trial
from invitations.statistics.boundaries import boundaries
from invitations.statistics.definitions import MOST_UNKNOWN, NOTING
from invitations.statistics.sample_size import alpha_of_each
from invitations.statistics.units import NEW_FOR
from invitations.trials.blocks import FEWEST, MOST

VERSION = 1
# The rules that no trial may choose otherwise, as evaluation.md has them.
DEFINITIONS = {
    "unit": "a person in one follow-up of the category, never addressed nor met in it before",
    "t0": "the draw, at the moment of addressing; days are calendar days of the departement",
    "arm": "what lots gave, whatever happens later (intention to treat)",
    "primary_outcome": "seen at an appointment that starts on or before day t0 + horizon_days",
    "denominator": "everybody drawn whose window, and the days for noting outcomes after it, are over",
    "unknown_outcome": "not seen in the primary figure; best and worst bounds beside it",
    "crossover": "addressed in another mode within the window; counted, never moved to another arm",
    "objection": "who does not want to take part is left out of every figure and counted apart",
    "no_show": "descriptive: noshow / (seen + noshow), of appointments within the window",
}
ANALYSIS = {
    "estimate": "Mantel-Haenszel risk difference by stratum, Sato's variance",
    "beside_it": "crude difference with Newcombe's hybrid score interval (1998, method 10)",
    "test": "z of the stratified difference at each look, two-sided",
    "several_arms": "each arm against the first one, alpha shared (Bonferroni)",
    "looks": "O'Brien-Fleming boundaries, Lan-DeMets spending at the fractions really counted",
    "time_to_seen": "Kaplan-Meier, Greenwood intervals, log-rank; leaving the RSA is a competing event",
}


def content(trial: Trial, *, seed_hash: str | None, started_at: datetime | None) -> dict[str, Any]:
    """What is frozen: of a draft, what would be."""
    return {
        "version": VERSION,
        "trial": trial.uid,
        "name": trial.name,
        "category": trial.category.code,
        "category_name": trial.category.name,
        "organisations": [{"id": one.organisation_id, "name": one.organisation.name} for one in trial.parts],
        "arms": list(trial.arms),
        "horizon_days": trial.horizon_days,
        "noting_days": NOTING.days,
        "hypothesis": {"from": trial.expected_from, "to": trial.expected_to},
        "alpha": trial.alpha,
        "power": trial.power,
        "per_arm": trial.per_arm,
        "planned": trial.planned,
        "looks": planned_looks(trial),
        "fallback_days": trial.fallback_days,
        "most_unknown": MOST_UNKNOWN,
        "allocation": {
            "strata": ["organisation", f"right opened at most {NEW_FOR.days} days before", "has a mobile"],
            "method": "permuted blocks of random size, HMAC-SHA256 of the seed",
            "times_each_arm_in_a_block": [FEWEST, MOST],
            "concealed_until": "the draw, when the person is addressed",
            "seed_sha256": seed_hash,
        },
        "definitions": DEFINITIONS,
        "analysis": ANALYSIS,
        "started_at": started_at.isoformat() if started_at else None,
    }


def planned_looks(trial: Trial) -> list[dict[str, Any]]:
    """Each look: at how many people counted in all arms, and what |z| must reach if they are exactly so many."""
    fractions = [number / trial.looks for number in range(1, trial.looks + 1)]
    bounds = boundaries(fractions, alpha_of_each(trial.alpha, len(trial.arms)))
    return [
        {"number": number, "counted": people_at(trial, number), "boundary": round(bound, 4)}
        for number, bound in enumerate(bounds, start=1)
    ]


def people_at(trial: Trial, number: int) -> int:
    """How many are counted, in all arms together, when a look is due; rounded up."""
    return -(-trial.planned * number // trial.looks)


def text(trial: Trial, *, seed_hash: str | None = None, started_at: datetime | None = None) -> str:
    """Canonical JSON (sorted keys, no spaces, UTF-8): what was frozen, else what would be."""
    if trial.protocol is not None:
        return trial.protocol
    found = content(trial, seed_hash=seed_hash, started_at=started_at)
    return json.dumps(found, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def hash_of(written: str) -> str:
    return hashlib.sha256(written.encode()).hexdigest()


def is_intact(trial: Trial) -> bool:
    """True when the frozen text still gives the hash that was noted at the start."""
    return trial.protocol is not None and hash_of(trial.protocol) == trial.protocol_hash
