"""The rule of a release, applied to columns of numbers."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from lm_stats.spec import RoundingRule


def few_of(frame: pd.DataFrame, policy: RoundingRule) -> Callable[[pd.Series], pd.Series]:
    """What says of numbers of records, one for each row of a frame, whether they are too few to be shown.

    Args:
        frame: Observations with the column `sampled`.
        policy: The rule.
    """
    limit = pd.Series(policy.hide_below, index=frame.index).mask(
        frame["sampled"].astype("bool"), policy.sample_hide_below
    )
    return lambda records: (records > 0) & (records < limit)


def rounded(values: pd.Series, sampled: pd.Series, policy: RoundingRule) -> pd.Series:
    """Counts of a register to the base of the rule, estimates of a sample to whole numbers."""
    return half_up(values, policy.base).mask(sampled, half_up(values, 1))


def half_up(values: pd.Series, base: float) -> pd.Series:
    """The nearest multiple of the base, the upper one of two as near."""
    # a tenth cannot be written in binary: count in tenths, and let the last digits of the division not decide
    parts = round(1 / base) if base < 1 else 1
    scaled = (values * parts).round(9)
    whole = base * parts
    return ((scaled + whole / 2) // whole) * whole / parts
