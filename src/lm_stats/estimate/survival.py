"""How long something takes when some have not finished: Kaplan-Meier curves, their quantiles, and the log-rank test.

An application that is still waiting has taken at least so many days: it is censored. To leave it out, or to count it as
decided today, makes an office look quicker than it is; the product-limit estimator (Kaplan and Meier 1958) does not.
Variances are Greenwood's. Intervals, ties and what is undefined follow `survfit`, `quantile` and `survdiff` of the
package `survival` for R (Therneau and Grambsch 2000), which the numbers are tested against. Times are compared as they
are, so days should be whole numbers.

References:
    Kaplan, E. L. and Meier, P. (1958), Journal of the American Statistical Association 53, 457-481.
    Brookmeyer, R. and Crowley, J. (1982), Biometrics 38, 29-41: limits of quantiles.
    Kalbfleisch, J. D. and Prentice, R. L. (2002), The Statistical Analysis of Failure Time Data, 2nd ed., section 1.4.
    Mantel, N. (1966), Cancer Chemotherapy Reports 50, 163-170: the log-rank test.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import NormalDist
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from lm_stats.distributions import chi_square_tail

Floats: TypeAlias = npt.NDArray[np.float64]
Whole: TypeAlias = npt.NDArray[np.int64]

INTERVALS = ("log", "plain", "log-log", "none")
CURVE_COLUMNS = ("time", "n_risk", "n_event", "n_censored", "survival", "std_error", "lower", "upper")
QUANTILE_COLUMNS = ("q", "n", "n_event", "quantile", "lower", "upper")
SHARE_COLUMNS = (
    "time", "n", "n_risk", "survival", "std_error", "lower", "upper", "share", "share_lower", "share_upper",
)  # fmt: skip
# a curve meets a probability where they differ by less than rounding can make
_TOUCHES = math.sqrt(np.finfo(np.float64).eps)
# cells of groups by times that are worth a table of their own
_DENSE = 20_000_000


@dataclass(frozen=True)
class _Curves:
    """Curves of all groups, one after the other; the rows of group g are `starts[g]` to `starts[g + 1]`."""

    groups: pd.DataFrame
    starts: Whole
    time: Floats
    n_risk: Whole
    n_event: Whole
    n_censored: Whole
    survival: Floats
    std_error: Floats
    lower: Floats
    upper: Floats

    def __iter__(self) -> Iterator[slice]:
        for first, end in pairwise(self.starts.tolist()):
            yield slice(first, end)


def kaplan_meier(
    data: pd.DataFrame,
    duration: str,
    event: str,
    by: Sequence[str] = (),
    level: float = 0.95,
    interval: str = "log",
) -> pd.DataFrame:
    """Estimate the share that still waits after each time (product-limit estimator).

    Args:
        data: One row for each application, permit or person.
        duration: Column of times from the beginning to the event or to the last day known, 0 or more, any unit.
        event: Column that is true (or 1) where the event was seen, false (or 0) where it was not (censored). Who is
            censored on a day is taken to be still at risk on that day.
        by: Columns of groups; each combination that occurs has a curve of its own. Missing values are a group.
        level: Coverage of the intervals, between 0 and 1.
        interval: Scale of the intervals: `log` (as R by default), `plain`, `log-log`, or `none`.

    Returns:
        One row for each group and each time that occurs in it, in order: `<by>, time, n_risk, n_event, n_censored,
        survival, std_error, lower, upper`. `survival` is the share without the event just after `time`; `std_error` is
        that of the share (Greenwood). Limits are cut at 0 and 1. Where the curve has come to 0, the standard error and
        the limits are missing; so are the log-log limits before the first event. No rows in, no rows out.

    Raises:
        ValueError: A column is absent, a duration is missing, infinite or negative, an event is missing or anything but
            yes and no, or `level` or `interval` is none of those above.
    """
    curves = _fit(data, duration, event, by, level, interval)
    lengths = np.diff(curves.starts)
    frame = curves.groups.loc[curves.groups.index.repeat(lengths)].reset_index(drop=True)
    for name in CURVE_COLUMNS:
        frame[name] = getattr(curves, name)
    return frame


def survival_quantile(
    data: pd.DataFrame,
    duration: str,
    event: str,
    q: Sequence[float] = (0.25, 0.5, 0.75),
    by: Sequence[str] = (),
    level: float = 0.95,
    interval: str = "log",
) -> pd.DataFrame:
    """Estimate the times after which given shares have had the event, such as the median processing time.

    The quantile of p is the first time at which the curve is below 1 - p. Where the curve is exactly 1 - p for a while,
    it is the middle of that while (up to the last time where it is so to the end), as R has it. Limits are the times at
    which the limits of the curve reach 1 - p (Brookmeyer and Crowley 1982). The quantile of 0 is 0.

    Args:
        data: One row for each application, permit or person.
        duration: Column of times, see `kaplan_meier`.
        event: Column that is true where the event was seen.
        q: Shares that have had the event, each from 0 to 1.
        by: Columns of groups.
        level: Coverage of the intervals.
        interval: Scale of the intervals, see `kaplan_meier`.

    Returns:
        One row for each group and share: `<by>, q, n, n_event, quantile, lower, upper`, where `n` is the rows and
        `n_event` the events of the group. A time that the curve (or its limit) does not reach is missing.

    Raises:
        ValueError: As `kaplan_meier`, or a share is not between 0 and 1.
    """
    shares = np.asarray(list(q), dtype=np.float64)
    if not ((shares >= 0) & (shares <= 1)).all():
        raise ValueError("every share of q must be between 0 and 1, such as 0.5 for the median")
    curves = _fit(data, duration, event, by, level, interval)
    rows = []
    for part in curves:
        times = np.concatenate(([0.0], curves.time[part]))
        rows.append(np.column_stack([
            shares,
            np.full(len(shares), curves.n_risk[part][0]),
            np.full(len(shares), curves.n_event[part].sum()),
            *(_meet(times, np.concatenate(([0.0], 1 - line[part])), shares)
              for line in (curves.survival, curves.lower, curves.upper)),
        ]))  # fmt: skip
    return _rows(curves, rows, len(shares), QUANTILE_COLUMNS, ("n", "n_event"))


def survival_at(
    data: pd.DataFrame,
    duration: str,
    event: str,
    times: Sequence[float],
    by: Sequence[str] = (),
    level: float = 0.95,
    interval: str = "log",
) -> pd.DataFrame:
    """Estimate the share that has had the event by given times, such as decided within the service standard.

    Args:
        data: One row for each application, permit or person.
        duration: Column of times, see `kaplan_meier`.
        event: Column that is true where the event was seen.
        times: Times to ask for, 0 or more, in the unit of `duration`; an event on the day itself counts.
        by: Columns of groups.
        level: Coverage of the intervals.
        interval: Scale of the intervals, see `kaplan_meier`.

    Returns:
        One row for each group and time: `<by>, time, n, n_risk, survival, std_error, lower, upper, share, share_lower,
        share_upper`. `n` is the rows of the group, `n_risk` those without event and still watched just before `time`,
        `share` is one minus `survival`. After the last time in a group the curve is unknown and so is the share, unless
        it had come to 0 by then.

    Raises:
        ValueError: As `kaplan_meier`, or a time is missing or negative.
    """
    asked = np.asarray(list(times), dtype=np.float64)
    if not (asked >= 0).all():
        raise ValueError("every time asked for must be a number of 0 or more")
    curves = _fit(data, duration, event, by, level, interval)
    before = math.nan if interval == "none" else 1.0
    rows = []
    for part in curves:
        seen = curves.time[part]
        last = np.searchsorted(seen, asked, side="right")
        past = (asked > seen[-1]) & (curves.survival[part][-1] > 0)

        def look(line: Floats, at_first: float, part: slice = part, last: Whole = last, past: Any = past) -> Floats:
            found = np.concatenate(([at_first], line[part]))[last]
            return np.where(past, math.nan, found)

        at_risk = np.concatenate((curves.n_risk[part], [0]))[np.searchsorted(seen, asked, side="left")]
        survival, lower, upper = (
            look(curves.survival, 1.0), look(curves.lower, before), look(curves.upper, before)
        )  # fmt: skip
        rows.append(np.column_stack([
            asked, np.full(len(asked), curves.n_risk[part][0]), at_risk, survival, look(curves.std_error, 0.0),
            lower, upper, 1 - survival, 1 - upper, 1 - lower,
        ]))  # fmt: skip
    return _rows(curves, rows, len(asked), SHARE_COLUMNS, ("n", "n_risk"))


def log_rank(
    data: pd.DataFrame,
    duration: str,
    event: str,
    by: str | Sequence[str],
    strata: Sequence[str] = (),
) -> pd.DataFrame:
    """Test whether the curves of several groups are the same (Mantel-Haenszel, as `survdiff` with rho = 0).

    Args:
        data: One row for each application, permit or person.
        duration: Column of times, see `kaplan_meier`.
        event: Column that is true where the event was seen.
        by: Columns whose combinations are the groups that are compared.
        strata: Columns within whose combinations the groups are compared (such as the office, to compare sectors);
            what was observed and expected is added over them.

    Returns:
        One row: `statistic` (chi-square), `df` (groups in which an event was to be expected, less one), `p_value`.

    Raises:
        ValueError: As `kaplan_meier`; a group or stratum is missing; there are fewer than two groups in which an event
            was to be expected; or groups share no time at risk, so that they cannot be compared.
    """
    groups, layers_by = _names(by), _names(strata)
    if not groups:
        raise ValueError("name the columns of the groups to compare")
    times, seen = _read(data, duration, event, [*groups, *layers_by])
    for name in (*groups, *layers_by):
        missing = int(data[name].isna().sum())
        if missing:
            raise ValueError(f"{name} is missing in {missing} rows: leave them out, or give them a group of their own")
    group, names = _number(data, groups)
    stratum, layers = _number(data, layers_by)
    observed = np.bincount(group, weights=seen, minlength=len(names))
    expected = np.zeros(len(names))
    variance = np.zeros((len(names), len(names)))
    order = np.argsort(stratum, kind="stable")
    for rows in np.split(order, np.cumsum(np.bincount(stratum, minlength=len(layers)))[:-1]):
        more, spread = _expect(times[rows], seen[rows], group[rows], len(names))
        expected += more
        variance += spread
    compared = expected > 0
    df = int(compared.sum()) - 1
    if df < 1:
        raise ValueError("fewer than two groups have anybody at risk when an event happens: nothing to compare")
    # differences add up to nothing, so one group less says it all
    off = (observed - expected)[compared][1:]
    spread = variance[np.ix_(compared, compared)][1:, 1:]
    if np.linalg.matrix_rank(spread, hermitian=True) < df:
        raise ValueError("some groups are never at risk at the same time as others: they cannot be compared")
    statistic = max(float(off @ np.linalg.solve(spread, off)), 0.0)
    return pd.DataFrame({"statistic": [statistic], "df": [df], "p_value": [float(chi_square_tail(statistic, df))]})


def _read(data: pd.DataFrame, duration: str, event: str, columns: Sequence[str]) -> tuple[Floats, Floats]:
    """Durations and events (1 or 0) as numbers, after everything that they may not be."""
    for name in (duration, event, *columns):
        if name not in data.columns:
            raise ValueError(f"there is no column {name}")
    missing = {name: int(data[name].isna().sum()) for name in (duration, event)}
    for name, number in missing.items():
        if number:
            raise ValueError(f"{name} is missing in {number} rows: leave them out and say so, or find out")
    if not pd.api.types.is_numeric_dtype(data[duration]) or pd.api.types.is_bool_dtype(data[duration]):
        raise ValueError(f"{duration} must hold numbers, such as days")
    if not pd.api.types.is_numeric_dtype(data[event]):
        raise ValueError(f"{event} must be true or false, or 1 or 0")
    times = data[duration].to_numpy(dtype=np.float64)
    seen = data[event].to_numpy(dtype=np.float64)
    if not np.isfinite(times).all():
        raise ValueError(f"{duration} is infinite in {int((~np.isfinite(times)).sum())} rows")
    if (times < 0).any():
        raise ValueError(f"{duration} is negative in {int((times < 0).sum())} rows: the end lies before the beginning")
    if not ((seen == 0) | (seen == 1)).all():
        raise ValueError(f"{event} must be true or false, or 1 or 0: other values stand in it")
    return times, seen


def _names(columns: str | Sequence[str]) -> list[str]:
    return [columns] if isinstance(columns, str) else list(columns)


def _number(data: pd.DataFrame, by: Sequence[str]) -> tuple[Whole, pd.DataFrame]:
    """Number of the group of each row, and the groups in order."""
    if not by:
        return np.zeros(len(data), dtype=np.int64), pd.DataFrame(index=range(min(len(data), 1)))
    grouped = data.groupby(list(by), sort=True, observed=True, dropna=False)
    numbers = np.asarray(grouped.ngroup(), dtype=np.int64)
    _, first = np.unique(numbers, return_index=True)
    return numbers, data[list(by)].iloc[first].reset_index(drop=True)


def _fit(
    data: pd.DataFrame, duration: str, event: str, by: Sequence[str], level: float, interval: str
) -> _Curves:
    if interval not in INTERVALS:
        raise ValueError(f"there is no interval {interval}: choose one of {', '.join(INTERVALS)}")
    if not 0 < level < 1:
        raise ValueError("level must lie between 0 and 1, such as 0.95")
    by = _names(by)
    taken = [name for name in by if name in {*CURVE_COLUMNS, *QUANTILE_COLUMNS, *SHARE_COLUMNS}]
    if taken:
        raise ValueError(f"a column of groups may not be called {taken[0]}: the result has a column of that name")
    durations, seen = _read(data, duration, event, by)
    group, groups = _number(data, by)
    times, place = np.unique(durations, return_inverse=True)
    cell = group * max(len(times), 1) + place
    if len(groups) * len(times) <= _DENSE:
        everyone = np.bincount(cell)
        cells = np.flatnonzero(everyone)
        n_all = everyone[cells]
        n_event = np.bincount(cell, weights=seen, minlength=len(everyone))[cells].astype(np.int64)
    else:
        cells, position, n_all = np.unique(cell, return_inverse=True, return_counts=True)
        n_event = np.bincount(position, weights=seen, minlength=len(cells)).astype(np.int64)
    of_group = cells // max(len(times), 1)
    starts = np.searchsorted(of_group, np.arange(len(groups) + 1))
    gone = np.concatenate(([0], np.cumsum(n_all)))
    n_risk = gone[starts[1:]][of_group] - gone[:-1] if len(groups) else n_all
    survival, spread = np.empty(len(cells)), np.empty(len(cells))
    left = n_risk - n_event
    with np.errstate(divide="ignore", invalid="ignore"):
        kept, growth = left / n_risk, n_event / (n_risk * left)
        # group by group, since one running product over all of them would lose digits
        for first, end in pairwise(starts.tolist()):
            np.cumprod(kept[first:end], out=survival[first:end])
            np.cumsum(growth[first:end], out=spread[first:end])
        relative = np.where(survival > 0, np.sqrt(spread), math.nan)
        lower, upper = _limits(survival, relative, NormalDist().inv_cdf(0.5 + level / 2), interval)
    return _Curves(
        groups, starts, times[cells % max(len(times), 1)], n_risk, n_event, n_all - n_event,
        survival, survival * relative, lower, upper,
    )  # fmt: skip


def _limits(survival: Floats, relative: Floats, reach: float, interval: str) -> tuple[Floats, Floats]:
    """Limits of a curve, `relative` being the standard error of its logarithm."""
    if interval == "none":
        return np.full_like(survival, math.nan), np.full_like(survival, math.nan)
    if interval == "plain":
        width = reach * survival * relative
        return np.maximum(survival - width, 0), np.minimum(survival + width, 1)
    if interval == "log":
        factor = np.exp(reach * relative)
        return survival / factor, np.minimum(survival * factor, 1)
    logarithm = np.log(np.where((survival > 0) & (survival < 1), survival, math.nan))
    width = reach * relative / -logarithm
    return np.exp(logarithm * np.exp(width)), np.exp(logarithm * np.exp(-width))


def _meet(times: Floats, share: Floats, wanted: Floats) -> Floats:
    """Times at which a rising line of steps meets given heights; the middle where it stays at a height for a while."""
    known = ~np.isnan(share)
    # how long a limit stays that is not known to the end, nobody can say
    last = times[-1] if known[-1] else math.nan
    times, share = times[known], share[known]
    rises = np.concatenate(([True], share[1:] != share[:-1]))
    times, share = times[rises], share[rises]
    reached = np.searchsorted(share, wanted - _TOUCHES, side="left")
    passed = np.searchsorted(share, wanted + _TOUCHES, side="left")
    never = reached == len(share)
    ends = np.concatenate((times, [last]))
    found = (ends[reached] + ends[passed]) / 2
    return np.where(never, math.nan, np.where(wanted == 0, 0.0, found))


def _expect(times: Floats, seen: Floats, group: Whole, groups: int) -> tuple[Floats, Floats]:
    """Events expected in each group were there no difference, and their covariance, within one stratum."""
    moments = np.unique(times[seen == 1])
    if not len(moments):
        return np.zeros(groups), np.zeros((groups, groups))
    # everybody is at risk at every moment up to their own time
    until = np.searchsorted(moments, times, side="right")
    width = len(moments) + 1
    leaving = np.bincount(group * width + until, minlength=groups * width).reshape(groups, width)
    at_risk = leaving[:, ::-1].cumsum(axis=1)[:, ::-1][:, 1:].astype(np.float64)
    everyone = at_risk.sum(axis=0)
    events = np.bincount(until[seen == 1] - 1, minlength=len(moments)).astype(np.float64)
    share = at_risk / everyone
    # the variance of a hypergeometric count; who is alone at risk says nothing
    factor = events * (everyone - events) / np.maximum(everyone - 1, 1)
    covariance = np.diag(share @ factor) - (share * factor) @ share.T
    return share @ events, covariance


def _rows(
    curves: _Curves, rows: Sequence[Floats], each: int, columns: Sequence[str], whole: Sequence[Hashable]
) -> pd.DataFrame:
    """A frame of the groups, each with its rows of numbers."""
    values = np.concatenate(rows) if rows else np.empty((0, len(columns)))
    frame = curves.groups.loc[curves.groups.index.repeat(each)].reset_index(drop=True)
    numbers = pd.DataFrame(values, columns=list(columns)).astype(dict.fromkeys(whole, "int64"))
    return pd.concat([frame, numbers], axis=1) if len(curves.groups.columns) else numbers
