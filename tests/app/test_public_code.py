"""`/code`: the code of a letter, however it is typed, on any device; and nobody guesses somebody else's."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from structlog.testing import capture_logs

from app import create_app
from app.public.code import ADDRESS, EVERYBODY, NETWORK, places_of
from app.settings import Settings
from invitations import inviting, letters, letters_codes, tries
from invitations.codes import ALPHABET, SHORT_ALPHABET, SHORT_LENGTH, Codes
from invitations.database import Database
from invitations.models import Channel, Invitation, Letter, Message, Tries
from invitations.tries import Party
from tests.app.town import Town, words_of
from tests.conftest import SECRET, Clock

WRONG = "K7MX4QPD"


@pytest.fixture
def letter(town: Town, codes: Codes) -> tuple[str, str]:
    """A letter that was posted: its code, and the page it leads to."""
    with town.database.writing() as session:
        world = town.world
        world.session = session
        person = world.make_beneficiary(
            phone=None, email=None, address="12 rue des Alpes", postcode="26000", city="Valence", last_name="Lefèvre"
        )
        invitation = inviting.invite(
            session,
            world.make_follow_up(person),
            organisation_id=world.organisation.id,
            channels=[Channel.LETTER],
            agent_id=world.agent.id,
            codes=codes,
            now=world.now,
        )
        letters.print_waiting(
            session,
            world.organisation,
            posted_on=world.now.date(),
            agent_id=world.agent.id,
            codes=codes,
            public_url="https://rdv.drome.example",
            now=world.now,
        )
        code = letters_codes.printed(session.query(Letter).one(), codes)
        assert code is not None
        return code, f"/i/{codes.derive('invitation', invitation.id)}"


def typed(phone: FlaskClient, code: str, **form: str) -> tuple[int, str]:
    """The status, and where it leads or what it says."""
    answer = phone.post("/code", data={"code": code, **form})
    return answer.status_code, answer.location or words_of(answer.text)


def test_the_alphabet_leaves_out_what_looks_alike() -> None:
    assert len(SHORT_ALPHABET) == 32
    assert not set("0O1I") & set(SHORT_ALPHABET)


def test_the_form_asks_for_one_thing(phone: FlaskClient, town: Town) -> None:
    page = phone.get("/code")
    assert page.status_code == 200
    assert "Le code de votre courrier" in words_of(page.text)
    assert page.text.count("<input") == 1
    assert "Set-Cookie" not in page.headers


def test_a_code_leads_to_its_page(phone: FlaskClient, letter: tuple[str, str]) -> None:
    code, page = letter
    assert typed(phone, code) == (303, page)
    assert "Bonjour Inès L." in words_of(phone.get(page).text)


WAYS_TO_TYPE = (
    "{whole}",
    "{lower}",
    "{half}-{rest}",
    " {half} {rest} ",
    "{half}–{rest}.",
    "{half}·{rest}",
    "https://rdv.drome.example/code {half}-{rest}",
    "rdv.drome.example/code?code={whole}",
    "RDV.DROME.EXAMPLE/CODE/{half}-{rest}",
    "{spaced}",
)


def test_it_may_be_typed_in_any_way(phone: FlaskClient, letter: tuple[str, str]) -> None:
    code, page = letter
    for way in WAYS_TO_TYPE:
        text = way.format(
            whole=code, lower=code.lower(), half=code[:4], rest=code[4:], spaced="\N{NO-BREAK SPACE}".join(code)
        )
        assert typed(phone, text) == (303, page), text


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("0O1I|l22", "QQLLLL22"),
        ("к7мх4", "K7MX4"),  # noqa: RUF001  (a Cyrillic keyboard)
        ("ı٣é5", "L3E5"),
        ("Ｋ７", "K7"),  # noqa: RUF001  (a Japanese one)
        ("rdv.x.fr/code k7", "K7"),
        ("code : X8Q5-Z8CU", "X8Q5Z8CU"),
        ("N° x8q5-z8cu, merci", "X8Q5Z8CU"),
    ],
)
def test_what_looks_alike_is_what_the_alphabet_holds(written: str, meant: str) -> None:
    assert letters_codes.read(written) == meant


@pytest.mark.parametrize("way", ["i", "r"])
def test_the_link_of_a_message_pasted_there_leads_on(phone: FlaskClient, town: Town, way: str) -> None:
    link = ALPHABET[:11]
    assert typed(phone, f"https://rdv.drome.example/{way}/{link}") == (303, f"/{way}/{link}")


NO_CODES = {
    "": "Écrivez le code de votre courrier.",
    "---": "Écrivez le code de votre courrier.",
    "k7mx 4qp": "Vous en avez écrit 7.",
    "K7MX-4QPDD": "Vous en avez écrit 9.",
    "ΩΩΩΩΩΩΩΩ": "Un code s’écrit en lettres latines et en chiffres",
}


def test_what_can_be_no_code_is_told_and_stays(phone: FlaskClient, town: Town) -> None:
    for written, said in NO_CODES.items():
        answer = phone.post("/code", data={"code": written})
        assert answer.status_code == 422, written
        assert said in words_of(answer.text), written
        assert f'value="{written}"' in answer.text, written
    with town.database.reading() as session:
        assert session.query(Tries).count() == 0, "what can't hit is no try"


def test_an_unknown_code_is_told_kindly_and_stays(phone: FlaskClient, town: Town) -> None:
    answer = phone.post("/code", data={"code": "k7mx-4qpd"})
    assert answer.status_code == 404
    assert "Ce code ne va avec aucun courrier. Vérifiez chaque lettre" in words_of(answer.text)
    assert 'value="k7mx-4qpd"' in answer.text
    assert "04 75 00 00 00" in words_of(answer.text)


def test_the_language_is_carried_on(phone: FlaskClient, letter: tuple[str, str]) -> None:
    code, page = letter
    answer = phone.post("/code?langue=ar", data={"code": code})
    assert answer.location == f"{page}?langue=ar"
    assert 'dir="rtl"' in phone.get("/code?langue=ar").text


def test_an_expired_invitation_says_so(phone: FlaskClient, letter: tuple[str, str], clock: Clock) -> None:
    code, page = letter
    clock.pass_by(timedelta(days=300))
    assert typed(phone, code) == (303, page)
    assert phone.get(page).status_code == 410


def test_after_a_change_of_key_the_letter_still_leads_on(
    letter: tuple[str, str], database_url: str, clock: Clock
) -> None:
    renewed = Settings(
        database_url=database_url,
        secret_key="another secret key for tests, thirty-two characters",
        previous_secret_keys=(SECRET,),
    )
    made = create_app(renewed, clock=clock)
    code, page = letter
    assert typed(made.test_client(), code) == (303, page)
    made.extensions["rdv"].database.engine.dispose()


# Guessing


def guess(phone: FlaskClient, times: int, address: str = "192.0.2.7") -> list[int]:
    return [
        phone.post("/code", data={"code": WRONG}, environ_base={"REMOTE_ADDR": address}).status_code
        for _ in range(times)
    ]


def test_ten_wrong_tries_and_the_eleventh_waits(phone: FlaskClient, letter: tuple[str, str], clock: Clock) -> None:
    assert guess(phone, 11) == [404] * 10 + [429]
    answer = phone.post("/code", data={"code": letter[0]}, environ_base={"REMOTE_ADDR": "192.0.2.7"})
    assert answer.status_code == 429, "a right code would tell who guesses that it is one"
    assert "appareil photo" in words_of(answer.text)
    assert "04 75 00 00 00" in words_of(answer.text)
    wait = int(answer.headers["Retry-After"])
    clock.pass_by(timedelta(seconds=wait))
    answer = phone.post("/code", data={"code": letter[0]}, environ_base={"REMOTE_ADDR": "192.0.2.7"})
    assert answer.status_code == 303


def test_one_who_guesses_keeps_nobody_else_out(phone: FlaskClient, letter: tuple[str, str]) -> None:
    guess(phone, 12, "192.0.2.7")
    code, page = letter
    answer = phone.post("/code", data={"code": code}, environ_base={"REMOTE_ADDR": "192.0.2.8"})
    assert answer.location == page


def test_a_right_code_is_no_try(phone: FlaskClient, letter: tuple[str, str]) -> None:
    for _ in range(15):
        assert typed(phone, letter[0])[0] == 303


def test_the_addresses_of_one_line_count_as_one(phone: FlaskClient, town: Town) -> None:
    found = [
        phone.post("/code", data={"code": WRONG}, environ_base={"REMOTE_ADDR": f"2001:db8:1:2::{one:x}"}).status_code
        for one in range(1, 12)
    ]
    assert found == [404] * 10 + [429]


@pytest.mark.parametrize(
    ("remote", "places"),
    [
        ("192.0.2.7", ("192.0.2.7", "192.0.2.0/24")),
        ("::ffff:192.0.2.7", ("192.0.2.7", "192.0.2.0/24")),
        ("2001:db8:1:2:3::4", ("2001:db8:1:2::/64", "2001:db8:1::/48")),
        ("fe80::1%eth0", ("fe80::/64", "fe80::/48")),
        (None, ("", "")),
        ("unix:", ("", "")),
    ],
)
def test_where_somebody_calls_from(remote: str | None, places: tuple[str, str]) -> None:
    assert places_of(remote) == places


def test_a_network_of_many_addresses_has_a_limit_of_its_own(
    phone: FlaskClient, town: Town, codes: Codes, clock: Clock
) -> None:
    with town.database.writing() as session:
        for _ in range(NETWORK.most - 1):
            tries.count(session, [Party(NETWORK, "192.0.2.0/24")], codes=codes, now=clock())
    assert guess(phone, 1, "192.0.2.7") + guess(phone, 1, "192.0.2.8") + guess(phone, 1, "192.0.3.8") == [404, 429, 404]


def test_when_everybody_guesses_the_name_is_asked_for_and_nobody_is_kept_out(
    phone: FlaskClient, letter: tuple[str, str], town: Town, codes: Codes, clock: Clock
) -> None:
    with town.database.writing() as session:
        row = {"surface": EVERYBODY.limit.surface, "who": EVERYBODY.who(codes), "count": EVERYBODY.limit.most}
        session.add(Tries(window_at=EVERYBODY.limit.window_of(clock()), **row))
    code, page = letter
    assert "Les trois premières lettres de votre nom de famille" in words_of(phone.get("/code").text)
    assert typed(phone, code)[0] == 404
    assert typed(phone, code, nom="Dup")[0] == 404
    assert typed(phone, code, nom="LEF") == (303, page)
    assert typed(phone, code, nom="Lefèvre") == (303, page)


def test_what_is_kept_of_whom_tried_is_a_keyed_hash(phone: FlaskClient, town: Town) -> None:
    with capture_logs() as said:
        guess(phone, 1, "192.0.2.7")
    assert "code.wrong" in [one["event"] for one in said]
    assert not [one for one in said if WRONG in str(one) or "192.0.2" in str(one)]
    with town.database.reading() as session:
        kept = " ".join(row.who for row in session.query(Tries))
    assert "192.0.2" not in kept
    assert len(kept.split()) == 3
    assert {len(one) for one in kept.split()} == {64}


def test_old_tries_are_forgotten(town: Town, phone: FlaskClient, clock: Clock) -> None:
    guess(phone, 3)
    with town.database.writing() as session:
        assert tries.forget(session, now=clock()) == 0
    clock.pass_by(timedelta(days=2))
    with town.database.writing() as session:
        assert tries.forget(session, now=clock()) == 3


def test_a_leaked_table_cannot_be_searched_without_the_key(letter: tuple[str, str], town: Town) -> None:
    """40 bits are searched in minutes: what is kept of a code is hashed with the key."""
    code, _ = letter
    with town.database.reading() as session:
        kept = session.query(Letter).one().code_hash
    assert kept == Codes(SECRET).hide("letter", code)
    assert kept != Codes("another secret key for tests, thirty-two characters").hide("letter", code)


def test_a_get_with_a_code_in_the_address_does_nothing(phone: FlaskClient, letter: tuple[str, str]) -> None:
    page = phone.get(f"/code?code={letter[0]}")
    assert page.status_code == 200
    assert 'value=""' in page.text


@pytest.mark.parametrize(
    ("proxies", "answered"), [(0, [404] * 10 + [429]), (1, [404] * 11)], ids=["nobody is trusted", "one proxy is"]
)
def test_the_address_that_a_proxy_tells_counts_only_behind_one(
    town: Town, database_url: str, clock: Clock, proxies: int, answered: list[int]
) -> None:
    made = create_app(Settings(database_url=database_url, secret_key=SECRET, trusted_proxies=proxies), clock=clock)
    browser = made.test_client()
    found = [
        browser.post("/code", data={"code": WRONG}, headers={"X-Forwarded-For": f"198.51.{one}.1"}).status_code
        for one in range(11)
    ]
    assert found == answered
    made.extensions["rdv"].database.engine.dispose()


def test_the_limits_are_those_of_the_arithmetic() -> None:
    """The docstring of app/public/code.py: if one of them changes, so does what it says a guess is worth."""
    codes, live = len(SHORT_ALPHABET) ** SHORT_LENGTH, 100_000
    an_hour = timedelta(hours=1)
    years = [
        codes / live / (limit.most * (an_hour / limit.window)) / 24 / 365.25
        for limit in (ADDRESS, NETWORK, EVERYBODY.limit)
    ]
    assert [round(one, 2) for one in years] == [31.36, 3.14, 0.16]


def test_nothing_else_is_written(
    phone: FlaskClient, letter: tuple[str, str], database: Database, flask_app: Flask
) -> None:
    with database.reading() as session:
        before = (session.query(Message).count(), session.query(Invitation).count())
    typed(phone, letter[0])
    with database.reading() as session:
        assert (session.query(Message).count(), session.query(Invitation).count()) == before
        assert session.query(Tries).count() == 0
