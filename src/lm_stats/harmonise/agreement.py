"""Tables of one delivery that break the same whole down: whether their sums agree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import duckdb

from lm_stats.compile.duckdb import identifier
from lm_stats.harmonise.repeats import TURN
from lm_stats.spec import Problem, Record

_DO = "Look at the rows that are held back or left out; if there are none, ask the office which table is complete."


def disagreements(
    connection: duckdb.DuckDBPyConnection, record: Record, rows: str, where: Mapping[int, str]
) -> Iterator[Problem]:
    """Tell where the tables of a delivery do not add up to the same (`Record.agreement`).

    Args:
        connection: Where it is done.
        record: The type of rows.
        rows: SQL query of the rows that go on, with `TURN`.
        where: The deliveries by turn, as warnings name them.
    """
    agreement = record.agreement
    if agreement is None:
        return
    by = ", ".join(map(identifier, agreement.by))
    table, value = identifier(agreement.tables), identifier(agreement.value)
    found = connection.execute(f"""
        WITH sums AS (
            SELECT {", ".join(filter(None, (TURN, by)))}, {table} AS told_by, sum({value}) AS whole
            FROM ({rows}) GROUP BY ALL
        )
        SELECT {TURN}, concat_ws(', ', {by or "''"}) AS what,
            string_agg(told_by || ' ' || format('{{:,.0f}}', whole), ', ' ORDER BY whole DESC, told_by)
        FROM sums GROUP BY ALL HAVING min(whole) <> max(whole) ORDER BY ALL
    """).fetchall()
    for turn, what, sums in found:
        about = f" ({what})" if what else ""
        yield Problem(where[turn], f"tables that count the same{about} differ: {sums}", _DO)
