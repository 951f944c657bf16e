"""Records in memory with the weights of replicates, in order of domains."""

from __future__ import annotations

import dataclasses
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from lm_stats.estimate.survey.design import Design
from lm_stats.estimate.survey.exact import exact_product
from lm_stats.estimate.survey.linearised import Linearised
from lm_stats.estimate.survey.reading import (
    Data,
    Table,
    Variable,
    check_design,
    column_names,
    look_at,
    opened,
)
from lm_stats.estimate.survey.records import weight_table

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
Flags = NDArray[np.bool_]

# directions of the weights below this share of the greatest are none
_RANK = 1e-5


class EmptyReplicateWarning(UserWarning):
    """Some replicates leave a domain without any weight, so that errors are refused."""


@dataclass(frozen=True, eq=False)
class Columns:
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
    def of(cls, found: Sequence[Variable], column: pa.ChunkedArray, is_number: bool) -> Columns:
        """Numbers as they are, and each category of a text as a flag."""
        names = [(one.name, one.category) for one in found]
        if is_number:
            numbers = column.to_pandas().to_numpy(dtype=np.float64, na_value=np.nan)[:, None]
            known = ~np.isnan(numbers)
            return cls(names, np.where(known, numbers, 0.0), known)
        codes = pd.Index([one.category for one in found], dtype=object).get_indexer(column.to_pandas().astype(object))
        flags = (codes[:, None] == np.arange(len(found))).astype(np.float64)
        return cls(names, flags, np.repeat((codes >= 0)[:, None], len(found), axis=1))

    @classmethod
    def beside(cls, parts: Sequence[Columns], rows: int) -> Columns:
        """Several beside each other."""
        names = [name for part in parts for name in part.names]
        values = np.concatenate([np.zeros((rows, 0)), *(part.values for part in parts)], axis=1)
        return cls(names, values, np.concatenate([np.zeros((rows, 0), bool), *(part.used for part in parts)], axis=1))


@dataclass(frozen=True, eq=False)
class Replicated:
    """Records in memory with their weights, in order of domains.

    Attributes:
        keys: [D]: the values of `by` of each domain.
        starts: [D + 1]: where each domain begins among the M records that are in one.
        variables: Columns by name: the names of variable and category of each number, the numbers [M, V] with 0 where
            missing, and flags [M, V] where they are not.
        weights: [M, 1 + R]: weights, then those of the replicates.
        df: [D]: degrees of freedom: the rank of the weights of replicates of the domain, less 1.
        design: The design.
    """

    keys: pd.DataFrame
    starts: Whole
    variables: Mapping[str, Columns]
    weights: Floats
    df: Floats
    design: Design

    @classmethod
    def of(cls, data: Data, design: Design, columns: Sequence[str], by: Sequence[str] = ()) -> Replicated:
        """Read records.

        Args:
            data: A DataFrame, an Arrow table, the path of a Parquet file, or a relation of DuckDB.
            design: A design with weights of replicates.
            columns: Columns wanted.
            by: Columns of domains: each combination that occurs in a record.

        Raises:
            DesignError: If a column is not there, or a weight is missing, not finite, or below 0.
        """
        replicates = design.replicate_columns(column_names(data))
        with opened(data, [design.weight, *replicates, *columns, *by]) as table:
            # only the weights make errors here
            check_design(table, dataclasses.replace(design, strata=None, psu=None, fpc=None, nest=None))
            looked = look_at(table, columns)
            asked = [f"{table.sql(name)} AS w{place}" for place, name in enumerate((design.weight, *replicates))]
            asked += [f"{table.sql(name)} AS b{place}" for place, name in enumerate(by)]
            for place, (name, found) in enumerate(looked.items()):
                asked.append(f"{found[0].sql if table.is_number(name) else table.sql(name)} AS v{place}")
            rows = table.arrow(f"SELECT {', '.join(asked)} FROM {table.source}")
            numbers = [table.is_number(name) for name in looked]
        weighty = (design.weight, *replicates)
        frame = rows.select([f"w{place}" for place in range(len(weighty))]).to_pandas()
        weights = weight_table(frame.set_axis(weighty, axis=1), design, replicates)
        order, starts, keys = _in_order(table, rows, by)
        variables = {
            name: Columns.of(found, rows.column(f"v{place}").take(order), numbers[place])
            for place, (name, found) in enumerate(looked.items())
        }
        weights = weights[order]
        df = [rank_of(weights[first:last, 1:]) - 1 for first, last in spans(starts)]
        return cls(keys, starts, variables, weights, np.asarray(df, dtype=np.float64), design)

    def columns(self, names: Sequence[str]) -> Columns:
        """Some of the variables beside each other."""
        return Columns.beside([self.variables[name] for name in names], len(self.weights))

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
        for place, (first, last) in enumerate(spans(self.starts)):
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
        estimate, replicates = found[0].reshape(-1), found[1:].reshape(len(found) - 1, domains * many)
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


def _in_order(table: Table, rows: pa.Table, by: Sequence[str]) -> tuple[Whole, Whole, pd.DataFrame]:
    """Records in order of domains, where each domain begins, and the domains."""
    keys, domain = table.domains({name: rows.column(f"b{place}") for place, name in enumerate(by)}, len(rows))
    order = np.argsort(domain, kind="stable")
    order = order[np.searchsorted(domain[order], 0) :]
    return order, np.searchsorted(domain[order], np.arange(len(keys) + 1)), keys


def spans(starts: Whole) -> Iterator[tuple[int, int]]:
    """Where each domain begins and ends."""
    return zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True)


def rank_of(weights: Floats) -> int:
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
