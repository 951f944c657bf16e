"""What the cells of a column look like, and whether they look like a concept. Nothing of a cell goes on from here."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from lm_stats.compile.coder import Coder
from lm_stats.compile.missing import is_missing
from lm_stats.spec import Concept, Source
from lm_stats.stage.sheets import Cell

SAMPLE = 500
# shares of the cells that are not missing: enough of them look like it, or hardly any does
MOST, FEW = 0.6, 0.1
# a working life begins after so many years
_GROWN = 14
_DATE = re.compile(
    r"(?:\d{1,4}\s*[-/. ]\s*(?:\d{1,2}|[^\W\d_]{3,12})\.?\s*[-/., ]\s*\d{1,4}|[^\W\d_]{3,12}\.?\s+\d{1,2},?\s+\d{4})"
    r"(?:[ T]\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?)?"
)
_SERIAL = re.compile(r"[1-6]\d{4}(?:\.0+)?")
_NUMBER = re.compile(r"[^\d\s-]{0,3}\s*-?\d{1,3}(?:[ ,.]\d{3})*(?:[.,]\d+)?|-?\d+(?:[.,]\d+)?")
_FOUR_DIGITS = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_DIGITS_IN = re.compile(r".*\d.*", re.DOTALL)
# what distinguishes a name: at least two words of letters
_WORDS = re.compile(r"[^\W\d_]+(?:['\u2019.-][^\W\d_]+)*\.?(?:[ ,]+[^\W\d_]+(?:['\u2019.-][^\W\d_]+)*\.?)+")
_PHONE = re.compile(r"[+(]?[\d][\d ()/+.-]{5,18}\d")
_DOCUMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ./_-]{0,24}")


@dataclass(frozen=True)
class Profile:
    """A sample of the cells of one column below its heading.

    Attributes:
        texts: The cells as text, empty ones left out, `SAMPLE` of them at most.
        dates: Share of them that are written as dates, serial numbers of spreadsheets left out.
    """

    texts: tuple[str, ...]
    dates: float

    @cached_property
    def series(self) -> pd.Series:
        """The texts."""
        return pd.Series(self.texts, dtype="str")

    @cached_property
    def distinct(self) -> float:
        """Share of texts that are different ones."""
        return len(set(self.texts)) / len(self.texts) if self.texts else 0.0

    @cached_property
    def year(self) -> int | None:
        """The middle one of the years that are named."""
        years = sorted(int(found[0]) for text in self.texts if (found := _FOUR_DIGITS.search(text)))
        return years[len(years) // 2] if years else None

    def share(self, pattern: re.Pattern[str]) -> float:
        """Share of texts that are of a form."""
        return sum(1 for text in self.texts if pattern.fullmatch(text)) / len(self.texts) if self.texts else 0.0


def look_at(cells: Sequence[Cell | None]) -> Profile:
    """The profile of a column.

    Args:
        cells: Its cells below the heading, in order.
    """
    texts: list[str] = []
    dates = 0
    for cell in cells:
        if cell is None or (isinstance(cell, str) and not cell.strip()):
            continue
        if isinstance(cell, dt.date):
            dates += 1
        text = _plain(cell)
        dates += isinstance(cell, str) and _DATE.fullmatch(text) is not None
        texts.append(text)
        if len(texts) == SAMPLE:
            break
    return Profile(tuple(texts), dates / len(texts) if texts else 0.0)


def _plain(cell: Cell) -> str:
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    return (cell.isoformat() if isinstance(cell, dt.date | dt.time) else str(cell)).strip()


@dataclass(frozen=True)
class Fit:
    """Whether cells look like a concept.

    Attributes:
        is_like: Yes, no, or none where they may.
        why: What speaks for it, in words and without a cell.
    """

    is_like: bool | None
    why: str = ""


class Judge:
    """Compares the cells of columns with concepts.

    Args:
        profiles: Profiles by column.
        source: The source, as it stands for the rows.
        concepts: Concepts by id.
        coders: Coders by concept; without one it is not known what is a code.
    """

    def __init__(
        self,
        profiles: Mapping[int, Profile],
        source: Source,
        concepts: Mapping[str, Concept],
        coders: Mapping[str, Coder],
    ) -> None:
        self._profiles = profiles
        self._source = source
        self._concepts = concepts
        self._coders = coders
        self._known: dict[tuple[int, str], Fit] = {}
        years = [p.year for p in profiles.values() if p.year is not None and p.dates >= MOST]
        self._latest = max(years, default=None)

    def fit(self, column: int, name: str, is_part: bool = False) -> Fit:
        """Whether the cells of a column look like a concept.

        Args:
            column: The column.
            name: Id of the concept.
            is_part: Whether the column would be one of several that make up the value.
        """
        if (column, name) not in self._known:
            self._known[column, name] = self._look(column, self._concepts[name], is_part)
        return self._known[column, name]

    def _look(self, column: int, concept: Concept, is_part: bool) -> Fit:
        profile = self._profiles.get(column)
        if profile is None or not profile.texts:
            return Fit(None)
        missing = is_missing(profile.series, concept, self._source)
        if missing.all():
            return Fit(None)
        left = Profile(tuple(profile.series[~missing]), profile.dates * len(profile.texts) / int((~missing).sum()))
        if concept.type == "date":
            return self._as_dates(left, concept)
        if concept.codelist:
            return self._as_codes(left, concept)
        if left.dates >= MOST:
            return Fit(False)
        if concept.type in ("integer", "number"):
            return _as_numbers(left, concept)
        if concept.identifier and not is_part:
            return _as_identifiers(left, concept)
        return Fit(True if is_part and left.share(_DOCUMENT) >= MOST else None, "short numbers or codes")

    def _as_dates(self, profile: Profile, concept: Concept) -> Fit:
        share = profile.dates + profile.share(_SERIAL)
        if share < MOST:
            # two dates in one cell are for a person to see
            years = sum(1 for text in profile.texts if _FOUR_DIGITS.search(text)) / len(profile.texts)
            return Fit(False if share < FEW and years < MOST else None)
        is_birth = concept.identifier == "birth_date"
        if profile.year is not None and self._latest is not None:
            # beside a later date; where a column of dates stands alone, nothing tells births from others
            is_early = profile.year <= self._latest - _GROWN
            if is_birth != is_early:
                return Fit(False if is_early or profile.year < self._latest else None)
        return Fit(True, f"{_percent(share)} of the cells are dates" + (", long before the others" if is_birth else ""))

    def _as_codes(self, profile: Profile, concept: Concept) -> Fit:
        coder = self._coders.get(concept.id)
        if coder is None:
            return Fit(False if profile.dates >= MOST else None)
        share = float(coder.knows(profile.series).mean())
        if share >= MOST:
            words = coder.codelist.id.replace("_", " ")
            return Fit(True, f"{_percent(share)} of the cells are known for {concept.id} ({words})")
        if share >= FEW:
            return Fit(None)
        is_no_word = profile.dates >= MOST or profile.share(_NUMBER) >= MOST
        return Fit(False if is_no_word or self._is_other(profile, concept) else None)

    def _is_other(self, profile: Profile, concept: Concept) -> bool:
        """Whether the cells are codes of something else."""
        others = {coder.codelist.id: coder for coder in self._coders.values()}
        return any(
            float(coder.knows(profile.series).mean()) >= MOST
            for name, coder in others.items()
            if name != concept.codelist
        )


def _as_numbers(profile: Profile, concept: Concept) -> Fit:
    share = profile.share(_NUMBER)
    if share < MOST:
        return Fit(False if share < FEW and profile.share(_DIGITS_IN) < FEW else None)
    low = -float("inf") if concept.minimum is None else concept.minimum
    high = float("inf") if concept.maximum is None else concept.maximum
    plain = pd.to_numeric(profile.series.str.replace(r"[^\d.-]", "", regex=True), errors="coerce").dropna()
    fitting = plain.between(low, high) & ((plain % 1 == 0) | (concept.type != "integer"))
    within = float(fitting.mean()) if len(plain) else 0.0
    if within < MOST:
        return Fit(False)
    return Fit(True, f"{_percent(share * within)} of the cells are numbers within its bounds")


def _as_identifiers(profile: Profile, concept: Concept) -> Fit:
    with_digits = profile.share(_DIGITS_IN)
    if concept.identifier in ("document", "serial"):
        share = min(profile.share(_DOCUMENT), with_digits)
        if share >= MOST and (concept.identifier == "serial" or profile.distinct >= MOST):
            return Fit(True, f"{_percent(share)} of the cells are numbers of documents, most of them different")
        return Fit(False if with_digits < FEW or share < FEW else None)
    if concept.identifier == "contact":
        share = profile.share(_PHONE)
        return Fit(True, f"{_percent(share)} of the cells are telephone numbers") if share >= MOST else Fit(
            False if with_digits < FEW else None
        )  # fmt: skip
    if with_digits >= MOST:
        return Fit(False if concept.identifier == "name" else None)
    share = profile.share(_WORDS)
    if concept.identifier == "name" and share >= MOST and profile.distinct >= MOST:
        return Fit(True, f"{_percent(share)} of the cells are several words, most of them different")
    if concept.identifier == "business":
        return Fit(True if share >= MOST else None, f"{_percent(share)} of the cells are several words")
    return Fit(None)


def _percent(share: float) -> str:
    return f"{min(share, 1.0):.0%}".replace("%", " %")
