"""Editions that give the same cell in different units."""

from lm_stats.spec import Limit, PlausibilityRule

RULE = PlausibilityRule(
    id="editions_in_other_units",
    title="Two editions differ by thousands or millions",
    check="editions_in_other_units",
    why="A revision changes a value by per cents; a change by a thousand times is another unit.",
    severity="error",
    component="coherence",
    views=("migrant_stock", "remittances", "reference_estimates"),
    limits={
        "near": Limit(
            1.5, "factor from a power of 1000", "Revisions of more than half are rare, and found by themselves."
        ),
        "least": Limit(
            10_000, "units of the larger value", "Small numbers reach a thousand times each other by chance."
        ),
    },
)
