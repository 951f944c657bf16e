"""Limits of a share that was found in a sample, also where the sample is weighted.

The exact limits of Clopper and Pearson ("The use of confidence or fiducial limits illustrated in the case of the
binomial", Biometrika 26, 1934); for weighted observations with their effective number (Korn and Graubard, "Confidence
intervals for proportions with small expected number of positive counts estimated from survey data", Survey Methodology
24, 1998).
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]


def share_limit(share: npt.ArrayLike, number: npt.ArrayLike, confidence: float) -> Numbers:
    """Lower limit of a share: the exact one of Clopper and Pearson, also for numbers that are not whole.

    Args:
        share: Share found, within 0 and 1.
        number: Observations (the effective number, where they are weighted), same shape.
        confidence: Probability that the limit lies below the true share.

    Returns:
        The limit, same shape; the upper limit of a share s is 1 less the lower limit of 1 - s.
    """
    shares, numbers = np.broadcast_arrays(np.asarray(share, dtype="float64"), np.asarray(number, dtype="float64"))
    found = shares * numbers
    below, above = np.zeros(shares.shape), shares.copy()
    first, second = np.maximum(found, 1e-12), numbers - found + 1
    # a limit is wanted to five figures, not to the last bit
    for _ in range(24):
        middle = (below + above) / 2
        high = _incomplete_beta(middle, first, second) > 1 - confidence
        below, above = np.where(high, below, middle), np.where(high, middle, above)
    return np.where(found > 0, below, 0.0)


def effective_number(weight: npt.ArrayLike) -> float:
    """Kish's effective number of weighted observations; 0 of none."""
    weights = np.asarray(weight, dtype="float64")
    return float(weights.sum() ** 2 / (weights**2).sum()) if weights.size else 0.0


def _incomplete_beta(at: Numbers, first: Numbers, second: Numbers) -> Numbers:
    """Regularised incomplete beta function by its continued fraction (Abramowitz and Stegun 26.5.8)."""
    # it converges fast on one side of the mean; the other is its mirror image
    turned = at > (first + 1) / (first + second + 2)
    x = np.clip(np.where(turned, 1 - at, at), 1e-300, 1 - 1e-16)
    a, b = np.where(turned, second, first), np.where(turned, first, second)
    logarithm = np.vectorize(math.lgamma, otypes=[float])
    front = np.exp(
        logarithm(a + b) - logarithm(a) - logarithm(b) + a * np.log(x) + b * np.log1p(-x)
    )
    # modified Lentz: numerator and denominator of the fraction side by side
    ratio = np.ones_like(x)
    under = 1 / (1 - (a + b) * x / (a + 1))
    value = under.copy()
    for step in range(1, 200):
        even = step * (b - step) * x / ((a + 2 * step - 1) * (a + 2 * step))
        odd = -(a + step) * (a + b + step) * x / ((a + 2 * step) * (a + 2 * step + 1))
        under = 1 / (1 + even * under)
        ratio = 1 + even / ratio
        value = value * under * ratio
        under = 1 / (1 + odd * under)
        ratio = 1 + odd / ratio
        change = under * ratio
        value = value * change
        if np.all(np.abs(change - 1) < 1e-9):
            break
    lower = front * value / a
    whole: Numbers = np.where(turned, 1 - lower, lower)
    return whole
