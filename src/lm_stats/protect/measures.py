"""Durations, measures of concentration, means and gaps, so that they tell no more than counts that are shown.

A value of these is no count, but what it is made from are counts, or days of single records. Here is decided which of
them may be shown, and how exactly.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lm_stats.protect.rounding import few_of, half_up, rounded
from lm_stats.protect.sampled import SHOWN, protect_gaps, protect_means
from lm_stats.spec import RoundingRule

# per cent: bounds of a share are widened to multiples of this
_BOUNDS = 5.0


def protect_days(frame: pd.DataFrame, policy: RoundingRule) -> tuple[pd.DataFrame, pd.Series]:
    """Whole days; bounds are whole days too, outwards.

    Args:
        frame: Quantiles of durations in days, with the number of records and of those that ended (`n_base`).
        policy: The rule.

    Returns:
        `obs_value, lower, upper`, and whether each is hidden: few records stand behind it, or few that ended.
    """
    few = few_of(frame, policy)
    made = pd.DataFrame({
        "obs_value": half_up(frame["obs_value"], 1),
        "lower": np.floor(frame["lower"]),
        "upper": np.ceil(frame["upper"]),
    })  # fmt: skip
    return made, few(frame["n_records"]) | few(frame["n_base"])


def protect_shares(frame: pd.DataFrame, policy: RoundingRule) -> tuple[pd.DataFrame, pd.Series]:
    """The share within a time, from both of its parts as counts are shown, like a rate.

    An exact share of few records tells both numbers (42.9 per cent of about ten are 3 of 7). So the number that the
    share stands for and the number of records are rounded before they are divided. Exact bounds would tell the same:
    they are widened to multiples of 5 per cent.

    Args:
        frame: Shares in per cent, with the number of records.
        policy: The rule.

    Returns:
        `obs_value, lower, upper`, and whether each is hidden: few records stand behind it, few within the time, or few
        beyond it.
    """
    few, sampled = few_of(frame, policy), frame["sampled"].astype("bool")
    records = frame["n_records"].astype("float64")
    within = (frame["obs_value"] * records / 100).round(9)
    whole = rounded(records, sampled, policy)
    value = half_up(100 * rounded(within, sampled, policy) / whole.where(whole > 0), 0.1)
    lower, upper = (frame[name].round(9) / _BOUNDS for name in ("lower", "upper"))
    made = pd.DataFrame({
        "obs_value": value,
        "lower": np.minimum(np.floor(lower) * _BOUNDS, np.floor(value / _BOUNDS) * _BOUNDS),
        "upper": np.maximum(np.ceil(upper) * _BOUNDS, np.ceil(value / _BOUNDS) * _BOUNDS),
    })  # fmt: skip
    # what is unknown stays so
    made.loc[frame["obs_value"].isna()] = np.nan
    return made, few(records) | few(within) | few((records - within).round(9))


def protect_concentration(frame: pd.DataFrame, policy: RoundingRule) -> tuple[pd.DataFrame, pd.Series]:
    """The measure of the counts as they are shown: whoever has these can compute it, so it tells nothing besides.

    Counts that would be hidden take part as 0, and all others as they are rounded.

    Args:
        frame: Values with `method`, `counts` (what they are made from; see `lm_stats.estimate.concentration`) and
            the number of records.
        policy: The rule.

    Returns:
        `obs_value, lower, upper`, and whether each is hidden: few records stand behind it, or of a quotient behind any
        of its four counts.
    """
    few = few_of(frame, policy)
    each = [np.asarray(counts, dtype="float64") for counts in frame["counts"]]
    ends = np.cumsum([len(counts) for counts in each])[:-1]
    # of all rows at once, which is many times quicker
    exact = pd.Series(np.concatenate(each) if each else [], dtype="float64")
    small = (exact > 0) & (exact < policy.hide_below)
    shown = half_up(exact, policy.base).mask(small, 0.0).to_numpy(dtype="float64")
    values, hidden = [], []
    for measure, counts, few_units in zip(
        frame["method"], np.split(shown, ends), np.split(small.to_numpy(dtype="bool"), ends), strict=bool(each)
    ):
        values.append(_MEASURES[measure][0](counts))
        hidden.append(bool(measure == "location_quotient" and few_units.any()))
    bases = pd.Series([_MEASURES[measure][1] for measure in frame["method"]], index=frame.index, dtype="float64")
    value = pd.Series(values, index=frame.index, dtype="float64")
    for base in bases.unique():
        value = value.mask(bases == base, half_up(value, base))
    made = pd.DataFrame({"obs_value": value, "lower": np.nan, "upper": np.nan})
    # where all counts are small, those that are shown are nothing
    nothing = value.isna() & frame["obs_value"].notna()
    return made, few(frame["n_records"]) | pd.Series(hidden, index=frame.index, dtype="bool") | nothing


def _index(counts: NDArray[np.float64]) -> float:
    whole = counts.sum()
    return float(((counts / whole) ** 2).sum()) if whole > 0 else np.nan


def _difference(counts: NDArray[np.float64]) -> float:
    one, other = np.split(counts, 2)
    if not (one.sum() > 0 and other.sum() > 0):
        return np.nan
    return float(50 * np.abs(one / one.sum() - other / other.sum()).sum())


def _quotient(counts: NDArray[np.float64]) -> float:
    cell, row, column, whole = counts
    return float(cell * whole / (row * column)) if row > 0 and column > 0 else np.nan


# by measure: what it is of its counts, and the base that the value is rounded to
_MEASURES: dict[str, tuple[Callable[[NDArray[np.float64]], float], float]] = {
    "hhi": (_index, 0.001),
    "dissimilarity": (_difference, 0.1),
    "location_quotient": (_quotient, 0.01),
}
GAP_OF_RATES = "gap_of_rates"
_Protect = Callable[[pd.DataFrame, RoundingRule], tuple[pd.DataFrame, pd.Series]]
# what may rest on a sample
AVERAGED: dict[str, _Protect] = {
    "mean": protect_means,
    "value_quantile": protect_means,
    "gap": protect_gaps,
    GAP_OF_RATES: protect_gaps,
}
_OTHERS: dict[str, _Protect] = {"quantile": protect_days, "within": protect_shares, **AVERAGED}


def protect_measures(frame: pd.DataFrame, policy: RoundingRule) -> tuple[pd.DataFrame, pd.Series]:
    """Treat values that are neither counts nor rates, each by its `method`.

    Returns:
        `SHOWN`, and whether each is hidden.
    """
    parts = []
    for measure, rows in frame.groupby("method", sort=False):
        made, hidden = _OTHERS.get(str(measure), protect_concentration)(rows, policy)
        parts.append(made.assign(hidden=hidden))
    every = pd.concat(parts).reindex(frame.index) if parts else frame[list(SHOWN)].assign(
        hidden=pd.Series(dtype="bool"))  # fmt: skip
    # durations and concentrations have no error from a design
    return every.reindex(columns=list(SHOWN)), every["hidden"].astype("bool")


def say_measures(measures: Sequence[str], policy: RoundingRule) -> list[str]:
    """What is done to values of some measures, in plain words."""
    limit = policy.hide_below - 1
    said = []
    if "quantile" in measures:
        said.append(
            f"Durations are hidden where 1 to {limit} records stand behind them, or as few that have ended; others are "
            "whole days, and so are their bounds (95 %), outwards."
        )
    if "within" in measures:
        said.append(
            f"Shares are hidden where 1 to {limit} records stand behind them, are within the time or beyond it. Both "
            f"parts of others are rounded to the nearest {policy.base} before they are divided, and the share has one "
            "decimal; its bounds (95 %) are widened to multiples of 5, so that neither tells exact numbers."
        )
    if set(measures) & set(_MEASURES):
        said.append(
            f"The measure is made from counts as they are shown: rounded to the nearest {policy.base}, and as 0 where "
            f"1 to {limit} are hidden. So it tells nothing that these do not, and differs a little from that of exact "
            f"counts. It is hidden where 1 to {limit} records stand behind it"
            f"{', or behind any of the counts that a quotient is made from' * ('location_quotient' in measures)}."
        )
    return said
