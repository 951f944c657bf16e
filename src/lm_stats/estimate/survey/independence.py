"""Whether two classifications are independent, from a sample: the test of Rao and Scott (1984)."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lm_stats.estimate.survey.contingency import rao_scott
from lm_stats.estimate.survey.design import Design
from lm_stats.estimate.survey.exact import exact_group_sums, exact_product
from lm_stats.estimate.survey.reading import Data
from lm_stats.estimate.survey.sampled_rows import ReplicateErrors, SampledRows, UnitErrors
from lm_stats.estimate.survey.variance import covariance

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

METHODS = ("F", "Chisq")


def chi_square(data: Data, design: Design, rows: str, columns: str, method: str = "F") -> pd.DataFrame:
    """Test whether two classifications are independent in the population.

    Pearson's statistic of the table of weighted proportions is corrected for the design: see
    `lm_stats.estimate.survey.contingency`. Records without one of the two codes are left out of the table.

    Args:
        data: Records: a DataFrame, an Arrow table, the path of a Parquet file, or a relation of DuckDB.
        design: How they were sampled.
        rows: Column of the one classification: texts, numbers, or true and false.
        columns: Column of the other.
        method: `F`: the second-order correction, with F. `Chisq`: the first-order one; `statistic` then is
            Pearson's, for as many records as have both codes, and only `p_value` is corrected.

    Returns:
        One row: `statistic, df, ddf, p_value`; `ddf` is `df` times sampled units less strata, among units that have a
        record with a weight above 0, and infinite for `Chisq`. Empty where errors are refused.

    Raises:
        DesignError: If the design does not fit the data.
        ValueError: If one column is named twice, a classification has fewer than two codes in the sample, or there is
            no such method.
    """
    if method not in METHODS:
        raise ValueError(f"method must be one of {', '.join(METHODS)}")
    if rows == columns:
        raise ValueError("rows and columns name one column: a classification is not tested against itself")
    sample = SampledRows.of(data, design, (), (rows, columns))
    cell, shape = _cells(sample.domains[rows], sample.domains[columns])
    for name, number in zip((rows, columns), shape, strict=True):
        if number < 2:
            raise ValueError(f"column {name} has fewer than two codes among the records with both: nothing to test")
    place = np.flatnonzero(sample.domain >= 0)
    cell_of_row = cell[sample.domain[place]]
    size = shape[0] * shape[1]
    sums = exact_group_sums(sample.weights[place, None], cell_of_row, size)[:, 0]
    shares = sums / sums.sum()
    if isinstance(sample.errors, ReplicateErrors):
        of_shares = _of_replicates(sample.errors, design, place, cell_of_row, size)
        df = sample.errors.freedom(np.arange(len(sample.weights)), np.zeros(len(sample.weights), dtype=np.int64), 1)
    else:
        of_shares = _of_units(sample.errors, place, cell_of_row, shares, float(sums.sum()))
        every = np.flatnonzero(sample.weights != 0)
        df = sample.errors.freedom(every, np.zeros(len(every), dtype=np.int64), 1)
    found = rao_scott(shares.reshape(shape), of_shares, len(place), int(df[0]), method)
    return pd.DataFrame(
        {"statistic": [found.statistic], "df": [found.df], "ddf": [found.ddf], "p_value": [found.p_value]}
    )


def _cells(rows: pd.Series, columns: pd.Series) -> tuple[Whole, tuple[int, int]]:
    """The cell of each pair of codes that occurs, row after row, and the numbers of rows and columns."""
    row, of_rows = pd.factorize(rows)
    column, of_columns = pd.factorize(columns)
    return row * len(of_columns) + column, (len(of_rows), len(of_columns))


def _of_units(errors: UnitErrors, place: Whole, cell: Whole, shares: Floats, whole: float) -> Floats:
    """Covariance of the shares of cells by sampled units."""
    units, size = len(errors.units), len(shares)
    weights, unit = errors.weights[place], errors.unit[place]
    sums = exact_group_sums(weights[:, None], unit * size + cell, units * size).reshape(units, size)
    totals = (sums - shares * sums.sum(axis=1, keepdims=True)) / whole
    if errors.residuals is not None:
        linearised = ((cell[:, None] == np.arange(size)) - shares) / whole
        totals = errors.residuals.totals(totals, place, np.zeros(len(place), dtype=np.int64), linearised, 1)
    there = np.repeat(errors.present(place, np.zeros(len(place), dtype=np.int64), 1), size, axis=1)
    return covariance(errors.units, totals, errors.single_psu, there)


def _of_replicates(errors: ReplicateErrors, design: Design, place: Whole, cell: Whole, size: int) -> Floats:
    """Covariance of the shares of cells by replicates."""
    sums = exact_group_sums(errors.weights[place], cell, size)
    scale, rscales = design.replicate_scales(errors.width)
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = sums / sums.sum(axis=0)
    kept = rscales > 0
    replicates = shares[:, 1:][:, kept].T
    if not np.isfinite(replicates).all():
        return np.full((size, size), np.nan)
    away = replicates - (shares[:, 0] if design.mse else replicates.mean(axis=0))
    return scale * exact_product(away * rscales[kept, None], away)
