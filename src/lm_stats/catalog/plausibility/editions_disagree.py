"""Editions of one publisher that disagree about people."""

from lm_stats.spec import Limit, PlausibilityRule

RULE = PlausibilityRule(
    id="editions_disagree",
    title="An edition changes a number of people by much",
    check="editions_disagree",
    why="A reader who compares with the earlier edition sees a fall or a rise that never happened.",
    component="coherence",
    views=("migrant_stock", "reference_estimates"),
    by=("series", "origin", "destination", "publisher"),
    limits={
        "change": Limit(25.0, "per cent of the edition before", "Smaller changes are what revisions are for."),
        "least": Limit(20_000, "units of the larger value", "Small stocks are drawn by models and move freely."),
    },
)
