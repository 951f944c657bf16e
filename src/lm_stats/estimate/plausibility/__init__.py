"""Plausibility: declared rules find what cannot be true or is hard to believe, in our tables and in those of others.

Here belongs how rules look and what a finding says. Which rules there are, with their thresholds, stands in the
catalogue; what people decided about a finding stands in files that they keep.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import duckdb
import pandas as pd

from lm_stats.estimate.engine import engine
from lm_stats.estimate.plausibility.bounds import above_bound
from lm_stats.estimate.plausibility.breakdowns import additivity, part_equals_whole, share_of_unknown
from lm_stats.estimate.plausibility.cells import Cells, read_cells, stack
from lm_stats.estimate.plausibility.copies import cohort_growth, identical_series
from lm_stats.estimate.plausibility.editions import editions_disagree, editions_in_other_units
from lm_stats.estimate.plausibility.fluctuation import fluctuation
from lm_stats.estimate.plausibility.hits import FINDING_COLUMNS, Hits, findings
from lm_stats.estimate.plausibility.mirrors import direction_reversal, read_pairs, sex_reversal, unknown_to_others
from lm_stats.estimate.plausibility.relations import relations
from lm_stats.estimate.plausibility.series import (
    growth,
    identical_periods,
    level_break,
    unit_error,
    zeros_for_missing,
)
from lm_stats.estimate.plausibility.verdicts import count_verdicts, judged, read_decisions
from lm_stats.spec import Codelist, Concept, Examined, Indicator, PlausibilityRule

__all__ = ["FINDING_COLUMNS", "count_verdicts", "examine", "read_decisions", "see_indicators"]

CHECKS: Mapping[str, Callable[[PlausibilityRule, Cells], Hits]] = {
    "part_equals_whole": part_equals_whole,
    "share_of_unknown": share_of_unknown,
    "identical_periods": identical_periods,
    "zeros_for_missing": zeros_for_missing,
    "unit_error": unit_error,
    "level_break": level_break,
    "additivity": additivity,
    "growth": growth,
    "editions_disagree": editions_disagree,
    "editions_in_other_units": editions_in_other_units,
    "above_bound": above_bound,
    "identical_series": identical_series,
    "cohort_growth": cohort_growth,
    "fluctuation": fluctuation,
}
MIRRORS: Mapping[str, Callable[[PlausibilityRule, pd.DataFrame], pd.DataFrame]] = {
    "sex_reversal": sex_reversal,
    "direction_reversal": direction_reversal,
    "unknown_to_others": unknown_to_others,
}
OWN = "own"


def see_indicators(indicators: Mapping[str, Indicator], concepts: Mapping[str, Concept]) -> dict[str, Examined]:
    """How the rules see our own indicators: their dimensions are parts; rates and distinct units do not add up.

    Args:
        indicators: Indicators by id; those that hold values of others are left out, since their tables are examined.
        concepts: Concepts by id.

    Returns:
        Views by id of the indicator.
    """
    return {
        name: Examined(
            id=name,
            table=name,
            key=("ref_area", "time_period", *indicator.dimensions),
            series=("unit_measure",),
            parts={dimension: concepts[dimension].codelist for dimension in indicator.dimensions},
            multiplier="unit_mult",
            additive="true" if indicator.adds_up else "false",
            own=True,
        )
        for name, indicator in indicators.items()
        if not indicator.is_published
    }


def examine(
    rules: Mapping[str, PlausibilityRule],
    views: Mapping[str, Examined],
    codelists: Mapping[str, Codelist],
    tables: Mapping[str, Path],
    observations: Mapping[str, Path],
    decisions: Sequence[Path] = (),
) -> pd.DataFrame:
    """Look for what cannot be true or is hard to believe.

    Args:
        rules: Rules by id.
        views: How tables are seen, by id: those of the catalogue and those of `see_indicators`.
        codelists: Codelists by id.
        tables: Parquet files of the observatory by id of the table; tables that no view sees are passed over.
        observations: Parquet files of our own indicators by id.
        decisions: Files with verdicts on findings.

    Returns:
        Rows of `FINDING_COLUMNS`: rule, severity (`error` cannot be true, `warn` is possible but suspicious), table,
        delivery (several joined by `; `; empty for our own), area, cell, value and what it was compared with (in
        units), evidence in one sentence, whether made from our own records, verdict and its reason. Sorted by severity
        (errors first), rule, table, cell.

    Raises:
        Fault: If a file of verdicts cannot be used.
    """
    verdicts = read_decisions(decisions, rules)
    seen: dict[tuple[str, str], Cells] = {}
    found = [pd.DataFrame(columns=list(FINDING_COLUMNS))]
    connection = engine().cursor()
    for rule in rules.values():
        if rule.check == "relations":
            found.append(relations(rule, connection, views, tables, codelists))
        elif rule.check not in MIRRORS:
            found += _looked(rule, connection, views, tables, codelists, seen)
    found += _looked_at_own(rules, connection, views, observations, codelists)
    pairs: dict[tuple[object, ...], pd.DataFrame] = {}
    for rule in rules.values():
        if rule.check in MIRRORS:
            if rule.mirrors not in pairs:
                pairs[rule.mirrors] = read_pairs(connection, rule.mirrors, views, tables, codelists)
            found.append(MIRRORS[rule.check](rule, pairs[rule.mirrors]))
    every = pd.concat([frame for frame in found if not frame.empty] or found[:1], ignore_index=True)
    texts = [name for name in FINDING_COLUMNS if name not in ("value", "expected", "own")]
    every = every.astype({**dict.fromkeys(texts, "str"), "value": "float64", "expected": "float64", "own": "bool"})
    every = every.drop_duplicates(["rule", "table", "cell"])
    return judged(every, verdicts).sort_values(["severity", "rule", "table", "cell"], ignore_index=True)


def _looked(
    rule: PlausibilityRule,
    connection: duckdb.DuckDBPyConnection,
    views: Mapping[str, Examined],
    paths: Mapping[str, Path],
    codelists: Mapping[str, Codelist],
    seen: dict[tuple[str, str], Cells],
) -> list[pd.DataFrame]:
    """What a rule finds in each table that it looks at."""
    made = []
    for view in views.values():
        if not view.own and view.table in paths and (not rule.views or view.id in rule.views):
            # rules with the same condition look at the same cells
            cells = seen.get((view.id, rule.where))
            if cells is None:
                cells = read_cells(connection, view, paths[view.table], codelists, rule.where)
                seen[view.id, rule.where] = cells
            if not cells.frame.empty:
                made.append(findings(rule, cells, CHECKS[rule.check](rule, cells)))
    return made


def _looked_at_own(
    rules: Mapping[str, PlausibilityRule],
    connection: duckdb.DuckDBPyConnection,
    views: Mapping[str, Examined],
    observations: Mapping[str, Path],
    codelists: Mapping[str, Codelist],
) -> list[pd.DataFrame]:
    """What the rules find in our own indicators, which are many and small: all are looked at together."""
    own = [view for view in views.values() if view.own and view.table in observations]
    several = [read_cells(connection, view, observations[view.table], codelists) for view in own]
    several = [cells for cells in several if not cells.frame.empty]
    if not several:
        return []
    stacked = stack(several)
    made = []
    for rule in rules.values():
        named = [cells for cells in several if cells.view.id in rule.views]
        if rule.check in CHECKS and (not rule.views or OWN in rule.views or named):
            hits = CHECKS[rule.check](rule, stack(named) if named else stacked)
            for cells in several:
                if not hits.frame.empty and (hits.frame["table"] == cells.view.id).any():
                    these = hits.frame[hits.frame["table"] == cells.view.id]
                    made.append(findings(rule, cells, Hits(these, hits.say)))
    return made
