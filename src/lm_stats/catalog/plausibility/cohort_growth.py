"""Cohorts that grow with age."""

from lm_stats.spec import Limit, PlausibilityRule

RULE = PlausibilityRule(
    id="cohort_growth",
    title="More people than were there when they were younger",
    check="cohort_growth",
    why="Those aged 60 to 64 are those who were 55 to 59 five years before, less who died or left; they become many "
    "more only if many move in. Otherwise ages were misstated or weights do not fit.",
    views=("reference_estimates",),
    where="concept IN ('POP', 'WAP')",
    limits={
        "more": Limit(5.0, "per cent", "Return migration and misstated ages move a band by a few per cent."),
        "from_age": Limit(30.0, "years", "The young move most."),
        "years": Limit(10.0, "years between the two", "Longer spans add up too many changes."),
        "least": Limit(5_000, "persons", "Small bands rest on few records of a sample."),
    },
)
