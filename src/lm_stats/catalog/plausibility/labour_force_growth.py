"""Growth of the labour force or of employment beyond what people can do."""

from lm_stats.spec import Limit, PlausibilityRule

RULE = PlausibilityRule(
    id="labour_force_growth",
    title="The labour force or employment changes faster than it can",
    check="growth",
    why="People of working age become more by 2 to 3 % a year; a labour force that grows or falls by much more for "
    "years was defined in another way, such as with or without farming for one's own use.",
    views=("reference_estimates",),
    where="concept IN ('LF', 'EMP') AND (coalesce(classification_1, '') SIMILAR TO '(.*_TOTAL)?') "
    "AND (coalesce(classification_2, '') SIMILAR TO '(.*_TOTAL)?')",
    by=("series", "area", "time", "publisher", "edition"),
    limits={
        "growth": Limit(
            6.0, "per cent a year", "Twice the growth of the working-age population leaves room for booms."
        ),
        "fall": Limit(5.0, "per cent a year", "Lockdowns took more in one year, but not over years."),
        "least": Limit(10_000, "units of the larger value", "Small groups move faster."),
    },
)
