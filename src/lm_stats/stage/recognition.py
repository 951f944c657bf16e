"""Whose file it is: the source whose headings a file has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from lm_stats.spec import Kind, Record, Source
from lm_stats.stage.delimited import Irregular, open_delimited
from lm_stats.stage.layout import Header, name_header
from lm_stats.stage.opening import Reading, find_tables, find_type
from lm_stats.stage.readers import read

Found = tuple[Record, Source, Header | None]
Views = Sequence[tuple[Record, Source]]


def recognise(candidates: Mapping[str, tuple[Source, Kind]], paths: Sequence[Path]) -> dict[str, int]:
    """How many declared columns of each source some files have.

    Args:
        candidates: Sources of unit records with their kinds, by any name.
        paths: The files of one delivery.

    Returns:
        By name, the columns found, of sources that miss none which they need; empty where no source fits.

    Raises:
        Fault: If a file cannot be read.
    """
    views = {
        name: tuple((record, source.for_record(record)) for record in kind.records)
        for name, (source, kind) in candidates.items()
    }
    headings = [heading for own in views.values() for heading in Reading(own, {}, {}, False, {}).headings]
    found = dict.fromkeys(candidates, 0)
    for tables in find_tables(paths):
        for table in tables.labelled:
            for name, own in views.items():
                found[name] += max(
                    _fit((record, view, name_header(table.names, table.titles, view, record))) for record, view in own
                )
        if tables.labelled:
            continue
        if tables.form == "text" and any(counts := _by_first_line(tables.path, headings, views)):
            # a text of millions of lines is known by its first
            for name, columns in zip(views, counts, strict=True):
                found[name] += columns
            continue
        for sheet in read(tables.path, headings, tables.form).sheets:
            for name, own in views.items():
                nearest, is_likely = find_type(tables.path, sheet, own)
                found[name] += _fit(nearest) if is_likely else 0
    return {name: columns for name, columns in found.items() if columns}


def _by_first_line(path: Path, headings: Sequence[str], views: Mapping[str, Views]) -> list[int]:
    """For each source the columns that the first line of a text has; none where headings stand elsewhere."""
    try:
        sheet = open_delimited(path, headings).as_sheet()
    except Irregular:
        return []
    found = [find_type(path, sheet, own) for own in views.values()]
    return [_fit(nearest) if is_likely else 0 for nearest, is_likely in found]


def _fit(found: Found) -> int:
    """Columns found, or 0 where some that are needed are not there."""
    record, view, header = found
    return 0 if header is None or header.missing(view, record) or header.repeated else len(header.columns)
