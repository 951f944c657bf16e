"""One source grows where another falls."""

from lm_stats.catalog.views import PUBLISHED, STOCK
from lm_stats.spec import Limit, PlausibilityRule

RULE = PlausibilityRule(
    id="direction_reversal",
    title="One source grows where another falls",
    check="direction_reversal",
    why="Between the same two dates the same people cannot become more and fewer: one series has a break.",
    component="coherence",
    mirrors=(*PUBLISHED, STOCK),
    limits={
        "change": Limit(15.0, "per cent, up in one and down in the other", "Smaller changes are within the error."),
        "least": Limit(20_000, "persons", "Small stocks are drawn by models and move freely."),
    },
)
