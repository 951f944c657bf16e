"""Linkage as a whole: what is known from before, training, and the benchmark beside plain Splink."""

from __future__ import annotations

import dataclasses
import importlib
import random
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lm_stats.catalog.linkage.permits import LINKAGE
from lm_stats.curate.permits.linking import link, train
from tests.curate.test_linking import decided, permit, register

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


def hard_register(seed, persons):
    """Certificates with their true persons: four born on one day, and renewals under an initial and a new passport."""
    rows, draw = register(seed, persons), random.Random(seed)
    rows["true_person_id"] = rows["person_token_passport"].str.split().str[0]
    number = rows["true_person_id"].astype(int)
    rows["region_of_origin"] = "R" + (number % 3).astype(str)
    rows["economic_activity"] = "S" + rows["employer_id"]
    birth = ["person_token_birth_date", "person_token_birth_year", "birth_year"]
    rows[birth] = rows.groupby(number // 4)[birth].transform("first")
    names = [name for name in rows if name.startswith("person_token_name")]
    for at in rows.index[rows["permit_type"] == "renewal"]:
        if draw.random() < 0.3:
            given_name, family = rows.at[at, "person_token_name"].split()
            written = permit("", f"{given_name[0]} {family}", "2005-01-01")
            rows.loc[at, names] = [written[name] for name in names]
            rows.at[at, "person_token_passport"] += " new"
    return rows


@pytest.fixture
def linkage(monkeypatch):
    """The benchmark."""
    monkeypatch.syspath_prepend(Path(__file__).parents[2] / "benchmarks")
    return importlib.import_module("linkage")


def test_persons_are_found_better_than_by_the_peer_and_counted_right(linkage, tmp_path):
    rows = hard_register(11, 40)
    rows.to_parquet(tmp_path / "truth.parquet")
    noted: dict[str, float] = {}
    linkage.compare(tmp_path / "truth.parquet", tmp_path, noted.__setitem__, linkage.in_process)
    assert noted["applications"] == len(rows)
    assert noted["  precision"] >= linkage.PRECISION
    # the peer finds 30 points less here: far enough from 4 for a register of a hundred
    assert noted["  points of recall that ours finds more"] >= 4
    assert noted["  recall there"] > 0.5
    assert noted["stocks of areas"] == noted["31 Decembers with a stock"] >= 9
    assert noted["stocks of largest cells"] == linkage.LARGEST * noted["stocks of areas"]
    assert noted["yearly accounts of cells"] > 100
    assert noted["  registered late, persons"] > 0
    zero = ("areas, above 1 % and 2 persons", "largest cells, above 1 % and 2 persons")
    zero += ("accounts with a residual", "revisions with a residual")
    assert [noted[f"  {name}"] for name in zero] == [0, 0, 0, 0]


def test_a_stock_may_differ_by_one_per_cent_or_two_persons(linkage):
    def parts(*sizes):
        made = pd.DataFrame({"ref_area": [area for area, size in zip("ABC", sizes, strict=True) for _ in range(size)]})
        said = {"spell": 1, "part": 1, "entry": "first", "exit": "open", "permit_id": made.index.astype(str)}
        days = {"start": pd.Timestamp(2015, 1, 1), "end": pd.Timestamp(2016, 5, 31)}
        return made.assign(person_id=made.index.astype(str), **said, **days)

    day = [pd.Timestamp(2015, 12, 31)]
    found = linkage.differences(parts(28, 396, 0), parts(30, 400, 3), day, linkage.AREA)
    assert found["difference"].tolist() == [2, 4, 3]
    assert found["over"].tolist() == [False, False, True]
    found = linkage.differences(parts(27, 395, 0), parts(30, 400, 3), day, linkage.AREA, largest=2)
    assert found["over"].tolist() == [True, True]
