"""Estimates with weights of replicates: the same estimate once more with each of them.

The spread of the replicates about their mean, or about the estimate (`mse`), times the factors that belong to how
they were made, estimates the variance: `Linearised` does that sum, here the replicates are made. Jackknife of one
unit at a time (JK1) and by strata (JKn), balanced half-samples (BRR) and those of Fay, bootstrap weights as
delivered, and others by their factors (Wolter 2007, chapters 3 to 5; Rao, Wu and Yue 1992 for the bootstrap).

A replicate that leaves a domain without any weight has no mean there: the error is refused, since a variance from the
replicates that are left would be one of another sample.

References:
    Wolter, K. M. (2007), Introduction to Variance Estimation, 2nd ed., Springer.
    Judkins, D. R. (1990), Fay's method for variance estimation, Journal of Official Statistics 6, 223-239.
    Rao, J. N. K., Wu, C. F. J. and Yue, K. (1992), Survey Methodology 18, 209-217.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lm_stats.estimate.survey.design import Design, DesignError
from lm_stats.estimate.survey.distribution import TIE, ShareVariance
from lm_stats.estimate.survey.exact import exact_group_sums
from lm_stats.estimate.survey.linearised import Linearised
from lm_stats.estimate.survey.reading import Data
from lm_stats.estimate.survey.replicated import Columns, Replicated, rank_of, spans

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
Flags = NDArray[np.bool_]

# numbers held at a time
_CELLS = 8_000_000


def total(data: Data, design: Design, variables: Sequence[str], by: Sequence[str] = ()) -> Linearised:
    """Totals.

    Args:
        data: Records: see `Replicated.of`.
        design: A design with weights of replicates.
        variables: Columns of numbers or flags, or of texts, whose categories are counted.
        by: Columns of domains.

    Returns:
        An estimate for each domain, variable and category.

    Raises:
        DesignError: As in `Replicated.of`.
    """
    sample = Replicated.of(data, design, variables, by)
    columns = sample.columns(variables)
    found, counts = sample.sums(columns.values), sample.counts(columns.used)
    weight = _used(sample, columns)
    simple = _element_variance(sample, columns, found[0], weight[0], counts) * weight[0] ** 2
    return sample.estimates(columns.names, found, counts, simple)


def mean(data: Data, design: Design, variables: Sequence[str], by: Sequence[str] = ()) -> Linearised:
    """Means, and shares of categories.

    Args:
        data: Records: see `Replicated.of`.
        design: A design with weights of replicates.
        variables: As in `total`; of texts the share of each category.
        by: Columns of domains.

    Returns:
        An estimate for each domain, variable and category.

    Raises:
        DesignError: As in `Replicated.of`.
    """
    return _means(Replicated.of(data, design, variables, by), variables)


def proportion(data: Data, design: Design, variables: Sequence[str], by: Sequence[str] = ()) -> Linearised:
    """Shares: of true (or 1) in columns of flags, of each category in texts.

    Args:
        data: Records: see `Replicated.of`.
        design: A design with weights of replicates.
        variables: Columns of flags, of numbers from 0 to 1, or of texts.
        by: Columns of domains.

    Returns:
        As `mean`.

    Raises:
        DesignError: As in `Replicated.of`.
        ValueError: If a column of numbers has values below 0 or above 1.
    """
    return _means(Replicated.of(data, design, variables, by), variables, shares=True)


def ratio(
    data: Data, design: Design, numerator: Sequence[str], denominator: Sequence[str], by: Sequence[str] = ()
) -> Linearised:
    """Ratios of totals, over the records that have both values.

    Args:
        data: Records: see `Replicated.of`.
        design: A design with weights of replicates.
        numerator: V columns of numbers or flags.
        denominator: V columns of numbers or flags.
        by: Columns of domains.

    Returns:
        An estimate for each domain and pair; its variable is `numerator/denominator`.

    Raises:
        DesignError: As in `Replicated.of`, or if a column is a text.
    """
    sample = Replicated.of(data, design, [*numerator, *denominator], by)
    above, below = sample.columns(numerator), sample.columns(denominator)
    if len(above.names) != len(numerator) or len(below.names) != len(denominator) or len(numerator) != len(denominator):
        raise DesignError("a ratio is of as many columns of numbers as it is to: make flags of texts first")
    used = above.used & below.used
    tops, bottoms = sample.sums(np.where(used, above.values, 0)), sample.sums(np.where(used, below.values, 0))
    found, counts = _divided(tops, bottoms), sample.counts(used)
    names = [(f"{one}/{two}", "") for one, two in zip(numerator, denominator, strict=True)]
    ratios = np.nan_to_num(found[0])
    left = Columns(names, np.where(used, above.values - ratios[sample.domain] * below.values, 0), used)
    weight = _used(sample, left)
    with np.errstate(divide="ignore", invalid="ignore"):
        simple = _element_variance(sample, left, 0 * ratios, weight[0], counts) * (weight[0] / bottoms[0]) ** 2
    return sample.estimates(names, found, counts, simple)


def quantile(
    data: Data, design: Design, variables: Sequence[str], q: Sequence[float], by: Sequence[str] = ()
) -> Linearised:
    """Quantiles, with the quantile of each replicate: for differences and covariances of quantiles.

    The spread of quantiles is sound with balanced half-samples and bootstrap weights, not with the jackknife (Wolter
    2007, section 4.2), whose quantiles hardly move: see `quantiles.linearise_quantile` for these. Intervals of one
    quantile come from `share_variance`, which holds with all.

    Args:
        data: Records: see `Replicated.of`.
        design: A design with weights of replicates.
        variables: Columns of numbers.
        q: Shares, each between 0 and 1.
        by: Columns of domains.

    Returns:
        An estimate for each domain, variable and share; the category is the share as text.

    Raises:
        DesignError: As in `Replicated.of`, or if a column is a text.
    """
    sample = Replicated.of(data, design, variables, by)
    columns = sample.columns(variables)
    if len(columns.names) != len(variables):
        raise DesignError("quantiles are of columns of numbers")
    shares = np.asarray(q, dtype=np.float64)
    found = np.full((sample.weights.shape[1], len(sample.keys), len(variables), len(shares)), np.nan)
    for place, (first, last) in enumerate(spans(sample.starts)):
        for number in range(len(variables)):
            rows = first + np.flatnonzero(columns.used[first:last, number])
            found[:, place, number] = _quantiles(columns.values[rows, number], sample.weights[rows], shares)
    counts = np.repeat(sample.counts(columns.used), len(shares), axis=1)
    names = [(variable, repr(share)) for variable in variables for share in q]
    return sample.estimates(names, found.reshape(len(found), len(sample.keys), len(names)), counts)


def share_variance(weights: Floats, design: Design) -> ShareVariance:
    """The way to the variances of shares that Woodruff's intervals of quantiles are made from.

    Args:
        weights: [N, 1 + R]: weights of all records, then those of the replicates.
        design: A design with weights of replicates.

    Returns:
        The variances of shares of rows: see `distribution.ShareVariance`.
    """
    scale, rscales = design.replicate_scales(weights.shape[1] - 1)
    shares = share_replicates(weights, design)

    def variances(rows: Whole, place: Whole, below: Flags, share: Floats) -> Floats:
        found = shares(rows, place, below, share)
        away = found - (share if design.mse else found[rscales > 0].mean(axis=0))
        return np.asarray(scale * np.add.reduce(rscales[:, None, None] * away * away, axis=0), dtype=np.float64)

    return variances


def share_replicates(weights: Floats, design: Design) -> ShareVariance:
    """The way to the shares of each replicate.

    Args:
        weights: As in `share_variance`.
        design: A design with weights of replicates.

    Returns:
        As `share_variance`, but shares by replicate, [R, D, Q]; those of replicates of no account are the estimates.
    """
    _, rscales = design.replicate_scales(weights.shape[1] - 1)

    def replicates(rows: Whole, place: Whole, below: Flags, share: Floats) -> Floats:
        domains = len(share)
        found = np.empty((weights.shape[1] - 1, *share.shape))
        for number in range(len(found)):
            of_rows = weights[rows, number + 1, None]
            sums = exact_group_sums(np.concatenate([of_rows * below, of_rows], axis=1), place, domains)
            found[number] = _divided(sums[:, :-1], sums[:, -1:])
        return np.where((rscales > 0)[:, None, None], found, share)

    return replicates


def degrees_of_freedom(weights: Floats, domain: Whole, domains: int) -> Whole:
    """Degrees of freedom of domains: rank of the weights of replicates of their records, less 1.

    Args:
        weights: [N, R]: weights of the replicates.
        domain: [N]: number of each record's domain, below 0 for none.
        domains: Number D of domains.

    Returns:
        [D].
    """
    return np.asarray([rank_of(weights[domain == one]) - 1 for one in range(domains)], dtype=np.int64)


def _means(sample: Replicated, variables: Sequence[str], *, shares: bool = False) -> Linearised:
    columns = sample.columns(variables)
    odd = ((columns.values < 0) | (columns.values > 1)).any(axis=0)
    if shares and odd.any():
        name = columns.names[int(np.argmax(odd))][0]
        raise ValueError(f"column {name} is no share: its values must lie between 0 and 1, or be text")
    sums, weight = sample.sums(columns.values), _used(sample, columns)
    counts = sample.counts(columns.used)
    simple = _element_variance(sample, columns, sums[0], weight[0], counts)
    return sample.estimates(columns.names, _divided(sums, weight), counts, simple)


def _used(sample: Replicated, columns: Columns) -> Floats:
    """Sums of the weights of records with a value, [1 + R, D, V]."""
    if columns.used.all():
        whole = sample.sums(np.ones((len(columns.used), 1)))
        return np.repeat(whole, columns.used.shape[1], axis=2)
    patterns, place = np.unique(columns.used, axis=1, return_inverse=True)
    return np.asarray(sample.sums(patterns.astype(np.float64))[:, :, place.reshape(-1)])


def _divided(above: Floats, below: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(below != 0, above / below, np.nan)


def _element_variance(sample: Replicated, columns: Columns, sums: Floats, weight: Floats, counts: Whole) -> Floats:
    """Variance of a mean of a simple random sample without replacement, as large as the domain's records, [D, V]."""
    with np.errstate(divide="ignore", invalid="ignore"):
        means = np.nan_to_num(sums / weight)
        away = np.where(columns.used, columns.values - means[sample.domain], 0)
        squares = exact_group_sums(sample.weights[:, :1] * away * away, sample.domain, len(sample.keys))
        return np.where(counts > 1, squares / weight / (counts - 1) * (1 - counts / weight), np.nan)


def _quantiles(values: Floats, weights: Floats, shares: Floats) -> Floats:
    """Smallest value at or below which at least a share of the weight lies, by each weight: [1 + R, Q]."""
    found = np.full((weights.shape[1], len(shares)), np.nan)
    if not len(values):
        return found
    order = np.argsort(values, kind="stable")
    values, weights = values[order], weights[order]
    # a value once: sums up to it do not depend on which of its rows comes first
    ends = np.flatnonzero(np.append(values[1:] != values[:-1], True))
    step = max(1, _CELLS // len(values))
    group = np.searchsorted(values[ends], values)
    for first in range(0, weights.shape[1], step):
        sums = exact_group_sums(weights[:, first : first + step], group, len(ends))
        running = np.cumsum(sums, axis=0)
        some = running[-1] > 0
        running = running / np.where(some, running[-1], 1)
        for number, share in enumerate(shares.tolist()):
            at = np.argmax(running >= share - TIE, axis=0)
            found[first : first + step, number] = np.where(some, values[ends][at], np.nan)
    return found
