"""Records laid out by sampled unit and cell: what means, quantiles and sampling errors are made from.

Records are read once, and summed to sampled unit and combination of codes (and value, where a quantile is asked for).
Whatever else is needed is made from these sums.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from lm_stats.compile.duckdb import identifier, quoted
from lm_stats.estimate.cells import Cell, Records
from lm_stats.spec import Population, SurveyDesign
from lm_stats.units import check_units, unit_of_file

_TABLE = "laid_out"
_WEIGHT = "_weight::DECIMAL(38, 12)"
# texts in order, and the place of each row's among them
Coded: TypeAlias = tuple[list[str], NDArray[np.int64]]


@dataclass(frozen=True)
class Rows:
    """Sums of records of one area and period by sampled unit, combination of codes and value, N of them.

    Attributes:
        stratum: [N]: number of the stratum, in the order of their codes; -1 where it is not known, or no design was
            asked for.
        psu: [N]: number of the code of the sampled unit, in the same way.
        strata: Codes of strata by their number; those of other areas and periods may be among them.
        codes: For each dimension, the codes that occur.
        places: For each dimension, [N]: place of the code among these.
        parts: For each population, [N]: whether the records belong to it. Some belong to none: what they are there
            for is their unit.
        records: [N]: number of records.
        weighing: [N]: how many of these have a weight above 0.
        weight: [N]: sum of weights.
        total: [N]: sum of weights times variable.
        value: [N]: the variable, where records were kept apart by it.
    """

    stratum: NDArray[np.int64]
    psu: NDArray[np.int64]
    strata: list[str]
    codes: tuple[list[str], ...]
    places: tuple[NDArray[np.int64], ...]
    parts: tuple[NDArray[np.bool_], ...]
    records: NDArray[np.int64]
    weighing: NDArray[np.int64]
    weight: NDArray[np.float64]
    total: NDArray[np.float64]
    value: NDArray[np.float64]


@dataclass(frozen=True)
class LaidOut:
    """How the records of some populations are laid out.

    Attributes:
        records: Where they come from, and how they are placed and weighted.
        populations: Populations that are counted side by side (the units of a rate, and its base); each may be of
            several tables. A record is in one of them once.
        variable: SQL expression of what is averaged; a record without it is in no population. Empty: nothing is.
        by_value: Whether records of different values are kept apart.
        design: How the records were drawn; none where it does not matter.
    """

    records: Records
    populations: Sequence[Sequence[Population]]
    variable: str = ""
    by_value: bool = False
    design: SurveyDesign | None = None

    def make(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Read the records, once, into a table of the connection.

        Raises:
            UnitMismatch: If rows of different units would be added up.
        """
        for several in self.populations:
            if len(several) > 1:
                check_units(*(unit_of_file(self.records.tables[one.table]) for one in several))
        tables = dict.fromkeys(one.table for several in self.populations for one in several)
        rows = " UNION ALL ".join(self._of(table, source) for table in tables for source in self.records.sources(table))
        raw = "".join(f", _{k}" for k, _ in enumerate(self.records.dimensions))
        rows = rows or self._nothing
        sums = [f"sum({_WEIGHT}) AS v"]
        sums += ["sum((_weight * _variable)::DECIMAL(38, 12)) AS t"] if self.variable else []
        sums += ["count(*) AS n", "count(*) FILTER (_weight > 0) AS weighing"]
        again = [f"sum({one}) AS {one}" for one in (*(["v", "t"] if self.variable else ["v"]), "n", "weighing")]
        if not self.design:
            # codes are made of the few values that occur, not of every record; units leave few records to each
            raw = "".join(f", _{k}" for k, _ in enumerate(self.records.dimensions))
            rows = f"SELECT ref_area, _time{raw}{self._kept}, {', '.join(sums)} FROM ({rows}) GROUP BY ALL"
            sums = again
        connection.execute(f"""
            CREATE OR REPLACE TEMP TABLE {_TABLE} AS
            SELECT ref_area, {self.records.period}{self.records.coded}{self._kept}, {", ".join(sums)}
            FROM ({rows}) GROUP BY ALL
        """)

    def cells(self, connection: duckdb.DuckDBPyConnection, part: int, *, totals: bool = False) -> list[Cell]:
        """Cells of a population, in order.

        Args:
            connection: The connection that `make` had.
            part: Number of the population.
            totals: Whether their value is the sum of weights times variable, in place of that of weights.
        """
        codes = "".join(f", d{k}" for k, _ in enumerate(self.records.dimensions))
        found = connection.execute(f"""
            SELECT ref_area, period{codes}, sum(n)::BIGINT, sum({"t" if totals else "v"})::DOUBLE
            FROM {_TABLE} WHERE p{part} GROUP BY ALL ORDER BY ALL
        """).fetchall()  # fmt: skip
        return [(area, period, tuple(codes), n, v) for area, period, *codes, n, v in found]

    def rows(self, connection: duckdb.DuckDBPyConnection) -> Mapping[tuple[str, str], Rows]:
        """All rows by area and period, in an order that does not depend on that of the records."""
        found = connection.sql(f"SELECT * FROM {_TABLE}").to_arrow_table().combine_chunks()
        coded = {name: _coded(found[name]) for name in self._texts}
        keys: list[NDArray[Any]] = [found[name].to_numpy() for name in self._others]
        keys += [places for _, places in reversed(coded.values())]
        order = np.lexsort(keys)
        area, period = (coded[name][1][order] for name in ("ref_area", "period"))
        starts = np.flatnonzero(np.diff(area, prepend=-1) | np.diff(period, prepend=-1)).tolist()
        parts = {}
        for start, end in zip(starts, [*starts[1:], len(order)], strict=True):
            at = (coded["ref_area"][0][area[start]], coded["period"][0][period[start]])
            parts[at] = self._part(found, coded, order[start:end])
        return parts

    @property
    def _texts(self) -> list[str]:
        """Columns of texts, the first by which rows are ordered first."""
        codes = [f"d{k}" for k, _ in enumerate(self.records.dimensions)]
        return ["ref_area", "period", *(["_stratum", "_psu"] if self.design else []), *codes]

    @property
    def _others(self) -> list[str]:
        """Further columns that rows are kept apart by, the last by which they are ordered first."""
        return [*(["_variable"] if self.by_value else []), *(f"p{part}" for part, _ in enumerate(self.populations))]

    def _part(self, found: pa.Table, coded: Mapping[str, Coded], at: NDArray[np.int64]) -> Rows:
        def numbers(name: str) -> NDArray[np.float64]:
            column: NDArray[Any] = pc.cast(found[name], pa.float64()).to_numpy()
            return column[at]

        nothing = np.full(len(at), -1), np.full(len(at), np.nan)
        codes = [coded[f"d{k}"] for k, _ in enumerate(self.records.dimensions)]
        return Rows(
            stratum=coded["_stratum"][1][at] if self.design else nothing[0],
            psu=coded["_psu"][1][at] if self.design else nothing[0],
            strata=coded["_stratum"][0] if self.design else [],
            codes=tuple(known for known, _ in codes),
            places=tuple(places[at] for _, places in codes),
            parts=tuple(found[f"p{part}"].to_numpy()[at] for part, _ in enumerate(self.populations)),
            records=found["n"].to_numpy()[at].astype("int64"),
            weighing=found["weighing"].to_numpy()[at].astype("int64"),
            weight=numbers("v"),
            total=numbers("t") if self.variable else nothing[1],
            value=numbers("_variable") if self.by_value else nothing[1],
        )

    @property
    def _kept(self) -> str:
        """Columns beside those of the cell that records are kept apart by."""
        names = [f"p{part}" for part, _ in enumerate(self.populations)]
        names += ["_stratum", "_psu"] if self.design else []
        return "".join(f", {name}" for name in (*names, *(["_variable"] if self.by_value else [])))

    def _of(self, table: str, source: str) -> str:
        """The records of one table that matter, with what they belong to."""
        known = f" AND ({self.variable}) IS NOT NULL" if self.variable else ""
        flags = [
            " OR ".join(f"({one.universe})" for one in several if one.table == table) or "false"
            for several in self.populations
        ]
        parts = "".join(f", coalesce(({flag}){known}, false) AS p{part}" for part, flag in enumerate(flags))
        raw = "".join(f", {dimension.raw} AS _{k}" for k, dimension in enumerate(self.records.dimensions))
        weight = identifier(self.records.weight) if self.records.weight else "1"
        design, here = "", " OR ".join(f"p{part}" for part, _ in enumerate(flags))
        if self.design:
            named = ((self.design.strata, "_stratum"), (self.design.psu, "_psu"))
            # an empty text is no code
            design = "".join(f", nullif({identifier(column)}::VARCHAR, '') AS {name}" for column, name in named)
        # what belongs to no population is there for its unit only, and need not be kept apart by codes
        cut = "".join(f", CASE WHEN {here} THEN _{k} END AS _{k}" for k, _ in enumerate(self.records.dimensions))
        of_parts = "".join(f", p{part}" for part, _ in enumerate(flags))
        units = ", _stratum, _psu" if self.design else ""
        variable = f"({self.variable or 'NULL'})::DOUBLE"
        return (
            f"SELECT ref_area, _time{cut}{of_parts}{units}, _weight, CASE WHEN {here} THEN _variable END AS _variable "
            f"FROM (SELECT ref_area, {self.records.at} AS _time{raw}{parts}{design}, {weight} AS _weight, "
            f"{variable} AS _variable FROM {source} "
            f"WHERE {identifier(self.records.time)} IS NOT NULL AND {self.records.is_exact(table)})"
            f"{'' if self.design else f' WHERE {here}'}"
        )

    @property
    def _nothing(self) -> str:
        raw = "".join(f", NULL::VARCHAR AS _{k}" for k, _ in enumerate(self.records.dimensions))
        parts = "".join(f", false AS p{part}" for part, _ in enumerate(self.populations))
        time = "DATE" if self.records.freq else "VARCHAR"
        return (
            f"SELECT {quoted('')} AS ref_area, NULL::{time} AS _time{raw}{parts}, NULL::VARCHAR AS _stratum, "
            "NULL::VARCHAR AS _psu, 1 AS _weight, NULL::DOUBLE AS _variable WHERE false"
        )


def _coded(column: pa.ChunkedArray) -> Coded:
    """The different texts of a column in order, and the place of each row's among them; -1 where it is empty."""
    if not len(column):
        return [], np.zeros(0, dtype="int64")
    encoded = column.combine_chunks().dictionary_encode()
    texts = encoded.dictionary.to_pylist()
    places = pc.fill_null(encoded.indices, len(texts)).to_numpy(zero_copy_only=False)
    order = sorted(range(len(texts)), key=texts.__getitem__)
    place_of = np.full(len(texts) + 1, -1, dtype="int64")
    place_of[order] = np.arange(len(texts))
    return [texts[place] for place in order], place_of[places]
