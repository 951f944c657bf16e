"""Declarations to DuckDB: connections, types, DDL."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import duckdb

from lm_stats.spec import Concept, Table

TYPES = {
    "text": "VARCHAR",
    "code": "VARCHAR",
    "token": "VARCHAR",
    "date": "DATE",
    "integer": "BIGINT",
    "number": "DOUBLE",
}


# the last day that a date may be of which only the month, quarter or year is known, and which stands at its first; and
# the first day that one may be which stands at its last, because it ends something
DATE_MACROS = """
    CREATE OR REPLACE MACRO length_of(how_exact) AS CASE how_exact
        WHEN 'month' THEN INTERVAL 1 MONTH
        WHEN 'quarter' THEN INTERVAL 3 MONTH
        WHEN 'fiscal_year' THEN INTERVAL 1 YEAR
        WHEN 'year' THEN INTERVAL 1 YEAR
        ELSE INTERVAL 1 DAY END;
    CREATE OR REPLACE MACRO at_latest(day, how_exact) AS day + length_of(how_exact) - INTERVAL 1 DAY;
    CREATE OR REPLACE MACRO at_earliest(day, how_exact) AS day + INTERVAL 1 DAY - length_of(how_exact);
"""


def connect(
    path: Path | None = None, *, read_only: bool = False, spill: Path | None = None
) -> duckdb.DuckDBPyConnection:
    """Open a connection. Every connection of the project is opened here.

    Extensions are never fetched or loaded, so nothing calls home and the same file opens
    without a network. Memory is held to what a laptop of 8 GB can spare.

    Args:
        path: A database file; none for one in memory.
        read_only: Whether the file may be changed.
        spill: Folder that takes what does not fit into memory, which is held lower then: for work on
            whole tables of unit records, which must not end up in just any folder.
    """
    config: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "threads": str(min(os.cpu_count() or 1, 8)),
        "memory_limit": "1GB" if spill else "3GB",
    }
    if spill:
        config["temp_directory"] = str(spill)
    return duckdb.connect(str(path) if path else ":memory:", read_only=read_only, config=config)


def quoted(text: str) -> str:
    """A SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """A SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def parquet(path: Path, *, row_numbers: bool = False) -> str:
    """A SQL table function that reads a Parquet file, whatever characters its path holds.

    Args:
        path: The file.
        row_numbers: Whether it also gives the place of each row in the file, `file_row_number`, from 0.
    """
    # DuckDB takes a path for a pattern; brackets keep its special characters as they are
    escaped = "".join(f"[{char}]" if char in "*?[" else char for char in path.as_posix())
    return f"read_parquet({quoted(escaped)}{', file_row_number = true' if row_numbers else ''})"


def ddl(table: Table, concepts: Mapping[str, Concept], schema: str) -> str:
    """The statements that create a table with types, key and comments.

    Args:
        table: The table.
        concepts: Concepts by id.
        schema: Database schema it goes into; it must exist.
    """
    name = f"{identifier(schema)}.{identifier(table.id)}"
    columns = [
        f"{identifier(c)} {TYPES[concepts[c].type]}{' NOT NULL' if c in table.not_null else ''}" for c in table.columns
    ]
    columns.append(f"PRIMARY KEY ({', '.join(map(identifier, table.key))})")
    comment = f"{table.title}. {table.description} Unit of count: {table.unit_of_count}."
    statements = [f"CREATE TABLE {name} ({', '.join(columns)})", f"COMMENT ON TABLE {name} IS {quoted(comment)}"]
    statements += [
        f"COMMENT ON COLUMN {name}.{identifier(c)} IS {quoted(concepts[c].definition)}" for c in table.columns
    ]
    return ";\n".join(statements) + ";"
