"""A part that is its whole."""

from lm_stats.spec import Limit, PlausibilityRule

RULE = PlausibilityRule(
    id="part_equals_whole",
    title="A part is equal to its whole",
    check="part_equals_whole",
    why="A group that is a small part at other times and suddenly everybody was most likely coded wrongly, or the "
    "total was written into its column.",
    severity="error",
    limits={
        "least": Limit(500, "units of the whole", "In a small table one kind may really be all there is."),
        "usual": Limit(0.5, "share of the whole", "A part that is usually the majority may become all of it."),
    },
)
