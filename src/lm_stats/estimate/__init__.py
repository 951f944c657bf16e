"""Estimate: from observatory tables to observations with their errors.

Here belongs everything that turns records into numbers. Nothing here decides what may be shown
(`protect`) or how it looks (`publish`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from lm_stats.estimate.breaks import BROKEN, broken
from lm_stats.estimate.cells import Cell, Dimension, Records
from lm_stats.estimate.engine import engine
from lm_stats.estimate.occasions import origin, read_occasions
from lm_stats.estimate.published import lay_side_by_side
from lm_stats.estimate.sums import Cross
from lm_stats.handover import Observations
from lm_stats.spec import Break, Codelist, Concept, Indicator, Period, Population, Problem, Rate

_PERIODS = {"A": "year", "Q": "quarter", "M": "month"}
NORMAL, ESTIMATED, IMPOSSIBLE = "A", "E", "M"


def estimate(
    indicator: Indicator,
    concepts: Mapping[str, Concept],
    codelists: Mapping[str, Codelist],
    tables: Mapping[str, Path],
    deliveries: Path,
    breaks: Mapping[str, Sequence[Break]] | None = None,
) -> Observations:
    """Count the records of an indicator's universe in every cell of its table, or relate them to a base.

    Of an indicator that holds values which others published, these are laid side by side instead: see
    `lm_stats.estimate.published`.

    Every cell of the cross of occasions and of codes that occur is there, with 0 where no record falls;
    so is every sum that the codelists declare: groups and totals. Where time is a date, the occasions are the
    periods from the first with a record to the last; else those that the tables have any record of, so that
    a census without a record in the universe gives totals of 0, and a rate is there only where all its tables
    observed. Records are grouped once by all dimensions, and the sums are made from the cells; different values
    (`Count.distinct`) are counted anew for each sum. An empty dimension counts as the missing code of its
    codelist. Weights are summed as decimals, so that the sum does not depend on the order.

    Where the table says in `<time>_precision` that a date is a month or longer, the record counts only if that time
    lies within one period; how many do not is among the warnings.

    Sampling errors are not computed here: `std_error`, `lower` and `upper` are empty. They do not exist for a full
    count; values from a sample (`sampled`) have the status `E`.

    Args:
        indicator: The indicator.
        concepts: Concepts by id.
        codelists: Codelists by id.
        tables: Parquet files of the observatory by id of the table. Without all tables of the indicator there
            are no observations.
        deliveries: Parquet file of the table `deliveries`.
        breaks: Declared breaks by area. The first observation after one has the status `B`, if there is one
            before it.

    Returns:
        Observations in order of area, period and codes; `obs_value` in units of count, or units of the universe
        for each `per` of the base. `n_records` and `n_base` are numbers of records, or of different values
        where these are counted. A rate without a base is empty with the status `M`.

    Raises:
        ValueError: If a dimension's codelist has no total, records have no code or an unknown one in a dimension, or
            a weight is missing.
    """
    if indicator.is_published:
        published = lay_side_by_side(indicator, concepts, codelists, tables, deliveries, breaks or {})
        return Observations(indicator.id, indicator.dimensions, published)
    lists = {d: codelists[concepts[d].codelist] for d in indicator.dimensions}
    if without := [d for d, codes in lists.items() if not codes.total]:
        raise ValueError(f"{indicator.id}: the codelists of {without} have no total")
    rate = indicator.estimator if isinstance(indicator.estimator, Rate) else None
    counted = indicator.counted
    dated = concepts[indicator.time].type == "date"
    dimensions = [Dimension.of(concepts[d], lists[d], k) for k, d in enumerate(indicator.dimensions)]
    complete = all(name in tables for name in indicator.tables)
    # of dates every record has its own, so they are read only where weights depend on them
    time = "" if dated and not counted.weight else indicator.time
    read = {name: read_occasions(tables[name], time, counted.weight) for name in indicator.tables} if complete else {}
    observed = list(read.values())
    sampled: dict[tuple[str, str], bool] = {}
    for one in observed:
        for (area, at), differs in one.sampled.items():
            key = (area, _period(at, indicator.freq) if dated else str(at))
            sampled[key] = sampled.get(key, False) or differs
    records = Records(
        tables,
        read,
        dimensions,
        indicator.time,
        indicator.freq if dated else "",
        # where every weight is 1, the sum of weights is the number of records
        counted.weight if any(sampled.values()) else "",
        counted.distinct,
    )
    populations = [[Population(indicator.table, indicator.universe)], *([rate.base] if rate else [])]
    with engine().cursor() as cursor:
        parts = [records.read(cursor, several) if complete else ([], []) for several in populations]
        left_out = records.left_out(cursor, [one for several in populations for one in several]) if complete else []
    if dated:
        occasions = _filled([cell for part in parts for cells in part for cell in cells], indicator.freq)
    else:
        every = [{(area, str(at)) for area, at in one.sampled} for one in observed]
        occasions = sorted(set.intersection(*every)) if every else []
    cross = Cross(dimensions, occasions, parts)
    counts, values = cross.sums(*parts[0])
    frame: dict[str, Any] = {"indicator": indicator.id}
    frame.update(zip(("ref_area", "time_period", *indicator.dimensions), cross.keys, strict=True))
    value = values
    if rate:
        n_base, bases = cross.sums(*parts[1])
        value = np.divide(rate.per * values, bases, out=np.full(len(bases), np.nan), where=bases > 0)
    keys = list(zip(*cross.keys[:2], strict=True))
    from_sample = np.array([sampled.get(key, False) for key in keys], dtype="bool")
    status = np.full(len(keys), indicator.obs_status, dtype="object")
    if indicator.obs_status == NORMAL:
        status[from_sample] = ESTIMATED
    status[broken(frame, indicator, concepts, breaks or {})] = BROKEN
    status[np.isnan(value)] = IMPOSSIBLE
    origins = origin(deliveries, {used for one in observed for used in one.deliveries})
    frame |= {"obs_value": value, "std_error": np.nan, "lower": np.nan, "upper": np.nan, "n_records": counts}
    frame |= {"obs_status": status, "conf_status": "F", "unit_measure": _unit(rate), "unit_mult": 0}
    frame["unit_of_count"] = indicator.estimator.unit
    for column in ("source", "vintage", "data_class"):
        frame[column] = [origins[area][column] for area in cross.keys[0]]
    frame["sampled"] = from_sample
    if rate:
        frame |= {"numerator": values, "denominator": bases, "n_base": n_base}
    for column in ("indicator", "conf_status", "unit_measure", "unit_of_count"):
        frame[column] = [frame[column]] * len(keys)
    texts = {name: pd.array(list(v), dtype="str") for name, v in frame.items() if isinstance(v, list) or v is status}
    made = pd.DataFrame(frame | texts, index=range(len(keys)))
    return Observations(indicator.id, indicator.dimensions, made, tuple(_told(indicator, left_out)))


def _told(indicator: Indicator, left_out: Sequence[tuple[str, str, int]]) -> Iterator[Problem]:
    """Say of each area how many records could not be put into a period."""
    for area in dict.fromkeys(area for area, _, _ in left_out):
        named = ", ".join(f"{rows} by {how.replace('_', ' ')}" for one, how, rows in left_out if one == area)
        rows = sum(rows for one, _, rows in left_out if one == area)
        yield Problem(
            f"indicators/{indicator.id}, {area}",
            f"{rows} records are not counted, because {indicator.time} is not exact enough to say their "
            f"{_PERIODS[indicator.freq]} ({named})",
            "Ask the office for their dates, if they are many.",
        )


def _unit(rate: Rate | None) -> str:
    """`NB` for numbers, `PT` for per cent, else `PER_` and the units of the base (`PER_1000`)."""
    if rate is None:
        return "NB"
    return "PT" if rate.per == 100 else f"PER_{rate.per}"


def _period(day: object, freq: str) -> str:
    at = pd.Timestamp(str(day))
    return {"A": f"{at.year}", "Q": f"{at.year}-Q{at.quarter}", "M": f"{at.year}-{at.month:02}"}[freq]


def _filled(cells: Sequence[Cell], freq: str) -> list[tuple[str, str]]:
    """Area and period, from the first period with a record of the area to the last."""
    observed: dict[str, set[str]] = {}
    for area, period, *_ in cells:
        observed.setdefault(area, set()).add(period)
    found = []
    for area, periods in sorted(observed.items()):
        first, last = min(periods), max(periods)
        span = Period.parse(first if first == last else f"{first}_{last}")
        found += [(area, period.text) for period in span.each(freq)]
    return found
