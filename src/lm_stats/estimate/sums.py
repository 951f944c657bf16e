"""From cells to the sums that codelists declare, in the cross of occasions and codes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lm_stats.estimate.cells import NOTHING, Cell, Dimension, upwards


@dataclass(frozen=True)
class Block:
    """The part of a cross that belongs to one area and period.

    Attributes:
        area: The area.
        period: The period.
        first: Place of its first key among those of the cross.
        shape: How many codes each dimension shows; the keys are all combinations, in which the last dimension
            changes first.
    """

    area: str
    period: str
    first: int
    shape: tuple[int, ...]
    _spreads: tuple[_Spread, ...]

    @property
    def size(self) -> int:
        """How many keys it has."""
        return int(np.prod(self.shape, dtype="int64"))

    def place(self, dimension: int, code: str) -> int:
        """Place of a code among those that a dimension shows; -1 where it does not show it."""
        return self._spreads[dimension].shown.get(code, -1)

    def spread(
        self, records: int, codes: Sequence[Sequence[str]], places: Sequence[NDArray[Any]]
    ) -> tuple[NDArray[Any], ...]:
        """Each of N records, once for each key to which it adds.

        Args:
            records: Number N of records.
            codes: For each dimension, codes that occur.
            places: For each dimension, [N]: place of the record's code among these.

        Returns:
            Number of the record and of the key (from 0 within the block), as int64 of the same length, in order of
            the records. Keys that are not shown are left out.
        """
        row, key = np.arange(records), np.zeros(records, dtype="int64")
        for spread, known, place, width in zip(self._spreads, codes, places, self.shape, strict=True):
            every, starts, lengths = spread.of(known)
            at = place[row]
            many = lengths[at]
            within = np.arange(many.sum()) - np.repeat(np.cumsum(many) - many, many)
            key = np.repeat(key, many) * width + every[np.repeat(starts[at], many) + within]
            row = np.repeat(row, many)
        return row, key


@dataclass(frozen=True)
class _Spread:
    """Where a code and all that it adds up to stand among the codes that are shown of a dimension."""

    dimension: Dimension
    shown: dict[str, int]

    def of(self, codes: Sequence[str]) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
        """Places one after the other; where those of each code begin, and how many they are."""
        leaves = set(self.dimension.codes.leaves)
        found = [
            [self.shown[above] for above in upwards(self.dimension.codes, code) if above in self.shown]
            if code in leaves
            else []
            for code in codes
        ]
        lengths = np.array([len(one) for one in found], dtype="int64")
        every = np.array([place for one in found for place in one], dtype="int64")
        return every, np.cumsum(lengths) - lengths, lengths


class Cross:
    """Every combination of an occasion and of codes that its area has, sums among them.

    Attributes:
        keys: Area, period and a code for each dimension, as columns, in order of occasions and codelists.
    """

    def __init__(
        self,
        dimensions: Sequence[Dimension],
        occasions: Sequence[tuple[str, str]],
        parts: Sequence[tuple[Sequence[Cell], Sequence[Cell]]],
    ) -> None:
        """Lay out the cross.

        Args:
            dimensions: The dimensions, in order.
            occasions: Area and period, sorted.
            parts: All cells that will be added up, and sums over codes that will be added to these. The codes that
                an area has are those of the last part; an area without any has the totals only.

        Raises:
            ValueError: If records have no code, or one that the codelist does not give to records.
        """
        self._occasions = {key: number for number, key in enumerate(occasions)}
        self._codes = [tuple(entry.code for entry in dimension.codes) for dimension in dimensions]
        self._position = [{code: number for number, code in enumerate(codes)} for codes in self._codes]
        # for each code of a record, where it and all that it adds up to stand in the codelist
        self._above: list[dict[int, list[int]]] = [{} for _ in dimensions]
        areas: dict[str, list[int]] = {}
        for number, (area, _) in enumerate(occasions):
            areas.setdefault(area, []).append(number)
        totals = [self._position[k][dimension.codes.total] for k, dimension in enumerate(dimensions)]
        shown = {area: [{total} for total in totals] for area in areas}
        for number, part in enumerate(parts):
            found = self._found(dimensions, part)
            for area in shown.keys() & found.keys() if number == len(parts) - 1 else ():
                for places, more in zip(shown[area], found[area], strict=True):
                    places |= more
        self._picked = [np.ix_(rows, *(sorted(numbers) for numbers in shown[area])) for area, rows in areas.items()]
        self._dimensions = tuple(dimensions)
        self._areas = [(area, [occasions[row] for row in rows]) for area, rows in areas.items()]
        labels = [[area for area, _ in occasions], [period for _, period in occasions]]
        self.keys: list[list[str]] = [[] for _ in range(2 + len(dimensions))]
        for index in self._picked:
            spread = [axis.ravel().tolist() for axis in np.broadcast_arrays(*index)]
            for keys, names, numbers in zip(self.keys, (*labels, *self._codes), (spread[0], *spread), strict=True):
                keys.extend(names[number] for number in numbers)

    def _found(
        self, dimensions: Sequence[Dimension], part: tuple[Sequence[Cell], Sequence[Cell]]
    ) -> dict[str, list[set[int]]]:
        """By area and dimension, the positions of all codes of some cells and sums, and of what these add up to."""
        found: dict[str, list[set[int]]] = {}
        for seen, is_sum in zip(part, (False, True), strict=True):
            by_area: dict[str, list[tuple[str, ...]]] = {}
            for area, _, codes, _, _ in seen:
                by_area.setdefault(area, []).append(codes)
            for area, several in sorted(by_area.items()):
                places = found.setdefault(area, [set() for _ in dimensions])
                for k, column in enumerate(zip(*several, strict=True)):
                    for code in sorted(set(column)):
                        one = [self._position[k].get(code, -1)] if is_sum else self._upwards(k, dimensions[k], code)
                        if min(one) < 0:
                            raise ValueError(_no_code(dimensions[k], code))
                        places[k].update(one)
        return found

    def _upwards(self, k: int, dimension: Dimension, code: str) -> list[int]:
        """Positions of a code and of all that it adds up to; -1 for one that no record may carry."""
        if code not in dimension.codes.leaves:
            return [-1]
        position = self._position[k]
        if position[code] not in self._above[k]:
            self._above[k][position[code]] = [position[above] for above in upwards(dimension.codes, code)]
        return self._above[k][position[code]]

    def blocks(self) -> Iterator[Block]:
        """The parts of the cross, in the order of `keys`."""
        first = 0
        for (_, occasions), (_, *places) in zip(self._areas, self._picked, strict=True):
            shown = [
                {self._codes[k][number]: place for place, number in enumerate(numbers.ravel().tolist())}
                for k, numbers in enumerate(places)
            ]
            spreads = tuple(_Spread(dimension, one) for dimension, one in zip(self._dimensions, shown, strict=True))
            for area, period in occasions:
                block = Block(area, period, first, tuple(map(len, shown)), spreads)
                yield block
                first += block.size

    def sums(self, cells: Sequence[Cell], summed: Sequence[Cell] = ()) -> tuple[NDArray[Any], NDArray[Any]]:
        """Numbers and values in the order of `keys`.

        Args:
            cells: Cells to be added up over codes.
            summed: Sums over codes as they are, to be added to these.

        Returns:
            Numbers of records (or of different values) as int64, and what they stand for as float64.
        """
        shape = (len(self._occasions), *(len(codes) for codes in self._codes))
        cubes: list[NDArray[Any]] = [np.zeros(shape, dtype="int64"), np.zeros(shape, dtype="float64")]
        self._put(cubes, cells)
        for k in range(len(self._codes)):
            cubes = [self._close(cube, k) for cube in cubes]
        self._put(cubes, summed)
        counts, values = (
            np.concatenate([cube[index].ravel() for index in self._picked] or [cube[:0].ravel()]) for cube in cubes
        )
        return counts, values

    def _put(self, cubes: Sequence[NDArray[Any]], cells: Sequence[Cell]) -> None:
        rows = [self._occasions.get((area, period), -1) for area, period, _, _, _ in cells]
        known = [cell for cell, row in zip(cells, rows, strict=True) if row >= 0]
        if not known:
            return
        columns = zip(*(codes for _, _, codes, _, _ in known), strict=True)
        places = [[position[code] for code in column] for position, column in zip(self._position, columns, strict=True)]
        at = ([row for row in rows if row >= 0], *places)
        for cube, numbers in zip(cubes, zip(*(cell[3:] for cell in known), strict=True), strict=True):
            # one after the other, where several belong to one place
            np.add.at(cube, at, numbers)

    def _close(self, cube: NDArray[Any], k: int) -> NDArray[Any]:
        """Add each code to the sums it belongs to, one after the other, so that the result repeats."""
        closed = np.zeros_like(cube)
        source, target = np.moveaxis(cube, k + 1, 0), np.moveaxis(closed, k + 1, 0)
        for leaf in np.flatnonzero(source.reshape(len(source), -1).any(axis=1)):
            for above in self._above[k][int(leaf)]:
                target[above] += source[leaf]
        return closed


def _no_code(dimension: Dimension, code: str) -> str:
    if code == NOTHING:
        return f"{dimension.id} is empty on some records, and its codelist has no code for that"
    return f"{dimension.id}: some records have a code that {dimension.codes.id} does not give to records"
