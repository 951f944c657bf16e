"""Breaks in the level of shares and prices."""

from lm_stats.spec import Limit, PlausibilityRule

RULE = PlausibilityRule(
    id="level_break",
    title="The level changes at once",
    check="level_break",
    why="A price or a share that doubles or halves between two periods was more often defined, surveyed or "
    "compiled in another way than really changed.",
    views=("remittances", "reference_estimates"),
    where="unit_measure = 'PT'",
    by=("series", "area", "origin", "destination", "publisher"),
    limits={
        "factor": Limit(2.0, "times the value before", "Prices and shares of an economy move by less, even in crises."),
        "beyond": Limit(4.0, "times the usual change of the series", "A series that always jumps is not news."),
        "years": Limit(2.0, "years between the two", "Over longer times such changes are common."),
        "least": Limit(5.0, "units of the larger value", "Shares and prices near nought jump by chance."),
    },
)
