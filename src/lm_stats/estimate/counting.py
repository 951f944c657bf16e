"""Numbers, rates, means, quantiles, gaps and concentrations of the records of an indicator's universe."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lm_stats.estimate.cells import Cell, Dimension, Records
from lm_stats.estimate.concentration import UNITS, concentrate
from lm_stats.estimate.engine import engine
from lm_stats.estimate.frames import assemble
from lm_stats.estimate.laid_out import LaidOut, Rows
from lm_stats.estimate.means import Groups, mean_of, quantiles_of
from lm_stats.estimate.occasions import Occasions, read_occasions
from lm_stats.estimate.samples import Drawn, drawn_as, read_sample
from lm_stats.estimate.sampling_errors import COLUMNS, sampling_errors
from lm_stats.estimate.sums import Cross
from lm_stats.spec import (
    Break,
    Concentration,
    Concept,
    Count,
    Gap,
    Indicator,
    Mean,
    Period,
    Population,
    Problem,
    Quantile,
    Rate,
    SurveyDesign,
)

_PERIODS = {"A": "year", "Q": "quarter", "M": "month"}


@dataclass(frozen=True)
class Given:
    """What an indicator is made from."""

    indicator: Indicator
    concepts: Mapping[str, Concept]
    dimensions: Sequence[Dimension]
    tables: Mapping[str, Path]
    deliveries: Path
    breaks: Mapping[str, Sequence[Break]]
    designs: Mapping[str, SurveyDesign]

    @property
    def complete(self) -> bool:
        """Whether all tables of the indicator are there."""
        return all(name in self.tables for name in self.indicator.tables)

    @property
    def dated(self) -> bool:
        """Whether a date places records in periods; else their occasion is the period."""
        return self.concepts[self.indicator.time].type == "date"

    @property
    def how(self) -> Count | Rate | Mean:
        """What is estimated in each cell, or in each of two groups; of a concentration, what is counted."""
        how = self.indicator.estimator
        of = how.of if isinstance(how, Gap) else how
        return of if isinstance(of, Rate | Mean) else self.indicator.counted

    @property
    def gap(self) -> Gap | None:
        """How two groups are compared, if they are."""
        return self.indicator.estimator if isinstance(self.indicator.estimator, Gap) else None

    @property
    def populations(self) -> list[list[Population]]:
        """Records that are counted, and of a rate those of its base."""
        own = [Population(self.indicator.table, self.indicator.universe)]
        return [own, list(self.how.base)] if isinstance(self.how, Rate) else [own]

    def assemble(self, observed: Iterable[Occasions], *values: Any, **more: Any) -> pd.DataFrame:
        """The columns of observations."""
        return assemble(self.indicator, self.concepts, self.breaks, self.deliveries, observed, *values, **more)


@dataclass(frozen=True)
class _Read:
    """What was read of the records.

    Attributes:
        parts: For each population, its cells, and sums over codes that stand beside these.
        known: Of records that hold at a date: by table and area, the last period that is known.
        left_out: Area, precision and number of records that are not counted.
        totals: Of a mean: cells with the sums of weights times variable.
        rows: Records by sampled unit and cell, by area and period, where they are needed.
    """

    parts: list[tuple[list[Cell], list[Cell]]]
    known: list[dict[str, str]] = field(default_factory=list)
    left_out: list[tuple[str, str, int]] = field(default_factory=list)
    totals: list[Cell] = field(default_factory=list)
    rows: Mapping[tuple[str, str], Rows] = field(default_factory=dict)


def count_records(given: Given) -> tuple[pd.DataFrame, list[Problem]]:
    """Observations of whatever is made from numbers of records or sums over them, and what is to be said of them.

    Raises:
        ValueError: See `lm_stats.estimate.estimate`.
    """
    _refuse(given)
    indicator, counted = given.indicator, given.indicator.counted
    observed: dict[str, Occasions] = {}
    if given.complete:
        # of dates every record has its own, so they are read only where weights depend on them
        time = "" if given.dated and not counted.weight else indicator.time
        observed = {name: read_occasions(given.tables[name], time, counted.weight) for name in indicator.tables}
    sampled = _sampled(given, observed)
    # where every weight is 1, the sum of weights is the number of records
    weight = counted.weight if any(sampled.values()) else ""
    freq = indicator.freq if given.dated else ""
    records = Records(given.tables, observed, given.dimensions, indicator.time, freq, weight, counted)
    drawn = drawn_as(indicator, given.tables, given.designs)
    read = _read(given, records, drawn) if given.complete else _Read([([], []) for _ in given.populations])
    if given.dated:
        cells = (cell for part in read.parts for several in part for cell in several)
        occasions = fill_periods(cells, indicator.freq, read.known)
    else:
        every = [{(area, str(at)) for area, at in one.sampled} for one in observed.values()]
        occasions = sorted(set.intersection(*every)) if every else []
    cross = Cross(given.dimensions, occasions, read.parts)
    said = list(_told(indicator, read.left_out))
    if isinstance(indicator.estimator, Concentration):
        return _concentrated(given, cross, read, observed), said
    in_sample = {one for one in occasions if sampled.get(one, False)}
    made, further, keys, unit = _values(given, cross, read)
    errors, problems = _errors(given, cross, read, drawn, in_sample)
    from_sample = np.array([one in in_sample for one in zip(keys[0], keys[1], strict=True)], dtype="bool")
    made |= {name: errors[name] for name in COLUMNS if name != "df"}
    further["df"] = errors["df"]
    frame = given.assemble(observed.values(), keys, made, unit, further, sampled=from_sample)
    return frame, [*said, *problems]


def _refuse(given: Given) -> None:
    """Refuse what cannot be computed as it is declared."""
    counted, gap = given.indicator.counted, given.gap
    if (gap or isinstance(given.how, Mean)) and (counted.distinct or counted.until):
        raise ValueError(f"{given.indicator.id}: means and gaps are of records as they are, each once")
    if gap and gap.over in given.indicator.dimensions:
        raise ValueError(f"{given.indicator.id}: {gap.over} tells its groups apart, so it cannot be a dimension too")


def _sampled(given: Given, observed: Mapping[str, Occasions]) -> dict[tuple[str, str], bool]:
    """By area and period, whether records stand for more than themselves."""
    found: dict[tuple[str, str], bool] = {}
    for one in observed.values():
        for (area, at), differs in one.sampled.items():
            key = (area, _period(at, given.indicator.freq) if given.dated else str(at))
            found[key] = found.get(key, False) or differs
    return found


def _read(given: Given, records: Records, drawn: Drawn) -> _Read:
    how, gap = given.how, given.gap
    design = drawn.design if records.weight else None
    measured = isinstance(how, Mean) or gap is not None
    with engine().cursor() as cursor:
        known = [records.last_known(cursor, name) for name in given.indicator.tables]
        left_out = records.left_out(cursor, [one for several in given.populations for one in several])
        if not measured and (design is None or isinstance(given.indicator.estimator, Concentration)):
            return _Read([records.read(cursor, several) for several in given.populations], known, left_out)
        variable = how.variable if isinstance(how, Mean) else ""
        laid = LaidOut(records, given.populations, variable, isinstance(how, Quantile), design)
        laid.make(cursor)
        parts: list[tuple[list[Cell], list[Cell]]] = [
            (laid.cells(cursor, number), []) for number, _ in enumerate(given.populations)
        ]
        totals = laid.cells(cursor, 0, totals=True) if isinstance(how, Mean) else []
        rows = laid.rows(cursor) if design or isinstance(how, Quantile) else {}
        return _Read(parts, known, left_out, totals, rows)


def _values(given: Given, cross: Cross, read: _Read) -> tuple[dict[str, Any], dict[str, Any], list[list[str]], str]:
    """Values and numbers of records, further columns, the keys they belong to, and the unit of the values."""
    how = given.how
    counts, values = cross.sums(*read.parts[0])
    further: dict[str, Any] = {}
    unit = "NB"
    if isinstance(how, Rate):
        n_base, bases = cross.sums(*read.parts[1])
        further = {"numerator": values, "denominator": bases, "n_base": n_base}
        values = np.divide(how.per * values, bases, out=np.full(len(bases), np.nan), where=bases > 0)
        # per cent, else units for each so many of the base
        unit = "PT" if how.per == 100 else f"PER_{how.per}"
    elif isinstance(how, Mean):
        unit = how.unit_measure
        further = {"method": _texts("value_quantile" if isinstance(how, Quantile) else "mean", len(counts))}
        further["step"] = np.full(len(counts), how.step)
        values = (
            quantiles_of(how.quantile, cross, read.rows)
            if isinstance(how, Quantile)
            else mean_of(cross.sums(read.totals)[1], values)
        )
    if given.gap is None:
        return {"obs_value": values, "n_records": counts}, further, cross.keys, unit
    groups = Groups.of(cross, given.gap)
    made, further = groups.compare(given.gap, values, counts, further)
    return made, further, groups.keys, "PT" if given.gap.relative else unit


def _errors(
    given: Given, cross: Cross, read: _Read, drawn: Drawn, in_sample: set[tuple[str, str]]
) -> tuple[dict[str, NDArray[np.float64]], list[Problem]]:
    """Sampling errors in the order of the keys, and why some are not given."""
    parts: dict[str, list[NDArray[np.float64]]] = {name: [np.zeros(0)] for name in COLUMNS}
    said = []
    for block in cross.blocks():
        size = block.size // (block.shape[-1] if given.gap else 1)
        found = {name: np.full(size, np.nan) for name in COLUMNS}
        at = (block.area, block.period)
        if at in in_sample:
            sample, problem = read_sample(drawn, read.rows.get(at))
            if problem:
                what, do = problem
                said.append(Problem(f"indicators/{given.indicator.id}, {block.area}, {block.period}", what, do))
            if sample:
                found = sampling_errors(given.how, given.gap, block, sample)
        for name, values in found.items():
            parts[name].append(values)
    return {name: np.concatenate(several) for name, several in parts.items()}, said


def _concentrated(given: Given, cross: Cross, read: _Read, observed: Mapping[str, Occasions]) -> pd.DataFrame:
    counts, values = cross.sums(*read.parts[0])
    assert isinstance(given.indicator.estimator, Concentration)
    keys, of = concentrate(given.indicator, given.dimensions, cross.keys, counts, values)
    made = {"obs_value": of["obs_value"].to_numpy(dtype="float64"), "n_records": of["n_records"].to_numpy()}
    unit = UNITS[given.indicator.estimator.measure]
    return given.assemble(observed.values(), keys, made, unit, of[["counts", "method"]])


def _texts(text: str, size: int) -> Any:
    return pd.array([text] * size, dtype="str")


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


def _period(day: object, freq: str) -> str:
    at = pd.Timestamp(str(day))
    return {"A": f"{at.year}", "Q": f"{at.year}-Q{at.quarter}", "M": f"{at.year}-{at.month:02}"}[freq]


def fill_periods(
    cells: Iterable[Cell], freq: str, known: Sequence[Mapping[str, str]] = ()
) -> list[tuple[str, str]]:
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
