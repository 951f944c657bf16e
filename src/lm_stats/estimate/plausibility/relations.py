"""Values that belong together: no more employed than in the labour force, two publishers of one figure."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import duckdb
import pandas as pd

from lm_stats.compile.duckdb import identifier, parquet, quoted
from lm_stats.estimate.plausibility.cells import members
from lm_stats.estimate.plausibility.hits import FINDING_COLUMNS, number
from lm_stats.spec import Codelist, Examined, PlausibilityRule, Relation, Side
from lm_stats.units import check_units


def relations(
    rule: PlausibilityRule,
    connection: duckdb.DuckDBPyConnection,
    views: Mapping[str, Examined],
    tables: Mapping[str, Path],
    codelists: Mapping[str, Codelist],
) -> pd.DataFrame:
    """Values that are above what they are a part of, or that disagree with another publisher of the same.

    Args:
        rule: Limit `tolerance` in per cent of the other value.
        connection: An open connection.
        views: How tables are seen.
        tables: Parquet files by id of the table.
        codelists: Codelists by id.

    Raises:
        UnitMismatch: If the two sides of a relation count different things.
    """
    found = []
    for relation in rule.relations:
        check_units(relation.lesser.unit, relation.greater.unit)
        seen = [views.get(side.view) for side in (relation.lesser, relation.greater)]
        if all(view is not None and view.table in tables for view in seen):
            found.append(_broken(rule, relation, connection, views, tables, codelists))
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=list(FINDING_COLUMNS))


def _broken(
    rule: PlausibilityRule,
    relation: Relation,
    connection: duckdb.DuckDBPyConnection,
    views: Mapping[str, Examined],
    tables: Mapping[str, Path],
    codelists: Mapping[str, Codelist],
) -> pd.DataFrame:
    many = len(relation.lesser.match)
    equal = " AND ".join(["lesser.area = greater.area", "lesser.time = greater.time"]) + "".join(
        f" AND lesser.match_{number} = greater.match_{number}" for number in range(many)
    )
    # what two tables say of the same is told once
    once = "AND lesser.cell < greater.cell" if relation.lesser.view == relation.greater.view and relation.equal else ""
    tolerance = rule.limit("tolerance") / 100
    apart = "abs(lesser.value - greater.value)" if relation.equal else "lesser.value - greater.value"
    rows = connection.execute(
        f"SELECT lesser.*, greater.value AS expected, greater.delivery_id AS also, greater.cell AS other, "
        f"greater.said_by AS other_said_by FROM ({_side(relation.lesser, views, tables, codelists)}) lesser JOIN "
        f"({_side(relation.greater, views, tables, codelists)}) greater ON {equal} {once} "
        f"WHERE {apart} > {tolerance!r} * abs(greater.value) + {rule.limit('units')!r} ORDER BY lesser.cell, other"
    ).df()
    # one finding for each cell: where it is furthest from what it is compared with
    rows["apart"] = (rows["value"] - rows["expected"]).abs()
    rows = rows.sort_values(["cell", "apart", "other"], ascending=[True, False, True]).drop_duplicates("cell")
    view = views[relation.lesser.view]
    made = []
    for row in rows.to_dict("records"):
        lesser = f"{number(row['value'])} {relation.lesser.about} ({row['said_by']})"
        greater = f"{number(row['expected'])} {relation.greater.about} ({row['other_said_by']})"
        joint = "but" if relation.equal else "but only"
        made.append(
            {
                "rule": rule.id,
                "severity": rule.severity,
                "table": view.id,
                "delivery_id": "; ".join(sorted({row["delivery_id"], row["also"]} - {""})),
                "ref_area": row["area"],
                "cell": row["cell"],
                "value": row["value"],
                "expected": row["expected"],
                "evidence": f"{lesser}, {joint} {greater}, {row['time']}",
                "own": view.own,
                "verdict": "",
                "verdict_why": "",
            }
        )
    return pd.DataFrame(made, columns=list(FINDING_COLUMNS))


def _side(
    side: Side, views: Mapping[str, Examined], tables: Mapping[str, Path], codelists: Mapping[str, Codelist]
) -> str:
    view = views[side.view]
    cell = " || '; ' || ".join(f"{quoted(f'{name}=')} || {identifier(name)}" for name in view.key)
    matches = "".join(f", coalesce(CAST({sql} AS VARCHAR), '') AS match_{n}" for n, sql in enumerate(side.match))
    inside = ", ".join(map(quoted, members(codelists, view.group))) or "NULL"
    group = " OR ".join(f"({end}) IN ({inside})" for end in view.ends) or "true"
    said_by = f"concat_ws(' ', {view.publisher}, {view.edition})"
    if side.summed:
        # what differs within a sum is told by a star
        cell = " || '; ' || ".join(
            f"{quoted(f'{name}=')} || CASE WHEN count(DISTINCT {identifier(name)}) = 1 "
            f"THEN CAST(min({identifier(name)}) AS VARCHAR) ELSE '*' END"
            for name in view.key
        )
        return (
            f"SELECT {view.area} AS area, CAST({view.time} AS VARCHAR) AS time, "
            f"CAST(sum(CAST({view.value} AS DECIMAL(28, 6))) AS DOUBLE) AS value, "
            f"min(delivery_id) AS delivery_id, {cell} AS cell, min({said_by}) AS said_by{matches} "
            f"FROM {parquet(tables[view.table])} WHERE ({side.where}) AND ({view.value}) IS NOT NULL AND ({group}) "
            f"GROUP BY ALL"
        )
    return (
        f"SELECT {view.area} AS area, CAST({view.time} AS VARCHAR) AS time, CAST({view.value} AS DOUBLE) AS value, "
        f"delivery_id, {cell} AS cell, {said_by} AS said_by{matches} FROM {parquet(tables[view.table])} "
        f"WHERE ({side.where}) AND ({view.value}) IS NOT NULL AND ({group})"
    )
