"""Stocks of migrants between two areas that become many more or fewer within years."""

from lm_stats.spec import Limit, PlausibilityRule

RULE = PlausibilityRule(
    id="stock_growth",
    title="A stock of migrants becomes much larger or smaller at once",
    check="growth",
    why="A stock of migrants that doubles or halves within a few years without a war or an expulsion comes from two "
    "sources with different rules.",
    views=("migrant_stock",),
    by=("series", "area", "origin", "destination", "publisher"),
    limits={
        "growth": Limit(25.0, "per cent a year", "Three times as many after five years."),
        "fall": Limit(20.0, "per cent a year", "A third after five years."),
        "least": Limit(20_000, "units of the larger value", "Small stocks are drawn by models and move freely."),
    },
)
