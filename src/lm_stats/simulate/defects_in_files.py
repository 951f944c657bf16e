"""Defects of a file as a whole: what is unusual about its form, each with the outcome it must have.

About two in three of those that a form allows are in a delivery, so that deliveries differ.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from lm_stats.simulate.appearance import PLAIN, UTF16, Appearance
from lm_stats.simulate.defects import DEFECT_COLUMNS
from lm_stats.simulate.defects_in_dates import APART
from lm_stats.simulate.design import Register, Text, Workbook
from lm_stats.simulate.files import headings_of, sheet_of
from lm_stats.spec import Source

CHANCE = 2 / 3
NBSP = "\u00a0"
_ENCODINGS = ("utf-8", "utf-8-sig", "cp1252", UTF16)
_DELIMITERS = (",", ";", "\t", "|")


@dataclass(frozen=True)
class FileDefect:
    """What is unusual about a file or a sheet.

    Attributes:
        case: Its name.
        expected: What must become of it: the rows are accepted, without or with a warning.
        sheet: The sheet; empty: the whole file.
        column: Heading of the column; empty: no single one.
        true: What is usual.
        delivered: What is delivered.
    """

    case: str
    expected: str
    sheet: str = ""
    column: str = ""
    true: str = ""
    delivered: str = ""


def disfigure(
    register: Register,
    source: Source,
    texts: Sequence[str],
    years: Sequence[int],
    rows: int,
    rng: np.random.Generator,
    shown: Sequence[int] = (),
) -> tuple[Appearance, list[FileDefect]]:
    """Draw what is unusual about a file.

    Args:
        register: The register.
        source: Its source.
        texts: All texts that it holds: an encoding that lacks one of their letters is not drawn.
        years: Its years; a workbook has a sheet for each.
        rows: Number of its rows.
        rng: Source of randomness.
        shown: Years whose dates of registration show by themselves in which order they are written.
    """
    headings = [heading.rpartition(" / ")[2] for heading in headings_of(source).values()]
    layout = register.layout
    look = PLAIN
    found: list[FileDefect] = []
    if _happens(rng):
        restyled = {heading: _restyle(heading, layout, rng) for heading in headings if _happens(rng)}
        look = replace(look, headings=restyled)
        found.append(FileDefect("headings_restyled", "accept", delivered=f"{len(restyled)} headings"))
    if isinstance(layout, Text):
        look, found = _disfigure_text(layout, look, found, texts, rows, rng)
        return _change_columns(source, look, found, rng)
    look, found = _disfigure_workbook(layout, source, look, found, years, rng)
    look, found = _change_columns(source, look, found, rng)
    return _change_sheets(layout, source, look, found, years, shown, rng)


def _change_columns(
    source: Source, look: Appearance, found: list[FileDefect], rng: np.random.Generator
) -> tuple[Appearance, list[FileDefect]]:
    """Other headings, as they were in other years, and another order of columns."""
    older = {headings[0]: headings[1:] for headings in source.columns.values() if len(headings) > 1}
    if _happens(rng) and older:
        renamed = {heading: _one_of(others, rng) for heading, others in older.items() if _happens(rng)}
        look = replace(look, renamed=renamed)
        found += [FileDefect("headings_renamed", "accept", delivered=f"{len(renamed)} headings")] * bool(renamed)
    if _happens(rng):
        look = replace(look, order=_moved(source, rng))
        found.append(FileDefect("columns_moved", "accept"))
    return look, found


def _moved(source: Source, rng: np.random.Generator) -> tuple[str, ...]:
    """Columns in another order; those below one upper heading stay beside each other, and the first stays first."""
    groups: dict[str, list[str]] = {}
    for concept, heading in headings_of(source).items():
        groups.setdefault(heading.rpartition(" / ")[0], []).append(concept)
    first, *others = groups
    order = [first]
    if others:
        # what has no upper heading would seem to stand below the one on its left
        plain = [name for name in others if not name]
        named = [name for name in others if name]
        order += [named[place] for place in rng.permutation(len(named))] + plain
    moved = []
    for name in order:
        head = groups[name][:1] if name == first else []
        rest = groups[name][len(head) :]
        moved += [*head, *(rest[place] for place in rng.permutation(len(rest)))]
    return tuple(moved)


def _change_sheets(
    layout: Workbook,
    source: Source,
    look: Appearance,
    found: list[FileDefect],
    years: Sequence[int],
    shown: Sequence[int],
    rng: np.random.Generator,
) -> tuple[Appearance, list[FileDefect]]:
    """What is unusual about single sheets."""
    if _happens(rng) and len(years) > 2:
        look = replace(look, stacked=tuple(sorted(years)[:2]))
        found.append(FileDefect("years_stacked", "warn", sheet_of(layout, years[0], look)))
    alone = [year for year in years if year not in look.stacked]
    if _happens(rng):
        year = alone[int(rng.integers(0, len(alone)))]
        name = _one_of(("{} (2)", "Copy of {}", "{} FINAL", "Year {}"), rng).format(layout.sheet.format(year=year))
        look = replace(look, named={year: name})
        found.append(FileDefect("sheet_renamed", "accept", name, true=layout.sheet.format(year=year)))
    if _happens(rng):
        year = alone[int(rng.integers(0, len(alone)))]
        look = replace(look, unmerged=year)
        found.append(FileDefect("upper_headings_not_merged", "accept", sheet_of(layout, year, look)))
    if _happens(rng):
        year = alone[int(rng.integers(0, len(alone)))]
        look = replace(look, beside=year)
        found.append(FileDefect("table_beside", "warn", sheet_of(layout, year, look)))
    # another year on the same sheet would show another order
    shown = [year for year in shown if year in alone]
    if _happens(rng) and shown and APART in source.columns:
        year = shown[int(rng.integers(0, len(shown)))]
        look = replace(look, month_first=year)
        column = headings_of(source)[APART]
        found.append(FileDefect("dates_month_first", "warn", sheet_of(layout, year, look), column))
    return look, found


def disfigure_unit_records(source: Source, rng: np.random.Generator) -> tuple[Appearance, list[FileDefect]]:
    """Draw what is unusual about a file of unit records: of text how it is written, of others a pair of labels.

    Args:
        source: The source, as it stands for the rows.
        rng: Source of randomness.
    """
    look = PLAIN
    found: list[FileDefect] = []
    if source.reader != "csv":
        return replace(look, labels_swapped=_happens(rng)), found
    if _happens(rng):
        look = replace(look, encoding="utf-8-sig")
        found.append(FileDefect("other_encoding", "accept", true="utf-8", delivered=look.encoding))
    if _happens(rng):
        look = replace(look, delimiter=_one_of(_DELIMITERS[1:], rng))
        found.append(FileDefect("other_delimiter", "accept", true=",", delivered=look.delimiter))
    if _happens(rng):
        look = replace(look, line_end="\n")
        found.append(FileDefect("other_line_end", "accept", true="CR LF", delivered="LF"))
    return look, found


def list_looks(rows: pd.DataFrame, looks: Mapping[int, str]) -> list[FileDefect]:
    """The sheets that have hidden or struck rows.

    Args:
        rows: Address of each row: `source_sheet`, `source_row`.
        looks: Rows that are `hidden` or `struck`, by position in `rows`.
    """
    cases = {"hidden": "rows_hidden", "struck": "rows_coloured"}
    found: dict[tuple[str, str], int] = {}
    for at, look in ((at, look) for at, look in looks.items() if look in cases):
        key = cases[look], str(rows["source_sheet"].iat[at])
        found[key] = found.get(key, 0) + 1
    return [
        FileDefect(case, "warn", sheet, delivered=f"{count} rows") for (case, sheet), count in sorted(found.items())
    ]


def _happens(rng: np.random.Generator) -> bool:
    return bool(rng.random() < CHANCE)


def _one_of(choices: Sequence[str], rng: np.random.Generator) -> str:
    return choices[int(rng.integers(0, len(choices)))]


def _restyle(heading: str, layout: Text | Workbook, rng: np.random.Generator) -> str:
    """A heading with other spaces, or in capitals where these can be turned back."""
    gap = NBSP if isinstance(layout, Text) else "\n"
    loud = heading.upper() if heading.upper().casefold() == heading.casefold() else heading
    styles = (f"{heading}  ", f" {heading}{NBSP}", heading.replace(" ", gap, 1), loud, loud.replace(" ", "  "))
    return _one_of([style for style in styles if style != heading], rng)


def _disfigure_text(
    layout: Text, look: Appearance, found: list[FileDefect], texts: Sequence[str], rows: int, rng: np.random.Generator
) -> tuple[Appearance, list[FileDefect]]:
    if _happens(rng):
        together = "".join(texts)
        fitting = [name for name in _ENCODINGS if name != layout.encoding and _holds(name, together)]
        look = replace(look, encoding=_one_of(fitting, rng))
        found.append(FileDefect("other_encoding", "accept", true=layout.encoding, delivered=look.encoding))
    if _happens(rng):
        look = replace(look, delimiter=_one_of([mark for mark in _DELIMITERS if mark != layout.delimiter], rng))
        found.append(FileDefect("other_delimiter", "accept", true=layout.delimiter, delivered=look.delimiter))
        if rng.random() < 0.5:
            look = replace(look, tells_delimiter=True)
            found.append(FileDefect("delimiter_named", "accept", delivered=f"sep={look.delimiter}"))
    if _happens(rng):
        look = replace(look, line_end="\n")
        found.append(FileDefect("other_line_end", "accept", true="CR LF", delivered="LF"))
    if _happens(rng):
        look = replace(look, blank_lines=int(rng.integers(1, 6)))
        found.append(FileDefect("blank_lines", "accept", delivered=f"{look.blank_lines} lines"))
    if _happens(rng) and rows and look.encoding != UTF16:
        look = replace(look, zero_in=int(rng.integers(0, rows)))
        found.append(FileDefect("zero_character", "warn"))
    return look, found


def _holds(encoding: str, text: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def _disfigure_workbook(
    layout: Workbook,
    source: Source,
    look: Appearance,
    found: list[FileDefect],
    years: Sequence[int],
    rng: np.random.Generator,
) -> tuple[Appearance, list[FileDefect]]:
    if _happens(rng):
        look = replace(look, logo_rows=int(rng.integers(2, 5)))
        found.append(FileDefect("logo_above", "accept", delivered=f"{look.logo_rows} rows"))
    if _happens(rng):
        concept = _one_of(list(source.columns), rng)
        look = replace(look, hidden_column=concept)
        found.append(FileDefect("column_hidden", "accept", column=headings_of(source)[concept]))
    if _happens(rng) and len(years) > 1:
        order = tuple(int(year) for year in rng.permutation(np.asarray(sorted(years))))
        look = replace(look, years=order)
        found.append(FileDefect("sheets_shuffled", "accept", delivered=" ".join(map(str, order))))
    if _happens(rng):
        look = replace(look, notes=True)
        found.append(FileDefect("notes_hidden", "warn", layout.notes))
    if _happens(rng):
        look = replace(look, summary=True)
        found.append(FileDefect("summary_sheet", "warn", layout.summary))
    if _happens(rng):
        look = replace(look, checked=True)
        found.append(FileDefect("undeclared_column", "warn", column=layout.checked))
    return look, found


def as_defects(found: Sequence[FileDefect], delivery: str, file: str) -> pd.DataFrame:
    """Rows of `DEFECT_COLUMNS`; the row is 0, because no single row is meant."""
    rows = [(delivery, file, d.sheet, 0, d.column, d.case, d.true, d.delivered, d.expected) for d in found]
    return pd.DataFrame(rows, columns=list(DEFECT_COLUMNS))
