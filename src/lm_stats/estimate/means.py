"""Means and quantiles of cells, and how far those of one group lie from those of another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lm_stats.estimate.laid_out import Rows
from lm_stats.estimate.sums import Cross
from lm_stats.estimate.survey.distribution import Ranked
from lm_stats.spec import Gap

Floats = NDArray[np.float64]
# a difference in per cent, or in points of a rate, is shown to this
_STEP = 0.1


def mean_of(totals: Floats, weights: Floats) -> Floats:
    """Sums of weights times variable in relation to those of weights, [K] each; NaN where there is no weight."""
    found: Floats = np.divide(totals, weights, out=np.full(len(weights), np.nan), where=weights > 0)
    return found


def quantiles_of(quantile: float, cross: Cross, rows: Mapping[tuple[str, str], Rows]) -> Floats:
    """The smallest value at or below which at least a share of the weight lies, for each key of a cross.

    Args:
        quantile: The share, between 0 and 1.
        cross: The keys, K.
        rows: Records by area and period, those of different values apart.

    Returns:
        [K]; NaN where there is no weight.
    """
    parts = [np.zeros(0)]
    for block in cross.blocks():
        found = np.full(block.size, np.nan)
        if one := rows.get((block.area, block.period)):
            used = np.flatnonzero(one.parts[0])
            row, key = block.spread(len(used), one.codes, [places[used] for places in one.places])
            ranked = Ranked.of(one.value[used[row]], one.weight[used[row]], key, block.size)
            for place in np.flatnonzero(np.diff(ranked.starts)).tolist():
                found[place] = ranked.at(place, np.array([quantile]))[0]
        parts.append(found)
    return np.concatenate(parts)


@dataclass(frozen=True)
class Groups:
    """Where the values of two groups stand in a cross whose last dimension tells them apart.

    Attributes:
        keys: Area, period and codes of the dimensions without the last, as columns.
        places: For each of the two groups, [K]: place of its value; -1 where it has none.
    """

    keys: list[list[str]]
    places: tuple[NDArray[np.int64], ...]

    @classmethod
    def of(cls, cross: Cross, gap: Gap) -> Groups:
        """Find the two groups of a gap in a cross."""
        firsts, places = [np.zeros(0, dtype="int64")], [[np.zeros(0, dtype="int64")] for _ in gap.between]
        for block in cross.blocks():
            first = block.first + np.arange(0, block.size, block.shape[-1])
            firsts.append(first)
            for found, code in zip(places, gap.between, strict=True):
                place = block.place(-1, code)
                found.append(first + place if place >= 0 else np.full(len(first), -1))
        rows = np.concatenate(firsts).tolist()
        keys = [[column[row] for row in rows] for column in cross.keys[:-1]]
        return cls(keys, tuple(np.concatenate(one) for one in places))

    def compare(
        self, gap: Gap, values: Floats, counts: NDArray[np.int64], further: Mapping[str, Any]
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Differences of the first group's value from the second's.

        Args:
            gap: How they are compared.
            values: Values of the cross.
            counts: Records behind these.
            further: Of rates: `numerator`, `denominator` and `n_base`.

        Returns:
            `obs_value` (NaN where either group has no value) and `n_records` of the group with fewer; `method`, `step`,
            `n_base` (records of the other) and, of rates, `counts`: records and sums of both parts of both groups.
        """
        one, other = (self._at(values, place, np.nan) for place in self.places)
        with np.errstate(divide="ignore", invalid="ignore"):
            value = 100 * (one - other) / other if gap.relative else one - other
        value = np.where(np.isfinite(value), value, np.nan)
        behind = further.get("n_base", counts)
        records = [self._at(behind, place, 0).astype("int64") for place in self.places]
        size = len(value)
        more: dict[str, Any] = {
            "n_base": np.maximum(*records),
            "method": pd.array(["gap" if gap.relative else "gap_of_rates"] * size, dtype="str"),
            "step": np.full(size, _STEP),
        }
        if not gap.relative:
            columns = (counts, behind, further["numerator"], further["denominator"])
            parts = [self._at(column, place, 0) for place in self.places for column in columns]
            more["counts"] = np.array(parts, dtype="float64").reshape(len(parts), size).T.tolist()
        return {"obs_value": value, "n_records": np.minimum(*records)}, more

    @staticmethod
    def _at(column: NDArray[Any], place: NDArray[np.int64], nothing: float) -> Floats:
        if not len(column):
            return np.full(len(place), nothing)
        found: Floats = np.where(place >= 0, column[place], nothing).astype("float64")
        return found
