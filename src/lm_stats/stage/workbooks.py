"""Workbooks to sheets of cells, and what is to be said of what they hold besides."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from python_calamine import CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

from lm_stats.handover import is_returned
from lm_stats.spec import Fault, Problem
from lm_stats.stage.faults import cannot_open, damaged, has_password, unless_stopped
from lm_stats.stage.marks import count_marked_rows
from lm_stats.stage.sheets import CELLS_LIMIT, LAST_ROWS, BookScan, Cell, Scan, Sheet, describe_count, is_too_wide
from lm_stats.stage.sheets_ods import scan_ods
from lm_stats.stage.sheets_xls import scan_xls
from lm_stats.stage.sheets_xlsb import scan_xlsb
from lm_stats.stage.sheets_xlsx import scan_xlsx
from lm_stats.stage.texts import is_full
from lm_stats.stage.wording import shown

_LAST_COLUMN = 16_384
_BELONG = "Ask the office whether they belong."


def scan_workbook(path: Path, file: BinaryIO, kind: str) -> BookScan:
    """Look through a workbook before it is read.

    Args:
        path: The file, for messages.
        file: The open file.
        kind: `xlsx`, `xlsb`, `xls` or `ods`.

    Raises:
        Fault: If it is damaged.
    """
    try:
        if kind == "xls":
            return scan_xls(path, file)
        with zipfile.ZipFile(file) as archive:
            return {"xlsx": scan_xlsx, "xlsb": scan_xlsb, "ods": scan_ods}[kind](path, archive)
    except Fault:
        raise
    except Exception as error:
        raise damaged(path) from error


def open_workbook(path: Path, file: BinaryIO) -> CalamineWorkbook:
    """Open a workbook by its content.

    Args:
        path: The file, for messages.
        file: The open file; the workbook reads from it later, too.

    Raises:
        Fault: If it is protected by a password or damaged.
    """
    file.seek(0)
    try:
        return CalamineWorkbook.from_filelike(file)
    except PasswordError as error:
        raise has_password(path) from error
    except BaseException as error:
        raise unless_stopped(error, damaged(path)) from error


def read_workbook(path: Path, kind: str, warnings: list[Problem]) -> Iterator[Sheet]:
    """Read the sheets of a workbook one after the other.

    Args:
        path: The file.
        kind: Its format (see `find_format`).
        warnings: What a person should know is added here.

    Raises:
        Fault: If it is damaged, or spans more cells than can be read.
    """
    try:
        with path.open("rb") as file:
            book = scan_workbook(path, file, kind)
            if kind in ("xls", "ods"):
                book.check_extent(path)
            workbook = open_workbook(path, file)
            warnings += _describe_book(path, book)
            # what we coloured ourselves, when we gave it back, means nothing
            was_returned = False
            for about in workbook.sheets_metadata:
                if about.typ != SheetTypeEnum.WorkSheet:
                    continue
                scan = book.sheets.get(about.name, Scan())
                beyond = scan.rows > LAST_ROWS[0] or scan.columns > _LAST_COLUMN
                if beyond or scan.rows * scan.columns > CELLS_LIMIT:
                    raise is_too_wide(path, about.name, scan.rows, scan.columns)
                hidden = about.visible != SheetVisibleEnum.Visible
                sheet = replace(_read_sheet(path, workbook, about.name, scan, hidden), since_1904=book.since_1904)
                was_returned |= is_returned(sheet.name, sheet.rows)
                if sheet.rows and not is_returned(sheet.name, sheet.rows):
                    warnings += _describe_sheet(path, sheet, scan, was_returned)
                yield sheet
    except OSError as error:
        raise cannot_open(path, error) from error


def _read_sheet(path: Path, workbook: CalamineWorkbook, name: str, scan: Scan, hidden: bool) -> Sheet:
    try:
        sheet = workbook.get_sheet_by_name(name)
        height, width = sheet.total_height + 1, sheet.total_width + 1
        if height * width > CELLS_LIMIT:
            raise is_too_wide(path, name, height, width)
        rows: list[list[Cell]] = sheet.to_python(skip_empty_area=False)
        ranges = sheet.merged_cell_ranges or []
    except Fault:
        raise
    except BaseException as error:
        raise unless_stopped(error, damaged(path, shown(name))) from error
    if scan.errors:
        _put_errors(path, name, rows, scan)
    merged = tuple((top, left, bottom, right) for (top, left), (bottom, right) in ranges)
    pivot = bool(scan.pivots) and _is_pivot(rows, scan.pivots)
    return Sheet(name, rows, range(1, len(rows) + 1), merged, hidden=hidden, pivot=pivot)


def _put_errors(path: Path, name: str, rows: list[list[Cell]], scan: Scan) -> None:
    """Put error values into their cells, which the reader of workbooks gives as empty ones, or not at all."""
    height = max(len(rows), max(row for row, _ in scan.errors) + 1)
    width = max(len(rows[0]) if rows else 0, max(column for _, column in scan.errors) + 1)
    if height * width > CELLS_LIMIT:
        raise is_too_wide(path, name, height, width)
    if rows and width > len(rows[0]):
        for cells in rows:
            cells.extend([""] * (width - len(cells)))
    rows.extend([""] * width for _ in range(height - len(rows)))
    for (row, column), text in scan.errors.items():
        if rows[row][column] == "":
            rows[row][column] = text


def _is_pivot(rows: Sequence[Sequence[Cell]], pivots: Sequence[tuple[int, int, int, int]]) -> bool:
    """Whether at least half of the filled cells are those of pivot tables."""
    inside = filled = 0
    for number, row in enumerate(rows):
        own = [(left, right) for top, left, bottom, right in pivots if top <= number <= bottom]
        for column, cell in enumerate(row):
            if cell != "":
                filled += 1
                inside += any(left <= column <= right for left, right in own)
    return inside * 2 >= filled > 0


def _describe_book(path: Path, book: BookScan) -> list[Problem]:
    problems = []
    if book.extras["macros"]:
        what = "the workbook holds macros, which were not run"
        problems.append(Problem(path.name, what, "Ask the office for a workbook without macros."))
    links = book.extras["external links"] + sum(scan.extras["external links"] for scan in book.sheets.values())
    if links or book.extras["connections to data"]:
        what = "the workbook takes values from other files or addresses, which were not opened; stored values were read"
        problems.append(Problem(path.name, what, "Ask the office whether these values were up to date."))
    return problems


def _describe_sheet(path: Path, sheet: Sheet, scan: Scan, was_returned: bool) -> list[Problem]:
    where = f"{path.name}, sheet {shown(sheet.name)}"
    problems = []
    if sheet.hidden:
        problems.append(Problem(where, "the sheet is hidden and was read", "Ask the office whether it belongs."))
    rows = count_within(scan.hidden_rows, len(sheet.rows))
    if rows:
        why = "by an active filter" if scan.is_filtered else "perhaps by a filter"
        problems.append(Problem(where, f"{describe_count(rows)} hidden, {why}, and read all the same", _BELONG))
    columns = count_within(scan.hidden_columns, len(sheet.rows[0]))
    if columns:
        problems.append(Problem(where, f"{describe_count(columns, 'column')} hidden, and read all the same", _BELONG))
    marked = 0 if was_returned else count_marked_rows(sheet.rows, scan)
    if marked:
        least = "" if scan.formats_end is None else "at least "
        count = f"{least}{describe_count(marked)}"
        what = f"formatting is present and was not read: {count} coloured or struck through unlike most"
        do = "Ask the office what it means (cancelled, for example), and to write it in a column."
        problems.append(Problem(where, what, do))
    if len(sheet.rows) in LAST_ROWS:
        problems.append(is_full(where))
    return problems


def count_within(runs: Sequence[tuple[int, int]], size: int) -> int:
    """How many of the first rows or columns are in any of the runs."""
    found = end = 0
    for first, last in sorted(runs):
        found += max(0, min(last + 1, size) - max(first, end))
        end = max(end, min(last + 1, size))
    return found
