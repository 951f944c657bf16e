"""How long a census, a labour-force survey and a register take together, beside bare tools on the same files.

Usage: python benchmarks/national.py [--persons 2100000] [--lfs-persons 60000] [--permits 60000] [--keep FOLDER]

Each peer does one thing and nothing else. pandas reads the files of the register and counts their rows. pyarrow
reads the delivered CSV files of the census and writes them as Parquet: no names, no codes, no tokens, no address of
a row. DuckDB groups the table that indicators are made from once by all their dimensions: no universes, no sums over
codes, no zeros, no account of sources.
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

READ = """
import sys, time
from pathlib import Path
import pandas as pd
start = time.perf_counter()
counts = 0
for path in sorted(Path(sys.argv[1]).glob("*/work_permits*/*/*")):
    if path.suffix == ".xlsx":
        for sheet in pd.read_excel(path, sheet_name=None, engine="calamine", header=None, dtype=object).values():
            counts += sheet.groupby(3).size().sum()
    elif path.suffix == ".csv":
        counts += len(pd.read_csv(path, dtype=str, keep_default_na=False))
print(time.perf_counter() - start)
"""
CONVERT = """
import sys, tempfile, time
from pathlib import Path
import pyarrow.csv as csv
import pyarrow.parquet as parquet
start = time.perf_counter()
with tempfile.TemporaryDirectory() as folder:
    for number, path in enumerate(sorted(Path(sys.argv[1]).glob("*/census/*/*.csv"))):
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


def bare(program: str, *arguments: str, trials: int) -> float:
    """Seconds that a peer takes for its work, starting Python left out: the least of some trials."""
    command = (sys.executable, "-c", program, *arguments)
    return min(float(subprocess.run(command, capture_output=True, text=True, check=True).stdout) for _ in range(trials))


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


def measure(persons: int, lfs_persons: int, permits: int, folder: Path, note: Callable[[str, float], None]) -> None:
    """Simulate, run, run again, and let the peers work; `note` is told seconds, ratios and peak MB by name."""
    root = folder / "root"
    sizes = ("--census-persons", str(persons), "--lfs-persons", str(lfs_persons), "--permits", str(permits))
    assets: dict[str, float] = {}
    for name, command in (
        ("simulate", ("simulate", "--out", str(root), "--seed", "1", *sizes)),
        ("run", ("run", "--root", str(root))),
        ("run, nothing changed", ("run", "--root", str(root))),
    ):
        seconds, peak = timed(*LM_STATS, *command)
        note(f"{name}, seconds", seconds)
        note(f"{name}, peak MB", peak)
        assets = assets or seconds_by_asset(root)
    compare(root, assets, note)


def compare(root: Path, assets: Mapping[str, float], note: Callable[[str, float], None], trials: int = 3) -> None:
    """Let the peers work on the files of a root that was run, and set them beside the seconds of its assets."""
    for state, taken in seconds_by_state(assets).items():
        note(f"  {state}, seconds", taken)
    raw = str(root / "raw")
    registers = sum(taken for key, taken in assets.items() if "/work_permits" in key or key == "observatory/permits")
    census = sum(taken for key, taken in assets.items() if key.startswith("staged/") and key.endswith("/census"))
    for what, seconds, peer, program, arguments in (
        ("registers to the observatory", registers, "pandas reads and counts", READ, (raw,)),
        ("census staged", census, "pyarrow CSV to Parquet", CONVERT, (raw,)),
        *(
            (f"{len(indicators)} indicators of {table}", sum(assets[f"indicators/{name}"] for name in indicators),
             f"DuckDB groups by {len(columns)} columns", GROUP, (str(path), ", ".join(columns)))
            for table, (indicators, columns) in dimensions_by_table().items()
            if (path := root / "curated/observatory" / f"{table}.parquet").exists()
        ),
    ):  # fmt: skip
        peers = bare(program, *arguments, trials=trials)
        note(f"{what}, seconds", seconds)
        note(f"  {peer}, seconds", peers)
        note("  ratio", seconds / peers)


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
        measure(
            options.persons, options.lfs_persons, options.permits, folder,
            lambda name, value: print(f"{name:50} {value:10.2f}", flush=True),
        )  # fmt: skip


if __name__ == "__main__":
    main()
