"""Delimited text as sheets: its encoding, its delimiter, its lines."""

from __future__ import annotations

import codecs
import csv
import io
import re
import statistics
from collections import Counter
from collections.abc import Collection, Iterator
from pathlib import Path

from lm_stats.spec import Fault, Problem
from lm_stats.stage.faults import cannot_open
from lm_stats.stage.sheets import CELLS_LIMIT, LAST_ROWS, Cell, Sheet
from lm_stats.stage.wording import fold_heading

DELIMITERS = ",;\t|"
_HEAD = 60
# what is looked at of a text that may be of fixed width: bytes, lines at least, letters of a line at least
_SAMPLE, _FEW, _LONG = 65536, 3, 20


def read_text(path: Path, headings: Collection[str], warnings: list[Problem]) -> Iterator[Sheet]:
    """Read delimited text of any encoding and delimiter, as one sheet.

    Args:
        path: The file.
        headings: Declared headings; the delimiter is the one that finds most of them.
        warnings: What a person should know is added here.

    Raises:
        Fault: If it is cut off or has an unbalanced quotation mark, or a line of very many cells.
    """
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
    sheet = _parse(path, text, delimiter, first)
    if sheet.numbers and sheet.numbers[-1] + sheet.spans[-1] - 1 in LAST_ROWS:
        warnings.append(is_full(path.name))
    yield sheet


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


def is_full(where: str) -> Problem:
    """The warning of as many rows as a sheet of a workbook has."""
    return Problem(
        where,
        "it is filled to the last row that a sheet of a workbook has, so rows may have been cut off",
        "Ask the office for the rest, or for CSV that was not made in a spreadsheet program.",
    )


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
    if statistics.fmean(lengths or [0]) * len(rows) > CELLS_LIMIT:
        what = f"the file has {len(rows):,} lines of about {width} cells, more than can be read as a whole"
        raise Fault(Problem(path.name, what, "Divide the file, or begin it with one line of headings and plain lines."))
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


def looks_positional(path: Path) -> bool:
    """Whether a text has the lines of a fixed-width file: long, of few lengths, and without a delimiter."""
    with path.open("rb") as file:
        lines = [line.rstrip(b"\r") for line in file.read(_SAMPLE).split(b"\n")[:-1]]
    filled = [line for line in lines if line.strip()]
    lengths = {line[:1]: len(line) for line in filled}
    return (
        len(filled) >= _FEW
        and all(len(line) >= _LONG and len(line) == lengths[line[:1]] for line in filled)
        and not any(all(mark in line for line in filled) for mark in (b",", b";", b"\t", b"|"))
    )


def looks_like_utf16(start: bytes) -> str:
    """The UTF-16 (or UTF-32) codec that a text begins in, or empty.

    Without a byte-order mark it is told by zero bytes, which are every second byte of plain text.
    """
    for mark, codec in (
        (codecs.BOM_UTF32_LE, "utf-32"),
        (codecs.BOM_UTF32_BE, "utf-32"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if start.startswith(mark):
            return codec
    sample = start[: min(len(start), 4096) // 2 * 2]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if odd > len(sample) / 4 and even < len(sample) / 20:
        return "utf-16-le"
    if even > len(sample) / 4 and odd < len(sample) / 20:
        return "utf-16-be"
    return ""
