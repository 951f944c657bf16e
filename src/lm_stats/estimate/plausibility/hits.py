"""From cells that a rule stopped at to findings that a person can read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from lm_stats.estimate.plausibility.cells import Cells
from lm_stats.spec import PlausibilityRule

FINDING_COLUMNS = (
    "rule", "severity", "table", "delivery_id", "ref_area", "cell", "value", "expected", "evidence", "own", "verdict",
    "verdict_why",
)  # fmt: skip


@dataclass(frozen=True)
class Hits:
    """Cells that a rule stopped at.

    Attributes:
        frame: Rows of `Cells.frame` with `expected` (what the rule compared with), `weight` (how bad; the largest is
            told), optionally `mild` (true: a warning although the rule is an error), `told_by` (what tells it from
            other findings of the same rule, besides `PlausibilityRule.by`), `also` (further delivery) and whatever
            `say` needs.
        say: The evidence of one of them, as a sentence.
    """

    frame: pd.DataFrame
    say: Callable[[Mapping[str, Any]], str]


def number(value: float) -> str:
    """A number as people write it: no more than four significant digits behind the whole ones."""
    if value == round(value) or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.4g}"


def findings(rule: PlausibilityRule, cells: Cells, hits: Hits) -> pd.DataFrame:
    """Gather hits into findings, the worst of each telling the evidence.

    Args:
        rule: The rule.
        cells: The cells that it looked at.
        hits: Where it stopped.

    Returns:
        Rows of `FINDING_COLUMNS` without verdicts.
    """
    frame = hits.frame
    if frame.empty:
        return pd.DataFrame(columns=list(FINDING_COLUMNS))
    view = cells.view
    keys = [f"key_{name}" for name in view.key]
    extra = [name for name in ("told_by",) if name in frame.columns]
    by = [*rule.by, *extra] if rule.by else [*keys, *extra]
    # the worst first; ties go by key, so that the order of rows decides nothing
    ordered = frame.sort_values(["weight", *keys], ascending=[False, *(True for _ in keys)], kind="stable")
    rows = []
    for _, group in ordered.groupby(by, sort=True, dropna=False):
        worst = {str(name): value for name, value in group.iloc[0].items()}
        places = group[keys].drop_duplicates()
        said = hits.say(worst)
        if len(places) > 1:
            said = f"{len(places)} cells, the worst: {said}"
        if "also" in group.columns:
            deliveries = {*group["delivery_id"], *group["also"]} - {""}
        else:
            deliveries = set(group["delivery_id"]) - {""}
        mild = bool(group["mild"].all()) if "mild" in group.columns else False
        rows.append(
            {
                "rule": rule.id,
                "severity": "warn" if mild else rule.severity,
                "table": view.id,
                "delivery_id": "; ".join(sorted(deliveries)),
                "ref_area": worst["area"] if group["area"].nunique() == 1 else "",
                "cell": _cell(cells, group),
                "value": float(worst["value"]),
                "expected": float(worst["expected"]),
                "evidence": said,
                "own": view.own,
                "verdict": "",
                "verdict_why": "",
            }
        )
    return pd.DataFrame(rows, columns=list(FINDING_COLUMNS))


def _cell(cells: Cells, group: pd.DataFrame) -> str:
    view = cells.view
    written = []
    for name in view.key:
        values = group[f"key_{name}"].unique()
        if len(values) == 1:
            text = values[0]
        elif name in view.composite:
            members = [group[f"in_{part}"].unique() for part in view.composite[name]]
            text = ".".join(part[0] if len(part) == 1 else "*" for part in members if len(part) > 1 or part[0])
        else:
            text = "*"
        written.append(f"{name}={text}")
    return "; ".join(written)
