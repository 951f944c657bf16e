"""The test of independence: what R's svychisq gives, with both corrections, and what is refused."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lm_stats.estimate.survey.contingency import rao_scott
from lm_stats.estimate.survey.design import Design, SinglePSUWarning
from lm_stats.estimate.survey.independence import chi_square
from lm_stats.estimate.survey.weighting import post_stratify

DATA = Path(__file__).parents[1] / "oracles/survey"
CLUSTERED = Design("pw", psu="dnum", fpc="fpc")
HEALTH = Design("weight", strata="stratum", psu="psu")
# svychisq(~rows + columns, design, statistic = method) of survey 4.1-1: statistic, df, ddf, p-value
OF_R = [
    ("apiclus1", CLUSTERED, "comp_imp", "stype", "F",
     (3.5450737230007574, 1.429358572616297, 20.011020016628159, 0.061354386642400664)),
    ("apiclus1", CLUSTERED, "comp_imp", "stype", "Chisq", (9.0138736842105267, 2, np.inf, 0.028866494306655659)),
    ("nhanes", HEALTH, "race", "age", "F",
     (21.131308778430167, 4.6730246600107312, 74.7683945601717, 1.145213004778282e-12)),
    ("nhanes", HEALTH, "race", "age", "Chisq", (277.2116148814963, 9, np.inf, 3.7714016456276288e-36)),
    # R scales Pearson's statistic to all records, those without an answer too: 353.66781667818026
    ("nhanes", HEALTH, "high", "age", "Chisq",
     (353.66781667818026 * 7846 / 8591, 3, np.inf, 1.1803049325867605e-40)),
]  # fmt: skip
# the same with as.svrepdesign(design, type = "JK1"), and after postStratify by the number of schools of each type
JACKKNIFE = (4.4639053819295871, 1.4197254796946035, 19.876156715724449, 0.035773399013596427)
CALIBRATED = (4.7117382242001593, 1.6290249544991919, 22.806349362988687, 0.025089836241090766)


def read(name):
    return pd.read_csv(DATA / f"{name}.csv")


@pytest.mark.parametrize(("name", "design", "rows", "columns", "method", "expected"), OF_R)
def test_independence_is_tested_as_r_does(name, design, rows, columns, method, expected):
    found = chi_square(read(name), design, rows, columns, method)
    assert found.columns.tolist() == ["statistic", "df", "ddf", "p_value"]
    assert found.to_numpy()[0] == pytest.approx(expected, rel=1e-9)


def test_calibrated_weights_and_replicates_are_tested_too():
    frame = read("apiclus1")
    margin = pd.Series({"E": 4421.0, "H": 755.0, "M": 1018.0}).rename_axis("stype")
    calibrated = chi_square(*post_stratify(frame, CLUSTERED, margin), "sch_wide", "stype")
    assert calibrated.to_numpy()[0] == pytest.approx(CALIBRATED, rel=1e-9)
    design = Design("pw", replicate_weights=r"jk_\d+", replicate_type="JK1", scale=0.914839277851167)
    found = chi_square(frame, design, "sch_wide", "stype")
    assert found.to_numpy()[0] == pytest.approx(JACKKNIFE, rel=1e-9)


def test_under_simple_random_sampling_it_is_pearsons():
    shares = np.array([[0.2, 0.1, 0.05], [0.15, 0.3, 0.2]])
    cells = shares.ravel()
    simple = (np.diag(cells) - np.outer(cells, cells)) / 500
    first, second = rao_scott(shares, simple, 500, 499, "Chisq"), rao_scott(shares, simple, 500, 499)
    assert second.statistic == pytest.approx(first.statistic / 2)
    assert second.df == pytest.approx(2)
    assert second.ddf == pytest.approx(998)
    # the same table with the codes of the rows in another order
    turned = rao_scott(shares[::-1], simple, 500, 499, "Chisq")
    assert turned.statistic == pytest.approx(first.statistic)


def test_what_cannot_be_tested_is_refused():
    frame = read("apiclus1")
    with pytest.raises(ValueError, match="fewer than two codes"):
        chi_square(frame[frame["stype"] == "E"], CLUSTERED, "stype", "comp_imp")
    with pytest.raises(ValueError, match="one column"):
        chi_square(frame, CLUSTERED, "stype", "stype")
    with pytest.raises(ValueError, match="method"):
        chi_square(frame, CLUSTERED, "stype", "comp_imp", "Wald")
    alone = frame.assign(region=np.where(frame["dnum"] == frame["dnum"].iloc[0], "a", "b"))
    with pytest.warns(SinglePSUWarning):
        found = chi_square(alone, Design("pw", strata="region", psu="dnum"), "stype", "comp_imp")
    assert found.isna().to_numpy().all()
