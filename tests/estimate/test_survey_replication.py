"""Estimates with weights of replicates."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lm_stats.estimate.survey.design import Design, DesignError
from lm_stats.estimate.survey.estimators import difference, mean, proportion, ratio, total
from lm_stats.estimate.survey.exact import exact_group_sums, exact_product
from lm_stats.estimate.survey.quantiles import quantile
from lm_stats.estimate.survey.replicated import EmptyReplicateWarning
from lm_stats.estimate.survey.replication import quantile as quantile_of_replicates
from tests.estimate.survey_sample import replicated

# Levy and Lemeshow's ambulances, data(scd) of R's survey, with the half-samples of ?svrepdesign
AMBULANCES = pd.DataFrame({"arrests": [120, 78, 185, 228, 670, 530], "alive": [25, 24, 30, 49, 80, 70], "w": 1.0})
CALLS = 2.0 * np.array([[1, 0, 1, 0, 1, 0], [1, 0, 0, 1, 0, 1], [0, 1, 1, 0, 0, 1], [0, 1, 0, 1, 1, 0]]).T


@pytest.mark.parametrize(
    ("kind", "rho", "of_ratio"), [("BRR", None, 0.0094184006699184943), ("Fay", 0.3, 0.0095251874777052201)]
)
def test_half_samples_of_ambulances(kind, rho, of_ratio):
    factors = CALLS if rho is None else 1 + (CALLS - 1) * (1 - rho)
    data = AMBULANCES.assign(**{f"half{place}": factors[:, place] for place in range(4)})
    design = Design("w", replicate_weights="half.", replicate_type=kind, rho=rho)
    found = total(data, design, ["arrests", "alive"])
    assert found["std_error"].to_numpy() == pytest.approx([152.358130731510357, 21.494185260204677], rel=1e-12)
    assert found["df"].tolist() == [3, 3]
    of_alive = ratio(data, design, "alive", "arrests").iloc[0]
    assert of_alive["estimate"] == pytest.approx(0.1535063500828271754, rel=1e-12)
    assert of_alive["std_error"] == pytest.approx(of_ratio, rel=1e-9)


# R: svymean(~wage), svytotal(~wage), svyratio(~wage, ~age), svyby(~wage, ~area, svymean): errors, and degf
@pytest.mark.parametrize(
    ("kind", "mse", "expected", "df"),
    [
        ("JKn", False, [72.710225995623, 164837.0895763451, 2.5916593501708, 32.064327249535, 144.7971631491347], 6),
        ("JKn", True, [72.712499611953, 164837.0895763451, 2.5929357992573, 32.064571844902, 144.813880467179], 6),
        ("BRR", False, [75.67890415601, 173316.233803992, 2.7429250635095, 27.822728409865, 161.6893830583423], 4),
        ("BRR", True, [75.696053464295, 173316.233803992, 2.7526562823885, 27.824128428770, 161.7538791514681], 4),
        ("Fay", False, [75.685370545584, 173316.233803992, 2.6790776769633, 27.763377461771, 155.4146133316831], 4),
    ],
)  # fmt: skip
def test_replicates_are_those_of_r(kind, mse, expected, df):
    data, design = replicated(kind)
    design = dataclasses.replace(design, mse=mse)
    parts = [
        mean(data, design, "wage"),
        total(data, design, "wage"),
        ratio(data, design, "wage", "age"),
        mean(data, design, "wage", by="area"),
    ]
    assert [one for part in parts for one in part["std_error"]] == pytest.approx(expected, rel=1e-9)
    assert parts[0]["estimate"].iloc[0] == pytest.approx(465.1636904761905, rel=1e-12)
    assert parts[0]["df"].tolist() == [df]
    assert parts[3]["area"].tolist() == ["R", "U"]


def test_quantiles_by_replicate_and_by_woodruff():
    data, design = replicated("BRR")
    spread = quantile_of_replicates(data, design, ["wage"], [0.25, 0.5]).frame()
    assert spread["estimate"].tolist() == [240, 450]
    assert spread["std_error"].to_numpy() == pytest.approx([87.24068718207118, 70.96433963618630], rel=1e-9)
    median = quantile(data, design, "wage", 0.5).iloc[0]
    assert (median["lower"], median["upper"]) == (260, 890)
    assert median["std_error"] == pytest.approx(113.4544311394046, rel=1e-9)


def test_differences_take_the_difference_of_each_replicate():
    data, design = replicated("JKn")
    found = difference(mean, data, design, "wage", over="area").iloc[0]
    values = data["wage"].to_numpy()
    here = (data["area"] == "U").to_numpy()

    def gap(weights):
        return np.average(values[here], weights=weights[here]) - np.average(values[~here], weights=weights[~here])

    gaps = np.array([gap(data[f"r{place}"].to_numpy()) for place in range(8)])
    assert found["estimate"] == pytest.approx(gap(data["w"].to_numpy()), rel=1e-12)
    assert found["std_error"] == pytest.approx(np.sqrt(0.75 * ((gaps - gaps.mean()) ** 2).sum()), rel=1e-9)


@settings(max_examples=5, deadline=None)
@given(st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(0.1, 1e3)), min_size=3, max_size=30), st.integers(2, 6))
def test_equal_replicates_have_no_error(rows, number):
    data = pd.DataFrame(rows, columns=["y", "w"])
    data = data.assign(z=1.0, **{f"r{place}": data["w"] for place in range(number)})
    design = Design("w", replicate_weights=r"r\d", replicate_type="bootstrap")
    for found in (total(data, design, "y"), mean(data, design, "y"), ratio(data, design, "y", "z")):
        # the mean of equal numbers may differ from them by one rounding
        assert found["std_error"].iloc[0] <= 1e-15 * number * abs(found["estimate"].iloc[0])
    found = quantile_of_replicates(data, design, ["y"], [0.5]).frame()
    assert found["std_error"].iloc[0] <= 1e-15 * number * abs(found["estimate"].iloc[0])


def test_order_and_missing_values_of_rows():
    data, design = replicated("JKn")
    data = data.assign(wage=data["wage"].astype(float).where(data.index % 5 > 0), works=data["age"] > 30)
    shuffled = data.sample(frac=1, random_state=1)
    for statistic, variables in ((total, ["wage", "sex", "works"]), (mean, ["wage"]), (proportion, ["sex", "works"])):
        found = statistic(data, design, variables, by=["area", "stratum"])
        again = statistic(shuffled, design, variables, by=["area", "stratum"])
        pd.testing.assert_frame_equal(found, again, check_exact=True)
    known = data[data["wage"].notna()]
    whole = mean(data, design, "wage").iloc[0]
    assert whole["n_records"] == len(known) == 19
    assert whole["estimate"] == pytest.approx(np.average(known["wage"], weights=known["w"]), rel=1e-12)
    with pytest.raises(ValueError, match="column wage is no share"):
        proportion(data, design, "wage")


def test_a_replicate_without_the_domain_refuses_its_error():
    data, design = replicated("BRR")
    with pytest.warns(EmptyReplicateWarning, match="errors of 8 of 8 estimates are refused"):
        found = mean(data, design, "wage", by="psu")
    assert found["estimate"].notna().all()
    assert found[["std_error", "lower", "upper", "cv", "deff"]].isna().all(axis=None)
    # a total of nothing is 0
    assert total(data, design, "wage", by="psu")["std_error"].notna().all()


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"r3": np.nan}, "24 weights of replicates in r3 are missing"),
        ({"r3": np.inf}, "24 weights of replicates in r3 are missing, not numbers"),
        ({"w": -1.0}, "negative in 24 rows"),
    ],
)
def test_impossible_weights_are_refused(changes, what):
    data, design = replicated("BRR")
    with pytest.raises(DesignError, match=what):
        total(data.assign(**changes), design, "wage")
    with pytest.raises(DesignError, match="there is no column pay"):
        total(data, design, "pay")
    with pytest.raises(DesignError):
        ratio(data, design, "wage", "sex")


@settings(max_examples=6, deadline=None)
@given(st.integers(1, 9000), st.integers(0, 2**32 - 1))
def test_exact_sums_do_not_depend_on_order(rows, seed):
    random = np.random.default_rng(seed)
    left, right = random.normal(size=(rows, 3)) * 10.0 ** random.integers(-8, 8, 3), random.lognormal(size=(rows, 2))
    order, group = random.permutation(rows), random.integers(0, 4, rows)
    found = exact_product(left, right)
    assert found.tolist() == exact_product(left[order], right[order]).tolist()
    assert found == pytest.approx(left.T @ right, rel=1e-9, abs=1e-12 * np.abs(left).sum() * np.abs(right).max())
    sums = exact_group_sums(left, group, 4)
    assert sums.tolist() == exact_group_sums(left[order], group[order], 4).tolist()
    expected = np.stack([left[group == one].sum(axis=0) for one in range(4)])
    assert sums == pytest.approx(expected, rel=1e-9, abs=1e-13 * np.abs(left).sum())
