"""What an office sent, sheet by sheet as it stands there: for its own staff, and for nobody else."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from lm_stats.handover import Original, OriginalTable, is_returned
from lm_stats.spec import Concept, Kind, Record, Source
from lm_stats.stage.batches import NOTHING
from lm_stats.stage.companions import find_tables
from lm_stats.stage.delimited import Delimited, Irregular, open_delimited
from lm_stats.stage.labelled import Labelled
from lm_stats.stage.layout import Header, find_header, name_header
from lm_stats.stage.readers import read
from lm_stats.stage.reading import Reading
from lm_stats.stage.record_sheets import find_type
from lm_stats.stage.shapes import find_blocks
from lm_stats.stage.sheets import Cell, Sheet
from lm_stats.stage.texts import decode_mixed

Views = Sequence[tuple[Record, Source]]


def read_originals(
    source: Source, kind: Kind, concepts: Mapping[str, Concept], paths: Sequence[Path]
) -> Iterator[Original]:
    """Read the files of a delivery as the office wrote them, every cell, identifiers included.

    Rows have the numbers that staged files have.

    Args:
        source: The source that the delivery belongs to.
        kind: Its kind.
        concepts: Concepts by id.
        paths: The files.

    Raises:
        Fault: If a file cannot be read.
    """
    views = tuple((record, source.for_record(record)) for record in kind.records)
    headings = Reading(views, concepts, {}, kind.rectangular, {}).headings
    for tables in find_tables(paths):
        if tables.labelled:
            found = [_of_table(table, views) for table in tables.labelled]
            # what a workbook gives back is read by itself: a table stands there with all that it carries of others,
            # and one that holds no records of ours would be taken for a damaged one
            yield from [one for one in found if one.record is not None] or found
            continue
        if tables.form == "text" and kind.rectangular:
            try:
                yield _of_text(open_delimited(tables.path, headings), views)
                continue
            except Irregular:
                pass
        for sheet in read(tables.path, headings, tables.form).sheets:
            if not is_returned(sheet.name, sheet.rows):
                yield _of_sheet(tables.path, sheet, views)


def _of_sheet(path: Path, sheet: Sheet, views: Views) -> Original:
    found: list[tuple[str, OriginalTable]] = []
    for block in find_blocks(path.name, sheet, views, []):
        (record, _, header), is_likely = find_type(path, block, views)
        if header is not None and is_likely:
            numbers = block.numbers
            heads = tuple(numbers[place] for place in range(header.top, header.bottom))
            table = OriginalTable(block.name, heads[-1] + 1, numbers[-1], _columns(header), heads)
            found.append((record.id, table))
    if not found:
        return Original(path.name, sheet.name, _lines(sheet), merged=sheet.merged, hidden=sheet.hidden)
    (record_id, first), *others = found
    return Original(
        path.name,
        sheet.name,
        _lines(sheet),
        record_id,
        first.columns,
        first.header,
        sheet.merged,
        sheet.hidden,
        tuple(table for _, table in others),
    )


def _lines(sheet: Sheet) -> Iterator[tuple[int, Sequence[Cell]]]:
    return zip(sheet.numbers, sheet.rows, strict=True)


def _columns(header: Header) -> dict[str, tuple[int, ...]]:
    """Columns by concept, whether each is a value or a part of one."""
    return {
        concept: tuple(dict.fromkeys(column for place in places for column in place))
        for concept, places in header.columns.items()
    }


def _of_text(file: Delimited, views: Views) -> Original:
    """A text of plain lines, which is never held as a whole."""
    sheet = file.as_sheet()
    found = [(record, view, header) for record, view in views if (header := find_header(sheet, view, record))]
    if not found:
        raise Irregular(1, "the first line does not hold declared headings")
    record, _, header = max(found, key=lambda one: (not one[2].missing(one[1], one[0]), len(one[2].columns)))

    def lines() -> Iterator[tuple[int, Sequence[Cell]]]:
        yield 1, file.headings
        for block in file.blocks():
            rows = csv.reader(io.StringIO(decode_mixed(block.content)[0], newline=""), delimiter=file.delimiter)
            for row in rows:
                yield block.line + rows.line_num - 1, row

    return Original(file.path.name, "", lines(), record.id, _columns(header), (1,))


def _of_table(table: Labelled, views: Views) -> Original:
    """A table that names its columns itself: the names stand in row 0."""
    headers = [(record, view, name_header(table.names, table.titles, view, record)) for record, view in views]
    record, view, header = max(headers, key=lambda one: (not one[2].missing(one[1], one[0]), len(one[2].columns)))

    def lines() -> Iterator[tuple[int, Sequence[Cell]]]:
        yield 0, table.names
        for slab in table.slabs(table.names, {}):
            texts = []
            for name in table.names:
                cells = slab.cells[name]
                # a workbook has no other sign for an answer that is missing for a reason
                cells = cells.without([reason is not None for reason in cells.reasons])
                every = [*cells.texts, ""]
                texts.append([every[place] if place != NOTHING else "" for place in cells.places.tolist()])
            yield from zip(slab.numbers.tolist(), zip(*texts, strict=True), strict=True)

    if header.missing(view, record):
        return Original(table.path.name, table.sheet, lines(), header=(0,))
    return Original(table.path.name, table.sheet, lines(), record.id, _columns(header), (0,))
