"""Breaks in the level of one part of a table."""

from lm_stats.spec import Limit, PlausibilityRule

RULE = PlausibilityRule(
    id="breakdown_break",
    title="One part of a table jumps",
    check="level_break",
    why="An industry or occupation that becomes several times as large between two surveys was most likely coded in "
    "another way in one of them.",
    views=("reference_estimates",),
    where="unit_measure = 'NB' AND concept = 'EMP'",
    by=("series", "area", "time", "publisher", "edition", "part_classification_2"),
    limits={
        "factor": Limit(4.0, "times the value before", "Between two surveys five years apart, sectors double at most."),
        "beyond": Limit(0.0, "times the usual change of the series", "Surveys are too few to have a usual change."),
        "years": Limit(8.0, "years between the two", "Labour-force surveys of a country may lie as far apart."),
        "least": Limit(5000, "units of the larger value", "Fewer rest on a handful of records of a sample."),
    },
)
