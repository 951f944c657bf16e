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
from lm_stats.compile.duckdb import connect, identifier, parquet, quoted
from lm_stats.handover import MARK_COLUMNS, RELEASED, STAGED_LEADING, Harmonised, RowAccount
from lm_stats.harmonise.agreement import disagreements
from lm_stats.harmonise.codes import several_lists, write_coding
from lm_stats.harmonise.marks import AND, FIRM, Marks
from lm_stats.harmonise.releases import Releases, read_releases
from lm_stats.harmonise.repeats import (
    ADDRESS,
    OTHER_CONTENT,
    PLACE,
    TURN,
    WARNINGS,
    accepted,
    contradictions,
    settle,
    smaller_wholes,
)
from lm_stats.harmonise.rows import Circumstances, Coding
from lm_stats.harmonise.texts import Flags, read_batches
from lm_stats.spec import Codelist, Concept, Delivery, Kind, Period, Problem, Source, Table

BATCH = 250_000
_ROWS_NAMED = 5
# number of the type of rows, while quarantined rows are gathered
_PART = "part__"
_ABOUT = ("record", "reason", "reasons", "columns")
# in which order things are said of one row, while marks are gathered
_ORDER = "order__"
# codes that nobody knows but that may be shown, and how many of them are named
_SHORT_CODE = r"[0-9]{1,2}(\.0+)?"
_CODES_NAMED = 20


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
    marks: bool = False,
    releases: Sequence[Path] = (),
    partly: Mapping[str, Sequence[Period]] | None = None,
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
        into: Folder for `<table>.parquet`, of each table that a delivery has rows for,
            `quarantine.parquet` and `coding.parquet`.
        batch: Rows of a batch, and of a row group of the files written.
        marks: Whether to write `marks.parquet` too: everything that is said of single rows, in order of delivery,
            file, sheet and row.
        releases: Files of decisions on rows that are held back (`lm_stats.harmonise.releases`).
        partly: By delivery id, parts of its period that a later delivery replaces: rows with a date in them are
            left out as superseded.

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
    quarantine, coding_path = into / "quarantine.parquet", into / "coding.parquet"
    rules: dict[tuple[str, str], Mapping[str, Counter[str]]] = {}
    told: list[Problem] = []
    with ExitStack() as stack:
        # what is gathered holds unit records and stays inside the folder
        work = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=into, ignore_cleanup_errors=True)))
        connection = stack.enter_context(connect(spill=work / "spill"))
        decided = Releases(*read_releases(releases, source))
        staged_files = {(part.number, turn): path for part in parts for turn, path in part.files.items()}
        decided.find(connection, deliveries, staged_files, {part.number: part.coding.record.id for part in parts})
        gathered, said = work / "quarantine.parquet", _MarkFile(work / "marks.parquet") if marks else None
        with pq.ParquetWriter(gathered, schema) as held:
            run = _Run(connection, deliveries, concepts, batch, held, said, decided, partly or {}, told)
            for part in parts:
                table = part.coding.table
                candidates = work / f"{table.id}.parquet"
                counts = _code_rows(run, part, candidates)
                rules |= {(deliveries[n].id, part.coding.record.id): one.rules for n, one in counts.items()}
                told += [p for n, one in counts.items() for p in several_lists(part.of(deliveries[n]), one.rules)]
                path = into / f"{table.id}.parquet"
                accounts += _settle(run, part, counts, candidates, path)
                if any(count.rows for count in counts.values()):
                    written[table.id] = path
                else:
                    path.unlink()
        kept = ", ".join(identifier(name) for name in schema.names if name not in (_PART, TURN, PLACE))
        schema = pa.schema([f for f in schema if f.name not in (_PART, TURN, PLACE)])
        query = f"SELECT {kept} FROM {parquet(gathered)} ORDER BY {_PART}, {TURN}, {PLACE}"
        arrow.write_parts(arrow.read_query(connection, query, schema, batch), schema, quarantine)
        told += _told(connection, {part.coding.record.id: part.coding for part in parts}, quarantine)
        told += decided.problems()
        if said is not None:
            said.finish(connection, into / "marks.parquet", batch)
    write_coding(rules, coding_path)
    accounts.sort(key=lambda pair: pair[0])
    made = tuple(account for _, account in accounts)
    return Harmonised(written, quarantine, made, tuple(told), into / "marks.parquet" if marks else None, coding_path)


@dataclass(frozen=True)
class _Part:
    """The rows of one type: their number among the types, how they are coded, and a staged file by delivery."""

    number: int
    coding: Coding
    files: Mapping[int, Path]

    def of(self, delivery: Delivery) -> str:
        """The rows of a delivery, as warnings name them."""
        return f"{delivery.id}, {self.coding.record.id}" if self.coding.record.id else delivery.id

    def given(self, delivery: Delivery) -> dict[str, str]:
        """What the quarantine says of every row of a delivery."""
        record = self.coding.record.id
        return {
            _PART: str(self.number), "delivery_id": delivery.id, "record": record, "data_class": delivery.data_class
        }  # fmt: skip


@dataclass(frozen=True)
class _Run:
    """What the work on every type of rows shares."""

    connection: duckdb.DuckDBPyConnection
    deliveries: Sequence[Delivery]
    concepts: Mapping[str, Concept]
    size: int
    held: pq.ParquetWriter
    said: _MarkFile | None
    decided: Releases
    partly: Mapping[str, Sequence[Period]]
    told: list[Problem]


@dataclass
class _Count:
    """What became of the rows of a delivery."""

    rows: int = 0
    quarantined: Counter[str] = field(default_factory=Counter)
    excluded: Counter[str] = field(default_factory=Counter)
    rules: dict[str, Counter[str]] = field(default_factory=dict)


class _MarkFile:
    """Everything that is said of single rows, while it is gathered.

    Args:
        path: Parquet file to gather it in.
    """

    _OWN = ((_PART, pa.int64()), (TURN, pa.int64()), (PLACE, pa.int64()), (_ORDER, pa.int64()))

    def __init__(self, path: Path) -> None:
        self._path = path
        self._final = pa.schema([(n, pa.int32() if n == "source_row" else pa.string()) for n in MARK_COLUMNS])
        self._schema = pa.schema([*self._OWN, *self._final])
        self._writer = pq.ParquetWriter(path, self._schema)
        self._settled: list[Path] = []

    def add(self, part: _Part, delivery: Delivery, turn: int, start: int, batch: pa.RecordBatch, marks: Marks) -> None:
        """Write what is said of the rows of a batch."""
        for order, (outcome, reason, columns, places) in enumerate(marks.lines()):
            if not len(places):
                continue
            rows = batch.select(list(ADDRESS[1:])).take(pa.array(places))
            given = {
                _PART: part.number, TURN: turn, _ORDER: order, "delivery_id": delivery.id,
                "record": part.coding.record.id, "outcome": outcome, "reason": reason,
                "columns": part.coding.delivered_as(columns),
            }  # fmt: skip
            arrays = [
                pa.array(places + start)
                if f.name == PLACE
                else pa.repeat(pa.scalar(given[f.name], f.type), len(places))
                if f.name in given
                else rows[f.name].cast(f.type)
                for f in self._schema
            ]
            self._writer.write_table(pa.Table.from_arrays(arrays, schema=self._schema))

    def settle(self, run: _Run, part: _Part) -> None:
        """Take back what was said of rows that do not go on after all, and say why they do not."""
        coding, path = part.coding, self._path.with_name(f"marks{part.number}.parquet")
        names = ", ".join(map(identifier, self._schema.names))
        key = coding.delivered_as(",".join(coding.table.key))
        columns = {"outcome": "outcome", "reason": "reason", "columns": quoted(key), "record": quoted(coding.record.id)}
        columns |= {_PART: str(part.number), _ORDER: "-1"}
        parts = []
        for turn, file in part.files.items():
            own = columns | {TURN: str(turn), PLACE: "file_row_number", "delivery_id": quoted(run.deliveries[turn].id)}
            taken = ", ".join(f"{own.get(name, identifier(name))} AS {identifier(name)}" for name in self._schema.names)
            parts.append(f"""
                SELECT {taken} FROM {parquet(file, row_numbers=True)} JOIN (
                    SELECT {PLACE} AS place, verdict AS reason,
                        CASE verdict WHEN {quoted(OTHER_CONTENT)} THEN 'quarantined' ELSE 'excluded' END AS outcome
                    FROM repeats WHERE {TURN} = {turn}
                    UNION ALL SELECT {PLACE}, {quoted(RELEASED + OTHER_CONTENT)}, 'warned' FROM contested
                    WHERE {TURN} = {turn}
                ) ON place = file_row_number
            """)
        query = f"SELECT {names} FROM ({' UNION ALL '.join(parts)})"
        arrow.write_parts(arrow.read_query(run.connection, query, self._schema, run.size), self._schema, path)
        self._settled.append(path)

    def finish(self, connection: duckdb.DuckDBPyConnection, path: Path, size: int) -> None:
        """Write the file in order of delivery, file, sheet and row."""
        self._writer.close()
        names = ", ".join(map(identifier, self._final.names))
        gathered = f"SELECT * FROM {parquet(self._path)}"
        for settled in self._settled:
            rows = parquet(settled)
            gathered = f"""
                SELECT * FROM ({gathered}) ANTI JOIN (
                    SELECT {_PART}, {TURN}, {PLACE} FROM {rows} WHERE outcome <> 'warned'
                ) USING ({_PART}, {TURN}, {PLACE}) UNION ALL SELECT * FROM {rows}
            """
        query = f"""
            SELECT {names} FROM ({gathered})
            ORDER BY {TURN}, source_file, source_sheet, source_row, {_PART}, {PLACE}, {_ORDER}, reason, "columns"
        """
        arrow.write_parts(arrow.read_query(connection, query, self._final, size), self._final, path)


def _code_rows(run: _Run, part: _Part, candidates: Path) -> dict[int, _Count]:
    """Code every batch of every delivery; write what may be accepted, and what is held back."""
    coding = part.coding
    own = arrow.columns_schema(coding.table.columns, run.concepts, frozenset())
    # the many rows without a warning, and the few texts that the others have, take next to nothing
    about = [(TURN, pa.int64()), (PLACE, pa.int64()), (WARNINGS, pa.string())]
    schema = pa.schema([*own, *(pa.field(name, kind) for name, kind in about)])
    counts = {}
    with pq.ParquetWriter(candidates, schema) as writer:
        for turn, path in part.files.items():
            count, delivery, undated = _Count(), run.deliveries[turn], 0
            counts[turn] = count
            replaced = run.partly.get(delivery.id, ())
            manners = coding.look_at_dates(run.connection, path, part.of(delivery))
            run.told.extend(manners.told)
            around = Circumstances(delivery, coding.look_over(run.connection, path), replaced, manners)
            for batch in read_batches(path, coding.plain, run.size):
                released, places = run.decided.within(part.number, turn, count.rows, batch.num_rows)
                coded = coding.code(batch, around, released)
                for place in places:
                    run.decided.tell((part.number, turn, count.rows + place), coded.marks.fate(place))
                rows = coded.frame.index.to_numpy() + count.rows
                frame = coded.frame.reset_index(drop=True)
                frame[TURN], frame[PLACE], frame[WARNINGS] = turn, rows, coded.marks.warnings()
                writer.write_table(pa.Table.from_pandas(frame, schema=schema, preserve_index=False, safe=False))
                reasons = coded.marks.reasons()
                if len(reasons):
                    run.held.write_table(
                        _held_rows(part, delivery, turn, count.rows, batch, coded.marks.held, reasons, run.held.schema)
                    )
                if run.said is not None:
                    run.said.add(part, delivery, turn, count.rows, batch, coded.marks)
                count.quarantined.update(reasons["reason"].tolist())
                count.excluded.update(coded.marks.excluded())
                for concept, by_rule in coded.rules.items():
                    count.rules.setdefault(concept, Counter()).update(by_rule)
                count.rows += batch.num_rows
                undated += coded.undated
            if undated:
                run.told.append(_stay_undated(part.of(delivery), undated, replaced))
    coding.refuse_unknown()
    return counts


def _stay_undated(where: str, rows: int, replaced: Sequence[Period]) -> Problem:
    periods = ", ".join(period.text for period in replaced)
    what = f"{rows} rows have no date, so nobody knows whether they belong to {periods}, which was sent again"
    return Problem(where, f"{what}; they stay", "Ask the office for their dates.")


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
    run: _Run, part: _Part, counts: Mapping[int, _Count], candidates: Path, path: Path
) -> list[tuple[int, RowAccount]]:
    """Settle what needs all rows, write the table, and account for the rows of each delivery."""
    table, connection, deliveries = part.coding.table, run.connection, run.deliveries
    said: dict[int, Counter[str]] = {turn: Counter() for turn in counts}
    chosen = run.decided.chosen(part.number)
    repeated = settle(connection, table, candidates, chosen, part.coding.source.whole_by)
    whole_by = part.coding.source.whole_by
    if repeated and whole_by and (fewer := smaller_wholes(connection, table, candidates, whole_by)):
        what = f"{fewer} records are stated with a smaller number of {whole_by} than in an earlier delivery"
        do = "Ask the office whether it corrected them, or sent a part of them only; then it should send them whole."
        run.told.append(Problem(part.of(deliveries[max(part.files)]), what, do))
    verdicts: dict[tuple[int, int], str] = {}
    contested: list[tuple[int, int]] = []
    if repeated:
        for turn, verdict, rows in connection.execute(
            f"SELECT {TURN}, verdict, count(*) FROM repeats GROUP BY ALL ORDER BY ALL"
        ).fetchall():
            (counts[turn].quarantined if verdict == OTHER_CONTENT else counts[turn].excluded)[verdict] += rows
        given = {turn: part.given(deliveries[turn]) for turn in part.files}
        query = contradictions(table, part.files, given, run.held.schema)
        for found in arrow.read_query(connection, query, run.held.schema, run.size):
            run.held.write_table(found)
        contested = [(turn, place) for turn, place in connection.execute("SELECT * FROM contested").fetchall()]
        for turn, _ in contested:
            said[turn][RELEASED + OTHER_CONTENT] += 1
        if decided := run.decided.rows(part.number):
            wanted = ", ".join(f"({turn}, {place})" for turn, place in decided)
            query = f"SELECT {TURN}, {PLACE}, verdict FROM repeats WHERE ({TURN}, {PLACE}) IN ({wanted})"
            verdicts = {(turn, place): verdict for turn, place, verdict in connection.execute(query).fetchall()}
        if run.said is not None:
            run.said.settle(run, part)
    run.decided.settle(part.number, verdicts, contested)
    rows = accepted(candidates, repeated)
    columns = ", ".join(map(identifier, table.columns))
    key = ", ".join(map(identifier, table.key))
    schema = arrow.schema(table, run.concepts)
    query = f"SELECT {columns} FROM ({rows}) ORDER BY {key}"
    arrow.write_parts(arrow.read_query(connection, query, schema, run.size), schema, path)
    standing: Counter[int] = Counter()
    for turn, warnings, alike in connection.execute(
        f"SELECT {TURN}, {WARNINGS}, count(*) FROM ({rows}) GROUP BY ALL"
    ).fetchall():
        standing[turn] += alike
        for warning in filter(None, warnings.split(AND)):
            said[turn][warning] += alike
    run.told.extend(disagreements(connection, part.coding.record, rows, {n: part.of(deliveries[n]) for n in counts}))
    for name, missing in part.coding.told_rates.items():
        empty = connection.execute(
            f"SELECT {TURN}, count(*) FROM ({rows}) WHERE {identifier(name)} = ? GROUP BY ALL ORDER BY ALL", [missing]
        )
        for turn, count in empty.fetchall():
            share = f"{count} of {standing[turn]} rows ({100 * count / standing[turn]:.1f} %)"
            what = f"{run.concepts[name].label.lower()} is not stated in {share}"
            run.told.append(Problem(part.of(deliveries[turn]), what, "Look at these cells in the office file."))
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
        unclear = reason.removeprefix("ambiguous_")
        if unclear != reason and unclear in coding.coded:
            do = "Decide what is meant (lm-stats coding review), or ask the office to write it in full."
        elif column != reason and column in coding.coded:
            map_ = f", or add it to {coding.source.maps[column]} of its pack" if column in coding.source.maps else ""
            do = f"Decide what the office means (lm-stats coding review){map_}, and run again."
        else:
            do = f"{whys.get(reason, 'Look at the cells in the office file.')} Ask the office to correct them."
        if reason == OTHER_CONTENT and coding.table.sums:
            do = "If the files are of several editions, receive each with its own period; else ask which value holds."
        if reason not in FIRM and not coding.needs(reason.partition("_")[2]):
            do = f"{do[:-1]}, or release the rows by a decision (docs/ingestion.md)."
        # a rule of our own says by its name what it is about; these do not
        about = f" of {columns}" if reason in ("not_null", "bounds", "codelist", "type") else ""
        more = ", ..." if rows > _ROWS_NAMED else ""
        if codes := _codes(connection, quarantine, delivery, record, reason) if column != reason else []:
            about = f", codes {', '.join(codes)}"
        yield Problem(
            f"{delivery}, {record}" if record else delivery,
            f"{rows} rows are quarantined: {reason}{about} (rows {places}{more})",
            do,
        )


def _codes(
    connection: duckdb.DuckDBPyConnection, quarantine: Path, delivery: str, record: str, reason: str
) -> list[str]:
    """Codes that nobody knows, as far as they may be shown."""
    column = identifier(reason.removeprefix("unmapped_"))
    rows = connection.execute(
        f"SELECT DISTINCT trim({column}) AS code FROM {parquet(quarantine)} WHERE delivery_id = ? AND record = ? "
        f"AND contains(',' || reasons || ',', ?) AND regexp_full_match(trim({column}), ?) "
        f"ORDER BY length(code), code LIMIT {_CODES_NAMED + 1}",
        [delivery, record, f",{reason},", _SHORT_CODE],
    ).fetchall()
    codes = [str(code) for (code,) in rows]
    return [*codes[:_CODES_NAMED], "..."] if len(codes) > _CODES_NAMED else codes
