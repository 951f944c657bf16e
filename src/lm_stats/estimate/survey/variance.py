"""Variances of sums over sampled units: the kernel of all errors that come from a design.

An estimate is written as a sum over records of weight times linearised variable (Binder 1983; Woodruff 1971); its
variance is that of the sum over the sampled units of each stage. With several stages and known populations it is the
variance between units of the first stage, and the sampling fraction times the variance within each (Cochran 1977,
chapters 10 and 11; Saerndal, Swensson and Wretman 1992, section 4.3).

References:
    Binder, D. A. (1983), International Statistical Review 51, 279-292.
    Cochran, W. G. (1977), Sampling Techniques, 3rd ed., Wiley.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
Flags = NDArray[np.bool_]

# a stratum sampled to this share of its population adds nothing: what is left is error of the arithmetic
_ALL = 1e-7
# numbers in one block of work: what stays in the cache of a laptop
_BLOCK = 1 << 18


@dataclass(frozen=True)
class Units:
    """Ultimate units of a sample, P of them, in the order of their keys.

    Attributes:
        strata: For each stage, [P]: number of the stratum, unique over parents.
        clusters: For each stage, [P]: number of the unit, unique over strata and parents.
        population: For each stage, [P]: units in the population of that stratum; infinite: unknown, or drawn with
            replacement.
        doubtful: Whether it is unknown which units are one: every error is refused.
    """

    strata: tuple[Whole, ...]
    clusters: tuple[Whole, ...]
    population: tuple[Floats, ...]
    doubtful: bool = False

    def __len__(self) -> int:
        """Number of ultimate units."""
        return len(self.clusters[0])

    @functools.cached_property
    def stages(self) -> tuple[Stage, ...]:
        """The stages that add to a variance."""
        return tuple(_stages(self))


@dataclass(frozen=True)
class Stage:
    """One stage of sampling: its units C in H strata, in order of strata.

    Attributes:
        order: [P]: ultimate units in order of stratum and unit; none where they are already.
        starts: [C]: where each unit begins in that order.
        strata: [C]: place of the stratum of each unit.
        stratum_starts: [H]: where each stratum begins among the units.
        sampled: [H]: units sampled.
        left: [H]: share of the population that was not sampled, 1 where it is unknown.
        factor: [H]: product of the sampling fractions of the stages before.
        parents: [H]: place of the unit of the stage before.
        lonely: [H]: whether the stratum has one unit, which is not all of it.
    """

    order: Whole | None
    starts: Whole
    strata: Whole
    stratum_starts: Whole
    sampled: Whole
    left: Floats
    factor: Floats
    parents: Whole
    lonely: Flags

    @functools.cached_property
    def scale(self) -> Floats:
        """What the sum of squares within each stratum is multiplied by, [H]; 0 for a single unit."""
        several = self.sampled > 1
        return np.where(several, self.factor * self.left * self.sampled / np.where(several, self.sampled - 1, 1), 0.0)

    def unit_totals(self, totals: Floats) -> Floats:
        """Sums over the ultimate units of each unit, [C, E]."""
        ordered = totals if self.order is None else totals[self.order]
        return ordered if len(self.starts) == len(ordered) else np.add.reduceat(ordered, self.starts, axis=0)

    def centred(self, units: Floats) -> Floats:
        """Totals of units less the mean of their stratum, [C, E]."""
        means = np.add.reduceat(units, self.stratum_starts, axis=0) / self.sampled[:, None]
        return units - (means if len(means) == 1 else means[self.strata])

    def holds(self, flags: Flags) -> Flags:
        """Whether any ultimate unit of each stratum is flagged, [H, E]."""
        ordered = flags if self.order is None else flags[self.order]
        return np.logical_or.reduceat(ordered, self.starts[self.stratum_starts], axis=0)


def variances(units: Units, totals: Floats, single_psu: str = "fail", present: Flags | None = None) -> Floats:
    """Variance of each of E estimates.

    Args:
        units: The sampled units.
        totals: [P, E]: sum over the records of the unit of weight times linearised variable.
        single_psu: What a stratum with one unit adds: see `Design`.
        present: [P, E]: whether the unit has a record of the domain. A stratum without one does not count for
            `average`, and errors are refused under `fail` where a stratum with one unit has one. Without it, a
            stratum counts where a total differs from 0 (`fail`), or always (`average`).

    Returns:
        [E]; NaN where it is refused.
    """
    totals = np.asarray(totals, dtype=np.float64)
    estimates = totals.shape[1]
    if units.doubtful or not len(units):
        return np.full(estimates, np.nan)
    width = max(_BLOCK // len(units), 8)
    found = np.empty(estimates)
    for first in range(0, estimates, width):
        part = slice(first, first + width)
        flags = None if present is None else present[:, part]
        found[part] = _variances(units, totals[:, part], single_psu, flags)
    return found


def _variances(units: Units, totals: Floats, single_psu: str, present: Flags | None) -> Floats:
    variance = np.zeros(totals.shape[1])
    for stage in units.stages:
        of_units = stage.unit_totals(totals)
        squares = stage.centred(of_units)
        squares *= squares
        within = np.add.reduceat(squares, stage.stratum_starts, axis=0) * stage.scale[:, None]
        if stage.lonely.any():
            within = _with_lonely(stage, within, of_units, totals, single_psu, present)
        # row by row, so that a column does not depend on how many stand beside it
        variance += np.add.reduce(within, axis=0)
    return variance


def _with_lonely(
    stage: Stage, within: Floats, of_units: Floats, totals: Floats, single_psu: str, present: Flags | None
) -> Floats:
    """Variances of strata, [H, E], with what those of one unit add."""
    lonely = stage.lonely
    if single_psu == "certainty":
        return within
    if single_psu == "adjust":
        alone = of_units[stage.stratum_starts[lonely]]
        within[lonely] = alone * alone * (stage.factor * stage.left)[lonely][:, None]
        return within
    if single_psu == "fail":
        counts = stage.holds(totals != 0 if present is None else present)[lonely]
        within[lonely] = np.where(counts, np.nan, 0.0)
        return within
    return within * _averaging(stage, totals.shape[1], present)


def _averaging(stage: Stage, estimates: int, present: Flags | None) -> Floats:
    """Strata with a record for each of these with more than one unit, among those of the same parent, [H, E]."""
    counted = np.ones((len(stage.lonely), estimates), dtype=bool) if present is None else stage.holds(present)
    several = counted & ~stage.lonely[:, None]
    parents, place = np.unique(stage.parents, return_inverse=True)
    every, known = np.zeros((2, len(parents), estimates))
    np.add.at(every, place, counted)
    np.add.at(known, place, several)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(every > 0, np.where(known > 0, every / known, np.nan), 1.0)
    return np.asarray(share[place], dtype=np.float64)


def covariance(units: Units, totals: Floats, single_psu: str = "fail", present: Flags | None = None) -> Floats:
    """Covariances of E estimates.

    Args:
        units: The sampled units.
        totals: [P, E]: as in `variances`.
        single_psu: As in `variances`.
        present: As in `variances`.

    Returns:
        [E, E]; NaN where it is refused. Its diagonal is `variances`.
    """
    totals = np.asarray(totals, dtype=np.float64)
    estimates = totals.shape[1]
    if units.doubtful or not len(units):
        return np.full((estimates, estimates), np.nan)
    found = np.zeros((estimates, estimates))
    refused = np.zeros(estimates, dtype=bool)
    for stage in units.stages:
        of_units = stage.unit_totals(totals)
        roots = stage.centred(of_units) * np.sqrt(stage.scale[stage.strata])[:, None]
        if stage.lonely.any():
            alone = stage.stratum_starts[stage.lonely]
            if single_psu == "adjust":
                roots[alone] = of_units[alone] * np.sqrt((stage.factor * stage.left)[stage.lonely])[:, None]
            elif single_psu == "fail":
                flags = totals != 0 if present is None else present
                refused |= stage.holds(flags)[stage.lonely].any(axis=0)
            elif single_psu == "average":
                share = _averaging(stage, estimates, present)
                refused |= np.isnan(share).any(axis=0)
                roots *= np.sqrt(np.nan_to_num(share, nan=0.0))[stage.strata]
        found += roots.T @ roots
    found[refused, :] = np.nan
    found[:, refused] = np.nan
    return found


def degrees_of_freedom(units: Units, present: Flags) -> Whole:
    """Units of the first stage less strata, among those with records of a domain.

    Args:
        units: The sampled units.
        present: [P, D]: whether the unit has a record of the domain with a weight above 0.

    Returns:
        [D].
    """
    if not len(units):
        return np.zeros(present.shape[1], dtype=np.int64)
    stage = next(_stages(units, 1))
    ordered = present if stage.order is None else present[stage.order]
    clusters = np.logical_or.reduceat(ordered, stage.starts, axis=0).sum(axis=0)
    return np.asarray(clusters - stage.holds(present).sum(axis=0), dtype=np.int64)


def lonely(units: Units) -> Whole:
    """Strata of the first stage with one sampled unit that is not all of its stratum.

    Returns:
        Their numbers, in order.
    """
    if not len(units):
        return np.zeros(0, dtype=np.int64)
    stage = next(_stages(units, 1))
    order = np.arange(len(units)) if stage.order is None else stage.order
    return np.asarray(units.strata[0][order[stage.starts[stage.stratum_starts]]][stage.lonely], dtype=np.int64)


def _stages(units: Units, most: int | None = None) -> Iterator[Stage]:
    """The stages in turn, as far as they can add anything."""
    above = np.ones(len(units))
    parents = np.zeros(len(units), dtype=np.int64)
    for strata, clusters, population in list(zip(units.strata, units.clusters, units.population, strict=True))[:most]:
        stage, above = _stage(strata, clusters, population, above, parents)
        yield stage
        if not above.any():
            return
        parents = clusters


def _stage(strata: Whole, clusters: Whole, population: Floats, above: Floats, parents: Whole) -> tuple[Stage, Floats]:
    """A stage, and the product of sampling fractions up to it for each ultimate unit."""
    order = None
    if not _in_order(strata, clusters):
        order = np.lexsort((clusters, strata))
        strata, clusters, parents = strata[order], clusters[order], parents[order]
        population, above = population[order], above[order]
    begins = _begins(strata)
    starts = np.flatnonzero(begins | _begins(clusters))
    of_clusters = begins[starts]
    stratum_starts = np.flatnonzero(of_clusters)
    place = np.cumsum(of_clusters) - 1
    sampled = np.diff(np.append(stratum_starts, len(starts)))
    first = starts[stratum_starts]
    size = population[first]
    share = np.where(np.isfinite(size), sampled / size, 0.0)
    left = np.where(np.isfinite(size), (size - sampled) / np.where(np.isfinite(size), size, 1.0), 1.0)
    left[left < _ALL] = 0.0
    stage = Stage(
        order=order,
        starts=starts,
        strata=place,
        stratum_starts=stratum_starts,
        sampled=sampled,
        left=left,
        factor=above[first],
        parents=parents[first],
        lonely=(sampled == 1) & (left > 0) & (above[first] > 0),
    )
    down = above * share[np.cumsum(begins) - 1]
    if order is None:
        return stage, down
    back = np.empty_like(down)
    back[order] = down
    return stage, back


def _begins(numbers: Whole) -> Flags:
    return np.concatenate([[True], numbers[1:] != numbers[:-1]])


def _in_order(strata: Whole, clusters: Whole) -> bool:
    ahead, same = strata[1:] > strata[:-1], strata[1:] == strata[:-1]
    return bool((ahead | (same & (clusters[1:] >= clusters[:-1]))).all())
