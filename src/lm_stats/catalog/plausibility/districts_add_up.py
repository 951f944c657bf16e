"""Districts that do not add up to their country."""

from lm_stats.spec import Limit, PlausibilityRule, Relation, Side

_VIEW = "reference_estimates"

RULE = PlausibilityRule(
    id="districts_add_up",
    title="The districts are not their country",
    check="relations",
    why="Everybody whom a census counts lives in one district: a difference is a slip of the pen in one of them or in "
    "the total, or a district is missing.",
    severity="error",
    component="coherence",
    relations=(
        Relation(
            Side(_VIEW, "dataflow = 'LM_DISTRICT_POPULATION'", "in all districts", ("sex", "publisher", "edition"),
                 summed=True, unit="person"),
            Side(_VIEW, "dataflow = 'LM_POPULATION' AND counterpart_area = '_T'", "in the country",
                 ("sex", "publisher", "edition"), unit="person"),
            equal=True,
        ),
    ),
    limits={
        "tolerance": Limit(0.0, "per cent of the country", "A census counts each person once."),
        "units": Limit(2.0, "persons", "Rounding."),
    },
)  # fmt: skip
