"""A period copied from another."""

from lm_stats.spec import Limit, PlausibilityRule

RULE = PlausibilityRule(
    id="identical_periods",
    title="Two periods are the same to the last digit",
    check="identical_periods",
    why="People are born, die and move: two counts of the same table never agree in many cells, so one was copied "
    "from the other, or both were carried on from an earlier one.",
    by=("series", "area", "time", "publisher"),
    limits={
        "cells": Limit(4, "different values", "Fewer may agree by chance."),
        "share": Limit(50, "per cent of the cells in common", "A copy may have been corrected in places."),
        "digits": Limit(3, "significant digits", "Small and round numbers repeat by chance."),
    },
)
