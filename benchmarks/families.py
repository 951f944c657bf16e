"""How long the families of indicators of a census take, beside a bare group-by of the same columns.

Usage: python benchmarks/families.py [--persons 2100000] [--trials 3] [--keep FOLDER]

The census is drawn at random into the table `population`, with the shares of a small country of emigration: nothing of
it is true. The peer is DuckDB, once for each indicator: the universe as a filter, its dimensions from the columns they
are made of (ages one by one), numbers of records; for a rate one pass over the base. It adds up no codes, fills in no
zeros, says nothing of sources and checks nothing. Both run in one process with as many threads, one after the other;
the least of some trials counts.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Collection
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from measuring import timed

TABLE = "population"
YEAR = 2016
LIMIT_RATIO, LIMIT_MB = 4.0, 4000.0


def make_census(folder: Path, persons: int, seed: int = 1) -> None:
    """Write `population.parquet` and `deliveries.parquet`, in groups of rows as the observatory does."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    from lm_stats.catalog import load

    catalog = load()
    rng = np.random.default_rng(seed)
    country = next(source.ref_area for source in catalog.sources.values() if source.kind == "census")
    areas = [code for code in catalog.codelists["areas"].leaves if code not in (country, "X")]

    def drawn(codes: list[str], shares: list[float], where: object = None) -> pa.Array:
        numbers = rng.choice(len(codes), size=persons, p=np.array(shares) / sum(shares)).astype("int8")
        return pa.DictionaryArray.from_arrays(pa.array(numbers, mask=where), codes).cast(pa.string())

    def leaves(name: str) -> tuple[list[str], list[float]]:
        codes = list(catalog.codelists[name].leaves)
        return codes, [1 / (number + 1) for number, _ in enumerate(codes)]

    def of_areas(abroad: float) -> pa.Array:
        codes = [country, "X", *areas[:100]]
        return drawn(codes, [1 - abroad, 0.002, *(abroad / (number + 2) ** 1.5 for number in range(100))])

    age = np.minimum(rng.gamma(1.9, 13.0, persons), 105).astype("int64")
    young = age < 15
    status = drawn(["employed", "unemployed", "outside", "X"], [0.42, 0.13, 0.44, 0.01], young)
    idle = young | (status.to_numpy(zero_copy_only=False) != "employed")
    table = pa.table(
        {
            "ref_area": pa.repeat(country, persons).cast(pa.string()),
            "census_year": pa.repeat(YEAR, persons).cast(pa.int64()),
            "delivery_id": pa.repeat("census", persons),
            "data_class": pa.repeat("synthetic", persons),
            "citizenship": of_areas(0.012),
            "birthplace": of_areas(0.015),
            "labour_force_status": status,
            "residence": drawn(["usual", "visitor"], [0.97, 0.03]),
            "age": pa.array(age),
            "sex": drawn(["SEX_M", "SEX_F"], [0.49, 0.51]),
            "economic_activity": drawn(*leaves("economic_activities"), where=idle),
            "occupation": drawn(*leaves("occupations"), where=idle),
            "status_in_employment": drawn(*leaves("statuses_in_employment"), where=idle),
            "education": drawn(*leaves("education")),
            "previous_residence": of_areas(0.04),
            "weight": pa.repeat(1.0, persons),
        }
    )
    pq.write_table(table, folder / f"{TABLE}.parquet", compression="zstd", row_group_size=250_000)
    about = {"delivery_id": "census", "agency": "NSO", "kind": "census", "period": str(YEAR)}
    about |= {"received_at": "2017-01-01T00:00:00"}
    pq.write_table(pa.Table.from_pylist([about]), folder / "deliveries.parquet")


def measure(folder: Path, trials: int, only: Collection[str] = ()) -> dict[str, dict[str, float]]:
    """Seconds of ours and of the peer by family (all, or some), with the numbers of indicators and of cells."""
    import duckdb

    from lm_stats.catalog import load
    from lm_stats.estimate import estimate
    from lm_stats.estimate.cells import Dimension
    from lm_stats.spec import Indicator, Rate

    catalog = load()
    path = folder / f"{TABLE}.parquet"
    peer = duckdb.connect(config={"memory_limit": "3GB"})
    cells: dict[str, int] = {}

    def ours(indicator: Indicator) -> None:
        made = estimate(
            indicator, catalog.concepts, catalog.codelists, {TABLE: path}, folder / "deliveries.parquet"
        )
        cells[indicator.id] = len(made.frame)

    def bare(indicator: Indicator) -> None:
        columns = ", ".join(
            Dimension.of(catalog.concepts[d], catalog.codelists[catalog.concepts[d].codelist], k).raw
            for k, d in enumerate(indicator.dimensions)
        )
        counted, universe = "count(*)", indicator.universe
        if isinstance(indicator.estimator, Rate):
            counted = f"count(*) FILTER (WHERE {universe}), count(*)"
            universe = indicator.estimator.base[0].universe
        peer.execute(f"SELECT {columns}, {counted} FROM '{path}' WHERE {universe} GROUP BY {columns}").fetchall()

    found: dict[str, dict[str, float]] = {}
    for family in only or catalog.families:
        own = [one for one in catalog.indicators.values() if one.family == family and one.table == TABLE]
        if own:
            seconds = {
                name: _least(lambda each=each, own=own: [each(one) for one in own], trials)
                for name, each in (("ours", ours), ("peer", bare))
            }
            found[family] = {**seconds, "indicators": len(own), "cells": sum(cells[one.id] for one in own)}
    return found


def _least(work: Callable[[], object], trials: int) -> float:
    taken = []
    for _ in range(trials):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return min(taken)


def report(found: dict[str, dict[str, float]], peak: float) -> bool:
    """Print the ratios; whether they and the memory are within the limits."""
    print(f"{'family':34} {'indicators':>10} {'cells':>7} {'ours s':>7} {'peer s':>7} {'ratio':>6}")
    every = {name: sum(one[name] for one in found.values()) for name in ("indicators", "cells", "ours", "peer")}
    for name, one in (*found.items(), ("all", every)):
        ratio = one["ours"] / one["peer"]
        numbers = f"{one['indicators']:10.0f} {one['cells']:7.0f} {one['ours']:7.2f} {one['peer']:7.2f} {ratio:6.2f}"
        print(f"{name:34} {numbers}")
    print(f"peak memory {peak:.0f} MB")
    return max(one["ours"] / one["peer"] for one in found.values()) <= LIMIT_RATIO and not peak > LIMIT_MB


def main() -> int:
    """Draw, measure in a process of its own, report."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--persons", type=int, default=2_100_000)
    parser.add_argument("--trials", type=int, default=3)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.measure:
        said = json.dumps(measure(given.measure, given.trials))
        (given.measure / "said.json").write_text(said, encoding="utf-8")
        return 0
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / f"{TABLE}.parquet").exists():
            make_census(folder, given.persons)
        _, peak = timed(sys.executable, __file__, "--measure", str(folder), "--trials", str(given.trials))
        return 0 if report(json.loads((folder / "said.json").read_text(encoding="utf-8")), peak) else 1


if __name__ == "__main__":
    sys.exit(main())
