"""What changed between two versions of a delivery: addresses and names of columns, never what is in a cell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow.parquet as pq

from lm_stats.compile.delivered import concepts_of_tokens
from lm_stats.compile.duckdb import connect, identifier, parquet, quoted
from lm_stats.compile.tokens import BIRTH_COLUMNS, BIRTH_YEAR
from lm_stats.handover import LABEL, MISSING, REMARKS, STAGED_LEADING
from lm_stats.spec import Concept, Kind, Record

CHANGED, FILLED, EMPTIED, ADDED, REMOVED = "changed", "filled", "emptied", "row_added", "row_removed"
CHANGES = (CHANGED, FILLED, EMPTIED, ADDED, REMOVED)
CHANGE_COLUMNS = (
    "record", "change", "source_file", "source_sheet", "source_row", "was_file", "was_sheet", "was_row", "concept",
)  # fmt: skip

# of published values, what is said of the value and does not tell it from others
_SAID_OF_VALUES = frozenset({*REMARKS, "obs_status"})
_NO_CELLS = frozenset({*STAGED_LEADING, "source_column"})
_PLACE_LENGTH = 31
_IN_WORDS = {CHANGED: "changed", FILLED: "filled in", EMPTIED: "emptied", ADDED: "row added", REMOVED: "row removed"}


def list_changes(
    before: Mapping[str, Path], after: Mapping[str, Path], kind: Kind, concepts: Mapping[str, Concept]
) -> pd.DataFrame:
    """Compare the staged rows of two versions of a delivery, cell by cell.

    Rows are the same that have the same number (of the application, certificate, household and person), at the same
    address first; of published tables, those under the same labels. Of the others, rows at the same address are the
    same if neither has a number, or if at least half of their cells are equal: then the number was corrected.
    A CSV file that comes back as a workbook has the address of the sheet that is named after it. Rows that are
    records in neither version (totals, notes) are not compared.

    Args:
        before: Staged files of the earlier version by type of rows.
        after: Those of the later one.
        kind: The kind of both.
        concepts: Concepts by id.

    Returns:
        A frame of `CHANGE_COLUMNS`, one row for each concept of a row that changed (`changed`, `filled`, `emptied`)
        and for each row that is there in one version only (`row_added`, `row_removed`; `concept` is empty), in order
        of file, sheet and row. `was_*` is the address in the earlier version. No cell content.
    """
    found = []
    for record in kind.records:
        if record.id in before or record.id in after:
            paths = (before.get(record.id), after.get(record.id))
            with connect() as connection:
                found.append(_Comparison(connection, *paths, kind, record, concepts).run())
    frame = pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=list(CHANGE_COLUMNS))
    frame = frame.astype({name: "Int64" if name.endswith("_row") else "str" for name in CHANGE_COLUMNS})
    order = {name: frame[f"source_{name}"].fillna(frame[f"was_{name}"]) for name in ("file", "sheet", "row")}
    places = pd.DataFrame(order | {"removed": frame["change"] == REMOVED, "concept": frame["concept"]})
    return frame.loc[places.sort_values([*order, "removed", "concept"], kind="stable").index].reset_index(drop=True)


def count_changes(frame: pd.DataFrame) -> Mapping[str, int]:
    """Number of changes of each sort, of those that there are."""
    counts = frame["change"].value_counts()
    return {change: int(counts[change]) for change in CHANGES if change in counts.index}


def describe_changes(frame: pd.DataFrame, most: int = 20, concepts: Mapping[str, Concept] | None = None) -> list[str]:
    """Lines for a console: a row each, with what changed in it.

    Args:
        frame: What `list_changes` gave.
        most: Rows that are described; of more, the number is told.
        concepts: Concepts by id, for their labels; without them their names are written.
    """
    rows = frame.groupby(list(CHANGE_COLUMNS[2:8]), sort=False, dropna=False)
    said: dict[int, list[str]] = {}
    places: dict[int, str] = {}
    first = frame[rows.ngroup() < most].astype("object")
    columns = first.where(first.notna(), None).itertuples(index=False, name=None)
    for number, (_, change, file, sheet, row, was_file, was_sheet, was_row, concept) in zip(
        rows.ngroup().loc[first.index], columns, strict=True
    ):
        where = (file, sheet, row) if file is not None else (was_file, was_sheet, was_row)
        moved = f" (was row {was_row})" if was_row not in (None, where[2]) else ""
        places[number] = f"{f'sheet {where[1]}' if where[1] else where[0]}, row {where[2]}{moved}"
        declared = (concepts or {}).get(concept)
        label = declared.label if declared else concept.replace("_", " ")
        said.setdefault(number, []).append(f"{label} {_IN_WORDS[change]}".strip())
    lines = [f"{places[number]}: {', '.join(words)}" for number, words in said.items()]
    if rows.ngroups > most:
        lines.append(f"and {rows.ngroups - most} more rows")
    return [line.encode("cp1252", "replace").decode("cp1252") for line in lines]


@dataclass(frozen=True)
class _Compared:
    """A concept and its staged columns: its cell, and what a file says beside it."""

    concept: str
    cells: tuple[str, ...]
    beside: tuple[str, ...]
    is_number: bool


class _Comparison:
    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        before: Path | None,
        after: Path | None,
        kind: Kind,
        record: Record,
        concepts: Mapping[str, Concept],
    ) -> None:
        self._connection, self._kind, self._record, self._concepts = connection, kind, record, concepts
        self._paths = {"a": before, "b": after}
        self._names = {side: tuple(pq.read_schema(path).names) if path else () for side, path in self._paths.items()}
        self._tokens = concepts_of_tokens(concepts, record.concepts)
        self._compared = self._pair_columns()

    def run(self) -> pd.DataFrame:
        """The changes of the rows of one type, in any order."""
        self._read_sides()
        self._match()
        parts = [self._changed(), self._only("b", ADDED), self._only("a", REMOVED)]
        filled = [part for part in parts if len(part)]
        return pd.concat(filled, ignore_index=True) if filled else parts[0]

    def _pair_columns(self) -> list[_Compared]:
        every = dict.fromkeys((*self._names["a"], *self._names["b"]))
        cells: dict[str, list[str]] = {}
        beside: dict[str, list[str]] = {}
        for column in every:
            if column in _NO_CELLS:
                continue
            stem = next((column.removesuffix(end) for end in (LABEL, MISSING) if column.endswith(end)), column)
            if stem != column and column not in self._record.concepts and stem in self._record.concepts:
                # a workbook has no labels of codes; a file that comes back as one has not lost its cells
                if all(column in names for names in self._names.values()):
                    beside.setdefault(stem, []).append(column)
                continue
            has_days = column == BIRTH_YEAR and any(name in every for name in BIRTH_COLUMNS)
            concept = "birth_date" if has_days else self._tokens.get(column, column)
            cells.setdefault(concept, []).append(column)
        return [
            _Compared(concept, tuple(columns), tuple(beside.get(concept, ())), self._is_number(concept))
            for concept, columns in cells.items()
        ]

    def _is_number(self, concept: str) -> bool:
        declared = self._concepts.get(concept)
        return declared is not None and declared.type in ("integer", "number")

    def _key(self, names: Sequence[str]) -> str:
        """A SQL expression for what tells a row from others; null where nothing does."""
        record = self._record
        if self._kind.published:
            values = {*record.row_key, *record.scaled, *record.scaled.values(), *_SAID_OF_VALUES}
            labels = [c for one in self._compared if one.concept not in values for c in one.cells]
            return f"concat_ws(chr(31), {', '.join(self._text(c, names) for c in labels)})" if labels else "NULL"
        numbers = [column for column, concept in self._tokens.items() if concept in record.row_key]
        order = {concept: place for place, concept in enumerate(record.row_key)}
        numbers.sort(key=lambda column: order[self._tokens[column]])
        numbers += [name for name in record.row_key if not self._concepts[name].identifier]
        joined = [parts for parts in record.joined.values() if set(parts) & set(numbers)]
        if joined:
            keys = [" || chr(31) || ".join(self._column(part, names) for part in parts) for parts in joined]
        else:
            keys = [self._column(column, names) for column in numbers]
        tagged = [f"{quoted(str(place))} || {key}" for place, key in enumerate(keys)]
        return f"coalesce({', '.join(tagged)})" if tagged else "NULL"

    @staticmethod
    def _column(column: str, names: Sequence[str]) -> str:
        return f"CAST({identifier(column)} AS VARCHAR)" if column in names else "CAST(NULL AS VARCHAR)"

    def _text(self, column: str, names: Sequence[str]) -> str:
        return f"coalesce({self._column(column, names)}, '')"

    def _read_sides(self) -> None:
        """Of each version a table of its rows: where they stand, what tells them apart, a hash of their cells."""
        columns = [c for one in self._compared for c in (*one.cells, *one.beside)]
        for side, path in self._paths.items():
            names = self._names[side]
            if path is None:
                layout = "pos BIGINT, place UBIGINT, line BIGINT, no_record BOOLEAN, k UBIGINT, h UBIGINT"
                self._connection.execute(f"CREATE TABLE {side} ({layout})")
                continue
            rows = parquet(path, row_numbers=True)
            pairs = self._connection.execute(
                f"SELECT DISTINCT source_file, coalesce(source_sheet, '') FROM {rows} ORDER BY ALL"
            ).fetchall()
            lines = ", ".join(f"({quoted(file)}, {quoted(sheet)}, {quoted(p)})" for file, sheet, p in _places(pairs))
            lines = lines or "('', '', '')"
            self._connection.execute(
                f"CREATE TABLE places_{side} AS SELECT * FROM (VALUES {lines}) AS given (file, sheet, place)"
            )
            cells = ", ".join(self._column(column, names) for column in columns) or "0"
            self._connection.execute(f"""
                CREATE TABLE {side} AS
                SELECT file_row_number AS pos, hash(place) AS place, source_row AS line, excluded <> '' AS no_record,
                    CASE WHEN {self._key(names)} IS NULL THEN NULL ELSE hash({self._key(names)}) END AS k,
                    hash({cells}) AS h
                FROM {rows} JOIN places_{side} ON file = source_file AND sheet = coalesce(source_sheet, '')
            """)

    def _match(self) -> None:
        """Put rows together, the surest ways first; `pairs` takes those that may differ."""
        run = self._connection.execute
        run("""
            CREATE TABLE same AS SELECT a.pos AS pos_a, b.pos AS pos_b FROM a JOIN b USING (place, line)
            WHERE a.h = b.h AND a.k IS NOT DISTINCT FROM b.k
        """)
        run("CREATE TABLE pairs (pos_a BIGINT, pos_b BIGINT)")
        self._leave("same")
        self._pair("SELECT a.pos, b.pos FROM left_a a JOIN left_b b USING (place, line, k)")
        # where a number stands several times, in the order of the rows
        nth = "row_number() OVER (PARTITION BY k ORDER BY place, line) AS nth"
        sides = [f"(SELECT *, {nth} FROM left_{side} WHERE k IS NOT NULL) {side}" for side in ("a", "b")]
        self._pair(f"SELECT a.pos, b.pos FROM {' JOIN '.join(sides)} USING (k, nth)")
        # nothing but the address tells these apart
        at_place = "SELECT a.pos, b.pos FROM left_a a JOIN left_b b USING (place, line)"
        self._pair(f"{at_place} WHERE a.k IS NULL AND b.k IS NULL")
        self._pair_corrected()

    def _leave(self, table: str) -> None:
        """Keep the rows that have not found each other."""
        for side in ("a", "b"):
            rows = f"left_{side}" if table != "same" else side
            self._connection.execute(
                f"CREATE OR REPLACE TABLE left_{side} AS "
                f"SELECT r.* FROM {rows} r ANTI JOIN {table} t ON r.pos = t.pos_{side}"
            )

    def _pair(self, query: str) -> None:
        self._connection.execute(f"INSERT INTO pairs {query}")
        self._leave("pairs")

    def _pair_corrected(self) -> None:
        """Rows at the same address of which the number was corrected: at least half of the cells are equal."""
        candidates = "SELECT a.pos AS pos_a, b.pos AS pos_b FROM left_a a JOIN left_b b USING (place, line)"
        if self._connection.execute(f"SELECT count(*) FROM ({candidates})").fetchall() == [(0,)]:
            return
        differs = [f"({self._change(one)} IS NOT NULL)::INTEGER" for one in self._compared]
        filled = [f"({self._any(one, 'x')} OR {self._any(one, 'y')})::INTEGER" for one in self._compared]
        self._pair(f"""
            SELECT pos_a, pos_b FROM ({candidates}) {self._cells()}
            WHERE 2 * ({" + ".join(differs)}) <= {" + ".join(filled)}
        """)

    def _cells(self) -> str:
        """SQL that joins the cells of both versions to `pos_a` and `pos_b`, as `x` and `y`."""
        before, after = self._paths["a"], self._paths["b"]
        assert before is not None
        assert after is not None
        return (
            f"JOIN {parquet(before, row_numbers=True)} x ON x.file_row_number = pos_a "
            f"JOIN {parquet(after, row_numbers=True)} y ON y.file_row_number = pos_b"
        )

    def _of(self, column: str, side: str) -> str:
        known = column in self._names["a" if side == "x" else "b"]
        return f"CAST({side}.{identifier(column)} AS VARCHAR)" if known else "CAST(NULL AS VARCHAR)"

    def _any(self, one: _Compared, side: str) -> str:
        return "(" + " OR ".join(f"{self._of(column, side)} IS NOT NULL" for column in one.cells) + ")"

    def _change(self, one: _Compared) -> str:
        """A SQL expression for what became of a concept; null where nothing did."""
        differs = []
        for column in (*one.cells, *one.beside):
            x, y = self._of(column, "x"), self._of(column, "y")
            condition = f"{x} IS DISTINCT FROM {y}"
            if one.is_number and column in one.cells:
                # 1500 and 1500.0
                condition = f"({condition} AND coalesce(TRY_CAST({x} AS DOUBLE) <> TRY_CAST({y} AS DOUBLE), true))"
            differs.append(condition)
        before, after = self._any(one, "x"), self._any(one, "y")
        return (
            f"CASE WHEN NOT ({' OR '.join(differs)}) THEN NULL WHEN {after} AND NOT {before} THEN {quoted(FILLED)} "
            f"WHEN {before} AND NOT {after} THEN {quoted(EMPTIED)} ELSE {quoted(CHANGED)} END"
        )

    def _changed(self) -> pd.DataFrame:
        """What changed in the cells of rows that are in both versions."""
        wanted = """
            SELECT pos_a, pos_b FROM pairs JOIN a ON a.pos = pos_a JOIN b ON b.pos = pos_b
            WHERE a.h <> b.h AND NOT (a.no_record AND b.no_record)
        """
        if not self._compared or self._connection.execute(f"SELECT count(*) FROM ({wanted})").fetchall() == [(0,)]:
            return pd.DataFrame(columns=list(CHANGE_COLUMNS))
        flags = ", ".join(f"{self._change(one)} AS {identifier(one.concept)}" for one in self._compared)
        named = ", ".join(identifier(one.concept) for one in self._compared)
        found = self._connection.execute(f"""
            WITH flags AS (
                SELECT {self._address("y", "source")}, {self._address("x", "was")}, {flags}
                FROM ({wanted}) {self._cells()}
            )
            SELECT {quoted(self._record.id)} AS record, change__ AS change, * EXCLUDE (concept__, change__),
                concept__ AS concept
            FROM (UNPIVOT flags ON {named} INTO NAME concept__ VALUE change__)
        """).df()
        found.columns = [name.removesuffix("__") for name in found.columns]
        return found[list(CHANGE_COLUMNS)]

    @staticmethod
    def _address(side: str, prefix: str) -> str:
        sheet = f"coalesce({side}.source_sheet, '')"
        return (
            f"{side}.source_file AS {prefix}_file__, {sheet} AS {prefix}_sheet__, {side}.source_row AS {prefix}_row__"
        )

    def _only(self, side: str, change: str) -> pd.DataFrame:
        """Records that one version has and the other has not."""
        path = self._paths[side]
        if path is None:
            return pd.DataFrame(columns=list(CHANGE_COLUMNS))
        prefix = "source" if side == "b" else "was"
        found = self._connection.execute(f"""
            SELECT {self._address("r", prefix)} FROM left_{side} l
            JOIN {parquet(path, row_numbers=True)} r ON r.file_row_number = l.pos WHERE NOT l.no_record
        """).df()
        found.columns = [name.removesuffix("__") for name in found.columns]
        found = found.assign(record=self._record.id, change=change, concept="")
        return found.reindex(columns=list(CHANGE_COLUMNS))


def _places(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str, str]]:
    """File, sheet and a name for the place that stays the same when a file comes back as a workbook."""
    seen: dict[str, int] = {}
    found = []
    for file, sheet in pairs:
        stem = file.rpartition(".")[0] or file
        place = (sheet or stem)[:_PLACE_LENGTH].casefold()
        seen[place] = seen.get(place, 0) + 1
        found.append((file, sheet, f"{place}\x1f{seen[place]}"))
    return found
