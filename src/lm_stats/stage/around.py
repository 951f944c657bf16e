"""What the words around a table say of its rows: the name of its sheet, and rows that hold nothing else."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from lm_stats.compile.coder import Coder
from lm_stats.spec import Calendar, Concept, Record, Source, normalise_spelling
from lm_stats.stage.sheets import Cell, Sheet

# filled cells of a row that is a title, a note or a year, and belongs to no column
LONE_CELLS = 2
# rows whose dates are compared with the name of their sheet, and the fewest that say something
_COMPARED, _LEAST_DATED = 500, 3
# what people and programs add to the name of a copy
_COPY = re.compile(
    r"\bcopy of\b|(?:- )?\bcopy\b|\(\s*\d{1,2}\s*\)|\bv\d{1,2}\b"
    r"|\b(?:final|corrected|revised|updated|latest|draft|new)\d{0,2}\b"
)
_WORDS = re.compile(
    r"\b(?:year|month|quarter|period|calendar|fiscal|financial|fy|register|registers|list|work|permits?|applications?"
    r"|records?|of|for|in|the|selemo|khoeli|ano|mes|trimestre|annee|mois|jaar|maand)\b"
)
_OF_A_YEAR = re.compile(r"\b(?:year|fy|fiscal|financial|selemo|ano|annee|jaar)\b")
_DEFAULT = re.compile(r"(?:sheet|feuille?|folha|hoja|blad|tabelle|table|planilha)\s?\d{0,3}")
_YEAR = r"((?:19|20)\d\d)"
_PLAIN_YEAR = re.compile(_YEAR)
_FISCAL = re.compile(rf"{_YEAR}\s?[/-]\s?((?:19|20)?\d\d)")
_MONTH_LAST = re.compile(rf"{_YEAR}\s?[-/. ]\s?(\d\d?)")
_MONTH_FIRST = re.compile(rf"(\d\d?)\s?[-/. ]\s?{_YEAR}")
_NAMED_FIRST = re.compile(rf"([^\W\d_]['\w]*)\.?[ ,'/-]{{0,3}}{_YEAR}")
_NAMED_LAST = re.compile(rf"{_YEAR}[ ,'/-]{{0,3}}([^\W\d_]['\w]*)\.?")
_QUARTER_FIRST = re.compile(rf"q([1-4])[ ,/-]{{0,3}}{_YEAR}")
_QUARTER_LAST = re.compile(rf"{_YEAR}[ ,/-]{{0,3}}q([1-4])")
_ISO_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_SOME_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")


@dataclass(frozen=True)
class Period:
    """A period that some words say.

    Attributes:
        text: In the form that a reader of dates takes for nothing else: `2021`, `03/2021`, `Q3 2021` or, for a fiscal
            year, `2021/2022`.
        first: Its first month, `2021-04`.
        last: Its last month.
    """

    text: str
    first: str
    last: str


@dataclass(frozen=True)
class Around:
    """What the words around a table say.

    Attributes:
        headings: Rows that hold nothing but such words, and are no records.
        texts: Texts by concept for each row, missing where nothing is said.
        remarks: What a person should know: what is the case, and what to do.
    """

    headings: np.ndarray
    texts: Mapping[str, pd.Series]
    remarks: tuple[tuple[str, str], ...]


def is_filled(cell: Cell) -> bool:
    """Whether a cell holds anything."""
    return bool(cell.strip()) if isinstance(cell, str) else True


def lone_text(row: Sequence[Cell]) -> str | None:
    """What a row says that holds one text, or a word and a text; empty where it is empty, none for any other row."""
    texts: list[str] = []
    for cell in row:
        if is_filled(cell):
            if len(texts) == LONE_CELLS:
                return None
            texts.append(_written(cell))
    if len(texts) == LONE_CELLS and any(char.isdigit() for char in texts[0]):
        return None
    return " ".join(texts)


def texts_above(rows: Sequence[Sequence[Cell]], bottom: int) -> tuple[str, ...]:
    """The texts of the rows above a row that hold little else, from top to bottom, as far up as there are such rows.

    Args:
        rows: The rows of a sheet.
        bottom: Index of the row.
    """
    found: list[str] = []
    for number in range(bottom - 1, -1, -1):
        text = lone_text(rows[number])
        if text is None:
            break
        if text:
            found.append(text)
    return tuple(reversed(found))


def _written(cell: Cell) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, dt.date):
        return cell.isoformat()[:10]
    return " ".join(str(cell).split())


def read_period(text: str, calendar: Calendar) -> Period | None:
    """The period that a text is, besides words such as "year" and what is added to the name of a copy.

    A year, a month with its year, a quarter or a fiscal year. "2011-12" or "2011/12" may be a month or a fiscal year
    and is neither, unless a word says that it is a year.

    Args:
        text: Such as `Jan 2021`, `Copy of 2021 (2)`, `YEAR: 2014/15`.
        calendar: How months are named, besides in English, and when the fiscal year begins.
    """
    spoken = _COPY.sub(" ", normalise_spelling(text)).replace("_", " ").replace(":", " ")
    plain = _WORDS.sub(" ", spoken)
    plain = " ".join(plain.split()).strip(" .,;:*-")
    if found := _PLAIN_YEAR.fullmatch(plain):
        return Period(found[1], f"{found[1]}-01", f"{found[1]}-12")
    for pattern, year, number in ((_QUARTER_FIRST, 2, 1), (_QUARTER_LAST, 1, 2)):
        if found := pattern.fullmatch(plain):
            quarter = int(found[number])
            return Period(
                f"Q{quarter} {found[year]}", f"{found[year]}-{quarter * 3 - 2:02}", f"{found[year]}-{quarter * 3:02}"
            )
    if found := _FISCAL.fullmatch(plain):
        following = int(found[1]) + 1
        follows = found[2] == str(following)[-len(found[2]) :]
        if follows and len(found[2]) == 2 and int(found[2]) <= 12 and not _OF_A_YEAR.search(spoken):
            return None
        if follows:
            # where fiscal years are calendar years, nobody means one by two
            return _fiscal_year(int(found[1]), calendar) if calendar.fiscal_start > 1 else None
    for pattern, year, number in ((_MONTH_LAST, 1, 2), (_MONTH_FIRST, 2, 1)):
        if found := pattern.fullmatch(plain):
            return _month(int(found[number]), found[year])
    for pattern, year, number in ((_NAMED_FIRST, 2, 1), (_NAMED_LAST, 1, 2)):
        if found := pattern.fullmatch(plain):
            return _month(calendar.months.get(found[number], 0), found[year])
    return None


def _month(number: int, year: str) -> Period | None:
    if not 1 <= number <= 12:
        return None
    month = f"{year}-{number:02}"
    return Period(f"{number:02}/{year}", month, month)


def _fiscal_year(year: int, calendar: Calendar) -> Period:
    first = f"{year}-{calendar.fiscal_start:02}"
    last = f"{year + 1}-{calendar.fiscal_start - 1:02}"
    return Period(f"{year}/{year + 1}", first, last)


def read_word(text: str, concept: Concept, coder: Coder | None, source: Source) -> str | None:
    """The value of a concept that a text says, or none.

    Args:
        text: The text, such as `District: Northern` or `Year 2014`.
        concept: The concept.
        coder: Its coder, if it is a code.
        source: The source.
    """
    if concept.identifier:
        return None
    if coder is not None:
        plain = " ".join(_COPY.sub(" ", text.casefold()).split())
        # as written first: a copy of Maseru is Maseru, but "New" may be a value
        tried = [text.strip(), *(part.strip() for part in (text.rpartition(":")[2], plain, plain.rpartition(":")[2]))]
        for name in (concept.label, concept.id.replace("_", " ")):
            tried.append(re.sub(rf"^{re.escape(name)}\b[\s:,-]*(?:of\b)?|\b{re.escape(name)}$", "", plain, flags=re.I))
        known = coder.knows(pd.Series(tried, dtype="str"))
        return next((one.strip() for one, is_known in zip(tried, known, strict=True) if is_known and one.strip()), None)
    period = read_period(text, source.calendar)
    if period is None:
        return None
    if concept.type == "date":
        return period.text
    return period.text if concept.type == "integer" and _PLAIN_YEAR.fullmatch(period.text) else None


def look_around(
    sheet: Sheet,
    top: int,
    rows: Sequence[Sequence[Cell]],
    counts: np.ndarray,
    source: Source,
    record: Record,
    concepts: Mapping[str, Concept],
    coders: Mapping[str, Coder],
) -> Around:
    """Read what the name of a sheet and lone rows say of the rows below.

    A row that holds nothing but a period, or a value of a concept that the source declares to stand so (`told_by`:
    `block`), is a heading. It holds for the rows below it, to the next one; those above the header for the rows before
    the first.

    Args:
        sheet: The sheet.
        top: Index of its first header row.
        rows: The rows below the header that are not blank.
        counts: Number of filled cells of each.
        source: The source.
        record: The type of rows.
        concepts: Concepts by id.
        coders: Coders by concept.
    """
    told = {name: place for name, place in source.told_by.items() if name in record.concepts}
    blocks = [name for name, place in told.items() if place == "block"]
    headings = np.zeros(len(rows), dtype=bool)
    said: dict[str, list[tuple[int, str]]] = {name: [] for name in blocks}

    def hear(text: str, number: int) -> bool:
        heard = False
        for name in blocks:
            word = read_word(text, concepts[name], coders.get(name), source)
            if word is not None:
                said[name].append((number, word))
                heard = True
        return heard

    for text in (*sheet.above, *texts_above(sheet.rows, top)):
        hear(text, 0)
    unused = 0
    for number in np.flatnonzero((counts > 0) & (counts <= LONE_CELLS)).tolist():
        words = lone_text(rows[number])
        if not words:
            continue
        heard = hear(words, number)
        is_period = bool(blocks or record.dated_by) and read_period(words, source.calendar) is not None
        headings[number] = heard or is_period
        unused += is_period and not heard
    texts = {name: _fill(heard_of, len(rows)) for name, heard_of in said.items() if heard_of}
    remarks: list[tuple[str, str]] = []
    if unused:
        what = f"{unused} rows hold nothing but a period; they are no records, and the rows below are not dated by them"
        remarks.append((what, f"Declare what it is the period of in source {source.id}: told_by, block."))
    texts |= _by_sheet(sheet, len(rows), told, source, record, concepts, coders, remarks)
    return Around(headings, texts, tuple(remarks))


def _fill(words: Sequence[tuple[int, str]], rows: int) -> pd.Series:
    """The words by row, each to the next one."""
    values = np.full(rows, None, dtype=object)
    for place, (number, word) in enumerate(words):
        end = words[place + 1][0] if place + 1 < len(words) else rows
        values[number:end] = word
    return pd.Series(values, dtype="str")


def _by_sheet(
    sheet: Sheet,
    rows: int,
    told: Mapping[str, str],
    source: Source,
    record: Record,
    concepts: Mapping[str, Concept],
    coders: Mapping[str, Coder],
    remarks: list[tuple[str, str]],
) -> dict[str, pd.Series]:
    name = sheet.title or sheet.name
    texts: dict[str, pd.Series] = {}
    if not name:
        return texts
    unread = []
    for concept in (one for one, place in told.items() if place == "sheet"):
        word = read_word(name, concepts[concept], coders.get(concept), source)
        if word is None:
            unread.append(concept)
        else:
            texts[concept] = pd.Series([word] * rows, dtype="str")
    is_default = _DEFAULT.fullmatch(" ".join(_COPY.sub(" ", normalise_spelling(name)).split())) is not None
    if unread:
        what = (
            f"the name of the sheet says nothing of {', '.join(unread)}; rows without it belong to the period of the "
            "delivery only"
        )
        remarks.append((what, "Ask the office to name its sheets after what is on them."))
    elif is_default and record.dated_by:
        what = "the name of the sheet does not say its period; rows without a date belong to that of the delivery only"
        remarks.append((what, "Ask the office to name its sheets after the period."))
    return texts


def contradiction(
    sheet: Sheet, texts: pd.DataFrame, excluded: pd.Series, source: Source, record: Record
) -> tuple[str, str] | None:
    """What is to be said where the name of a sheet is a period in which most of its records do not lie, or none.

    A record lies in it if one of the dates that say when it came in does.

    Args:
        sheet: The sheet.
        texts: Texts of the rows by concept, as delivered.
        excluded: Why rows are no records, or empty.
        source: The source.
        record: The type of rows.
    """
    columns = [name for name in record.dated_by if name in texts]
    period = read_period(sheet.title or sheet.name, source.calendar) if columns else None
    if period is None:
        return None
    places = np.flatnonzero((excluded == "").to_numpy())
    places = places[:: max(1, len(places) // _COMPARED)]
    dated = outside = 0
    for row in texts[columns].iloc[places].itertuples(index=False, name=None):
        found = [_lies_in(text, period) for text in row if isinstance(text, str)]
        known = [one for one in found if one is not None]
        dated += bool(known)
        outside += bool(known) and not any(known)
    if dated < _LEAST_DATED or 2 * outside <= dated:
        return None
    what = "the name of the sheet is a period in which most of its records do not lie by their dates"
    return what, "Ask the office whether the sheet or the dates are wrong; the dates were taken."


def _lies_in(text: str, period: Period) -> bool | None:
    """Whether a date lies in a period; by its year alone, where it is not written year, month, day."""
    if _ISO_DAY.match(text):
        return period.first <= text[:7] <= period.last
    year = _SOME_YEAR.search(text)
    return period.first[:4] <= year[0] <= period.last[:4] if year else None
