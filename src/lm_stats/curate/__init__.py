"""Curate: from the sources of all member states to one table per subject.

Here belongs what brings sources together: each record once, deliveries with their account of
rows, the database that analysts open. Coding and row rules are `harmonise`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import pandas as pd

from lm_stats.compile.duckdb import connect, ddl, identifier, parquet, quoted
from lm_stats.compile.pandera import cast, failures
from lm_stats.compile.pandera import schema as pandera_schema
from lm_stats.handover import ACCOUNT_COLUMNS
from lm_stats.spec import Codelist, Concept, Delivery, Fault, Problem, Table

TWIN = "twin"


def combine(
    table: Table,
    concepts: Mapping[str, Concept],
    codelists: Mapping[str, Codelist],
    precedence: Mapping[str, int],
    harmonised: Mapping[str, Path],
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Bring the sources of a table together, each record once.

    Two offices may deliver the same application, or the same certificate under two application
    numbers. The source with the lower number in `precedence` wins; the other row is a twin.

    Args:
        table: The table.
        concepts: Concepts by id.
        codelists: Codelists by id.
        precedence: Precedence by source path.
        harmonised: Parquet file of harmonised rows by source path.

    Returns:
        The table in order of its key, and the rows left out: `delivery_id, reason, rows`.

    Raises:
        Fault: If a row does not keep the table's declaration.
    """
    paths = sorted(harmonised, key=lambda path: (precedence[path], path))
    columns = ", ".join(identifier(c) for c in table.columns)
    parts = " UNION ALL ".join(
        f"SELECT {columns}, {rank} AS rank FROM {parquet(harmonised[path])}" for rank, path in enumerate(paths)
    )
    key = ", ".join(identifier(c) for c in table.key)
    certificate = "certificate_token" if "certificate_token" in table.columns else "NULL"
    with connect() as connection:
        connection.execute(f"CREATE TABLE gathered AS {parts}")
        # a certificate identifies only across sources: within one, one certificate may cover many applications
        connection.execute(f"""
            CREATE TABLE marked AS
            SELECT *,
                row_number() OVER (PARTITION BY {key} ORDER BY rank) > 1
                OR ({certificate} IS NOT NULL
                    AND rank > min(rank) OVER (PARTITION BY ref_area, {certificate})) AS twin
            FROM gathered
        """)
        kept = connection.execute(f"SELECT {columns} FROM marked WHERE NOT twin ORDER BY {key}").df()
        left = connection.execute(f"""
            SELECT delivery_id, {quoted(TWIN)} AS reason, count(*) AS rows
            FROM marked WHERE twin GROUP BY delivery_id ORDER BY delivery_id
        """).df()
    frame = cast(kept, table.columns, concepts)
    _check(table, concepts, codelists, frame)
    return frame, left


def list_deliveries(
    table: Table,
    concepts: Mapping[str, Concept],
    codelists: Mapping[str, Codelist],
    deliveries: Sequence[Delivery],
    superseded: Mapping[str, str],
    failed: Collection[str],
    accounts: pd.DataFrame,
    exclusions: pd.DataFrame,
) -> pd.DataFrame:
    """List every delivery with its account of rows.

    Args:
        table: The table `deliveries`.
        concepts: Concepts by id.
        codelists: Codelists by id.
        deliveries: Every delivery of the root.
        superseded: By delivery id, the delivery that took its place.
        failed: Ids of deliveries that could not be read; their rows are not counted.
        accounts: Rows of `lm_stats.handover.ACCOUNT_COLUMNS`, of every source; those of deliveries that
            were superseded whole are excluded.
        exclusions: Rows that `combine` left out: `delivery_id, reason, rows`.

    Returns:
        The table; `rows_in` is 0 for deliveries without an account: those that failed.

    Raises:
        Fault: If the rows of a delivery do not add up.
    """
    counted = accounts.loc[:, list(ACCOUNT_COLUMNS)].pivot_table(
        index="delivery_id", columns="outcome", values="rows", aggfunc="sum", fill_value=0
    )
    left = exclusions.groupby("delivery_id")["rows"].sum()
    frame = pd.DataFrame(
        [
            {
                "delivery_id": d.id,
                "ref_area": d.ref_area,
                "source": d.source,
                "agency": d.agency,
                "kind": d.kind,
                "period": d.period,
                "version": d.version,
                "received_at": d.received_at,
                "sha256": "+".join(file.sha256 for file in d.files),
                "data_class": d.data_class,
                "delivery_status": "superseded" if d.id in superseded else "failed" if d.id in failed else "current",
                "superseded_by": superseded.get(d.id),
            }
            for d in sorted(deliveries, key=lambda d: d.id)
        ],
        columns=[*table.key, *table.attributes],
    )
    for outcome in ("accepted", "quarantined", "excluded"):
        rows = counted[outcome] if outcome in counted else pd.Series(dtype="int64")
        frame[outcome] = frame["delivery_id"].map(rows).fillna(0).astype("int64")
    twins = frame["delivery_id"].map(left).fillna(0).astype("int64")
    frame["rows_in"] = frame["accepted"] + frame["quarantined"] + frame["excluded"]
    frame["accepted"] -= twins
    frame["excluded"] += twins
    result = cast(frame, table.columns, concepts)
    _check(table, concepts, codelists, result)
    return result


def build_database(
    path: Path, tables: Sequence[tuple[Table, Path]], concepts: Mapping[str, Concept], statement: str
) -> None:
    """Build the observatory's database whole: types, keys, comments.

    Args:
        path: The file; it must not exist.
        tables: Each table with its Parquet file.
        concepts: Concepts by id.
        statement: What the data are ("real data", or that they are synthetic); it becomes the
            comment of the schema's table `about`.
    """
    with connect() as connection:
        # older clients can open storage of this version
        connection.execute(f"ATTACH {quoted(path.as_posix())} AS built (STORAGE_VERSION 'v1.0.0')")
        connection.execute("USE built")
        connection.execute("CREATE SCHEMA observatory")
        for table, source in tables:
            connection.execute(ddl(table, concepts, "observatory"))
            columns = ", ".join(identifier(c) for c in table.columns)
            key = ", ".join(identifier(c) for c in table.key)
            connection.execute(
                f"INSERT INTO observatory.{identifier(table.id)} ({columns}) "
                f"SELECT {columns} FROM {parquet(source)} ORDER BY {key}"
            )
        connection.execute("CREATE TABLE observatory.about (key VARCHAR PRIMARY KEY, value VARCHAR NOT NULL)")
        connection.execute("INSERT INTO observatory.about VALUES ('statement', ?)", [statement])
        connection.execute(f"COMMENT ON TABLE observatory.about IS {quoted(statement)}")
        connection.execute("USE memory")
        connection.execute("DETACH built")


def _check(
    table: Table, concepts: Mapping[str, Concept], codelists: Mapping[str, Codelist], frame: pd.DataFrame
) -> None:
    found = failures(table, pandera_schema(table, concepts, codelists), frame)
    repeated = int(frame.duplicated(list(table.key)).sum())
    problems = [
        Problem(
            f"observatory/{table.id}",
            f"{count} rows break the rule {rule} ({columns})",
            "Look at the harmonised rows of its sources; the last good table stands.",
        )
        for rule, columns, count in found.value_counts(["rule", "columns"], sort=False)
        .reset_index()
        .itertuples(index=False)
    ]
    if repeated:
        problems.append(
            Problem(
                f"observatory/{table.id}",
                f"{repeated} keys ({', '.join(table.key)}) stand twice",
                "Look at the harmonised rows of its sources; the last good table stands.",
            )
        )
    if problems:
        raise Fault(problems)
