"""Files of any layout to sheets of cells."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import statistics
import xml.etree.ElementTree as ElementTree
import zipfile
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from lm_stats.spec import Fault, Problem
from lm_stats.stage.content import (
    cannot_open,
    damaged,
    find_format,
    looks_like_utf16,
    open_workbook,
    unless_stopped,
    unpack,
)
from lm_stats.stage.wording import fold_heading, shown

ERROR_TEXTS = ("#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!", "#GETTING_DATA")
DELIMITERS = ",;\t|"
CELLS_LIMIT = 25_000_000
_LAST_ROWS = (1_048_576, 65_536)
_HEAD = 60
_CHUNK = 1024**2

Cell = str | int | float | bool | dt.date | dt.datetime | dt.time | dt.timedelta


@dataclass(frozen=True)
class Sheet:
    """One sheet of a workbook, or a CSV file.

    Attributes:
        name: Name of the sheet; empty for a CSV file.
        rows: Rows of cells, all of the same length; an empty cell is an empty text.
        numbers: Row number of each row, from 1, as a spreadsheet program or an editor shows it.
        merged: Merged ranges as first row, first column, last row, last column, from 0.
        lengths: Number of cells that each row of a CSV file has, as delivered.
        spans: Number of lines that each row of a CSV file takes.
        hidden: Whether the sheet is hidden.
    """

    name: str
    rows: Sequence[Sequence[Cell]]
    numbers: Sequence[int]
    merged: tuple[tuple[int, int, int, int], ...] = ()
    lengths: Sequence[int] = ()
    spans: Sequence[int] = ()
    hidden: bool = False


@dataclass
class Reading:
    """The sheets of one file, and what is to be said about it.

    Attributes:
        is_text: Whether the file is delimited text.
        sheets: Its sheets, read one after the other.
        warnings: What a person should know; complete when the sheets have been read.
    """

    is_text: bool
    sheets: Iterator[Sheet]
    warnings: list[Problem] = field(default_factory=list)


def read(path: Path, headings: Collection[str], kind: str = "") -> Reading:
    """Read a workbook or CSV file by its content, whatever its name says.

    Args:
        path: The file.
        headings: Declared headings; the delimiter of a CSV file is the one that finds most of them.
        kind: Its format, where `find_format` has already said it.

    Raises:
        Fault: If the file is neither, or is not complete (also while its sheets are read).
    """
    kind = kind or find_format(path)
    warnings: list[Problem] = []
    sheets = _read_text(path, headings, warnings) if kind == "text" else _read_workbook(path, kind, warnings)
    return Reading(kind == "text", sheets, warnings)


def _read_workbook(path: Path, kind: str, warnings: list[Problem]) -> Iterator[Sheet]:
    try:
        with path.open("rb") as file:
            scans = _scan_sheets(path, file, kind)
            workbook = open_workbook(path, file)
            for about in workbook.sheets_metadata:
                if about.typ != SheetTypeEnum.WorkSheet:
                    continue
                scan = scans.get(about.name, _Scan())
                if scan.rows * scan.columns > CELLS_LIMIT:
                    raise _is_too_wide(path, about.name, scan.rows, scan.columns)
                sheet = _read_sheet(path, workbook, about.name, scan, about.visible != SheetVisibleEnum.Visible)
                where = f"{path.name}, sheet {shown(about.name)}"
                if sheet.hidden and sheet.rows:
                    warnings.append(
                        Problem(where, "the sheet is hidden and was read", "Ask the office whether it belongs.")
                    )
                if scan.hidden_rows:
                    warnings.append(
                        Problem(
                            where,
                            f"{scan.hidden_rows} rows are hidden, perhaps by a filter, and were read",
                            "Ask the office whether they belong.",
                        )
                    )
                if len(sheet.rows) in _LAST_ROWS:
                    warnings.append(
                        Problem(
                            where,
                            "the sheet is filled to the last row that its format has, so rows may have been cut off",
                            "Ask the office for the rest, or for CSV.",
                        )
                    )
                yield sheet
    except OSError as error:
        raise cannot_open(path, error) from error


@dataclass
class _Scan:
    """What is found in the XML of a sheet: its extent, error values by address, hidden rows."""

    rows: int = 0
    columns: int = 0
    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    hidden_rows: int = 0


def _read_sheet(path: Path, workbook: CalamineWorkbook, name: str, scan: _Scan, hidden: bool) -> Sheet:
    try:
        sheet = workbook.get_sheet_by_name(name)
        height, width = sheet.total_height + 1, sheet.total_width + 1
        if height * width > CELLS_LIMIT:
            raise _is_too_wide(path, name, height, width)
        rows: list[list[Cell]] = sheet.to_python(skip_empty_area=False)
        ranges = sheet.merged_cell_ranges or []
    except Fault:
        raise
    except BaseException as error:
        raise unless_stopped(error, damaged(path, shown(name))) from error
    for (row, column), text in scan.errors.items():
        # the reader of workbooks gives error values as empty cells
        if row < len(rows) and column < len(rows[row]) and rows[row][column] == "":
            rows[row][column] = text
    merged = tuple((top, left, bottom, right) for (top, left), (bottom, right) in ranges)
    return Sheet(name, rows, range(1, len(rows) + 1), merged, hidden=hidden)


def _is_too_wide(path: Path, name: str, rows: int, columns: int) -> Fault:
    return Fault(
        Problem(
            f"{path.name}, sheet {shown(name)}",
            f"the sheet spans {rows} rows and {columns} columns, because a cell far from the table is filled",
            "Delete the columns right of the table and the rows below it, save the workbook and deliver it again.",
        )
    )


_ROW = re.compile(rb"<(?:\w+:)?row\s[^>]*>")
_ROW_NUMBER = re.compile(rb"\sr=[\"'](\d+)")
_HIDDEN = re.compile(rb"\shidden=[\"'](?:1|true)")
_FAR = re.compile(rb"\sr=[\"'](?:([A-Z]{2,3})(\d{1,7})|[A-Z](\d{6,7}))[\"']")
_CELL = re.compile(
    rb"<(?:\w+:)?c\s[^>]*?\br=[\"']([A-Z]{1,3})(\d{1,7})[\"'][^>]*(?<!/)>"
    rb"(?!\s*</)(?!<(?:\w+:)?v\s*(?:/>|></))"
)
_ERROR = re.compile(
    rb"<(?:\w+:)?c\s(?=[^>]*?\br=[\"']([A-Z]{1,3})(\d{1,7})[\"'])(?=[^>]*?\bt=[\"']e[\"'])[^>]*>"
    rb"(?:(?!</(?:\w+:)?c>).)*?<(?:\w+:)?v>(#[A-Z0-9/_!?]{2,13})</",
    re.DOTALL,
)


def _scan_sheets(path: Path, file: BinaryIO, kind: str) -> dict[str, _Scan]:
    """Look through the sheets before they are read.

    One filled cell in the last corner of a sheet makes the reader of workbooks ask for more memory
    than there is, which ends the program; and it gives error values as empty cells.
    """
    if kind not in ("xlsx", "xlsb"):
        return {}
    try:
        with zipfile.ZipFile(file) as archive:
            scans = {}
            for member, name in _sheet_names(archive, kind).items():
                chunks = dict(unpack(path, archive)).get(member, iter(()))
                scan = _scan_xml(chunks) if kind == "xlsx" else _scan_binary(chunks)
                if kind == "xlsx" and scan.rows * scan.columns > CELLS_LIMIT:
                    # empty formatted cells do not count, but are told apart only here, because it takes longer
                    scan.rows, scan.columns = _extent(dict(unpack(path, archive))[member])
                scans[name] = scan
            return scans
    except Fault:
        raise
    except Exception as error:
        raise damaged(path) from error


def _sheet_names(archive: zipfile.ZipFile, kind: str) -> dict[str, str]:
    """Names of the sheets by member of the container."""
    ending = "xml" if kind == "xlsx" else "bin"
    relations = ElementTree.fromstring(archive.read(f"xl/_rels/workbook.{ending}.rels"))
    members = {}
    for relation in relations:
        target = relation.get("Target", "")
        members[relation.get("Id", "")] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    if kind == "xlsb":
        return _binary_sheet_names(archive.read("xl/workbook.bin"), members)
    found = {}
    for element in ElementTree.fromstring(archive.read("xl/workbook.xml")).iter():
        if element.tag.rpartition("}")[2] == "sheet":
            identifier = next((v for k, v in element.attrib.items() if k.endswith("}id")), "")
            if identifier in members:
                found[members[identifier]] = element.get("name", "")
    return found


def _scan_xml(chunks: Iterator[bytes]) -> _Scan:
    scan = _Scan()
    for window in _windows(chunks):
        rows = _ROW.findall(window)
        scan.hidden_rows += sum(1 for row in rows if b"hidden" in row and _HIDDEN.search(row))
        numbers = [int(found[1]) for row in rows if (found := _ROW_NUMBER.search(row))]
        far = _FAR.findall(window)
        scan.rows = max([scan.rows, *numbers, *(int(deep or alone) for _, deep, alone in far)])
        scan.columns = max([scan.columns, 26, *(_column_number(letters) for letters in {found[0] for found in far})])
        if b't="e"' in window or b"t='e'" in window:
            for letters, number, text in _ERROR.findall(window):
                scan.errors[int(number) - 1, _column_number(letters) - 1] = text.decode("ascii")
    return scan


def _extent(chunks: Iterator[bytes]) -> tuple[int, int]:
    """The last row and the last column in which a cell is filled."""
    rows = columns = 0
    for window in _windows(chunks):
        for letters, number in _CELL.findall(window):
            rows, columns = max(rows, int(number)), max(columns, _column_number(letters))
    return rows, columns


def _windows(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The XML of a sheet in pieces that end before a row."""
    rest = b""
    for chunk in chunks:
        window = rest + chunk
        cut = window.rfind(b"<", 0, window.rfind(b"row ") + 1)
        cut = cut if cut > 0 else len(window) if len(window) > 16 * _CHUNK else 0
        yield window[:cut]
        rest = window[cut:]
    yield rest


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _records(content: bytes) -> Iterator[tuple[int, int, int]]:
    """Records of a binary workbook part ([MS-XLSB] 2.1.4): type, first byte and end of the data."""
    at = 0
    while at < len(content):
        kind = size = 0
        for shift in range(2):
            byte = content[at] if at < len(content) else 0
            kind |= (byte & 127) << (7 * shift)
            at += 1
            if byte < 128:
                break
        for shift in range(4):
            byte = content[at] if at < len(content) else 0
            size |= (byte & 127) << (7 * shift)
            at += 1
            if byte < 128:
                break
        yield kind, at, at + size
        at += size


def _binary_sheet_names(content: bytes, members: dict[str, str]) -> dict[str, str]:
    found = {}
    for kind, start, end in _records(content):
        if kind == 156:  # BrtBundleSh: state, id, relation, name
            texts = []
            at = start + 8
            for _ in range(2):
                length = int.from_bytes(content[at : at + 4], "little")
                texts.append(content[at + 4 : min(end, at + 4 + 2 * length)].decode("utf-16-le", "replace"))
                at += 4 + 2 * length
            if texts[0] in members:
                found[members[texts[0]]] = texts[1]
    return found


def _scan_binary(chunks: Iterator[bytes]) -> _Scan:
    content = b"".join(chunks)
    scan = _Scan()
    row = 0
    for kind, start, _ in _records(content):
        if kind == 0:  # BrtRowHdr
            row = int.from_bytes(content[start : start + 4], "little") + 1
        elif 2 <= kind <= 11:  # cells with a value
            scan.rows = max(scan.rows, row)
            scan.columns = max(scan.columns, int.from_bytes(content[start : start + 4], "little") + 1)
    return scan


def _read_text(path: Path, headings: Collection[str], warnings: list[Problem]) -> Iterator[Sheet]:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise cannot_open(path, error) from error
    text = _decode(path, content, warnings)
    del content
    if "\x00" in text:
        text = text.replace("\x00", "")
        warnings.append(
            Problem(path.name, "the file holds zero characters, which were left out", "Ask the office how it was made.")
        )
    text = text.rstrip("\x1a")
    first = 1
    declared = re.match(r'"?sep=(.)"?[;,\t|]*(?:\r\n|\r|\n|$)', text, re.IGNORECASE)
    if declared:
        first, delimiter = 2, declared[1]
        if delimiter.isalnum() or delimiter in "\"'":
            raise Fault(
                Problem(f"{path.name}, line 1", "the line names a delimiter that cannot be one", "Write sep=; or sep=,")
            )
        text = text[declared.end() :]
    else:
        delimiter = find_delimiter(text, headings)
    yield _parse(path, text, delimiter, first)


def _decode(path: Path, content: bytes, warnings: list[Problem]) -> str:
    codec = looks_like_utf16(content[:65536])
    if codec:
        return content.decode(codec, "replace").removeprefix("\ufeff")
    text, singles, others = decode_mixed(content)
    if singles and others:
        warnings.append(mixed_text(path))
    return text.removeprefix("\ufeff")


def decode_mixed(content: bytes) -> tuple[str, bool, bool]:
    """Decode UTF-8, in which bytes that are none are read as Windows-1252 one by one.

    So a file pasted together of both is read right.

    Returns:
        The text, whether there were such bytes, and whether there were letters beyond ASCII in UTF-8.
    """
    try:
        text = content.decode("utf-8")
        return text, False, not text.isascii()
    except UnicodeDecodeError:
        pass
    text = content.decode("utf-8", "surrogateescape")
    escaped = Counter(re.findall("[\udc80-\udcff]", text))
    singles = {ord(char): bytes([ord(char) - 0xDC00]).decode("cp1252", "replace") for char in escaped}
    others = sum(1 for char in text.removeprefix("\ufeff") if char > "\x7f") > escaped.total()
    return text.translate(singles), True, others


def mixed_text(path: Path) -> Problem:
    """The warning of a text in two encodings."""
    return Problem(
        path.name,
        "the text is partly UTF-8 and partly Windows-1252",
        "Ask the office to save it as UTF-8; letters with accents may be wrong.",
    )


def find_delimiter(text: str, headings: Collection[str]) -> str:
    """The delimiter that finds most declared headings; of equals, the one that makes most cells."""
    return _sniff(text, {fold_heading(part) for heading in headings for part in (heading, *heading.split(" + "))})


def _sniff(text: str, headings: set[str]) -> str:
    head = io.StringIO(text[: 64 * 1024], newline="")
    best, delimiter = (-1, -1), ","
    for candidate in DELIMITERS:
        head.seek(0)
        rows = []
        try:
            for row in csv.reader(head, delimiter=candidate):
                rows.append(row)
                if len(rows) == _HEAD:
                    break
        except csv.Error:
            pass
        found = max((len({fold_heading(cell) for cell in row} & headings) for row in rows), default=0)
        score = (found, max((len(row) for row in rows), default=0))
        if score > best:
            best, delimiter = score, candidate
    return delimiter


def _parse(path: Path, text: str, delimiter: str, first: int) -> Sheet:
    rows: list[list[Cell]] = []
    numbers: list[int] = []
    spans: list[int] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    start = 0
    try:
        for row in reader:
            if row:
                rows.append(list(row))
                numbers.append(start + first)
                spans.append(reader.line_num - start)
            start = reader.line_num
    except csv.Error as error:
        raise unbalanced_quote(path, start + first) from error
    lengths = [len(row) for row in rows]
    width = max(lengths, default=0)
    if len(rows) > 2 and not text.endswith(("\n", "\r")) and 1 < lengths[-1] < statistics.mode(lengths[:-1]):
        raise Fault(
            Problem(
                f"{path.name}, line {numbers[-1]}",
                "the file ends in the middle of a line: it was cut off",
                "Ask the office to send the whole file again.",
            )
        )
    if width * len(rows) > CELLS_LIMIT:
        line = numbers[lengths.index(width)]
        raise Fault(
            Problem(
                f"{path.name}, line {line}", f"the line holds {width} cells", "Correct the line, or divide the file."
            )
        )
    for row_cells in rows:
        row_cells.extend([""] * (width - len(row_cells)))
    return Sheet("", rows, numbers, lengths=lengths, spans=spans)


def unbalanced_quote(path: Path, line: int) -> Fault:
    """The fault of a CSV file in which a quotation mark is opened and not closed."""
    return Fault(
        Problem(
            f"{path.name}, line {line}",
            "a quotation mark is opened and not closed, or stands inside a quoted value",
            "Correct the line (inside quotes a quotation mark is written twice), or save the file as a workbook.",
        )
    )
