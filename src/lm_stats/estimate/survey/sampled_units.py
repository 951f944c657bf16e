"""Sampled units numbered from their keys, after everything that a design may not be."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lm_stats.estimate.survey.design import Design, DesignError, NestingWarning, SinglePSUWarning
from lm_stats.estimate.survey.variance import Flags, Floats, Units, Whole

# population numbers that are this close, in relation to their size, are one
_SAME = 1e-9


def number_units(design: Design, keys: Sequence[Any], fpcs: Sequence[Floats]) -> tuple[Units, Whole]:
    """Number ultimate units.

    Args:
        design: The design.
        keys: Arrow arrays of G rows: stratum and unit of each stage in turn; rows are in the order of these.
        fpcs: [G] each: least and largest population number (or sampling fraction) of the rows, for each stage that
            has them.

    Returns:
        The P units, and the unit of each of the G rows.

    Raises:
        DesignError: If codes of units repeat across strata though they must not, or population numbers contradict
            each other or the sample.
    """
    changed: Flags = np.zeros(len(keys[0]), dtype=bool)
    changed[0] = True
    numbers: list[Whole] = []
    for given in keys:
        key = given.indices if pa.types.is_dictionary(given.type) else given
        changed = changed.copy()
        changed[1:] |= pc.not_equal(key[1:], key[:-1]).to_numpy(zero_copy_only=False)
        numbers.append(np.cumsum(changed) - 1)
    unit = numbers[-1]
    first = np.flatnonzero(changed)
    strata = tuple(number[first] for number in numbers[0::2])
    clusters = tuple(number[first] for number in numbers[1::2])
    populations = []
    for stage, (stratum, cluster) in enumerate(zip(strata, clusters, strict=True)):
        if 2 * stage < len(fpcs):
            name = design.fpc_columns[stage]
            least, most = fpcs[2 * stage], fpcs[2 * stage + 1]
            populations.append(_population(name, numbers[2 * stage], least, most, stratum, cluster))
        else:
            populations.append(np.full(len(first), np.inf))
    doubtful = bool(design.strata_columns and design.psu_columns) and _is_doubtful(
        design, strata[0], clusters[0], keys[1].take(pa.array(first))
    )
    units = Units(strata, clusters, tuple(populations), doubtful)
    if design.single_psu == "fail" and not design.has_replicates:
        warn_of_lonely(units)
    return units, unit


def warn_of_lonely(units: Units) -> None:
    """Warn of strata with one unit, whose errors are refused."""
    if number := sum(int(stage.lonely.sum()) for stage in units.stages):
        warnings.warn(
            f"{number} strata have one sampled unit: where they count, estimates have no errors. Join them with "
            "similar strata, or choose certainty, average or adjust as single_psu.",
            SinglePSUWarning,
            stacklevel=2,
        )


def _population(
    name: str, stratum_of_row: Whole, least: Floats, most: Floats, strata: Whole, clusters: Whole
) -> Floats:
    """Units in the population of the stratum of each ultimate unit, [P]."""
    if (least <= 0).any():
        raise DesignError(f"fpc: column {name} is 0 or negative in {int((least <= 0).sum())} sampled units: correct it")
    counts = stratum_of_row.max() + 1
    low, high = np.full(counts, np.inf), np.full(counts, -np.inf)
    np.minimum.at(low, stratum_of_row, least)
    np.maximum.at(high, stratum_of_row, most)
    seen = np.zeros(counts, dtype=bool)
    seen[stratum_of_row] = True
    # numbers that went through a division and back differ in their last digits
    if number := int((low[seen] < high[seen] * (1 - _SAME)).sum()):
        raise DesignError(f"fpc: column {name} varies within {number} strata: it must be one number for each")
    as_fraction = bool((high[seen] <= 1 + _SAME).all())
    if not as_fraction and (high[seen] < 1 - _SAME).any():
        raise DesignError(f"fpc: column {name} holds both sampling fractions and numbers of units: give one of them")
    pairs = np.unique(np.stack([strata, clusters]), axis=1)[0]
    sampled = np.bincount(pairs, minlength=counts)[strata]
    population = sampled / high[strata] if as_fraction else high[strata]
    population = np.where(np.abs(population - sampled) <= _SAME * sampled, sampled, population)
    if number := len(np.unique(strata[population < sampled])):
        raise DesignError(f"fpc: column {name} is below the number of sampled units in {number} strata: correct it")
    return np.asarray(population, dtype=np.float64)


def _is_doubtful(design: Design, strata: Whole, clusters: Whole, codes: Any) -> bool:
    """Whether it cannot be known which units of the first stage are one."""
    if design.nest:
        return False
    _, first = np.unique(clusters, return_index=True)
    encoded = codes.take(pa.array(first)).dictionary_encode().indices.to_numpy(zero_copy_only=False)
    repeats = np.bincount(encoded)[encoded] > 1
    if not repeats.any():
        return False
    if design.nest is False:
        raise DesignError(
            f"psu: {len(np.unique(encoded[repeats]))} codes of column {design.psu_columns[0]} stand in several strata, "
            "though nest says that they do not: correct them, or say nest=True"
        )
    if np.isin(strata[first], strata[first][repeats]).all():
        return False
    warnings.warn(
        f"{len(np.unique(encoded[repeats]))} codes of column {design.psu_columns[0]} stand in several strata, but "
        "some strata share none: whether these are one unit or several cannot be known, so estimates have no errors. "
        "Say nest=True if units are numbered anew in each stratum; if they are not, give each a code of its own.",
        NestingWarning,
        stacklevel=2,
    )
    return True
