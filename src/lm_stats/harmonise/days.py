"""Dates of a delivery: in which order each sheet writes them, and how exact each is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from lm_stats.compile.dates import DAY, UNCLEAR, find_order, find_pairs, first_days, last_days, parse_dates
from lm_stats.compile.duckdb import identifier, parquet
from lm_stats.harmonise.marks import Marks
from lm_stats.harmonise.texts import Flags, Places, Texts
from lm_stats.spec import Concept, Problem, Source, Table

PRECISION = "_precision"
_ORDERS = {"dmy": "the day first", "mdy": "the month first", "ymd": "the year first"}
_AGAINST = {"dmy": "day_first", "mdy": "month_first"}


@dataclass(frozen=True)
class Manner:
    """How a column of a sheet writes dates.

    Attributes:
        order: Order of day, month and year (`Source.date_order`), or `UNCLEAR`.
        pairs: What `2011/12` is: `month`, `fiscal_year`, or empty where nobody knows.
    """

    order: str
    pairs: str = ""


@dataclass(frozen=True)
class Manners:
    """How the dates of a delivery are written.

    Attributes:
        differing: By concept, the file and sheet of those that do not write its dates as declared, and how they do.
        told: What a person should know of them.
    """

    differing: Mapping[str, Mapping[tuple[str, str], Manner]] = field(default_factory=dict)
    told: Sequence[Problem] = ()


def look_at_dates(
    connection: duckdb.DuckDBPyConnection, path: Path, where: str, dates: Sequence[str], source: Source
) -> Manners:
    """Find out how each sheet of a delivery writes its dates, from everything that stands in the column.

    Args:
        connection: Where it is done.
        path: Staged file of the delivery.
        where: The delivery, as warnings name it.
        dates: Concepts that are dates.
        source: The source, with the order that it declares.

    Returns:
        Sheets that differ from the declaration.
    """
    declared = Manner(source.date_order)
    differing: dict[str, dict[tuple[str, str], Manner]] = {}
    told = []
    for name in (name for name in dates if name in pq.read_schema(path).names):
        column = identifier(name)
        found = connection.execute(
            f"SELECT coalesce(source_file, '') AS file, coalesce(source_sheet, '') AS sheet, {column} AS text, "
            f"count(*) AS rows FROM {parquet(path)} WHERE excluded = '' AND {column} IS NOT NULL "
            "GROUP BY ALL ORDER BY ALL"
        ).df()
        read = parse_dates(found["text"].astype("str"), source.date_order, source.calendar)
        # a column of which every date is certain or as declared has no sheet that is not
        if not (read["orders"].isin({"dmy", "mdy"} - {source.date_order}).any() or read["pairs"].ne("").any()):
            continue
        for (file, sheet), own in found.groupby(["file", "sheet"], sort=True):
            one, counts = read.loc[own.index], own["rows"]
            manner = Manner(find_order(one, counts, source.date_order), find_pairs(one))
            if manner == declared:
                continue
            differing.setdefault(name, {})[str(file), str(sheet)] = manner
            if manner.order != source.date_order:
                place = ", ".join(filter(None, (where, str(file), f"sheet {sheet}" if sheet else "", f"column {name}")))
                told.append(_told(place, one, counts, manner, source.date_order))
    return Manners(differing, tuple(told))


def _told(where: str, read: pd.DataFrame, counts: pd.Series, manner: Manner, declared: str) -> Problem:
    either, against = (
        int(counts[read["orders"].isin(orders)].sum()) for orders in ({"both"}, {"dmy", "mdy"} - {declared})
    )
    order = "the month first" if declared == "dmy" else "the day first" if declared == "mdy" else "no year in front"
    what = f"{against} dates have {order}, though {_ORDERS[declared]} is declared"
    if manner.order == UNCLEAR:
        what = f"{what}, and {either} dates could be read either way; these rows are quarantined"
        return Problem(where, what, "Ask the office for dates with the name of the month, or as 2021-05-31.")
    what = f"{what}, and none there shows otherwise; {either} dates that could be read either way are read so too"
    return Problem(where, what, "Ask the office whether this holds for the whole sheet.")


def read_days(
    concept: Concept, text: Texts, batch: pa.RecordBatch, manners: Manners, source: Source, table: Table, marks: Marks
) -> dict[str, pd.Series]:
    """Read a column of dates.

    Args:
        concept: The date.
        text: Its texts; those that mean "missing" are emptied.
        batch: The staged rows, of which the file and the sheet are asked.
        manners: How the delivery writes dates.
        source: The source.
        table: The table that the rows go to. Where it has no column for the precision, only full days are read.
        marks: Where rows are held back that cannot be read, and where it is said what was read how.

    Returns:
        The date by its concept, and where the table has it, how exact it is.
    """
    name, sheets = concept.id, manners.differing.get(concept.id, {})
    ways = [Manner(source.date_order), *dict.fromkeys(sheets.values())]
    if len(ways) > 1:
        text = Texts(
            pd.concat([text.distinct] * len(ways), ignore_index=True),
            np.where(text.filled, text.places + _ways(batch, sheets, ways) * len(text.distinct), -1),
        )
    size = len(text.distinct) // len(ways)
    parts = [
        parse_dates(
            text.distinct[number * size : (number + 1) * size], way.order, source.calendar, way.pairs, source.date_order
        )
        for number, way in enumerate(ways)
    ]
    order = pd.Series(np.repeat([way.order for way in ways], size), index=text.distinct.index, dtype="str")
    read = pd.concat(parts) if parts else parse_dates(text.distinct, source.date_order)
    unread = read["date"].isna()
    has_precision = name + PRECISION in table.columns
    if not has_precision:
        unread |= read["precision"] != DAY
    unclear = unread & read["both_ways"]
    marks.quarantine(text.rows(unclear), f"ambiguous_{name}", name)
    marks.quarantine(text.rows(unread & ~unclear), f"unreadable_{name}", name)
    marks.warn(text.rows(read["two_digits"]), f"two_digit_year_{name}", name)
    # what can be read in one order only was read in it
    order = read["orders"].where(read["orders"] != "both", order)
    for other, reason in _AGAINST.items():
        if other != source.date_order and order.eq(other).any():
            marks.warn(text.rows(order.eq(other) & ~unread & (read["orders"] != "")), f"{reason}_{name}", name)
    day = read["last" if concept.ends else "date"].mask(unread)
    if not has_precision:
        return {name: text.spread(day)}
    return {name: text.spread(day), name + PRECISION: text.spread(read["precision"].mask(unread))}


def _ways(batch: pa.RecordBatch, sheets: Mapping[tuple[str, str], Manner], ways: Sequence[Manner]) -> Places:
    """For each row the place of the way in which its sheet writes dates."""
    files, names = Texts.of(batch["source_file"]), Texts.of(batch["source_sheet"])
    way: Places = np.zeros(batch.num_rows, dtype=np.int64)
    for (file, sheet), manner in sheets.items():
        here = _holds(files, file) & _holds(names, sheet)
        way[here] = ways.index(manner)
    return way


def _holds(text: Texts, one: str) -> Flags:
    return text.rows(text.distinct == one) if one else ~text.filled | text.rows(text.distinct == "")


def spans(frame: pd.DataFrame, concept: Concept) -> tuple[pd.Series, pd.Series]:
    """The first and the last day that a date of each row may be, by how exactly it was written."""
    day = frame[concept.id]
    if concept.id + PRECISION not in frame:
        return day, day
    precision = frame[concept.id + PRECISION]
    return (first_days(day, precision), day) if concept.ends else (day, last_days(day, precision))
