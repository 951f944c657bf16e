"""Files of statistical packages (Stata, SPSS), with their labels and their reasons for empty cells."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from lm_stats.spec import Fault, Problem
from lm_stats.stage.batches import NOTHING, ROWS, Cells
from lm_stats.stage.faults import damaged
from lm_stats.stage.labelled import Labelled, Slab
from lm_stats.stage.statistical_files import read_statistical
from lm_stats.stage.wording import shown

# cells that are read at a time: the reader makes an object of each, and passes over the rows before them again
CELLS = 10_000_000
_STATA_DAY, _SPSS_DAY = dt.datetime(1960, 1, 1), dt.datetime(1582, 10, 14)
_SPSS_DATES = ("DATE", "ADATE", "EDATE", "JDATE", "SDATE")
_SPSS_SPANS = ("TIME", "DTIME", "MTIME")
# days after which a second was put in, from 1972 on; Bulletin C of the International Earth Rotation Service
_LEAP_DAYS = sorted(
    [dt.datetime(year, 6, 30) for year in (1972, 1981, 1982, 1983, 1985, 1992, 1993, 1994, 1997, 2012, 2015)]
    + [dt.datetime(year, 12, 31) for year in (*range(1972, 1980), 1987, 1989, 1990, 1995, 1998, 2005, 2008, 2016)]
)
# seconds since 1960, those put in included, at which the next day begins
_LEAPS = [(day - _STATA_DAY).total_seconds() + 86400 + place for place, day in enumerate(_LEAP_DAYS, 1)]
# rows whose texts are looked at to see in which encoding they are
_SAMPLE = 1000


@dataclass(frozen=True)
class _Values:
    """The values of a variable: texts or numbers, and the letters that stand in place of numbers."""

    values: pa.Array
    letters: pa.Array | None = None

    @classmethod
    def of(cls, values: list[Any], is_text: bool) -> _Values:
        if is_text:
            return cls(pa.array(values, type=pa.string()))
        try:
            return cls(pa.array(values, type=pa.float64(), from_pandas=True))
        except (pa.ArrowInvalid, pa.ArrowTypeError):
            letters = pa.array([value if isinstance(value, str) else None for value in values], type=pa.string())
            numbers = [None if isinstance(value, str) else value for value in values]
            return cls(pa.array(numbers, type=pa.float64(), from_pandas=True), letters)

    def __len__(self) -> int:
        return len(self.values)

    def part(self, first: int, last: int) -> _Values:
        count = last - first
        return _Values(
            self.values.slice(first, count), None if self.letters is None else self.letters.slice(first, count)
        )

    def encode(self) -> tuple[np.ndarray, list[Any]]:
        """For each row the place of its value, and the different values."""
        places, different = _encode(self.values)
        if self.letters is None:
            return places, different
        others, letters = _encode(self.letters)
        moved = np.where(others == NOTHING, places, others + len(different)).astype(np.int32)
        return moved, [*different, *letters]


def _encode(values: pa.Array) -> tuple[np.ndarray, list[Any]]:
    found = values.dictionary_encode()
    return found.indices.fill_null(NOTHING).to_numpy(zero_copy_only=False), found.dictionary.to_pylist()


@dataclass
class Statistical(Labelled):
    """A Stata or SPSS file.

    Attributes:
        about: What the file says of itself, as `pyreadstat` gives it.
        encoding: The encoding that was found necessary, or none.
    """

    about: Any
    encoding: str | None

    def has_labels(self, name: str) -> bool:
        """Whether values of a variable have labels."""
        return bool(self._labels_of(name))

    def has_reasons(self, name: str) -> bool:
        """Whether a variable may say why a cell is empty."""
        if self.form == "stata":
            return not self._is_text(name)
        return bool(self.about.missing_ranges.get(name))

    def _labels_of(self, name: str) -> Mapping[Any, str]:
        labels: Mapping[Any, str] = self.about.variable_value_labels.get(name, {})
        return labels

    def _is_text(self, name: str) -> bool:
        return bool(self.about.readstat_variable_types[name] == "string")

    def repeated_labels(self) -> list[Problem]:
        """Labels that stand for several values of a variable."""
        problems = []
        for name, labels in self.about.variable_value_labels.items():
            twice = len(labels) - len(set(labels.values()))
            if twice:
                problems.append(
                    Problem(
                        f"{self.path.name}, variable {shown(name)}",
                        f"{twice} labels stand for more than one value; the values were kept apart",
                        "Ask the office whether the values mean the same.",
                    )
                )
        return problems

    def slabs(self, names: Sequence[str], decimals: Mapping[str, str]) -> Iterator[Slab]:
        """Read some variables, in order of the observations."""
        self.warnings += [
            Problem(
                f"{self.path.name}, variable {shown(name)}",
                "its days are those of a business calendar that is not in the file; they were left out",
                "Ask the office for the variable as a plain date.",
            )
            for name in names
            if self._is_of_calendar(name)
        ]
        step = max(CELLS // max(len(names), 1) // ROWS, 1) * ROWS
        for start in range(0, self.rows if self.rows is not None else 2**31, step):
            data = self._read(names, start, step)
            count = len(next(iter(data.values()), ()))
            for first in range(0, count, ROWS):
                last = min(first + ROWS, count)
                numbers = np.arange(start + first + 1, start + last + 1, dtype=np.int32)
                parts = {name: data[name].part(first, last) for name in names}
                yield Slab(numbers, {n: self._cells(n, part, decimals.get(n, ".")) for n, part in parts.items()})
            if count < step:
                return

    def _read(self, names: Sequence[str], start: int, rows: int) -> dict[str, _Values]:
        data, _, encoding = read_statistical(
            self.path, self.form, self.encoding, usecols=list(names), row_offset=start, row_limit=rows,
            user_missing=True, disable_datetime_conversion=True, output_format="dict",
        )  # fmt: skip
        if encoding and encoding != self.encoding:
            self.encoding = encoding
            self.warnings.append(_other_encoding(self.path, encoding))
        if not data.keys() >= set(names):
            # names that hold what no name may
            raise damaged(self.path)
        # an object for each cell is many, and all are looked at whenever memory is cleared up
        return {name: _Values.of(data.pop(name), self._is_text(name)) for name in names}

    def _format(self, name: str) -> str:
        """How a variable is shown, without what does not matter here."""
        return str(self.about.original_variable_types.get(name) or "").lstrip("%-")

    def _is_of_calendar(self, name: str) -> bool:
        """Whether a variable counts the days of a calendar that is not in the file."""
        return self.form == "stata" and self._format(name).startswith("tb")

    def _cells(self, name: str, values: _Values, decimal: str) -> Cells:
        places, raw = values.encode()
        if self._is_of_calendar(name):
            return Cells(np.full(len(places), NOTHING, dtype=np.int32), [])
        if self._is_text(name):
            texts = [text.rstrip(" \x00") for text in raw]
            raw = texts
        else:
            write = self._writer(name, decimal)
            texts = [f".{value}" if isinstance(value, str) else _written(value, write) for value in raw]
        labels = {self._key(value): text for value, text in self._labels_of(name).items()}
        explained: list[str | None] = [labels.get(value) for value in raw]
        reasons: list[str | None] = []
        if self.has_reasons(name):
            empty = [self._is_user_missing(name, value) for value in raw]
            given = zip(empty, texts, explained, strict=True)
            reasons = [(label or text) if is_empty else None for is_empty, text, label in given]
        cells = Cells(places, texts, explained if labels else (), reasons)
        return cells.without([not text.strip() for text in texts])

    def _key(self, value: object) -> object:
        return value.rstrip(" ") if isinstance(value, str) else float(str(value))

    def _is_user_missing(self, name: str, value: Any) -> bool:
        if self.form == "stata":
            return isinstance(value, str)
        for span in self.about.missing_ranges.get(name, ()):
            low, high = (self._key(span[end]) for end in ("lo", "hi"))
            if isinstance(value, str) or isinstance(low, str):
                if value == low:
                    return True
            elif low <= value <= high:
                return True
        return False

    def _writer(self, name: str, decimal: str) -> Callable[[float], str]:
        """What turns a number of a variable into a text: a date, a period, or the number itself."""
        form = self._format(name)
        if self.form == "stata":
            if form.startswith("d"):
                form = f"t{form}"
            if form[:2] in _STATA_TIMES:
                return _STATA_TIMES[form[:2]]
        else:
            kind = form.upper().rstrip("0123456789.")
            if kind in (*_SPSS_DATES, "DATETIME", "YMDHMS"):
                return lambda value: _moment(_SPSS_DAY, value)
            if kind in _SPSS_SPANS:
                return _span
            if kind in _SPSS_PERIODS:
                return _SPSS_PERIODS[kind]
        is_single = self.about.readstat_variable_types[name] == "float"
        return lambda value: _number(value, is_single).replace(".", decimal)


def open_statistical(path: Path, form: str) -> Statistical:
    """Look at the description of a Stata or SPSS file.

    Args:
        path: The file.
        form: `stata` or `spss`.

    Raises:
        Fault: If it is damaged or empty.
    """
    _, about, encoding = read_statistical(path, form, None, metadataonly=True, user_missing=True)
    if about.column_names and _is_hidden_utf8(path, form, about, encoding):
        _, about, encoding = read_statistical(path, form, "UTF-8", metadataonly=True, user_missing=True)
    if not about.column_names:
        raise Fault(Problem(path.name, "the file holds no variables", "Ask the office for the file with its records."))
    titles = tuple(text or "" for text in about.column_labels)
    file = Statistical(path, form, "", tuple(about.column_names), titles, about.number_rows, about, encoding)
    if encoding:
        file.warnings.append(_other_encoding(path, encoding))
    file.warnings += file.repeated_labels()
    return file


def _is_hidden_utf8(path: Path, form: str, about: Any, encoding: str | None) -> bool:
    """Whether letters beyond ASCII are UTF-8 that was taken for Windows-1252, as the file declares or is the rule."""
    if encoding is None and str(about.file_encoding or "").upper().replace("-", "") == "UTF8":
        return False
    labels = [label for named in about.variable_value_labels.values() for label in named.values()]
    texts = [*labels, *about.column_labels]
    names = [name for name, kind in about.readstat_variable_types.items() if kind == "string"]
    if names:
        data, _, _ = read_statistical(path, form, encoding, usecols=names, row_limit=_SAMPLE, output_format="dict")
        texts += [value for values in data.values() for value in values]
    strange = {text for text in texts if isinstance(text, str) and not text.isascii()}
    try:
        return bool(strange) and all(text.encode("cp1252").decode("utf-8") != text for text in strange)
    except UnicodeError:
        return False


def _other_encoding(path: Path, encoding: str) -> Problem:
    name = "UTF-8" if encoding == "UTF-8" else "Windows-1252"
    return Problem(
        path.name,
        f"the letters are not in the encoding that the file declares; it was read as {name}",
        "Ask the office to save it as UTF-8; letters with accents may be wrong.",
    )


def _number(value: float, is_single: bool) -> str:
    if value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return np.format_float_positional(np.float32(value) if is_single else value, trim="-")


def _written(value: float, write: Callable[[float], str]) -> str:
    """A number as what it stands for, or as itself where that is beyond any calendar."""
    try:
        return write(value)
    except (OverflowError, ValueError):
        return _number(value, False)


def _moment(start: dt.datetime, seconds: float) -> str:
    found = start + dt.timedelta(seconds=round(seconds))
    return found.date().isoformat() if found.time() == dt.time(0) else found.isoformat(" ", "seconds")


def _coordinated(milliseconds: float) -> str:
    """A moment of a clock that counts the seconds that were put in."""
    seconds = milliseconds / 1000
    return _moment(_STATA_DAY, seconds - bisect_right(_LEAPS, seconds))


def _period(each: int, mark: str, width: int = 1) -> Callable[[float], str]:
    """What writes the number of a period since 1960, of which a year has so many."""
    return lambda value: f"{1960 + int(value // each)}{mark}{int(value % each) + 1:0{width}}"


def _span(seconds: float) -> str:
    """Hours, minutes and seconds."""
    whole = round(abs(seconds))
    sign = "-" if seconds < 0 and whole else ""
    return f"{sign}{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}"


def _within_year(mark: str, count: Callable[[dt.date], int]) -> Callable[[float], str]:
    """What writes the period of the year that a day lies in, by what numbers it."""

    def write(seconds: float) -> str:
        day = (_SPSS_DAY + dt.timedelta(seconds=round(seconds))).date()
        return f"{day.year}{mark}{count(day)}"

    return write


# weeks are the program's own, of which the last of a year is longer: they are not written as those of ISO 8601
_STATA_TIMES = {
    "tc": lambda value: _moment(_STATA_DAY, value / 1000),
    "tC": _coordinated,
    "td": lambda value: _moment(_STATA_DAY, value * 86400),
    "tw": _period(52, "w"),
    "tm": _period(12, "-", 2),
    "tq": _period(4, "-Q"),
    "th": _period(2, "-H"),
}
_SPSS_PERIODS = {
    "MOYR": lambda value: _moment(_SPSS_DAY, value)[:7],
    "QYR": _within_year("-Q", lambda day: (day.month + 2) // 3),
    "WKYR": _within_year("w", lambda day: (day.timetuple().tm_yday + 6) // 7),
}
