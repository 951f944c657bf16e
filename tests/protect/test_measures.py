"""What of durations, shares and measures of concentration may be shown."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from lm_stats.protect.measures import protect_concentration, protect_days, protect_measures, protect_shares
from lm_stats.protect.rounding import few_of, rounded
from lm_stats.spec import RoundingRule

RULE = RoundingRule(hide_below=5, base=5, sample_hide_below=15)


def observed(**columns):
    frame = pd.DataFrame(columns)
    return frame.assign(**{name: np.nan for name in ("lower", "upper") if name not in frame}).assign(
        **({} if "sampled" in frame else {"sampled": False})
    )


def test_days_are_hidden_where_few_ended_and_bounds_are_whole_days_outwards():
    frame = observed(obs_value=[16.5, 20.0, 20.0, 20.0], lower=[12.5] * 4, upper=[18.5] * 4,
                     n_records=[40, 40, 4, 40], n_base=[40, 4, 4, 5])  # fmt: skip
    made, hidden = protect_days(frame, RULE)
    assert made.iloc[0].tolist() == [17, 12, 19]
    # of forty that wait four ended: the median is the day of one of these
    assert hidden.tolist() == [False, True, True, False]


@pytest.mark.parametrize(("share", "records", "is_hidden"), [
    (50.0, 20, False), (20.0, 20, True), (80.0, 20, True), (25.0, 20, False), (75.0, 20, False), (0.0, 20, False),
    (100.0, 20, False), (50.0, 4, True), (100.0, 4, True), (5.0, 20, True),
])  # fmt: skip
def test_shares_are_hidden_where_few_are_within_or_beyond(share, records, is_hidden):
    _, hidden = protect_shares(observed(obs_value=[share], n_records=[records]), RULE)
    assert hidden.tolist() == [is_hidden]


def test_bounds_of_shares_hold_the_shown_value_and_what_is_unknown_stays_so():
    # 8 of 13 are shown as 10 of 15; the exact upper bound lies below that
    frame = observed(obs_value=[100 * 8 / 13, np.nan, 100 * 7 / 12], lower=[61.0, np.nan, 56.0],
                     upper=[64.0, np.nan, 64.0], n_records=[13, 13, 12])  # fmt: skip
    made, _ = protect_shares(frame, RULE)
    assert made.iloc[0].tolist() == pytest.approx([66.7, 60, 70])
    assert made.iloc[1].isna().all()
    # 7 of 12 are shown as 5 of 10, below the exact lower bound
    assert made.iloc[2].tolist() == pytest.approx([50, 50, 65])


@pytest.mark.parametrize("small", range(4))
def test_a_quotient_is_hidden_where_any_of_its_counts_is_small(small):
    counts = [10.0, 20.0, 30.0, 60.0]
    counts[small] = 4.0
    frame = observed(obs_value=[1.0, 1.0], n_records=[60, 60], method="location_quotient",
                     counts=[counts, [10.0, 20.0, 30.0, 60.0]])  # fmt: skip
    made, hidden = protect_concentration(frame, RULE)
    assert hidden.tolist() == [True, False]
    assert made["obs_value"].iloc[1] == 1.0


def test_concentration_is_that_of_the_shown_counts():
    frame = observed(obs_value=[0.5] * 4, n_records=[20, 8, 3, 10], method=["hhi", "hhi", "hhi", "dissimilarity"],
                     counts=[[12.0, 4.0, 6.0], [4.0, 4.0], [3.0, 0.0], [5.0, 0.0, 4.0, 1.0]],
                     sampled=[False] * 4)  # fmt: skip
    made, hidden = protect_concentration(frame, RULE)
    assert made["obs_value"].iloc[0] == pytest.approx(round((10 / 15) ** 2 + (5 / 15) ** 2, 3))
    # where all counts are small, nothing is shown, and nothing of a group whose counts are
    assert hidden.tolist() == [False, True, True, True]


def test_the_least_number_of_a_sample_is_another_one():
    frame = observed(obs_value=[0.5, 0.5], n_records=[14, 15], method="hhi", counts=[[7.0, 7.0], [8.0, 7.0]],
                     sampled=[True, True])  # fmt: skip
    assert protect_concentration(frame, RULE)[1].tolist() == [True, False]
    few = few_of(pd.DataFrame({"sampled": [True, False, False, False]}), RULE)
    assert few(pd.Series([14, 5, 1, 0])).tolist() == [True, False, True, False]
    assert rounded(pd.Series([13.4, 13.4]), pd.Series([True, False]), RULE).tolist() == [13, 15]


def test_each_value_is_treated_by_its_own_method_and_stays_in_its_row():
    frame = observed(obs_value=[50.0, 16.5, 0.5], n_records=[20, 40, 20], n_base=[20, 40, 20],
                     method=["within", "quantile", "hhi"], counts=[None, None, [10.0, 10.0]])  # fmt: skip
    made, hidden = protect_measures(frame, RULE)
    assert made["obs_value"].tolist() == [50, 17, 0.5]
    assert not hidden.any()
