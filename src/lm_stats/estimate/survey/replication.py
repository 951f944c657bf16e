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

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lm_stats.estimate.survey.design import Design, DesignError
from lm_stats.estimate.survey.distribution import TIE, ShareVariance
from lm_stats.estimate.survey.exact import exact_group_sums, exact_product
from lm_stats.estimate.survey.linearised import Linearised
from lm_stats.estimate.survey.records import column_names, read_columns, weight_table

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
Flags = NDArray[np.bool_]

# directions of the weights below this share of the greatest are none
_RANK = 1e-5
# numbers held at a time
_CELLS = 8_000_000


class EmptyReplicateWarning(UserWarning):
    """Some replicates leave a domain without any weight, so that errors are refused."""


@dataclass(frozen=True, eq=False)
class Replicated:
    """Records in memory with their weights, in order of domains.

    Attributes:
        keys: [D]: the values of `by` of each domain.
        starts: [D + 1]: where each domain begins among the M records that are in one.
        frame: [M]: the records.
        weights: [M, 1 + R]: weights, then those of the replicates.
        df: [D]: degrees of freedom: the rank of the weights of replicates of the domain, less 1.
        design: The design.
    """

    keys: pd.DataFrame
    starts: Whole
    frame: pd.DataFrame
    weights: Floats
    df: Floats
    design: Design

    @classmethod
    def of(cls, data: object, design: Design, columns: Sequence[str], by: Sequence[str] = ()) -> Replicated:
        """Read records.

        Args:
            data: A DataFrame, an Arrow table, the path of a Parquet file, or a relation.
            design: A design with weights of replicates.
            columns: Columns wanted.
            by: Columns of domains: each combination that occurs in a record with a weight above 0.

        Raises:
            DesignError: If a column is not there, or a weight is missing, not finite, or below 0.
        """
        names = column_names(data)
        replicates = design.replicate_columns(names)
        wanted = dict.fromkeys([design.weight, *replicates, *columns, *by])
        if absent := [name for name in wanted if name not in names]:
            raise DesignError(f"there is no column {absent[0]}: correct the name")
        frame = read_columns(data, list(wanted))
        weights = weight_table(frame, design, replicates)
        frame = frame[list(dict.fromkeys([*columns, *by]))]
        domain, keys = _domains(frame, by, weights[:, 0] != 0)
        order = np.argsort(domain, kind="stable")
        order = order[np.searchsorted(domain[order], 0) :]
        starts = np.searchsorted(domain[order], np.arange(len(keys) + 1))
        frame, weights = frame.iloc[order].reset_index(drop=True), weights[order]
        df = [_rank(weights[first:last, 1:]) - 1 for first, last in _spans(starts)]
        return cls(keys, starts, frame, weights, np.asarray(df, dtype=np.float64), design)

    @property
    def domain(self) -> Whole:
        """[M]: the number of each record's domain."""
        return np.repeat(np.arange(len(self.keys)), np.diff(self.starts))

    def sums(self, values: Floats) -> Floats:
        """Weighted sums by domain.

        Args:
            values: [M, V].

        Returns:
            [1 + R, D, V]: with the weights, then with those of each replicate.
        """
        found = np.zeros((self.weights.shape[1], len(self.keys), values.shape[1]))
        for place, (first, last) in enumerate(_spans(self.starts)):
            found[:, place] = exact_product(self.weights[first:last], values[first:last])
        return found

    def counts(self, used: Flags) -> Whole:
        """Records with a weight above 0 that are flagged [M, V] in each domain, [D, V]."""
        flagged = used & (self.weights[:, :1] > 0)
        return np.stack([np.bincount(self.domain[one], minlength=len(self.keys)) for one in flagged.T], axis=1)

    def estimates(
        self, names: Sequence[tuple[str, str]], found: Floats, n_records: Whole, simple: Floats | None = None
    ) -> Linearised:
        """The estimates of all domains.

        Args:
            names: V pairs of variable and category.
            found: [1 + R, D, V]: the estimates, then those of each replicate.
            n_records: [D, V].
            simple: [D, V]: variances of a simple random sample.

        Returns:
            D * V estimates, by domain and then by variable.
        """
        domains, many = len(self.keys), len(names)
        scale, rscales = self.design.replicate_scales(len(found) - 1)
        estimate, replicates = found[0].reshape(-1), found[1:].reshape(len(found) - 1, -1)
        # a replicate of no account may be empty
        replicates = np.where((rscales > 0)[:, None], replicates, estimate)
        refused = np.isfinite(estimate) & ~np.isfinite(replicates).all(axis=0)
        if refused.any():
            warnings.warn(
                f"some replicates leave a domain without any weight: the errors of {int(refused.sum())} of "
                f"{len(refused)} estimates are refused; take larger domains",
                EmptyReplicateWarning,
                stacklevel=4,
            )
        keys = self.keys.loc[np.repeat(np.arange(domains), many)].reset_index(drop=True)
        keys["variable"] = [variable for variable, _ in names] * domains
        keys["category"] = [category for _, category in names] * domains
        return Linearised(
            keys=keys,
            estimate=estimate,
            n_records=n_records.reshape(-1).astype(np.int64),
            df=np.repeat(self.df, many),
            replicates=replicates,
            scale=scale,
            rscales=rscales,
            mse=self.design.mse,
            simple=None if simple is None else simple.reshape(-1),
        )


@dataclass(frozen=True, eq=False)
class _Columns:
    """Variables as numbers: V columns.

    Attributes:
        names: [V]: variable and category.
        values: [M, V]: 0 where missing.
        used: [M, V]: whether there is a value.
    """

    names: list[tuple[str, str]]
    values: Floats
    used: Flags

    @classmethod
    def of(cls, frame: pd.DataFrame, variables: Sequence[str]) -> _Columns:
        """Numbers and flags as they are; each category of a text as a flag."""
        names, values, used = [], [], []
        for variable in variables:
            column = frame[variable]
            known = column.notna().to_numpy(dtype=bool)
            if pd.api.types.is_numeric_dtype(column.dtype) or pd.api.types.is_bool_dtype(column.dtype):
                numbers = column.to_numpy(dtype=np.float64, na_value=np.nan)
                known = known & np.isfinite(numbers)
                names.append((variable, ""))
                values.append(np.where(known, numbers, 0.0))
                used.append(known)
                continue
            codes, categories = pd.factorize(column, sort=True)
            for place, category in enumerate(categories):
                names.append((variable, str(category)))
                values.append((codes == place).astype(np.float64))
                used.append(known)
        rows = len(frame)
        return cls(
            names,
            np.stack(values, axis=1) if values else np.zeros((rows, 0)),
            np.stack(used, axis=1) if used else np.zeros((rows, 0), dtype=bool),
        )


def total(data: object, design: Design, variables: Sequence[str], by: Sequence[str] = ()) -> Linearised:
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
    columns = _Columns.of(sample.frame, variables)
    found, counts = sample.sums(columns.values), sample.counts(columns.used)
    weight = _used(sample, columns)
    simple = _element_variance(sample, columns, found[0], weight[0], counts) * weight[0] ** 2
    return sample.estimates(columns.names, found, counts, simple)


def mean(data: object, design: Design, variables: Sequence[str], by: Sequence[str] = ()) -> Linearised:
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
    sample = Replicated.of(data, design, variables, by)
    columns = _Columns.of(sample.frame, variables)
    sums, weight = sample.sums(columns.values), _used(sample, columns)
    counts = sample.counts(columns.used)
    simple = _element_variance(sample, columns, sums[0], weight[0], counts)
    return sample.estimates(columns.names, _divided(sums, weight), counts, simple)


proportion = mean


def ratio(
    data: object, design: Design, numerator: Sequence[str], denominator: Sequence[str], by: Sequence[str] = ()
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
    above, below = _Columns.of(sample.frame, numerator), _Columns.of(sample.frame, denominator)
    if len(above.names) != len(numerator) or len(below.names) != len(denominator) or len(numerator) != len(denominator):
        raise DesignError("a ratio is of as many columns of numbers as it is to: make flags of texts first")
    used = above.used & below.used
    tops, bottoms = sample.sums(np.where(used, above.values, 0)), sample.sums(np.where(used, below.values, 0))
    found, counts = _divided(tops, bottoms), sample.counts(used)
    names = [(f"{one}/{two}", "") for one, two in zip(numerator, denominator, strict=True)]
    ratios = np.nan_to_num(found[0])
    left = _Columns(names, np.where(used, above.values - ratios[sample.domain] * below.values, 0), used)
    weight = _used(sample, left)
    with np.errstate(divide="ignore", invalid="ignore"):
        simple = _element_variance(sample, left, 0 * ratios, weight[0], counts) * (weight[0] / bottoms[0]) ** 2
    return sample.estimates(names, found, counts, simple)


def quantile(
    data: object, design: Design, variables: Sequence[str], q: Sequence[float], by: Sequence[str] = ()
) -> Linearised:
    """Quantiles, with the quantile of each replicate: for differences and covariances of quantiles.

    The spread of quantiles is sound with balanced half-samples and bootstrap weights, not with the jackknife (Wolter
    2007, section 4.2), whose quantiles hardly move; intervals of one quantile come from `share_variance`, which holds
    with all.

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
    columns = _Columns.of(sample.frame, variables)
    if len(columns.names) != len(variables):
        raise DesignError("quantiles are of columns of numbers")
    shares = np.asarray(q, dtype=np.float64)
    found = np.full((sample.weights.shape[1], len(sample.keys), len(variables), len(shares)), np.nan)
    for place, (first, last) in enumerate(_spans(sample.starts)):
        for number in range(len(variables)):
            rows = first + np.flatnonzero(columns.used[first:last, number])
            found[:, place, number] = _quantiles(columns.values[rows, number], sample.weights[rows], shares)
    counts = np.repeat(sample.counts(columns.used), len(shares), axis=1)
    names = [(variable, f"{share:g}") for variable in variables for share in q]
    return sample.estimates(names, found.reshape(len(found), len(sample.keys), -1), counts)


def share_variance(weights: Floats, design: Design) -> ShareVariance:
    """The way to the variances of shares that Woodruff's intervals of quantiles are made from.

    Args:
        weights: [N, 1 + R]: weights of all records, then those of the replicates.
        design: A design with weights of replicates.

    Returns:
        The variances of shares of rows: see `distribution.ShareVariance`.
    """
    scale, rscales = design.replicate_scales(weights.shape[1] - 1)

    def variances(rows: Whole, place: Whole, below: Flags, share: Floats) -> Floats:
        domains = len(share)
        found = np.empty((weights.shape[1] - 1, *share.shape))
        for number in range(len(found)):
            of_rows = weights[rows, number + 1, None]
            sums = exact_group_sums(np.concatenate([of_rows * below, of_rows], axis=1), place, domains)
            found[number] = _divided(sums[:, :-1], sums[:, -1:])
        found = np.where((rscales > 0)[:, None, None], found, share)
        away = found - (share if design.mse else found[rscales > 0].mean(axis=0))
        return np.asarray(scale * np.add.reduce(rscales[:, None, None] * away * away, axis=0), dtype=np.float64)

    return variances


def degrees_of_freedom(weights: Floats, domain: Whole, domains: int) -> Whole:
    """Degrees of freedom of domains: rank of the weights of replicates of their records, less 1.

    Args:
        weights: [N, R]: weights of the replicates.
        domain: [N]: number of each record's domain, below 0 for none.
        domains: Number D of domains.

    Returns:
        [D].
    """
    return np.asarray([_rank(weights[domain == one]) - 1 for one in range(domains)], dtype=np.int64)


def _domains(frame: pd.DataFrame, by: Sequence[str], weighty: Flags) -> tuple[Whole, pd.DataFrame]:
    """Number of each record's domain, below 0 for none, and the domains in order of their values."""
    if not by:
        return np.zeros(len(frame), dtype=np.int64), pd.DataFrame(index=range(1))
    known = frame[list(by)].notna().all(axis=1).to_numpy(dtype=bool)
    keys = frame.loc[known & weighty, list(by)].drop_duplicates().sort_values(list(by)).reset_index(drop=True)
    number = pd.MultiIndex.from_frame(keys).get_indexer(pd.MultiIndex.from_frame(frame[list(by)]))
    return np.where(known, number, -1).astype(np.int64), keys


def _spans(starts: Whole) -> Iterator[tuple[int, int]]:
    return zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True)


def _used(sample: Replicated, columns: _Columns) -> Floats:
    """Sums of the weights of records with a value, [1 + R, D, V]."""
    if columns.used.all():
        whole = sample.sums(np.ones((len(columns.used), 1)))
        return np.repeat(whole, columns.used.shape[1], axis=2)
    patterns, place = np.unique(columns.used, axis=1, return_inverse=True)
    return np.asarray(sample.sums(patterns.astype(np.float64))[:, :, place.reshape(-1)])


def _divided(above: Floats, below: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(below != 0, above / below, np.nan)


def _element_variance(sample: Replicated, columns: _Columns, sums: Floats, weight: Floats, counts: Whole) -> Floats:
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


def _rank(weights: Floats) -> int:
    """Rank of the weights of replicates [n, R]."""
    largest = np.abs(weights).max(axis=1, initial=0.0)
    shapes = weights[largest > 0] / largest[largest > 0, None]
    if not len(shapes):
        return 0
    # records of one unit share a shape: one of each is enough
    key = np.round(shapes @ np.cos(np.arange(1, shapes.shape[1] + 1)), 9)
    shapes = shapes[np.unique(key, return_index=True)[1]]
    values = np.linalg.eigvalsh(shapes.T @ shapes if len(shapes) > shapes.shape[1] else shapes @ shapes.T)
    return int((values > _RANK**2 * values[-1]).sum())
