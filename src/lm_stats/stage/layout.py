"""Where a sheet's headings stand and which declared concept each column holds."""

from __future__ import annotations

import datetime as dt
import difflib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from lm_stats.spec import Problem, Record, Source
from lm_stats.stage.sheets import Cell, Sheet
from lm_stats.stage.wording import fold_heading, shown

SEARCHED_ROWS = 40
HEADER_ROWS = 4
Place = tuple[int, ...]
_JOINED = re.compile(r"\s+\+\s+")
_DATA_TEXT = re.compile(r"[-+]?[\d.,/: \u00a0-]*\d[\d.,/: \u00a0-]*")
_CELLS_ABOVE = "columns have no headings but what looks like the cells of a record, which are not shown"
_A_YEAR = re.compile(r"(?:19|20)\d\d")


@dataclass(frozen=True)
class Header:
    """The headings of a sheet.

    Attributes:
        top: Index of the first header row among the sheet's rows.
        height: Number of header rows.
        names: Full name of each column, its levels joined by ` / `, as written; empty where the
            column has no heading.
        columns: Columns by concept, those of newer headings first; each is one column, or several whose
            texts joined make up the value.
        taken: Columns whose headings are declared, also as ignored.
        repeated: Declared headings that stand over more than one column, with these columns.
        vague: Declared headings that are the lowest level of more than one column.
    """

    top: int
    height: int
    names: tuple[str, ...]
    columns: Mapping[str, tuple[Place, ...]]
    taken: frozenset[int]
    repeated: Mapping[str, tuple[int, ...]]
    vague: tuple[str, ...]

    @property
    def bottom(self) -> int:
        """Index of the first row below the header."""
        return self.top + self.height

    @property
    def is_certain(self) -> bool:
        """Whether two declared headings or more were found, so that no data row is taken for a header."""
        return len(self.taken) >= 2

    def looks_like_data(self, source: Source, record: Record) -> bool:
        """Whether the sheet is a table of records, complete or not, and no summary or note."""
        return (
            any(concept in self.columns for concept in record.row_key)
            or not self.missing(source, record)
            or len(self.columns) >= 3
            or 2 * sum(1 for name in self.names if name) >= len(source.columns)
        )

    def missing(self, source: Source, record: Record) -> tuple[str, ...]:
        """Concepts that should be there, are not delivered by the sheet and have no declared text.

        These are the required ones of the record and all for which the source declares headings, but
        for its optional ones: a heading that changed must not empty a column in silence. Where the
        sheet has none of the concepts that identify a row, all of these are named.
        """
        given = {*self.columns, *source.defaults, *record.defaults, *source.told_by}
        expected = (*record.required, *(concept for concept in source.columns if concept not in source.optional))
        absent = [concept for concept in dict.fromkeys(expected) if concept not in given]
        if record.row_key and not any(concept in given for concept in record.row_key):
            absent += [concept for concept in record.row_key if concept not in absent]
        return tuple(absent)

    def lacks_declared(self, source: Source, record: Record) -> bool:
        """Whether a declared column that is always delivered is not found, whatever stands in for it."""
        declared = (concept for concept in source.columns if concept in record.concepts)
        return any(concept not in self.columns and concept not in source.optional for concept in declared)

    def unexpected(self) -> tuple[str, ...]:
        """Headings of the detected header that no concept declares."""
        return tuple(
            name
            for column, name in enumerate(self.names)
            if name and column not in self.taken and not self._is_repeat(column)
        )

    def _is_repeat(self, column: int) -> bool:
        return any(column in columns for columns in self.repeated.values())


def find_header(sheet: Sheet, source: Source, record: Record) -> Header | None:
    """Find the one to four rows that match most declared headings.

    Of equal runs the one with fewer rows, then the upper one is taken. Rows that hold dates, or
    mostly numbers, are no header.

    Args:
        sheet: The sheet.
        source: The source with its headings by concept.
        record: The type of rows that the sheet may hold.

    Returns:
        The header, or none where no declared heading is found.
    """
    declared = _declared(source, record)
    ignored = {fold_heading(heading) for heading in source.ignored}
    rows = sheet.rows[: SEARCHED_ROWS + HEADER_ROWS - 1]
    is_data = [_looks_like_data(row) for row in rows]
    best: tuple[tuple[int, int, int, int], Header] | None = None
    for top in range(min(SEARCHED_ROWS, len(rows))):
        for height in range(1, HEADER_ROWS + 1):
            if top + height > len(rows) or is_data[top + height - 1]:
                break
            header = _match(top, height, _levels(sheet, top, height), declared, ignored)
            score = (len(header.columns), len(header.taken), -height, -top)
            if (header.columns or header.repeated) and (best is None or score > best[0]):
                best = (score, header)
    return best[1] if best else None


def list_headers(sheet: Sheet, source: Source, record: Record) -> Iterator[tuple[Header, list[list[str]]]]:
    """Every run of one to four rows that may be a header, whatever is declared, with the levels of each heading.

    Args:
        sheet: The sheet.
        source: The source, whose headings are looked for in it.
        record: The type of rows that the sheet may hold.

    Yields:
        The header, and by column its texts from the uppermost to the lowest level; an upper one holds for the
        columns that it stands over.
    """
    declared = _declared(source, record)
    ignored = {fold_heading(heading) for heading in source.ignored}
    rows = sheet.rows[: SEARCHED_ROWS + HEADER_ROWS - 1]
    is_data = [_looks_like_data(row) or not any(_heading_text(cell) for cell in row) for row in rows]
    for top in range(min(SEARCHED_ROWS, len(rows))):
        for height in range(1, HEADER_ROWS + 1):
            if top + height > len(rows) or is_data[top + height - 1]:
                break
            levels = _levels(sheet, top, height)
            yield _match(top, height, levels, declared, ignored), levels


def without_empty_repeats(header: Header, filled: Sequence[bool], source: Source, record: Record) -> Header:
    """The header with headings over several columns decided where only one of these is filled.

    Args:
        header: The header.
        filled: Whether each column holds anything below the header.
        source: The source.
        record: The type of rows that the sheet may hold.
    """
    decided = {heading: [c for c in columns if filled[c]] for heading, columns in header.repeated.items()}
    if not any(len(left) == 1 for left in decided.values()):
        return header
    levels = [[name] for name in header.names]
    for heading, left in decided.items():
        if len(left) == 1:
            for column in header.repeated[heading]:
                levels[column] = levels[column] if column in left else [""]
    ignored = {fold_heading(heading) for heading in source.ignored}
    again = _match(header.top, header.height, levels, _declared(source, record), ignored)
    columns = {**header.columns, **{k: v for k, v in again.columns.items() if k not in header.columns}}
    return Header(
        header.top, header.height, again.names, columns, header.taken | again.taken, again.repeated, header.vague
    )


def _declared(source: Source, record: Record) -> dict[str, tuple[str, ...]]:
    return {
        concept: tuple(dict.fromkeys(fold_heading(heading) for heading in headings))
        for concept, headings in source.columns.items()
        if concept in record.concepts
    }


def _looks_like_data(row: Sequence[Cell]) -> bool:
    filled = [cell for cell in row if not isinstance(cell, str) or cell.strip()]
    if any(isinstance(cell, dt.date | dt.time | dt.timedelta) for cell in filled):
        return True
    numbers = sum(1 for cell in filled if not isinstance(cell, str) or _DATA_TEXT.fullmatch(cell.strip()))
    return 2 * numbers >= len(filled) > 0


def _levels(sheet: Sheet, top: int, height: int) -> list[list[str]]:
    """Heading texts of each column from the uppermost to the lowest level."""
    rows = [[_heading_text(cell) for cell in row] for row in sheet.rows[top : top + height]]
    for level in range(height - 1):
        row, below = rows[level], rows[level + 1 :]
        merged = [r for r in sheet.merged if r[0] <= top + level <= r[2]]
        if merged:
            for first, left, _, right in merged:
                if first == top + level and left < len(row):
                    end = min(right + 1, len(row))
                    row[left:end] = [row[left]] * (end - left)
        else:
            group = ""
            for column, text in enumerate(row):
                group = text or group
                if not text and any(lower[column] for lower in below):
                    row[column] = group
    return [list(column) for column in zip(*rows, strict=True)]


def name_header(names: Sequence[str], labels: Sequence[str], source: Source, record: Record) -> Header:
    """The header of a file that has a name and perhaps a label for each column.

    Args:
        names: Names of the columns, which are their headings.
        labels: Labels of the columns or empty texts, by which concepts are found that no name gives.
        source: The source.
        record: The type of rows that the file may hold.
    """
    declared = _declared(source, record)
    ignored = {fold_heading(heading) for heading in source.ignored}
    by_name = _match(0, 1, [[name] for name in names], declared, ignored)
    free = [[""] if column in by_name.taken else [text.strip()] for column, text in enumerate(labels)]
    by_label = _match(0, 1, free, {c: h for c, h in declared.items() if c not in by_name.columns}, ignored)
    columns = {**by_name.columns, **by_label.columns}
    return replace(by_name, columns=columns, taken=by_name.taken | by_label.taken)


def _heading_text(cell: Cell) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def _match(
    top: int, height: int, levels: Sequence[Sequence[str]], declared: Mapping[str, tuple[str, ...]], ignored: set[str]
) -> Header:
    names, folded, lowest = [], [], []
    for texts in levels:
        filled = [text for text in texts if text]
        names.append(" / ".join(filled))
        folded.append(fold_heading(names[-1]))
        lowest.append(fold_heading(filled[-1]) if filled else "")
    by_full, by_lowest = _places(folded), _places(lowest)
    found: dict[str, int] = {}
    repeated: dict[str, tuple[int, ...]] = {}
    vague: list[str] = []
    single = [part for headings in declared.values() for heading in headings for part in parts_of_heading(heading)]
    for heading in dict.fromkeys(single + sorted(ignored)):
        full, alone = by_full.get(heading, ()), by_lowest.get(heading, ())
        if len(full) == 1 or (not full and len(alone) == 1):
            found[heading] = (full or alone)[0]
        elif full and heading not in ignored:
            repeated[heading] = full
        elif full:
            found.update({f"{heading} {column}": column for column in full})
        elif alone and heading not in ignored:
            vague.append(heading)
    columns = {
        concept: tuple(dict.fromkeys(place for heading in headings if (place := _place_of(heading, found))))
        for concept, headings in declared.items()
    }
    return Header(
        top,
        height,
        tuple(names),
        {concept: places for concept, places in columns.items() if places},
        frozenset(found.values()),
        repeated,
        tuple(vague),
    )


def parts_of_heading(heading: str) -> tuple[str, ...]:
    """A declared heading, and the headings of the columns that it joins, if it does."""
    parts = _JOINED.split(heading)
    return (heading, *parts) if len(parts) > 1 else (heading,)


def _place_of(heading: str, found: Mapping[str, int]) -> Place:
    """The column of a heading, or all of those it joins; empty where one is not found."""
    if heading in found:
        return (found[heading],)
    parts = _JOINED.split(heading)
    return tuple(found[part] for part in parts) if all(part in found for part in parts) else ()


def _places(names: Sequence[str]) -> dict[str, tuple[int, ...]]:
    places: dict[str, tuple[int, ...]] = {}
    for column, name in enumerate(names):
        if name:
            places[name] = (*places.get(name, ()), column)
    return places


def describe_difference(where: str, header: Header | None, source: Source, record: Record) -> list[Problem]:
    """Say how the headings of a sheet differ from the declaration.

    Headings are shown only where a header row was found for certain; the text of a data row never is.

    Args:
        where: File and sheet.
        header: What was found, if anything.
        source: The source.
        record: The type of rows that the sheet may hold.
    """
    missing = header.missing(source, record) if header else _all_needed(source, record)
    if not missing:
        return []
    found, hidden = _told_apart(header.unexpected() if header and header.is_certain else ())
    expected = []
    for concept in missing:
        headings = source.columns.get(concept, ())
        names = " or ".join(f"'{shown(heading)}'" for heading in headings) or "no heading is declared"
        expected.append(f"{concept} ({names}{_proposal(headings, found)})")
    what = "headings differ from the declaration; missing: " + "; ".join(expected)
    if found:
        what += "; not declared: " + _listed(found, source)
    elif hidden:
        what += f"; {hidden} {_CELLS_ABOVE}"
    elif not header:
        what += "; no row with a declared heading was found"
    if header and header.vague:
        names = _as_declared(header.vague, source)
        what += f"; the lowest heading of more than one column, to be declared with its group: {names}"
    do = (
        f"If the office has renamed a heading, add the new one in front in the pack of {source.ref_area}, "
        f"source {source.id}, columns; otherwise ask the office for the complete file."
    )
    return [Problem(where, what, do)]


def describe_repeats(where: str, header: Header, source: Source) -> list[Problem]:
    """Say which declared headings stand over several filled columns."""
    if not header.repeated:
        return []
    names = _as_declared(header.repeated, source)
    return [
        Problem(
            where,
            f"headings stand over more than one filled column, so it is not certain which is meant: {names}",
            f"Declare the heading with its group (Group / Heading) in source {source.id}, or ask the office to "
            "name the columns differently.",
        )
    ]


def describe_surprises(where: str, header: Header, source: Source, record: Record) -> list[Problem]:
    """Say what was left out and what was not found although it is declared."""
    problems = []
    unexpected, hidden = _told_apart(header.unexpected() if header.is_certain else ())
    if hidden:
        what = f"{hidden} {_CELLS_ABOVE}; they were left out"
        do = "See whether the line of headings goes on into the first record; if so, ask the office for the file again."
        problems.append(Problem(where, what, do))
    if unexpected:
        problems.append(
            Problem(
                where,
                "columns that are not declared were left out: " + _listed(unexpected, source),
                f"Declare them in source {source.id} (columns, or ignored), if the office goes on sending them.",
            )
        )
    given = {*header.columns, *source.defaults, *record.defaults}
    absent = [concept for concept in source.columns if concept in record.concepts and concept not in given]
    if absent:
        said = "; ".join(
            f"{concept} ({' or '.join(repr(shown(h)) for h in source.columns[concept])}"
            f"{_proposal(source.columns[concept], unexpected)})"
            for concept in absent
        )
        problems.append(
            Problem(
                where,
                f"declared columns were not found: {said}",
                f"If a heading was renamed, add the new one in front in source {source.id}, columns.",
            )
        )
    defaults = {**record.defaults, **source.defaults}
    filled_in = [c for c in source.columns if c in record.concepts and c in defaults and c not in source.optional]
    for concept in filled_in:
        if concept not in header.columns:
            names = " or ".join(f"'{shown(heading)}'" for heading in source.columns[concept])
            what = f"{concept} ({names}): no column; every row counts as {defaults[concept]}"
            problems.append(Problem(where, what, "Ask the office for the column, unless that is so."))
    return problems


def _as_declared(folded: Iterable[str], source: Source) -> str:
    declared = {
        fold_heading(part): part
        for headings in source.columns.values()
        for heading in headings
        for part in parts_of_heading(heading)
    }
    return ", ".join(f"'{shown(declared[heading])}'" for heading in folded)


def _all_needed(source: Source, record: Record) -> tuple[str, ...]:
    return Header(0, 0, (), {}, frozenset(), {}, ()).missing(source, record)


def _proposal(headings: Sequence[str], found: Sequence[str]) -> str:
    """The found heading that is nearest to one of the declared ones."""
    by_fold = {fold_heading(name): name for name in found}
    for heading in [part for declared in headings for part in reversed(parts_of_heading(declared))]:
        near = difflib.get_close_matches(fold_heading(heading), list(by_fold), n=1, cutoff=0.6)
        if near:
            return f"; perhaps now '{shown(by_fold[near[0]])}'"
    return ""


def may_be_shown(unexpected: tuple[str, ...]) -> bool:
    """Whether headings that nobody declared may be shown: none of them looks like the cells of a record."""
    return not _told_apart(unexpected)[1]


def is_data_text(text: str) -> bool:
    """Whether a text is a number or a date, and no year alone."""
    return _DATA_TEXT.fullmatch(text) is not None and not _A_YEAR.fullmatch(text)


def _told_apart(unexpected: tuple[str, ...]) -> tuple[tuple[str, ...], int]:
    """Headings that may be shown, or the number of those that may not.

    Where one is a date or a number, the cells of a record stand in the row of headings, and any of them may be a name.
    """
    is_record = any(_DATA_TEXT.fullmatch(name) and not _A_YEAR.fullmatch(name) for name in map(str.strip, unexpected))
    return ((), len(unexpected)) if is_record else (unexpected, 0)


def _listed(found: Sequence[str], source: Source, most: int = 20) -> str:
    """Headings with the nearest declared one of each."""
    declared = {
        fold_heading(part): (part, concept)
        for concept, headings in source.columns.items()
        for heading in headings
        for part in parts_of_heading(heading)
    }
    texts = []
    for name in found[:most]:
        near = difflib.get_close_matches(fold_heading(name), list(declared), n=1, cutoff=0.75)
        heading, concept = declared[near[0]] if near else ("", "")
        texts.append(f"'{shown(name)}'" + (f" (near '{shown(heading)}', {concept})" if near else ""))
    more = f" and {len(found) - most} more" if len(found) > most else ""
    return ", ".join(texts) + more
