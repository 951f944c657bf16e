"""Iterative proportional fitting: a table that keeps the associations of one and has the margins of others.

References:
    Deming, W. E. and Stephan, F. F. (1940), On a Least Squares Adjustment of a Sampled Frequency Table When the
        Expected Marginal Totals are Known, Annals of Mathematical Statistics 11, 427-444.
    Bishop, Y. M. M., Fienberg, S. E. and Holland, P. W. (1975), Discrete Multivariate Analysis, sections 3.5 and 3.6.
    Csiszar, I. (1975), I-Divergence Geometry of Probability Distributions and Minimization Problems, Annals of
        Probability 3, 146-158: it converges wherever some table has the margins and the zeros of the seed.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats: TypeAlias = npt.NDArray[np.float64]
Bools: TypeAlias = npt.NDArray[np.bool_]
Table = TypeVar("Table", bound="pd.DataFrame | pd.Series | npt.NDArray[Any]")

# what subtracting leaves, relative to the whole
_ROUNDING = 1e-12
# of margins that are impossible, so many are named
_NAMED = 5


def ipf(seed: Table, margins: Any, tolerance: float = 1e-10, *, most: int = 10_000) -> Table:
    """Fit a table to margins by scaling it to each in turn until it meets them all.

    The result is the table with these margins that is closest to the seed (least relative entropy) and has its odds
    ratios. Cells that are 0 in the seed stay 0, and so do those that no table with these margins and zeros can fill.

    Args:
        seed: The table to start from, 0 or more: a DataFrame (rows by columns), a Series whose index has a level for
            each dimension (a cell that is not there is 0 and stays so), or an array of any number of dimensions.
        margins: A sequence, or a mapping from a dimension, or a tuple of several, to totals. Dimensions are given by
            number from 0, or by name: of the index and columns of a DataFrame, of the levels of a Series. In a
            sequence, a Series or DataFrame whose index names dimensions is matched by these names; anything else of
            one dimension belongs to the dimension of its place. Series and DataFrames are matched by their labels if
            the seed has labels, other lists by order. All are 0 or more and have the same total.
        tolerance: The largest relative difference between a margin and the table's that ends the work.
        most: So many rounds at the most.

    Returns:
        As the seed, in numbers with decimals. Margins are met to the tolerance, the last one exactly.

    Raises:
        ValueError: A number is missing, infinite or negative; the shapes or labels are not those of the seed; margins
            disagree in their totals, or two of several dimensions in the margin that they share; zeros of the seed
            make it impossible (told with the cells); or margins are not met after `most` rounds (told with those
            that are furthest off).
    """
    if not 1e-14 <= tolerance < 1:
        raise ValueError("the tolerance must be above 1e-14 and below 1")
    frame: _Cells = _Cells.of(seed)
    wanted = _read_margins(margins, frame)
    _agree(wanted, frame, tolerance)
    table = np.where(_possible(wanted, frame, tolerance), frame.values, 0.0)
    for _ in range(most):
        for margin in wanted:
            table *= margin.spread(_ratio(margin.totals, margin.sums(table)), table.ndim)
        if all(_furthest(margin, table) <= tolerance for margin in wanted):
            fitted: Table = frame.like(seed, table)
            return fitted
    off = sorted(((_furthest(margin, table), margin) for margin in wanted), key=lambda pair: -pair[0])
    found, worst = off[0][1].sums(table), off[0][1]
    places = np.argwhere(_apart(worst.totals, found) > tolerance)
    named = ", ".join(f"{worst.label(frame, place)}: {found[tuple(place)]:.6g}" for place in places[:_NAMED])
    raise ValueError(
        f"after {most} rounds the margins are not met; furthest off, by {off[0][0]:.2g}, is {worst.title(frame)} "
        f"({named}). If the seed has cells of 0 ({int((frame.values == 0).sum())} of {table.size}), they are the most "
        "likely reason: no table with them may have these margins. Merge categories, or put a small number there"
    )


@dataclass(frozen=True)
class _Cells:
    """The seed as an array, with the names and labels of its dimensions where it has any."""

    values: Floats
    names: tuple[Hashable, ...]
    labels: tuple[pd.Index, ...]
    places: tuple[npt.NDArray[np.intp], ...] = ()  # of a Series: where each of its rows is

    @classmethod
    def of(cls, seed: Any) -> _Cells:
        if isinstance(seed, pd.Series):
            index = seed.index
            levels = [index.get_level_values(k) for k in range(index.nlevels)]
            if not index.is_unique or any(level.hasnans for level in levels) or not len(index):
                raise ValueError("the seed must have at least one cell and each of its labels once, and none missing")
            labels = tuple(pd.Index(level.unique()) for level in levels)
            places = tuple(label.get_indexer(level) for label, level in zip(labels, levels, strict=True))
            values = np.zeros([len(label) for label in labels])
            values[places] = _numbers(seed, "the seed")
            return cls(values, tuple(index.names), labels, places)
        if isinstance(seed, pd.DataFrame):
            axes = (seed.index, seed.columns)
            if any(axis.nlevels > 1 or not axis.is_unique for axis in axes):
                raise ValueError("rows and columns of the seed must have one level of labels, each once: stack others")
            return cls(_numbers(seed, "the seed"), tuple(axis.name for axis in axes), axes)
        values = _numbers(seed, "the seed")
        if not values.ndim or not values.size:
            raise ValueError("the seed must be a table with at least one cell")
        return cls(values, (None,) * values.ndim, ())

    def like(self, seed: Any, table: Floats) -> Any:
        if isinstance(seed, pd.Series):
            return pd.Series(table[self.places], index=seed.index, name=seed.name)
        if isinstance(seed, pd.DataFrame):
            return pd.DataFrame(table, index=seed.index, columns=seed.columns)
        return table

    def axis(self, told: Any) -> int:
        named = [k for k, name in enumerate(self.names) if name is not None and name == told]
        if len(named) == 1:
            return named[0]
        if isinstance(told, int | np.integer) and 0 <= told < self.values.ndim:
            return int(told)
        raise ValueError(f"a margin is of {told!r}, which is no dimension of the seed")


@dataclass(frozen=True)
class _Margin:
    """Totals of some dimensions, in the order of the seed's."""

    axes: tuple[int, ...]
    totals: Floats

    def sums(self, table: Floats) -> Floats:
        return np.asarray(table.sum(axis=tuple(k for k in range(table.ndim) if k not in self.axes)), dtype=np.float64)

    def count(self, cells: Bools) -> npt.NDArray[np.int64]:
        return np.asarray(cells.sum(axis=tuple(k for k in range(cells.ndim) if k not in self.axes)), dtype=np.int64)

    def spread(self, totals: npt.NDArray[Any], dimensions: int) -> npt.NDArray[Any]:
        """Numbers of the margin's cells, so shaped that they meet the cells of the table."""
        shape = iter(totals.shape)
        return totals.reshape([next(shape) if k in self.axes else 1 for k in range(dimensions)])

    def title(self, cells: _Cells) -> str:
        return "the margin of " + " and ".join(
            str(cells.names[k]) if cells.names[k] is not None else f"dimension {k}" for k in self.axes
        )

    def label(self, cells: _Cells, place: npt.NDArray[np.intp]) -> str:
        return " and ".join(
            str(cells.labels[k][at]) if cells.labels else f"number {at}" for k, at in zip(self.axes, place, strict=True)
        )


def _read_margins(margins: Any, cells: _Cells) -> list[_Margin]:
    if isinstance(margins, Mapping):
        pairs = [(axes if isinstance(axes, tuple) else (axes,), totals) for axes, totals in margins.items()]
        read = [_margin(tuple(cells.axis(told) for told in axes), totals, cells) for axes, totals in pairs]
    elif isinstance(margins, str | bytes | pd.Series | pd.DataFrame) or not isinstance(margins, Sequence | np.ndarray):
        raise ValueError("margins must be a list of them, or a mapping from dimensions to totals")
    else:
        read = [_margin(_axes(totals, place, cells), totals, cells) for place, totals in enumerate(margins)]
    if not read:
        raise ValueError("at least one margin must be given")
    return read


def _axes(totals: Any, place: int, cells: _Cells) -> tuple[int, ...]:
    """The dimensions of a margin in a sequence: by the names that it has, or by its place."""
    names: list[Any] = []
    if isinstance(totals, pd.Series | pd.DataFrame):
        names = [*totals.index.names, *(totals.columns.names if isinstance(totals, pd.DataFrame) else ())]
    if names and all(name is not None and name in cells.names for name in names):
        return tuple(cells.axis(name) for name in names)
    if np.ndim(totals) != 1 or len(names) > 1:
        raise ValueError("a margin of several dimensions must be named: give a mapping {(0, 1): totals}")
    return (cells.axis(place),)


def _margin(axes: tuple[int, ...], totals: Any, cells: _Cells) -> _Margin:
    if len(set(axes)) < len(axes) or not axes:
        raise ValueError("a margin must be of at least one dimension, and of each once")
    if isinstance(totals, pd.DataFrame) and cells.labels:
        totals = totals.stack()
    if isinstance(totals, pd.Series) and cells.labels:
        wanted = [cells.labels[k] for k in axes]
        index = wanted[0] if len(axes) == 1 else pd.MultiIndex.from_product(wanted)
        if not totals.index.is_unique or totals.index.nlevels != len(axes) or not totals.index.isin(index).all():
            raise ValueError("a margin must have the labels of the seed, each once")
        if not index.isin(totals.index).all():
            raise ValueError("a margin must have a total for every label of the seed: write 0 where there is none")
        totals = totals.reindex(index).to_numpy(np.float64, na_value=np.nan).reshape([len(label) for label in wanted])
    values = _numbers(totals, "a margin")
    shape = tuple(cells.values.shape[k] for k in axes)
    if values.shape != shape:
        raise ValueError(f"a margin has the shape {values.shape}, and the seed's is {shape}")
    order = np.argsort(axes)
    return _Margin(tuple(axes[k] for k in order), np.ascontiguousarray(values.transpose(order)))


def _agree(margins: Sequence[_Margin], cells: _Cells, tolerance: float) -> None:
    """All margins have one total, and what two of them share is the same in both."""
    whole = margins[0].totals.sum()
    if not whole > 0:
        raise ValueError("all totals are 0: there is nothing to fit")
    closer = tolerance / 10
    for k, one in enumerate(margins):
        for two in margins[:k]:
            if abs(one.totals.sum() - two.totals.sum()) > closer * whole:
                raise ValueError(
                    f"{two.title(cells)} adds up to {two.totals.sum():.12g} and {one.title(cells)} to "
                    f"{one.totals.sum():.12g}: they must agree; scale one of them, if rounding is the reason"
                )
            shared = tuple(axis for axis in one.axes if axis in two.axes)
            sums = [
                margin.totals.sum(axis=tuple(i for i, axis in enumerate(margin.axes) if axis not in shared))
                for margin in (one, two)
            ]
            if shared and (np.abs(sums[0] - sums[1]) > closer * whole).any():
                raise ValueError(
                    f"{two.title(cells)} and {one.title(cells)} disagree in {_Margin(shared, sums[0]).title(cells)}"
                )


def _possible(margins: Sequence[_Margin], cells: _Cells, tolerance: float) -> Bools:
    """Cells that may be above 0, by the zeros of the seed and of the margins and what follows from them.

    Where a margin has one cell left, this cell must hold all that is left of it, which leaves less in the other
    margins. Without this, a cell that must vanish would do so ever more slowly, and never wholly.

    Raises:
        ValueError: A margin has a total and no cell that may hold it, or a cell must hold more than another margin
            leaves it.
    """
    free = cells.values > 0
    possible = free.copy()
    left = [_Left(margin, margin.totals.copy(), np.zeros(margin.totals.shape, dtype=bool)) for margin in margins]
    whole = float(margins[0].totals.sum())
    while True:
        for rest in left:
            if (stuck := rest.stuck(free, tolerance * whole)).any():
                raise ValueError(_impossible(rest.margin, cells, np.argwhere(stuck)))
        emptied, single = np.zeros_like(free), np.zeros_like(free)
        for rest in left:
            emptied |= free & rest.margin.spread(rest.totals <= rest.touched * _ROUNDING * whole, free.ndim)
            single |= free & rest.margin.spread(rest.margin.count(free) == 1, free.ndim)
        if emptied.any():
            possible &= ~emptied
            free &= ~emptied
        elif single.any():
            # one at a time: what one takes may empty another
            _take(np.argwhere(single)[0], free, left)
        else:
            return possible


@dataclass(frozen=True)
class _Left:
    """What is left of a margin when the cells that are certain are taken out."""

    margin: _Margin
    totals: Floats
    touched: Bools

    def stuck(self, free: Bools, least: float) -> Bools:
        """Where something is left and no cell can hold it, or more was taken than there was."""
        margin = self.touched * least
        return np.asarray(((self.totals > margin) & (self.margin.count(free) == 0)) | (self.totals < -margin))


def _take(place: npt.NDArray[np.intp], free: Bools, left: Sequence[_Left]) -> None:
    """Give a cell all that is left in those margins in which it is the only one."""
    free[tuple(place)] = False
    at = [tuple(place[list(rest.margin.axes)]) for rest in left]
    held = max(rest.totals[cell] for rest, cell in zip(left, at, strict=True) if rest.margin.count(free)[cell] == 0)
    for rest, cell in zip(left, at, strict=True):
        rest.totals[cell] -= held
        rest.touched[cell] = True


def _impossible(margin: _Margin, cells: _Cells, places: npt.NDArray[np.intp]) -> str:
    named = "; ".join(f"{margin.label(cells, place)}: {margin.totals[tuple(place)]:.6g}" for place in places[:_NAMED])
    more = f" and {len(places) - _NAMED} more" if len(places) > _NAMED else ""
    return (
        f"the zeros of the seed make it impossible to meet {margin.title(cells)} ({named}{more}): the cells that may "
        "be above 0 there cannot hold it with the other margins. Merge categories, or put a small number there"
    )


def _ratio(wanted: Floats, found: Floats) -> Floats:
    return np.divide(wanted, found, out=np.zeros_like(wanted), where=found > 0)


def _apart(wanted: Floats, found: Floats) -> Floats:
    return np.divide(np.abs(found - wanted), wanted, out=np.zeros_like(wanted), where=wanted > 0)


def _furthest(margin: _Margin, table: Floats) -> float:
    return float(_apart(margin.totals, margin.sums(table)).max())


def _numbers(values: Any, name: str) -> Floats:
    try:
        if isinstance(values, pd.Series | pd.DataFrame):
            numbers = values.to_numpy(dtype=np.float64, na_value=np.nan)
        else:
            numbers = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise ValueError(f"{name} must hold numbers, and none may be missing") from None
    if wrong := int((~np.isfinite(numbers)).sum()):
        raise ValueError(f"{name} has {wrong} missing or infinite numbers: write 0 where there is nobody")
    if wrong := int((numbers < 0).sum()):
        raise ValueError(f"{name} has {wrong} negative numbers")
    return numbers
