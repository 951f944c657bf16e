"""Published tables as CSV and Parquet."""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import pandas as pd

from lm_stats.compile.arrow import columns_schema
from lm_stats.handover import Protected, write_parquet
from lm_stats.spec import Concept, Indicator

KEY = ("indicator", "ref_area", "time_period")
MEASURES = ("obs_value", "std_error", "lower", "upper")
ATTRIBUTES = (
    "obs_status", "conf_status", "unit_measure", "unit_mult", "unit_of_count", "source", "vintage", "data_class",
)  # fmt: skip
# a spreadsheet takes a cell that begins so for a formula
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def columns_of(protected: Protected) -> tuple[str, ...]:
    """The columns of a published table, in order."""
    return (*KEY, *protected.dimensions, *MEASURES, *ATTRIBUTES)


def key_of(protected: Protected) -> tuple[str, ...]:
    """The columns that identify a row of a published table."""
    return (*KEY, *protected.dimensions)


def published_frame(protected: Protected) -> pd.DataFrame:
    """A protected table in the order of its columns and of its key."""
    frame = protected.frame.loc[:, list(columns_of(protected))]
    return frame.sort_values(list(key_of(protected)), kind="stable", ignore_index=True)


def described(concepts: Mapping[str, Concept]) -> Mapping[str, Concept]:
    """The concepts with the words that a published table carries: those of this table, not of others."""
    own = Concept("data_class", "Class of data", "What kind of deliveries the value was made from.", "text")
    return {**concepts, "data_class": own}


def write_tables(protected: Protected, indicator: Indicator, concepts: Mapping[str, Concept], into: Path) -> None:
    """Write `<indicator>.csv` and `<indicator>.parquet`.

    Args:
        protected: The table.
        indicator: Its indicator.
        concepts: Concepts by id.
        into: Folder of the tables.
    """
    frame = published_frame(protected)
    (into / f"{indicator.id}.csv").write_text(csv_text(frame), encoding="utf-8", newline="\n")
    not_null = frozenset((*key_of(protected), *ATTRIBUTES))
    schema = columns_schema(columns_of(protected), described(concepts), not_null).with_metadata(
        {
            "title": indicator.title["en"],
            "unit_of_count": indicator.estimator.unit,
            "description": indicator.note,
            "treatment": protected.treatment,
        }
    )
    write_parquet(frame, into / f"{indicator.id}.parquet", schema)


def csv_text(frame: pd.DataFrame) -> str:
    """A frame as CSV: comma, LF, empty where there is no value, whole numbers without a decimal point.

    A text that a spreadsheet would take for a formula gets an apostrophe in front of it.

    Args:
        frame: The frame; its index is left out.
    """
    lines = [",".join(_quoted(str(name)) for name in frame.columns)]
    lines += [",".join(_field(value) for value in row) for row in frame.itertuples(index=False, name=None)]
    return "\n".join(lines) + "\n"


def number_text(value: float) -> str:
    """A number as written in files: shortest form that reads back the same, never an exponent."""
    if not math.isfinite(value):
        raise ValueError("a published number is finite")
    return str(int(value)) if float(value).is_integer() else f"{Decimal(repr(float(value))):f}"


def _field(value: object) -> str:
    if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return number_text(value)
    text = str(value)
    return _quoted("'" + text if text.startswith(_FORMULA) else text)


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if any(char in text for char in ',"\n\r') else text
