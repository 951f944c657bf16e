"""Drawing a stratified sample of households in two stages, with its exact weights."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lm_stats.simulate.drawing import Array
from lm_stats.simulate.households import Households, apportion


@dataclass(frozen=True)
class Sample:
    """The households of one round of a survey, in the order of the frame.

    Attributes:
        households: Positions in the frame (int64).
        numbers: Number of each in its first-stage unit, from 1 (int64).
        weights: What each household, and each of its members, stands for: the inverse of its probability.
    """

    households: Array
    numbers: Array
    weights: Array


def draw_sample(frame: Households, persons: int, per_unit: int, rng: np.random.Generator) -> Sample:
    """Draw households: enumeration areas with probability proportional to size, then some of each.

    Areas are drawn systematically within strata by number of households, at least two where the stratum has
    two; those larger than the sampling interval are taken with certainty. In each a fixed number of
    households is drawn at random (Kish, Survey Sampling, 1965, ch. 7). The weights are the inverses of the
    probabilities of both stages, so their sum is in expectation the number of households, and over all
    members that of persons.

    Args:
        frame: All households.
        persons: Persons wanted, about.
        per_unit: Households for each area, about.
        rng: Source of randomness.
    """
    wanted = min(max(round(persons * len(frame.sizes) / frame.persons), 1), len(frame.sizes))
    sizes = np.bincount(frame.unit, minlength=len(frame.units))
    first = np.cumsum(sizes) - sizes
    spans = [(frame.unit[s.start], frame.unit[s.stop - 1] + 1) for s in frame.strata]
    held = np.array([b - a for a, b in spans])
    number = max(round(wanted / per_unit), 1)
    taken = np.minimum(np.maximum(apportion(number, [s.stop - s.start for s in frame.strata]), 2), held)
    units, chances = [], []
    for (start, stop), count in zip(spans, taken.tolist(), strict=True):
        chance = _chances(sizes[start:stop], count)
        chosen = _systematic(chance, rng)
        units.append(start + chosen)
        chances.append(chance[chosen])
    unit, chance = np.concatenate(units), np.concatenate(chances)
    each = np.clip(np.diff(wanted * np.arange(len(unit) + 1) // len(unit)), 1, sizes[unit])
    households, numbers, weights = [], [], []
    for one, share, count in zip(unit.tolist(), chance.tolist(), each.tolist(), strict=True):
        drawn = np.sort(rng.permutation(sizes[one])[:count])
        households.append(first[one] + drawn)
        numbers.append(np.arange(1, count + 1))
        weights.append(np.full(count, sizes[one] / (share * count)))
    return Sample(np.concatenate(households), np.concatenate(numbers), np.concatenate(weights))


def _chances(sizes: Array, number: int) -> Array:
    """Probability of each unit when `number` are drawn in proportion to size; certainties first."""
    chance = np.ones(len(sizes))
    sure = np.full(len(sizes), number >= len(sizes))
    while not sure.all():
        open_ = ~sure
        chance[open_] = (number - sure.sum()) * sizes[open_] / sizes[open_].sum()
        beyond = open_ & (chance >= 1)
        if not beyond.any():
            break
        chance[beyond] = 1.0
        sure |= beyond
    return chance


def _systematic(chance: Array, rng: np.random.Generator) -> Array:
    """A systematic sample of units with given probabilities, in a random order (Madow, 1949)."""
    order = rng.permutation(len(chance))
    sure = order[chance[order] >= 1]
    others = order[chance[order] < 1]
    ends = np.cumsum(chance[others])
    number = round(float(chance[others].sum()))
    places = np.searchsorted(ends, np.arange(number) + rng.random(), side="right")
    chosen: Array = np.sort(np.concatenate([sure, others[np.minimum(places, len(others) - 1)]]))
    return chosen
