"""Survival: what R, lifelines and textbooks print is what ours gives; and what must hold whatever the numbers."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lm_stats.distributions import chi_square_tail
from lm_stats.estimate.survival import kaplan_meier, log_rank, survival_at, survival_quantile

FOLDER = Path(__file__).parent / "survival"
TEXTS = dict.fromkeys(("by", "group", "strata"), "str")
COMPARED = {"rtol": 1e-8, "atol": 1e-12, "equal_nan": True}
# remission of 21 patients on 6-MP, as Collett (2015, section 2.1) and Klein and Moeschberger (2003, table 4.1) print it
PRINTED = {
    6: (21, 0.857, 0.0764), 7: (17, 0.807, 0.0869), 10: (15, 0.753, 0.0963), 13: (12, 0.690, 0.1068),
    16: (11, 0.627, 0.1141), 22: (7, 0.538, 0.1282), 23: (6, 0.448, 0.1346),
}  # fmt: skip


def read(name):
    frame = pd.read_csv(FOLDER / f"{name}.csv", dtype=TEXTS)
    return frame.fillna({column: "" for column in TEXTS if column in frame})


DATA = {name: pd.read_csv(FOLDER / f"{name}.csv") for name in (
    "lung", "veteran", "ovarian", "steps", "leukemia", "waltons",
)}  # fmt: skip


def of(name, by):
    return {"data": DATA[name], "duration": "time", "event": "event", "by": [by] if by else []}


def agree(ours, theirs, columns):
    """How many numbers were compared; fails at the first that differs."""
    for left, right in columns.items():
        first, second = ours[left].to_numpy(dtype="float64"), theirs[right].to_numpy(dtype="float64")
        np.testing.assert_allclose(first, second, err_msg=f"{left} is not {right}", **COMPARED)
    return len(theirs) * len(columns)


def test_curves_are_those_of_r():
    compared = 0
    for (name, by), theirs in read("curves").groupby(["data", "by"]):
        counts = {column: column for column in ("time", "n_risk", "n_event", "n_censored", "survival", "std_error")}
        for interval in ("plain", "log", "log-log"):
            ours = kaplan_meier(**of(name, by), interval=interval)
            limits = {"lower": f"lower {interval}", "upper": f"upper {interval}"}
            compared += agree(ours, theirs, {**counts, **limits})
        if by:
            assert ours[by].astype("str").tolist() == theirs["group"].tolist()
    assert compared > 10_000


def test_quantiles_and_shares_are_those_of_r():
    compared = 0
    for (name, by, level, interval), theirs in read("quantiles").groupby(["data", "by", "level", "interval"]):
        ours = survival_quantile(**of(name, by), q=theirs["q"].unique(), level=level, interval=interval)
        compared += agree(ours, theirs, {column: column for column in ("q", "quantile", "lower", "upper")})
    measures = {column: column for column in ("time", "n_risk", "survival", "std_error", "lower", "upper")}
    for (name, by, level, interval), theirs in read("shares").groupby(["data", "by", "level", "interval"]):
        times = sorted(theirs["time"].unique())
        ours = survival_at(**of(name, by), times=times, level=level, interval=interval)
        # R leaves out the times after the last of a group
        past = ours["survival"].isna()
        beyond = ours["time"] > ours.groupby(by)["time"].transform("min") if by else ours["time"] > 0
        assert beyond[past].all()
        groups = ours[by].astype("str") if by else pd.Series("", index=ours.index)
        kept = pd.MultiIndex.from_arrays([groups, ours["time"]]).isin(
            pd.MultiIndex.from_frame(theirs[["group", "time"]])
        )
        assert past[~kept].all() or (ours.loc[~kept, "n_risk"] == 0).all()
        compared += agree(ours[kept], theirs, measures)
        np.testing.assert_allclose(ours["share"], 1 - ours["survival"])
        np.testing.assert_allclose(ours["share_lower"], 1 - ours["upper"])
    assert compared > 2_500


def test_log_rank_and_chi_square_are_those_of_r():
    tests = read("log_rank")
    for line in tests.itertuples():
        groups, strata = line.by.split(), line.strata.split()
        data = DATA[line.data].dropna(subset=[*groups, *strata])
        ours = log_rank(data, "time", "event", groups, strata)
        agree(ours, pd.DataFrame([line]), {column: column for column in ("statistic", "df", "p_value")})
    assert len(tests) == 14
    assert tests["strata"].ne("").sum() >= 4
    for line in read("chi_square").itertuples():
        assert chi_square_tail(line.x, line.df) == pytest.approx(line.p_value, rel=1e-11, abs=1e-300)


def test_lifelines_gives_the_same():
    compared = 0
    for (name, by), theirs in read("lifelines").groupby(["data", "by"]):
        told = theirs.set_index(["group", "measure"])["value"]
        curves = kaplan_meier(**of(name, by), interval="log-log").astype({by: "str"})
        medians = survival_quantile(**of(name, by), q=(0.5,), interval="log-log").astype({by: "str"})
        for group, curve in curves.groupby(by):
            for measure in ("survival", "lower", "upper"):
                expected = told.loc[[(group, measure)]].to_numpy()
                # lifelines writes 1 before the first event and 0 when nobody is left
                ours = curve[measure].fillna(curve["survival"].where(curve["survival"].isin([0, 1])))
                np.testing.assert_allclose(ours, expected, **COMPARED)
                compared += len(expected)
            found = medians.loc[medians[by] == group, ["quantile", "lower", "upper"]].iloc[0]
            wanted = [told[group, name] for name in ("median", "median lower", "median upper")]
            np.testing.assert_allclose(found.replace(np.nan, np.inf).tolist(), wanted)
            compared += 3
        tested = log_rank(**of(name, by)).iloc[0]
        np.testing.assert_allclose(tested["statistic"], told["", "statistic"], **COMPARED)
        np.testing.assert_allclose(tested["p_value"], told["", "p_value"], **COMPARED)
    assert compared > 150


def test_textbooks_and_documentation_print_the_same():
    treated = DATA["leukemia"].query("placebo == 0")
    curve = kaplan_meier(treated, "time", "event").set_index("time")
    for time, (at_risk, survival, error) in PRINTED.items():
        assert curve.loc[time, "n_risk"] == at_risk
        assert curve.loc[time, "survival"] == pytest.approx(survival, abs=0.0006)
        assert curve.loc[time, "std_error"] == pytest.approx(error, abs=0.00006)
    assert log_rank(**of("leukemia", "placebo"))["statistic"].iloc[0] == pytest.approx(16.79, abs=0.005)
    assert survival_quantile(treated, "time", "event", (0.5,))["quantile"].tolist() == [23]
    # the help page of survdiff has 1.1 on 1 degree of freedom, p = 0.3
    assert log_rank(**of("ovarian", "rx")).round(1).iloc[0].tolist() == [1.1, 1, 0.3]
    # the documentation of lifelines.statistics.logrank_test prints 0.0872 and 0.7676, cut and not rounded
    documented = pd.DataFrame({
        "time": [1, 4, 10, 12, 12, 3, 5.4, 4, 5, 7, 11, 14, 20, 8, 8],
        "event": [1, 0, 1, 0, 1, 1, 1] + [1] * 8,
        "sample": ["A"] * 7 + ["B"] * 8,
    })  # fmt: skip
    tested = log_rank(documented, "time", "event", "sample").iloc[0]
    assert tested.tolist() == pytest.approx([0.0872, 1, 0.7676], abs=1e-4)


durations = st.lists(st.integers(0, 9), min_size=2, max_size=25)


@given(durations, st.data())
def test_what_must_hold(times, data):
    size = len(times)
    some = st.lists(st.booleans(), min_size=size, max_size=size)
    frame = pd.DataFrame({"time": times, "event": data.draw(some), "part": data.draw(some)})
    whole = kaplan_meier(frame.assign(event=True), "time", "event", interval="plain")
    share = [np.mean(frame["time"] > time) for time in whole["time"]]
    np.testing.assert_allclose(whole["survival"], share, atol=1e-12)
    # Greenwood's without censoring is the binomial
    error = np.sqrt(whole["survival"] * (1 - whole["survival"]) / size)
    np.testing.assert_allclose(whole["std_error"].fillna(0), error, atol=1e-12)
    curve = kaplan_meier(frame, "time", "event", by="part")
    assert curve["n_event"].sum() + curve["n_censored"].sum() == size
    for _, line in curve.groupby("part"):
        assert line["survival"].is_monotonic_decreasing
        assert (line["lower"].fillna(0) <= line["survival"] + 1e-12).all()
    shuffled = frame.sample(frac=1, random_state=1).assign(part=lambda rows: rows["part"].map({True: "a", False: "b"}))
    try:
        tested = log_rank(frame, "time", "event", "part")
    except ValueError:
        with pytest.raises(ValueError, match=r"compare"):
            log_rank(shuffled, "time", "event", "part")
    else:
        again = log_rank(shuffled, "time", "event", "part")
        np.testing.assert_allclose(again, tested, rtol=1e-8, atol=1e-8)
        assert 0 <= tested["p_value"].iloc[0] <= 1


def test_groups_stay_apart_and_missing_ones_are_kept():
    frame = pd.DataFrame({"office": ["b", None, "a", None], "days": [1, 2, 3, 4], "decided": [1, 1, 0, 1]})
    curve = kaplan_meier(frame, "days", "decided", ["office"], interval="none")
    assert curve["office"].fillna("?").tolist() == ["a", "b", "?", "?"]
    assert curve["survival"].tolist() == [1, 0, 0.5, 0]
    assert curve["lower"].isna().all()
    quantiles = survival_quantile(frame, "days", "decided", (0.5,), ["office"], interval="none")
    np.testing.assert_array_equal(quantiles["quantile"], [np.nan, 1, 3])
    # nobody was watched for longer than three days at one office; at the others nobody is left
    shares = survival_at(frame, "days", "decided", (0, 9), ["office"])
    np.testing.assert_array_equal(shares["share"], [0, np.nan, 0, 1, 0, 1])
    for function, more in ((kaplan_meier, {}), (survival_quantile, {}), (survival_at, {"times": [3]})):
        assert function(frame.head(0), "days", "decided", by=["office"], **more).empty


@pytest.mark.parametrize(("change", "words"), [
    ({"days": [1.0, None, 3.0]}, "missing in 1 rows"), ({"days": [1, -2, -3]}, "negative in 2 rows"),
    ({"days": [1, np.inf, 3]}, "infinite in 1 rows"), ({"days": ["1", "2", "3"]}, "must hold numbers"),
    ({"decided": [True, None, False]}, "missing in 1 rows"), ({"decided": [1, 2, 1]}, "true or false"),
    ({"decided": ["y", "n", "y"]}, "true or false"), ({"office": ["a", None, "b"]}, "office is missing"),
    ({"office": ["a", "a", "a"]}, "fewer than two groups"), ({"decided": [0, 0, 0]}, "fewer than two groups"),
])  # fmt: skip
def test_what_cannot_be_is_refused(change, words):
    good = pd.DataFrame({"days": [1, 2, 3], "decided": [True, False, True], "office": ["a", "b", "b"]})
    with pytest.raises(ValueError, match=words):
        log_rank(good.assign(**change), "days", "decided", "office")
    if "office" not in change and "compare" not in words and "groups" not in words:
        with pytest.raises(ValueError, match=words):
            kaplan_meier(good.assign(**change), "days", "decided")


@pytest.mark.parametrize(("function", "arguments", "words"), [
    (kaplan_meier, {"interval": "normal"}, "choose one of"), (kaplan_meier, {"level": 95}, "between 0 and 1"),
    (kaplan_meier, {"by": ["sector"]}, "no column sector"), (survival_quantile, {"q": [50]}, "between 0 and 1"),
    (survival_at, {"times": [-1]}, "0 or more"), (log_rank, {"by": []}, "name the columns"),
    (kaplan_meier, {"by": ["time"]}, "may not be called time"),
    (log_rank, {"by": ["office"], "strata": ["layer"]}, "cannot be compared|fewer than two groups"),
])  # fmt: skip
def test_arguments_that_cannot_be_are_refused(function, arguments, words):
    frame = pd.DataFrame({
        "days": [1, 2, 3, 4], "decided": True, "time": 1, "office": ["a", "b", "c", "d"], "layer": [1, 1, 2, 2],
    })  # fmt: skip
    with pytest.raises(ValueError, match=words):
        function(frame, "days", "decided", **arguments)
