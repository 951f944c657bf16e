"""Values over time: copied periods, noughts for what is not known, breaks in level, growth, units."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from lm_stats.estimate.plausibility.cells import A_LITTLE, Cells, significant
from lm_stats.estimate.plausibility.hits import Hits, number
from lm_stats.spec import PlausibilityRule


def in_order(cells: Cells) -> pd.DataFrame:
    """The cells in order of time within each of their series."""
    rows = cells.frame
    return rows[rows["year"].notna()].sort_values(["line", "year"], kind="stable")


def with_previous(cells: Cells) -> pd.DataFrame:
    """Each value with the one before it in its series: `before`, `before_time`, `years` between the two."""
    rows = in_order(cells)
    groups = rows.groupby("line")
    rows = rows.assign(
        before=groups["value"].shift(),
        before_time=groups["time"].shift(),
        after=groups["value"].shift(-1),
        before_records=groups["records"].shift(),
        years=groups["year"].diff(),
    )
    return rows


def identical_periods(rule: PlausibilityRule, cells: Cells) -> Hits:
    """A period in which most values of a table are those of the period before, to the last digit.

    Only values with at least `digits` significant digits are evidence: small and round numbers repeat by chance.
    """
    rows = in_order(cells)
    table = ["series", "area", "publisher", "edition", "frequency"]
    rows = rows[significant(rows["value"], rows["digit"]) >= rule.limit("digits")]
    periods = rows[[*table, "year"]].drop_duplicates().sort_values([*table, "year"])
    periods["before_year"] = periods.groupby(table)["year"].shift()
    rows = rows.merge(periods, on=[*table, "year"])
    earlier = rows[["line", "year", "value", "time"]].rename(
        columns={"year": "before_year", "value": "expected", "time": "before_time"}
    )
    both = rows.merge(earlier, on=["line", "before_year"])
    both["same"] = (both["value"] - both["expected"]).abs() < both["digit"] / 2
    groups = both.groupby([*table, "year"])
    both["common"] = groups["same"].transform("size")
    both["alike"] = groups["same"].transform("sum")
    both = both[both["same"]]
    both["different"] = both.groupby([*table, "year"])["value"].transform("nunique")
    kept = (both["different"] >= rule.limit("cells")) & (both["alike"] >= rule.limit("share") / 100 * both["common"])
    both = both[kept].assign(weight=lambda frame: frame["value"])
    return Hits(
        both,
        lambda row: (
            f"{row['alike']} of the {row['common']} values that {row['time']} and {row['before_time']} have in common "
            f"are the same to the last digit, such as {number(row['value'])}"
        ),
    )


def zeros_for_missing(rule: PlausibilityRule, cells: Cells) -> Hits:
    """A run of noughts in a series that is far from nought at other times: not compiled, rather than none."""
    rows = in_order(cells)
    largest = rows.groupby("line")["value"].transform("max")
    nought = rows["value"] == 0
    changed = (nought != nought.groupby(rows["line"]).shift()).astype(int)
    run = changed.groupby(rows["line"]).cumsum().rename("run")
    rows = rows.assign(largest=largest, run=run)[nought]
    length = rows.groupby(["line", "run"])["value"].transform("size")
    rows = rows[(length >= rule.limit("periods")) & (rows["largest"] >= rule.limit("least"))]
    groups = rows.groupby(["line", "run"])
    rows = rows.assign(
        length=groups["value"].transform("size"),
        first=groups["time"].transform("min"),
        last=groups["time"].transform("max"),
    )
    rows = rows.assign(expected=rows["largest"], weight=rows["largest"] * rows["length"])
    return Hits(
        rows,
        lambda row: (
            f"0 in each of {row['length']} periods from {row['first']} to {row['last']}, where the same series reaches "
            f"{number(row['largest'])} at other times"
        ),
    )


def level_break(rule: PlausibilityRule, cells: Cells) -> Hits:
    """A value that is `factor` times the one before, or a part of it, and out of line with how the series moves.

    The change is compared with the middle one of the other changes of the series, per year, where there are five or
    more; a series that always jumps is not stopped at each jump.
    """
    rows = with_previous(cells)
    both = (rows["before"] > 0) & (rows["value"] > 0) & (rows["years"] > 0)
    rows = rows[both & (rows["years"] <= rule.limit("years"))]
    change = _logarithm(rows["value"] / rows["before"]).abs()
    groups = change.groupby(rows["line"])
    usual = groups.transform("median").where(groups.transform("size") >= 5, 0.0)
    larger = rows[["value", "before"]].max(axis=1)
    kept = (
        (change >= np.log(rule.limit("factor")))
        & (change >= rule.limit("beyond") * usual)
        & (larger >= rule.limit("least"))
        & ~_few(rows, rule)
    )
    rows = rows.assign(expected=rows["before"], weight=change)[kept]
    return Hits(rows, _moved)


def growth(rule: PlausibilityRule, cells: Cells) -> Hits:
    """A number of people that grows or falls faster than births, deaths and migration allow.

    The change per year is taken over the time between the two values.
    """
    rows = with_previous(cells)
    rows = rows[(rows["before"] > 0) & (rows["years"] > 0) & rows["additive"]]
    per_year = (rows["value"] / rows["before"]) ** (1 / rows["years"]) - 1
    larger = rows[["value", "before"]].max(axis=1)
    kept = (per_year > rule.limit("growth") / 100 + A_LITTLE) | (per_year < -rule.limit("fall") / 100 - A_LITTLE)
    kept &= (larger >= rule.limit("least")) & ~_few(rows, rule)
    rows = rows.assign(expected=rows["before"], per_year=100 * per_year, weight=per_year.abs())[kept]
    return Hits(rows, lambda row: f"{_moved(row)}, {row['per_year']:+.1f} % a year")


def unit_error(rule: PlausibilityRule, cells: Cells) -> Hits:
    """A value a thousand or a million times its neighbours in time, or a thousandth or millionth of them.

    Where there are neighbours on both sides, both must say so.
    """
    rows = with_previous(cells)
    kept = pd.Series(True, index=rows.index)
    beside = rows["before"].where(rows["before"] > 0, rows["after"])
    for name in ("before", "after"):
        there = rows[name].notna()
        kept &= thousands(rows["value"], rows[name], rule.limit("near")) | ~there
    kept &= beside.notna() & (rows[["value"]].join(beside.rename("beside")).max(axis=1) >= rule.limit("least"))
    # of two values alone, nobody can say which is in the wrong unit: the later is told
    alone = rows["before"].isna() & rows["after"].notna()
    first_of_two = alone & (rows.groupby("line")["value"].transform("size") == 2)
    rows = rows.assign(beside=beside, expected=beside)[kept & ~first_of_two]
    rows = rows.assign(weight=_logarithm(rows["value"] / rows["beside"]).abs())
    return Hits(
        rows,
        lambda row: (
            f"{number(row['value'])} stands beside {number(row['beside'])} in the neighbouring period: "
            f"{number(row['value'] / row['beside'])} times as much, as if in another unit"
        ),
    )


def thousands(values: pd.Series, others: pd.Series, near: float) -> pd.Series:
    """Whether values are, within a factor, a power of 1000 of others (not the same)."""
    ratio = _logarithm((values / others.where(others > 0)).where(values > 0)) / np.log(1000)
    power = ratio.round()
    found: pd.Series = power.abs().between(1, 3) & ((ratio - power).abs() <= np.log(near) / np.log(1000))
    return found


def _logarithm(values: pd.Series) -> pd.Series:
    return pd.Series(np.log(values.to_numpy(dtype="float64")), index=values.index)


def _few(rows: pd.DataFrame, rule: PlausibilityRule) -> pd.Series:
    """Counts of our own from a sample, or with few records behind both values, of which nothing can be said."""
    if "records" not in rule.limits:
        return pd.Series(False, index=rows.index)
    return rows["sampled"] | (rows[["records", "before_records"]].max(axis=1) < rule.limit("records"))


def _moved(row: Mapping[str, Any]) -> str:
    change = row["value"] / row["before"]
    return (
        f"{number(row['before'])} in {row['before_time']}, {number(row['value'])} in {row['time']}: "
        f"{f'{change:.2f} times' if change >= 1 else f'{100 * (1 - change):.0f} % less'}"
    )
