"""Migrants who become many more or fewer within years."""

from lm_stats.spec import Limit, PlausibilityRule

RULE = PlausibilityRule(
    id="migrant_growth",
    title="Migrants become many more or fewer at once",
    check="growth",
    why="A stock of migrants that doubles or halves within a few years without a war or an expulsion comes from two "
    "sources with different rules.",
    views=("reference_estimates",),
    where="concept IN ('BORN_15', 'CIT_15', 'BORN', 'CIT', 'NAT_ABROAD')",
    by=("series", "area", "origin", "destination", "publisher", "edition"),
    limits={
        "growth": Limit(25.0, "per cent a year", "Three times as many after five years."),
        "fall": Limit(20.0, "per cent a year", "A third after five years."),
        "least": Limit(2_000, "units of the larger value", "Few migrants come and go faster."),
    },
)
