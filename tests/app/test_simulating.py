"""`rdv trial simulate` in a terminal: the table, what it says of itself, and what it refuses."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from app import commands, simulating

USUAL = ("--per-arm", "100", "--from", "0.5", "--to", "0.7", "--trials", "100", "--seed", "7")


def command(*words: str) -> tuple[int, str]:
    arguments = commands.make_parser().parse_args(["trial", "simulate", *words])
    out, err = Console(file=io.StringIO(), width=140), Console(file=io.StringIO(), width=140)
    status = simulating.run({}, arguments, out, err)
    return status, out.file.getvalue()  # type: ignore[attr-defined]  # it is the StringIO above


def row(said: str, name: str) -> list[str]:
    line = next(line for line in said.splitlines() if name in line)
    return [cell.strip() for cell in line.split("│")[2:4]]


def test_the_table_says_what_is_found_what_misleads_and_what_intervals_hold() -> None:
    status, said = command(*USUAL)
    assert status == 0
    assert "100 trials, 100 people per arm, 3 looks, α 0.05, seed 7" in said
    found, none = row(said, "finds a difference that is there")
    assert 60 < float(found.removesuffix(" %")) < 100
    assert none == "0.0 %"
    assert float(row(said, "announces one that is not")[1].removesuffix(" %")) <= 12
    assert "at look 2 (134 people)" in said
    assert float(row(said, "people when it ends")[0]) < 200
    assert float(row(said, "Mantel–Haenszel")[0].removesuffix(" %")) >= 85


def test_it_says_in_a_sentence_what_the_trial_is_worth_and_how_sure_that_is() -> None:
    _, said = command(*USUAL)
    found = row(said, "finds a difference")[0].removesuffix(" %")
    assert f"Of 100 such trials, {float(found):.0f} would find the difference" in said
    assert "by up to 9.8 points from one seed to another" in said


def test_the_same_seed_prints_the_same_table() -> None:
    small = ("--per-arm", "40", "--from", "0.5", "--to", "0.7", "--trials", "100", "--looks", "1", "--seed")
    said = command(*small, "7")
    assert said == command(*small, "7")
    assert said != command(*small, "8")


def test_three_arms_take_one_share_for_both_others_or_one_each() -> None:
    few = ("--per-arm", "60", "--from", "0.5", "--trials", "100", "--looks", "1", "--arms", "3")
    assert "seen: 50% / 90% / 90%" in command(*few, "--to", "0.9")[1]
    assert "seen: 50% / 60% / 90%" in command(*few, "--to", "0.6", "0.9")[1]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--to", "0.7", "0.8", "0.9"), "compared with the first by one share"),
        (("--to", "70"), "0.6 is 60 of 100"),
        (("--to", "0.7", "--trials", "3"), "between 100 and 100000"),
        (("--to", "0.7", "--alpha", "5"), "error rate"),
        (("--to", "0.7", "--per-arm", "12"), "10 people per arm"),
    ],
)
def test_what_is_no_trial_is_refused_in_a_sentence(words: tuple[str, ...], why: str) -> None:
    status, said = command("--per-arm", "100", "--from", "0.5", *words)
    assert status == 1
    assert why in said.replace("\n", " ")
