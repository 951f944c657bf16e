"""Linkage as a whole: what is known from before, training, and the benchmark beside plain Splink."""

from __future__ import annotations

import dataclasses
import importlib
import random
from pathlib import Path

import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lm_stats.catalog.linkage.permits import LINKAGE
from lm_stats.curate.permits.linking import link, train
from tests.curate.test_linking import decided, register

QUICK = settings(max_examples=2, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


@QUICK
@given(seed=st.integers(0, 10**6), drawn=st.integers(0, 10**6))
def test_neither_order_nor_what_is_known_matters_and_decisions_hold(tmp_path_factory, seed, drawn):
    rows, draw = register(seed), random.Random(drawn)
    folder = tmp_path_factory.mktemp("known")
    ids = rows["permit_id"].tolist()
    lines = [(*draw.sample(ids, 2), answer) for answer in ("no", "no", "no")]
    decisions = decided(*lines)
    found = link(rows, LINKAGE, decisions)
    shuffled = rows.sample(frac=1, random_state=draw.randrange(1000))
    early = shuffled[shuffled["application_date"] < "2011-06-01"]
    link(early, LINKAGE, into=folder / "known.parquet")
    again = link(shuffled, LINKAGE, decisions, known=folder / "known.parquet", into=folder / "next.parquet")
    pd.testing.assert_frame_equal(found, again)
    person = found.set_index("permit_id")["person_id"]
    assert all(person[one] != person[other] for one, other, _ in lines)


def test_shares_that_are_not_declared_are_estimated():
    rows = register(7, 60)
    # each rule and each comparison that is there takes Splink time
    (name, *others) = LINKAGE.comparisons[:4]
    open_levels = tuple(level if level.missing else dataclasses.replace(level, m=None, u=None) for level in name.levels)
    opened = dataclasses.replace(name, levels=open_levels)
    model = dataclasses.replace(LINKAGE, comparisons=(opened, *others), blocking=LINKAGE.blocking[:2])
    assert not model.is_declared
    found = train(rows, model)
    assert found.is_declared
    assert found.comparisons[1:] == LINKAGE.comparisons[1:4]
    assert all(0 < level.u <= 1 for level in found.comparisons[0].levels if not level.missing)
    assert train(rows, LINKAGE) is LINKAGE


def test_the_benchmark_of_linkage_runs_in_smoke_form(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(Path(__file__).parents[2] / "benchmarks")
    linkage = importlib.import_module("linkage")
    rows = register(11, 40)
    rows["true_person_id"] = rows["person_token_name"]
    rows.to_parquet(tmp_path / "truth.parquet")
    noted: dict[str, float] = {}
    linkage.compare(tmp_path / "truth.parquet", tmp_path, noted.__setitem__, linkage.in_process)
    assert noted["  recall"] >= noted["  recall there"] > 0.5
    assert noted["applications"] == len(rows)
