"""What a table observed: which areas and periods, by which deliveries, and whether records stand for themselves.

Most files are sorted by area and occasion, so the smallest and largest value that Parquet keeps of each
group of rows tell nearly everything; only groups that hold several values are read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from lm_stats.spec import SYNTHETIC_STATEMENT, Period


@dataclass(frozen=True)
class Occasions:
    """What a table observed.

    Attributes:
        sampled: By area and value of the time column, whether the weight of any record differs from 1.
        deliveries: Area, delivery and class of data of its records.
        times: By area, the values of the time column, empty ones (None) among them; nothing where it was not read.
    """

    sampled: Mapping[tuple[str, Any], bool]
    deliveries: frozenset[tuple[str, str, str]]
    times: Mapping[str, frozenset[Any]]


def read_occasions(path: Path, time: str, weight: str) -> Occasions:
    """Read what a table observed.

    Args:
        path: Parquet file of the observatory table.
        time: Column of the occasion; empty where occasions do not matter.
        weight: Column with the weight; empty where every record stands for itself.

    Raises:
        ValueError: If a weight is missing.
    """
    keys = ["ref_area", "delivery_id", "data_class", *([time] if time else [])]
    sampled: dict[tuple[str, Any], bool] = {}
    deliveries = set()
    times: dict[str, set[Any]] = {}
    for row in _combinations(path, keys, weight):
        deliveries.add((row["ref_area"], row["delivery_id"], row["data_class"]))
        times.setdefault(row["ref_area"], set()).update([row[time]] if time else [])
        if time and row[time] is not None:
            key = (row["ref_area"], row[time])
            sampled[key] = sampled.get(key, False) or bool(weight and (row["low"], row["high"]) != (1, 1))
    return Occasions(sampled, frozenset(deliveries), {area: frozenset(found) for area, found in times.items()})


def _combinations(path: Path, keys: Sequence[str], weight: str) -> Iterator[dict[str, Any]]:
    """Each combination of `keys`, once or more often, with the smallest and largest weight as `low` and `high`."""
    with pq.ParquetFile(path) as file:
        position = {name: number for number, name in enumerate(file.schema_arrow.names)}
        mixed = []
        for number in range(file.metadata.num_row_groups):
            group = file.metadata.row_group(number)
            known = [group.column(position[name]).statistics for name in (*keys, *([weight] if weight else []))]
            if group.num_rows and all(s and s.has_min_max and s.null_count == 0 and s.min == s.max for s in known):
                values = [s.min for s in known]
                yield {
                    **dict(zip(keys, values, strict=False)),
                    **({"low": values[-1], "high": values[-1]} if weight else {}),
                }
            else:
                mixed.append(number)
        for number in mixed:
            rows = file.read_row_group(number, columns=[*keys, *([weight] if weight else [])])
            wanted: list[Any] = [(weight, "min"), (weight, "max")] if weight else []
            if weight and rows[weight].null_count:
                raise ValueError(f"{path.name}: the column {weight} is empty on some records")
            found = pa.TableGroupBy(rows, list(keys)).aggregate(wanted)
            if weight:
                found = found.append_column("low", pc.cast(found[f"{weight}_min"], pa.float64()))
                found = found.append_column("high", pc.cast(found[f"{weight}_max"], pa.float64()))
            yield from found.to_pylist()


def origin(deliveries: Path, used: Iterable[tuple[str, str, str]]) -> dict[str, dict[str, str]]:
    """By area: `source` (offices, kinds and what they covered), `vintage` (latest delivery) and `data_class`.

    Args:
        deliveries: Parquet file of the table `deliveries`.
        used: Area, delivery and class of data of the records used.
    """
    columns = ["delivery_id", "agency", "kind", "period", "received_at"]
    known = {row["delivery_id"]: row for row in pq.read_table(deliveries, columns=columns).to_pylist()}
    by_area: dict[str, list[tuple[dict[str, str], str]]] = {}
    for area, delivery, data_class in sorted(used):
        if delivery in known:
            by_area.setdefault(area, []).append((known[delivery], data_class))
    found = {}
    for area, rows in by_area.items():
        agencies = ", ".join(sorted({row["agency"] for row, _ in rows}))
        kinds = ", ".join(sorted({row["kind"].replace("_", " ") for row, _ in rows}))
        data_class = max(data_class for _, data_class in rows)
        mark = f" ({SYNTHETIC_STATEMENT})" if data_class == "synthetic" else ""
        found[area] = {
            "source": f"{agencies}: {kinds}, {_covered(row['period'] for row, _ in rows)}{mark}",
            "vintage": max(row["received_at"] for row, _ in rows)[:10],
            "data_class": data_class,
        }
    return found


def _covered(periods: Iterable[str]) -> str:
    """From when to when some periods reach, in years if these are whole, else in months."""
    parsed = [Period.parse(text) for text in periods]
    first, last = min(p.first for p in parsed), max(p.last for p in parsed)
    form = "%Y" if (first.month, last.month) == (1, 12) else "%Y-%m"
    ends = dict.fromkeys((first.strftime(form), last.strftime(form)))
    return " to ".join(ends)
