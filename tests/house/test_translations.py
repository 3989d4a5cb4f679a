"""Every sentence that people read is said in every language, whole."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from babel.messages import Catalog

from app import translations
from notifications.languages import LANGUAGES, Language

LANGUAGE = pytest.mark.parametrize("language", translations.translated(), ids=lambda one: one.code)
VARIABLE = re.compile(r"%\((\w+)\)s")
TAG = re.compile(r"</?(?:a|b|br|bdi|small|span)\b")


@pytest.fixture(scope="module")
def sentences() -> Catalog:
    return translations.sentences()


def texts(value: object) -> list[str]:
    return [value] if isinstance(value, str) else [str(one) for one in value]  # type: ignore[attr-defined]


@LANGUAGE
def test_no_sentence_is_missing(language: Language, sentences: Catalog) -> None:
    assert translations.missing(language, sentences) == [], "make translations, then say them in this language"


@LANGUAGE
def test_no_file_holds_what_nobody_reads(language: Language, sentences: Catalog) -> None:
    known = {str(one.id) for one in translations.messages_of(sentences)}
    kept = {str(one.id) for one in translations.messages_of(translations.read(language))}
    assert kept - known == set(), "make translations"


@LANGUAGE
def test_a_translation_keeps_the_variables_and_tags(language: Language) -> None:
    """Every form of a plural but those for one and two may be told without the number."""
    for one in translations.messages_of(translations.read(language)):
        fullest = texts(one.id)[-1]
        for said in texts(one.string)[-1:]:
            assert sorted(set(VARIABLE.findall(said))) == sorted(set(VARIABLE.findall(fullest))), one.id
            assert Counter(TAG.findall(said)) == Counter(TAG.findall(fullest)), one.id


@LANGUAGE
def test_plurals_have_every_form_of_the_language(language: Language) -> None:
    catalog = translations.read(language)
    for one in translations.messages_of(catalog):
        if one.pluralizable:
            assert len(one.string) == catalog.num_plurals, one.id


def test_the_page_for_native_speakers_is_up_to_date() -> None:
    assert translations.PROOFREADING.read_text(encoding="utf-8") == translations.proofreading(), "make translations"


def test_each_language_is_told_in_the_note_for_translators() -> None:
    note = (translations.ROOT / "docs" / "translations.md").read_text(encoding="utf-8")
    assert "eleven" in note
    assert len(LANGUAGES) == 11
