"""Weights that meet known totals, and the errors of estimates with them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lm_stats.estimate.survey.design import Design, DesignError
from lm_stats.estimate.survey.estimators import mean, ratio, total
from lm_stats.estimate.survey.margins import MarginError, read_classes
from lm_stats.estimate.survey.weighting import calibrate, post_stratify, rake
from tests.estimate.survey_sample import SAMPLE, TAYLOR, replicated

SEX = pd.Series([1100, 1000], index=pd.Index(["F", "M"], name="sex"))
AREA = pd.Series([1250, 850], index=pd.Index(["R", "U"], name="area"))
BOTH = pd.Series(
    [650, 600, 450, 400], index=pd.MultiIndex.from_product([["R", "U"], ["F", "M"]], names=["area", "sex"])
)
LINEAR = {"(Intercept)": 2100, "sex": SEX, "age": 88000}


def weigh(method, data, design):
    if method == "post":
        return post_stratify(data, design, BOTH)
    if method == "rake":
        return rake(data, design, [SEX, AREA], tolerance=1e-13)
    return calibrate(data, design, LINEAR)


def errors(data, design):
    """The first weight, the mean wage, and errors of mean, total, ratio to age, and means by area."""
    means = mean(data, design, "wage")
    parts = [total(data, design, "wage"), ratio(data, design, "wage", "age"), mean(data, design, "wage", by="area")]
    found = [one for part in parts for one in part["std_error"]]
    return [data[design.weight].iloc[0], means["estimate"].iloc[0], means["std_error"].iloc[0], *found]


# R: postStratify(D, ~sex+area), rake(D, list(~sex, ~area), epsilon=1e-14), calibrate(D, ~sex+age); the errors of
# raking by linearisation are those of calibrate(calfun="raking"), because rake leaves weights out of its residuals
@pytest.mark.parametrize(
    ("kind", "method", "expected"),
    [
        ("Taylor", "post", [72.64573991031391, 472.7249928158283, 48.10719693837984, 101025.1135705976,
                            2.018727995407163, 45.48016934722819, 100.6157407838513]),
        ("Taylor", "rake", [68.71113547547806, 475.1473313980836, 54.90618118154098, 115302.9804812361,
                            2.22130971633518, 33.9065981396904, 117.582847843066]),
        ("Taylor", "linear", [83.00726897102804, 484.0252455518865, 61.93578101460841, 130065.1401306777,
                              1.478012956030428, 45.36374949699118, 112.7250093785863]),
        ("JKn", "post", [72.64573991031391, 472.7249928158283, 65.8745746368878, 138336.6067374644,
                         2.492876104028813, 51.73714543478277, 141.1739897948866]),
        ("JKn", "rake", [68.71113547547805, 475.1473313980836, 64.74565807797357, 135965.8819637446,
                         2.503560700407124, 33.51472197572092, 143.6881381912847]),
        ("JKn", "linear", [83.00726897102804, 484.0252455518866, 71.10828400199033, 149327.3964041796,
                           1.696902231865675, 46.75391658897302, 145.3843736674988]),
        ("BRR", "post", [72.64573991031391, 472.7249928158283, 71.82506722500651, 150832.6411725137,
                         2.470384170141813, 62.73194542367575, 163.7761080513326]),
        ("Fay", "linear", [83.00726897102804, 484.0252455518866, 75.01686328627555, 157535.4129011786,
                           1.790175146604301, 56.23060060157363, 147.9009111827415]),
    ],
)  # fmt: skip
def test_calibrated_errors_are_those_of_r(kind, method, expected):
    data, design = (SAMPLE, TAYLOR) if kind == "Taylor" else replicated(kind)
    found = errors(*weigh(method, data, design))
    assert found == pytest.approx(expected, rel=1e-9)


def test_every_kind_of_data_gives_the_same_weights(tmp_path):
    wanted, design = calibrate(SAMPLE, TAYLOR, LINEAR)
    shuffled = SAMPLE.sample(frac=1, random_state=3)
    path = tmp_path / "sample.parquet"
    pq.write_table(pa.Table.from_pandas(SAMPLE), path)
    for data in (pa.Table.from_pandas(SAMPLE), path, shuffled):
        found, _ = calibrate(data, TAYLOR, LINEAR)
        frame = found.to_pandas() if isinstance(found, pa.Table) else found.sort_index()
        assert frame["w_calibrated"].tolist() == wanted["w_calibrated"].tolist()
    assert "w_calibrated" not in SAMPLE.columns
    assert design.weight == "w_calibrated"
    again = mean(shuffled.assign(w_calibrated=wanted["w_calibrated"]), design, "wage")
    pd.testing.assert_frame_equal(again, mean(wanted, design, "wage"), check_exact=True)


def test_margins_are_read_however_they_are_laid_out():
    table = BOTH.unstack("sex")
    columns = BOTH.rename("people").reset_index()
    for margin in (BOTH, BOTH.to_frame(), table, columns):
        found = read_classes(margin)
        assert found.columns == ("area", "sex")
        assert dict(zip(found.codes, found.totals, strict=True)) == BOTH.astype(float).to_dict()
    crossed, _ = calibrate(SAMPLE, TAYLOR, {("area", "sex"): BOTH})
    stratified, _ = post_stratify(SAMPLE, TAYLOR, BOTH)
    assert crossed["w_calibrated"].to_numpy() == pytest.approx(stratified["w_calibrated"].to_numpy(), rel=1e-12)


@st.composite
def samples(draw):
    size = draw(st.integers(12, 40))
    weights = draw(st.lists(st.floats(0.01, 1e4), min_size=size, max_size=size))
    rows = range(size)
    return pd.DataFrame(
        {
            # every pair of codes occurs
            "a": ["xy"[row % 2] for row in rows],
            "b": ["pqr"[(row // 2) % 3] for row in rows],
            "x": draw(st.lists(st.integers(-1000, 1000), min_size=size, max_size=size)),
            "w": weights,
        }
    )


@settings(max_examples=10, deadline=None)
@given(samples(), st.lists(st.floats(1, 1e6), min_size=6, max_size=6))
def test_margins_are_met_and_met_margins_change_nothing(data, cells):
    population = data.groupby(["a", "b"])["w"].sum()
    totals = pd.Series(cells, index=population.index)
    first, second = totals.groupby("a").sum(), totals.groupby("b").sum()
    for found, _ in (
        post_stratify(data, Design("w"), totals),
        rake(data, Design("w"), [first, second]),
        calibrate(data, Design("w"), {"a": first, "b": second}),
    ):
        for margin in (first, second):
            sums = found.groupby(margin.index.name)["w_calibrated"].sum()
            scale = found["w_calibrated"].abs().sum()
            assert sums.to_numpy() == pytest.approx(margin.to_numpy(), rel=1e-9, abs=1e-12 * scale)
    exact, _ = post_stratify(data, Design("w"), population)
    assert exact["w_calibrated"].to_numpy() == pytest.approx(data["w"].to_numpy(), rel=1e-12)


def test_margins_have_no_error():
    data, design = rake(SAMPLE, TAYLOR, [SEX, AREA], tolerance=1e-13)
    found = total(data, design, ["sex", "area"])
    assert found["estimate"].to_numpy() == pytest.approx([1100, 1000, 1250, 850])
    assert found["std_error"].to_numpy() == pytest.approx(0, abs=1e-6)


def test_records_that_stand_for_nobody_stay_so():
    data = SAMPLE.assign(w=SAMPLE["w"].where(SAMPLE.index > 2, 0), sex=SAMPLE["sex"].where(SAMPLE.index > 0, "X"))
    for method in ("post", "rake", "linear"):
        found, design = weigh(method, data, TAYLOR)
        assert found["w_calibrated"].iloc[:3].tolist() == [0, 0, 0]
        assert np.isfinite(mean(found, design, "wage")["std_error"]).all()


@pytest.mark.filterwarnings("ignore:1 strata have one sampled unit")
def test_one_unit_in_a_stratum_refuses_every_calibrated_error():
    data = SAMPLE.assign(stratum=SAMPLE["stratum"].where(SAMPLE["psu"] < 7, "Z"))
    assert mean(data, TAYLOR, "wage", by="stratum")["std_error"].isna().tolist() == [False, False, True]
    # the margins take something out of the single unit for whatever domain
    found = mean(*post_stratify(data, TAYLOR, SEX), "wage", by="stratum")
    assert found["estimate"].notna().all()
    assert found["std_error"].isna().all()


def test_weights_below_zero_are_estimated_with():
    data, design = calibrate(SAMPLE, TAYLOR, {"(Intercept)": 2100, "age": 120_000})
    assert data["w_calibrated"].min() < 0
    assert total(data, design, "age")["estimate"].iloc[0] == pytest.approx(120_000)


CELLS = pd.Series([1, 1, 1], index=pd.Index(["F", "M", "X"], name="sex"))


@pytest.mark.parametrize(
    ("method", "margins", "what"),
    [
        (post_stratify, CELLS, r"1 cells of the margin sex have a total, but nobody in the sample: X; merge"),
        (post_stratify, SEX.loc[["F"]], r"10 records are in cells that the margin sex does not have"),
        (post_stratify, SEX * [1, 0], r"1 cells of the margin sex have a total of 0, but records with a weight: M"),
        (post_stratify, SEX * [1, -1], r"1 totals of the margin sex are missing or below 0"),
        (post_stratify, SEX * [1, np.nan], r"1 totals of the margin sex are missing"),
        (post_stratify, SEX.rename_axis(None), r"name its index after the columns"),
        (post_stratify, SEX.rename_axis("gender"), r"no column gender"),
        (post_stratify, SEX.iloc[:0], r"the margin sex has no cells"),
        (post_stratify, pd.concat([SEX, SEX]), r"has a cell twice"),
        (post_stratify, SEX.rename_axis("gap"), r"2 records have no value in gap"),
        (rake, [SEX, AREA * 2], r"the margins disagree: sex sums to 2100, area to 4200"),
        (rake, [], r"give one or more in a list"),
        (rake, SEX, r"give one or more in a list"),
        (rake, [SEX, pd.Series([1000, 1100], pd.Index(["f", "m"], name="same"))], r"after 500 rounds no"),
        (calibrate, {}, r"no margins"),
        (calibrate, {"sex": SEX, "area": AREA * 2}, r"the margins disagree"),
        (calibrate, {"(Intercept)": 2000, "sex": SEX}, r"disagree: \(Intercept\) sums to 2000, sex to 2100"),
        (calibrate, {"age": "old"}, r"the total of age is not a number"),
        (calibrate, {"hours": 1.0}, r"24 records have no number in hours"),
        (calibrate, {"none": 1.0}, r"margins none do not tell apart"),
        (calibrate, {"age": 88000, "twice": 176000}, r"margins age, twice do not tell apart"),
        (calibrate, {"sex": SEX, "same": pd.Series([1100, 1000], ["f", "m"])}, r"one follows from the others"),
    ],
)
def test_infeasible_margins_are_refused(method, margins, what):
    data = SAMPLE.assign(
        gap=SAMPLE["sex"].where(SAMPLE.index > 1),
        same=SAMPLE["sex"].str.lower(),
        hours=np.nan,
        none=0,
        twice=2 * SAMPLE["age"],
    )
    with pytest.raises(MarginError, match=what):
        method(data, TAYLOR, margins)


def test_what_cannot_be_calibrated_is_refused():
    data, design = post_stratify(SAMPLE, TAYLOR, SEX)
    with pytest.raises(DesignError, match="calibrated already"):
        rake(data, design, [AREA])
    with pytest.raises(DesignError, match="w_calibrated already"):
        rake(data, TAYLOR, [AREA])
    with pytest.raises(DesignError, match="1 weights in w are missing"):
        post_stratify(SAMPLE.assign(w=SAMPLE["w"].where(SAMPLE.index > 0)), TAYLOR, SEX)
    with pytest.raises(DesignError, match=r"weights in w are .*below 0"):
        post_stratify(SAMPLE.assign(w=-SAMPLE["w"]), TAYLOR, SEX)
    data, design = replicated("BRR")
    units = pd.Series(np.full(8, 100), pd.Index(range(8), name="psu"))
    with pytest.raises(MarginError, match="8 cells of the margin psu have nobody in some replicates"):
        post_stratify(data, design, units)
