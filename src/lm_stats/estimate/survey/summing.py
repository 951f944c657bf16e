"""Sums over sampled units: one pass over the rows for all variables and domains.

Products of weights and values are summed as whole numbers: each is multiplied by a power of two that leaves the sum of
each group room in 63 bits, and cut off; where that takes digits that count from the sum of a domain, what was taken is
summed in the same way. Sums of whole numbers do not depend on their order, so that results repeat bit for bit whatever
the order of the rows and the number of threads.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from lm_stats.estimate.survey.arrow_columns import floats, group_rows, without_dictionary
from lm_stats.estimate.survey.design import Design
from lm_stats.estimate.survey.reading import NUMBERED, Looked, Table, Variable, unit_columns, unit_keys
from lm_stats.estimate.survey.row_blocks import Block, RowGroups, blocks
from lm_stats.estimate.survey.sampled_units import number_units
from lm_stats.estimate.survey.variance import Flags, Floats, Units, Whole

# room for the sum of a group
_ROOM = 62
# what cutting off may take from the sum of a domain, in relation to it
_EXACT = 1e-11
# in how many parts products are summed, until their digits suffice
_PARTS = (1, 2, 4, 8, 16)


@dataclass(frozen=True)
class Sum:
    """A sum to be made over the rows of each unit and domain: of weight times variables, or a number of records.

    Attributes:
        needed: Variables without which a record does not count.
        variables: What the weight is multiplied by.
        shift: What is taken off each of these.
        largest: Bound of the size of a product; 0 for a number of records.
        grain: The smallest size of a product other than 0; 0 where it is not known.
        weighted: Whether only records with a weight other than 0 are counted.
    """

    needed: tuple[Variable, ...] = ()
    variables: tuple[Variable, ...] = ()
    shift: float = 0.0
    largest: float = 0.0
    grain: float = 0.0
    weighted: bool = False

    @property
    def columns(self) -> list[str]:
        """Names of columns."""
        return [one.name for one in (*self.needed, *self.variables)]

    def add(self, block: Block, bits: int, into: Sequence[Whole]) -> bool:
        """Add the rows of a block to the sums of groups.

        Args:
            block: The rows.
            bits: Room for the largest product.
            into: [G] of whole numbers, and more for what is cut off from the one before, if it is wanted.

        Returns:
            Whether something may have been cut off from the last of several.
        """
        if not self.largest:
            flags = block.has(self.needed)
            counted = np.ones(len(block.group)) if flags is None else flags
            if self.weighted:
                counted = counted * (block.weight != 0)
            into[0] += np.bincount(block.group, counted, len(into[0])).astype(np.int64)
            return False
        left = product = block.product(self.needed, self.variables, self.shift)
        scaled, whole = block.room("scaled"), block.room("whole", np.int64)
        # the power alone may be out of bounds where the values are tiny
        power = bits - self.exponent
        for factor in [power] if abs(power) < 1000 else [power // 2, power - power // 2]:
            left = np.multiply(left, math.ldexp(1.0, factor), out=scaled)
        # so small beside the largest that nothing is left of it
        lost = len(into) > 1 and bool(((scaled == 0) & (product != 0)).any())
        for place, sums in enumerate(into):
            if place:
                np.subtract(scaled, whole, out=scaled)
                np.multiply(scaled, math.ldexp(1.0, bits), out=scaled)
            np.copyto(whole, scaled, casting="unsafe")
            np.add.at(sums, block.group, whole)
        return len(into) == 1 or lost or bool((scaled != whole).any())

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
        of_domains = {name: groups.column(f"b{place}") for place, name in enumerate(by)}
        domains, domain = table.domains(of_domains, len(groups))
        counts = groups.column("rows").to_numpy()
        values = _Grouping(numbered, design.weight, rows, counts, domain, len(domains)).sum(sums)
    inside = domain >= 0
    return Sums(units, domains, unit[inside], domain[inside], values, looked.rows)


@contextmanager
def _with_units(table: Table, design: Design, by: Sequence[str]) -> Iterator[tuple[Table, list[str | None]]]:
    """Records with columns of units; where rows are the units they are numbered, which is done once."""
    _, source = unit_keys(table, design, tuple(by))
    names = unit_columns(design)
    if source == table.source:
        yield table, names
        return
    wanted = [*table.types, NUMBERED]
    rows = table.arrow(f"SELECT {', '.join(map(table.sql, wanted))} FROM {source}")
    table.cursor.register("survey_numbered", rows)
    try:
        yield replace(table, source="survey_numbered", records=rows.rename_columns(wanted)), names
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
        asked = [f"{'0' if name is None else table.key(name)} AS {key}" for key, name in keys.items()]
        bounds = [f"{what}({table.sql(name)})::DOUBLE" for name in fpcs for what in ("min", "max")]
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
        for parts in _PARTS:
            found, cut = self._add(asked, bits, parts)
            left = []
            for one, whole, was_cut in zip(asked, found, cut, strict=True):
                made[one] = one.back(whole, bits)
                rough = self._rough(one, made[one], bits, parts) if was_cut else np.zeros(self.domains, dtype=bool)
                if rough.any() and parts < _PARTS[-1]:
                    left.append(one)
                elif rough.any():
                    _refuse(one)
                    made[one] = np.where(inside & rough[self.domain], np.nan, made[one])
            asked = left
        return {name: made[one][inside] for name, one in sums.items()}

    def _add(self, asked: Sequence[Sum], bits: int, parts: int) -> tuple[list[list[Whole]], list[bool]]:
        found: list[list[Whole]] = [[np.zeros(len(self.rows), dtype=np.int64) for _ in range(parts)] for _ in asked]
        cut = [False] * len(asked)
        if not asked:
            return found, cut
        columns = [name for one in asked for name in one.columns]
        for block in blocks(self.table, self.groups, self.weight, columns):
            for place, (one, into) in enumerate(zip(asked, found, strict=True)):
                cut[place] = one.add(block, bits, into) or cut[place]
        return found, cut

    def _rough(self, one: Sum, sums: Floats, bits: int, parts: int) -> Flags:
        """Whether cutting each product may have taken digits that count from the sum of each domain, [D]."""
        inside = self.domain >= 0
        digits = bits * parts - one.exponent
        sizes = np.ldexp(np.abs(_binned(self.domain[inside], sums[inside], self.domains)), digits)
        rough: Flags = sizes * _EXACT < _binned(self.domain[inside], self.rows[inside], self.domains)
        # where no product is cut to 0, a sum of 0 is one
        return rough & (sizes > 0) if one.grain and math.frexp(one.grain)[1] + digits >= 1 else rough


def _refuse(one: Sum) -> None:
    warnings.warn(
        f"weights and values of {', '.join(dict.fromkeys(one.columns)) or 'records'} are so far apart in size that "
        "some sums of domains cannot be made: what needs them is refused; estimate the domains one by one",
        RuntimeWarning,
        stacklevel=2,
    )


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
