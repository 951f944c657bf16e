"""Quantiles of weighted values, and the intervals of Woodruff, on arrays.

A quantile is the smallest value at or below which at least the share q of the weight lies: the inverse of the
estimated distribution function, so always a value that somebody gave (definition 1 of Hyndman, R. J. and Fan, Y.
(1996), Sample Quantiles in Statistical Packages, The American Statistician 50, 361-365).

Its interval is that of Woodruff, R. S. (1952), Confidence Intervals for Medians and Other Position Measures, Journal
of the American Statistical Association 47, 635-646: the share of the population at or below the estimate is a
proportion, with a standard error of the design; its t interval is turned back into values by the same inverse. The
standard error is the width of that interval over twice t (Francisco, C. A. and Fuller, W. A. (1991), Quantile
Estimation with a Complex Survey Design, Annals of Statistics 19, 454-469).

Shares are compared with a tolerance of `TIE`, so that a quantile which falls on a step (the median of ten equal
weights) does not hang on how sums of weights are rounded.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from lm_stats.estimate.survey.intervals import quantiles_of_t
from lm_stats.estimate.survey.variance import Units, degrees_of_freedom, variances

Floats: TypeAlias = npt.NDArray[np.float64]
Integers: TypeAlias = npt.NDArray[np.int64]
Booleans: TypeAlias = npt.NDArray[np.bool_]
# from some rows (their places [M], the numbers of their domains [M] of D, whether they are at or below each of Q
# estimates [M, Q]) and the shares of the weight that are [D, Q], to the variances of these shares [D, Q]
ShareVariance: TypeAlias = Callable[[Integers, Integers, Booleans, Floats], Floats]

TIE = 1e-12
_CELLS = 8_000_000  # numbers held at a time


@dataclass(frozen=True)
class Woodruff:
    """Quantiles with their intervals, for D domains and Q shares.

    Attributes:
        estimate: The quantiles [D, Q]; NaN where a domain has no weight.
        std_error: Width of the interval over twice t [D, Q]; NaN where an end of the interval is.
        lower: Lower ends [D, Q]; NaN where the interval of the share reaches below 0, or is refused.
        upper: Upper ends [D, Q]; NaN where it reaches above 1, or nobody has more than the estimate.
        share: Share of the weight at or below the estimate [D, Q].
        share_error: Its standard error [D, Q].
        df: Degrees of freedom of each domain [D].
        n_records: Records with a value and a weight above 0 in each domain [D].
    """

    estimate: Floats
    std_error: Floats
    lower: Floats
    upper: Floats
    share: Floats
    share_error: Floats
    df: Floats
    n_records: Integers


@dataclass(frozen=True)
class Ranked:
    """The rows of all domains by domain, value and weight: what quantiles are read from.

    Rows without a value, without a domain or with no weight are left out. Calibration may bring weights below 0, and
    the shares down again; a quantile then is the first value at which the share is reached.

    Attributes:
        rows: Place of each among the rows given [M].
        values: Their values [M].
        weights: Their weights [M].
        starts: Where each domain begins, and the end of the last [D + 1].
        shares: Share of the domain's weight up to each row [M]; the last of a domain is exactly 1.
        falls: Whether some weights are below 0.
    """

    rows: Integers
    values: Floats
    weights: Floats
    starts: Integers
    shares: Floats
    falls: bool = False

    @classmethod
    def of(cls, values: Floats, weights: Floats, domain: Integers, domains: int) -> Ranked:
        """Put rows in order.

        Args:
            values: Values, NaN where missing [N].
            weights: Weights [N].
            domain: Number of the domain of each row, -1 for none [N].
            domains: Number of domains.
        """
        kept = np.flatnonzero((weights != 0) & ~np.isnan(values) & (domain >= 0))
        # by weight too, so that sums do not depend on the order of the rows
        rows = kept[np.lexsort((weights[kept], values[kept], domain[kept]))]
        starts = np.searchsorted(domain[rows], np.arange(domains + 1))
        ordered = weights[rows]
        shares = np.empty(len(rows))
        for start, end in zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True):
            if end > start:
                running = np.cumsum(ordered[start:end])
                shares[start:end] = running / running[-1]
        return cls(rows, values[rows], ordered, starts, shares, bool((ordered < 0).any()))

    @property
    def domains(self) -> int:
        """Number of domains."""
        return len(self.starts) - 1

    def at(self, domain: int, shares: Floats) -> Floats:
        """The values of a domain at some shares [Q] of its weight."""
        start, end = self.starts[domain], self.starts[domain + 1]
        if end == start:
            return np.full(len(shares), np.nan)
        reached = self.shares[start:end]
        if self.falls:
            reached = np.maximum.accumulate(reached)
        place = np.searchsorted(reached, shares - TIE, side="left")
        found: Floats = self.values[start:end][np.minimum(place, end - start - 1)]
        return np.where(np.isnan(shares), np.nan, found)

    def below(self, values: Floats) -> Booleans:
        """Whether each row is at or below each of some values of its domain [D, Q]: [M, Q]."""
        sizes = np.diff(self.starts)
        number = np.array([self.up_to(one, values[one]) for one in range(self.domains)]).reshape(values.shape)
        within = np.arange(len(self.rows)) - np.repeat(self.starts[:-1], sizes)
        found: Booleans = within[:, None] < np.repeat(number, sizes, axis=0)
        return found

    def up_to(self, domain: int, values: Floats) -> Integers:
        """How many rows of a domain have at most each of some values [Q]."""
        start, end = self.starts[domain], self.starts[domain + 1]
        found: Integers = np.searchsorted(self.values[start:end], values, side="right")
        return found


def woodruff(
    values: npt.ArrayLike,
    weights: npt.ArrayLike,
    unit_of_row: npt.ArrayLike,
    units: Units,
    q: Sequence[float] = (0.5,),
    level: float = 0.95,
    single_psu: str = "fail",
) -> Woodruff:
    """Quantiles of one domain with their intervals.

    Args:
        values: Values of the domain's rows, NaN where missing [N].
        weights: Weights, 0 or more [N].
        unit_of_row: Number of each row's ultimate unit in `units` [N].
        units: The ultimate units of the whole sample [P], also those without a row of the domain.
        q: Shares, each between 0 and 1 [Q].
        level: Confidence level.
        single_psu: What becomes of a stratum with one unit (see `Design`).

    Returns:
        Quantiles of one domain and Q shares.

    Raises:
        ValueError: A share or the level is not between 0 and 1.
    """
    one = np.zeros(np.shape(values), dtype=np.int64)
    return woodruff_domains(values, weights, unit_of_row, one, 1, units, q, level, single_psu)


def woodruff_domains(
    values: npt.ArrayLike,
    weights: npt.ArrayLike,
    unit_of_row: npt.ArrayLike,
    domain_of_row: npt.ArrayLike,
    domains: int,
    units: Units,
    q: Sequence[float] = (0.5,),
    level: float = 0.95,
    single_psu: str = "fail",
) -> Woodruff:
    """Quantiles of many domains with their intervals; rows are put in order once.

    Args:
        values: Values, NaN where missing [N].
        weights: Weights, 0 or more [N].
        unit_of_row: Number of each row's ultimate unit in `units` [N].
        domain_of_row: Number of each row's domain, -1 for none [N].
        domains: Number of domains, D.
        units: The ultimate units of the whole sample [P].
        q: Shares, each between 0 and 1 [Q].
        level: Confidence level.
        single_psu: What becomes of a stratum with one unit (see `Design`).

    Returns:
        Quantiles of D domains and Q shares.

    Raises:
        ValueError: A share or the level is not between 0 and 1.
    """
    numbers = np.asarray(values, dtype=float)
    weight = np.asarray(weights, dtype=float)
    unit = np.asarray(unit_of_row, dtype=np.int64)
    domain = np.asarray(domain_of_row, dtype=np.int64)
    ranked = Ranked.of(numbers, weight, domain, domains)
    size = len(units)

    def variance(rows: Integers, place: Integers, below: Booleans, share: Floats) -> Floats:
        parts = share_parts(weight[rows], place, below, share)
        totals = unit_totals(unit[rows], place, parts, size, len(share))
        there = np.repeat(_flags(unit[rows], place, size, len(share)), share.shape[1], axis=1)
        return variances(units, totals, single_psu, there).reshape(share.shape)

    present = _flags(unit[ranked.rows], domain[ranked.rows], size, domains)
    df = degrees_of_freedom(units, present)
    return intervals(ranked, variance, df, q, level, size)


def intervals(
    ranked: Ranked,
    variance: ShareVariance,
    df: npt.ArrayLike,
    q: Sequence[float],
    level: float,
    width: int,
) -> Woodruff:
    """Quantiles and intervals from rows in order and a way to the variance of their shares.

    Args:
        ranked: The rows of D domains.
        variance: Variances of shares (see `ShareVariance`); NaN where refused.
        df: Degrees of freedom of each domain [D].
        q: Shares [Q].
        level: Confidence level.
        width: Numbers that `variance` holds for an estimate (units or replicates), so that it is asked for as many
            at a time as memory allows.

    Raises:
        ValueError: A share or the level is not between 0 and 1.
    """
    wanted = np.asarray(q, dtype=float)
    if not ((wanted > 0) & (wanted < 1)).all():
        raise ValueError("q must lie between 0 and 1, such as 0.5 for the median")
    estimate = np.array([ranked.at(one, wanted) for one in range(ranked.domains)]).reshape(ranked.domains, len(wanted))
    share, error = _shares(ranked, variance, estimate, width)
    t = quantiles_of_t(df, level)[:, None]
    low, high = share - t * error, share + t * error
    low[~(low >= -TIE)] = np.nan
    # nobody has more: how much more there could be is not to be known from the sample
    high[~(high <= 1 + TIE) | (share >= 1)] = np.nan
    lower = np.array([ranked.at(one, ends) for one, ends in enumerate(low)]).reshape(estimate.shape)
    upper = np.array([ranked.at(one, ends) for one, ends in enumerate(high)]).reshape(estimate.shape)
    return Woodruff(
        estimate=estimate,
        std_error=(upper - lower) / (2 * t),
        lower=lower,
        upper=upper,
        share=share,
        share_error=error,
        df=np.asarray(df, dtype=float),
        n_records=np.diff(ranked.starts),
    )


def _shares(ranked: Ranked, variance: ShareVariance, estimate: Floats, width: int) -> tuple[Floats, Floats]:
    """Share of the weight at or below each estimate, with its standard error [D, Q]."""
    share, error = np.full(estimate.shape, np.nan), np.full(estimate.shape, np.nan)
    domains, many = estimate.shape
    step = max(1, _CELLS // (max(width, 1) * max(many, 1)))
    for first in range(0, domains, step):
        last = min(first + step, domains)
        start, end = int(ranked.starts[first]), int(ranked.starts[last])
        sizes = np.diff(ranked.starts[first : last + 1])
        place = np.repeat(np.arange(last - first), sizes)
        number = np.array([ranked.up_to(one, estimate[one]) for one in range(first, last)])
        within = np.arange(start, end) - ranked.starts[first:last][place]
        below = within[:, None] < number[place]
        held = sizes > 0
        share[first:last][held] = ranked.shares[(ranked.starts[first:last, None] + number - 1)[held]]
        found = variance(ranked.rows[start:end], place, below, share[first:last])
        error[first:last] = np.where(held[:, None], np.sqrt(found), np.nan)
    return share, error


def share_parts(weights: Floats, domain: Integers, below: Booleans, share: Floats) -> Floats:
    """What each row adds to the linearised shares of its domain, times its weight [M, Q].

    Args:
        weights: Weights [M].
        domain: Number of each row's domain [M] of D.
        below: Whether it is at or below each of Q estimates [M, Q].
        share: Shares of the weight that are [D, Q].
    """
    whole = np.bincount(domain, weights, minlength=len(share))
    parts: Floats = (below - share[domain]) * (weights / whole[domain])[:, None]
    return parts


def unit_totals(unit: Integers, domain: Integers, parts: Floats, units: int, domains: int) -> Floats:
    """Sums of rows by unit and domain: [M, Q] to [P, D * Q], the shares of a domain beside each other."""
    many = parts.shape[1]
    place = unit * domains + domain
    found = np.empty((units * domains, many))
    for column in range(many):
        found[:, column] = np.bincount(place, parts[:, column], minlength=units * domains)
    return found.reshape(units, domains * many)


def _flags(unit: Integers, domain: Integers, units: int, domains: int) -> Booleans:
    found = np.zeros((units, domains), dtype=bool)
    found[unit, domain] = True
    return found
