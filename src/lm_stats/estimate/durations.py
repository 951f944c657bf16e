"""Days from one date to another in every cell, with what has not ended yet counted while it waits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
from numpy.typing import NDArray

from lm_stats.compile.duckdb import identifier, parquet
from lm_stats.estimate.cells import OBSERVED, PRECISION, Cell, Dimension, closure, period_of
from lm_stats.estimate.survival import survival_at, survival_quantile
from lm_stats.spec import Duration, Indicator

# columns of the records that are timed; codes are called d0, d1, ...
_CELL, _DAYS, _ENDED = "cell", "days", "ended"


def read_durations(
    connection: duckdb.DuckDBPyConnection, indicator: Indicator, dimensions: Sequence[Dimension], table: Path
) -> tuple[list[Cell], pd.DataFrame, list[tuple[str, int]]]:
    """Time the records of an indicator's universe.

    A record that has no start, that began after the last day known, that ended before it began, or whose dates are
    not known to the day, says nothing of days.

    Args:
        connection: A cursor of the engine.
        indicator: The indicator; its estimator is a `Duration`.
        dimensions: Its dimensions.
        table: Parquet file of its table.

    Returns:
        Cells (the value is the number of records that ended); for every cell and every sum of cells `ref_area, period,
        d0, ..., days, ended, n`; and by area how many records of the universe could not be timed.
    """
    how = indicator.estimator
    assert isinstance(how, Duration)
    start, numbers = identifier(how.start), range(len(dimensions))
    names = pq.read_schema(table).names
    dated = [name for name in names if name + PRECISION in names and (name == how.start or name in how.end)]
    exact = " AND ".join(["true", *(f"coalesce({identifier(name + PRECISION)}, 'day') = 'day'" for name in dated)])
    raw = "".join(f", {dimension.raw} AS _{k}" for k, dimension in enumerate(dimensions))
    coded = "".join(f", {dimension.coded} AS d{k}" for k, dimension in enumerate(dimensions))
    own = "".join(f", d{k}" for k in numbers)
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE timed AS
        WITH dated AS (
            SELECT *, ({how.end})::DATE AS _end FROM {parquet(table)} WHERE ({indicator.universe})
        ), placed AS (
            SELECT ref_area, {start} AS _time{raw}, {exact} AS _exact,
                -- what happened after the last day known has not happened yet
                coalesce(_end <= {OBSERVED}, false) AS _over, ({how.ends_where}) AS _as_waited_for,
                date_diff('day', {start}, CASE WHEN _end <= {OBSERVED} THEN _end ELSE {OBSERVED} END) AS _days
            FROM dated
        ), fit AS (SELECT *, coalesce(_exact AND _days >= 0, false) AS fits FROM placed)
        SELECT ref_area, fits, CASE WHEN fits THEN {period_of(indicator.freq)} END AS period{coded},
            CASE WHEN fits THEN _days END AS {_DAYS}, _over AND coalesce(_as_waited_for, false) AS {_ENDED},
            count(*) AS n
        FROM fit GROUP BY ALL
    """)  # fmt: skip
    cells = connection.execute(
        f"SELECT ref_area, period{own}, sum(n)::BIGINT, coalesce(sum(n) FILTER ({_ENDED}), 0)::DOUBLE FROM timed "
        "WHERE fits GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    closures = ", ".join(closure(dimension.codes, f"closure_{k}") for k, dimension in enumerate(dimensions))
    joined = " ".join(f"JOIN closure_{k} AS a{k} ON a{k}.code = t.d{k}" for k in numbers)
    above = "".join(f", a{k}.ancestor AS d{k}" for k in numbers)
    every = connection.execute(
        f"{'WITH ' * bool(closures)}{closures} SELECT ref_area, period{above}, {_DAYS}, {_ENDED}, sum(n)::BIGINT AS n "
        f"FROM timed AS t {joined} WHERE fits GROUP BY ALL ORDER BY ALL"
    ).df()
    untimed = connection.execute(
        "SELECT ref_area, sum(n)::BIGINT FROM timed WHERE NOT fits GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    found = [(str(area), str(period), tuple(map(str, codes)), int(n), float(v)) for area, period, *codes, n, v in cells]
    return found, every, [(str(area), int(n)) for area, n in untimed]


def estimate_durations(
    how: Duration, every: pd.DataFrame, keys: Sequence[Sequence[str]], dimensions: int
) -> Mapping[str, NDArray[np.float64]]:
    """Estimate the quantile or the share of every cell, with its 95 % interval.

    The curve is that of Kaplan and Meier; its interval is on the scale of the logarithm (see
    `lm_stats.estimate.survival`).

    Args:
        how: What is estimated.
        every: Records as `read_durations` gives them.
        keys: Area, period and codes of the observations, as columns.
        dimensions: Number of dimensions.

    Returns:
        `obs_value`, `lower` and `upper` for each of the keys, in days or per cent; missing where the curve does not
        reach so far.
    """
    names = ["ref_area", "period", *(f"d{k}" for k in range(dimensions))]
    place = {key: number for number, key in enumerate(zip(*keys, strict=True))}
    cells = [place[key] for key in zip(*(every[name] for name in names), strict=True)]
    rows = pd.DataFrame({_CELL: cells, _DAYS: every[_DAYS].astype("float64"), _ENDED: every[_ENDED].astype("bool")})
    rows = rows.loc[rows.index.repeat(every["n"])]
    if how.within:
        made = survival_at(rows, _DAYS, _ENDED, (float(how.within),), (_CELL,))
        columns = {"obs_value": "share", "lower": "share_lower", "upper": "share_upper"}
        scale = 100.0
    else:
        made = survival_quantile(rows, _DAYS, _ENDED, (how.quantile,), (_CELL,))
        columns = {"obs_value": "quantile", "lower": "lower", "upper": "upper"}
        scale = 1.0
    values: dict[str, Any] = {}
    for name, column in columns.items():
        values[name] = np.full(len(place), np.nan)
        values[name][made[_CELL].to_numpy(dtype="int64")] = scale * made[column].to_numpy(dtype="float64")
    return values
