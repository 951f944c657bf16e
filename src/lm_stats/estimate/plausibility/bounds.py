"""Values outside what their unit allows."""

from __future__ import annotations

from lm_stats.estimate.plausibility.cells import Cells
from lm_stats.estimate.plausibility.hits import Hits, number
from lm_stats.spec import PlausibilityRule


def above_bound(rule: PlausibilityRule, cells: Cells) -> Hits:
    """A value above `most` or below `least`."""
    rows = cells.frame
    bound = rows["value"].clip(lower=rule.limit("least"), upper=rule.limit("most"))
    rows = rows.assign(expected=bound, weight=(rows["value"] - bound).abs())[rows["value"] != bound]
    return Hits(
        rows,
        lambda row: (
            f"{number(row['value'])} in {row['time']}, where nothing beyond {number(row['expected'])} is expected"
        ),
    )
