"""Delivered files, whose bytes are the same for the same cells wherever they are written."""

from __future__ import annotations

import csv
import datetime as dt
import io
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from lm_stats.simulate.appearance import BYTE_ORDER_MARK, PLAIN, UTF16, Appearance
from lm_stats.simulate.design import Register, Text, Workbook
from lm_stats.spec import SYNTHETIC_STATEMENT, Source

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

_EPOCH = dt.date(1899, 12, 30).toordinal()
_CREATED = dt.datetime(2000, 1, 1)
# the column in which a cell may be merged with the one above
MERGED = "employer"
# what a clerk keeps beside the records
_CODES_ASIDE = (("Code", "Meaning"), ("1", "Filed in room 12"), ("2", "Filed in room 14"), ("3", "With the archive"))


@dataclass(frozen=True)
class Formula:
    """A cell of a workbook that is computed.

    Attributes:
        text: The formula.
        value: What it came to when it was last computed: a number, a date or a text; None: it never was.
    """

    text: str
    value: object


@dataclass(frozen=True)
class ErrorValue:
    """A cell whose formula could not be computed.

    Attributes:
        text: The error as it is shown, `#REF!`.
    """

    text: str


def headings_of(source: Source) -> dict[str, str]:
    """The newest heading by concept, in the order of the columns."""
    return {concept: headings[0] for concept, headings in source.columns.items()}


def columns_of(source: Source, look: Appearance = PLAIN) -> dict[str, str]:
    """The heading as it is written by concept, all its levels, in the order of the columns."""
    headings = headings_of(source)
    return {name: look.renamed.get(headings[name], headings[name]) for name in look.order or headings}


def sheet_of(layout: Workbook, year: int, look: Appearance = PLAIN) -> str:
    """The name of the sheet that a year stands on."""
    if year in look.stacked:
        return " and ".join(map(str, look.stacked))
    return look.named.get(year, layout.sheet.format(year=year))


def addresses(
    register: Register, years: pd.Series, look: Appearance = PLAIN, breaks: Sequence[int] | None = None
) -> pd.DataFrame:
    """Where rows stand in the file.

    Args:
        register: The register.
        years: Year of each row, in the order of the file; the years of a workbook follow one another.
        look: What is unusual about the file.
        breaks: Line breaks in the cells of each row, which take lines of a text file; none where there are none.

    Returns:
        A frame of the same index: `source_sheet` (empty where the file has none), `source_row` (from 1).
    """
    layout = register.layout
    if isinstance(layout, Text):
        first = 2 + look.tells_delimiter
        taken = np.zeros(len(years), dtype=np.int64) if breaks is None else np.asarray(breaks, dtype=np.int64)
        lines = np.arange(len(years)) + first + np.cumsum(taken) - taken
        return pd.DataFrame({"source_sheet": "", "source_row": lines}, index=years.index)
    sheets = years.map({year: sheet_of(layout, int(year), look) for year in years.unique()})
    rows = years.groupby(sheets).cumcount() + _first_row(layout, look) + 1
    # rows that hold only a year
    for year in look.stacked:
        rows += (years >= year) & years.isin(look.stacked)
    return pd.DataFrame({"source_sheet": sheets, "source_row": rows}, index=years.index)


def written(cell: object, register: Register, decimal: str) -> str:
    """A cell as a reader of the file finds it: dates of a workbook in ISO form, an empty cell as ''."""
    return _as_text(cell, register.layout, decimal) if isinstance(register.layout, Text) else plain(cell)


def plain(cell: object) -> str:
    """A value as text: dates in ISO form, whole numbers without decimals, nothing for None, formulas as their value."""
    if isinstance(cell, Formula):
        return plain(cell.value)
    if isinstance(cell, ErrorValue):
        return cell.text
    if cell is None:
        return ""
    if isinstance(cell, dt.date):
        return cell.isoformat()
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)


def write_file(
    path: Path,
    register: Register,
    source: Source,
    period: str,
    cells: pd.DataFrame,
    years: pd.Series,
    look: Appearance = PLAIN,
) -> None:
    """Write a register.

    Args:
        path: The file; it must not exist.
        register: The register.
        source: Its source: headings and decimal mark.
        period: Period of the delivery.
        cells: Cells by concept, in the order of the file (see `lm_stats.simulate.cells`).
        years: Year of each row.
        look: What is unusual about the file.
    """
    if isinstance(register.layout, Text):
        _write_text(path, register.layout, source, cells, look)
    else:
        _write_workbook(path, register.layout, source, period, cells, years, look)


def _as_text(cell: object, layout: Text, decimal: str) -> str:
    if cell is None:
        return ""
    if isinstance(cell, dt.date):
        return cell.strftime(layout.dates)
    if isinstance(cell, float):
        return f"{cell:.{layout.decimals}f}".replace(".", decimal)
    return plain(cell) if isinstance(cell, ErrorValue | Formula) else str(cell)


def _write_text(path: Path, layout: Text, source: Source, cells: pd.DataFrame, look: Appearance) -> None:
    encoding, delimiter = look.encoding or layout.encoding, look.delimiter or layout.delimiter
    with path.open("x", encoding=encoding, newline="") as file:
        if encoding == UTF16:
            file.write(BYTE_ORDER_MARK)
        if look.tells_delimiter:
            file.write(f"sep={delimiter}{look.line_end}")
        writer = csv.writer(file, delimiter=delimiter, lineterminator=look.line_end)
        written_as = columns_of(source, look)
        writer.writerow([*map(look.heading, written_as.values()), layout.remarks])
        columns = [cells[name].tolist() for name in written_as]
        for place, row in enumerate(zip(*columns, strict=True)):
            remark = SYNTHETIC_STATEMENT + "\0" * (place == look.zero_in)
            writer.writerow([*(_as_text(cell, layout, source.decimal) for cell in row), remark])
        file.write(look.line_end * look.blank_lines)


def _first_row(layout: Workbook, look: Appearance) -> int:
    """Rows above the first record: logo, titles, the statement, a blank one, two rows of headings."""
    return look.logo_rows + len(layout.titles) + 4


def _write_workbook(
    path: Path,
    layout: Workbook,
    source: Source,
    period: str,
    cells: pd.DataFrame,
    years: pd.Series,
    look: Appearance,
) -> None:
    import xlsxwriter

    # constant memory writes row after row to disk, so a long register needs no more than a short one
    with xlsxwriter.Workbook(str(path), {"constant_memory": True, "strings_to_urls": False}) as book:
        book.set_properties(
            {"title": source.title, "comments": SYNTHETIC_STATEMENT, "created": _CREATED, "keywords": "synthetic"}
        )
        formats = {
            "title": book.add_format({"bold": True, "font_size": 13}),
            "mark": book.add_format({"italic": True}),
            "group": book.add_format({"bold": True, "align": "center", "border": 1, "bg_color": "#D9E2E8"}),
            "heading": book.add_format({"bold": True, "border": 1, "text_wrap": True}),
            "date": book.add_format({"num_format": layout.dates}),
            "total": book.add_format({"bold": True, "top": 1}),
        }
        if look.looks:
            struck = {"font_strikeout": True, "bg_color": "#F4B183"}
            formats["struck"] = book.add_format(struck)
            formats["struck date"] = book.add_format({**struck, "num_format": layout.dates})
        if look.notes:
            _write_notes(book.add_worksheet(layout.notes))
        for year in look.years or sorted(years.unique()):
            together = look.stacked if year in look.stacked else (year,)
            if year != together[0]:
                continue
            sheet = book.add_worksheet(sheet_of(layout, int(year), look))
            own = np.flatnonzero(years.isin(together))
            words = {"year": " and ".join(map(str, together)), "period": period}
            above = {int(np.flatnonzero(years == one)[0]): one for one in together if year in look.stacked}
            one_sheet = _Sheet(sheet, formats, layout, source, look, words, int(year), above)
            one_sheet.write(cells.iloc[own], own.tolist())
        if look.notes:
            # a workbook opens on a sheet that is seen
            sheet.activate()
            sheet.set_first_sheet()
            book.get_worksheet_by_name(layout.notes).hide()
        if look.summary:
            _write_summary(book.add_worksheet(layout.summary), years)


@dataclass
class _Sheet:
    """The sheet of a year."""

    sheet: Worksheet
    formats: dict[str, Any]
    layout: Workbook
    source: Source
    look: Appearance
    words: dict[str, str]
    year: int
    years_above: dict[int, int]

    def write(self, cells: pd.DataFrame, places: Sequence[int]) -> None:
        """Write headings, rows, total and footer; `places` are those of the rows in the file."""
        sheet, layout = self.sheet, self.layout
        extra = [layout.remarks] + [layout.checked] * self.look.checked
        written_as = columns_of(self.source, self.look)
        headings = [heading.rpartition(" / ") for heading in written_as.values()]
        headings += [("", "", heading) for heading in extra]
        last = len(headings) - 1
        sheet.set_column(0, last, 16)
        if self.look.hidden_column:
            column = list(written_as).index(self.look.hidden_column)
            sheet.set_column(column, column, 16, None, {"hidden": True})
        top = _first_row(layout, self.look) - 2
        self._write_head(headings, top)
        row = top + 2
        columns = [cells[name].tolist() for name in written_as]
        remark = len(columns)
        aside = _CODES_ASIDE if self.look.beside == self.year else ()
        for place, values in zip(places, zip(*columns, strict=True), strict=True):
            manner = self.look.looks.get(place, "")
            if place in self.years_above:
                sheet.write_number(row, 0, self.years_above[place])
                row += 1
            if manner == "hidden":
                sheet.set_row(row, None, None, {"hidden": True})
            for column, cell in enumerate(values):
                if cell is not None:
                    self._write_cell(row, column, cell, manner)
            if manner == "merged":
                column = list(written_as).index(MERGED)
                # only marked: the cells themselves are written row after row
                sheet.merge.append([row - 1, column, row, column])
            sheet.write_string(row, remark, SYNTHETIC_STATEMENT)
            if self.look.checked and place % 3 == 0:
                sheet.write_string(row, last, "x")
            for column, text in enumerate(aside[row - top - 2] if row - top - 2 < len(aside) else (), start=last + 2):
                sheet.write_string(row, column, text)
            row += 1
        if any(self.look.looks.get(place) == "hidden" for place in places):
            sheet.autofilter(top + 1, 0, row - 1, remark - 1)
        if layout.total:
            sheet.write_string(row, 0, layout.total, self.formats["total"])
            for column, name in enumerate(written_as):
                if name in ("workers", "fee"):
                    numbers = [cell for cell in cells[name] if isinstance(cell, int | float)]
                    sheet.write_number(row, column, sum(numbers), self.formats["total"])
            row += 1
        for line in layout.footer:
            row += 1
            sheet.write_string(row, 0, line.format(**self.words))
        sheet.freeze_panes(top + 2, 1)

    def _write_head(self, headings: Sequence[tuple[str, str, str]], top: int) -> None:
        sheet, layout, formats, above = self.sheet, self.layout, self.formats, self.look.logo_rows
        last = len(headings) - 1
        if above:
            sheet.insert_image(0, 0, "logo.png", {"image_data": io.BytesIO(_picture())})
        for row, title in enumerate(layout.titles, start=above):
            sheet.merge_range(row, 0, row, min(7, last), title.format(**self.words), formats["title"])
        row = above + len(layout.titles)
        sheet.merge_range(row, 0, row, min(7, last), SYNTHETIC_STATEMENT, formats["mark"])
        start = 0
        while start <= last:
            end = start
            while end < last and headings[start][0] and headings[end + 1][0] == headings[start][0]:
                end += 1
            if end > start and self.look.unmerged != self.year:
                sheet.merge_range(top, start, top, end, headings[start][0], formats["group"])
            elif headings[start][0]:
                sheet.write_string(top, start, headings[start][0], formats["group"])
            start = end + 1
        for column, (_, _, heading) in enumerate(headings):
            sheet.write_string(top + 1, column, self.look.heading(heading), formats["heading"])

    def _write_cell(self, row: int, column: int, cell: object, manner: str) -> None:
        look = self.formats["struck"] if manner == "struck" else None
        if isinstance(cell, Formula):
            value = cell.value
            if isinstance(value, dt.date):
                look, value = self._date_format(manner), value.toordinal() - _EPOCH
            self.sheet.write_formula(row, column, cell.text, look, "" if value is None else value)
        elif isinstance(cell, ErrorValue):
            self.sheet.write_formula(row, column, f"={cell.text}", look, cell.text)
        elif type(cell) is str:
            self.sheet.write_string(row, column, cell, look)
        elif type(cell) is dt.date:
            self.sheet.write_number(row, column, cell.toordinal() - _EPOCH, self._date_format(manner))
        else:
            self.sheet.write_number(row, column, cell, look)

    def _date_format(self, manner: str) -> Any:
        return self.formats["struck date" if manner == "struck" else "date"]


def _write_notes(sheet: Worksheet) -> None:
    for row, line in enumerate((SYNTHETIC_STATEMENT, "Files are kept in room 12.", "Ask for the old numbers.")):
        sheet.write_string(row, 0, line)


def _write_summary(sheet: Worksheet, years: pd.Series) -> None:
    """Counts by year, as a pivot table shows them."""
    sheet.write_string(0, 0, SYNTHETIC_STATEMENT)
    sheet.write_string(2, 0, "Row labels")
    sheet.write_string(2, 1, "Count of records")
    row = 3
    for year, count in years.value_counts().sort_index().items():
        sheet.write_number(row, 0, int(str(year)))
        sheet.write_number(row, 1, int(count))
        row += 1
    sheet.write_string(row, 0, "Grand Total")
    sheet.write_number(row, 1, len(years))


def _picture() -> bytes:
    """A grey square of 16 pixels as PNG (ISO/IEC 15948)."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", 16, 16, 8, 0, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\0" + b"\x99" * 16 for _ in range(16)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
