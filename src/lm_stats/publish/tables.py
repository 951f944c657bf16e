"""Published tables as CSV and Parquet."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from lm_stats.compile.arrow import columns_schema
from lm_stats.compile.spreadsheet import neutralise
from lm_stats.handover import REMARKS, Protected, write_parquet
from lm_stats.spec import Concept, Indicator

KEY = ("indicator", "ref_area", "time_period")
MEASURES = ("obs_value", "std_error", "lower", "upper")
ATTRIBUTES = (
    "obs_status", "conf_status", "unit_measure", "unit_mult", "unit_of_count", "source", "vintage", "data_class",
)  # fmt: skip
# what stands beside the observations: findings of the rules of plausibility, and the quality of deliveries
PLAUSIBILITY, QUALITY = "plausibility", "quality"
CHECKS: Mapping[str, tuple[str, ...]] = {
    PLAUSIBILITY: (
        "rule", "severity", "table", "delivery_id", "ref_area", "cell", "value", "expected", "evidence", "own",
        "verdict", "verdict_why", "data_class", "note",
    ),
    QUALITY: (
        "ref_area", "source", "delivery_id", "table", "component", "measure", "value", "unit", "evidence", "own",
        "data_class", "note",
    ),
}  # fmt: skip
CHECK_TITLES = {
    PLAUSIBILITY: "Values that the rules of plausibility find wrong or doubtful",
    QUALITY: "Quality of deliveries and tables: completeness, timeliness, accuracy and coherence",
}
_CHECK_TYPES = {"value": pa.float64(), "expected": pa.float64(), "own": pa.bool_()}


def columns_of(protected: Protected) -> tuple[str, ...]:
    """The columns of a published table, in order."""
    return (*KEY, *protected.dimensions, *MEASURES, *attributes_of(protected))


def attributes_of(protected: Protected) -> tuple[str, ...]:
    """Its columns that are neither key nor measure: those of all tables, then what others say of their values."""
    return (*ATTRIBUTES, *remarks_of(protected))


def remarks_of(protected: Protected) -> tuple[str, ...]:
    """Its columns on the values of others: whom they cover, where they stand, under which terms."""
    return tuple(name for name in REMARKS if name in protected.frame.columns)


def key_of(protected: Protected) -> tuple[str, ...]:
    """The columns that identify a row of a published table."""
    return (*KEY, *protected.dimensions)


def published_frame(protected: Protected) -> pd.DataFrame:
    """A protected table in the order of its columns and of its key."""
    return _in_order(protected.frame.loc[:, list(columns_of(protected))], list(key_of(protected)))


def _in_order(frame: pd.DataFrame, key: list[str]) -> pd.DataFrame:
    # texts by their code points, as pandas orders them, in a fraction of the time
    keys = pa.Table.from_pandas(frame[key], preserve_index=False)
    order = pc.sort_indices(keys, sort_keys=[(name, "ascending") for name in key])
    return frame.take(order.to_numpy()).reset_index(drop=True)


def check_frame(protected: Protected) -> pd.DataFrame:
    """The findings or the measures of quality, in order of their columns; those that are missing are empty."""
    columns = CHECKS[protected.id]
    frame = protected.frame.reindex(columns=list(columns))
    texts = [name for name in columns if name not in _CHECK_TYPES]
    frame[texts] = frame[texts].astype("str").fillna("")
    frame["own"] = frame["own"].fillna(False).astype("bool")
    return frame.astype(dict.fromkeys(set(columns) & {"value", "expected"}, "float64")).reset_index(drop=True)


def write_checks(protected: Protected, into: Path) -> None:
    """Write `plausibility` or `quality` as CSV and Parquet, in the order of its rows.

    Args:
        protected: The table.
        into: Folder of the tables.
    """
    frame = check_frame(protected)
    (into / f"{protected.id}.csv").write_text(csv_text(frame), encoding="utf-8", newline="\n")
    schema = pa.schema(
        [pa.field(name, _CHECK_TYPES.get(name, pa.string())) for name in frame.columns],
        {"title": CHECK_TITLES[protected.id], "treatment": protected.treatment},
    )
    write_parquet(frame, into / f"{protected.id}.parquet", schema)


def described(concepts: Mapping[str, Concept]) -> Mapping[str, Concept]:
    """The concepts with the words that a published table carries: those of this table, not of others."""
    own = Concept("data_class", "Class of data", "What kind of deliveries the value was made from.", "text")
    return {**concepts, "data_class": own}


def write_tables(
    protected: Protected, indicator: Indicator, concepts: Mapping[str, Concept], into: Path
) -> pd.DataFrame:
    """Write `<indicator>.csv` and `<indicator>.parquet`.

    Args:
        protected: The table.
        indicator: Its indicator.
        concepts: Concepts by id.
        into: Folder of the tables.

    Returns:
        The rows as they were written.
    """
    frame = published_frame(protected)
    (into / f"{indicator.id}.csv").write_text(csv_text(frame), encoding="utf-8", newline="\n")
    schema = _schema(protected, concepts).with_metadata(_told(indicator, protected))
    write_parquet(frame, into / f"{indicator.id}.parquet", schema)
    return frame


def write_together(
    tables: Sequence[tuple[Indicator, Protected]], concepts: Mapping[str, Concept], into: Path
) -> dict[str, pd.DataFrame]:
    """Write many small tables as `write_tables` does, to the byte, those with the same columns in one go.

    Args:
        tables: Indicators with their tables.
        concepts: Concepts by id.
        into: Folder of the tables.

    Returns:
        The rows as they were written, by id of the indicator.
    """
    alike: dict[tuple[str, ...], list[tuple[Indicator, Protected]]] = {}
    for indicator, protected in tables:
        alike.setdefault(columns_of(protected), []).append((indicator, protected))
    made: dict[str, pd.DataFrame] = {}
    for columns, members in alike.items():
        _, first = members[0]
        rows = pd.concat([protected.frame.loc[:, list(columns)] for _, protected in members], ignore_index=True)
        # the key begins with the indicator, so that the rows of each stay together
        frame = _in_order(rows, list(key_of(first)))
        heading, *lines = csv_lines(frame)
        schema = _schema(first, concepts)
        arrow = pa.Table.from_pandas(frame, schema=schema, preserve_index=False, safe=False)
        begins = 0
        for indicator, protected in sorted(members, key=lambda member: member[0].id):
            ends = begins + len(protected.frame)
            text = "\n".join((heading, *lines[begins:ends]))
            (into / f"{indicator.id}.csv").write_text(f"{text}\n", encoding="utf-8", newline="\n")
            own = arrow.slice(begins, ends - begins).replace_schema_metadata(_told(indicator, protected))
            pq.write_table(own, into / f"{indicator.id}.parquet", compression="zstd")
            made[indicator.id] = frame.iloc[begins:ends]
            begins = ends
    return made


def _schema(protected: Protected, concepts: Mapping[str, Concept]) -> pa.Schema:
    return columns_schema(
        columns_of(protected), described(concepts), frozenset((*key_of(protected), *ATTRIBUTES))
    )


def _told(indicator: Indicator, protected: Protected) -> dict[str, str]:
    """What a file of a table says of itself."""
    return {
        "title": indicator.title["en"],
        "unit_of_count": indicator.estimator.unit,
        "description": indicator.note,
        "treatment": protected.treatment,
    }


def csv_text(frame: pd.DataFrame) -> str:
    """A frame as CSV: comma, LF, empty where there is no value, whole numbers without a decimal point.

    A text, or name of a column, that a spreadsheet would take for a formula gets an apostrophe in front of it.

    Args:
        frame: The frame; its index is left out.
    """
    return "\n".join(csv_lines(frame)) + "\n"


def csv_lines(frame: pd.DataFrame) -> list[str]:
    """Heading and rows of a frame as CSV (`csv_text`), without what ends a line."""
    columns = [_fields(frame.iloc[:, position]) for position in range(frame.shape[1])]
    return [",".join(map(_field, map(str, frame.columns))), *map(",".join, zip(*columns, strict=True))]


def _fields(column: pd.Series) -> list[str]:
    """The values of a column as written; each different text or number is written once."""
    numeric = pd.api.types.is_numeric_dtype(column.dtype) and not pd.api.types.is_bool_dtype(column.dtype)
    if not numeric and not isinstance(column.dtype, pd.StringDtype):
        return [_field(value) for value in column]
    positions, different = pd.factorize(column)
    # the position of what is missing is -1, the last
    texts = np.array([*(_field(value) for value in different.tolist()), ""], dtype=object)
    written: list[str] = texts[positions].tolist()
    return written


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
    return _quoted(neutralise(str(value)))


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if any(char in text for char in ',"\n\r') else text
