"""Quantiles of samples: what R's svyquantile gives on its own data, and what no interval can be given for."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from lm_stats.estimate.survey.design import Design, DesignError, SinglePSUWarning
from lm_stats.estimate.survey.distribution import woodruff, woodruff_domains
from lm_stats.estimate.survey.quantiles import linearise_quantile, quantile
from lm_stats.estimate.survey.variance import Units

DATA = Path(__file__).parents[1] / "oracles/survey"
NUMBERS = ["estimate", "lower", "upper", "std_error"]
STRATIFIED = Design("pw", strata="stype", fpc="fpc")
CLUSTERED = Design("pw", psu="dnum", fpc="fpc")
# svyquantile(~variable, subset(design, by == code), q, ci = TRUE) of survey 4.1-1, with its defaults
OF_R = [
    ("apistrat", STRATIFIED, "meals", 0.05, "", "", (6, 4, 9, 1.2676976719386357)),
    ("apistrat", STRATIFIED, "enroll", 0.99, "", "", (2181, 2039, 3156, 283.20365991109122)),
    ("apistrat", STRATIFIED, "meals", 0.1, "", "", (9, 6, 14, 2.0283162751018171)),
    ("apistrat", STRATIFIED, "enroll", 0.9, "stype", "H", (2165, 1894, 3156, 313.99670355284098)),
    ("apistrat", STRATIFIED, "api00", 0.25, "comp_imp", "Yes", (588, 542, 617, 18.928110114658796)),
    ("apiclus1", CLUSTERED, "api00", 0.05, "", "", (481, np.nan, 505, np.nan)),
    ("apiclus1", CLUSTERED, "api00", 0.5, "stype", "E", (652, 561, 717, 36.367252953138461)),
    ("apiclus1", CLUSTERED, "api00", 0.5, "stype", "M", (642, 528, 720, 43.616832017169536)),
]


def read(name):
    return pd.read_csv(DATA / f"{name}.csv")


@pytest.mark.parametrize(("name", "design", "variable", "q", "by", "code", "expected"), OF_R)
def test_quantiles_are_those_of_r(name, design, variable, q, by, code, expected):
    found = quantile(read(name), design, variable, q, by=by or ())
    row = found[found[by] == code] if by else found
    assert row[NUMBERS].to_numpy()[0] == pytest.approx(expected, rel=1e-9, nan_ok=True)
    assert row[["variable", "category"]].to_numpy().tolist() == [[variable, f"{q:g}"]]


def test_a_quantile_is_the_first_value_that_reaches_the_share():
    # q on a step, weights of 0, ties, and a first record heavier than q, for which R 4.1 gives the second value
    units = Units((np.zeros(10, int),), (np.arange(10),), (np.full(10, np.inf),))
    values, row = np.arange(10.0), np.arange(10)
    assert woodruff(values, np.full(10, 0.1), row, units, (0.5, 0.7)).estimate.tolist() == [[4, 6]]
    zero = np.array([0, 0, 0, 0, 0, 1, 1, 1, 1, 0])
    assert woodruff(values, zero, row, units, (0.5,)).estimate.tolist() == [[6]]
    assert woodruff([3, 3, 1, np.nan], [1, 1, 1, 9], [0, 1, 2, 3], units, (0.3, 0.34)).estimate.tolist() == [[1, 3]]
    assert woodruff([7, 8], [3, 1], [0, 1], units, (0.5,)).estimate.tolist() == [[7]]
    with pytest.raises(ValueError, match="between 0 and 1"):
        woodruff(values, zero, row, units, (1.0,))


def test_what_a_sample_does_not_tell_is_not_invented():
    units = Units((np.zeros(4, int),), (np.arange(4),), (np.full(4, np.inf),))
    # nobody has more than the median, one record, and no record
    found = woodruff_domains([5, 5, 9, 2], np.ones(4), [0, 1, 2, 3], [0, 0, 1, -1], 3, units)
    assert found.estimate[:2, 0].tolist() == [5, 9]
    assert np.isnan(found.estimate[2, 0])
    assert np.isnan(found.std_error).all()
    assert np.isnan(found.upper).all()
    assert found.df.tolist() == [1, 0, 0]
    assert found.n_records.tolist() == [2, 1, 0]


def test_errors_of_a_stratum_with_one_unit_are_refused_or_decided():
    frame = read("apistrat").assign(psu=lambda one: one.index)
    frame.loc[0, "stype"] = "X"
    design = {"weight": "pw", "strata": "stype", "psu": "psu"}
    with pytest.warns(SinglePSUWarning, match="1 strata"):
        refused = quantile(frame, Design(**design), ["api00"], by="comp_imp").set_index("comp_imp")
    decided = quantile(frame, Design(**design, single_psu="certainty"), ["api00"], by="comp_imp").set_index("comp_imp")
    alone, others = frame.loc[0, "comp_imp"], {"Yes": "No", "No": "Yes"}[frame.loc[0, "comp_imp"]]
    assert refused["estimate"].equals(decided["estimate"])
    assert np.isnan(refused.loc[alone, "std_error"])
    assert refused.loc[others, NUMBERS].tolist() == decided.loc[others, NUMBERS].tolist()


def test_the_order_of_rows_and_the_form_of_the_data_change_nothing(tmp_path):
    frame = read("apiclus1").assign(api00=lambda one: one["api00"].where(one.index % 7 > 0))
    frame.to_parquet(tmp_path / "sample.parquet")
    call = (CLUSTERED, ["api00", "enroll"], (0.25, 0.5), "stype")
    found = quantile(frame, *call)
    assert found["n_records"].tolist()[:2] == [int(frame.loc[frame["stype"] == "E", "api00"].notna().sum())] * 2
    shuffled = frame.sample(frac=1, random_state=3)
    for data in (shuffled, pa.Table.from_pandas(shuffled), tmp_path / "sample.parquet"):
        pd.testing.assert_frame_equal(quantile(data, *call), found, check_exact=True)
    with pytest.raises(DesignError, match="stype does not hold numbers"):
        quantile(frame, CLUSTERED, "stype")


def test_parts_of_quantiles_vary_as_the_quantiles_do():
    frame = read("apiclus1")
    found = quantile(frame, CLUSTERED, ["api00", "enroll"], (0.25, 0.5), "stype")
    parts = linearise_quantile(frame, CLUSTERED, ["api00", "enroll"], (0.25, 0.5), "stype")
    assert parts.keys.equals(found[["stype", "variable", "category"]])
    assert np.sqrt(parts.variances()) == pytest.approx(found["std_error"].to_numpy(), rel=1e-9, nan_ok=True)
    # the quartile and the median of one variable go together
    related = parts.covariance()
    assert 0 < related[0, 1] / np.sqrt(related[0, 0] * related[1, 1]) < 1
