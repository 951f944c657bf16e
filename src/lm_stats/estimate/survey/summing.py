"""Sums over sampled units: one pass of DuckDB over the rows, for all variables and domains.

Products of weights and values are summed as whole numbers: each is multiplied by a power of two that leaves the
largest of them room in 61 bits and rounded; where that takes digits that count from the sum of a domain, these products
are summed once more with 98 bits. Sums of whole numbers do not depend on their order, so that results repeat bit for
bit whatever the order of the rows and the number of threads.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa

from lm_stats.compile.duckdb import identifier
from lm_stats.estimate.survey.design import Design
from lm_stats.estimate.survey.reading import Looked, Table, number_domains, unit_keys
from lm_stats.estimate.survey.sampled_units import number_units
from lm_stats.estimate.survey.variance import Floats, Units, Whole

_NARROW, _WIDE = 61, 98
# what rounding may take from the sum of a domain, in relation to it
_EXACT = 1e-11


@dataclass(frozen=True)
class Sum:
    """A sum to be made over the rows of each unit and domain.

    Attributes:
        sql: The product, a double; NULL is left out.
        largest: Bound of its size; 0 for a number of rows.
        grained: Whether a value of the product is 0 or not far from a weight, so that a sum of 0 is one.
    """

    sql: str
    largest: float = 0.0
    grained: bool = False

    def column(self, bits: int) -> str:
        """SQL: the sum as a double, still multiplied.

        Args:
            bits: Room for the largest product.
        """
        if not self.largest:
            return f"count({self.sql})::DOUBLE" if self.sql else "count(*)::DOUBLE"
        power = self._power(bits)
        # the power alone may be out of bounds where the values are tiny
        factors = [power] if abs(power) < 1000 else [power // 2, power - power // 2]
        multiplied = " * ".join([self.sql, *(f"{2.0**factor!r}::DOUBLE" for factor in factors)])
        return f"coalesce(sum(({multiplied})::{'BIGINT' if bits == _NARROW else 'HUGEINT'}), 0)::DOUBLE"

    def back(self, bits: int) -> float:
        """What the sum is multiplied by in the end."""
        return math.ldexp(1.0, -self._power(bits)) if self.largest else 1.0

    def _power(self, bits: int) -> int:
        return bits - math.frexp(self.largest)[1]


@dataclass(frozen=True)
class Sums:
    """Sums over the records of each sampled unit and domain.

    Attributes:
        units: The P ultimate units, also those without a record in any domain.
        domains: [D]: values of the columns of `by`, in order.
        unit: [G]: unit of each sum.
        domain: [G]: domain of each sum.
        values: [G] of each sum by its name.
        rows: Number of rows.
    """

    units: Units
    domains: pd.DataFrame
    unit: Whole
    domain: Whole
    values: Mapping[str, Floats]
    rows: int

    def dense(self, name: str) -> Floats:
        """A sum by unit and domain, [P, D], 0 where there is no record."""
        found = np.zeros((len(self.units), len(self.domains)))
        found[self.unit, self.domain] = self.values[name]
        return found


def sum_units(table: Table, design: Design, looked: Looked, by: Sequence[str], sums: Mapping[str, Sum]) -> Sums:
    """Sum products over the records of each unit and domain, in one pass.

    Args:
        table: The records, with all columns that are needed.
        design: The design.
        looked: What `check_design` says.
        by: Columns whose values that occur together are the domains; without any, all records are one. A record
            with one of them missing is in no domain.
        sums: What to sum, by name.

    Raises:
        DesignError: If units or population numbers contradict the design.
    """
    keys, source = unit_keys(table, design, tuple(by))
    fpcs = [f"{what}({identifier(name)})::DOUBLE" for name in design.fpc_columns for what in ("min", "max")]
    group = [f"k{place}" for place in range(len(keys))] + [f"b{place}" for place in range(len(by))]
    named = [f"{sql} AS k{place}" for place, sql in enumerate(keys)]
    named += [f"{identifier(name)} AS b{place}" for place, name in enumerate(by)]
    further = [f"{sql} AS f{place}" for place, sql in enumerate([*fpcs, "count(*)::DOUBLE"])]

    def grouped(columns: Sequence[str]) -> pa.Table:
        keyed = ", ".join(group)
        return table.arrow(f"SELECT {', '.join([*named, *columns])} FROM {source} GROUP BY {keyed} ORDER BY {keyed}")

    # what repeats is summed once
    different = {one.column(_NARROW): one for one in sums.values()}
    found = grouped([*further, *(f"{sql} AS s{place}" for place, sql in enumerate(different))])
    *bounds, rows = (found.column(f"f{place}").to_numpy() for place in range(len(further)))
    units, unit = number_units(design, [found.column(f"k{place}").chunk(0) for place in range(len(keys))], bounds)
    domains, domain = number_domains({name: found.column(f"b{place}") for place, name in enumerate(by)}, len(found))
    inside = domain >= 0
    unit, domain, rows = unit[inside], domain[inside], rows[inside]
    made: dict[str, Floats] = {}
    rough: list[str] = []
    for place, (sql, one) in enumerate(different.items()):
        whole = found.column(f"s{place}").to_numpy()[inside]
        made[sql] = whole * one.back(_NARROW)
        if one.largest and _is_rough(whole, rows, domain, len(domains), one.grained):
            rough.append(sql)
    if rough:
        again = grouped([f"{different[sql].column(_WIDE)} AS s{place}" for place, sql in enumerate(rough)])
        for place, sql in enumerate(rough):
            made[sql] = again.column(f"s{place}").to_numpy()[inside] * different[sql].back(_WIDE)
    values = {name: made[one.column(_NARROW)] for name, one in sums.items()}
    return Sums(units, domains, unit, domain, values, looked.rows)


def _is_rough(whole: Floats, rows: Floats, domain: Whole, domains: int, grained: bool) -> bool:
    """Whether rounding each product may have taken digits that count from the sum of a domain."""
    sizes = np.abs(np.bincount(domain, whole, domains))
    rough = sizes * _EXACT < np.bincount(domain, rows, domains) / 2
    return bool((rough & (sizes > 0) if grained else rough).any())
