"""What an OpenDocument spreadsheet (ods) holds besides the values of cells."""

from __future__ import annotations

import re
import xml.parsers.expat as expat
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

from lm_stats.spec import Fault
from lm_stats.stage.containers import CHUNK, declares_entities, is_too_large
from lm_stats.stage.faults import damaged
from lm_stats.stage.sheets import ERROR_TEXTS, NO_VALUE, BookScan, Scan
from lm_stats.stage.sheets_xlsx import read_range

# blanks that a text may say it has, instead of having them
_BLANKS = 10_000_000
_LARGE = 2**31
_ERRORS = 2_000_000
_WORKSHEET = "table"
_COUNTED = {
    "annotation": "comments",
    "conditional-format": "conditional formats",
    "image": "pictures",
    "object": "charts and embedded objects",
    "content-validation": "drop-downs and checks of input",
    "table-source": "external links",
    "dde-link": "external links",
}
_CALLS = re.compile(r"'?(?:file|https?|ftp|smb):|WEBSERVICE\(|\bDDE\(", re.IGNORECASE)
_TARGET = re.compile(r"(?:\$?'?(?P<sheet>.*?)'?\.)?\$?(?P<first>[A-Z]+\$?\d+)(?::(?:.*\.)?\$?(?P<last>[A-Z]+\$?\d+))?")


def scan_ods(path: Path, archive: zipfile.ZipFile) -> BookScan:
    """Look through a spreadsheet before it is read.

    Its reader repeats what the file says is repeated, however often, and gives error values and formulas without a
    result as empty cells.

    Args:
        path: The file, for messages.
        archive: Its container.

    Raises:
        Fault: If it is damaged, or says that something is repeated beyond all measure.
    """
    scanner = _Scanner(path)
    # the names of elements without those of their vocabularies
    parser = expat.ParserCreate(namespace_separator="}")
    parser.buffer_text = True
    parser.StartElementHandler = scanner.start
    parser.EndElementHandler = scanner.end
    parser.CharacterDataHandler = scanner.text
    parser.StartDoctypeDeclHandler = scanner.refuse
    try:
        with archive.open("content.xml") as member:
            while chunk := member.read(CHUNK):
                parser.Parse(chunk, False)
            parser.Parse(b"", True)
    except Fault:
        raise
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise damaged(path) from error
    book = scanner.book
    book.extras["macros"] += sum(1 for name in archive.namelist() if re.match(r"(?:Basic|Scripts)/.+/.+", name))
    for sheet, place in scanner.pivots:
        book.extras["pivot tables"] += 1
        if sheet in book.sheets:
            book.sheets[sheet].pivots.append(place)
    return book


@dataclass
class _Scanner:
    """Where in the spreadsheet the parser is, and what it has found."""

    path: Path
    book: BookScan = field(default_factory=BookScan)
    pivots: list[tuple[str, tuple[int, int, int, int]]] = field(default_factory=list)
    formats: dict[str, str] = field(default_factory=dict)
    style: str = ""
    scan: Scan | None = None
    depth: int = 0
    row: int = 0
    rows: int = 1
    column: int = 0
    columns: int = 0
    is_hidden: bool = False
    cell: dict[str, str] | None = None
    repeated: int = 1
    written: str = ""
    blanks: int = 0
    noted: int = 0
    has_object: bool = False

    def refuse(self, *_: object) -> None:
        """Entities are declared, or may be."""
        raise declares_entities(self.path)

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        name = tag.rpartition("}")[2]
        own = {key.rpartition("}")[2]: value for key, value in attributes.items()} if attributes else attributes
        if name in ("table-cell", "covered-table-cell"):
            self.cell, self.written = own, ""
            self.repeated = self._count(own.get("number-columns-repeated", "1"))
        elif name == "table-row":
            self.rows, self.column = self._count(own.get("number-rows-repeated", "1")), 0
            self.is_hidden = own.get("visibility", "visible") != "visible"
            if self.is_hidden and self.scan is not None:
                self.scan.hidden_rows.append((self.row, self.row + self.rows - 1))
                self.scan.is_filtered |= own["visibility"] == "filter"
        elif name == "table-column":
            count = self._count(own.get("number-columns-repeated", "1"))
            if own.get("visibility", "visible") != "visible" and self.scan is not None:
                self.scan.hidden_columns.append((self.columns, self.columns + count - 1))
            self.columns += count
        elif name == _WORKSHEET:
            self.depth += 1
            if self.depth == 1:
                self.scan = self.book.sheets.setdefault(own.get("name", ""), Scan())
                self.row = self.columns = 0
        elif name == "s":
            self.blanks += self._count(own.get("c", "1"))
            if self.blanks > _BLANKS:
                raise is_too_large(self.path)
        elif name == "style":
            self.style = own.get("name", "") if own.get("family") == "table-cell" else ""
        elif name in ("table-cell-properties", "text-properties") and self.style:
            told = _visible(own)
            if told:
                self.formats[self.style] = f"{self.formats.get(self.style, '')} {told}".strip()
        elif name == "data-pilot-table":
            self._note_pivot(own.get("target-range-address", ""))
        elif name == "frame":
            self.has_object = False
        elif name in _COUNTED and not (name == "image" and self.has_object):
            # a frame with an object holds a picture of it as well
            self.has_object |= name == "object"
            extras = self.scan.extras if self.scan is not None else self.book.extras
            extras[_COUNTED[name]] += 1

    def text(self, text: str) -> None:
        """Text inside of an element."""
        if self.cell is not None and len(self.written) < 20:
            self.written += text

    def end(self, tag: str) -> None:
        """An element ends."""
        name = tag.rpartition("}")[2]
        if name in ("table-cell", "covered-table-cell"):
            if self.cell is not None and self.scan is not None and self.depth == 1:
                self._note_cell(self.cell, self.scan)
            self.column += self.repeated
            self.cell = None
        elif name == "table-row":
            self.row += self.rows
        elif name == _WORKSHEET:
            self.depth -= 1
            if not self.depth:
                self.scan = None

    def _note_cell(self, cell: dict[str, str], scan: Scan) -> None:
        formula = cell.get("formula")
        if formula is not None:
            scan.extras["formulas"] += self.rows * self.repeated
            if _CALLS.search(formula):
                scan.extras["external links"] += 1
        kind = cell.get("value-type")
        if kind is None and formula is None and not self.written:
            return
        scan.rows = max(scan.rows, self.row + self.rows)
        scan.columns = max(scan.columns, self.column + self.repeated)
        if scan.rows * scan.columns > _LARGE:
            self.book.check_extent(self.path)
        error = self._error(cell, kind, formula)
        form = self.formats.get(cell.get("style-name", "")) if self.formats else None
        if error:
            self.noted += self.rows * self.repeated
            if self.noted > _ERRORS:
                raise is_too_large(self.path)
            for row in range(self.row, self.row + self.rows):
                for column in range(self.column, self.column + self.repeated):
                    scan.errors[row, column] = error
        if form:
            for place in range(self.rows * self.repeated):
                if scan.formats_end is not None:
                    break
                row, column = divmod(place, self.repeated)
                scan.note_format(self.row + row, self.column + column, form)

    def _error(self, cell: dict[str, str], kind: str | None, formula: str | None) -> str:
        # two attributes have this name, that of the program and that of the standard: the last one says "error"
        if kind == "error" or (formula is not None and self.written in ERROR_TEXTS):
            return self.written if self.written in ERROR_TEXTS else "#VALUE!"
        if formula is None:
            return ""
        if re.fullmatch(r"Err:\d+", self.written):
            return "#VALUE!"
        has_value = kind is not None or "value" in cell or "string-value" in cell
        return "" if has_value or self.written else NO_VALUE

    def _note_pivot(self, target: str) -> None:
        found = _TARGET.fullmatch(target)
        if found is None:
            return
        ends = found["first"].replace("$", ""), (found["last"] or found["first"]).replace("$", "")
        place = read_range(":".join(ends))
        if place is not None:
            self.pivots.append((found["sheet"] or "", place))

    def _count(self, text: str) -> int:
        if not text.isdecimal() or len(text) > 10:
            raise damaged(self.path)
        return max(int(text), 1)


def _visible(properties: dict[str, str]) -> str:
    """Colour and strikethrough of a style."""
    told = []
    fill, colour = properties.get("background-color", "transparent"), properties.get("color", "#000000")
    if fill not in ("transparent", "#ffffff"):
        told.append(f"fill {fill}")
    if properties.get("text-line-through-style", "none") != "none":
        told.append("strike")
    if colour != "#000000" and properties.get("text-underline-style", "none") == "none":
        told.append(f"text {colour}")
    return " ".join(told)
