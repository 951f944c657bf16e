"""What offices owe, on fixed days."""

import datetime as dt

import pytest

from lm_stats.catalog import Catalog
from lm_stats.spec import Agency, Country, Delivery, Expected, Source
from pipelines.expected import list_expected


def states(expected, delivered, today, *, agency_only=False):
    source = Source("work_permits", "XAB_NORTH", "csv", {}, expected=expected, id="register", ref_area="XAB")
    owes = (Agency("XAB_POLICE", "Police", (expected,)),)
    country = Country("XAB", {"en": "Abland"}, agencies=owes if agency_only else ())
    catalog = Catalog(countries={"XAB": country}, sources={} if agency_only else {"xab/register": source})
    deliveries = [
        Delivery(f"xab/register/{p}.v1", "XAB", "register", "work_permits", "XAB_NORTH", p, 1, "2026-01-01", "real", ())
        for p in delivered
    ]
    return {due.period: due.state for due in list_expected(catalog, deliveries, dt.date.fromisoformat(today))}


ANNUAL = Expected(freq="A", days=90, since="2023")


@pytest.mark.parametrize(
    ("today", "state"),
    [
        ("2024-12-31", None),  # the period has not ended
        ("2025-01-01", "due"),
        ("2025-03-31", "due"),  # the deadline is the 90th day after the end
        ("2025-04-01", "late"),
        ("2025-06-29", "late"),  # 90 days past the deadline
        ("2025-06-30", "missing"),
    ],
)
def test_due_late_and_missing_by_the_day(today, state):
    assert states(ANNUAL, ["2023"], today).get("2024") == state


def test_an_office_that_never_delivered_has_missed_as_soon_as_the_deadline_passed():
    assert states(ANNUAL, [], "2025-04-01") == {"2023": "missing", "2024": "missing"}
    assert states(ANNUAL, [], "2025-03-31") == {"2023": "missing", "2024": "due"}


def test_a_span_holds_all_its_years():
    expected = Expected(freq="A", days=90, since="2009")
    found = states(expected, ["2009_2015"], "2017-06-01")
    assert found == {**{str(year): "received" for year in range(2009, 2016)}, "2016": "late"}


def test_months_together_make_up_a_year_and_gaps_do_not():
    months = [f"2024-{month:02}" for month in range(1, 13)]
    assert states(ANNUAL, ["2023", *months], "2025-01-01")["2024"] == "received"
    assert states(ANNUAL, ["2023", *months[:5], *months[6:]], "2025-01-01")["2024"] == "due"


def test_quarters_and_months_are_counted_as_such():
    quarterly = Expected(freq="Q", days=30, since="2024-Q3")
    assert states(quarterly, ["2024-Q3"], "2025-02-15") == {"2024-Q3": "received", "2024-Q4": "late"}
    monthly = Expected(freq="M", days=10, since="2024-11")
    assert states(monthly, ["2024-11"], "2025-01-05") == {"2024-11": "received", "2024-12": "due"}


def test_without_a_first_period_the_first_delivery_begins_the_series():
    found = states(Expected(freq="A", days=90), ["2022"], "2024-02-01")
    assert found == {"2022": "received", "2023": "due"}


def test_without_any_delivery_only_the_last_complete_period_is_asked_for():
    assert states(Expected(freq="A", days=90), [], "2026-11-22") == {"2025": "missing"}


def test_offices_without_a_source_are_asked_too():
    found = states(Expected(freq="A", days=90, what="Court cases"), [], "2026-02-01", agency_only=True)
    assert found == {"2025": "due"}
