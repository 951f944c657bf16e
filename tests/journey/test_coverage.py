"""The study of how often intervals hold the truth, in smoke form: a small universe and few samples."""

import importlib
import importlib.util
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest


@pytest.fixture
def coverage(monkeypatch):
    """The benchmark, by another name than that of the package that measures tests."""
    path = Path(__file__).parents[2] / "benchmarks/coverage.py"
    specification = importlib.util.spec_from_file_location("coverage_of_intervals", path)
    module = importlib.util.module_from_spec(specification)
    monkeypatch.syspath_prepend(path.parent)
    monkeypatch.setitem(sys.modules, "coverage_of_intervals", module)
    specification.loader.exec_module(module)
    return module


def somebody(rng, strata=4, areas=5, households=40):
    """A frame of persons: two in each household, in areas of strata."""
    number = strata * areas * households * 2
    home = np.arange(number) // 2
    age = rng.integers(10, 70, number)
    status = np.where(age < 15, None, rng.choice(["employed", "unemployed", "outside"], number, p=[0.5, 0.2, 0.3]))
    pay = np.where(status == "employed", np.round(np.exp(rng.normal(7, 0.6, number)), -1), np.nan)
    where = home // households
    return pd.DataFrame({
        "ref_area": "AAA", "household_id": home, "psu": where, "stratum": where // areas,
        "district": np.array(["D1", "D2"])[where // areas % 2], "area_type": np.array(["U", "R"])[where // areas // 2],
        "sex": rng.choice(["M", "F"], number), "education": rng.choice(["1", "2", "3"], number), "age": age,
        "citizenship": rng.choice(["AAA", "BBB"], number, p=[0.7, 0.3]),
        "birthplace": rng.choice(["AAA", "CCC"], number), "labour_force_status": status, "monthly_earnings": pay,
        "status_in_employment": rng.choice(["STE_ICSE93_1", "STE_ICSE93_3"], number, p=[0.9, 0.1]),
    })  # fmt: skip


def test_intervals_of_samples_hold_the_truth_of_their_universe(coverage):
    everybody = somebody(np.random.default_rng(3))
    universe = coverage.make_universe(everybody, 20, 0.3, 8)
    assert universe.frame.persons == 20 * len(everybody)
    truth = coverage.truths(universe)
    assert truth["total: employed"][0] == 20 * universe.variables["employed"].sum()
    own = universe.persons[universe.persons["sex"] == "M"]
    means = own.groupby("citizen")["pay"].mean()
    place = universe.names.index("sex: M")
    assert truth["mean earnings"][place] == pytest.approx(own["pay"].mean())
    assert truth["gap of mean earnings"][place] == pytest.approx(100 * (means["foreign"] / means["citizen"] - 1))
    drawn = coverage.draw(universe, 1000, 10, np.random.default_rng(8))
    # a sample stands for the universe, and the kernels give what the estimators give
    assert drawn.weights.sum() == pytest.approx(20 * len(universe.persons), rel=0.1)
    assert coverage.check(universe, drawn, ["citizen", "sex"]) < coverage.AGREEMENT
    tallying = importlib.import_module("tallying")
    tally = coverage.study(universe, 30, 1000, 10, 8)
    many = tallying.RECORDS.index(25)
    tried, held = tally.tried[:, many:].sum(axis=(1, 2)), tally.held[:, many:].sum(axis=(1, 2))
    assert (tried > 500).all(), tried
    shares = dict(zip(tallying.STATISTICS, held / tried, strict=True))
    assert all(0.88 < share < 0.99 for share in shares.values()), shares
    # nobody gives an interval without a degree of freedom
    assert (tally.refused[:, :, 0] == tally.tried[:, :, 0]).all()
    said = tallying.report(tally)
    assert said.count("| median earnings |") == 3
    assert "At 400 records and 60 degrees of freedom or more" in said
