"""Curate: from the sources of all member states to one table per subject.

Here belongs what brings sources together: each record once, deliveries with their account of
rows, the database that analysts open. Coding and row rules are `harmonise`.
"""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from lm_stats.compile import arrow
from lm_stats.compile.duckdb import connect, ddl, identifier, parquet, quoted
from lm_stats.compile.pandera import cast, failures
from lm_stats.compile.pandera import schema as pandera_schema
from lm_stats.handover import ACCOUNT_COLUMNS
from lm_stats.spec import Codelist, Concept, Delivery, Fault, Problem, Table

TWIN = "twin"
CERTIFICATE = "certificate_token"
BATCH = 250_000
# a survey's population differs from the census before it by its growth and its frame, hardly by more than this
WEIGHTS_FROM, WEIGHTS_TO = 0.67, 1.5


def combine(
    table: Table,
    concepts: Mapping[str, Concept],
    codelists: Mapping[str, Codelist],
    precedence: Mapping[str, int],
    harmonised: Mapping[str, Path],
    into: Path,
    *,
    batch: int = BATCH,
    released: Mapping[str, int] | None = None,
) -> pd.DataFrame:
    """Bring the sources of a table together, each record once, in the order of the table's key.

    Two offices may deliver the same application, or the same certificate under two application
    numbers. The source with the lower number in `precedence` wins; the other row is a twin.

    Args:
        table: The table.
        concepts: Concepts by id.
        codelists: Codelists by id.
        precedence: Precedence by source path.
        harmonised: Parquet file of harmonised rows by source path.
        into: The Parquet file to write.
        batch: Rows of a row group.
        released: Number of rows that go on by decision although they break a rule, by its name.

    Returns:
        The rows left out: `delivery_id, reason, rows`.

    Raises:
        Fault: If a row does not keep the table's declaration; then there is no file.
    """
    paths = [harmonised[path] for path in sorted(harmonised, key=lambda path: (precedence[path], path))]
    broken = _Broken(released or {})
    schema = arrow.schema(table, concepts)
    checked = pandera_schema(table, concepts, codelists)
    if len(paths) == 1 and arrow.is_in_order(paths[0], table.key, schema):
        # nothing to bring together or to put in order
        with pq.ParquetFile(paths[0]) as file:
            parts = (pa.Table.from_batches([rows]) for rows in file.iter_batches(batch_size=batch))
            for _ in _checked(parts, table, concepts, checked, schema, broken):
                pass
        shutil.copyfile(paths[0], into)
        left, repeated = pd.DataFrame({"delivery_id": [], "reason": [], "rows": []}), 0
    else:
        with (
            tempfile.TemporaryDirectory(dir=into.parent, ignore_cleanup_errors=True) as work,
            connect(spill=Path(work)) as connection,
        ):
            query, left = _bring_together(connection, table, paths)
            # an empty cell where none may be is for the check to tell, not for the reader to fail on
            lenient = arrow.columns_schema(table.columns, concepts, frozenset())
            read = arrow.read_query(connection, query, lenient, batch)
            arrow.write_parts(_checked(read, table, concepts, checked, schema, broken), schema, into)
            repeated = _count_repeated(connection, table, into)
    problems = _problems(table, broken.excess, repeated)
    if problems:
        into.unlink()
        raise Fault(problems)
    return left


def _bring_together(
    connection: duckdb.DuckDBPyConnection, table: Table, paths: Sequence[Path]
) -> tuple[str, pd.DataFrame]:
    """A query of the rows of all sources without twins, in order of the key; and the twins, counted."""
    columns = ", ".join(map(identifier, table.columns))
    key = ", ".join(map(identifier, table.key))
    gathered = " UNION ALL ".join(
        f"SELECT {columns}, {rank} AS rank, file_row_number AS place FROM {parquet(path, row_numbers=True)}"
        for rank, path in enumerate(paths)
    )
    _find_twins(connection, table, gathered, several=len(paths) > 1)
    left = connection.execute(f"""
        SELECT delivery_id, {quoted(TWIN)} AS reason, count(*) AS rows
        FROM ({gathered}) SEMI JOIN twins USING (rank, place) GROUP BY delivery_id ORDER BY delivery_id
    """).df()
    return f"SELECT {columns} FROM ({gathered}) ANTI JOIN twins USING (rank, place) ORDER BY {key}", left


def _find_twins(connection: duckdb.DuckDBPyConnection, table: Table, gathered: str, *, several: bool) -> None:
    """Put the rows that another source holds too into the table `twins`: those of the later source."""
    connection.execute("CREATE TEMP TABLE twins (rank BIGINT, place BIGINT)")
    if not several:
        # within one source, one certificate may cover many applications, and no key stands twice
        return
    identities = [table.key]
    if CERTIFICATE in table.columns:
        identities.append(("ref_area", CERTIFICATE))
    for names in identities:
        own = ", ".join(map(identifier, names))
        filled = f"{identifier(names[-1])} IS NOT NULL"
        # what only one source holds, nearly everything, is known by its hash, in a fraction of the memory
        connection.execute(f"""
            INSERT INTO twins
            WITH shared AS (
                SELECT hash({own}) AS hashed FROM ({gathered}) WHERE {filled}
                GROUP BY hashed HAVING min(rank) <> max(rank)
            ), ranked AS (
                SELECT rank, place, rank > min(rank) OVER (PARTITION BY {own}) AS is_twin
                FROM ({gathered}) WHERE {filled} AND hash({own}) IN (SELECT hashed FROM shared)
            )
            SELECT rank, place FROM ranked WHERE is_twin
        """)


class _Broken:
    """Rows that break a rule, by its name and columns, and how many of them somebody let go on.

    Args:
        released: Number of rows that go on by decision, by the name of the rule.
    """

    def __init__(self, released: Mapping[str, int]) -> None:
        self._released = released
        self.counts: Counter[tuple[str, str]] = Counter()

    @property
    def excess(self) -> dict[tuple[str, str], int]:
        """Rules that more rows break than were let go on."""
        return {what: rows for what, rows in self.counts.items() if rows > self._released.get(what[0], 0)}


def _checked(
    parts: Iterator[pa.Table],
    table: Table,
    concepts: Mapping[str, Concept],
    checked: Any,
    schema: pa.Schema,
    broken: _Broken,
) -> Iterator[pa.Table]:
    """The parts of a table as far as they keep its declaration; what does not is counted by rule and columns."""
    for part in parts:
        frame = part.to_pandas(types_mapper={pa.int64(): pd.Int64Dtype()}.get, date_as_object=False)
        found = failures(table, checked, cast(frame, table.columns, concepts))
        if len(found):
            broken.counts.update(zip(found["rule"], found["columns"], strict=True))
        if not broken.excess:
            yield part.cast(schema)


def _count_repeated(connection: duckdb.DuckDBPyConnection, table: Table, path: Path) -> int:
    key = ", ".join(map(identifier, table.key))
    rows = parquet(path)
    hashes = f"SELECT hash({key}) AS hashed FROM {rows} GROUP BY hashed HAVING count(*) > 1"
    repeated = connection.execute(f"""
        SELECT coalesce(sum(times - 1), 0)::BIGINT FROM (
            SELECT count(*) AS times FROM {rows} WHERE hash({key}) IN ({hashes}) GROUP BY {key}
        )
    """).fetchall()
    return int(repeated[0][0])


def compare_weights(survey: Path, population: Path, residents: str = "residence = 'usual'") -> tuple[Problem, ...]:
    """Compare what the weights of each round of a survey add up to with the census nearest to it.

    A sum far off is that of another weight (the household's in place of the person's) or of weights on
    another scale (as whole numbers, or of mean 1). It is compared with the latest census at the time of the
    round or before it, and where there is none, with the first one after it. A census that is a sample
    counts by its weights.

    Args:
        survey: Parquet file of persons in surveys: `ref_area, source, survey, delivery_id, weight` and the
            columns of `residents`.
        population: Parquet file of persons counted: `ref_area, census_year, weight` and the same.
        residents: SQL condition for those who are compared.

    Returns:
        A problem for each round whose sum is less than `WEIGHTS_FROM` or more than `WEIGHTS_TO` times the
        census; areas without a census have none.
    """
    with connect() as connection:
        # sums of doubles depend on the order in which threads meet them; those of decimals do not
        rounds = connection.execute(f"""
            WITH asked AS (
                SELECT ref_area, survey, TRY_CAST(survey[:4] AS INTEGER) AS year,
                    string_agg(DISTINCT delivery_id, ', ' ORDER BY delivery_id) AS deliveries,
                    sum(weight::DECIMAL(38,12)) AS total
                FROM {parquet(survey)} WHERE {residents} GROUP BY ref_area, source, survey
            ), counted AS (
                SELECT ref_area, census_year, sum(weight::DECIMAL(38,12)) AS persons
                FROM {parquet(population)} WHERE {residents} GROUP BY ref_area, census_year
            )
            SELECT deliveries, total, census_year, persons FROM asked JOIN counted USING (ref_area)
            WHERE persons > 0
            QUALIFY row_number() OVER (
                PARTITION BY ref_area, deliveries, survey ORDER BY census_year > year, abs(census_year - year)
            ) = 1
            ORDER BY deliveries
        """).fetchall()
    return tuple(
        Problem(
            deliveries,
            f"the weights add up to {total:,.0f}, {_short(total / persons)} times the {persons:,.0f} usual "
            f"residents of the census of {year}",
            "Ask the office whether this is the weight of the person (not of the household) and what it adds up to.",
        )
        for deliveries, total, year, persons in rounds
        if not WEIGHTS_FROM <= total / persons <= WEIGHTS_TO
    )


def _short(ratio: Decimal) -> str:
    """A number in three digits, for people."""
    return f"{float(f'{ratio:.3g}'):,g}"


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
        accounts: Rows of `lm_stats.handover.ACCOUNT_COLUMNS`, of every source and type of rows; those of
            deliveries that were superseded whole are excluded. A delivery's types of rows are summed.
        exclusions: Rows that `combine` left out of any table: `delivery_id, reason, rows`.

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
                "revision_reason": d.reason or None,
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
    found = failures(table, pandera_schema(table, concepts, codelists), result)
    broken = Counter(zip(found["rule"], found["columns"], strict=True))
    problems = _problems(table, broken, int(result.duplicated(list(table.key)).sum()))
    if problems:
        raise Fault(problems)
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
        # one transaction: each would wait for the disk
        connection.execute("BEGIN")
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
        connection.execute("COMMIT")
        connection.execute("USE memory")
        connection.execute("DETACH built")


def _problems(table: Table, broken: Mapping[tuple[str, str], int], repeated: int) -> list[Problem]:
    do = "Look at the harmonised rows of its sources; the last good table stands."
    where = f"observatory/{table.id}"
    problems = [
        Problem(where, f"{count} rows break the rule {rule} ({columns})", do)
        for (rule, columns), count in broken.items()
    ]
    if repeated:
        problems.append(Problem(where, f"{repeated} keys ({', '.join(table.key)}) stand twice", do))
    return problems
