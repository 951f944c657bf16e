"""Rows below the headings: texts by concept, and which rows are no records."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import compress

import numpy as np
import pandas as pd

from lm_stats.compile.coder import Coder
from lm_stats.compile.missing import is_missing
from lm_stats.handover import MERGED_CELL
from lm_stats.spec import Concept, Record, Source, normalise_spelling
from lm_stats.stage.around import contradiction, look_around
from lm_stats.stage.batches import Cells, join
from lm_stats.stage.identity import map_unique
from lm_stats.stage.layout import Header, Place
from lm_stats.stage.sheets import Cell, Sheet

FOOTER_CELLS = 2
# numbers from 1 on that are those of the columns, and no cells of a record
_LEAST_NUMBERED = 5
_WHOLE_FLOAT = re.compile(r"(\d+)\.0+")
# the number of a day in a spreadsheet, and by how many the numbers that count from 1904 are less
_SERIAL = re.compile(r"\s*([1-9]\d{4})([.,]\d+)?\s*")
_LESS_SINCE_1904 = 1462


@dataclass(frozen=True)
class Rows:
    """Rows of one sheet below its header, blank ones left out.

    Attributes:
        places: Index of each row among the sheet's rows.
        texts: Text of each delivered concept, missing where the cell is empty; the index counts
            from 0.
        excluded: Reason why a row is no record (`heading`, `total`, `footer`), or empty.
        differing: Rows by concept in which several columns of the concept hold different texts.
        unnamed: Columns without a heading that hold something.
        remarks: What else a person should know: what is the case, and what to do.
    """

    places: np.ndarray
    texts: pd.DataFrame
    excluded: pd.Series
    differing: Mapping[str, int]
    unnamed: tuple[int, ...]
    remarks: tuple[tuple[str, str], ...] = ()


def filled_columns(sheet: Sheet, header: Header) -> list[bool]:
    """Whether each column of a sheet holds anything below the header."""
    below = sheet.rows[header.bottom :]
    return [any(_is_filled(row[column]) for row in below) for column in range(len(header.names))]


def read_rows(
    sheet: Sheet,
    header: Header,
    source: Source,
    record: Record,
    concepts: Mapping[str, Concept],
    coders: Mapping[str, Coder],
) -> Rows:
    """Read the rows below a header.

    A row is a heading if it repeats a row of the header, numbers the columns, or holds nothing but a
    period or another word that is for the rows below it (see `look_around`). It is a total if a cell that identifies
    records begins with a word for totals; or if all of these are empty and any cell begins so; or
    if its first filled cell is nothing but such a word and no required cell is known. It is no
    total if every required cell holds a known code: an employer may be called Total. It is a
    footer if it stands after the last record, or after the last one above headings that stand
    again, has at most two filled cells, none of them a required one that is known, and nothing of
    the form of the other records' numbers in the cells that identify records. What the words
    around the table say fills empty cells of records.

    Args:
        sheet: The sheet.
        header: Its header.
        source: The source.
        record: The type of rows.
        concepts: Concepts by id.
        coders: Coders by concept.
    """
    below = sheet.rows[header.bottom :]
    counts = np.zeros(len(below), dtype=np.int32)
    unnamed = []
    used = {column for places in header.columns.values() for place in places for column in place}
    for column in range(len(header.names)):
        filled = np.fromiter((_is_filled(row[column]) for row in below), dtype=bool, count=len(below))
        counts += filled
        if not header.names[column] and column not in used and filled.any():
            unnamed.append(column)
    is_row = counts > 0
    places = np.flatnonzero(is_row) + header.bottom
    whole = list(compress(below, is_row))
    kept, merged = _settle_merged(sheet, header, places, whole, source)
    texts: dict[str, pd.Series] = {}
    differing = {}
    converted = 0
    for concept in record.concepts:
        if concept in header.columns:
            columns = [_joined(kept, place, concepts[concept], source) for place in header.columns[concept]]
            texts[concept], differing[concept] = _coalesce(columns)
            if sheet.since_1904 and concepts[concept].type == "date":
                texts[concept], numbers = _from_1904(texts[concept])
                converted += numbers
    frame = pd.DataFrame(texts, index=pd.RangeIndex(len(kept)))
    heads = [sheet.rows[place] for place in range(header.top, header.bottom)]
    around = look_around(sheet, header.top, whole, counts[is_row], source, record, concepts, coders)
    excluded = classify(
        kept, counts[is_row], frame, heads, source, record, concepts, coders, headings=around.headings
    )  # fmt: skip
    strange = contradiction(sheet, frame, excluded, source, record)
    remarks = (*around.remarks, *((strange,) if strange else ()), *merged)
    if converted:
        what = f"the workbook counts days from 1904, and {converted} dates are plain numbers, which were read so"
        remarks = (*remarks, (what, "Ask the office whether these numbers were pasted from a workbook that does not."))
    is_record = excluded == ""
    for concept, words in around.texts.items():
        said = words.where(is_record)
        frame[concept] = frame[concept].fillna(said) if concept in frame else said
    return Rows(places, frame, excluded, {k: v for k, v in differing.items() if v}, tuple(unnamed), remarks)


def _settle_merged(
    sheet: Sheet, header: Header, places: np.ndarray, rows: list[Sequence[Cell]], source: Source
) -> tuple[list[Sequence[Cell]], list[tuple[str, str]]]:
    """Rows with what stands in merged cells: their text where it holds for all of their rows, else a mark.

    Args:
        sheet: The sheet.
        header: Its header.
        places: Index of each row among the sheet's rows.
        rows: The rows.
        source: The source.

    Returns:
        The rows, and what a person should know.
    """
    concepts = {column: name for name, every in header.columns.items() for place in every for column in place}
    down = {column for column, name in concepts.items() if name in source.fill_down}
    numbers = {place: number for number, place in enumerate(places.tolist())}
    changed: dict[int, list[Cell]] = {}
    waiting: dict[str, int] = {}
    for top, left, bottom, right in sheet.merged:
        if bottom == top or top < header.bottom:
            continue
        for column in (one for one in range(left, right + 1) if one in concepts):
            text = sheet.rows[top][column] if column == left else ""
            if not _is_filled(text):
                continue
            for place in range(top + 1, bottom + 1):
                number = numbers.get(place)
                if number is None or _is_filled(rows[number][column]):
                    continue
                row = changed.setdefault(number, list(rows[number]))
                row[column] = text if column in down else MERGED_CELL
                if column not in down:
                    waiting[concepts[column]] = waiting.get(concepts[column], 0) + 1
    if not changed:
        return rows, []
    settled = [changed.get(number, row) for number, row in enumerate(rows)]
    if not waiting:
        return settled, []
    names = ", ".join(f"{name} ({count} rows)" for name, count in waiting.items())
    what = f"cells are merged over several rows, and it is not declared that their text holds for all of them: {names}"
    do = f"If it does, declare it in source {source.id}: fill_down. Else ask the office to write it in every row."
    return settled, [(what, do)]


def _is_filled(cell: Cell) -> bool:
    return bool(cell.strip()) if isinstance(cell, str) else True


def _joined(rows: Sequence[Sequence[Cell]], place: Place, concept: Concept, source: Source) -> pd.Series:
    """The texts of a column, or those of several joined, empty where one of them is empty or means so."""
    parts = [_texts(rows, column, concept, source) for column in place]
    if len(parts) == 1:
        return parts[0]
    plain = [map_unique(part.mask(is_missing(part, concept, source)), whole_number) for part in parts]
    joined = plain[0]
    for part in plain[1:]:
        joined = joined.str.cat(part, sep="-")
    return joined.astype("str")


def join_columns(parts: Sequence[Cells], concept: Concept, source: Source) -> Cells:
    """The cells of a column, or the texts of several joined, empty where one of them is empty or means so.

    Args:
        parts: The columns.
        concept: The concept that they make up.
        source: The source.
    """
    if len(parts) == 1:
        return parts[0]
    meant = [pd.Series(list(part.texts), dtype="str") for part in parts]
    missing = [is_missing(texts, concept, source).tolist() for texts in meant]
    return join([part.without(empty) for part, empty in zip(parts, missing, strict=True)], whole_number)


def whole_number(text: str) -> str:
    """A text without the `.0` that a spreadsheet adds to a whole number."""
    found = _WHOLE_FLOAT.fullmatch(text.strip())
    return found[1] if found else text.strip()


def _texts(rows: Sequence[Sequence[Cell]], place: int, concept: Concept, source: Source) -> pd.Series:
    decimal = source.decimal if concept.type in ("integer", "number") else "."
    is_date = concept.type == "date"
    return pd.Series([_text(row[place], decimal, is_date) for row in rows], dtype="str")


def _from_1904(texts: pd.Series) -> tuple[pd.Series, int]:
    """Numbers of days that count from 1904 as those that count from 1900, and how many there are."""
    is_serial = texts.str.fullmatch(_SERIAL, na=False)
    if not is_serial.any():
        return texts, 0
    parts = texts[is_serial].str.extract(_SERIAL)
    later = (parts[0].astype("int64") + _LESS_SINCE_1904).astype("str") + parts[1].fillna("")
    return texts.where(~is_serial, later).astype("str"), int(is_serial.sum())


def _text(cell: Cell, decimal: str, is_date: bool) -> str | None:
    """A cell as text: dates ISO 8601, whole numbers without decimals, text as it is."""
    if isinstance(cell, str):
        return cell if cell.strip() else None
    if isinstance(cell, float):
        # beyond 15 digits a spreadsheet has lost some, which the exponent then says
        text = str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
        return text.replace(".", decimal)
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, dt.datetime):
        no_time = cell.time() == dt.time(0)
        return cell.date().isoformat() if is_date or no_time else cell.isoformat(" ", "seconds")
    return cell.isoformat() if isinstance(cell, dt.date | dt.time) else str(cell)


def _coalesce(columns: Sequence[pd.Series]) -> tuple[pd.Series, int]:
    """The first filled cell of each row, and how often a later one differs from it."""
    first = columns[0]
    differing = pd.Series(False, index=first.index)
    for later in columns[1:]:
        differing |= first.notna() & later.notna() & (first.fillna("") != later.fillna(""))
        first = first.fillna(later)
    return first, int(differing.sum())


def classify(
    rows: Sequence[Sequence[Cell]],
    counts: np.ndarray,
    texts: pd.DataFrame,
    heads: Sequence[Sequence[Cell]],
    source: Source,
    record: Record,
    concepts: Mapping[str, Concept],
    coders: Mapping[str, Coder],
    *,
    to_the_end: bool = True,
    headings: np.ndarray | None = None,
) -> pd.Series:
    """Why rows are no records (`heading`, `total`, `footer`), or an empty text.

    Args:
        rows: The rows.
        counts: Number of filled cells of each.
        texts: Their texts by concept.
        heads: The rows of the header.
        source: The source.
        record: The type of rows.
        concepts: Concepts by id.
        coders: Coders by concept.
        to_the_end: Whether these are the last rows, so that there may be footers among them.
        headings: Rows that are known to be headings.
    """
    excluded = pd.Series("", index=texts.index, dtype="str")
    if not rows:
        return excluded
    apart = _repeats_header(rows, texts, heads)
    if headings is not None:
        apart |= headings
    keys = [texts[c].mask(is_missing(texts[c], concepts[c], source)) for c in record.row_key if c in texts]
    if keys:
        required = [coders[c].knows(texts[c]) for c in record.required if c in texts and c in coders]
        excluded = _find_totals(rows, keys, required, source).mask(apart, "heading")
        excluded = excluded.mask(_find_footers(counts, keys, required, excluded, apart, to_the_end), "footer")
    return excluded.mask(apart, "heading")


def total_beginning(source: Source) -> str:
    """A regular expression (RE2) for texts that may begin with a word for totals."""
    # two letters, because many numbers begin with one
    beginnings = "|".join(sorted({re.escape(normalise_spelling(word)[:2]) for word in source.totals if word}))
    return rf"^[ .,;:*\n\t\r]*(?i:{beginnings}|.?[^\x00-\x7f])" if beginnings else ""


def _find_totals(
    rows: Sequence[Sequence[Cell]], keys: Sequence[pd.Series], required: Sequence[pd.Series], source: Source
) -> pd.Series:
    words = "|".join(re.escape(normalise_spelling(word)) for word in sorted(source.totals, key=len, reverse=True))
    excluded = pd.Series("", index=keys[0].index, dtype="str")
    if not words:
        return excluded
    beginning = re.compile(rf"(?:{words})(?!\w)")
    whole = re.compile(rf"(?:{words})(?:\s+\d{{4}})?")

    letters = {normalise_spelling(word)[0] for word in source.totals}

    def begins(cell: Cell) -> bool:
        if not isinstance(cell, str):
            return False
        # folding every number of a large file takes longer than all else here
        first = cell.lstrip(" .,;:*\n\t\r")[:1].casefold()
        return (first in letters or not first.isascii()) and beginning.match(normalise_spelling(cell)) is not None

    def is_word(cell: Cell) -> bool:
        return isinstance(cell, str) and whole.fullmatch(normalise_spelling(cell)) is not None

    has_key = _any([key.notna() for key in keys], excluded.index)
    any_known = _any(required, excluded.index)
    all_known = ~_any([~known for known in required], excluded.index) & bool(required)
    found = _any([map_unique(key, lambda text: "1" if begins(text) else None).notna() for key in keys], excluded.index)
    for place in _where(~has_key & ~all_known & ~found):
        found.iat[place] = any(begins(cell) for cell in rows[place])
    for place in _where(has_key & ~any_known & ~found):
        found.iat[place] = is_word(next(cell for cell in rows[place] if _is_filled(cell)))
    return excluded.mask(found, "total")


def _find_footers(
    counts: np.ndarray,
    keys: Sequence[pd.Series],
    required: Sequence[pd.Series],
    excluded: pd.Series,
    apart: pd.Series,
    to_the_end: bool,
) -> pd.Series:
    """Rows after the last record, and those between the last record and headings that stand again."""
    nothing = pd.Series(False, index=excluded.index)
    any_known = _any(required, excluded.index)
    has_key = _any([key.notna() for key in keys], excluded.index)
    recorded = has_key & (excluded == "") & (any_known if any_known.any() else counts > FOOTER_CELLS)
    if not recorded.any():
        return nothing
    # for each row, whether the next one that is a record or a heading is a record; below all of them, the end
    marks = pd.Series(np.where(recorded, 1.0, np.where(apart, 0.0, np.nan)), index=excluded.index)
    before_record = marks[::-1].ffill()[::-1].fillna(0.0 if to_the_end else 1.0).astype(bool)
    before = recorded.cumsum() > 0
    trailing = before & ~before_record & (counts <= FOOTER_CELLS) & (excluded == "") & ~any_known
    if not trailing.any():
        return nothing
    for key in keys:
        forms = set(map_unique(key[recorded], _form).dropna())
        trailing &= ~map_unique(key.where(trailing), _form).isin(forms)
    return trailing


def _where(marked: pd.Series) -> list[int]:
    return [int(place) for place in np.flatnonzero(marked)]


def _any(parts: Sequence[pd.Series], index: pd.Index) -> pd.Series:
    found = pd.Series(False, index=index)
    for part in parts:
        found |= part.fillna(False).astype(bool)
    return found


def _repeats_header(rows: Sequence[Sequence[Cell]], texts: pd.DataFrame, heads: Sequence[Sequence[Cell]]) -> pd.Series:
    """Rows that are equal to a row of the header, or number the columns."""
    found = pd.Series(False, index=texts.index)
    for head in {folded for row in heads if any(folded := _folded(row))}:
        # looked for by one filled heading, so that not every row is compared as a whole
        column = next(column for column, text in enumerate(head) if text)
        size = len(head[column])
        for place, row in enumerate(rows):
            cell = str(row[column])
            if size <= len(cell) <= 3 * size and normalise_spelling(cell) == head[column]:
                found.iat[place] = _folded(row) == head
    for place, row in enumerate(rows):
        if _numbers_columns(row):
            found.iat[place] = True
    return found


def _numbers_columns(row: Sequence[Cell]) -> bool:
    """Whether a row holds nothing but the numbers of its columns: 1, 2, 3, ... or (1), (2), (3), ..."""
    number = 0
    for cell in row:
        if cell != "" and _is_filled(cell):
            number += 1
            if isinstance(cell, str):
                if cell.strip(" ()[].") != str(number):
                    return False
            elif cell != number:
                return False
    return number >= _LEAST_NUMBERED


def _folded(row: Sequence[Cell]) -> tuple[str, ...]:
    return tuple(normalise_spelling(str(cell)) for cell in row)


def _form(text: str) -> str:
    """The form of a number: runs of letters and of digits, and what stands between them."""
    return re.sub(r"[^\W\d_]+", "A", re.sub(r"\d+", "9", text.strip()))
