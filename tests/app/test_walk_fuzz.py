"""Nothing that is sent breaks a page: no 5xx, nothing read back raw, whoever sends it.

200 requests in each run, of a fifth of the pages with their forms and links; RDV_FUZZ=50 asks for 10,000 of all of them, on
both engines, and says which took longest.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from time import monotonic
from urllib.parse import parse_qsl

import pytest
from sqlalchemy import delete, insert

from app.settings import Settings
from invitations.codes import Codes
from invitations.database import Database
from invitations.models import AgentSession
from notifications.senders import Senders
from tests.app.fuzzing import MARK, Asked, forms_of, requests
from tests.app.team import Team
from tests.app.test_walk import furnish
from tests.app.walk_table import NOBODY, ROWS, Row
from tests.app.walk_things import typed
from tests.app.walking import Walk, copy
from tests.applications import Applications
from tests.conftest import SECRET as KEY
from tests.conftest import Clock
from tests.fakes import RememberingEmail, RememberingSms

TIMES = int(os.environ.get("RDV_FUZZ", "1"))
CASES = 200 * TIMES
BEGIN_AGAIN_AFTER = 40
PATIENCE = 30  # seconds: nothing hangs, on a machine out of breath too
SAYS_503 = "/sante"  # no scheduler runs here
WHO = (NOBODY, "admin", "exporter")


@pytest.fixture(params=["sqlite", "postgres"] if TIMES > 1 else ["sqlite"])
def walk(request: pytest.FixtureRequest, applications: Applications, clock: Clock, tmp_path: Path) -> Iterator[Walk]:
    url = str(request.getfixturevalue(f"{request.param}_url"))
    settings = Settings(database_url=url, secret_key=KEY, metrics_token=KEY, bounces_token=KEY)
    senders = Senders(sms=RememberingSms(), email=RememberingEmail())
    with applications.lend(settings, clock=clock, senders=senders) as flask:
        flask.config.update(TESTING=True, WTF_CSRF_ENABLED=False, PROPAGATE_EXCEPTIONS=False)
        team = Team(Database(url), clock())
        made = Walk(flask, team, furnish(team, Codes(KEY)))
        if request.param == "sqlite":
            made.kept = tmp_path / "kept.db"
            copy(tmp_path / "rdv.db", made.kept)
        yield made
        team.database.engine.dispose()


def test_nothing_that_is_sent_breaks_a_page(walk: Walk, capsys: pytest.CaptureFixture[str]) -> None:
    sessions = walk.contents()["agent_sessions"]
    answered: Counter[int] = Counter()
    slowest: list[tuple[float, str]] = []
    wrong = []
    for number, (role, asked) in enumerate(islice(requests(sources_of(walk), seed=26), CASES)):
        if number % BEGIN_AGAIN_AFTER == 0:
            begin_again(walk, sessions)
        began = monotonic()
        status, page = send(walk, role, asked)
        told = f"{status} {role} {asked!r}"[:600]
        slowest = sorted([*slowest, (monotonic() - began, told)], reverse=True)[:5]
        answered[status] += 1
        if (status >= 500 and asked.path != SAYS_503) or MARK.encode() in page:
            wrong.append(told)
    assert not wrong, "\n".join(wrong)
    assert slowest[0][0] < PATIENCE, slowest[0]
    assert {200, 404, 405} <= set(answered), answered
    if TIMES > 1:
        with capsys.disabled():
            print("", dict(sorted(answered.items())), *slowest, sep="\n")


def sources_of(walk: Walk) -> list[tuple[str, Asked]]:
    """Every page and act with the first who may, and every form and link on the pages that open."""
    found: dict[tuple[str, Asked], None] = {}
    for row in ROWS if TIMES > 1 else random.Random(26).sample(ROWS, len(ROWS) // 5):
        role = next((one for one in WHO if row.answers[one] not in {302, 403, 404}), NOBODY)
        asked = of_row(walk, row)
        found[role, asked] = None
        if row.method == "GET":
            status, page = send(walk, role, asked)
            if status == 200:
                found.update(dict.fromkeys((role, one) for one in forms_of(page.decode(), asked.path)))
    return list(found)


def of_row(walk: Walk, row: Row) -> Asked:
    form = tuple((name, str(value)) for name, value in typed(walk.things).items())
    path, _, query = row.path.format(**walk.things).partition("?")
    return Asked(path, row.method, tuple(parse_qsl(query)), form if row.method == "POST" else ())


def send(walk: Walk, role: str, asked: Asked) -> tuple[int, bytes]:
    """The status, and the page when it is one."""
    browser = walk.flask.test_client()
    if role != NOBODY:
        with browser.session_transaction() as cookie:
            cookie["token"] = role
    answer = browser.open(asked.path, **asked.options())
    return answer.status_code, answer.data if answer.mimetype == "text/html" else b""


def begin_again(walk: Walk, sessions: list[tuple[object, ...]]) -> None:
    """SQLite as it was; on PostgreSQL, which can't be put back, whoever signed out comes in again."""
    if walk.kept:
        copy(walk.kept, Path(str(walk.team.database.engine.url.database)))
        return
    with walk.team.changing() as world:
        names = [column.name for column in AgentSession.__table__.columns]
        world.session.execute(delete(AgentSession))
        world.session.execute(insert(AgentSession), [dict(zip(names, one, strict=True)) for one in sessions])
