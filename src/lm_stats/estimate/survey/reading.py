"""Records where DuckDB finds them, and a first look at them: is the design whole, and what do variables hold."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from lm_stats.compile.duckdb import identifier, parquet, quoted
from lm_stats.estimate.engine import engine
from lm_stats.estimate.survey.arrow_columns import (
    Bounds,
    bounds,
    floats,
    from_pandas,
    is_plain,
    missing,
    without_nothing,
)
from lm_stats.estimate.survey.design import Design, DesignError
from lm_stats.estimate.survey.domains import named, number_domains
from lm_stats.estimate.survey.variance import Whole

Data: TypeAlias = pd.DataFrame | pa.Table | Path | duckdb.DuckDBPyRelation

NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT")
_PARTS = 8
# the name of the numbers of rows, where these are the units: no column has it
NUMBERED = "\0numbered_row"
# from here on squares, and sums of them, leave the range of numbers
_LARGE = 1e100


@dataclass(frozen=True)
class Table:
    """Records where DuckDB finds them.

    Attributes:
        cursor: Where to ask.
        source: What to select from.
        types: DuckDB's type of each column that was asked for, by name.
        names: What the columns are called in the source: DuckDB takes upper and lower case for one, and a column
            may be called as something in a query.
        records: The columns by their own names, where they lie in memory as plain numbers and text.
        zones: Arrow's type of columns of moments with a time zone, which DuckDB turns to its own.
    """

    cursor: duckdb.DuckDBPyConnection
    source: str
    types: Mapping[str, str]
    names: Mapping[str, str]
    records: pa.Table | None = None
    zones: Mapping[str, pa.DataType] = field(default_factory=dict)

    def sql(self, column: str) -> str:
        """SQL: a column."""
        return identifier(self.names[column])

    def key(self, column: str) -> str:
        """SQL: a column to group by, 0 without a sign."""
        return f"({self.sql(column)} + 0)" if column in self.types and self.is_float(column) else self.sql(column)

    def domains(self, by: Mapping[str, pa.ChunkedArray], rows: int) -> tuple[pd.DataFrame, Whole]:
        """Domains from columns of a query: see `number_domains`."""
        zoned = {name: column.cast(self.zones[name]) if name in self.zones else column for name, column in by.items()}
        return number_domains(zoned, rows)

    def is_number(self, column: str) -> bool:
        """Whether a column holds numbers, true and false included."""
        return self.is_whole(column) or self.is_float(column) or self.types[column].startswith("DECIMAL")

    def is_whole(self, column: str) -> bool:
        """Whether a column holds whole numbers, or true and false."""
        return self.types[column] in NUMBERS or self.types[column] == "BOOLEAN"

    def is_float(self, column: str) -> bool:
        """Whether a column may hold what is no number."""
        return self.types[column] in ("FLOAT", "DOUBLE")

    def is_text(self, column: str) -> bool:
        """Whether a column holds text or categories."""
        return self.types[column] == "VARCHAR" or self.types[column].startswith("ENUM")

    def column(self, name: str) -> pa.Array:
        """A column of `records`."""
        assert self.records is not None
        found = self.records.column(name)
        # chunks are one already, and to combine them would copy
        return found.chunk(0) if found.num_chunks == 1 else found.combine_chunks()

    def arrow(self, query: str) -> pa.Table:
        """The rows of a query."""
        found: pa.Table = self.cursor.sql(query).to_arrow_table()
        return found.combine_chunks()

    def row(self, expressions: Sequence[str]) -> tuple[Any, ...]:
        """One row of aggregates over all records."""
        return tuple(self.cursor.execute(f"SELECT {', '.join(expressions)} FROM {self.source}").fetchall()[0])


@contextmanager
def opened(data: Data, columns: Iterable[str]) -> Iterator[Table]:
    """Records where DuckDB finds them, no more than the columns that are named.

    Args:
        data: A pandas frame, an arrow table, the path of a Parquet file, or a relation of DuckDB.
        columns: Names of columns.

    Raises:
        DesignError: If a column does not exist or holds values of several kinds, or there is no such file.
        TypeError: If the data are none of these.
    """
    wanted = list(dict.fromkeys(named(tuple(columns))))
    names = {name: f"column_{place}" for place, name in enumerate(wanted)} | {NUMBERED: "numbered_row"}
    with engine().cursor() as cursor:
        records = None
        if isinstance(data, Path):
            schema = _schema(data)
            _check_columns(schema.names, wanted)
            # DuckDB renames columns that differ in upper and lower case only
            theirs = cursor.execute(f"DESCRIBE SELECT * FROM {parquet(data)}").fetchall()
            own = dict(zip(schema.names, (str(row[0]) for row in theirs), strict=True))
            selected = ", ".join(f"{identifier(own[name])} AS {names[name]}" for name in wanted)
            source = f"(SELECT {selected} FROM {parquet(data)})"
            kinds = {name: schema.field(name).type for name in wanted}
        else:
            table = _arrow(data, wanted)
            kinds = dict(zip(wanted, table.schema.types, strict=True))
            if all(is_plain(kind) for kind in kinds.values()):
                records = table = table.combine_chunks()
            # in parts, so that all threads have work
            length = max(math.ceil(len(table) / _PARTS), 2048)
            table = table.rename_columns([names[name] for name in wanted])
            cursor.register(
                "survey_records", pa.Table.from_batches(table.to_batches(max_chunksize=length), table.schema)
            )
            source = "survey_records"
        described = cursor.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()
        types = dict(zip(wanted, (str(row[1]) for row in described), strict=True))
        zones = {name: kind for name, kind in kinds.items() if pa.types.is_timestamp(kind) and kind.tz}
        try:
            yield Table(cursor, source, types, names, records, zones)
        finally:
            if not isinstance(data, Path):
                cursor.unregister("survey_records")


def column_names(data: Data) -> list[str]:
    """Names of all columns of the data, in order."""
    if isinstance(data, Path):
        return list(_schema(data).names)
    if isinstance(data, pa.Table):
        return list(data.column_names)
    return [str(name) for name in data.columns]


def _schema(path: Path) -> pa.Schema:
    if not path.is_file():
        raise DesignError("there is no such file: give the Path of a Parquet file that is there")
    try:
        return pq.read_schema(path)
    except pa.ArrowInvalid:
        raise DesignError("the file is no Parquet file, or not all of it is there: write it again") from None


def _check_columns(there: Iterable[object], wanted: Sequence[str]) -> None:
    names = list(there)
    if absent := [name for name in wanted if name not in names]:
        raise DesignError(f"there is no column {', '.join(absent)} in the data: correct the name")
    if double := [name for name in wanted if names.count(name) > 1]:
        raise DesignError(f"there are several columns {', '.join(double)} in the data: rename them")


def _arrow(data: Any, wanted: Sequence[str]) -> pa.Table:
    if isinstance(data, pa.Table):
        _check_columns(data.column_names, wanted)
        return without_nothing(data.select(list(wanted)))
    if isinstance(data, duckdb.DuckDBPyRelation):
        _check_columns(data.columns, wanted)
        return without_nothing(data.select(*map(duckdb.ColumnExpression, wanted)).to_arrow_table())
    if not isinstance(data, pd.DataFrame):
        raise TypeError("data must be a pandas frame, an arrow table, the Path of a Parquet file or a DuckDB relation")
    _check_columns(data.columns, wanted)
    arrays: dict[str, Any] = {}
    for name in wanted:
        try:
            arrays[name] = from_pandas(data[name])
        except (ValueError, pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError):
            raise DesignError(f"column {name} holds values of several kinds: turn them into numbers or text") from None
    return without_nothing(pa.table(arrays))


def design_columns(design: Design) -> list[str]:
    """Columns that the design names, and those that calibrated weights need."""
    named = [design.weight, *design.strata_columns, *design.psu_columns, *design.fpc_columns]
    return [*named, *(design.calibration.columns if design.calibration is not None else ())]


@dataclass(frozen=True)
class Looked:
    """What a first look at the rows says.

    Attributes:
        rows: Number of rows.
        heaviest: The largest size of a weight.
        unweighted: Rows with a weight of 0.
        lightest: The smallest size of a weight other than 0; 0 where there is none.
    """

    rows: int
    heaviest: float
    unweighted: int
    lightest: float


def check_design(table: Table, design: Design) -> Looked:
    """Look for weights and design variables that are missing or impossible.

    Raises:
        DesignError: If there are any, or no rows.
    """
    if not table.is_number(design.weight) or table.types[design.weight] == "BOOLEAN":
        raise DesignError(f"weight: column {design.weight} does not hold numbers: convert it")
    others = [
        *(("strata", name) for name in design.strata_columns),
        *(("psu", name) for name in design.psu_columns),
        *(("fpc", name) for name in design.fpc_columns),
    ]
    for what, name in others:
        if what == "fpc" and (not table.is_number(name) or table.types[name] == "BOOLEAN"):
            raise DesignError(f"fpc: column {name} does not hold numbers: convert it")
    names = [design.weight, *(name for _, name in others)]
    rows, *lacking, infinite, negative, unweighted, heaviest, lightest = _first_look(table, names)
    if design.calibration is not None:
        # calibrated weights may be negative
        negative = 0
    if not rows:
        raise DesignError("there are no rows: give the records of the sample")
    for (what, name), number in zip([("weight", design.weight), *others], lacking, strict=True):
        if number:
            raise DesignError(
                f"{what}: column {name} is missing in {number} rows: find the values out; rows cannot be left out, "
                "because every sampled unit counts"
            )
    if infinite or negative:
        raise DesignError(
            f"weight: column {design.weight} is infinite or negative in {infinite + negative} rows: correct it"
        )
    if heaviest > _LARGE:
        raise DesignError(f"weight: column {design.weight} is above 1e100: give weights in larger units")
    return Looked(rows, heaviest, unweighted, lightest or 0.0)


def _first_look(table: Table, names: Sequence[str]) -> tuple[Any, ...]:
    """Rows; missing values of columns; weights, in the first of them, that are infinite, below 0 and 0; the largest."""
    if table.records is not None and len(table.records):
        columns = [table.column(name) for name in names]
        weight = floats(columns[0])
        size = np.abs(weight)
        infinite, negative, none = (
            int(np.count_nonzero(flags)) for flags in (np.isinf(weight), weight < 0, weight == 0)
        )
        least = float(np.fmin.reduce(size, initial=np.inf, where=size > 0) if none else np.fmin.reduce(size))
        lightest = least if math.isfinite(least) else 0.0
        largest = float(np.fmax.reduce(size))
        return (len(weight), *map(missing, columns), infinite, negative, none, largest, lightest)
    value = f"{table.sql(names[0])}::DOUBLE"
    return table.row(
        [
            "count(*)",
            *(f"count_if({absent(table, name)})" for name in names),
            *(f"count_if({test})" for test in (f"isinf({value})", f"{value} < 0", f"{value} = 0")),
            f"max(abs({value}))",
            f"min(abs({value})) FILTER ({value} <> 0)",
        ]
    )


def absent(table: Table, column: str) -> str:
    """SQL: whether a value is missing; what is no number counts as missing."""
    name = table.sql(column)
    return f"({name} IS NULL OR isnan({name}))" if table.is_float(column) else f"{name} IS NULL"


@dataclass(frozen=True, eq=False)
class Variable:
    """What is summed: a column of numbers, or whether a text column holds a category.

    Attributes:
        name: The column.
        category: The category, or "".
        sql: The value as a double, NULL where it is missing.
        missing: Rows without a value.
        least: The smallest value.
        most: The largest value.
        whole: Whether all values are whole numbers.
    """

    name: str
    category: str
    sql: str
    missing: int
    least: float
    most: float
    whole: bool

    @property
    def largest(self) -> float:
        """The largest distance from 0."""
        return max(abs(self.least), abs(self.most))

    @property
    def is_share(self) -> bool:
        """Whether only 0 and 1 can occur."""
        return self.whole and self.least >= 0 and self.most <= 1

    @property
    def shift(self) -> float:
        """What is taken off before squaring, so that values far from 0 and close together keep their digits."""
        if 0 < self.most < 2 * self.least:
            return self.least
        return self.most if 2 * self.most < self.least < 0 else 0.0


def look_at(table: Table, columns: Sequence[str]) -> dict[str, list[Variable]]:
    """Look at variables: their bounds, or their categories in order.

    Args:
        table: The records.
        columns: Names of columns of numbers, true and false, or text.

    Returns:
        Variables by column: one of numbers, and one for each category of text.

    Raises:
        DesignError: If a column holds something else, or infinite values.
    """
    columns = list(dict.fromkeys(columns))
    for name in columns:
        if not table.is_number(name) and not table.is_text(name):
            raise DesignError(f"column {name} holds neither numbers nor text: convert it")
    found: dict[str, list[Variable]] = {name: [] for name in columns}
    numbers = [name for name in columns if table.is_number(name)]
    for variable in _look_at_numbers(table, numbers):
        found[variable.name] = [variable]
    for name in columns:
        if name not in numbers:
            found[name] = list(_look_at_text(table, name))
    return found


def _look_at_numbers(table: Table, columns: Sequence[str]) -> Iterator[Variable]:
    if not columns:
        return
    seen = _bounds(table, columns)
    if infinite := [name for name, at in seen.items() if math.isinf(at.least) or math.isinf(at.most)]:
        raise DesignError(f"column {infinite[0]} holds infinite values: correct them or leave them empty")
    if large := [name for name, at in seen.items() if max(abs(at.least), abs(at.most)) > _LARGE]:
        raise DesignError(f"column {large[0]} holds values above 1e100: give them in larger units")
    for name, at in seen.items():
        value = _valid(table, name) if at.with_nan else table.sql(name)
        sql = value if table.types[name] == "DOUBLE" else f"{value}::DOUBLE"
        yield Variable(name, "", sql, at.missing, at.least, at.most, table.is_whole(name) or at.is_flag)


def _bounds(table: Table, columns: Sequence[str]) -> dict[str, Bounds]:
    """What columns of numbers hold."""
    if table.records is not None:
        return {name: bounds(table.column(name)) for name in columns}
    asked = {name: f"{table.sql(name)}{'::INTEGER' if table.types[name] == 'BOOLEAN' else ''}" for name in columns}
    row = table.row(["count(*)", *(f"{what}({sql})" for sql in asked.values() for what in ("count", "min", "max"))])
    seen = {name: tuple(row[1 + 3 * place : 4 + 3 * place]) for place, name in enumerate(columns)}
    # what is no number counts as the largest of all
    odd = [name for name in columns if seen[name][2] is not None and math.isnan(seen[name][2])]
    if odd:
        valid = [f"{what}({_valid(table, name)})" for name in odd for what in ("count", "min", "max")]
        again = table.row(valid)
        seen |= {name: tuple(again[3 * place : 3 * place + 3]) for place, name in enumerate(odd)}
    limits = {name: (0.0, 0.0) if one[1] is None else (float(one[1]), float(one[2])) for name, one in seen.items()}
    flags = [name for name, (least, most) in limits.items() if least >= 0 and most <= 1 and table.is_float(name)]
    flagged = table.row([f"count_if({table.sql(name)} > 0 AND {table.sql(name)} < 1) = 0" for name in flags] or ["0"])
    are_flags = dict(zip(flags, flagged, strict=False))
    return {
        name: Bounds(row[0] - seen[name][0], *limits[name], name in odd, bool(are_flags.get(name))) for name in columns
    }


def _valid(table: Table, column: str) -> str:
    name = table.sql(column)
    return f"(CASE WHEN NOT isnan({name}) THEN {name} END)" if table.is_float(column) else name


def _look_at_text(table: Table, column: str) -> Iterator[Variable]:
    name = table.sql(column)
    rows = table.cursor.execute(
        f"SELECT {name}, count(*) FROM {table.source} GROUP BY {name} ORDER BY {name} NULLS LAST"
    ).fetchall()
    missing = sum(number for category, number in rows if category is None)
    if missing == sum(number for _, number in rows):
        yield Variable(column, "", "NULL::DOUBLE", missing, 0.0, 0.0, True)
    for category, _ in rows:
        if category is not None:
            same = f"WHEN {name} = {quoted(category)} THEN 1.0::DOUBLE ELSE 0.0::DOUBLE"
            sql = f"(CASE WHEN {name} IS NULL THEN NULL {same} END)"
            yield Variable(column, category, sql, missing, 0.0, 1.0, True)


def unit_columns(design: Design) -> list[str | None]:
    """Columns of stratum and unit of each stage in turn, none for a constant; `NUMBERED` where rows are units."""
    # without population numbers stages after the first add nothing
    stages = max(len(design.psu_columns), 1) if design.fpc_columns else 1
    strata = design.strata_columns[:stages]
    found: list[str | None] = []
    for stage, psu in enumerate(design.psu_columns[:stages] or (NUMBERED,)):
        found += [strata[stage] if stage < len(strata) else None, psu]
    return found


def unit_keys(table: Table, design: Design, others: Sequence[str] = ()) -> tuple[list[str], str]:
    """SQL of the keys of ultimate units, and what to select them from.

    They are stratum and unit of each stage in turn; a stage without a stratum has a constant. Where rows are the
    units they are numbered in the order of their values, so that the order of the rows does not matter.

    Args:
        table: The records.
        design: The design.
        others: Columns that rows are told apart by where these are the units.
    """
    source = table.source
    if not design.psu_columns:
        strata = (table.key(name) for name in unit_columns(design)[:-1:2] if name is not None)
        every = [*strata, table.sql(design.weight), *(table.sql(name) for name in (*others, *table.types))]
        order = ", ".join(dict.fromkeys(every))
        source = f"(SELECT *, row_number() OVER (ORDER BY {order}) AS numbered_row FROM {source})"
    return ["0" if name is None else table.key(name) for name in unit_columns(design)], source
