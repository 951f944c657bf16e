"""Noughts where nothing was compiled."""

from lm_stats.spec import Limit, PlausibilityRule

RULE = PlausibilityRule(
    id="zeros_for_missing",
    title="Nought stands for what is not known",
    check="zeros_for_missing",
    why="A flow of millions does not stop for years and go on; a nought in its place is read as a fact by whoever "
    "adds up or averages.",
    severity="warn",
    views=("migrant_stock", "remittances", "reference_estimates"),
    by=("series", "area", "publisher"),
    limits={
        "periods": Limit(3, "periods in a row", "One or two may be true in a small country."),
        "least": Limit(5000, "units at other times", "A few persons may all have left."),
    },
)
