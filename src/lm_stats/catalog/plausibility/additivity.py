"""Parts that do not add up."""

from lm_stats.spec import Limit, PlausibilityRule

RULE = PlausibilityRule(
    id="additivity",
    title="Parts do not add up to their whole",
    check="additivity",
    why="Men and women, or all industries, are everybody. A hidden or absent part may be anything, so a gap says "
    "nothing where one is missing; but parts never exceed their whole.",
    severity="error",
    component="coherence",
    limits={
        "digits": Limit(2, "units of the last published digit", "Three rounded values differ by up to one and a half."),
        "gap": Limit(
            0.1, "per cent of the whole", "What is not stated, and is in no part of a long list, is often hidden."
        ),
    },
)
