"""Goes to tests/catalog/test_permit_indicators.py. Every test fails at HEAD: each is a finding of the report."""

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
    # described by a, counted by emp_mflc in the year in which b was issued
    assert person["sex"] == "SEX_F"
    assert pd.isna(person["first_issue_date"]) or person["first_issue_date"].year == 2018
