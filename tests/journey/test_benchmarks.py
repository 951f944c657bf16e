"""The benchmarks run; how fast is not asserted."""

from __future__ import annotations

import importlib.util
import math
from pathlib import Path

import pytest

pytestmark = pytest.mark.journey


def test_permits_in_smoke_form(tmp_path):
    path = Path(__file__).parents[2] / "benchmarks" / "permits.py"
    spec = importlib.util.spec_from_file_location("benchmark_permits", path)
    benchmark = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(benchmark)
    results = benchmark.measure(100, tmp_path)
    assert len(results) == 4
    assert all(seconds > 0 and (peak > 0 or math.isnan(peak)) for seconds, peak in results.values())
    assert {"staged", "harmonised", "observatory", "published"} <= set(benchmark.seconds_by_state(tmp_path / "root"))
