"""The one DuckDB engine of a process."""

from __future__ import annotations

import functools

import duckdb

from lm_stats.compile.duckdb import connect


@functools.cache
def engine() -> duckdb.DuckDBPyConnection:
    """The one engine of the process: opening one takes as long as reading a census. Work on a `cursor()` of it."""
    connection = connect()
    # a file may be replaced by another of the same name and time
    connection.execute("SET enable_external_file_cache = false")
    return connection
