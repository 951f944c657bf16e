"""Whose file it is: the source whose headings a file has."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from lm_stats.compile.coder import Coder
from lm_stats.spec import Concept, Fault, Kind, MapEntry, Record, Source
from lm_stats.stage.companions import find_tables
from lm_stats.stage.delimited import Irregular, open_delimited
from lm_stats.stage.layout import Header, name_header
from lm_stats.stage.opening import open_files
from lm_stats.stage.readers import read
from lm_stats.stage.reading import Reading
from lm_stats.stage.record_sheets import find_type
from lm_stats.stage.shapes import find_blocks

Found = tuple[Record, Source, Header | None]
Views = Sequence[tuple[Record, Source]]


def recognise(
    candidates: Mapping[str, tuple[Source, Kind]],
    paths: Sequence[Path],
    concepts: Mapping[str, Concept] | None = None,
    coders_of: Callable[[Source], Mapping[str, Mapping[str, Coder]]] | None = None,
    shared: Sequence[MapEntry] = (),
) -> dict[str, int]:
    """How many columns of each source some files have.

    Args:
        candidates: Sources of unit records with their kinds, by any name.
        paths: The files of one delivery.
        concepts: Concepts by id, where headings that changed are to be matched as well.
        coders_of: Coders of a source by type of rows and concept, likewise.
        shared: Headings that offices anywhere use, likewise.

    Returns:
        By name, the columns found, of sources that miss none which they need; empty where no source fits. Of headings
        that changed, the sources that the files match for certain; 1 for each, where these are several.

    Raises:
        Fault: If a file cannot be read.
    """
    if concepts is not None and coders_of is not None:
        matched = {}
        for name, (source, kind) in candidates.items():
            if count := _matched(source, kind, paths, concepts, coders_of(source), shared):
                matched[name] = count
        return matched if len(matched) == 1 else dict.fromkeys(matched, 1)
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
                for block in find_blocks(tables.path.name, sheet, own, []):
                    nearest, is_likely = find_type(tables.path, block, own)
                    found[name] += _fit(nearest) if is_likely else 0
    return {name: columns for name, columns in found.items() if columns}


def _matched(
    source: Source,
    kind: Kind,
    paths: Sequence[Path],
    concepts: Mapping[str, Concept],
    coders: Mapping[str, Mapping[str, Coder]],
    shared: Sequence[MapEntry],
) -> int:
    """The columns of files that match a source for certain; 0 where something would have to be asked."""
    views = tuple((record, source.for_record(record)) for record in kind.records)
    reading = Reading(views, concepts, coders, kind.rectangular, {}, shared=shared)
    try:
        open_files(paths, reading)
    except Fault:
        return 0
    return sum(1 for line in reading.layouts.found if line.concept)


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
