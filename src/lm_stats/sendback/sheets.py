"""The office's own sheets, cell by cell, with the problem cells coloured."""

from __future__ import annotations

import datetime as dt
import itertools
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from xlsxwriter.exceptions import OverlappingRange
from xlsxwriter.utility import xl_rowcol_to_cell

from lm_stats.handover import PARTIAL_HEADING, RETURNED_SHEETS, Original

MOST_SHEET_ROWS, MOST_SHEET_COLUMNS = 1_048_576, 16_384
MOST_CHARACTERS = 32_767
# from the least to the worst; a cell has the worst of those that are said of it
LEFT_OUT, LOOK, HELD = 1, 2, 3
TONES: Mapping[str, int] = {"excluded": LEFT_OUT, "warned": LOOK, "quarantined": HELD}
COLOURS: Mapping[int, str] = {LEFT_OUT: "#D9D9D9", LOOK: "#FFEB84", HELD: "#FF9C9C"}

_TEXT, _QUOTED, _DATE, _TIME_STAMP, _TIME, _DURATION, _LONG = range(1, 8)
_DATE_FORMATS = {"dmy": "dd/mm/yyyy", "mdy": "mm/dd/yyyy", "ymd": "yyyy-mm-dd"}
_NAME_LENGTH = 31
_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
# halves of pairs, and two characters that XML has not
_NOT_IN_XML = re.compile("[\ud800-\udfff\ufffe\uffff]")
# before it the count of days of a spreadsheet is off by one
_FIRST_DAY = dt.date(1900, 3, 1)
_DAY_ZERO = dt.date(1899, 12, 30).toordinal()
_LONGEST_NUMBER, _LONGEST_SHOWN = 10**15, 10**11
# ranges that are larger are no merged cells of a person
_MERGED_CELLS = 10_000
_WIDTH_FROM_ROWS, _NARROWEST, _WIDEST = 300, 9, 42
_FROZEN_ROWS = 20


@dataclass
class Styles:
    """The formats of a workbook, each made once.

    Args:
        book: The workbook.
        date_order: Order in which the office writes dates.
    """

    book: Any
    date_order: str
    _made: dict[tuple[int, int, bool], Any] = field(default_factory=dict)

    def cell(self, tone: int = 0, form: int = 0, heading: bool = False) -> Any:
        """The format of a cell of the office; none for one that needs none."""
        key = (tone, form, heading)
        if key == (0, 0, False):
            return None
        if key not in self._made:
            day = _DATE_FORMATS[self.date_order]
            numbers = {
                _TEXT: "@", _QUOTED: "@", _DATE: day, _TIME_STAMP: f"{day} hh:mm:ss", _TIME: "hh:mm:ss",
                _DURATION: "[h]:mm:ss", _LONG: "0",
            }  # fmt: skip
            given: dict[str, Any] = {}
            if form:
                given["num_format"] = numbers[form]
            if form == _QUOTED:
                # what begins like a formula stays a text also when somebody edits it
                given["quote_prefix"] = True
            if tone:
                given |= {"bg_color": COLOURS[tone], "border": 1 if tone > LEFT_OUT else 4, "border_color": "#7F7F7F"}
            if heading:
                given |= {"bold": True, "text_wrap": True, "valign": "top", "bottom": 1}
            self._made[key] = self.book.add_format(given)
        return self._made[key]


@dataclass
class Written:
    """What became of a sheet of the office.

    Attributes:
        rows: Rows written.
        cut: Cells that were too long and were cut.
        beyond: Whether rows or columns did not fit.
        headings: Heading of each column as the office writes it, levels joined by ` / `.
        first: First row (from 0) below the headings.
        last: Last row.
    """

    rows: int = 0
    cut: list[str] = field(default_factory=list)
    beyond: bool = False
    headings: dict[int, str] = field(default_factory=dict)
    first: int = 0
    last: int = -1


# of the row of a delivered file and its cells: the tone of the row, the tones of single cells
Marking = Callable[[int, int, Sequence[object]], tuple[int, Mapping[int, int]] | None]


def write_sheet(
    sheet: Any, styles: Styles, original: Original, mark: Marking, *, partial: bool, most_rows: int
) -> Written:
    """Write a sheet of the office: the same rows and columns at the same addresses.

    A sheet of a workbook keeps its row numbers; the lines of any other file stand one after the other, the names of
    columns first.

    Args:
        sheet: An empty worksheet.
        styles: The formats.
        original: What the office wrote.
        mark: Asked for every row with its number in the delivered file, its place (row here, from 0) and its cells;
            gives tones, or nothing where nothing is said of it.
        partial: Whether only headings and marked rows are written, below each other, with their row numbers.
        most_rows: Rows that a file that is no workbook may have here.
    """
    put = _Put(sheet, styles, shift=int(partial))
    found = put.written
    lines = iter(original.lines)
    start = next(lines, None)
    if start is None:
        return found
    stands = bool(original.sheet) and start[0] > 0 and not partial
    limit = MOST_SHEET_ROWS if stands else min(most_rows + len(original.header), MOST_SHEET_ROWS)
    # the headings of a table beside the first may stand in a row of records
    again = [row for table in original.others if table.name == original.sheet for row in table.header]
    header = frozenset((*original.header, *again))
    levels: dict[int, Sequence[object]] = {}
    if stands:
        _merge(sheet, original.merged)
    at = 0
    for number, cells in itertools.chain((start,), lines):
        place = max(number - 1, at) if stands else at
        if place >= limit:
            found.beyond = True
            if not partial:
                break
            continue
        if number in header:
            if not levels:
                # titles above are not what columns are as wide as
                put.widths.clear()
            levels[number] = cells
            if partial:
                put.one(place, -1, PARTIAL_HEADING, 0, True)
            put.heading(place, cells)
        else:
            marked = mark(number, place, cells)
            if marked is None and partial:
                continue
            if partial:
                put.one(place, -1, number, 0, False)
            if marked is None:
                put.plain(place, cells)
            else:
                put.marked(place, cells, *marked)
        found.rows += 1
        at = place + 1
        found.last = place
    run = _first_run(original.header, levels)
    found.headings = _names(run, levels, original)
    below = (run[-1] if stands else len(run)) if run else 0
    found.first = below
    if 0 < below <= _FROZEN_ROWS:
        sheet.freeze_panes(below, int(partial))
        sheet.repeat_rows(0, below - 1)
    for column, width in put.widths.items():
        sheet.set_column(column, column, min(max(width + 1, _NARROWEST), _WIDEST))
    sheet.ignore_errors({"number_stored_as_text": f"A1:XFD{MOST_SHEET_ROWS}"})
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.set_footer("&L&A&R&P / &N")
    if original.hidden:
        sheet.hide()
    return found


class _Put:
    """Puts values into cells by their type: a text always as a text."""

    def __init__(self, sheet: Any, styles: Styles, shift: int) -> None:
        self._sheet, self._styles, self._shift = sheet, styles, shift
        self._plain_formats = {form: styles.cell(0, form) for form in (0, _TEXT, _QUOTED, _DATE)}
        self.written = Written()
        self.widths: dict[int, int] = {}

    def plain(self, row: int, cells: Sequence[object]) -> None:
        """A row that nothing is said of: the innermost loop."""
        write, number, formats = self._sheet.write_string, self._sheet.write_number, self._plain_formats
        shift = self._shift
        for column, value in enumerate(cells, start=shift):
            if value == "":
                continue
            if column >= MOST_SHEET_COLUMNS:
                self.written.beyond = True
            elif type(value) is str and len(value) < 256 and value.isascii():
                write(row, column, _safe(value), formats[_form_of(value)])
            elif type(value) is dt.date and value >= _FIRST_DAY:
                number(row, column, value.toordinal() - _DAY_ZERO, formats[_DATE])
            elif type(value) is float and -_LONGEST_SHOWN < value < _LONGEST_SHOWN:
                number(row, column, value)
            else:
                self.one(row, column - shift, value, 0, False)
        if row < _WIDTH_FROM_ROWS:
            self._measure(cells, False)

    def marked(self, row: int, cells: Sequence[object], tone: int, tones: Mapping[int, int]) -> None:
        """A row of which, or of some cells of which, something is said."""
        for column in range(max(len(cells), max(tones, default=-1) + 1)):
            value = cells[column] if column < len(cells) else ""
            self.one(row, column, value, max(tone, tones.get(column, 0)), False)
        self._measure(cells, False)

    def heading(self, row: int, cells: Sequence[object]) -> None:
        """A row of headings."""
        for column, value in enumerate(cells):
            self.one(row, column, value, 0, True)
        self._measure(cells, True)

    def one(self, row: int, column: int, value: object, tone: int, heading: bool) -> None:
        """One cell; `column` is that of the delivered file."""
        sheet, styles, at = self._sheet, self._styles, column + self._shift
        if at >= MOST_SHEET_COLUMNS:
            self.written.beyond = True
            return
        value = _as_plain(value)
        if value is None or value == "":
            if tone:
                sheet.write_blank(row, at, None, styles.cell(tone))
        elif isinstance(value, str):
            text = self._fitting(value, row, at)
            sheet.write_string(row, at, text, styles.cell(tone, _form_of(text), heading))
        elif isinstance(value, bool):
            sheet.write_boolean(row, at, value, styles.cell(tone, 0, heading))
        elif isinstance(value, (int, float)):
            form = _LONG if abs(value) >= _LONGEST_SHOWN and value == int(value) else 0
            sheet.write_number(row, at, value, styles.cell(tone, form, heading))
        elif isinstance(value, dt.datetime):
            sheet.write_datetime(row, at, value, styles.cell(tone, _TIME_STAMP, heading))
        elif isinstance(value, dt.date):
            sheet.write_datetime(row, at, value, styles.cell(tone, _DATE, heading))
        elif isinstance(value, dt.time):
            sheet.write_datetime(row, at, value, styles.cell(tone, _TIME, heading))
        elif isinstance(value, dt.timedelta):
            sheet.write_datetime(row, at, value, styles.cell(tone, _DURATION, heading))

    def _fitting(self, text: str, row: int, column: int) -> str:
        if not text.isascii():
            text = _NOT_IN_XML.sub("\ufffd", text)
        if len(text) * 2 > MOST_CHARACTERS and len(text.encode("utf-16-le")) // 2 > MOST_CHARACTERS:
            self.written.cut.append(xl_rowcol_to_cell(row, column))
            text = text.encode("utf-16-le")[: 2 * MOST_CHARACTERS].decode("utf-16-le", "ignore")
        return _safe(text)

    def _measure(self, cells: Sequence[object], heading: bool) -> None:
        for column, value in enumerate(cells, start=self._shift):
            if value == "":
                continue
            if isinstance(value, str):
                # headings are wrapped
                parts = value[:400].split() if heading else value[:400].splitlines()
                width = max(map(len, parts), default=0)
            else:
                width = 11 if isinstance(value, dt.date) else len(str(value))
            if width > self.widths.get(column, 0):
                self.widths[column] = width


def _form_of(text: str) -> int:
    first = text[0]
    if first.isalpha():
        return 0
    return _TEXT if first.isdigit() else _QUOTED


def _safe(text: str) -> str:
    # the writer takes a text between these marks for finished XML
    return f"{text} " if text.startswith("<r>") and text.endswith("</r>") else text


def _as_plain(value: object) -> object:
    """A value of one of the types that a cell can hold; a text where its own cannot be held exactly."""
    if value is None or isinstance(value, (str, bool)):
        return value
    if hasattr(value, "item") and not isinstance(value, (int, float)):
        value = value.item()
    if isinstance(value, Decimal):
        value = int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, int):
        return value if abs(value) < _LONGEST_NUMBER else str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else ""
    if isinstance(value, dt.datetime):
        if value != value:
            return ""
        value = value.replace(tzinfo=None)
        if value.date() < _FIRST_DAY:
            return value.isoformat(sep=" ")
        return value.date() if value.time() == dt.time() else value
    if isinstance(value, dt.date):
        return value if value >= _FIRST_DAY else value.isoformat()
    if isinstance(value, dt.timedelta):
        return value if value >= dt.timedelta() else str(value)
    if isinstance(value, dt.time):
        return value.replace(tzinfo=None)
    return str(value)


def _merge(sheet: Any, ranges: Sequence[tuple[int, int, int, int]]) -> None:
    for first_row, first, last_row, last in ranges:
        cells = (last_row - first_row + 1) * (last - first + 1)
        if 1 < cells <= _MERGED_CELLS and last_row < MOST_SHEET_ROWS and last < MOST_SHEET_COLUMNS:
            try:
                # without a format nothing is written into the cells
                sheet.merge_range(first_row, first, last_row, last, "")
            except OverlappingRange:
                continue


def _first_run(header: Sequence[int], seen: Mapping[int, object]) -> list[int]:
    """The first headings of a sheet that may have several: row numbers that follow each other."""
    run: list[int] = []
    for number in sorted(number for number in header if number in seen):
        if run and number != run[-1] + 1:
            break
        run.append(number)
    return run


def _names(run: Sequence[int], levels: Mapping[int, Sequence[object]], original: Original) -> dict[int, str]:
    """The heading of each column; a merged cell stands over all columns that it covers."""
    covered = {
        (row + 1, column): (first_row + 1, first)
        for first_row, first, last_row, last in original.merged
        if run and first_row + 1 <= run[-1] and last_row + 1 >= run[0] and last - first < MOST_SHEET_COLUMNS
        for row in range(max(first_row, run[0] - 1), min(last_row, run[-1] - 1) + 1)
        for column in range(first, last + 1)
    }
    found: dict[int, str] = {}
    for column in range(max((len(levels[number]) for number in run), default=0)):
        parts: list[str] = []
        for number in run:
            row, at = covered.get((number, column), (number, column))
            cells = levels.get(row, ())
            text = " ".join(str(cells[at]).split()) if at < len(cells) else ""
            if text and text not in parts:
                parts.append(text)
        if parts:
            found[column] = " / ".join(parts)
    return found


def sheet_names(taken: Sequence[str] = RETURNED_SHEETS) -> Callable[[Original], str]:
    """A function that gives each sheet of the office its name here: its own, where that is possible.

    Args:
        taken: Names that may not be used.
    """
    used = {name.casefold() for name in taken}

    def name(original: Original) -> str:
        stem = original.file.replace("\\", "/").rpartition("/")[2]
        wanted = original.sheet or (stem.rpartition(".")[0] or stem)
        wanted = _NOT_IN_NAMES.sub("_", _NOT_IN_XML.sub("_", wanted))[:_NAME_LENGTH].strip("'") or "Sheet"
        # Excel keeps this name for itself
        found = f"{wanted}_" if wanted.casefold() == "history" else wanted
        number = 2
        while found.casefold() in used:
            tail = f" ({number})"
            found, number = f"{wanted[: _NAME_LENGTH - len(tail)]}{tail}", number + 1
        used.add(found.casefold())
        return found

    return name
