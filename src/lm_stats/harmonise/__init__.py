"""Harmonise: from staged text to common codes, units and periods, valid by declaration.

Here belongs everything that turns one source's rows into rows of a declared table: coding, dates
and numbers, derived columns, row rules, quarantine, duplicates within the source. Reading files is
`stage`, bringing sources together is `curate`.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from lm_stats.compile import arrow
from lm_stats.compile.coder import Coder
from lm_stats.compile.duckdb import connect, identifier, parquet
from lm_stats.handover import STAGED_LEADING, Harmonised, RowAccount
from lm_stats.harmonise.marks import AND
from lm_stats.harmonise.repeats import (
    ADDRESS,
    OTHER_CONTENT,
    PLACE,
    TURN,
    WARNINGS,
    accepted,
    contradictions,
    settle,
)
from lm_stats.harmonise.rows import Coding
from lm_stats.harmonise.texts import Flags, read_batches
from lm_stats.spec import Codelist, Concept, Delivery, Kind, Problem, Source, Table

BATCH = 250_000
_ROWS_NAMED = 5
# number of the type of rows, while quarantined rows are gathered
_PART = "part__"
_ABOUT = ("record", "reason", "reasons", "columns")


def harmonise(
    source: Source,
    kind: Kind,
    tables: Mapping[str, Table],
    concepts: Mapping[str, Concept],
    codelists: Mapping[str, Codelist],
    coders: Mapping[str, Mapping[str, Coder]],
    deliveries: Sequence[Delivery],
    staged: Mapping[str, Mapping[str, Path]],
    into: Path,
    *,
    batch: int = BATCH,
) -> Harmonised:
    """Code and validate the deliveries of one source that stand.

    Rows are read in batches; what needs all of them (records that stand twice, the order of the table) is
    done in DuckDB over Parquet, so that memory does not grow with the rows.

    Args:
        source: The source.
        kind: Its kind.
        tables: Tables by id, those that the kind fills among them.
        concepts: Concepts by id.
        codelists: Codelists by id.
        coders: By type of rows, a coder for each of its concepts that is a code.
        deliveries: Deliveries in order of receipt: where two hold the same record, the later wins.
        staged: By delivery id, the staged Parquet file of each type of rows.
        into: Folder for `<table>.parquet`, of each table that a delivery has rows for, and
            `quarantine.parquet`.
        batch: Rows of a batch, and of a row group of the files written.

    Returns:
        Accepted rows with the table's columns and types in order of the key; quarantined rows with
        their address, `record`, `reason`, `reasons`, `columns` and the staged columns; an account for each
        delivery and type of rows.

    Raises:
        Fault: If the source declares `fail` for unknown codes and there is one.
    """
    parts = []
    for number, record in enumerate(kind.records):
        files = {n: staged[d.id][record.id] for n, d in enumerate(deliveries) if record.id in staged.get(d.id, {})}
        if files:
            view, table = source.for_record(record), tables[record.table]
            coding = Coding(view, record, table, concepts, codelists, coders[record.id])
            parts.append(_Part(number, coding, files))
    schema = _quarantine_schema([path for part in parts for path in part.files.values()])
    accounts: list[tuple[int, RowAccount]] = []
    written: dict[str, Path] = {}
    quarantine = into / "quarantine.parquet"
    with ExitStack() as stack:
        # what is gathered holds unit records and stays inside the folder
        work = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=into, ignore_cleanup_errors=True)))
        connection = stack.enter_context(connect(spill=work / "spill"))
        gathered = work / "quarantine.parquet"
        with pq.ParquetWriter(gathered, schema) as held:
            for part in parts:
                table = part.coding.table
                candidates = work / f"{table.id}.parquet"
                counts = _code_rows(part, deliveries, candidates, held, concepts, batch)
                path = into / f"{table.id}.parquet"
                accounts += _settle(connection, part, deliveries, counts, candidates, held, path, concepts, batch)
                if any(count.rows for count in counts.values()):
                    written[table.id] = path
                else:
                    path.unlink()
        kept = ", ".join(identifier(name) for name in schema.names if name not in (_PART, TURN, PLACE))
        schema = pa.schema([f for f in schema if f.name not in (_PART, TURN, PLACE)])
        query = f"SELECT {kept} FROM {parquet(gathered)} ORDER BY {_PART}, {TURN}, {PLACE}"
        arrow.write_parts(arrow.read_query(connection, query, schema, batch), schema, quarantine)
        warnings = tuple(_told(connection, {part.coding.record.id: part.coding for part in parts}, quarantine))
    accounts.sort(key=lambda pair: pair[0])
    return Harmonised(written, quarantine, tuple(account for _, account in accounts), warnings)


@dataclass(frozen=True)
class _Part:
    """The rows of one type: their number among the types, how they are coded, and a staged file by delivery."""

    number: int
    coding: Coding
    files: Mapping[int, Path]

    def given(self, delivery: Delivery) -> dict[str, str]:
        """What the quarantine says of every row of a delivery."""
        record = self.coding.record.id
        return {
            _PART: str(self.number), "delivery_id": delivery.id, "record": record, "data_class": delivery.data_class
        }  # fmt: skip


@dataclass
class _Count:
    """What became of the rows of a delivery."""

    rows: int = 0
    quarantined: Counter[str] = field(default_factory=Counter)
    excluded: Counter[str] = field(default_factory=Counter)


def _code_rows(
    part: _Part,
    deliveries: Sequence[Delivery],
    candidates: Path,
    held: pq.ParquetWriter,
    concepts: Mapping[str, Concept],
    size: int,
) -> dict[int, _Count]:
    """Code every batch of every delivery; write what may be accepted, and what is held back."""
    coding = part.coding
    own = arrow.columns_schema(coding.table.columns, concepts, frozenset())
    # the many rows without a warning, and the few texts that the others have, take next to nothing
    about = [(TURN, pa.int64()), (PLACE, pa.int64()), (WARNINGS, pa.string())]
    schema = pa.schema([*own, *(pa.field(name, kind) for name, kind in about)])
    counts = {}
    with pq.ParquetWriter(candidates, schema) as writer:
        for turn, path in part.files.items():
            count = counts[turn] = _Count()
            for batch in read_batches(path, coding.plain, size):
                coded = coding.code(batch, deliveries[turn])
                places = coded.frame.index.to_numpy() + count.rows
                frame = coded.frame.reset_index(drop=True)
                frame[TURN], frame[PLACE], frame[WARNINGS] = turn, places, coded.marks.warnings()
                writer.write_table(pa.Table.from_pandas(frame, schema=schema, preserve_index=False, safe=False))
                reasons = coded.marks.reasons()
                if len(reasons):
                    held.write_table(
                        _held_rows(
                            part, deliveries[turn], turn, count.rows, batch, coded.marks.held, reasons, held.schema
                        )
                    )
                count.quarantined.update(reasons["reason"].tolist())
                count.excluded.update(coded.marks.excluded())
                count.rows += batch.num_rows
    coding.refuse_unknown()
    return counts


def _held_rows(
    part: _Part,
    delivery: Delivery,
    turn: int,
    start: int,
    batch: pa.RecordBatch,
    rows: Flags,
    reasons: pd.DataFrame,
    schema: pa.Schema,
) -> pa.Table:
    """Rows of a batch that are held back, with the reasons, as the quarantine has them."""
    places = np.flatnonzero(rows)
    taken = batch.take(pa.array(places))
    given = part.given(delivery) | {TURN: str(turn)}
    columns = []
    for field_ in schema:
        if field_.name in given:
            column = pa.repeat(pa.scalar(given[field_.name]).cast(field_.type), len(places))
        elif field_.name == PLACE:
            column = pa.array(places + start, field_.type)
        elif field_.name in reasons:
            column = pa.array(reasons[field_.name], field_.type)
        elif field_.name in taken.schema.names:
            column = taken[field_.name].cast(field_.type)
        else:
            column = pa.nulls(len(places), field_.type)
        columns.append(column)
    return pa.Table.from_arrays(columns, schema=schema)


def _quarantine_schema(staged: Sequence[Path]) -> pa.Schema:
    """Address, type of rows and reasons, then every column that a staged file has."""
    order = [(_PART, pa.int64()), (TURN, pa.int64()), (PLACE, pa.int64())]
    order += [(name, pa.int32() if name == "source_row" else pa.string()) for name in (*ADDRESS, *_ABOUT)]
    columns = dict.fromkeys(
        name for path in staged for name in pq.read_schema(path).names if name not in STAGED_LEADING
    )
    return pa.schema([*order, *((name, pa.string()) for name in (*columns, "data_class"))])


def _settle(
    connection: duckdb.DuckDBPyConnection,
    part: _Part,
    deliveries: Sequence[Delivery],
    counts: Mapping[int, _Count],
    candidates: Path,
    held: pq.ParquetWriter,
    path: Path,
    concepts: Mapping[str, Concept],
    size: int,
) -> list[tuple[int, RowAccount]]:
    """Settle what needs all rows, write the table, and account for the rows of each delivery."""
    table = part.coding.table
    repeated = settle(connection, table, candidates)
    if repeated:
        for turn, verdict, rows in connection.execute(
            f"SELECT {TURN}, verdict, count(*) FROM repeats GROUP BY ALL ORDER BY ALL"
        ).fetchall():
            (counts[turn].quarantined if verdict == OTHER_CONTENT else counts[turn].excluded)[verdict] += rows
        given = {turn: part.given(deliveries[turn]) for turn in part.files}
        query = contradictions(table, part.files, given, held.schema)
        for found in arrow.read_query(connection, query, held.schema, size):
            held.write_table(found)
    rows = accepted(candidates, repeated)
    columns = ", ".join(map(identifier, table.columns))
    key = ", ".join(map(identifier, table.key))
    schema = arrow.schema(table, concepts)
    query = f"SELECT {columns} FROM ({rows}) ORDER BY {key}"
    arrow.write_parts(arrow.read_query(connection, query, schema, size), schema, path)
    said: dict[int, Counter[str]] = {turn: Counter() for turn in counts}
    standing: Counter[int] = Counter()
    for turn, warnings, alike in connection.execute(
        f"SELECT {TURN}, {WARNINGS}, count(*) FROM ({rows}) GROUP BY ALL"
    ).fetchall():
        standing[turn] += alike
        for warning in filter(None, warnings.split(AND)):
            said[turn][warning] += alike
    return [
        (
            turn,
            RowAccount(
                deliveries[turn].id,
                count.rows,
                standing[turn],
                dict(sorted(count.quarantined.items())),
                dict(sorted(count.excluded.items())),
                dict(sorted(said[turn].items())),
                part.coding.record.id,
            ),
        )
        for turn, count in counts.items()
    ]


def _told(connection: duckdb.DuckDBPyConnection, codings: Mapping[str, Coding], quarantine: Path) -> Iterator[Problem]:
    """What a person should know of the rows held back: how many, why, where, and what to do."""
    group = "delivery_id, record, reason"
    found = connection.execute(f"""
        WITH held AS (
            SELECT {group}, columns, trim(coalesce(source_sheet, '') || ' ' || source_row) AS place, file_row_number,
                row_number() OVER (PARTITION BY {group} ORDER BY file_row_number) AS nth
            FROM {parquet(quarantine, row_numbers=True)}
        )
        SELECT {group}, count(*), min(columns) FILTER (nth = 1),
            string_agg(place, ', ' ORDER BY nth) FILTER (nth <= {_ROWS_NAMED})
        FROM held GROUP BY {group} ORDER BY {group}
    """).fetchall()
    for delivery, record, reason, rows, columns, places in found:
        coding = codings[record]
        whys = {rule.name: rule.why for rule in (*coding.table.rules, *coding.source.rules)}
        column = reason.removeprefix("unmapped_")
        if column != reason and column in coding.source.maps:
            do = f"Add what the office means to {coding.source.maps[column]} of its pack and run again."
        else:
            do = f"{whys.get(reason, 'Look at the cells in the office file.')} Ask the office to correct them."
        if reason == OTHER_CONTENT and coding.table.sums:
            do = "If the files are of several editions, receive each with its own period; else ask which value holds."
        # a rule of our own says by its name what it is about; these do not
        about = f" of {columns}" if reason in ("not_null", "bounds", "codelist", "type") else ""
        more = ", ..." if rows > _ROWS_NAMED else ""
        yield Problem(
            f"{delivery}, {record}" if record else delivery,
            f"{rows} rows are quarantined: {reason}{about} (rows {places}{more})",
            do,
        )
