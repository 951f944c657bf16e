"""Quality of links: what an account leaves unexplained, what is in force, and how certain a share is."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from lm_stats.estimate.linkage_quality import (
    Between,
    _estimate,
    _Estimated,
    _in_force,
    _share,
    assess_linkage,
    assess_residuals,
)


def test_a_residual_is_told_of_whichever_sign_it_has():
    account = pd.DataFrame({"ref_area": ["XAA", "XAA", "XBB"], "residual": [0, -3, 0]})
    made = assess_residuals({"stock_accounts": account, "stock_revisions": account.head(0)})
    assert made[["ref_area", "table", "component", "value"]].to_numpy().tolist() == [
        ["XAA", "stock_accounts", "coherence", 3.0], ["XBB", "stock_accounts", "coherence", 0.0],
    ]  # fmt: skip
    assert made["evidence"].str.contains("1 of them has|1 of them have").tolist() == [True, False]


def test_what_is_in_force_on_a_day_is_what_was_granted_and_not_cancelled_by_then():
    days = [dt.date(2019, 6, 29), dt.date(2019, 6, 30)]
    permits = pd.DataFrame({
        "ref_area": "XAA", "permit_id": list("abcde"), "decision": ["granted"] * 3 + ["refused", "granted"],
        "valid_from": pd.to_datetime(["2019-01-01", None, "2019-06-30", "2019-01-01", "2019-01-01"]),
        "issue_date": pd.to_datetime(["2018-12-01", "2019-06-01", "2019-01-01", "2019-01-01", "2019-01-01"]),
        "valid_to": pd.to_datetime(["2019-12-31", "2019-06-30", "2019-12-31", "2019-12-31", "2019-12-31"]),
        "cancellation_date": pd.to_datetime(["2019-06-30", None, None, None, None]),
    })  # fmt: skip
    # e is linked to nobody
    links = permits.loc[permits["permit_id"] != "e", ["ref_area", "permit_id"]]
    found = _in_force(permits, links, days)
    assert found == {("XAA", days[0]): 2, ("XAA", days[1]): 2}


def test_only_shares_of_a_whole_register_are_for_readers():
    links = pd.DataFrame({"ref_area": "XAA", "permit_id": list("abc"), "person_id": ["1", "1", "2"]})
    truth = pd.DataFrame({"ref_area": "XAA", "permit_id": list("abc"), "true_person_id": ["1", "2", "2"]})
    stock = pd.DataFrame({"ref_area": ["XAA"], "date": [pd.Timestamp("2019-12-31")], "persons": [2]})
    counted = {"first_entries": [2], "re_entries": [0], "renewals": [1]}
    flows = pd.DataFrame({"ref_area": ["XAA"], "period": ["2019"], **counted})
    made = assess_linkage(links, links, stock, flows, truth=truth, true_stock=stock.assign(persons=3), true_flows=flows)
    assert set(made.loc[~made["own"], "measure"]) == {"link_precision", "link_recall"}
    error = made[made["measure"] == "linkage_error persons 2019-12-31"].set_index("unit")["value"]
    assert error["persons"] == -1
    assert error["per cent"] == pytest.approx(-100 / 3)


def test_limits_are_those_of_both_sides():
    # Clopper and Pearson 1934: 10 of 10, 95 per cent: 0.025 ** (1 / 10)
    every = _share(pd.DataFrame({"represents": [2.0] * 10, "same": "yes"}))
    assert (every.value, every.upper) == (1.0, 1.0)
    assert every.lower == pytest.approx(0.025**0.1, abs=1e-5)
    none = _share(pd.DataFrame({"represents": [2.0] * 10, "same": "no"}))
    assert none.upper == pytest.approx(1 - 0.025**0.1, abs=1e-5)


def test_a_pair_of_a_person_with_many_records_is_less_than_a_join():
    persons = [("big", k) for k in range(10)] + [(f"small {n}", k) for n in range(30) for k in range(2)]
    links = pd.DataFrame([(f"{name} {k}", name) for name, k in persons], columns=["permit_id", "person_id"])
    wrong = [(f"big {k}", f"big {k - 1}", "no", 4.5) for k in range(1, 10)] + [("big 0", "big 9", "no", 4.5)]
    right = [(f"small {n} 0", f"small {n} 1", "yes", 1.0) for n in range(30)]
    pairs = pd.DataFrame(wrong + right, columns=["permit_id", "other_permit_id", "same", "represents"])
    found = _estimate(links, pairs.assign(stratum="linked"))
    # 9 of 39 joins are wrong, though 45 of 75 pairs are
    assert found.precision.value == pytest.approx(30 / 75)
    assert found.wrong.value == pytest.approx(9 / 39)
    assert found.too_many.value == pytest.approx(-9 / 39)


def test_a_stock_lacks_no_more_persons_than_there_are_certificates_beside_others():
    nothing = Between(0.0, 0.0, 0.0)
    made = _Estimated(Between(0.5, 0.4, 0.6), nothing, nothing, nothing, records=100, linked_pairs=80.0)
    # 50 of 100 records in force: a quarter of the linked pairs meet, half of them are wrong
    assert made.in_stock(50, 30.0).value == pytest.approx(-10)
    assert made.in_stock(50, 3.0).value == pytest.approx(-3)
