"""Cells that stocks and flows are counted in, and the days at their ends."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Day = dt.date | str
ONE_DAY = np.timedelta64(1, "D")


class Cells:
    """The cells of a frame of parts: combinations of codes that occur in it, in order; empty codes are a code.

    Attributes:
        by: The columns.
        keys: One row for each cell: its codes.
        number: For each part, the row of its cell in `keys`.
    """

    def __init__(self, parts: pd.DataFrame, by: Sequence[str]) -> None:
        self.by = list(as_columns(by))
        if not self.by:
            self.keys = pd.DataFrame(index=pd.RangeIndex(1))
            self.number = np.zeros(len(parts), dtype="int64")
            return
        grouped = parts.groupby(self.by, dropna=False, observed=True, sort=True)
        self.number = grouped.ngroup().to_numpy("int64")
        first = pd.Series(np.arange(len(parts))).groupby(self.number).first().to_numpy("int64")
        self.keys = parts.iloc[first][self.by].reset_index(drop=True)

    def count(self, which: NDArray[Any], weights: NDArray[Any] | None = None) -> NDArray[Any]:
        """Number of the parts that are chosen, in each cell, or the sum of their weights."""
        chosen = self.number[which]
        counted = np.bincount(chosen, None if weights is None else weights[which], minlength=len(self.keys))
        return counted if weights is not None and weights.dtype.kind == "f" else counted.astype("int64")

    def cross(self, name: str, values: Sequence[str] | NDArray[Any]) -> pd.DataFrame:
        """The keys of all cells, for each of some values of a column that stands first."""
        keys = self.keys.iloc[np.tile(np.arange(len(self.keys)), len(values))].reset_index(drop=True)
        column = pd.Series(values, dtype=values.dtype if isinstance(values, np.ndarray) else "str")
        keys.insert(0, name, column.repeat(len(self.keys)).reset_index(drop=True))
        return keys


def as_columns(by: Sequence[str]) -> tuple[str, ...]:
    """Names of columns; a text in place of several is the name of one."""
    return (by,) if isinstance(by, str) else tuple(by)


def as_day(day: Day) -> np.datetime64:
    """A day as frames hold it."""
    return np.datetime64(pd.Timestamp(day).date(), "s")


def joined(columns: Sequence[NDArray[Any]]) -> NDArray[Any]:
    """Columns of several periods on top of one another."""
    return np.concatenate(columns) if columns else np.zeros(0, dtype="int64")
