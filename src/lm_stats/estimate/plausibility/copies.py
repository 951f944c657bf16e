"""Series that repeat one another, and cohorts that grow."""

from __future__ import annotations

import pandas as pd

from lm_stats.estimate.plausibility.cells import A_LITTLE, SAME_SERIES, Cells, significant
from lm_stats.estimate.plausibility.hits import Hits, number
from lm_stats.spec import PlausibilityRule


def identical_series(rule: PlausibilityRule, cells: Cells) -> Hits:
    """Two parts of one whole with the same values at every time: one was copied, or a sum was shared out equally."""
    found = []
    for part in cells.view.parts:
        column = f"part_{part}"
        rows = cells.frame[cells.frame[column].isin(list(cells.parents[part]))]
        rows = rows[significant(rows["value"], rows["digit"]) >= rule.limit("digits")]
        rest = [*SAME_SERIES, *(name for name in cells.parts if name != column)]
        rest = [name for name in rest if name != "area" or part not in (cells.view.origin, cells.view.destination)]
        rows = rows.assign(row=rows.index).sort_values(["line", "year"], kind="stable")
        changed = rows[["line", "value"]].drop_duplicates().groupby("line").size()
        # the same times with the same values have the same sum of hashes, whatever their order
        hashed = pd.util.hash_pandas_object(rows[["year", "value"]], index=False).groupby(rows["line"]).sum()
        signs = rows.drop_duplicates("line", keep="last").set_index("line")[[*rest, column, "row"]]
        signs = signs.assign(sign=hashed, different=changed)
        largest = rows.groupby("line")["value"].max()
        signs = signs[(signs["different"] >= rule.limit("periods")) & (largest >= rule.limit("least"))]
        signs = signs[signs.duplicated([*rest, "sign"], keep=False)]
        twins = signs.groupby([*rest, "sign"])
        signs = signs.assign(others=twins[column].transform(", ".join))
        rows = cells.frame.loc[signs["row"]].assign(
            others=signs["others"].to_numpy(), different=signs["different"].to_numpy(), part=part
        )
        found.append(rows)
    frame = pd.concat(found) if found else pd.DataFrame()
    if frame.empty:
        return Hits(frame, lambda row: "")
    frame = frame.assign(expected=frame["value"], weight=frame["value"], told_by=frame["part"])
    return Hits(
        frame,
        lambda row: (
            f"{row['others']} have the same values at {row['different']} times, such as {number(row['value'])} in "
            f"{row['time']}"
        ),
    )


def cohort_growth(rule: PlausibilityRule, cells: Cells) -> Hits:
    """People of an age band who are more than those who were as many years younger, as many years ago.

    Bands are matched where their width and the time between two values let one become another.
    """
    found = []
    for part in cells.view.parts:
        column = f"part_{part}"
        ages = cells.frame[column].str.extract(r"_Y(\d{1,2})[-_](\d{1,2})$").astype("float64")
        rows = cells.frame.assign(first=ages[0], last=ages[1])[ages[0].notna() & cells.frame["additive"]]
        rest = [*SAME_SERIES, *(name for name in cells.parts if name != column)]
        younger = rows[[*rest, "first", "last", "year", "time", "value"]].rename(
            columns={"value": "before", "time": "before_time"}
        )
        both = rows.merge(younger, on=rest, suffixes=("", "_before"))
        gap = both["year"] - both["year_before"]
        both = both[
            (gap > 0)
            & (gap <= rule.limit("years"))
            & (both["first"] - both["first_before"] == gap)
            & (both["last"] - both["last_before"] == gap)
            & (both["first_before"] >= rule.limit("from_age"))
        ]
        found.append(both.assign(part=part))
    frame = pd.concat(found) if found else pd.DataFrame()
    if frame.empty:
        return Hits(frame, lambda row: "")
    more = frame["value"] / frame["before"].where(frame["before"] > 0) - 1
    kept = (more > rule.limit("more") / 100 + A_LITTLE) & (
        frame[["value", "before"]].max(axis=1) >= rule.limit("least")
    )
    frame = frame.assign(expected=frame["before"], weight=more, more=100 * more, told_by=frame["part"])[kept]
    return Hits(
        frame,
        lambda row: (
            f"{number(row['value'])} aged {row['first']:.0f} to {row['last']:.0f} in {row['time']}, "
            f"{number(row['before'])} aged {row['first_before']:.0f} to {row['last_before']:.0f} in "
            f"{row['before_time']}: {row['more']:.0f} % more of the same people"
        ),
    )
