"""What tables say of the people or the money between two areas, brought to one shape.

A view of a table of published figures gives its values; a view of our own records counts them. Either way a row is
one value of one publisher and edition, with where it comes from.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from lm_stats.compile.duckdb import identifier, parquet, quoted
from lm_stats.estimate.breaks import BROKEN, broken
from lm_stats.estimate.occasions import origin, read_occasions
from lm_stats.spec import SYNTHETIC_STATEMENT, Break, Codelist, Concept, Count, Indicator, View

NORMAL, ESTIMATED = "A", "E"
# what a value is of, whatever table it stands in; an indicator's key is made of these
PLACE = ("ref_area", "time_period", "origin", "destination", "concept", "sex", "publisher", "edition")
VALUES = ("obs_value", "lower", "upper")
# columns of a table that go along where it has them, with what stands where it does not
_TEXTS = {"obs_status": NORMAL, "unit_measure": "NB", "quoted_from": None, "licence": None, "grade": None, "note": None}
ORIGINS = ("source", "vintage", "data_class")


@dataclass(frozen=True)
class Ends:
    """Which pairs of areas are looked at.

    Attributes:
        members: Areas of a group, in the order of the codelist.
        areas: All areas where people can live: no totals, no regions, not "not stated".
        total: The code of the sum of all areas, where one end of a pair may be it; else empty.
    """

    members: tuple[str, ...]
    areas: tuple[str, ...]
    total: str = ""

    @classmethod
    def of(cls, areas: Codelist, group: str, *, totals: bool = False) -> Ends:
        """The pairs of a group, as the attribute `groups` of the codelist of areas gives its members."""
        places = [code for code in areas if code.kind == ""]
        members = tuple(code.code for code in places if group in code.attributes.get("groups", "").split())
        return cls(members, tuple(code.code for code in places), areas.total if totals else "")

    def condition(self) -> str:
        """SQL over `origin` and `destination`."""
        if not self.members:
            return "false"
        known, members = _listed((*self.areas, *([self.total] if self.total else []))), _listed(self.members)
        return (
            f"origin <> destination AND origin IN {known} AND destination IN {known} "
            f"AND (origin IN {members} OR destination IN {members})"
        )


def _listed(codes: Sequence[str]) -> str:
    return f"({', '.join(map(quoted, codes))})"


def read_published(
    cursor: duckdb.DuckDBPyConnection,
    view: View,
    path: Path,
    deliveries: Path,
    condition: str,
) -> pd.DataFrame:
    """The values that a table of published figures holds of some pairs.

    Args:
        cursor: A cursor of the engine.
        view: How the table is read.
        path: Its Parquet file.
        deliveries: Parquet file of the table `deliveries`.
        condition: SQL over the columns of `PLACE` that a row must meet.

    Returns:
        `PLACE`, `VALUES`, the texts that go with a value, `ORIGINS` and `own` (False).
    """
    place = {
        "ref_area": view.reporter, "time_period": view.time, "origin": view.origin, "destination": view.destination,
        "concept": view.concept, "sex": view.sex, "publisher": view.publisher, "edition": view.edition,
    }  # fmt: skip
    columns = [f"({sql})::VARCHAR AS {name}" for name, sql in place.items()]
    said_by = (view.publisher, view.edition)
    return _read(cursor, view.universe, view.value, columns, said_by, path, deliveries, condition)


def read_as_it_is(
    cursor: duckdb.DuckDBPyConnection, indicator: Indicator, path: Path, deliveries: Path
) -> pd.DataFrame:
    """The values of an indicator's table that meet its universe; an empty dimension is the sum over it.

    Returns:
        `ref_area`, `time_period`, the dimensions, `VALUES`, the texts that go with a value, `ORIGINS`, `own` (False).
    """
    columns = ["ref_area::VARCHAR AS ref_area", f"{identifier(indicator.time)}::VARCHAR AS time_period"]
    columns += [f"coalesce({identifier(d)}::VARCHAR, '_T') AS {identifier(d)}" for d in indicator.dimensions]
    edition = "edition" if "edition" in pq.read_schema(path).names else "revision"
    return _read(cursor, indicator.universe, "obs_value", columns, ("publisher", edition), path, deliveries, "true")


def _read(
    cursor: duckdb.DuckDBPyConnection,
    universe: str,
    value: str,
    columns: Sequence[str],
    said_by: tuple[str, str],
    path: Path,
    deliveries: Path,
    condition: str,
) -> pd.DataFrame:
    has = set(pq.read_schema(path).names)
    bounds = [f"{name if name in has else 'NULL'}::DOUBLE AS {name}" for name in VALUES[1:]]
    texts = [
        (f"coalesce({name}, {quoted(default)})" if default else name) if name in has else _literal(default)
        for name, default in _TEXTS.items()
    ]
    named = [f"{sql}::VARCHAR AS {name}" for name, sql in zip(_TEXTS, texts, strict=True)]
    mark = quoted(f" ({SYNTHETIC_STATEMENT})")
    frame = _fetch(cursor, f"""
        WITH rows AS (SELECT * FROM {parquet(path)} WHERE ({universe})),
        viewed AS (
            SELECT {", ".join((*columns, f"({value})::DOUBLE AS obs_value", *bounds, *named))},
                delivery_id AS _delivery, data_class, {said_by[0]} AS _by, {said_by[1]} AS _edition
            FROM rows
        )
        SELECT viewed.* EXCLUDE (_delivery, _by, _edition), _by || ', edition ' || _edition
                || CASE viewed.data_class WHEN 'synthetic' THEN {mark} ELSE '' END AS source,
            coalesce(left(received_at::VARCHAR, 10), '') AS vintage
        FROM viewed LEFT JOIN {parquet(deliveries)} AS known ON known.delivery_id = viewed._delivery
        WHERE {condition}
    """)  # fmt: skip
    return frame.assign(own=False, sampled=False, n_records=np.int64(0), kind="")


def _literal(text: str | None) -> str:
    return "NULL" if text is None else quoted(text)


def count_records(
    cursor: duckdb.DuckDBPyConnection,
    indicator: Indicator,
    view: View,
    concepts: Mapping[str, Concept],
    sexes: Codelist,
    path: Path,
    deliveries: Path,
    condition: str,
    breaks: Mapping[str, Sequence[Break]],
) -> pd.DataFrame:
    """Count our own records of some pairs: all of them, and each sex by itself.

    The publisher is the agency that delivered, the edition the period of the delivery. Of a pair with any record,
    every sex has a row, with 0 where nobody was counted; records without a sex are in the total only.

    Args:
        cursor: A cursor of the engine.
        indicator: The indicator.
        view: How the table is read; its reporter is the column `ref_area`, its time a column.
        concepts: Concepts by id.
        sexes: Codelist of sexes.
        path: Parquet file of the table.
        deliveries: Parquet file of the table `deliveries`.
        condition: SQL over `origin` and `destination` that a pair must meet.
        breaks: Declared breaks by area; those of a column that the view looks at mark the first value after them.

    Returns:
        As `read_published`, with `own` True, and with the number of records and whether they are of a sample.

    Raises:
        ValueError: If a weight is missing.
    """
    codes = [sexes.total, *(code.code for code in sexes if code.kind == "")]
    weight = f"{identifier(view.weight)}::DECIMAL(38, 12)" if view.weight else "1"
    frame = _fetch(cursor, f"""
        WITH viewed AS (
            SELECT ({view.reporter})::VARCHAR AS ref_area, ({view.time})::VARCHAR AS time_period,
                ({view.origin})::VARCHAR AS origin, ({view.destination})::VARCHAR AS destination,
                ({view.concept})::VARCHAR AS concept, ({view.sex})::VARCHAR AS _sex,
                delivery_id AS _delivery, data_class, count(*) AS n, sum({weight}) AS v
            FROM {parquet(path)} WHERE ({view.universe}) AND ({view.time}) IS NOT NULL GROUP BY ALL
        ), known AS (
            SELECT viewed.*, {f"({view.publisher})" if view.publisher else "known.agency"} AS publisher,
                {f"({view.edition})" if view.edition else "known.period"} AS edition, known.kind
            FROM viewed LEFT JOIN {parquet(deliveries)} AS known ON known.delivery_id = viewed._delivery
            WHERE {condition}
        )
        SELECT ref_area, time_period, origin, destination, concept, each.sex, publisher, edition,
            coalesce(sum(v) FILTER (_sex = each.sex OR each.sex = {quoted(sexes.total)}), 0)::DOUBLE AS obs_value,
            coalesce(sum(n) FILTER (_sex = each.sex OR each.sex = {quoted(sexes.total)}), 0)::BIGINT AS n_records,
            max(kind) AS kind, list_sort(list(DISTINCT _delivery)) AS _deliveries, max(data_class) AS data_class
        FROM known, (VALUES {", ".join(f"({quoted(code)})" for code in codes)}) AS each(sex)
        GROUP BY ref_area, time_period, origin, destination, concept, each.sex, publisher, edition ORDER BY ALL
    """)  # fmt: skip
    occasions = read_occasions(path, view.time, view.weight)
    sampled = {(area, str(at)): differs for (area, at), differs in occasions.sampled.items()}
    keys = list(zip(frame["ref_area"], frame["time_period"], strict=True))
    from_sample = np.array([sampled.get(key, False) for key in keys], dtype="bool")
    status = np.where(from_sample & (indicator.obs_status == NORMAL), ESTIMATED, indicator.obs_status).astype("object")
    seen = " ".join((view.universe, view.origin, view.destination, view.sex))
    looking = replace(indicator, table=view.table, universe=seen, dimensions=(), estimator=Count(""))
    place = {name: frame[name].tolist() for name in ("ref_area", "time_period")}
    status[broken(place, looking, concepts, breaks)] = BROKEN
    joined = ["; ".join(found) for found in frame.pop("_deliveries")]
    used = {
        (key, delivery, data_class)
        for key, data_class in zip(joined, frame["data_class"], strict=True)
        for delivery in key.split("; ")
    }
    origins = origin(deliveries, used)
    for name, default in _TEXTS.items():
        frame[name] = _text(frame, default)
    for name in ORIGINS:
        frame[name] = pd.array([origins[key][name] for key in joined], dtype="str")
    frame["obs_status"] = pd.array(status, dtype="str")
    return frame.assign(lower=np.nan, upper=np.nan, own=True, sampled=from_sample)


def _text(frame: pd.DataFrame, text: str | None) -> pd.Series:
    return pd.Series([text] * len(frame), index=frame.index, dtype="str")


def _fetch(cursor: duckdb.DuckDBPyConnection, query: str) -> pd.DataFrame:
    found: pd.DataFrame = cursor.sql(query).to_arrow_table().to_pandas()
    return found


def resolve_twins(indicator: Indicator, frame: pd.DataFrame, key: Sequence[str]) -> pd.DataFrame:
    """Keep one value for each cell: what the publisher's own table says, not what others quote of it.

    A publisher's figure may stand in its own table and, quoted, among the reference figures. The quoted one gives
    way; if it said something else, or if ours is a count of records, the note of the value that stays says what was
    quoted and where. Of values that stand side by side with the same right and agree, one stays; of two quotes that
    differ the first by place, with the other in its note.

    Args:
        indicator: The indicator.
        frame: Values, with `VALUES`, `own`, `quoted_from` and `note`.
        key: Columns that identify a value.

    Returns:
        The values in order of their key, each cell once.

    Raises:
        ValueError: If two values of the publisher's own tables for one cell differ.
    """
    quotes = frame["quoted_from"].notna()
    order = frame.assign(_quotes=quotes).sort_values([*key, "_quotes", "source", "quoted_from"], kind="stable")
    order = order.reset_index(drop=True)
    again = order.duplicated(list(key), keep=False)
    if not again.any():
        return order.drop(columns="_quotes")
    cells = order[again].groupby(list(key), sort=False, dropna=False)
    notes: dict[Hashable, str] = {}
    drop: list[Hashable] = []
    for _, cell in cells:
        first = cell.iloc[0]
        for index, row in cell.iloc[1:].iterrows():
            same = all(_equal(row[name], first[name]) for name in VALUES)
            equal_right = bool(row["_quotes"]) == bool(first["_quotes"])
            if equal_right and not same and not row["_quotes"]:
                place = ", ".join(f"{name}={first[name]}" for name in key)
                raise ValueError(f"{indicator.id}: two values of one publisher and edition for {place}")
            drop.append(index)
            if row["_quotes"] and (not same or (first["own"] and not equal_right)):
                how = "Also quoted" if equal_right else "Quoted"
                said = [notes.get(cell.index[0], first["note"]), f"{how} as {_said(row)} ({row['quoted_from']})."]
                notes[cell.index[0]] = " ".join(text for text in said if isinstance(text, str) and text)
    if notes:
        order["note"] = [notes.get(index, note) for index, note in order["note"].items()]
    return order.drop(index=drop, columns="_quotes").reset_index(drop=True)


def _equal(one: float, other: float) -> bool:
    return one == other or (pd.isna(one) and pd.isna(other))


def _said(row: pd.Series) -> str:
    """A value, or a range, as a person writes it."""
    if not pd.isna(row["obs_value"]):
        return f"{row['obs_value']:,.10g}"
    lower, upper = (None if pd.isna(row[name]) else f"{row[name]:,.10g}" for name in VALUES[1:])
    if lower and upper:
        return f"{lower} to {upper}"
    return f"at least {lower}" if lower else f"at most {upper}"
