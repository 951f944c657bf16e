"""Columns that a declaration makes from others, as SQL over the row."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

import duckdb
import pandas as pd
import pyarrow as pa

from lm_stats.compile.arrow import TYPES
from lm_stats.compile.duckdb import connect
from lm_stats.compile.pandera import DTYPES
from lm_stats.spec import Concept


def evaluate(
    expression: str, columns: Mapping[str, pd.Series], rows: int, concepts: Mapping[str, Concept], name: str
) -> pd.Series:
    """The value of a SQL expression for each row.

    Args:
        expression: The expression; it names concepts only.
        columns: Columns of the rows; of concepts that are not among them, every row is NULL.
        rows: Number of rows.
        concepts: Concepts by id.
        name: The concept that it makes.

    Returns:
        A series of the concept's type.
    """
    words = set(re.findall(r"[a-z_0-9]+", expression))
    taken = {
        word: pa.array(columns[word], TYPES[concepts[word].type], from_pandas=True)
        if word in columns
        else pa.nulls(rows, TYPES[concepts[word].type])
        for word in sorted(words & concepts.keys())
    }
    if not rows:
        return pd.Series(dtype=DTYPES[concepts[name].type])
    with _evaluator().cursor() as connection:
        # rows come back in their order: DuckDB keeps it by default
        connection.register("rows", pa.table(taken or {"nothing": pa.nulls(rows)}))
        found = connection.sql(f"SELECT {expression} AS found FROM rows").to_arrow_table()
        connection.unregister("rows")
    series = found["found"].cast(TYPES[concepts[name].type]).to_pandas()
    made: pd.Series = pd.Series(series, dtype=DTYPES[concepts[name].type])
    return made


@cache
def _evaluator() -> duckdb.DuckDBPyConnection:
    return connect()
