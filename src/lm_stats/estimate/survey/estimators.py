"""Totals, means, shares, ratios and their differences, with the errors that the design of the sample gives them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from lm_stats.distributions import t_tail
from lm_stats.estimate.survey.design import Design
from lm_stats.estimate.survey.intervals import t_interval
from lm_stats.estimate.survey.linearised import VALUES, Linearised
from lm_stats.estimate.survey.reading import Data
from lm_stats.estimate.survey.taylor import linearise_mean, linearise_ratio, linearise_total

Names = str | Sequence[str]


def total(data: Data, design: Design, variables: Names, by: Names = (), level: float = 0.95) -> pd.DataFrame:
    """Totals of the population.

    A missing value of a variable is left out of its estimates; the sampled unit of the record counts all the same.

    Args:
        data: A pandas frame, an arrow table, the path of a Parquet file, or a relation of DuckDB; a row a record.
        design: How the sample was drawn.
        variables: Columns. Numbers, and true and false, are added up; of text the persons in each category are
            counted.
        by: Columns whose values that occur together are the domains. A record with one missing is in no domain.
        level: Confidence level of the intervals.

    Returns:
        One row for each domain, variable and category, in order of domains: `<by>, variable, category, estimate,
        std_error, lower, upper, cv, deff, df, n_records`. Estimates and errors are in the units of the variable (or
        persons); `cv` is a share; `deff` is the variance in relation to that of a simple random sample without
        replacement; `df` are sampled units less strata of the domain; `n_records` are records used with a weight
        above 0. NaN: refused, or unknown.

    Raises:
        DesignError: If the design does not fit the data.

    References:
        Saerndal, C.-E., Swensson, B. and Wretman, J. (1992), Model Assisted Survey Sampling, Springer.
    """
    return _linearise_total(data, design, variables, by=by).frame(level)


def mean(data: Data, design: Design, variables: Names, by: Names = (), level: float = 0.95) -> pd.DataFrame:
    """Means of numbers, and shares of the categories of text.

    Args:
        data: As in `total`.
        design: How the sample was drawn.
        variables: Columns.
        by: Columns of domains, as in `total`.
        level: Confidence level of the intervals.

    Returns:
        As `total`.

    Raises:
        DesignError: If the design does not fit the data.
    """
    return _linearise_mean(data, design, variables, by=by).frame(level)


def proportion(data: Data, design: Design, variables: Names, by: Names = (), level: float = 0.95) -> pd.DataFrame:
    """Shares: of true in columns of true and false (or 1 and 0), of each category in text.

    Args:
        data: As in `total`.
        design: How the sample was drawn.
        variables: Columns.
        by: Columns of domains, as in `total`.
        level: Confidence level of the intervals, which are those of the logit and stay within 0 and 1.

    Returns:
        As `total`; there is no interval where a share is 0 or 1.

    Raises:
        DesignError: If the design does not fit the data.
        ValueError: If a column of numbers has values below 0 or above 1.
    """
    return _linearise_proportion(data, design, variables, by=by).frame(level, "logit")


def ratio(
    data: Data, design: Design, numerator: Names, denominator: Names, by: Names = (), level: float = 0.95
) -> pd.DataFrame:
    """Ratios of totals, over the records that have both values.

    Args:
        data: As in `total`.
        design: How the sample was drawn.
        numerator: Column of numbers, or several.
        denominator: Column of numbers, or as many.
        by: Columns of domains, as in `total`.
        level: Confidence level of the intervals.

    Returns:
        As `total`; `variable` is `numerator/denominator`.

    Raises:
        DesignError: If the design does not fit the data.
        ValueError: If there are not as many denominators as numerators.
    """
    return _linearise_ratio(data, design, numerator, denominator, by=by).frame(level)


def difference(
    statistic: Callable[..., pd.DataFrame],
    data: Data,
    design: Design,
    *what: Any,
    over: str,
    codes: tuple[Any, Any] | None = None,
    by: Names = (),
    level: float = 0.95,
    relative: bool = False,
) -> pd.DataFrame:
    """Differences of a statistic between two groups or rounds, with the covariance that a shared sample gives them.

    Args:
        statistic: `total`, `mean`, `proportion`, `ratio` or `quantile`.
        data: As in `total`; of rounds all records, in one table.
        design: How the sample was drawn. Units that stay in the sample have the same code in each round.
        what: What the statistic takes after the design: variables, or numerator and denominator.
        over: The column of groups or rounds.
        codes: The two values of it; the second is compared with the first. Without them it must have two.
        by: Columns of domains, as in `total`.
        level: Confidence level of the intervals.
        relative: Whether the difference is in per cent of the first.

    Returns:
        One row for each domain, variable and category: `<by>, variable, category, from, to, estimate, std_error,
        lower, upper, df, p_value`. `df` are the fewer of the two; `p_value` is two-sided, of no difference.

    Raises:
        DesignError: If the design does not fit the data.
        ValueError: If `codes` are not two values that occur.
    """
    domains = _domains(by)
    if over in domains:
        raise ValueError(f"column {over} is both what is compared and a domain: leave it out of by")
    found = linearise(statistic, data, design, *what, by=(*domains, over))
    occurring = found.keys[over].drop_duplicates().tolist()
    if codes is None:
        if len(occurring) != 2:
            raise ValueError(f"column {over} has {len(occurring)} values: say in codes which two are compared")
        codes = (occurring[0], occurring[1])
    first, second = codes
    if absent := [code for code in codes if code not in occurring]:
        raise ValueError(f"{len(absent)} of the codes to compare do not occur in column {over}: correct codes")
    keys = [*domains, "variable", "category"]
    placed = found.keys.assign(place=np.arange(len(found)))
    pairs = placed[placed[over] == first].merge(placed[placed[over] == second], on=keys, suffixes=("", "_second"))
    named = pairs[keys].assign(**{"from": first, "to": second})
    compared = found.combine(pairs["place"], pairs["place_second"], named, relative=relative)
    std_error = np.sqrt(compared.variances())
    lower, upper = t_interval(compared.estimate, std_error, compared.df, level)
    with np.errstate(divide="ignore", invalid="ignore"):
        statistics = np.abs(compared.estimate) / std_error
    values = {"estimate": compared.estimate, "std_error": std_error, "lower": lower, "upper": upper, "df": compared.df}
    compared_with: pd.DataFrame = named.assign(**values, p_value=np.minimum(2 * t_tail(statistics, compared.df), 1.0))
    return compared_with


def covariance_of(
    statistic: Callable[..., pd.DataFrame], data: Data, design: Design, *what: Any, by: Names = ()
) -> pd.DataFrame:
    """Covariances of all estimates of a statistic.

    Args:
        statistic: `total`, `mean`, `proportion`, `ratio` or `quantile`.
        data: As in `total`.
        design: How the sample was drawn.
        what: What the statistic takes after the design.
        by: Columns of domains, as in `total`.

    Returns:
        A square frame; rows and columns are named by `<by>, variable, category`, in the order of the statistic.

    Raises:
        DesignError: If the design does not fit the data.
    """
    found = linearise(statistic, data, design, *what, by=by)
    index = pd.MultiIndex.from_frame(found.keys)
    return pd.DataFrame(found.covariance(), index=index, columns=index)


def linearise(
    statistic: Callable[..., pd.DataFrame], data: Data, design: Design, *what: Any, by: Names = ()
) -> Linearised:
    """Estimates of a statistic with what their errors are made from.

    Args:
        statistic: `total`, `mean`, `proportion`, `ratio` or `quantile`.
        data: As in `total`.
        design: How the sample was drawn.
        what: What the statistic takes after the design.
        by: Columns of domains.

    Raises:
        DesignError: If the design does not fit the data.
        ValueError: If the statistic is none of these.
    """
    known: dict[Callable[..., pd.DataFrame], Callable[..., Linearised]] = {
        total: _linearise_total,
        mean: _linearise_mean,
        proportion: _linearise_proportion,
        ratio: _linearise_ratio,
    }
    from lm_stats.estimate.survey import quantiles

    known[quantiles.quantile] = quantiles.linearise_quantile
    if statistic in known:
        return known[statistic](data, design, *what, by=by)
    raise ValueError("the statistic must be total, mean, proportion, ratio or quantile")


def _linearise_total(data: Data, design: Design, variables: Names, *, by: Names = ()) -> Linearised:
    if design.has_replicates:
        from lm_stats.estimate.survey import replication

        return replication.total(data, design, _names(variables), _domains(by))
    return linearise_total(data, design, _names(variables), _domains(by))


def _linearise_mean(data: Data, design: Design, variables: Names, *, by: Names = ()) -> Linearised:
    if design.has_replicates:
        from lm_stats.estimate.survey import replication

        return replication.mean(data, design, _names(variables), _domains(by))
    return linearise_mean(data, design, _names(variables), _domains(by))


def _linearise_proportion(data: Data, design: Design, variables: Names, *, by: Names = ()) -> Linearised:
    if design.has_replicates:
        from lm_stats.estimate.survey import replication

        return replication.proportion(data, design, _names(variables), _domains(by))
    return linearise_mean(data, design, _names(variables), _domains(by), shares=True)


def _linearise_ratio(data: Data, design: Design, numerator: Names, denominator: Names, *, by: Names = ()) -> Linearised:
    above, below = _names(numerator), _names(denominator)
    if len(above) != len(below):
        raise ValueError("there must be as many denominators as numerators")
    if design.has_replicates:
        from lm_stats.estimate.survey import replication

        return replication.ratio(data, design, above, below, _domains(by))
    return linearise_ratio(data, design, above, below, _domains(by))


def _names(columns: Names) -> tuple[str, ...]:
    """Columns that are estimated."""
    if not columns:
        raise ValueError("name at least one column to estimate")
    return (columns,) if isinstance(columns, str) else tuple(columns)


def _domains(by: Names) -> tuple[str, ...]:
    """Columns of domains, which stand beside the columns of estimates."""
    columns = (by,) if isinstance(by, str) else tuple(by)
    if taken := [name for name in columns if name in ("variable", "category", *VALUES)]:
        raise ValueError(f"column {taken[0]} of by has the name of a column of the result: rename it")
    return columns
