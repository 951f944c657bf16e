"""The shipped figures alone: what is found in them is a check, is told, and knows what people decided."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pandas as pd

from tests.shortcuts import without_dagster

from .conftest import call, without_publishing

RAW = Path(__file__).parents[2] / "data/raw"


def test_findings_are_told_until_people_have_decided(tmp_path):
    root = tmp_path / "root"
    shutil.copytree(RAW / "lso/reference_figures", root / "raw/lso/reference_figures")
    found = root / "curated/indicators/plausibility.parquet"
    with without_publishing(), without_dagster():
        assert call("run", "--root", root).code == 0
        record = json.loads(found.with_suffix(".json").read_text(encoding="utf-8"))
        told = record["detail"]["findings"]
        frame = pd.read_parquet(found)
        assert set(frame["verdict"]) == {""}
        assert {rule: told[rule]["findings"] for rule in told} == frame["rule"].value_counts().to_dict()
        assert told["districts_add_up"]["error"] is True
        assert told["sex_reversal"]["error"] is False
        assert told["sex_reversal"]["cells"][0].startswith("reference_estimates: ref_area=LSO; ")
        (warning,) = record["warnings"]
        errors = int((frame["severity"] == "error").sum())
        assert warning["what"].startswith(f"{len(frame)} findings are not decided on: {errors} that cannot be true")
        (root / "raw/xin/decisions").mkdir(parents=True)
        shutil.copy(RAW / "xin/decisions/plausibility.csv", root / "raw/xin/decisions")
        assert call("run", "--root", root).code == 0
    record = json.loads(found.with_suffix(".json").read_text(encoding="utf-8"))
    assert set(pd.read_parquet(found)["verdict"]) == {"defect", "explained"}
    assert record["warnings"] == []
    shown = pd.read_parquet(root / "curated/protected/labour_migration/plausibility.parquet")
    assert set(shown["verdict"]) == {"defect", "explained"}
    assert set(shown["data_class"]) == {"real"}
