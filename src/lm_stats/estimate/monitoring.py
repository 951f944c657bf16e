"""Watching series of counts: which months or quarters are out of the ordinary, and on what evidence.

A control chart (Shewhart 1931) says how far a series moves by itself, so that only what is beyond that asks for a
reason. Counts of certificates vary more than pure chance (Poisson) would have it, since campaigns, projects and
holidays bring many at once. So the limits are made from how much the series did vary. Every row says by which method:

- `individuals`: the XmR chart, mean plus and minus 2.66 times the mean moving range (Wheeler and Chambers 1992). For
  any series, also of amounts that are no counts.
- `poisson`: the c chart, mean plus and minus three times its square root. For independent events only; too narrow for
  most administrative series.
- `laney`: Laney's (2002) u' chart with one unit for each period: the c chart, widened by the standard deviation of the
  standardised counts (from their moving ranges), never narrower than Poisson. Takes seasons; without them it is the
  individuals chart wherever that is wider than the c chart. For larger counts.
- `negative_binomial`: quantiles with 0.135 per cent on each side (what three standard deviations leave) of a negative
  binomial distribution with the mean and the dispersion of the series; Poisson where it varies no more than that. For
  small counts, which are skewed: below a mean of 9 the other limits reach below 0, so that nothing is too few, and
  their upper one is passed too often.
- `counts` (the default): `laney` where the mean is 20 or more, `negative_binomial` below.

References:
    Shewhart, W. A. (1931), Economic Control of Quality of Manufactured Product.
    Western Electric (1956), Statistical Quality Control Handbook: eight in a row on one side of the centre.
    Wheeler, D. J. and Chambers, D. S. (1992), Understanding Statistical Process Control, 2nd ed.
    Laney, D. B. (2002), Improved Control Charts for Attributes, Quality Engineering 14, 531-537.
    NIST/SEMATECH (2012), e-Handbook of Statistical Methods, 6.3.2.2 and 6.3.3.1: the worked examples tested against.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats: TypeAlias = npt.NDArray[np.float64]

METHODS = ("counts", "individuals", "poisson", "laney", "negative_binomial")
SIGNALS = ("", "above", "below", "run_above", "run_below")
LIMIT_COLUMNS = ("time", "value", "centre", "lower", "upper", "signal", "method", "evidence")
# fewer say too little about how much a series moves by itself
FEWEST_PERIODS = 8
RUN_LENGTH = 8
# from here on the normal distribution fits counts well enough on both sides
SMALL_MEAN = 20.0
# below it the same months of a few years hold too few counts to tell a season
SEASONAL_MEAN = 10.0
# mean of the range of two normal values, as it is tabulated and used in the examples
_D2 = 1.128
_TAIL = 0.00135
_ORDER = "_order_in_time"
_PERIOD = re.compile(r"(?P<year>\d{4})(?:-(?:Q(?P<quarter>[1-4])|(?P<month>0[1-9]|1[0-2])))?")


@dataclass(frozen=True)
class _Limits:
    centre: float
    lower: float
    upper: float
    method: str
    # half of the periods lie on each side of it
    middle: float


@dataclass(frozen=True)
class _Place:
    order: int
    season: int
    # periods in a year; 0 for whole numbers
    each: int


_NONE = _Limits(math.nan, math.nan, math.nan, "", math.nan)


def control_limits(
    data: pd.DataFrame,
    value: str,
    time: str,
    by: Sequence[str] = (),
    baseline: tuple[Any, Any] | None = None,
    method: str = "counts",
    seasonal: bool = False,
) -> pd.DataFrame:
    """Judge every period of one or more series of counts by control limits.

    A period is never judged by itself: without `baseline` its limits are made from all periods before it (at least
    eight; earlier ones have no limits). With a `baseline` the limits are those of its periods; periods after it are
    judged by it alone, and in those of the baseline, which take part in their own limits, the evidence says so.

    Args:
        data: One row for each series and period, without gaps; write 0 where nothing happened.
        value: Column of counts (or amounts), 0 or more.
        time: Column of periods: texts such as `2015-03`, `2015-Q2` or `2015`, or whole numbers.
        by: Columns that tell series apart, such as office and sector.
        baseline: First and last period (both included) that the limits are made from; at least eight periods.
        method: `counts`, `individuals`, `poisson`, `laney` or `negative_binomial`, see the module.
        seasonal: Whether the centre is the mean of the same month or quarter, in series with a mean of 10 or more. It
            needs each season three times; earlier periods have no limits. Limits are then wider, since means of a few
            years are uncertain. Not with `individuals` or `poisson`.

    Returns:
        One row for each row of `data`, in order of series and period: `<by>, time, value, centre, lower, upper, signal,
        method, evidence`. `signal` is empty, `above` or `below` (outside the limits), else `run_above` or `run_below`
        (the eighth or later in a row on that side of the middle: of the centre, or for `negative_binomial` of the
        median, since half of skewed counts lie below that and more below their mean). `evidence` is a sentence for
        each signal, with numbers. Counts cannot fall below a lower limit of 0.

    Raises:
        ValueError: A column is absent; a value is missing, infinite, negative, or (but for `individuals`) a fraction; a
            period is missing, unknown, twice in a series or left out of it; the baseline is not in a series or too
            short; or the method is unknown.
    """
    by = [by] if isinstance(by, str) else list(by)
    _check(data, value, time, by, method, seasonal)
    places = _places(data[time].unique().tolist())
    data = data.assign(**{_ORDER: [places[period].order for period in data[time]]})
    if by:
        parts = [part for _, part in data.groupby(list(by), sort=True, observed=True, dropna=False)]
    else:
        parts = [data] if len(data) else []
    made = []
    for part in parts:
        ordered = part.sort_values(_ORDER, kind="stable")
        times = ordered[time].tolist()
        seasons = _seasons(times, [places[period] for period in times], seasonal)
        frame = ordered[[*by]].reset_index(drop=True)
        frame["time"] = ordered[time].to_numpy()
        frame["value"] = ordered[value].to_numpy()
        judged = _judge(ordered[value].to_numpy(dtype=np.float64), times, seasons, baseline, method)
        made.append(pd.concat([frame, judged], axis=1))
    if not made:
        return pd.DataFrame(columns=[*by, *LIMIT_COLUMNS])
    return pd.concat(made, ignore_index=True)


def _check(data: pd.DataFrame, value: str, time: str, by: Sequence[str], method: str, seasonal: bool) -> None:
    for name in (value, time, *by):
        if name not in data.columns:
            raise ValueError(f"there is no column {name}")
    taken = [name for name in by if name in LIMIT_COLUMNS]
    if taken:
        raise ValueError(f"a column of series may not be called {taken[0]}: the result has a column of that name")
    if method not in METHODS:
        raise ValueError(f"there is no method {method}: choose one of {', '.join(METHODS)}")
    if seasonal and method in ("individuals", "poisson"):
        raise ValueError(f"the method {method} knows no seasons: use counts, laney or negative_binomial")
    if not pd.api.types.is_numeric_dtype(data[value]):
        raise ValueError(f"{value} must hold numbers")
    numbers = data[value].to_numpy(dtype=np.float64, na_value=np.nan)
    if not np.isfinite(numbers).all():
        raise ValueError(f"{value} is missing or infinite in {int((~np.isfinite(numbers)).sum())} rows")
    if (numbers < 0).any():
        raise ValueError(f"{value} is negative in {int((numbers < 0).sum())} rows: counts are 0 or more")
    if method != "individuals" and (numbers != np.floor(numbers)).any():
        raise ValueError(f"{value} holds fractions: only the method individuals is for what is not counted")
    if data[time].isna().any():
        raise ValueError(f"{time} is missing in {int(data[time].isna().sum())} rows")


def _judge(
    values: Floats, times: list[Any], seasons: list[int], baseline: tuple[Any, Any] | None, method: str
) -> pd.DataFrame:
    """Limits and signals of one series."""
    if baseline is None:
        limits = [_limit(values[:k], seasons[:k], seasons[k], method) for k in range(len(values))]
        made_from = [f"{k} periods, {times[0]} to {times[k - 1]}" if k else "" for k in range(len(values))]
    else:
        first, last = baseline
        if first not in times or last not in times:
            raise ValueError(f"a series has no period {last if first in times else first}, which the baseline names")
        span = slice(times.index(first), times.index(last) + 1)
        number = len(values[span])
        if number < FEWEST_PERIODS:
            raise ValueError(f"the baseline has {number} periods: at least {FEWEST_PERIODS} are needed")
        made = {season: _limit(values[span], seasons[span], season, method) for season in set(seasons)}
        limits = [made[season] for season in seasons]
        within = ["; this period is one of them" if span.start <= k < span.stop else "" for k in range(len(values))]
        made_from = [f"{number} periods, {first} to {last}{told}" for told in within]
    signals, evidence = [], []
    run, side = 0, 0
    for now, (number, limit) in enumerate(zip(values.tolist(), limits, strict=True)):
        # no limits, or exactly the middle: neither side
        turned = (number > limit.middle) - (number < limit.middle)
        run = run + 1 if turned and turned == side else abs(turned)
        side = turned
        told, name = [], ""
        if run >= RUN_LENGTH:
            name = "run_above" if side > 0 else "run_below"
            start = times[now - run + 1]
            told = [f"{run} periods in a row, {start} to {times[now]}, are {name.removeprefix('run_')} their middle"]
        if number > limit.upper or number < limit.lower:
            name = "above" if number > limit.upper else "below"
            edge = ("upper", limit.upper) if name == "above" else ("lower", limit.lower)
            told.insert(0, f"{_text(number)} in {times[now]} is {name} the {edge[0]} limit of {_text(edge[1])}")
        signals.append(name)
        reason = f" (centre {_text(limit.centre)}, made from {made_from[now]})" if told else ""
        evidence.append("; ".join(told) + reason)
    frame = pd.DataFrame([(limit.centre, limit.lower, limit.upper) for limit in limits], columns=[*LIMIT_COLUMNS[2:5]])
    frame["signal"] = pd.array(signals, dtype="str")
    frame["method"] = pd.array([limit.method for limit in limits], dtype="str")
    frame["evidence"] = pd.array(evidence, dtype="str")
    return frame


def _places(periods: Sequence[Any]) -> dict[Any, _Place]:
    """Where each period stands in time."""
    places = {}
    for period in periods:
        if isinstance(period, int) and not isinstance(period, bool):
            places[period] = _Place(period, 0, 0)
            continue
        found = _PERIOD.fullmatch(period) if isinstance(period, str) else None
        if found is None:
            raise ValueError("a period must be a text such as 2015-03, 2015-Q2 or 2015, or a whole number")
        year, quarter, month = (int(found[name] or 0) for name in ("year", "quarter", "month"))
        each = 4 if quarter else 12 if month else 1
        places[period] = _Place(year * each + max(quarter, month, 1) - 1, max(quarter, month), each)
    if len({place.each for place in places.values()}) > 1:
        raise ValueError("months, quarters, years and numbers stand side by side: all periods must be of one kind")
    return places


def _seasons(times: list[Any], places: list[_Place], seasonal: bool) -> list[int]:
    """The month or quarter of each period (0 where seasons do not matter), after what a series may not be."""
    steps = np.diff([place.order for place in places])
    if (steps == 0).any():
        raise ValueError(f"the period {times[int(np.argmax(steps == 0))]} stands twice in a series")
    if (steps != 1).any():
        last = times[int(np.argmax(steps != 1))]
        raise ValueError(f"periods are left out after {last}: write 0 where nothing happened")
    if seasonal and not places[0].season:
        raise ValueError("only series of months or quarters have seasons")
    return [place.season for place in places] if seasonal else [0] * len(times)


def _limit(values: Floats, seasons: list[int], season: int, method: str) -> _Limits:
    """Limits for a period of a season, made from the values of others."""
    if len(values) < FEWEST_PERIODS:
        return _NONE
    mean = float(values.mean())
    if method == "counts":
        method = "laney" if mean >= SMALL_MEAN else "negative_binomial"
    if method in ("individuals", "poisson"):
        width = 3 * (_moving(values) if method == "individuals" else math.sqrt(mean))
        return _Limits(mean, max(mean - width, 0.0), mean + width, method, mean)
    expected, used, unsure = np.full(len(values), mean), 1, 1.0
    at = np.asarray(seasons)
    season = season if mean >= SEASONAL_MEAN else 0
    if season:
        every, counts = np.unique(at, return_counts=True)
        if season not in every or counts[every == season][0] < 3 or counts.min() < 3:
            return _NONE
        expected = np.array([values[at == one].mean() for one in every])[np.searchsorted(every, at)]
        # a prediction: the mean of a few Januaries is itself uncertain
        used, unsure = len(every), 1 + 1 / int(counts[every == season][0])
    centre = float(expected[at == season][0]) if season else mean
    # a season without any count has no variance either
    known = expected > 0
    scaled = np.zeros(len(values))
    scaled[known] = (values[known] - expected[known]) / np.sqrt(expected[known])
    # each mean that was estimated takes away some of the variation
    left = len(values) - used
    if method == "laney":
        spread = max(_moving(scaled) * math.sqrt((len(values) - 1) / left), 1.0)
        width = 3 * spread * math.sqrt(centre * unsure)
        return _Limits(centre, max(centre - width, 0.0), centre + width, method, centre)
    dispersion = max(float(scaled @ scaled) / left, 1.0) * unsure
    lower, middle, upper = (float(count_quantile(share, centre, dispersion)) for share in (_TAIL, 0.5, 1 - _TAIL))
    return _Limits(centre, lower, upper, method, middle)


def _moving(values: Floats) -> float:
    """Standard deviation from the mean difference between neighbours, which a change of level hardly touches."""
    return float(np.abs(np.diff(values)).mean()) / _D2


def count_quantile(probability: float, mean: float, dispersion: float = 1.0) -> int:
    """Quantile of a count that is distributed as negative binomial, or Poisson where the dispersion is 1.

    Args:
        probability: Between 0 and 1.
        mean: Mean of the count, 0 or more.
        dispersion: Variance of the count divided by its mean, 1 or more.

    Returns:
        The smallest count of which at least the probability lies at or below (as `qnbinom` and `qpois` of R).

    Raises:
        ValueError: A number is outside these bounds.
    """
    if not (1e-12 <= probability <= 1 - 1e-12 and mean >= 0 and dispersion >= 1 and math.isfinite(mean + dispersion)):
        raise ValueError("give a probability between 0 and 1, a mean of 0 or more and a dispersion of 1 or more")
    if mean == 0:
        return 0
    ratio: Callable[[Floats], Floats]
    if dispersion == 1:
        none, ratio = -mean, lambda count: mean / count
    else:
        size = mean / (dispersion - 1)
        none = -size * math.log(dispersion)

        def ratio(count: Floats) -> Floats:
            return (size + count - 1) / count * (1 - 1 / dispersion)

    # probabilities from one count to the next; far enough that what is left is nothing
    reach = 60 + int(mean + 12 * math.sqrt(mean * dispersion) + 40 * (dispersion - 1))
    while True:
        logarithms = none + np.concatenate(([0.0], np.cumsum(np.log(ratio(np.arange(1.0, reach))))))
        below = np.cumsum(np.exp(logarithms))
        found = int(np.searchsorted(below, probability * (1 - 1e-13)))
        if found < reach:
            return found
        reach *= 2


def _text(number: float) -> str:
    return f"{number:,.1f}".removesuffix(".0")
