"""What is said of the rows of a batch: why they do not go on, and what to know of those that do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from lm_stats.harmonise.texts import Flags, Places, Texts, combinations

# between the warnings of one row
AND = "\n"


class Marks:
    """Marks on the rows of a batch, by position. No cell content.

    Args:
        rows: Number of rows.
    """

    def __init__(self, rows: int) -> None:
        self._rows = rows
        self._excluded: Places = np.zeros(rows, dtype=np.int64)
        self._exclusions: list[str] = []
        self._held: Flags = np.zeros(rows, dtype=bool)
        self._found: list[tuple[str, str, Flags]] = []
        self._warned: list[tuple[Sequence[str], Places]] = []

    @property
    def counted(self) -> Flags:
        """Rows that are not excluded."""
        counted: Flags = self._excluded == 0
        return counted

    @property
    def open(self) -> Flags:
        """Rows that are neither excluded nor quarantined."""
        return self.counted & ~self._held

    @property
    def held(self) -> Flags:
        """Rows that are quarantined."""
        return self.counted & self._held

    def exclude(self, where: Flags, reason: str) -> None:
        """Leave out the rows where `where` is true and that are not left out yet."""
        new = where & self.counted
        if new.any():
            self._exclusions.append(reason)
            self._excluded[new] = len(self._exclusions)

    def quarantine(self, where: Flags, reason: str, columns: str) -> None:
        """Hold back the rows where `where` is true."""
        if where.any():
            self._found.append((reason, columns, where))
            self._held |= where

    def warn(self, where: Flags, reason: str) -> None:
        """Say something of the rows where `where` is true."""
        self.warn_each([reason], where.astype(np.int64))

    def warn_each(self, reasons: Sequence[str], places: Places) -> None:
        """Say of each row the reason of that number, counted from 1; 0 says nothing."""
        self._warned.append((reasons, places))

    def excluded(self) -> dict[str, int]:
        """Number of rows left out, by reason."""
        counts = np.bincount(self._excluded, minlength=len(self._exclusions) + 1)[1:]
        found: dict[str, int] = {}
        for reason, count in zip(self._exclusions, counts, strict=True):
            found[reason] = found.get(reason, 0) + int(count)
        return found

    def reasons(self) -> pd.DataFrame:
        """Of each row held back, in order: `reason` (the first found), `reasons` and `columns` (joined by commas)."""
        held = self.held
        places, found = combinations([where[held].astype(np.int64) for _, _, where in self._found], int(held.sum()))
        told: list[tuple[str, str, str]] = []
        for one in found:
            columns: dict[str, str] = {}
            for number, _ in one:
                columns.setdefault(self._found[number][0], self._found[number][1])
            told.append((next(iter(columns), ""), ",".join(columns), ",".join(columns.values())))
        return _spread(told, places, ["reason", "reasons", "columns"])

    def warnings(self) -> pd.Series:
        """Of each row that is still open, in order: what is said of it, joined by `AND`; empty for nothing."""
        rows = self.open
        places, found = combinations([numbers[rows] for _, numbers in self._warned], int(rows.sum()))
        said = [(AND.join(dict.fromkeys(self._warned[n][0][value - 1] for n, value in one)),) for one in found]
        return _spread(said, places, ["warnings"])["warnings"]


def _spread(told: Sequence[tuple[str, ...]], places: Places, names: list[str]) -> pd.DataFrame:
    columns: dict[str, Any] = {}
    for number, name in enumerate(names):
        columns[name] = Texts(pd.Series([one[number] for one in told], dtype="str"), places).series
    return pd.DataFrame(columns)
