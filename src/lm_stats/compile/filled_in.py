"""Lists that people fill in: written so that every spreadsheet can save them, read back however it was saved."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any

import xlsxwriter
from python_calamine import CalamineError, CalamineWorkbook

from lm_stats.compile.decided import text_of
from lm_stats.compile.spreadsheet import neutralise
from lm_stats.spec import Fault, Problem

WORKBOOK_OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
# lines above the names of the columns
_TOP = 10

Row = Sequence[str | int | float]


def write_filled_in(
    path: Path, above: Sequence[str], columns: Sequence[str], rows: Sequence[Row], write_workbook: Callable[[Any], None]
) -> None:
    """Write a list with empty columns for a person to fill in.

    Args:
        path: The file, `.xlsx` or `.csv`.
        above: Lines above the names of the columns, in a CSV file.
        columns: Names of the columns.
        rows: Cells of each row, in the order of the columns; those of a CSV file.
        write_workbook: Fills a new workbook of XlsxWriter.

    Raises:
        Fault: If the file cannot be written.
    """
    try:
        if path.suffix.casefold() == ".csv":
            _write_csv(path, above, columns, rows)
        else:
            with xlsxwriter.Workbook(str(path), WORKBOOK_OPTIONS) as book:
                write_workbook(book)
    except (OSError, xlsxwriter.exceptions.FileCreateError) as error:
        what = f"the file cannot be written ({type(error).__name__})"
        do = "Close it where it is open, check that there is room and that you may write there, and try again."
        raise Fault(Problem(path.name, what, do)) from error


def read_filled_in(
    path: Path, columns: Collection[str], command: str
) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Read a list that a person filled in: a workbook of any kind, or CSV as spreadsheets save it.

    Args:
        path: The file.
        columns: Columns that tell it from other files; lines and sheets before them are passed over.
        command: The command that wrote it, such as `coding review`.

    Returns:
        Names of the columns; number and texts of each line below. Days are written as ISO 8601.

    Raises:
        Fault: If it is no such file. Nothing of its content is told.
    """
    what = f"this is no list that the {command} wrote"
    do = f"Name the file that lm-stats {command} --out wrote, saved as .xlsx or as CSV in UTF-8."
    try:
        for lines in _read_csv(path, columns) if path.suffix.casefold() == ".csv" else _read_workbook(path):
            for place, (_, row) in enumerate(lines[:_TOP]):
                names = [cell.strip() for cell in row]
                if set(columns) <= set(names):
                    return names, lines[place + 1 :]
    except (OSError, ValueError, csv.Error, CalamineError):
        # their texts may hold cells
        raise Fault(Problem(path.name, f"{what}, or it is damaged", do)) from None
    raise Fault(Problem(path.name, what, do))


def _write_csv(path: Path, above: Sequence[str], columns: Sequence[str], rows: Sequence[Row]) -> None:
    # spreadsheets take it for UTF-8 by its first mark only
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerows([line] for line in above)
        writer.writerow(columns)
        writer.writerows([neutralise(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)


def _read_csv(path: Path, columns: Collection[str]) -> list[list[tuple[int, list[str]]]]:
    content, _ = text_of(path)
    lines = content.splitlines()[:_TOP]
    heading = next((line for line in lines if all(name in line for name in columns)), "")
    try:
        delimiter = csv.Sniffer().sniff(heading, delimiters=",;\t").delimiter
    except csv.Error:
        delimiter = ","
    reader = csv.reader(io.StringIO(content, newline=""), delimiter=delimiter)
    return [[(reader.line_num, row) for row in reader]]


def _read_workbook(path: Path) -> list[list[tuple[int, list[str]]]]:
    with path.open("rb") as file:
        book = CalamineWorkbook.from_filelike(file)
        sheets = [book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names]
    return [[(number, [_text(cell) for cell in row]) for number, row in enumerate(cells, start=1)] for cells in sheets]


def _text(cell: object) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, dt.datetime) and cell.time() == dt.time():
        # a spreadsheet makes a day of what was typed as one
        cell = cell.date()
    return "" if cell is None else str(cell)
