"""Quantiles of samples with their errors: medians of earnings, deciles, by domain.

The estimate is the smallest value at or below which at least the share q of the weight lies, the interval that of
Woodruff (1952): see `lm_stats.estimate.survey.distribution`. With weights of replicates the standard error of the
share comes from these, which holds for the jackknife too, whose spread of the quantiles themselves does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from lm_stats.compile.duckdb import identifier
from lm_stats.estimate.survey import replication
from lm_stats.estimate.survey.calibration import Auxiliaries, Calibration
from lm_stats.estimate.survey.design import Design, DesignError
from lm_stats.estimate.survey.distribution import (
    Booleans,
    Ranked,
    ShareVariance,
    Woodruff,
    intervals,
    share_parts,
    unit_totals,
)
from lm_stats.estimate.survey.linearised import Linearised, lay_out
from lm_stats.estimate.survey.reading import (
    Data,
    check_design,
    column_names,
    look_at,
    number_domains,
    opened,
    unit_keys,
)
from lm_stats.estimate.survey.records import weight_table
from lm_stats.estimate.survey.sampled_units import number_units
from lm_stats.estimate.survey.variance import Units, degrees_of_freedom, variances

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]


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
        ValueError: If a share or the level is not between 0 and 1.
    """
    sample = _Sample.of(data, design, _several(variables), _several(by))
    found = _joined(sample.quantiles(_shares(q), level)[1])
    keys = sample.keys(_shares(q))
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


def linearise(
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
    are those of `quantile`. With weights of replicates it is the quantile of each replicate.

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
    if design.has_replicates:
        return replication.quantile(data, design, _several(variables), _shares(q), _several(by))
    sample = _Sample.of(data, design, _several(variables), _several(by))
    return sample.linearised(_shares(q), level)


def _several(columns: str | Sequence[str]) -> tuple[str, ...]:
    return (columns,) if isinstance(columns, str) else tuple(columns)


def _shares(q: float | Sequence[float]) -> tuple[float, ...]:
    return tuple(float(one) for one in np.atleast_1d(np.asarray(q, dtype=np.float64)))


@dataclass(frozen=True, eq=False)
class _Sample:
    """Records in memory: N rows, V variables, D domains.

    Attributes:
        variables: Names of the variables.
        values: [V] of [N]: NaN where missing.
        weights: [N].
        domains: [D]: values of the columns of `by`.
        domain: [N]: number of the domain, -1 for none.
        errors: Where errors come from.
    """

    variables: tuple[str, ...]
    values: tuple[Floats, ...]
    weights: Floats
    domains: pd.DataFrame
    domain: Whole
    errors: _Taylor | _Replicates

    @classmethod
    def of(cls, data: Data, design: Design, variables: tuple[str, ...], by: tuple[str, ...]) -> _Sample:
        """Read and check the records."""
        replicates = design.replicate_columns(column_names(data)) if design.has_replicates else ()
        if replicates:
            # units count for nothing then
            design = replace(design, strata=None, psu=None, fpc=None, nest=None)
        calibration = design.calibration if isinstance(design.calibration, Calibration) and not replicates else None
        auxiliary = calibration.columns if calibration else ()
        of_design = (design.weight, *design.strata_columns, *design.psu_columns, *design.fpc_columns)
        with opened(data, (*of_design, *variables, *by, *replicates, *auxiliary)) as table:
            if texts := [name for name in variables if not table.is_number(name)]:
                raise DesignError(f"column {texts[0]} does not hold numbers: quantiles are of numbers")
            check_design(table, design)
            look_at(table, variables)
            keys, source = ([], table.source) if replicates else unit_keys(table, design, by)
            columns = {
                **{f"k{place}": sql for place, sql in enumerate(keys)},
                **{f"b{place}": identifier(name) for place, name in enumerate(by)},
                **{f"f{place}": f"{identifier(name)}::DOUBLE" for place, name in enumerate(design.fpc_columns)},
                **{f"v{place}": f"{identifier(name)}::DOUBLE" for place, name in enumerate(variables)},
                "w": f"{identifier(design.weight)}::DOUBLE",
                **{f"r{place}": identifier(name) for place, name in enumerate(replicates)},
                **{f"a{place}": identifier(name) for place, name in enumerate(auxiliary)},
            }
            order = f" ORDER BY {', '.join(f'k{place}' for place in range(len(keys)))}" if keys else ""
            selected = ", ".join(f"{sql} AS {name}" for name, sql in columns.items())
            rows = table.arrow(f"SELECT {selected} FROM {source}{order}")
        weights = _column(rows, "w").to_numpy(zero_copy_only=False)
        domains, domain = _domains(rows, by, weights)
        values = tuple(_column(rows, f"v{place}").to_numpy(zero_copy_only=False) for place in range(len(variables)))
        errors: _Taylor | _Replicates
        if replicates:
            errors = _Replicates.of(rows, design, replicates)
        else:
            errors = _Taylor.of(rows, design, len(keys), calibration, weights)
        return cls(variables, values, weights, domains, domain, errors)

    def keys(self, q: Sequence[float]) -> pd.DataFrame:
        """One row for each domain, variable and share."""
        pairs = [(variable, f"{share:g}") for variable in self.variables for share in q]
        keys = self.domains.loc[np.repeat(np.arange(len(self.domains)), len(pairs))].reset_index(drop=True)
        keys["variable"] = [variable for variable, _ in pairs] * len(self.domains)
        keys["category"] = [category for _, category in pairs] * len(self.domains)
        return keys

    def quantiles(self, q: Sequence[float], level: float) -> tuple[list[Ranked], list[Woodruff]]:
        """The rows of each variable in order, and their quantiles."""
        ranked = [Ranked.of(one, self.weights, self.domain, len(self.domains)) for one in self.values]
        found = []
        for one in ranked:
            df = self.errors.freedom(one.rows, self.domain[one.rows], len(self.domains))
            found.append(intervals(one, self.errors.share_variances, df, q, level, self.errors.width))
        return ranked, found

    def linearised(self, q: Sequence[float], level: float) -> Linearised:
        """Quantiles of all variables with their parts by unit."""
        assert isinstance(self.errors, _Taylor)
        ranked, found = self.quantiles(q, level)
        units, domains = self.errors.units, len(self.domains)
        totals, flags = [], []
        for one, own in zip(ranked, found, strict=True):
            place = self.domain[one.rows]
            parts = self.errors.totals(one.rows, place, one.below(own.estimate), own.share)
            with np.errstate(divide="ignore", invalid="ignore"):
                slope = np.where(own.share_error > 0, own.std_error / own.share_error, own.std_error)
            totals.append((-parts * slope.ravel()).reshape(len(units), domains, len(q)))
            there = self.errors.present(one.rows, place, domains)
            flags.append(np.repeat(there, len(q), axis=1).reshape(len(units), domains, len(q)))
        whole = _joined(found)
        return Linearised(
            keys=self.keys(q),
            estimate=whole.estimate.ravel(),
            n_records=np.repeat(whole.n_records, len(q)),
            df=np.repeat(whole.df, len(q)),
            totals=np.stack(totals, axis=2).reshape(len(units), -1),
            units=units,
            single_psu=self.errors.single_psu,
            present=np.stack(flags, axis=2).reshape(len(units), -1),
        )


def _column(rows: pa.Table, name: str) -> pa.Array:
    column = rows.column(name).combine_chunks()
    return column.chunk(0) if isinstance(column, pa.ChunkedArray) else column


def _domains(rows: pa.Table, by: Sequence[str], weights: Floats) -> tuple[pd.DataFrame, Whole]:
    """Domains of records that stand for somebody, and the domain of each record."""
    kept = np.flatnonzero(weights != 0)
    columns = {name: rows.column(f"b{place}").take(kept) for place, name in enumerate(by)}
    domains, found = number_domains(columns, len(kept))
    domain = np.full(len(weights), -1, dtype=np.int64)
    domain[kept] = found
    return domains, domain


def _joined(found: Sequence[Woodruff]) -> Woodruff:
    """Quantiles of V variables as one: rows are domains and variables, D * V, columns shares."""
    names = ("estimate", "std_error", "lower", "upper", "share", "share_error", "df", "n_records")
    beside = {name: np.stack([getattr(one, name) for one in found], axis=1) for name in names}
    return Woodruff(**{name: array.reshape(-1, *array.shape[2:]) for name, array in beside.items()})


@dataclass(frozen=True, eq=False)
class _Replicates:
    """Errors from weights of replicates.

    Attributes:
        weights: [N, 1 + R].
        share_variances: See `ShareVariance`.
    """

    weights: Floats
    share_variances: ShareVariance

    @classmethod
    def of(cls, rows: pa.Table, design: Design, replicates: Sequence[str]) -> _Replicates:
        """Take the weights from the rows."""
        frame = rows.select(["w", *(f"r{place}" for place in range(len(replicates)))]).to_pandas()
        weights = weight_table(frame.set_axis([design.weight, *replicates], axis=1), design, replicates)
        return cls(weights, replication.share_variance(weights, design))

    @property
    def width(self) -> int:
        """Numbers held for each estimate."""
        return self.weights.shape[1] - 1

    def freedom(self, rows: Whole, domain: Whole, domains: int) -> NDArray[np.int64]:
        """Degrees of freedom of D domains from some of their rows."""
        return replication.degrees_of_freedom(self.weights[rows, 1:], domain, domains)


@dataclass(frozen=True, eq=False)
class _Taylor:
    """Errors from sampled units.

    Attributes:
        units: The units.
        unit: [N]: the unit of each row.
        weights: [N].
        single_psu: See `Design`.
        residuals: What is left of linearised variables where weights are calibrated.
    """

    units: Units
    unit: Whole
    weights: Floats
    single_psu: str
    residuals: _Residuals | None

    @classmethod
    def of(
        cls, rows: pa.Table, design: Design, keys: int, calibration: Calibration | None, weights: Floats
    ) -> _Taylor:
        """Number the units of rows, which are in order of their keys."""
        populations = [_column(rows, f"f{place}").to_numpy() for place in range(len(design.fpc_columns))]
        # least and greatest of a row are one
        bounds = [population for population in populations for _ in range(2)]
        units, unit = number_units(design, [_column(rows, f"k{place}") for place in range(keys)], bounds)
        residuals = None
        if calibration:
            frame = rows.select([f"a{place}" for place in range(len(calibration.columns))]).to_pandas()
            auxiliaries = calibration.auxiliaries(frame.set_axis(list(calibration.columns), axis=1))
            residuals = _Residuals(calibration, auxiliaries, auxiliaries.sums(weights, unit, len(units)))
        return cls(units, unit, weights, design.single_psu, residuals)

    @property
    def width(self) -> int:
        """Numbers held for each estimate."""
        return len(self.units)

    def freedom(self, rows: Whole, domain: Whole, domains: int) -> NDArray[np.int64]:
        """Degrees of freedom of D domains from some of their rows."""
        return degrees_of_freedom(self.units, self.present(rows, domain, domains))

    def present(self, rows: Whole, domain: Whole, domains: int) -> Booleans:
        """Which unit has a record of which domain, [P, D]."""
        found = np.zeros((len(self.units), domains), dtype=bool)
        found[self.unit[rows], domain] = True
        return found

    def share_variances(self, rows: Whole, domain: Whole, below: Booleans, share: Floats) -> Floats:
        """Variances of shares: see `ShareVariance`."""
        there = np.repeat(self.present(rows, domain, len(share)), share.shape[1], axis=1)
        found = variances(self.units, self.totals(rows, domain, below, share), self.single_psu, there)
        return found.reshape(share.shape)

    def totals(self, rows: Whole, domain: Whole, below: Booleans, share: Floats) -> Floats:
        """Sums of linearised shares by unit, [P, D * Q]."""
        parts = share_parts(self.weights[rows], domain, below, share)
        totals = unit_totals(self.unit[rows], domain, parts, len(self.units), len(share))
        if self.residuals is None:
            return totals
        return self.residuals.totals(totals, rows, domain, parts / self.weights[rows][:, None], len(share))


@dataclass(frozen=True, eq=False)
class _Residuals:
    """What calibration leaves of linearised variables: see `lm_stats.estimate.survey.calibration`."""

    calibration: Calibration
    auxiliaries: Auxiliaries
    of_units: Floats

    def totals(self, totals: Floats, rows: Whole, domain: Whole, linearised: Floats, domains: int) -> Floats:
        """Totals of units [P, D * Q] of the residuals of linearised variables [M, Q]."""
        before = self.auxiliaries.weight
        moments = np.empty((len(self.auxiliaries), domains, linearised.shape[1]))
        group = np.full(len(before), -1, dtype=np.int64)
        group[rows] = domain
        for column in range(linearised.shape[1]):
            values = np.zeros(len(before))
            values[rows] = linearised[:, column] * before[rows]
            moments[:, :, column] = self.auxiliaries.sums(values, group, domains).T
        return self.calibration.residual_totals(totals, moments.reshape(len(self.auxiliaries), -1), self.of_units)
