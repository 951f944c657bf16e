"""How long a census, a labour-force survey and a register take together, beside bare tools on the same files.

Usage: python benchmarks/national.py [--persons 2100000] [--lfs-persons 60000] [--permits 60000] [--keep FOLDER]

Each peer does one thing and nothing else. pandas reads the files of the register and counts their rows. pyarrow
reads the delivered CSV files of the census and writes them as Parquet: no names, no codes, no tokens, no address of
a row. DuckDB groups the tables that indicators are made from once by all their dimensions: no universes, no sums over
codes, no zeros, no account of sources.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
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
columns, counts, *paths = sys.argv[1:]
rows = " UNION ALL BY NAME ".join(f"SELECT * FROM read_parquet('{path}')" for path in paths)
start = time.perf_counter()
connection.execute(f"SELECT {columns}, {counts} FROM ({rows}) GROUP BY {columns}").fetchnumpy()
print(time.perf_counter() - start)
"""


def bare(program: str, *arguments: str, trials: int) -> float:
    """Seconds that a peer takes for its work, starting Python left out: the least of some trials."""
    command = (sys.executable, "-c", program, *arguments)
    return min(float(subprocess.run(command, capture_output=True, text=True, check=True).stdout) for _ in range(trials))


@dataclass
class Family:
    """Indicators of census or survey that are made from the same tables.

    Attributes:
        tables: The tables.
        indicators: Ids of the indicators.
        columns: Columns that they are broken down by.
        counted: Columns whose different values they count.
    """

    tables: tuple[str, ...]
    indicators: list[str] = field(default_factory=list)
    columns: dict[str, None] = field(default_factory=lambda: {"ref_area": None})
    counted: dict[str, None] = field(default_factory=dict)


def families() -> Iterable[Family]:
    """The families of indicators, from their declarations."""
    sys.path[:0] = [str(HOME / "src"), str(HOME)]
    from lm_stats.catalog import load

    catalog = load()
    counted = {name for kind in ("census", "lfs") for name in catalog.kinds[kind].tables}
    found: dict[tuple[str, ...], Family] = {}
    for indicator in catalog.indicators.values():
        # those of the ILO's list have one asset together, and a benchmark of their own
        if counted.issuperset(indicator.tables) and not indicator.family:
            family = found.setdefault(tuple(sorted(indicator.tables)), Family(indicator.tables))
            family.indicators.append(indicator.id)
            made = [catalog.concepts[name].bands or name for name in indicator.dimensions]
            columns = catalog.tables[indicator.table].columns
            family.columns |= dict.fromkeys(name for name in (indicator.time, *made) if name in columns)
            family.counted |= dict.fromkeys([indicator.counted.distinct] if indicator.counted.distinct else [])
    return found.values()


def measure(persons: int, lfs_persons: int, permits: int, folder: Path, note: Callable[[str, float], None]) -> None:
    """Simulate, run, run again, and let the peers work; `note` is told seconds, ratios and peak MB by name."""
    root = folder / "root"
    # without mess, because the peers read one encoding and one delimiter
    sizes = ("--census-persons", str(persons), "--lfs-persons", str(lfs_persons), "--permits", str(permits))
    sizes += ("--mess", "0")
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
            (
                f"{len(one.indicators)} indicators of {' and '.join(one.tables)}",
                sum(assets[f"indicators/{name}"] for name in one.indicators),
                f"DuckDB groups by {len(one.columns)} columns",
                GROUP,
                (
                    ", ".join(one.columns),
                    ", ".join(["count(*)", *(f"count(DISTINCT {name})" for name in one.counted)]),
                    *(str(root / f"curated/observatory/{table}.parquet") for table in one.tables),
                ),
            )
            for one in families()
            if all((root / f"curated/observatory/{table}.parquet").exists() for table in one.tables)
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
