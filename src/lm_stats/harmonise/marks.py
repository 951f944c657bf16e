"""What is said of the rows of a batch: why they do not go on, and what to know of those that do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from lm_stats.handover import RELEASED
from lm_stats.harmonise.texts import Flags, Places, Texts, combinations

# between the warnings of one row
AND = "\n"
# in place of a reason: all for which the row is held back
ANY = "*"
# what no decision can set aside: the table cannot hold such a row
FIRM = frozenset({"not_null", "type", "codelist"})


@dataclass(frozen=True)
class Fate:
    """What became of a row that somebody decided on.

    Attributes:
        excluded: Why it is left out, or empty.
        found: Reasons for holding it back, released or not.
        released: Those of them that a decision set aside.
    """

    excluded: str
    found: tuple[str, ...]
    released: tuple[str, ...]

    @property
    def holding(self) -> tuple[str, ...]:
        """Reasons that hold it back."""
        return tuple(reason for reason in self.found if reason not in self.released)


class Marks:
    """Marks on the rows of a batch, by position. No cell content.

    Args:
        rows: Number of rows.
        released: Rows by reason (or `ANY`) for which they are not held back, by decision.
    """

    def __init__(self, rows: int, released: Mapping[str, Flags] | None = None) -> None:
        self._rows = rows
        self._released = released or {}
        self._excluded: Places = np.zeros(rows, dtype=np.int64)
        self._exclusions: list[tuple[str, str]] = []
        self._held: Flags = np.zeros(rows, dtype=bool)
        self._found: list[tuple[str, str, Flags]] = []
        self._set_aside: list[tuple[str, Flags]] = []
        self._warned: list[tuple[Sequence[str], Places, str]] = []

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

    def exclude(self, where: Flags, reason: str, columns: str = "") -> None:
        """Leave out the rows where `where` is true and that are not left out yet."""
        new = where & self.counted
        if new.any():
            self._exclusions.append((reason, columns))
            self._excluded[new] = len(self._exclusions)

    def quarantine(self, where: Flags, reason: str, columns: str) -> None:
        """Hold back the rows where `where` is true, but for those that are released."""
        if not where.any():
            return
        self._found.append((reason, columns, where))
        held = where
        for decided in (reason, ANY) if reason not in FIRM else ():
            if decided in self._released and (free := held & self._released[decided]).any():
                self._set_aside.append((reason, free))
                self.warn(free, RELEASED + reason, columns)
                held = held & ~free
        self._held |= held

    def warn(self, where: Flags, reason: str, columns: str = "") -> None:
        """Say something of the rows where `where` is true."""
        self.warn_each([reason], where.astype(np.int64), columns)

    def warn_each(self, reasons: Sequence[str], places: Places, columns: str = "") -> None:
        """Say of each row the reason of that number, counted from 1; 0 says nothing."""
        self._warned.append((reasons, places, columns))

    def excluded(self) -> dict[str, int]:
        """Number of rows left out, by reason."""
        counts = np.bincount(self._excluded, minlength=len(self._exclusions) + 1)[1:]
        found: dict[str, int] = {}
        for (reason, _), count in zip(self._exclusions, counts, strict=True):
            found[reason] = found.get(reason, 0) + int(count)
        return found

    def reasons(self) -> pd.DataFrame:
        """Of each row held back, in order: `reason` (the first found), `reasons` and `columns` (joined by commas).

        Where others hold it back, a reason that a decision set aside is still among them.
        """
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
        places, found = combinations([numbers[rows] for _, numbers, _ in self._warned], int(rows.sum()))
        said = [(AND.join(dict.fromkeys(self._warned[n][0][value - 1] for n, value in one)),) for one in found]
        return _spread(said, places, ["warnings"])["warnings"]

    def lines(self) -> Iterator[tuple[str, str, str, Places]]:
        """Everything that is said: outcome, reason, columns, and the rows it is said of."""
        for number, (reason, columns) in enumerate(self._exclusions, start=1):
            yield "excluded", reason, columns, np.flatnonzero(self._excluded == number)
        held, said = self.held, dict[tuple[str, str], Flags]()
        for reason, columns, where in self._found:
            yield "quarantined", reason, columns, _first_time(said, (reason, columns), where & held)
        rows = self.open
        for reasons, numbers, columns in self._warned:
            marked = np.where(rows, numbers, 0)
            if marked.any():
                for number, reason in enumerate(reasons, start=1):
                    yield "warned", reason, columns, _first_time(said, (reason, ""), marked == number)

    def fate(self, place: int) -> Fate:
        """What became of one row."""
        number = int(self._excluded[place])
        found = dict.fromkeys(reason for reason, _, where in self._found if where[place])
        released = dict.fromkeys(reason for reason, where in self._set_aside if where[place])
        return Fate(self._exclusions[number - 1][0] if number else "", tuple(found), tuple(released))


def _first_time(said: dict[tuple[str, str], Flags], what: tuple[str, str], where: Flags) -> Places:
    """The rows of which a thing was not said before."""
    new = where & ~said[what] if what in said else where
    said[what] = said[what] | where if what in said else where
    places: Places = np.flatnonzero(new)
    return places


def _spread(told: Sequence[tuple[str, ...]], places: Places, names: list[str]) -> pd.DataFrame:
    columns: dict[str, Any] = {}
    for number, name in enumerate(names):
        columns[name] = Texts(pd.Series([one[number] for one in told], dtype="str"), places).series
    return pd.DataFrame(columns)
