"""Shares that cannot be as large."""

from lm_stats.spec import Limit, PlausibilityRule

RULE = PlausibilityRule(
    id="share_above_whole",
    title="A share is above its whole",
    check="above_bound",
    why="More money cannot well come from abroad as remittances than a whole economy makes in the year: above 100 % "
    "the numerator holds other income, such as wages of residents who work across the border.",
    views=("remittances", "reference_estimates"),
    where="unit_measure = 'PT'",
    by=("series", "area", "publisher", "edition"),
    limits={
        "least": Limit(0.0, "per cent", "Shares and prices are not negative."),
        "most": Limit(100.0, "per cent", "The whole."),
    },
)
