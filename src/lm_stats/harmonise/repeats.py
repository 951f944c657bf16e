"""What needs all rows at once: records that stand twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from lm_stats.compile.duckdb import identifier, parquet, quoted
from lm_stats.spec import Table

ADDRESS = ("delivery_id", "source_file", "source_sheet", "source_row")
SUPERSEDED, DUPLICATE, OTHER_CONTENT = "superseded", "duplicate", "same_number_other_content"
# of rows that a number stands on several of, what those are that do not state the whole
PART = "part_of_record"
# of rows that contradict each other, what the others are when somebody chose one
OTHER_ROW = "other_row_chosen"
# which delivery a row came in, in order of receipt, and its place in the staged file
TURN, PLACE = "turn__", "place__"
WARNINGS = "warnings__"
# the verdict on a row that stands because it was chosen, while this is found out
CHOSEN = "chosen"


def settle(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    candidates: Path,
    chosen: Sequence[tuple[int, int]] = (),
    whole_by: str = "",
) -> bool:
    """Find records that stand twice: the later delivery wins; within one, the first row.

    Where several rows bear the number of one record because each states a part of it, the row with the largest
    `whole_by` states the whole, and the others are left out as its parts; of rows with an equal number, which say no
    more than that one of them is the whole, the first.

    Of published values (`Table.sums`) that contradict each other within one delivery none goes on. Of rows that
    contradict each other the one that somebody chose stands and the others are left out; if more than one was
    chosen, it is as if none had been.

    The rows that do not go on are put into the temporary table `repeats`, with their `verdict`:
    `superseded` by a later delivery; a `duplicate` of the same content; a `part_of_record`; the same key with other
    content; or `other_row_chosen`. A published value that stands twice with the same number is a duplicate. Rows that
    stand because they were chosen are put into the temporary table `contested`.

    Args:
        connection: Where it is done.
        table: The table.
        candidates: Parquet file of rows that keep the table's declaration, with `TURN` and `PLACE`.
        chosen: `TURN` and `PLACE` of the rows that somebody chose.
        whole_by: Column of a number; empty where rows of one key contradict each other.

    Returns:
        Whether any record stands twice.
    """
    key = ", ".join(map(identifier, table.key))
    # of a value that others published, content is the value: one file gives it in thousands, another in units
    said = (*table.key, *table.measures) if table.sums else [c for c in table.columns if c not in ADDRESS]
    content = ", ".join(map(identifier, said))
    # of two records of an office the first is most likely the one meant; of two published values neither is preferred
    order = f"{identifier(whole_by)} DESC NULLS LAST, {TURN}, {PLACE}" if whole_by else f"{TURN}, {PLACE}"
    number, window = ("count(*)", "") if table.sums else ("row_number()", f"ORDER BY {order}")
    other = f"{number} OVER (PARTITION BY {key} {window}) > 1"
    rows = parquet(candidates)
    # hashes take a fraction of the memory of keys; two keys of one hash are told apart below
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE repeated AS
        SELECT hash({key}) AS hashed FROM {rows} GROUP BY hashed HAVING count(*) > 1
    """)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE contested ({TURN} BIGINT, {PLACE} BIGINT)")
    if connection.execute("SELECT count(*) FROM repeated").fetchall() == [(0,)]:
        return False
    connection.execute(f"CREATE OR REPLACE TEMP TABLE chosen ({TURN} BIGINT, {PLACE} BIGINT)")
    if chosen:
        connection.executemany("INSERT INTO chosen VALUES (?, ?)", [list(row) for row in chosen])
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE repeats AS
        WITH again AS (
            SELECT *, {TURN} < max({TURN}) OVER (PARTITION BY {key}) AS is_superseded,
                ({TURN}, {PLACE}) IN (SELECT ({TURN}, {PLACE}) FROM chosen) AS is_chosen
            FROM {rows} WHERE hash({key}) IN (SELECT hashed FROM repeated)
        ), standing AS (
            SELECT *, row_number() OVER (PARTITION BY {content} ORDER BY {TURN}, {PLACE}) > 1 AS is_duplicate
            FROM again WHERE NOT is_superseded
        ), different AS (
            SELECT {TURN}, {PLACE}, is_chosen, {other} AS is_other,
                count(*) OVER (PARTITION BY {key}) > 1 AS is_contested,
                count_if(is_chosen) OVER (PARTITION BY {key}) AS choices
            FROM standing WHERE NOT is_duplicate
        )
        SELECT {TURN}, {PLACE}, {quoted(SUPERSEDED)} AS verdict FROM again WHERE is_superseded
        UNION ALL SELECT {TURN}, {PLACE}, {quoted(DUPLICATE)} FROM standing WHERE is_duplicate
        UNION ALL SELECT {TURN}, {PLACE}, CASE
                WHEN choices = 1 AND is_chosen THEN {quoted(CHOSEN)}
                WHEN choices = 1 THEN {quoted(OTHER_ROW)}
                WHEN is_other THEN {quoted(PART if whole_by else OTHER_CONTENT)} END
            FROM different WHERE is_contested AND (choices = 1 OR is_other)
    """)
    connection.execute(f"INSERT INTO contested SELECT {TURN}, {PLACE} FROM repeats WHERE verdict = {quoted(CHOSEN)}")
    connection.execute(f"DELETE FROM repeats WHERE verdict = {quoted(CHOSEN)}")
    return connection.execute("SELECT count(*) FROM repeats").fetchall() != [(0,)]


def smaller_wholes(connection: duckdb.DuckDBPyConnection, table: Table, candidates: Path, whole_by: str) -> int:
    """Records that a later delivery states with a smaller number than an earlier one did.

    The office may have corrected them, or sent a part of them only.

    Args:
        connection: Where `settle` has found repeated records.
        table: The table.
        candidates: The rows that `settle` was asked about.
        whole_by: Column of the number.
    """
    key, number = ", ".join(map(identifier, table.key)), identifier(whole_by)
    found = connection.execute(f"""
        WITH again AS (
            SELECT {key}, {number} AS number, {TURN} < max({TURN}) OVER (PARTITION BY {key}) AS is_superseded
            FROM {parquet(candidates)} WHERE hash({key}) IN (SELECT hashed FROM repeated)
        )
        SELECT count(*) FROM (
            SELECT {key} FROM again GROUP BY {key}
            HAVING max(number) FILTER (NOT is_superseded) < max(number) FILTER (is_superseded)
        )
    """).fetchall()
    return int(found[0][0])


def accepted(candidates: Path, repeated: bool) -> str:
    """A SQL query of the candidates that go on."""
    rows = parquet(candidates)
    return f"SELECT * FROM {rows}" + (f" ANTI JOIN repeats USING ({TURN}, {PLACE})" if repeated else "")


def contradictions(
    table: Table,
    staged: Mapping[int, Path],
    given: Mapping[int, Mapping[str, str]],
    schema: pa.Schema,
) -> str:
    """A SQL query of the staged rows whose key stands with other content; `settle` found it out.

    Args:
        table: The table.
        staged: Staged file by turn.
        given: By turn, what is the same for all rows of a file, as text by column.
        schema: Columns wanted: those given, `TURN` and `PLACE`, `reason`, `reasons` and `columns`, and staged
            columns, which are empty where a file has them not.
    """
    reasons = {"reason": OTHER_CONTENT, "reasons": OTHER_CONTENT, "columns": ",".join(table.key)}
    parts = []
    for turn, path in staged.items():
        names = set(pq.read_schema(path).names)
        known = {name: quoted(text) for name, text in {**given[turn], **reasons}.items()}
        known |= {TURN: str(turn), PLACE: "file_row_number"} | {n: identifier(n) for n in names if n not in known}
        taken = ", ".join(f"{known.get(name, 'NULL')} AS {identifier(name)}" for name in schema.names)
        parts.append(f"""
            SELECT {taken} FROM {parquet(path, row_numbers=True)} SEMI JOIN (
                SELECT {PLACE} AS place FROM repeats WHERE {TURN} = {turn} AND verdict = {quoted(OTHER_CONTENT)}
            ) ON place = file_row_number
        """)
    return " UNION ALL ".join(parts)
