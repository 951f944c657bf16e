"""Editions of one publisher: values that were changed by much."""

from __future__ import annotations

import numpy as np
import pandas as pd

from lm_stats.estimate.plausibility.cells import A_LITTLE, Cells
from lm_stats.estimate.plausibility.hits import Hits, number
from lm_stats.estimate.plausibility.series import thousands
from lm_stats.spec import PlausibilityRule


def _with_edition_before(cells: Cells) -> pd.DataFrame:
    same = ["series", "area", "publisher", "time", "origin", "destination", *cells.parts]
    rows = cells.frame.assign(cell=cells.frame.groupby(same, sort=False).ngroup())
    rows = rows.sort_values(["cell", "edition"], kind="stable")
    groups = rows.groupby("cell")
    return rows.assign(
        before=groups["value"].shift(), before_edition=groups["edition"].shift(), also=groups["delivery_id"].shift()
    )


def editions_disagree(rule: PlausibilityRule, cells: Cells) -> Hits:
    """A cell that an edition changes by more than so many per cent of what the edition before said."""
    rows = _with_edition_before(cells)
    rows = rows[rows["before"].notna()]
    larger = rows[["value", "before"]].max(axis=1)
    change = (rows["value"] - rows["before"]) / rows["before"].where(rows["before"] > 0)
    moved = (change.abs() > rule.limit("change") / 100 + A_LITTLE) | ((rows["before"] == 0) & (rows["value"] > 0))
    kept = moved & (larger >= rule.limit("least"))
    apart = (rows["value"] - rows["before"]).abs()
    rows = rows.assign(expected=rows["before"], change=100 * change, weight=apart)[kept]
    return Hits(
        rows,
        lambda row: (
            f"{number(row['value'])} in the edition {row['edition']}, {number(row['before'])} in that of "
            f"{row['before_edition']} for {row['time']}"
            + ("" if np.isnan(row["change"]) else f" ({row['change']:+.0f} %)")
        ),
    )


def editions_in_other_units(rule: PlausibilityRule, cells: Cells) -> Hits:
    """A cell that is a thousand or a million times what another edition says, or a thousandth of it."""
    rows = _with_edition_before(cells)
    kept = thousands(rows["value"], rows["before"], rule.limit("near"))
    kept &= rows[["value", "before"]].max(axis=1) >= rule.limit("least")
    rows = rows.assign(expected=rows["before"], weight=rows["value"])[kept]
    return Hits(
        rows,
        lambda row: (
            f"{number(row['value'])} in the edition {row['edition']}, {number(row['before'])} in that of "
            f"{row['before_edition']}: {number(row['value'] / row['before'])} times, as if in another unit"
        ),
    )
