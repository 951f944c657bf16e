"""Estimate: from observatory tables to observations with their errors.

Here belongs everything that turns records into numbers. Nothing here decides what may be shown
(`protect`) or how it looks (`publish`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import duckdb
import pandas as pd

from lm_stats.compile.duckdb import connect, identifier, parquet
from lm_stats.handover import Observations
from lm_stats.spec import SYNTHETIC_STATEMENT, Codelist, Concept, Indicator, Period

_TRUNCATE = {"A": "year", "Q": "quarter", "M": "month"}
_PERIOD = {
    "A": "strftime({day}, '%Y')",
    "Q": "strftime({day}, '%Y') || '-Q' || quarter({day})",
    "M": "strftime({day}, '%Y-%m')",
}


def estimate(
    indicator: Indicator,
    concepts: Mapping[str, Concept],
    codelists: Mapping[str, Codelist],
    table: Path,
    deliveries: Path,
) -> Observations:
    """Count the records of an indicator's universe in every cell of its table.

    Every cell of the cross of periods (from the first with a record to the last) and of codes that
    occur is there, with 0 where no record falls; so is every sum that the codelists declare: groups
    and totals. Records are grouped once by all dimensions, and the sums are made from the cells.
    A full count has no sampling error, so `std_error`, `lower` and `upper` are empty.

    Args:
        indicator: The indicator; its estimator is a `Count`.
        concepts: Concepts by id.
        codelists: Codelists by id.
        table: Parquet file of the observatory table.
        deliveries: Parquet file of the table `deliveries`.

    Returns:
        Observations in order of area, period and codes; `obs_value` in units of count.

    Raises:
        ValueError: If a dimension's codelist has no total.
    """
    lists = {d: codelists[concepts[d].codelist] for d in indicator.dimensions}
    if without := [d for d, codes in lists.items() if not codes.total]:
        raise ValueError(f"{indicator.id}: the codelists of {without} have no total")
    period = _PERIOD[indicator.freq]
    unit = _TRUNCATE[indicator.freq]
    dims = [identifier(d) for d in indicator.dimensions]
    with connect() as connection:
        connection.execute(f"""
            CREATE TABLE cells AS
            SELECT ref_area, date_trunc('{unit}', {identifier(indicator.time)})::DATE AS day, {", ".join(dims)},
                count(*) AS n
            FROM {parquet(table)}
            WHERE ({indicator.universe}) AND {identifier(indicator.time)} IS NOT NULL
            GROUP BY ALL
        """)
        for number, (name, codes) in enumerate(lists.items()):
            connection.register(f"closure_{number}", _closure(codes))
            connection.execute(f"""
                CREATE TABLE codes_{number} AS
                SELECT DISTINCT ref_area, c.ancestor AS code, c.position
                FROM cells JOIN closure_{number} c ON cells.{identifier(name)} = c.code
            """)
        numbers = range(len(dims))
        joins = " ".join(f"JOIN closure_{k} AS a{k} ON cells.{dims[k]} = a{k}.code" for k in numbers)
        sums = ", ".join(f"a{k}.ancestor AS {dims[k]}" for k in numbers)
        cross = " ".join(f"JOIN codes_{k} AS c{k} USING (ref_area)" for k in numbers)
        chosen = ", ".join(f"c{k}.code AS {dims[k]}" for k in numbers)
        order = ", ".join(["days.ref_area", "days.day", *(f"c{k}.position" for k in numbers)])
        matched = " AND ".join(f"counted.{dims[k]} = c{k}.code" for k in numbers)
        found = connection.execute(f"""
            WITH counted AS (
                SELECT ref_area, day, {sums}, sum(n)::BIGINT AS n FROM cells {joins} GROUP BY ALL
            ), days AS (
                SELECT ref_area, unnest(range(min(day), max(day) + INTERVAL 1 DAY, INTERVAL 1 {unit}))::DATE AS day
                FROM cells GROUP BY ref_area
            )
            SELECT days.ref_area, {period.format(day="days.day")} AS time_period, {chosen},
                coalesce(counted.n, 0) AS n
            FROM days {cross}
            LEFT JOIN counted ON counted.ref_area = days.ref_area AND counted.day = days.day AND {matched}
            ORDER BY {order}
        """).df()
        origin = _origin(connection, table, deliveries)
    frame = pd.DataFrame(
        {"indicator": indicator.id, "ref_area": found["ref_area"], "time_period": found["time_period"]}
    )
    frame[list(indicator.dimensions)] = found[list(indicator.dimensions)]
    frame["obs_value"] = found["n"].astype("float64")
    for empty in ("std_error", "lower", "upper"):
        frame[empty] = float("nan")
    frame["n_records"] = found["n"].astype("int64")
    frame["obs_status"], frame["conf_status"] = indicator.obs_status, "F"
    frame["unit_measure"], frame["unit_mult"] = "NB", 0
    frame["unit_of_count"] = indicator.estimator.unit
    for column in ("source", "vintage", "data_class"):
        frame[column] = frame["ref_area"].map(origin[column]).astype("str")
    return Observations(indicator.id, indicator.dimensions, frame)


def _closure(codes: Codelist) -> pd.DataFrame:
    """Each code with every code it counts towards, itself first; `position` is the order of the list."""
    position = {code.code: number for number, code in enumerate(codes)}
    rows = [
        (code, ancestor, position[ancestor])
        for code in codes.leaves
        for ancestor in dict.fromkeys((code, *codes.ancestors_of(code), codes.total))
    ]
    return pd.DataFrame(rows, columns=["code", "ancestor", "position"])


def _origin(connection: duckdb.DuckDBPyConnection, table: Path, deliveries: Path) -> pd.DataFrame:
    """By area: the offices behind the table and what they covered, the date of the latest delivery, the class."""
    found = (
        connection.execute(f"""
        SELECT t.ref_area, string_agg(DISTINCT d.agency, ', ' ORDER BY d.agency) AS agencies,
            string_agg(DISTINCT replace(d.kind, '_', ' '), ', ' ORDER BY replace(d.kind, '_', ' ')) AS kinds,
            list(DISTINCT d.period ORDER BY d.period) AS periods,
            max(d.received_at)[:10] AS vintage, max(t.data_class) AS data_class
        FROM (SELECT DISTINCT ref_area, delivery_id, data_class FROM {parquet(table)}) t
        JOIN {parquet(deliveries)} d USING (delivery_id)
        GROUP BY t.ref_area
    """)
        .df()
        .set_index("ref_area")
    )
    said = f" ({SYNTHETIC_STATEMENT})"
    marks = found["data_class"].map({"synthetic": said}).fillna("")
    return found.assign(
        source=found["agencies"] + ": " + found["kinds"] + ", " + found["periods"].map(_covered) + marks
    )


def _covered(periods: Iterable[str]) -> str:
    """From when to when some periods reach, in years if these are whole, else in months."""
    parsed = [Period.parse(text) for text in periods]
    first, last = min(p.first for p in parsed), max(p.last for p in parsed)
    form = "%Y" if (first.month, last.month) == (1, 12) else "%Y-%m"
    ends = dict.fromkeys((first.strftime(form), last.strftime(form)))
    return " to ".join(ends)
