"""Tables of web pages (HTML), which many systems write when they are asked for a workbook."""

from __future__ import annotations

import codecs
import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from lm_stats.spec import Fault, Problem
from lm_stats.stage.faults import cannot_open, damaged
from lm_stats.stage.sheets import CELLS_LIMIT, Cell, Sheet, describe_count
from lm_stats.stage.texts import decode_mixed, looks_like_utf16, mixed_text

LIMIT = 100 * 1024**2
COLUMNS = 4096
_ATTRIBUTES = 4000
_DEPTH = 50
ROWS = 1_048_576
_TAG = re.compile(r"<(/?)([A-Za-z][^\s/>\"'<]*+)([^<>\"']*+)>")
_MARKUP = re.compile(r"<(?=/?[A-Za-z]|[!?])")
_QUOTE = re.compile(r"[>\"']")
_ATTRIBUTE = re.compile(r"([A-Za-z:_-]{1,40})\s{0,9}=\s{0,9}(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))")
_CHARSET = re.compile(rb"<meta[^>]{0,300}?charset\s*=\s*[\"']?\s*([\w.:-]{2,40})", re.IGNORECASE)
_ENCODING = re.compile(rb"<\?xml[^>]{0,100}?encoding\s*=\s*[\"']([\w.:-]{2,40})", re.IGNORECASE)
_HIDDEN = re.compile(r"display\s*:\s*none", re.IGNORECASE)
_BLANKS = re.compile(r"[ \t\r\n\f]+")
# elements whose content is no text of the page
_UNSEEN = frozenset(("script", "style", "title", "textarea", "noscript", "template", "xml", "select", "object"))
_BREAKS = frozenset(("br", "p", "div", "li", "hr"))
_LATIN = frozenset(("iso-8859-1", "iso8859-1", "latin-1", "latin1", "ascii", "us-ascii", "windows-1252", "cp1252"))


def read_web_page(path: Path, warnings: list[Problem]) -> Iterator[Sheet]:
    """Read the tables of a web page, each as a sheet `Table 1`, `Table 2` and so on in their order.

    All cells are texts. A cell that goes over several rows or columns stands in the first, as a merged range. A table
    inside of a cell is a table of its own. Nothing is run, and nothing that the page refers to is opened.

    Args:
        path: The file.
        warnings: What a person should know is added here.

    Raises:
        Fault: If it is too large, has too many cells, or ends inside of a table.
    """
    try:
        if path.stat().st_size > LIMIT:
            what = f"the web page is larger than {LIMIT // 1024**2} MB"
            raise Fault(Problem(path.name, what, "Ask the office for a workbook or CSV, or divide it."))
        content = path.read_bytes()
    except OSError as error:
        raise cannot_open(path, error) from error
    page = _Page(path)
    page.read(_decode(path, content, warnings))
    for number, table in enumerate(page.tables, start=1):
        sheet = table.as_sheet(f"Table {number}")
        if table.hidden:
            what = f"{describe_count(table.hidden)} hidden, and read all the same"
            warnings.append(Problem(f"{path.name}, sheet {sheet.name}", what, "Ask the office whether they belong."))
        if sheet.rows:
            yield sheet


def _decode(path: Path, content: bytes, warnings: list[Problem]) -> str:
    codec = looks_like_utf16(content[:65536])
    if codec:
        return content.decode(codec, "replace").removeprefix("\ufeff")
    declared = _CHARSET.search(content[:8192]) or _ENCODING.search(content[:200])
    name = declared[1].decode("ascii").casefold() if declared and not content.startswith(codecs.BOM_UTF8) else "utf-8"
    if name.replace("_", "-") in _LATIN:
        name = "cp1252"
    if not name.startswith(("utf-8", "utf8", "utf-16", "utf-7")):
        try:
            return content.decode(name, "replace")
        except (LookupError, ValueError):
            pass
    text, singles, others = decode_mixed(content)
    if singles and others:
        warnings.append(mixed_text(path))
    return text.removeprefix("\ufeff")


@dataclass
class _Table:
    """A table as it is read.

    Attributes:
        path: The file, for messages.
        number: Its number in the file.
        rows: Texts by column of each row.
        merged: Merged ranges.
        width: Number of columns.
        held: First column, last column and last row of each cell from rows above that reaches down.
        hidden: Number of rows that a browser does not show.
        column: Where the next cell stands.
        cell: Texts of the open cell, none where none is open.
    """

    path: Path
    number: int
    rows: list[dict[int, str]] = field(default_factory=list)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    width: int = 0
    held: list[tuple[int, int, int]] = field(default_factory=list)
    hidden: int = 0
    column: int = 0
    place: int = 0
    is_row: bool = False
    cell: list[str] | None = None

    def begin_row(self, attributes: str) -> None:
        self.end_cell()
        self.rows.append({})
        self.column, self.is_row = 0, True
        self.hidden += bool(_HIDDEN.search(attributes[:_ATTRIBUTES]))
        if len(self.rows) > ROWS:
            raise self._is_too_large()
        row = len(self.rows) - 1
        if len(self.held) > 64 or row % 64 == 0:
            self.held = [one for one in self.held if one[2] >= row]

    def begin_cell(self, attributes: str) -> None:
        self.end_cell()
        if not self.is_row:
            self.begin_row("")
        row = len(self.rows) - 1
        for first, last, end in sorted(self.held) if self.held else ():
            if end >= row and first <= self.column <= last:
                self.column = last + 1
        found = _ATTRIBUTE.findall(attributes[:_ATTRIBUTES]) if attributes else ()
        spans = {name.casefold(): first or second or bare for name, first, second, bare in found}
        right = self.column + _span(spans.get("colspan", ""), 1000) - 1
        bottom = row + _span(spans.get("rowspan", ""), 65_534) - 1
        if right >= COLUMNS:
            raise self._is_too_large()
        self.place, self.cell = self.column, []
        if bottom > row:
            self.held.append((self.column, right, bottom))
        if bottom > row or right > self.column:
            self.merged.append((row, self.column, bottom, right))
        self.column = right + 1
        self.width = max(self.width, self.column)
        if self.width * len(self.rows) > CELLS_LIMIT:
            raise self._is_too_large()

    def end_cell(self) -> None:
        if self.cell is None:
            return
        lines = (_BLANKS.sub(" ", line).strip(" ") for line in "".join(self.cell).split("\0"))
        text = "\n".join(line for line in lines if line)
        if text:
            self.rows[-1][self.place] = text
        self.cell = None

    def as_sheet(self, name: str) -> Sheet:
        """The table as a sheet; without rows where no cell is filled."""
        width = self.width if any(self.rows) else 0
        cells: list[list[Cell]] = []
        for row in self.rows if width else ():
            line: list[Cell] = [""] * width
            for column, text in row.items():
                line[column] = text
            cells.append(line)
        last = len(cells) - 1
        merged = tuple((top, left, min(bottom, last), right) for top, left, bottom, right in self.merged)
        return Sheet(name, cells, range(1, len(cells) + 1), tuple(m for m in merged if m[0] < m[2] or m[1] < m[3]))

    def _is_too_large(self) -> Fault:
        what = f"a table spans more than {COLUMNS} columns, {ROWS} rows or {CELLS_LIMIT} cells"
        return Fault(Problem(f"{self.path.name}, sheet Table {self.number}", what, "Ask the office for CSV."))


def _span(text: str, most: int) -> int:
    return min(max(int(text), 1), most) if text.isdecimal() and len(text) < 10 else 1


@dataclass
class _Page:
    """A web page as it is read.

    Attributes:
        path: The file, for messages.
        tables: Its tables, in the order in which they begin.
        open: Those that have not ended.
    """

    path: Path
    tables: list[_Table] = field(default_factory=list)
    open: list[_Table] = field(default_factory=list)

    def read(self, page: str) -> None:
        """Read a page; each character is looked at a few times at most, however the page is made."""
        at, size = 0, len(page)
        # where nothing of a kind follows, it is not looked for again
        lowered = ""
        ends: dict[str, int] = {}
        while at < size:
            markup = _MARKUP.search(page, at)
            begin = markup.start() if markup else size
            if begin > at:
                self._text(page[at:begin])
            if begin == size:
                break
            found = _TAG.match(page, begin)
            if found:
                closing, name, attributes, at = found[1], found[2].casefold(), found[3], found.end()
            elif page.startswith("<!--", begin):
                at = _after(page, "-->", begin + 4, ends)
                continue
            elif page.startswith(("<!", "<?"), begin):
                at = _after(page, ">", begin + 2, ends)
                continue
            else:
                end = _end_of_tag(page, begin, ends)
                body = page[begin + 1 : end - 1]
                closing, at = ("/", end) if body.startswith("/") else ("", end)
                name, _, attributes = body.lstrip("/").partition(" ")
                name = re.split(r"[\s/>\"'<]", name, maxsplit=1)[0].casefold()
            if name in _UNSEEN and not closing and not attributes.endswith("/"):
                lowered = lowered or page.lower()
                at = _after(lowered if len(lowered) == size else page, f"</{name}", at, ends)
                at = _after(page, ">", at, ends) if at < size else size
            else:
                self._tag(closing, name, attributes)
        if self.open:
            raise damaged(self.path)

    def _text(self, text: str) -> None:
        if self.open and self.open[-1].cell is not None:
            self.open[-1].cell.append(html.unescape(text.replace("\0", "")) if "&" in text else text.replace("\0", ""))

    def _tag(self, closing: str, name: str, attributes: str) -> None:
        table = self.open[-1] if self.open else None
        if name == "table":
            if not closing:
                if len(self.open) == _DEPTH:
                    what = f"tables stand inside of one another more than {_DEPTH} times"
                    raise Fault(Problem(self.path.name, what, "Ask the office for a workbook or CSV."))
                self.open.append(_Table(self.path, len(self.tables) + 1))
                self.tables.append(self.open[-1])
            elif table is not None:
                table.end_cell()
                self.open.pop()
        elif table is None:
            return
        elif name in ("td", "th"):
            table.end_cell() if closing else table.begin_cell(attributes)
        elif name == "tr":
            if closing:
                table.end_cell()
                table.is_row = False
            else:
                table.begin_row(attributes)
        elif name in _BREAKS and table.cell is not None:
            table.cell.append("\0")


def _after(page: str, sign: str, at: int, ends: dict[str, int]) -> int:
    """The place behind the next sign, or the end of the page."""
    if ends.get(sign, len(page)) <= at:
        return len(page)
    found = page.find(sign, at)
    if found < 0:
        # nowhere behind this place
        ends[sign] = min(ends.get(sign, at), at)
        return len(page)
    return found + len(sign)


def _end_of_tag(page: str, begin: int, ends: dict[str, int]) -> int:
    """The place behind a tag whose attributes are quoted; the end of the page where it has no end."""
    at = begin + 1
    while found := _QUOTE.search(page, at):
        if found[0] == ">":
            return found.end()
        at = _after(page, found[0], found.end(), ends)
    return len(page)
