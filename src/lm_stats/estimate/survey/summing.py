"""Sums over sampled units: one pass over the rows for all variables and domains.

Products of weights and values are summed as whole numbers: each is multiplied by a power of two that leaves the sum of
each group room in 63 bits, and cut off; where that takes digits that count from the sum of a domain, what was taken is
summed in the same way. Sums of whole numbers do not depend on their order, so that results repeat bit for bit whatever
the order of the rows and the number of threads.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from lm_stats.compile.duckdb import identifier
from lm_stats.estimate.survey.arrow_columns import floats, group_rows, without_dictionary
from lm_stats.estimate.survey.design import Design
from lm_stats.estimate.survey.reading import Looked, Table, Variable, number_domains, unit_columns, unit_keys
from lm_stats.estimate.survey.row_blocks import Block, RowGroups, blocks
from lm_stats.estimate.survey.sampled_units import number_units
from lm_stats.estimate.survey.variance import Floats, Units, Whole

# room for the sum of a group
_ROOM = 62
# what cutting off may take from the sum of a domain, in relation to it
_EXACT = 1e-11


@dataclass(frozen=True)
class Sum:
    """A sum to be made over the rows of each unit and domain: of weight times variables, or a number of records.

    Attributes:
        needed: Variables without which a record does not count.
        variables: What the weight is multiplied by.
        shift: What is taken off each of these.
        largest: Bound of the size of a product; 0 for a number of records.
        grained: Whether a value of the product is 0 or not far from a weight, so that a sum of 0 is one.
        weighted: Whether only records with a weight other than 0 are counted.
    """

    needed: tuple[Variable, ...] = ()
    variables: tuple[Variable, ...] = ()
    shift: float = 0.0
    largest: float = 0.0
    grained: bool = False
    weighted: bool = False

    @property
    def columns(self) -> list[str]:
        """Names of columns."""
        return [one.name for one in (*self.needed, *self.variables)]

    def add(self, block: Block, bits: int, into: Sequence[Whole]) -> None:
        """Add the rows of a block to the sums of groups.

        Args:
            block: The rows.
            bits: Room for the largest product.
            into: [G] of whole numbers, and a second for what is cut off, if it is wanted.
        """
        if not self.largest:
            flags = block.has(self.needed)
            counted = np.ones(len(block.group)) if flags is None else flags
            if self.weighted:
                counted = counted * (block.weight != 0)
            into[0] += np.bincount(block.group, counted, len(into[0])).astype(np.int64)
            return
        left = block.product(self.needed, self.variables, self.shift)
        scaled, whole = block.room("scaled"), block.room("whole", np.int64)
        # the power alone may be out of bounds where the values are tiny
        power = bits - self.exponent
        for factor in [power] if abs(power) < 1000 else [power // 2, power - power // 2]:
            left = np.multiply(left, math.ldexp(1.0, factor), out=scaled)
        for place, sums in enumerate(into):
            if place:
                np.subtract(scaled, whole, out=scaled)
                np.multiply(scaled, math.ldexp(1.0, bits), out=scaled)
            np.copyto(whole, scaled, casting="unsafe")
            np.add.at(sums, block.group, whole)

    def back(self, sums: Sequence[Whole], bits: int) -> Floats:
        """What was added, no longer multiplied."""
        if not self.largest:
            return sums[0].astype(np.float64)
        found = np.zeros(len(sums[0]))
        for whole in reversed(sums):
            found = np.ldexp(found, -bits) + whole
        return np.asarray(np.ldexp(found, self.exponent - bits), dtype=np.float64)

    @property
    def exponent(self) -> int:
        """Of the power of two above the largest product."""
        return math.frexp(self.largest)[1]


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

    def by_domain(self, name: str) -> Floats:
        """A sum by domain, [D]."""
        return _binned(self.domain, self.values[name], len(self.domains))


def sum_units(table: Table, design: Design, looked: Looked, by: Sequence[str], sums: Mapping[str, Sum]) -> Sums:
    """Sum products over the records of each unit and domain.

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
    with _with_units(table, design, by) as (numbered, unit_names):
        keys = {f"k{place}": name for place, name in enumerate(unit_names)}
        keys |= {f"b{place}": name for place, name in enumerate(by)}
        groups, rows = _grouped(numbered, keys, design.fpc_columns)
        fpcs = [groups.column(f"f{place}").to_numpy() for place in range(2 * len(design.fpc_columns))]
        of_units = [groups.column(f"k{place}").chunk(0) for place in range(len(unit_names))]
        units, unit = number_units(design, of_units, fpcs)
        domains, domain = _domains(groups, by)
        counts = groups.column("rows").to_numpy()
        values = _Grouping(numbered, design.weight, rows, counts, domain, len(domains)).sum(sums)
    inside = domain >= 0
    return Sums(units, domains, unit[inside], domain[inside], values, looked.rows)


@contextmanager
def _with_units(table: Table, design: Design, by: Sequence[str]) -> Iterator[tuple[Table, list[str | None]]]:
    """Records with columns of units; where rows are the units they are numbered, which is done once."""
    keys, source = unit_keys(table, design, tuple(by))
    names = unit_columns(design)
    if source == table.source:
        yield table, names
        return
    wanted = [*(identifier(name) for name in table.types), keys[-1]]
    rows = table.arrow(f"SELECT {', '.join(wanted)} FROM {source}")
    table.cursor.register("survey_numbered", rows)
    try:
        yield replace(table, source="survey_numbered", records=rows), names
    finally:
        table.cursor.unregister("survey_numbered")


def _grouped(table: Table, keys: Mapping[str, str | None], fpcs: Sequence[str]) -> tuple[pa.Table, RowGroups]:
    """Group rows by keys.

    Args:
        table: The records.
        keys: Columns by names of keys; none: a constant.
        fpcs: Columns whose least and largest value is wanted.

    Returns:
        Groups in order of their keys, with `f0`, `f1` and so on, and the number of `rows`; and of which is a row.
    """
    names = [name for name in keys.values() if name is not None]
    group = None
    if table.records is not None:
        group, some = group_rows([table.column(name) for name in names], len(table.records))
        columns = {
            key: pa.repeat(0, len(some)) if name is None else _as_plain(table.column(name).take(pa.array(some)))
            for key, name in keys.items()
        }
        for place, name in enumerate(fpcs):
            values = floats(table.column(name))
            least, most = values[some], values[some]
            np.minimum.at(least, group, values)
            np.maximum.at(most, group, values)
            columns |= {f"f{2 * place}": pa.array(least), f"f{2 * place + 1}": pa.array(most)}
        columns["rows"] = pa.array(np.bincount(group, minlength=len(some)).astype(np.float64))
        found = pa.table(columns)
    else:
        asked = [f"{'0' if name is None else _key(table, name)} AS {key}" for key, name in keys.items()]
        bounds = [f"{what}({identifier(name)})::DOUBLE" for name in fpcs for what in ("min", "max")]
        asked += [*(f"{sql} AS f{place}" for place, sql in enumerate(bounds)), "count(*)::DOUBLE AS rows"]
        found = table.arrow(f"SELECT {', '.join(asked)} FROM {table.source} GROUP BY {', '.join(keys)}")
    order = _order(found, list(keys))
    found = found.take(order).combine_chunks()
    if group is not None:
        place_of = np.empty(len(order), dtype=np.int64)
        place_of[order.to_numpy()] = np.arange(len(order))
        group = place_of[group]
    of_keys = [found.column(key).chunk(0) for key, name in keys.items() if name is not None]
    return found, RowGroups(names, of_keys, group)


def _key(table: Table, name: str) -> str:
    """SQL: the value of a key, 0 without a sign."""
    return f"({identifier(name)} + 0)" if table.is_float(name) else identifier(name)


def _as_plain(column: pa.Array) -> pa.Array:
    """As DuckDB would give it back."""
    column = without_dictionary(column)
    return column.cast(pa.string()) if pa.types.is_large_string(column.type) else column


@dataclass(frozen=True)
class _Grouping:
    """Records grouped by keys.

    Attributes:
        table: The records.
        weight: Column of weights.
        groups: Which group is that of a row.
        rows: [G]: number of rows of each.
        domain: [G]: domain of each, -1: none.
        domains: Number of domains.
    """

    table: Table
    weight: str
    groups: RowGroups
    rows: Floats
    domain: Whole
    domains: int

    def sum(self, sums: Mapping[str, Sum]) -> dict[str, Floats]:
        """Sums of the groups that are in a domain, by name; those that are rough anew, with more digits."""
        # all rows of a group together have room
        bits = _ROOM - int(self.rows.max()).bit_length()
        inside = self.domain >= 0
        # what repeats is summed once, and what is counted of all rows is known
        made = {one: self.rows for one in sums.values() if one == Sum()}
        asked = list(dict.fromkeys(one for one in sums.values() if one not in made))
        for parts in (1, 2):
            for one, found in zip(asked, self._add(asked, bits, parts), strict=True):
                made[one] = one.back(found, bits)
            asked = [one for one in asked if self._is_rough(one, np.ldexp(made[one], bits - one.exponent))]
        return {name: made[one][inside] for name, one in sums.items()}

    def _add(self, asked: Sequence[Sum], bits: int, parts: int) -> list[list[Whole]]:
        found: list[list[Whole]] = [[np.zeros(len(self.rows), dtype=np.int64) for _ in range(parts)] for _ in asked]
        if not asked:
            return found
        columns = [name for one in asked for name in one.columns]
        for block in blocks(self.table, self.groups, self.weight, columns):
            for one, into in zip(asked, found, strict=True):
                one.add(block, bits, into)
        return found

    def _is_rough(self, one: Sum, whole: Floats) -> bool:
        """Whether cutting each product may have taken digits that count from the sum of a domain."""
        if not one.largest:
            return False
        inside = self.domain >= 0
        sizes = np.abs(_binned(self.domain[inside], whole[inside], self.domains))
        rough = sizes * _EXACT < _binned(self.domain[inside], self.rows[inside], self.domains)
        return bool((rough & (sizes > 0) if one.grained else rough).any())


def _domains(groups: pa.Table, by: Sequence[str]) -> tuple[pd.DataFrame, Whole]:
    return number_domains({name: groups.column(f"b{place}") for place, name in enumerate(by)}, len(groups))


def _order(groups: pa.Table, keys: Sequence[str]) -> pa.Array:
    """The order of groups by their keys, as DuckDB would sort them: it takes wide rows longer."""
    columns = {}
    for name in keys:
        column = groups.column(name).combine_chunks()
        if pa.types.is_dictionary(column.type):
            column = column.indices
        columns[name] = column.cast(pa.int8()) if pa.types.is_boolean(column.type) else column
    return pc.sort_indices(pa.table(columns), sort_keys=[(name, "ascending") for name in keys])


def _binned(place: Whole, values: Floats, places: int) -> Floats:
    return np.asarray(np.bincount(place, values, places), dtype=np.float64)
