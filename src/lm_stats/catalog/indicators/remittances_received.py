"""Remittances received and paid."""

from lm_stats.spec import Indicator, Published

INDICATOR = Indicator(
    id="remittances_received",
    table="remittances",
    universe="series = 'received'",
    time="time_period",
    freq="A",
    dimensions=("from_area", "to_area", "publisher", "edition"),
    estimator=Published(unit="US dollar", ends=("from_area", "to_area")),
    title={"en": "Personal remittances received"},
    why="NLMP 2.10; SDG 17.3.2",
    covers={"en": "money sent home as recorded in balances of payments; by country of origin it is a model estimate"},
    note="0 may mean that nothing was compiled. Amounts by sending country are estimates of a model.",
)
