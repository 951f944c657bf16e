"""The rounding rule of the first release, in its one place."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lm_stats.handover import Observations, Protected
from lm_stats.protect import protect, protect_deliveries, read_protected, write_protected
from lm_stats.spec import RoundingRule

POLICY = RoundingRule(hide_below=5, base=5)


def observed(*counts):
    frame = pd.DataFrame({"indicator": "i", "ref_area": "XAA", "time_period": "2015"}, index=range(len(counts)))
    frame["sex"] = [f"S{n}" for n in range(len(counts))]
    frame["obs_value"] = np.array(counts, dtype="float64")
    for empty in ("std_error", "lower", "upper"):
        frame[empty] = np.nan
    frame["n_records"] = np.array(counts, dtype="int64")
    frame["obs_status"], frame["conf_status"] = "P", "F"
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
