"""Sheets that go on with the records of another sheet, and have no headings of their own."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from lm_stats.spec import Problem
from lm_stats.stage.around import LONE_CELLS, is_filled
from lm_stats.stage.sheets import Cell, Sheet
from lm_stats.stage.wording import shown

_SAMPLE = 200
_LEAST_ROWS, _LEAST_COLUMNS, _LEAST_KINDS = 2, 5, 3
# the share of columns that must hold the same kind of content, and of the cells of a first row
_MOST = 0.8
_DATE = re.compile(r"\d{1,4}[-/. ]\d{1,2}[-/. ]\d{1,4}(?:[ T][\d:.]+)?")
_NUMBER = re.compile(r"-?\d[\d ,]*(?:\.\d+)?")


@dataclass(frozen=True)
class Rows:
    """What a sample of rows of a sheet looks like.

    Attributes:
        where: File and sheet.
        name: Name of the sheet.
        first: Kinds of the cells of the first row, an empty text for empty ones.
        kinds: The most frequent kind in each column, from the first filled one; an empty text for empty ones.
        count: Number of filled rows.
    """

    where: str
    name: str
    first: tuple[str, ...]
    kinds: tuple[str, ...]
    count: int


def look_at_rows(where: str, sheet: Sheet, count: int, bottom: int = 0) -> Rows:
    """Look at the first rows of a sheet that hold more than a title or a note.

    Args:
        where: File and sheet.
        sheet: The sheet.
        count: Number of its filled rows.
        bottom: The first row below its headings, if it has any.
    """
    every = [[_kind(cell) for cell in row] for row in islice(_wide(sheet.rows, bottom), _SAMPLE)]
    columns = [Counter(kind for kind in column if kind) for column in zip(*every, strict=True)]
    kinds = [column.most_common(1)[0][0] if column else "" for column in columns]
    start = next((place for place, kind in enumerate(kinds) if kind), 0)
    while kinds and not kinds[-1]:
        kinds.pop()
    first = every[0][start : len(kinds)] if every else []
    return Rows(where, sheet.title or sheet.name, tuple(first), tuple(kinds[start:]), count)


def describe_continued(read: Sequence[Rows], skipped: Sequence[Rows]) -> list[Problem]:
    """Say which sheets that were skipped go on with the records of one that was read.

    Their first row is no heading: most of its cells are of the kind that stands in its column. As many columns are
    filled as in the sheet that was read, and most of them hold the same kind of content: dates, numbers, texts with
    digits or words.

    Args:
        read: Rows of the sheets that were read.
        skipped: Rows of the sheets that were skipped.
    """
    problems = []
    for rows in skipped:
        like = next((one for one in read if _goes_on(one, rows)), None)
        if like is not None:
            what = f"the sheet has {rows.count} rows like those of sheet {shown(like.name)} and no headings"
            do = "Ask the office to put the headings above them, or the rows below those of the other sheet."
            problems.append(Problem(rows.where, what, do))
    return problems


def _goes_on(read: Rows, rows: Rows) -> bool:
    filled = sum(map(bool, rows.kinds))
    if rows.count < _LEAST_ROWS or filled < _LEAST_COLUMNS or abs(filled - sum(map(bool, read.kinds))) > 1:
        return False
    if len(set(rows.kinds) - {""}) < _LEAST_KINDS:
        return False
    return _are_alike(rows.first, rows.kinds) and _are_alike(rows.kinds, read.kinds)


def _are_alike(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether most of the filled ones of two series of kinds are the same at the same place."""
    both = [(a, b) for a, b in zip(one, other, strict=False) if a and b]
    least = min(sum(map(bool, one)), sum(map(bool, other)))
    return len(both) >= _MOST * least > 0 and sum(1 for a, b in both if a == b) >= _MOST * len(both)


def _wide(rows: Sequence[Sequence[Cell]], bottom: int) -> Iterator[Sequence[Cell]]:
    return (row for row in islice(rows, bottom, None) if sum(1 for cell in row if is_filled(cell)) > LONE_CELLS)


def _kind(cell: Cell) -> str:
    if not is_filled(cell):
        return ""
    if isinstance(cell, dt.date | dt.time | dt.timedelta):
        return "date"
    if not isinstance(cell, str):
        return "number"
    text = cell.strip()
    if _DATE.fullmatch(text):
        return "date"
    if _NUMBER.fullmatch(text):
        return "number"
    return "document" if any(map(str.isdigit, text)) else "words"
