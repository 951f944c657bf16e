"""Stata and SPSS files whose bytes are the same whenever they are written."""

from __future__ import annotations

import re
import struct
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from string import ascii_lowercase

import pandas as pd

from lm_stats.spec import SYNTHETIC_STATEMENT

_STATA_TIME = re.compile(rb"(<timestamp>.)(.*?)(</timestamp>)", re.DOTALL)
_STATA_WRITTEN = b"01 Jan 2000 00:00"
# in the header of an SPSS file: date and time of writing
_SPSS_TIME, _SPSS_WRITTEN = 92, b"01 Jan 0000:00:00"
# numbers that stand for Stata's missing values with a letter until the file is written, because the writer tells
# the type of a column by its first rows; larger than any number that is delivered
STAND_FOR_MISSING: Mapping[str, float] = {
    letter: float(f"8.76543{number}e307") for number, letter in enumerate(ascii_lowercase, start=21)
}


def _missing_value(letter: str) -> bytes:
    """A missing value as a number of 8 bytes of a Stata file (format 113 and later, "Missing values")."""
    return struct.pack("<Q", 0x7FE0 << 48 | (ord(letter) - ord("a") + 1) << 40)


def write_labelled(
    path: Path,
    reader: str,
    frame: pd.DataFrame,
    titles: Sequence[str],
    labels: Mapping[str, Mapping[float, str]],
    missing: Mapping[str, Mapping[str, str]],
    letters: Collection[str] = (),
    declared: Mapping[str, float] | None = None,
) -> None:
    """Write a file of unit records whose label says that they are synthetic.

    Args:
        path: The file.
        reader: `stata` or `spss`.
        frame: Cells by heading: numbers and texts; of Stata also `STAND_FOR_MISSING`.
        titles: Label of each column.
        labels: Label by number, by heading.
        missing: Label by letter of missing values, by heading (Stata only).
        letters: Further letters that stand in cells and have no label (Stata only).
        declared: Number that means "missing", by heading (SPSS only).
    """
    import pyreadstat

    if reader == "stata":
        named = {name: {**labels.get(name, {}), **missing.get(name, {})} for name in {**labels, **missing}}
        pyreadstat.write_dta(
            frame, str(path), file_label=SYNTHETIC_STATEMENT, column_labels=list(titles), version=15,
            variable_value_labels=named, missing_user_values={name: list(own) for name, own in missing.items()},
        )  # fmt: skip
        content = path.read_bytes()
        head = content[:4096]
        stamped = _STATA_TIME.sub(rb"\g<1>" + _STATA_WRITTEN + rb"\g<3>", head, count=1)
        if len(stamped) != len(head):
            raise ValueError(f"{path.name}: the time of writing has another length than expected")
        content = stamped + content[4096:]
        for letter in sorted({*letters, *(letter for own in missing.values() for letter in own)}):
            content = content.replace(struct.pack("<d", STAND_FOR_MISSING[letter]), _missing_value(letter))
        path.write_bytes(content)
    else:
        pyreadstat.write_sav(
            frame, str(path), file_label=SYNTHETIC_STATEMENT, column_labels=list(titles),
            variable_value_labels={name: dict(own) for name, own in labels.items()},
            missing_ranges={name: [number] for name, number in (declared or {}).items()},
        )  # fmt: skip
        with path.open("r+b") as file:
            file.seek(_SPSS_TIME)
            file.write(_SPSS_WRITTEN)
