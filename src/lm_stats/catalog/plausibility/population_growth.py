"""Growth of a population beyond births, deaths and migration."""

from lm_stats.spec import Limit, PlausibilityRule

RULE = PlausibilityRule(
    id="population_growth",
    title="The population grows or falls faster than people can be born, die or move",
    check="growth",
    why="No country of the region has grown by 4 % or fallen by 3 % a year over several years; a faster change of the "
    "population or of those of working age is another universe, definition or weight.",
    severity="error",
    views=("reference_estimates",),
    where="concept IN ('POP', 'WAP') AND (coalesce(classification_1, '') SIMILAR TO '(.*_TOTAL)?')",
    by=("series", "area", "publisher", "edition"),
    limits={
        "growth": Limit(
            4.0, "per cent a year", "The fastest growth of a SADC state in the UN's estimates is about 3.5 %."
        ),
        "fall": Limit(
            3.0, "per cent a year", "Even in the worst years of the HIV epidemic populations fell by under 1 %."
        ),
        "least": Limit(10_000, "units of the larger value", "Small areas may empty."),
    },
)
