"""What sending money home costs."""

from lm_stats.spec import Indicator, Published

INDICATOR = Indicator(
    id="cost_of_sending",
    table="remittances",
    universe="series = 'cost_of_sending'",
    time="time_period",
    freq="Q",
    dimensions=("from_area", "to_area", "publisher", "edition"),
    estimator=Published(unit="per 100 of the amount sent", ends=("from_area", "to_area")),
    title={"en": "Average cost of sending 200 US dollars"},
    why="NLMP 2.10; SDG 10.c.1",
    covers={"en": "fees and margin on the exchange rate, simple average of the services surveyed"},
    note="The services surveyed change from quarter to quarter; a fall may be a change of the services.",
)
