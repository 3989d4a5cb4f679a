"""schemathesis holds the application to its own description: no 5xx, no status that is not told, every check, seeded.

One well formed example of each endpoint here; RDV_FUZZ=200 asks for so many of each, and of malformed ones, on both
engines.
"""

from __future__ import annotations

import os
import warnings
from collections import Counter
from itertools import product
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, given, seed, settings
from sqlalchemy import select

from invitations.models import Appointment, FollowUp, Invitation
from tests.app.api.conftest import Machine
from tests.app.api.test_inviting import invite

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import schemathesis
    from schemathesis.config import SchemathesisConfig
    from schemathesis.core.parameters import ParameterLocation
    from schemathesis.generation import GenerationMode

IS_DEEP = "RDV_FUZZ" in os.environ
EXAMPLES = int(os.environ.get("RDV_FUZZ", "1"))
ENGINES = ["sqlite", "postgres"] if IS_DEEP else ["sqlite"]
MODES = list(GenerationMode) if IS_DEEP else [GenerationMode.POSITIVE]
# What is well formed may still be refused: names that nobody here has, people whom nothing reaches.
ACCEPTED = {"positive_data_acceptance": {"expected-statuses": ["2xx", "401", "403", "404", "409", "422", "400", "429"]}}


@pytest.fixture
def described(flask_app: Flask) -> Any:
    """The description as it is served."""
    flask_app.config["PROPAGATE_EXCEPTIONS"] = False
    config = SchemathesisConfig.from_dict({"checks": ACCEPTED})
    return schemathesis.openapi.from_wsgi("/api/openapi.json", flask_app, config=config)


@pytest.mark.parametrize("database_url", ENGINES, indirect=True)
def test_the_api_does_what_it_says_whatever_is_sent(machine: Machine, described: Any) -> None:
    known = {"organisation_id": machine.town.world.organisation.id, "user_id": invite(machine)["user"]["id"]}
    [follow_up] = machine.town.rows(select(FollowUp))
    [invitation] = machine.town.rows(select(Invitation))
    machine.town.convene(choice=8)
    [met] = machine.town.rows(select(Appointment))
    known |= {"follow_up_id": follow_up.id, "invitation_id": invitation.id, "uuid": met.uid, "number": "26"}
    called: Counter[tuple[str, int]] = Counter()
    for mode, found in product(MODES, described.get_all_operations()):
        operation = found.ok()

        @seed(26)
        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def call(case: Any) -> None:
            named = case.meta.components.get(ParameterLocation.PATH)
            if named is not None and named.mode is GenerationMode.POSITIVE:  # about people who are there
                case.path_parameters |= {name: known[name] for name in known if name in case.path_parameters}
            answer = case.call(headers=machine.said())
            called[case.operation.label, answer.status_code] += 1
            case.validate_response(answer, headers=machine.said())

        call()
    assert len({label for label, _ in called}) == 29
    assert {200, 404, 422} <= {status for _, status in called}
