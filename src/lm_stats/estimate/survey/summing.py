"""Sums over sampled units: one pass of DuckDB over the rows for all variables and domains, and one for squares.

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
import pyarrow.compute as pc

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
        of_domains: Whether it is needed of domains only, and not of their units.
    """

    sql: str
    largest: float = 0.0
    grained: bool = False
    of_domains: bool = False

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
        of_domains: [D] of each sum that is needed of domains only.
        rows: Number of rows.
    """

    units: Units
    domains: pd.DataFrame
    unit: Whole
    domain: Whole
    values: Mapping[str, Floats]
    of_domains: Mapping[str, Floats]
    rows: int

    def dense(self, name: str) -> Floats:
        """A sum by unit and domain, [P, D], 0 where there is no record."""
        found = np.zeros((len(self.units), len(self.domains)))
        found[self.unit, self.domain] = self.values[name]
        return found

    def by_domain(self, name: str) -> Floats:
        """A sum by domain, [D]."""
        if name in self.of_domains:
            return self.of_domains[name]
        return _binned(self.domain, self.values[name], len(self.domains))


def sum_units(table: Table, design: Design, looked: Looked, by: Sequence[str], sums: Mapping[str, Sum]) -> Sums:
    """Sum products over the records of each unit and domain in one pass, and those of domains only in another.

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
    further = {f"f{place}": sql for place, sql in enumerate([*fpcs, "count(*)::DOUBLE"])}
    domain_keys = {f"b{place}": identifier(name) for place, name in enumerate(by)}
    of_units = _Grouping(table, source, {f"k{place}": sql for place, sql in enumerate(keys)} | domain_keys)
    found = of_units.query(further | _named(sums, _NARROW, of_domains=False))
    *bounds, rows = (found.column(name).to_numpy() for name in further)
    units, unit = number_units(design, [found.column(f"k{place}").chunk(0) for place in range(len(keys))], bounds)
    domains, domain = _domains(found, by)
    inside = domain >= 0
    values = _values(of_units, found, sums, (rows, domain, len(domains)), of_domains=False)
    squares: dict[str, Floats] = {}
    if any(one.of_domains for one in sums.values()):
        of_domains = _Grouping(table, table.source, domain_keys)
        found = of_domains.query({"f0": "count(*)::DOUBLE"} | _named(sums, _NARROW, of_domains=True))
        _, place = _domains(found, by)
        counted = (found.column("f0").to_numpy(), place, len(domains))
        for name, whole in _values(of_domains, found, sums, counted, of_domains=True).items():
            squares[name] = _binned(place[place >= 0], whole, len(domains))
    return Sums(units, domains, unit[inside], domain[inside], values, squares, looked.rows)


@dataclass(frozen=True)
class _Grouping:
    """Records grouped by keys: SQL of each by its name."""

    table: Table
    source: str
    keys: Mapping[str, str]

    def query(self, columns: Mapping[str, str]) -> pa.Table:
        """The groups in order of their keys, with aggregates."""
        named = ", ".join(f"{sql} AS {name}" for name, sql in {**self.keys, **columns}.items())
        query = f"SELECT {named} FROM {self.source}"
        if not self.keys:
            return self.table.arrow(query)
        return _in_order(self.table.arrow(f"{query} GROUP BY {', '.join(self.keys)}"), list(self.keys))


def _named(sums: Mapping[str, Sum], bits: int, *, of_domains: bool) -> dict[str, str]:
    """SQL of different sums, by names of their own: what repeats is summed once."""
    different = dict.fromkeys(one.column(bits) for one in sums.values() if one.of_domains == of_domains)
    return {f"s{place}": sql for place, sql in enumerate(different)}


def _values(
    grouping: _Grouping,
    found: pa.Table,
    sums: Mapping[str, Sum],
    counted: tuple[Floats, Whole, int],
    *,
    of_domains: bool,
) -> dict[str, Floats]:
    """Sums of the groups that are in a domain, by name; those that are rough anew, with more digits.

    Args:
        grouping: The groups.
        found: What was found of them.
        sums: What was asked for.
        counted: Rows and domain of each group, and the number of domains.
        of_domains: Which of the sums.
    """
    rows, domain, domains = counted
    inside = domain >= 0
    names = {sql: name for name, sql in _named(sums, _NARROW, of_domains=of_domains).items()}
    asked = {name: one for name, one in sums.items() if one.of_domains == of_domains}
    made: dict[str, Floats] = {}
    rough: dict[str, Sum] = {}
    for one in {one.column(_NARROW): one for one in asked.values()}.values():
        sql = one.column(_NARROW)
        whole = found.column(names[sql]).to_numpy()[inside]
        made[sql] = whole * one.back(_NARROW)
        if one.largest and _is_rough(whole, rows[inside], domain[inside], domains, one.grained):
            rough[sql] = one
    if rough:
        again = grouping.query({names[sql]: one.column(_WIDE) for sql, one in rough.items()})
        for sql, one in rough.items():
            made[sql] = again.column(names[sql]).to_numpy()[inside] * one.back(_WIDE)
    return {name: made[one.column(_NARROW)] for name, one in asked.items()}


def _domains(groups: pa.Table, by: Sequence[str]) -> tuple[pd.DataFrame, Whole]:
    return number_domains({name: groups.column(f"b{place}") for place, name in enumerate(by)}, len(groups))


def _in_order(groups: pa.Table, keys: Sequence[str]) -> pa.Table:
    """Groups in order of their keys, as DuckDB would sort them: it takes wide rows longer."""
    columns = {}
    for name in keys:
        column = groups.column(name).combine_chunks()
        if pa.types.is_dictionary(column.type):
            column = column.indices
        columns[name] = column.cast(pa.int8()) if pa.types.is_boolean(column.type) else column
    order = pc.sort_indices(pa.table(columns), sort_keys=[(name, "ascending") for name in keys])
    return groups.take(order).combine_chunks()


def _is_rough(whole: Floats, rows: Floats, domain: Whole, domains: int, grained: bool) -> bool:
    """Whether rounding each product may have taken digits that count from the sum of a domain."""
    sizes = np.abs(_binned(domain, whole, domains))
    rough = sizes * _EXACT < _binned(domain, rows, domains) / 2
    return bool((rough & (sizes > 0) if grained else rough).any())


def _binned(place: Whole, values: Floats, places: int) -> Floats:
    return np.asarray(np.bincount(place, values, places), dtype=np.float64)
