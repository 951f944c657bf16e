"""Declarations to Arrow and Parquet schemas, with the descriptions inside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa

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
