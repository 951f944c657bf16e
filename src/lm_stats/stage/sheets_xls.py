"""What an old workbook ([MS-XLS], BIFF) holds besides the values of cells."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from struct import unpack_from
from typing import BinaryIO

from lm_stats.stage.compound_files import open_compound
from lm_stats.stage.faults import damaged
from lm_stats.stage.sheets import NO_VALUE, BookScan, Scan
from lm_stats.stage.sheets_xlsb import ERRORS

_BEGIN, _END = 0x0809, 0x000A
_SHEET, _FONT, _FORMAT, _TEXTS, _LINKS = 0x0085, 0x0031, 0x00E0, 0x00FC, 0x01AE
_SINCE_1904 = 0x0022
_EXTENT, _ROW, _COLUMN, _PIVOT = 0x0200, 0x0208, 0x007D, 0x00B0
_FILTERED = (0x009B, 0x009E)
_FORMULA, _ERROR, _MANY = 0x0006, 0x0205, 0x00BD
_CELLS = frozenset((_FORMULA, _ERROR, _MANY, 0x0203, 0x0204, 0x027E, 0x00FD, 0x00D6))
_COUNTED = {0x001C: "comments", 0x01B8: "hyperlinks", 0x01B0: "conditional formats", 0x01BE: "drop-downs and checks"}
_OBJECT, _PICTURE, _CHART = 0x005D, 8, 0x20
_ROWS, _COLUMNS = 65_536, 256
# what stands for cells of the workbook itself, and for functions that other programs add
_OWN_LINKS = (0x0401, 0x3A01)


@dataclass
class _Book:
    """The part of a workbook before its sheets.

    Attributes:
        sheets: Name and first byte of each sheet.
        fonts: How the letters of each font are marked.
        formats: Font and fill of each format of cells.
        is_new: Whether it is of 1997 or later.
    """

    sheets: list[tuple[str, int]] = field(default_factory=list)
    fonts: list[str] = field(default_factory=list)
    formats: list[tuple[int, str]] = field(default_factory=list)
    is_new: bool = True

    def visible(self) -> dict[int, str]:
        """Formats of cells that are coloured or struck through, by number."""
        usual = self.fonts[0] if self.fonts else ""
        found = {}
        for number, (font, fill) in enumerate(self.formats):
            # the font number 4 is left out in the count
            place = font - (font > 4)
            told = self.fonts[place] if place < len(self.fonts) else ""
            text = f"{fill} {told if told != usual else ''}".strip()
            if text:
                found[number] = text
        return found


def scan_xls(path: Path, file: BinaryIO) -> BookScan:
    """Look through an old workbook before it is read.

    The reader of cells asks for as much memory as the workbook says that it will need, and gives error values and
    formulas without a result as empty cells.

    Args:
        path: The file, for messages.
        file: The open file.

    Raises:
        Fault: If it is damaged.
    """
    file.seek(0)
    compound = open_compound(path, file.read())
    content = compound.stream("Workbook", "Book")
    if content is None:
        raise damaged(path)
    found = BookScan()
    book = _Book()
    for kind, start, end in _records(path, content, 0):
        if kind == _BEGIN:
            book.is_new = content[start : start + 2] == b"\x00\x06"
        elif kind == _SHEET and end - start >= 8:
            book.sheets.append((_name(content[start:end], book.is_new), unpack_from("<I", content, start)[0]))
        elif kind == _TEXTS and end - start >= 8:
            # memory for as many texts is asked for at once
            if unpack_from("<I", content, start + 4)[0] > len(content):
                raise damaged(path)
        elif kind == _FONT and end - start >= 6:
            book.fonts.append(_font(content, start))
        elif kind == _FORMAT:
            book.formats.append(_format(content, start, end))
        elif kind == _SINCE_1904 and end - start >= 2:
            found.since_1904 = content[start : start + 2] == b"\x01\x00"
        elif kind == _LINKS and end - start >= 4:
            found.extras["external links"] += unpack_from("<H", content, start + 2)[0] not in _OWN_LINKS
        elif kind == 0x00EB:
            found.extras["drawings"] = 1
    formats = book.visible() if book.is_new else {}
    for name, start in book.sheets:
        if start >= len(content):
            raise damaged(path)
        scan = _scan_sheet(path, content, start, formats)
        found.sheets[name] = scan
    if compound.has("_VBA_PROJECT_CUR"):
        found.extras["macros"] = 1
    return found


def _records(path: Path, content: bytes, at: int) -> Iterator[tuple[int, int, int]]:
    """Records of a part to its end: type, first byte and end of the data; of parts inside only the first record."""
    depth = 0
    while at + 4 <= len(content):
        kind, size = unpack_from("<HH", content, at)
        start, at = at + 4, at + 4 + size
        if at > len(content):
            raise damaged(path)
        if kind == _BEGIN:
            depth += 1
        elif kind == _END:
            depth -= 1
            if depth <= 0:
                return
        if depth <= 1 or kind == _BEGIN:
            yield kind, start, at
    raise damaged(path)


def _name(data: bytes, is_new: bool) -> str:
    length = data[6]
    if not is_new:
        return data[7 : 7 + length].decode("cp1252", "replace")
    if data[7] & 1:
        return data[8 : 8 + 2 * length].decode("utf-16-le", "replace")
    return data[8 : 8 + length].decode("latin-1")


def _font(content: bytes, start: int) -> str:
    flags, colour = unpack_from("<HH", content, start + 2)
    underlined = content[start + 10] if start + 10 < len(content) else 0
    # black, and links
    told = "" if colour in (0x08, 0x40, 0x7FFF) or underlined else f"text {colour}"
    return f"{'strike ' if flags & 8 else ''}{told}".strip()


def _format(content: bytes, start: int, end: int) -> tuple[int, str]:
    if end - start < 20:
        return 0, ""
    font = unpack_from("<H", content, start)[0]
    pattern = unpack_from("<I", content, start + 14)[0] >> 26
    colour = unpack_from("<H", content, start + 18)[0] & 0x7F
    # white, as paper is
    return font, f"fill {colour}" if pattern and not (pattern == 1 and colour in (0x09, 0x41)) else ""


def _scan_sheet(path: Path, content: bytes, start: int, formats: dict[int, str]) -> Scan:
    scan = Scan()
    for kind, at, end in _records(path, content, start):
        size = end - at
        if kind in _CELLS:
            if size < 6:
                raise damaged(path)
            row, column = unpack_from("<HH", content, at)
            last = unpack_from("<H", content, end - 2)[0] if kind == _MANY else column
            scan.rows, scan.columns = max(scan.rows, row + 1), max(scan.columns, last + 1)
            if kind == _FORMULA:
                _note_formula(content, at, size, scan)
            elif kind == _ERROR and size >= 8 and content[at + 7]:
                scan.errors[row, column] = ERRORS.get(content[at + 6], "#N/A")
            if formats:
                _note_formats(content, at, end, kind, formats, scan)
        elif kind == _ROW and size >= 16:
            if unpack_from("<I", content, at + 12)[0] & 0x20:
                row = unpack_from("<H", content, at)[0]
                scan.hidden_rows.append((row, row))
        elif kind == _COLUMN and size >= 10:
            first, last, _, _, flags = unpack_from("<HHHHH", content, at)
            if flags & 1:
                scan.hidden_columns.append((first, last))
        elif kind == _EXTENT and size >= 8:
            # memory for as many cells is asked for at once
            top, bottom, left, right = unpack_from("<IIHH" if size >= 12 else "<HHHH", content, at)
            if (bottom - top) % 2**32 > _ROWS or (right - left) % 2**16 > _COLUMNS:
                raise damaged(path)
        elif kind in _FILTERED:
            scan.is_filtered = True
        elif kind == _PIVOT and size >= 8:
            top, bottom, left, right = unpack_from("<HHHH", content, at)
            scan.pivots.append((top, left, bottom, right))
            scan.extras["pivot tables"] += 1
        elif kind in _COUNTED:
            scan.extras[_COUNTED[kind]] += 1
        elif kind == _OBJECT and size >= 6:
            scan.extras["pictures"] += unpack_from("<H", content, at + 4)[0] == _PICTURE
        elif kind == _BEGIN and size >= 4 and at > start + 4:
            scan.extras["charts"] += unpack_from("<H", content, at + 2)[0] == _CHART
    return scan


def _note_formula(content: bytes, at: int, size: int, scan: Scan) -> None:
    scan.extras["formulas"] += 1
    if size < 16 or content[at + 12 : at + 14] != b"\xff\xff":
        return
    row, column = unpack_from("<HH", content, at)
    if content[at + 6] == 2:
        scan.errors[row, column] = ERRORS.get(content[at + 8], "#N/A")
    elif content[at + 6] == 3 and content[at + 14] & 3 == 3:
        # empty, and to be calculated when the workbook is opened: so do programs write that cannot calculate
        scan.errors[row, column] = NO_VALUE


def _note_formats(content: bytes, at: int, end: int, kind: int, formats: dict[int, str], scan: Scan) -> None:
    row, column, form = unpack_from("<HHH", content, at)
    if kind != _MANY:
        if form in formats:
            scan.note_format(row, column, formats[form])
        return
    for number, place in enumerate(range(at + 4, end - 5, 6)):
        form = unpack_from("<H", content, place)[0]
        if form in formats:
            scan.note_format(row, column + number, formats[form])
