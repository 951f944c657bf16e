"""Headings of published tables over several rows: their levels joined, and the marks of notes taken off."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from lm_stats.stage.sheets import Cell, Sheet
from lm_stats.stage.values import is_number, plain_text

LEVELS = 6
BETWEEN = " / "
# more than these, and nobody can say what is a note and what a name
_READINGS = 4096
_BROKEN = re.compile(r"(?<=[^\W\d_A-Z])-[ \t]*[\r\n]+[ \t]*(?=[a-z])")
_AFTER_HYPHEN = re.compile(r"(?<=\w-)[ \t]*[\r\n]+[ \t]*")
_NOTE = re.compile(r"\(?(\d{1,2})\s?[.):]\s*(\S.*)", re.DOTALL)
_RAISED = str.maketrans("\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079", "0123456789")
_RAISED_END = re.compile(
    r"(.*[^\u2070\u00b9\u00b2\u00b3\u2074-\u2079])([\u2070\u00b9\u00b2\u00b3\u2074-\u2079]{1,2})", re.DOTALL
)
_NUMBER_END = re.compile(r"(.*?)(\s?[(\[]?)(\d+)([)\]]?)", re.DOTALL)
_CODE = re.compile(r"[A-Z0-9]{2,12}")


@dataclass(frozen=True)
class Headings:
    """Names of columns over several rows.

    Attributes:
        names: The levels of each column joined, without marks of notes.
        notes: Numbers of the notes that each column bears, in order.
        top: The uppermost row, from 0.
        bottom: The lowest row.
        undecided: Whether numbers at the end of names may be notes, and nobody can tell.
    """

    names: Mapping[int, str]
    notes: Mapping[int, tuple[int, ...]]
    top: int
    bottom: int
    undecided: bool


@dataclass
class _Reading:
    """One way to read headings: the name and the note of each text that may bear one."""

    parts: dict[str, tuple[str, int]] = field(default_factory=dict)


def numbered_notes(texts: Iterable[str]) -> dict[int, str]:
    """Notes below a table that begin with their numbers, as far as these count from 1.

    Args:
        texts: Texts below the table, in order.
    """
    found: dict[int, str] = {}
    for text in texts:
        match = _NOTE.fullmatch(text.strip())
        if match and int(match[1]) == len(found) + 1:
            found[int(match[1])] = " ".join(match[2].split())
    return found


def join_levels(sheet: Sheet, row: int, labels: Collection[int], notes: Collection[int]) -> Headings:
    """The names of the columns of values around the row in which the headings of labels stand.

    Levels are the rows above it to the next title: a row that is empty, or has a text in or over a column of labels,
    or only one text over one column and no level above; and the rows below it as far as they hold texts and no
    labels. A merged cell holds for all its columns; in a row without merged cells, a text holds to the next one in its
    row or above. Words that were broken by a hyphen at the end of a line are mended.

    A number at the end of a name is a note only if one with this number stands below the table and all headings
    can be read so in one way: every note is mentioned, for the first time in the order of numbers (by rows, from
    left to right), and no two names become one. Rows of codes bear no notes.

    Args:
        sheet: The sheet.
        row: The row, from 0.
        labels: Columns of labels.
        notes: Numbers of the notes below the table.
    """
    top, bottom = _extent(sheet, row, labels)
    width = len(sheet.rows[0])
    grid = [[_mended(cell) for cell in sheet.rows[number]] for number in range(top, bottom + 1)]
    spread = _spread(sheet, grid, top)
    columns = [column for column in range(width) if column not in labels and any(level[column] for level in spread)]
    named = [level for level in range(len(grid)) if not _is_codes(grid[level], labels)]
    texts = [text for level in named for column, text in enumerate(grid[level]) if text and column not in labels]
    readings = _readings(tuple(dict.fromkeys(texts)), texts, notes)
    fitting: list[_Reading] = []
    words = [spread[level] for level in named]
    every = range(len(words))
    different = len({_name(words, column, every, _Reading()) for column in columns})
    for reading in readings:
        if len({_name(words, column, every, reading) for column in columns}) == different:
            fitting.append(reading)
        if len(fitting) > 1:
            break
    only = fitting[0] if len(fitting) == 1 else _Reading()
    return Headings(
        {column: _name(spread, column, named, only) for column in columns},
        {column: _borne(spread, column, named, only) for column in columns},
        top,
        bottom,
        bool(notes) and len(fitting) != 1 and any(_splits(text, notes) for text in texts),
    )


def _mended(cell: Cell) -> str:
    text = _AFTER_HYPHEN.sub("", _BROKEN.sub("", plain_text(cell)))
    return " ".join(text.split())


def _extent(sheet: Sheet, row: int, labels: Collection[int]) -> tuple[int, int]:
    """The uppermost and the lowest row of the headings."""
    top = row
    for number in range(row - 1, max(row - LEVELS, -1), -1):
        over = _columns_over(sheet, number, labels)
        if not over:
            break
        if over > 1:
            # one text over one column is a level only below another
            top = number
    bottom = row
    while bottom + 1 < len(sheet.rows) and bottom - top < LEVELS - 1:
        below = sheet.rows[bottom + 1]
        texts = [plain_text(cell).strip() for cell in below]
        if not any(texts) or any(texts[column] for column in labels) or any(map(is_number, filter(None, texts))):
            break
        bottom += 1
    return top, bottom


def _columns_over(sheet: Sheet, number: int, labels: Collection[int]) -> int:
    """Over how many columns of values the texts of a row stand, at least; none for a title or an empty row."""
    filled = [column for column, cell in enumerate(sheet.rows[number]) if plain_text(cell).strip()]
    over = [(left, right) for above, left, below, right in sheet.merged if above <= number <= below]
    if any(column in labels for column in filled):
        return 0
    if any(left <= column <= right for left, right in over for column in labels):
        return 0
    wide = any(left in filled and right > left for left, right in over)
    return max(len(filled), 2 * int(wide))


def _spread(sheet: Sheet, grid: Sequence[Sequence[str]], top: int) -> list[list[str]]:
    """The texts of each row, those of upper levels in all columns that they stand over."""
    spread = [list(row) for row in grid]
    starts: set[int] = set()
    for level, row in enumerate(spread[:-1]):
        own = [column for column, text in enumerate(row) if text]
        merged = [(left, right) for first, left, _, right in sheet.merged if first == top + level and right > left]
        if merged:
            for left, right in merged:
                row[left : right + 1] = [row[left]] * (min(right, len(row) - 1) - left + 1)
        else:
            text = ""
            for column, found in enumerate(row):
                text = found or ("" if column in starts else text)
                if not found and any(lower[column] for lower in grid[level + 1 :]):
                    row[column] = text
        starts |= set(own)
    return spread


def _is_codes(row: Sequence[str], labels: Collection[int]) -> bool:
    """Whether the texts of a row are codes: words of capital letters and digits, all of one length."""
    texts = [text for column, text in enumerate(row) if text and column not in labels]
    return len(texts) > 1 and all(map(_CODE.fullmatch, texts)) and len(set(map(len, texts))) == 1


def _splits(text: str, notes: Collection[int]) -> list[tuple[str, int]]:
    """The ways to read a text as a name with a note."""
    raised = _RAISED_END.fullmatch(text)
    if raised:
        number = int(raised[2].translate(_RAISED))
        return [(raised[1].rstrip(), number)] if number in notes else []
    match = _NUMBER_END.fullmatch(text)
    if not match or bool(match[2].strip()) != bool(match[4]):
        return []
    digits = match[3]
    # in brackets, or after a space, the whole number is meant
    lengths = [len(digits)] if match[2] else range(1, min(2, len(digits)) + 1)
    found = []
    for length in lengths:
        name, mark = (match[1] + digits[:-length]).rstrip(), digits[-length:]
        if mark[0] != "0" and int(mark) in notes and any(map(str.isalpha, name)):
            found.append((name, int(mark)))
    return found


def _readings(different: Sequence[str], texts: Sequence[str], notes: Collection[int]) -> Iterator[_Reading]:
    """The ways to read headings in which every note is mentioned, first in the order of numbers."""
    choices = {text: split for text in different if (split := _splits(text, notes))}
    if not choices or not notes:
        return
    certain = {text for text in choices if _RAISED_END.fullmatch(text)}
    order = [text for text in different if text in choices]
    tried = 0

    def extend(place: int, reading: dict[str, tuple[str, int]], seen: int) -> Iterator[_Reading]:
        nonlocal tried
        tried += 1
        if tried > _READINGS:
            return
        if place == len(order):
            if seen == len(notes):
                yield _Reading(dict(reading))
            return
        text = order[place]
        for name, number in choices[text]:
            if number <= seen + 1:
                reading[text] = (name, number)
                yield from extend(place + 1, reading, max(seen, number))
                del reading[text]
        if text not in certain:
            yield from extend(place + 1, reading, seen)

    found = list(extend(0, {}, 0))
    # too many to be looked at are as good as none
    yield from found if tried <= _READINGS else ()


def _name(spread: Sequence[Sequence[str]], column: int, named: Collection[int], reading: _Reading) -> str:
    parts = []
    for level, row in enumerate(spread):
        if row[column]:
            text = row[column]
            parts.append(reading.parts[text][0] if level in named and text in reading.parts else text)
    return BETWEEN.join(parts)


def _borne(
    spread: Sequence[Sequence[str]], column: int, named: Collection[int], reading: _Reading
) -> tuple[int, ...]:
    found = [reading.parts[spread[level][column]][1] for level in named if spread[level][column] in reading.parts]
    return tuple(dict.fromkeys(found))
