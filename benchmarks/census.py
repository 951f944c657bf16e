"""How long a census, a labour-force survey and a register take together, beside bare tools on the same files.

Usage: python benchmarks/census.py [--persons 2100000] [--lfs-persons 60000] [--permits 60000] [--keep FOLDER]

Two peers do one thing each and nothing else. pyarrow reads the delivered CSV files of the census and writes
them as Parquet: no names, no codes, no tokens, no address of a row. DuckDB groups the table that indicators are
made from once by all their dimensions: no universes, no sums over codes, no zeros, no account of sources.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from measuring import HOME, LM_STATS, seconds_by_asset, seconds_by_state, timed

CONVERT = """
import sys, tempfile, time
from pathlib import Path
import pyarrow.csv as csv
import pyarrow.parquet as parquet
start = time.perf_counter()
with tempfile.TemporaryDirectory() as folder:
    for number, path in enumerate(sorted(Path(sys.argv[1]).rglob("*.csv"))):
        parquet.write_table(csv.read_csv(path), Path(folder) / f"{number}.parquet")
print(time.perf_counter() - start)
"""
GROUP = """
import sys, time
import duckdb
connection = duckdb.connect(config={"memory_limit": "3GB"})
start = time.perf_counter()
connection.execute(f"SELECT {sys.argv[2]}, count(*) FROM read_parquet('{sys.argv[1]}') GROUP BY ALL").fetchnumpy()
print(time.perf_counter() - start)
"""
TRIALS = 3


def bare(program: str, *arguments: str) -> float:
    """Seconds that a peer takes for its work, starting Python left out: the least of some trials."""
    command = (sys.executable, "-c", program, *arguments)
    return min(
        float(subprocess.run(command, capture_output=True, text=True, check=True).stdout) for _ in range(TRIALS)
    )


def dimensions_by_table() -> Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    """By table of census and survey: the indicators made from it, and the columns that these are broken down by."""
    sys.path[:0] = [str(HOME / "src"), str(HOME)]
    from lm_stats.catalog import load

    catalog = load()
    found: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {}
    tables = [name for kind in ("census", "lfs") for name in catalog.kinds[kind].tables]
    for table in tables:
        own = [one for one in catalog.indicators.values() if one.table == table]
        names = dict.fromkeys(name for one in own for name in (one.time, *one.dimensions))
        columns = dict.fromkeys(
            base
            for name in names
            for base in ((catalog.concepts[name].bands or name,) if name in catalog.concepts else (name,))
            if base in catalog.tables[table].columns
        )
        found[table] = tuple(one.id for one in own), ("ref_area", *columns)
    return found


def measure(
    persons: int, lfs_persons: int, permits: int, folder: Path, tell: Callable[[str], None] = lambda text: None
) -> dict[str, float]:
    """Simulate, run and let the peers work; seconds, ratios and peak MB by name."""
    root = folder / "root"
    found: dict[str, float] = {}

    def note(name: str, value: float) -> None:
        found[name] = value
        tell(f"{name:62} {value:10.2f}")

    sizes = ("--census-persons", str(persons), "--lfs-persons", str(lfs_persons), "--permits", str(permits))
    for name, command in (
        ("simulate", ("simulate", "--out", str(root), "--seed", "1", *sizes)),
        ("run", ("run", "--root", str(root))),
        ("run, nothing changed", ("run", "--root", str(root))),
    ):
        seconds, peak = timed(*LM_STATS, *command)
        note(f"{name}, seconds", seconds)
        note(f"{name}, peak MB", peak)
        if name == "run":
            assets = seconds_by_asset(root)
            for state, taken in seconds_by_state(root).items():
                note(f"  {state}, seconds", taken)
    staged = sum(taken for key, taken in assets.items() if key.startswith("staged/") and key.endswith("/census"))
    converted = bare(CONVERT, str(root / "raw"))
    note("census staged, seconds", staged)
    note("pyarrow CSV to Parquet, seconds", converted)
    note("census staged / pyarrow", staged / converted)
    for table, (indicators, columns) in dimensions_by_table().items():
        path = root / "curated/observatory" / f"{table}.parquet"
        if not path.exists():
            continue
        taken = sum(assets[f"indicators/{name}"] for name in indicators)
        grouped = bare(GROUP, str(path), ", ".join(columns))
        note(f"{len(indicators)} indicators of {table}, seconds", taken)
        note(f"DuckDB groups {table} by {len(columns)} columns, seconds", grouped)
        note(f"indicators of {table} / DuckDB", taken / grouped)
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--persons", type=int, default=2_100_000)
    parser.add_argument("--lfs-persons", type=int, default=60_000)
    parser.add_argument("--permits", type=int, default=60_000)
    parser.add_argument("--keep", type=Path, help="a folder to work in and leave; default: a temporary one")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or Path(temporary)
        print(f"{options.persons:,} persons, {options.lfs_persons:,} in the survey, {options.permits:,} permits")
        measure(options.persons, options.lfs_persons, options.permits, folder, print)


if __name__ == "__main__":
    main()
