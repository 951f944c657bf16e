"""A share of unknown that is too large."""

from lm_stats.spec import Limit, PlausibilityRule

RULE = PlausibilityRule(
    id="share_of_unknown",
    title="Too many are not stated",
    check="share_of_unknown",
    why="Where many are not stated, the parts that are stated are not those of the whole; where nearly all are, the "
    "question was not asked or not coded.",
    limits={
        "share": Limit(
            20, "per cent of the whole", "Above a fifth, the other parts can be wrong by more than a quarter."
        ),
        "least": Limit(200, "units of the whole", "Shares of few units say nothing."),
    },
)
