"""Inequality and concentration: numbers that others print, and what holds for every distribution."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lm_stats.estimate.inequality import dissimilarity, gini, hhi, location_quotient, shannon, theil

# the incomes of the help pages of the R packages ineq and DescTools
INCOMES = (541, 1463, 2445, 3438, 4437, 5401, 6392, 8304, 11904, 22261)
MIDPOINTS, NUMBERS = (2.5, 7.5, 15, 35, 75, 150), (25, 13, 10, 5, 5, 2)
# admissions to Berkeley in 1973 by department, and hair by eyes of students, as R has them in `datasets`
MEN, WOMEN = (825, 560, 325, 417, 191, 373), (108, 25, 593, 375, 393, 341)
HAIR_EYES = pd.DataFrame(
    [[68, 20, 15, 5], [119, 84, 54, 29], [26, 17, 14, 14], [7, 94, 10, 16]],
    index=["black", "brown", "red", "blond"], columns=["brown", "blue", "hazel", "green"],
)  # fmt: skip
# measure, values, weights, result, tolerance, source
LEDGER = [
    (gini, INCOMES, None, 0.4620911, 5e-8, "ineq 0.2-13, example of ineq(x)"),
    (gini, (10,) * 9 + (100,), None, 0.4263158, 5e-8, "Statistics Slam Dunk, section 12.5, with ineq"),
    (gini, (10, 100), (9, 1), 0.4263158, 5e-8, "the same, weighted"),
    (gini, (1, 3, 2, 1, 1, 1, 4), None, 0.3076923, 5e-8, "phylotools 0.1.2, example of gini"),
    (gini, (10, 0), (2, 3), 0.6, 1e-12, "DescTools, example of Gini(unbiased = FALSE): 3/5 have nothing"),
    (gini, INCOMES, None, 0.462091130267624, 1e-12, "R 4.2.2: sum(abs(outer(x, x, '-'))) / (2 n^2 mean(x))"),
    (gini, MIDPOINTS, NUMBERS, 0.656681034482759, 1e-12, "R 4.2.2: the same of rep(x, n)"),
    (theil, INCOMES, None, 0.3623412, 5e-8, "ineq: entropy(x, parameter = 1) and Theil(x, parameter = 0)"),
    (theil, INCOMES, None, 0.362341242343895, 1e-12, "R 4.2.2: mean(x / mean(x) * log(x / mean(x)))"),
    (theil, MIDPOINTS, NUMBERS, 0.835034180687188, 1e-12, "R 4.2.2: the same of rep(x, n)"),
    (hhi, (30, 30, 20, 20), None, 0.26, 1e-12, "US Department of Justice, Horizontal Merger Guidelines: 2,600 points"),
    (hhi, (60, 30, 10), None, 0.46, 1e-12, "econweb.com, AntiTrust: 4600 points"),
    (hhi, (10, 9, 12, 15, 12, 11, 15, 16), None, 0.1296, 1e-12, "investopedia.com: 1,296 points"),
    (hhi, INCOMES, None, 0.184081230915485, 1e-12, "R 4.2.2: sum((x / sum(x))^2)"),
    (shannon, (1, 1, 2), None, 1.5 * np.log(2), 1e-12, "Shannon (1948), section 6: 1/2, 1/4, 1/4 have 1.5 bits"),
    (shannon, (4, 2, 1), (1, 1, 2), 1.75 * np.log(2), 1e-12, "Shannon (1948), section 9: 1/2, 1/4, 1/8, 1/8: 7/4 bits"),
    (shannon, INCOMES, None, 1.94024385065015, 1e-12, "R 4.2.2: -sum(p * log(p))"),
]


@pytest.mark.parametrize(("measure", "values", "weights", "expected", "tolerance", "source"), LEDGER)
def test_published_numbers(measure, values, weights, expected, tolerance, source):
    assert measure(values, weights) == pytest.approx(expected, abs=tolerance), source


def test_two_groups_and_tables():
    # calculatordoc.com cuts 0.19487 to 0.1948
    assert dissimilarity((200, 150, 300), (300, 250, 200)) == pytest.approx(0.1948, abs=1e-4)
    # the examples of the R packages segregation (both tables) and webtrackR
    assert dissimilarity((100, 60, 40, 0), (0, 40, 60, 100)) == pytest.approx(0.6)
    assert dissimilarity((80, 80, 20, 20), (20, 20, 80, 80)) == pytest.approx(0.6)
    assert dissimilarity((5, 5, 0, 0), (0, 0, 5, 5)) == 1
    assert dissimilarity((5, 5, 5, 5), (1, 1, 1, 1)) == 0
    # R 4.2.2: sum(abs(a / sum(a) - b / sum(b))) / 2
    assert dissimilarity(MEN, WOMEN) == pytest.approx(0.442198994124121, abs=1e-12)
    by_label = pd.Series(MEN, index=list("ABCDEF")), pd.Series(WOMEN[::-1], index=list("FEDCBA"))
    assert dissimilarity(*by_label) == pytest.approx(0.442198994124121, abs=1e-12)
    # R 4.2.2: h / chisq.test(h)$expected, which is the quotient of shares
    ours = location_quotient(HAIR_EYES)
    expected = [
        [1.694276094276094, 0.509905254091301, 0.884109916367981, 0.428240740740741],
        [1.119643992371265, 0.808716864530818, 1.201894879314234, 0.937937062937063],
        [0.985403329065301, 0.659285948247625, 1.255187036195669, 1.823943661971831],
        [0.148317823908375, 2.038015015564915, 0.501227669122005, 1.165354330708661],
    ]
    np.testing.assert_allclose(ours, expected, rtol=1e-12)
    assert (ours.index.tolist(), ours.columns.tolist()) == (HAIR_EYES.index.tolist(), HAIR_EYES.columns.tolist())
    assert location_quotient(HAIR_EYES.assign(none=0))["none"].isna().all()


amounts = st.lists(st.integers(0, 50), min_size=1, max_size=8).filter(any)


@given(amounts, st.integers(1, 5), st.data())
def test_what_must_hold(values, scale, data):
    size = len(values)
    times = data.draw(st.lists(st.integers(1, 4), min_size=size, max_size=size))
    written = np.repeat(values, times)
    for measure, least, most in ((gini, 0, 1), (theil, 0, np.log(sum(times))), (hhi, 1 / sum(times), 1),
                                 (shannon, 0, np.log(sum(times)))):  # fmt: skip
        found = measure(values, times)
        assert found == pytest.approx(measure(written), abs=1e-9)
        assert found == pytest.approx(measure(np.multiply(values, scale), times), abs=1e-9)
        assert least - 1e-9 <= found <= most + 1e-9
    assert gini(values) == pytest.approx(
        np.abs(np.subtract.outer(values, values)).sum() / (2 * size * sum(values)), abs=1e-9
    )
    assert dissimilarity(values, np.multiply(values, scale)) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(("values", "words"), [
    ([], "at least one"), ([1, -2], "1 negative"), ([1, np.nan], "1 missing"), ([0, 0], "all values are 0"),
    ([1, np.inf], "1 missing or infinite"), (["a"], "must hold numbers"), ([None, 1], "missing"), ([[1, 2]], "a list"),
])  # fmt: skip
def test_what_cannot_be_is_refused(values, words):
    for measure in (gini, theil, hhi, shannon):
        with pytest.raises(ValueError, match=words):
            measure(values)
    with pytest.raises(ValueError, match=words):
        dissimilarity(values, [1, 2])
    with pytest.raises(ValueError, match=r"values but"):
        gini([1, 2], [1])
    with pytest.raises(ValueError, match="different labels"):
        theil(pd.Series([1, 2]), pd.Series([1, 2], index=[1, 0]))
    with pytest.raises(ValueError, match="all weights are 0"):
        hhi([1, 2], [0, 0])
    with pytest.raises(ValueError, match="the same places"):
        dissimilarity([1, 2], [1, 2, 3])
    with pytest.raises(ValueError, match="the same places"):
        dissimilarity(pd.Series([1, 2]), pd.Series([1, 2], index=[1, 2]))
    for table, why in ((pd.DataFrame(), "empty"), (pd.DataFrame({"a": [0, 0]}), "all values are 0"),
                       (pd.DataFrame({"a": ["x"]}), "numbers"), (pd.DataFrame({"a": [-1]}), "negative")):  # fmt: skip
        with pytest.raises(ValueError, match=why):
            location_quotient(table)
