"""How unequal, concentrated or separated: measures of one distribution, of two, and of a table.

Amounts are 0 or more (but for quantiles, which take any number): wages, or counts of workers by sector or nationality.
A weight says for how many units a value stands: a weight of 2 is the same as the value written twice. Measures are of
what is given, without a correction for small samples and without a standard error.

References:
    Gini, C. (1912), Variabilita e mutabilita; in the form of Cowell, F. A. (2011), Measuring Inequality, 3rd ed., A.3.
    Theil, H. (1967), Economics and Information Theory, chapter 4.
    Hirschman, A. O. (1964), The Paternity of an Index, American Economic Review 54, 761-762; Herfindahl, O. C. (1950).
    Shannon, C. E. (1948), A Mathematical Theory of Communication, Bell System Technical Journal 27, 379-423.
    Duncan, O. D. and Duncan, B. (1955), A Methodological Analysis of Segregation Indexes, American Sociological
        Review 20, 210-217.
    Isard, W. (1960), Methods of Regional Analysis, chapter 7: the location quotient.
    Hyndman, R. J. and Fan, Y. (1996), Sample Quantiles in Statistical Packages, American Statistician 50, 361-365:
        their first definition.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias, overload

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats: TypeAlias = npt.NDArray[np.float64]

_ROUNDING = 1e-12


def gini(values: npt.ArrayLike, weights: npt.ArrayLike | None = None) -> float:
    """Gini coefficient: half the mean difference between two units, relative to the mean.

    Args:
        values: Amounts, one for each unit or kind of unit, 0 or more and not all 0.
        weights: For how many units each value stands, 0 or more; 1 each if not given.

    Returns:
        0 where all have the same, towards 1 where one of many has all: 1 - 1/n for n units.

    Raises:
        ValueError: Nothing is given, lengths or the labels of two Series differ, a number is missing, infinite or
            negative, or all are 0.
    """
    amounts, counts = _read(values, weights)
    order = np.argsort(amounts, kind="stable")
    amounts, counts = amounts[order], counts[order]
    held = np.cumsum(amounts * counts)
    # twice the area between the Lorenz curve and the line of equality
    between = np.concatenate(([0.0], held[:-1])) + held
    return max(float(1 - (counts / counts.sum()) @ between / held[-1]), 0.0)


def theil(values: npt.ArrayLike, weights: npt.ArrayLike | None = None) -> float:
    """Theil's first measure, T: mean of the relative amount times its natural logarithm.

    Args:
        values: Amounts, one for each unit or kind of unit, 0 or more and not all 0.
        weights: For how many units each value stands, 0 or more; 1 each if not given.

    Returns:
        0 where all have the same, log(n) where one of n has all.

    Raises:
        ValueError: As `gini`.
    """
    amounts, counts = _read(values, weights)
    relative = amounts * counts.sum() / (amounts @ counts)
    return max(float((counts / counts.sum()) @ _times_log(relative)), 0.0)


def hhi(values: npt.ArrayLike, weights: npt.ArrayLike | None = None) -> float:
    """Herfindahl-Hirschman index of concentration: the sum of the squared shares.

    Args:
        values: Amounts, such as workers by nationality, 0 or more and not all 0.
        weights: For how many units each value stands, 0 or more; 1 each if not given.

    Returns:
        From 1/n, where n share equally, to 1, where one has all. Competition authorities write it in points: times
        10,000.

    Raises:
        ValueError: As `gini`.
    """
    amounts, counts = _read(values, weights)
    shares = amounts / (amounts @ counts)
    return float(counts @ shares**2)


def shannon(values: npt.ArrayLike, weights: npt.ArrayLike | None = None) -> float:
    """Shannon's entropy of the shares, a measure of diversity, with the natural logarithm.

    Args:
        values: Amounts, such as workers by nationality, 0 or more and not all 0.
        weights: For how many units each value stands, 0 or more; 1 each if not given.

    Returns:
        0 where one has all, log(n) where n share equally.

    Raises:
        ValueError: As `gini`.
    """
    amounts, counts = _read(values, weights)
    return max(float(-(counts @ _times_log(amounts / (amounts @ counts)))), 0.0)


@overload
def weighted_quantile(values: npt.ArrayLike, weights: npt.ArrayLike | None = None, q: float = 0.5) -> float: ...
@overload
def weighted_quantile(values: npt.ArrayLike, weights: npt.ArrayLike | None, q: Sequence[float] | Floats) -> Floats: ...
def weighted_quantile(
    values: npt.ArrayLike, weights: npt.ArrayLike | None = None, q: float | Sequence[float] | Floats = 0.5
) -> float | Floats:
    """Quantile of weighted values: the smallest value up to which at least the share q of the units lies.

    It is always one of the values: between two, nothing is made up (definition 1 of Hyndman and Fan 1996). For a sample
    with its error see `lm_stats.estimate.quantile`.

    Args:
        values: Numbers of any sign, one for each unit or kind of unit.
        weights: For how many units each value stands, 0 or more; 1 each if not given.
        q: Share from 0 to 1, or several; 0 is the smallest value that stands for anybody.

    Returns:
        The value; an array for several shares.

    Raises:
        ValueError: Nothing is given, lengths differ, a number is missing or infinite, a weight is negative, all
            weights are 0, or a share is not from 0 to 1.
    """
    numbers = _amounts(values, "values", negative=True)
    counts = _counts(values, weights, len(numbers))
    asked = np.atleast_1d(np.asarray(q, dtype=np.float64))
    if asked.ndim != 1 or not ((asked >= 0) & (asked <= 1)).all():
        raise ValueError("q must be a share from 0 to 1, or a list of them")
    numbers, counts = numbers[counts > 0], counts[counts > 0]
    order = np.argsort(numbers, kind="stable")
    reached = np.cumsum(counts[order])
    # a share that is met exactly may be missed by rounding
    places = np.searchsorted(reached / reached[-1], asked - _ROUNDING)
    found = numbers[order][places]
    return found if np.ndim(q) else float(found[0])


def dissimilarity(a: npt.ArrayLike, b: npt.ArrayLike) -> float:
    """Index of dissimilarity of two groups over the same places, sectors or occupations.

    Args:
        a: Members of the first group in each place, 0 or more and not all 0. A Series is matched by its labels.
        b: Members of the second group in the same places and order.

    Returns:
        The share of either group that would have to move for both to be spread alike: 0 to 1.

    Raises:
        ValueError: As `gini`, or the labels of two Series are not the same, each once.
    """
    if isinstance(a, pd.Series) and isinstance(b, pd.Series):
        if not (a.index.is_unique and b.index.is_unique and len(a) == len(b) and a.index.isin(b.index).all()):
            raise ValueError("both groups must be given for the same places, each once; write 0 where there is nobody")
        b = b.reindex(a.index)
    first, second = _amounts(a, "values"), _amounts(b, "values")
    if len(first) != len(second):
        raise ValueError("both groups must be given for the same places; write 0 where there is nobody")
    return float(np.abs(first / _whole(first) - second / _whole(second)).sum() / 2)


def location_quotient(table: pd.DataFrame) -> pd.DataFrame:
    """Location quotients: how much larger a column's share is in a row than in all rows together.

    Args:
        table: Counts, one row for each area (or nationality) and one column for each sector, 0 or more and not all 0,
            without totals.

    Returns:
        A table of the same rows and columns: (count / total of the row) / (total of the column / total of all). 1 is
        as everywhere, 2 twice as much; missing in a row or column that is 0 throughout.

    Raises:
        ValueError: The table is empty, a number is missing, infinite or negative, or all are 0.
    """
    if table.empty:
        raise ValueError("the table is empty")
    if not all(pd.api.types.is_numeric_dtype(kind) for kind in table.dtypes):
        raise ValueError("every column of the table must hold numbers")
    counts = _amounts(table.to_numpy(dtype=np.float64, na_value=np.nan).ravel(), "table").reshape(table.shape)
    total = _whole(counts.ravel())
    expected = counts.sum(axis=1, keepdims=True) * counts.sum(axis=0, keepdims=True) / total
    quotients = np.full(counts.shape, np.nan)
    np.divide(counts, expected, out=quotients, where=expected > 0)
    return pd.DataFrame(quotients, index=table.index, columns=table.columns)


def _read(values: npt.ArrayLike, weights: npt.ArrayLike | None) -> tuple[Floats, Floats]:
    """Amounts and for how many units each stands, after everything that they may not be."""
    amounts = _amounts(values, "values")
    counts = _counts(values, weights, len(amounts))
    if not amounts @ counts > 0:
        raise ValueError("all values are 0: there is nothing to share")
    return amounts, counts


def _counts(values: npt.ArrayLike, weights: npt.ArrayLike | None, length: int) -> Floats:
    counts = np.ones(length) if weights is None else _amounts(weights, "weights")
    if len(counts) != length:
        raise ValueError(f"there are {length} values but {len(counts)} weights")
    if isinstance(values, pd.Series) and isinstance(weights, pd.Series) and not values.index.equals(weights.index):
        raise ValueError("values and weights have different labels: put them in the same order first")
    if not counts.sum() > 0:
        raise ValueError("all weights are 0: there is no unit")
    return counts


def _amounts(values: npt.ArrayLike, name: str, *, negative: bool = False) -> Floats:
    try:
        amounts = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise ValueError(f"{name} must hold numbers, and none may be missing") from None
    if amounts.ndim != 1 or not amounts.size:
        raise ValueError(f"{name} must be a list of at least one number")
    if not np.isfinite(amounts).all():
        raise ValueError(f"{name} has {int((~np.isfinite(amounts)).sum())} missing or infinite numbers: leave them out")
    if not negative and (amounts < 0).any():
        raise ValueError(f"{name} has {int((amounts < 0).sum())} negative numbers: shares are not defined with them")
    return amounts


def _whole(amounts: Floats) -> float:
    total = float(amounts.sum())
    if not total > 0:
        raise ValueError("all values are 0: there is nothing to share")
    return total


def _times_log(numbers: Floats) -> Floats:
    """Each number times its natural logarithm; nothing of nothing is nothing."""
    return numbers * np.log(np.where(numbers > 0, numbers, 1.0))
