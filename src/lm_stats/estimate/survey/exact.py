"""Sums of products that do not depend on the order of the rows.

Sums of floating-point numbers change in their last digits with the order in which they are added, and a multiplied
matrix with the number of processors too. Here numbers are first cut into whole ones so small that every product and
partial sum is a whole number below 2^53, which floating-point arithmetic holds exactly (the error-free transformation
of Ozaki, K., Ogita, T., Oishi, S. and Rump, S. M. (2012), Error-free transformations of matrix multiplication by
using fast routines of matrix multiplication, Numerical Algorithms 59, 95-118). So the same rows give the same bits in
any order, at the speed of a product of matrices.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

# 2 * 20 bits of a product, 12 of the rows added and 1 of the products added make 53
_BITS = 20
_ROWS = 1 << 12
_PAIRS = (((0, 0),), ((0, 1), (1, 0)), ((1, 1), (0, 2), (2, 0)))
# of a column summed by group: 2^26 rows at most
_GROUP_BITS = 26
_LOW = (1 << 26) - 1


def exact_product(left: Floats, right: Floats) -> Floats:
    """Product of two tables over their rows.

    Args:
        left: [N, R], finite.
        right: [N, E], finite.

    Returns:
        [R, E]: sum over rows, to about 2^-58 of N times the largest product of the two columns.
    """
    left_exponents, right_exponents = _exponents(left), _exponents(right)
    shape = (left.shape[1], right.shape[1])
    high, low = np.zeros((2, len(_PAIRS), *shape), dtype=np.int64)
    for first in range(0, len(left), _ROWS):
        left_parts = _cut(left[first : first + _ROWS], left_exponents, _BITS, 3)
        right_parts = _cut(right[first : first + _ROWS], right_exponents, _BITS, 3)
        for level, pairs in enumerate(_PAIRS):
            part = np.zeros(shape)
            for i, j in pairs:
                part += left_parts[i].T @ right_parts[j]
            whole = part.astype(np.int64)
            high[level] += whole >> 26
            low[level] += whole & _LOW
    found = np.zeros(shape)
    for level in reversed(range(len(_PAIRS))):
        found += np.ldexp(np.ldexp(high[level].astype(np.float64), 26) + low[level], -_BITS * level)
    return np.asarray(np.ldexp(found, left_exponents[:, None] + right_exponents - 2 * _BITS), dtype=np.float64)


def exact_group_sums(values: Floats, group: Whole, groups: int) -> Floats:
    """Sums of columns by group.

    Args:
        values: [N, K], finite.
        group: [N]: number of the group of each row, from 0.
        groups: Number G of groups.

    Returns:
        [G, K].
    """
    found = np.empty((groups, values.shape[1]))
    for column in range(values.shape[1]):
        # each group has its own power: weights of two domains may be far apart
        largest = np.zeros(groups)
        np.maximum.at(largest, group, np.abs(values[:, column]))
        exponents = np.frexp(largest)[1]
        parts = _cut(values[:, column], exponents[group], _GROUP_BITS, 2)
        high, low = (np.bincount(group, part, minlength=groups) for part in parts)
        found[:, column] = np.ldexp(high + np.ldexp(low, -_GROUP_BITS), exponents - _GROUP_BITS)
    return found


def _exponents(values: Floats) -> NDArray[np.int32]:
    """The power of two above each column."""
    return np.asarray(np.frexp(np.abs(values).max(axis=0, initial=0.0))[1], dtype=np.int32)


def _cut(values: Floats, exponents: NDArray[np.int32], bits: int, parts: int) -> list[Floats]:
    """Whole numbers of some bits each, the largest first."""
    left = np.ldexp(values, bits - exponents)
    found = []
    for _ in range(parts):
        whole = np.rint(left)
        found.append(whole)
        left = np.ldexp(left - whole, bits)
    return found
