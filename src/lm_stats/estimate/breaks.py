"""Which observations a declared break touches."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from lm_stats.spec import Break, Concept, Indicator, Period, Rate

BROKEN = "B"
_LITERAL = re.compile(r"'(?:[^']|'')*'")
_NAME = re.compile(r"[A-Za-z_]\w*")


def broken(
    keys: Mapping[str, Sequence[str]],
    indicator: Indicator,
    concepts: Mapping[str, Concept],
    breaks: Mapping[str, Sequence[Break]],
) -> NDArray[np.bool_]:
    """Whether each observation is the first after a break, so that it is not comparable with the one before.

    Args:
        keys: Columns of the observations: `ref_area`, `time_period` and the dimensions.
        indicator: The indicator.
        concepts: Concepts by id.
        breaks: Breaks by area.

    Returns:
        A boolean for each observation.
    """
    found = np.zeros(len(keys["ref_area"]), dtype="bool")
    touched = columns_used(indicator, concepts)
    for area, declared in breaks.items():
        for one in (one for one in declared if one.concept in touched):
            own = np.array([name == area for name in keys["ref_area"]], dtype="bool")
            periods = np.array(keys["time_period"], dtype="object")
            after = own & (periods == _first_after(set(periods[own]), one.since))
            if one.codes and one.concept in indicator.dimensions:
                after &= np.array([code in one.codes for code in keys[one.concept]], dtype="bool")
            found |= after
    return found


def _first_after(observed: Iterable[str], since: str) -> str:
    """The first period that reaches into the new state of things, if one before it was observed too."""
    start = Period.parse(since).first
    parsed = sorted(((text, Period.parse(text)) for text in observed), key=lambda pair: pair[1].first)
    after = next((text for text, period in parsed if period.last >= start), "")
    return after if any(period.last < start for _, period in parsed) else ""


def columns_used(indicator: Indicator, concepts: Mapping[str, Concept]) -> frozenset[str]:
    """Columns that an indicator is made from: dimensions, what these are made from, and names in universes."""
    used = set(indicator.concepts)
    conditions = [indicator.universe]
    if isinstance(indicator.estimator, Rate):
        conditions += [population.universe for population in indicator.estimator.base]
    for name in indicator.concepts:
        used.add(concepts[name].bands)
        conditions.append(concepts[name].sql)
    for condition in conditions:
        used.update(_NAME.findall(_LITERAL.sub(" ", condition)))
    return frozenset(used - {""})
