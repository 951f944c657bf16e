"""Quantiles of samples with their errors: medians of earnings, deciles, by domain.

The estimate is the smallest value at or below which at least the share q of the weight lies, the interval that of
Woodruff (1952): see `lm_stats.estimate.survey.distribution`. With weights of replicates the standard error of the
share comes from these, which holds for the jackknife too, whose spread of the quantiles themselves does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from lm_stats.estimate.survey import replication
from lm_stats.estimate.survey.design import Design
from lm_stats.estimate.survey.distribution import Ranked, Woodruff, intervals
from lm_stats.estimate.survey.domains import domain_columns, estimated_columns
from lm_stats.estimate.survey.linearised import Linearised, lay_out
from lm_stats.estimate.survey.reading import Data
from lm_stats.estimate.survey.sampled_rows import SampledRows, UnitErrors


def quantile(
    data: Data,
    design: Design,
    variables: str | Sequence[str],
    q: float | Sequence[float] = (0.5,),
    by: str | Sequence[str] = (),
    level: float = 0.95,
) -> pd.DataFrame:
    """Quantiles of variables in each domain.

    Args:
        data: Records: a DataFrame, an Arrow table, the path of a Parquet file, or a relation of DuckDB.
        design: How they were sampled.
        variables: Columns of numbers.
        q: Shares of the weight, each between 0 and 1: 0.5 for the median.
        by: Columns whose values that occur together are the domains; a record with one of them missing is in none.
        level: Confidence level of the interval, between 0 and 1.

    Returns:
        One row for each domain, variable and share: the columns of `by`, `variable`, `category` (the share as text),
        `estimate, std_error, lower, upper, cv, deff, df, n_records`. `deff` is empty. An end of the interval is
        empty where the interval of the share reaches beyond 0 or 1, or nobody has more than the estimate: the sample
        then does not tell how far the quantile may be, and there is no standard error either.

    Raises:
        DesignError: If the design does not fit the data, or a variable is not of numbers.
        ValueError: If a share or the level is not between 0 and 1, a share or a column is named twice, or none.
    """
    sample = SampledRows.of(data, design, estimated_columns(variables), domain_columns(by))
    found = _joined(_quantiles(sample, _shares(q), level)[1])
    keys = _keys(sample, _shares(q))
    empty = np.full(len(keys), np.nan)
    return lay_out(
        keys,
        found.estimate.ravel(),
        found.std_error.ravel(),
        found.lower.ravel(),
        found.upper.ravel(),
        found.std_error.ravel() ** 2,
        empty,
        np.repeat(found.df, found.estimate.shape[1]),
        np.repeat(found.n_records, found.estimate.shape[1]),
    )


def linearise_quantile(
    data: Data,
    design: Design,
    variables: str | Sequence[str],
    q: float | Sequence[float] = (0.5,),
    by: str | Sequence[str] = (),
    level: float = 0.95,
) -> Linearised:
    """Quantiles with what differences between them are made from.

    A quantile moves as the share below it does, divided by the density there. The density is taken from Woodruff's
    interval, as the standard error of the share over that of the quantile (Francisco and Fuller 1991), so that errors
    are those of `quantile`. With weights of balanced half-samples or of a bootstrap it is the quantile of each
    replicate. Those of a jackknife hardly move, and their spread estimates nothing (Wolter 2007, section 4.2): there
    each replicate is the estimate less the difference between its share below the estimate and that of the whole
    sample, divided by the same density.

    Args:
        data: As in `quantile`.
        design: How the records were sampled.
        variables: Columns of numbers.
        q: Shares of the weight.
        by: Columns of domains.
        level: Confidence level of the interval that the density is taken from.

    Returns:
        An estimate for each domain, variable and share, as the rows of `quantile`.

    Raises:
        DesignError: As in `quantile`.
        ValueError: As in `quantile`.
    """
    names, shares, domains = estimated_columns(variables), _shares(q), domain_columns(by)
    if design.has_replicates and design.replicate_type not in ("JK1", "JKn"):
        return replication.quantile(data, design, names, shares, domains)
    return _linearised(SampledRows.of(data, design, names, domains), design, shares, level)


def _shares(q: float | Sequence[float]) -> tuple[float, ...]:
    shares = tuple(float(one) for one in np.atleast_1d(np.asarray(q, dtype=np.float64)))
    if not shares:
        raise ValueError("q names no share: give at least one, such as 0.5 for the median")
    if len(set(shares)) < len(shares):
        raise ValueError("q names a share twice: name it once")
    return shares


def _keys(sample: SampledRows, q: Sequence[float]) -> pd.DataFrame:
    """One row for each domain, variable and share."""
    pairs = [(variable, repr(share)) for variable in sample.variables for share in q]
    keys = sample.domains.loc[np.repeat(np.arange(len(sample.domains)), len(pairs))].reset_index(drop=True)
    keys["variable"] = [variable for variable, _ in pairs] * len(sample.domains)
    keys["category"] = [category for _, category in pairs] * len(sample.domains)
    return keys


def _quantiles(sample: SampledRows, q: Sequence[float], level: float) -> tuple[list[Ranked], list[Woodruff]]:
    """The rows of each variable in order, and their quantiles."""
    ranked = [Ranked.of(one, sample.weights, sample.domain, len(sample.domains)) for one in sample.values]
    found = []
    for one in ranked:
        df = sample.errors.freedom(one.rows, sample.domain[one.rows], len(sample.domains))
        found.append(intervals(one, sample.errors.share_variances, df, q, level, sample.errors.width))
    return ranked, found


def _linearised(sample: SampledRows, design: Design, q: Sequence[float], level: float) -> Linearised:
    """Quantiles of all variables with their parts by unit, or by replicate."""
    ranked, found = _quantiles(sample, q, level)
    errors, domains = sample.errors, len(sample.domains)
    parts, flags = [], []
    for one, own in zip(ranked, found, strict=True):
        place, below = sample.domain[one.rows], one.below(own.estimate)
        with np.errstate(divide="ignore", invalid="ignore"):
            slope = np.where(own.share_error > 0, own.std_error / own.share_error, own.std_error)
        if isinstance(errors, UnitErrors):
            totals = errors.totals(one.rows, place, below, own.share)
            parts.append((-totals * slope.ravel()).reshape(len(errors.units), domains, len(q)))
            there = errors.present(one.rows, place, domains)
            flags.append(np.repeat(there, len(q), axis=1).reshape(len(errors.units), domains, len(q)))
        else:
            shares = replication.share_replicates(errors.weights, design)(one.rows, place, below, own.share)
            parts.append(own.estimate - slope * (shares - own.share))
    whole = _joined(found)
    each = np.stack(parts, axis=2).reshape(len(parts[0]), len(whole.estimate) * len(q))
    made = Linearised(
        keys=_keys(sample, q),
        estimate=whole.estimate.ravel(),
        n_records=np.repeat(whole.n_records, len(q)),
        df=np.repeat(whole.df, len(q)),
    )
    if isinstance(errors, UnitErrors):
        present = np.stack(flags, axis=2).reshape(each.shape)
        return replace(made, totals=each, units=errors.units, single_psu=errors.single_psu, present=present)
    scale, rscales = design.replicate_scales(len(each))
    return replace(made, replicates=each, scale=scale, rscales=rscales, mse=design.mse)


def _joined(found: Sequence[Woodruff]) -> Woodruff:
    """Quantiles of V variables as one: rows are domains and variables, D * V, columns shares."""
    names = ("estimate", "std_error", "lower", "upper", "share", "share_error", "df", "n_records")
    beside = {name: np.stack([getattr(one, name) for one in found], axis=1) for name in names}
    return Woodruff(**{name: array.reshape(-1, *array.shape[2:]) for name, array in beside.items()})
