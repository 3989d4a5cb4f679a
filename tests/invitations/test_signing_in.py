"""Sign-in with a password: who gets in, who doesn't, and that nobody learns which email exists."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from invitations import signing_in
from invitations.codes import Codes
from invitations.errors import WrongCredentials
from invitations.models import AgentSession
from invitations.sign_in_tries import Origin
from tests.factories import World

PASSWORD = "une phrase assez longue"


def sign_in(session: Session, *, email: str, password: str, now: datetime) -> str:
    agent_id = signing_in.check_password(
        session, email=email, password=password, origin=Origin("192.0.2.1"), codes=Codes("k" * 32), now=now
    )
    return signing_in.open_session(session, agent_id, now=now)


@pytest.fixture
def world(world: World) -> World:
    world.agent.password_hash = signing_in.hash_password(PASSWORD)
    return world


def test_the_right_password_opens_a_session(world: World, session: Session, now: datetime) -> None:
    token = sign_in(session, email=world.agent.email, password=PASSWORD, now=now)
    assert signing_in.agent_of(session, token, now=now) is world.agent


def test_case_and_spaces_of_an_email_dont_count(world: World, session: Session, now: datetime) -> None:
    email = f"  {world.agent.email.upper()} "
    assert sign_in(session, email=email, password=PASSWORD, now=now)


@pytest.mark.parametrize(
    ("email", "password"),
    [("nobody@drome.example", PASSWORD), (None, "another password"), (None, ""), (None, PASSWORD * 500)],
)
def test_a_wrong_email_and_a_wrong_password_are_refused_alike(
    world: World, session: Session, now: datetime, email: str | None, password: str
) -> None:
    with pytest.raises(WrongCredentials) as refused:
        sign_in(session, email=email or world.agent.email, password=password, now=now)
    assert refused.value.details == {}


def test_an_account_without_a_password_cant_be_opened_with_one(world: World, session: Session, now: datetime) -> None:
    world.agent.password_hash = None
    for password in ("", "nobody has this password"):
        with pytest.raises(WrongCredentials):
            sign_in(session, email=world.agent.email, password=password, now=now)


def test_a_closed_account_is_refused(world: World, session: Session, now: datetime) -> None:
    world.agent.closed_at = now
    with pytest.raises(WrongCredentials):
        sign_in(session, email=world.agent.email, password=PASSWORD, now=now)


def test_a_session_ends_after_its_length(world: World, session: Session, now: datetime) -> None:
    token = sign_in(session, email=world.agent.email, password=PASSWORD, now=now)
    last = now + signing_in.SESSION_LENGTH
    assert signing_in.agent_of(session, token, now=last - timedelta(seconds=1)) is world.agent
    with pytest.raises(WrongCredentials):
        signing_in.agent_of(session, token, now=last)


def test_signing_out_ends_that_session_and_no_other(world: World, session: Session, now: datetime) -> None:
    here = sign_in(session, email=world.agent.email, password=PASSWORD, now=now)
    there = sign_in(session, email=world.agent.email, password=PASSWORD, now=now)
    signing_in.sign_out(session, here, now=now)
    with pytest.raises(WrongCredentials):
        signing_in.agent_of(session, here, now=now)
    assert signing_in.agent_of(session, there, now=now) is world.agent


@pytest.mark.parametrize("token", [None, "", "not a token"])
def test_an_unknown_token_opens_nothing_and_signing_it_out_is_harmless(
    world: World, session: Session, now: datetime, token: str | None
) -> None:
    signing_in.sign_out(session, token, now=now)
    with pytest.raises(WrongCredentials):
        signing_in.agent_of(session, token, now=now)


def test_the_database_keeps_neither_password_nor_token(world: World, session: Session, now: datetime) -> None:
    token = sign_in(session, email=world.agent.email, password=PASSWORD, now=now)
    assert world.agent.password_hash is not None
    assert world.agent.password_hash.startswith("$argon2id$")
    assert session.scalars(select(AgentSession.token_hash)).one() != token
