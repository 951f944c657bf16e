"""The columns of delivered sheets whose headings were matched or decided on, beside what is declared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from lm_stats.handover import LayoutFound, Original
from lm_stats.spec import Kind
from lm_stats.stage.confirmed import written
from lm_stats.stage.layout import SEARCHED_ROWS
from lm_stats.stage.tables import column_of
from lm_stats.stage.wording import fold_heading

_DECLARED = ("declared", "old heading", "ignored", "not declared")


def with_layouts(originals: Iterable[Original], kind: Kind, layouts: Sequence[LayoutFound]) -> Iterator[Original]:
    """Sheets with the columns that they were staged with, where these are not the declared ones.

    Args:
        originals: The sheets as the office wrote them.
        kind: Their kind.
        layouts: What their columns were taken for.
    """
    for original in originals:
        lines = [line for line in layouts if (line.file, line.sheet) == (original.file, original.sheet)]
        is_other = any(line.how not in _DECLARED for line in lines)
        yield _with_layout(original, lines, kind) if is_other else original


def _with_layout(original: Original, lines: Sequence[LayoutFound], kind: Kind) -> Original:
    columns: dict[str, tuple[int, ...]] = {}
    for line in lines:
        for concept in (text.partition("/")[0] for text in line.concept.split()):
            columns[concept] = (*columns.get(concept, ()), column_of(line.column))
    record = next((one.id for one in kind.records if set(columns) <= set(one.concepts)), None)
    if record is None:
        return original
    header = original.header
    if not header:
        lowest = {column_of(line.column): _lowest(line.heading) for line in lines if line.heading}
        # a text is never held as a whole, and has its header; a sheet is in memory already
        rows = list(original.lines)
        header = tuple(number for number, cells in rows[:SEARCHED_ROWS] if _has_headings(cells, lowest))[:1]
        original = replace(original, lines=rows)
    return replace(original, record=record, columns=columns, header=header) if header else original


def _lowest(heading: str) -> str:
    return fold_heading(heading).rpartition(" / ")[2]


def _has_headings(cells: Sequence[object], lowest: Mapping[int, str]) -> bool:
    """Whether a row holds the lowest level of most headings."""
    found = (place < len(cells) and _lowest(written(str(cells[place]))) == text for place, text in lowest.items())
    return 2 * sum(found) > len(lowest)
