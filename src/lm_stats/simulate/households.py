"""Households of a country and where they live: strata, enumeration areas, sizes, who is foreign or abroad.

Made before any person is, and small: what is drawn from a frame must know the whole frame.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from lm_stats.simulate.design import CensusSimulation
from lm_stats.simulate.drawing import Array

URBAN, RURAL = 0, 1
AREA_TYPES = ("URB", "RUR")
UNIT_SIZE = 90  # households of an enumeration area, about
BLOCK = 25_000  # households made at a time
MIXED = 0.10  # share of foreigners who live in a household of citizens, as spouses
TOWN_OF_FOREIGNERS = 3.0  # how much more likely foreigners are to live in town than others of the district
# weights of sizes 1, 2, 3, ...; means 3.3 in town, 4.0 in the country and 2.7 for foreigners
SIZES = {
    URBAN: (0.25, 0.19, 0.17, 0.14, 0.10, 0.06, 0.04, 0.025, 0.015, 0.01),
    RURAL: (0.18, 0.145, 0.15, 0.15, 0.125, 0.09, 0.06, 0.04, 0.025, 0.02, 0.01, 0.005),
}
FOREIGN_SIZES = (0.37, 0.12, 0.17, 0.19, 0.10, 0.05)


@dataclass(frozen=True)
class Households:
    """All households, stratum after stratum, in each by enumeration area.

    Attributes:
        sizes: Persons of each (int16).
        citizenship: Position in the simulation's `foreigners`; -1 for households of citizens (int16).
        spouse: The same of a foreign spouse in a household of citizens (int16).
        absent: Members abroad (int16).
        unit: Position of the enumeration area in `units` (int32).
        number: Number of the household in its area, from 1 (int32).
        units: Number of each enumeration area (int64).
        strata: Where the households of each stratum lie.
    """

    sizes: Array
    citizenship: Array
    spouse: Array
    absent: Array
    unit: Array
    number: Array
    units: Array
    strata: tuple[Stratum, ...]

    @property
    def persons(self) -> int:
        """Persons of all households."""
        return int(self.sizes.sum(dtype=np.int64))

    def blocks(self) -> Iterator[tuple[int, Stratum, slice]]:
        """Pieces of at most `BLOCK` households of one stratum: number, stratum and place."""
        number = 0
        for stratum in self.strata:
            for start in range(stratum.start, stratum.stop, BLOCK):
                yield number, stratum, slice(start, min(start + BLOCK, stratum.stop))
                number += 1


@dataclass(frozen=True)
class Stratum:
    """A district's towns or its countryside.

    Attributes:
        place: Position in the simulation's `places`.
        area: `URBAN` or `RURAL`.
        number: Number of the stratum in a sample design.
        start: First household.
        stop: The one after the last.
    """

    place: int
    area: int
    number: int
    start: int
    stop: int


def apportion(total: int, weights: Sequence[float] | Array) -> Array:
    """Divide a whole number by weights, by largest remainders (Hamilton).

    Returns:
        Whole numbers (int64) that sum to `total`; the first of equal remainders is served first.
    """
    shares = np.asarray(weights, dtype=float)
    exact = total * shares / shares.sum() if shares.sum() else np.zeros(len(shares))
    found = np.floor(exact).astype(np.int64)
    order = np.argsort(found - exact, kind="stable")
    found[order[: total - int(found.sum())]] += 1
    whole: Array = found
    return whole


def spread(weights: Sequence[float] | Array, number: int, rng: np.random.Generator) -> Array:
    """Draw positions of `weights` so that the shares come out as near as whole numbers allow.

    Returns:
        Positions (int64) in random order: a systematic sample.
    """
    cumulated = np.cumsum(np.asarray(weights, dtype=float))
    points = (rng.permutation(number) + rng.random()) / max(number, 1)
    found = np.searchsorted(cumulated / cumulated[-1], points, side="right")
    positions: Array = np.minimum(found, len(cumulated) - 1)
    return positions


def make_households(
    simulation: CensusSimulation, numbers: Sequence[int], persons: int, rng: np.random.Generator
) -> Households:
    """Make households that hold exactly `persons` persons.

    Args:
        simulation: What the pack says.
        numbers: Number of each district with the national office, in the order of `places`.
        persons: Number of persons.
        rng: Source of randomness.
    """
    places = simulation.places
    pairs = [(place, area) for place in range(len(places)) for area in (URBAN, RURAL)]
    share = [_in_area(places[place].urban, area) * places[place].persons for place, area in pairs]
    counted = apportion(persons, share)
    in_town = [
        places[place].foreign
        * _in_area(TOWN_OF_FOREIGNERS * (u := places[place].urban) / (TOWN_OF_FOREIGNERS * u + 1 - u), area)
        for place, area in pairs
    ]
    foreign = np.minimum(apportion(round(persons * simulation.foreign), in_town), counted)
    away = [counted[i] * places[place].abroad for i, (place, _) in enumerate(pairs)]
    absent = apportion(round(persons * simulation.abroad.share), away)
    nationalities = list(simulation.foreigners.values())
    strata: list[Stratum] = []
    parts: list[tuple[Array, ...]] = []
    units: list[int] = []
    start = 0
    for i, (place, area) in enumerate(pairs):
        if not counted[i]:
            continue
        part = _stratum(area, int(counted[i]), int(foreign[i]), int(absent[i]), nationalities, rng)
        households = len(part[0])
        number = numbers[place] * 10 + area + 1
        ends = _unit_ends(households, rng)
        unit = np.searchsorted(ends, np.arange(households), side="right")
        starts = np.concatenate([[0], ends[:-1]])
        parts.append((*part, unit + len(units), np.arange(households) - starts[unit] + 1))
        units += [number * 100_000 + k + 1 for k in range(len(ends))]
        strata.append(Stratum(place, area, number, start, start + households))
        start += households
    small = [np.concatenate([part[k] for part in parts]).astype(np.int16) for k in range(4)]
    return Households(
        sizes=small[0],
        citizenship=small[1],
        spouse=small[2],
        absent=small[3],
        unit=np.concatenate([part[4] for part in parts]).astype(np.int32),
        number=np.concatenate([part[5] for part in parts]).astype(np.int32),
        units=np.array(units, dtype=np.int64),
        strata=tuple(strata),
    )


def _in_area(urban: float, area: int) -> float:
    return urban if area == URBAN else 1 - urban


def _stratum(
    area: int, persons: int, foreign: int, absent: int, nationalities: Sequence[float], rng: np.random.Generator
) -> tuple[Array, Array, Array, Array]:
    """Sizes, citizenships, foreign spouses and members abroad of the households of one stratum."""
    mixed = min(round(foreign * MIXED), (persons - foreign) // 8)
    own = _sizes(FOREIGN_SIZES, foreign - mixed, rng)
    others = _sizes(SIZES[area], persons - foreign + mixed, rng)
    sizes = np.concatenate([own, others])
    citizenship = np.full(len(sizes), -1, dtype=np.int64)
    citizenship[: len(own)] = spread(nationalities, len(own), rng)
    spouse = np.full(len(sizes), -1, dtype=np.int64)
    couples = len(own) + np.flatnonzero(others >= 2)
    chosen = rng.permutation(couples)[:mixed]
    spouse[chosen] = spread(nationalities, len(chosen), rng)
    homes = np.arange(len(own), len(sizes)) if len(others) else np.arange(len(sizes))
    away = np.bincount(rng.choice(homes, absent), minlength=len(sizes))
    order = rng.permutation(len(sizes))
    return sizes[order], citizenship[order], spouse[order], away[order]


def _sizes(weights: Sequence[float], persons: int, rng: np.random.Generator) -> Array:
    """Sizes of households that hold exactly so many persons together."""
    shares = np.asarray(weights) / sum(weights)
    mean = float((shares * np.arange(1, len(shares) + 1)).sum())
    drawn = spread(shares, int(persons / mean * 1.02) + 50, rng) + 1
    ends = np.cumsum(drawn)
    last = int(np.searchsorted(ends, persons, side="left"))
    sizes: Array = drawn[: last + 1].copy() if persons else drawn[:0]
    if persons:
        sizes[-1] -= ends[last] - persons
    return sizes


def _unit_ends(households: int, rng: np.random.Generator) -> Array:
    """Where enumeration areas end: about `UNIT_SIZE` households each, at least two areas where there are 20."""
    number = max(round(households / UNIT_SIZE), 2 if households >= 20 else 1)
    inner = np.arange(1, number) + rng.uniform(-0.2, 0.2, number - 1)
    ends: Array = np.concatenate([np.round(inner * households / number).astype(np.int64), [households]])
    return ends
