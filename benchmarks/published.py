"""How long two editions of a bilateral migrant stock take from their files to findings, beside bare pandas.

Usage: python benchmarks/published.py [--areas 230] [--keep FOLDER]

The numbers are made up, in the layout of the United Nations' files: every pair of areas, seven years, both sexes and
each sex. The peer reads the same files with pandas, writes them as Parquet, and sets the editions side by side: no
codes, no address of a value, no rules but one comparison.
"""

from __future__ import annotations

import argparse
import csv
import random
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from measuring import HOME, LM_STATS, seconds_by_asset, timed
from national import bare

YEARS = (1990, 1995, 2000, 2005, 2010, 2015, 2020)
EDITIONS = ("2019", "2020")
COMPARE = """
import sys, tempfile, time
from pathlib import Path
import pandas as pd
start = time.perf_counter()
with tempfile.TemporaryDirectory() as folder:
    editions = []
    for path in sorted(Path(sys.argv[1]).glob("*/*/*/*.csv")):
        frame = pd.read_csv(path)
        frame.to_parquet(Path(folder) / f"{len(editions)}.parquet")
        editions.append(frame)
    both = editions[0].merge(editions[1], on=["destination", "origin", "sex", "year"])
    changed = (both["migrant_stock_x"] - both["migrant_stock_y"]).abs() > 0.1 * both["migrant_stock_x"]
    changed.sum()
print(time.perf_counter() - start)
"""


def write_editions(folder: Path, areas: int) -> list[Path]:
    """Write a file for each edition; a third of all pairs has migrants, and a tenth of these is revised."""
    sys.path[:0] = [str(HOME / "src"), str(HOME)]
    from lm_stats.catalog import load

    codes = [code.code for code in load().codelists["areas"] if not code.kind][:areas]
    draw = random.Random(1)
    pairs = [(there, here) for there in codes for here in codes if there != here and draw.random() < 1 / 3]
    paths = []
    for edition in EDITIONS:
        paths.append(folder / f"stock_{edition}.csv")
        with paths[-1].open("w", encoding="utf-8", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(("destination", "origin", "sex", "year", "migrant_stock"))
            for there, here in pairs:
                # seeded by the pair, so that both editions begin with the same numbers
                size = random.Random(f"{there}{here}")
                revised = edition == EDITIONS[1] and draw.random() < 0.1
                for year in YEARS:
                    men, women = (int(size.lognormvariate(6, 2)) + (50 if revised else 0) for _ in range(2))
                    rows.writerows(
                        (there, here, sex, year, value)
                        for sex, value in (("male", men), ("female", women), ("total", men + women))
                    )
    return paths


def measure(areas: int, folder: Path, note: Callable[[str, float], None], trials: int = 3) -> None:
    """Receive, run, and let the peer work; `note` is told seconds, ratios and peak MB by name."""
    root = folder / "root"
    sent = ("--kind", "migrant_stock", "--country", "XIN", "--agency", "UNDESA", "--root", str(root))
    for edition, path in zip(EDITIONS, write_editions(folder, areas), strict=True):
        timed(*LM_STATS, "receive", str(path), "--period", edition, *sent)
    seconds, peak = timed(*LM_STATS, "run", "--root", str(root))
    note("run, seconds", seconds)
    note("run, peak MB", peak)
    assets = seconds_by_asset(root)
    for key in sorted(key for key, taken in assets.items() if taken >= 0.1):
        note(f"  {key}, seconds", assets[key])
    ours = sum(assets[key] for key in assets if "undesa" in key or key == "observatory/migrant_stock")
    peers = bare(COMPARE, str(root / "raw"), trials=trials)
    note("files to the observatory, seconds", ours)
    note("  pandas reads, writes and compares, seconds", peers)
    note("  ratio", ours / peers)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--areas", type=int, default=230)
    parser.add_argument("--keep", type=Path, help="a folder to work in and leave; default: a temporary one")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or Path(temporary)
        measure(options.areas, folder, lambda name, value: print(f"{name:60} {value:10.2f}", flush=True))


if __name__ == "__main__":
    main()
