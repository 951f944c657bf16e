"""Files of decisions that people edit by hand, often in a spreadsheet: read in one place, however they were saved."""

from __future__ import annotations

import codecs
import csv
import datetime as dt
import re
from collections.abc import Sequence
from pathlib import Path

from lm_stats.spec import Problem

# a text in quotes may hold as many line ends
_MOST_LINES = 20
_SEPARATOR_LINE = re.compile(r"\"?sep=(.)\"?\s*", re.IGNORECASE)
_DAY_FIRST = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")
_YEAR_FIRST = re.compile(r"(\d{4})[/.-](\d{1,2})[/.-](\d{1,2})")


def read_decided(
    path: Path, columns: Sequence[str], fewest: int = 2
) -> tuple[list[tuple[int, dict[str, str]]], list[Problem]]:
    """Read the lines of a file of decisions as spreadsheets save it.

    Commas, semicolons or tabs separate its cells, as the first line shows. It is UTF-8, with or without a mark, or
    UTF-16 with one; failing that it is read as Windows-1252, and that is told. A line that is broken is told of and
    left out; the others count. Cells left out at the end of a line are empty.

    Args:
        path: The file.
        columns: Names of its columns, in their order.
        fewest: How many cells a line has at least.

    Returns:
        Number and texts by column of each line, without blanks around them; and what is wrong, with file and line.
    """
    # the folder of the sender says whose decisions these are
    where = "/".join(path.parts[-3:])
    problems: list[Problem] = []
    try:
        text, is_certain = _decoded(path.read_bytes())
    except (OSError, UnicodeDecodeError):
        what = "it cannot be opened, or its letters cannot be read, so it does not count"
        return [], [Problem(where, what, "Save it as CSV, encoded in UTF-8.")]
    if not is_certain:
        what = "it is not encoded in UTF-8; it was read as Windows-1252"
        problems.append(Problem(where, what, "Save it as 'CSV UTF-8', and look whether its accents are right."))
    lines = re.findall(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+", text)
    start = 0
    while start < len(lines) and (not lines[start].strip() or _SEPARATOR_LINE.fullmatch(lines[start])):
        start += 1
    first = lines[start] if start < len(lines) else ""
    delimiter = max(",;\t", key=first.count)
    heading = _cells([first], delimiter) or []
    while heading and not heading[-1]:
        heading.pop()
    if tuple(heading) != tuple(columns):
        what = f"its columns are not {', '.join(columns)}, so it does not count"
        return [], [*problems, Problem(f"{where}, line {start + 1}", what, "Write the first line so.")]
    found: list[tuple[int, dict[str, str]]] = []
    place = start + 1
    while place < len(lines):
        number = place + 1
        cells, place = _record(lines, place, delimiter, len(columns))
        if cells is None or (any(cells) and len(cells) < fewest):
            what = f"it has not {len(columns)} fields, or a double quote too many or too few; it does not count"
            do = "Put texts that hold a comma or semicolon into double quotes."
            problems.append(Problem(f"{where}, line {number}", what, do))
        elif any(cells):
            cells += [""] * (len(columns) - len(cells))
            found.append((number, dict(zip(columns, cells, strict=False))))
    return found, problems


def text_of(path: Path) -> tuple[str, str]:
    """The whole text of a file of decisions, and what separates its cells.

    Args:
        path: The file.

    Raises:
        OSError: If it cannot be opened.
        UnicodeDecodeError: If its letters cannot be read.
    """
    text, _ = _decoded(path.read_bytes())
    first = next((line for line in text.splitlines() if line.strip() and not _SEPARATOR_LINE.fullmatch(line)), "")
    return text, max(",;\t", key=first.count)


def read_day(text: str) -> str:
    """A day as ISO 8601, of one written so or as spreadsheets rewrite it (22/11/2026, 2026/11/22); else empty."""
    if match := _YEAR_FIRST.fullmatch(text.strip()):
        year, month, day = match.groups()
    elif match := _DAY_FIRST.fullmatch(text.strip()):
        day, month, year = match.groups()
    else:
        return ""
    try:
        return dt.date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return ""


def _decoded(content: bytes) -> tuple[str, bool]:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16"), True
    try:
        return content.decode("utf-8-sig"), True
    except UnicodeDecodeError:
        return content.decode("cp1252"), False


def _record(lines: Sequence[str], start: int, delimiter: str, width: int) -> tuple[list[str] | None, int]:
    """The cells of the record that begins in a line, and where the next begins; none where it is broken."""
    for end in range(start + 1, min(start + _MOST_LINES, len(lines)) + 1):
        cells = _cells(lines[start:end], delimiter)
        if cells is None:
            continue
        while len(cells) > width and not cells[-1]:
            cells.pop()
        # a quote that is never closed must not swallow the lines below
        if len(cells) <= width and (end == start + 1 or len(cells) == width):
            return cells, end
        break
    return None, start + 1


def _cells(lines: Sequence[str], delimiter: str) -> list[str] | None:
    """The cells of one record, or none where these lines are not one."""
    try:
        found = list(csv.reader(lines, delimiter=delimiter, strict=True))
    except csv.Error:
        return None
    return [cell.strip() for cell in found[0]] if len(found) == 1 else ([] if not found else None)
