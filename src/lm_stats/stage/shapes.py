"""The tables that stand in one sheet: beside each other, below each other, or far from its first cell."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from lm_stats.handover import is_returned
from lm_stats.spec import Problem, Record, Source, normalise_spelling
from lm_stats.stage.around import LONE_CELLS, is_filled, texts_above
from lm_stats.stage.layout import HEADER_ROWS, SEARCHED_ROWS, Header, find_header, without_empty_repeats
from lm_stats.stage.rows import filled_columns
from lm_stats.stage.sheets import Cell, Sheet
from lm_stats.stage.tables import column_letters
from lm_stats.stage.wording import fold_heading, shown

Views = Sequence[tuple[Record, Source]]
_LEAST_HEADINGS, _LEAST_LATER = 2, 3
_LEAST_COLUMNS = 2
# rows with the look of records above the first headings that are declared
_LEAST_ROWS = 2
# different texts of a sheet of which it is remembered whether they are headings
_REMEMBERED = 50_000


def divided(path: Path, sheets: Iterable[Sheet], views: Views, warnings: list[Problem]) -> Iterator[Sheet]:
    """The tables of all sheets of a file (see `find_blocks`); sheets that a send-back added stay as they are.

    Args:
        path: The file.
        sheets: Its sheets.
        views: The types of rows, each with the source as it stands for it.
        warnings: What a person should know is added here.
    """
    for sheet in sheets:
        if is_returned(sheet.name, sheet.rows):
            yield sheet
        else:
            where = f"{path.name}, sheet {shown(sheet.name)}" if sheet.name else path.name
            yield from find_blocks(where, sheet, views, warnings)


def find_blocks(where: str, sheet: Sheet, views: Views, warnings: list[Problem]) -> list[Sheet]:
    """The tables of a sheet, each as a view of it, from left to right and from top to bottom.

    A row in which half of the cells, two at least, are declared headings begins a table, unless it only repeats the
    headings of the table it stands in. Tables beside each other are separated by a column without cells; of these,
    the ones with all needed headings are taken, if there are two or one that would not stand alone, and those with
    at least half of the headings of the fullest; it is told which are left. Views keep row numbers, columns and
    merged ranges; a view of some columns is empty elsewhere, and all but the first of these are named after their
    columns (`2015!H:M`), because rows of several have one number. A sheet with one table is returned as it is.

    Args:
        where: File and sheet.
        sheet: The sheet.
        views: The types of rows, each with the source as it stands for it.
        warnings: What a person should know is added here.
    """
    if sheet.pivot or len(sheet.rows) < _LEAST_ROWS:
        return [sheet]
    return _divide(where, sheet, views, _headings_of(views), warnings)


def _divide(
    where: str, sheet: Sheet, views: Views, is_heading: Callable[[str], bool], warnings: list[Problem]
) -> list[Sheet]:
    parts = _beside(where, sheet, views, is_heading, warnings)
    if len(parts) == 1:
        # below a table that goes over all columns, or above it, there may be several beside each other
        parts = _below(parts[0], views, is_heading)
    if len(parts) == 1:
        return parts
    return [block for part in parts for block in _divide(where, part, views, is_heading, warnings)]


def _headings_of(views: Views) -> Callable[[str], bool]:
    """Whether a text is a declared heading, or a level of one."""
    known: set[str] = set()
    for _, view in views:
        declared = [heading for headings in view.columns.values() for heading in headings]
        for heading in (*declared, *view.ignored):
            for part in (heading, *heading.split(" + ")):
                folded = fold_heading(part)
                known |= {folded, *folded.split(" / ")}
    known.discard("")
    letters, longest = {heading[0] for heading in known}, 2 * max(map(len, known), default=0)
    seen: dict[str, bool] = {}

    def is_heading(text: str) -> bool:
        # folding every text of a large sheet takes longer than all else here
        first = text[0].casefold()
        if (first not in letters and (first.isalnum() and first.isascii())) or len(text) > longest:
            return False
        found = seen.get(text)
        if found is None:
            found = fold_heading(text) in known
            if len(seen) < _REMEMBERED:
                seen[text] = found
        return found

    return is_heading


def _is_head(row: Sequence[Cell], is_heading: Callable[[str], bool]) -> bool:
    """Whether most cells of a row are declared headings, and none is a number or a date."""
    found = others = 0
    most = len(row) // 2
    for cell in row:
        if cell.__class__ is not str:
            return False
        if cell and not cell.isspace():
            if is_heading(cell):
                found += 1
            else:
                others += 1
                if others > most:
                    return False
    return found >= max(_LEAST_HEADINGS, others)


@dataclass(frozen=True)
class _Found:
    """A header that a part of a sheet has."""

    header: Header
    complete: bool


def _nearest(sheet: Sheet, views: Views) -> _Found | None:
    """The header of a sheet by which most concepts are found, complete ones first."""
    best: _Found | None = None
    for record, view in views:
        header = find_header(sheet, view, record)
        if header and header.repeated:
            header = without_empty_repeats(header, filled_columns(sheet, header), view, record)
        if header is None:
            continue
        found = _Found(header, not header.missing(view, record) and not header.repeated)
        if best is None or _rank(found) > _rank(best):
            best = found
    return best


def _rank(found: _Found) -> tuple[bool, int]:
    return found.complete, len(found.header.columns)


def _beside(
    where: str, sheet: Sheet, views: Views, is_heading: Callable[[str], bool], warnings: list[Problem]
) -> list[Sheet]:
    """The parts of a sheet that stand beside each other, each a table of its own; else the whole sheet."""
    groups = _columns_apart(sheet)
    if len(groups) < 2:
        return [sheet]
    parts = [_of_columns(sheet, first, last) for first, last in groups]
    found = [_first_table(part, views, is_heading) for part in parts]
    complete = [place for place, one in enumerate(found) if one and one.complete]
    alike = _alike(found)
    if not complete and len(alike) < 2:
        return [sheet]
    if len(complete) == 1 or not complete:
        whole = _first_table(sheet, views, is_heading)
        most = max(len(one.header.columns) for one in found if one)
        if whole and whole.complete and len(whole.header.columns) >= most:
            # an empty column inside of one table, or notes beside it
            return [sheet]
    # one that lacks a heading is tried by matching, or asked about, like a sheet of its own
    complete = sorted({*complete, *alike})
    left = [place for place in range(len(parts)) if place not in complete and _is_table(parts[place])]
    if left:
        where_left = ", ".join(_range(*groups[place]) for place in left)
        what = f"a table in the columns {where_left} stands beside the records, has not their headings and was left out"
        do = "If it holds records, declare its headings, or ask the office to put it on a sheet of its own."
        warnings.append(Problem(where, what, do))
    taken = [parts[place] for place in complete]
    names = [_range(*groups[place]) for place in complete]
    return [taken[0], *(_named(part, name) for part, name in zip(taken[1:], names[1:], strict=True))]


def _alike(found: Sequence[_Found | None]) -> list[int]:
    """The tables that have at least half of the headings that the one with most has."""
    tables = [set(one.header.columns) | set(one.header.repeated) if one else set() for one in found]
    best = max(tables, key=len)
    least = max(_LEAST_LATER, len(best) / 2)
    return [place for place, one in enumerate(tables) if len(one & best) >= least]


def _range(first: int, last: int) -> str:
    return f"{column_letters(first)}:{column_letters(last)}"


def _named(part: Sheet, columns: str) -> Sheet:
    title = part.title or part.name
    return replace(part, name=f"{title}!{columns}" if title else columns, title=title)


def _first_table(sheet: Sheet, views: Views, is_heading: Callable[[str], bool]) -> _Found | None:
    return _nearest(_below(sheet, views, is_heading)[0], views)


def _columns_apart(sheet: Sheet) -> list[tuple[int, int]]:
    """First and last column of each group of columns, between which one holds nothing but titles and notes."""
    width = len(sheet.rows[0])
    lone: dict[int, bool] = {}

    def is_lone(number: int) -> bool:
        if number not in lone:
            row = sheet.rows[number]
            lone[number] = sum(1 for cell in row if is_filled(cell)) <= LONE_CELLS
        return lone[number]

    def is_empty(column: int) -> bool:
        for number, row in enumerate(sheet.rows):
            cell = row[column]
            if cell != "" and is_filled(cell) and not is_lone(number):
                return False
        return True

    groups: list[tuple[int, int]] = []
    start: int | None = None
    for column in range(width + 1):
        empty = column == width or is_empty(column)
        if not empty and start is None:
            start = column
        elif empty and start is not None:
            groups.append((start, column - 1))
            start = None
    return [group for group in groups if group[1] - group[0] + 1 >= _LEAST_COLUMNS]


def _of_columns(sheet: Sheet, first: int, last: int) -> Sheet:
    """A sheet in which only some columns are filled."""
    before, after = ("",) * first, ("",) * (len(sheet.rows[0]) - last - 1)
    rows = [(*before, *row[first : last + 1], *after) for row in sheet.rows]
    merged = tuple(
        (top, max(left, first), bottom, min(right, last))
        for top, left, bottom, right in sheet.merged
        if left <= last and right >= first
    )
    return replace(sheet, rows=rows, merged=merged)


def _is_table(part: Sheet) -> bool:
    """Whether a part of a sheet holds rows of several cells."""
    wide = (1 for row in part.rows if sum(1 for cell in row if is_filled(cell)) >= _LEAST_COLUMNS)
    return sum(wide) >= _LEAST_ROWS


def _below(sheet: Sheet, views: Views, is_heading: Callable[[str], bool]) -> list[Sheet]:
    """The parts of a sheet that stand below each other, each with its own headings."""
    heads = list(_heads(sheet, views, is_heading))
    starts = _begin(sheet, heads)
    if starts == [0]:
        return [sheet]
    ends = [*starts[1:], len(sheet.rows)]
    return [_of_rows(sheet, start, end) for start, end in zip(starts, ends, strict=True)]


def _begin(sheet: Sheet, heads: Sequence[int]) -> list[int]:
    """The first row of each part, by the rows where headings begin."""
    if not heads:
        return [0]
    first = heads[0]
    above = sheet.rows[:first]
    records = sum(1 for row in above if _looks_like_record(row))
    if records >= _LEAST_ROWS:
        # a table of which no heading is declared: whoever reads on finds out what it is
        return [0, *heads]
    # far down, headings are looked for near the top of what is looked at
    return [max(0, first - SEARCHED_ROWS // 2), *heads[1:]]


def _looks_like_record(row: Sequence[Cell]) -> bool:
    filled = [cell for cell in row if is_filled(cell)]
    return len(filled) > LONE_CELLS and any(not isinstance(cell, str) for cell in filled)


def _heads(sheet: Sheet, views: Views, is_heading: Callable[[str], bool]) -> Iterator[int]:
    """The rows at which other headings begin than those of the table above."""
    known: list[tuple[str, ...]] = []
    totals = tuple(normalise_spelling(word) for _, view in views for word in view.totals)
    bottom = least = 0
    for number, row in enumerate(sheet.rows):
        if number < bottom or not _is_head(row, is_heading):
            continue
        again = _end_of_repeat(sheet.rows, number, bottom, known, totals, is_heading)
        if again:
            bottom = again
            continue
        # of a header of several rows any may be the one that was found first
        start = max(bottom, number - HEADER_ROWS + 1)
        found = _nearest(_of_rows(sheet, start, min(number + HEADER_ROWS, len(sheet.rows))), views)
        count = len(found.header.taken) + len(found.header.repeated) if found else 0
        # two headings below others are a row that happens to hold some; more are never a record of those above
        if found is None or count < max(_LEAST_HEADINGS, least):
            if known and (again == 0 or sum(1 for cell in row if is_filled(cell)) >= _LEAST_LATER):
                bottom, known = number + 1, [_folded(row)]
                yield number
            continue
        least = max(_LEAST_LATER, len(found.header.columns) // 2)
        least_row, top, bottom = bottom, start + found.header.top, start + found.header.bottom
        # groups that are not known stand above headings that are, and are no record of the table above
        names = sum(1 for name in found.header.names if name)
        is_below = bool(known) and top - 1 >= least_row and _are_groups(sheet.rows[top - 1], names)
        known = [_folded(sheet.rows[place]) for place in range(top, bottom)]
        yield top - is_below


def _end_of_repeat(
    rows: Sequence[Sequence[Cell]],
    number: int,
    least: int,
    known: Sequence[tuple[str, ...]],
    totals: tuple[str, ...],
    is_heading: Callable[[str], bool],
) -> int | None:
    """The row below headings that stand again, 0 where only some of a header do, or none where a row repeats none.

    A row alone may stand again, such as the lowest; but where the row above or below it has the look of headings, it
    must be the one that stood there before: the same groups may stand over columns in another order.

    Args:
        rows: The rows of the sheet.
        number: Index of the first row that is known for headings.
        least: The first row that is no heading of the table above.
        known: The rows of the header of the table above.
        totals: Words for totals.
        is_heading: Whether a text is a declared heading.
    """
    found: int | None = None
    for level, head in enumerate(known):
        if not _repeats(_folded(rows[number]), head, totals):
            continue
        top, first, last = number - level, level, level
        while first and top + first > least and _repeats_at(rows, top + first - 1, known[first - 1], totals):
            first -= 1
        while last + 1 < len(known) and _repeats_at(rows, top + last + 1, known[last + 1], totals):
            last += 1
        above, below = top + first - 1, top + last + 1
        is_other = (first > 0 and above >= least and _is_wordy(rows[above], is_heading)) or (
            last + 1 < len(known) and below < len(rows) and _is_wordy(rows[below], is_heading)
        )
        if not is_other:
            return below
        found = 0
    return found


def _is_wordy(row: Sequence[Cell], is_heading: Callable[[str], bool]) -> bool:
    """Whether a row has the look of headings: several texts, few with digits."""
    filled = [cell for cell in row if is_filled(cell)]
    texts = [cell for cell in filled if isinstance(cell, str)]
    if len(filled) <= LONE_CELLS or len(texts) < len(filled):
        return False
    return _is_head(row, is_heading) or 4 * sum(1 for text in texts if any(map(str.isdigit, text))) <= len(texts)


def _are_groups(row: Sequence[Cell], names: int) -> bool:
    """Whether a row above so many headings may name groups of them: some texts without any digit."""
    filled = [cell for cell in row if is_filled(cell)]
    is_text = all(isinstance(cell, str) and not any(map(str.isdigit, cell)) for cell in filled)
    return is_text and LONE_CELLS < len(filled) <= names / 2


def _repeats_at(rows: Sequence[Sequence[Cell]], place: int, head: tuple[str, ...], totals: tuple[str, ...]) -> bool:
    return place < len(rows) and _repeats(_folded(rows[place]), head, totals)


def _repeats(row: tuple[str, ...], head: tuple[str, ...], totals: tuple[str, ...]) -> bool:
    """Whether a row says in every column what one of the header says there, but for words for totals and numbers."""

    def is_alike(one: str, other: str) -> bool:
        return one == other or not any(map(str.isalpha, one)) or one.startswith(totals)

    return all(is_alike(one, other) for one, other in zip(row, head, strict=True))


def _folded(row: Sequence[Cell]) -> tuple[str, ...]:
    return tuple(fold_heading(str(cell)) for cell in row)


def _of_rows(sheet: Sheet, start: int, end: int) -> Sheet:
    """Some rows of a sheet, with what the rows above say."""
    merged = tuple(
        (max(top, start) - start, left, min(bottom, end - 1) - start, right)
        for top, left, bottom, right in sheet.merged
        if top < end and bottom >= start
    )
    return replace(
        sheet,
        rows=sheet.rows[start:end],
        numbers=sheet.numbers[start:end],
        merged=merged,
        lengths=sheet.lengths[start:end],
        spans=sheet.spans[start:end],
        above=(*sheet.above, *texts_above(sheet.rows, start)),
    )
