"""Communes: found as people write them, told apart when several bear a name, placed when somebody knows where."""

from __future__ import annotations

import pytest

from invitations import communes
from invitations.distances import haversine_km


def names(text: str, department: str | None = None) -> list[str]:
    return [f"{one.code} {one.name}" for one in communes.find(text, department=department)]


@pytest.mark.parametrize(
    ("text", "commune"),
    [
        ("Romans-sur-Isère", "26281 Romans-sur-Isère"),
        ("romans sur isere", "26281 Romans-sur-Isère"),
        ("  ROMANS  SUR ISÈRE ", "26281 Romans-sur-Isère"),
        ("26362", "26362 Valence"),
        ("26000", "26362 Valence"),
        ("Valence 26000", "26362 Valence"),
        ("26362 Valence", "26362 Valence"),
        ("Valence (26)", "26362 Valence"),
        ("26000 VALENCE CEDEX 9", "26362 Valence"),
        ("La Motte-Chalancon", "26215 La Motte-Chalancon"),
        ("Motte-Chalancon (La)", "26215 La Motte-Chalancon"),
        ("St-Denis (974)", "97411 Saint-Denis"),
        ("2a004", "2A004 Ajaccio"),
        ("L’Abergement-Clémenciat", "01001 L'Abergement-Clémenciat"),
        ("evry courcouronnes", "91228 Évry-Courcouronnes"),
        ("Paris 15e", "75115 Paris 15e Arrondissement"),
        ("Marseille 1er arrondissement", "13201 Marseille 1er Arrondissement"),
        ("Bonnœuvre", "44180 Vallons-de-l'Erdre"),
    ],
)
def test_a_commune_is_found_as_people_write_it(text: str, commune: str) -> None:
    assert names(text) == [commune]


def test_several_communes_of_one_name_are_all_told() -> None:
    assert names("Valence") == ["16392 Valence", "26362 Valence", "82186 Valence"]


def test_the_departements_own_comes_alone() -> None:
    assert names("Valence", "26") == ["26362 Valence"]
    assert len(names("Valence", "38")) == 3


def test_a_postcode_means_all_of_its_communes() -> None:
    assert len(names("01340")) > 5


def test_a_number_may_be_a_postcode_and_a_code_at_once() -> None:
    assert names("26100") == ["26100 Combovin", "26281 Romans-sur-Isère"]


@pytest.mark.parametrize("text", ["", "  ", "zzz", "Romanville-les-Bains", "99999", "|", "12345 Valence", "26"])
def test_what_names_no_commune_finds_none(text: str) -> None:
    assert names(text) == []


def test_a_name_cut_short_comes_near() -> None:
    assert "Romans-sur-Isère" in [one.name for one in communes.near("Romans", department="26")]
    assert "Romans-sur-Isère" in [one.name for one in communes.near("sur-Isère", department="26")]
    assert communes.near("x") == []
    assert len(communes.near("Saint")) <= communes.NEAREST


def test_a_former_communes_code_leads_to_todays() -> None:
    old, new = communes.get("44017"), communes.get("44180")
    assert old == new
    assert new is not None
    assert new.name == "Vallons-de-l'Erdre"


def test_an_unknown_code_leads_nowhere() -> None:
    assert communes.get("99999") is None
    assert communes.get("") is None
    assert communes.get("26362;") is None
    assert communes.position("99999") is None


def test_a_town_lies_where_it_lies() -> None:
    valence, romans = communes.position("26362"), communes.position("26281")
    assert valence is not None
    assert romans is not None
    assert 15 < haversine_km(*valence, *romans) < 20


def test_an_estimate_says_that_it_is_one() -> None:
    placed, estimated = communes.get("26362"), communes.get("91228")
    assert placed is not None
    assert estimated is not None
    assert (placed.is_estimated, estimated.is_estimated) == (False, True)
    assert estimated.latitude == pytest.approx(48.63, abs=0.05)


@pytest.mark.parametrize(
    ("number", "how_many"), [("26", 362), ("2A", 124), ("20", 360), ("974", 24), ("75", 1), ("976", 17), ("975", 2)]
)
def test_a_departement_has_its_communes_without_their_districts(number: str, how_many: int) -> None:
    found = communes.of_department(number)
    assert len(found) == how_many
    assert not any(communes.is_district(one.code) for one in found)


def test_communes_are_in_the_order_of_a_dictionary() -> None:
    found = [one.name for one in communes.of_department("26")]
    places = [found.index(name) for name in ("Die", "Étoile-sur-Rhône", "Saint-Avit", "Saou", "Soyans", "Valence")]
    assert places == sorted(places)


def test_the_three_great_towns_bring_their_districts() -> None:
    assert communes.with_districts("75056")[-1] == "75120"
    assert len(communes.with_districts("13055")) == 17
    assert communes.with_districts("26362") == ["26362"]


def test_the_file_is_whole() -> None:
    """Every line has its seven columns, in the order of codes: a search by halves relies on it."""
    lines = communes._lines()
    codes = [line.split(";")[0] for line in lines]
    assert all(line.count(";") == 6 for line in lines)
    assert codes == sorted(set(codes))
    assert len(codes) == 35_009
    assert all(communes.get(code) for code in codes[::500])


def test_every_position_is_on_earth_and_in_its_departement() -> None:
    """A commune is within 150 km of the middle of its département, but in Guyane and the scattered islands."""
    for number in ("26", "59", "2B", "13", "974", "971", "972", "976"):
        spots = [(one.latitude, one.longitude) for one in communes.of_department(number) if one.latitude is not None]
        middle = [sum(each) / len(spots) for each in zip(*spots, strict=True)]
        assert all(haversine_km(*middle, *spot) < 150 for spot in spots)
