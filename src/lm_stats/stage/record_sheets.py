"""The sheets of a workbook, or a text read whole, as rows of declared types."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from lm_stats.handover import PARTIAL_HEADING, UnclearLayout, is_returned
from lm_stats.spec import Fault, Problem, Record, Source
from lm_stats.stage.batches import ROWS, Batch, Cells, Piece
from lm_stats.stage.continued import Rows, describe_continued, look_at_rows
from lm_stats.stage.faults import part_of_a_file
from lm_stats.stage.layout import (
    Header,
    describe_difference,
    describe_repeats,
    find_header,
    without_empty_repeats,
)
from lm_stats.stage.layouts import Question
from lm_stats.stage.matching import Match
from lm_stats.stage.readers import read
from lm_stats.stage.reading import Reading
from lm_stats.stage.rows import filled_columns, read_rows
from lm_stats.stage.shapes import divided
from lm_stats.stage.sheets import Sheet
from lm_stats.stage.tables import column_letters
from lm_stats.stage.texts import looks_positional, unbalanced_quote
from lm_stats.stage.wording import shown

_PIVOT = "the sheet is a pivot table, which counts records and holds none"
_RECORDS = "Ask the office for the sheet with the records that it was made from."


def open_sheets(path: Path, form: str, reading: Reading) -> list[Piece]:
    """The rows of the sheets of a workbook, a web page or a text that was read whole.

    Raises:
        Fault: If no sheet can be read, or the headings of one differ from the declaration.
    """
    found = read(path, reading.headings, form)
    pieces: list[Piece] = []
    problems: list[Problem] = []
    skipped: list[tuple[str, int, tuple[Record, Source, Header | None]]] = []
    pivots: list[str] = []
    questions: list[Question] = []
    weak: list[Question] = []
    known: list[Rows] = []
    unknown: list[Rows] = []
    for sheet in divided(path, found.sheets, reading.views, reading.warnings):
        where = f"{path.name}, sheet {shown(sheet.name)}" if sheet.name else path.name
        filled = sum(1 for row in sheet.rows if any(cell != "" for cell in row))
        if not filled or is_returned(sheet.name, sheet.rows):
            continue
        if sheet.pivot:
            pivots.append(where)
            continue
        nearest, is_likely = find_type(path, sheet, reading.views)
        record, view, header = nearest
        if header is not None and header.names[0] == PARTIAL_HEADING and 0 not in header.taken:
            raise part_of_a_file(path)
        match: Match | None = None
        if not is_likely or header is None or header.missing(view, record) or header.repeated:
            layout = reading.layouts.of_sheet(path.name, where, sheet)
            if isinstance(layout, Question):
                is_asked = is_likely or layout.is_likely
                (questions if is_asked else weak).append(layout)
                if not is_asked:
                    skipped.append((where, filled, nearest))
                    unknown.append(look_at_rows(where, sheet, filled))
                continue
            if layout is not None:
                match, (record, view, header), is_likely = layout, (layout.record, layout.view, layout.header), True
        else:
            layout = reading.layouts.of_complete(path.name, where, sheet, record, view, header)
            if isinstance(layout, Question):
                questions.append(layout)
                continue
            if layout is not None:
                match, (record, view, header) = layout, (layout.record, layout.view, layout.header)
        if not is_likely or header is None:
            skipped.append((where, filled, nearest))
            unknown.append(look_at_rows(where, sheet, filled))
            continue
        if header.missing(view, record) or header.repeated:
            problems += describe_repeats(where, header, view)
            problems += describe_difference(where, header, view, record)
        else:
            reading.note_layout(path.name, sheet.name, where, match or Match(record, view, header))
            pieces.append(_read_piece(path, where, sheet, header, record, view, reading))
            known.append(look_at_rows(where, sheet, filled, header.bottom))
    reading.warnings += found.warnings
    problems += describe_continued(known, unknown)
    if not pieces and not problems and not questions:
        questions = weak
    if questions:
        raise UnclearLayout([*(one.problem for one in questions), *problems], [one.proposal for one in questions])
    if not pieces and not problems:
        problems += [Problem(where, _PIVOT, _RECORDS) for where in pivots] or _describe_nothing(path, skipped)
    if problems and form == "text" and looks_positional(path):
        what = "the lines look like those of a file of fixed width, which says nothing without its description"
        do = "Deliver it together with its CSPro dictionary (.dcf) or DDI codebook (.xml), in one command."
        raise Fault(Problem(path.name, what, do))
    if problems:
        raise Fault(problems)
    reading.warnings += [Problem(where, f"{_PIVOT}; it was skipped", _RECORDS) for where in pivots]
    for where, filled, (_, view, _) in skipped:
        reading.warnings.append(
            Problem(
                where,
                f"the sheet was skipped: its headings are not those of records ({filled} filled rows)",
                f"If it holds records, declare its headings in source {view.id}.",
            )
        )
    return pieces


def find_type(
    path: Path, sheet: Sheet, views: Sequence[tuple[Record, Source]]
) -> tuple[tuple[Record, Source, Header | None], bool]:
    """The type of rows that a sheet holds: the nearest by its headings, and whether it holds records at all.

    Args:
        path: The file.
        sheet: The sheet.
        views: The types of rows, each with the source as it stands for it.

    Raises:
        Fault: If it has the headings of two types.
    """
    headers = []
    for record, view in views:
        header = find_header(sheet, view, record)
        if header and header.repeated:
            header = without_empty_repeats(header, filled_columns(sheet, header), view, record)
        if header is not None:
            headers.append((record, view, header))
    likely = [found for found in headers if found[2].looks_like_data(found[1], found[0])]
    if likely:
        return nearest_type(path.name, likely), True
    return (nearest_type(path.name, headers) if headers else (*views[0], None)), False


def nearest_type(where: str, headers: Sequence[tuple[Record, Source, Header]]) -> tuple[Record, Source, Header]:
    """The type of rows that a header is nearest to: complete, then with most concepts found.

    Raises:
        Fault: If it has the headings of two types: it is not certain which row is of which.
    """
    whole = [record for record, view, header in headers if not header.missing(view, record) and not header.repeated]
    if len(whole) > 1:
        names = " and ".join(f"{record.id} ({record.unit})" for record in whole)
        what = f"the file has the headings of two types of rows, {names}, so none of its rows is certain to be either"
        raise Fault(Problem(where, what, "Ask the office for a file for each type."))

    def near(found: tuple[Record, Source, Header]) -> tuple[bool, int, int]:
        record, view, header = found
        missing = header.missing(view, record)
        return not missing and not header.repeated, len(header.columns), -len(missing)

    return max(headers, key=near)


def _describe_nothing(
    path: Path, skipped: Sequence[tuple[str, int, tuple[Record, Source, Header | None]]]
) -> list[Problem]:
    if not skipped:
        return [Problem(path.name, "the file has no filled cells", "Ask the office for the file with its records.")]
    known = [(where, *nearest) for where, _, nearest in skipped if nearest[2] is not None]
    if not known:
        record, view, _ = skipped[0][2]
        return describe_difference(path.name, None, view, record)
    return [
        problem for where, record, view, header in known for problem in describe_difference(where, header, view, record)
    ]


def _read_piece(
    path: Path, where: str, sheet: Sheet, header: Header, record: Record, view: Source, reading: Reading
) -> Piece:
    rows = read_rows(sheet, header, view, record, reading.concepts, reading.coders[record.id])
    # cells beyond the headings of a CSV file are told of line by line
    width = sheet.lengths[header.bottom - 1] if sheet.lengths else len(header.names)
    reading.warnings += describe_unnamed(where, [column for column in rows.unnamed if column < width])
    reading.warnings += describe_differing(where, rows.differing)
    reading.warnings += [Problem(where, what, do) for what, do in rows.remarks]
    shifted = _find_shifted(path, where, sheet, header, rows.places, reading.warnings)
    numbers = np.asarray(sheet.numbers, dtype=np.int32)[rows.places]
    whole = Batch(
        sheet.name,
        numbers,
        Cells.of(rows.excluded),
        {name: Cells.of(rows.texts[name]) for name in record.concepts if name in rows.texts},
        shifted.to_numpy(dtype=bool),
    )
    return Piece(path.name, record, view, frozenset(whole.cells), _split(whole))


def _split(whole: Batch) -> Iterator[Batch]:
    """The rows of a sheet in batches."""
    for start in range(0, len(whole.numbers), ROWS):
        part = np.arange(start, min(start + ROWS, len(whole.numbers)))
        yield Batch(
            whole.sheet,
            whole.numbers[part],
            whole.excluded.rows(part),
            {name: cells.rows(part) for name, cells in whole.cells.items()},
            None if whole.shifted is None else whole.shifted[part],
        )


def describe_unnamed(where: str, columns: Collection[int]) -> list[Problem]:
    """Say which columns hold something and have no heading."""
    if not columns:
        return []
    names = ", ".join(column_letters(column) for column in list(columns)[:20])
    return [Problem(where, f"columns without a heading were left out: {names}", "Ask the office what they hold.")]


def describe_differing(where: str, differing: Mapping[str, int]) -> list[Problem]:
    """Say where several columns of a concept hold different texts in one row."""
    return [
        Problem(
            where,
            f"{count} rows hold different texts in the columns of {concept}; that of the newest heading was taken",
            "Ask the office which column is meant.",
        )
        for concept, count in differing.items()
    ]


def _find_shifted(
    path: Path, where: str, sheet: Sheet, header: Header, places: np.ndarray, warnings: list[Problem]
) -> pd.Series:
    """Rows of a CSV file whose cells are more than its headings, so that some are in wrong columns."""
    if not len(sheet.lengths):
        return pd.Series(False, index=range(len(places)))
    lengths = np.asarray(sheet.lengths)
    expected = int(lengths[header.bottom - 1])
    spans = np.asarray(sheet.spans)
    broken = [int(place) for place in places if spans[place] > 1 and lengths[place] != expected]
    if broken:
        # a quotation mark that is closed lines below swallows what stands between
        raise unbalanced_quote(path, int(sheet.numbers[broken[0]]))
    longer = [bool(lengths[p] > expected and any(str(c).strip() for c in sheet.rows[p][expected:])) for p in places]
    if any(longer):
        lines = [str(sheet.numbers[place]) for place, is_longer in zip(places, longer, strict=True) if is_longer]
        warnings.append(
            Problem(
                where,
                f"{len(lines)} lines hold more cells than there are headings, so that nothing in them can be relied "
                f"on (lines {', '.join(lines[:10])}{', ...' if len(lines) > 10 else ''})",
                "Ask the office to write values that hold the delimiter in quotation marks.",
            )
        )
    return pd.Series(longer, index=range(len(places)), dtype=bool)
