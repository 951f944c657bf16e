"""Intervals of estimates from their standard errors."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lm_stats.distributions import t_quantile

Floats = NDArray[np.float64]


def t_interval(estimate: ArrayLike, std_error: ArrayLike, df: ArrayLike, level: float = 0.95) -> tuple[Floats, Floats]:
    """The estimate and the quantile of Student's t times its standard error, to both sides.

    Args:
        estimate: [E].
        std_error: [E].
        df: [E]: degrees of freedom.
        level: Confidence level, between 0 and 1.

    Returns:
        Lower and upper limits, [E] each; NaN where there is no error or no degree of freedom.

    Raises:
        ValueError: If the level is not between 0 and 1.
    """
    middle, width = np.asarray(estimate, dtype=np.float64), np.asarray(std_error, dtype=np.float64)
    half = quantiles_of_t(df, level) * width
    return middle - half, middle + half


def logit_interval(
    estimate: ArrayLike, std_error: ArrayLike, df: ArrayLike, level: float = 0.95
) -> tuple[Floats, Floats]:
    """The interval of a share: that of its logit by Student's t, turned back.

    Korn, E. L. and Graubard, B. I. (1998), Survey Methodology 24, 193-201, compare it with others.

    Args:
        estimate: [E]: shares.
        std_error: [E].
        df: [E]: degrees of freedom.
        level: Confidence level, between 0 and 1.

    Returns:
        Lower and upper limits, [E] each, within 0 and 1; NaN where there is no error or no degree of freedom, and
        where the share is 0 or 1, whose logit is infinite.

    Raises:
        ValueError: If the level is not between 0 and 1.
    """
    share, width = np.asarray(estimate, dtype=np.float64), np.asarray(std_error, dtype=np.float64)
    inside = np.where((share > 0) & (share < 1), share, np.nan)
    with np.errstate(over="ignore"):
        logit = np.log(inside / (1 - inside))
        half = quantiles_of_t(df, level) * width / (inside * (1 - inside))
        return 1 / (1 + np.exp(-(logit - half))), 1 / (1 + np.exp(-(logit + half)))


def change_interval(
    change: ArrayLike, std_error: ArrayLike, df: ArrayLike, level: float = 0.95
) -> tuple[Floats, Floats]:
    """The interval of a change in per cent of a value above 0 to another: that of the logarithm of their ratio.

    With r = 1 + change / 100 and s = std_error / 100 it is 100 * (r * exp(-+ t * s / r) - 1), so that it never
    reaches -100 per cent, below which nothing above 0 can fall: Katz, D., Baptista, J., Azen, S. P. and Pike, M. C.
    (1978), Obtaining Confidence Intervals for the Risk Ratio in Cohort Studies, Biometrics 34, 469-474.

    Args:
        change: [E], above -100.
        std_error: [E], in points.
        df: [E]: degrees of freedom.
        level: Confidence level, between 0 and 1.

    Returns:
        Lower and upper limits, [E] each, in per cent; NaN where there is no error or no degree of freedom.

    Raises:
        ValueError: If the level is not between 0 and 1.
    """
    whole = 100 + np.asarray(change, dtype=np.float64)
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        half = quantiles_of_t(df, level) * np.asarray(std_error, dtype=np.float64) / whole
        return whole * np.exp(-half) - 100, whole * np.exp(half) - 100


def quantiles_of_t(df: ArrayLike, level: float) -> Floats:
    """The quantile of Student's t for a two-sided interval.

    Args:
        df: [E]: degrees of freedom.
        level: Confidence level, between 0 and 1.

    Returns:
        [E]; NaN where there is no degree of freedom.

    Raises:
        ValueError: If the level is not between 0 and 1.
    """
    if not 0 < level < 1:
        raise ValueError("level must lie between 0 and 1, such as 0.95")
    degrees = np.asarray(df, dtype=np.float64)
    different, place = np.unique(degrees, return_inverse=True)
    return t_quantile((1 + level) / 2, np.where(different > 0, different, np.nan))[place].reshape(degrees.shape)
