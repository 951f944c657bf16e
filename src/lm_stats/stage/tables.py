"""Published tables in sheets: the values below a header, with the labels of their rows."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np

from lm_stats.stage.batches import NOTHING, Cells, constant, encode, marked
from lm_stats.stage.headers import Grid, Table
from lm_stats.stage.sheets import Sheet
from lm_stats.stage.values import VALUE, Values, encode_labels, encode_numbers, is_number
from lm_stats.stage.wording import fold_heading


@dataclass(frozen=True)
class Reading:
    """The values of a table, and rows of it that a person should know of.

    Attributes:
        values: The values.
        unlabelled: Rows that hold numbers without any label, and were left out.
        longer: Lines of text that hold values and more cells than there are headings.
        shorter: Lines of text that have labels and fewer cells than there are headings.
        spanning: Lines of text that have another number of cells, of which one goes over several lines.
    """

    values: Values
    unlabelled: tuple[int, ...]
    longer: tuple[int, ...]
    shorter: tuple[int, ...]
    spanning: tuple[int, ...]


def read_table(table: Table, grid: Grid, file: str, numbers: Collection[str], decimal: str) -> Reading:
    """Read the values below a header.

    Args:
        table: The table.
        grid: Its sheet.
        file: Name of the file.
        numbers: Concepts that hold numbers; a row with one of them as a label (the bounds of a range) is a value
            also where the only column of values is empty.
        decimal: The decimal mark of the source.
    """
    layout, sheet, first = table.layout, grid.sheet, table.header + 1
    width = len(sheet.rows[0])
    whole = np.array(sheet.rows[first:], dtype=object).reshape(-1, width)
    columns = [column for column, _ in table.values]
    values = encode_numbers(whole[:, columns].ravel(), decimal, layout.blank)
    kept = (values.places != NOTHING).reshape(-1, len(columns))
    labels: dict[str, Cells] = {}
    labelled = np.full(len(whole), not table.labels)
    for name, column in table.labels.items():
        written = _filled_down(whole[:, column], sheet, column, first)
        if name in numbers:
            labels[name] = encode_numbers(written, decimal, layout.blank)
            if len(columns) == 1:
                kept[:, 0] |= labels[name].places != NOTHING
        else:
            labels[name] = encode_labels(written)
            labelled |= labels[name].places != NOTHING
    kept &= ~_repeats_header(table, labels)[:, None]
    has_number = (marked([is_number(text) for text in values.texts], values.places).reshape(kept.shape) & kept).any(1)
    numbered = np.asarray(sheet.numbers, dtype=np.int32)[first:]
    unlabelled = numbered[has_number & ~labelled]
    kept &= labelled[:, None]
    rows, places = np.nonzero(kept)
    cells = {name: constant(text, len(rows)) for name, text in table.texts.items()}
    for name in dict.fromkeys(name for _, texts in table.values for name in texts):
        cells[name] = encode(places.astype(np.int32), [texts.get(name) for _, texts in table.values])
    cells |= {name: own.rows(rows) for name, own in labels.items()}
    cells[VALUE] = values.rows(rows * len(columns) + places)
    letters = [str(column + 1) if grid.is_text else column_letters(column) for column in columns]
    found = Values(file, sheet.name, numbered[rows], Cells(places.astype(np.int32), letters), cells)
    return Reading(found, tuple(unlabelled.tolist()), *_irregular(table, sheet, kept.any(1), labels))


def read_cells(grid: Grid, file: str) -> Values:
    """Every filled cell of a sheet, in the order of rows and columns.

    Args:
        grid: The sheet.
        file: Name of the file.
    """
    sheet = grid.sheet
    width = len(sheet.rows[0])
    cells = encode_labels(np.array(sheet.rows, dtype=object).reshape(-1, width).ravel())
    filled = np.flatnonzero(cells.places != NOTHING)
    letters = [str(column + 1) if grid.is_text else column_letters(column) for column in range(width)]
    numbers = np.asarray(sheet.numbers, dtype=np.int32)[filled // width]
    columns = Cells((filled % width).astype(np.int32), letters)
    return Values(file, sheet.name, numbers, columns, {VALUE: cells.rows(filled)})


def _filled_down(cells: np.ndarray, sheet: Sheet, column: int, first: int) -> np.ndarray:
    """The cells of a column of labels, where merged ones hold for all of their rows."""
    for top, left, bottom, right in sheet.merged:
        if left <= column <= right and first <= top < bottom:
            cells = cells.copy()
            cells[top - first : bottom - first + 1] = sheet.rows[top][left]
    return cells


def _repeats_header(table: Table, labels: Mapping[str, Cells]) -> np.ndarray:
    """Rows in which the headings of labels stand again, as on each printed page."""
    found: np.ndarray | None = None
    for name, cells in labels.items():
        headings = {fold_heading(heading) for heading in table.layout.labels[name]}
        same = marked([fold_heading(text) in headings for text in cells.texts], cells.places)
        found = same if found is None else found & same
    return np.zeros(1, dtype=bool) if found is None else found


def _irregular(
    table: Table, sheet: Sheet, used: np.ndarray, labels: Mapping[str, Cells]
) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
    """Lines of text with values that are longer than the header, shorter, or go over several lines."""
    if not len(sheet.lengths):
        return (), (), ()
    first = table.header + 1
    numbers, lengths = np.asarray(sheet.numbers)[first:], np.asarray(sheet.lengths)[first:]
    expected = int(sheet.lengths[table.header])
    needed = [cells.places != NOTHING for name, cells in labels.items() if name not in table.layout.optional]
    labelled = np.all(needed, axis=0) if needed else used
    beyond = [place for place in np.flatnonzero(used & (lengths > expected)).tolist()
              if any(str(cell).strip() for cell in sheet.rows[first + place][expected:])]  # fmt: skip
    spanning = (np.asarray(sheet.spans)[first:] > 1) & (lengths != expected) & (lengths > 1)
    return (
        tuple(numbers[beyond].tolist()),
        tuple(numbers[labelled & (lengths < expected)].tolist()),
        tuple(numbers[spanning].tolist()),
    )


def column_letters(column: int) -> str:
    """The letters of a column as spreadsheet programs show them, from 0."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def column_of(letters: str) -> int:
    """The column, from 0, that a spreadsheet program shows with some letters."""
    column = 0
    for letter in letters:
        column = 26 * column + ord(letter) - 64
    return column - 1
