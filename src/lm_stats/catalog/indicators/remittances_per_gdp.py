"""Remittances received, per 100 of GDP."""

from lm_stats.spec import Indicator, Published

INDICATOR = Indicator(
    id="remittances_per_gdp",
    table="remittances",
    universe="series = 'received_share_of_gdp'",
    time="time_period",
    freq="A",
    dimensions=("to_area", "publisher", "edition"),
    estimator=Published(unit="per 100 of GDP", ends=("to_area",)),
    title={"en": "Personal remittances received per 100 of GDP"},
    why="NLMP 2.10; SDG 17.3.2",
    covers={"en": "money sent home as recorded in balances of payments, related to gross domestic product"},
)
