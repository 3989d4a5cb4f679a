"""Messages in the person's language. Golden files in four of them; what must hold in all is looked at in all.

A language whose file lacks sentences of messages is French in part: its lengths and golden files wait for them, and
tests/house/test_translations.py fails meanwhile.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any, ClassVar

import pytest
from babel.messages import Catalog
from babel.support import NullTranslations
from icalendar import Calendar

from app import translations
from invitations.codes import Codes
from invitations.filling import environment_of, filled
from invitations.messages import LINK, LINK_LENGTH, finish
from invitations.models import Channel, MessageKind, Mode, PlaceType
from invitations.outbox.states import SPOKEN
from invitations.words import Words
from notifications import gsm7
from notifications.languages import FRENCH, LANGUAGES, Language, catalogue
from notifications.render import LONGEST_SUBJECT, read_parts
from tests.invitations.writing import (
    CHANNELS,
    EVERY,
    GOLDEN,
    KINDS,
    LONGEST,
    LONGEST_DEPARTMENTS,
    MIDNIGHT,
    PUBLIC_URL,
    TO_CHOOSE,
    make_case,
)
from tests.post import Post

OTHERS = [one for one in LANGUAGES.values() if one is not FRENCH]
FOREIGN = [one for one in OTHERS if not one.is_french]
IN_GOLD = [LANGUAGES[code] for code in ("facile", "en", "ar")]
DEPARTMENTS = [LONGEST_DEPARTMENTS[0], *LONGEST_DEPARTMENTS[-2:]]
BEFORE_NOON = datetime(2026, 12, 23, 8, 30, tzinfo=UTC)


def each(languages: Iterable[Language]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("language", languages, ids=lambda one: one.code)


@cache
def extracted() -> Catalog:
    return translations.sentences()


@cache
def sentences() -> frozenset[str]:
    """Those of texts and emails."""
    return frozenset(
        str(one.id)
        for one in translations.messages_of(extracted())
        if any(path.startswith("templates/messages") and "letter" not in path for path, _ in one.locations)
    )


def wait_for(language: Language) -> None:
    if language is not FRENCH and not sentences().isdisjoint(missing(language)):
        pytest.skip(f"{language.name}: sentences of messages wait for their translation")


@cache
def missing(language: Language) -> tuple[str, ...]:
    return tuple(translations.missing(language, extracted()))


@each(IN_GOLD)
@pytest.mark.parametrize(("kind", "channel"), EVERY)
def test_a_message_reads_as_its_golden_file_says(
    kind: MessageKind, channel: Channel, language: Language, codes: Codes
) -> None:
    wait_for(language)
    message = make_case(kind, language=language.code).message(kind, channel)
    finished = finish(message, codes=codes, public_url=PUBLIC_URL)
    said = f"{finished.subject}\n\n{finished.text}" if channel is Channel.EMAIL else f"{finished.text}\n"
    golden = GOLDEN / f"{kind}.{channel}.{language.code}.txt"
    if os.environ.get("RDV_WRITE_GOLDEN") == "1":
        golden.write_text(said, encoding="utf-8")
    assert said == golden.read_text(encoding="utf-8"), "RDV_WRITE_GOLDEN=1, then read the diff"


def test_no_golden_file_is_left_over() -> None:
    names = {f"{kind}.{channel}.txt" for kind, channel in EVERY} | {f"{kind}.voice.txt" for kind in SPOKEN}
    others = {f"{kind}.{channel}.{language.code}.txt" for (kind, channel), language in product(EVERY, IN_GOLD)}
    kept = {path.name for path in GOLDEN.iterdir()}
    assert names | {"digest.email.txt"} <= kept <= names | others | {"digest.email.txt"}


@each(OTHERS)
@pytest.mark.parametrize(("kind", "channel"), EVERY)
def test_every_message_is_whole_in_every_language(kind: MessageKind, channel: Channel, language: Language) -> None:
    draft = make_case(kind, language=language.code).write(kind, channel)
    in_french = make_case(kind).write(kind, channel)
    phone = "04 75 00 00 00" if channel is Channel.EMAIL else "0475000000"
    parts = 1 if channel is Channel.SMS or language.is_french else 2
    assert draft.body.count(LINK) == in_french.body.count(LINK) * parts
    assert draft.body.replace("\N{NO-BREAK SPACE}", " ").count(phone) == parts
    assert "%(" not in draft.subject + draft.body
    assert "{{" not in draft.subject + draft.body.replace(LINK, "")


@each(FOREIGN)
@pytest.mark.parametrize(("kind", "channel"), EVERY)
def test_no_french_is_left_where_the_language_has_words(
    kind: MessageKind, channel: Channel, language: Language, codes: Codes
) -> None:
    wait_for(language)
    message = make_case(kind, language=language.code).message(kind, channel)
    text = finish(message, codes=codes, public_url=PUBLIC_URL).text
    said = text.split(f"=== {FRENCH.name} ===")[0].replace("’", "'")
    if channel is Channel.EMAIL:
        said = "\n".join(line for block in read_parts(said, language)[0].blocks for line in block.lines)
    assert [one for one in translated_fragments(language) if one in said] == []


@cache
def translated_fragments(language: Language) -> tuple[str, ...]:
    """What lies between the variables of French sentences, where it is long enough to be French and the language says
    it otherwise."""
    known = catalogue(language.code)
    found = set()
    for sentence in sentences():
        other = known.gettext(sentence).replace("’", "'")
        for fragment in re.split(r"%\(\w+\)s", sentence.replace("’", "'")):
            if len(fragment.strip(" ,.:")) >= 12 and fragment.strip(" ,.:") not in other:
                found.add(fragment.strip(" ,.:"))
    return tuple(sorted(found))


@each(OTHERS)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("expires_at", [MIDNIGHT, BEFORE_NOON])
def test_a_text_fits_two_segments_with_the_longest_real_values(
    kind: MessageKind, language: Language, expires_at: datetime
) -> None:
    wait_for(language)
    limit = 1 if language.is_french and kind in TO_CHOOSE else 2
    for department, place_type, change in product(DEPARTMENTS, PlaceType, (None, Mode.CONVOCATION)):
        mode = {} if change is None else {"mode": change}
        changes: dict[str, Any] = LONGEST | mode | {"place_type": place_type, "expires_at": expires_at}
        draft = make_case(kind, department=department, language=language.code, **changes).write(kind, Channel.SMS)
        assert draft.segments == gsm7.segments(draft.body.replace(LINK, "x" * LINK_LENGTH))
        assert draft.segments <= limit, draft.body
        assert gsm7.is_gsm7(draft.body) == language.is_latin
        assert department.split()[-1].split("’")[-1].split("-")[-1] in draft.body or language.is_latin


@each([one for one in FOREIGN if not one.is_latin])
@pytest.mark.parametrize("kind", KINDS)
def test_no_letter_of_another_alphabet_is_eaten(kind: MessageKind, language: Language) -> None:
    wait_for(language)
    body = make_case(kind, language=language.code).write(kind, Channel.SMS).body
    script = {"uk": "CYRILLIC", "ru": "CYRILLIC"}.get(language.code, "ARABIC")
    assert sum(unicodedata.name(one, "").startswith(script) for one in body) > 5
    assert "??" not in body
    assert body.startswith("\N{RIGHT-TO-LEFT MARK}") == language.is_rtl


@each(FOREIGN)
@pytest.mark.parametrize("kind", KINDS)
def test_an_email_says_the_same_in_french_below(kind: MessageKind, language: Language, codes: Codes) -> None:
    case = make_case(kind, language=language.code)
    finished = finish(case.message(kind, Channel.EMAIL), codes=codes, public_url=PUBLIC_URL)
    theirs, ours = read_parts(finished.text, language)
    case.beneficiary.language = "fr"
    french = finish(case.message(kind, Channel.EMAIL), codes=codes, public_url=PUBLIC_URL)
    assert (theirs.language, ours.language) == (language, FRENCH)
    assert ours.blocks == read_parts(french.text)[0].blocks
    acts = [[block.url for block in part.blocks if block.kind == "button"] for part in (theirs, ours)]
    assert acts[0] == acts[1]
    assert [len(block.facts) for block in theirs.blocks if block.facts] == [
        len(block.facts) for block in ours.blocks if block.facts
    ]
    assert f'<html lang="{language.html}" dir="{language.direction}">' in finished.html
    assert len(finished.subject) <= LONGEST_SUBJECT or french.subject not in finished.subject


@pytest.mark.parametrize("kind", KINDS)
def test_easy_french_is_not_said_twice(kind: MessageKind) -> None:
    assert FRENCH.name not in make_case(kind, language="facile").write(kind, Channel.EMAIL).body


def test_an_unknown_language_is_french() -> None:
    kind = MessageKind.BOOKED
    for channel in CHANNELS:
        assert make_case(kind, language="xx").write(kind, channel) == make_case(kind).write(kind, channel)


def test_days_hours_and_lengths_are_those_of_the_language() -> None:
    said = make_case(MessageKind.BOOKED, language="en").write(MessageKind.BOOKED, Channel.EMAIL).body
    assert "Thursday 3 December" in said
    assert "10:30" in said
    assert "45\N{NO-BREAK SPACE}minutes" in said
    assert "чт 3/12" in make_case(MessageKind.BOOKED, language="ru").write(MessageKind.BOOKED, Channel.SMS).body


def test_what_the_service_wrote_stays_as_it_was_written() -> None:
    said = make_case(MessageKind.BOOKED, language="ar").write(MessageKind.BOOKED, Channel.EMAIL).body
    first = said.split(FRENCH.name)[0]
    for words in ("Maison des solidarités", "Apportez une pièce d’identité"):
        assert words in first


def test_figures_keep_their_order_between_right_to_left_words() -> None:
    """A number's plain spaces would turn its figures round; a figure in front of an address would go to its end."""
    said = make_case(MessageKind.BOOKED, language="ar").write(MessageKind.BOOKED, Channel.EMAIL).body
    assert "04\N{NO-BREAK SPACE}75\N{NO-BREAK SPACE}00" in said
    assert "\N{LEFT-TO-RIGHT MARK}12 rue Latour-Maubourg" in said


@each(OTHERS)
def test_the_calendar_speaks_the_language_of_the_message(language: Language, codes: Codes) -> None:
    case = make_case(MessageKind.BOOKED, language=language.code)
    message = case.message(MessageKind.BOOKED, Channel.EMAIL)
    case.beneficiary.language = "fr"  # changed since: what was written stays whole
    calendar = finish(message, codes=codes, public_url=PUBLIC_URL).calendar
    assert calendar is not None
    event = Calendar.from_ical(calendar.content).events[0]
    expected = catalogue(language.code).gettext("Rendez-vous, %(organisation)s")
    assert event["summary"] == expected % {"organisation": "Centre médico-social de Valence"}


def test_turkish_and_romanian_come_out_readable() -> None:
    assert gsm7.to_gsm7("İstanbul ığdır Şişli çağrı") == "Istanbul igdir Sisli cagri"
    assert (
        gsm7.to_gsm7("Bună ziua, știință, București, țară, înțelege") == "Buna ziua, stiinta, Bucuresti, tara, intelege"
    )
    assert gsm7.to_gsm7("Olá, não, amanhã; ¿Cuándo? ¡Sí! mañana") == "Ola, nao, amanha; ¿Cuando? ¡Si! mañana"


def test_messages_that_follow_speak_the_language_then_in_force(post: Post) -> None:
    invitation = post.invitation()
    first, _ = post.owe(MessageKind.INVITATION, invitation=invitation)
    assert first.language == "fr"
    post.change(post.person(first), language="ru")
    sms, email = post.owe(MessageKind.INVITATION_REMINDER, invitation=invitation, version=1)
    assert (sms.language, email.language) == ("ru", "ru")
    assert len(read_parts(email.body, LANGUAGES["ru"])) == 2
    assert [one.language for one in post.messages()] == ["fr", "fr", "ru", "ru"]


class Said(NullTranslations):
    """A catalogue of three sentences."""

    WORDS: ClassVar = {
        "Bonjour %(name)s,": "Hello %(name)s,",
        "Choisissez votre rendez-vous :": "Choose: %%",
    }

    def gettext(self, message: str) -> str:
        return self.WORDS.get(message, message)

    ugettext = gettext


def test_sentences_come_from_the_catalogue_and_words_are_only_words(tmp_path: Path) -> None:
    (tmp_path / "one.txt").write_text(
        "{{ _('Bonjour %(name)s,', name=first_name) }}\n\n{{ _('Choisissez votre rendez-vous :') }}\n\n"
        "{% trans name=organisation %}Bonjour {{ name }},{% endtrans %}\n\n\n{{ _('Pas encore dite :') }}{{ comma }}"
    )
    facts = Words("50 %s %(name)s", "Département", "CMS", "faire le point", "", "")
    english = environment_of(tmp_path, LANGUAGES["en"], Said())
    assert filled(english, "one.txt", facts, LANGUAGES["en"]) == (
        "Hello 50 %s %(name)s,\n\nChoose: %\n\nHello CMS,\n\nPas encore dite :,"
    )
    french = environment_of(tmp_path, FRENCH, NullTranslations())
    assert "Pas encore dite\N{NO-BREAK SPACE}:" in filled(french, "one.txt", facts, FRENCH)
