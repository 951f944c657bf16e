"""What a design refuses, and what it takes data from."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from lm_stats.compile.duckdb import connect
from lm_stats.estimate.survey.design import Design, DesignError, NestingWarning
from lm_stats.estimate.survey.estimators import mean, ratio, total
from lm_stats.estimate.survey.quantiles import quantile

SAMPLE = pd.DataFrame(
    {
        "w": [2.0, 3.0, 1.0, 4.0, 2.5, 1.5],
        "stratum": ["a", "a", "a", "b", "b", "b"],
        "psu": [1, 2, 2, 3, 4, 4],
        "size": [5, 5, 5, 8, 8, 8],
        "y": [1.0, 0.0, 2.0, 5.0, 3.0, None],
        "group": ["x", "y", "x", "x", None, "y"],
        "secret": ["p1", "p2", "p3", "p4", "p5", "p6"],
    }
)
NAMED = {"strata": "stratum", "psu": "psu"}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"weight": ""}, "weight must be the name"),
        ({"single_psu": "guess"}, "single_psu must be one of fail, certainty, average, adjust"),
        ({"strata": ("a", "b"), "psu": "c"}, "more columns of strata are named than stages"),
        ({"strata": ("a", "b")}, "strata or fpc name more stages"),
        ({"fpc": ["a", "b"], "psu": "c"}, "strata or fpc name more stages"),
        ({"nest": True, "psu": "c"}, "there are no strata"),
        ({"scale": 1.0}, "scale given without replicate_weights"),
        ({"replicate_weights": "r.*"}, "replicate_type must be one of"),
        ({"replicate_weights": "r.*", "replicate_type": "Fay"}, "rho belongs to the type Fay"),
        ({"replicate_weights": "r.*", "replicate_type": "BRR", "rho": 0.3}, "rho belongs to the type Fay"),
        ({"replicate_weights": "r.*", "replicate_type": "Fay", "rho": 1.0}, "rho must be 0 or more and below 1"),
        ({"replicate_weights": "r.*", "replicate_type": "JKn"}, "JKn needs rscales"),
        ({"replicate_weights": "r.*", "replicate_type": "other"}, "need scale or rscales"),
        ({"replicate_weights": "r.*", "replicate_type": "BRR", "scale": -1.0}, "scale must be above 0"),
        ({"replicate_weights": "r(", "replicate_type": "BRR"}, "no regular expression"),
    ],
)
def test_a_design_does_not_contradict_itself(arguments: dict[str, Any], says: str) -> None:
    with pytest.raises(DesignError, match=says):
        Design(**{"weight": "w", **arguments})


@pytest.mark.parametrize(
    ("arguments", "changed", "says"),
    [
        ({"weight": "v"}, {}, "no column v in the data"),
        ({"psu": "house"}, {}, "no column house in the data"),
        ({}, {"w": [2.0, None, 1.0, 4.0, None, 1.5]}, "weight: column w is missing in 2 rows"),
        ({}, {"w": [2.0, -1.0, np.inf, 4.0, 1.0, 1.5]}, "weight: column w is infinite or negative in 2 rows"),
        ({}, {"w": ["2"] * 6}, "weight: column w does not hold numbers"),
        ({}, {"stratum": ["a", None, "a", "b", "b", "b"]}, "strata: column stratum is missing in 1 rows"),
        ({}, {"psu": [1.0, np.nan, 2, 3, 4, 4]}, "psu: column psu is missing in 1 rows"),
        ({"fpc": "size"}, {"size": [5, None, 5, 8, 8, 8]}, "fpc: column size is missing in 1 rows"),
        ({"fpc": "size"}, {"size": ["5"] * 6}, "fpc: column size does not hold numbers"),
        ({"fpc": "size"}, {"size": [5, 5, 6, 8, 8, 8]}, "fpc: column size varies within 1 strata"),
        ({"fpc": "size"}, {"size": [5, 5, 5, 1.5, 1.5, 1.5]}, "fpc: column size is below the number of sampled units"),
        ({"fpc": "size"}, {"size": [5, 5, 5, 0.5, 0.5, 0.5]}, "both sampling fractions and numbers"),
        ({"fpc": "size"}, {"size": [5, 5, 5, 0, 0, 0]}, "fpc: column size is 0 or negative"),
        ({"nest": False}, {"psu": [1, 2, 2, 1, 4, 4]}, "psu: 1 codes of column psu stand in several strata"),
        ({}, {"y": [1.0, 0.0, np.inf, 5.0, 3.0, 1.0]}, "column y holds infinite values"),
        ({}, {"y": pd.date_range("2020-01-01", periods=6)}, "column y holds neither numbers nor text"),
        ({}, {"y": [1, "a", 2.5, None, 3, b"x"]}, "column y holds values of several kinds"),
    ],
)
def test_data_that_do_not_fit_are_refused(arguments: dict[str, Any], changed: dict[str, Any], says: str) -> None:
    data = SAMPLE.assign(**changed)
    with pytest.raises(DesignError, match=says) as refused:
        total(data, Design(**{"weight": "w", **NAMED, **arguments}), "y")
    assert not any(cell in str(refused.value) for cell in SAMPLE["secret"])


def test_no_rows_and_no_numbers() -> None:
    with pytest.raises(DesignError, match="there are no rows"):
        total(SAMPLE.head(0), Design("w"), "y")
    with pytest.raises(DesignError, match="column group does not hold numbers: a ratio"):
        ratio(SAMPLE, Design("w"), "group", "y")
    with pytest.raises(ValueError, match="as many denominators"):
        ratio(SAMPLE, Design("w"), ["y"], ["y", "w"])
    with pytest.raises(ValueError, match="at least one column"):
        total(SAMPLE, Design("w"), [])
    with pytest.raises(ValueError, match="column df of by"):
        total(SAMPLE.assign(df=1), Design("w"), "y", by="df")
    with pytest.raises(TypeError, match="data must be"):
        total([1, 2], Design("w"), "y")  # type: ignore[arg-type]


def test_units_numbered_anew_in_each_stratum() -> None:
    unique = mean(SAMPLE, Design("w", **NAMED), "y")
    anew = SAMPLE.assign(psu=[1, 2, 2, 1, 2, 2])
    for nest in (None, True):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            pd.testing.assert_frame_equal(mean(anew, Design("w", **NAMED, nest=nest), "y"), unique)
    # a third stratum shares no code with the others: it cannot be known
    third = SAMPLE.tail(2).assign(stratum="c", psu=[8, 9])
    mixed = pd.concat([anew, third], ignore_index=True)
    with pytest.warns(NestingWarning, match="2 codes of column psu"):
        refused = mean(mixed, Design("w", **NAMED), "y").iloc[0]
    known = mean(mixed, Design("w", **NAMED, nest=True), "y").iloc[0]
    assert refused["estimate"] == known["estimate"]
    assert refused[["std_error", "lower", "upper", "cv", "deff"]].isna().all()
    assert np.isfinite(known["std_error"])


def test_fractions_and_numbers_of_units_say_the_same() -> None:
    by_number = total(SAMPLE, Design("w", **NAMED, fpc="size"), "y")
    fractions = SAMPLE.assign(size=[0.4, 0.4, 0.4, 0.25, 0.25, 0.25])
    by_fraction = total(fractions, Design("w", **NAMED, fpc="size"), "y")
    pd.testing.assert_frame_equal(by_number, by_fraction, rtol=1e-14)
    assert by_number["std_error"][0] < total(SAMPLE, Design("w", **NAMED), "y")["std_error"][0]


def test_data_of_every_kind(tmp_path: Path) -> None:
    path = tmp_path / "sample [1].parquet"
    SAMPLE.to_parquet(path)
    # what is no number is missing, wherever it comes from
    odd = pa.table({**{name: pa.array(SAMPLE[name]) for name in SAMPLE}, "y": pa.array(SAMPLE["y"].to_numpy())})
    with connect() as connection:
        connection.register("sample", SAMPLE)
        relation: duckdb.DuckDBPyRelation = connection.table("sample")
        categories = SAMPLE.astype({"stratum": "category", "group": "category"})
        given = (SAMPLE, odd, path, relation, categories)
        found = [mean(data, Design("w", **NAMED), ["y", "group"], by="group") for data in given]
    for other in found[1:]:
        pd.testing.assert_frame_equal(other.astype({"group": "str"}), found[0], check_exact=True)
    assert found[0]["group"].tolist() == ["x"] * 3 + ["y"] * 3
    # a record without a group is in none
    assert found[0]["n_records"].tolist() == [3, 3, 3, 1, 2, 2]


def test_many_units_are_the_same_in_memory_and_in_a_file(tmp_path: Path) -> None:
    rows = np.arange(6000)
    numbers = np.random.default_rng(5)
    # strata and units of which all pairs would be a long list, and a 0 with a sign
    data = pd.DataFrame({"w": numbers.uniform(1, 9, 6000), "stratum": rows // 4, "psu": 7 * rows // 2 + 10**12})
    data["at"], data["y"] = np.where(rows % 3 == 0, -0.0, rows % 2), numbers.lognormal(0, 3, 6000)
    data["flag"] = numbers.integers(0, 2, 6000) / 1.0
    data.to_parquet(tmp_path / "sample.parquet")
    design = Design("w", **NAMED)
    given = (data, data.sample(frac=1, random_state=2), tmp_path / "sample.parquet")
    found = [total(one, design, ["y", "flag"], by="at") for one in given]
    for other in found[1:]:
        pd.testing.assert_frame_equal(other, found[0], check_exact=True)
    expected = (data["w"] * data["y"]).groupby(data["at"]).sum()
    assert found[0]["estimate"][::2].to_numpy() == pytest.approx(expected.to_numpy(), rel=1e-12)


def test_a_domain_of_nobody_is_a_row() -> None:
    data = SAMPLE.assign(w=SAMPLE["w"].where(SAMPLE["group"] != "y", 0.0))
    data = data.assign(**{f"r{place}": data["w"] * (place % 2 + 0.5) for place in range(4)})
    for design in (Design("w", **NAMED), Design("w", replicate_weights=r"r\d", replicate_type="bootstrap")):
        for statistic, estimate in ((total, 0.0), (mean, np.nan), (quantile, np.nan)):
            row = statistic(data, design, "y", by="group").set_index("group").loc["y"]
            assert row["n_records"] == 0
            assert row["estimate"] == pytest.approx(estimate, nan_ok=True)


def test_domains_are_the_values_that_occur_together() -> None:
    data = SAMPLE.assign(year=[2020, 2021, 2020, 2021, 2020, 2021], old=[True, True, False, True, True, False])
    found = total(data, Design("w", **NAMED), "y", by=("year", "group", "old"))
    assert found[["year", "group", "old"]].to_numpy().tolist() == [
        [2020, "x", False],
        [2020, "x", True],
        [2021, "x", True],
        [2021, "y", False],
        [2021, "y", True],
    ]


def test_weights_of_replicates_are_found() -> None:
    design = Design("w", replicate_weights=r"rep\d+", replicate_type="Fay", rho=0.5)
    assert design.replicate_columns(["w", "rep2", "rep10", "rep1x", "rep1"]) == ("rep2", "rep10", "rep1")
    scale, rscales = design.replicate_scales(4)
    assert (scale, rscales.tolist()) == (1.0, [1.0] * 4)
    for kind, known in (("JK1", 0.75), ("BRR", 0.25), ("bootstrap", 1 / 3)):
        assert Design("w", replicate_weights="r", replicate_type=kind).replicate_scales(4)[0] == pytest.approx(known)
    with pytest.raises(DesignError, match="no column matches"):
        design.replicate_columns(["w"])
    with pytest.raises(DesignError, match="at least two"):
        design.replicate_columns(["w", "rep1"])
    with pytest.raises(DesignError, match="no column r2"):
        Design("w", replicate_weights=("r1", "r2"), replicate_type="BRR").replicate_columns(["w", "r1"])
    with pytest.raises(DesignError, match="rscales must be 3 numbers"):
        Design("w", replicate_weights="r", replicate_type="JKn", rscales=[1, 2]).replicate_scales(3)
