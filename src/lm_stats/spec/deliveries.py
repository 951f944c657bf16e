"""Deliveries and the periods they are for."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from lm_stats.spec.problems import Fault, Problem

_PERIOD = re.compile(r"(\d{4})(?:-Q([1-4])|-(0[1-9]|1[0-2]))?")
DATA_CLASSES = ("real", "synthetic")
# a file for a period whose deadline has passed; another version of a period; a part of what was sent before; an
# earlier version sent again
LATE_FILE, CORRECTED, PART_AGAIN, TAKEN_BACK = "late file", "corrected version", "part sent again", "taken back"
REASONS = (LATE_FILE, CORRECTED, PART_AGAIN, TAKEN_BACK)
SYNTHETIC_STATEMENT = "synthetic data, not official statistics"
# every made-up passport bears it, so that rows without any statement are still known for what they are
SYNTHETIC_PASSPORT = "SYN{country}{number:08}"


@dataclass(frozen=True, order=True)
class Period:
    """A reference period: a year, quarter or month, or a span of two of the same.

    Attributes:
        first: First day.
        last: Last day.
        text: As written in paths and commands (`2015`, `2015-Q1`, `2015-03`, `2009_2015`).
        freq: `A`, `Q` or `M`.
    """

    first: dt.date
    last: dt.date
    text: str
    freq: str

    @classmethod
    def parse(cls, text: str) -> Period:
        """Read a period.

        Raises:
            Fault: If `text` is no period (exit code 2).
        """
        parts = text.split("_")
        single = [_single(part) for part in parts]
        if len(parts) > 2 or any(part is None for part in single):
            raise _no_period(text)
        starts = [part for part in single if part is not None]
        first, last = starts[0], starts[-1]
        if first[2] != last[2] or last[0] < first[0] or (len(parts) == 2 and first == last):
            raise _no_period(text)
        return cls(first[0], last[1], text, first[2])

    def each(self, freq: str) -> tuple[Period, ...]:
        """The periods of frequency `freq` that lie wholly inside this one, in order."""
        found = []
        months = {"A": 12, "Q": 3, "M": 1}[freq]
        year, month = self.first.year, 1
        while dt.date(year, month, 1) <= self.last:
            text = {"A": f"{year}", "Q": f"{year}-Q{(month + 2) // 3}", "M": f"{year}-{month:02}"}[freq]
            one = Period.parse(text)
            if one.first >= self.first and one.last <= self.last:
                found.append(one)
            year, month = year + (month + months - 1) // 12, (month + months - 1) % 12 + 1
        return tuple(found)


def _single(text: str) -> tuple[dt.date, dt.date, str] | None:
    match = _PERIOD.fullmatch(text)
    if not match:
        return None
    year, quarter, month = int(match[1]), match[2], match[3]
    if not 1900 <= year <= 2200:
        return None
    start = int(month) if month else (int(quarter) * 3 - 2 if quarter else 1)
    length = 1 if month else (3 if quarter else 12)
    end_year, end_month = year + (start + length - 1) // 12, (start + length - 1) % 12 + 1
    last = dt.date(end_year, end_month, 1) - dt.timedelta(days=1)
    return dt.date(year, start, 1), last, "M" if month else ("Q" if quarter else "A")


def _no_period(text: str) -> Fault:
    return Fault(
        Problem(
            f"period {text}",
            "this is no reference period",
            "Write a year (2015), a quarter (2015-Q1), a month (2015-03) or a span of two of the same (2009_2015).",
        ),
        code=2,
    )


@dataclass(frozen=True)
class DeliveredFile:
    """One file of a delivery: `name` on disk, `original_name` as sent, `size` in bytes, `sha256`."""

    name: str
    original_name: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Delivery:
    """What an office sent, as recorded in `delivery.toml` beside the bytes.

    Attributes:
        id: `<iso3>/<source>/<period>.v<n>`.
        ref_area: Code of the country, upper case.
        source: Id of the source.
        kind: Id of the kind.
        agency: Code of the agency.
        period: Reference period as text.
        version: 1 for the first delivery of the period, and so on.
        received_at: Date and time of receipt, ISO 8601.
        data_class: `real` or `synthetic`.
        files: The files.
        note: What the sender said about this version.
        reason: Why it came besides the regular calendar, one of `REASONS`; empty for what came in time for a period
            that nothing was known of.
    """

    id: str
    ref_area: str
    source: str
    kind: str
    agency: str
    period: str
    version: int
    received_at: str
    data_class: str
    files: tuple[DeliveredFile, ...]
    note: str = ""
    reason: str = ""

    @property
    def folder_name(self) -> str:
        """`<period>.v<n>`."""
        return f"{self.period}.v{self.version}"

    def to_toml(self) -> str:
        """The record as TOML."""
        lines = [
            f"{name} = {_quoted(str(getattr(self, name)))}"
            for name in ("id", "ref_area", "source", "kind", "agency", "period")
        ]
        lines.append(f"version = {self.version}")
        lines += [f"{name} = {_quoted(getattr(self, name))}" for name in ("received_at", "data_class")]
        lines += [f"{name} = {_quoted(text)}" for name in ("note", "reason") if (text := getattr(self, name))]
        for file in self.files:
            lines += ["", "[[files]]", f"name = {_quoted(file.name)}", f"original_name = {_quoted(file.original_name)}"]
            lines += [f"size = {file.size}", f"sha256 = {_quoted(file.sha256)}"]
        return "\n".join(lines) + "\n"


def read_delivery(path: Path) -> Delivery:
    """Read a `delivery.toml`.

    Raises:
        Fault: If the file is not readable or an entry is missing or wrong.
    """
    try:
        record = tomllib.loads(path.read_text(encoding="utf-8"))
        files = tuple(
            DeliveredFile(str(f["name"]), str(f["original_name"]), int(f["size"]), str(f["sha256"]))
            for f in record["files"]
        )
        delivery = Delivery(
            **{k: str(record[k]) for k in ("id", "ref_area", "source", "kind", "agency", "period")},
            version=int(record["version"]),
            received_at=str(record["received_at"]),
            data_class=str(record["data_class"]),
            files=files,
            note=str(record.get("note", "")),
            reason=str(record.get("reason", "")),
        )
        if delivery.data_class not in DATA_CLASSES:
            raise ValueError("data_class")
        return delivery
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Fault(
            Problem(
                str(path),
                f"the delivery record cannot be read ({type(error).__name__})",
                "Receive the file again, or restore delivery.toml from a copy.",
            )
        ) from error


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c >= " " and c != "\x7f" else f"\\u{ord(c):04x}" for c in escaped) + '"'
