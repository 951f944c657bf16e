"""A value in another unit than its neighbours in time."""

from lm_stats.spec import Limit, PlausibilityRule

RULE = PlausibilityRule(
    id="unit_error",
    title="Thousands or millions in place of units",
    check="unit_error",
    why="One period in persons in a column of thousands is a thousand times its neighbours.",
    severity="error",
    limits={
        "near": Limit(
            2.0, "factor from a power of 1000", "People and money do not double between two periods as a rule."
        ),
        "least": Limit(
            10_000, "units of the larger value", "Small numbers reach a thousand times each other by chance."
        ),
    },
)
