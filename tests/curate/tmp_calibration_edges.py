"""Goes to tests/curate/test_calibration.py: nothing is claimed where nobody looked, and no pair is in a wrong stratum."""

import numpy as np
import pandas as pd
import pytest

from lm_stats.curate.permits.calibration import fit
from lm_stats.curate.permits.reviewing import choose_pairs


def test_below_the_least_probability_that_was_reviewed_nothing_is_claimed():
    fitted = fit(np.linspace(0.6, 1.0, 200), np.ones(200, dtype=bool))
    assert fitted.apply([0.0, 0.59]).tolist() == [0.0, 0.0]
    assert fitted.apply(1.0) == pytest.approx(0.05 ** (1 / 200), abs=1e-4)
    assert np.isnan(fitted.apply(np.nan))


def test_what_a_group_is_worth_is_claimed_from_its_middle_on():
    probability = np.arange(400) / 400
    fitted = fit(probability, probability >= 0.5)
    # forty groups of ten: the first from its own least, each other one from its middle, half a group on
    assert fitted.starts[0] == 0.0
    assert np.diff(fitted.starts[1:]) == pytest.approx(10 / 400)
    assert fitted.starts[1] == pytest.approx(14 / 400)
    # of pairs below the middle of the first group of matches, no more is claimed than of those that are none
    assert fitted.apply(0.505) == 0.0


def test_pairs_that_are_kept_apart_although_they_are_probable_are_not_of_the_grey_zone():
    pairs = pd.DataFrame({"left_id": list("aaab"), "right_id": list("bcdc"), "probability": [0.97, 0.9, 0.5, 0.49]})
    links = pd.DataFrame({"permit_id": list("abcd"), "person_id": list("1234"), "probability": 0.5})
    found = choose_pairs(pairs, links, 10, 1, between=(0.5, 0.9))
    assert found.set_index(["left_id", "right_id"])["stratum"].to_dict() == {
        ("a", "b"): "apart", ("a", "c"): "apart", ("a", "d"): "grey", ("b", "c"): "apart",
    }  # fmt: skip
    assert found["represents"].tolist() == [1.0] * 4
