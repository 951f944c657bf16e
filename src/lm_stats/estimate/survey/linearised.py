"""Estimates with what their errors are made from: the object that every statistic yields."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from lm_stats.estimate.survey.domains import RESULTS
from lm_stats.estimate.survey.intervals import logit_interval, t_interval
from lm_stats.estimate.survey.variance import Flags, Floats, Units, covariance, variances

VALUES = RESULTS[2:]
# variances below this, of estimates this small, have lost their digits
_SMALL_VARIANCE, _SMALL = 1e-290, 1e-130


@dataclass(frozen=True)
class Linearised:
    """E estimates with their parts by sampled unit, or by replicate.

    Attributes:
        keys: E rows: columns of `by`, then `variable` and `category`.
        estimate: [E].
        n_records: [E]: records used, of those with a weight above 0.
        df: [E]: degrees of freedom.
        totals: [P, E]: sum over the records of each ultimate unit of weight times linearised variable.
        units: The P ultimate units of `totals`.
        single_psu: What a stratum with one unit adds: see `Design`.
        present: [P, E]: whether the unit has a record that was used; see `variance.variances`.
        replicates: [R, E]: the estimate by each weight of replicates, in place of `totals`.
        scale: Factor of the sum over replicates.
        rscales: [R]: factor of each replicate.
        mse: Whether replicates are taken from the estimate rather than from their mean.
        simple: [E]: variance that a simple random sample of as many records would have; the design effect is in
            relation to it. NaN: none.
    """

    keys: pd.DataFrame
    estimate: Floats
    n_records: NDArray[np.int64]
    df: Floats
    totals: Floats | None = None
    units: Units | None = None
    single_psu: str = "fail"
    present: Flags | None = None
    replicates: Floats | None = None
    scale: float = 1.0
    rscales: Floats | None = None
    mse: bool = False
    simple: Floats | None = None

    def __len__(self) -> int:
        """Number of estimates."""
        return len(self.estimate)

    def variances(self) -> Floats:
        """Variance of each estimate, [E]; NaN where it is refused, or there is no estimate."""
        if self.replicates is not None:
            away, rscales = self._away()
            found = self.scale * np.add.reduce(rscales[:, None] * away * away, axis=0)
        else:
            assert self.totals is not None
            assert self.units is not None
            found = variances(self.units, self.totals, self.single_psu, self.present)
        size = np.abs(self.estimate)
        lost = (found < _SMALL_VARIANCE) & (size < _SMALL) & (size > 0)
        if lost.any():
            # what does not vary has a variance of 0 for a reason
            parts = self.totals if self.totals is not None else self._away()[0]
            lost &= np.abs(parts).max(axis=0, initial=0.0) > 1e-12 * size
        lost |= np.isinf(found)
        if lost.any():
            warnings.warn(
                f"{int(lost.sum())} estimates are too small or too large for their squares: they have no errors; give "
                "weights and values in other units",
                RuntimeWarning,
                stacklevel=3,
            )
        return np.where(np.isfinite(self.estimate) & ~lost, found, np.nan)

    def covariance(self) -> Floats:
        """Covariances of the estimates, [E, E]; NaN where one is refused, or there is no estimate."""
        if self.replicates is not None:
            away, rscales = self._away()
            found = self.scale * (away.T * rscales) @ away
        else:
            assert self.totals is not None
            assert self.units is not None
            found = covariance(self.units, self.totals, self.single_psu, self.present)
        absent = ~np.isfinite(self.estimate)
        found[absent, :] = np.nan
        found[:, absent] = np.nan
        return found

    def _away(self) -> tuple[Floats, Floats]:
        """Replicates less the estimate or their mean, [R, E], and the factor of each."""
        assert self.replicates is not None
        rscales = np.ones(len(self.replicates)) if self.rscales is None else np.asarray(self.rscales, dtype=np.float64)
        # a replicate that does not count for the variance does not count for the mean
        centre = self.estimate if self.mse else self.replicates[rscales > 0].mean(axis=0)
        return self.replicates - centre, rscales

    def combine(self, left: ArrayLike, right: ArrayLike, keys: pd.DataFrame, *, relative: bool = False) -> Linearised:
        """Differences of K pairs of estimates: `right` less `left`.

        Where `relative`, the difference in per cent of `left`: linearised, or anew for each replicate.

        Args:
            left: [K]: places of the first of each pair.
            right: [K]: places of the second.
            keys: K rows that describe the pairs.
            relative: Whether in per cent of the first.

        Returns:
            K estimates. Degrees of freedom and records are the fewer of the two.
        """
        one, two = np.asarray(left, dtype=np.int64), np.asarray(right, dtype=np.int64)
        first, second = self.estimate[one], self.estimate[two]
        with np.errstate(divide="ignore", invalid="ignore"):
            to_first = 100 * second / first**2 if relative else np.ones(len(one))
            to_second = 100 / first if relative else np.ones(len(one))
            estimate = 100 * (second / first - 1) if relative else second - first
            replicates = None
            if self.replicates is not None:
                before, after = self.replicates[:, one], self.replicates[:, two]
                replicates = 100 * (after / before - 1) if relative else after - before
            totals = None if self.totals is None else self.totals[:, two] * to_second - self.totals[:, one] * to_first
        return replace(
            self,
            keys=keys.reset_index(drop=True),
            estimate=np.where(np.isfinite(estimate), estimate, np.nan),
            n_records=np.minimum(self.n_records[one], self.n_records[two]),
            df=np.minimum(self.df[one], self.df[two]),
            totals=totals,
            present=None if self.present is None else self.present[:, one] | self.present[:, two],
            replicates=replicates,
            simple=None,
        )

    def frame(self, level: float = 0.95, interval: str = "t") -> pd.DataFrame:
        """The estimates with their errors.

        Args:
            level: Confidence level of the interval, between 0 and 1.
            interval: `t`, or `logit` for shares.

        Returns:
            E rows: the keys, then `VALUES`. `deff` is the variance in relation to that of a simple random sample.
        """
        variance = self.variances()
        std_error = np.sqrt(variance)
        limits = logit_interval if interval == "logit" else t_interval
        lower, upper = limits(self.estimate, std_error, self.df, level)
        simple = np.full(len(self), np.nan) if self.simple is None else self.simple
        return lay_out(self.keys, self.estimate, std_error, lower, upper, variance, simple, self.df, self.n_records)


def lay_out(
    keys: pd.DataFrame,
    estimate: Floats,
    std_error: Floats,
    lower: Floats,
    upper: Floats,
    variance: Floats,
    simple: Floats,
    df: Floats,
    n_records: NDArray[np.int64],
) -> pd.DataFrame:
    """The frame of estimates: keys, then `VALUES`; all arrays are [E]."""
    with np.errstate(divide="ignore", invalid="ignore"):
        cv = np.where(estimate != 0, std_error / np.abs(estimate), np.nan)
        deff = np.where(simple > 0, variance / simple, np.nan)
    values = (estimate, std_error, lower, upper, cv, deff, np.asarray(df, dtype=np.float64), n_records)
    found = keys.reset_index(drop=True).copy()
    for name, column in zip(VALUES, values, strict=True):
        found[name] = column
    return found
