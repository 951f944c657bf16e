"""Certificates issued in a quarter, outside what the quarters before it let expect."""

from lm_stats.spec import Limit, PlausibilityRule

RULE = PlausibilityRule(
    id="permit_fluctuation",
    title="Certificates issued leave their usual range",
    check="fluctuation",
    why="The policy asks for close monitoring of fluctuations in sectors (NLMP 2.14): a project that begins, an office "
    "that stops, or a delivery of which a part is missing.",
    views=("permits_issued_by_quarter",),
    limits={
        "window": Limit(
            12,
            "quarters before it",
            "Three years hold every season three times, as limits by season need them, and little of a trend.",
        ),
        "recent": Limit(4, "last quarters", "What is older was judged when it was new."),
        "least": Limit(
            10, "certificates a quarter", "Smaller series jump by chance, and hold too few to tell their seasons."
        ),
    },
    by=("series", "area", "time"),
)
