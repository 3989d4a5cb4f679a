"""Links in the table: whoever has it alone opens nothing, and every code ever printed goes on opening."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest
from sqlalchemy import Update, event, select, update

from app import doctor, make_runtime, night_acts
from app.runtime import Runtime
from app.settings import Settings
from invitations import agent_links, booking, changing, feeds, sealed_links
from invitations.agent_paths import CODE
from invitations.backups import afterwards
from invitations.codes import Codes, fingerprint
from invitations.database import Database
from invitations.errors import LinkUnknown
from invitations.models import Link, LinkPurpose, Message, Participation
from invitations.outbox.links import keep_links_open
from invitations.sealed_links import PLAIN, Tally, link_of
from tests.conftest import NOW, SECRET
from tests.invitations.numbers import FORMER
from tests.post import Post

BEFORE, BOTH, AFTER = Codes(FORMER), Codes(SECRET, [FORMER]), Codes(SECRET)
LINKS = Link.code_hash


def kept(database: Database) -> list[str]:
    with database.reading() as session:
        return list(session.scalars(select(LINKS).order_by(LINKS)))


def leads_to(database: Database, code: str, codes: Codes) -> int | None:
    with database.reading() as session:
        link = link_of(session, code, codes=codes)
        return link.invitation_id if link else None


def lay_plain(database: Database, codes: list[str], by: Codes) -> None:
    """As a release before kept them."""
    with database.writing() as session:
        for code in codes:
            session.execute(keeping(code, by).values(code_hash=fingerprint(code)))


def keeping(code: str, by: Codes) -> Update:
    return update(Link).where(LINKS.in_([by.kept(code)]))


@contextmanager
def installed(database: Database, key: str, *before: str) -> Iterator[Runtime]:
    """The application, run with these keys."""
    url = database.engine.url.render_as_string(hide_password=False)
    runtime = make_runtime(Settings(database_url=url, secret_key=key, previous_secret_keys=before))
    yield runtime
    runtime.database.engine.dispose()


def said_of_keys(database: Database, key: str, *before: str) -> str:
    with installed(database, key, *before) as runtime:
        try:
            return doctor.check_keys(runtime)
        except doctor.Trouble as trouble:
            return str(trouble)


@pytest.fixture
def printed(post: Post) -> dict[str, int]:
    """Five links in people's hands, made under the former key: code → invitation."""
    post.codes = BEFORE
    ids = [post.invitation().id for _ in range(5)]
    return {BEFORE.derive("invitation", one): one for one in ids}


def test_whoever_has_the_table_and_every_codes_hash_matches_nothing(post: Post, printed: dict[str, int]) -> None:
    table = "".join(kept(post.database))
    for code in printed:
        assert fingerprint(code)[:16] not in table
        assert not set(AFTER.every_kept(code)) & set(kept(post.database)), "another key makes other texts"
        assert leads_to(post.database, code, AFTER) is None


def test_what_lay_plain_opens_is_sealed_by_the_scheduler_and_opens(post: Post, printed: dict[str, int]) -> None:
    database, every = post.database, list(printed)
    lay_plain(database, every, BEFORE)
    assert [leads_to(database, code, BEFORE) for code in every] == list(printed.values())
    assert said_of_keys(database, FORMER) == "links of an earlier release wait to be sealed by the scheduler"
    with installed(database, FORMER) as runtime:
        assert (night_acts.seal_links(runtime), night_acts.seal_links(runtime)) == (5, 0)
    assert kept(database) == sorted(BEFORE.kept(code) for code in every)
    assert said_of_keys(database, FORMER) == "one key, and none before it"


def test_killed_in_the_middle_of_a_slice_the_next_run_goes_on(post: Post, printed: dict[str, int]) -> None:
    database, every = post.database, list(printed)
    lay_plain(database, every, BEFORE)
    with suppress(Killed), killed_at_the_second(database, "UPDATE links"):
        sealed_links.seal(database, BEFORE, most=2)
    assert [one.startswith("v1.") for one in kept(database)] == [False, False, False, True, True]
    assert [leads_to(database, code, BEFORE) for code in every] == list(printed.values())
    assert sealed_links.seal(database, BEFORE, iter([False, True]).__next__, most=2) == 2, "told to stop after a slice"
    assert sealed_links.seal(database, BEFORE, most=2) == 1
    assert [leads_to(database, code, BEFORE) for code in every] == list(printed.values())


class Killed(Exception):
    """The process is no more."""


@contextmanager
def killed_at_the_second(database: Database, words: str) -> Iterator[None]:
    heard = []

    def kill(*said: object) -> None:
        heard.extend([said[2]] if str(said[2]).startswith(words) else [])
        if len(heard) == 2:
            raise Killed

    event.listen(database.engine, "after_cursor_execute", kill)
    try:
        yield
    finally:
        event.remove(database.engine, "after_cursor_execute", kill)


def test_after_a_change_of_key_codes_of_before_need_the_former_key_until_they_are_renewed(
    post: Post, printed: dict[str, int]
) -> None:
    database, every = post.database, list(printed)
    lay_plain(database, every[:2], BEFORE)
    assert [leads_to(database, code, BOTH) for code in every] == list(printed.values())
    assert [leads_to(database, code, AFTER) for code in every[2:]] == [None] * 3
    assert sealed_links.renew(database, LINKS, BOTH, most=2) == Tally(seen=5, renewed=5, lost=0)
    assert sealed_links.renew(database, LINKS, BOTH, most=2) == Tally()
    assert [leads_to(database, code, AFTER) for code in every] == list(printed.values())


def test_without_the_former_key_nothing_is_lost_but_time(post: Post, printed: dict[str, int]) -> None:
    """Somebody forgot it: the doctor says so, and once it is given all is as it was."""
    database, every = post.database, list(printed)
    lay_plain(database, every[:1], BEFORE)
    assert sealed_links.renew(database, LINKS, AFTER, most=2) == Tally(seen=5, renewed=1, lost=4)
    assert "PREVIOUS_SECRET_KEYS lacks 1 of their keys" in said_of_keys(database, SECRET)
    assert "links of people" in said_of_keys(database, SECRET, FORMER)
    assert sealed_links.renew(database, LINKS, BOTH).renewed == 4
    assert said_of_keys(database, SECRET, FORMER) == "all that is sealed is under the key in force"
    assert [leads_to(database, code, AFTER) for code in every] == list(printed.values())


def test_a_link_kept_twice_leads_to_its_page_and_ends_as_one(post: Post, printed: dict[str, int]) -> None:
    """A process that did not know the new key yet kept the code again."""
    code, invitation_id = next(iter(printed.items()))
    with post.database.writing() as session:
        session.add(Link(code_hash=BOTH.kept(code), invitation_id=invitation_id, created_at=NOW))
    with post.database.writing() as session:
        booking.hold(session, code, codes=BOTH)
        assert booking.open_invitation(session, code, codes=BOTH, now=NOW).invitation.id == invitation_id
    assert sealed_links.renew(post.database, LINKS, BOTH) == Tally(seen=5, renewed=5, lost=0)
    assert kept(post.database) == sorted(AFTER.kept(one) for one in printed)


def test_printing_again_keeps_no_link_twice(post: Post, printed: dict[str, int]) -> None:
    lay_plain(post.database, list(printed)[:1], BEFORE)
    with post.database.writing() as session:
        leaving = [Message(invitation_id=one) for one in printed.values()]
        keep_links_open(session, leaving, Codes(FORMER, [SECRET]), now=NOW)
        keep_links_open(session, leaving, BEFORE, now=NOW)
    assert len(kept(post.database)) == 5


@contextmanager
def said(database: Database) -> Iterator[list[str]]:
    statements: list[str] = []

    def remember(*words: object) -> None:
        statements.append(str(words[2]))

    event.listen(database.engine, "before_cursor_execute", remember)
    yield statements
    event.remove(database.engine, "before_cursor_execute", remember)


def test_which_keys_are_in_use_is_a_look_for_each_whatever_is_in_the_table(post: Post, printed: dict[str, int]) -> None:
    every = list(printed)
    lay_plain(post.database, every[:2], BEFORE)
    with post.database.writing() as session:
        session.execute(keeping(every[4], BEFORE).values(code_hash=AFTER.kept(every[4])))
    with post.database.reading() as session, said(post.database) as statements:
        found = list(sealed_links.beginnings(session, LINKS))
    assert found == [PLAIN, *sorted([BEFORE.prefixes[0], AFTER.prefixes[0]])]
    assert len([one for one in statements if "min(links" in one]) == 4


def test_the_last_name_a_key_can_have_ends_the_look_too(post: Post) -> None:
    invitation = post.invitation()
    with post.database.writing() as session:
        session.execute(update(Link).values(code_hash=f"v1.ffffffff.{'x' * 43}"))
        session.add(Link(code_hash=f"v1.00000000.{'_' * 43}", invitation_id=invitation.id, created_at=NOW))
    with post.database.reading() as session:
        assert list(sealed_links.beginnings(session, LINKS)) == ["v1.00000000", "v1.ffffffff"]
    assert sealed_links.renew(post.database, LINKS, AFTER) == Tally(seen=2, renewed=0, lost=2)


def test_links_are_renewed_while_people_book_and_reminders_are_printed(post: Post) -> None:
    database = post.database
    post.codes = BEFORE
    ids = [post.invited().invitation_id or 0 for _ in range(3)]
    with database.writing() as session:
        post.world.session = session
        post.world.make_opening()
    old = [BEFORE.derive("invitation", one) for one in ids]
    lay_plain(database, old[:2], BEFORE)
    post.codes = BOTH
    at_once(lambda: book_all(database, old), lambda: sealed_links.renew(database, LINKS, BOTH, most=1), post.deliver)
    sealed_links.renew(database, LINKS, BOTH)
    with database.reading() as session:
        booked = session.scalars(select(Participation.id).order_by(Participation.id)).all()
        assert len(booked) == 3
        assert [booking.invitation_of(session, code, codes=AFTER).id for code in old] == ids
        new = [AFTER.derive("participation", one) for one in booked]
        assert [changing.participation_of(session, code, codes=AFTER).id for code in new] == booked


def book_all(database: Database, every: list[str]) -> None:
    for number, code in enumerate(every):
        with database.reading() as session:
            token = booking.open_invitation(session, code, codes=BOTH, now=NOW).choices[number].token
        with database.writing() as session:
            booking.book(session, code, token, codes=BOTH, now=NOW)


def at_once(*acts: Callable[[], object]) -> None:
    ready, troubles = threading.Barrier(len(acts)), []

    def run(act: Callable[[], object]) -> None:
        ready.wait(timeout=30)
        try:
            act()
        except Exception as error:  # noqa: BLE001  (told by the test, not lost in a thread)
            troubles.append(error)

    hands = [threading.Thread(target=run, args=(act,)) for act in acts]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join(timeout=60)
    assert troubles == []


def test_what_agents_hold_opens_after_the_former_key_is_gone(post: Post) -> None:
    with post.database.writing() as session:
        agent = session.merge(post.world.agent)
        feed = feeds.make(session, agent_id=agent.id, organisation_id=post.world.organisation.id, codes=BEFORE, now=NOW)
        link = agent_links.make(session, LinkPurpose.PASSWORD, agent, codes=BEFORE, now=NOW)
        address, emailed = BEFORE.derive("feed", feed.id), BEFORE.derive(CODE, link.id)
    for column in sealed_links.COLUMNS.values():
        sealed_links.renew(post.database, column, BOTH)
    with post.database.reading() as session:
        assert feeds.open_feed(session, address, codes=AFTER, now=NOW).entries == []
        assert agent_links.find(session, LinkPurpose.PASSWORD, emailed, codes=AFTER, now=NOW).agent_id == agent.id
        with pytest.raises(LinkUnknown):
            feeds.open_feed(session, emailed, codes=AFTER, now=NOW)


def test_a_backup_says_whether_these_keys_open_its_links(post: Post, printed: dict[str, int]) -> None:
    """Sealed anew after a change of key, it needs the key in force alone, though the codes were another's."""

    def are_ours(codes: Codes) -> bool:
        with post.database.reading() as session:
            return afterwards.is_of_these_keys(session, codes)

    assert (are_ours(BEFORE), are_ours(BOTH), are_ours(AFTER)) == (True, True, False)
    sealed_links.renew(post.database, LINKS, BOTH)
    assert (are_ours(BEFORE), are_ours(BOTH), are_ours(AFTER)) == (False, True, True)
    lay_plain(post.database, list(printed), AFTER)
    assert (are_ours(BEFORE), are_ours(BOTH), are_ours(AFTER)) == (True, True, False)
