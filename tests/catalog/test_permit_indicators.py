"""What indicators of permits say of themselves."""

from __future__ import annotations

import duckdb
import pandas as pd
import pytest

from lm_stats.catalog import load
from lm_stats.curate.permits.persons import persons
from lm_stats.curate.permits.spells import spells


@pytest.fixture(scope="module")
def indicators():
    return load().indicators


def test_who_waits_for_the_certificate_after_the_decision_waits(indicators):
    # granted and not yet issued is censored, not left out: else an office looks quicker the more it leaves undone
    universe = indicators["time_to_issue_by_office"].universe
    row = "SELECT DATE '2019-01-01' AS application_date, 'granted' AS decision, NULL::DATE AS issue_date"
    assert duckdb.sql(f"SELECT count(*) FROM ({row}) WHERE {universe}").fetchall() == [(1,)]


def test_flows_say_that_first_means_first_in_the_register(indicators):
    assert "before the register" in indicators["permit_flows"].note


def test_a_stock_of_permits_is_not_called_employed(indicators):
    assert "permit" in indicators["emp_mfrc_sex_cct_nb"].title["en"].casefold()


def test_a_person_is_dated_by_the_certificate_that_describes_him():
    rows = pd.DataFrame({
        "ref_area": "XAA", "permit_id": ["a", "b"], "decision": "granted", "permit_type": ["new", "renewal"],
        "valid_from": pd.to_datetime(["2018-01-01", "2019-01-01"]), "issue_date": pd.to_datetime([None, "2019-01-05"]),
        "valid_to": pd.to_datetime(["2018-12-31", "2019-12-31"]), "sex": ["SEX_F", "SEX_M"],
    })  # fmt: skip
    links = rows[["ref_area", "permit_id"]].assign(person_id="P1")
    (person,) = persons(rows, links, spells(rows, links)).to_dict("records")
    # described by a, and so not counted in the year in which b was issued
    assert person["sex"] == "SEX_F"
    assert pd.isna(person["first_issue_date"])


@pytest.mark.parametrize(
    ("name", "row", "counted"),
    [
        # held on the last day known and after it; begins after it; ends on it
        ("permits_expiring", "'open' AS exit, DATE '2015-02-01' AS start_date, DATE '2016-01-31' AS end_date", 1),
        ("permits_expiring", "'open' AS exit, DATE '2016-02-01' AS start_date, DATE '2016-06-30' AS end_date", 0),
        ("permits_expiring", "'open' AS exit, DATE '2015-01-01' AS start_date, DATE '2015-12-30' AS end_date", 0),
        ("permit_flows", "'expired' AS event, DATE '2015-12-31' AS event_date", 1),
        ("permit_flows", "'expired' AS event, DATE '2016-01-01' AS event_date", 0),
        ("emp_mflc_sex_eco_nb", "'new' AS first_permit_type, DATE '2015-12-31' AS first_issue_date", 1),
        ("emp_mflc_sex_ocu_nb", "'new' AS first_permit_type, DATE '2016-01-01' AS first_issue_date", 0),
    ],
)
@pytest.mark.parametrize("partly", [False, True])
def test_nothing_is_counted_of_days_that_are_not_known(indicators, name, row, counted, partly):
    # of a year known in part, flows are none
    known = "2015-12-30" if partly else "2015-12-31"
    universe = indicators[name].universe
    found = duckdb.sql(f"SELECT count(*) FROM (SELECT {row}, DATE '{known}' AS observed_until) WHERE {universe}")
    assert found.fetchall() == [(counted if name == "permits_expiring" or not partly else 0,)]
