"""Names, values and sizes that a sample may have and that must not change what is estimated."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from lm_stats.distributions import t_quantile
from lm_stats.estimate.survey.design import Design, DesignError
from lm_stats.estimate.survey.estimators import covariance_of, difference, mean, proportion, ratio, total
from lm_stats.estimate.survey.independence import chi_square
from lm_stats.estimate.survey.quantiles import quantile
from tests.estimate.survey_sample import SAMPLE, TAYLOR, replicated

ROWS = Design("w", strata="stratum")
KEYS = ["sex", "variable", "category"]


def _same(found: pd.DataFrame, wanted: pd.DataFrame) -> None:
    """The same numbers, whatever columns and categories are called."""
    numbers = found.select_dtypes("number").to_numpy()
    np.testing.assert_allclose(numbers, wanted.select_dtypes("number").to_numpy(), rtol=1e-10)


@pytest.mark.parametrize("name", ["place", "numbered_row", "k0", "unit", "column_0"])
def test_names_of_columns_are_free(name: str, tmp_path: Path) -> None:
    renamed = SAMPLE.rename(columns={"sex": name})
    renamed.to_parquet(path := tmp_path / "sample.parquet")
    for design in (TAYLOR, ROWS):
        for statistic in (mean, quantile):
            wanted = statistic(SAMPLE, design, "wage", by="sex")
            for data in (pa.table(renamed), path):
                _same(statistic(data, design, "wage", by=name), wanted)
    by_name = difference(mean, renamed, TAYLOR, "wage", over="area", by=name)
    _same(by_name, difference(mean, SAMPLE, TAYLOR, "wage", over="area", by="sex"))
    _same(difference(mean, renamed, TAYLOR, "wage", over=name), difference(mean, SAMPLE, TAYLOR, "wage", over="sex"))
    strata = SAMPLE.rename(columns={"stratum": name})
    _same(mean(strata, Design("w", strata=name), "wage"), mean(SAMPLE, ROWS, "wage"))


def test_upper_and_lower_case_are_two_names(tmp_path: Path) -> None:
    both = SAMPLE.assign(WAGE=SAMPLE["age"], W=1.0, SEX=SAMPLE["area"])
    both.to_parquet(path := tmp_path / "sample.parquet")
    wanted = mean(SAMPLE, TAYLOR, ["wage", "age"], by=("sex", "area"))
    for data in (both, path):
        _same(mean(data, TAYLOR, ["wage", "WAGE"], by=("sex", "SEX")), wanted)
        assert mean(data, TAYLOR, "W")["estimate"].item() == 1
        _same(quantile(data, TAYLOR, ["wage", "WAGE"]), quantile(SAMPLE, TAYLOR, ["wage", "age"]))


@pytest.mark.parametrize(
    ("ask", "says"),
    [
        (lambda d: difference(mean, d.assign(**{"from": 1}), TAYLOR, "wage", over="sex", by="from"), "rename it"),
        (lambda d: difference(mean, d.assign(p_value=1), TAYLOR, "wage", over="sex", by="p_value"), "rename it"),
        (lambda d: quantile(d.assign(lower=1), TAYLOR, "wage", by="lower"), "rename it"),
        (lambda d: difference(mean, d, TAYLOR, ["wage", "wage"], over="sex"), "name it once"),
        (lambda d: ratio(d, TAYLOR, ["wage", "wage"], ["age", "age"]), "name it once"),
        (lambda d: mean(d, TAYLOR, "wage", by=("sex", "sex")), "name it once"),
        (lambda d: quantile(d, TAYLOR, "wage", (0.5, 0.5)), "name it once"),
        (lambda d: quantile(d, TAYLOR, "wage", ()), "at least one"),
        (lambda d: quantile(d, TAYLOR, ()), "at least one"),
        (lambda d: mean(d.rename(columns={"wage": 3}), TAYLOR, 3), "columns=str"),
        (lambda d: mean(Path("no such.parquet"), TAYLOR, "wage"), "no such file"),
        (lambda d: mean(d.assign(wage=1e200), TAYLOR, "wage"), "larger units"),
    ],
)
def test_what_cannot_be_meant_is_refused(ask: Callable[[pd.DataFrame], Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        ask(SAMPLE)


def test_shares_that_differ_have_their_own_rows() -> None:
    near = (0.5, 0.50000001)
    found = difference(quantile, SAMPLE, TAYLOR, "wage", near, over="sex")
    assert found["category"].tolist() == ["0.5", "0.50000001"]


def test_zero_has_no_sign(tmp_path: Path) -> None:
    signed = SAMPLE.assign(code=np.where(SAMPLE["sex"] == "F", 0.0, -0.0))
    signed.to_parquet(path := tmp_path / "sample.parquet")
    for data in (signed, path):
        for statistic in (mean, quantile):
            assert len(statistic(data, TAYLOR, "wage", by="code")) == 1
            one = statistic(data, Design("w", strata="code", psu="psu", nest=True), "wage")
            _same(one, statistic(SAMPLE, Design("w", psu="psu"), "wage"))
            twice = SAMPLE.assign(psu=np.where(SAMPLE["psu"] > 0, SAMPLE["psu"], signed["code"]))
            _same(statistic(twice, TAYLOR, "wage"), statistic(SAMPLE, TAYLOR, "wage"))


def test_a_jackknife_of_quantiles_is_one_of_shares() -> None:
    random = np.random.default_rng(3)
    data = pd.DataFrame({"psu": np.repeat(np.arange(20), 10), "w": 1.0, "wage": random.lognormal(6, 1, 200).round(2)})
    data = data.assign(sex=random.choice(["F", "M"], 200), w=random.uniform(50, 150, 200))
    weights = {f"r{unit}": data["w"] * np.where(data["psu"] == unit, 0, 20 / 19) for unit in range(20)}
    data, design = data.assign(**weights), Design("w", replicate_weights=r"r\d+", replicate_type="JK1")
    joint = covariance_of(quantile, data, design, "wage", (0.4, 0.5), by="sex").to_numpy()
    alone = quantile(data, design, "wage", (0.4, 0.5), by="sex")["std_error"]
    np.testing.assert_allclose(np.sqrt(np.diag(joint)), alone, rtol=1e-12)
    found = difference(quantile, data, design, "wage", over="sex")
    linearised = difference(quantile, data, Design("w", psu="psu"), "wage", over="sex")
    assert found["estimate"].item() == linearised["estimate"].item()
    assert found["std_error"].item() == pytest.approx(linearised["std_error"].item(), rel=0.1)


@pytest.mark.parametrize("size", [(1e12, 1e-9, 1.0, 1.0), (1.0, 1.0, 1e15, 1e-15), (1.0, 1.0, 1e90, 1e-90)])
def test_domains_far_apart_in_size(size: tuple[float, ...], tmp_path: Path) -> None:
    women = SAMPLE["sex"] == "F"
    far = SAMPLE.assign(
        w=SAMPLE["w"] * np.where(women, *size[:2]),
        wage=SAMPLE["wage"] * np.where(women, *size[2:]),
        age=SAMPLE["age"] + 0.5,
    )
    far.to_parquet(path := tmp_path / "sample.parquet")
    for data in (far, path):
        for statistic, other in ((mean, ()), (ratio, ("age",)), (quantile, ())):
            found = statistic(data, TAYLOR, "wage", *other, by="sex").set_index("sex")
            for sex, part in far.groupby("sex"):
                # records of nobody keep the units of the others
                alone = pd.concat([part, far[far["sex"] != sex].assign(w=0.0, wage=0.0)])
                wanted = statistic(alone, TAYLOR, "wage", *other, by="sex").set_index("sex").loc[sex]
                for column in ("estimate", "std_error", "lower", "upper"):
                    assert found.loc[sex, column] == pytest.approx(wanted[column], rel=1e-9, nan_ok=True)


def test_too_small_for_errors() -> None:
    with pytest.warns(RuntimeWarning, match="other units"):
        found = mean(SAMPLE.assign(wage=SAMPLE["wage"] * 1e-200), TAYLOR, "wage", by="sex")
    assert found["std_error"].isna().all()
    np.testing.assert_allclose(found["estimate"] * 1e200, mean(SAMPLE, TAYLOR, "wage", by="sex")["estimate"])
    # no number holds both
    apart = SAMPLE.assign(wage=np.where(SAMPLE["sex"] == "F", 1e99, 1e-300))
    with pytest.warns(RuntimeWarning, match="one by one"):
        found = mean(apart, TAYLOR, "wage", by="sex")
    assert found["estimate"].isna().tolist() == [False, True]


@pytest.mark.parametrize("nothing", [np.nan, None, pd.array([None] * 24, dtype="str")])
def test_nothing_known(nothing: Any) -> None:
    data, replicates = replicated("BRR")
    data = data.assign(nothing=nothing, flag=1)
    for design in (TAYLOR, replicates):
        for statistic, what in ((total, "wage"), (mean, "wage"), (proportion, "sex"), (ratio, ("wage", "age"))):
            what = (what,) if isinstance(what, str) else what
            found = statistic(data, design, *what, by="nothing")
            assert list(found) == ["nothing", *list(statistic(data, design, *what))]
            assert found.empty
        assert quantile(data, design, "wage", by="nothing").empty
        assert difference(mean, data, design, "wage", over="sex", by="nothing").empty
        assert covariance_of(mean, data, design, "wage", by="nothing").empty
        found = mean(data, design, "nothing", by="sex")
        assert found["n_records"].tolist() == [0, 0]
        assert found["estimate"].isna().all()


def test_categories_and_zones() -> None:
    of_codes = SAMPLE.assign(code=pd.Categorical(SAMPLE["psu"] % 2))
    assert total(of_codes, TAYLOR, "code")["category"].tolist() == ["0", "1"]
    zoned = SAMPLE.assign(day=pd.to_datetime(np.where(SAMPLE["sex"] == "F", "2024-01-01", "2025-01-01")))
    for zone in ("Africa/Maseru", "+02:00", None):
        days = zoned.assign(day=zoned["day"].dt.tz_localize(zone))
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            found = mean(days, TAYLOR, "wage", by="day")
        assert found["day"].tolist() == days["day"].drop_duplicates().sort_values().tolist()


def test_designs_can_be_compared() -> None:
    made = [Design("w", replicate_weights="r.*", replicate_type="JKn", rscales=np.full(3, 0.5)) for _ in range(2)]
    assert made[0] == made[1]
    assert len(set(made)) == 1
    with pytest.raises(DesignError, match="rscales must be"):
        Design("w", replicate_weights="r.*", replicate_type="JKn", rscales="half")


@pytest.mark.parametrize("number", [4.0, 11.0, 0.3, 1.0])
def test_population_numbers_may_differ_in_their_last_digits(number: float) -> None:
    noise = 1 + 1e-12 * np.sin(np.arange(24))
    design = Design("w", strata="stratum", psu="psu", fpc="units")
    near = SAMPLE.assign(units=number * noise)
    for statistic in (mean, quantile):
        found, wanted = (statistic(data, design, "wage") for data in (near, SAMPLE.assign(units=number)))
        np.testing.assert_allclose(found["std_error"], wanted["std_error"], rtol=1e-9)
    with pytest.raises(DesignError, match="varies within 2 strata"):
        mean(SAMPLE.assign(units=11 * (1 + 1e-6 * np.sin(np.arange(24)))), design, "wage")


def test_a_change_never_falls_below_nothing() -> None:
    few = SAMPLE.assign(round=np.where(SAMPLE.index % 2 == 0, 1, 2), job=np.where(SAMPLE.index % 12 == 1, 1.0, 0.0))
    few.loc[few["round"] == 1, "job"] = 1.0
    found = difference(total, few, TAYLOR, "job", over="round", relative=True).iloc[0]
    share, error = 1 + found["estimate"] / 100, found["std_error"] / 100
    t = t_quantile(0.975, found["df"])
    assert found["lower"] == pytest.approx(100 * (share * np.exp(-t * error / share) - 1), rel=1e-12)
    assert found["upper"] == pytest.approx(100 * (share * np.exp(t * error / share) - 1), rel=1e-12)
    assert found["estimate"] - t * found["std_error"] < -100 < found["lower"]
    below = difference(mean, few.assign(job=-few["age"]), TAYLOR, "job", over="round", relative=True).iloc[0]
    assert below["lower"] + below["upper"] == pytest.approx(2 * below["estimate"])


def test_no_design_effect_without_a_population() -> None:
    scaled = SAMPLE.assign(w=SAMPLE["w"] / SAMPLE["w"].max())
    assert mean(scaled, TAYLOR, "wage", by="sex")["deff"].isna().all()
    assert chi_square(scaled, TAYLOR, "sex", "area")["p_value"].notna().all()
