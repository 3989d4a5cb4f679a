"""The HTML of an email, made from its text."""

from __future__ import annotations

import re

import pytest

from notifications.languages import FRENCH, LANGUAGES
from notifications.render import Block, html_of, in_both, linked, read_blocks, read_parts, subject_in_both

NBSP = "\N{NO-BREAK SPACE}"
TEXT = f"""Bonjour Inès,

Voici votre rendez-vous{NBSP}:

Quand{NBSP}:\tjeudi 3 décembre à 10{NBSP}h{NBSP}30
Où{NBSP}:\tMaison des solidarités, 12 rue Latour-Maubourg

Voir ce rendez-vous{NBSP}: https://rdv.exemple.fr/r/abc

Une question{NBSP}? Appelez le 04 75 00 00 00.
Ou passez nous voir.

--
Centre médico-social
Département de la Drôme
"""


def test_each_paragraph_takes_the_form_of_what_it_says() -> None:
    blocks = list(read_blocks(TEXT))
    assert [block.kind for block in blocks] == ["text", "text", "facts", "button", "text", "signature"]
    assert blocks[2].facts == (
        ("Quand", f"jeudi 3 décembre à 10{NBSP}h{NBSP}30"),
        ("Où", "Maison des solidarités, 12 rue Latour-Maubourg"),
    )
    assert (blocks[3].label, blocks[3].url) == ("Voir ce rendez-vous", "https://rdv.exemple.fr/r/abc")
    assert blocks[4].lines == (f"Une question{NBSP}? Appelez le 04 75 00 00 00.", "Ou passez nous voir.")
    assert blocks[5].lines == ("Centre médico-social", "Département de la Drôme")


def test_what_only_looks_like_a_fact_stays_a_sentence() -> None:
    sentence = "Rappel : jeudi, à 10:30, c’est noté : voilà"
    assert list(read_blocks(sentence)) == [Block("text", (sentence,))]


@pytest.mark.parametrize(
    ("line", "label"),
    [
        ("Choisir mon rendez-vous : https://rdv.exemple.fr/i/abc", "Choisir mon rendez-vous"),
        (f"Choisir{NBSP}: https://rdv.exemple.fr/i/abc", "Choisir"),
        ("Choose: now or later https://rdv.exemple.fr/i/abc", "Choose: now or later"),
        ("اختر موعدك: https://rdv.exemple.fr/i/abc", "اختر موعدك"),
        ("選ぶ\N{FULLWIDTH COLON} https://rdv.exemple.fr/i/abc", "選ぶ"),
    ],
)
def test_words_before_an_address_are_a_button_in_any_language(line: str, label: str) -> None:
    (block,) = read_blocks(line)
    assert (block.kind, block.label, block.url) == ("button", label, "https://rdv.exemple.fr/i/abc")


def test_facts_are_told_by_their_tab_whatever_their_colon() -> None:
    (block,) = read_blocks("متى:\tيوم 10:30\nWo\N{FULLWIDTH COLON}\tDie: 12 rue X\nNur\tso")
    assert block.facts == (("متى", "يوم 10:30"), ("Wo", "Die: 12 rue X"), ("Nur", "so"))


def test_the_page_names_its_language_its_title_and_both_schemes() -> None:
    html = html_of("Votre rendez-vous", TEXT, accent="#0b5c6b")
    assert '<html lang="fr" dir="ltr">' in html
    assert "<title>Votre rendez-vous</title>" in html
    assert "<h1>Votre rendez-vous</h1>" in html
    assert 'name="viewport"' in html
    assert "prefers-color-scheme: dark" in html
    assert 'name="color-scheme" content="light dark"' in html


def test_the_main_act_is_a_button_and_its_address_can_be_copied() -> None:
    html = html_of("Votre rendez-vous", TEXT, accent="#0b5c6b")
    assert html.count('href="https://rdv.exemple.fr/r/abc"') == 2
    assert '<a class="button" href="https://rdv.exemple.fr/r/abc"' in html
    assert ">https://rdv.exemple.fr/r/abc</a>" in html


def test_nothing_is_fetched_from_anywhere() -> None:
    html = html_of("Votre rendez-vous", TEXT, accent="#0b5c6b")
    assert not any(word in html for word in ("<img", "<script", "<link", "@import", "url("))


def test_what_people_wrote_is_text_and_never_markup() -> None:
    html = html_of("<b>Objet</b>", 'Bonjour <script>alert("x")</script> & Cie,', accent="#0b5c6b")
    assert "<script" not in html
    assert "<b>" not in html
    assert "&lt;b&gt;Objet&lt;/b&gt;" in html
    assert "&amp; Cie" in html


def test_phone_numbers_call_and_addresses_open() -> None:
    assert linked(f"le 04{NBSP}75{NBSP}00{NBSP}00{NBSP}00.") == (
        f'le <a href="tel:0475000000" dir="ltr">04{NBSP}75{NBSP}00{NBSP}00{NBSP}00</a>.'
    )
    assert linked("0692 12 34 56") == '<a href="tel:0692123456" dir="ltr">0692 12 34 56</a>'
    assert linked("le 26000 Valence, 12 rue <b>") == "le 26000 Valence, 12 rue &lt;b&gt;"
    assert linked("dossier 104750000001") == "dossier 104750000001"
    assert linked("ici : https://rdv.exemple.fr/moi.") == (
        'ici : <a href="https://rdv.exemple.fr/moi" dir="ltr">https://rdv.exemple.fr/moi</a>.'
    )
    assert (
        linked('https://a/"onclick="x')
        == '<a href="https://a/&#34;onclick=&#34;x" dir="ltr">https://a/&#34;onclick=&#34;x</a>'
    )


ARABIC = """مرحبا Inès،

متى:\tيوم 3 ديسمبر
أين:\t12 rue Latour-Maubourg, Valence

انظر الموعد: https://rdv.exemple.fr/r/abc

--
Département de la Drôme
"""


def test_another_language_stands_above_the_french() -> None:
    parts = read_parts(in_both(ARABIC, TEXT), LANGUAGES["ar"])
    assert [part.language.code for part in parts] == ["ar", "fr"]
    assert parts[0].blocks == tuple(read_blocks(ARABIC))
    assert parts[1].blocks == tuple(read_blocks(TEXT))
    assert read_parts(TEXT) == read_parts(TEXT, FRENCH)
    assert len(read_parts(TEXT)) == 1


def test_each_part_says_its_language_and_its_direction() -> None:
    html = html_of("موعدك · Votre rendez-vous", in_both(ARABIC, TEXT), accent="#0b5c6b", language=LANGUAGES["ar"])
    assert '<html lang="ar" dir="rtl">' in html
    parts = re.findall(r'role="article"[^>]*lang="([^"]+)" dir="([^"]+)"', html)
    assert parts == [("ar", "rtl"), ("fr", "ltr")]
    assert "<h1>موعدك</h1>" in html
    assert "<h2>Français</h2>" in html
    assert "<title>موعدك · Votre rendez-vous</title>" in html


def test_what_is_written_left_to_right_stays_so_between_right_to_left_words() -> None:
    html = html_of("موعدك", ARABIC, accent="#0b5c6b", language=LANGUAGES["ar"])
    assert '<td><span dir="ltr">12 rue Latour-Maubourg, Valence</span></td>' in html
    assert "<td>يوم 3 ديسمبر</td>" in html
    assert '<span dir="ltr">' not in html_of("Objet", TEXT, accent="#0b5c6b")


def test_a_subject_is_said_in_both_languages_while_it_is_short() -> None:
    assert (
        subject_in_both("Appointment cancelled", "Rendez-vous annulé") == "Appointment cancelled · Rendez-vous annulé"
    )
    assert subject_in_both("A" * 60, "B" * 60) == "A" * 60
    assert subject_in_both("Rappel", "Rappel") == "Rappel"
