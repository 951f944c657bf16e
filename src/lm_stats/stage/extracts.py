"""Parts of cells: a column may hold several things, of which a concept means one."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from lm_stats.spec import Concept, Problem, Source
from lm_stats.stage.batches import NOTHING, Batch, encode, marked

# years of two digits are read as POSIX does
_FIRST_OF_TWO_DIGITS = 69


class Extracts:
    """Takes out of cells the part that is meant, by the patterns of a source (`Source.extracts`).

    Identifiers are not tokens yet: the day of filing may stand in the number of a case. The cells of a concept
    without a pattern stay as they are.

    Args:
        source: The source, as it stands for the rows.
        concepts: Concepts by id.
    """

    def __init__(self, source: Source, concepts: Mapping[str, Concept]) -> None:
        self._patterns = {name: re.compile(pattern) for name, pattern in source.extracts.items()}
        self._concepts = concepts
        self._source = source
        self._unlike: Counter[str] = Counter()

    def apply(self, batch: Batch) -> Batch:
        """The rows with the parts that are meant; a cell of another form is empty, and counted if a record has it."""
        patterns = {name: pattern for name, pattern in self._patterns.items() if name in batch.cells}
        if not patterns:
            return batch
        is_record = ~marked([reason != "" for reason in batch.excluded.texts], batch.excluded.places)
        cells = dict(batch.cells)
        for name, pattern in patterns.items():
            whole = cells[name]
            parts = [_part(pattern, text) for text in whole.texts]
            cells[name] = replace(encode(whole.places, parts), labels=(), reasons=())
            unlike = (whole.places != NOTHING) & ~whole.is_empty & (cells[name].places == NOTHING)
            self._unlike[name] += int((unlike & is_record).sum())
        return replace(batch, cells=cells)

    def problems(self, where: str) -> list[Problem]:
        """What is to be said of cells of another form."""
        do = "See whether the office writes it in a new form; if so, correct the pattern of the source."
        what = "cells have not the form of which a part is meant; they count as empty"
        return [
            Problem(f"{where}, column {name}", f"{count} {what}", do)
            for name, count in self._unlike.items()
            if count
        ]


def _part(pattern: re.Pattern[str], text: str) -> str | None:
    """The part of a text that is meant: a text, or a date in the form of ISO 8601; none where it has another form."""
    found = pattern.fullmatch(text.strip())
    if found is None:
        return None
    said = found.groupdict()
    if "text" in said:
        return (said["text"] or "").strip() or None
    try:
        year = int(said["year"])
        year += 0 if len(said["year"]) > 2 else 1900 if year >= _FIRST_OF_TWO_DIGITS else 2000
        if "day_of_year" in said:
            day = dt.date(year, 1, 1) + dt.timedelta(days=int(said["day_of_year"]) - 1)
            return day.isoformat() if day.year == year else None
        if "month" not in said:
            return f"{year:04d}"
        first = dt.date(year, int(said["month"]), int(said.get("day", 1)))
        return first.isoformat() if "day" in said else first.isoformat()[:7]
    except (TypeError, ValueError, OverflowError):
        return None
