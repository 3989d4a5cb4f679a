"""The Mantel–Haenszel risk difference and Sato's variance, on published tables and against the paper's other forms.

The papers themselves were not at hand: each figure says where it was read.
"""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.contingency_tables import StratifiedTable

from invitations.statistics.intervals import newcombe
from invitations.statistics.strata import Table, crude, disagrees, mantel_haenszel, score

# Charig, Webb, Payne & Wickham, BMJ 1986; 292: 879-882: open surgery against percutaneous, small then large stones.
STONES = [Table(81, 87, 234, 270), Table(192, 263, 55, 80)]

# Agresti, Categorical Data Analysis, 3rd ed. 2013, table 6.9 (p. 226): success, failure with the drug and with the control.
CENTRES = [
    (11, 25, 10, 27),
    (16, 4, 22, 10),
    (14, 5, 7, 12),
    (2, 14, 1, 16),
    (6, 11, 0, 12),
    (1, 10, 0, 10),
    (1, 4, 1, 8),
    (4, 2, 6, 1),
]

# Colditz et al., JAMA 1994; 271: 698-702 (the set dat.bcg of R's metafor): tuberculosis, none; vaccinated, then not.
VACCINE = [
    (4, 119, 11, 128),
    (6, 300, 29, 274),
    (3, 228, 11, 209),
    (62, 13536, 248, 12619),
    (33, 5036, 47, 5761),
    (180, 1361, 372, 1079),
    (8, 2537, 10, 619),
    (505, 87886, 499, 87892),
    (29, 7470, 45, 7232),
    (17, 1699, 65, 1600),
    (186, 50448, 141, 27197),
    (5, 2493, 3, 2338),
    (27, 16886, 29, 17825),
]


def tables(rows: list[tuple[int, int, int, int]]) -> list[Table]:
    return [Table(yes, yes + no, other_yes, other_yes + other_no) for yes, no, other_yes, other_no in rows]


@st.composite
def strata(draw: st.DrawFn) -> Table:
    total, other = draw(st.integers(0, 40)), draw(st.integers(0, 40))
    return Table(draw(st.integers(0, total)), total, draw(st.integers(0, other)), other)


def test_eight_centres_have_the_difference_and_the_error_that_agresti_printed() -> None:
    """0.130 with a standard error of 0.050, Agresti 2013, p. 231, as the tests of R's ci_prop_diff_mh_strata quote them."""
    found = mantel_haenszel(tables(CENTRES))
    assert found is not None
    assert found.standard_error is not None
    assert (round(found.value, 3), round(found.standard_error, 3)) == (0.130, 0.050)


def test_eight_centres_have_the_interval_of_sato_that_r_prints() -> None:
    """0.0313 to 0.2284, "Sato Variance", in the printed results that the same tests keep."""
    found = mantel_haenszel(tables(CENTRES))
    assert found is not None
    assert tuple(round(end, 4) for end in found.interval) == (0.0313, 0.2284)


def test_thirteen_vaccine_trials_have_the_difference_and_z_that_metafor_prints() -> None:
    """-0.0033 (-0.0039 to -0.0027), z = -11.4708: rma.mh(measure="RD") in metafor's own tests, which uses Sato's variance."""
    found = mantel_haenszel(tables(VACCINE))
    assert found is not None
    assert found.standard_error is not None
    assert round(found.value, 4) == -0.0033
    assert tuple(round(end, 4) for end in found.interval) == (-0.0039, -0.0027)
    assert round(found.value / found.standard_error, 4) == -11.4708


def test_kidney_stones_are_simpsons_paradox() -> None:
    """Open surgery does better with small stones (93 % against 87 %) and with large ones (73 % against 69 %), and worse
    together (78 % against 83 %): the percentages of Charig 1986, as every textbook quotes them."""
    within, together = mantel_haenszel(STONES), crude(STONES)
    assert within is not None
    assert together is not None
    assert [round(100 * one.successes / one.total) for one in STONES] == [93, 73]
    assert [round(100 * one.other_successes / one.other_total) for one in STONES] == [87, 69]
    assert (round(100 * 273 / 350), round(100 * 289 / 350)) == (78, 83)
    assert within.value > 0 > together.value
    assert disagrees(STONES)


def test_strata_that_say_what_everybody_says_do_not_disagree() -> None:
    assert not disagrees(tables(CENTRES))


@given(strata())
@settings(max_examples=100)
def test_one_stratum_has_the_plain_difference(one: Table) -> None:
    found, together = mantel_haenszel([one]), crude([one])
    assert (found is None) == (together is None) == (not (one.total and one.other_total))
    if found is not None and together is not None:
        assert found.value == pytest.approx(together.value, abs=1e-12)
        assert together.interval == newcombe(one.successes, one.total, one.other_successes, one.other_total)


@given(st.lists(strata(), min_size=1, max_size=6))
@settings(max_examples=100)
def test_arms_turned_around_turn_the_answer_around(found: list[Table]) -> None:
    turned = [Table(one.other_successes, one.other_total, one.successes, one.total) for one in found]
    there, back = mantel_haenszel(found), mantel_haenszel(turned)
    assert (there is None) == (back is None)
    if there is not None and back is not None:
        assert there.value == pytest.approx(-back.value, abs=1e-12)
        assert there.standard_error == pytest.approx(back.standard_error, abs=1e-9)
        assert -1 <= there.interval.low <= there.value + 1e-12
        assert there.value - 1e-12 <= there.interval.high <= 1


def test_the_test_of_no_difference_is_near_the_one_of_statsmodels() -> None:
    """statsmodels has no risk difference; its test of the same tables (Cochran–Mantel–Haenszel) is another variance: our score."""
    found = mantel_haenszel(tables(CENTRES))
    assert found is not None
    assert found.standard_error is not None
    theirs = StratifiedTable([[[a, b], [c, d]] for a, b, c, d in CENTRES]).test_null_odds(correction=False)
    assert (found.value / found.standard_error) ** 2 == pytest.approx(theirs.statistic, rel=0.06)
    assert score(tables(CENTRES)) == pytest.approx(theirs.statistic**0.5)


def test_no_stratum_with_people_in_both_arms_is_no_answer() -> None:
    assert mantel_haenszel([]) is None
    assert mantel_haenszel([Table(3, 4, 0, 0), Table(0, 0, 1, 5)]) is None
    assert crude([Table(3, 4, 0, 0)]) is None
    assert not disagrees([Table(3, 4, 0, 0), Table(0, 0, 1, 5)])


@pytest.mark.parametrize("counts", [(3, 2, 0, 1), (-1, 4, 0, 1), (0, 1, 2, 1)])
def test_what_is_no_table_is_refused(counts: tuple[int, int, int, int]) -> None:
    with pytest.raises(ValueError, match="not a table"):
        Table(*counts)
