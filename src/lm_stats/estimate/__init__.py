"""Estimate: from observatory tables to observations with their errors.

Here belongs everything that turns records into numbers. Nothing here decides what may be shown
(`protect`) or how it looks (`publish`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from lm_stats.estimate.cells import Cell, Dimension
from lm_stats.estimate.counting import Given, count_records, fill_periods
from lm_stats.estimate.decomposition import oaxaca_blinder as oaxaca_blinder
from lm_stats.estimate.durations import estimate_durations, read_durations
from lm_stats.estimate.engine import engine
from lm_stats.estimate.inequality import dissimilarity as dissimilarity
from lm_stats.estimate.inequality import gini as gini
from lm_stats.estimate.inequality import hhi as hhi
from lm_stats.estimate.inequality import location_quotient as location_quotient
from lm_stats.estimate.inequality import shannon as shannon
from lm_stats.estimate.inequality import theil as theil
from lm_stats.estimate.inequality import weighted_quantile as weighted_quantile
from lm_stats.estimate.monitoring import control_limits as control_limits
from lm_stats.estimate.occasions import Occasions, read_occasions
from lm_stats.estimate.proportional_fitting import ipf as ipf
from lm_stats.estimate.published import lay_side_by_side
from lm_stats.estimate.sums import Cross
from lm_stats.estimate.survey import Design as Design
from lm_stats.estimate.survey import DesignError as DesignError
from lm_stats.estimate.survey import EmptyReplicateWarning as EmptyReplicateWarning
from lm_stats.estimate.survey import MarginError as MarginError
from lm_stats.estimate.survey import NestingWarning as NestingWarning
from lm_stats.estimate.survey import SinglePSUWarning as SinglePSUWarning
from lm_stats.estimate.survey import calibrate as calibrate
from lm_stats.estimate.survey import chi_square as chi_square
from lm_stats.estimate.survey import covariance_of as covariance_of
from lm_stats.estimate.survey import difference as difference
from lm_stats.estimate.survey import mean as mean
from lm_stats.estimate.survey import post_stratify as post_stratify
from lm_stats.estimate.survey import proportion as proportion
from lm_stats.estimate.survey import quantile as quantile
from lm_stats.estimate.survey import rake as rake
from lm_stats.estimate.survey import ratio as ratio
from lm_stats.estimate.survey import total as total
from lm_stats.estimate.survival import kaplan_meier as kaplan_meier
from lm_stats.estimate.survival import log_rank as log_rank
from lm_stats.estimate.survival import survival_at as survival_at
from lm_stats.estimate.survival import survival_quantile as survival_quantile
from lm_stats.handover import Observations
from lm_stats.spec import Break, Codelist, Concept, Duration, Indicator, Problem, SurveyDesign


def estimate(
    indicator: Indicator,
    concepts: Mapping[str, Concept],
    codelists: Mapping[str, Codelist],
    tables: Mapping[str, Path],
    deliveries: Path,
    breaks: Mapping[str, Sequence[Break]] | None = None,
    *,
    designs: Mapping[str, SurveyDesign] | None = None,
) -> Observations:
    """Count the records of an indicator's universe in every cell of its table, or relate, average or time them.

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

    Means and quantiles (`lm_stats.estimate.means`) are of the records whose variable is known, and `n_records` counts
    these. A gap compares two groups within a cell; where either has no record, there is no value.

    Values from a sample (`sampled`) have the status `E`. Where its table has a design, they have `std_error`, and
    `lower` and `upper` of the 95 % interval (see `lm_stats.estimate.sampling_errors`), but for a number of 0 records.
    Where the design is not known well enough, the values are kept without, and the warnings say why, once for each
    area and occasion. A full count has no sampling error.

    Args:
        indicator: The indicator.
        concepts: Concepts by id.
        codelists: Codelists by id.
        tables: Parquet files of the observatory by id of the table. Without all tables of the indicator there
            are no observations.
        deliveries: Parquet file of the table `deliveries`.
        breaks: Declared breaks by area. The first observation after one has the status `B`, if there is one
            before it.
        designs: How the records of tables were drawn, by id of the table.

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
    given = Given(indicator, concepts, dimensions, tables, deliveries, breaks or {}, designs or {})
    made, said = _timed(given) if isinstance(indicator.estimator, Duration) else count_records(given)
    return Observations(indicator.id, indicator.dimensions, made, tuple(said))


def _timed(given: Given) -> tuple[pd.DataFrame, Iterable[Problem]]:
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
    cross = Cross(given.dimensions, fill_periods(cells, indicator.freq), [(cells, [])])
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
