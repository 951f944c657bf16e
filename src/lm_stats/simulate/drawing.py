"""Drawing from declared weights, always the same number of random numbers for the same question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


def draw(weights: Mapping[Any, float], number: int, rng: np.random.Generator) -> Array:
    """Draw positions of `weights`.

    Args:
        weights: Weight by whatever is drawn, in the order of declaration.
        number: How many to draw.
        rng: Source of randomness.

    Returns:
        Positions (int64), one for each draw.
    """
    return _positions(np.cumsum(list(weights.values())), rng.random(number))


def deal(weights: Mapping[Any, float], sizes: Array, rng: np.random.Generator) -> Array:
    """Deal things of different sizes so that the sizes of each share come out as declared.

    Each thing, in random order, goes where most is wanting. So a small world has the same
    composition as a large one, up to the size of one thing for each share.

    Args:
        weights: Weight by whatever is dealt, in the order of declaration.
        sizes: Size of each thing.
        rng: Source of randomness.

    Returns:
        A position of `weights` (int64) for each thing.
    """
    shares = np.array(list(weights.values())) / sum(weights.values())
    # what is wanting at the start is drawn, or the largest share would always begin
    wanting = shares * rng.random(len(shares)) * sizes.mean()
    found = np.zeros(len(sizes), dtype=np.int64)
    for thing in rng.permutation(len(sizes)).tolist():
        wanting += shares * sizes[thing]
        found[thing] = chosen = int(wanting.argmax())
        wanting[chosen] -= sizes[thing]
    return found


def draw_by_row(weights: Array, rows: Array, rng: np.random.Generator) -> Array:
    """Draw a column of `weights` for each entry of `rows`.

    Args:
        weights: Matrix of weights; every row has at least one above zero.
        rows: The row to draw from (int64).
        rng: Source of randomness.
    """
    cumulated = np.cumsum(weights, axis=1)
    points = rng.random(len(rows)) * cumulated[rows, -1]
    found = np.zeros(len(rows), dtype=np.int64)
    for row in np.unique(rows):
        chosen = rows == row
        found[chosen] = np.searchsorted(cumulated[row], points[chosen], side="right")
    columns: Array = np.minimum(found, weights.shape[1] - 1)
    return columns


def as_matrix(rows: Sequence[Mapping[str, float]], columns: Sequence[str]) -> Array:
    """Weights by row as a matrix with the columns `columns`; absent ones are zero."""
    return np.array([[row.get(column, 0.0) for column in columns] for row in rows], dtype=float)


def _positions(cumulated: Array, points: Array) -> Array:
    found = np.searchsorted(cumulated, points * cumulated[-1], side="right")
    positions: Array = np.minimum(found, len(cumulated) - 1)
    return positions
