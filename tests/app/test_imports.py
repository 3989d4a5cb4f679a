"""Imports in a browser and in a terminal: choose a file, look, save."""

from __future__ import annotations

import io
import re
from argparse import ArgumentParser
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from rich.console import Console
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from app import importing
from app.acts import import_lists
from app.demo import people_file
from app.labels import LABELS
from invitations.database import Database
from invitations.models import (
    Beneficiary,
    FollowUp,
    ImportBatch,
    ImportRow,
    ImportState,
    Invitation,
    Membership,
    Message,
    Mode,
    Verdict,
)
from invitations.uploads.doubts import Doubt
from invitations.uploads.reading import Why, read
from tests.app.team import Team, queries_of
from tests.conftest import Clock
from tests.files.flow import INCOME, flow, household
from tests.invitations.lists import FILES, csv

HEADER = "Nom;Prénom;ID IODAS;Tél;Mail;Revenus"
ANA = "Roux;Ana;12;0639980001;ana@example.fr;1200"
LIST = csv(HEADER, ANA, "Diallo;Awa;13;06 39;;", "Morel;;14;0639980003;;")


@pytest.fixture
def team(database: Database, clock: Clock) -> Team:
    return Team(database, clock())


@pytest.fixture
def browser(team: Team, flask_app: Flask) -> FlaskClient:
    return team.browser(flask_app)


def upload(browser: FlaskClient, team: Team, content: bytes, filename: str = "liste.csv") -> TestResponse:
    """What a browser sends; made by hand, for Werkzeug's own client puts a long file on disk."""
    head = f'--b\r\nContent-Disposition: form-data; name="file"; filename="{filename}"\r\n\r\n'
    category = f'--b\r\nContent-Disposition: form-data; name="category"\r\n\r\n{team.world.category.id}\r\n--b--\r\n'
    body = head.encode() + content + b"\r\n" + category.encode()
    return browser.post("/agents/imports", data=body, content_type="multipart/form-data; boundary=b")


def text(answer: TestResponse) -> str:
    return re.sub(r"\s+", " ", answer.text.replace("\N{NO-BREAK SPACE}", " ").replace("&nbsp;", " "))


def test_a_list_is_chosen_looked_at_saved_and_its_people_can_be_invited(
    browser: FlaskClient, team: Team, database: Database
) -> None:
    sent = upload(browser, team, LIST)
    assert sent.status_code == 303
    address = sent.location
    seen = text(browser.get(address))
    assert "2 personnes à créer, 1 refusée" in seen
    assert "Enregistrer 2 personnes" in seen
    assert "Jamais enregistrées : Revenus" in seen
    assert 'value="06 39"' in seen
    assert "ce numéro ne se lit pas, il est laissé de côté" in seen
    assert "1200" not in seen
    saved = browser.post(f"{address}/enregistrer")
    assert (saved.status_code, saved.location) == (303, address)
    seen = text(browser.get(address))
    assert "C’est enregistré : 2 personnes créées. Aucun message n’est parti." in seen
    assert "2 personnes créées, 1 refusée" in seen
    assert "/agents/personnes?statut=a-inviter&amp;categorie=rsa-orientation" in seen
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Beneficiary)) == 2
        assert session.scalar(select(func.count()).select_from(Message)) == 0


def test_the_people_imported_are_in_the_list_of_those_to_invite(browser: FlaskClient, team: Team) -> None:
    address = upload(browser, team, LIST).location
    browser.post(f"{address}/enregistrer")
    link = re.search(r'href="(/agents/personnes\?[^"]*)"', browser.get(address).text)
    assert link
    people = text(browser.get(link[1].replace("&amp;", "&")))
    assert "Roux" in people
    assert "Diallo" in people


def test_a_change_is_shown_old_and_new(browser: FlaskClient, team: Team) -> None:
    browser.post(f"{upload(browser, team, csv(HEADER, ANA)).location}/enregistrer")
    address = upload(browser, team, csv(HEADER, ANA.replace("0639980001", "0639980002"))).location
    assert "<del>06 39 98 00 01</del> → <ins>06 39 98 00 02</ins>" in text(browser.get(address))


def test_nothing_to_save_offers_no_button(browser: FlaskClient, team: Team) -> None:
    browser.post(f"{upload(browser, team, csv(HEADER, ANA)).location}/enregistrer")
    address = upload(browser, team, csv(HEADER, ANA)).location
    seen = text(browser.get(address))
    assert "Il n’y a rien à enregistrer" in seen
    assert "/enregistrer" not in seen


def test_a_double_click_on_save_creates_nobody_twice(browser: FlaskClient, team: Team, database: Database) -> None:
    address = upload(browser, team, LIST).location
    browser.post(f"{address}/enregistrer")
    browser.post(f"{address}/enregistrer")
    assert "déjà enregistré" in browser.get(address).text
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Beneficiary)) == 2


def test_rows_are_filtered_and_paged_by_the_address(browser: FlaskClient, team: Team) -> None:
    lines = [f"Nom{n};Ana;{n};;;" for n in range(1, 61)]
    address = upload(browser, team, csv(HEADER, *lines, "Perdu;;99;;;")).location
    first, second = text(browser.get(address)), text(browser.get(f"{address}?page=2"))
    assert "Nom50" in first
    assert "Nom51" not in first
    assert "Page 1 sur 2" in first
    assert "Nom51" in second
    refused = text(browser.get(f"{address}?lignes=refusees"))
    assert "Perdu" in refused
    assert "Nom1" not in refused
    assert browser.get(f"{address}?lignes=autre&page=999").status_code == 200


@pytest.mark.parametrize(
    ("content", "filename", "why"),
    [
        (b"", "", Why.NO_FILE),
        (b"%PDF-1.7", "liste.pdf", Why.UNKNOWN_KIND),
        (b"Nom;Prenom", "liste.xlsx", Why.NOT_WHAT_IT_SAYS),
        (b"a;b\n1;2", "liste.csv", Why.NO_HEADER),
        (b"Nom;Prenom\n;", "liste.csv", Why.NO_ROWS),
        (b"N" * (10 * 1024 * 1024 + 1), "liste.csv", Why.TOO_LARGE),
    ],
)
def test_a_wrong_file_is_told_beside_the_form_and_the_category_stays_chosen(
    browser: FlaskClient, team: Team, content: bytes, filename: str, why: Why
) -> None:
    with team.changing() as world:
        other = world.make_category(code="rsa_accompagnement", name="Accompagnement RSA")
        world.make_settings(category_id=other.id)
        world.category = other
    answer = upload(browser, team, content, filename)
    assert answer.status_code == 422
    assert (
        text(answer).count(LABELS[Why][why].replace("\N{NO-BREAK SPACE}", " ")) == 2
    )  # in the summary, beside the field
    assert f'selected value="{other.id}"' in answer.text


def test_a_file_beyond_what_we_receive_gets_a_page(browser: FlaskClient, team: Team) -> None:
    answer = upload(browser, team, b"N" * (13 * 1024 * 1024))
    assert answer.status_code == 413
    assert "trop lourd" in answer.text


def test_a_category_of_another_organisation_is_not_offered(browser: FlaskClient, team: Team) -> None:
    with team.changing() as world:
        world.category = world.make_category(code="siae")
    assert upload(browser, team, LIST).status_code == 422


def test_an_import_of_another_organisation_does_not_exist(
    browser: FlaskClient, team: Team, flask_app: Flask, database: Database
) -> None:
    address = upload(browser, team, LIST).location
    with team.changing() as world:
        stranger = world.make_agent(organisation=world.make_organisation())
    elsewhere = team.browser(flask_app, stranger)
    assert elsewhere.get(address).status_code == 404
    for act in ("enregistrer", "annuler", "lignes/2", "lignes/2/choix"):
        assert elsewhere.post(f"{address}/{act}").status_code == 404
    assert "liste.csv" not in elsewhere.get("/agents/imports").text
    with database.reading() as session:
        assert session.scalar(select(ImportBatch.state)) is ImportState.PREVIEW


def test_a_candidate_of_another_organisation_has_no_name(browser: FlaskClient, team: Team) -> None:
    with team.changing() as world:
        for organisation in (world.make_organisation(), world.organisation):
            world.make_beneficiary(organisation=organisation, last_name=organisation.name, phone="+33639980001")
    address = upload(browser, team, csv(HEADER, "Bernard;Inès;;0639980001;;")).location
    seen = text(browser.get(address))
    assert "une personne d’une autre structure" in seen
    assert seen.count("C’est cette personne") == 1
    assert seen.count(f">Inès {team.world.organisation.name}<") == 1


def test_past_imports_are_listed_with_what_they_did(browser: FlaskClient, team: Team) -> None:
    browser.post(f"{upload(browser, team, LIST, 'novembre.csv').location}/enregistrer")
    upload(browser, team, LIST, "decembre.csv")
    seen = text(browser.get("/agents/imports"))
    assert "2 personnes créées, 1 refusée" in seen
    assert "Pas enregistré" in seen
    assert seen.index("decembre.csv") < seen.index("novembre.csv")


def test_pages_ask_as_much_for_a_long_list_as_for_a_short_one(
    browser: FlaskClient, team: Team, flask_app: Flask
) -> None:
    short = upload(browser, team, csv(HEADER, ANA)).location
    long = upload(browser, team, csv(HEADER, *(f"Nom{n};Ana;{n};;;" for n in range(200)))).location
    browser.get(short)
    assert queries_of(flask_app, lambda: browser.get(short)) == queries_of(flask_app, lambda: browser.get(long))


def test_a_cell_that_holds_markup_or_a_formula_is_shown_as_text(browser: FlaskClient, team: Team) -> None:
    address = upload(browser, team, csv(HEADER, '<script>x</script>;"=cmd|calc";12;;;')).location
    seen = browser.get(address).text
    assert "&lt;script&gt;x&lt;/script&gt;" in seen
    assert "=cmd|calc" in seen


# Cells and questions


def test_a_cell_is_corrected_in_place_and_the_page_comes_back_at_its_row(browser: FlaskClient, team: Team) -> None:
    address = upload(browser, team, LIST).location
    sent = browser.post(f"{address}/lignes/4", data={"first_name": "Léa", "lignes": "refusees"})
    assert (sent.status_code, sent.location) == (303, f"{address}?lignes=refusees#ligne-4")
    assert "3 personnes à créer" in text(browser.get(address))
    browser.post(f"{address}/lignes/3", data={"phone": "pas un numéro"})
    assert 'value="pas un numéro"' in browser.get(address).text


def test_a_question_shows_both_side_by_side_and_is_decided_in_one_click(browser: FlaskClient, team: Team) -> None:
    ana, other = (team.person(phone="+33639980001", email=f"ines{n}@example.fr").id for n in range(2))
    address = upload(browser, team, csv(HEADER, "Bernard;Inès;;0639980001;ines@example.fr;")).location
    seen = text(browser.get(address))
    assert "<strong>≠ ines0@example.fr</strong>" in seen
    assert "<strong>≠ ines1@example.fr</strong>" in seen
    assert "≠ 06 39" not in seen
    assert seen.count("C’est cette personne") == 2
    browser.post(f"{address}/lignes/2/choix", data={"choix": f"personne-{ana}"})
    assert "Décidé : c’est la personne déjà connue." in text(browser.get(address))
    browser.post(f"{address}/lignes/2/choix", data={"choix": "reprendre"})
    assert "1 à départager" in text(browser.get(address))
    browser.post(f"{address}/lignes/2/choix", data={"choix": "aucune"})
    assert "1 laissée de côté" in text(browser.get(address))
    assert browser.post(f"{address}/lignes/2/choix", data={"choix": "personne-x"}).status_code == 303
    assert browser.post(f"{address}/lignes/2/choix", data={"choix": f"personne-{other + 99}"}).status_code == 404


def test_of_two_rows_that_disagree_one_is_kept_in_one_click(browser: FlaskClient, team: Team) -> None:
    address = upload(browser, team, csv(HEADER, ANA, ANA.replace("0639980001", "0639980002"))).location
    assert text(browser.get(address)).count("Garder cette ligne") == 2
    browser.post(f"{address}/lignes/3/choix", data={"choix": "cette-ligne"})
    assert "1 personne à créer, 1 laissée de côté" in text(browser.get(address))


def test_what_comes_too_late_is_told_and_changes_nothing(browser: FlaskClient, team: Team) -> None:
    address = upload(browser, team, LIST).location
    browser.post(f"{address}/enregistrer")
    browser.get(address)
    for late, typed in (("", {"first_name": "Léa"}), ("/choix", {"choix": "aucune"})):
        browser.post(f"{address}/lignes/4{late}", data=typed)
        assert "il vient d’être enregistré" in text(browser.get(address))


# Columns


def tell(browser: FlaskClient, team: Team, content: bytes, said: list[tuple[str, str]], **more: str) -> TestResponse:
    parts = [("category", str(team.world.category.id)), *more.items()]
    parts += [part for header, field in said for part in (("entete", header), ("contenu", field))]
    body = "".join(f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in parts)
    file = '--b\r\nContent-Disposition: form-data; name="file"; filename="liste.csv"\r\n\r\n'
    whole = body.encode() + file.encode() + content + b"\r\n--b--\r\n"
    return browser.post("/agents/imports/colonnes", data=whole, content_type="multipart/form-data; boundary=b")


UNKNOWN = csv("Patronyme;Petit nom;Tél", "Roux;Ana;0639980001")
SAID = [("Patronyme", "last_name"), ("Petit nom", "first_name"), ("Tél", "phone")]


def test_columns_that_nobody_knows_are_told_once_and_the_next_file_reads_by_itself(
    browser: FlaskClient, team: Team
) -> None:
    refused = upload(browser, team, UNKNOWN)
    assert refused.status_code == 422
    assert 'name="entete" value="Patronyme"' in refused.text
    assert re.search(r'value="phone" selected', refused.text)
    sent = tell(browser, team, UNKNOWN, SAID)
    assert sent.status_code == 303
    assert "1 personne à créer" in text(browser.get(sent.location))
    assert upload(browser, team, UNKNOWN).status_code == 303
    seen = text(browser.get("/agents/imports"))
    assert "2 colonnes retenues pour votre structure" in seen


def test_what_was_told_of_a_column_is_forgotten_on_request(browser: FlaskClient, team: Team) -> None:
    tell(browser, team, UNKNOWN, SAID)
    for _ in range(2):
        address = re.search(r'action="(/agents/imports/colonnes/\d+/oublier)"', browser.get("/agents/imports").text)
        assert address
        assert browser.post(address[1]).status_code == 303
    assert "retenue" not in text(browser.get("/agents/imports")).replace("seront lus", "")
    assert upload(browser, team, UNKNOWN).status_code == 422


def test_a_column_wrongly_recognised_is_told_beside_the_preview_which_the_new_one_replaces(
    browser: FlaskClient, team: Team, database: Database
) -> None:
    address = upload(browser, team, LIST).location
    batch_id = address.rpartition("/")[2]
    said = [("Nom", "last_name"), ("Prénom", "first_name"), ("ID IODAS", "france_travail_id"), ("Revenus", "")]
    sent = tell(browser, team, LIST, said, **{"import": batch_id})
    assert "identifiant France Travail" in text(browser.get(sent.location))
    assert browser.get(address).status_code == 404
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(ImportBatch)) == 1


def test_columns_told_without_a_file_are_not_lost(browser: FlaskClient, team: Team) -> None:
    answer = tell(browser, team, b"", SAID)
    assert answer.status_code == 422
    assert re.search(r'value="last_name" selected', answer.text)


# Long lists and flows


def long_list() -> bytes:
    return csv(HEADER, *(f"Nom{n};Ana;{n};;;" for n in range(1, 1_002)))


def test_a_long_list_shows_how_far_it_is_and_is_found_again(browser: FlaskClient, team: Team, flask_app: Flask) -> None:
    address = upload(browser, team, long_list()).location
    runtime = flask_app.extensions["rdv"]
    assert "Recherche des personnes déjà connues" in text(browser.get(address))
    assert "En cours de lecture" in text(browser.get("/agents/imports"))
    turns = iter([False, True])
    import_lists(runtime, lambda: next(turns))
    seen = text(browser.get(address))
    assert "250 sur 1001 lignes" in seen
    assert '<progress max="1001" value="250"' in seen
    import_lists(runtime)
    assert "1001 personnes à créer" in text(browser.get(address))
    browser.post(f"{address}/enregistrer")
    assert "0 sur 1001 lignes" in text(browser.get(address))
    import_lists(runtime)
    assert "1001 personnes créées" in text(browser.get(address))


def test_a_flow_is_read_while_it_arrives_and_says_whom_it_left_aside(browser: FlaskClient, team: Team) -> None:
    content = flow(household(7, couple=True), household(8, state="5"))
    seen = text(browser.get(upload(browser, team, content, "VRSB0801.xml").location))
    assert "2 personnes à créer" in seen
    assert "1 personne du flux n’est pas gardée : droit fermé ou sans droits et devoirs." in seen
    assert "mal reconnue" not in seen
    assert str(INCOME) not in seen


def test_a_flow_longer_than_what_we_keep_in_memory_is_received(browser: FlaskClient, team: Team) -> None:
    padding = b" " * (13 * 1024 * 1024)
    content = flow(household(7)).replace(b"</Beneficiaires>", padding + b"</Beneficiaires>")
    assert upload(browser, team, content, "flux.xml").status_code == 303


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"<a/>", Why.NOT_THE_FLOW),
        (b"<a>", Why.UNREADABLE),
        (b"", Why.NO_FILE),
        (b"PK\x03\x04...", Why.NOT_WHAT_IT_SAYS),
    ],
)
def test_a_file_that_is_no_flow_is_told_beside_the_form(
    browser: FlaskClient, team: Team, content: bytes, why: Why
) -> None:
    answer = upload(browser, team, content, "flux.xml")
    assert answer.status_code == 422
    assert LABELS[Why][why].replace("\N{NO-BREAK SPACE}", " ") in text(answer)


def test_who_is_not_signed_in_sends_no_large_file(flask_app: Flask, team: Team) -> None:
    flask_app.config["WTF_CSRF_ENABLED"] = True  # the form is read before anyone asks who sends it
    content = b"<a>" + b" " * (13 * 1024 * 1024) + b"</a>"
    assert upload(flask_app.test_client(), team, content, "flux.xml").status_code == 413


def test_a_thousand_small_files_are_a_large_one(browser: FlaskClient) -> None:
    """Where a flow of 300 MB may come in, what is kept in memory is limited together."""
    one = b'--x\r\nContent-Disposition: form-data; name="file"; filename="liste.csv"\r\n\r\n' + b"a" * 9_000_000
    sent = browser.post("/agents/imports", data=b"\r\n".join([one] * 3), content_type="multipart/form-data; boundary=x")
    assert sent.status_code == 413


# Undoing


def test_an_import_that_invited_nobody_is_undone_and_still_says_what_it_had_done(
    browser: FlaskClient, team: Team, database: Database
) -> None:
    address = upload(browser, team, LIST).location
    browser.post(f"{address}/enregistrer")
    sent = browser.post(f"{address}/annuler")
    assert (sent.status_code, sent.location) == (303, address)
    seen = text(browser.get(address))
    assert "L’import est annulé : 2 personnes retirées." in seen
    assert "voici ce qu’il avait changé" in seen
    assert "Annuler cet import" not in seen
    assert "Annulé" in text(browser.get("/agents/imports"))
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Beneficiary)) == 0


def test_an_import_that_invited_somebody_says_why_it_stays(
    browser: FlaskClient, team: Team, database: Database
) -> None:
    address = upload(browser, team, LIST).location
    browser.post(f"{address}/enregistrer")
    with team.changing() as world:
        one = world.session.scalars(select(FollowUp)).first()
        assert one
        world.add(
            Invitation(
                uid="1",
                follow_up_id=one.id,
                organisation_id=world.organisation.id,
                mode=Mode.INVITATION,
                created_at=world.now,
            )
        )
    browser.post(f"{address}/annuler")
    seen = text(browser.get(address))
    assert "Cet import ne s’annule plus : 1 personne de cet import a déjà été invitée ou a un rendez-vous." in seen
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Beneficiary)) == 2


# In a terminal


def command(flask_app: Flask, *words: str) -> tuple[int, str]:
    parser = ArgumentParser()
    importing.add_arguments(parser)
    out = Console(file=io.StringIO(), width=200)
    status = importing.run(flask_app.extensions["rdv"], parser.parse_args(words), out)
    return status, out.file.getvalue()  # type: ignore[attr-defined]  # it is the StringIO above


def test_the_command_previews_then_saves_and_prints_nothing_personal(
    team: Team, flask_app: Flask, database: Database, tmp_path: Path
) -> None:
    path = tmp_path / "liste.csv"
    path.write_bytes(LIST)
    where = ("--organisation", team.world.organisation.name, "--category", "rsa_orientation")
    status, said = command(flask_app, str(path), *where)
    assert status == 0
    assert "Ligne 4 : il manque le nom ou le prénom" in said
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Beneficiary)) == 0
    status, said = command(flask_app, str(path), *where, "--save")
    assert "Personnes créées : 2" in said
    for personal in ("Roux", "Ana", "0639980001", "example.fr", "1200"):
        assert personal not in said
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Membership)) == 2


@pytest.mark.parametrize(
    ("name", "organisation", "category", "sentence"),
    [
        ("absent.csv", "1", "rsa_orientation", "can't be read"),
        ("departement.xlsx", "nowhere", "rsa_orientation", "No organisation"),
        ("departement.xlsx", "999999999", "rsa_orientation", "No organisation"),
        ("make.py", "", "rsa_orientation", "Ce type de fichier"),
    ],
)
def test_the_command_says_what_is_wrong_in_a_sentence(
    team: Team, flask_app: Flask, name: str, organisation: str, category: str, sentence: str
) -> None:
    where = organisation or str(team.world.organisation.id)
    status, said = command(flask_app, str(FILES / name), "--organisation", where, "--category", category)
    assert status == 1
    assert sentence in said


def test_the_command_brings_a_long_flow_in_to_its_end(
    team: Team, flask_app: Flask, database: Database, tmp_path: Path
) -> None:
    path = tmp_path / "flux.xml"
    path.write_bytes(flow(*(household(number, couple=True) for number in range(520))))
    where = ("--organisation", team.world.organisation.name, "--category", "rsa_orientation")
    status, said = command(flask_app, str(path), *where, "--save")
    assert (status, "Personnes créées : 1040" in said) == (0, True)
    with database.reading() as session:
        assert session.scalar(select(ImportBatch.state)) is ImportState.SAVED


# The demonstration's list


def test_the_demonstrations_list_is_what_its_program_writes(tmp_path: Path) -> None:
    made = tmp_path / "people.xlsx"
    people_file.write(made)
    assert read(made.read_bytes(), made.name) == read(people_file.FILE.read_bytes(), made.name)


def test_the_demonstrations_list_brings_two_hundred_people_and_some_trouble(
    browser: FlaskClient, team: Team, database: Database
) -> None:
    content = people_file.FILE.read_bytes()
    address = upload(browser, team, content, "people.xlsx").location
    browser.post(f"{address}/enregistrer")
    again = upload(browser, team, content, "people.xlsx").location
    assert "203 inchangées, 2 à départager, 2 refusées" in text(browser.get(again))
    with database.reading() as session:
        counts = dict(session.execute(select(ImportRow.verdict, func.count()).group_by(ImportRow.verdict)).all())
        assert counts[Verdict.CREATE] == 201
        assert session.scalar(select(func.count()).select_from(FollowUp)) == 201
        phones = {phone for phone in session.scalars(select(Beneficiary.phone)) if phone}
        emails = {email for email in session.scalars(select(Beneficiary.email)) if email}
    assert all(phone.startswith(("+3363998", "+3346571")) for phone in phones)
    assert all(email.endswith(("@example.fr", "@example.org")) for email in emails)


def test_every_doubt_and_every_refusal_has_its_words() -> None:
    assert set(LABELS[Doubt]) == set(Doubt)
    assert set(LABELS[Why]) == set(Why)


def test_with_several_categories_one_is_chosen_and_the_next_file_is_for_the_same(
    browser: FlaskClient, team: Team
) -> None:
    with team.changing() as world:
        other = world.make_category(code="rsa_accompagnement", name="Accompagnement RSA")
        world.make_settings(category_id=other.id)
    page = browser.get("/agents/imports").get_data(as_text=True)
    assert '<option value="0">À choisir</option>' in page
    content = csv("Nom;Prénom;ID IODAS", "Bernard;Inès;1")
    answer = browser.post("/agents/imports", data={"category": "0", "file": (io.BytesIO(content), "liste.csv")})
    assert answer.status_code == 422
    assert "Choisissez le motif." in answer.get_data(as_text=True)
    browser.post("/agents/imports", data={"category": str(other.id), "file": (io.BytesIO(content), "liste.csv")})
    again = browser.get("/agents/imports").get_data(as_text=True)
    assert f'<option selected value="{other.id}">' in again
    assert "À choisir" not in again
