"""One delivery to its staged frame."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from lm_stats.compile.coder import Coder
from lm_stats.handover import Staged
from lm_stats.spec import Concept, Delivery, Fault, Kind, Problem, Source
from lm_stats.stage.identity import Keyring
from lm_stats.stage.layout import (
    Header,
    describe_difference,
    describe_repeats,
    describe_surprises,
    find_header,
    without_empty_repeats,
)
from lm_stats.stage.readers import Sheet, read, unbalanced_quote
from lm_stats.stage.rows import filled_columns, read_rows
from lm_stats.stage.screen import screen
from lm_stats.stage.wording import shown

_ADDRESS = ("source_file", "source_sheet", "source_row", "excluded")
_SAID = {
    "lost digits": "hold a number in scientific notation, whose last digits are lost, and so identify nothing",
    "no date": "hold something that cannot be read as a date in the declared order",
}


@dataclass(frozen=True)
class _Part:
    """Rows of one sheet: address and texts, and which of them may be shifted."""

    frame: pd.DataFrame
    shifted: pd.Series


def stage(
    source: Source,
    kind: Kind,
    concepts: Mapping[str, Concept],
    coders: Mapping[str, Coder],
    delivery: Delivery,
    folder: Path,
    keyring: Keyring,
) -> Staged:
    """Read a delivery: its rows and values as text under our names, without direct identifiers.

    Args:
        source: The source that the delivery belongs to.
        kind: Its kind.
        concepts: Concepts by id.
        coders: A coder for each concept of the kind that is a code; what it knows is vocabulary
            and may be kept.
        delivery: The record of the delivery.
        folder: The folder with its files.
        keyring: The key of the root.

    Returns:
        One row for each row below the headings that is not blank, in the order of files, sheets
        and rows, with its address, the reason why it is no record (`total`, `footer`, `heading`)
        or an empty text, the delivered concepts as text (missing where the cell is empty) and the
        tokens of identifiers.

    Raises:
        Fault: If a file cannot be read, the headings differ from the declaration, or there is no
            record in the delivery. No message holds the content of a cell below the headings.
    """
    parts: list[_Part] = []
    warnings: list[Problem] = []
    if not delivery.files:
        raise Fault(Problem(f"delivery {delivery.id}", "the delivery has no files", "Receive its files again."))
    for file in delivery.files:
        parts += _read_file(folder / file.name, source, kind, concepts, coders, warnings)
    frame = pd.concat([part.frame for part in parts], ignore_index=True)
    shifted = pd.concat([part.shifted for part in parts], ignore_index=True)
    if not (frame["excluded"] == "").any():
        raise Fault(
            Problem(
                f"delivery {delivery.id}",
                "there are no data rows below the headings",
                "Ask the office for the file with its records.",
            )
        )
    texts = frame.drop(columns=list(_ADDRESS)).astype("str")
    screened = screen(texts, source, kind, concepts, coders, keyring, int(delivery.received_at[:4]), shifted)
    for (concept, reason), count in screened.counts.items():
        warnings.append(
            Problem(
                f"delivery {delivery.id}, column {concept}",
                f"{count} cells {_SAID[reason]}",
                "Ask the office to correct them.",
            )
        )
    columns = _fill_defaults(screened.columns, source, kind, concepts, frame["excluded"] == "")
    staged = pd.concat([frame[list(_ADDRESS)], columns], axis=1)
    return Staged(delivery.id, staged, tuple(dict.fromkeys(warnings)))


def _read_file(
    path: Path,
    source: Source,
    kind: Kind,
    concepts: Mapping[str, Concept],
    coders: Mapping[str, Coder],
    warnings: list[Problem],
) -> list[_Part]:
    headings = [*(heading for names in source.columns.values() for heading in names), *source.ignored]
    reading = read(path, headings)
    if reading.is_text != (source.reader == "csv"):
        found, declared = ("CSV", "a workbook") if reading.is_text else ("a workbook", "CSV")
        warnings.append(
            Problem(
                path.name,
                f"the file is {found} although source {source.id} declares {declared}; it was read as what it is",
                "Correct the declaration if the office goes on sending it.",
            )
        )
    parts: list[_Part] = []
    problems: list[Problem] = []
    skipped: list[tuple[str, int, Header | None]] = []
    for sheet in reading.sheets:
        where = f"{path.name}, sheet {shown(sheet.name)}" if sheet.name else path.name
        filled = sum(1 for row in sheet.rows if any(cell != "" for cell in row))
        if not filled:
            continue
        header = find_header(sheet, source, kind)
        if header and header.repeated:
            header = without_empty_repeats(header, filled_columns(sheet, header), source, kind)
        if header is None or not header.looks_like_data(source, kind):
            skipped.append((where, filled, header))
        elif header.missing(source, kind) or header.repeated:
            problems += describe_repeats(where, header, source)
            problems += describe_difference(where, header, source, kind)
        else:
            warnings += describe_surprises(where, header, source, kind)
            parts.append(_read_part(path, where, sheet, header, source, kind, concepts, coders, warnings))
    warnings += reading.warnings
    if not parts and not problems:
        problems += _describe_nothing(path, skipped, source, kind)
    if problems:
        raise Fault(problems)
    for where, filled, _ in skipped:
        warnings.append(
            Problem(
                where,
                f"the sheet was skipped: its headings are not those of records ({filled} filled rows)",
                f"If it holds records, declare its headings in source {source.id}.",
            )
        )
    return parts


def _describe_nothing(
    path: Path, skipped: list[tuple[str, int, Header | None]], source: Source, kind: Kind
) -> list[Problem]:
    if not skipped:
        return [Problem(path.name, "the file has no filled cells", "Ask the office for the file with its records.")]
    known = [(where, header) for where, _, header in skipped if header is not None]
    if not known:
        return describe_difference(path.name, None, source, kind)
    return [problem for where, header in known for problem in describe_difference(where, header, source, kind)]


def _read_part(
    path: Path,
    where: str,
    sheet: Sheet,
    header: Header,
    source: Source,
    kind: Kind,
    concepts: Mapping[str, Concept],
    coders: Mapping[str, Coder],
    warnings: list[Problem],
) -> _Part:
    rows = read_rows(sheet, header, source, kind, concepts, coders)
    # cells beyond the headings of a CSV file are told of line by line
    width = sheet.lengths[header.bottom - 1] if sheet.lengths else len(header.names)
    unnamed = [column for column in rows.unnamed if column < width]
    if unnamed:
        names = ", ".join(_letters(column) for column in unnamed[:20])
        warnings.append(
            Problem(where, f"columns without a heading were left out: {names}", "Ask the office what they hold.")
        )
    for concept, count in rows.differing.items():
        warnings.append(
            Problem(
                where,
                f"{count} rows hold different texts in the columns of {concept}; that of the newest heading was taken",
                "Ask the office which column is meant.",
            )
        )
    shifted = _find_shifted(path, where, sheet, header, rows.places, warnings)
    numbers = np.asarray(sheet.numbers, dtype=np.int32)[rows.places]
    address = pd.DataFrame(
        {
            "source_file": pd.Series(path.name, index=rows.texts.index, dtype="str"),
            "source_sheet": pd.Series(sheet.name, index=rows.texts.index, dtype="str"),
            "source_row": numbers,
            "excluded": rows.excluded,
        }
    )
    return _Part(pd.concat([address, rows.texts], axis=1), shifted)


def _find_shifted(
    path: Path, where: str, sheet: Sheet, header: Header, places: np.ndarray, warnings: list[Problem]
) -> pd.Series:
    """Rows of a CSV file whose cells are more than its headings, so that some are in wrong columns."""
    if not len(sheet.lengths):
        return pd.Series(False, index=range(len(places)))
    lengths = np.asarray(sheet.lengths)
    expected = int(lengths[header.bottom - 1])
    spans = np.asarray(sheet.spans)
    broken = [int(place) for place in places if spans[place] > 1 and lengths[place] != expected]
    if broken:
        # a quotation mark that is closed lines below swallows what stands between
        raise unbalanced_quote(path, int(sheet.numbers[broken[0]]))
    longer = [bool(lengths[p] > expected and any(str(c).strip() for c in sheet.rows[p][expected:])) for p in places]
    if any(longer):
        lines = [str(sheet.numbers[place]) for place, is_longer in zip(places, longer, strict=True) if is_longer]
        warnings.append(
            Problem(
                where,
                f"{len(lines)} lines hold more cells than there are headings, so that nothing in them can be relied "
                f"on (lines {', '.join(lines[:10])}{', ...' if len(lines) > 10 else ''})",
                "Ask the office to write values that hold the delimiter in quotation marks.",
            )
        )
    return pd.Series(longer, index=range(len(places)), dtype=bool)


def _fill_defaults(
    columns: pd.DataFrame, source: Source, kind: Kind, concepts: Mapping[str, Concept], is_record: pd.Series
) -> pd.DataFrame:
    filled = columns.copy()
    for concept in kind.concepts:
        if concept in source.defaults and not concepts[concept].identifier:
            delivered = filled.get(concept, pd.Series(None, index=columns.index, dtype="str"))
            filled[concept] = delivered.mask(delivered.isna() & is_record, source.defaults[concept])
    return filled


def _letters(column: int) -> str:
    """The letters of a column as spreadsheet programs show them, from 0."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
