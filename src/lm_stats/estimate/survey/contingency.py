"""Whether two classifications are independent in the population: the test of Rao and Scott, on arrays.

Pearson's statistic of a table of weighted proportions does not have the distribution of chi-square where the sample
is clustered or stratified: under independence it is a sum of squares weighted with the eigenvalues of the matrix of
design effects. Its mean eigenvalue corrects it to first order; to second order it is compared with F on
(sum)^2 / (sum of squares) of the eigenvalues and that many times the degrees of freedom of the design.

References:
    Rao, J. N. K. and Scott, A. J. (1984), On Chi-Squared Tests for Multiway Contingency Tables with Cell Proportions
        Estimated from Survey Data, Annals of Statistics 12, 46-60: the matrix of design effects, and both corrections.
    Thomas, D. R. and Rao, J. N. K. (1987), Small-Sample Comparisons of Level and Power for Simple Goodness-of-Fit
        Statistics under Cluster Sampling, Journal of the American Statistical Association 82, 630-636: the F.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from lm_stats.distributions import chi_square_tail, f_tail

Floats: TypeAlias = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Independence:
    """A test of independence.

    Attributes:
        statistic: F, or Pearson's chi-square.
        df: Degrees of freedom (of the numerator).
        ddf: Degrees of freedom of the denominator; infinite for chi-square.
        p_value: Probability of a statistic at least as large under independence.
    """

    statistic: float
    df: float
    ddf: float
    p_value: float


def rao_scott(shares: Floats, covariance: Floats, records: int, df: int, method: str = "F") -> Independence:
    """Test the independence of rows and columns from estimated proportions of cells.

    Args:
        shares: Proportions of the cells, which sum to 1 [R, C], R and C at least 2, no row or column empty.
        covariance: Their covariance under the design [R * C, R * C], row after row; NaN where refused.
        records: Records in the table, the sample size of Pearson's statistic.
        df: Degrees of freedom of the design.
        method: `F`, the second-order correction, or `Chisq`, the first-order one, which gives Pearson's statistic
            as it is and corrects it for the p-value only.

    Returns:
        The test; NaN where the covariance is refused or a sampled table leaves the design effects undetermined, and
        for `F` where the design has no degrees of freedom.
    """
    rows, columns = shares.shape
    expected = np.outer(shares.sum(axis=1), shares.sum(axis=0))
    pearson = float(records * ((shares - expected) ** 2 / expected).sum())
    effects = _design_effects(shares, covariance, records)
    if effects is None:
        return Independence(np.nan, np.nan, np.nan, np.nan)
    mean = float(np.trace(effects)) / len(effects)
    if method == "Chisq":
        free = float((rows - 1) * (columns - 1))
        return Independence(pearson, free, np.inf, float(chi_square_tail(pearson / mean, free)))
    numerator = float(np.trace(effects) ** 2 / np.trace(effects @ effects))
    denominator = numerator * df
    if df <= 0:
        return Independence(np.nan, numerator, np.nan, np.nan)
    statistic = pearson / float(np.trace(effects))
    return Independence(statistic, numerator, denominator, float(f_tail(statistic, numerator, denominator)))


def _design_effects(shares: Floats, covariance: Floats, records: int) -> Floats | None:
    """The matrix of design effects of the interaction [(R-1)(C-1), (R-1)(C-1)]; None where it cannot be known."""
    contrasts = np.kron(_contrasts(shares.shape[0]), _contrasts(shares.shape[1]))
    cells = shares.ravel()
    scaled = contrasts * np.divide(1.0, cells, out=np.zeros_like(cells), where=cells > 0)[:, None]
    simple = contrasts.T @ scaled / records
    found = scaled.T @ covariance @ scaled
    if not np.isfinite(found).all() or np.linalg.matrix_rank(simple) < len(simple):
        return None
    effects = np.asarray(np.linalg.solve(simple, found), dtype=np.float64)
    return effects if np.trace(effects) > 0 else None


def _contrasts(levels: int) -> Floats:
    """An orthonormal basis of what sums to zero over some levels [L, L - 1] (Helmert)."""
    steps = np.arange(1, levels, dtype=float)
    upper = np.triu(np.ones((levels, levels - 1)))
    upper[np.arange(1, levels), np.arange(levels - 1)] = -steps
    basis: Floats = upper / np.sqrt(steps * (steps + 1))
    return basis
