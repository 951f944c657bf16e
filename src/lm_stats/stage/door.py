"""What is turned away at the door: files for statistics that say who is who."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from lm_stats.spec import Kind, Problem, Record, Source
from lm_stats.stage.companions import find_tables
from lm_stats.stage.delimited import Irregular, open_delimited
from lm_stats.stage.identifying import direct_identifiers
from lm_stats.stage.readers import read
from lm_stats.stage.reading import Reading
from lm_stats.stage.record_sheets import find_type
from lm_stats.stage.shapes import find_blocks
from lm_stats.stage.wording import fold_heading, shown


def find_identifying(source: Source, kind: Kind, paths: Sequence[Path]) -> list[Problem]:
    """Find columns of direct identifiers that the source does not declare, by their names and titles.

    Args:
        source: The source that the files come from.
        kind: Its kind.
        paths: The files of a delivery.

    Returns:
        A problem for each table that has such columns; empty where all is well.

    Raises:
        Fault: If a file cannot be read.
    """
    views = tuple((record, source.for_record(record)) for record in kind.records)
    headings = Reading(views, {}, {}, kind.rectangular, {}).headings
    known = {fold_heading(part) for heading in headings for part in (heading, *heading.split(" + "))}
    problems = []
    for where, names, titles in _columns(paths, headings, views):
        asked = [place for place, name in enumerate(names) if fold_heading(name) not in known]
        found = direct_identifiers([names[place] for place in asked], [titles[place] for place in asked])
        if found:
            listed = ", ".join(shown(name) for name in found)
            what = f"columns say who the persons are, which statistics do not need: {listed}"
            do = (
                "Ask the office for the file without them, and delete this one. If the source needs them, declare them "
                f"in source {source.id}: as identifiers, which become tokens, or as ignored."
            )
            problems.append(Problem(where, what, do))
    return problems


def _columns(
    paths: Sequence[Path], headings: Sequence[str], views: Sequence[tuple[Record, Source]]
) -> Iterator[tuple[str, Sequence[str], Sequence[str]]]:
    """Name of each table, names and titles of its columns."""
    for tables in find_tables(paths):
        for table in tables.labelled:
            where = f"{table.path.name}, record {shown(table.sheet)}" if table.sheet else table.path.name
            # an answer that has labels is no name or number of anybody, whatever it is about
            titles = dict(zip(table.names, table.titles, strict=True))
            own = [name for name in table.names if name not in table.inherited and not table.has_labels(name)]
            yield where, own, [titles[name] for name in own]
        if tables.labelled:
            continue
        if tables.form == "text":
            try:
                names = open_delimited(tables.path, headings).headings
                yield tables.path.name, names, [""] * len(names)
                continue
            except Irregular:
                pass
        for sheet in read(tables.path, headings, tables.form).sheets:
            for block in find_blocks(tables.path.name, sheet, views, []):
                (_, _, header), _ = find_type(tables.path, block, views)
                if header is not None:
                    yield f"{tables.path.name} {shown(block.name)}".strip(), header.names, [""] * len(header.names)
