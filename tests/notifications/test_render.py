"""The HTML of an email, made from its text."""

from __future__ import annotations

from notifications.render import Block, html_of, read_blocks, with_phones

NBSP = "\N{NO-BREAK SPACE}"
TEXT = f"""Bonjour Inès,

Voici votre rendez-vous{NBSP}:

Quand{NBSP}: jeudi 3 décembre à 10{NBSP}h{NBSP}30
Où{NBSP}: Maison des solidarités, 12 rue Latour-Maubourg

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


def test_a_single_fact_stays_a_sentence() -> None:
    assert list(read_blocks("Rappel : jeudi")) == [Block("text", ("Rappel : jeudi",))]


def test_the_page_names_its_language_its_title_and_both_schemes() -> None:
    html = html_of("Votre rendez-vous", TEXT, accent="#0b5c6b")
    assert '<html lang="fr">' in html
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


def test_phone_numbers_call() -> None:
    assert with_phones(f"le 04{NBSP}75{NBSP}00{NBSP}00{NBSP}00.") == (
        f'le <a href="tel:0475000000">04{NBSP}75{NBSP}00{NBSP}00{NBSP}00</a>.'
    )
    assert with_phones("0692 12 34 56") == '<a href="tel:0692123456">0692 12 34 56</a>'
    assert with_phones("le 26000 Valence, 12 rue <b>") == "le 26000 Valence, 12 rue &lt;b&gt;"
    assert with_phones("dossier 104750000001") == "dossier 104750000001"
