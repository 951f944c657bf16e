"""What the parts of a binary workbook ([MS-XLSB]) hold besides the values of cells."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

from lm_stats.stage.containers import read_relations
from lm_stats.stage.faults import damaged
from lm_stats.stage.sheets import BookScan, Scan
from lm_stats.stage.sheets_xlsx import count_parts

# error values by their number in binary workbooks, new and old
ERRORS = {
    0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A",
    0x2B: "#GETTING_DATA",
}  # fmt: skip
_ROW, _COLUMN, _ABOUT, _SHEET, _TEXTS = 0, 60, 153, 156, 159
_CELL_ERROR, _FORMULA_TEXT, _FORMULA_ERROR = 3, 8, 11
_COUNTED = {461: "conditional formats", 64: "drop-downs and checks of input", 494: "hyperlinks"}
_FILTERED = 163
_FONT, _FILL, _FORMAT, _FORMATS_BEGIN, _FORMATS_END = 43, 45, 47, 617, 618
_COMMENT, _PIVOT_PLACE = 635, 314


def scan_xlsb(path: Path, archive: zipfile.ZipFile) -> BookScan:
    """Look through a binary workbook before it is read.

    Args:
        path: The file, for messages.
        archive: Its container.

    Raises:
        Fault: If it is damaged.
    """
    book = BookScan(extras=count_parts(archive))
    names = set(archive.namelist())
    members = {identifier: target for identifier, _, target in read_relations(path, archive, "xl/workbook.bin")}
    if "xl/sharedStrings.bin" in names:
        texts = archive.read("xl/sharedStrings.bin")
        for kind, start, _ in records(texts):
            # memory for as many texts is asked for at once
            if kind == _TEXTS and int.from_bytes(texts[start + 4 : start + 8], "little") > len(texts):
                raise damaged(path)
            break
    formats = _read_formats(archive.read("xl/styles.bin")) if "xl/styles.bin" in names else {}
    about = archive.read("xl/workbook.bin")
    # the first flag of the properties of the workbook
    book.since_1904 = any(kind == _ABOUT and start < end and about[start] & 1 for kind, start, end in records(about))
    for member, name in _sheet_names(about, members).items():
        if member not in names:
            continue
        scan = _scan_sheet(archive.read(member), formats)
        for _, relation, target in read_relations(path, archive, member):
            if relation == "pivotTable" and target in names:
                scan.pivots += _pivot_places(archive.read(target))
            elif relation == "comments" and target in names:
                scan.extras["comments"] += sum(1 for one, _, _ in records(archive.read(target)) if one == _COMMENT)
        book.sheets[name] = scan
    return book


def records(content: bytes) -> Iterator[tuple[int, int, int]]:
    """Records of a part ([MS-XLSB] 2.1.4): type, first byte and end of the data."""
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


def _sheet_names(content: bytes, members: dict[str, str]) -> dict[str, str]:
    found = {}
    for kind, start, end in records(content):
        if kind == _SHEET:  # state, id, relation, name
            texts = []
            at = start + 8
            for _ in range(2):
                length = int.from_bytes(content[at : at + 4], "little")
                texts.append(content[at + 4 : min(end, at + 4 + 2 * length)].decode("utf-16-le", "replace"))
                at += 4 + 2 * length
            if texts[0] in members:
                found[members[texts[0]]] = texts[1]
    return found


def _read_formats(content: bytes) -> dict[int, str]:
    """Formats of cells that are coloured or struck through, by number ([MS-XLSB] 2.4.659, 2.4.656, 2.4.839)."""
    fonts, fills, found = [], [], {}
    is_cell = False
    count = 0
    for kind, start, _ in records(content):
        if kind == _FONT:
            fonts.append("strike" if int.from_bytes(content[start + 2 : start + 4], "little") & 8 else "")
        elif kind == _FILL:
            pattern = int.from_bytes(content[start : start + 4], "little")
            # none, and the grey pattern that stands in every workbook
            fills.append(f"fill {content[start + 4 : start + 12].hex()}" if pattern not in (0, 17) else "")
        elif kind in (_FORMATS_BEGIN, _FORMATS_END):
            is_cell = kind == _FORMATS_BEGIN
        elif kind == _FORMAT and is_cell:
            font, fill = (int.from_bytes(content[start + at : start + at + 2], "little") for at in (4, 6))
            told = [listed[place] for listed, place in ((fills, fill), (fonts, font)) if place < len(listed)]
            if any(told):
                found[count] = " ".join(text for text in told if text)
            count += 1
    return found


def _scan_sheet(content: bytes, formats: dict[int, str]) -> Scan:
    scan = Scan()
    row = formulas = 0
    for kind, start, end in records(content):
        if kind == _ROW:
            row = int.from_bytes(content[start : start + 4], "little")
            # fDyZero: without height
            if end - start > 11 and content[start + 11] & 0x10:
                scan.hidden_rows.append((row, row))
        elif 2 <= kind <= 11:  # cells with a value
            column = int.from_bytes(content[start : start + 4], "little")
            scan.rows, scan.columns = max(scan.rows, row + 1), max(scan.columns, column + 1)
            formulas += kind >= _FORMULA_TEXT
            if kind in (_CELL_ERROR, _FORMULA_ERROR):
                scan.errors[row, column] = ERRORS.get(content[start + 8] if start + 8 < len(content) else 0, "#N/A")
            if formats:
                form = formats.get(int.from_bytes(content[start + 4 : start + 7], "little"))
                if form is not None:
                    scan.note_format(row, column, form)
        elif kind == _COLUMN:
            first, last = (int.from_bytes(content[start + at : start + at + 4], "little") for at in (0, 4))
            if end - start >= 18 and content[start + 16] & 1:
                scan.hidden_columns.append((first, last))
        elif kind in _COUNTED:
            scan.extras[_COUNTED[kind]] += 1
        elif kind == _FILTERED:
            scan.is_filtered = True
    scan.extras["formulas"] += formulas
    return scan


def _pivot_places(content: bytes) -> list[tuple[int, int, int, int]]:
    """The range of a pivot table ([MS-XLSB] 2.4.225): first row, last row, first column, last column."""
    found = []
    for kind, start, end in records(content):
        if kind == _PIVOT_PLACE and end - start >= 16:
            top, bottom, left, right = (
                int.from_bytes(content[start + at : start + at + 4], "little") for at in (0, 4, 8, 12)
            )
            found.append((top, left, bottom, right))
    return found
