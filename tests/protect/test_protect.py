"""The rounding rule of the first release, in its one place."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lm_stats.handover import INTERNAL, Observations, Protected
from lm_stats.protect import protect, protect_deliveries, protect_together, read_protected, write_protected
from lm_stats.spec import RoundingRule

POLICY = RoundingRule(hide_below=5, base=5)


def observed(*counts):
    frame = pd.DataFrame({"indicator": "i", "ref_area": "XAA", "time_period": "2015"}, index=range(len(counts)))
    frame["sex"] = [f"S{n}" for n in range(len(counts))]
    frame["obs_value"] = np.array(counts, dtype="float64")
    for empty in ("std_error", "lower", "upper"):
        frame[empty] = np.nan
    frame["n_records"] = np.array(counts, dtype="int64")
    frame["obs_status"], frame["conf_status"], frame["sampled"] = "P", "F", False
    return Observations("i", ("sex",), frame)


@pytest.mark.parametrize(
    ("count", "shown"), [(0, 0), (5, 5), (7, 5), (8, 10), (12, 10), (13, 15), (1002, 1000), (1003, 1005)]
)
def test_shown_counts_are_the_nearest_multiple_of_five(count, shown):
    row = protect(observed(count), POLICY).frame.iloc[0]
    assert (row["obs_value"], row["obs_status"], row["conf_status"]) == (shown, "P", "F")


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_small_counts_are_hidden_and_said_to_be(count):
    row = protect(observed(count), POLICY).frame.iloc[0]
    assert np.isnan(row["obs_value"])
    assert (row["obs_status"], row["conf_status"]) == ("Q", "C")


@given(st.lists(st.integers(0, 10**7), min_size=1, max_size=30))
def test_no_small_count_and_no_count_of_records_gets_through(counts):
    frame = protect(observed(*counts), POLICY).frame
    assert "n_records" not in frame
    assert frame["obs_value"].isna().tolist() == [0 < c < 5 for c in counts]
    shown = frame["obs_value"].dropna()
    assert (shown % 5 == 0).all()
    assert all(abs(v - c) <= 2 for v, c in zip(frame["obs_value"], counts, strict=True) if not np.isnan(v))


def test_tables_that_are_protected_together_are_those_that_are_protected_one_by_one():
    counts, rates = observed(0, 3, 20), observed(7, 4)
    rates.frame["unit_measure"] = "PT"
    rates.frame["numerator"], rates.frame["denominator"], rates.frame["n_base"] = rates.frame["obs_value"], 40.0, 40
    other = observed(1002, 2)
    other.frame["sampled"] = True
    other = Observations("i", ("age",), other.frame.rename(columns={"sex": "age"}))
    several = [counts, rates, other]
    for together, one in zip(protect_together(several, POLICY), several, strict=True):
        alone = protect(one, POLICY)
        pd.testing.assert_frame_equal(together.frame, alone.frame)
        assert (together.id, together.dimensions, together.treatment) == (alone.id, alone.dimensions, alone.treatment)


def test_a_protected_table_comes_back_as_written(tmp_path):
    protected = protect(observed(0, 3, 20), POLICY)
    write_protected(protected, tmp_path / "one.parquet")
    write_protected(protected, tmp_path / "two.parquet")
    back = read_protected(tmp_path / "one.parquet")
    pd.testing.assert_frame_equal(back.frame, protected.frame)
    assert (back.id, back.dimensions, back.treatment) == ("i", ("sex",), protected.treatment)
    assert (tmp_path / "one.parquet").read_bytes() == (tmp_path / "two.parquet").read_bytes()


def test_a_table_of_another_origin_is_not_taken_for_protected(tmp_path):
    observed(3).frame.to_parquet(tmp_path / "raw.parquet")
    with pytest.raises(ValueError, match="no protected table"):
        read_protected(tmp_path / "raw.parquet")


def test_counts_of_records_cannot_be_handed_over():
    with pytest.raises(ValueError, match="not to be shown"):
        Protected("i", (), pd.DataFrame({"n_records": [1]}), "none")


def test_deliveries_are_shown_without_checksums():
    columns = [
        "delivery_id",
        "ref_area",
        "source",
        "agency",
        "kind",
        "period",
        "version",
        "received_at",
        "sha256",
        "data_class",
        "delivery_status",
        "superseded_by",
        "rows_in",
        "accepted",
        "quarantined",
        "excluded",
    ]
    shown = protect_deliveries(pd.DataFrame([dict.fromkeys(columns, "x")])).frame
    assert "sha256" not in shown
    assert {"rows_in", "accepted", "quarantined", "excluded"} <= set(shown)


def rates(*cells, sampled=False, status="A", unit="PT"):
    """Rates from pairs of numerator and denominator, or of both with the numbers of records behind them."""
    cells = [cell if len(cell) == 4 else (*cell, *cell) for cell in cells]
    parts = np.array(cells, dtype="float64").reshape(-1, 4).T
    frame = observed(*parts[0]).frame
    per = {"PT": 100, "PER_1000": 1000}[unit]
    frame["obs_value"] = per * parts[0] / np.where(parts[1] > 0, parts[1], np.nan)
    frame["numerator"], frame["denominator"] = parts[0], parts[1]
    frame["n_records"], frame["n_base"] = parts[2].astype("int64"), parts[3].astype("int64")
    frame["sampled"], frame["obs_status"], frame["unit_measure"] = sampled, status, unit
    return Observations("i", ("sex",), frame)


def shown(observations):
    frame = protect(observations, POLICY).frame
    assert not set(INTERNAL) & set(frame.columns)
    values = [None if np.isnan(value) else value for value in frame["obs_value"]]
    return list(zip(values, frame["obs_status"], frame["conf_status"], strict=True))


HIDDEN = (None, "Q", "C")


@pytest.mark.parametrize(
    ("numerator", "denominator", "row"),
    [
        (0, 100, (0.0, "A", "F")),
        (33, 100, (35.0, "A", "F")),
        (17, 123, (12.0, "A", "F")),  # 15 of 125, not 17 of 123
        (10, 31, (33.3, "A", "F")),
        (1, 100, HIDDEN), (4, 100, HIDDEN), (0, 4, HIDDEN), (3, 3, HIDDEN),
        (96, 100, HIDDEN), (99, 100, HIDDEN),  # the few who are not among them
        (95, 100, (95.0, "A", "F")), (100, 100, (100.0, "A", "F")),
        (0, 0, (None, "M", "F")),
    ],
)  # fmt: skip
def test_a_rate_is_made_of_what_may_be_shown_of_its_parts(numerator, denominator, row):
    assert shown(rates((numerator, denominator))) == [row]


@given(st.lists(st.tuples(st.integers(0, 300), st.integers(0, 300)), min_size=1, max_size=20))
def test_nobody_can_work_back_from_a_rate_to_small_or_unrounded_parts(pairs):
    pairs = [(part, part + rest) for part, rest in pairs]
    for (part, whole), (value, status, _) in zip(pairs, shown(rates(*pairs)), strict=True):
        small = any(0 < number < 5 for number in (part, whole, whole - part))
        assert (status == "Q") == small
        if value is not None:
            parts = [5 * ((number + 2) // 5) for number in (part, whole)]
            assert value == int(1000 * parts[0] / parts[1] + 0.5 + 1e-9) / 10


def test_a_rate_per_thousand_stays_one():
    assert shown(rates((10, 400), unit="PER_1000")) == [(25.0, "A", "F")]
    # an interval of 200 for each thousand is one of 20 points
    wide = rates((40, 400), sampled=True, status="E", unit="PER_1000").frame
    assert shown(Observations("i", ("sex",), wide.assign(std_error=5.0, lower=10.0, upper=210.0)))[0][1] == "E"


def samples(*cells, status="E", **columns):
    """Estimates with the records behind them; standard error, bounds and degrees of freedom unless given."""
    frame = observed(*(value for value, _ in cells)).frame
    frame["n_records"] = [records for _, records in cells]
    frame["sampled"], frame["obs_status"], frame["std_error"], frame["df"] = True, status, 2.5, 20
    frame["lower"], frame["upper"] = frame["obs_value"] - 5.2, frame["obs_value"] + 5.2
    return Observations("i", ("sex",), frame.assign(**columns))


ERRORS = ["std_error", "lower", "upper"]


def test_few_records_behind_an_estimate_hide_it_or_mark_it():
    cells = [(0.0, 0), (80.2, 1), (410.0, 4), (412.5, 5), (30.4, 14), (900.49, 15), (20.0, 40)]
    observations = samples(*cells)
    assert shown(observations) == [
        (0.0, "U", "F"), HIDDEN, HIDDEN, (413.0, "U", "F"), (30.0, "U", "F"), (900.0, "E", "F"),
        (20.0, "E", "F")]  # fmt: skip
    errors = protect(observations, POLICY).frame[ERRORS]
    assert errors.isna().all(axis=1).tolist() == errors.isna().any(axis=1).tolist() == [False, True, True, *[False] * 4]
    assert errors.loc[5].tolist() == [2.5, 895, 906]


def test_what_a_sample_says_too_little_of_is_unreliable():
    """Each of the reasons by itself, at the limit and beyond it."""
    many = [(100.0, 50)] * 6
    errors = [30.0, 30.1, np.nan, 2.0, 2.0, 0.02]
    found = protect(samples(*many, std_error=errors, df=[20, 20, 20, 8, 7, 20]), POLICY).frame
    assert found["obs_status"].tolist() == ["E", "U", "E", "E", "E", "E"]
    # an error has a digit more than its value, and is never 0 for its rounding
    assert found["std_error"].fillna(-1).tolist() == [30, 30.1, -1, 2, 2, 0.1]
    width = rates(*[(50, 200)] * 4, sampled=True, status="E")
    bounds = {"std_error": [0.1449, 2.0, 2.0, np.nan], "lower": [20.04, 10.0, 10.0, np.nan]}
    bounds["upper"] = [30.06, 40.0, 40.1, np.nan]
    rated = protect(Observations("i", ("sex",), width.frame.assign(df=20, **bounds)), POLICY).frame
    assert rated["obs_status"].tolist() == ["E", "E", "U", "E"]
    assert rated.loc[0, ERRORS].tolist() == [0.14, 20.0, 30.1]


def test_means_and_gaps_are_shown_to_their_step_and_hidden_with_their_records():
    cells = [(1234.5, 4), (1234.5, 20), (1236.0, 200)]
    more = {"method": "mean", "step": 10.0, "std_error": [50.0, 4.0, 44.0]}
    mean = protect(samples(*cells, **more), POLICY)
    assert mean.frame["obs_value"].fillna(-1).tolist() == [-1, 1230, 1240]
    assert mean.frame["obs_status"].tolist() == ["Q", "E", "E"]
    assert mean.frame["std_error"].fillna(-1).tolist() == [-1, 4, 44]
    assert "nearest 10" in mean.treatment
    full = protect(samples((1234.5, 20), **more | {"sampled": False, "std_error": np.nan}), POLICY)
    assert "sample" not in full.treatment
    assert full.frame["obs_value"].tolist() == [1230]
    gap = samples(
        (-12.34, 20), (-12.34, 4), (-12.34, 14), (-1.0, 20), (-1.0, 20), (-12.34, 20),
        method="gap", step=0.1, n_base=[30, 30, 30, 4, 30, 14],
    )  # fmt: skip
    # a gap near 0 has a large error in relation to it, and is none the worse for it
    assert shown(gap) == [
        (-12.3, "E", "F"), HIDDEN, (-12.3, "U", "F"), HIDDEN, (-1.0, "E", "F"), (-12.3, "U", "F")]  # fmt: skip
    # an error is large or not whatever the sign
    assert shown(samples((-100.0, 20), method="mean", step=1.0, std_error=10.0)) == [(-100.0, "E", "F")]
    # of each group: records in the part and in its base, and what they stand for
    counts = [[20, 60, 200.4, 600.0, 15, 60, 100.0, 400.0], [3, 60, 30.0, 600.0, 15, 60, 100.0, 400.0]]
    more = {"method": "gap_of_rates", "step": 0.1, "n_base": 60, "unit_measure": "PT"}
    points = samples((8.4, 60), (-20.0, 60), counts=counts, **more)
    assert shown(points) == [(8.4, "E", "F"), HIDDEN]
    # of rates a gap is as vague as a rate with an interval of that width
    edges = {"lower": [-6.6, -6.7], "upper": [23.4, 23.4], "counts": [counts[0]] * 2}
    assert shown(samples((8.4, 60), (8.4, 60), **more | edges)) == [(8.4, "E", "F"), (8.4, "U", "F")]
    assert "end at -100 and 100 points" in protect(points, POLICY).treatment
    # of full counts each rate is made of what may be shown of its parts: 200 of 600 less 100 of 400
    points.frame["sampled"] = False
    assert shown(points)[0] == (8.3, "E", "F")


def test_a_break_stays_unless_it_is_hidden_or_says_too_little():
    assert shown(samples((50.0, 3), (50.0, 14), (50.0, 15), status="B")) == [
        HIDDEN, (50.0, "U", "F"), (50.0, "B", "F")]  # fmt: skip
    assert shown(rates((50, 100), (2, 100), status="B")) == [(50.0, "B", "F"), HIDDEN]


def test_rates_of_samples_rest_on_the_records_of_both_parts():
    cells = [
        (50.4, 200.6, 20, 80),
        (50.4, 200.6, 4, 80),
        (150.2, 200.4, 76, 80),
        (20.0, 30.0, 8, 30),
        (0.0, 0.2, 0, 30),
        (0.0, 0.0, 0, 0),
        # the estimate, not 85 of 139
        (84.55, 138.95, 40, 80),
    ]
    observations = rates(*cells, sampled=True, status="E")
    frame = observations.frame.assign(std_error=3.0, df=30)
    frame["lower"], frame["upper"] = frame["obs_value"] - 6, frame["obs_value"] + 6
    assert shown(Observations("i", ("sex",), frame)) == [
        (25.1, "E", "F"), HIDDEN, HIDDEN, (66.7, "U", "F"), (0.0, "U", "F"), (None, "M", "F"),
        (60.8, "E", "F")]  # fmt: skip


def test_the_treatment_says_what_was_done():
    count, sample, rate = (protect(o, POLICY).treatment for o in (observed(8), samples((8.0, 8)), rates((50, 100))))
    assert "Counts of 1 to 4 are hidden" in count
    assert "sample" not in count
    assert "Counts of 1 to 4" not in sample
    assert "what is hidden has none. U: the value is unreliable, because fewer than 15 records" in sample
    assert "before they are divided" in rate
    assert "subtract" in sample
    assert "made of the exact parts" in protect(rates((50, 100), sampled=True), POLICY).treatment
    mixed = pd.concat([observed(8).frame, samples((8.0, 8)).frame.assign(time_period="2016")], ignore_index=True)
    said = protect(Observations("i", ("sex",), mixed), POLICY)
    assert count in said.treatment
    assert sample in said.treatment
    assert said.frame["obs_value"].tolist() == [10.0, 8.0]


def test_what_others_published_stays_as_published_unless_records_stand_behind_it():
    frame = observed(3, 13, 3, 13).frame.assign(published=[True, True, False, True], lower=1.5)
    frame["n_records"] = [0, 0, 3, 13]
    protected = protect(Observations("i", ("sex",), frame), POLICY)
    assert protected.frame["obs_value"].tolist()[:2] == [3, 13]
    assert protected.frame["obs_status"].tolist() == ["P", "P", "Q", "P"]
    assert protected.frame["lower"].fillna(0).tolist() == [1.5, 1.5, 0, 1.5]
    assert protected.frame["obs_value"].fillna(0).tolist()[2:] == [0, 15]
    assert "Counts of 1 to 4" in protected.treatment
    only = protect(Observations("i", ("sex",), frame.iloc[:2]), POLICY)
    assert only.treatment == "Figures published by others are shown as published."


def test_a_table_without_rows_comes_through():
    for observations in (observed(), rates(), samples()):
        assert protect(observations, POLICY).frame.empty
