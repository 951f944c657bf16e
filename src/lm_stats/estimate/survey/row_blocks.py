"""Rows of a sample in blocks, as arrays: from memory as they lie there, from elsewhere by DuckDB."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lm_stats.compile.duckdb import identifier
from lm_stats.estimate.survey.arrow_columns import floats, is_number, without_dictionary
from lm_stats.estimate.survey.reading import Table, Variable
from lm_stats.estimate.survey.variance import Floats, Whole

# rows in one block of work: a column of it stays in the cache of a laptop
_ROWS = 1 << 16


@dataclass(frozen=True)
class _Step:
    """One of several keys that number rows.

    Attributes:
        values: Its different values, K of them.
        pairs: Different pairs of a number J of the keys before and a place k among the values, as J * K + k, sorted.
        numbers: The number of each pair.
        table: The number of every such J * K + k, where the list is not too long.
    """

    values: pa.Array
    pairs: Whole
    numbers: Whole
    table: Whole | None

    def number(self, before: Whole, key: pa.Array) -> Whole:
        """Numbers by this key and those before."""
        pairs = before * len(self.values) + _codes(key, self.values)
        return self.numbers[np.searchsorted(self.pairs, pairs)] if self.table is None else self.table[pairs]


def number_rows(groups: Sequence[pa.Array]) -> tuple[_Step, ...]:
    """What numbers rows by groups of keys.

    Args:
        groups: Keys of the groups, each once, in the order that gives them their numbers.
    """
    steps = []
    joint: Whole = np.zeros(len(groups[0]), dtype=np.int64)
    for place, key in enumerate(groups):
        values = pc.unique(without_dictionary(key))
        pairs, joint = np.unique(joint * len(values) + _codes(key, values), return_inverse=True)
        numbers = np.arange(len(pairs))
        if place == len(groups) - 1:
            numbers[joint] = np.arange(len(joint))
        table = None
        if (size := int(pairs[-1]) + 1) < 64 * len(pairs) + (1 << 20):
            table = np.zeros(size, dtype=np.int64)
            table[pairs] = numbers
        steps.append(_Step(values, pairs, numbers, table))
    return tuple(steps)


def _codes(column: pa.Array, values: pa.Array) -> Whole:
    """Places of a column among its different values."""
    found: Whole
    if pa.types.is_dictionary(column.type) and len(column.dictionary) < len(column):
        absent = pc.index_in(pa.scalar(None, values.type), value_set=values).as_py()
        of_dictionary = np.append(_codes(column.dictionary, values), -1 if absent is None else absent)
        found = of_dictionary[pc.fill_null(column.indices.cast(pa.int64()), -1).to_numpy(zero_copy_only=False)]
        return found
    column = without_dictionary(column)
    column = column if column.type == values.type else column.cast(values.type)
    # a value of a dictionary may have no row
    found = pc.fill_null(pc.index_in(column, value_set=values), 0).to_numpy(zero_copy_only=False).astype(np.int64)
    return found


@dataclass(frozen=True)
class Block:
    """Some rows.

    Attributes:
        group: [N]: number of the group.
        columns: Columns of the block by name.
        weight: [N].
    """

    group: Whole
    columns: Mapping[str, pa.Array]
    weight: Floats
    _made: dict[Any, Any]

    def value(self, variable: Variable, shift: float = 0.0) -> Floats:
        """Values of a variable less a shift, [N]; 0 where missing."""
        key = (variable.name, variable.category, shift)
        if key not in self._made:
            if variable.category or not is_number(self.columns[variable.name].type):
                same = pc.equal(self._text(variable.name), variable.category)
                values = pc.fill_null(same, False).to_numpy(zero_copy_only=False).astype(np.float64)
            else:
                values = self._floats(variable.name)
                if variable.missing:
                    values = np.where(np.isnan(values), 0.0, values)
            self._made[key] = values - shift if shift else values
        found: Floats = self._made[key]
        return found

    def _floats(self, name: str) -> Floats:
        key = ("floats", name)
        if key not in self._made:
            self._made[key] = floats(self.columns[name])
        found: Floats = self._made[key]
        return found

    def _text(self, name: str) -> pa.Array:
        key = ("text", name)
        if key not in self._made:
            self._made[key] = without_dictionary(self.columns[name])
        return self._made[key]

    def has(self, needed: Sequence[Variable]) -> Floats | None:
        """1 where all of some variables have a value, [N]; none: everywhere."""
        names = tuple(variable.name for variable in needed)
        if not names:
            return None
        if names not in self._made:
            flags = np.ones(len(self.group), dtype=bool)
            for name in names:
                column = self.columns[name]
                if is_number(column.type):
                    flags &= ~np.isnan(self._floats(name))
                else:
                    flags &= self._text(name).is_valid().to_numpy(zero_copy_only=False)
            self._made[names] = flags.astype(np.float64)
        found: Floats = self._made[names]
        return found

    def product(self, needed: tuple[Variable, ...], variables: tuple[Variable, ...], shift: float = 0.0) -> Floats:
        """Weight times variables less a shift where all that are needed have a value, else 0, [N]."""
        key = ("product", needed, variables, shift)
        if key not in self._made:
            if variables:
                before = self.product(needed, variables[:-1], shift)
                self._made[key] = before * self.value(variables[-1], shift)
            else:
                flags = self.has(needed)
                self._made[key] = self.weight if flags is None else self.weight * flags
        found: Floats = self._made[key]
        return found


def blocks(
    table: Table, keys: Sequence[str], weight: str, columns: Sequence[str], steps: Sequence[_Step]
) -> Iterator[Block]:
    """All rows, in blocks.

    Args:
        table: The records.
        keys: Names of columns whose values make the groups.
        weight: Column of weights.
        columns: Further columns.
        steps: What numbers the groups.
    """
    wanted = list(dict.fromkeys([*keys, weight, *columns]))
    for part in _parts(table, wanted):
        named = {name: part.column(place) for place, name in enumerate(wanted)}
        group: Whole = np.zeros(part.num_rows, dtype=np.int64)
        for name, step in zip(keys, steps, strict=True):
            group = step.number(group, named[name])
        yield Block(group, named, floats(named[weight]), {})


def _parts(table: Table, wanted: Sequence[str]) -> Iterator[pa.RecordBatch]:
    if table.records is not None:
        yield from table.records.select(list(wanted)).combine_chunks().to_batches(max_chunksize=_ROWS)
        return
    selected = ", ".join(identifier(name) for name in wanted)
    yield from table.cursor.sql(f"SELECT {selected} FROM {table.source}").to_arrow_reader(_ROWS)
