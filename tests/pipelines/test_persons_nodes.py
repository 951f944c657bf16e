"""Nodes of persons: an account that does not balance fails its check, and what is behind the permits."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd
import pytest

from lm_stats.catalog import load
from pipelines.defs import s3_persons, s4_indicators, s6_published
from pipelines.nodes import Making
from pipelines.root import Root


@pytest.fixture(scope="module")
def catalog():
    return load()


@pytest.mark.parametrize(("residuals", "broken"), [([0, 0], 0), ([0, -1], 1), ([2, -1], 2), ([], 0)])
def test_an_account_that_does_not_balance_is_a_finding(catalog, residuals, broken):
    for name in ("stock_accounts", "stock_revisions"):
        found = s3_persons._balance(pd.DataFrame({"residual": residuals}), catalog.tables[name])
        told = found.get("findings", {}).get(s3_persons.BALANCES, {"findings": 0, "error": True})
        assert (told["findings"], told["error"]) == (broken, True)


def test_only_deliveries_with_rows_say_how_far_a_register_reaches(catalog, tmp_path, monkeypatch):
    folder = tmp_path / "curated/observatory"
    folder.mkdir(parents=True)
    pd.DataFrame({"delivery_id": ["one", "one"]}).to_parquet(folder / "permits.parquet")
    given = [SimpleNamespace(id=name, ref_area="LSO") for name in ("one", "two")]
    monkeypatch.setattr(s3_persons, "known_deliveries", lambda root, source: given)
    assert {one.id for one in s3_persons._behind(catalog, Root(tmp_path))} == {"one"}


def test_a_change_of_what_nodes_of_persons_and_quality_are_made_with_makes_them_anew(catalog, tmp_path):
    with_shares = {"lm_stats.shares", "lm_stats.units", "lm_stats.linkage_review"}
    assert with_shares <= set(s3_persons.CODE)
    quality = next(node for node in s4_indicators.nodes(catalog, Root(tmp_path)) if node.key == s4_indicators.QUALITY)
    assert with_shares <= set(quality.code)
    assert "lm_stats.units" in s6_published.CODE


def test_a_vintage_of_other_columns_is_compared_by_those_in_common_or_set_aside(tmp_path):
    columns = ["ref_area", "permit_id", "start"]
    making = Making(tmp_path / "work", tmp_path, {}, "", print)
    making.work.mkdir()
    kept = pd.DataFrame({"ref_area": ["XAA"], "permit_id": ["a"], "start": ["2019"], "sex": ["SEX_F"]})
    kept.to_parquet(tmp_path / s3_persons.SEEN)
    kept.drop(columns="start").to_parquet(tmp_path / s3_persons.BEFORE)
    assert s3_persons._kept(tmp_path / s3_persons.SEEN, columns).equals(kept[columns])
    assert s3_persons._kept(tmp_path / s3_persons.BEFORE, columns).empty
    (name,), (problem,) = s3_persons._set_aside(making, columns)
    assert (making.work / name).read_bytes() == (tmp_path / s3_persons.BEFORE).read_bytes()
    assert "no column start" in problem.what
