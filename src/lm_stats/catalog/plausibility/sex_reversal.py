"""Most are men at home and women in the mirror."""

from lm_stats.catalog.views import PUBLISHED, STOCK
from lm_stats.spec import Limit, PlausibilityRule

RULE = PlausibilityRule(
    id="sex_reversal",
    title="Mirror sources disagree whether most are men or women",
    check="sex_reversal",
    why="The same people are counted at home and where they live: if most are men in one source and women in the "
    "other, one of them misses many of one sex.",
    component="coherence",
    mirrors=(*PUBLISHED, STOCK),
    limits={
        "margin": Limit(4.0, "per cent from a half", "Small differences in coverage move a share by so much."),
        "least": Limit(1_000, "persons", "Fewer rest on a handful of records of a sample."),
        "years": Limit(5.0, "years between the two", "Over longer times the sexes may really have changed places."),
    },
)
