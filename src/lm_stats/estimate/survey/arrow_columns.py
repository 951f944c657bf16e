"""Columns in memory, as arrays, and what they hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from lm_stats.estimate.survey.variance import Floats, Whole


@dataclass(frozen=True)
class Bounds:
    """What a column of numbers holds.

    Attributes:
        missing: Rows without a number.
        least: The smallest number, 0 where there is none.
        most: The largest number.
        with_nan: Whether some values are no numbers, other than by being absent.
        is_flag: Whether all are 0 or 1.
    """

    missing: int
    least: float
    most: float
    with_nan: bool = False
    is_flag: bool = False


def is_plain(kind: pa.DataType) -> bool:
    """Whether a column of Arrow holds numbers or text and nothing that DuckDB would read as something else."""
    is_text = (pa.types.is_string, pa.types.is_large_string)
    if pa.types.is_dictionary(kind):
        return any(check(kind.value_type) for check in is_text)
    is_number = (pa.types.is_integer, pa.types.is_float32, pa.types.is_float64, pa.types.is_boolean)
    return any(check(kind) for check in (*is_text, *is_number))


def is_number(kind: pa.DataType) -> bool:
    """Whether numbers, or true and false."""
    return any(
        check(kind) for check in (pa.types.is_integer, pa.types.is_floating, pa.types.is_boolean, pa.types.is_decimal)
    )


def from_pandas(column: pd.Series) -> pa.Array:
    """A column of a frame; categories are text, moments keep their time zone."""
    if isinstance(column.dtype, pd.CategoricalDtype) and not all(isinstance(c, str) for c in column.dtype.categories):
        column = column.cat.rename_categories([str(one) for one in column.dtype.categories])
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        moments = pa.array(column.dt.tz_convert(None).to_numpy())
        return moments.cast(pa.timestamp(moments.type.unit, "UTC")).cast(
            pa.timestamp(moments.type.unit, column.dtype.tz)
        )
    if isinstance(column.dtype, np.dtype) and column.dtype.kind == "f":
        # numbers are taken as they lie in memory; what is no number counts as missing
        return pa.array(column.to_numpy())
    return pa.array(column, from_pandas=True)


def without_nothing(table: pa.Table) -> pa.Table:
    """A table whose columns without any value are of numbers."""
    for place, name in enumerate(table.column_names):
        if pa.types.is_null(table.schema.types[place]):
            table = table.set_column(place, name, pa.nulls(len(table), pa.float64()))
    return table


def floats(column: pa.Array) -> Floats:
    """Numbers as they lie in memory, NaN where missing."""
    if pa.types.is_boolean(column.type):
        column = column.cast(pa.int8())
    if column.type != pa.float64():
        column = column.cast(pa.float64(), safe=False)
    found: Floats = column.to_numpy(zero_copy_only=False)
    return found


def without_dictionary(column: pa.Array) -> pa.Array:
    """A column without a dictionary, 0 without a sign."""
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    return without_sign(column)


def without_sign(column: pa.Array) -> pa.Array:
    """A column, 0 without a sign."""
    return pc.add(column, pa.scalar(0.0, column.type)) if pa.types.is_floating(column.type) else column


def missing(column: pa.Array) -> int:
    """Rows of a column without a value; what is no number counts as missing."""
    if pa.types.is_floating(column.type):
        values = floats(column)
        return int(np.count_nonzero(np.isnan(values))) if len(values) and np.isnan(values.min()) else 0
    if pa.types.is_dictionary(column.type) and column.dictionary.null_count:
        column = without_dictionary(column)
    return int(column.null_count)


def bounds(column: pa.Array) -> Bounds:
    """What a column of numbers holds."""
    absent = missing(column)
    if absent == len(column):
        return Bounds(absent, 0.0, 0.0, column.null_count < absent, True)
    if not pa.types.is_floating(column.type):
        found = pc.min_max(column).as_py()
        least, most = float(found["min"]), float(found["max"])
        return Bounds(absent, least, most, False, least >= 0 and most <= 1)
    values = floats(column)
    if absent:
        least, most = float(np.fmin.reduce(values)), float(np.fmax.reduce(values))
    else:
        least, most = float(values.min()), float(values.max())
    is_flag = least >= 0 and most <= 1 and not ((values > 0) & (values < 1)).any()
    return Bounds(absent, least, most, column.null_count < absent, bool(is_flag))


def group_rows(columns: Sequence[pa.Array], rows: int) -> tuple[Whole, Whole]:
    """Group rows by columns.

    Args:
        columns: The columns, N values each.
        rows: N.

    Returns:
        Group of each row, [N], and a row of each group, [G].
    """
    group: Whole = np.zeros(rows, dtype=np.int64)
    for column in columns:
        kept = column if pa.types.is_dictionary(column.type) else without_dictionary(column)
        encoded = kept if pa.types.is_dictionary(kept.type) else kept.dictionary_encode()
        code = encoded.indices
        if code.null_count:
            code = pc.fill_null(code.cast(pa.int64()), len(encoded.dictionary))
        pairs = group * (len(encoded.dictionary) + 1) + code.to_numpy()
        size = int(pairs.max(initial=0)) + 1
        if size > 4 * rows + (1 << 20):
            group = np.unique(pairs, return_inverse=True)[1]
        else:
            occurs = np.zeros(size, dtype=bool)
            occurs[pairs] = True
            group = (np.cumsum(occurs) - 1)[pairs]
    some = np.empty(int(group.max(initial=-1)) + 1, dtype=np.int64)
    some[group] = np.arange(rows)
    return group, some
