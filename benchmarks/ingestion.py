"""How long files take from the office's bytes to staged rows, and back to the office, beside bare readers.

Usage: python benchmarks/ingestion.py [--persons 2100000] [--rows 100000] [--keep FOLDER]

The peers do one thing and nothing else: pyarrow reads the CSV files of the census and writes them as Parquet; pandas
reads the register's workbook (with the same reader as ours) and writes nothing.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from measuring import LM_STATS, timed
from national import CONVERT, bare

REGISTER = "work_permits_mole"
READ = """
import sys, time
import pandas as pd
start = time.perf_counter()
pd.read_excel(sys.argv[1], sheet_name=None, engine="calamine", header=None, dtype=object)
print(time.perf_counter() - start)
"""


def stage_one(root: Path, source: str, into: Path) -> None:
    """Stage the deliveries of a source, as a program of its own; prints what it took without starting Python."""
    from lm_stats.catalog import load
    from lm_stats.compile.coder import coders_for
    from lm_stats.spec import read_delivery
    from lm_stats.stage import Keyring, stage

    catalog = load()
    own = catalog.sources[source]
    kind = catalog.kinds[own.kind]
    start = time.perf_counter()
    coders = {
        record.id: coders_for(own.for_record(record), record, catalog.concepts, catalog.codelists, catalog.spellings)
        for record in kind.records
    }
    rows = 0
    for path in sorted((root / "raw" / source).glob("*/delivery.toml")):
        made = stage(
            own, kind, catalog.concepts, coders, read_delivery(path), path.parent, Keyring(b"benchmark"), into
        )
        rows += sum(part.rows for part in made.parts)
    said = {"seconds": time.perf_counter() - start, "rows": rows}
    (into / "said.json").write_text(json.dumps(said), encoding="utf-8", newline="\n")


def measure(persons: int, rows: int, folder: Path, note: Callable[[str, float], None], trials: int = 3) -> None:
    """Simulate a census and a register, stage them, send the register back; `note` is told what it took."""
    # without mess, because pyarrow reads one encoding and one delimiter; most applications reach this office
    sizes = ("--census-persons", str(persons), "--lfs-persons", "0", "--permits", str(int(rows * 1.05)), "--mess", "0")
    root = folder / "root"
    timed(*LM_STATS, "simulate", "--out", str(root), "--seed", "1", *sizes)
    country = next((root / "raw").glob(f"*/{REGISTER}")).parent.name
    (workbook,) = (root / "raw" / country / REGISTER).glob("*.v1/*.xlsx")
    for what, source, peer, program, argument in (
        ("census, CSV to staged", "census", "pyarrow CSV to Parquet", CONVERT, root / "raw"),
        ("register, workbook to staged", REGISTER, "pandas reads the workbook", READ, workbook),
    ):
        own, peaks, rows = [], [], 0
        for trial in range(trials):
            into = folder / f"staged_{source}_{trial}"
            into.mkdir()
            _, peak = timed(sys.executable, __file__, "--stage", str(root), f"{country}/{source}", str(into))
            said = json.loads((into / "said.json").read_text(encoding="utf-8"))
            own.append(said["seconds"])
            peaks.append(peak)
            rows = said["rows"]
        # of both the least of some trials, because other work on the machine only ever adds to it
        peers = bare(program, str(argument), trials=trials)
        note(f"{what}, rows", rows)
        note("  seconds", min(own))
        note("  peak MB", max(peaks))
        note(f"  {peer}, seconds", peers)
        note("  ratio", min(own) / peers)
    delivery = workbook.parent.relative_to(root / "raw").as_posix()
    seconds, peak = timed(*LM_STATS, "check", str(workbook))
    note("check of the workbook, seconds", seconds)
    note("  peak MB", peak)
    seconds, peak = timed(
        *LM_STATS, "sendback", delivery, "--root", str(root), "--out", str(folder / "back.xlsx")
    )
    note("sendback of the workbook, seconds", seconds)
    note("  peak MB", peak)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--persons", type=int, default=2_100_000)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--keep", type=Path, help="a folder to work in and leave; default: a temporary one")
    parser.add_argument("--stage", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.stage:
        root, source, into = options.stage
        stage_one(Path(root), source, Path(into))
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or Path(temporary)
        measure(
            options.persons, options.rows, folder,
            lambda name, value: print(f"{name:50} {value:12,.2f}", flush=True),
        )  # fmt: skip


if __name__ == "__main__":
    main()
