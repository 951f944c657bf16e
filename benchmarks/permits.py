"""How long a work-permit register takes, beside a bare reading of the same files with pandas.

Usage: python benchmarks/permits.py [--permits 60000] [--keep FOLDER]

Every measured command is a child of this process, one after the other on the same machine, so that
their times can be compared. Peak memory is that of the largest single process of a command.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HOME = Path(__file__).parents[1]
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


def timed(*command: str) -> tuple[float, float]:
    """Run a command to its end; seconds and peak memory in MB (nan where the system does not say).

    Raises:
        subprocess.CalledProcessError: If the command fails.
    """
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(HOME / "src"), str(HOME)])}
    start = time.perf_counter()
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as child:
        said = child.stderr.read() if child.stderr else b""
        if hasattr(os, "wait4"):
            _, status, usage = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
            peak = usage.ru_maxrss / (1024 * 1024 if sys.platform == "darwin" else 1024)
        else:
            child.wait()
            peak = float("nan")
    seconds = time.perf_counter() - start
    if child.returncode:
        raise subprocess.CalledProcessError(child.returncode, command, stderr=said)
    return seconds, peak


def measure(permits: int, folder: Path) -> dict[str, tuple[float, float]]:
    """Simulate, run, run again and read with the peer; seconds and peak MB by name."""
    root = str(folder / "root")
    lm_stats = (sys.executable, "-m", "pipelines.cli")
    results = {
        "simulate": timed(*lm_stats, "simulate", "--out", root, "--seed", "1", "--permits", str(permits)),
        "run": timed(*lm_stats, "run", "--root", root),
        "run, nothing changed": timed(*lm_stats, "run", "--root", root),
        "peer: pandas reads and counts": timed(sys.executable, "-c", PEER, str(Path(root) / "raw")),
    }
    return results


def seconds_by_state(root: Path) -> dict[str, float]:
    """Seconds of each state, from the records that the run left beside its outputs."""
    found: dict[str, float] = {}
    for path in sorted((root / "curated").rglob("*.json")):
        record = json.loads(path.read_text(encoding="utf-8"))
        state = path.relative_to(root / "curated").parts[0]
        # the record of an asset bears its key; those of single deliveries are parts of one
        if isinstance(record, dict) and str(record.get("key", "")).startswith(f"{state}/"):
            found[state] = found.get(state, 0.0) + float(record["seconds"])
    return found


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
