"""Quantiles and tails of the distributions that tests and intervals need: arrays in, arrays out, to 1e-12.

References:
    Abramowitz, M. and Stegun, I. A. (1964), Handbook of Mathematical Functions, chapters 6 and 26.
    Wichura, M. J. (1988), Algorithm AS 241, Applied Statistics 37, 477-484: the normal quantile.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

_DIGITS = 30
_SMALL = 1e-300
_STEPS = 10_000
_CLOSE = 1e-16
# from here on ratios of gamma functions are taken from their series, whose next term is below 1e-17
_LARGE = 40.0
# from here on the fourth term of the expansion of t around the normal distribution is below 1e-13
_MANY = 20_000


def t_quantile(p: ArrayLike, df: ArrayLike) -> Floats:
    """The value that a variable of Student's t does not exceed with probability p.

    Args:
        p: Probabilities.
        df: Degrees of freedom, whole or not; infinite for the normal distribution.

    Returns:
        Array of the joint shape; NaN where p is no probability or there is no degree of freedom.
    """
    return _each(_t_quantile, p, df)


def t_tail(t: ArrayLike, df: ArrayLike) -> Floats:
    """Probability that a variable of Student's t exceeds t.

    Args:
        t: Values.
        df: Degrees of freedom, whole or not; infinite for the normal distribution.

    Returns:
        Array of the joint shape; NaN where there is no degree of freedom.
    """
    return _each(_t_tail, t, df)


def f_tail(f: ArrayLike, df1: ArrayLike, df2: ArrayLike) -> Floats:
    """Probability that a variable of Fisher's F exceeds f.

    Args:
        f: Values.
        df1: Degrees of freedom of the numerator, whole or not.
        df2: Degrees of freedom of the denominator, whole or not; infinite for chi-square over its degrees.

    Returns:
        Array of the joint shape; NaN where f is missing or degrees of freedom are not above 0.
    """
    return _each(_f_tail, f, df1, df2)


def chi_square_tail(x: ArrayLike, df: ArrayLike) -> Floats:
    """Probability that a chi-square variable exceeds x.

    For whole degrees of freedom it is a finite sum (Abramowitz and Stegun 1964, 26.4.4 and 26.4.5).

    Args:
        x: Values, 0 or more.
        df: Degrees of freedom above 0, whole or not.

    Returns:
        Array of the joint shape.

    Raises:
        ValueError: A value is negative or missing, or there is no degree of freedom.
    """
    values, degrees = np.asarray(x, dtype=np.float64), np.asarray(df, dtype=np.float64)
    if not (values >= 0).all() or not (degrees > 0).all():
        raise ValueError("a chi-square value must be 0 or more and its degrees of freedom above 0")
    return _each(_chi_square_tail, values, degrees)


def _each(function: Callable[..., float], *arguments: ArrayLike) -> Floats:
    """A function of numbers over arrays, computed once for each different set of arguments."""
    columns = np.broadcast_arrays(*(np.asarray(one, dtype=np.float64) for one in arguments))
    found = [function(*one) for one in zip(*(column.ravel().tolist() for column in columns), strict=True)]
    return np.array(found, dtype=np.float64).reshape(columns[0].shape)


@functools.cache
def _normal_quantile(p: float) -> float:
    if not 0 <= p <= 1:
        return math.nan
    return math.copysign(math.inf, p - 0.5) if p in (0, 1) else NormalDist().inv_cdf(p)


@functools.lru_cache(maxsize=65536)
def _t_quantile(p: float, df: float) -> float:
    if not 0 <= p <= 1 or not df > 0:
        return math.nan
    if p in (0, 1) or df == math.inf:
        return _normal_quantile(p)
    if p == 0.5:
        return 0.0
    tail = min(p, 1 - p)
    if df >= _MANY:
        return math.copysign(_near_normal(-_normal_quantile(tail), df), p - 0.5)
    low, high = 0.0, 2.0
    while _t_tail(high, df) > tail:
        low, high = high, 2 * high
    # Newton's steps on the logarithm of the tail, held within what is known
    at = min(max(-_normal_quantile(tail), low), high) or high / 2
    for _ in range(200):
        found = _t_tail(at, df)
        low, high = (at, high) if found > tail else (low, at)
        step = math.log(found / tail) * found / _t_density(at, df)
        after = at + step
        if not low <= after <= high:
            after = (low + high) / 2
        if abs(after - at) <= 4e-16 * at:
            break
        at = after
    return math.copysign(after, p - 0.5)


def _near_normal(z: float, df: float) -> float:
    """The quantile of t from the normal one, for many degrees of freedom (26.7.5)."""
    square = z * z
    terms = (
        (square + 1) / 4,
        ((5 * square + 16) * square + 3) / 96,
        (((3 * square + 19) * square + 17) * square - 15) / 384,
    )
    return z + z * (terms[0] + (terms[1] + terms[2] / df) / df) / df


def _t_density(t: float, df: float) -> float:
    return math.exp(_log_gamma_step(df / 2) - 0.5 * math.log(df * math.pi) - (df + 1) / 2 * math.log1p(t * t / df))


@functools.lru_cache(maxsize=65536)
def _t_tail(t: float, df: float) -> float:
    if math.isnan(t) or not df > 0:
        return math.nan
    if df == math.inf:
        return math.erfc(t / math.sqrt(2)) / 2
    if t < 0:
        return 1 - _t_tail(-t, df)
    if math.isinf(t):
        return 0.0
    # half of the incomplete beta function (26.5.27 and 26.7.1), by its continued fraction on the side that converges
    half, square = df / 2, t * t
    share = df / (df + square)
    front = math.exp(_log_gamma_step(half) - 0.5 * math.log(math.pi) - half * math.log1p(square / df)) * math.sqrt(
        square / (df + square)
    )
    if share < (half + 1) / (half + 2.5):
        return front * _fraction(half, 0.5, share) / half / 2
    return (1 - front * _fraction(0.5, half, square / (df + square)) / 0.5) / 2


def _fraction(a: float, b: float, x: float) -> float:
    """The continued fraction of the incomplete beta function (26.5.8), by Lentz's method."""
    above, below = 1.0, 1 - (a + b) * x / (a + 1)
    below = 1 / (below or _SMALL)
    found = below
    for m in range(1, _STEPS):
        for term in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            below = 1 / ((1 + term * below) or _SMALL)
            above = (1 + term / above) or _SMALL
            found *= above * below
        if abs(above * below - 1) <= _CLOSE:
            break
    return found


def _log_gamma_step(a: float) -> float:
    """Logarithm of gamma(a + 1/2) over gamma(a): the series for large ones (after 6.1.47), where logarithms cancel."""
    if a < _LARGE:
        return math.lgamma(a + 0.5) - math.lgamma(a)
    square = a * a
    series = (-1 / 8 + (1 / 192 + (-1 / 640 + (17 / 14336 - 31 / 18432 / square) / square) / square) / square) / a
    return 0.5 * math.log(a) + series


@functools.lru_cache(maxsize=65536)
def _f_tail(f: float, df1: float, df2: float) -> float:
    if math.isnan(f) or not (df1 > 0 and df2 > 0) or df1 == math.inf:
        return math.nan
    if f <= 0:
        return 1.0
    if df2 == math.inf:
        return _chi_square_tail(f * df1, df1)
    if f == math.inf:
        return 0.0
    import mpmath

    with mpmath.workdps(_DIGITS):
        share = mpmath.mpf(df2) / (mpmath.mpf(df2) + mpmath.mpf(df1) * mpmath.mpf(f))
        return float(mpmath.betainc(mpmath.mpf(df2) / 2, mpmath.mpf(df1) / 2, 0, share, regularized=True))


@functools.lru_cache(maxsize=65536)
def _chi_square_tail(x: float, df: float) -> float:
    if x == 0:
        return 1.0
    if x == math.inf:
        return 0.0
    half = x / 2
    if df != int(df):
        import mpmath

        with mpmath.workdps(_DIGITS):
            return float(mpmath.gammainc(mpmath.mpf(df) / 2, half, mpmath.inf, regularized=True))
    step = 0.5 if df % 2 else 0.0
    terms = [
        math.exp(-half + power * math.log(half) - math.lgamma(power + 1))
        for power in (step + place for place in range(int(df) // 2))
    ]
    return min(math.fsum([math.erfc(math.sqrt(half)) if df % 2 else 0.0, *terms]), 1.0)
