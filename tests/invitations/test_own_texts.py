"""Messages in a service's own words: which are said, which are refused and why, and what stops nothing."""

from __future__ import annotations

import itertools
import time
import uuid
from typing import Any

import pytest
from sqlalchemy import event, select

from invitations import outbox, own_texts, own_texts_known
from invitations.codes import Codes
from invitations.errors import OwnTextRefused, WarningsRefused
from invitations.messages import LINK, finish
from invitations.models import (
    AuditEvent,
    CategoryKind,
    Channel,
    Invitation,
    Message,
    MessageKind,
    Mode,
    OwnText,
)
from invitations.own_texts import CHANNELS, MOMENTS, Desk
from invitations.own_texts_grammar import Trouble
from invitations.own_texts_known import Key
from invitations.own_texts_rules import Allowed, Wish, problems_of
from invitations.own_texts_start import original
from invitations.own_texts_threats import threats_in
from notifications.languages import LANGUAGES
from tests.factories import World

SMS = Key(MessageKind.INVITATION, Channel.SMS)
EMAIL = Key(MessageKind.INVITATION, Channel.EMAIL)
ENGLISH = Key(MessageKind.INVITATION, Channel.SMS, language="en")
SHORT = "{{ first_name }}, {{ department }}, pour {{ purpose }} avant le {{ deadline }} : {{ link }} {{ phone }}"
LAST = "{{ department }}. Choisissez avant le {{ deadline }} : {{ link }} {{ phone }}"
GOOD = f"{SHORT}\n===\n{LAST}"
LETTER = Wish(
    "{{ first_name }}, choisissez avant le {{ deadline }}",
    "Bonjour {{ first_name }},\n\n{{ department }} vous reçoit pour {{ purpose }}.\n\nChoisir : {{ link }}\n\n"
    "Appelez le {{ phone }}.",
)


def desk_of(world: World) -> Desk:
    return Desk(world.organisation, world.settings, world.agent.id)


def keep(world: World, body: str = GOOD, key: Key = SMS, subject: str = "") -> OwnText:
    return own_texts.save(world.session, desk_of(world), key, Wish(subject, body), now=world.now)


def troubles(world: World, body: str, key: Key = SMS, *, subject: str = "", may_warn: bool = False, kind: CategoryKind | None = None) -> list[tuple[str, str]]:  # fmt: skip
    tried = own_texts.tried_with(world.session, world.organisation, world.settings, key, world.now)
    allowed = Allowed(kind or world.category.kind, may_warn)
    found = problems_of(Wish(subject, body).cleaned, key, allowed, tried)
    return [(one.trouble.value, one.said) for one in found]


def invited(world: World, *channels: Channel, **person: Any) -> list[Message]:
    """What is owed to one more person who is invited, by channel."""
    follow_up = world.make_follow_up(world.make_beneficiary(**person))
    invitation = world.add(
        Invitation(
            uid=str(uuid.uuid4()), follow_up_id=follow_up.id, organisation_id=world.organisation.id, mode=Mode.INVITATION,
            expires_at=world.now.replace(hour=23, minute=0), created_at=world.now,
        )
    )  # fmt: skip
    outbox.owe(
        world.session, MessageKind.INVITATION, channels=channels or (Channel.SMS,), beneficiary=follow_up.beneficiary,
        organisation=world.organisation, invitation=invitation, now=world.now,
    )  # fmt: skip
    rows = select(Message).where(Message.invitation_id == invitation.id).order_by(Message.channel.desc())
    return list(world.session.scalars(rows))


# Which words are said


def test_the_service_s_own_words_are_what_leaves(world: World) -> None:
    row = keep(world)
    [message] = invited(world, first_name="Zoé")
    assert message.body.startswith("Zoé, Département de la Drome, pour faire le point")
    assert LINK in message.body
    assert (message.own_text_id, message.segments) == (row.id, 1)


def test_a_phrasing_too_long_gives_way_to_the_next(world: World) -> None:
    keep(world)
    world.category.purpose = "faire ensemble un point complet sur votre situation, vos projets et vos droits"
    [message] = invited(world)
    assert message.body.startswith("Département de la Drome. Choisissez avant le 25/11")
    assert message.segments == 1


def test_another_category_and_another_team_keep_the_words_of_the_house(world: World) -> None:
    keep(world)
    other = world.make_organisation()
    world.make_settings(organisation_id=other.id)
    assert own_texts_known.of(world.session, other.id, world.category.id) == {}
    assert own_texts_known.of(world.session, world.organisation.id, world.category.id + 1) == {}


def test_the_newest_version_is_said_and_every_one_is_kept(world: World) -> None:
    first = keep(world)
    second = keep(world, LAST.replace("Choisissez", "{{ first_name }}, {{ purpose }}"))
    assert keep(world, second.body).id == second.id
    versions = own_texts.history(world.session, world.organisation.id, world.category.id, SMS)
    assert [one.id for one in versions] == [second.id, first.id]
    [message] = invited(world)
    assert message.own_text_id == second.id


def test_one_act_brings_the_original_back_and_keeps_the_history(world: World) -> None:
    keep(world)
    own_texts.revert(world.session, desk_of(world), SMS, now=world.now)
    own_texts.revert(world.session, desk_of(world), SMS, now=world.now)
    [message] = invited(world)
    assert message.own_text_id is None
    assert message.body.startswith("Bonjour Inès")
    versions = own_texts.history(world.session, world.organisation.id, world.category.id, SMS)
    assert [bool(one.body) for one in versions] == [False, True]
    actions = list(world.session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)))
    assert actions == ["own_text.saved", "own_text.reverted"]


def test_a_blank_is_never_sent(world: World) -> None:
    """Without a last day, "avant le" would say nothing: the words of the house leave."""
    keep(world)
    follow_up = world.make_follow_up()
    endless = world.add(
        Invitation(
            uid=str(uuid.uuid4()),
            follow_up_id=follow_up.id,
            organisation_id=world.organisation.id,
            mode=Mode.INVITATION,
            created_at=world.now,
        )
    )
    outbox.owe(
        world.session, MessageKind.INVITATION, channels=[Channel.SMS], beneficiary=follow_up.beneficiary,
        organisation=world.organisation, invitation=endless, now=world.now,
    )  # fmt: skip
    message = world.session.scalars(select(Message)).one()
    assert message.own_text_id is None
    assert "avant" not in message.body


@pytest.mark.parametrize("body", ["{{ gone }} {{ link }}", "{% if %}", "{% for a in range(9) %}a{% endfor %}", "{{"])
def test_what_a_later_release_can_not_fill_stops_nothing_and_is_told(world: World, body: str) -> None:
    world.add(
        OwnText(
            organisation_id=world.organisation.id, category_id=world.category.id, kind=SMS.kind, channel=SMS.channel,
            language="fr", body=body, agent_id=world.agent.id, created_at=world.now,
        )
    )  # fmt: skip
    [message] = invited(world)
    assert (message.own_text_id, message.body[:7]) == (None, "Bonjour")
    lines = own_texts.listing(world.session, world.organisation, [world.settings], now=world.now)
    assert lines[world.category.id][SMS].problems


def test_an_email_in_two_languages_says_the_service_s_words_below_in_french(world: World) -> None:
    row = keep(world, LETTER.body, EMAIL, LETTER.subject)
    [message] = invited(world, Channel.EMAIL, language="en", first_name="Ann")
    above, below = message.body.split("=== Français ===")
    assert "Choose my appointment" in above
    assert "Département de la Drôme vous reçoit pour" in below
    assert message.own_text_id == row.id


def test_each_language_has_its_own_words(world: World) -> None:
    row = keep(world, "{{ department }}. Please choose before {{ deadline }}: {{ link }} {{ phone }}", ENGLISH)
    [in_english], [in_french] = invited(world, language="en"), invited(world)
    assert (in_english.own_text_id, in_french.own_text_id) == (row.id, None)
    assert in_english.body.startswith("Département de la Drome. Please choose before 25/11")


def test_a_convoked_person_reads_what_was_written_for_them(world: World) -> None:
    alone = Key(MessageKind.MOVED, Channel.SMS)
    convoked = Key(MessageKind.MOVED, Channel.SMS, Mode.CONVOCATION)
    invitation = Invitation(mode=Mode.CONVOCATION)
    key = own_texts_known.key_of(MessageKind.MOVED, Channel.SMS, invitation, LANGUAGES["fr"])
    assert key == convoked
    assert own_texts_known.key_of(MessageKind.MOVED, Channel.SMS, None, LANGUAGES["fr"]) == alone


def test_one_query_for_a_whole_batch(world: World) -> None:
    keep(world)
    asked = []

    def remember(*words: Any) -> None:
        if "own_texts" in words[2] and words[2].startswith("SELECT"):
            asked.append(words[2])

    engine = world.session.get_bind().engine
    event.listen(engine, "before_cursor_execute", remember)
    for _ in range(5):
        invited(world)
    event.remove(engine, "before_cursor_execute", remember)
    assert len(asked) == 1


def test_what_a_service_writes_reaches_html_escaped(world: World, codes: Codes) -> None:
    keep(world, LETTER.body + "\n\n<script>alert(1)</script> <b>gras</b>", EMAIL, LETTER.subject + " <i>vite</i>")
    [message] = invited(world, Channel.EMAIL)
    finished = finish(message, codes=codes, public_url="https://rdv.exemple.fr")
    assert "<script>alert" not in finished.html
    assert "<b>gras" not in finished.html
    assert "&lt;i&gt;vite" in finished.html
    assert "<script>alert(1)</script>" in finished.text


def test_a_person_s_name_can_not_write_the_template(world: World) -> None:
    keep(world)
    [message] = invited(world, first_name="{{ phone }}{% if x %}")
    assert "0475000000" in message.body
    assert message.body.count("0475000000") == 1


# What is refused


def test_the_words_of_the_house_may_be_kept_as_they_are(world: World) -> None:
    """In every language, at every moment, on both channels: nobody begins with a text that is refused."""
    for (kind, mode), channel, language in itertools.product(MOMENTS, CHANNELS, LANGUAGES):
        key = Key(kind, channel, mode, language)
        tried = own_texts.tried_with(world.session, world.organisation, world.settings, key, world.now)
        wish = original(key, tried).cleaned
        assert problems_of(wish, key, own_texts.allowed_in(world.settings), tried) == [], (key, wish)


@pytest.mark.parametrize(
    ("body", "trouble"),
    [
        ("", (Trouble.EMPTY, "")),
        ("===", (Trouble.EMPTY, "")),
        ("x" * 2_001, (Trouble.TOO_LONG, "2001")),
        ("{{ first_name }", (Trouble.SYNTAX, "1")),
        ("{% if deadline %}avant", (Trouble.SYNTAX, "1")),
        ("{% if deadline %}a\n===\nb{% endif %}", (Trouble.SYNTAX, "1")),
        ("(" + "{{" + "(" * 1_500 + "}}", (Trouble.SYNTAX, "")),
        ("{{ nom }}", (Trouble.UNKNOWN, "nom")),
        ("{{ _ }}", (Trouble.UNKNOWN, "_")),
        ("{{ when }}", (Trouble.NOT_HERE, "when")),
        ("{{ is_step_free }}", (Trouble.A_CONDITION, "is_step_free")),
        ("{{ first_name|upper }}", (Trouble.BEYOND, "Filter")),
        ("{{ first_name * 999999999 }}", (Trouble.BEYOND, "Mul")),
        ("{{ 'a' }}", (Trouble.BEYOND, "Const")),
        ("{{ first_name.__class__.__mro__ }}", (Trouble.BEYOND, "Getattr")),
        ("{{ first_name['x'] }}", (Trouble.BEYOND, "Getitem")),
        ("{{ first_name() }}", (Trouble.BEYOND, "Call")),
        ("{% for a in range(99999999) %}{% endfor %}", (Trouble.BEYOND, "For")),
        ("{% set a = phone %}", (Trouble.BEYOND, "Assign")),
        ("{% include 'x' %}", (Trouble.BEYOND, "Include")),
        ("{% macro a() %}{% endmacro %}", (Trouble.BEYOND, "Macro")),
        ("{% if deadline %}" * 5 + "a" + "{% endif %}" * 5, (Trouble.TOO_DEEP, "")),
        ("{{ phone }}" * 81, (Trouble.TOO_DEEP, "")),
    ],
)
def test_what_can_not_be_read_is_named(world: World, body: str, trouble: tuple[str, str]) -> None:
    assert trouble in troubles(world, body)
    with pytest.raises(OwnTextRefused):
        keep(world, body)
    assert world.session.scalars(select(OwnText)).all() == []


def test_no_text_takes_long_to_be_refused(world: World) -> None:
    troubles(world, GOOD)
    started = time.process_time()
    for bomb in ("{% if a %}" * 199, "{{ not " * 280, "{% if a or a %}b{% endif %}" * 70, "{{{{{%" * 300, "{# " * 600):
        assert troubles(world, bomb[:2_000])
    assert time.process_time() - started < 2


@pytest.mark.parametrize("name", ["deadline", "link", "phone", "department", "first_name", "purpose"])
def test_what_each_message_must_say_is_asked_for(world: World, name: str) -> None:
    written = SHORT.replace(f"{{{{ {name} }}}}", "")
    assert troubles(world, f"{written}\n===\n{LAST}") == [(Trouble.MISSING, name)]


def test_a_shorter_phrasing_says_what_counts_too(world: World) -> None:
    assert troubles(world, f"{SHORT}\n===\nChoisissez : {{{{ link }}}}") == [
        (Trouble.MISSING, "department"), (Trouble.MISSING, "deadline"), (Trouble.MISSING, "phone"),
    ]  # fmt: skip


def test_a_date_typed_by_hand_is_no_deadline(world: World) -> None:
    assert (Trouble.MISSING, "deadline") in troubles(world, SHORT.replace("{{ deadline }}", "4/12"))


@pytest.mark.parametrize("kind", [MessageKind.BOOKED, MessageKind.CONVOCATION, MessageKind.APPOINTMENT_REMINDER])
def test_an_appointment_says_when_where_and_how_to_change(world: World, kind: MessageKind) -> None:
    said = troubles(world, "{{ department }}", Key(kind, Channel.SMS))
    wanted = {"when", "where", "link", "phone", "first_name"} | (
        {"purpose"} if kind is MessageKind.CONVOCATION else set()
    )
    assert {name for trouble, name in said if trouble == Trouble.MISSING} == wanted


def test_an_invitation_in_french_fits_one_segment_with_the_longest_values(world: World) -> None:
    long = SHORT.replace("pour {{ purpose }}", "vous propose un rendez-vous pour {{ purpose }}")
    assert troubles(world, long) == [(Trouble.SEGMENTS, "2")]
    assert troubles(world, f"{long}\n===\n{LAST}") == []
    assert troubles(world, GOOD) == []


def test_three_segments_are_refused(world: World) -> None:
    key = Key(MessageKind.BOOKED, Channel.SMS)
    body = "{{ first_name }}, {{ department }} {{ when }} {{ where }} {{ link }} {{ phone }}"
    assert troubles(world, body, key) == []
    assert troubles(world, body + " encore un mot" * 12, key) == [(Trouble.SEGMENTS, "3")]


def test_the_team_s_own_longest_place_counts(world: World) -> None:
    key = Key(MessageKind.BOOKED, Channel.SMS)
    body = "{{ first_name }}, {{ department }} {{ when }} {{ where }} {{ link }} {{ phone }} " + "mot " * 12
    assert troubles(world, body, key) == []
    world.make_place(address="1 " + "allée des Très Longs Peupliers " * 5, city="Valence")
    world.session.info.clear()
    assert troubles(world, body, key) == [(Trouble.SEGMENTS, "3")]


def test_a_sign_that_no_text_carries_is_pointed_at(world: World) -> None:
    assert troubles(world, f"{GOOD} 😀") == [(Trouble.UNSENDABLE, "😀")]
    arabic = Key(MessageKind.INVITATION, Channel.SMS, language="ar")
    body = "{{ department }} 😀 {{ deadline }} {{ link }} {{ phone }}"
    assert troubles(world, body, arabic) == []


def test_an_email_has_a_subject_that_fits_and_no_second_phrasing(world: World) -> None:
    assert troubles(world, LETTER.body, EMAIL) == [(Trouble.EMPTY, "")]
    assert troubles(world, LETTER.body, EMAIL, subject="{{ first_name }}" * 13) == [(Trouble.TOO_LONG, "208")]
    assert troubles(world, LETTER.body + "\n=== Français ===\nx", EMAIL, subject="Objet") == [(Trouble.PARTED, "")]
    assert troubles(world, LETTER.body, EMAIL, subject="Avant le {{ deadline }}") == []


# Threats


@pytest.mark.parametrize(
    "words",
    [
        "sous peine de radiation", "vous serez sanctionné", "SUSPENSION", "votre allocation sera supprimée",
        "vous êtes convoquée", "sanc{% if deadline %}{% endif %}tion", "s\u00adanction", "\uff53anction", "présence obligatoire",
        "sous\npeine", "vous perdrez vos droits",
    ],
)  # fmt: skip
def test_an_orientation_threatens_nobody_whoever_allows_it(world: World, words: str) -> None:
    body = f"{GOOD} {words}"
    found = troubles(world, body, kind=CategoryKind.ORIENTATION, may_warn=True)
    assert found[0][0] == Trouble.THREAT
    assert troubles(world, body, kind=CategoryKind.ACCOMPANIMENT)[0][0] == Trouble.THREAT_NOT_ALLOWED
    assert all(
        one[0] != Trouble.THREAT_NOT_ALLOWED for one in troubles(world, body, kind=CategoryKind.OTHER, may_warn=True)
    )


@pytest.mark.parametrize("words", ["écoutez la radio", "un radiateur", "votre convive", "suspens", "supplément"])
def test_a_word_that_only_looks_like_a_threat_is_none(words: str) -> None:
    assert threats_in(words) == []


def test_speaking_of_sanctions_is_allowed_by_a_named_act(world: World) -> None:
    follow_up = world.make_category(code="suivi", kind=CategoryKind.ACCOMPANIMENT, name="Suivi")
    settings = world.make_settings(category_id=follow_up.id)
    desk = Desk(world.organisation, settings, world.agent.id)
    assert settings.may_warn is False
    own_texts.allow_warnings(world.session, desk, allowed=True, now=world.now)
    own_texts.allow_warnings(world.session, desk, allowed=True, now=world.now)
    assert settings.may_warn is True
    [noted] = world.session.scalars(select(AuditEvent)).all()
    assert (noted.action, noted.agent_id) == ("category.warnings_allowed", world.agent.id)
    own_texts.allow_warnings(world.session, desk, allowed=False, now=world.now)
    assert settings.may_warn is False
    with pytest.raises(WarningsRefused):
        own_texts.allow_warnings(world.session, desk_of(world), allowed=True, now=world.now)
