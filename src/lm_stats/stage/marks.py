"""Rows that are marked by colours or strikethrough, which a person reads and no program does."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import pairwise

from lm_stats.stage.sheets import Cell, Scan

# rows in which headings are looked for
_HEAD = 60
_TOTALS = ("total", "grand total", "sub-total", "subtotal", "sum")


def count_marked_rows(rows: Sequence[Sequence[Cell]], scan: Scan) -> int:
    """How many records are formatted otherwise than most, so that the format may mean something.

    Headings, totals and rows with few cells are passed over, and so are formats that all cells of a column have and
    rows that are coloured in turn.

    Args:
        rows: The cells of the sheet.
        scan: What was found in it.
    """
    if not scan.formats:
        return 0
    by_row: dict[int, dict[int, str]] = defaultdict(dict)
    for row, column, form in scan.formats:
        if row < len(rows) and column < len(rows[row]) and rows[row][column] != "":
            by_row[row][column] = form
    end = len(rows) if scan.formats_end is None else min(scan.formats_end, len(rows))
    counts = [sum(cell != "" for cell in row) for row in rows[:end]]
    head = _find_head(rows, counts, by_row)
    if head is None:
        return 0
    usual = Counter(count for count in counts[head + 1 :] if count).most_common(1)
    width = usual[0][0] if usual else 0
    records = [
        row
        for row in range(head + 1, end)
        if counts[row]
        and counts[row] * 2 >= width
        and not _is_total(rows[row])
        and (head < 0 or list(rows[row]) != list(rows[head]))
    ]
    forms: dict[int, Counter[str]] = defaultdict(Counter)
    for row in records:
        for column, cell in enumerate(rows[row]):
            if cell != "":
                forms[column][by_row[row].get(column, "") if row in by_row else ""] += 1
    common = {column: _most(counted) for column, counted in forms.items()}
    plain: dict[int, str] = {}
    marked = [
        any(
            own.get(column, "") != common[column]
            for column in forms
            if rows[row][column] != ""
        )
        for row in records
        for own in [by_row.get(row, plain)]
    ]  # fmt: skip
    count = sum(marked)
    turns = sum(first != second for first, second in pairwise(marked))
    in_turn = len(marked) > 3 and turns >= 0.9 * (len(marked) - 1)
    return 0 if in_turn else count


def _find_head(rows: Sequence[Sequence[Cell]], counts: Sequence[int], forms: dict[int, dict[int, str]]) -> int | None:
    """The last row of the headings: the first wide row, and those below it that look the same."""
    wide = max(counts[:_HEAD], default=0)
    found = [row for row, count in enumerate(counts[:_HEAD]) if count and count * 2 >= wide]
    if not found:
        return None
    row = found[0]
    if not all(isinstance(cell, str) for cell in rows[row]):
        # a table without headings
        return row - 1
    own = set(forms.get(row, {}).values())
    while own and row + 1 < len(counts) and set(forms.get(row + 1, {}).values()) == own:
        if not all(isinstance(cell, str) for cell in rows[row + 1]) or row > _HEAD:
            break
        if len(forms[row + 1]) < counts[row + 1]:
            break
        row += 1
    return row


def _most(counted: Counter[str]) -> str:
    """The format of at least half of the cells of a column; else none."""
    form, count = counted.most_common(1)[0]
    return form if count * 2 >= counted.total() and counted[""] < count else ""


def _is_total(row: Sequence[Cell]) -> bool:
    first = next((cell for cell in row if cell != ""), "")
    return isinstance(first, str) and first.strip().casefold().rstrip(":").startswith(_TOTALS)
