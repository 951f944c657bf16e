"""Rows of a sample in blocks, as arrays: from memory as they lie there, from elsewhere by DuckDB."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lm_stats.estimate.survey.arrow_columns import floats, is_number, without_dictionary
from lm_stats.estimate.survey.reading import Table, Variable
from lm_stats.estimate.survey.variance import Floats, Whole

# rows in one block of work: its columns stay in the cache of a laptop
_ROWS = 1 << 14
# rows that are read at once from where they do not lie in memory
_READ = 1 << 18


@dataclass(frozen=True)
class RowGroups:
    """What tells the group of a row.

    Attributes:
        keys: Columns that make the groups.
        groups: [G] each: values of these, in the order of the groups.
        known: [N]: the group of each row, where they lie in memory.
    """

    keys: Sequence[str]
    groups: Sequence[pa.Array]
    known: Whole | None


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


def _steps(groups: Sequence[pa.Array]) -> tuple[_Step, ...]:
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
    places = pc.index_in(column, value_set=values)
    found = (pc.fill_null(places, 0) if places.null_count else places).to_numpy().astype(np.int64)
    return found


@dataclass(frozen=True)
class Block:
    """Some rows.

    Attributes:
        group: [N]: number of the group.
        columns: Columns of the block by name.
        weight: [N].
        space: Arrays by what they are for, which the next block takes over: to ask for memory takes longer than to
            add.
    """

    group: Whole
    columns: Mapping[str, pa.Array]
    weight: Floats
    space: dict[Any, Any]
    _made: dict[Any, Any]

    def room(self, what: Any, kind: Any = np.float64) -> Any:
        """An array for something, [N], whatever it holds."""
        if what not in self.space:
            self.space[what] = np.empty(_ROWS, dtype=kind)
        return self.space[what][: len(self.group)]

    def value(self, variable: Variable, shift: float = 0.0) -> Floats:
        """Values of a variable less a shift, [N]; 0, or less the shift, where missing."""
        key = (variable, shift)
        if key in self._made:
            return cast(Floats, self._made[key])
        if variable.category or not is_number(self.columns[variable.name].type):
            same = pc.equal(self._text(variable.name), variable.category)
            found = pc.fill_null(same, False).to_numpy(zero_copy_only=False).astype(np.float64)
        else:
            found = self._floats(variable.name)
            if variable.missing:
                filled = self.room(key)
                np.copyto(filled, found)
                np.copyto(filled, 0.0, where=np.isnan(found))
                found = filled
            if shift:
                found = np.subtract(found, shift, out=self.room(key))
        self._made[key] = found
        return cast(Floats, found)

    def _floats(self, name: str) -> Floats:
        if name not in self._made:
            self._made[name] = floats(self.columns[name])
        return cast(Floats, self._made[name])

    def _text(self, name: str) -> pa.Array:
        if name not in self._made:
            self._made[name] = without_dictionary(self.columns[name])
        return cast(pa.Array, self._made[name])

    def has(self, needed: Sequence[Variable]) -> Floats | None:
        """1 where all of some variables have a value, [N]; none: everywhere."""
        names = tuple(variable.name for variable in needed)
        if not names:
            return None
        if names not in self._made:
            found = self.room(names)
            found.fill(1.0)
            for name in names:
                if is_number(self.columns[name].type):
                    np.copyto(found, 0.0, where=np.isnan(self._floats(name)))
                else:
                    found[self._text(name).is_null().to_numpy(zero_copy_only=False)] = 0.0
            self._made[names] = found
        return cast(Floats, self._made[names])

    def product(self, needed: tuple[Variable, ...], variables: tuple[Variable, ...], shift: float = 0.0) -> Floats:
        """Weight times variables less a shift where all that are needed have a value, else 0, [N]."""
        key = (needed, variables, shift)
        if key not in self._made:
            if variables:
                before = self.product(needed, variables[:-1], shift if len(variables) > 1 else 0.0)
                found = np.multiply(before, self.value(variables[-1], shift), out=self.room(key))
            else:
                flags = self.has(needed)
                found = self.weight if flags is None else np.multiply(self.weight, flags, out=self.room(key))
            self._made[key] = found
        return cast(Floats, self._made[key])


def blocks(table: Table, rows: RowGroups, weight: str, columns: Sequence[str]) -> Iterator[Block]:
    """All rows, in blocks.

    Args:
        table: The records.
        rows: What tells the group of a row.
        weight: Column of weights.
        columns: Further columns.
    """
    if table.records is not None and rows.known is not None:
        wanted = list(dict.fromkeys([weight, *columns]))
        held = pa.record_batch([table.column(name) for name in wanted], names=wanted)
        yield from _cut(held, wanted, rows.known, weight)
        return
    wanted = list(dict.fromkeys([*rows.keys, weight, *columns]))
    steps = _steps(rows.groups)
    selected = ", ".join(map(table.sql, wanted))
    for part in table.cursor.sql(f"SELECT {selected} FROM {table.source}").to_arrow_reader(_READ):
        group: Whole = np.zeros(part.num_rows, dtype=np.int64)
        for name, step in zip(rows.keys, steps, strict=True):
            group = step.number(group, part.column(wanted.index(name)))
        yield from _cut(part, wanted, group, weight)


def _cut(part: pa.RecordBatch, names: Sequence[str], group: Whole, weight: str) -> Iterator[Block]:
    space: dict[Any, Any] = {}
    for first in range(0, part.num_rows, _ROWS):
        rows = part.slice(first, _ROWS)
        named = {name: rows.column(place) for place, name in enumerate(names)}
        yield Block(group[first : first + _ROWS], named, floats(named[weight]), space, {})
