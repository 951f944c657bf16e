"""Breaks in the level of our own counts."""

from lm_stats.spec import Limit, PlausibilityRule

RULE = PlausibilityRule(
    id="own_break",
    title="A count of our own jumps",
    check="level_break",
    why="A register that suddenly counts many times as many, or hardly any, has lost or doubled part of a delivery.",
    views=("own",),
    limits={
        "factor": Limit(3.0, "times the value before", "Permits have doubled between two years when a project began."),
        "beyond": Limit(4.0, "times the usual change of the series", "Small registers go up and down."),
        "years": Limit(2.0, "years between the two", "Over longer times such changes are common."),
        "least": Limit(100, "units of the larger value", "Small counts jump by chance."),
        "records": Limit(100, "records behind the larger value", "Small counts jump by chance."),
    },
)
