"""Declarations to Arrow and Parquet schemas, with the descriptions inside."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from lm_stats.spec import Concept, Table

TYPES = {
    "text": pa.string(),
    "code": pa.string(),
    "token": pa.string(),
    "date": pa.date32(),
    "integer": pa.int64(),
    "number": pa.float64(),
}


def columns_schema(columns: Sequence[str], concepts: Mapping[str, Concept], not_null: frozenset[str]) -> pa.Schema:
    """The Arrow schema of some columns.

    Args:
        columns: Concept ids, in order.
        concepts: Concepts by id.
        not_null: Columns that are never empty.
    """
    return pa.schema(
        [
            pa.field(
                c,
                TYPES[concepts[c].type],
                nullable=c not in not_null,
                metadata={"label": concepts[c].label, "description": concepts[c].definition},
            )
            for c in columns
        ]
    )


def schema(table: Table, concepts: Mapping[str, Concept]) -> pa.Schema:
    """The Arrow schema of a table; its title, unit of count and description are metadata."""
    return columns_schema(table.columns, concepts, table.not_null).with_metadata(
        {"title": table.title, "unit_of_count": table.unit_of_count, "description": table.description}
    )


def read_query(connection: duckdb.DuckDBPyConnection, query: str, schema: pa.Schema, rows: int) -> Iterator[pa.Table]:
    """The result of a query in parts of a fixed number of rows, whatever parts DuckDB hands over.

    Args:
        connection: Where the query is run.
        query: The query; if it says an order, the rows come in it.
        schema: Columns and types, with their descriptions.
        rows: Rows of a part; the last one may have fewer.
    """
    waiting: list[pa.Table] = []
    number = 0
    for batch in connection.sql(query).to_arrow_reader(rows):
        waiting.append(pa.Table.from_batches([batch]).cast(schema))
        number += batch.num_rows
        while number >= rows:
            gathered = pa.concat_tables(waiting)
            yield gathered.slice(0, rows)
            waiting, number = [gathered.slice(rows)], number - rows
    if number:
        yield pa.concat_tables(waiting)


def write_parts(parts: Iterator[pa.Table], schema: pa.Schema, path: Path) -> int:
    """Write parts of a table as Parquet that repeats byte for byte; each becomes a row group.

    Args:
        parts: The parts.
        schema: Their schema; the file has it also where there is no part.
        path: The file.

    Returns:
        The number of rows.
    """
    rows = 0
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for part in parts:
            writer.write_table(part, row_group_size=max(part.num_rows, 1))
            rows += part.num_rows
    return rows


def is_in_order(path: Path, key: Sequence[str], schema: pa.Schema) -> bool:
    """Whether a Parquet file has a schema with its descriptions, and its keys ascend without one standing twice.

    Args:
        path: The file.
        key: Columns of the key, never empty.
        schema: The schema.
    """
    with pq.ParquetFile(path) as file:
        if not file.schema_arrow.equals(schema, check_metadata=True):
            return False
        last: pa.Table | None = None
        for batch in file.iter_batches(columns=list(key)):
            part = pa.Table.from_batches([batch])
            rows = part if last is None else pa.concat_tables([last, part])
            ascends: pa.ChunkedArray | None = None
            for name in reversed(key):
                before, after = rows[name].slice(0, len(rows) - 1), rows[name].slice(1)
                less = pc.less(before, after)
                ascends = less if ascends is None else pc.or_(less, pc.and_(pc.equal(before, after), ascends))
            if not pc.all(ascends, min_count=0).as_py():
                return False
            last = part.slice(len(part) - 1)
    return True
