"""Remittances as series by pair of areas; amounts from all areas add up, shares and prices do not."""

from lm_stats.spec import Examined

EXAMINED = Examined(
    id="remittances",
    table="remittances",
    key=("series", "from_area", "to_area", "time_period", "edition"),
    series=("series",),
    parts={"from_area": "areas", "to_area": "areas"},
    additive="unit_measure = 'USD'",
    origin="from_area",
    destination="to_area",
    ends=("from_area", "to_area"),
)
