"""Goes to tests/test_units.py (lines of `test_different_units_are_refused`). The first five fail at HEAD."""

import numpy as np
import pandas as pd
import pytest

from lm_stats.units import CountFrame, UnitMismatch

PERSONS = CountFrame({"n": [1, 2], "workers": [2, 5]}, units={"n": "person", "workers": "worker"})
CERTIFICATES = CountFrame({"n": [1, 3]}, units={"n": "certificate"})
COUNT, OTHER = PERSONS["n"], CERTIFICATES["n"]


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: COUNT.subtract(OTHER),
        lambda: PERSONS[["n"]].subtract(CERTIFICATES[["n"]]),
        lambda: np.maximum(COUNT, OTHER),
        lambda: np.fmin(COUNT, OTHER),
        lambda: PERSONS.agg("sum", axis=1),
        lambda: PERSONS.min(axis=1),
        lambda: COUNT.fillna(OTHER),
    ],
)
def test_different_units_are_refused_by_whatever_name(wrong):
    with pytest.raises(UnitMismatch):
        wrong()


@pytest.mark.parametrize("ratio", [lambda: COUNT.div(OTHER), lambda: COUNT.divide(OTHER), lambda: COUNT.multiply(OTHER)])
def test_a_ratio_counts_nothing_by_whatever_name(ratio):
    """Fails at HEAD: these say `certificate`."""
    assert ratio().unit_of_count == ""


def test_a_frame_divided_by_counts_counts_nothing():
    assert dict(PERSONS[["n"]].div(CERTIFICATES[["n"]]).units) == {}
    assert dict((PERSONS[["n"]] / CERTIFICATES[["n"]]).units) == {}
    assert PERSONS.assign(cell="a").sum(numeric_only=True).unit_of_count == ""
