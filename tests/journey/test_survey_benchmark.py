"""The benchmark of estimates with errors, in a smoke form without R."""

from __future__ import annotations

import importlib
from pathlib import Path

import pandas as pd
import pytest


def test_all_estimates_are_made_and_what_r_took_elsewhere_is_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.syspath_prepend(Path(__file__).parents[2] / "benchmarks")
    survey = importlib.import_module("survey")
    noted: dict[str, object] = {}
    survey.measure(1500, 1, tmp_path, noted.__setitem__, survey.in_process, with_r=False)
    assert str(noted["R"]).startswith("not here; as recorded elsewhere")
    assert noted["  R 4.1, seconds"] == 6.7
    assert all(noted[f"ours, {name}, seconds"] > 0 for name in survey.STATEMENTS)  # type: ignore[operator]
    made = pd.read_csv(tmp_path / "ours.csv")
    assert len(made) == survey.DOMAINS * (3 * len(survey.VARIABLES) - 1)
    assert made[["estimate", "std_error", "lower", "upper", "deff"]].notna().all(axis=None)
    # compared with themselves
    made[["statement", "variable", "domain", "estimate", "std_error"]].to_csv(tmp_path / "r.csv", index=False)
    assert survey.compare(tmp_path) == (2 * len(made), 0, 0)
