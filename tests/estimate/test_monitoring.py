"""Control charts: worked examples of NIST and Montgomery, quantiles of R, and how signals are given."""

import numpy as np
import pandas as pd
import pytest

from lm_stats.estimate.monitoring import LIMIT_COLUMNS, control_limits, count_quantile

# NIST/SEMATECH e-Handbook, 6.3.2.2: flow rates; 6.3.3.1: defects on wafers
FLOW = (49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1)
WAFERS = (16, 14, 28, 16, 12, 20, 10, 12, 10, 17, 19, 17, 14, 16, 15, 13, 14, 16, 11, 20, 11, 19, 16, 31, 13)
# Montgomery, Introduction to Statistical Quality Control: nonconformities of 26 samples of circuit boards
BOARDS = (21, 24, 16, 12, 15, 5, 28, 20, 31, 25, 20, 24, 16, 19, 10, 17, 13, 22, 18, 39, 30, 24, 16, 19, 17, 15)
# mean, dispersion, lower and upper: qpois and qnbinom(c(0.00135, 0.99865), size = mean / (dispersion - 1), mu = mean)
# of R 4.2.2
QUANTILES = [
    (0.3, 1, 0, 3), (0.3, 1.5, 0, 5), (0.3, 4, 0, 11), (1, 1, 0, 5), (1, 1.5, 0, 7), (1, 4, 0, 15), (2.5, 1, 0, 8),
    (2.5, 1.5, 0, 11), (2.5, 4, 0, 21), (6, 1, 0, 15), (6, 1.5, 0, 18), (6, 4, 0, 30), (15, 1, 5, 28),
    (15, 1.5, 4, 32), (15, 4, 1, 48),
]  # fmt: skip


def series(values, first="2018-01", **more):
    months = pd.period_range(first, periods=len(values), freq="M").astype("str")
    return pd.DataFrame({"n": values, "month": months, **more})


def whole(values):
    months = series(values)["month"]
    return months.iloc[0], months.iloc[-1]


@pytest.mark.parametrize(("values", "method", "centre", "lower", "upper", "tolerance", "outside"), [
    (FLOW, "individuals", 50.81, 45.8159, 55.8041, 5e-5, []),
    (WAFERS, "poisson", 16, 4, 28, 1e-12, [31]),
    (BOARDS, "poisson", 19.85, 6.48, 33.21, 5e-3, [5, 39]),
])  # fmt: skip
def test_worked_examples(values, method, centre, lower, upper, tolerance, outside):
    made = control_limits(series(values), "n", "month", baseline=whole(values), method=method)
    assert tuple(made) == LIMIT_COLUMNS
    for name, expected in (("centre", centre), ("lower", lower), ("upper", upper)):
        np.testing.assert_allclose(made[name], expected, atol=tolerance)
    assert made.loc[made["signal"].isin(["above", "below"]), "value"].tolist() == outside
    assert made.loc[made["signal"].eq(""), "evidence"].eq("").all()


def test_laney_without_seasons_is_the_individuals_chart_or_poisson():
    for values, alike in ((np.multiply(BOARDS, 10), "individuals"), ((20, 21) * 10, "poisson")):
        made = {method: control_limits(series(values), "n", "month", baseline=whole(values), method=method)
                for method in ("laney", alike)}  # fmt: skip
        limits = ["centre", "lower", "upper"]
        np.testing.assert_allclose(made["laney"][limits], made[alike][limits])


@pytest.mark.parametrize(("mean", "dispersion", "lower", "upper"), QUANTILES)
def test_quantiles_of_counts_are_those_of_r(mean, dispersion, lower, upper):
    assert count_quantile(0.00135, mean, dispersion) == lower
    assert count_quantile(0.99865, mean, dispersion) == upper


def test_a_period_is_judged_by_those_before_it():
    calm = [50, 54, 47, 52, 49, 51, 48, 53]
    made = control_limits(series([*calm, 120, 51]), "n", "month")
    assert made.loc[: len(calm) - 1, ["centre", "lower", "upper"]].isna().all(axis=None)
    judged = made.iloc[8]
    alone = control_limits(series(calm), "n", "month", baseline=whole(calm)).iloc[0]
    assert judged[["centre", "lower", "upper"]].tolist() == alone[["centre", "lower", "upper"]].tolist()
    assert (judged["signal"], judged["method"]) == ("above", "laney")
    assert judged["evidence"] == (
        f"120 in 2018-09 is above the upper limit of {judged['upper']:.1f} (centre 50.5, made from 8 periods, "
        "2018-01 to 2018-08)"
    )  # fmt: skip
    assert made["signal"].iloc[9] == ""
    # the mean of few and skewed counts is above most of them: a run is told by their median
    skewed = series([0, 0, 0, 9, 0, 0, 1, 0] * 4)
    assert control_limits(skewed, "n", "month", baseline=whole(skewed["n"]))["signal"].eq("").all()
    # a case after none is a signal, and the limits are whole numbers
    rare = control_limits(series([0] * 8 + [1]), "n", "month").iloc[8]
    assert (rare["signal"], rare["method"], rare["upper"]) == ("above", "negative_binomial", 0)


def test_runs_and_the_baseline_are_told_of():
    values = [50, 54, 47, 52, 49, 51, 48, 53, *[55] * 9, 50.5, 99]
    made = control_limits(series(values), "n", "month", baseline=("2018-01", "2018-08"), method="individuals")
    assert made["signal"].tolist() == [""] * 14 + ["run_above"] * 3 + ["", "above"]
    assert made["evidence"].iloc[14] == (
        "8 periods in a row, 2018-08 to 2019-03, are above their middle (centre 50.5, made from 8 periods, 2018-01 to "
        "2018-08)"
    )
    inside = control_limits(series(WAFERS), "n", "month", baseline=whole(WAFERS), method="poisson")["evidence"].iloc[23]
    assert inside.endswith("this period is one of them)")
    assert inside.startswith("31 in 2019-12 is above the upper limit of 28 ")


def test_seasons_and_series_stay_apart():
    # many in December, few in January, every year: only the odd December is out of the ordinary
    year = [20, 60, 70, 60, 62, 58, 61, 59, 63, 60, 57, 150]
    noise = np.tile([2, -3, 1, 0, 3, -2, -1], 9)
    values = np.tile(year, 5) + noise[:60]
    values[59] = 60
    data = pd.concat([series(values, office="A"), series([3] * 60, office="B")], ignore_index=True).sample(frac=1)
    made = control_limits(data, "n", "month", ["office"], seasonal=True)
    assert made["office"].tolist() == ["A"] * 60 + ["B"] * 60
    assert made.loc[made["signal"].isin(["above", "below"]), ["office", "time", "signal"]].to_numpy().tolist() == [
        ["A", "2022-12", "below"]
    ]
    # three of a season are needed before the first has limits; few counts have no seasons
    assert made["centre"].isna().groupby(made["office"]).sum().tolist() == [36, 8]
    assert made.loc[made["office"].eq("A") & made["time"].eq("2021-01"), "centre"].between(15, 25).all()
    assert control_limits(data.head(0), "n", "month", ["office"]).columns.tolist() == ["office", *LIMIT_COLUMNS]


@pytest.mark.parametrize(("mean", "seen"), [(3, 0.75), (50, 1)])
def test_false_alarms_are_rare_and_a_change_is_seen(mean, seen):
    random = np.random.default_rng(7)
    # counts that vary four times as much as Poisson; three times as many from the 61st month on
    counts = random.negative_binomial(mean / 3, 1 / 4, (30, 72))
    counts[:, 60:] = random.negative_binomial(mean, 1 / 4, (30, 12))
    offices = np.repeat(np.arange(30), 72)
    data = pd.concat([series(line) for line in counts], ignore_index=True).assign(office=offices)
    made = control_limits(data, "n", "month", ["office"], baseline=("2018-01", "2021-12"))
    calm = made[made["time"].between("2022-01", "2022-12")]["signal"]
    assert calm.isin(["above", "below"]).mean() < 0.02
    assert calm.str.startswith("run").mean() < 0.03
    changed = made[made["time"] >= "2023-01"].groupby("office")["signal"].agg(lambda told: told.ne("").any())
    assert changed.mean() >= seen


@pytest.mark.parametrize(("change", "arguments", "words"), [
    ({"n": -1}, {}, "negative"), ({"n": np.nan}, {}, "missing"), ({"n": "1"}, {}, "must hold numbers"),
    ({"n": 0.5}, {}, "fractions"), ({"month": "May"}, {}, "a period must be"), ({"month": None}, {}, "is missing"),
    ({"month": "2018-01"}, {}, "twice"), ({"month": range(0, 20, 2)}, {}, "left out after 0"),
    ({"month": [*range(9), "2018"]}, {}, "side by side"), ({}, {"method": "ewma"}, "choose one of"),
    ({}, {"baseline": ("2018-01", "2018-07")}, "has 7 periods"), ({}, {"baseline": ("2018-01", "2030-01")}, "2030-01"),
    ({}, {"method": "poisson", "seasonal": True}, "no seasons"), ({}, {"by": ["office"]}, "no column office"),
    ({"month": range(10)}, {"seasonal": True}, "months or quarters"), ({"value": 1}, {"by": ["value"]}, "may not"),
])  # fmt: skip
def test_what_cannot_be_is_refused(change, arguments, words):
    data = series([5] * 10).assign(**change)
    with pytest.raises(ValueError, match=words):
        control_limits(data, "n", "month", **arguments)
