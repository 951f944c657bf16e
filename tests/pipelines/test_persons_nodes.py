"""Goes to tests/pipelines/test_persons.py: an account that does not balance fails its check; what is behind permits."""

from types import SimpleNamespace

import pandas as pd
import pytest

from lm_stats.catalog import load
from pipelines.defs import s3_persons
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
    given = [SimpleNamespace(id=name, ref_area="LSO", period=period) for name, period in (("one", "2014"), ("two", "2015"))]
    monkeypatch.setattr(s3_persons, "known_deliveries", lambda root, source: given)
    assert {one.id for one in s3_persons._behind(catalog, Root(tmp_path))} == {"one"}
    assert str(s3_persons._last_days(catalog, Root(tmp_path))["LSO"].date()) == "2014-12-31"


def test_a_change_of_the_limits_of_shares_makes_the_links_anew():
    """Fails at HEAD: calibrated claims and reviewed intervals are made with lm_stats.shares, which no fingerprint holds."""
    assert "lm_stats.shares" in s3_persons.CODE
