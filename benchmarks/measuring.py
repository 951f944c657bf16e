"""Commands measured as children of one process, one after the other, so that their times can be compared."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path

HOME = Path(__file__).parents[1]
LM_STATS = (sys.executable, "-m", "pipelines.cli")
_PAUSE = 0.05


def timed(*command: str) -> tuple[float, float]:
    """Run a command to its end; seconds and peak memory in MB (nan where the system does not say).

    Memory is the resident memory of the command and everything it starts, looked at twenty times a second, or
    the peak of the largest single process where that is more or the system shows no other.

    Raises:
        subprocess.CalledProcessError: If the command fails.
    """
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(HOME / "src"), str(HOME)])}
    start = time.perf_counter()
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as child:
        watch = _Watch(child.pid)
        watch.start()
        said = child.stderr.read() if child.stderr else b""
        peak = float("nan")
        if hasattr(os, "wait4"):
            _, status, usage = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
            peak = usage.ru_maxrss / (1024 * 1024 if sys.platform == "darwin" else 1024)
        else:
            child.wait()
        watch.ended.set()
        watch.join()
    seconds = time.perf_counter() - start
    if child.returncode:
        raise subprocess.CalledProcessError(child.returncode, command, stderr=said)
    return seconds, max(peak, watch.peak) if watch.peak else peak


class _Watch(threading.Thread):
    """Looks at the resident memory of a process and all below it (Linux only)."""

    def __init__(self, process: int) -> None:
        super().__init__(daemon=True)
        self.process = process
        self.peak = 0.0
        self.ended = threading.Event()

    def run(self) -> None:
        while Path("/proc/self/statm").exists() and not self.ended.wait(_PAUSE):
            self.peak = max(self.peak, _resident(self.process))


def _resident(process: int) -> float:
    """Resident memory in MB of a process and all that it has started."""
    home = Path(f"/proc/{process}")
    try:
        pages = int((home / "statm").read_text().split()[1])
        below = " ".join(path.read_text() for path in home.glob("task/*/children")).split()
    except (OSError, IndexError):
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024**2 + sum(_resident(int(child)) for child in below)


def seconds_by_asset(root: Path) -> dict[str, float]:
    """Seconds of each asset, from the records that the run left beside its outputs."""
    found: dict[str, float] = {}
    for path in sorted((root / "curated").rglob("*.json")):
        record = json.loads(path.read_text(encoding="utf-8"))
        state = path.relative_to(root / "curated").parts[0]
        # the record of an asset bears its key; those of single deliveries are parts of one
        if isinstance(record, dict) and str(record.get("key", "")).startswith(f"{state}/"):
            found[record["key"]] = float(record["seconds"])
    return found


def seconds_by_state(assets: Mapping[str, float]) -> dict[str, float]:
    """Seconds of each state, of the seconds of its assets."""
    found: dict[str, float] = {}
    for key, seconds in assets.items():
        state = key.partition("/")[0]
        found[state] = found.get(state, 0.0) + seconds
    return found
