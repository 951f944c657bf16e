"""Series of our own counts that leave their usual range."""

from __future__ import annotations

import pandas as pd

from lm_stats.estimate.monitoring import control_limits
from lm_stats.estimate.plausibility.cells import Cells
from lm_stats.estimate.plausibility.hits import Hits
from lm_stats.estimate.plausibility.series import in_order
from lm_stats.spec import PlausibilityRule

_JUDGED = ("line", "time", "value")
# a season that stands fewer times in a window has no mean of its own, see `control_limits`
_SEASONS = 3


def fluctuation(rule: PlausibilityRule, cells: Cells) -> Hits:
    """A recent count outside the control limits that the periods before it give.

    Each of the `recent` last periods is judged by the `window` periods before it and by no later one, so that a series
    that grows over the years is not stopped at for that. Where the window has every quarter (or month) three times, and
    the series is large enough for it, a period is compared with the same quarter of the years before; else with all
    periods of the window. Series with fewer than `least` units a period in that window are left out. How limits are
    made: see `lm_stats.estimate.monitoring`.
    """
    window, recent = int(rule.limit("window")), int(rule.limit("recent"))
    found = []
    for _, rows in in_order(cells).groupby(["table", "area"] if "table" in cells.frame else ["area"], sort=False):
        times = rows.drop_duplicates("time").sort_values("year")["time"].tolist()
        for last in range(max(window, len(times) - recent), len(times)):
            span = times[last - window : last + 1]
            seen = rows[rows["time"].isin(span)]
            before = seen[seen["time"] != span[-1]].groupby("line")["value"].agg(["size", "mean"])
            kept = before.index[(before["size"] == window) & (before["mean"] >= rule.limit("least"))]
            seen = seen[seen["line"].isin(kept)]
            now = seen[seen["time"] == span[-1]].set_index("line", drop=False)
            if now.empty:
                continue
            each = pd.Series([str(time).partition("-")[2] for time in span[:-1]]).value_counts()
            judged = control_limits(
                seen.loc[seen["line"].isin(now.index), list(_JUDGED)],
                "value",
                "time",
                ("line",),
                (span[0], span[-2]),
                seasonal=bool(each.index.all() and each.min() >= _SEASONS),
            )
            judged = judged[(judged["time"] == span[-1]) & judged["signal"].isin(["above", "below"])]
            said = judged.set_index("line")[["centre", "lower", "upper", "evidence"]]
            found.append(now.join(said, how="inner"))
    every = pd.concat(found, ignore_index=True) if found else cells.frame.iloc[:0].assign(centre=0.0, evidence="")
    if found:
        width = (every["upper"] - every["lower"]).clip(lower=1.0)
        every = every.assign(weight=(every["value"] - every["centre"]).abs() / width)
    return Hits(every.assign(expected=every["centre"]), lambda row: str(row["evidence"]).rstrip("."))
