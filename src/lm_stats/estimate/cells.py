"""SQL that turns records into cells: records of one area, period and combination of codes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from lm_stats.compile.duckdb import identifier, parquet, quoted
from lm_stats.estimate.occasions import Occasions
from lm_stats.spec import Codelist, Concept, Count, Population
from lm_stats.units import check_units, unit_of_file

# area, period, codes of the dimensions, number of records or of different values, and what they stand for
Cell = tuple[str, str, tuple[str, ...], int, float]
# stands for a dimension that is empty though its codelist has no code for that
NOTHING = ""

# what may be known of a date that lies in one period of a frequency; nothing is said of one that is a day
_EXACT = {
    "A": ("day", "month", "quarter", "year"),
    "Q": ("day", "month", "quarter"),
    "M": ("day", "month"),
}
PRECISION = "_precision"
_ALWAYS = "true"
_TRUNCATE = {"A": "year", "Q": "quarter", "M": "month"}
_PERIOD = {
    "A": "strftime(_time, '%Y')",
    "Q": "strftime(_time, '%Y') || '-Q' || quarter(_time)",
    "M": "strftime(_time, '%Y-%m')",
}
# column with the last day that a table knows of, and that of the day on which a record holds
OBSERVED, REFERENCE = "observed_until", "reference_date"
_MONTHS = {"A": 12, "Q": 3, "M": 1}
# multiplied and added as doubles, the sum would depend on the order in which threads come
_WEIGHT = "_weight::DECIMAL(38, 12)"


@dataclass(frozen=True)
class Dimension:
    """A dimension in SQL.

    Attributes:
        id: Its concept.
        codes: Its codelist.
        raw: Expression over the columns of a table.
        coded: Expression over the raw value, called `_<number>`, that gives the code.
    """

    id: str
    codes: Codelist
    raw: str
    coded: str

    @classmethod
    def of(cls, concept: Concept, codes: Codelist, number: int) -> Dimension:
        """How the dimension of that number is had from a table: a column, bands of one, or an expression."""
        raw = f"({concept.sql})" if concept.sql else identifier(concept.bands or concept.id)
        code = _bands(codes, f"_{number}") if concept.bands else f"_{number}"
        return cls(concept.id, codes, raw, f"coalesce({code}, {quoted(codes.missing or NOTHING)})")


def _bands(codes: Codelist, value: str) -> str:
    cases = []
    for code in codes:
        first, last = code.attributes.get("first", ""), code.attributes.get("last", "")
        limits = [f"{value} >= {int(first)}"] if first else []
        limits += [f"{value} < {int(last) + 1}"] if last else []
        if limits and code.code in codes.leaves:
            cases.append(f"WHEN {' AND '.join(limits)} THEN {quoted(code.code)}")
    if not cases:
        raise ValueError(f"codelist {codes.id}: no code says where its band begins and ends")
    return f"CASE {' '.join(cases)} END"


@dataclass(frozen=True)
class Records:
    """Where records come from and how they are placed and counted.

    Attributes:
        tables: Parquet files by id of the table.
        observed: What each of them observed.
        dimensions: The dimensions, in order.
        time: Column that places a record in a period.
        freq: Frequency of the periods where that is a date; empty where it is the period.
        weight: Column with the weights; empty where every record counts 1.
        counted: How they are counted.

    A record counts only where its date is exact enough for the frequency: a fiscal year lies in no calendar year.
    """

    tables: Mapping[str, Path]
    observed: Mapping[str, Occasions]
    dimensions: Sequence[Dimension]
    time: str
    freq: str
    weight: str
    counted: Count

    def read(
        self, connection: duckdb.DuckDBPyConnection, populations: Sequence[Population]
    ) -> tuple[list[Cell], list[Cell]]:
        """Count the records of some populations, put together, or the different values among them.

        Returns:
            Cells to be added up over codes; and sums over codes that are to stand beside these, of different values
            that occur in several cells, so that each counts once in every sum.

        Raises:
            UnitMismatch: If rows of different units would be added up.
        """
        if not self.counted.distinct and len(populations) > 1:
            check_units(*(unit_of_file(self.tables[one.table]) for one in populations))
        if not (rows := self._rows(populations)):
            return [], []
        if self.counted.distinct:
            return self._units(connection, f"({rows})")
        return self._cells(connection, f"({rows})"), []

    def last_known(self, connection: duckdb.DuckDBPyConnection, table: str) -> dict[str, str]:
        """Of records that hold at a date: by area, the last period whose end the table knows."""
        if not self.counted.until:
            return {}
        query = f"""
            SELECT ref_area, {_first_day(f"{_period_after(f'max({OBSERVED})', self.freq)} - 1", self.freq)} AS _time
            FROM {parquet(self.tables[table])} GROUP BY ref_area
        """
        rows = connection.execute(f"SELECT ref_area, {self.period} FROM ({query})").fetchall()
        return {str(area): str(period) for area, period in rows if period is not None}

    def left_out(
        self, connection: duckdb.DuckDBPyConnection, populations: Sequence[Population]
    ) -> list[tuple[str, str, int]]:
        """Area, precision and number of the records that are not counted because their date is not exact enough."""
        parts = [
            f"SELECT ref_area, {identifier(self.time + PRECISION)} AS _how FROM {source} "
            f"WHERE ({population.universe}) AND {identifier(self.time)} IS NOT NULL AND NOT {self.is_exact(table)}"
            for population in populations
            if self.is_exact(table := population.table) != _ALWAYS
            for source in self.sources(table)
        ]
        if not parts:
            return []
        query = f"SELECT ref_area, _how, count(*) FROM ({' UNION ALL '.join(parts)}) GROUP BY ALL ORDER BY ALL"
        return [(str(area), str(how), int(rows)) for area, how, rows in connection.execute(query).fetchall()]

    def is_exact(self, table: str) -> str:
        """Condition for dates that lie in one period."""
        if not self.freq or self.time + PRECISION not in pq.read_schema(self.tables[table]).names:
            return _ALWAYS
        exact = ", ".join(map(quoted, _EXACT[self.freq]))
        return f"coalesce({identifier(self.time + PRECISION)}, 'day') IN ({exact})"

    def _cells(self, connection: duckdb.DuckDBPyConnection, rows: str) -> list[Cell]:
        raw = "".join(f", _{k}" for k, _ in enumerate(self.dimensions))
        weights = f"sum({_WEIGHT})" if self.weight else "count(*)"
        # codes are made of the few values that occur, not of every record
        return self._read(connection, f"""
            SELECT ref_area, {self.period}{self.coded}, sum(n)::BIGINT, sum(v)::DOUBLE
            FROM (SELECT ref_area, _time{raw}, count(*) AS n, {weights} AS v FROM {rows} GROUP BY ALL)
            GROUP BY ALL ORDER BY ALL
        """)  # fmt: skip

    def _units(self, connection: duckdb.DuckDBPyConnection, rows: str) -> tuple[list[Cell], list[Cell]]:
        numbers = range(len(self.dimensions))
        own = "".join(f", d{k}" for k in numbers)
        ends = "".join(f", min(d{k}) AS d{k}, max(d{k}) AS e{k}" for k in numbers)
        single = " AND ".join(["true", *(f"d{k} = e{k}" for k in numbers)])
        largest = f"max({_WEIGHT})" if self.weight else "1"
        rows = f"(SELECT ref_area, _time, _unit, _weight{self.coded} FROM {rows} WHERE _unit IS NOT NULL)"
        found = connection.execute(f"""
            SELECT ref_area, {self.period}{own}, count(*), sum(v)::DOUBLE, {single} AS single
            FROM (SELECT ref_area, _time, _unit{ends}, {largest} AS v FROM {rows} GROUP BY ref_area, _time, _unit)
            GROUP BY ALL ORDER BY ALL
        """).fetchall()
        cells = [_cell(row[:-1]) for row in found if row[-1]]
        if len(cells) == len(found):
            return cells, []
        closures = ", ".join(closure(self.dimensions[k].codes, f"closure_{k}") for k in numbers)
        # what no closure knows stays as it is, and is refused with the cells
        joined = " ".join(f"LEFT JOIN closure_{k} AS a{k} ON a{k}.code = c.d{k}" for k in numbers)
        above = "".join(f", coalesce(a{k}.ancestor, c.d{k}) AS d{k}" for k in numbers)
        crossing = self._read(connection, f"""
            WITH {closures}, crossing AS (
                SELECT ref_area, _time, _unit{own}, {largest} AS v FROM {rows} GROUP BY ref_area, _time, _unit{own}
                QUALIFY count(*) OVER (PARTITION BY ref_area, _time, _unit) > 1
            ), once AS (
                SELECT ref_area, _time, _unit{above}, max(v) AS v FROM crossing AS c {joined} GROUP BY ALL
            )
            SELECT ref_area, {self.period}{own}, count(*), sum(v)::DOUBLE FROM once GROUP BY ALL ORDER BY ALL
        """)  # fmt: skip
        return cells, crossing

    @property
    def at(self) -> str:
        """SQL of what places a record in a period: its occasion, or the first day of the period of its date."""
        time = identifier(self.time)
        return f"date_trunc('{_TRUNCATE[self.freq]}', {time})::DATE" if self.freq else time

    @property
    def period(self) -> str:
        """SQL of the period of what the rows call `_time`."""
        return (period_of(self.freq) if self.freq else "_time::VARCHAR") + " AS period"

    @property
    def coded(self) -> str:
        """SQL of the codes `d0`, `d1` of what the rows call `_0`, `_1`."""
        return "".join(f", {dimension.coded} AS d{k}" for k, dimension in enumerate(self.dimensions))

    def _rows(self, populations: Sequence[Population]) -> str:
        time, at = identifier(self.time), self.at
        raw = "".join(f", {dimension.raw} AS _{k}" for k, dimension in enumerate(self.dimensions))
        unit = f", {identifier(self.counted.distinct)} AS _unit" if self.counted.distinct else ""
        weight = f", {identifier(self.weight) if self.weight else 1} AS _weight"
        if self.counted.until:
            at = _first_day("_number", self.freq)
        return " UNION ALL ".join(
            f"SELECT ref_area, {at} AS _time{raw}{unit}{weight} FROM {self._held(source)} "
            f"WHERE ({population.universe}) AND {time} IS NOT NULL AND {self.is_exact(population.table)}"
            for population in populations
            for source in self.sources(population.table)
        )

    def _held(self, source: str) -> str:
        """The records once for each period in which they hold, with its number and last day."""
        if not self.counted.until:
            return source
        start, freq = identifier(self.time), self.freq
        last = f"least(coalesce(({self.counted.until})::DATE, {OBSERVED}), {OBSERVED})"
        # of the period after a day, the one before is the last that has ended on that day
        ended = f"{_period_after(OBSERVED, freq)} - 1"
        to = f"least({_number(last, freq)}, {ended})" if self.counted.during else f"{_period_after(last, freq)} - 1"
        return (
            f"(SELECT *, ({_first_day('_number + 1', freq)} - 1)::DATE AS {REFERENCE} FROM "
            f"(SELECT *, unnest(range({_number(start, freq)}, {to} + 1)) AS _number FROM {source} "
            f"WHERE {start} <= {last}))"
        )

    def sources(self, table: str) -> list[str]:
        """The records of each area, with what all of them have in common as constants: half the time of a scan."""
        by_area = self.observed[table].times
        found = []
        for area, times in sorted(by_area.items()):
            common = [f"{quoted(area)} AS ref_area"]
            if len(times) == 1 and not self.freq and None not in times:
                (at,) = times
                common.append(f"{quoted(at) if isinstance(at, str) else at} AS {identifier(self.time)}")
            own = f" WHERE t.ref_area = {quoted(area)}" if len(by_area) > 1 else ""
            found.append(f"(SELECT * REPLACE ({', '.join(common)}) FROM {parquet(self.tables[table])} AS t{own})")
        return found

    def _read(self, connection: duckdb.DuckDBPyConnection, query: str) -> list[Cell]:
        return [_cell(row) for row in connection.execute(query).fetchall()]


def _number(day: str, freq: str) -> str:
    """SQL of the number of the period of a day, counted from the year 0."""
    return f"((year({day}) * 12 + month({day}) - 1) // {_MONTHS[freq]})"


def _period_after(day: str, freq: str) -> str:
    """SQL of the number of the period of the day after a day."""
    return _number(f"({day} + 1)", freq)


def _first_day(number: str, freq: str) -> str:
    """SQL of the first day of the period of a number."""
    months = f"(({number}) * {_MONTHS[freq]})"
    return f"make_date({months} // 12, {months} % 12 + 1, 1)"


def _cell(row: tuple[object, ...]) -> Cell:
    area, period, *codes, n, v = row
    return str(area), str(period), tuple(map(str, codes)), int(str(n)), float(str(v))


def period_of(freq: str) -> str:
    """SQL of the period of the day called `_time`."""
    return _PERIOD[freq]


def closure(codes: Codelist, name: str) -> str:
    """SQL of a table `name(code, ancestor)`: each code that a record may carry, beside itself and all it adds up to."""
    pairs = [(code, above) for code in codes.leaves for above in upwards(codes, code)]
    rows = ", ".join(f"({quoted(code)}, {quoted(above)})" for code, above in pairs)
    return f"{name}(code, ancestor) AS (VALUES {rows})"


def upwards(codes: Codelist, code: str) -> tuple[str, ...]:
    """A code and all that it adds up to."""
    return tuple(dict.fromkeys((code, *codes.ancestors_of(code), codes.total)))
