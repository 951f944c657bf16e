"""Rows of the table `permits`, from a frame or a Parquet file, as DuckDB is to see them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from lm_stats.compile.duckdb import connect, identifier, parquet, quoted

Rows = pd.DataFrame | Path
DATES = (
    "application_date", "decision_date", "issue_date", "valid_from", "valid_to", "cancellation_date",
    "start", "end", "observed_until",
)  # fmt: skip
NUMBERS = {"workers": "BIGINT", "birth_year": "BIGINT", "spell": "BIGINT", "part": "BIGINT", "probability": "DOUBLE"}
# what is known of the certificate and of its holder, and where that is from
CELLS = (
    "permit_type", "sex", "birth_year", "citizenship", "region_of_origin", "economic_activity", "occupation",
    "education", "district", "office", "employer_id", "workers",
)  # fmt: skip
ORIGIN = ("source", "delivery_id", "data_class")
# what a column that is not there is taken for
_WITHOUT = {"ref_area": "''", "decision": "'granted'"}
# a certificate is in force from its start, or the day of issue, to its end, or the day before it is cancelled; where
# only the month, quarter or year of its start is known, not before it was issued
START = (
    "CASE WHEN coalesce(valid_from_precision, 'day') = 'day' THEN coalesce(valid_from, issue_date) "
    "ELSE greatest(valid_from, issue_date) END"
)
LAST = "least(valid_to, cancellation_date - 1)"
IS_CANCELLED = "coalesce(cancellation_date <= coalesce(valid_to, cancellation_date), false)"
IS_GRANTED = "coalesce(decision = 'granted', false)"
DECISIONS = ("granted", "refused", "withdrawn", "pending")
_WANTED = "give dates, or texts such as 2015-12-31"
_ISO_DAY = r"^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?$"
_WITH_ZONE = r"^\d{4}-\d{2}-\d{2}[T ][\d:.]+ ?(Z|[+-]\d{2}:?\d{2})$"


@cache
def _engine() -> duckdb.DuckDBPyConnection:
    # opening a database takes longer than most of what is asked of one month
    connection = connect()
    # a file may be replaced by another of the same name and time
    connection.execute("SET enable_external_file_cache = false")
    return connection


@contextmanager
def session() -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection of its own, with its own temporary tables, to an empty database that the process keeps open."""
    with _engine().cursor() as connection:
        yield connection


def columns_of(rows: Rows) -> list[str]:
    """The columns that rows have."""
    return list(pq.read_schema(rows).names) if isinstance(rows, Path) else [str(name) for name in rows.columns]


def view(connection: duckdb.DuckDBPyConnection, name: str, rows: Rows, columns: Sequence[str]) -> None:
    """Make a view of some columns: dates as DATE, numbers as numbers, all else as text; NULL where there is none.

    `decision` is taken for granted where the rows have no such column, and `ref_area` for empty. Where they have it,
    nothing is granted that does not say so.

    Args:
        connection: An open connection.
        name: Name of the view.
        rows: The rows.
        columns: The columns wanted.

    Raises:
        ValueError: If a column of dates holds anything but days, or `decision` a word that is not known.
    """
    there = set(columns_of(rows))
    wanted = [column for column in columns if column in there]
    if isinstance(rows, Path):
        kinds = pq.read_schema(rows)
        if any(_is_no_date(kinds.field(column).type) for column in wanted if column in DATES):
            rows = pq.read_table(rows, columns=wanted).to_pandas()
    if isinstance(rows, Path):
        source = parquet(rows)
    else:
        held = f"{name}_rows"
        arrays = {column: _array(rows[column], column) for column in wanted} or {"none": pa.nulls(len(rows))}
        connection.register(held, pa.table(arrays))
        source = identifier(held)
    made = [f"{_typed(column, column in there)} AS {identifier(column)}" for column in columns]
    connection.execute(f"CREATE OR REPLACE TEMP VIEW {identifier(name)} AS SELECT {', '.join(made)} FROM {source}")
    if "decision" in wanted:
        known = ", ".join(map(quoted, DECISIONS))
        asked = f"SELECT 1 FROM {source} WHERE CAST(decision AS VARCHAR) NOT IN ({known}, '') LIMIT 1"
        if connection.execute(asked).fetchone():
            raise ValueError(f"decision holds words that are not known; write {', '.join(DECISIONS)} in small letters")


def _typed(column: str, is_there: bool) -> str:
    kind = "DATE" if column in DATES else NUMBERS.get(column, "VARCHAR")
    text = identifier(column) if is_there else _WITHOUT.get(column, "NULL")
    return f"coalesce(CAST({text} AS VARCHAR), '')" if column == "ref_area" else f"CAST({text} AS {kind})"


def _array(values: pd.Series, column: str) -> pa.Array:
    if column in DATES:
        return _days(values, column)
    if column in NUMBERS:
        return pa.array(pd.to_numeric(values).astype("Float64"), from_pandas=True)
    return pa.array(values.astype("str"), from_pandas=True)


def _days(values: pd.Series, column: str) -> pa.Array:
    """Days as Arrow holds them; the hour of a date is dropped.

    Raises:
        ValueError: If they are no dates, or can be read in several ways.
    """
    zoned = f"{column} has a time zone, so its days are not certain; {_WANTED}"
    if isinstance(values.dtype, pd.DatetimeTZDtype):
        raise ValueError(zoned)
    try:
        held = pa.array(values, from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError):
        raise ValueError(f"{column} mixes forms of dates; {_WANTED}") from None
    held = held.combine_chunks() if isinstance(held, pa.ChunkedArray) else held
    held = held.dictionary_decode() if pa.types.is_dictionary(held.type) else held
    if held.null_count == len(held):
        return pa.nulls(len(held), pa.date32())
    if pa.types.is_timestamp(held.type) and held.type.tz:
        raise ValueError(zoned)
    if _is_text(held.type):
        return _days_of_texts(held, column)
    if _is_no_date(held.type):
        raise ValueError(f"{column} holds no dates; {_WANTED}")
    return pc.cast(held, pa.date32(), safe=False)


def _days_of_texts(texts: pa.Array, column: str) -> pa.Array:
    written = pc.if_else(pc.equal(texts, ""), None, texts)
    if pc.any(pc.match_substring_regex(written, _WITH_ZONE)).as_py():
        raise ValueError(f"{column} has a time zone, so its days are not certain; {_WANTED}")
    if not pc.all(pc.match_substring_regex(written, _ISO_DAY), min_count=0).as_py():
        raise ValueError(f"{column} holds texts of another form than 2015-12-31; {_WANTED}")
    try:
        return pc.cast(pc.utf8_slice_codeunits(written, 0, 10), pa.date32())
    except pa.ArrowInvalid:
        raise ValueError(f"{column} holds days that no calendar has; {_WANTED}") from None


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _is_no_date(kind: pa.DataType) -> bool:
    is_date = pa.types.is_date(kind) or pa.types.is_null(kind)
    return not (is_date or (pa.types.is_timestamp(kind) and kind.tz is None))


def frame(result: duckdb.DuckDBPyRelation) -> pd.DataFrame:
    """A result as a frame: dates as `datetime64[s]`, whole numbers as `int64`, or `Int64` where some are empty."""
    made = result.to_arrow_table()
    read: pd.DataFrame = made.to_pandas(date_as_object=False)
    for field in made.schema:
        if pa.types.is_date(field.type):
            read[field.name] = read[field.name].astype("datetime64[s]")
        elif pa.types.is_integer(field.type) and made[field.name].null_count:
            read[field.name] = made[field.name].to_pandas(integer_object_nulls=True).astype("Int64")
        elif (pa.types.is_string(field.type) or pa.types.is_null(field.type)) and read[field.name].dtype == object:
            read[field.name] = read[field.name].astype("str")
    return read
