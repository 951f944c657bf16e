"""The quality table: how complete, timely, accurate and coherent each delivery and each table is.

The components are those of the European Statistical System's quality framework (ESS Handbook for Quality and Metadata
Reports, 2021) and of the ILO's: completeness, timeliness, accuracy, coherence. Here belongs what can be measured on
data that were delivered; nothing here judges whether that is good enough.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import duckdb
import pandas as pd

from lm_stats.compile.duckdb import identifier, parquet, quoted
from lm_stats.estimate.engine import engine
from lm_stats.estimate.plausibility import count_verdicts
from lm_stats.estimate.plausibility.cells import members, read_cells
from lm_stats.spec import Codelist, Concept, Examined, Fault, Kind, Period, PlausibilityRule, Table

QUALITY_COLUMNS = (
    "ref_area", "source", "delivery_id", "table", "component", "measure", "value", "unit", "evidence", "own",
)  # fmt: skip
COMPONENTS = ("completeness", "timeliness", "accuracy", "coherence")
# what tells where a row comes from is filled by us, not by who delivered
_ORIGIN = (
    "ref_area", "source", "delivery_id", "data_class", "source_file", "source_sheet", "source_row", "source_column",
)  # fmt: skip
_DELIVERY = ["ref_area", "source", "delivery_id", "table"]


def assess(
    rules: Mapping[str, PlausibilityRule],
    views: Mapping[str, Examined],
    kinds: Mapping[str, Kind],
    declared: Mapping[str, Table],
    concepts: Mapping[str, Concept],
    codelists: Mapping[str, Codelist],
    tables: Mapping[str, Path],
    deliveries: pd.DataFrame,
    expected: pd.DataFrame,
    findings: pd.DataFrame,
    more: Sequence[pd.DataFrame] = (),
) -> pd.DataFrame:
    """Measure the quality of every delivery and table.

    Args:
        rules: Plausibility rules by id.
        views: How tables are seen by id; those of published tables give the share of cells that are there.
        kinds: Kinds of delivery by id.
        declared: Tables by id.
        concepts: Concepts by id.
        codelists: Codelists by id.
        tables: Parquet files of the observatory by id of the table; any may be absent.
        deliveries: The table of deliveries: `delivery_id, ref_area, source, kind, period, received_at, rows_in,
            accepted, quarantined, excluded`, one row each; it may be empty.
        expected: What the calendar says: `delivery_id, deadline` (ISO dates; a delivery without one may be absent).
        findings: What `examine` gives; it may be empty.
        more: Rows that were measured elsewhere, such as the quality of links.

    Returns:
        Rows of `QUALITY_COLUMNS`, sorted by component (in the order of `COMPONENTS`), area, source, delivery, table,
        measure, evidence. Shares in per cent, times in days (negative: before the end of the period, or before the
        deadline), findings as 1 each, false alarms by rule as their number. `own` marks what is counted from our own
        records of persons.
    """
    made = [_rows_accepted(kinds, deliveries), *_timeliness(kinds, deliveries, expected)]
    connection = engine().cursor()
    for kind in kinds.values():
        for name in kind.tables:
            if name in tables and kind.unit_records:
                made += _not_stated(connection, declared[name], concepts, codelists, tables[name])
                made += _coded(connection, declared[name], tables[name])
    for view in views.values():
        if not view.own and view.table in tables:
            made += _cells_there(connection, view, codelists, tables[view.table])
    made += [_found(rules, findings), _false_alarms(rules, findings), *more]
    filled = [frame for frame in made if not frame.empty]
    every = pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=list(QUALITY_COLUMNS))
    texts = [name for name in QUALITY_COLUMNS if name not in ("value", "own")]
    every = every[list(QUALITY_COLUMNS)].astype({**dict.fromkeys(texts, "str"), "value": "float64", "own": "bool"})
    every["component"] = pd.Categorical(every["component"], COMPONENTS, ordered=True)
    ordered = every.sort_values(["component", *_DELIVERY, "measure", "evidence"], ignore_index=True)
    return ordered.astype({"component": "str"})


def _rows_accepted(kinds: Mapping[str, Kind], deliveries: pd.DataFrame) -> pd.DataFrame:
    """Accepted rows for each 100 that are records: those left out as totals or footers are none."""
    rows = deliveries.assign(table=_tables(kinds, deliveries))
    records = (rows["accepted"] + rows["quarantined"]).astype("float64")
    rows = rows.assign(
        component="completeness",
        measure="rows_accepted",
        value=100 * rows["accepted"].astype("float64") / records.where(records > 0),
        unit="per cent",
        evidence=[
            f"{accepted:,.0f} of {accepted + held:,.0f} records accepted, {held:,.0f} held back"
            for accepted, held in zip(rows["accepted"], rows["quarantined"], strict=True)
        ],
        own=False,
    )
    return rows.loc[records > 0, list(QUALITY_COLUMNS)]


def _timeliness(kinds: Mapping[str, Kind], deliveries: pd.DataFrame, expected: pd.DataFrame) -> Iterable[pd.DataFrame]:
    """Days from the end of the period, and from the deadline, to the day of receipt."""
    rows = deliveries.assign(table=_tables(kinds, deliveries))
    received = pd.to_datetime(rows["received_at"], errors="coerce", utc=True, format="ISO8601").dt.tz_localize(None)
    # the period of published tables is their edition, which says nothing about when their values are from
    observed = ~rows["kind"].isin([name for name, kind in kinds.items() if kind.published])
    ends = pd.to_datetime(pd.Series([_end(text) for text in rows["period"]], index=rows.index), format="ISO8601")
    deadlines = expected.drop_duplicates("delivery_id").set_index("delivery_id")["deadline"]
    due = pd.to_datetime(rows["delivery_id"].map(deadlines), format="ISO8601")
    for measure, since, words, kept in (
        ("days_after_period", ends, "the period ended on", observed),
        ("days_after_deadline", due, "it was due on", pd.Series(True, index=rows.index)),
    ):
        days = (received.dt.normalize() - since.dt.normalize()).dt.days
        there = kept & days.notna()
        yield rows[there].assign(
            component="timeliness",
            measure=measure,
            value=days[there].astype("float64"),
            unit="days",
            evidence=[
                f"received on {at:%Y-%m-%d}, {words} {end:%Y-%m-%d}"
                for at, end in zip(received[there], since[there], strict=True)
            ],
            own=False,
        )[list(QUALITY_COLUMNS)]


def _not_stated(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    concepts: Mapping[str, Concept],
    codelists: Mapping[str, Codelist],
    path: Path,
) -> list[pd.DataFrame]:
    """For each delivery and column, the share of records in which it is empty or "not stated", in one pass."""
    asked = [
        name
        for name in table.columns
        if name not in {*_ORIGIN, *table.key, *_about_others(table)} and concepts[name].type != "token"
    ]
    counts = []
    for name in asked:
        listed = codelists.get(concepts[name].codelist, ())
        missing = [quoted(entry.code) for entry in listed if entry.kind == "missing"]
        unknown = f" OR {identifier(name)} IN ({', '.join(missing)})" if missing else ""
        counts.append(f"count(*) FILTER ({identifier(name)} IS NULL{unknown}) AS {identifier(name)}")
    if not counts:
        return []
    rows = connection.execute(
        f"SELECT ref_area, source, delivery_id, count(*) AS records, {', '.join(counts)} FROM {parquet(path)} "
        "GROUP BY ALL ORDER BY ALL"
    ).df()
    each = rows.melt(["ref_area", "source", "delivery_id", "records"], asked, "column", "count")
    each = each[each["count"] > 0]
    # a column of which a delivery has nothing was not asked there
    none = each["count"] == each["records"]
    words = pd.Series("records in which " + each["column"] + " is empty or not stated", index=each.index)
    return [
        each.assign(
            table=table.id,
            component="completeness",
            measure=pd.Series("not_stated ", index=each.index).mask(none, "not_delivered ") + each["column"],
            value=100.0 * each["count"] / each["records"],
            unit="per cent",
            evidence=words.mask(none, each["column"] + " is empty or not stated in all records"),
            own=~none,
        )[list(QUALITY_COLUMNS)]
    ]


def _about_others(table: Table) -> set[str]:
    """Columns that say how others were read or coded, or hold what is hardly ever there; none is asked for."""
    ends = ("_rule", "_confidence", "_precision")
    return {c for c in table.columns if c.startswith("second_") or any(c.removesuffix(e) in table.columns for e in ends
            if c.endswith(e))}  # fmt: skip


def _coded(connection: duckdb.DuckDBPyConnection, table: Table, path: Path) -> list[pd.DataFrame]:
    """For each delivery and column of words, the share of the coded records that each rule has coded."""
    group = "ref_area, source, delivery_id"
    every = []
    for name in (c.removesuffix("_rule") for c in table.columns if c.endswith("_rule")):
        rule, confidence = identifier(f"{name}_rule"), identifier(f"{name}_confidence")
        rows = connection.execute(
            f"SELECT {group}, {rule} AS rule, min({confidence}) AS confidence, "
            f"100.0 * count(*) / sum(count(*)) OVER (PARTITION BY {group}) AS value "
            f"FROM {parquet(path)} WHERE {rule} IS NOT NULL GROUP BY {group}, rule ORDER BY ALL"
        ).df()
        said = zip(rows["rule"], rows["confidence"], strict=True)
        every.append(
            rows.assign(
                table=table.id,
                component="accuracy",
                measure="coded_by_rule " + name,
                unit="per cent",
                evidence=[f"coded by the rule {rule}, of whose codes {sure:.1%} are right" for rule, sure in said],
                own=True,
            )[list(QUALITY_COLUMNS)]
        )
    return every


def _cells_there(
    connection: duckdb.DuckDBPyConnection, view: Examined, codelists: Mapping[str, Codelist], path: Path
) -> list[pd.DataFrame]:
    """The share of the expected cells of published tables that hold a value.

    Of a table by classifications, expected is every combination of the codes that occur in a series and period; of one
    by pairs of areas, every pair of two members of the group in its latest period.
    """
    frame = read_cells(connection, view, path, codelists).frame
    if frame.empty:
        return []
    sources = connection.execute(f"SELECT DISTINCT delivery_id, source FROM {parquet(path)} ORDER BY ALL").df()
    frame = frame.merge(sources.drop_duplicates("delivery_id"), on="delivery_id")
    made = []
    group = set(members(codelists, view.group))
    pairs = frame[frame["origin"].isin(group) & frame["destination"].isin(group)]
    if not pairs.empty:
        latest = pairs[pairs["year"] == pairs.groupby(["delivery_id", "series"])["year"].transform("max")]
        counts = latest.drop_duplicates(["delivery_id", "series", "origin", "destination"])
        counts = counts.groupby(["source", "delivery_id", "series"], as_index=False).agg(
            there=("value", "size"), when=("time", "max")
        )
        all_pairs = len(group) * (len(group) - 1)
        made.append(_shares(view, counts.assign(ref_area="", expected=all_pairs), "pairs_there", view.group))
    parts = [f"part_{name}" for name in view.parts]
    if not parts or not pairs.empty or (frame["origin"] != "").any():
        return made
    by = ["area", "source", "delivery_id", "series"]
    # one cell may stand there in several editions
    cells = frame.drop_duplicates([*by, "time", *parts])
    there = cells.groupby(by, as_index=False).agg(
        there=("value", "size"), when=("time", "nunique"), **{name: (name, "nunique") for name in parts}
    )
    # of a single value a period, nothing can be missing
    broken_down = there[parts].prod(axis=1)
    counts = there.assign(expected=there["when"] * broken_down, ref_area=there["area"])
    return [_shares(view, counts[broken_down > 1], "cells_there", "")]


def _shares(view: Examined, counts: pd.DataFrame, measure: str, group: str) -> pd.DataFrame:
    said = f" of {group} in " if group else ""
    when = counts["when"] if group else [""] * len(counts)
    return counts.assign(
        table=view.id,
        component="completeness",
        measure=(measure + " " + counts["series"]).str.strip(),
        value=100.0 * counts["there"] / counts["expected"],
        unit="per cent",
        evidence=[
            f"{there:,} of {cells:,} {'pairs' if group else 'cells of the series'}{said}{time} hold a value"
            for there, cells, time in zip(counts["there"], counts["expected"], when, strict=True)
        ],
        own=False,
    )[list(QUALITY_COLUMNS)]


def _found(rules: Mapping[str, PlausibilityRule], findings: pd.DataFrame) -> pd.DataFrame:
    """Each finding as a row of the component that its rule bears on."""
    parts = findings["delivery_id"].str.split("; ").str[0].str.split("/")
    return pd.DataFrame(
        {
            "ref_area": findings["ref_area"],
            "source": parts.str[1].astype("str").fillna(""),
            "delivery_id": findings["delivery_id"],
            "table": findings["table"],
            "component": [rules[name].component if name in rules else "accuracy" for name in findings["rule"]],
            "measure": findings["rule"],
            "value": 1.0,
            "unit": "finding",
            "evidence": findings["cell"] + ": " + findings["evidence"],
            "own": findings["own"],
        }
    )


def _false_alarms(rules: Mapping[str, PlausibilityRule], findings: pd.DataFrame) -> pd.DataFrame:
    """False alarms by rule, also of rules that found nothing."""
    counts = count_verdicts(findings).set_index("rule").reindex(sorted({*rules, *findings["rule"]}), fill_value=0)
    rows = counts.rename_axis("rule").reset_index().astype({"rule": "str"})
    return pd.DataFrame(
        {
            "ref_area": "",
            "source": "",
            "delivery_id": "",
            "table": "",
            "component": [rules[name].component if name in rules else "accuracy" for name in rows["rule"]],
            "measure": "false_alarms " + rows["rule"],
            "value": rows["false_alarms"].astype("float64"),
            "unit": "findings",
            "evidence": [
                f"{row['findings']} findings: {row['defects']} defects, {row['explained']} explained, "
                f"{row['false_alarms']} false alarms, {row['not_reviewed']} not yet reviewed"
                for row in rows.to_dict("records")
            ],
            "own": False,
        }
    )


def _tables(kinds: Mapping[str, Kind], deliveries: pd.DataFrame) -> list[str]:
    return ["; ".join(kinds[name].tables) if name in kinds else "" for name in deliveries["kind"]]


def _end(period: str) -> str | None:
    try:
        return Period.parse(period).last.isoformat()
    except Fault:
        return None
