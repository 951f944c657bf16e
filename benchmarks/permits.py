"""How long a work-permit register takes, beside a bare reading of the same files with pandas.

Usage: python benchmarks/permits.py [--permits 60000] [--keep FOLDER]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from measuring import LM_STATS, seconds_by_state, timed

# the peer reads and counts, and does nothing else: no codes, no rules, no account, no tokens
PEER = """
import sys
from pathlib import Path
import pandas as pd
counts = 0
for path in sorted(Path(sys.argv[1]).rglob("*.xlsx")):
    for sheet in pd.read_excel(path, sheet_name=None, engine="calamine", header=None, dtype=object).values():
        counts += sheet.groupby(3).size().sum()
for path in sorted(Path(sys.argv[1]).rglob("*.csv")):
    counts += len(pd.read_csv(path, dtype=str, keep_default_na=False))
print(int(counts))
"""
ONLY_PERMITS = ("--census-persons", "0", "--lfs-persons", "0")


def measure(permits: int, folder: Path) -> dict[str, tuple[float, float]]:
    """Simulate, run, run again and read with the peer; seconds and peak MB by name."""
    root = str(folder / "root")
    return {
        "simulate": timed(
            *LM_STATS, "simulate", "--out", root, "--seed", "1", "--permits", str(permits), *ONLY_PERMITS
        ),
        "run": timed(*LM_STATS, "run", "--root", root),
        "run, nothing changed": timed(*LM_STATS, "run", "--root", root),
        "peer: pandas reads and counts": timed(sys.executable, "-c", PEER, str(Path(root) / "raw")),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--permits", type=int, default=60_000)
    parser.add_argument("--keep", type=Path, help="a folder to work in and leave; default: a temporary one")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or Path(temporary)
        results = measure(options.permits, folder)
        peer = results["peer: pandas reads and counts"][0]
        print(f"{options.permits:,} permits")
        for name, (seconds, peak) in results.items():
            print(f"{name:32} {seconds:7.1f} s  {seconds / peer:6.2f} x peer  {peak:7.0f} MB")
        for state, seconds in seconds_by_state(folder / "root").items():
            print(f"  {state:30} {seconds:7.1f} s")


if __name__ == "__main__":
    main()
