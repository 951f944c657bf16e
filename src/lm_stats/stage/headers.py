"""Published tables in sheets: where the header stands, which columns hold values, and what each of them means."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from lm_stats.spec import Layout
from lm_stats.stage.levels import Headings, join_levels, numbered_notes
from lm_stats.stage.sheets import Sheet
from lm_stats.stage.values import STATUS, plain_text
from lm_stats.stage.wording import fold_heading

# rows at the top of a sheet in which a header is looked for, rows that it spans besides its own, rows with notes
_HEAD, _SPAN, _NOTES = 100, 2, 100
# concept of the power of ten by which values are written
_MULTIPLIER = "unit_mult_published"
_POWERS = {"0": "units", "3": "thousands", "6": "millions"}
_UNITS = {
    "3": re.compile(r"\bthousands?\b|(?<!\d)'?\b000s?\b", re.IGNORECASE),
    "6": re.compile(r"\bmillions?\b", re.IGNORECASE),
}


@dataclass(frozen=True)
class Miss:
    """Why a layout does not fit a sheet or file.

    Attributes:
        layout: Its name.
        found: Declared headings that were found.
        missing: What was not found, in words.
    """

    layout: str
    found: tuple[str, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """A table in a sheet, as a layout finds it.

    Attributes:
        layout: The layout.
        labels: Columns with labels by concept, from 0.
        values: Columns with values from left to right, and the texts that each stands for by concept.
        header: The lowest row of the header, from 0.
        texts: Texts by concept that hold for the whole table.
        others: Headings of columns that are neither labels nor values.
        remarks: What a person should know: what is the case, and what to do.
    """

    layout: Layout
    labels: Mapping[str, int]
    values: tuple[tuple[int, Mapping[str, str]], ...]
    header: int
    texts: Mapping[str, str]
    others: tuple[str, ...] = ()
    remarks: tuple[tuple[str, str], ...] = ()


@dataclass
class Grid:
    """A sheet in which tables are looked for.

    Attributes:
        sheet: The sheet.
        names: Names of the file, on disk and as sent.
        is_text: Whether it is delimited text.
    """

    sheet: Sheet
    names: Collection[str]
    is_text: bool

    @cached_property
    def head(self) -> list[list[str]]:
        """The texts of the first rows."""
        return [[" ".join(plain_text(cell).split()) for cell in row] for row in self.sheet.rows[: _HEAD + _SPAN]]

    @cached_property
    def folded(self) -> list[dict[str, int]]:
        """The first column of each heading in the first rows."""
        found: list[dict[str, int]] = []
        for row in self.head:
            places: dict[str, int] = {}
            for column, text in enumerate(row):
                if text:
                    places.setdefault(fold_heading(text), column)
            found.append(places)
        return found

    @cached_property
    def notes(self) -> list[tuple[int, str]]:
        """Texts of the last rows that hold little else, with the row."""
        rows = self.sheet.rows
        found = []
        for number in range(max(0, len(rows) - _NOTES), len(rows)):
            filled = [cell for cell in rows[number] if cell != ""]
            found += [(number, cell) for cell in filled if isinstance(cell, str)] if len(filled) <= 2 else []
        return found


@dataclass
class _Header:
    """A header that has the labels of a layout."""

    row: int
    labels: dict[str, tuple[int, int]]
    missing: tuple[str, ...]
    values: dict[int, dict[str, str]] = field(default_factory=dict)
    taken: set[tuple[int, int]] = field(default_factory=set)
    bottom: int = 0
    joined: Headings | None = None


def match_name(layout: Layout, names: Collection[str]) -> tuple[dict[str, str], list[str]]:
    """What the name of a file tells, and the concepts that it does not tell although it should.

    Args:
        layout: The layout.
        names: Names of the file, on disk and as sent.
    """
    told: dict[str, str] = {}
    for concept, texts in layout.named.items():
        for pattern, text in texts.items():
            if concept not in told and any(re.fullmatch(pattern, name, re.IGNORECASE) for name in names):
                told[concept] = text
    return told, [name for name in layout.named if name not in told and name not in layout.optional]


def find_table(layout: Layout, grid: Grid) -> Table | Miss:
    """Look for the table that a layout describes.

    The header is the first row that has the headings of all labels that are needed, in it or in the two rows
    above it. Headings of values stand in these rows or in the two rows below, where these have nothing
    under the headings of labels; captions in any row above them that holds nothing else.
    """
    named, unnamed = match_name(layout, grid.names)
    missing = [f"a file name that tells {name}" for name in unnamed]
    # a text file has no sheets; what is known by its sheet only is none
    sheets = "" if grid.is_text and not layout.not_taken else layout.sheets
    if sheets and not re.fullmatch(sheets, grid.sheet.name.strip(), re.IGNORECASE):
        missing.append(f"a sheet named like {layout.sheets!r}")
    header = _find_header(layout, grid)
    missing += header.missing
    around = list(_texts_around(grid, header, bool(layout.labels or layout.values or layout.across)))
    if layout.title and not any(re.search(layout.title, text, re.IGNORECASE) for text in around):
        missing.append(f"a title with {layout.title!r}")
    told = {name: found for name, pattern in layout.told.items() if (found := _tell(pattern, around)) is not None}
    missing += [f"a note that tells {name}" for name in layout.told if name not in told and name not in layout.optional]
    if missing:
        return Miss(layout.id, _headings(layout, header.labels), tuple(missing))
    values = tuple(sorted(header.values.items()))
    labels = {name: column for name, (_, column) in header.labels.items()}
    texts = {**layout.constants, **told, **named}
    remarks = _describe_notes(header) + _describe_unit(layout, around[: around.index(grid.sheet.name.strip())])
    return Table(layout, labels, values, header.bottom, texts, _others(grid, header), tuple(remarks))


def _describe_notes(header: _Header) -> list[tuple[str, str]]:
    if header.joined is None or not header.joined.undecided:
        return []
    what = "numbers at the end of headings may be those of the notes below the table, and it is not certain which are"
    return [(f"{what}; they were left in the headings", "Look at the table, and declare its headings as they stand.")]


def _describe_unit(layout: Layout, titles: Sequence[str]) -> list[tuple[str, str]]:
    """Say where titles say another unit than the layout."""
    declared = layout.constants.get(_MULTIPLIER)
    said = {power for text in titles for power, pattern in _UNITS.items() if pattern.search(text)}
    if declared is None or len(said) != 1 or declared in said:
        return []
    (power,) = said
    what = f"the title says {_POWERS[power]}, and layout {layout.id} declares {_POWERS.get(declared, declared)}"
    do = "Look at the size of the values, and correct the layout if needed."
    return [(f"{what}; values were read as declared", do)]


def _others(grid: Grid, header: _Header) -> tuple[str, ...]:
    if header.joined is not None:
        known = {column for _, column in header.labels.values()}
        return tuple(n for c, n in header.joined.names.items() if c not in known and c not in header.values)
    known = {column for _, column in (*header.labels.values(), *header.taken)}
    rows = sorted({header.row, *(row for row, _ in (*header.labels.values(), *header.taken))})
    return tuple(
        dict.fromkeys(
            text for row in rows for column, text in enumerate(grid.head[row]) if text and column not in known
        )
    )


def _headings(layout: Layout, found: Collection[str]) -> tuple[str, ...]:
    return tuple(" or ".join(layout.labels[name]) for name in layout.labels if name in found)


def _tell(pattern: str, texts: Sequence[str]) -> str | None:
    for text in texts:
        found = re.search(pattern, text, re.IGNORECASE)
        if found:
            return (found[1] if found.re.groups else found[0]).strip()
    return None


def _texts_around(grid: Grid, header: _Header, has_header: bool) -> Iterator[str]:
    """Titles and headings, the name of the sheet, and notes."""
    last = header.bottom if has_header else len(grid.head) - 1
    for number, row in enumerate(grid.head[: last + 1]):
        yield from (text for column, text in enumerate(row) if text and (number, column) not in header.taken)
    yield grid.sheet.name.strip()
    yield from (" ".join(text.split()) for number, text in grid.notes if number > last)


def _find_header(layout: Layout, grid: Grid) -> _Header:
    """The header, or the row that is nearest to one."""
    needed = [name for name in layout.labels if name not in layout.optional]
    nearest = _Header(0, {}, _headings(layout, needed))
    if not layout.labels and not layout.values and not layout.across:
        return nearest
    for row in range(min(_HEAD, len(grid.head))):
        labels = _find_labels(layout, grid, row)
        if layout.labels and not any(place[0] == row for place in labels.values()):
            continue
        lacking = [name for name in needed if name not in labels]
        header = _Header(row, labels, _headings(layout, lacking), bottom=row)
        if not lacking and not layout.not_taken:
            _find_values(layout, grid, header)
            if not header.values:
                header.missing = (_describe_values(layout),)
        if not header.missing:
            return header
        if len(labels) > len(nearest.labels):
            nearest = header
    if not nearest.missing:
        nearest.missing = (_describe_values(layout),)
    return nearest


def _describe_values(layout: Layout) -> str:
    if layout.values:
        return f"a column of values ({' or '.join(layout.values)})"
    under = f" under a caption like {' or '.join(map(repr, layout.captions))}" if layout.captions else ""
    return f"columns with headings like {layout.pattern!r}{under}"


def _find_labels(layout: Layout, grid: Grid, row: int) -> dict[str, tuple[int, int]]:
    """Row and column of each label heading in a row or, because of merged cells, in those above it."""
    found: dict[str, tuple[int, int]] = {}
    for concept, headings in layout.labels.items():
        for heading in headings:
            place = _place(fold_heading(heading), grid, range(row, max(row - _SPAN, 0) - 1, -1))
            if place is not None:
                found[concept] = place
                break
    return found


def _place(folded: str, grid: Grid, rows: Sequence[int]) -> tuple[int, int] | None:
    return next(((row, grid.folded[row][folded]) for row in rows if folded in grid.folded[row]), None)


def _find_values(layout: Layout, grid: Grid, header: _Header) -> None:
    """Find the columns of values, and what their headings and captions say."""
    if layout.joined:
        _find_joined(layout, grid, header)
        return
    columns = {column for _, column in header.labels.values()}
    rows = [header.row]
    for row in range(header.row + 1, min(header.row + 1 + _SPAN, len(grid.head)) if columns else 0):
        if any(grid.head[row][column] for column in columns):
            break
        rows.append(row)
    rows += range(header.row - 1, max(header.row - _SPAN, 0) - 1, -1)
    places: dict[int, tuple[int, dict[str, str]]] = {}
    if layout.values:
        for heading, texts in layout.values.items():
            place = _place(fold_heading(heading), grid, rows)
            if place is not None:
                places.setdefault(place[1], (place[0], dict(texts)))
    else:
        candidates = [_across(layout, grid, row, columns) for row in rows]
        best = max(range(len(rows)), key=lambda number: (len(candidates[number]), -number))
        captions = _captions(layout, grid, rows[best]) if layout.captions else None
        for column, texts in candidates[best].items():
            if captions is None or column in captions:
                places[column] = (rows[best], {**(captions or {}).get(column, {}), **texts})
    header.values = {column: texts for column, (_, texts) in places.items()}
    header.taken |= {(row, column) for column, (row, _) in places.items()}
    header.bottom = max([header.row, *(row for row, _ in places.values())])


def _find_joined(layout: Layout, grid: Grid, header: _Header) -> None:
    """Find the columns of values whose headings stand on several rows."""
    notes = numbered_notes(text for number, text in grid.notes if number > header.row)
    labels = {column for _, column in header.labels.values()}
    found = join_levels(grid.sheet, header.row, labels, notes)
    for column, name in found.names.items():
        match = re.fullmatch(layout.pattern, name, re.IGNORECASE)
        if match is None:
            continue
        told = match[1] if match.re.groups and match[1] is not None else name
        borne = "; ".join(notes[number] for number in found.notes[column])
        texts = {layout.noted: borne} if layout.noted and borne else {}
        header.values[column] = {layout.across: told.strip(), **texts}
    if header.values:
        header.joined, header.bottom = found, found.bottom
        header.taken |= {(row, column) for row in range(found.top, found.bottom + 1) for column in found.names}


def _across(layout: Layout, grid: Grid, row: int, labels: Collection[int]) -> dict[int, dict[str, str]]:
    """What the headings of a row tell that look as the layout says, by column."""
    found: dict[int, dict[str, str]] = {}
    for column, text in enumerate(grid.head[row]):
        match = re.fullmatch(layout.pattern, text, re.IGNORECASE) if text and column not in labels else None
        if match:
            told = match[1] if match.re.groups and match[1] is not None else text
            ending = next((e for e in layout.flags if text.casefold().endswith(e.casefold())), None)
            flag = {} if ending is None else {STATUS: layout.flags[ending]}
            found[column] = {layout.across: told.strip(), **flag}
    return found


def _captions(layout: Layout, grid: Grid, across: int) -> dict[int, dict[str, str]]:
    """What the captions above each column say; columns under another caption are left out.

    A caption holds from its column to the next one in its row. Rows are taken upwards until one has texts of
    which none is a caption: those are titles.
    """
    found: dict[int, dict[str, str]] = {}
    width = len(grid.head[across])
    headings = [column for column, text in enumerate(grid.head[across]) if text]
    first = headings[0] if headings else 0
    is_first = True
    for row in range(across - 1, -1, -1):
        texts = grid.head[row]
        if not any(texts[first:]):
            continue
        said: list[dict[str, str] | None] = [_say(layout, text) if text else None for text in texts]
        if not any(said):
            break
        own: dict[int, dict[str, str]] = {}
        current: dict[str, str] | None = None
        for column in range(width):
            current = said[column] if texts[column] else current
            if current is not None:
                own[column] = current
        # a caption nearer to the values says more
        found = {c: {**own[c], **found.get(c, {})} for c in own if is_first or c in found}
        is_first = False
    return found


def _say(layout: Layout, text: str) -> dict[str, str] | None:
    for pattern, texts in layout.captions.items():
        if re.fullmatch(pattern, text, re.IGNORECASE):
            return dict(texts)
    return None
