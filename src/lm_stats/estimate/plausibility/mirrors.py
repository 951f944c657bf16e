"""What different sources say of the same two areas: which sex is more, which way it moves, who is there at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from lm_stats.compile.duckdb import identifier, parquet, quoted
from lm_stats.estimate.plausibility.cells import members, years
from lm_stats.estimate.plausibility.hits import FINDING_COLUMNS, number
from lm_stats.spec import Codelist, Examined, PlausibilityRule, View

PAIR = ["origin", "destination"]
SOURCE = ["publisher", "edition", "concept"]


def read_pairs(
    connection: duckdb.DuckDBPyConnection,
    mirrors: Sequence[View],
    views: Mapping[str, Examined],
    tables: Mapping[str, Path],
    codelists: Mapping[str, Codelist],
) -> pd.DataFrame:
    """What published tables say of pairs of areas of which one belongs to the group.

    Args:
        connection: An open connection.
        mirrors: How tables see pairs; those that count records of our own are left out.
        views: How the rules see tables, for the names of cells.
        tables: Parquet files by id of the table.
        codelists: Codelists by id; areas without a number of the UN (groups, totals) are left out.

    Returns:
        `origin, destination, concept, sex, time, year, value, publisher, edition, delivery_id, table, ref_area, cell`.
    """
    areas = [entry.code for entry in codelists["areas"] if entry.kind == ""]
    known = ", ".join(map(quoted, areas))
    by_table = {view.table: view for view in views.values()}
    frames = []
    for mirror in mirrors:
        view = by_table.get(mirror.table)
        if not mirror.value or view is None or mirror.table not in tables:
            continue
        inside = ", ".join(map(quoted, members(codelists, view.group))) or "NULL"
        cell = " || '; ' || ".join(f"{quoted(f'{name}=')} || {identifier(name)}" for name in view.key)
        frames.append(
            connection.execute(
                f"SELECT CAST({mirror.origin} AS VARCHAR) AS origin, "
                f"CAST({mirror.destination} AS VARCHAR) AS destination, "
                f"CAST({mirror.concept} AS VARCHAR) AS concept, CAST({mirror.sex} AS VARCHAR) AS sex, "
                f"CAST({mirror.time} AS VARCHAR) AS time, CAST({mirror.value} AS DOUBLE) AS value, "
                f"CAST({mirror.publisher} AS VARCHAR) AS publisher, CAST({mirror.edition} AS VARCHAR) AS edition, "
                f'delivery_id, {quoted(view.id)} AS "table", {view.area} AS ref_area, {cell} AS cell '
                f"FROM {parquet(tables[mirror.table])} WHERE ({mirror.universe}) AND ({mirror.value}) IS NOT NULL "
                f"AND ({mirror.origin}) IN ({known}) AND ({mirror.destination}) IN ({known}) "
                f"AND (({mirror.origin}) IN ({inside}) OR ({mirror.destination}) IN ({inside})) ORDER BY cell"
            ).df()
        )
    if not frames:
        names = [*PAIR, "concept", "sex", "time", "value", *SOURCE[:2], "delivery_id", "table", "ref_area", "cell"]
        return pd.DataFrame({name: pd.Series(dtype="object") for name in (*names, "year")})
    pairs = pd.concat(frames, ignore_index=True)
    return pairs.assign(year=years(pairs["time"]))


def sex_reversal(rule: PlausibilityRule, pairs: pd.DataFrame) -> pd.DataFrame:
    """One publisher says that most are men, another that most are women, of about the same time."""
    counts = pairs[pairs["sex"].isin(["SEX_M", "SEX_F"])]
    key = [*PAIR, *SOURCE, "time", "year"]
    women = counts[counts["sex"] == "SEX_F"][[*key, "value"]].rename(columns={"value": "women"})
    both = counts[counts["sex"] == "SEX_M"].merge(women, on=key)
    both["people"] = both["value"] + both["women"]
    both = both[both["people"] >= rule.limit("least")]
    both["share"] = 100 * both["value"] / both["people"]
    against = both[[*PAIR, *SOURCE, "year", "time", "share", "women", "value", "people", "delivery_id"]]
    margin = rule.limit("margin")
    met = both.merge(against, on=PAIR, suffixes=("", "_other"))
    met = met[
        (met["publisher"] != met["publisher_other"])
        & ((met["year"] - met["year_other"]).abs() <= rule.limit("years"))
        & (met["share"] >= 50 + margin)
        & (met["share_other"] <= 50 - margin)
    ]
    met = met.assign(expected=met["share_other"] / 100 * met["people"], weight=met["share"] - met["share_other"])
    return _one_each(
        rule,
        met,
        PAIR,
        lambda row: (
            f"{row['share']:.1f} % of {number(row['people'])} are men according to {_source(row)} ({row['time']}), "
            f"{row['share_other']:.1f} % of {number(row['people_other'])} according to "
            f"{_source(row, '_other')} ({row['time_other']})"
        ),
    )


def direction_reversal(rule: PlausibilityRule, pairs: pd.DataFrame) -> pd.DataFrame:
    """Between the same two dates one source grows and another falls."""
    all_of_them = pairs[(pairs["sex"] == "SEX_T") & (pairs["value"] > 0)]
    rows = all_of_them.sort_values([*PAIR, *SOURCE, "year"], kind="stable")
    key = [*PAIR, "year", "concept"]
    met = rows.merge(rows[[*key, *SOURCE[:2], "value", "delivery_id", "time"]], on=key, suffixes=("", "_other"))
    sources = ["publisher", "edition", "publisher_other", "edition_other"]
    met = met[(met["publisher"] != met["publisher_other"]) | (met["edition"] != met["edition_other"])]
    met = met.sort_values([*PAIR, "concept", *sources, "year"], kind="stable")
    groups = met.groupby([*PAIR, "concept", *sources])
    met = met.assign(
        before=groups["value"].shift(), before_other=groups["value_other"].shift(), before_time=groups["time"].shift()
    )
    met["change"] = 100 * (met["value"] / met["before"] - 1)
    met["change_other"] = 100 * (met["value_other"] / met["before_other"] - 1)
    least = met[["value", "before", "value_other", "before_other"]].max(axis=1)
    limit = rule.limit("change")
    # the later edition is told, whichever way it goes
    met = met[
        (met[["change", "change_other"]].max(axis=1) >= limit)
        & (met[["change", "change_other"]].min(axis=1) <= -limit)
        & (least >= rule.limit("least"))
        & (met["edition"] >= met["edition_other"])
    ]
    met = met.assign(expected=met["value_other"], weight=(met["change"] - met["change_other"]).abs())
    return _one_each(
        rule,
        met,
        PAIR,
        lambda row: (
            f"from {row['before_time']} to {row['time']} {row['change']:+.0f} % ({number(row['before'])} to "
            f"{number(row['value'])}) according to {_source(row)}, {row['change_other']:+.0f} % "
            f"({number(row['before_other'])} to {number(row['value_other'])}) according to {_source(row, '_other')}"
        ),
    )


def unknown_to_others(rule: PlausibilityRule, pairs: pd.DataFrame) -> pd.DataFrame:
    """An origin that one source gives many people, and that another, which lists the destination's origins, never has.

    Often the code of one country in place of another.
    """
    rows = pairs[(pairs["sex"] == "SEX_T") & (pairs["value"] > 0)]
    lists = rows.groupby(["destination", "publisher"])["origin"].agg(["nunique", "unique"]).reset_index()
    lists = lists[lists["nunique"] >= rule.limit("origins")]
    total = rows.groupby(["table", "destination", *SOURCE, "time"])["value"].transform("sum")
    rows = rows.assign(share=100 * rows["value"] / total)
    rows = rows[(rows["value"] >= rule.limit("least")) & (rows["share"] >= rule.limit("share"))]
    met = rows.merge(lists.rename(columns={"publisher": "publisher_other"}), on="destination")
    met = met[met["publisher"] != met["publisher_other"]]
    unlisted = [origin not in set(listed) for origin, listed in zip(met["origin"], met["unique"], strict=True)]
    met = met[pd.Series(unlisted, index=met.index, dtype="bool")]
    met = met.assign(expected=0.0, weight=met["value"], edition_other="", delivery_id_other="")
    return _one_each(
        rule,
        met,
        [*PAIR, "publisher"],
        lambda row: (
            f"{number(row['value'])} ({row['share']:.1f} % of those whose origin is given) come from {row['origin']} "
            f"according to {_source(row)}, whereas none of the {row['nunique']} origins that {row['publisher_other']} "
            f"gives for {row['destination']} in any year is {row['origin']}"
        ),
    )


def _one_each(
    rule: PlausibilityRule, met: pd.DataFrame, by: list[str], say: Callable[[Mapping[str, Any]], str]
) -> pd.DataFrame:
    """One finding for each pair: where sources are furthest apart."""
    worst = met.sort_values(["weight", "cell"], ascending=[False, True], kind="stable").drop_duplicates(by)
    rows = [
        {
            "rule": rule.id,
            "severity": rule.severity,
            "table": row["table"],
            "delivery_id": "; ".join(sorted({row["delivery_id"], row["delivery_id_other"]} - {""})),
            "ref_area": row["ref_area"],
            "cell": row["cell"],
            "value": row["value"],
            "expected": row["expected"],
            "evidence": say({str(name): value for name, value in row.items()}),
            "own": False,
            "verdict": "",
            "verdict_why": "",
        }
        for row in worst.to_dict("records")
    ]
    return pd.DataFrame(rows, columns=list(FINDING_COLUMNS))


def _source(row: Mapping[str, Any], suffix: str = "") -> str:
    edition = row.get(f"edition{suffix}", "")
    return f"{row[f'publisher{suffix}']}{f', edition {edition}' if edition else ''}"
