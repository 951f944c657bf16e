"""Totals, means, shares, ratios and their differences, with the errors that the design of the sample gives them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from lm_stats.distributions import t_tail
from lm_stats.estimate.survey.design import Design
from lm_stats.estimate.survey.domains import RESULTS, domain_columns, estimated_columns, named
from lm_stats.estimate.survey.intervals import change_interval, t_interval
from lm_stats.estimate.survey.linearised import Linearised
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
        replacement, for which weights must add up to the population: where those of a domain do not come to more
        than its records there is none; `df` are sampled units less strata of the domain; `n_records` are records
        used with a weight above 0. NaN: refused, or unknown.

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
        relative: Whether the difference is in per cent of the first. Where both values are above 0 its interval is
            that of the logarithm of their ratio r, 100 * (r * exp(-+ t * s / r) - 1) with s the standard error of r
            (Katz, Baptista, Azen and Pike 1978, Biometrics 34, 469-474), and stays above -100 per cent.

    Returns:
        One row for each domain, variable and category: `<by>, variable, category, from, to, estimate, std_error,
        lower, upper, df, p_value`. `df` are the fewer of the two; `p_value` is two-sided, of no difference. Errors of
        differences between quantiles are those of shares over the density (Francisco and Fuller 1991), also with
        weights of a jackknife; with other weights of replicates they are the spread of the replicates' quantiles.

    Raises:
        DesignError: If the design does not fit the data.
        ValueError: If `codes` are not two values that occur, or `by` has a column named as one of the result.
    """
    domains = domain_columns(by, (*RESULTS, "from", "to", "p_value"))
    if over in domains:
        raise ValueError(f"column {over} is both what is compared and a domain: leave it out of by")
    found = linearise(statistic, data, design, *what, by=(*domains, over))
    occurring = found.keys[over].drop_duplicates().tolist()
    if codes is None:
        if len(found) and len(occurring) != 2:
            raise ValueError(f"column {over} has {len(occurring)} values: say in codes which two are compared")
        codes = (occurring[0], occurring[1]) if occurring else (None, None)
    first, second = codes
    if len(found) and (absent := [code for code in codes if code not in occurring]):
        raise ValueError(f"{len(absent)} of the codes to compare do not occur in column {over}: correct codes")
    keys = found.keys[[*domains, "variable", "category"]]
    one, two = (np.flatnonzero((found.keys[over] == code).to_numpy(dtype=bool)) for code in codes)
    place = pd.MultiIndex.from_frame(keys.iloc[two]).get_indexer(pd.MultiIndex.from_frame(keys.iloc[one]))
    one, two = one[place >= 0], two[place[place >= 0]]
    pairs = keys.iloc[one].reset_index(drop=True).assign(**{"from": first, "to": second})
    compared = found.combine(one, two, pairs, relative=relative)
    std_error = np.sqrt(compared.variances())
    lower, upper = t_interval(compared.estimate, std_error, compared.df, level)
    if relative:
        positive = (found.estimate[one] > 0) & (found.estimate[two] > 0)
        of_logarithm = change_interval(compared.estimate, std_error, compared.df, level)
        lower, upper = (np.where(positive, *limits) for limits in zip(of_logarithm, (lower, upper), strict=True))
    with np.errstate(divide="ignore", invalid="ignore"):
        statistics = np.abs(compared.estimate) / std_error
    values = {"estimate": compared.estimate, "std_error": std_error, "lower": lower, "upper": upper, "df": compared.df}
    compared_with: pd.DataFrame = pairs.assign(**values, p_value=np.minimum(2 * t_tail(statistics, compared.df), 1.0))
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

        return replication.total(data, design, estimated_columns(variables), domain_columns(by))
    return linearise_total(data, design, estimated_columns(variables), domain_columns(by))


def _linearise_mean(data: Data, design: Design, variables: Names, *, by: Names = ()) -> Linearised:
    if design.has_replicates:
        from lm_stats.estimate.survey import replication

        return replication.mean(data, design, estimated_columns(variables), domain_columns(by))
    return linearise_mean(data, design, estimated_columns(variables), domain_columns(by))


def _linearise_proportion(data: Data, design: Design, variables: Names, *, by: Names = ()) -> Linearised:
    if design.has_replicates:
        from lm_stats.estimate.survey import replication

        return replication.proportion(data, design, estimated_columns(variables), domain_columns(by))
    return linearise_mean(data, design, estimated_columns(variables), domain_columns(by), shares=True)


def _linearise_ratio(data: Data, design: Design, numerator: Names, denominator: Names, *, by: Names = ()) -> Linearised:
    above, below = named(numerator), named(denominator)
    if len(above) != len(below) or not above:
        raise ValueError("there must be as many denominators as numerators, and at least one")
    estimated_columns([f"{one}/{two}" for one, two in zip(above, below, strict=True)])
    if design.has_replicates:
        from lm_stats.estimate.survey import replication

        return replication.ratio(data, design, above, below, domain_columns(by))
    return linearise_ratio(data, design, above, below, domain_columns(by))
