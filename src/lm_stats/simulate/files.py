"""Delivered files, whose bytes are the same for the same cells wherever they are written."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from lm_stats.simulate.design import Register, Text, Workbook
from lm_stats.spec import SYNTHETIC_STATEMENT, Source

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

_EPOCH = dt.date(1899, 12, 30).toordinal()
_CREATED = dt.datetime(2000, 1, 1)


def headings_of(source: Source) -> dict[str, str]:
    """The newest heading by concept, in the order of the columns."""
    return {concept: headings[0] for concept, headings in source.columns.items()}


def addresses(register: Register, years: pd.Series) -> pd.DataFrame:
    """Where rows stand in the file.

    Args:
        register: The register.
        years: Year of each row, in the order of the file; the years of a workbook follow one another.

    Returns:
        A frame of the same index: `source_sheet` (empty where the file has none), `source_row` (from 1).
    """
    layout = register.layout
    if isinstance(layout, Text):
        return pd.DataFrame({"source_sheet": "", "source_row": np.arange(len(years)) + 2}, index=years.index)
    sheets = years.map({year: layout.sheet.format(year=year) for year in years.unique()})
    rows = years.groupby(years).cumcount() + _first_row(layout) + 1
    return pd.DataFrame({"source_sheet": sheets, "source_row": rows}, index=years.index)


def written(cell: object, register: Register, decimal: str) -> str:
    """A cell as a reader of the file finds it: dates of a workbook in ISO form, an empty cell as ''."""
    return _as_text(cell, register.layout, decimal) if isinstance(register.layout, Text) else plain(cell)


def plain(cell: object) -> str:
    """A value as text: dates in ISO form, whole numbers without decimals, nothing for None."""
    if cell is None:
        return ""
    if isinstance(cell, dt.date):
        return cell.isoformat()
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)


def write_file(
    path: Path, register: Register, source: Source, period: str, cells: pd.DataFrame, years: pd.Series
) -> None:
    """Write a register.

    Args:
        path: The file; it must not exist.
        register: The register.
        source: Its source: headings and decimal mark.
        period: Period of the delivery.
        cells: Cells by concept, in the order of the file (see `lm_stats.simulate.cells`).
        years: Year of each row.
    """
    if isinstance(register.layout, Text):
        _write_text(path, register.layout, source, cells)
    else:
        _write_workbook(path, register.layout, source, period, cells, years)


def _as_text(cell: object, layout: Text, decimal: str) -> str:
    if cell is None:
        return ""
    if isinstance(cell, dt.date):
        return cell.strftime(layout.dates)
    if isinstance(cell, float):
        return f"{cell:.{layout.decimals}f}".replace(".", decimal)
    return str(cell)


def _write_text(path: Path, layout: Text, source: Source, cells: pd.DataFrame) -> None:
    with path.open("x", encoding=layout.encoding, newline="") as file:
        writer = csv.writer(file, delimiter=layout.delimiter, lineterminator="\r\n")
        writer.writerow([*headings_of(source).values(), layout.remarks])
        columns = [cells[name].tolist() for name in source.columns]
        for row in zip(*columns, strict=True):
            writer.writerow([*(_as_text(cell, layout, source.decimal) for cell in row), SYNTHETIC_STATEMENT])


def _first_row(layout: Workbook) -> int:
    """Rows above the first record: titles, the statement, a blank one, two rows of headings."""
    return len(layout.titles) + 4


def _write_workbook(
    path: Path, layout: Workbook, source: Source, period: str, cells: pd.DataFrame, years: pd.Series
) -> None:
    import xlsxwriter

    # constant memory writes row after row to disk, so a long register needs no more than a short one
    with xlsxwriter.Workbook(str(path), {"constant_memory": True, "strings_to_urls": False}) as book:
        book.set_properties(
            {"title": source.title, "comments": SYNTHETIC_STATEMENT, "created": _CREATED, "keywords": "synthetic"}
        )
        look = {
            "title": book.add_format({"bold": True, "font_size": 13}),
            "mark": book.add_format({"italic": True}),
            "group": book.add_format({"bold": True, "align": "center", "border": 1, "bg_color": "#D9E2E8"}),
            "heading": book.add_format({"bold": True, "border": 1, "text_wrap": True}),
            "date": book.add_format({"num_format": layout.dates}),
            "total": book.add_format({"bold": True, "top": 1}),
        }
        for year in sorted(years.unique()):
            sheet = book.add_worksheet(layout.sheet.format(year=year))
            _write_sheet(sheet, look, layout, source, cells[years == year], {"year": str(year), "period": period})


def _write_sheet(
    sheet: Worksheet, look: dict[str, Any], layout: Workbook, source: Source, cells: pd.DataFrame, words: dict[str, str]
) -> None:
    headings = [heading.rpartition(" / ") for heading in headings_of(source).values()] + [("", "", layout.remarks)]
    last = len(headings) - 1
    sheet.set_column(0, last, 16)
    for row, title in enumerate(layout.titles):
        sheet.merge_range(row, 0, row, min(7, last), title.format(**words), look["title"])
    sheet.merge_range(len(layout.titles), 0, len(layout.titles), min(7, last), SYNTHETIC_STATEMENT, look["mark"])
    top = _first_row(layout) - 2
    start = 0
    while start <= last:
        end = start
        while end < last and headings[start][0] and headings[end + 1][0] == headings[start][0]:
            end += 1
        if end > start:
            sheet.merge_range(top, start, top, end, headings[start][0], look["group"])
        elif headings[start][0]:
            sheet.write_string(top, start, headings[start][0], look["group"])
        start = end + 1
    for column, (_, _, heading) in enumerate(headings):
        sheet.write_string(top + 1, column, heading, look["heading"])
    row = top + 2
    date = look["date"]
    columns = [cells[name].tolist() for name in source.columns]
    for values in zip(*columns, strict=True):
        for column, cell in enumerate(values):
            if cell is None:
                continue
            if type(cell) is str:
                sheet.write_string(row, column, cell)
            elif type(cell) is dt.date:
                sheet.write_number(row, column, cell.toordinal() - _EPOCH, date)
            else:
                sheet.write_number(row, column, cell)
        sheet.write_string(row, last, SYNTHETIC_STATEMENT)
        row += 1
    if layout.total:
        sheet.write_string(row, 0, layout.total, look["total"])
        for column, name in enumerate(source.columns):
            if name in ("workers", "fee"):
                numbers = [cell for cell in cells[name] if isinstance(cell, int | float)]
                sheet.write_number(row, column, sum(numbers), look["total"])
        row += 1
    for line in layout.footer:
        row += 1
        sheet.write_string(row, 0, line.format(**words))
    sheet.freeze_panes(top + 2, 1)
