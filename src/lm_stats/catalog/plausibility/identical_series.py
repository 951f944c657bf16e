"""Two parts that are the same at every time."""

from lm_stats.spec import Limit, PlausibilityRule

RULE = PlausibilityRule(
    id="identical_series",
    title="Two parts are the same at every time",
    check="identical_series",
    why="Two countries never send exactly as many people year after year: the sum of both was shared out equally, or "
    "one was copied from the other.",
    views=("migrant_stock", "reference_estimates"),
    by=("series", "destination", "publisher"),
    limits={
        "periods": Limit(3, "times with different values", "Two may agree by chance."),
        "least": Limit(100, "units of the largest value", "Small numbers repeat by chance."),
        "digits": Limit(2, "significant digits", "Small and round numbers repeat by chance."),
    },
)
