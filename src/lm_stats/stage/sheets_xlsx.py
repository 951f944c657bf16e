"""What the parts of a workbook in Office Open XML (xlsx, xlsm) hold besides the values of cells.

The XML of the sheets is searched, not parsed: it is most of what a workbook is, and is read once more by the reader
of cells.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from lm_stats.stage.containers import CHUNK, read_relations, read_xml, unpack
from lm_stats.stage.sheets import CELLS_LIMIT, NO_VALUE, BookScan, Scan

_ROW = re.compile(rb"<(?:\w+:)?row\s[^>]*>")
_ROW_NUMBER = re.compile(rb"\sr=[\"'](\d+)")
_HIDDEN = re.compile(rb"\shidden=[\"'](?:1|true)")
_COLUMN = re.compile(rb"<(?:\w+:)?col\s[^>]*>")
_ATTRIBUTE = re.compile(rb"\b(\w+)=[\"']([^\"']*)[\"']")
# as nearly all programs write them; looking for these two takes a third of the time
_PLAIN_ROW = re.compile(rb"<row\s[^>]*>")
# an address may be one that no sheet has; the reader of cells would ask for memory for all of it
_PLAIN_FAR = re.compile(rb' r="(?:([A-Z]{2,})(\d+)|[A-Z](\d{6,}))"')
_FAR = re.compile(rb"\sr=[\"'](?:([A-Z]{2,})(\d+)|[A-Z](\d{6,}))[\"']")
_ADDRESS = re.compile(rb"\sr=[\"']([A-Z]{1,3})(\d{1,7})[\"']")
_CELL = re.compile(
    rb"<(?:\w+:)?c\s[^>]*?\br=[\"']([A-Z]+)(\d+)[\"'][^>]*(?<!/)>"
    rb"(?!\s*</)(?!<(?:\w+:)?v\s*(?:/>|></))"
)
_ERROR = re.compile(
    rb"<(?:\w+:)?c\s(?=[^>]*?\br=[\"']([A-Z]{1,3})(\d{1,7})[\"'])(?=[^>]*?\bt=[\"']e[\"'])[^>]*>"
    rb"(?:(?!</(?:\w+:)?c>).)*?<(?:\w+:)?v>(#[A-Z0-9/_!?]{2,13})</",
    re.DOTALL,
)
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s>/]")
# a formula that nothing follows in its cell, or an empty value
_NO_RESULT = re.compile(
    rb"(<(?:\w+:)?c\s[^>]*)>\s*<(?:\w+:)?f(?:\s[^>]*)?(?:/>|(?<!/)>[^<]*</(?:\w+:)?f>)\s*"
    rb"(<(?:\w+:)?v\s*(?:/>|>\s*</(?:\w+:)?v>))?\s*</(?:\w+:)?c>"
)
_CALLS = re.compile(rb"\b(?:WEBSERVICE|RTD|IMPORTDATA|IMPORTXML)\(|\|'[^'<]*'!|DDE\(")
_COUNTED = (
    (re.compile(rb"<(?:\w+:)?conditionalFormatting[\s>]"), b"conditionalFormatting", "conditional formats"),
    (re.compile(rb"<(?:\w+:)?dataValidation\s"), b"dataValidation ", "drop-downs and checks of input"),
    (re.compile(rb"<(?:\w+:)?hyperlink\s"), b"hyperlink ", "hyperlinks"),
)
_COMMENT = re.compile(rb"<(?:\w+:)?(?:comment|threadedComment)\s")
_PARTS = (
    (re.compile(r"xl/media/"), "pictures"),
    (re.compile(r"xl/charts/chart[^/]*\.xml$"), "charts"),
    (re.compile(r"xl/chartsheets/sheet"), "chart sheets"),
    (re.compile(r"xl/pivotTables/pivotTable[^/]*$"), "pivot tables"),
    (re.compile(r"xl/externalLinks/externalLink[^/]*\.(?:xml|bin)$"), "external links"),
    (re.compile(r"xl/connections\.(?:xml|bin)$"), "connections to data"),
    (re.compile(r"xl/embeddings/"), "embedded objects"),
    (re.compile(r"(?:^|/)vbaProject\.bin$"), "macros"),
    (re.compile(r"xl/macrosheets/"), "macros"),
)


def scan_xlsx(path: Path, archive: zipfile.ZipFile) -> BookScan:
    """Look through a workbook before it is read.

    One filled cell in the last corner of a sheet makes the reader of cells ask for more memory than there is, which
    ends the program; and it gives error values and formulas without a result as empty cells.

    Args:
        path: The file, for messages.
        archive: Its container.

    Raises:
        Fault: If it is damaged.
    """
    book = BookScan(extras=count_parts(archive), since_1904=_is_since_1904(path, archive))
    formats = _read_formats(path, archive)
    members = dict(unpack(path, archive))
    for member, name in _sheet_names(path, archive).items():
        scan = _scan_sheet(members.get(member, iter(())), formats)
        if scan.rows * scan.columns > CELLS_LIMIT:
            # empty formatted cells do not count, but are told apart only here, because it takes longer
            scan.rows, scan.columns = _extent(dict(unpack(path, archive))[member])
        for _, kind, target in read_relations(path, archive, member):
            _follow(path, archive, kind, target, scan)
        book.sheets[name] = scan
    return book


def _is_since_1904(path: Path, archive: zipfile.ZipFile) -> bool:
    root = read_xml(path, archive, "xl/workbook.xml")
    about = root.find("{*}workbookPr") if root is not None else None
    return about is not None and about.get("date1904", "0") in ("1", "true")


def count_parts(archive: zipfile.ZipFile) -> Counter[str]:
    """What the names of the parts of a workbook tell, with counts."""
    found: Counter[str] = Counter()
    for name in archive.namelist():
        for pattern, what in _PARTS:
            if pattern.search(name):
                found[what] += 1
    return found


def _follow(path: Path, archive: zipfile.ZipFile, kind: str, target: str, scan: Scan) -> None:
    """Look into a part that belongs to a sheet."""
    if kind == "pivotTable":
        root = read_xml(path, archive, target)
        place = root.find("{*}location") if root is not None else None
        scan.pivots += [found for found in [read_range(place.get("ref", "") if place is not None else "")] if found]
    elif kind == "table" and target in archive.namelist():
        scan.is_filtered |= b"filterColumn" in archive.read(target)
    elif kind in ("comments", "threadedComment") and target in archive.namelist():
        scan.extras["comments"] += len(_COMMENT.findall(archive.read(target)))


def read_range(text: str) -> tuple[int, int, int, int] | None:
    """A range such as `A3:C20` as first row, first column, last row, last column, from 0."""
    found = re.fullmatch(r"\$?([A-Z]{1,3})\$?(\d{1,7})(?::\$?([A-Z]{1,3})\$?(\d{1,7}))?", text)
    if found is None:
        return None
    left, top = column_number(found[1].encode()), int(found[2]) - 1
    return top, left, int(found[4] or found[2]) - 1, column_number((found[3] or found[1]).encode())


def _sheet_names(path: Path, archive: zipfile.ZipFile) -> dict[str, str]:
    """Names of the sheets by member of the container."""
    members = {identifier: target for identifier, _, target in read_relations(path, archive, "xl/workbook.xml")}
    found = {}
    root = read_xml(path, archive, "xl/workbook.xml")
    for element in root.iter() if root is not None else ():
        if element.tag.rpartition("}")[2] == "sheet":
            identifier = next((v for k, v in element.attrib.items() if k.endswith("}id")), "")
            if identifier in members:
                found[members[identifier]] = element.get("name", "")
    return found


def _read_formats(path: Path, archive: zipfile.ZipFile) -> dict[bytes, str]:
    """Formats of cells that a person sees: colour of the cell or of its text, strikethrough; by number."""
    root = read_xml(path, archive, "xl/styles.xml")
    if root is None:
        return {}
    fills = [_fill(element) for element in root.findall("{*}fills/{*}fill")]
    fonts = [_font(element) for element in root.findall("{*}fonts/{*}font")]
    usual = fonts[0] if fonts else ""
    found = {}
    for number, element in enumerate(root.findall("{*}cellXfs/{*}xf")):
        fill, font = (_at(listed, element.get(key)) for listed, key in ((fills, "fillId"), (fonts, "fontId")))
        told = " ".join(text for text in (fill, font if font != usual else "") if text)
        if told:
            found[str(number).encode()] = told
    return found


def _at(listed: list[str], number: str | None) -> str:
    return listed[int(number)] if number and number.isdecimal() and int(number) < len(listed) else ""


def _fill(element: ElementTree.Element) -> str:
    pattern = element.find("{*}patternFill")
    if pattern is None:
        return "fill gradient" if element.find("{*}gradientFill") is not None else ""
    if pattern.get("patternType", "none") in ("none", "gray125"):
        return ""
    colour = pattern.find("{*}fgColor")
    told = _colour(colour)
    # white, as paper is
    return "" if told in ("rgb FFFFFF", "theme 0", "indexed 9", "indexed 65") else f"fill {told}"


def _font(element: ElementTree.Element) -> str:
    strike, underline = element.find("{*}strike"), element.find("{*}u")
    told = "strike" if strike is not None and strike.get("val", "1") not in ("0", "false") else ""
    colour = _colour(element.find("{*}color"))
    # black, and links
    if colour in ("", "rgb 000000", "theme 1", "indexed 8", "indexed 64") or underline is not None:
        return told
    return f"{told} text {colour}".strip()


def _colour(element: ElementTree.Element | None) -> str:
    if element is None or element.get("auto"):
        return ""
    if element.get("rgb"):
        return f"rgb {element.get('rgb', '')[-6:].upper()}"
    tint = element.get("tint", "0")
    kind = "theme" if element.get("theme") else "indexed"
    return f"{kind} {element.get(kind, '')}{'' if float_or_nothing(tint) == 0 else ' ' + tint}"


def float_or_nothing(text: str) -> float:
    """A number, or 0 where a text is none."""
    try:
        return float(text)
    except ValueError:
        return 0.0


def _scan_sheet(chunks: Iterator[bytes], formats: Mapping[bytes, str]) -> Scan:
    scan = Scan()
    styled = _styled(formats)
    calls = sheet_data = 0
    for window in _windows(chunks):
        is_plain = b":row" not in window and window.count(b' r="') == window.count(b"r=")
        rows = (_PLAIN_ROW if is_plain else _ROW).findall(window)
        numbers = [int(found[1]) for row in rows if (found := _ROW_NUMBER.search(row))]
        for row in rows:
            if b"hidden" in row and _HIDDEN.search(row) and (found := _ROW_NUMBER.search(row)):
                scan.hidden_rows.append((int(found[1]) - 1, int(found[1]) - 1))
        far = (_PLAIN_FAR if is_plain else _FAR).findall(window)
        scan.rows = max([scan.rows, *numbers, *(int(deep or alone) for _, deep, alone in far)])
        scan.columns = max([scan.columns, 26, *(column_number(letters) + 1 for letters in {one[0] for one in far})])
        if b't="e"' in window or b"t='e'" in window:
            for letters, number, text in _ERROR.findall(window):
                scan.errors[int(number) - 1, column_number(letters)] = text.decode("ascii")
        if b"<f" in window or b":f" in window:
            calls += _scan_formulas(window, scan)
        if styled is not None and scan.formats_end is None:
            _scan_formats(window, styled, formats, scan)
        if not sheet_data:
            # columns are described before the rows
            scan.hidden_columns += _hidden_columns(window)
        sheet_data += 2 * window.count(b"sheetData/>") + window.count(b"sheetData")
        if sheet_data > 1:
            # and all else behind them
            scan.is_filtered |= b"filterColumn" in window
            for pattern, sign, what in _COUNTED:
                if sign in window:
                    scan.extras[what] += len(pattern.findall(window))
    if calls:
        scan.extras["external links"] += calls
    return scan


def _hidden_columns(window: bytes) -> list[tuple[int, int]]:
    found = []
    for column in _COLUMN.findall(window):
        if _HIDDEN.search(column):
            about = dict(_ATTRIBUTE.findall(column))
            first, last = about.get(b"min", b""), about.get(b"max", b"")
            if first.isdigit() and last.isdigit():
                found.append((int(first) - 1, int(last) - 1))
    return found


def _scan_formulas(window: bytes, scan: Scan) -> int:
    """Count formulas, note those without a result, and count those that ask other files or addresses."""
    scan.extras["formulas"] += len(_FORMULA.findall(window))
    for start, value in _NO_RESULT.findall(window):
        # a text that is empty is a result
        is_empty_text = value and (b't="str"' in start or b"t='str'" in start)
        if not is_empty_text and (found := _ADDRESS.search(start)):
            scan.errors[int(found[2]) - 1, column_number(found[1])] = NO_VALUE
    return len(_CALLS.findall(window))


def _styled(formats: Mapping[bytes, str]) -> re.Pattern[bytes] | None:
    if not formats:
        return None
    numbers = b"|".join(sorted(formats, key=int))
    return re.compile(rb"<(?:\w+:)?c\s[^>]*?\bs=[\"'](" + numbers + rb")[\"'][^>]*?(?<!/)>")


def _scan_formats(window: bytes, styled: re.Pattern[bytes], formats: Mapping[bytes, str], scan: Scan) -> None:
    for found in styled.finditer(window):
        if address := _ADDRESS.search(found[0]):
            scan.note_format(int(address[2]) - 1, column_number(address[1]), formats[found[1]])
            if scan.formats_end is not None:
                return


def _extent(chunks: Iterator[bytes]) -> tuple[int, int]:
    """The last row and the last column in which a cell is filled."""
    rows = columns = 0
    for window in _windows(chunks):
        for letters, number in _CELL.findall(window):
            rows, columns = max(rows, int(number)), max(columns, column_number(letters) + 1)
    return rows, columns


def _windows(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The XML of a sheet in pieces that end before a row."""
    rest = b""
    for chunk in chunks:
        window = rest + chunk
        cut = window.rfind(b"<", 0, window.rfind(b"row ") + 1)
        cut = cut if cut > 0 else len(window) if len(window) > 16 * CHUNK else 0
        yield window[:cut]
        rest = window[cut:]
    yield rest


def column_number(letters: bytes) -> int:
    """The number of a column from its letters, from 0."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1
