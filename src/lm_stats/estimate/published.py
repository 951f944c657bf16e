"""Indicators of what others published, beside which counts of our own records may stand.

Nothing here sums, fills in or rounds what was published: values are laid side by side, compared across editions and
across directions, and what is not there is said not to be.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from lm_stats.compile.duckdb import quoted
from lm_stats.estimate.engine import engine
from lm_stats.estimate.views import (
    NORMAL,
    ORIGINS,
    PLACE,
    VALUES,
    Ends,
    count_records,
    read_as_it_is,
    read_published,
    resolve_twins,
)
from lm_stats.handover import REMARKS
from lm_stats.spec import Break, Codelist, Concept, Indicator, Mirror, Pairs, Published, Revisions, View

MISSING, IMPOSSIBLE = "O", "M"
AREAS = "areas"
_QUOTED = REMARKS[2:]


def lay_side_by_side(
    indicator: Indicator,
    concepts: Mapping[str, Concept],
    codelists: Mapping[str, Codelist],
    tables: Mapping[str, Path],
    deliveries: Path,
    breaks: Mapping[str, Sequence[Break]],
) -> pd.DataFrame:
    """The observations of an indicator that holds values which others published.

    - `Published`: the rows of its table that meet its universe, as they are; where it names ends, those that touch
      its group only. An empty dimension is `_T`.
    - `Mirror`: one row for each value of each view, of pairs of areas with at least one end in the group. Totals,
      regions and "not stated" are no ends. Views without a value count our records, by sex and in all.
    - `Pairs`: every ordered pair of members of the group for the latest year of each edition, both sexes; where
      the edition has no value, an empty one with the status `O`. A value of 0 that was published is a value. An
      edition of which no pair was delivered is not there.
    - `Revisions`: values that one publisher gave in two editions or more. Here the total of all areas may be one end
      of a pair, so that totals of a member state are compared too. Editions follow one another as texts do
      (`2023`, `2023-06`, `2023-12`). As changes: per cent of the edition before that has a value; the first
      edition has no change, and a change from 0 is empty with the status `M`.

    Where one publisher's figure of one edition comes from its own table and is also quoted, its own table stands
    (`resolve_twins`).

    Args:
        indicator: The indicator; its estimator is one of these four.
        concepts: Concepts by id.
        codelists: Codelists by id, `areas` and that of what is counted among them.
        tables: Parquet files of the observatory by id of the table; what is absent says nothing.
        deliveries: Parquet file of the table `deliveries`.
        breaks: Declared breaks by area, for counts of our own records.

    Returns:
        The columns of observations, `published` and the remarks that apply, in order of the key. `n_records` is 0
        for what was published.

    Raises:
        ValueError: If there are two values for one cell, a weight of our own records is missing, or pairs are asked
            of a view without published values.
    """
    how = indicator.estimator
    with engine().cursor() as cursor:
        if isinstance(how, Pairs):
            return _pairs(indicator, how, cursor, concepts, codelists, tables, deliveries)
        if isinstance(how, Mirror):
            ends = Ends.of(codelists[AREAS], how.group)
            found = _union(indicator, how.views, ends, cursor, concepts, codelists, tables, deliveries, breaks)
            return _shaped(indicator, _explained(found, concepts, codelists), REMARKS)
        if isinstance(how, Revisions):
            ends = Ends.of(codelists[AREAS], how.group, totals=True)
            views = [view for view in how.views if view.value]
            found = _union(indicator, views, ends, cursor, concepts, codelists, tables, deliveries, breaks)
            return _shaped(indicator, _changes(_revised(found)) if how.change else _revised(found), ())
        if indicator.table not in tables:
            return _shaped(indicator, _nothing(indicator.dimensions), ())
        path = tables[indicator.table]
        found = read_as_it_is(cursor, indicator, path, deliveries)
        if isinstance(how, Published) and how.ends:
            members = Ends.of(codelists[AREAS], how.group).members
            found = found[found[list(how.ends)].isin(members).any(axis=1)].reset_index(drop=True)
        found = resolve_twins(indicator, found, ("ref_area", "time_period", *indicator.dimensions))
        return _shaped(indicator, found, [name for name in _QUOTED if name in pq.read_schema(path).names])


def _nothing(dimensions: Sequence[str]) -> pd.DataFrame:
    texts = ("ref_area", "time_period", *dimensions, "obs_status", "unit_measure", *_QUOTED, "kind", *ORIGINS)
    columns: dict[str, Any] = {name: pd.Series(dtype="str") for name in texts}
    columns |= {name: pd.Series(dtype="float64") for name in VALUES}
    columns |= {"n_records": pd.Series(dtype="int64"), **dict.fromkeys(("own", "sampled"), pd.Series(dtype="bool"))}
    return pd.DataFrame(columns)


def _union(
    indicator: Indicator,
    views: Sequence[View],
    ends: Ends,
    cursor: duckdb.DuckDBPyConnection,
    concepts: Mapping[str, Concept],
    codelists: Mapping[str, Codelist],
    tables: Mapping[str, Path],
    deliveries: Path,
    breaks: Mapping[str, Sequence[Break]],
    narrower: str = "",
) -> pd.DataFrame:
    """What all views whose table is there say, each cell once, in order of `PLACE`."""
    condition = ends.condition() + narrower
    sexes = codelists[concepts["sex"].codelist]
    found = [
        read_published(cursor, view, tables[view.table], deliveries, condition)
        if view.value
        else count_records(cursor, indicator, view, concepts, sexes, tables[view.table], deliveries, condition, breaks)
        for view in views
        if view.table in tables
    ]
    found = [frame for frame in found if len(frame)]
    frame = pd.concat(found, ignore_index=True) if found else _nothing(PLACE[2:])
    return resolve_twins(indicator, frame, PLACE)


def _explained(frame: pd.DataFrame, concepts: Mapping[str, Concept], codelists: Mapping[str, Codelist]) -> pd.DataFrame:
    """With whom a source covers, and why its value differs from those of others, as far as the data tell."""
    measured = codelists[concepts["concept"].codelist].by_code
    statuses, grades = (codelists[concepts[name].codelist] for name in ("obs_status", "grade"))

    def attribute(concept: str, name: str) -> str:
        return measured[concept].attributes.get(name, "") if concept in measured else ""

    def statement(concept: str, at: str, status: str, grade: str, kind: str, sampled: bool, bounds: str) -> str:
        said = [attribute(concept, "statement"), f"As of {at}."]
        if kind:
            records = f"records of the {kind.replace('_', ' ')}"
            said.append(f"Estimated from a sample, from {records}." if sampled else f"Full count of {records}.")
        elif status != NORMAL:
            said.append(f"{statuses.label(status)}.")
        said += [f"{grades.label(grade)}."] if grade else []
        said += [bounds] if bounds else []
        return " ".join(text for text in said if text)

    about = pd.DataFrame({
        "concept": frame["concept"],
        "at": frame["time_period"],
        "status": frame["obs_status"],
        "grade": frame["grade"].fillna(""),
        "kind": frame["kind"].fillna(""),
        "sampled": frame["sampled"],
        "bounds": _bounds(frame),
    })  # fmt: skip
    rows = list(about.itertuples(index=False, name=None))
    said = {row: statement(*row) for row in dict.fromkeys(rows)}
    coverage = [attribute(concept, "coverage") for concept in frame["concept"]]
    return frame.assign(
        coverage=pd.array(coverage, dtype="str"), statement=pd.array([said[row] for row in rows], dtype="str")
    )


def _bounds(frame: pd.DataFrame) -> pd.Series:
    """What is said of values that are none, but a range or one end of it."""
    lower, upper = frame["lower"].notna(), frame["upper"].notna()
    said = pd.Series("", index=frame.index, dtype="str")
    said = said.mask(lower, "Published as at least so many, without a value.")
    said = said.mask(upper, "Published as at most so many, without a value.")
    said = said.mask(lower & upper, "Published as a range, without a value.")
    return said.mask(frame["obs_value"].notna(), "")


_CELL = [name for name in PLACE if name != "edition"]


def _revised(frame: pd.DataFrame) -> pd.DataFrame:
    """Cells that stand in two editions or more."""
    return frame[frame.duplicated(_CELL, keep=False)].reset_index(drop=True)


def _changes(frame: pd.DataFrame) -> pd.DataFrame:
    """Per cent changes from the edition before; ranges without a value have none."""
    frame = frame[frame["obs_value"].notna()].reset_index(drop=True)
    before = frame.groupby(_CELL, sort=False)[["obs_value", "obs_status", "edition", "vintage"]].shift()
    kept = before["edition"].notna()
    frame, before = frame[kept].reset_index(drop=True), before[kept].reset_index(drop=True)
    possible = before["obs_value"].ne(0)
    # the last digits of a quotient are noise of the division
    change = (100 * (frame["obs_value"] - before["obs_value"]) / before["obs_value"]).where(possible).round(9)
    status = _of_both(frame["obs_status"], before["obs_status"]).mask(~possible, IMPOSSIBLE)
    against = [f"{source} against edition {edition}" for source, edition in zip(
        frame["source"], before["edition"], strict=True)]  # fmt: skip
    return frame.assign(
        obs_value=change, lower=np.nan, upper=np.nan, obs_status=status, unit_measure="PT",
        source=pd.array(against, dtype="str"),
    )  # fmt: skip


def _of_both(one: pd.Series, other: pd.Series) -> pd.Series:
    """The status of a value made of two: that of the one that is not normal."""
    return one.where(one.ne(NORMAL), other)


def _pairs(
    indicator: Indicator,
    how: Pairs,
    cursor: duckdb.DuckDBPyConnection,
    concepts: Mapping[str, Concept],
    codelists: Mapping[str, Codelist],
    tables: Mapping[str, Path],
    deliveries: Path,
) -> pd.DataFrame:
    if not how.view.value:
        raise ValueError(f"{indicator.id}: pairs show published values, and the view of {how.view.table} has none")
    sexes, areas = codelists[concepts["sex"].codelist], codelists[AREAS]
    both = f" AND sex = {quoted(sexes.total)}"
    ends = Ends.of(areas, how.group)
    every = _union(indicator, (how.view,), ends, cursor, concepts, codelists, tables, deliveries, {}, both)
    if every.empty:
        return _shaped(indicator, _nothing(PLACE[2:]), ())
    # an edition's year is that of its pairs, in which the group has any part
    latest = every.groupby("edition")["time_period"].max()
    frame = every[
        (every["time_period"] == every["edition"].map(latest))
        & every["origin"].isin(ends.members)
        & every["destination"].isin(ends.members)
    ]
    key = ["origin", "destination", "edition"]
    if frame.duplicated(key).any():
        raise ValueError(f"{indicator.id}: two values for one pair in one edition")
    cross = pd.MultiIndex.from_product([latest.index, ends.members, ends.members], names=["edition", *key[:2]])
    grid = cross.to_frame(index=False).query("origin != destination")
    about = every.sort_values(["edition", "vintage"], kind="stable").groupby("edition")
    grid = grid.merge(frame[[*key, "obs_value", "obs_status"]], on=key, how="left")
    grid = grid.merge(about[["unit_measure", *ORIGINS]].last(), left_on="edition", right_index=True)
    grid["time_period"], grid["ref_area"] = grid["edition"].map(latest), grid["destination"]
    if how.asymmetry:
        turned = {"origin": "destination", "destination": "origin"}
        back = grid[[*key, "obs_value", "obs_status"]].rename(columns=turned)
        grid = grid.merge(back, on=key, suffixes=("", "_back"))
        there_back = grid["obs_value"] + grid["obs_value_back"]
        missing, impossible = there_back.isna(), there_back.eq(0)
        value = 100 * (grid["obs_value"] - grid["obs_value_back"]) / there_back.mask(impossible)
        status = _of_both(grid["obs_status"], grid["obs_status_back"]).mask(impossible, IMPOSSIBLE)
        grid = grid.assign(obs_value=value, obs_status=status.mask(missing, MISSING), unit_measure="PT")
    grid["obs_status"] = grid["obs_status"].mask(grid["obs_value"].isna() & grid["obs_status"].ne(IMPOSSIBLE), MISSING)
    grid = grid.assign(lower=np.nan, upper=np.nan, own=False, sampled=False, n_records=np.int64(0))
    return _shaped(indicator, grid, ())


def _shaped(indicator: Indicator, frame: pd.DataFrame, remarks: Sequence[str]) -> pd.DataFrame:
    """The columns of observations, in order of the key."""
    key = ["ref_area", "time_period", *indicator.dimensions]
    frame = frame.sort_values(key, kind="stable", ignore_index=True)
    columns: dict[str, Any] = {"indicator": indicator.id, **{name: frame[name] for name in key}}
    columns |= {"obs_value": frame["obs_value"], "std_error": np.nan, "lower": frame["lower"], "upper": frame["upper"]}
    columns |= {"n_records": frame["n_records"], "obs_status": frame["obs_status"], "conf_status": "F"}
    columns |= {"unit_measure": frame["unit_measure"], "unit_mult": 0, "unit_of_count": indicator.estimator.unit}
    columns |= {name: frame[name] for name in ORIGINS}
    columns |= {"sampled": frame["sampled"], "published": ~frame["own"].astype("bool")}
    columns |= {name: frame[name] for name in remarks}
    shaped = pd.DataFrame(columns, index=frame.index)
    texts = [*key, "indicator", "obs_status", "conf_status", "unit_measure", "unit_of_count", *ORIGINS, *remarks]
    numbers = {"obs_value": "float64", "std_error": "float64", "lower": "float64", "upper": "float64"}
    whole = {"n_records": "int64", "unit_mult": "int64", "sampled": "bool", "published": "bool"}
    return shaped.astype({**dict.fromkeys(texts, "str"), **numbers, **whole})
