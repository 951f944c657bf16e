"""Sheets of cells, and what is found in a file about each besides its cells."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lm_stats.spec import Fault, Problem
from lm_stats.stage.wording import shown

# what stands for a formula whose result was never stored; no error value of any spreadsheet program
NO_VALUE = "#NO VALUE"
ERROR_TEXTS = (
    "#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!", "#GETTING_DATA", NO_VALUE,
)  # fmt: skip
CELLS_LIMIT = 25_000_000
# rows that a sheet of the usual formats has
LAST_ROWS = (1_048_576, 65_536)

Cell = str | int | float | bool | dt.date | dt.datetime | dt.time | dt.timedelta


@dataclass(frozen=True)
class Sheet:
    """One sheet of a workbook, one table of a web page, or a CSV file.

    Attributes:
        name: Name of the sheet; empty for a CSV file.
        rows: Rows of cells, all of the same length; an empty cell is an empty text, an error value or a formula
            without a result one of `ERROR_TEXTS`.
        numbers: Row number of each row, from 1, as a spreadsheet program or an editor shows it.
        merged: Merged ranges as first row, first column, last row, last column, from 0.
        lengths: Number of cells that each row of a CSV file has, as delivered.
        spans: Number of lines that each row of a CSV file takes.
        hidden: Whether the sheet is hidden.
        pivot: Whether most of its filled cells are those of pivot tables.
        title: Name of the sheet that it is a part of, where it is named after its columns; else empty.
        above: What the rows above say that hold little else, from top to bottom, where it is a part of a sheet.
        since_1904: Whether its numbers of days count from 1904, not from 1900.
    """

    name: str
    rows: Sequence[Sequence[Cell]]
    numbers: Sequence[int]
    merged: tuple[tuple[int, int, int, int], ...] = ()
    lengths: Sequence[int] = ()
    spans: Sequence[int] = ()
    hidden: bool = False
    pivot: bool = False
    title: str = ""
    above: tuple[str, ...] = ()
    since_1904: bool = False


@dataclass
class Scan:
    """What is found in a sheet before its cells are read. Rows and columns count from 0.

    Attributes:
        rows: Number of rows to the last filled one.
        columns: Number of columns to the last filled one, at least.
        errors: Error values and formulas without a result, by row and column.
        hidden_rows: First and last of each run of hidden rows.
        hidden_columns: First and last of each run of hidden columns.
        is_filtered: Whether a filter is active.
        formats: Row, column and format of cells that are coloured or struck through, as far as `formats_end`.
        formats_end: The row at which formats were no longer noted, because they are too many.
        pivots: Ranges of pivot tables, as first row, first column, last row, last column.
        extras: What the sheet holds besides the values of its cells, with counts.
    """

    rows: int = 0
    columns: int = 0
    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    hidden_rows: list[tuple[int, int]] = field(default_factory=list)
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)
    is_filtered: bool = False
    formats: list[tuple[int, int, str]] = field(default_factory=list)
    formats_end: int | None = None
    pivots: list[tuple[int, int, int, int]] = field(default_factory=list)
    extras: Counter[str] = field(default_factory=Counter)

    def note_format(self, row: int, column: int, form: str) -> None:
        """Note how a cell is formatted, unless there are too many."""
        if len(self.formats) < _FORMATS:
            self.formats.append((row, column, form))
        elif self.formats_end is None:
            self.formats_end = row


# formatted cells of a sheet that are looked at: more would take longer than reading them
_FORMATS = 200_000


@dataclass
class BookScan:
    """What is found in a workbook before it is read.

    Attributes:
        sheets: What is found in each sheet, by its name.
        extras: What the workbook holds besides its sheets, with counts.
        since_1904: Whether it counts days from 1904.
    """

    sheets: dict[str, Scan] = field(default_factory=dict)
    extras: Counter[str] = field(default_factory=Counter)
    since_1904: bool = False

    def check_extent(self, path: Path) -> None:
        """See that there is memory for the sheets, of formats whose sheets are all read at once.

        Raises:
            Fault: If there is not.
        """
        for name, scan in self.sheets.items():
            if scan.rows * scan.columns > CELLS_LIMIT:
                raise is_too_wide(path, name, scan.rows, scan.columns)
        if sum(scan.rows * scan.columns for scan in self.sheets.values()) > 2 * CELLS_LIMIT:
            what = "the sheets together span more cells than can be read, because cells far from the tables are filled"
            raise Fault(Problem(path.name, what, "Delete the cells that are none of the tables, or divide the file."))


def is_too_wide(path: Path, name: str, rows: int, columns: int) -> Fault:
    """The fault of a sheet that spans more cells than can be read."""
    return Fault(
        Problem(
            f"{path.name}, sheet {shown(name)}",
            f"the sheet spans {rows} rows and {columns} columns, because a cell far from the table is filled",
            "Delete the columns right of the table and the rows below it, save the workbook and deliver it again.",
        )
    )


def describe_count(count: int, what: str = "row") -> str:
    """How many there are, as a sentence begins with it."""
    return f"{count} {what} is" if count == 1 else f"{count} {what}s are"
