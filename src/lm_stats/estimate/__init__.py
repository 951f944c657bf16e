"""Estimate: from observatory tables to observations with their errors.

Here belongs everything that turns records into numbers. Nothing here decides what may be shown
(`protect`) or how it looks (`publish`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from lm_stats.estimate.cells import Cell, Dimension, Records
from lm_stats.estimate.concentration import UNITS, concentrate
from lm_stats.estimate.durations import estimate_durations, read_durations
from lm_stats.estimate.engine import engine
from lm_stats.estimate.frames import assemble
from lm_stats.estimate.inequality import dissimilarity as dissimilarity
from lm_stats.estimate.inequality import gini as gini
from lm_stats.estimate.inequality import hhi as hhi
from lm_stats.estimate.inequality import location_quotient as location_quotient
from lm_stats.estimate.inequality import shannon as shannon
from lm_stats.estimate.inequality import theil as theil
from lm_stats.estimate.monitoring import control_limits as control_limits
from lm_stats.estimate.occasions import Occasions, read_occasions
from lm_stats.estimate.published import lay_side_by_side
from lm_stats.estimate.sums import Cross
from lm_stats.estimate.survival import kaplan_meier as kaplan_meier
from lm_stats.estimate.survival import log_rank as log_rank
from lm_stats.estimate.survival import survival_at as survival_at
from lm_stats.estimate.survival import survival_quantile as survival_quantile
from lm_stats.handover import Observations
from lm_stats.spec import (
    Break,
    Codelist,
    Concentration,
    Concept,
    Duration,
    Indicator,
    Period,
    Population,
    Problem,
    Rate,
)

_PERIODS = {"A": "year", "Q": "quarter", "M": "month"}


def estimate(
    indicator: Indicator,
    concepts: Mapping[str, Concept],
    codelists: Mapping[str, Codelist],
    tables: Mapping[str, Path],
    deliveries: Path,
    breaks: Mapping[str, Sequence[Break]] | None = None,
) -> Observations:
    """Count the records of an indicator's universe in every cell of its table, relate them to a base, or time them.

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

    Of records that hold for a time (`Count.until`) those are counted that hold on the last day of a period, up to the
    last day that the table knows of. Durations (`lm_stats.estimate.durations`) are those of the records whose start
    lies in the period; where the curve does not reach far enough yet, there is no value (status `O`). Concentrations
    (`lm_stats.estimate.concentration`) are of counts, which stay with the value for its protection.

    Sampling errors are not computed here: `std_error` is empty, and `lower` and `upper` are but for durations. They do
    not exist for a full count; values from a sample (`sampled`) have the status `E`.

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
        for each `per` of the base, days or per cent of durations. `n_records` and `n_base` (of durations: those that
        ended) are numbers of records, or of different values
        where these are counted. A rate without a base is empty with the status `M`.

    Raises:
        ValueError: If a dimension's codelist has no total, records have no code or an unknown one in a dimension, or
            a weight is missing.
    """
    if indicator.is_published:
        published = lay_side_by_side(indicator, concepts, codelists, tables, deliveries, breaks or {})
        return Observations(indicator.id, indicator.dimensions, published)
    lists = {d: codelists[concepts[d].codelist] for d in indicator.concepts}
    if without := [d for d, codes in lists.items() if not codes.total]:
        raise ValueError(f"{indicator.id}: the codelists of {without} have no total")
    dimensions = [Dimension.of(concepts[d], lists[d], k) for k, d in enumerate(indicator.concepts)]
    given = _Given(indicator, concepts, dimensions, tables, deliveries, breaks or {})
    made, said = _timed(given) if isinstance(indicator.estimator, Duration) else _counted(given)
    return Observations(indicator.id, indicator.dimensions, made, tuple(said))


@dataclass(frozen=True)
class _Given:
    """What an indicator is made from."""

    indicator: Indicator
    concepts: Mapping[str, Concept]
    dimensions: Sequence[Dimension]
    tables: Mapping[str, Path]
    deliveries: Path
    breaks: Mapping[str, Sequence[Break]]

    @property
    def complete(self) -> bool:
        return all(name in self.tables for name in self.indicator.tables)

    def assemble(self, observed: Sequence[Occasions], *values: Any, **more: Any) -> pd.DataFrame:
        """The columns of observations."""
        return assemble(self.indicator, self.concepts, self.breaks, self.deliveries, observed, *values, **more)


def _counted(given: _Given) -> tuple[pd.DataFrame, Iterable[Problem]]:
    """Counts, and rates and concentrations of these."""
    indicator, tables, dimensions = given.indicator, given.tables, given.dimensions
    rate = indicator.estimator if isinstance(indicator.estimator, Rate) else None
    counted = indicator.counted
    dated = given.concepts[indicator.time].type == "date"
    # of dates every record has its own, so they are read only where weights depend on them
    time = "" if dated and not counted.weight else indicator.time
    read = (
        {name: read_occasions(tables[name], time, counted.weight) for name in indicator.tables}
        if given.complete
        else {}
    )
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
        counted,
    )
    populations = [[Population(indicator.table, indicator.universe)], *([rate.base] if rate else [])]
    parts: list[tuple[list[Cell], list[Cell]]] = [([], []) for _ in populations]
    left_out, known = [], []
    if given.complete:
        with engine().cursor() as cursor:
            parts = [records.read(cursor, several) for several in populations]
            known = [records.last_known(cursor, name) for name in indicator.tables]
            left_out = records.left_out(cursor, [one for several in populations for one in several])
    if dated:
        occasions = _filled((cell for part in parts for cells in part for cell in cells), indicator.freq, known)
    else:
        every = [{(area, str(at)) for area, at in one.sampled} for one in observed]
        occasions = sorted(set.intersection(*every)) if every else []
    cross = Cross(dimensions, occasions, parts)
    counts, values = cross.sums(*parts[0])
    from_sample = [sampled.get(key, False) for key in zip(*cross.keys[:2], strict=True)]
    said = _told(indicator, left_out)
    if isinstance(indicator.estimator, Concentration):
        keys, of = concentrate(indicator, dimensions, cross.keys, counts, values)
        unit, further = UNITS[indicator.estimator.measure], of[["counts", "method"]]
        made = {"obs_value": of["obs_value"].to_numpy(dtype="float64"), "n_records": of["n_records"].to_numpy()}
        return given.assemble(observed, keys, made, unit, further), said
    value, further_columns = values, {}
    if rate:
        n_base, bases = cross.sums(*parts[1])
        value = np.divide(rate.per * values, bases, out=np.full(len(bases), np.nan), where=bases > 0)
        further_columns = {"numerator": values, "denominator": bases, "n_base": n_base}
    made = {"obs_value": value, "n_records": counts}
    in_sample = np.array(from_sample, dtype="bool")
    return given.assemble(observed, cross.keys, made, _unit(rate), further_columns, sampled=in_sample), said


def _timed(given: _Given) -> tuple[pd.DataFrame, Iterable[Problem]]:
    """Durations."""
    indicator, how = given.indicator, given.indicator.estimator
    assert isinstance(how, Duration)
    cells: list[Cell] = []
    observed: list[Occasions] = []
    untimed: list[tuple[str, int]] = []
    if given.complete:
        path = given.tables[indicator.table]
        observed = [read_occasions(path, "", "")]
        with engine().cursor() as cursor:
            cells, every, untimed = read_durations(cursor, indicator, given.dimensions, path)
    cross = Cross(given.dimensions, _filled(cells, indicator.freq), [(cells, [])])
    counts, ended = cross.sums(cells)
    values: dict[str, Any] = {name: np.full(len(counts), np.nan) for name in ("obs_value", "lower", "upper")}
    if cells:
        values |= estimate_durations(how, every, cross.keys, len(given.dimensions))
    values["n_records"] = counts
    unknown = np.isnan(values["obs_value"]) & (counts > 0)
    method = pd.array(["within" if how.within else "quantile"] * len(counts), dtype="str")
    further = {"n_base": ended.astype("int64"), "method": method}
    made = given.assemble(observed, cross.keys, values, "PT" if how.within else "DAYS", further, unknown=unknown)
    return made, _told_untimed(indicator, untimed)


def _told_untimed(indicator: Indicator, untimed: Sequence[tuple[str, int]]) -> Iterator[Problem]:
    for area, rows in untimed:
        yield Problem(
            f"indicators/{indicator.id}, {area}",
            f"{rows} records are not timed, because a date is missing, is not known to the day, is later than the last "
            "day known, or the end comes before the start",
            "Ask the office for their dates, if they are many.",
        )


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


def _filled(cells: Iterable[Cell], freq: str, known: Sequence[Mapping[str, str]] = ()) -> list[tuple[str, str]]:
    """Area and period, from the first period with a record of the area to the last, or to the last that is known."""
    observed: dict[str, set[str]] = {}
    for area, period, *_ in cells:
        observed.setdefault(area, set()).add(period)
    for area, periods in observed.items():
        periods.update(last[area] for last in known if last.get(area, "") > min(periods))
    found = []
    for area, periods in sorted(observed.items()):
        first, last = min(periods), max(periods)
        span = Period.parse(first if first == last else f"{first}_{last}")
        found += [(area, period.text) for period in span.each(freq)]
    return found
