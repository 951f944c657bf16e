"""Records of a sample in memory, and where their errors come from: sampled units or weights of replicates.

For what is not made of sums that one pass can make: quantiles, whose place must be found first, and tables with
calibrated weights.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from lm_stats.estimate.survey import replication
from lm_stats.estimate.survey.calibration import Auxiliaries, Calibration
from lm_stats.estimate.survey.design import Design, DesignError
from lm_stats.estimate.survey.distribution import Booleans, ShareVariance, share_parts, unit_totals
from lm_stats.estimate.survey.reading import (
    Data,
    check_design,
    column_names,
    look_at,
    opened,
    unit_keys,
)
from lm_stats.estimate.survey.records import weight_table
from lm_stats.estimate.survey.sampled_units import number_units
from lm_stats.estimate.survey.variance import Units, degrees_of_freedom, variances

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class SampledRows:
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
    errors: UnitErrors | ReplicateErrors

    @classmethod
    def of(cls, data: Data, design: Design, variables: tuple[str, ...], by: tuple[str, ...]) -> SampledRows:
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
                raise DesignError(f"column {texts[0]} does not hold numbers: convert it")
            check_design(table, design)
            look_at(table, variables)
            keys, source = ([], table.source) if replicates else unit_keys(table, design, by)
            columns = {
                **{f"k{place}": sql for place, sql in enumerate(keys)},
                **{f"b{place}": table.sql(name) for place, name in enumerate(by)},
                **{f"f{place}": f"{table.sql(name)}::DOUBLE" for place, name in enumerate(design.fpc_columns)},
                **{f"v{place}": f"{table.sql(name)}::DOUBLE" for place, name in enumerate(variables)},
                "w": f"{table.sql(design.weight)}::DOUBLE",
                **{f"r{place}": table.sql(name) for place, name in enumerate(replicates)},
                **{f"a{place}": table.sql(name) for place, name in enumerate(auxiliary)},
            }
            order = f" ORDER BY {', '.join(f'k{place}' for place in range(len(keys)))}" if keys else ""
            selected = ", ".join(f"{sql} AS {name}" for name, sql in columns.items())
            rows = table.arrow(f"SELECT {selected} FROM {source}{order}")
        weights = _column(rows, "w").to_numpy(zero_copy_only=False)
        of_domains = {name: rows.column(f"b{place}") for place, name in enumerate(by)}
        domains, domain = table.domains(of_domains, len(rows))
        values = tuple(_column(rows, f"v{place}").to_numpy(zero_copy_only=False) for place in range(len(variables)))
        errors: UnitErrors | ReplicateErrors
        if replicates:
            errors = ReplicateErrors.of(rows, design, replicates)
        else:
            errors = UnitErrors.of(rows, design, len(keys), calibration, weights)
        return cls(variables, values, weights, domains, domain, errors)


def _column(rows: pa.Table, name: str) -> pa.Array:
    column = rows.column(name).combine_chunks()
    return column.chunk(0) if isinstance(column, pa.ChunkedArray) else column


@dataclass(frozen=True, eq=False)
class ReplicateErrors:
    """Errors from weights of replicates.

    Attributes:
        weights: [N, 1 + R].
        share_variances: See `ShareVariance`.
    """

    weights: Floats
    share_variances: ShareVariance

    @classmethod
    def of(cls, rows: pa.Table, design: Design, replicates: Sequence[str]) -> ReplicateErrors:
        """Take the weights from the rows."""
        frame = rows.select(["w", *(f"r{place}" for place in range(len(replicates)))]).to_pandas()
        weights = weight_table(frame.set_axis([design.weight, *replicates], axis=1), design, replicates)
        return cls(weights, replication.share_variance(weights, design))

    @property
    def width(self) -> int:
        """Numbers held for each estimate."""
        return int(self.weights.shape[1]) - 1

    def freedom(self, rows: Whole, domain: Whole, domains: int) -> NDArray[np.int64]:
        """Degrees of freedom of D domains from some of their rows."""
        return replication.degrees_of_freedom(self.weights[rows, 1:], domain, domains)


@dataclass(frozen=True, eq=False)
class UnitErrors:
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
    residuals: Residuals | None

    @classmethod
    def of(
        cls, rows: pa.Table, design: Design, keys: int, calibration: Calibration | None, weights: Floats
    ) -> UnitErrors:
        """Number the units of rows, which are in order of their keys."""
        populations = [_column(rows, f"f{place}").to_numpy() for place in range(len(design.fpc_columns))]
        # least and greatest of a row are one
        bounds = [population for population in populations for _ in range(2)]
        units, unit = number_units(design, [_column(rows, f"k{place}") for place in range(keys)], bounds)
        residuals = None
        if calibration:
            frame = rows.select([f"a{place}" for place in range(len(calibration.columns))]).to_pandas()
            auxiliaries = calibration.auxiliaries(frame.set_axis(list(calibration.columns), axis=1))
            residuals = Residuals(calibration, auxiliaries, auxiliaries.sums(weights, unit, len(units)))
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
        # what margins take out, they take out of all units
        flags = there if self.residuals is None else None
        found = variances(self.units, self.totals(rows, domain, below, share), self.single_psu, flags)
        return found.reshape(share.shape)

    def totals(self, rows: Whole, domain: Whole, below: Booleans, share: Floats) -> Floats:
        """Sums of linearised shares by unit, [P, D * Q]."""
        parts = share_parts(self.weights[rows], domain, below, share)
        totals = unit_totals(self.unit[rows], domain, parts, len(self.units), len(share))
        if self.residuals is None:
            return totals
        return self.residuals.totals(totals, rows, domain, parts / self.weights[rows][:, None], len(share))


@dataclass(frozen=True, eq=False)
class Residuals:
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
        flat = moments.reshape(len(self.auxiliaries), domains * linearised.shape[1])
        return self.calibration.residual_totals(totals, flat, self.of_units)
