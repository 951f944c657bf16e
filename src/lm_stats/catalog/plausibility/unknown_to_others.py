"""An origin that no other source knows."""

from lm_stats.catalog.views import PUBLISHED, STOCK
from lm_stats.spec import Limit, PlausibilityRule

RULE = PlausibilityRule(
    id="unknown_to_others",
    title="An origin that no other source has",
    check="unknown_to_others",
    why="A country that is among the largest origins in one source and in no other is often another country's code.",
    component="coherence",
    mirrors=(*PUBLISHED, STOCK),
    limits={
        "origins": Limit(10, "origins that the other source lists", "A short list leaves many out."),
        "least": Limit(500, "persons", "A few may come from anywhere."),
        "share": Limit(2.0, "per cent of those whose origin is given", "A few may come from anywhere."),
    },
)
