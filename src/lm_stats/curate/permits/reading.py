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

from lm_stats.compile.duckdb import connect, identifier, parquet

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
# a certificate is in force from its start, or the day of issue, to its end, or the day before it is cancelled
START = "coalesce(valid_from, issue_date)"
LAST = "least(valid_to, cancellation_date - 1)"
IS_CANCELLED = "coalesce(cancellation_date <= coalesce(valid_to, cancellation_date), false)"
IS_GRANTED = "coalesce(decision, 'granted') = 'granted'"


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

    `decision` is taken for granted where the rows have no such column, and `ref_area` for empty.

    Args:
        connection: An open connection.
        name: Name of the view.
        rows: The rows.
        columns: The columns wanted.
    """
    there = set(columns_of(rows))
    wanted = [column for column in columns if column in there]
    if isinstance(rows, Path):
        source = parquet(rows)
    else:
        held = f"{name}_rows"
        arrays = {column: _array(rows[column], column) for column in wanted} or {"none": pa.nulls(len(rows))}
        connection.register(held, pa.table(arrays))
        source = identifier(held)
    made = [f"{_typed(column, column in there)} AS {identifier(column)}" for column in columns]
    connection.execute(f"CREATE OR REPLACE TEMP VIEW {identifier(name)} AS SELECT {', '.join(made)} FROM {source}")


def _typed(column: str, is_there: bool) -> str:
    kind = "DATE" if column in DATES else NUMBERS.get(column, "VARCHAR")
    text = identifier(column) if is_there else "''" if column == "ref_area" else "NULL"
    return f"coalesce(CAST({text} AS VARCHAR), '')" if column == "ref_area" else f"CAST({text} AS {kind})"


def _array(values: pd.Series, column: str) -> pa.Array:
    if column in DATES:
        if values.dtype == object:
            try:
                return pa.array(values, type=pa.date32(), from_pandas=True)
            except (pa.ArrowInvalid, pa.ArrowTypeError):
                pass
        return pc.cast(pa.array(pd.to_datetime(values).astype("datetime64[s]"), from_pandas=True), pa.date32())
    if column in NUMBERS:
        return pa.array(pd.to_numeric(values).astype("Float64"), from_pandas=True)
    return pa.array(values.astype("str"), from_pandas=True)


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
