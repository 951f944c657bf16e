"""Columns in memory, as arrays, and what they hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lm_stats.estimate.survey.variance import Floats


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
    is_number = (pa.types.is_integer, pa.types.is_floating, pa.types.is_boolean)
    return any(check(kind) for check in (*is_text, *is_number))


def is_number(kind: pa.DataType) -> bool:
    """Whether numbers, or true and false."""
    return any(
        check(kind)
        for check in (pa.types.is_integer, pa.types.is_floating, pa.types.is_boolean, pa.types.is_decimal)
    )


def floats(column: Any) -> Floats:
    """Numbers as they lie in memory, NaN where missing."""
    if pa.types.is_boolean(column.type):
        column = column.cast(pa.int8())
    if column.type != pa.float64():
        column = column.cast(pa.float64(), safe=False)
    found: Floats = column.to_numpy(zero_copy_only=False)
    return found


def without_dictionary(column: Any) -> Any:
    """A column without a dictionary, 0 without a sign."""
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    return pc.add(column, pa.scalar(0.0, column.type)) if pa.types.is_floating(column.type) else column


def missing(column: Any) -> int:
    """Rows of a column without a value; what is no number counts as missing."""
    if pa.types.is_floating(column.type):
        return int(np.count_nonzero(np.isnan(floats(column))))
    if pa.types.is_dictionary(column.type):
        return int(without_dictionary(column).null_count) if _dictionary_has_null(column) else int(column.null_count)
    return int(column.null_count)


def bounds(column: Any) -> Bounds:
    """What a column of numbers holds."""
    absent = missing(column)
    if absent == len(column):
        return Bounds(absent, 0.0, 0.0, column.null_count < absent, True)
    if pa.types.is_floating(column.type):
        values = floats(column)
        least, most = (float(of.reduce(values)) for of in (np.fmin, np.fmax))
        is_flag = least >= 0 and most <= 1 and not ((values > 0) & (values < 1)).any()
        return Bounds(absent, least, most, column.null_count < absent, is_flag)
    found = pc.min_max(column).as_py()
    least, most = float(found["min"]), float(found["max"])
    return Bounds(absent, least, most, False, least >= 0 and most <= 1)


def _dictionary_has_null(column: Any) -> bool:
    parts = column.chunks if isinstance(column, pa.ChunkedArray) else [column]
    return any(part.dictionary.null_count for part in parts)
