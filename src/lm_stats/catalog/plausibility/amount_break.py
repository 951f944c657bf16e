"""Breaks in the level of amounts of money."""

from lm_stats.spec import Limit, PlausibilityRule

RULE = PlausibilityRule(
    id="amount_break",
    title="An amount of money jumps",
    check="level_break",
    why="A flow of money that becomes several times as large between two periods, or a small part of what it was, was "
    "more often defined, surveyed or compiled in another way than really changed.",
    views=("remittances", "reference_estimates"),
    where="unit_measure = 'USD'",
    by=("series", "area", "origin", "destination", "publisher"),
    limits={
        "factor": Limit(
            4.0,
            "times the value before",
            "Crises have changed remittances by up to a half in a year, openings by up to three times.",
        ),
        "beyond": Limit(4.0, "times the usual change of the series", "A series that always jumps is not news."),
        "years": Limit(2.0, "years between the two", "Over longer times such changes are common."),
        "least": Limit(10_000_000.0, "US dollars", "Small flows rest on a few banks and jump."),
    },
)
