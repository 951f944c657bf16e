"""Labour-migration statistics for member states of the Southern African region.

A library of pure functions over declarations and frames. It has never heard of the orchestrator
or of the command line; those are in `pipelines`.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

__all__ = ["open_observatory"]


def open_observatory(root: str | os.PathLike[str]) -> duckdb.DuckDBPyConnection:
    """Open the observatory of a root for reading.

    Args:
        root: The folder that holds `raw` and `curated`.

    Returns:
        A read-only connection on which `permits` and `observatory.permits` are the same table. (Opened as
        a file by its own name, the database bears the name of its schema, and DuckDB calls
        `observatory.permits` ambiguous; there it is `observatory.observatory.permits`.)

    Raises:
        lm_stats.spec.Fault: If there is no observatory yet.
    """
    # imported here, because the grammar alone must load in an instant
    from lm_stats.compile.duckdb import connect, quoted
    from lm_stats.spec import Fault, Problem

    path = Path(root) / "curated" / "observatory" / "observatory.duckdb"
    if not path.exists():
        raise Fault(Problem(str(path), "there is no observatory yet", "Run `lm-stats run` on this root first."))
    connection = connect()
    connection.execute(f"ATTACH {quoted(path.as_posix())} AS file (READ_ONLY)")
    connection.execute("USE file.observatory")
    return connection
